//! Captures, attempts, answers and outcomes, by order and by row.

use rusqlite::params;

use super::decode::{self, ANSWER, ATTEMPT, CAPTURE, OUTCOME};
use super::{ReadError, Reader};
use crate::outcome::{Answer, Attempt, Capture, Lane, Outcome, RowId};

impl Reader {
    /// One capture, whole.
    ///
    /// # Errors
    /// When SQLite says no, or the row is damaged.
    pub fn capture(&self, row: RowId) -> Result<Option<(u32, Capture)>, ReadError> {
        let sql = format!("SELECT {CAPTURE}, c.run FROM capture c LEFT JOIN content b ON b.id = c.body WHERE c.id = ?");
        let captures = self.rows(&sql, [row], |row| Ok((row.get(16)?, decode::capture(row)?.1)))?;
        Ok(captures.into_iter().next())
    }

    /// The attempts of a capture on a lane with their answers, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn attempts(&self, capture: RowId, lane: Lane) -> Result<Vec<(RowId, Attempt, Option<Answer>)>, ReadError> {
        let sql = format!("SELECT {ATTEMPT} FROM attempt WHERE capture = ? AND lane = ? ORDER BY id");
        let attempts = self.rows(&sql, params![capture, lane.as_str()], decode::attempt)?;
        attempts.into_iter().map(|(row, attempt)| Ok((row, attempt, self.answer(row)?))).collect()
    }

    /// The answer of an attempt; `None`: unknown.
    ///
    /// # Errors
    /// When SQLite says no, or the row is damaged.
    pub fn answer(&self, attempt: RowId) -> Result<Option<Answer>, ReadError> {
        let sql = format!("SELECT {ANSWER} FROM answer w LEFT JOIN content b ON b.id = w.body WHERE w.attempt = ?");
        let answers = self.rows(&sql, [attempt], decode::answer)?;
        Ok(answers.into_iter().next().map(|(_, answer)| answer))
    }

    /// The outcomes of a lane under one name of an order, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn outcomes(&self, name: &str, lane: Lane) -> Result<Vec<(RowId, Outcome, jiff::Timestamp)>, ReadError> {
        let sql = format!(
            "SELECT {OUTCOME} FROM outcome o LEFT JOIN content b ON b.id = o.document \
             WHERE o.order_key = ? AND o.lane = ? ORDER BY o.id"
        );
        self.rows(&sql, params![name, lane.as_str()], decode::outcome)
    }
}
