//! Whether the gated lane was in time: its answer to the first send of an order against the deadline of the sender, and the
//! commit of the order against the SLA. Only counts are kept, as limits of a quantile need no more.

use std::time::Duration;

use super::clocks::{Known, Span};
use super::facts::{LaneCase, LaneContext};
use super::gates::TakenElsewhere;
use super::window::later;
use super::{Fate, LaneEvents};
use crate::outcome::{Ending, Operation};

/// Orders by whether something came in time. Grows with nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Timed {
    /// Those known to be in time.
    pub(super) in_time: u64,
    /// Those known not to be.
    pub(super) late: u64,
    /// Those of which it is not known.
    pub(super) unknown: u64,
}

/// Whether something came in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timing {
    InTime,
    Late,
    /// How it ended is not on record, or what is doesn't tell.
    Unknown,
}

crate::stats::sum_of_fields!(Timed { in_time, late, unknown });

impl Timed {
    pub(super) const fn count(&mut self, timing: Timing) {
        match timing {
            Timing::InTime => self.in_time += 1,
            Timing::Late => self.late += 1,
            Timing::Unknown => self.unknown += 1,
        }
    }

    /// All of them.
    pub(super) const fn all(self) -> u64 {
        self.in_time + self.late + self.unknown
    }
}

/// How the first `create` of an order was answered; `None` where none was sent.
///
/// What the storefront would have waited for: from the first byte sent to the head of the answer, whatever its status. Waiting
/// in our own queue is before that, and no fault of the lane. Only the first send of an order counts, so that an order which
/// is sent often weighs no more than another.
///
/// Where no answer came, the sender would have had none either: beyond the deadline that is late,
/// however it ended; before it, it is not known how long an answer would have taken, and a later send can't tell. `hidden` is whether an
/// answer may have been given that is not on record.
pub(super) fn answered(events: &LaneEvents, deadline: Duration, hidden: bool) -> Option<Timing> {
    let first = events.sends.iter().find(|send| send.operation == Operation::Create);
    let answered = first.map(|send| match &send.answer {
        Some(answer) if answer.took > deadline => Timing::Late,
        Some(answer) if answer.ending == Ending::Answered => Timing::InTime,
        Some(_) | None => Timing::Unknown,
    });
    match answered {
        Some(Timing::InTime) | None if hidden => Some(Timing::Unknown),
        answered => answered,
    }
}

/// Whether the gated lane committed an order within the SLA; `None` where it was not to commit it: rejected, withdrawn by the
/// customer, or never taken by anybody.
///
/// An order without a commit is not left out: one that is lost is late, however long one waits; one of which nothing is
/// known yet is unknown. Where a document stands, the clocks decide ([`LaneCase::late`]), and where its ledger tells no times
/// at all, the answer that named its number: the ERP had numbered it by then.
pub(super) fn committed(case: &LaneCase, fate: Fate, taken: TakenElsewhere, of: &LaneContext) -> Option<Timing> {
    match (fate, taken) {
        (Fate::Excluded | Fate::Pending | Fate::Rejected | Fate::Withdrawn, _) => None,
        (Fate::NotCommitted, TakenElsewhere::No) => None,
        _ if is_lost(fate, taken) && fate != Fate::Vanished => Some(Timing::Late),
        _ => Some(match case.late(of) {
            Known::Yes => Timing::Late,
            Known::No => Timing::InTime,
            Known::Unknown if named_in_time(case, of) => Timing::InTime,
            Known::Unknown => Timing::Unknown,
        }),
    }
}

/// Whether a lane lost an order that it had to commit.
pub(super) const fn is_lost(fate: Fate, taken: TakenElsewhere) -> bool {
    match fate {
        Fate::Lost | Fate::Vanished => true,
        Fate::NotCommitted => matches!(taken, TakenElsewhere::Yes),
        _ => false,
    }
}

/// Whether an order counts as lost, or as not known, so that no GO is had with it.
pub(super) const fn is_missing(fate: Fate, taken: TakenElsewhere) -> bool {
    let is_unknown = match fate {
        Fate::Unobserved | Fate::Unsent => true,
        Fate::NotCommitted => matches!(taken, TakenElsewhere::Unknown),
        _ => false,
    };
    is_lost(fate, taken) || is_unknown
}

/// Whether an answer within the SLA named the document, of which no clock is to tell.
fn named_in_time(case: &LaneCase, of: &LaneContext) -> bool {
    let (Some(first), Some(told), Some(document)) = (case.words.first_send, &case.words.confirmed, case.document())
    else {
        return false;
    };
    let at = told.confirmed.at;
    let in_time = Span { earliest: at, latest: at }.later_than(later(first, of.policy.sla)) == Known::No;
    !of.policy.commit_times && told.is_naming(document) && in_time
}
