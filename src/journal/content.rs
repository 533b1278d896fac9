//! Bodies, answers and documents: stored once, referred to by number and digest, so that a purge can
//! empty them and leave the chain valid.

use std::collections::HashMap;

use bytes::Bytes;
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};

use super::row::Value;

/// How many digests of recent short contents are remembered, so that equal answers are stored once.
const RECENT_MAX: usize = 1_024;

/// The longest content that is looked for among the recent ones, in bytes: an ERP's constant answers are
/// shorter, orders are longer and seldom equal.
const SHORT_MAX: usize = 512;

/// Gives contents their numbers.
pub(super) struct Contents {
    next: i64,
    recent: HashMap<[u8; 32], i64>,
}

/// Bytes with their digest, taken before they reach the writer's thread.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) bytes: Bytes,
    pub(super) digest: [u8; 32],
}

/// Where a content stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// There are no bytes.
    Nowhere,
    /// It is stored, under this number.
    Stored(i64, [u8; 32]),
    /// It is to be stored, under this number.
    Next(i64, [u8; 32]),
}

impl Place {
    /// The two columns that refer to it. No bytes: two nulls.
    pub(super) const fn columns(&self) -> [Value; 2] {
        match self {
            Self::Nowhere => [Value::Null, Value::Null],
            Self::Stored(id, digest) | Self::Next(id, digest) => [Value::Int(*id), Value::Digest(*digest)],
        }
    }
}

impl Content {
    pub(super) fn of(bytes: &Bytes) -> Option<Self> {
        (!bytes.is_empty()).then(|| Self { bytes: bytes.clone(), digest: Sha256::digest(bytes).into() })
    }
}

impl Contents {
    pub(super) fn resume(connection: &Connection) -> rusqlite::Result<Self> {
        let next = connection.query_row("SELECT coalesce(max(id), 0) + 1 FROM content", [], |row| row.get(0))?;
        Ok(Self { next, recent: HashMap::new() })
    }

    /// Where a content stands, or will: the row that refers to it is inserted first, since it may turn out to be known.
    pub(super) fn place(&self, content: Option<&Content>) -> Place {
        let Some(content) = content else { return Place::Nowhere };
        let known = if content.bytes.len() <= SHORT_MAX { self.recent.get(&content.digest) } else { None };
        match known {
            Some(id) => Place::Stored(*id, content.digest),
            None => Place::Next(self.next, content.digest),
        }
    }

    /// Stores a content at its place, where it isn't there already.
    pub(super) fn store(&mut self, connection: &Connection, place: &Place, content: &Content) -> rusqlite::Result<()> {
        let Place::Next(id, digest) = place else { return Ok(()) };
        let mut insert = connection.prepare_cached("INSERT INTO content VALUES (?,?,?)")?;
        insert.execute(params![id, digest, &content.bytes[..]])?;
        self.next = id + 1;
        if content.bytes.len() <= SHORT_MAX {
            if self.recent.len() >= RECENT_MAX {
                self.recent.clear();
            }
            self.recent.insert(content.digest, *id);
        }
        Ok(())
    }

    /// Forgets what a rolled-back commit stored.
    pub(super) fn roll_back(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        *self = Self::resume(connection)?;
        Ok(())
    }
}
