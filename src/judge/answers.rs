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
    /// Sent, and how it ended is not on record, or it was given up before the deadline.
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

/// How the first `create` of an order that came to an answer was answered; `None` where none did.
///
/// A lane that can't be reached, or breaks the connection off in time, has given no answer: the next send counts, if
/// there is one. What was still without an answer after the deadline is late, however it ended then. `hidden` is whether an answer
/// may have been given that is not on record.
pub(super) fn answered(events: &LaneEvents, deadline: Duration, hidden: bool) -> Option<Answered> {
    let creates = events.sends.iter().filter(|send| send.operation == Operation::Create);
    let mut ends = creates.filter_map(|send| {
        let Some(answer) = &send.answer else { return Some(Answered::Unknown) };
        match (answer.ending, answer.took > deadline) {
            (Ending::Refused, _) => None,
            (_, true) => Some(Answered::Late),
            (Ending::Answered | Ending::Cut, false) => Some(Answered::InTime),
            (Ending::TimedOut, false) => Some(Answered::Unknown),
            (Ending::Broken | Ending::Garbled, false) => None,
        }
    });
    ends.next().or_else(|| hidden.then_some(Answered::Unknown))
}
