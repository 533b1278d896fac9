//! Requests that wait for their answers, in the order of the file. An id is not unique over time: an answer belongs to the
//! nearest request before it. Who waits too long goes on without one.

use std::collections::{HashMap, VecDeque};

use crate::replay::formats::record::{Record, RecordedAnswer};

/// Requests that wait at most: more than any system has in flight.
const REQUESTS_MAX: usize = 4_096;

/// What they may hold, in bytes.
const BYTES_MAX: usize = 32 << 20;

/// An answer to a request that waits.
pub(super) struct Answer(pub(super) RecordedAnswer);

/// Requests that wait for their answers.
#[derive(Default)]
pub(super) struct Pairs {
    waiting: VecDeque<Record>,
    /// How many were handed on: the number of the first that waits.
    gone: u64,
    bytes: usize,
    /// The number of the last request of each id that waits.
    last: HashMap<String, u64>,
}

impl Pairs {
    /// A request was read.
    pub(super) fn request(&mut self, record: Record) {
        self.bytes += record.weight();
        let number = self.gone + self.waiting.len() as u64;
        if let Some(id) = &record.id {
            self.last.insert(id.clone(), number);
        }
        self.waiting.push_back(record);
    }

    /// The nearest request of this id that waits.
    pub(super) fn find(&self, id: &str) -> Option<&Record> {
        self.waiting.get(self.place(id)?)
    }

    /// Gives the nearest request of this id its answer.
    pub(super) fn answer(&mut self, id: &str, Answer(answer): Answer) {
        let place = self.place(id);
        if let Some(record) = place.and_then(|place| self.waiting.get_mut(place)) {
            let before = record.weight();
            record.answers.push(answer);
            self.bytes += record.weight() - before;
        }
    }

    /// The first request, where it has its answer, need not wait longer, or nothing more comes.
    pub(super) fn next(&mut self, ended: bool) -> Option<Record> {
        let first = self.waiting.front()?;
        let is_full = self.waiting.len() > REQUESTS_MAX || self.bytes > BYTES_MAX;
        if first.answers.is_empty() && !is_full && !ended {
            return None;
        }
        let record = self.waiting.pop_front()?;
        self.bytes = self.bytes.saturating_sub(record.weight());
        if let Some(id) = &record.id
            && self.last.get(id) == Some(&self.gone)
        {
            self.last.remove(id);
        }
        self.gone += 1;
        Some(record)
    }

    fn place(&self, id: &str) -> Option<usize> {
        usize::try_from(self.last.get(id)?.checked_sub(self.gone)?).ok()
    }
}
