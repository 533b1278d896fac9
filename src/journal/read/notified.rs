//! What a receiver outside has been told of, as the journal holds it.

use rusqlite::params;

use super::{ReadError, Reader};
use crate::outcome::NotifiedDetail;

impl Reader {
    /// What a receiver has been told of in a run, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn notified(&self, run: u32) -> Result<Vec<NotifiedDetail>, ReadError> {
        let sql = "SELECT id, detail FROM control WHERE kind = 'notified' AND run = ? ORDER BY id";
        self.rows(sql, params![run], |row| {
            let id = row.get(0)?;
            let damaged = |what: String| ReadError::Damaged { table: "control", row: id, what };
            let detail = row.get_ref(1)?.as_str().map_err(|error| damaged(error.to_string()))?;
            serde_json::from_str(detail).map_err(|error| damaged(error.to_string()))
        })
    }
}
