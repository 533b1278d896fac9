//! What may be told while a scenario plays, and to whom.

use std::net::SocketAddr;

use super::play::ActPlayed;
use crate::sim::truth::Pulse;

/// Something that is worth telling.
#[derive(Clone, Copy, Debug)]
pub enum Moment<'a> {
    /// An act begins.
    Act {
        /// Its place, from 1.
        number: usize,
        /// What its run is called.
        label: Option<&'a str>,
        /// How many orders will be placed.
        orders: u64,
    },
    /// The dashboard can be looked at from now on.
    Watched {
        /// Where it listens.
        at: SocketAddr,
    },
    /// Orders are being placed.
    Trading(Stand),
    /// All orders are placed; those still open are waited for.
    Settling(Stand),
    /// An event begins or ends.
    Event {
        /// Its name.
        id: &'a str,
        /// Whether it is over.
        is_over: bool,
    },
    /// An act has been judged.
    Judged {
        /// Its place, from 1.
        number: usize,
        /// What it came to.
        played: &'a ActPlayed,
    },
}

/// How things stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// Orders of the act.
    pub orders: u64,
    /// Those that were placed.
    pub placed: u64,
    /// Those whose fate is known on both lanes, where that was looked up.
    pub settled: u64,
    /// The legacy lane.
    pub legacy: Pulse,
    /// The gated lane.
    pub gated: Pulse,
    /// Units that legacy's ERP took beyond its stock.
    pub oversold_legacy: u64,
    /// And gated's.
    pub oversold_gated: u64,
}

/// Who watches a scenario.
pub trait Audience: Send + Sync {
    /// Something happened. Must not take long: the scenario waits.
    fn see(&self, moment: Moment<'_>);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Audience for Silent {
    fn see(&self, _: Moment<'_>) {}
}
