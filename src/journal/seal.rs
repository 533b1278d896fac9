//! Seals: the chain of digests over all rows.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};

use super::row::RowHasher;
use crate::outcome::RowId;

/// A SHA-256 digest; shown in hexadecimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The end of the chain: where the next row goes, and what its seal follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The last seal's row; 0 in an empty journal.
    pub(super) row: RowId,
    /// When it was made, in microseconds.
    pub(super) sealed_at: Option<i64>,
    pub(super) digest: Digest,
}

impl Head {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let last = "SELECT id, recorded_at, digest FROM seal ORDER BY id DESC LIMIT 1";
        let head = connection.query_row(last, [], |row| {
            Ok(Self { row: row.get(0)?, sealed_at: Some(row.get(1)?), digest: Digest(row.get(2)?) })
        });
        Ok(head.optional()?.unwrap_or(Self { row: 0, sealed_at: None, digest: Digest::default() }))
    }

    /// Inserts the seal over the rows from `first` on, whose digests `rows` has taken.
    pub(super) fn seal(&self, connection: &Connection, row: RowId, at: i64, rows: RowHasher) -> rusqlite::Result<Self> {
        let mut hasher = rows;
        seal_itself(&mut hasher, row, at, self.row + 1);
        let digest = Digest(hasher.finish());
        let mut insert = connection.prepare_cached("INSERT INTO seal VALUES (?,?,?,?,?)")?;
        insert.execute(params![row, at, self.row + 1, self.digest.0, digest.0])?;
        Ok(Self { row, sealed_at: Some(at), digest })
    }
}

/// When the last seal was made that is over anything but a purge: what is emptied says nothing of orders.
pub(super) fn sealed_at_but_for_purges(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let last = "SELECT recorded_at FROM seal s WHERE NOT EXISTS (SELECT 1 FROM purge p WHERE p.id = s.first)
        ORDER BY id DESC LIMIT 1";
    connection.query_row(last, [], |row| row.get(0)).optional()
}

/// Takes a seal's own columns into its digest, so that its time can't be altered either.
pub(super) fn seal_itself(hasher: &mut RowHasher, row: RowId, at: i64, first: RowId) {
    hasher.begin_seal(row);
    hasher.column(1, rusqlite::types::ValueRef::Integer(at));
    hasher.column(2, rusqlite::types::ValueRef::Integer(first));
    hasher.end();
}
