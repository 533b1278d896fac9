//! `[[fault]]`: what goes wrong with single orders, where.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;

use super::expect::position;
use crate::config::Span;
use crate::config::reader::{At, Context, Table, Value, nearest, quoted, shown};
use crate::config::values::{duration, integer, named, words};
use crate::sim::erp::ErpFault;
use crate::sim::{Alteration, Fault, Oddity, OrderNumber, Strikes, WorldPlan};

/// Where a fault can be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum System {
    Storefront,
    Legacy,
    Gated,
    ErpLegacy,
    ErpGated,
}
choices!(System, "system", {
    Storefront => "storefront", Legacy => "legacy", Gated => "gated", ErpLegacy => "erp.legacy", ErpGated => "erp.gated",
});

/// What goes wrong by a word, made from the keys that it takes.
type Words<T> = &'static [(&'static str, fn(&mut Table<'_>) -> Option<T>)];

/// What a lane can do wrong.
const OF_LANES: Words<Fault> = &[
    ("lose", |_| Some(Fault::Lose)),
    ("double", |_| Some(Fault::Double)),
    ("reject", |_| Some(Fault::Reject)),
    ("fail", |_| Some(Fault::Fail)),
    ("time-out", |_| Some(Fault::TimeOut)),
    ("delay", |table| by(table).map(Fault::Delay)),
    ("hold", |table| by(table).map(Fault::Hold)),
    ("crash", |_| Some(Fault::Crash)),
    ("split", |_| Some(Fault::Split)),
    ("leak", |_| Some(Fault::Leak)),
    ("reject-yet-commit", |_| Some(Fault::RejectYetCommit)),
    ("cent", |_| Some(Fault::Alter(Alteration::Cent))),
    ("unit", |_| Some(Fault::Alter(Alteration::Unit))),
    ("article", |_| Some(Fault::Alter(Alteration::Article))),
];

/// What an ERP can do wrong.
const OF_ERPS: Words<ErpFault> = &[
    ("unknown-sku", |_| Some(ErpFault::UnknownSku)),
    ("tax", |_| Some(ErpFault::Tax)),
    ("customer", |_| Some(ErpFault::Customer)),
    ("time-out", |_| Some(ErpFault::TimeOut)),
    ("locked", |table| Some(ErpFault::Locked(table.or("times", LOCKED_TIMES, integer(1..=1_000))))),
    ("slow", |table| by(table).map(ErpFault::Slow)),
    ("split", |_| Some(ErpFault::Split)),
    ("vanish", |table| by(table).map(ErpFault::Vanish)),
];

/// What a storefront can do that is unusual.
const OF_STOREFRONTS: Words<Oddity> = &[
    ("twice", |_| Some(Oddity::Twice)),
    ("update-first", |_| Some(Oddity::UpdateFirst)),
    ("paid-first", |_| Some(Oddity::PaidFirst)),
    ("cancel", |table| by(table).map(Oddity::CancelAfter)),
    ("unsent", |_| Some(Oddity::Unsent)),
    ("round-the-tee", |_| Some(Oddity::RoundTheTee)),
    ("test", |_| Some(Oddity::Test)),
    ("sku", |table| table.need("sku", "write sku = \"NO-SUCH-1\"", words).map(|at| Oddity::Sku(at.value))),
    ("hostile", |_| Some(Oddity::Hostile)),
];

/// How often a record is locked, unless told otherwise.
const LOCKED_TIMES: u32 = 2;

/// The faults of a scenario, and the orders that each strikes.
pub(super) struct Wrongs {
    seed: u64,
    orders: u64,
    without: BTreeSet<String>,
    by_id: BTreeMap<String, BTreeSet<OrderNumber>>,
    taken: BTreeMap<(System, OrderNumber), String>,
    ids: Vec<String>,
}

/// What goes wrong, by where.
enum Wrong {
    Lane(Fault),
    Erp(ErpFault),
    Storefront(Oddity),
}

impl Wrongs {
    pub(super) fn new(seed: u64, orders: u64, without: &[String]) -> Self {
        let without = without.iter().cloned().collect();
        Self { seed, orders, without, by_id: BTreeMap::new(), taken: BTreeMap::new(), ids: Vec::new() }
    }

    pub(super) const fn orders(&self) -> u64 {
        self.orders
    }

    /// Reads a fault and puts it into the world, unless it is to be left out.
    pub(super) fn read(&mut self, value: &Value<'_>, world: &mut WorldPlan) -> Option<()> {
        let mut table = value.table()?;
        let at = table.need("at", "write at = \"gated\": the system that goes wrong", named::<System>);
        let what = table.need("what", "write what = \"lose\"", |value| {
            value.text().map(|text| (text.to_owned(), value.span.clone()))
        });
        let once = table.or("once", false, Value::flag);
        let (at, what) = (at?.value, what?.value);
        if once && !matches!(at, System::Legacy | System::Gated) {
            return value.wrong(format!("nothing at {at} goes wrong once only"), "leave `once` out");
        }
        let wrong = wrong(at, &what.0, what.1, &mut table)?;
        let id = self.name(&mut table, &what.0)?;
        let orders = self.positions(&mut table, &id)?;
        table.close();
        self.claim(at, &id, &orders, value)?;
        self.by_id.insert(id.clone(), orders.clone());
        if !self.without.contains(&id) {
            let strikes = if once { Strikes::Once } else { Strikes::Always };
            place(at, &wrong, strikes, &orders, world);
        }
        Some(())
    }

    /// The name of a fault or an event: what it is, unless it has an `id`. No two have the same.
    pub(super) fn name(&mut self, table: &mut Table<'_>, what: &str) -> Option<String> {
        let written = table.get("id", words);
        let span = written.as_ref().map(|at| at.span.clone()).or(table.span.clone());
        let id = written.map_or_else(|| what.to_owned(), |at: At<String>| at.value);
        if self.ids.contains(&id) {
            table.context.fault(
                span,
                format!("there is a fault or an event `{id}` already"),
                "give it an id of its own",
            );
            return None;
        }
        self.ids.push(id.clone());
        Some(id)
    }

    /// Whether something of this name is to be left out.
    pub(super) fn is_left_out(&self, id: &str) -> bool {
        self.without.contains(id)
    }

    /// `orders = [..]`, `every = 3` or `count = 5`, of which the seed says which, with `among = "1..600"` out of these.
    fn positions(&self, table: &mut Table<'_>, id: &str) -> Option<BTreeSet<OrderNumber>> {
        const WRITE: &str = "write one of orders = [17], every = 1000, count = 3";
        let most = i64::try_from(self.orders).unwrap_or(i64::MAX);
        let context = table.context;
        let span = table.span.clone();
        let orders = table.get("orders", |value| value.list(|value| position(value, self.orders)));
        let every: Option<At<u64>> = table.get("every", integer(1..=most));
        let count: Option<At<u64>> = table.get("count", |value| self.count(value));
        let among = table.get("among", |value| self.among(value));
        if let Some(among) = among.as_ref().filter(|_| count.is_none()) {
            context.fault(
                Some(among.span.clone()),
                "`among` says out of which orders, and none are chosen",
                "write count = 3",
            );
        }
        let among = among.map_or((1, self.orders), |at| at.value);
        match (orders, every, count) {
            (Some(orders), None, None) => Some(orders.value.into_iter().collect()),
            (None, Some(every), None) => {
                Some((1..=self.orders).filter(|number| number.is_multiple_of(every.value)).collect())
            }
            (None, None, Some(count)) => self.choose(id, &count, among, context),
            _ if context.is_faulty() => None,
            _ => {
                context.fault(span, "which orders it strikes is not said once", WRITE);
                None
            }
        }
    }

    fn count(&self, value: &Value<'_>) -> Option<u64> {
        let count = value.integer()?;
        match u64::try_from(count) {
            Ok(count) if (1..=self.orders).contains(&count) => Some(count),
            _ => value.wrong(
                format!("`{}` is {count}, and {} orders are placed", value.name, self.orders),
                "a fault strikes an order once: let there be no more faults than orders",
            ),
        }
    }

    /// `"1..600"`: from the first position to the last one.
    fn among(&self, value: &Value<'_>) -> Option<(OrderNumber, OrderNumber)> {
        let text = value.text()?;
        let ends = text.split_once("..").and_then(|(first, last)| {
            let last = if last.is_empty() { self.orders } else { last.parse().ok()? };
            Some((first.parse::<u64>().ok()?, last))
        });
        match ends {
            Some((first, last)) if 1 <= first && first <= last && last <= self.orders => Some((first, last)),
            _ => value.wrong(
                format!("`{}`: `{}` are no positions among {} orders", value.name, shown(text), self.orders),
                "write the first and the last one, such as \"1..600\", or \"601..\"",
            ),
        }
    }

    /// So many different orders, by the seed and the fault's name, clear of what other faults have.
    fn choose(
        &self,
        id: &str,
        count: &At<u64>,
        (first, last): (OrderNumber, OrderNumber),
        context: &Context<'_>,
    ) -> Option<BTreeSet<OrderNumber>> {
        let salt = id.bytes().fold(0_u64, |salt, byte| salt.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let mut rng = Rng::with_seed(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt);
        let taken: BTreeSet<OrderNumber> = self.taken.keys().map(|(_, number)| *number).collect();
        // Orders that other faults leave alone: a story is easier to follow.
        let mut free: Vec<OrderNumber> = (first..=last).filter(|number| !taken.contains(number)).collect();
        if (free.len() as u64) < count.value {
            let what = format!("{} orders are to go wrong, and other faults leave {} alone", count.value, free.len());
            context.fault(Some(count.span.clone()), what, "let there be fewer faults, or more orders");
            return None;
        }
        rng.shuffle(&mut free);
        free.truncate(usize::try_from(count.value).unwrap_or(usize::MAX));
        Some(free.into_iter().collect())
    }

    /// An order goes wrong once on one system: which of two faults it has could not be told.
    fn claim(&mut self, at: System, id: &str, orders: &BTreeSet<OrderNumber>, value: &Value<'_>) -> Option<()> {
        for number in orders {
            if let Some(other) = self.taken.get(&(at, *number)) {
                let what = format!("order {number} goes wrong at {at} already, by the fault `{other}`");
                return value.wrong(what, "let each order go wrong once on one system");
            }
        }
        self.taken.extend(orders.iter().map(|number| ((at, *number), id.to_owned())));
        Some(())
    }

    /// The orders that the fault of this name strikes.
    pub(super) fn struck(&self, value: &Value<'_>) -> Option<BTreeSet<OrderNumber>> {
        let name = value.text()?;
        let names: Vec<&str> = self.by_id.keys().map(String::as_str).collect();
        self.by_id.get(name).cloned().or_else(|| {
            let write = if names.is_empty() {
                "there are no faults".to_owned()
            } else {
                format!("there are {}", quoted(&names))
            };
            value.wrong(format!("`{}` is no fault of this scenario", shown(name)), write)
        })
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.ids
    }
}

fn wrong(at: System, what: &str, span: Span, table: &mut Table<'_>) -> Option<Wrong> {
    match at {
        System::Legacy | System::Gated => by_word(OF_LANES, at, what, span, table).map(Wrong::Lane),
        System::ErpLegacy | System::ErpGated => by_word(OF_ERPS, at, what, span, table).map(Wrong::Erp),
        System::Storefront => by_word(OF_STOREFRONTS, at, what, span, table).map(Wrong::Storefront),
    }
}

fn by_word<T>(known: Words<T>, at: System, what: &str, span: Span, table: &mut Table<'_>) -> Option<T> {
    if let Some((_, make)) = known.iter().find(|(word, _)| *word == what) {
        return make(table);
    }
    let known: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
    let write = nearest(what, &known)
        .map_or_else(|| format!("there are {}", quoted(&known)), |near| format!("did you mean `{near}`?"));
    table.context.fault(Some(span), format!("nothing at {at} goes wrong by `{}`", shown(what)), write);
    None
}

fn by(table: &mut Table<'_>) -> Option<Duration> {
    table.need("by", "write by = \"10m\": how long", duration).map(|at| at.value)
}

fn place(at: System, wrong: &Wrong, strikes: Strikes, orders: &BTreeSet<OrderNumber>, world: &mut WorldPlan) {
    for number in orders {
        match (wrong, at) {
            (Wrong::Lane(fault), System::Legacy) => world.legacy.faults.put(*number, *fault, strikes),
            (Wrong::Lane(fault), _) => world.gated.faults.put(*number, *fault, strikes),
            (Wrong::Erp(fault), System::ErpLegacy) => _ = world.erps.legacy.faults.insert(*number, *fault),
            (Wrong::Erp(fault), _) => _ = world.erps.gated.faults.insert(*number, *fault),
            (Wrong::Storefront(oddity), _) => {
                world.storefront.oddities.entry(*number).or_default().push(oddity.clone());
            }
        }
    }
}
