//! What a run is judged by. Written to the journal when the run begins; its digest tells runs apart.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::OwnerRule;
use crate::diff::Rule;
use crate::order::{OrderPlaces, Pointer};
use crate::outcome::{AnswerRules, Flow, Lane, LedgerKind, Operation, PerLane, ReasonClass, Role, Scope, names};

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
    /// Where lines and money stand in rows of the census; `None`: not known.
    #[serde(default)]
    pub census_document: Option<OrderPlaces>,
    /// How documents and decisions are compared; `None`: the run was begun by a version that compared none.
    #[serde(default)]
    pub compare: Option<ComparePolicy>,
    /// Thresholds of the gates.
    pub gates: Thresholds,
    /// Who acts on what, where it isn't as usual. Nothing is judged by it, and it may change inside a run: the journal keeps it
    /// in the run's settings, from which whoever reads the policy puts it in.
    #[serde(skip)]
    pub owners: Vec<OwnerRule>,
}

impl Policy {
    /// Two lanes, and the defaults beside them.
    #[must_use]
    pub fn new(lanes: PerLane<LanePolicy>) -> Self {
        Self {
            lanes,
            census_expected: false,
            orders: BTreeMap::new(),
            census_document: None,
            compare: Some(ComparePolicy::default()),
            gates: Thresholds::default(),
            owners: Vec::new(),
        }
    }
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

/// How documents and decisions are compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ComparePolicy {
    /// In which shape both lanes' documents are compared.
    pub documents: DocumentShape,
    /// The rules, those that follow from the rest of the configuration behind those that were written.
    pub rules: Vec<Rule>,
    /// Rejections of one lane alone that are as agreed.
    pub decisions: Vec<DecisionRule>,
}

/// In which shape both lanes' documents are compared with each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentShape {
    /// Member by member, as both ERPs write them.
    #[default]
    AsTheyAre,
    /// By what `[lane.X.document]` of both lanes names: lines, quantities, money.
    InCommonTerms,
}
names!(DocumentShape, "shape of documents", { AsTheyAre => "as-they-are", InCommonTerms => "in-common-terms" });

/// Rejections of one lane alone that are as agreed: a check that the new path makes on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRule {
    /// The lane that rejects.
    pub lane: Lane,
    /// Why it does.
    pub class: ReasonClass,
    /// Why that is right.
    pub reason: String,
    /// When that ends.
    pub expires: Option<Timestamp>,
}

/// Thresholds of the gates, fixed before the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Highest loss rate that may remain possible, a fraction.
    pub loss_rate_max: f64,
    /// One-sided confidence of every bound, a fraction.
    pub confidence: f64,
    /// Most differences that nothing explains.
    #[serde(default)]
    pub fields_differ_max: u64,
    /// The share of orders that must be in time, a fraction: of the gated lane's commits and of its answers.
    #[serde(default = "p99")]
    pub latency_quantile: f64,
    /// The share of seeded faults of each kind that must surely be seen, a fraction.
    #[serde(default = "nearly_all")]
    pub sensitivity_min: f64,
    /// How long the storefront waits for an answer; `None`: not known, so that answer times are not judged.
    #[serde(default)]
    pub sender_deadline: Option<Duration>,
    /// In how many hours orders must have been seen.
    #[serde(default)]
    pub hours_min: u64,
    /// The kinds of orders that must have been seen.
    #[serde(default)]
    pub strata: Vec<Stratum>,
}

/// What runs were judged by that say nothing of a quantile. Of Shopify's sender one late answer in a hundred is sent again
/// within hours; storefronts that switch a webhook off do so at far more.
const fn p99() -> f64 {
    0.99
}

/// What runs were judged by that say nothing of seeded faults.
const fn nearly_all() -> f64 {
    0.95
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            loss_rate_max: 0.001,
            confidence: 0.95,
            fields_differ_max: 0,
            latency_quantile: p99(),
            sensitivity_min: nearly_all(),
            sender_deadline: None,
            hours_min: 0,
            strata: Vec::new(),
        }
    }
}

/// A kind of orders that a run must have seen: one that is rare, and where a rebuild breaks first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// What people call it.
    pub name: String,
    /// Which orders it is of.
    pub of: StratumOf,
    /// How many of them must have been seen, at least.
    pub orders_min: u64,
}

/// Which orders a stratum is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StratumOf {
    /// Those that a request with this operation was teed for.
    Operation(Operation),
    /// Those that say one of these values at a place of what was captured.
    Payload {
        /// The place.
        pointer: Pointer,
        /// The values, as the text of JSON scalars.
        equals: Vec<String>,
    },
}

impl StratumOf {
    /// Whether the payload has to be looked at.
    #[must_use]
    pub const fn is_of_payload(&self) -> bool {
        matches!(self, Self::Payload { .. })
    }
}
