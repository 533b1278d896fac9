//! What was told before: for those who tell it again.

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, params};

use super::{ReadError, Reader};
use crate::journal::record::Record;
use crate::outcome::{Lane, RowId};

impl Reader {
    /// Whether a row says the same as `record`, whatever its id and the time of its recording. Documents are compared by
    /// their digests.
    ///
    /// # Errors
    /// When SQLite says no, or the row is not there.
    pub fn says(&self, row: RowId, record: &Record) -> Result<bool, ReadError> {
        let draft = record.draft();
        let sql = format!("SELECT * FROM {} WHERE id = ?", draft.table.name());
        let mut select = self.connection.prepare_cached(&sql)?;
        let same = select.query_row([row], |row| {
            let (from, digest) = match &draft.content {
                Some((from, content)) => (Some(*from), content.as_ref().map(|content| content.digest)),
                None => (None, None),
            };
            for (index, value) in draft.values.iter().enumerate() {
                // Behind `id` and `recorded_at`. A content is two columns: where it lies, and its digest.
                let found = row.get_ref(index + 2)?;
                let same = match from {
                    Some(from) if index == from => true,
                    Some(from) if index == from + 1 => {
                        found == digest.as_ref().map_or(ValueRef::Null, |d| ValueRef::Blob(d))
                    }
                    _ => found == value.as_value_ref(),
                };
                if !same {
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        Ok(same)
    }

    /// Whether another fact was told under the source and the id of `record`: of another lane, kind, order or reference.
    /// Other records than outcomes and orders of the census have no id.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn contradicts(&self, record: &Record) -> Result<bool, ReadError> {
        let found = match record {
            Record::Outcome(told) => {
                let sql = "SELECT lane IS NOT ? OR kind IS NOT ? OR order_key IS NOT ? OR reference IS NOT ? FROM outcome \
                    WHERE source = ? AND source_id = ?";
                let (lane, kind, key) = (told.lane.as_str(), told.kind.as_str(), told.order_key.as_str());
                let values = params![lane, kind, key, told.reference, told.source, told.source_id];
                self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?
            }
            Record::Census(told) => {
                let sql = "SELECT order_key IS NOT ? FROM census WHERE source = ? AND source_id = ?";
                let values = params![told.order_key.as_str(), told.source, told.source_id];
                self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?
            }
            _ => None,
        };
        Ok(found.unwrap_or(false))
    }

    /// The latest watermark that a source told of a lane; `None` where it told none.
    ///
    /// # Errors
    /// When SQLite says no, or the time is none.
    pub fn told_through(&self, lane: Lane, source: &str) -> Result<Option<Timestamp>, ReadError> {
        let sql =
            "SELECT id, watermark_at FROM watermark WHERE lane = ? AND source = ? ORDER BY watermark_at DESC LIMIT 1";
        let mut select = self.connection.prepare_cached(sql)?;
        let found = select
            .query_row(params![lane.as_str(), source], |row| Ok((row.get::<_, RowId>(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        let Some((row, at)) = found else {
            return Ok(None);
        };
        let damaged = |_| ReadError::Damaged { table: "watermark", row, what: format!("the time {at}") };
        Timestamp::from_microsecond(at).map(Some).map_err(damaged)
    }
}
