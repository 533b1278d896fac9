//! Reading a journal: read-only connections, and rows back into the types they were made from.

mod acts;
mod again;
mod captures;
mod decode;
mod notes;
mod notified;
mod observed;
mod orders;
mod past;
mod replayed;
mod sends;
mod shared;
mod unseen;
mod witness;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::schema;

pub use acts::ActSeen;
pub use captures::CaptureSeen;
pub(super) use decode::answer;
pub(crate) use decode::{ANSWER, LOOKUP, OUTCOME, answer_that_tells, lookup, outcome};
pub use notes::NoteSeen;
pub use observed::{LateSend, Observed};
pub use sends::LooseEnd;
pub use shared::RunSeen;
pub use unseen::{Sends, Unseen};
pub use witness::CensusSeen;

/// Reads a journal. It never writes, and can be used beside a running writer.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    connection: Connection,
}

/// Why a journal can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("read the journal {}: there is no such file", .0.display())]
    Missing(PathBuf),
    /// The file is something else.
    #[error("read the journal {}: this file is no journal of paritee", .0.display())]
    Foreign(PathBuf),
    /// A newer version wrote it.
    #[error("read the journal {}: it has schema {found}, and this version reads schema {}; use the version that wrote it", .path.display(), schema::VERSION)]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i32,
    },
    /// A row says what no version of paritee writes.
    #[error("read the journal: {table} row {row} holds {what}; the file is damaged, `paritee verify` tells more")]
    Damaged {
        /// The table.
        table: &'static str,
        /// The row.
        row: i64,
        /// What is wrong with it.
        what: String,
    },
    /// SQLite says no.
    #[error("read the journal")]
    Sqlite(#[from] rusqlite::Error),
}

impl Reader {
    /// Opens the journal at `path` to read.
    ///
    /// # Errors
    /// When there is no file, it is no journal, or a newer version wrote it.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        if !path.is_file() {
            return Err(ReadError::Missing(path.to_owned()));
        }
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.set_prepared_statement_cache_capacity(64);
        let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let foreign = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => ReadError::Foreign(path.to_owned()),
            _ => error.into(),
        };
        if pragma("application_id").map_err(foreign)? != schema::APPLICATION_ID {
            return Err(ReadError::Foreign(path.to_owned()));
        }
        match pragma("user_version")? {
            schema::VERSION => {}
            // Its lack of tables is the lack of rows in them.
            older @ 1..schema::VERSION => connection.execute_batch(&schema::later_beside(older))?,
            found => return Err(ReadError::Newer { path: path.to_owned(), found }),
        }
        Ok(Self { path: path.to_owned(), connection })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The connection, for queries of the layers that judge. They read only.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Holds one consistent state of the journal until the returned guard goes: rows that are
    /// committed meanwhile are not seen.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn snapshot(&self) -> Result<rusqlite::Transaction<'_>, ReadError> {
        Ok(self.connection.unchecked_transaction()?)
    }
}
