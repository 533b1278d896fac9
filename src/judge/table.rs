//! The decision table: from what is known of an order on a lane to its fate. The first row that fits decides.
//!
//! | no. | fate | when |
//! | --- | --- | --- |
//! | 1 | `excluded` | every capture is excluded by a rule |
//! | 2 | `leaked` | a shadow's write is in the live ledger |
//! | 3 | `double_committed` | two or more documents that were not cancelled, nor parts of one split order |
//! | 4 | `committed_after_reject` | the last word was a rejection, and a document was seen |
//! | 5 | `pending` | captured at or after the end of the window; facts of presence (1–4) count all the same |
//! | 6 | `vanished` | its document is gone without a cancellation |
//! | 7 | `committed_late` | one document, surely later than the SLA |
//! | 8 | `recovered` | one document, and nothing that acknowledged the order |
//! | 9 | `committed` | one document |
//! | 10 | `unobserved` | its document is missing from one reading: a second one decides |
//! | 11 | `rejected` | the last word was a rejection |
//! | 12 | `withdrawn` | cancelled before it had to be committed |
//! | 13 | `lost` | acknowledged, and absence is proven |
//! | 14 | `not_committed` | sent, never acknowledged nor rejected, and absence is proven |
//! | 15 | `unsent` | never sent to this lane, and nothing was heard of it |
//! | 16 | `unobserved` | anything else: absence is not proven |

use super::Fate;
use super::words::Word;

/// What is known of the documents of an order on a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Presence {
    /// None was ever seen.
    None,
    /// One, and the last reading lacks it.
    Missing,
    /// One, and two readings in a row lack it.
    Gone,
    /// One, the parts of one order that was split, or only cancelled ones: the order was committed.
    One,
    /// Two or more that were not cancelled.
    Many,
}

/// All that a fate depends on: small and finite, so that the table can be tested over the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LaneFacts {
    /// Every capture is excluded by a rule.
    pub(super) excluded: bool,
    /// Captured within the judged window.
    pub(super) in_window: bool,
    /// A shadow's write is in the live ledger.
    pub(super) leaked: bool,
    /// Its documents.
    pub(super) presence: Presence,
    /// What the lane said.
    pub(super) word: Word,
    /// Whether a send can have reached the lane.
    pub(super) sent: bool,
    /// Whether the commit surely came after the SLA.
    pub(super) late: bool,
    /// Whether it was cancelled before it had to be committed.
    pub(super) cancelled_early: bool,
    /// Whether readings prove that there is no document, if none was seen. A document under a name that the order
    /// shares with another may be its own, so that nothing is proven.
    pub(super) absence_proven: bool,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    /// Its number in the table above.
    #[cfg_attr(not(test), expect(dead_code, reason = "names the row in tests"))]
    pub(super) number: u8,
    pub(super) fate: Fate,
    /// Why, as a sentence for people.
    pub(super) why: &'static str,
    when: fn(&LaneFacts) -> bool,
}

/// The table, in order.
pub(super) const ROWS: &[Row] = &[
    row(1, Fate::Excluded, "an exclusion rule applies to every capture", |facts| facts.excluded),
    row(2, Fate::Leaked, "the shadow's write is in the live ledger", |facts| facts.leaked),
    row(3, Fate::DoubleCommitted, "two or more documents, none of them cancelled", |facts| {
        facts.presence == Presence::Many
    }),
    row(4, Fate::CommittedAfterReject, "the lane rejected it for good, yet a document was seen", |facts| {
        facts.word == Word::Rejected && facts.presence != Presence::None
    }),
    row(5, Fate::Pending, "captured after the judged window", |facts| !facts.in_window),
    row(
        6,
        Fate::Vanished,
        "its document was seen, and two readings in a row lack it without a cancellation",
        |facts| facts.presence == Presence::Gone,
    ),
    row(7, Fate::CommittedLate, "one document, after the SLA", |facts| facts.presence == Presence::One && facts.late),
    row(8, Fate::Recovered, "one document, though no answer acknowledged the order", |facts| {
        facts.presence == Presence::One && facts.word == Word::Silent
    }),
    row(9, Fate::Committed, "one document", |facts| facts.presence == Presence::One),
    row(10, Fate::Unobserved, "its document is missing from the last reading; a second one decides", |facts| {
        facts.presence == Presence::Missing
    }),
    row(11, Fate::Rejected, "the lane rejected it for good, and no document was seen", |facts| {
        facts.word == Word::Rejected
    }),
    row(12, Fate::Withdrawn, "cancelled before it had to be committed, and no document was seen", |facts| {
        facts.cancelled_early
    }),
    row(13, Fate::Lost, "acknowledged, and adequate readings have no document", |facts| {
        facts.word == Word::Acknowledged && facts.absence_proven
    }),
    row(
        14,
        Fate::NotCommitted,
        "sent but neither acknowledged nor rejected, and adequate readings have no document",
        |facts| facts.sent && facts.absence_proven,
    ),
    row(15, Fate::Unsent, "captured, but no send to this lane is on record", |facts| {
        facts.word == Word::Silent && !facts.sent
    }),
    row(
        16,
        Fate::Unobserved,
        "no document was seen, and the readings do not suffice to say that there is none",
        |_| true,
    ),
];

const fn row(number: u8, fate: Fate, why: &'static str, when: fn(&LaneFacts) -> bool) -> Row {
    Row { number, fate, why, when }
}

/// The row that decides.
pub(super) fn decide(facts: &LaneFacts) -> &'static Row {
    const LAST: Row = row(16, Fate::Unobserved, "nothing is known", |_| true);
    ROWS.iter().find(|row| (row.when)(facts)).unwrap_or(&LAST)
}

#[cfg(test)]
#[path = "tests/table.rs"]
mod tests;
