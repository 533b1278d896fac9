//! A journal as it was: rows are only inserted, so that what a seal closed can be read again once others have followed.

use rusqlite::OptionalExtension;

use super::{ReadError, Reader};
use crate::journal::schema::Table;
use crate::outcome::RowId;

impl Reader {
    /// The row of the seal with this digest, in hexadecimal; `None` where this journal has none.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn seal(&self, digest: &str) -> Result<Option<RowId>, ReadError> {
        let sql = "SELECT id FROM main.seal WHERE lower(hex(digest)) = lower(?)";
        Ok(self.connection.query_row(sql, [digest], |row| row.get(0)).optional()?)
    }

    /// From now on this reader sees the journal as it was when `seal` was its last row. Contents are as they are: see
    /// [`Reader::purged_since`].
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn go_back_to(&self, seal: RowId) -> Result<(), ReadError> {
        self.see_only(RowId::MIN, seal)
    }

    /// From now on this reader sees of the journal only the rows behind `after`, up to `up_to`. What was asked for before stands
    /// no more.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn see_only(&self, after: RowId, up_to: RowId) -> Result<(), ReadError> {
        let there = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?)";
        for table in Table::ALL.iter().map(|table| table.name()).chain(["seal"]) {
            // A file of schema 1 lacks some, and what stands beside it in their place has no rows.
            if self.connection.query_row(there, [table], |row| row.get(0))? {
                let view = format!(
                    "DROP VIEW IF EXISTS temp.{table};
                     CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE id > {after} AND id <= {up_to}"
                );
                self.connection.execute_batch(&view)?;
            }
        }
        Ok(())
    }

    /// Rows that were added after `seal`.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn added_since(&self, seal: RowId) -> Result<u64, ReadError> {
        let last = "SELECT max(id) FROM main.seal";
        let last: Option<RowId> = self.connection.query_row(last, [], |row| row.get(0))?;
        Ok(u64::try_from(last.unwrap_or(seal) - seal).unwrap_or_default())
    }

    /// Whether contents were purged after `seal`: what rested on them can't be derived again.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn purged_since(&self, seal: RowId) -> Result<bool, ReadError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM main.purge WHERE id > ?)";
        Ok(self.connection.query_row(sql, [seal], |row| row.get(0))?)
    }
}
