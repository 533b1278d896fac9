//! Which sends go again: those that an earlier process left, and unknown ones once an adequate reading has
//! no document (DESIGN 4, "Resending").

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::request;
use super::send::{Shadow, Work};
use crate::journal::{LooseEnd, ReadError, Reader};
use crate::outcome::{Attempt, Capture, Meaning, Reading, RowId, SendReason};

/// What to do with a loose end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It was never taken: send it as soon as may be.
    Now(SendReason),
    /// Only a later reading can tell.
    Wait,
    /// It is settled, or was sent often enough.
    Done,
}

/// What a look at the loose ends found.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// What goes again now, in the order of recording.
    pub(super) works: Vec<Work>,
    /// What an earlier process left, and only a later reading can tell.
    pub(super) left: Vec<RowId>,
    /// Whether there was no room for all.
    pub(super) more: bool,
}

impl Shadow {
    /// Loose ends that may go again now, seen from the journal, at most `room`. `left` holds captures whose last
    /// attempt an earlier process never saw answered; `held` are being sent, or wait for it.
    pub(super) fn due(
        &self,
        reader: &Reader,
        left: &[RowId],
        held: &HashSet<RowId>,
        room: usize,
    ) -> Result<Due, ReadError> {
        let reading = reader.last_reading(self.lane)?;
        let mut rows = reader.answered_open(self.run.number, self.lane, &self.config.answer.final_statuses)?;
        rows.extend_from_slice(left);
        rows.sort_unstable();
        rows.dedup();
        let mut due = Due::default();
        for row in rows {
            let is_held = held.contains(&row);
            let no_room = due.works.len() >= room;
            due.more |= no_room && !is_held;
            let weighed =
                if is_held || no_room { (Next::Wait, None) } else { self.weigh(reader, row, reading.as_ref())? };
            match weighed {
                (_, Some(work)) => due.works.push(work),
                (Next::Wait, None) if left.contains(&row) => due.left.push(row),
                _ => {}
            }
        }
        Ok(due)
    }

    fn weigh(&self, reader: &Reader, row: RowId, reading: Option<&Reading>) -> Result<(Next, Option<Work>), ReadError> {
        let Some(end) = reader.loose_end(row, self.lane)? else {
            return Ok((Next::Done, None));
        };
        let next = match self.next(&end, reading) {
            Next::Now(SendReason::Resend) if reader.has_document(&end.capture, self.lane)? => Next::Done,
            next => next,
        };
        let Next::Now(reason) = next else {
            return Ok((next, None));
        };
        let resends = resends(&end);
        let number = end.attempts.last().map_or(1, |(attempt, _)| attempt.number + 1);
        let resends = if reason == SendReason::Resend { resends + 1 } else { resends };
        Ok((next, Some(Work { row, capture: Arc::new(end.capture), number, reason, resends })))
    }

    fn next(&self, end: &LooseEnd, reading: Option<&Reading>) -> Next {
        let Some((last, answer)) = end.attempts.last() else {
            return Next::Now(SendReason::First);
        };
        let meaning = answer.as_ref().map(|answer| self.config.answer.meaning(self.config.flow, answer));
        match meaning.unwrap_or(Meaning::Unknown) {
            Meaning::NotSent if !self.can_be_sent(&end.capture) => Next::Done,
            Meaning::NotNow { .. } | Meaning::NotSent => Next::Now(SendReason::NotNow),
            Meaning::Unknown if resends(end) >= self.config.resend_max => Next::Done,
            Meaning::Unknown if self.config.idempotent => Next::Now(SendReason::Resend),
            Meaning::Unknown if !self.is_settled_by_ledger(&end.capture) => Next::Done,
            Meaning::Unknown if reading.is_some_and(|reading| self.is_adequate(end, last, reading)) => {
                Next::Now(SendReason::Resend)
            }
            Meaning::Unknown => Next::Wait,
            _ => Next::Done,
        }
    }

    /// Whether there is a copy of a capture at all: what a patch doesn't fit would fail again, for ever.
    fn can_be_sent(&self, capture: &Capture) -> bool {
        request::copy(self.lane, &self.config, capture, 1, "").is_ok()
    }

    fn is_adequate(&self, end: &LooseEnd, last: &Attempt, reading: &Reading) -> bool {
        let (lag, overlap) =
            self.config.poll.as_ref().map_or((Duration::ZERO, Duration::ZERO), |poll| (poll.lag, poll.overlap));
        let first = end.attempts.first().map_or(last.at, |(first, _)| first.at);
        reading.is_adequate(first, last.at, self.config.horizon + lag, overlap)
    }
}

fn resends(end: &LooseEnd) -> u32 {
    let again = end.attempts.iter().filter(|(attempt, _)| attempt.reason == SendReason::Resend);
    u32::try_from(again.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
