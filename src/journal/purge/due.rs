//! Which contents are past their retention. Reads only, beside a running sidecar as well.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

use crate::journal::read::{ReadError, Reader};
use crate::journal::schema::REFERENCES;
use crate::judge::is_remains;
use crate::outcome::RowId;

/// Contents that are past their retention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Bodies of requests.
    pub bodies: Held,
    /// Answers of lanes.
    pub answers: Held,
    /// Documents of ledgers.
    pub documents: Held,
    /// Rows of the census.
    pub census: Held,
    /// Requests among them that were teed and never sent to a lane. Without its body none can be.
    pub unsent: u64,
    /// Their last row.
    pub(super) row: RowId,
    /// The last content.
    pub(super) content: i64,
}

/// How many, and how long they are together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Reader {
    /// What is past its retention: recorded before a time, and not emptied yet.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn due(&self, before: Timestamp) -> Result<Due, ReadError> {
        Ok(due(self.connection(), before)?)
    }
}

impl Due {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> Held {
        [self.bodies, self.answers, self.documents, self.census]
            .into_iter()
            .fold(Held::default(), |sum, held| Held { count: sum.count + held.count, bytes: sum.bytes + held.bytes })
    }
}

/// What was recorded before a time and is not emptied yet. Times of recording never go back, so that it is what lies before a seal.
pub(super) fn due(connection: &Connection, before: Timestamp) -> rusqlite::Result<Due> {
    let last = "SELECT id FROM seal WHERE recorded_at < ? ORDER BY id DESC LIMIT 1";
    let row: RowId = connection.query_row(last, [before.as_microsecond()], |row| row.get(0)).optional()?.unwrap_or(0);
    let mut content = 0;
    for (table, column) in REFERENCES {
        let sql = format!("SELECT coalesce(max({column}), 0) FROM {table} WHERE id <= ?");
        content = connection.query_row(&sql, [row], |row| row.get::<_, i64>(0))?.max(content);
    }
    let held = |(table, column): (&str, &str)| held(connection, table, column, row);
    let [bodies, answers, documents, census] = REFERENCES;
    let unsent =
        "SELECT count(*) FROM capture c JOIN content b ON b.id = c.body WHERE c.id <= ? AND length(b.bytes) > 0
        AND c.skip IS NULL AND c.excluded IS NULL
        AND (SELECT count(DISTINCT a.lane) FROM attempt a WHERE a.capture = c.id) < 2";
    Ok(Due {
        bodies: held(bodies)?,
        answers: held(answers)?,
        documents: held(documents)?,
        census: held(census)?,
        unsent: connection.query_row(unsent, [row], |row| row.get::<_, i64>(0))?.unsigned_abs(),
        row,
        content,
    })
}

/// Contents that a table refers to up to a row, and that are neither emptied nor what a purge left.
fn held(connection: &Connection, table: &str, column: &str, row: RowId) -> rusqlite::Result<Held> {
    let last = "SELECT coalesce(max(content_last), 0) FROM purge";
    let purged: i64 = connection.query_row(last, [], |row| row.get(0))?;
    let sql = format!(
        "SELECT b.id, b.bytes FROM content b WHERE length(b.bytes) > 0
         AND b.id IN (SELECT {column} FROM {table} WHERE id <= ?1)
         AND b.id NOT IN (SELECT {column} FROM {table} WHERE id > ?1 AND {column} IS NOT NULL)"
    );
    let mut select = connection.prepare(&sql)?;
    let mut rows = select.query([row])?;
    let mut held = Held::default();
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(1)?.as_blob().unwrap_or_default();
        if row.get::<_, i64>(0)? > purged || !is_remains(bytes) {
            held = Held { count: held.count + 1, bytes: held.bytes + bytes.len() as u64 };
        }
    }
    Ok(held)
}
