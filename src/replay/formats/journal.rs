//! The captures of a journal, with the live lane's answers as they were recorded. A journal that is still written is read
//! as it is when reading begins.

use std::collections::VecDeque;
use std::path::Path;

use jiff::Timestamp;

use super::diagnosis::{Diagnosis, Place, Reason, Tally};
use super::record::{Incomplete, Record, RecordedAnswer};
use super::stop::Stop;
use super::{Options, Source};
use crate::journal::{CaptureSeen, ReadError, Reader};
use crate::outcome::{Answer, Capture, RowId, Skip};

/// Captures that are read at once: enough that queries don't count.
const PAGE: u32 = 64;

/// The captures of a journal.
pub(super) struct Journal {
    reader: Reader,
    run: Option<u32>,
    after: RowId,
    last: RowId,
    page: VecDeque<CaptureSeen>,
}

impl Journal {
    /// Opens the journal at `path`.
    pub(super) fn open(path: &Path, options: &Options) -> Result<Self, ReadError> {
        let reader = Reader::open(path)?;
        let last = reader.head()?.map_or(0, |(row, ..)| row);
        Ok(Self { reader, run: options.run, after: 0, last, page: VecDeque::new() })
    }
}

impl Source for Journal {
    fn next(&mut self, tally: &mut Tally) -> Result<Option<Record>, Stop> {
        loop {
            if self.page.is_empty() && self.after < self.last {
                self.page = self.reader.captures(self.run, self.after, PAGE)?.into();
                in_order(self.after, &self.page)?;
                self.after = self.page.back().map_or(self.last, |seen| seen.row);
            }
            let Some(seen) = self.page.pop_front().filter(|seen| seen.row <= self.last) else { return Ok(None) };
            tally.units += 1;
            let place = Place::Row(seen.row);
            match seen.capture {
                Ok(capture) => {
                    let at = seen.occurred_at.unwrap_or(capture.received_at);
                    return record(capture, at, seen.answer, place, tally).map(Some);
                }
                Err(error) => tally.leave_out(Diagnosis::skipped(place, Reason::Damaged, error.to_string()))?,
            }
        }
    }
}

/// Rows that don't come in their order, behind the last one, are a file that is damaged: page after page of them would be read
/// for ever.
fn in_order(mut after: RowId, page: &VecDeque<CaptureSeen>) -> Result<(), ReadError> {
    for row in page.iter().map(|seen| seen.row) {
        if row <= after {
            let what = format!("its place behind row {after}");
            return Err(ReadError::Damaged { table: "capture", row, what });
        }
        after = row;
    }
    Ok(())
}

fn record(
    capture: Capture,
    at: Timestamp,
    answer: Option<Result<Answer, ReadError>>,
    place: Place,
    tally: &mut Tally,
) -> Result<Record, Stop> {
    let held = capture.body.len() as u64;
    let incomplete = match capture.skip {
        Some(Skip::BodyTooLarge | Skip::ClientGone) => Some((Incomplete::BodyCut, Reason::BodyCut)),
        _ if held < capture.body_bytes => Some((Incomplete::BodyMissing, Reason::BodyMissing)),
        _ => None,
    };
    if let Some((_, reason)) = incomplete {
        let detail = format!("{held} of {} bytes", capture.body_bytes);
        tally.remark(Diagnosis::salvaged(place, reason, detail))?;
    }
    let answer = match answer {
        Some(Err(error)) => {
            tally.remark(Diagnosis::salvaged(place, Reason::BadAnswer, error.to_string()))?;
            None
        }
        Some(Ok(answer)) => Some(recorded(answer)),
        None => None,
    };
    Ok(Record {
        place,
        id: Some(capture.uuid.to_string()),
        at: Some(at),
        method: capture.method,
        target: capture.target,
        headers: capture.headers,
        body: capture.body,
        incomplete: incomplete.map(|(incomplete, _)| incomplete),
        answers: answer.into_iter().collect(),
    })
}

fn recorded(answer: Answer) -> RecordedAnswer {
    RecordedAnswer {
        lane: Some(answer.lane),
        ending: answer.ending,
        at: Some(answer.at),
        took: Some(answer.took),
        status: answer.status,
        headers: answer.headers,
        body: answer.body,
        body_bytes: answer.body_bytes,
        error: answer.error,
    }
}
