//! Verifying the chain: every row is there, unaltered and in its place, and so is every content.

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Rows, Statement};

use self::contents::{Contents, Statements};
use self::indexes::Indexes;
use super::read::{ReadError, Reader};
use super::row::RowHasher;
use super::schema::{REFERENCES, Table};
use super::seal::{self, Digest, Head};
use crate::outcome::RowId;

mod contents;
mod indexes;
mod shape;

/// A journal whose chain is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Rows that the seals cover, seals left out.
    pub rows: u64,
    /// Seals.
    pub seals: u64,
    /// Contents whose bytes have their digest.
    pub contents: u64,
    /// The last seal.
    pub head: Digest,
}

/// The first thing that is wrong with a journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A number of the sequence has no row, or two.
    #[error("row {expected} is missing: the next one is {found}")]
    Missing {
        /// The row that should be there.
        expected: RowId,
        /// The one that is.
        found: RowId,
    },
    /// A seal doesn't follow from the rows and the seal before it.
    #[error("the seal {seal} doesn't fit: one of the rows {first} to {}, which it covers, was altered, or itself", .seal - 1)]
    Altered {
        /// The seal's row.
        seal: RowId,
        /// The first row that it covers.
        first: RowId,
    },
    /// Rows follow the last seal.
    #[error("row {row} follows the last seal")]
    Unsealed {
        /// The first of them.
        row: RowId,
    },
    /// An index leaves out a row of its table, or has one that isn't there, or is out of order.
    #[error(
        "the index {index} doesn't say what its table does: orders that are found by it may be others than are there"
    )]
    Index {
        /// Its name.
        index: String,
    },
    /// A table or an index isn't the one that paritee made.
    #[error("{name} isn't as paritee makes it: what is asked of this file may be answered by something else")]
    Schema {
        /// Its name.
        name: String,
    },
    /// A content's bytes don't have its digest, or it isn't the one that a row refers to.
    #[error("content {content} is not what was recorded")]
    Content {
        /// Its number.
        content: i64,
    },
}

/// Which indexes are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// All of them.
    Whole,
    /// Those that judging finds orders by; not those that keep a fact from being recorded twice.
    Judged,
}

impl Reader {
    /// The first row that refers to a content, with its table; `None` where none does.
    ///
    /// # Errors
    /// When SQLite can't read the file.
    pub fn refers_to(&self, content: i64) -> Result<Option<(&'static str, RowId)>, ReadError> {
        for (table, column) in REFERENCES {
            let first = format!("SELECT min(id) FROM {table} WHERE {column} = ?");
            if let Some(row) = self.connection().query_row(&first, [content], |row| row.get(0))? {
                return Ok(Some((table, row)));
            }
        }
        Ok(None)
    }

    /// Verifies the whole chain; the first fault found, or what was verified.
    ///
    /// # Errors
    /// When SQLite can't read the file.
    pub fn verify(&self) -> Result<Result<Verified, Fault>, ReadError> {
        self.verify_for(Depth::Whole)
    }

    /// Verifies every row and every content, and of the indexes some.
    ///
    /// # Errors
    /// When SQLite can't read the file.
    pub fn verify_for(&self, depth: Depth) -> Result<Result<Verified, Fault>, ReadError> {
        if let Some(name) = shape::wrong(self.connection())? {
            return Ok(Err(Fault::Schema { name }));
        }
        let mut statements = Statements::new(self.connection(), i64::MIN)?;
        let mut contents = statements.contents()?;
        let mut indexes = Indexes::new(self.connection(), depth)?;
        let begin = (0, Verified { rows: 0, seals: 0, contents: 0, head: Digest::default() });
        let chain = match chain(self.connection(), begin, &mut contents, &mut indexes)? {
            Ok(chain) => chain,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Some(index) = indexes.broken(self.connection())? {
            return Ok(Err(Fault::Index { index }));
        }
        Ok(contents.finish()?.map(|contents| Verified { contents, ..chain }))
    }
}

/// How far a journal is verified: up to which seal, and which content was the last then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedTo {
    row: RowId,
    digest: Digest,
    content: i64,
}

impl Reader {
    /// Verifies the whole chain for judging, and says how far; the first fault found.
    ///
    /// # Errors
    /// When SQLite can't read the file.
    pub fn verify_to_its_end(&self) -> Result<Result<VerifiedTo, Fault>, ReadError> {
        let _one_state = self.snapshot()?;
        let end = self.end()?;
        Ok(self.verify_for(Depth::Judged)?.map(|_| end))
    }

    /// Verifies what has followed since the journal was verified up to here, and says how far it is then; the first fault found. What
    /// was verified before is not looked at again, but for the last seal, which must be what it was.
    ///
    /// # Errors
    /// When SQLite can't read the file.
    pub fn verify_after(&self, before: VerifiedTo) -> Result<Result<VerifiedTo, Fault>, ReadError> {
        let _one_state = self.snapshot()?;
        let VerifiedTo { row, digest, content } = before;
        if row > 0 && !self.is_sealed(row, digest)? {
            return Ok(Err(Fault::Altered { seal: row, first: row }));
        }
        if let Some(name) = shape::wrong(self.connection())? {
            return Ok(Err(Fault::Schema { name }));
        }
        let end = self.end()?;
        let mut statements = Statements::new(self.connection(), content)?;
        let mut contents = statements.contents()?;
        let begin = (row, Verified { rows: 0, seals: 0, contents: 0, head: digest });
        if let Err(fault) = chain(self.connection(), begin, &mut contents, &mut Indexes::none())? {
            return Ok(Err(fault));
        }
        Ok(contents.finish()?.map(|_| end))
    }

