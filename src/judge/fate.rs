//! The fates of an order on a lane, and how two of them relate.

use serde::{Deserialize, Serialize};

use crate::outcome::names;

/// What became of one order on one lane: exactly one, the first that fits (DESIGN 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// An eligibility rule set it aside.
    Excluded,
    /// A shadow's write reached the live ledger.
    Leaked,
    /// Two or more documents, not cancelled.
    DoubleCommitted,
    /// A final rejection, and a document.
    CommittedAfterReject,
    /// A document seen, later gone without a cancellation.
    Vanished,
    /// One document, after the SLA.
    CommittedLate,
    /// The answer unknown or failed, yet one document.
    Recovered,
    /// One document within the SLA.
    Committed,
    /// A final rejection, no document.
    Rejected,
    /// A cancel before any commit, no document.
    Withdrawn,
    /// Acknowledged, or its commit claimed; adequate readings have none.
    Lost,
    /// Sent, never acknowledged nor rejected; adequate readings after the last resend have none.
    NotCommitted,
    /// Captured, never sent to this lane.
    Unsent,
    /// No adequate reading, or a gap covers it.
    Unobserved,
    /// Captured at or after the end of the judged window.
    Pending,
}
names!(Fate, "fate", {
    Excluded => "excluded", Leaked => "leaked", DoubleCommitted => "double_committed",
    CommittedAfterReject => "committed_after_reject", Vanished => "vanished", CommittedLate => "committed_late",
    Recovered => "recovered", Committed => "committed", Rejected => "rejected", Withdrawn => "withdrawn", Lost => "lost",
    NotCommitted => "not_committed", Unsent => "unsent", Unobserved => "unobserved", Pending => "pending",
});

/// How the two fates of one order relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// Both lanes came to the same decision.
    Matched,
    /// Both committed, and the documents differ.
    FieldsDiffer,
    /// One commits, the other rejects.
    DecisionsDiffer,
    /// Only legacy committed it.
    LegacyOnly,
    /// Only gated committed it.
    GatedOnly,
    /// Neither committed it.
    Neither,
    /// Not known yet.
    Open,
}
names!(Parity, "parity", {
    Matched => "matched", FieldsDiffer => "fields_differ", DecisionsDiffer => "decisions_differ", LegacyOnly => "legacy_only",
    GatedOnly => "gated_only", Neither => "neither", Open => "open",
});
