//! The output of the judge: what a report is made of. Its JSON is an interface (DESIGN 6).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use super::run_summary::RunSummary;
use super::{
    ComparisonSummary, DecisionSummary, Fate, FindingSummary, Money, OwnerSummary, Parity, RuleSummary,
    SensitivitySummary, Signals, TieOutSummary,
};
use crate::order::OrderKey;
use crate::outcome::{PerLane, ReasonClass, Witness, names};

/// Fates, totals, findings, signals and gates of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assessment {
    /// The worst gate.
    pub decision: Decision,
    /// How far it is from GO, over all gates; all zero where it is GO.
    pub distance: Distance,
    /// All gates, in the order of DESIGN 5.
    pub gates: Vec<Gate>,
    /// Orders by fate, on each lane; fates that no order has are left out.
    pub fates: PerLane<BTreeMap<Fate, u64>>,
    /// Orders by parity.
    pub parity: BTreeMap<Parity, u64>,
    /// Orders that one lane lost, beside what the other made of them.
    pub losses: PairedLosses,
    /// Control totals.
    pub totals: Conservation,
    /// The storefront's own list of orders.
    pub census: CensusSummary,
    /// Units per SKU and money per currency.
    pub tie_out: TieOutSummary,
    /// Signals of the broken handoff.
    pub signals: Box<Signals>,
    /// How many orders' documents were compared.
    pub comparison: ComparisonSummary,
    /// Differences by signature: those that count first, most costly first, at most 200.
    pub findings: Vec<FindingSummary>,
    /// Signatures beyond these.
    pub findings_beyond: u64,
    /// The rules of the comparison, and what each of them explains.
    pub rules: Vec<RuleSummary>,
    /// Rejections by lane and reason, beside what the other lane made of these orders.
    pub decisions: Vec<DecisionSummary>,
    /// Whether this judge sees faults that are seeded into this run's own evidence.
    pub sensitivity: SensitivitySummary,
    /// Orders that need somebody, worst first, at most [`Assessment::EXCEPTIONS_MAX`].
    pub exceptions: Vec<Exception>,
    /// How many orders need somebody in all.
    pub exceptions_count: u64,
    /// All of them by owner and what is to be done, those that are not listed included; owners with the worst first.
    pub owners: Vec<OwnerSummary>,
    /// Whether personal data is masked in what it shows of documents. What is judged never is: a report is.
    pub masked: bool,
    /// The run.
    pub run: RunSummary,
}

impl Assessment {
    /// How many exceptions are kept: enough for people, and bounded for a lane that loses everything.
    pub const EXCEPTIONS_MAX: usize = 1_000;
}

/// Judged orders that are lost, vanished, or not committed though taken elsewhere, by the lanes on which they are. Legacy's
/// losses excuse none of the gated lane's; they say what the cutover is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PairedLosses {
    /// Lost on both lanes.
    pub both: u64,
    /// Lost on the legacy lane alone.
    pub legacy_only: u64,
    /// Lost on the gated lane alone.
    pub gated_only: u64,
    /// How probable so few losses on the gated lane alone are where both lanes lose alike (exact McNemar test, one-sided); `None`:
    /// no order is lost on one lane alone, so that nothing is known.
    pub p_value: Option<f64>,
}

/// GO, NO-GO or INCONCLUSIVE. Ordered from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Safe to cut over.
    Go,
    /// The evidence does not suffice.
    Inconclusive,
    /// Not safe.
    NoGo,
}
names!(Decision, "decision", { Go => "GO", Inconclusive => "INCONCLUSIVE", NoGo => "NO-GO" });

impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The go/no-go criteria.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateName {
    /// Chain, gaps, both ledgers read.
    EvidenceIntact,
    /// No order went past the tee.
    CaptureComplete,
    /// Residual of the control totals.
    TotalsConserved,
    /// Lost, vanished, not committed.
    NoLostOrders,
    /// Doubled, leaked, committed after a rejection.
    NoDoubleCommits,
    /// Documents that no capture explains.
    NoPhantoms,
    /// Nobody is told before the commit.
    ConfirmationGated,
    /// How high the loss rate may still be.
    LossBound,
    /// Whether faults that are seeded into the evidence are seen.
    Sensitivity,
    /// Whether documents say the same.
    FieldsAgree,
    /// Whether one lane rejects what the other commits.
    DecisionsAgree,
    /// Whether the gated lane commits within the SLA.
    CommitLatency,
    /// Whether the gated lane answers before its sender gives up.
    AnswerInTime,
    /// Whether every hour and kind of order that is asked for was seen.
    Coverage,
}
names!(GateName, "gate", {
    EvidenceIntact => "evidence-intact", CaptureComplete => "capture-complete", TotalsConserved => "totals-conserved", NoLostOrders => "no-lost-orders",
    NoDoubleCommits => "no-double-commits", NoPhantoms => "no-phantoms", ConfirmationGated => "confirmation-gated",
    LossBound => "loss-bound", Sensitivity => "sensitivity", FieldsAgree => "fields-agree", DecisionsAgree => "decisions-agree",
    CommitLatency => "commit-latency", AnswerInTime => "answer-in-time", Coverage => "coverage",
});

/// One go/no-go criterion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// Which.
    pub name: GateName,
    /// Its verdict.
    pub status: Decision,
    /// What was measured, in words and numbers: `2 lost, 1 vanished`.
    pub measured: String,
    /// What it could be at worst, unknown orders counted as bad.
    pub worst_case: String,
    /// The threshold.
    pub threshold: String,
    /// Why, in a sentence.
    pub reason: String,
    /// What would change this; `None` where it is GO.
    pub would_change: Option<WouldChange>,
}

/// What would make a gate GO.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WouldChange {
    /// In a sentence.
    pub words: String,
    /// The same in numbers.
    #[serde(flatten)]
    pub missing: Distance,
}

/// How far it is to GO. Each number is the least that is needed, if nothing bad is seen on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Distance {
    /// Whether this run can't become GO any more: what it recorded stays. The numbers are those of the next one.
    pub new_run: bool,
    /// Clean orders that are still to be seen.
    pub orders: u64,
    /// Hours with orders that are still to be seen.
    pub hours: u64,
    /// Complete readings of ledgers that are still to be made.
    pub readings: u64,
    /// Orders, documents or differences about which somebody must decide.
    pub decisions: u64,
}

impl Distance {
    /// The distance that holds this one and `other`: the same orders, hours and readings serve both, while each decision
    /// is one of its own.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            new_run: self.new_run || other.new_run,
            orders: self.orders.max(other.orders),
            hours: self.hours.max(other.hours),
            readings: self.readings.max(other.readings),
            decisions: self.decisions + other.decisions,
        }
    }
}

/// Who acts on an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The storefront's team.
    Ecommerce,
    /// The ERP's team.
    ErpIt,
    /// Those who run the sidecar and the integration.
    Operations,
    /// Those who run the marketplaces. No exception is theirs unless `[[owner]]` says so: what goes wrong at a
    /// marketplace, a feed ahead of the ERP or an oversold SKU, is a signal and no order's fate.
    Marketplace,
}
names!(Owner, "owner", {
    Ecommerce => "e-commerce", ErpIt => "ERP/IT", Operations => "operations", Marketplace => "marketplace",
});

