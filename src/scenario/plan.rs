//! A scenario as it is played: a world, a sidecar in it, what happens when, and what it must come to. Values only.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::expect::Expect;
use crate::config::Faults;
use crate::outcome::Lane;
use crate::sim::WorldPlan;
use crate::sim::gated::GatedPlan;

/// A scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name: the file's, without its ending.
    pub name: String,
    /// The same for people, a line.
    pub title: String,
    /// What happens, a paragraph.
    pub story: String,
    /// What it proves about the product, a sentence.
    pub claim: String,
    /// What the world is made from.
    pub seed: u64,
    /// When it begins, by the world's clock.
    pub begins: Timestamp,
    /// How many seconds of the world pass in one.
    pub speed: NonZeroU32,
    /// The simulated systems, what goes wrong in them order by order, and the sidecar between them.
    pub world: WorldPlan,
    /// What happens to whole systems.
    pub events: Vec<Event>,
    /// The acts, at least one, each a run of the same journal.
    pub acts: Vec<Act>,
    /// What may be left out by its name: faults and events.
    pub removable: Vec<String>,
}

/// A part of the traffic, judged as a run of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// What the run is called; `None` in scenarios of one act.
    pub label: Option<String>,
    /// How many orders are placed in it.
    pub orders: u64,
    /// The gated integration that plays in it.
    pub gated: GatedPlan,
    /// What it must come to.
    pub expect: Expect,
}

/// Something that happens to a whole system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub id: String,
    /// What happens.
    pub what: Happening,
    /// When it begins, from the opening of the shop.
    pub from: Duration,
    /// When it is over.
    pub until: Duration,
}

/// What can happen to a whole system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A lane is down: connections are cut.
    LaneDown(Lane),
    /// The ERP behind a lane is down for maintenance.
    ErpDown(Lane),
    /// A page of the ledger behind a lane breaks.
    PageBroken(Lane, usize),
    /// Commits of the ERP behind a lane take so long.
    ErpSlow(Lane, Duration),
    /// The sidecar is stopped in order, and started again.
    SidecarStopped,
    /// The sidecar is killed, and started again.
    SidecarKilled,
    /// The shadow is paused.
    ShadowPaused,
}

/// How a file is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Another seed than the file's.
    pub seed: Option<u64>,
    /// Another number of orders than the file's, in the last act.
    pub orders: Option<u64>,
    /// Faults and events to leave out, by their names.
    pub without: Vec<String>,
}

/// Why there is no scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file can't be read.
    #[error("read the scenario `{file}`; `paritee scenario list` names those that come with paritee")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It holds faults.
    #[error("accept the scenario:\n\n{0}")]
    Faulty(Faults),
    /// What is to be left out is not in it.
    #[error("leave out `{asked}` of the scenario `{name}`: {}", there_is(known))]
    NothingToRemove {
        /// The scenario.
        name: String,
        /// What was asked for.
        asked: String,
        /// What there is.
        known: Vec<String>,
    },
}

fn there_is(known: &[String]) -> String {
    match known {
        [] => "it has neither faults nor events".to_owned(),
        known => format!("there is {}", known.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")),
    }
}

impl Scenario {
    /// Reads a scenario from its file.
    ///
    /// # Errors
    /// When the file can't be read, or with every fault in it.
    pub fn load(file: &Path, options: &Options) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| ScenarioError::Unreadable { file: file.display().to_string(), source })?;
        let name = file.file_stem().map_or_else(|| "scenario".into(), |stem| stem.to_string_lossy());
        Self::parse(&name, &file.display().to_string(), &text, options)
    }

    /// How many orders are placed in all acts.
    #[must_use]
    pub fn orders(&self) -> u64 {
        self.acts.iter().map(|act| act.orders).sum()
    }
}
