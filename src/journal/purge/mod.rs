//! Empties contents past their retention, and leaves rows, digests and seals as they are. Writes beside nobody: neither a
//! sidecar nor a reader may have the file open. It decides nothing about what is to be left of a content.
//!
//! What a purge did is a row of its own, sealed: the numbers of the contents that it went through, and a digest over
//! what is left of them, so that nothing of that can be taken away or altered unseen.

mod due;
mod left;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use self::due::due;
use self::left::{LEFT, left};
use super::open::{self, OpenError};
use super::read::{ANSWER, ReadError, Reader, answer};
use super::row::{RowHasher, Value};
use super::schema::{REFERENCES, Table};
use super::seal::Head;
use crate::clock;
use crate::judge::{Reduction, Remains};
use crate::outcome::Lane;

pub use due::{Due, Held};
pub(super) use left::{Left, last, whole};

/// How long others that have the file open are waited for: a report on its way may take that long, a sidecar never ends.
const OTHERS_WAIT: Duration = Duration::from_secs(2);

/// What a purge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Contents of which nothing is left.
    pub emptied: u64,
    /// Contents of which is left what fates rest on.
    pub reduced: u64,
    /// Contents that are whole: their meaning can't be said shorter.
    pub kept: u64,
    /// Contents that are whole because younger rows refer to them as well: an ERP's constant answers are stored once.
    pub shared: u64,
}

/// Why a journal can't be purged.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    /// It can't be opened to write.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Somebody has it open.
    #[error("purge the journal {}: another program has it open; stop the sidecar, and close what reads it", .0.display())]
    InUse(PathBuf),
    /// A row can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// All is emptied, but the file still has old pages.
    #[error("write the journal {} anew: its contents are emptied, but what the file held before may still be found in it; make room for a copy of it, and purge again", .path.display())]
    OldPages {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

impl From<rusqlite::Error> for PurgeError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Read(error.into())
    }
}

/// A journal that nobody else has open.
#[derive(Debug)]
pub struct Purger {
    connection: Connection,
    path: PathBuf,
    /// Let go after the connection, whose own locks would go with it.
    _lock: File,
}

