//! How long the gated lane took to answer the first send of an order, counted against the deadline of its sender.
//!
//! What the storefront would have waited for: from the first byte sent to the head of the answer, whatever its status.
//! Waiting in our own queue is before that, and no fault of the lane. Only the first send of an order counts, so that
//! an order which is sent often weighs no more than another.

use std::time::Duration;

use super::LaneEvents;
use crate::outcome::{Ending, Operation};

/// Answers to first sends, as they are counted. Grows with nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Answers {
    /// Those known to have come within the deadline.
    pub(super) in_time: u64,
    /// Those known not to have.
    pub(super) late: u64,
    /// Those of which it is not on record.
    pub(super) unknown: u64,
}

/// Whether a lane answered an order in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    InTime,
    Late,
    /// How it ended is not on record, or it ended before the deadline without a whole answer.
    Unknown,
}

impl Answers {
    pub(super) const fn count(&mut self, answered: Answered) {
        match answered {
            Answered::InTime => self.in_time += 1,
            Answered::Late => self.late += 1,
            Answered::Unknown => self.unknown += 1,
        }
    }
}

/// How the first `create` of an order was answered; `None` where none was sent.
///
/// Timed is the head of the answer. Where none came, the sender would have had none either: beyond the deadline that is late,
/// however it ended; before it, it is not known how long an answer would have taken, and a later send can't tell. `hidden` is whether an
/// answer may have been given that is not on record.
pub(super) fn answered(events: &LaneEvents, deadline: Duration, hidden: bool) -> Option<Answered> {
    let first = events.sends.iter().find(|send| send.operation == Operation::Create);
    let answered = first.map(|send| match &send.answer {
        Some(answer) if answer.took > deadline => Answered::Late,
        Some(answer) if answer.ending == Ending::Answered => Answered::InTime,
        Some(_) | None => Answered::Unknown,
    });
    match answered {
        Some(Answered::InTime) | None if hidden => Some(Answered::Unknown),
        answered => answered,
    }
}
