//! Evidence that could not be recorded, counted in memory until the journal takes rows again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::outcome::{Gap, GapReason};

/// Holes by run and reason: a bounded memory of what is missing, however long the journal is away.
#[derive(Debug, Default)]
pub(super) struct Holes {
    any: AtomicBool,
    open: Mutex<BTreeMap<(u32, GapReason), Gap>>,
}

impl Holes {
    /// Counts one request that is missing.
    pub(super) fn add(&self, run: u32, reason: GapReason, at: Timestamp) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let gap = open.entry((run, reason)).or_insert_with(|| Gap {
            reason,
            began_at: at,
            ended_at: at,
            requests: Some(0),
            lane: None,
            capture: None,
            order_key: None,
            detail: None,
        });
        gap.began_at = gap.began_at.min(at);
        gap.ended_at = gap.ended_at.max(at);
        gap.requests = gap.requests.map(|count| count + 1);
        self.any.store(true, Ordering::Release);
    }

    /// Takes all holes, to be recorded.
    pub(super) fn take(&self) -> Vec<(u32, Gap)> {
        if !self.any.swap(false, Ordering::AcqRel) {
            return Vec::new();
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *open).into_iter().map(|((run, _), gap)| (run, gap)).collect()
    }
}
