//! Requests as they are counted where they come in: received = teed + passed through + sum of skipped by reason.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::outcome::{Capture, Signature, Skip};

/// Counters since the start. Each request is counted once in `received` and once in one of the others.
#[derive(Debug)]
pub struct Counts {
    received: AtomicU64,
    teed: AtomicU64,
    passed_through: AtomicU64,
    looped: AtomicU64,
    skipped: Vec<AtomicU64>,
    excluded: Vec<(String, AtomicU64)>,
    signatures: Vec<AtomicU64>,
}

impl Counts {
    /// Counters at zero, one for each reason of an exclusion rule; rules may share one.
    #[must_use]
    pub fn new(exclusions: impl IntoIterator<Item = String>) -> Self {
        let reasons: BTreeSet<String> = exclusions.into_iter().collect();
        Self {
            received: AtomicU64::new(0),
            teed: AtomicU64::new(0),
            passed_through: AtomicU64::new(0),
            looped: AtomicU64::new(0),
            skipped: Skip::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
            excluded: reasons.into_iter().map(|reason| (reason, AtomicU64::new(0))).collect(),
            signatures: Signature::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// A request on no route.
    pub fn passed_through(&self) {
        self.received.fetch_add(1, Ordering::Relaxed);
        self.passed_through.fetch_add(1, Ordering::Relaxed);
    }

    /// A request that came back, or is a copy.
    pub fn looped(&self) {
        self.received.fetch_add(1, Ordering::Relaxed);
        self.looped.fetch_add(1, Ordering::Relaxed);
    }

    /// A request on a route.
    pub fn captured(&self, capture: &Capture) {
        self.received.fetch_add(1, Ordering::Relaxed);
        let signature = capture.signature.and_then(|signature| self.signatures.get(signature as usize));
        signature.iter().for_each(|count| _ = count.fetch_add(1, Ordering::Relaxed));
        let skipped = capture.skip.and_then(|skip| self.skipped.get(skip as usize));
        let reason = capture.excluded.as_ref();
        let excluded = reason.and_then(|reason| self.excluded.iter().find(|(name, _)| name == reason));
        skipped.or(excluded.map(|(_, count)| count)).unwrap_or(&self.teed).fetch_add(1, Ordering::Relaxed);
    }

    /// All counters by the names that tallies use: `received`, `teed`, `passed_through`, `skipped.REASON`; beside them
    /// `signature.bad`, `signature.missing` and `signature.unchecked`, of requests that were counted above.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let skipped = Skip::ALL.iter().zip(&self.skipped).map(|(skip, count)| (format!("skipped.{skip}"), load(count)));
        let excluded = self.excluded.iter().map(|(reason, count)| (format!("skipped.excluded: {reason}"), load(count)));
        let signatures =
            Signature::ALL.iter().zip(&self.signatures).filter(|(signature, _)| **signature != Signature::Good);
        let signatures = signatures.map(|(signature, count)| (format!("signature.{signature}"), load(count)));
        let mut all: BTreeMap<String, u64> = skipped.chain(excluded).chain(signatures).collect();
        all.insert("received".into(), load(&self.received));
        all.insert("teed".into(), load(&self.teed));
        all.insert("passed_through".into(), load(&self.passed_through));
        all.insert("skipped.loop".into(), load(&self.looped));
        all
    }
}
