//! What people wrote about exceptions, as the journal holds it.

use jiff::Timestamp;
use rusqlite::params;

use super::{ReadError, Reader};
use crate::outcome::{NoteDetail, RowId};

/// A note with its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSeen {
    /// Its row.
    pub row: RowId,
    /// When it was recorded.
    pub at: Timestamp,
    /// What it says.
    pub detail: NoteDetail,
}

impl Reader {
    /// What was written about exceptions of a run behind a row, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn notes(&self, run: u32, after: RowId) -> Result<Vec<NoteSeen>, ReadError> {
        let sql = "SELECT id, recorded_at, detail FROM control WHERE kind = 'note' AND run = ? AND id > ? ORDER BY id";
        self.rows(sql, params![run, after], |row| {
            let id = row.get(0)?;
            let damaged = |what: String| ReadError::Damaged { table: "control", row: id, what };
            let detail = row.get_ref(2)?.as_str().map_err(|error| damaged(error.to_string()))?;
            Ok(NoteSeen {
                row: id,
                at: Timestamp::from_microsecond(row.get(1)?).map_err(|error| damaged(error.to_string()))?,
                detail: serde_json::from_str(detail).map_err(|error| damaged(error.to_string()))?,
            })
        })
    }
}