impl Purger {
    /// Opens the journal at `path` for itself alone.
    ///
    /// # Errors
    /// When there is no such journal, somebody has it open, or it can't be written.
    pub fn open(path: &Path) -> Result<Self, PurgeError> {
        drop(Reader::open(path)?);
        let lock = open::lock(path)?;
        let sqlite = |source: rusqlite::Error| match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => PurgeError::InUse(path.to_owned()),
            _ => OpenError::Sqlite { path: path.to_owned(), source }.into(),
        };
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
        connection.busy_timeout(OTHERS_WAIT).map_err(sqlite)?;
        // Before the first look at the file: from then on nobody else has a look at it.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(sqlite)?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(sqlite)?;
        open::prepare(&connection).map_err(sqlite)?;
        connection.pragma_update(None, "secure_delete", true).map_err(sqlite)?;
        connection.execute_batch("CREATE TEMP TABLE kept (content INTEGER PRIMARY KEY, bytes BLOB)").map_err(sqlite)?;
        Ok(Self { connection, path: path.to_owned(), _lock: lock })
    }

    /// Empties what was recorded before a time, but for what `reduction` says is to be left, and writes the file anew, so
    /// that nothing of it is found there. Either all of it is done and on record, or nothing.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn purge(&self, before: Timestamp, reduction: &Reduction) -> Result<Purged, PurgeError> {
        self.connection.execute_batch("BEGIN IMMEDIATE; DELETE FROM temp.kept")?;
        let purged = self.empty(before, reduction).and_then(|purged| {
            self.connection.execute_batch("COMMIT")?;
            Ok(purged)
        });
        if purged.is_err() && !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        let purged = purged?;
        let free: i64 = self.connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
        if purged == Purged::default() && free == 0 {
            return Ok(purged);
        }
        self.write_anew().map_err(|source| PurgeError::OldPages { path: self.path.clone(), source })?;
        Ok(purged)
    }

    fn empty(&self, before: Timestamp, reduction: &Reduction) -> Result<Purged, PurgeError> {
        let due = due(&self.connection, before)?;
        if due.total().count == 0 {
            return Ok(Purged::default());
        }
        let last: Option<i64> =
            self.connection.query_row("SELECT max(content_last) FROM purge", [], |row| row.get(0))?;
        let shared = self.keep_shared(&due)?;
        self.keep_answers(&due, reduction)?;
        self.keep_documents(&due, reduction)?;
        self.keep_payloads(&due, reduction)?;
        let kept = "SELECT count(*) FROM temp.kept WHERE bytes IS NULL";
        let kept = self.connection.query_row(kept, [], |row| row.get::<_, i64>(0))?.unsigned_abs() - shared;
        let emptied = "UPDATE content SET bytes = x'' WHERE id <= ?1 AND length(bytes) > 0
            AND NOT EXISTS (SELECT 1 FROM temp.kept k WHERE k.content = content.id)";
        let emptied = self.connection.execute(emptied, [due.content])? as u64;
        let reduced = "UPDATE content SET bytes = k.bytes FROM temp.kept k
            WHERE k.content = content.id AND k.bytes IS NOT NULL AND k.bytes <> content.bytes";
        let reduced = self.connection.execute(reduced, [])? as u64;
        self.record(before, due.content.max(last.unwrap_or(0)))?;
        Ok(Purged { emptied, reduced, kept, shared })
    }

    /// Contents that rows beyond the last one refer to as well stay as they are.
    fn keep_shared(&self, due: &Due) -> Result<u64, PurgeError> {
        let mut kept = 0;
        for (table, column) in REFERENCES {
            let sql = format!(
                "INSERT OR IGNORE INTO temp.kept SELECT DISTINCT {column}, NULL FROM {table} WHERE id > ? AND {column} <= ?"
            );
            kept += self.connection.execute(&sql, params![due.row, due.content])? as u64;
        }
        Ok(kept)
    }

    fn keep_answers(&self, due: &Due, reduction: &Reduction) -> Result<(), PurgeError> {
        let sql = format!(
            "SELECT {ANSWER}, w.body, c.run FROM answer w JOIN content b ON b.id = w.body
             JOIN attempt a ON a.id = w.attempt JOIN capture c ON c.id = a.capture
             WHERE w.id <= ? AND length(b.bytes) > 0 ORDER BY w.id"
        );
        let mut select = self.connection.prepare(&sql)?;
        let mut rows = select.query([due.row])?;
        while let Some(row) = rows.next()? {
            let remains = reduction.of_answer(row.get(12)?, &answer(row)?.1);
            self.keep(row.get(11)?, remains)?;
        }
        Ok(())
    }

    fn keep_documents(&self, due: &Due, reduction: &Reduction) -> Result<(), PurgeError> {
        let sql = "SELECT o.document, o.lane, b.bytes, o.id FROM outcome o JOIN content b ON b.id = o.document
            WHERE o.id <= ? AND length(b.bytes) > 0 ORDER BY o.id";
        let mut select = self.connection.prepare(sql)?;
        let mut rows = select.query([due.row])?;
        while let Some(row) = rows.next()? {
            let name: String = row.get(1)?;
            let lane: Lane = name.parse().map_err(|_| damaged("outcome", row, format!("the lane {name:?}")))?;
            self.keep(row.get(0)?, reduction.of_document(lane, row.get_ref(2)?.as_blob().unwrap_or_default()))?;
        }
        Ok(())
    }

    fn keep_payloads(&self, due: &Due, reduction: &Reduction) -> Result<(), PurgeError> {
        let sql = "SELECT c.body, c.run, c.route, b.bytes FROM capture c JOIN content b ON b.id = c.body
            WHERE c.id <= ? AND length(b.bytes) > 0 ORDER BY c.id";
        let mut select = self.connection.prepare(sql)?;
        let mut rows = select.query([due.row])?;
        while let Some(row) = rows.next()? {
            let route: String = row.get(2)?;
            let body = row.get_ref(3)?.as_blob().unwrap_or_default();
            self.keep(row.get(0)?, reduction.of_payload(row.get(1)?, &route, body))?;
        }
        Ok(())
    }

    /// Notes what is to be left of a content. Where two rows refer to it and don't leave the same, all of it is: an answer may
    /// mean one thing after one request and another after the next.
    fn keep(&self, content: i64, remains: Remains) -> Result<(), PurgeError> {
        let bytes = match remains {
            Remains::Nothing => return Ok(()),
            Remains::Part(bytes) => Some(bytes),
            Remains::Whole => None,
        };
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO temp.kept VALUES (?1, ?2)
             ON CONFLICT (content) DO UPDATE SET bytes = iif(bytes IS excluded.bytes, bytes, NULL)",
        )?;
        insert.execute(params![content, bytes])?;
        Ok(())
    }

    /// The row of the purge, and the seal over it.
    fn record(&self, before: Timestamp, content_last: i64) -> Result<(), PurgeError> {
        let head = Head::read(&self.connection)?;
        let at = clock::now().as_microsecond().max(head.sealed_at.unwrap_or(i64::MIN));
        let left = left(&self.connection, content_last)?;
        let reason = format!("recorded before {before}; what is left has the digest {LEFT}{left}");
        let values = [Value::Int(1), Value::Int(content_last), Value::Text(reason)];
        let row = head.row + 1;
        let mut insert = self.connection.prepare(Table::Purge.insert())?;
        insert.execute(params![row, at, values[0], values[1], values[2]])?;
        let mut hasher = RowHasher::following(&head.digest.0);
        hasher.row(Table::Purge, row, at, &values);
        head.seal(&self.connection, row + 1, at, hasher)?;
        Ok(())
    }

    /// Writes the whole file anew. Pages that are free, and free places in others, hold what lay there before.
    fn write_anew(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch("VACUUM")?;
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 { Ok(()) } else { Err(rusqlite::Error::QueryReturnedNoRows) }
    }
}

fn damaged(table: &'static str, row: &rusqlite::Row<'_>, what: String) -> ReadError {
    ReadError::Damaged { table, row: row.get(3).unwrap_or_default(), what }
}