/// An order that needs somebody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exception {
    /// The order.
    pub order_key: OrderKey,
    /// The lane, or the census where it is about none of them.
    pub lane: Witness,
    /// Its fate there, or what else is the matter; in JSON `fate`.
    #[serde(rename = "fate")]
    pub kind: ExceptionKind,
    /// The documents concerned, by reference.
    pub references: Vec<String>,
    /// When it was received; for a phantom, when its document was committed; for an order of the census, when it was placed.
    pub at: Option<Timestamp>,
    /// How long before `as_of` that was, in microseconds; 0 where another clock says that it is to come.
    pub age_us: Option<u64>,
    /// Why the lane rejected it, in classes; `None` where it did not.
    pub reason_class: Option<ReasonClass>,
    /// Why, as the lane wrote it, cut where it is long.
    pub reason: Option<String>,
    /// What the order is for: its total as captured; of a phantom as its document says, of an order that was never captured as
    /// the census says. `None`: not known.
    pub money_at_risk: Option<Money>,
    /// Who acts.
    pub owner: Owner,
    /// What to do, in plain words.
    pub next_action: String,
}

/// What is the matter with an order, or a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExceptionKind {
    /// Its fate on a lane.
    Fate(Fate),
    /// A document that nothing explains.
    Phantom,
    /// An order of the census that neither a capture nor a ledger has.
    Missing,
    /// An order of the census that a ledger has and no capture.
    RoundTheTee,
    /// An order of the census of which it can't be told whether it was placed during the run.
    InDoubt,
    /// An order that was captured, and that the census does not have.
    Unlisted,
}

impl ExceptionKind {
    /// The name, as it stands in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fate(fate) => fate.as_str(),
            Self::Phantom => "phantom",
            Self::Missing => "missing",
            Self::RoundTheTee => "round_the_tee",
            Self::InDoubt => "in_doubt",
            Self::Unlisted => "unlisted",
        }
    }
}

impl ExceptionKind {
    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let others = [Self::Phantom, Self::Missing, Self::RoundTheTee, Self::InDoubt, Self::Unlisted];
        let other = others.into_iter().find(|kind| kind.as_str() == name);
        other.or_else(|| name.parse().ok().map(Self::Fate))
    }
}

impl Serialize for ExceptionKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Control totals: how the captured orders and the documents in scope account for each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Conservation {
    /// Orders captured in this run (distinct order keys of `create` captures that were teed or excluded).
    pub orders_captured: u64,
    /// Orders whose fates were counted, on each lane.
    pub orders_accounted: PerLane<u64>,
    /// Documents in each ledger as last seen, gone and cancelled ones included.
    pub documents: PerLane<u64>,
    /// Documents that belong to captured orders of this run.
    pub documents_of_orders: PerLane<u64>,
    /// Documents set aside, by reason: `before_the_run`, `carried_over`, `census`, `phantom`,
    /// `shared_name`, `other_run`.
    pub documents_aside: PerLane<BTreeMap<String, u64>>,
    /// Orders and documents that nothing accounts for; zero, or the evidence is broken.
    pub residual: PerLane<u64>,
}

/// The storefront's own list of orders, each counted once: `listed` is the sum of what follows it, `unlisted` aside.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CensusSummary {
    /// Whether it is to be imported.
    pub expected: bool,
    /// Whether any of it was.
    pub imported: bool,
    /// Up to when it holds every order, on the storefront's clock, as somebody declared.
    pub complete_through: Option<Timestamp>,
    /// Orders listed.
    pub listed: u64,
    /// Those that a capture of some run has.
    pub captured: u64,
    /// Those placed before the run's first capture.
    pub before_the_run: u64,
    /// Those placed about when the tee began, that the live ledger has.
    pub carried_over: u64,
    /// Those that may have been placed after the judged window.
    pub not_yet: u64,
    /// Those that the lanes need not have, by reason.
    pub excluded: BTreeMap<String, u64>,
    /// Those under a name that several captured orders share.
    pub shared_name: u64,
    /// Those that a ledger has and no capture.
    pub round_the_tee: u64,
    /// Those that neither has, and that may have been placed before the run.
    pub in_doubt: u64,
    /// Those placed during the run that neither has.
    pub missing: u64,
    /// Judged orders that were captured, and that the census does not have though it reaches beyond them.
    pub unlisted: u64,
    /// Orders that nothing accounts for; zero, or the evidence is broken.
    pub residual: u64,
}
