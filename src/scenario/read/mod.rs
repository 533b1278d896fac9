//! A scenario from TOML: every fault at once, with its line. A file per part of it.

/// Names of an enum of this reader alone: read from a file, and said in messages.
macro_rules! choices {
    ($type:ty, $what:literal, { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl std::str::FromStr for $type {
            type Err = crate::outcome::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(crate::outcome::UnknownName { what: $what, names: &[$($name),+] }),
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $name),+ })
            }
        }
    };
}

mod acts;
mod erp;
mod events;
mod expect;
mod faults;
mod lanes;
mod sidecar;
mod storefront;

#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::Timestamp;
use toml::de::DeTable;

use super::plan::{Event, Options, Scenario, ScenarioError};
use crate::config::read_toml;
use crate::config::reader::{Table, Value};
use crate::config::values::{integer, time, words};
use crate::sim::WorldPlan;
use crate::sim::gated::GatedPlan;
use faults::Wrongs;

/// When worlds begin unless they say otherwise: a Monday morning of a third week.
const BEGINS: &str = "2026-03-16T09:00:00Z";

/// Seconds of the world in one: a minute passes in half a second.
const SPEED: u32 = 120;

/// At more than a day in a second, a machine's own milliseconds are minutes.
const SPEED_MAX: i64 = 86_400;

/// How long anybody waits for an answer unless told otherwise: at a hundred times the speed five seconds are over before a
/// busy machine has answered, which would be a fault of the machine's and none of the scenario's.
const PATIENCE: Duration = Duration::from_secs(7_200);

/// Longest story.
const STORY_CHARS_MAX: usize = 4_000;

impl Scenario {
    /// Reads a scenario from its text; `file` stands for it in messages.
    ///
    /// # Errors
    /// With every fault, or when something is to be left out that it doesn't have.
    pub fn parse(name: &str, file: &str, text: &str, options: &Options) -> Result<Self, ScenarioError> {
        let scenario = read_toml(file, text, "the scenario", |root, empty| read(name, root, empty, options))
            .map_err(ScenarioError::Faulty)?;
        match options.without.iter().find(|asked| !scenario.removable.contains(asked)) {
            None => Ok(scenario),
            Some(asked) => Err(ScenarioError::NothingToRemove {
                name: name.to_owned(),
                asked: asked.clone(),
                known: scenario.removable,
            }),
        }
    }
}

fn read<'a>(name: &str, mut root: Table<'a>, empty: &'a DeTable<'a>, options: &Options) -> Option<Scenario> {
    let title = root.need("title", "write title = \"…\": a line that says what happens", words);
    let story = root.need("story", "write story = \"\"\"…\"\"\": what happens, and to whom", paragraph);
    let claim = root.need("claim", "write claim = \"…\": what of paritee this proves", paragraph);
    let written_seed = root.or("seed", 1, integer(1..=i64::MAX));
    let seed = options.seed.unwrap_or(written_seed);
    let begins = root.get("begins", time).map_or_else(default_begin, |at| at.value);
    let speed = root.or("speed", SPEED, integer(1..=SPEED_MAX));
    let mut world = WorldPlan::default();
    let shop = root.need_section("storefront", empty, "write it, with orders = 400");
    storefront::read(shop, &mut world, &Opening { seed, begins, orders: options.orders });
    world.legacy = lanes::legacy(root.section("legacy", empty));
    let gated = root.section("gated", empty);
    world.gated = lanes::gated(gated, &GatedPlan { erp_wait_max: PATIENCE, ..GatedPlan::default() });
    erp::read(root.section("erp", empty), &mut world);
    erp::stock(root.value("stock"), &mut world);
    let market = root.value("marketplace");
    if let Some(market) = market.as_ref().filter(|_| world.erps.legacy.stock.is_none()) {
        let what = "a marketplace has nothing to sell from";
        root.context.fault(Some(market.span.clone()), what, "write [stock]: how much there is of each article");
    }
    world.market = market.and_then(|value| erp::marketplace(&value, seed));
    world.sidecar = sidecar::read(root.section("sidecar", empty), empty);
    let mut wrongs = Wrongs::new(seed, world.storefront.orders, &options.without);
    root.value("fault").and_then(|value| value.list(|value| wrongs.read(value, &mut world)));
    let events = root.value("event").and_then(|value| value.list(|value| events::read(value, &mut wrongs)));
    let events: Vec<Event> = events.unwrap_or_default().into_iter().flatten().collect();
    events::check(&events, &root);
    let acts = acts::read(&mut root, &world, &wrongs);
    root.close();
    Some(Scenario {
        name: name.to_owned(),
        title: title?.value,
        story: story?.value,
        claim: claim?.value,
        seed,
        begins,
        speed: NonZeroU32::new(speed)?,
        world,
        events,
        acts,
        removable: wrongs.into_names(),
    })
}

/// What the storefront is opened with.
struct Opening {
    seed: u64,
    begins: Timestamp,
    /// Another number of orders than what is written.
    orders: Option<u64>,
}

fn default_begin() -> Timestamp {
    BEGINS.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Some sentences, their lines joined.
fn paragraph(value: &Value<'_>) -> Option<String> {
    let text = value.text()?.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.chars().count() > STORY_CHARS_MAX {
        return value.wrong(
            format!("`{}` is empty, or longer than {STORY_CHARS_MAX} characters", value.name),
            "write a few sentences",
        );
    }
    Some(text)
}
