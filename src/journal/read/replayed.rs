//! What a replay left: where its captures come from, how far it came, how long they waited for each lane.

use std::time::Duration;

use rusqlite::params;

use super::{ReadError, Reader};
use crate::journal::record::Original;
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

    /// How many of a run's orders had a document in a lane's ledger before the first of its captures was recorded.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn there_before(&self, run: u32, lane: Lane) -> Result<u64, ReadError> {
        let sql = "SELECT count(DISTINCT c.order_key) FROM capture c JOIN outcome o ON o.order_key = c.order_key AND o.lane = ?2 \
             AND o.kind = 'committed' WHERE c.run = ?1 AND o.id < (SELECT min(id) FROM capture WHERE run = ?1)";
        Ok(self.connection.query_row(sql, params![run, lane.as_str()], |row| row.get::<_, i64>(0))?.unsigned_abs())
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
