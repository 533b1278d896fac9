//! What a replay left: where its captures come from, how far it came, how long they waited for each lane.

use std::time::Duration;

use rusqlite::params;

use super::{ReadError, Reader};
use crate::journal::record::Original;
use crate::order::OrderKey;
use crate::outcome::{Lane, RowId};

impl Reader {
    /// The request in a file that a capture was sent in place of; `None`: it was received from the wire.
    ///
    /// # Errors
    /// When SQLite says no, or the row is damaged.
    pub fn original(&self, capture: RowId) -> Result<Option<Original>, ReadError> {
        let sql = "SELECT id, occurred_at, file_name, place FROM replayed WHERE capture = ?";
        let found = self.rows(sql, [capture], |row| {
            let damaged = |at| ReadError::Damaged {
                table: "replayed",
                row: row.get(0).unwrap_or_default(),
                what: format!("the time {at}"),
            };
            let time = |at| jiff::Timestamp::from_microsecond(at).map_err(|_| damaged(at));
            let occurred_at = row.get::<_, Option<i64>>(1)?.map(time).transpose()?;
            Ok(Original { occurred_at, file_name: row.get(2)?, place: row.get(3)? })
        })?;
        Ok(found.into_iter().next())
    }

    /// How many captures a run has.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn captures_of(&self, run: u32) -> Result<u64, ReadError> {
        let sql = "SELECT count(*) FROM capture WHERE run = ?";
        Ok(self.connection.query_row(sql, [run], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }

    /// How many of a run's captures are to be sent.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn teed_of(&self, run: u32) -> Result<u64, ReadError> {
        let sql = "SELECT count(*) FROM capture WHERE run = ? AND skip IS NULL AND excluded IS NULL";
        Ok(self.connection.query_row(sql, [run], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }

    /// When the last attempt on a lane was made.
    ///
    /// # Errors
    /// When SQLite says no, or the row is damaged.
    pub fn last_sent(&self, lane: Lane) -> Result<Option<jiff::Timestamp>, ReadError> {
        let sql = "SELECT max(sent_at), max(id) FROM attempt WHERE lane = ?";
        let (at, row): (Option<i64>, Option<RowId>) =
            self.connection.query_row(sql, [lane.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let damaged =
            |at| ReadError::Damaged { table: "attempt", row: row.unwrap_or_default(), what: format!("the time {at}") };
        at.map(|at| jiff::Timestamp::from_microsecond(at).map_err(|_| damaged(at))).transpose()
    }

    /// Whether a run has a capture of this order.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn is_captured(&self, run: u32, order_key: &OrderKey) -> Result<bool, ReadError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM capture WHERE order_key = ? AND run = ?)";
        let mut exists = self.connection.prepare_cached(sql)?;
        Ok(exists.query_row(params![order_key.as_str(), run], |row| row.get(0))?)
    }

    /// Whether a lane's ledger was seen to hold any document.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn has_documents(&self, lane: Lane) -> Result<bool, ReadError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outcome WHERE lane = ? AND kind = 'committed')";
        Ok(self.connection.query_row(sql, [lane.as_str()], |row| row.get(0))?)
    }

    /// Shows how long each capture of a run waited from its recording to its first send to a lane.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn each_wait(&self, run: u32, lane: Lane, mut see: impl FnMut(Duration)) -> Result<(), ReadError> {
        let sql = "SELECT a.sent_at - c.received_at FROM attempt a JOIN capture c ON c.id = a.capture \
             WHERE a.lane = ? AND a.number = 1 AND c.run = ?";
        let mut select = self.connection.prepare_cached(sql)?;
        let mut rows = select.query(params![lane.as_str(), run])?;
        while let Some(row) = rows.next()? {
            see(Duration::from_micros(u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default()));
        }
        Ok(())
    }
}
