//! Writes of the shadow that reached the live ledger (DESIGN 5, `leaked`).
//!
//! Two proofs count, and equal document numbers alone are none: both ERPs may number from 1.
//!
//! 1. One document is read on both lanes: reference and commit time are equal, under the same order key.
//! 2. A document of the live ledger bears a number that only the shadow's answer named, while the shadow's own
//!    ledger, read adequately, lacks it.

use super::documents::{Document, Documents};

/// What an order's documents say of a leak.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Leak {
    /// Whether there is one.
    pub(super) found: bool,
    /// The document in the live ledger that the shadow wrote, where it is not one that both lanes show.
    pub(super) written: Option<String>,
}

/// What a lane contributes to finding a leak.
pub(super) struct Side<'a> {
    pub(super) documents: &'a Documents,
    /// Numbers that its answers named.
    pub(super) named: &'a [String],
    /// Whether a reading would have shown the order's documents.
    pub(super) read: bool,
}

/// Whether the shadow's write of an order is in the live ledger.
pub(super) fn find(live: &Side<'_>, shadow: &Side<'_>) -> Leak {
    let both = live.documents.all.iter().any(|one| shadow.documents.all.iter().any(|other| same(one, other)));
    if both {
        return Leak { found: true, written: None };
    }
    let written = live.documents.all.iter().filter_map(|document| document.reference.as_ref()).find(|reference| {
        let only_shadow = shadow.named.contains(reference) && !live.named.contains(reference);
        only_shadow && shadow.read && !has(shadow.documents, reference)
    });
    Leak { found: written.is_some(), written: written.cloned() }
}

fn same(one: &Document, other: &Document) -> bool {
    let numbered = one.reference.is_some() && one.reference == other.reference;
    numbered && one.shares_time(other)
}

fn has(documents: &Documents, reference: &str) -> bool {
    documents.all.iter().any(|document| document.reference.as_deref() == Some(reference))
}
