//! What a run is judged by. Written to the journal when the run begins; its digest tells runs apart.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::order::OrderPlaces;
use crate::outcome::{AnswerRules, Flow, LedgerKind, PerLane, Role, Scope, names};

/// Everything that the judge needs to know of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// By lane.
    pub lanes: PerLane<LanePolicy>,
    /// Whether the storefront's census is to be imported.
    pub census_expected: bool,
    /// Where an order's lines and money stand in what was captured on a route, by the route's path.
    #[serde(default)]
    pub orders: BTreeMap<String, OrderPlaces>,
    /// Thresholds of the gates.
    pub gates: Thresholds,
}

/// What a lane is judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LanePolicy {
    /// Whether its answers go to the client.
    pub role: Role,
    /// How it promises.
    pub flow: Flow,
    /// What its ledger is declared as.
    pub ledger: LedgerKind,
    /// Whether a ledger observer is configured.
    pub observed: bool,
    /// `ack-gated` deadline, and the limit of `committed_late`.
    pub sla: Duration,
    /// After this an order must be in the ledger; counts from the lane's first send of the order.
    pub horizon: Duration,
    /// How far the ledger that is read may lag behind the one that is written (replicas).
    pub lag: Duration,
    /// How far a reading's window may begin after the order's first send and still hold it.
    pub overlap: Duration,
    /// Added to the horizon for the default end of the judged window; twice the poll interval unless set.
    pub grace: Duration,
    /// How its answers are read.
    pub answer: AnswerRules,
    /// Which documents of its ledger belong.
    pub scope: Scope,
    /// Whether this lane, being the shadow, is sent only what the live lane answered with 2xx.
    #[serde(default)]
    pub sent_after_live_accepts: bool,
    /// How far the clock of its ledger and sources may be off ours at most, where no reading tells; `None`: nobody
    /// says, so that their times are compared with ours for windows only, and with five minutes of doubt.
    #[serde(default)]
    pub clock_skew_max: Option<Duration>,
    /// Whether what observes its ledger is to say when documents were committed. A time that is to be there and isn't is
    /// evidence that is missing; where none is to be there, the number in an answer stands for it.
    #[serde(default = "yes")]
    pub commit_times: bool,
    /// How many documents an order may have.
    #[serde(default)]
    pub documents: DocumentsRule,
    /// Where lines stand in its documents; `None`: not known, so that units can't be counted.
    #[serde(default)]
    pub document: Option<OrderPlaces>,
}

/// What runs were judged by that say nothing of commit times.
const fn yes() -> bool {
    true
}

impl LanePolicy {
    /// A lane that nobody observes, with times of zero: to be filled in.
    #[must_use]
    pub fn new(role: Role, flow: Flow, ledger: LedgerKind) -> Self {
        Self {
            role,
            flow,
            ledger,
            observed: false,
            sla: Duration::ZERO,
            horizon: Duration::ZERO,
            lag: Duration::ZERO,
            overlap: Duration::ZERO,
            grace: Duration::ZERO,
            answer: AnswerRules::default(),
            scope: Scope::default(),
            sent_after_live_accepts: false,
            clock_skew_max: None,
            commit_times: true,
            documents: DocumentsRule::One,
            document: None,
        }
    }
}

/// How many documents of a ledger an order may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentsRule {
    /// One; a second one is a double commit.
    #[default]
    One,
    /// Several, as long as their units per SKU together don't exceed the order's.
    Split,
}
names!(DocumentsRule, "rule for documents", { One => "one", Split => "split" });

/// Thresholds of the gates, fixed before the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Highest loss rate that may remain possible, a fraction.
    pub loss_rate_max: f64,
    /// One-sided confidence of every bound, a fraction.
    pub confidence: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { loss_rate_max: 0.001, confidence: 0.95 }
    }
}
