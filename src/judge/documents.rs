//! Sightings, disappearances and cancellations of one order on one lane, folded into its documents.
//!
//! A document is known by its reference. A ledger that gives none is told apart by commit time, and such a
//! document is the same as one with a reference and the same commit time: two observers saw it.

use bytes::Bytes;
use jiff::Timestamp;

use super::{DocumentSeen, DocumentState, OutcomeSeen};
use crate::outcome::{OutcomeKind, RowId};

/// Readings in a row that must lack a document before it counts as gone.
const GONE_AFTER: u32 = 2;

/// A document and how it came and went.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) reference: Option<String>,
    pub(super) committed_at: Option<Timestamp>,
    pub(super) first_row: RowId,
    pub(super) first_seen_at: Timestamp,
    /// The observer of its first sighting, whose clock `committed_at` is on.
    pub(super) source: String,
    /// The document itself, as it was seen last.
    pub(super) bytes: Option<Bytes>,
    missing: Option<Missing>,
    /// The observer that last said that it is cancelled.
    cancelled_by: Option<String>,
    sighted: bool,
}

/// Readings in a row that lack it.
#[derive(Clone, Debug)]
struct Missing {
    since: Timestamp,
    times: u32,
    last_source_id: String,
}

/// All documents of one order on one lane, in the order of first sighting.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents {
    pub(super) all: Vec<Document>,
    /// When the order as a whole was cancelled, at the earliest: what disappears after that is no loss.
    cancelled_at: Option<Timestamp>,
}

impl Documents {
    /// Folds `outcomes`, whatever their sequence. `cancelled_at` is when the lane took a cancel of the order.
    pub(super) fn fold(outcomes: &[OutcomeSeen], cancelled_at: Option<Timestamp>) -> Self {
        let mut documents = Self { all: Vec::new(), cancelled_at };
        if outcomes.windows(2).all(|pair| matches!(pair, [one, two] if one.row <= two.row)) {
            outcomes.iter().for_each(|seen| documents.take(seen));
        } else {
            let mut sorted: Vec<&OutcomeSeen> = outcomes.iter().collect();
            sorted.sort_by_key(|seen| seen.row);
            sorted.into_iter().for_each(|seen| documents.take(seen));
        }
        documents.merge_unnumbered();
        documents
    }

    /// What is known of `document` now. One that disappeared after the order was cancelled counts as cancelled.
    pub(super) fn state(&self, document: &Document) -> DocumentState {
        match &document.missing {
            _ if document.cancelled_by.is_some() => DocumentState::Cancelled,
            None => DocumentState::Present,
            Some(missing) if self.cancelled_at.is_some_and(|at| at <= missing.since) => DocumentState::Cancelled,
            Some(missing) if missing.times < GONE_AFTER => DocumentState::Missing,
            Some(_) => DocumentState::Gone,
        }
    }

    /// Those that were not cancelled, whether they are there now or not.
    pub(super) fn standing(&self) -> impl Iterator<Item = &Document> {
        self.all.iter().filter(|document| self.state(document) != DocumentState::Cancelled)
    }

    /// How many documents with a number were sighted.
    pub(super) fn numbered(&self) -> u64 {
        self.all.iter().filter(|document| document.sighted && document.reference.is_some()).count() as u64
    }

    /// The documents as a verdict shows them.
    pub(super) fn shown(&self) -> Vec<DocumentSeen> {
        let show = |document: &Document| DocumentSeen {
            reference: document.reference.clone(),
            committed_at: document.committed_at,
            first_seen_at: document.first_seen_at,
            state: self.state(document),
        };
        self.all.iter().map(show).collect()
    }

    fn take(&mut self, seen: &OutcomeSeen) {
        match seen.outcome.kind {
            OutcomeKind::Committed => self.sighted(seen),
            OutcomeKind::Gone => self.find(seen).lacked(seen),
            OutcomeKind::Cancelled if seen.outcome.reference.is_some() => {
                self.find(seen).cancelled_by = Some(seen.outcome.source.clone());
            }
            OutcomeKind::Cancelled => {
                self.cancelled_at =
                    Some(self.cancelled_at.map_or(seen.recorded_at, |earliest| earliest.min(seen.recorded_at)));
            }
            _ => {}
        }
    }

    fn sighted(&mut self, seen: &OutcomeSeen) {
        let document = self.find(seen);
        document.committed_at = seen.outcome.occurred_at.or(document.committed_at);
        document.missing = None;
        if seen.outcome.document.is_some() {
            document.bytes.clone_from(&seen.outcome.document);
        }
        document.sighted = true;
        // Each sighting of a cancelled document is followed by its being cancelled, so one that isn't says that it is
        // so no more. Another observer, which may not know of cancelling, takes nothing back.
        if document.cancelled_by.as_ref() == Some(&seen.outcome.source) {
            document.cancelled_by = None;
        }
    }

    /// The document that an outcome speaks of; a new one where it was not heard of before, as even what says that
    /// a document is gone says that there was one.
    fn find(&mut self, seen: &OutcomeSeen) -> &mut Document {
        let place = self.all.iter().position(|document| document.is(seen)).unwrap_or_else(|| {
            self.all.push(Document::new(seen));
            self.all.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "the place was found or made in the line before")]
        &mut self.all[place]
    }

    /// A document without a number is one of those with a number when its commit time is the same, or not known.
    fn merge_unnumbered(&mut self) {
        if self.all.len() < 2 || self.all.iter().all(|document| document.reference.is_some()) {
            return;
        }
        let times: Vec<Option<Timestamp>> = self
            .all
            .iter()
            .filter(|document| document.reference.is_some())
            .map(|document| document.committed_at)
            .collect();
        let timed = self.all.iter().any(|document| document.committed_at.is_some());
        self.all.retain(|document| match (&document.reference, document.committed_at) {
            (Some(_), _) => true,
            (None, None) => times.is_empty() && !timed,
            (None, time) => !times.contains(&time),
        });
    }
}

impl Document {
    fn new(seen: &OutcomeSeen) -> Self {
        Self {
            reference: seen.outcome.reference.clone(),
            committed_at: (seen.outcome.kind == OutcomeKind::Committed).then_some(seen.outcome.occurred_at).flatten(),
            first_row: seen.row,
            first_seen_at: seen.recorded_at,
            source: seen.outcome.source.clone(),
            bytes: None,
            missing: None,
            cancelled_by: None,
            sighted: false,
        }
    }

    fn is(&self, seen: &OutcomeSeen) -> bool {
        match (&self.reference, &seen.outcome.reference) {
            (Some(one), Some(other)) => one == other,
            (None, None) if seen.outcome.kind == OutcomeKind::Committed => {
                self.committed_at == seen.outcome.occurred_at
            }
            (None, None) => true,
            _ => false,
        }
    }

    fn lacked(&mut self, seen: &OutcomeSeen) {
        let missing = self.missing.get_or_insert_with(|| Missing {
            since: seen.recorded_at,
            times: 0,
            last_source_id: String::new(),
        });
        if missing.last_source_id != seen.outcome.source_id {
            missing.times += 1;
            missing.last_source_id.clone_from(&seen.outcome.source_id);
        }
    }
}
