//! The accumulator: orders and stray documents in, an assessment out. Its memory grows with the readings
//! and gaps of a run, never with its orders.

use super::{Assessment, Counts, Evidence, Policy, StrayDocument, Timeline, Verdict};
use crate::outcome::Lane;

/// Judges a run, an order at a time.
#[derive(Debug)]
pub struct Judge {}

/// What the report says of a run and the judge can't know.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFacts {
    /// Its number in the journal, from 1.
    pub number: u32,
    /// What the operator called it.
    pub label: Option<String>,
    /// Digest over what is judged by, in hexadecimal.
    pub policy_digest: String,
    /// The journal's head: the last seal, in hexadecimal.
    pub journal_head: String,
    /// Requests as the tee counted them.
    pub counts: Counts,
    /// Orders of this run as the journal counts them by a query of its own: distinct order keys of `create`
    /// captures that were teed or excluded. What was not handed to the judge shows as a residual.
    pub orders_in_journal: Option<u64>,
}

impl Judge {
    /// Gets ready to judge a run.
    #[must_use]
    pub fn new(_policy: &Policy, _evidence: &Evidence) -> Self {
        todo!()
    }

    /// Judges one order and counts it. Each order of the run must be handed in exactly once; the sequence
    /// doesn't matter.
    pub fn order(&mut self, _timeline: &Timeline) -> Verdict {
        todo!()
    }

    /// Counts a document that no capture of any run explains.
    pub fn document(&mut self, _lane: Lane, _stray: &StrayDocument) {
        todo!()
    }

    /// Counts documents of `lane` that belong to orders of other runs.
    pub fn other_runs(&mut self, _lane: Lane, _documents: u64) {
        todo!()
    }

    /// The assessment of all that was handed in.
    #[must_use]
    pub fn finish(self, _run: RunFacts) -> Assessment {
        todo!()
    }
}
