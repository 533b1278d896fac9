//! Captures in the order of recording, page by page, each with what the live lane answered: for who sends them again.

use jiff::Timestamp;
use rusqlite::params;

use super::decode::{self, ANSWER, CAPTURE};
use super::{ReadError, Reader};
use crate::outcome::{Answer, Capture, RowId};

/// A capture, and what came of it on the live lane.
#[derive(Debug)]
pub struct CaptureSeen {
    /// Its row.
    pub row: RowId,
    /// The capture; a damaged row is the error of this one alone.
    pub capture: Result<Capture, ReadError>,
    /// When the request was captured first, where this is a replay of it and the file told.
    pub occurred_at: Option<Timestamp>,
    /// The live lane's answer; `None`: unknown.
    pub answer: Option<Result<Answer, ReadError>>,
}

impl Reader {
    /// The next captures behind a row, of one run or of all, `limit` at most.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn captures(&self, run: Option<u32>, after: RowId, limit: u32) -> Result<Vec<CaptureSeen>, ReadError> {
        let sql = format!(
            "SELECT {CAPTURE}, o.occurred_at FROM capture c LEFT JOIN content b ON b.id = c.body \
             LEFT JOIN replayed o ON o.capture = c.id WHERE c.id > ?1 AND (?2 IS NULL OR c.run = ?2) ORDER BY c.id LIMIT ?3"
        );
        let mut seen = self.rows(&sql, params![after, run, limit], |row| {
            let capture = decode::capture(row).map(|(_, capture)| capture);
            let occurred_at = row.get::<_, Option<i64>>(16)?.and_then(|at| Timestamp::from_microsecond(at).ok());
            Ok(CaptureSeen { row: row.get(0)?, capture, occurred_at, answer: None })
        })?;
        let Some(last) = seen.last().map(|seen| seen.row) else { return Ok(seen) };
        // The tee's own sends bear no key of paritee's; a replay sends copies to both lanes, and which of them was live is the run's to say.
        let sql = format!(
            "SELECT {ANSWER}, a.capture FROM attempt a JOIN answer w ON w.attempt = a.id LEFT JOIN content b ON b.id = w.body \
             JOIN capture c ON c.id = a.capture LEFT JOIN run r ON r.number = c.run \
             WHERE a.capture > ?1 AND a.capture <= ?2 \
             AND (a.idempotency_key IS NULL OR json_extract(r.policy, '$.lanes.' || a.lane || '.role') = 'live') \
             ORDER BY a.capture, a.id"
        );
        let answers = self.rows(&sql, params![after, last], |row| {
            Ok((row.get::<_, RowId>(11)?, decode::answer(row).map(|(_, answer)| answer)))
        })?;
        let mut answers = answers.into_iter().peekable();
        for capture in &mut seen {
            while let Some((_, answer)) = answers.next_if(|(of, _)| *of <= capture.row) {
                capture.answer = Some(answer);
            }
        }
        Ok(seen)
    }
}
