//! Opening a journal to write: creates it, refuses foreign and newer files, keeps a second writer out.

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::content::Contents;
use super::damage;
use super::feed::{self, Feed};
use super::handle::Journal;
use super::schema;
use super::seal::{self, Head};
use super::writer::{self, Writer};
use crate::clock;
use crate::outcome::{Gap, GapReason};

/// Size of a database page, in bytes. Orders of 2 KB fit three to a page; SQLite's default of 4 KB
/// wastes a third on overflow pages.
pub(super) const PAGE_BYTES: u32 = 8_192;

/// The writer's page cache, in KiB. It appends, so that only the last pages of each table are hot; a larger
/// cache is filled with pages that are never looked at again.
const CACHE_KIB: i64 = 8_192;

/// Who may read a new journal: it holds names and addresses. SQLite gives its other files the same.
const MODE: u32 = 0o600;

/// Limits of a journal's queues.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Entries that wait for the writer.
    pub queue_max: usize,
    /// Bodies that wait for the writer, in bytes: what 8,192 orders of 8 KB need. Orders may be larger by far,
    /// and a journal that can't be written must not take the machine's memory.
    pub queue_bytes_max: usize,
    /// Captures that wait for the shadow in memory; beyond it reads them from the journal.
    pub feed_max: usize,
    /// Their bodies, in bytes.
    pub feed_bytes_max: usize,
    /// Longest WAL, in bytes, before the writer itself ends a checkpoint.
    pub wal_bytes_max: u64,
    /// Entries that a commit waits for, a millisecond at most. One: it waits for none, as nobody is to be held up. Where as many as possible are to be
    /// recorded by so many at once, half of these make half the commits.
    pub batch_min: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_max: 8_192,
            queue_bytes_max: 64 << 20,
            feed_max: 1_024,
            feed_bytes_max: 16 << 20,
            wal_bytes_max: 64 << 20,
            batch_min: 1,
        }
    }
}

/// An open journal.
#[derive(Debug)]
pub struct Opened {
    /// To record.
    pub journal: Journal,
    /// What the shadow is fed from.
    pub feed: Feed,
    /// Another one, for who sends to both lanes from the journal. One that nobody reads takes no memory.
    pub other_feed: Feed,
    /// Ends after [`Journal::close`].
    pub writer: JoinHandle<()>,
    /// From when to when the journal was not written, where the last process ended without a clean close.
    pub down: Option<(Timestamp, Timestamp)>,
}

/// Why a journal can't be written.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("open the journal {}: another paritee is writing to it; stop that one, or name another file", .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("open the journal {}: this file is {what}, and is left untouched; name another file", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        what: String,
    },
    /// A newer version wrote it.
    #[error(
        "open the journal {}: it has schema {found}, and this version writes schema {}; use the version that began it, or name another file",
        .path.display(), schema::VERSION
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i32,
    },
    /// The file system says no.
    #[error("open the journal {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite says no.
    #[error("open the journal {}", .path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

/// Opens the journal at `path` to write, and starts its writer. A new file gets the schema.
///
/// # Errors
/// When the file belongs to something else, to a newer version or to a running process, or can't be written.
pub fn open(path: &Path, options: Options) -> Result<Opened, OpenError> {
    let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let lock = lock(path)?;
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
            .map_err(sqlite)?;
    admit(&connection, path)?;
    prepare(&connection).map_err(sqlite)?;
    let head = Head::read(&connection).map_err(sqlite)?;
    let down = down(&connection, head).map_err(sqlite)?;
    let contents = Contents::resume(&connection).map_err(sqlite)?;
    let (journal, receiver, shared) = Journal::new(path, Some(lock), head, options);
    let channel = || feed::channel(options.feed_max, options.feed_bytes_max, head.row);
    let ((feed, feeder), (other_feed, other_feeder)) = (channel(), channel());
    let feeders = [feeder, other_feeder];
    let writer = Writer::new(connection, head, contents, receiver, shared, feeders, options);
    let writer = writer::spawn(writer, path).map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
    Ok(Opened { journal, feed, other_feed, writer, down })
}

/// Keeps a second writer out. The lock is of another kind than SQLite's own, so they don't meet; the
/// file must stay open as long as the connection, because closing it would drop SQLite's locks.
pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    let file = File::options().read(true).write(true).create(true).truncate(false).mode(MODE).open(path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

/// Refuses what is no journal of this schema. An empty file is a new journal.
fn admit(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let foreign = |what: String| OpenError::Foreign { path: path.to_owned(), what };
    let sqlite = |source: rusqlite::Error| match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) if !damage::has_lost_its_head(path) => {
            foreign("no SQLite database".into())
        }
        _ => OpenError::Sqlite { path: path.to_owned(), source },
    };
    let application = pragma("application_id").map_err(sqlite)?;
    let version = pragma("user_version").map_err(sqlite)?;
    let objects: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sqlite)?;
    match (application, version, objects) {
        (schema::APPLICATION_ID, 1..=schema::VERSION, _) | (0, 0, 0) => Ok(()),
        (schema::APPLICATION_ID, found, _) => Err(OpenError::Newer { path: path.to_owned(), found }),
        (other, _, _) => Err(foreign(format!("another program's SQLite database (application_id {other:#x})"))),
    }
}

pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let create = match version {
        0 => format!("{} {} PRAGMA application_id = {};", schema::CREATE, schema::later(1), schema::APPLICATION_ID),
        schema::VERSION => return Ok(()),
        older => schema::later(older),
    };
    connection.execute_batch(&format!("BEGIN; {create} PRAGMA user_version = {}; COMMIT;", schema::VERSION))
}

/// From the last seal to now, where rows were written after the last clean close.
fn down(connection: &Connection, head: Head) -> rusqlite::Result<Option<(Timestamp, Timestamp)>> {
    let last =
        "SELECT coalesce((SELECT kind FROM control WHERE kind IN ('open', 'close') ORDER BY id DESC LIMIT 1), 'close')";
    let kind: String = connection.query_row(last, [], |row| row.get(0))?;
    // A purge is no sign of life of what ended before it.
    let sealed_at = seal::sealed_at_but_for_purges(connection)?.or(head.sealed_at);
    let sealed_at = sealed_at.and_then(|at| Timestamp::from_microsecond(at).ok());
    Ok(sealed_at.filter(|_| kind != "close").map(|sealed_at| (sealed_at, clock::now().max(sealed_at))))
}

/// The gap of a process that ended without a clean close.
#[must_use]
pub fn down_gap((began_at, ended_at): (Timestamp, Timestamp)) -> Gap {
    Gap {
        reason: GapReason::Down,
        began_at,
        ended_at,
        requests: None,
        lane: None,
        capture: None,
        order_key: None,
        detail: Some("the last process ended without a clean close".into()),
    }
}
