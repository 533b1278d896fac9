//! What signals come to: the part of the assessment that shows the broken handoff. Its JSON is an interface.

use serde::Serialize;

use super::drift::Drift;
use super::handoff::StepSummary;
use super::lane::LaneCounted;
use super::over_time::OverTime;
use super::oversell::Oversell;
use super::spread::Spread;
use crate::outcome::PerLane;

/// Signals of the broken handoff.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Signals {
    /// Orders that were measured: within the window, and not excluded.
    pub orders: u64,
    /// Orders after the window: they are in none of the numbers.
    pub orders_pending: u64,
    /// By lane.
    pub lanes: PerLane<LaneSignals>,
    /// Orders that the ERP did not have, over time.
    pub over_time: OverTime,
    /// Units promised and not set aside.
    pub oversell: Oversell,
    /// What was sold on a day and not in the ERP at its end.
    pub drift: Drift,
}

/// Signals of one lane.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaneSignals {
    /// From the confirmation to the commit.
    pub invisibility: Signal<Invisibility>,
    /// From the capture to the first send to the lane: what an order waited in our own queue, which no deadline counts.
    pub queued: Signal<Spread>,
    /// From the first send to the lane to the commit.
    pub commit_latency: Signal<Spread>,
    /// From the first send to the lane until goods were set aside.
    pub allocation: Signal<Spread>,
    /// Feeds that counted an order.
    pub feeds: Signal<Feeds>,
    /// The steps of the handoff, in the gated order.
    pub handoff: Vec<StepSummary>,
}

/// What was measured, or why nothing was.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal<T> {
    /// It was.
    Measured(T),
    /// Why it could not be.
    Missing(&'static str),
}

/// How long customers believed in orders that the ERP did not have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Invisibility {
    /// Orders that the lane confirmed; those withdrawn are left out.
    pub confirmed: u64,
    /// Those of them that surely were confirmed before the ERP had them.
    pub invisible: u64,
    /// Orders that were confirmed, and withdrawn before the commit: nobody misses them.
    pub withdrawn: u64,
    /// The windows: zero where the commit came first, or what lies between can't be told from nothing.
    pub window: Spread,
}

/// Feeds that counted an order, beside when goods were set aside for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Feeds {
    /// Orders that a feed counted.
    pub published: u64,
    /// Those that it counted surely before goods were set aside, or before the ERP had them at all.
    pub ahead: u64,
    /// Those that it counted afterwards.
    pub in_order: u64,
    /// Those of which that can't be told.
    pub unknown: u64,
    /// By how much feeds were ahead.
    pub ahead_by: Spread,
}

impl<T> Signal<T> {
    /// What was measured.
    pub const fn measured(&self) -> Option<&T> {
        match self {
            Self::Measured(measured) => Some(measured),
            Self::Missing(_) => None,
        }
    }
}

impl Default for LaneSignals {
    fn default() -> Self {
        LaneCounted::default().signals()
    }
}