    fn end(&self) -> Result<VerifiedTo, ReadError> {
        let head = Head::read(self.connection())?;
        let last = "SELECT coalesce(max(id), 0) FROM content";
        let content = self.connection().query_row(last, [], |row| row.get(0))?;
        Ok(VerifiedTo { row: head.row, digest: head.digest, content })
    }
}

/// The rows of one table in their order, one of them looked at.
struct Cursor<'s> {
    table: Table,
    rows: Rows<'s>,
    next: Option<RowId>,
    columns: usize,
    /// The columns of a content's number and digest, where its rows refer to one.
    refers: Option<(usize, usize)>,
}

impl<'s> Cursor<'s> {
    fn new(table: Table, statement: &'s mut Statement<'_>, after: RowId) -> rusqlite::Result<Self> {
        let columns = statement.column_count();
        let column = |name| statement.column_index(name).ok();
        let refers = [("body", "body_digest"), ("document", "document_digest")];
        let refers = refers.into_iter().find_map(|(content, digest)| column(content).zip(column(digest)));
        let mut cursor = Self { table, rows: statement.query([after])?, next: None, columns, refers };
        cursor.advance()?;
        Ok(cursor)
    }

    fn advance(&mut self) -> rusqlite::Result<()> {
        self.next = self.rows.next()?.map(|row| row.get(0)).transpose()?;
        Ok(())
    }

    /// Takes the row that is looked at into the digest, with what it says of a content, and looks at the next.
    fn take(
        &mut self,
        hasher: &mut RowHasher,
        contents: &mut Contents<'_, '_>,
        indexes: &mut Indexes,
    ) -> Result<(), ReadError> {
        if let (Some(id), Some(row)) = (self.next, self.rows.get()) {
            hasher.begin(self.table, id);
            for (index, column) in (1..self.columns).enumerate() {
                let number = u8::try_from(index + 1).unwrap_or(u8::MAX);
                hasher.column(number, row.get_ref(column)?);
            }
            hasher.end();
            indexes.row(self.table, id, row)?;
            if let Some((content, digest)) = self.refers
                && let ValueRef::Integer(content) = row.get_ref(content)?
            {
                contents.refer(self.table, content, row.get_ref(digest)?)?;
            }
        }
        Ok(self.advance()?)
    }
}

/// The rows of all tables.
struct Cursors<'s> {
    all: Vec<Cursor<'s>>,
    /// The one with the lowest row when it was last looked for.
    first: usize,
    /// The lowest row of the others then; they have not moved since.
    others: Option<RowId>,
}

impl<'s> Cursors<'s> {
    const fn new(all: Vec<Cursor<'s>>) -> Self {
        Self { all, first: 0, others: Some(RowId::MIN) }
    }

    /// The one with the lowest row; `None` where all are at their end. Rows of one table mostly follow each other.
    fn first(&mut self) -> Option<&mut Cursor<'s>> {
        let own = self.all.get(self.first)?.next;
        if own.is_none_or(|own| self.others.is_some_and(|other| other <= own)) {
            let rows = || self.all.iter().enumerate().filter_map(|(place, cursor)| Some((cursor.next?, place)));
            let (_, first) = rows().min()?;
            self.others = rows().filter(|(_, place)| *place != first).map(|(row, _)| row).min();
            self.first = first;
        }
        self.all.get_mut(self.first)
    }
}

/// The chain behind a row, which is a seal, and what was verified up to there.
fn chain(
    connection: &Connection,
    (after, mut verified): (RowId, Verified),
    contents: &mut Contents<'_, '_>,
    indexes: &mut Indexes,
) -> Result<Result<Verified, Fault>, ReadError> {
    // A number before the first is wrong as well.
    let behind = if after == 0 { RowId::MIN } else { after };
    let select = |table: &Table| {
        connection.prepare(&format!("SELECT * FROM {} NOT INDEXED WHERE id > ? ORDER BY id", table.name()))
    };
    let mut statements = Table::ALL.iter().map(select).collect::<rusqlite::Result<Vec<_>>>()?;
    let cursors =
        Table::ALL.iter().zip(&mut statements).map(|(table, statement)| Cursor::new(*table, statement, behind));
    let mut cursors = Cursors::new(cursors.collect::<rusqlite::Result<Vec<_>>>()?);
    let mut seals =
        connection.prepare("SELECT id, recorded_at, first, previous, digest FROM seal WHERE id > ? ORDER BY id")?;
    let mut seals = seals.query([behind])?;
    let mut expected: RowId = after + 1;
    while let Some(seal) = seals.next()? {
        let (id, at, first): (RowId, i64, RowId) = (seal.get(0)?, seal.get(1)?, seal.get(2)?);
        let mut hasher = RowHasher::following(&verified.head.0);
        if first != expected || seal.get_ref(3)? != ValueRef::Blob(&verified.head.0) {
            return Ok(Err(Fault::Altered { seal: id, first }));
        }
        while expected < id {
            match cursors.first() {
                Some(cursor) if cursor.next == Some(expected) => cursor.take(&mut hasher, contents, indexes)?,
                other => {
                    let found = other.and_then(|cursor| cursor.next).unwrap_or(id).min(id);
                    return Ok(Err(Fault::Missing { expected, found }));
                }
            }
            expected += 1;
            verified.rows += 1;
        }
        seal::seal_itself(&mut hasher, id, at, first);
        let digest = hasher.finish();
        if seal.get_ref(4)? != ValueRef::Blob(&digest) {
            return Ok(Err(Fault::Altered { seal: id, first }));
        }
        verified.head = Digest(digest);
        verified.seals += 1;
        expected = id + 1;
    }
    let left = cursors.first().and_then(|cursor| cursor.next);
    Ok(left.map_or(Ok(verified), |row| Err(Fault::Unsealed { row })))
}
