//! What is the matter with an order on a lane, who acts on it as a rule, and what to do in plain words.

use super::exceptions::Severity;
use super::parity::{Decided, decided};
use super::{Fate, Owner};
use crate::outcome::{Lane, PerLane};

/// How bad it is, who acts, and what to do.
pub(super) type Advice = (Severity, Owner, &'static str);

/// What the advice on an order depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) lane: Lane,
    pub(super) fates: PerLane<Fate>,
    /// Whether the other lane, or the census, has an order that this one never took.
    pub(super) taken_elsewhere: bool,
    /// Whether this lane rejected it as agreed.
    pub(super) agreed: bool,
    /// Whether this lane cancelled by itself what the other commits.
    pub(super) took_back: bool,
}

impl Case {
    /// What to do about it; `None` where nobody needs to act.
    pub(super) fn advice(&self) -> Option<Advice> {
        let gated = self.lane == Lane::Gated;
        let wrong = if gated { Severity::Forbids } else { Severity::LegacyLoss };
        let other = decided(*self.fates.get(self.lane.other()));
        Some(match *self.fates.get(self.lane) {
            Fate::Leaked => (
                Severity::Forbids,
                Owner::Operations,
                "Pause the shadow at once: its write reached the live ledger. Cancel that document and check the target and credentials of the shadow.",
            ),
            Fate::DoubleCommitted => (
                wrong,
                Owner::ErpIt,
                "Cancel all documents but one before goods leave the house, and find out why a second one was made.",
            ),
            Fate::CommittedAfterReject => (
                wrong,
                Owner::ErpIt,
                "The lane refused this order and has it all the same: decide which holds, and tell the customer or cancel the document.",
            ),
            Fate::Vanished => {
                (wrong, Owner::ErpIt, "Find out who removed the document without a cancellation, and restore it.")
            }
            Fate::Lost => (
                wrong,
                Owner::ErpIt,
                "Acknowledged, but not in the ledger: look for it in the queues of this path, and enter it by hand if the customer was told.",
            ),
            Fate::NotCommitted if self.taken_elsewhere => (
                wrong,
                Owner::Operations,
                "This path never took the order: look at its answers in `paritee order`, mend the cause and send the order again.",
            ),
            Fate::Rejected | Fate::Withdrawn if self.agreed => return None,
            Fate::Rejected if other == Decided::Committed => (
                Severity::Differs,
                Owner::ErpIt,
                "This path rejects what the other commits: compare the reason with the master data of both.",
            ),
            _ if self.took_back => (
                Severity::Differs,
                Owner::ErpIt,
                "This path cancelled what the storefront did not cancel and the other path commits: find out who cancelled it.",
            ),
            Fate::CommittedLate => {
                (Severity::Late, Owner::ErpIt, "Committed after the deadline: find out what it waited for.")
            }
            Fate::Unsent => (
                Severity::Unknown,
                Owner::Operations,
                "Never sent to this lane as far as is on record: resume the shadow, or raise its limits.",
            ),
            Fate::Unobserved => (
                Severity::Unknown,
                Owner::Operations,
                "Not known: let the ledger of this lane be read to its end, twice, after the horizon.",
            ),
            _ => return None,
        })
    }
}
