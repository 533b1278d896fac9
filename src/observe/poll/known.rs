//! What a poll remembers of a ledger: which documents it has recorded, so that an unchanged one is
//! recorded once, a changed one again, and one that is gone is missed.
//!
//! The journal is the memory; this is an index to it, rebuilt at the start. It takes 72 bytes a
//! document, 83 to 166 with the table's free slots: 150 MB for a million.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::document::Document;
use super::window::earlier;
use crate::journal::{Observed, ReadError, Reader};
use crate::order::OrderKey;
use crate::outcome::{OutcomeKind, RowId};

/// Most documents that are remembered, about 600 MB. A reading that finds more is incomplete.
pub(super) const DOCUMENTS_MAX: usize = 5_000_000;

/// How often in a row a document must be missing before it is not asked about any more.
const GONE_CONFIRMED: u8 = 2;

/// A window's edge is asked for in whole seconds, and ledgers differ on whether it belongs to it.
const EDGE: Duration = Duration::from_secs(1);

/// Reference and order key, by 128 bits of their digest.
pub(super) type Identity = [u8; 16];

/// The documents that were recorded.
#[derive(Debug, Default)]
pub(super) struct Known {
    documents: HashMap<Identity, Entry>,
}

/// A document as last recorded.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The row of its last `committed`; 0 until that is durable.
    row: RowId,
    committed_at_us: Option<i64>,
    recorded_at_us: i64,
    digest: u64,
    /// How often it was recorded: new, changed, or back again.
    version: u32,
    /// The last pass that saw it.
    pass: u32,
    /// In how many readings in a row it was missing.
    gone: u8,
}

/// What a sighting of a document means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// It was recorded just so.
    Unchanged,
    /// It was recorded just so under this id, before this process began.
    Recalled(String),
    /// It is new, changed, or back again, to be recorded under this id.
    News(Identity, String),
    /// This pass saw another document with the same reference and order key.
    Twice,
    /// There is no room to remember it; to be recorded under this id all the same.
    Full(String),
}

/// A document that a complete reading lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) identity: Identity,
    /// The row of its last `committed`.
    pub(super) row: RowId,
    /// In how many readings in a row it is missing now.
    pub(super) times: u8,
}

impl Known {
    /// Rebuilds the memory of `source` from the journal.
    pub(super) fn load(reader: &Reader, source: &str) -> Result<Self, ReadError> {
        let mut known = Self::default();
        reader.each_observed(source, |observed| {
            let row = observed.row;
            let damaged =
                || ReadError::Damaged { table: "outcome", row, what: "a source_id that no poll writes".into() };
            known.recall(&observed).ok_or_else(damaged)
        })?;
        Ok(known)
    }

    fn recall(&mut self, observed: &Observed) -> Option<()> {
        let reference = observed.reference.as_deref()?;
        let identity = identity(reference, &observed.order_key);
        match observed.kind {
            OutcomeKind::Committed => {}
            OutcomeKind::Gone => {
                self.missed(&identity);
                return Some(());
            }
            _ => return Some(()),
        }
        let (version, digest) = parts(&observed.source_id)?;
        let entry = Entry {
            row: observed.row,
            committed_at_us: observed.occurred_at.map(Timestamp::as_microsecond),
            recorded_at_us: observed.recorded_at.as_microsecond(),
            digest,
            version,
            pass: 0,
            gone: 0,
        };
        self.documents.insert(identity, entry);
        Some(())
    }

    /// Takes in a document that pass number `pass` (from 1) has read.
    pub(super) fn see(&mut self, document: &Document, pass: u32, now: Timestamp) -> Sight {
        let identity = identity(&document.reference, &document.order_key);
        let digest = document.digest();
        let room = self.documents.len() < DOCUMENTS_MAX;
        let version = match self.documents.get_mut(&identity) {
            Some(entry) if entry.pass == pass && entry.digest != digest => return Sight::Twice,
            Some(entry) if entry.digest == digest && entry.gone == 0 => {
                let is_recalled = entry.pass == 0;
                entry.pass = pass;
                let version = entry.version;
                let recalled = || Sight::Recalled(source_id(&document.reference, version, digest));
                return if is_recalled { recalled() } else { Sight::Unchanged };
            }
            Some(entry) => entry.version.saturating_add(1),
            None if !room => return Sight::Full(source_id(&document.reference, 1, digest)),
            None => 1,
        };
        let committed_at_us = document.committed_at.map(Timestamp::as_microsecond);
        let recorded_at_us = now.as_microsecond();
        let entry = Entry { row: 0, committed_at_us, recorded_at_us, digest, version, pass, gone: 0 };
        self.documents.insert(identity, entry);
        Sight::News(identity, source_id(&document.reference, version, digest))
    }

