//! What the shadow still has to do: captures never sent, and sends whose end is not known.

use rusqlite::params;

use super::decode::{self, CAPTURE};
use super::{ReadError, Reader};
use crate::outcome::{Answer, Attempt, Capture, Lane, OutcomeKind, RowId};

/// A capture whose last send to a lane didn't end well, or whose end is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct LooseEnd {
    /// The capture's row.
    pub row: RowId,
    /// The capture.
    pub capture: Capture,
    /// Its attempts on the lane with their answers, in the order of recording.
    pub attempts: Vec<(Attempt, Option<Answer>)>,
}

/// Whether a body is as it was received. One that was purged is never sent.
const IS_WHOLE: &str = "coalesce(length(b.bytes), 0) = c.body_bytes";

impl Reader {
    /// Captures of `run` after row `after` and up to row `until` that are to be teed and were never sent to
    /// `lane`, at most `limit`, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn unsent(
        &self,
        run: u32,
        lane: Lane,
        (after, until): (RowId, RowId),
        limit: usize,
    ) -> Result<Vec<(RowId, Capture)>, ReadError> {
        let sql = format!(
            "SELECT {CAPTURE} FROM capture c LEFT JOIN content b ON b.id = c.body \
             WHERE c.id > ? AND c.id <= ? AND c.run = ? AND c.skip IS NULL AND c.excluded IS NULL AND {IS_WHOLE} \
             AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.capture = c.id AND a.lane = ?) ORDER BY c.id LIMIT ?"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows(&sql, params![after, until, run, lane.as_str(), limit], decode::capture)
    }

    /// As [`Reader::unsent`], of those that the live lane `live` answered with 2xx, by the rows of these
    /// answers, which are returned first.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn unsent_accepted(
        &self,
        run: u32,
        live: Lane,
        (after, until): (RowId, RowId),
        limit: usize,
    ) -> Result<Vec<(RowId, RowId, Capture)>, ReadError> {
        let sql = format!(
            "SELECT {CAPTURE}, w.id FROM answer w JOIN attempt t ON t.id = w.attempt JOIN capture c ON c.id = t.capture \
             LEFT JOIN content b ON b.id = c.body \
             WHERE w.id > ? AND w.id <= ? AND w.lane = ? AND w.status BETWEEN 200 AND 299 AND c.run = ? \
             AND c.skip IS NULL AND c.excluded IS NULL AND {IS_WHOLE} \
             AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.capture = c.id AND a.lane = ?) ORDER BY w.id LIMIT ?"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let params = params![after, until, live.as_str(), run, live.other().as_str(), limit];
        self.rows(&sql, params, |row| {
            let (capture, decoded) = decode::capture(row)?;
            Ok((row.get(16)?, capture, decoded))
        })
    }

    /// The capture of an attempt.
    ///
    /// # Errors
    /// When SQLite says no, or the row is damaged.
    pub fn capture_of(&self, attempt: RowId) -> Result<Option<(RowId, u32, Capture)>, ReadError> {
        let sql = "SELECT capture FROM attempt WHERE id = ?";
        let rows = self.rows(sql, [attempt], |row| Ok(row.get::<_, RowId>(0)?))?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        Ok(self.capture(row)?.map(|(run, capture)| (row, run, capture)))
    }

    /// Captures of `run` whose last attempt on `lane` has no answer: a process ended in between.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn unanswered(&self, run: u32, lane: Lane) -> Result<Vec<RowId>, ReadError> {
        let sql = "SELECT DISTINCT a.capture FROM attempt a JOIN capture c ON c.id = a.capture \
             LEFT JOIN answer w ON w.attempt = a.id WHERE a.lane = ? AND c.run = ? AND w.id IS NULL AND NOT EXISTS \
             (SELECT 1 FROM attempt x WHERE x.capture = a.capture AND x.lane = a.lane AND x.id > a.id) ORDER BY a.capture";
        self.rows(sql, params![lane.as_str(), run], |row| Ok(row.get(0)?))
    }

    /// Captures of `run` whose last answer on `lane` is no 2xx and none of the `final_statuses`.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn answered_open(&self, run: u32, lane: Lane, final_statuses: &[u16]) -> Result<Vec<RowId>, ReadError> {
        let finals: Vec<String> = final_statuses.iter().map(u16::to_string).collect();
        let sql = format!(
            "SELECT a.capture FROM answer w JOIN attempt a ON a.id = w.attempt JOIN capture c ON c.id = a.capture \
             WHERE w.lane = ? AND (w.status IS NULL OR w.status < 200 OR w.status > 299) AND c.run = ? \
             AND (w.status IS NULL OR w.status NOT IN ({})) AND NOT EXISTS \
             (SELECT 1 FROM attempt x WHERE x.capture = a.capture AND x.lane = a.lane AND x.id > a.id) ORDER BY a.capture",
            finals.join(",")
        );
        self.rows(&sql, params![lane.as_str(), run], |row| Ok(row.get(0)?))
    }

    /// A capture with its attempts on a lane; `None` where its body was purged, so that it can't be sent again.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn loose_end(&self, row: RowId, lane: Lane) -> Result<Option<LooseEnd>, ReadError> {
        let Some((_, capture)) =
            self.capture(row)?.filter(|(_, capture)| capture.body.len() as u64 == capture.body_bytes)
        else {
            return Ok(None);
        };
        let attempts = self.attempts(row, lane)?.into_iter().map(|(_, attempt, answer)| (attempt, answer)).collect();
        Ok(Some(LooseEnd { row, capture, attempts }))
    }

    /// Whether an observer has seen a document of a capture's order on a lane, under any of its names.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn has_document(&self, capture: &Capture, lane: Lane) -> Result<bool, ReadError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outcome WHERE order_key = ? AND lane = ? AND kind = ?)";
        let mut exists = self.connection.prepare_cached(sql)?;
        for name in capture.order_key.iter().chain(&capture.also_known_as) {
            let params = params![name.as_str(), lane.as_str(), OutcomeKind::Committed.as_str()];
            if exists.query_row(params, |row| row.get(0))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The last reading of a lane's ledger.
    ///
    /// # Errors
    /// When SQLite says no, or the row is damaged.
    pub fn last_reading(&self, lane: Lane) -> Result<Option<crate::outcome::Reading>, ReadError> {
        let sql = format!("SELECT {} FROM reading WHERE lane = ? ORDER BY id DESC LIMIT 1", decode::READING);
        let readings = self.rows(&sql, [lane.as_str()], decode::reading)?;
        Ok(readings.into_iter().next().map(|(_, reading)| reading))
    }
}
