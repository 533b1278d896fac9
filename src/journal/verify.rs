//! Verifying the chain: every row is there, unaltered and in its place, and so is every content.

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Rows, Statement};

use self::contents::{Contents, Statements};
use super::read::{ReadError, Reader};
use super::row::RowHasher;
use super::schema::Table;
use super::seal::{self, Digest};
use crate::outcome::RowId;

mod contents;

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
    #[error("the seal {seal} over the rows from {first} doesn't fit: one of them was altered")]
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
    /// A content's bytes don't have its digest, or it isn't the one that a row refers to.
    #[error("content {content} is not what was recorded")]
    Content {
        /// Its number.
        content: i64,
    },
}

impl Reader {
    /// Verifies the whole chain; the first fault found, or what was verified.
    ///
    /// # Errors
    /// When SQLite can't read the file.
    pub fn verify(&self) -> Result<Result<Verified, Fault>, ReadError> {
        self.verification()?.begin()?.finish()
    }

    /// Gets ready to verify the chain bit by bit, by somebody who reads the same rows: each page of the file is then fetched once
    /// for both.
    ///
    /// # Errors
    /// When SQLite can't read the file.
    pub(crate) fn verification(&self) -> Result<Verification<'_>, ReadError> {
        let connection = self.connection();
        let select = |table: &Table| connection.prepare(&format!("SELECT * FROM {} ORDER BY id", table.name()));
        Ok(Verification {
            tables: Table::ALL.iter().map(select).collect::<rusqlite::Result<_>>()?,
            seals: connection.prepare("SELECT id, recorded_at, first, previous, digest FROM seal ORDER BY id")?,
            contents: Statements::new(connection)?,
        })
    }
}

/// How the chain is read.
pub(crate) struct Verification<'c> {
    tables: Vec<Statement<'c>>,
    seals: Statement<'c>,
    contents: Statements<'c>,
}

/// A chain that is being verified, seal by seal.
pub(crate) struct Verifying<'s, 'c> {
    cursors: Vec<Cursor<'s>>,
    seals: Rows<'s>,
    contents: Contents<'s, 'c>,
    verified: Verified,
    /// The row that comes next.
    expected: RowId,
    fault: Option<Fault>,
}

impl<'c> Verification<'c> {
    pub(crate) fn begin(&mut self) -> Result<Verifying<'_, 'c>, ReadError> {
        let cursors = Table::ALL.iter().zip(&mut self.tables).map(|(table, statement)| Cursor::new(*table, statement));
        Ok(Verifying {
            cursors: cursors.collect::<rusqlite::Result<_>>()?,
            seals: self.seals.query([])?,
            contents: self.contents.contents()?,
            verified: Verified { rows: 0, seals: 0, contents: 0, head: Digest::default() },
            expected: 1,
            fault: None,
        })
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
    fn new(table: Table, statement: &'s mut Statement<'_>) -> rusqlite::Result<Self> {
        let columns = statement.column_count();
        let column = |name| statement.column_index(name).ok();
        let refers = [("body", "body_digest"), ("document", "document_digest")];
        let refers = refers.into_iter().find_map(|(content, digest)| column(content).zip(column(digest)));
        let mut cursor = Self { table, rows: statement.query([])?, next: None, columns, refers };
        cursor.advance()?;
        Ok(cursor)
    }

    fn advance(&mut self) -> rusqlite::Result<()> {
        self.next = self.rows.next()?.map(|row| row.get(0)).transpose()?;
        Ok(())
    }

    /// Takes the row that is looked at into the digest, with what it says of a content, and looks at the next.
    fn take(&mut self, hasher: &mut RowHasher, contents: &mut Contents<'_, '_>) -> Result<(), ReadError> {
        if let (Some(id), Some(row)) = (self.next, self.rows.get()) {
            hasher.begin(self.table, id);
            for (index, column) in (1..self.columns).enumerate() {
                let number = u8::try_from(index + 1).unwrap_or(u8::MAX);
                hasher.column(number, row.get_ref(column)?);
            }
            hasher.end();
            if let Some((content, digest)) = self.refers
                && let ValueRef::Integer(content) = row.get_ref(content)?
            {
                contents.refer(self.table, content, row.get_ref(digest)?)?;
            }
        }
        Ok(self.advance()?)
    }
}

impl Verifying<'_, '_> {
    /// Goes on up to the seal over `row`, or to the first fault.
    ///
    /// # Errors
    /// When SQLite can't read the file.
    pub(crate) fn advance(&mut self, row: RowId) -> Result<(), ReadError> {
        while self.expected <= row && self.fault.is_none() && self.next_seal()? {}
        Ok(())
    }

    /// Goes on to the end.
    ///
    /// # Errors
    /// When SQLite can't read the file.
    pub(crate) fn finish(mut self) -> Result<Result<Verified, Fault>, ReadError> {
        self.advance(RowId::MAX)?;
        if let Some(fault) = self.fault {
            return Ok(Err(fault));
        }
        if let Some(row) = self.cursors.iter().filter_map(|cursor| cursor.next).min() {
            return Ok(Err(Fault::Unsealed { row }));
        }
        let verified = self.verified;
        Ok(self.contents.finish()?.map(|contents| Verified { contents, ..verified }))
    }

    /// Verifies one seal and the rows that it closes; false where there is none.
    fn next_seal(&mut self) -> Result<bool, ReadError> {
        let Some(seal) = self.seals.next()? else { return Ok(false) };
        let (id, at, first): (RowId, i64, RowId) = (seal.get(0)?, seal.get(1)?, seal.get(2)?);
        let head = &mut self.verified.head;
        let altered = Some(Fault::Altered { seal: id, first });
        if first != self.expected || seal.get_ref(3)? != ValueRef::Blob(&head.0) {
            self.fault = altered;
            return Ok(true);
        }
        let mut hasher = RowHasher::following(&head.0);
        while self.expected < id {
            let next = self.cursors.iter_mut().filter(|cursor| cursor.next.is_some()).min_by_key(|cursor| cursor.next);
            match next {
                Some(cursor) if cursor.next == Some(self.expected) => cursor.take(&mut hasher, &mut self.contents)?,
                other => {
                    let found = other.and_then(|cursor| cursor.next).unwrap_or(id).min(id);
                    self.fault = Some(Fault::Missing { expected: self.expected, found });
                    return Ok(true);
                }
            }
            self.expected += 1;
            self.verified.rows += 1;
        }
        seal::seal_itself(&mut hasher, id, at, first);
        let digest = hasher.finish();
        if seal.get_ref(4)? != ValueRef::Blob(&digest) {
            self.fault = altered;
            return Ok(true);
        }
        *head = Digest(digest);
        self.verified.seals += 1;
        self.expected = id + 1;
        Ok(true)
    }
}
