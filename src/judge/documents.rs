//! Sightings, disappearances and cancellations of one order on one lane, folded into its documents.
//!
//! A document is known by its reference. A ledger that gives none is told apart by commit time, and such a
//! document is the same as one with a reference and the same commit time: two observers saw it. Two observers may tell
//! the time by different clocks, or count it more or less finely: what one of them tells without a reference is the same
//! as what the other tells within the granularity of sources.

use bytes::Bytes;
use jiff::Timestamp;

use super::clocks::GRANULARITY;
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
    /// The observer that first gave a commit time, whose clock `committed_at` is on; until then, the first of all.
    pub(super) source: String,
    /// Who sighted it, and when it was committed as each of them has it.
    sightings: Vec<(String, Option<Timestamp>)>,
    /// The document itself, as it was seen last by the observer that first came with it: another one, such as an export of
    /// three columns beside a poll, has it in another shape.
    pub(super) bytes: Option<Bytes>,
    bytes_by: Option<String>,
    missing: Option<Missing>,
    /// The observer that last said that it is cancelled.
    cancelled_by: Option<String>,
    sighted: bool,
}

/// Readings in a row that lack it.
#[derive(Clone, Debug)]
struct Missing {
    /// The observer that missed it first. Only when it sees the document again is it back: what others tell of a commit,
    /// late or out of an old export, says nothing of what is there now.
    source: String,
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
        document.timed(seen);
        if document.missing.as_ref().is_some_and(|missing| missing.source == seen.outcome.source) {
            document.missing = None;
        }
        let is_own = document.bytes_by.as_ref().is_none_or(|by| *by == seen.outcome.source);
        if is_own && seen.outcome.document.is_some() {
            document.bytes.clone_from(&seen.outcome.document);
            document.bytes_by = Some(seen.outcome.source.clone());
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

    /// A document without a number is one of the others where it can't be told from it.
    fn merge_unnumbered(&mut self) {
        if self.all.len() < 2 || self.all.iter().all(|document| document.reference.is_some()) {
            return;
        }
        let timed = self.all.iter().any(|document| document.committed_at.is_some());
        let (mut kept, unnumbered): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.all).into_iter().partition(|document| document.reference.is_some());
        // Which of those that are kept stands for one that another observer told of.
        let mut taken: Vec<(usize, String)> = Vec::new();
        for document in unnumbered {
            let Some(at) = document.committed_at else {
                if kept.is_empty() && !timed {
                    kept.push(document);
                }
                continue;
            };
            if kept.iter().any(|other| other.times().any(|time| time == at)) {
                continue;
            }
            let by_source = |place: usize| (place, document.source.clone());
            let same = kept
                .iter()
                .enumerate()
                .position(|(place, other)| other.is_perhaps(&document, at) && !taken.contains(&by_source(place)));
            match same {
                Some(place) => taken.push(by_source(place)),
                None => kept.push(document),
            }
        }
        kept.sort_by_key(|document| document.first_row);
        self.all = kept;
    }
}

impl Document {
    fn new(seen: &OutcomeSeen) -> Self {
        Self {
            reference: seen.outcome.reference.clone(),
            committed_at: (seen.outcome.kind == OutcomeKind::Committed).then_some(seen.outcome.occurred_at).flatten(),
            sightings: Vec::new(),
            first_row: seen.row,
            first_seen_at: seen.recorded_at,
            source: seen.outcome.source.clone(),
            bytes: None,
            bytes_by: None,
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

    /// Takes the commit time of a sighting in. Another observer's is on another clock, and doesn't replace it.
    fn timed(&mut self, seen: &OutcomeSeen) {
        let (source, at) = (&seen.outcome.source, seen.outcome.occurred_at);
        if at.is_some() && (self.committed_at.is_none() || self.source == *source) {
            self.committed_at = at;
            self.source.clone_from(source);
        }
        if !self.sightings.iter().any(|(by, time)| by == source && *time == at) {
            self.sightings.push((source.clone(), at));
        }
    }

    fn times(&self) -> impl Iterator<Item = Timestamp> {
        self.sightings.iter().filter_map(|(_, at)| *at)
    }

    /// Whether any commit time that was given of this one was given of the other as well.
    pub(super) fn shares_time(&self, other: &Self) -> bool {
        self.times().any(|at| other.times().any(|time| time == at))
    }

    /// Whether `other`, committed at `at`, can't be told from this one: no observer sighted both.
    fn is_perhaps(&self, other: &Self, at: Timestamp) -> bool {
        let apart = |(source, _): &(String, _)| other.sightings.iter().all(|(by, _)| by != source);
        let near = |time: Timestamp| time.duration_since(at).unsigned_abs() <= GRANULARITY;
        self.sightings.iter().all(apart) && self.times().any(near)
    }

    fn lacked(&mut self, seen: &OutcomeSeen) {
        let missing = self.missing.get_or_insert_with(|| Missing {
            source: seen.outcome.source.clone(),
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
