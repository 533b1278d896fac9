//! The contents, beside the rows that refer to them: each has its digest, and is what the rows say that it is. Both were
//! written in the same order, so that one pass over each does, and few contents are looked up a second time.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Rows, Statement};
use sha2::{Digest as _, Sha256};

use super::Fault;
use crate::journal::ReadError;
use crate::journal::purge::{self, Left};
use crate::journal::schema::Table;
use crate::judge::is_remains;

/// Every content behind one, in the order of their numbers.
const ALL: &str = "SELECT id, digest, bytes FROM content WHERE id > ? ORDER BY id";

/// Contents of late whose digests are remembered: rows mostly refer to those of their own commit.
const LATE: usize = 4_096;

/// Older ones: an ERP's constant answers are stored once, and referred to for weeks.
const OLD: usize = 1_024;

type Digest = [u8; 32];

/// How the contents are read.
pub(super) struct Statements<'c> {
    all: Statement<'c>,
    /// The content behind which is begun; those up to it were looked at before.
    after: i64,
    digest: Statement<'c>,
    purged: Statement<'c>,
    last_purge: Option<(i64, Option<String>)>,
}

/// Contents as rows come to refer to them.
pub(super) struct Contents<'s, 'c> {
    all: Rows<'s>,
    digest: &'s mut Statement<'c>,
    purged: &'s mut Statement<'c>,
    late: Known,
    old: Known,
    /// The last that was passed; `None` at the end.
    at: Option<i64>,
    count: u64,
    /// The first that doesn't have its digest.
    altered: Option<i64>,
    /// What the last purge left, and is to have left; `None` where there was none that says it.
    left: Option<(Left, Purge)>,
    /// The first that isn't what a row of a table says, by table.
    mistaken: [Option<i64>; Table::ALL.len()],
}

/// The last content that a purge went through, and the digest over what it left.
struct Purge {
    content_last: i64,
    digest: String,
}

/// The digests of some contents, each at the place of its number's last bits.
struct Known {
    slots: Vec<(i64, Digest)>,
}

impl Known {
    fn new(size: usize) -> Self {
        Self { slots: vec![(0, Digest::default()); size] }
    }

    fn slot(&self, content: i64) -> usize {
        usize::try_from(content.rem_euclid(self.slots.len() as i64)).unwrap_or_default()
    }

    fn get(&self, content: i64) -> Option<&Digest> {
        self.slots.get(self.slot(content)).filter(|(own, _)| *own == content).map(|(_, digest)| digest)
    }

    fn put(&mut self, content: i64, digest: Digest) {
        let slot = self.slot(content);
        if let Some(place) = self.slots.get_mut(slot) {
            *place = (content, digest);
        }
    }
}

impl<'c> Statements<'c> {
    pub(super) fn new(connection: &'c Connection, after: i64) -> rusqlite::Result<Self> {
        Ok(Self {
            all: connection.prepare(ALL)?,
            after,
            digest: connection.prepare("SELECT digest FROM content WHERE id = ?")?,
            purged: connection
                .prepare("SELECT EXISTS (SELECT 1 FROM purge WHERE ? BETWEEN content_first AND content_last)")?,
            last_purge: purge::last(connection)?,
        })
    }

    pub(super) fn contents(&mut self) -> rusqlite::Result<Contents<'_, 'c>> {
        Ok(Contents {
            all: self.all.query([self.after])?,
            digest: &mut self.digest,
            purged: &mut self.purged,
            late: Known::new(LATE),
            old: Known::new(OLD),
            at: Some(i64::MIN),
            count: 0,
            altered: None,
            left: self
                .last_purge
                .clone()
                .filter(|_| self.after == i64::MIN)
                .and_then(|(content_last, digest)| Some((Left::default(), Purge { content_last, digest: digest? }))),
            mistaken: [None; Table::ALL.len()],
        })
    }
}

impl Contents<'_, '_> {
    /// A row of a table says that a content has this digest.
    pub(super) fn refer(&mut self, table: Table, content: i64, says: ValueRef<'_>) -> Result<(), ReadError> {
        while self.at.is_some_and(|at| at < content) {
            self.pass()?;
        }
        if !self.is(content, says)? {
            let first = self.mistaken.get_mut(table as usize);
            first.map(|first| first.get_or_insert(content));
        }
        Ok(())
    }

    /// How many there are, or the first that is wrong: one that was altered before one that a row mistakes.
    pub(super) fn finish(mut self) -> Result<Result<u64, Fault>, ReadError> {
        while self.at.is_some() {
            self.pass()?;
        }
        if let Some((left, purge)) = self.left
            && left.finish().to_string() != purge.digest
        {
            self.altered.get_or_insert(purge.content_last);
        }
        let wrong = self.altered.or_else(|| self.mistaken.into_iter().flatten().next());
        Ok(wrong.map_or(Ok(self.count), |content| Err(Fault::Content { content })))
    }

    /// Goes on by one content. Purged ones are empty, and named by a purge.
    fn pass(&mut self) -> Result<(), ReadError> {
        let Some(row) = self.all.next()? else {
            self.at = None;
            return Ok(());
        };
        let content: i64 = row.get(0)?;
        self.at = Some(content);
        self.count += 1;
        let (ValueRef::Blob(digest), ValueRef::Blob(bytes)) = (row.get_ref(1)?, row.get_ref(2)?) else {
            self.altered.get_or_insert(content);
            return Ok(());
        };
        // What a purge left of a content doesn't have the content's digest, but one with all that it left.
        let left = self.left.as_mut().filter(|(_, purge)| content <= purge.content_last);
        let is_left = left.is_some_and(|(left, _)| {
            left.take(content, bytes);
            is_remains(bytes)
        });
        let is_purged = is_left || (bytes.is_empty() && self.purged.query_row([content], |row| row.get(0))?);
        if !is_purged && Sha256::digest(bytes).as_slice() != digest {
            self.altered.get_or_insert(content);
        }
        if let Ok(digest) = digest.try_into() {
            self.late.put(content, digest);
        }
        Ok(())
    }

    /// Whether a content has this digest. One that isn't there has none.
    fn is(&mut self, content: i64, says: ValueRef<'_>) -> Result<bool, ReadError> {
        if let Some(digest) = self.late.get(content).or_else(|| self.old.get(content)) {
            return Ok(says == ValueRef::Blob(digest));
        }
        let found = self.digest.query_row([content], |row| row.get::<_, Vec<u8>>(0)).optional()?;
        if let Some(digest) = found.as_ref().and_then(|digest| digest.as_slice().try_into().ok()) {
            self.old.put(content, digest);
        }
        Ok(found.as_deref().map_or(ValueRef::Null, ValueRef::Blob) == says)
    }
}
