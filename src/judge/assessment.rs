//! The output of the judge: what a report is made of. Its JSON is an interface (DESIGN 6).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{ComparisonSummary, DecisionSummary, Fate, FindingSummary, Parity, RuleSummary, Signals, TieOutSummary};
use crate::order::OrderKey;
use crate::outcome::{Extract, Flow, LedgerKind, PerLane, Role, Signature, Witness, names};

/// Fates, totals, findings, signals and gates of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assessment {
    /// The worst gate.
    pub decision: Decision,
    /// All gates, in the order of DESIGN 5.
    pub gates: Vec<Gate>,
    /// Orders by fate, on each lane; fates that no order has are left out.
    pub fates: PerLane<BTreeMap<Fate, u64>>,
    /// Orders by parity.
    pub parity: BTreeMap<Parity, u64>,
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
    /// Orders that need somebody, worst first, at most [`Assessment::EXCEPTIONS_MAX`].
    pub exceptions: Vec<Exception>,
    /// How many orders need somebody in all.
    pub exceptions_count: u64,
    /// The run.
    pub run: RunSummary,
}

impl Assessment {
    /// How many exceptions are kept: enough for people, and bounded for a lane that loses everything.
    pub const EXCEPTIONS_MAX: usize = 1_000;
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
    /// Whether documents say the same.
    FieldsAgree,
    /// Whether one lane rejects what the other commits.
    DecisionsAgree,
    /// Whether the gated lane answers before its sender gives up.
    AnswerInTime,
}
names!(GateName, "gate", {
    EvidenceIntact => "evidence-intact", CaptureComplete => "capture-complete", TotalsConserved => "totals-conserved", NoLostOrders => "no-lost-orders",
    NoDoubleCommits => "no-double-commits", NoPhantoms => "no-phantoms", ConfirmationGated => "confirmation-gated",
    LossBound => "loss-bound", FieldsAgree => "fields-agree", DecisionsAgree => "decisions-agree",
    AnswerInTime => "answer-in-time",
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
    /// Why, in a sentence; for what is not GO also what would change it.
    pub reason: String,
}

/// Who acts on an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The storefront's team.
    Ecommerce,
    /// The ERP's team.
    ErpIt,
    /// Those who run the sidecar and the integration.
    Operations,
}
names!(Owner, "owner", { Ecommerce => "e-commerce", ErpIt => "ERP/IT", Operations => "operations" });

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
    /// When it was received; for a phantom, when its document was committed.
    pub at: Option<Timestamp>,
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

/// Requests as the tee counted them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Counts {
    /// Requests received.
    pub received: u64,
    /// Requests captured and sent to both lanes, or to be sent.
    pub teed: u64,
    /// Requests that match no route, streamed to the live lane.
    pub passed_through: u64,
    /// Requests that match a route and were not teed, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Captures of an event that had been captured before, among the run's orders.
    pub redelivered: u64,
    /// Further `create`s of the same order, with another event id or none.
    pub same_order_again: u64,
    /// Requests whose signature was not good, by what was wrong with it; empty where there are none.
    pub signatures: BTreeMap<Signature, u64>,
}

/// The run that is judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunSummary {
    /// Its number in the journal, from 1.
    pub number: u32,
    /// What the operator called it.
    pub label: Option<String>,
    /// When it began.
    pub begin: Timestamp,
    /// The end of the judged window.
    pub until: Timestamp,
    /// The time of the journal's last sealed row.
    pub as_of: Timestamp,
    /// Which live run this is; `None` for a rehearsal.
    pub live_run: Option<u32>,
    /// Digest over what is judged by, in hexadecimal.
    pub policy_digest: String,
    /// The journal's head: the last seal, in hexadecimal.
    pub journal_head: String,
    /// Requests as the tee counted them.
    pub counts: Counts,
    /// Both lanes.
    pub lanes: PerLane<LaneSummary>,
    /// Gaps: how many there are, and how many of them are not explained.
    pub gaps: u64,
    /// Gaps that nothing explains.
    pub gaps_unexplained: u64,
    /// Files that were imported, in the order of their import.
    pub extracts: Vec<ExtractSummary>,
}

/// A file that facts were imported from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExtractSummary {
    /// Whose orders it holds.
    pub lane: Witness,
    /// Its name, without its folder.
    pub file_name: String,
    /// SHA-256 over what was read of it, in hexadecimal.
    pub file_digest: String,
    /// Rows read.
    pub rows: u64,
    /// Facts that were new.
    pub recorded: u64,
    /// Up to when it is complete, as declared, on its source's clock.
    pub complete_through: Option<Timestamp>,
    /// Why it was not read to its end, or rows of it could not be.
    pub error: Option<String>,
}

/// What a reader must know of a lane to read the rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaneSummary {
    /// Whether its answers go to the client.
    pub role: Role,
    /// How it promises.
    pub flow: Flow,
    /// What its ledger is declared as.
    pub ledger: LedgerKind,
    /// Readings that came to their end.
    pub readings_complete: u64,
    /// Readings that did not.
    pub readings_broken: u64,
    /// Up to when every commit has been seen.
    pub watermark: Option<Timestamp>,
    /// How far its ledger's clock is ahead of ours, in microseconds, where known.
    pub clock_offset_us: Option<i64>,
    /// How far that clock is declared to be off ours at most, in microseconds, where no reading tells.
    pub clock_skew_max_us: Option<u64>,
    /// Watermarks that sources told or extracts declared.
    pub watermarks: u64,
    /// Look-ups of single orders, those that failed included.
    pub lookups: u64,
    /// Look-ups that failed.
    pub lookups_failed: u64,
    /// Outcomes of the run's orders and of documents without one, by who said so.
    pub sources: BTreeMap<String, u64>,
}

impl From<Extract> for ExtractSummary {
    fn from(extract: Extract) -> Self {
        Self {
            lane: extract.of,
            file_name: extract.file_name,
            file_digest: extract.file_digest,
            rows: extract.rows,
            recorded: extract.recorded,
            complete_through: extract.complete_through,
            error: extract.error,
        }
    }
}
