//! What fates and parities mean, for readers who meet the words for the first time.

use crate::judge::{Fate, Parity};

/// What a fate means, in half a sentence.
pub(in crate::report) const fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Excluded => "set aside by a rule of the configuration, not judged",
        Fate::Leaked => "a write of the shadow reached the live ledger",
        Fate::DoubleCommitted => "two or more documents for one order, none of them cancelled",
        Fate::CommittedAfterReject => "rejected for good, and yet there is a document",
        Fate::Vanished => "its document was there, and is gone without a cancellation",
        Fate::CommittedLate => "one document, after the deadline",
        Fate::Recovered => "the answer was unknown or failed, and yet there is one document",
        Fate::Committed => "one document, in time",
        Fate::Rejected => "rejected for good, no document",
        Fate::Withdrawn => "cancelled before any commit, no document",
        Fate::Lost => "promised or claimed to be committed, and not in the ledger",
        Fate::NotCommitted => "sent and never taken, and not in the ledger",
        Fate::Unsent => "captured, and never sent to this path",
        Fate::Unobserved => "not known: the ledger was not read well enough",
        Fate::Pending => "captured after the judged window, not judged yet",
    }
}

/// What a parity means, in half a sentence.
pub(in crate::report) const fn relation(parity: Parity) -> &'static str {
    match parity {
        Parity::Matched => "both paths came to the same decision, and nothing unexplained differs",
        Parity::FieldsDiffer => "both committed it, and the documents differ",
        Parity::DecisionsDiffer => "one path commits it, the other rejects it",
        Parity::LegacyOnly => "only the legacy path has it",
        Parity::GatedOnly => "only the gated path has it",
        Parity::Neither => "neither path has it",
        Parity::Open => "not known yet",
    }
}