    /// The last news of a document are durable in this row.
    pub(super) fn recorded(&mut self, identity: &Identity, row: RowId) {
        if let Some(entry) = self.documents.get_mut(identity) {
            entry.row = row;
        }
    }

    /// The documents that the complete reading of pass `pass` should have held and lacks. One whose
    /// commit time is not known belongs to no window but the whole ledger. What was recorded less than
    /// `lag` before the reading began may be missing from a replica.
    pub(super) fn missing(
        &self,
        pass: u32,
        since: Option<Timestamp>,
        began_at: Timestamp,
        lag: Duration,
    ) -> Vec<Missing> {
        let recorded_max = earlier(began_at, lag).as_microsecond();
        let since = since.map(|since| since.saturating_add(EDGE).map_or(i64::MAX, Timestamp::as_microsecond));
        let in_window = |entry: &Entry| since.is_none_or(|since| entry.committed_at_us.is_some_and(|at| at >= since));
        let missing = |(_, entry): &(&Identity, &Entry)| {
            entry.pass != pass
                && entry.gone < GONE_CONFIRMED
                && entry.recorded_at_us <= recorded_max
                && in_window(entry)
        };
        let found = self.documents.iter().filter(missing);
        let mut found: Vec<Missing> = found
            .map(|(identity, entry)| Missing { identity: *identity, row: entry.row, times: entry.gone + 1 })
            .collect();
        found.sort_by_key(|missing| missing.row);
        found
    }

    /// A document's absence from one more reading is durable.
    pub(super) fn missed(&mut self, identity: &Identity) {
        if let Some(entry) = self.documents.get_mut(identity) {
            entry.gone = entry.gone.saturating_add(1);
        }
    }

    /// The earliest commit time, on the ledger's clock, of a document whose absence is not confirmed
    /// yet: the next window must hold it.
    pub(super) fn oldest_suspect(&self) -> Option<Timestamp> {
        let suspects = self.documents.values().filter(|entry| (1..GONE_CONFIRMED).contains(&entry.gone));
        let oldest = suspects.filter_map(|entry| entry.committed_at_us).min()?;
        Timestamp::from_microsecond(oldest).ok().map(|at| earlier(at, EDGE))
    }

    /// Whether the absence of a document without a commit time is not confirmed yet.
    pub(super) fn has_undated_suspect(&self) -> bool {
        let mut suspects = self.documents.values().filter(|entry| (1..GONE_CONFIRMED).contains(&entry.gone));
        suspects.any(|entry| entry.committed_at_us.is_none())
    }

    /// How many documents are remembered.
    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }
}

fn identity(reference: &str, order_key: &OrderKey) -> Identity {
    let mut hash = Sha256::new();
    hash.update((reference.len() as u64).to_be_bytes());
    hash.update(reference);
    hash.update(order_key.as_str());
    let digest = <[u8; 32]>::from(hash.finalize());
    let (half, _) = digest.split_first_chunk().unwrap_or((&[0; 16], &[]));
    *half
}

/// `REFERENCE@VERSION-DIGEST`: the version tells a document that changed back from its first form,
/// the digest two documents that bear one reference.
fn source_id(reference: &str, version: u32, digest: u64) -> String {
    format!("{reference}@{version}-{digest:016x}")
}

/// The id of a `gone`: that of the document as last recorded, and which absence in a row it is.
pub(super) fn gone_id(source_id: &str, times: u8) -> String {
    format!("{source_id}-gone{times}")
}

fn parts(source_id: &str) -> Option<(u32, u64)> {
    let (_, parts) = source_id.rsplit_once('@')?;
    let (version, digest) = parts.split_once('-')?;
    Some((version.parse().ok()?, u64::from_str_radix(digest, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_a_document_is_as_documented() {
        assert_eq!(size_of::<(Identity, Entry)>(), 72);
    }

    #[test]
    fn version_and_digest_are_read_back_whatever_the_reference() {
        for reference in ["1001", "SO@7-x", "", "a@b@1-2", "é"] {
            assert_eq!(parts(&source_id(reference, 3, 0x0f)), Some((3, 15)), "{reference}");
        }
        for broken in ["1001", "1001@x-0", "1001@1", "1001@1-0-gone1"] {
            assert_eq!(parts(broken), None, "{broken}");
        }
    }
}
