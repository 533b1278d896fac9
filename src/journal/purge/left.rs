//! What purges left of contents, under one digest: what was left may be neither taken away nor altered.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _};
use sha2::{Digest as _, Sha256};

use crate::journal::seal::Digest;

/// What stands before the digest over what is left, in the reason of a purge.
pub(super) const LEFT: &str = "sha256:";

/// The digest over all that is left of contents up to one: number, length and bytes of those that are not empty.
pub(super) fn left(connection: &Connection, content_last: i64) -> rusqlite::Result<Digest> {
    let mut left = Left::default();
    let mut select = connection.prepare("SELECT id, bytes FROM content WHERE id <= ? ORDER BY id")?;
    let mut rows = select.query([content_last])?;
    while let Some(row) = rows.next()? {
        left.take(row.get(0)?, row.get_ref(1)?.as_blob().unwrap_or_default());
    }
    Ok(left.finish())
}

/// What is left of contents, as it is taken into a digest.
#[derive(Default)]
pub(in crate::journal) struct Left {
    hasher: Sha256,
}

impl Left {
    pub(in crate::journal) fn take(&mut self, content: i64, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.hasher.update(content.to_le_bytes());
            self.hasher.update((bytes.len() as u64).to_le_bytes());
            self.hasher.update(bytes);
        }
    }

    pub(in crate::journal) fn finish(self) -> Digest {
        Digest(self.hasher.finalize().into())
    }
}

/// The last purge: the last content that it went through, and the digest over what it left, where it says so.
pub(in crate::journal) fn last(connection: &Connection) -> rusqlite::Result<Option<(i64, Option<String>)>> {
    let sql = "SELECT content_last, reason FROM purge ORDER BY id DESC LIMIT 1";
    let last = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).optional()?;
    Ok(last.map(|(content, reason)| (content, reason.split_once(LEFT).map(|(_, digest)| digest.to_owned()))))
}

/// The body of a capture, or nothing where that is not what was received.
pub(in crate::journal) fn whole(body: Bytes, body_bytes: u64) -> Bytes {
    if body.len() as u64 == body_bytes { body } else { Bytes::new() }
}
