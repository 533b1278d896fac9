//! What the journal counts of itself, and of the answers that it records. An increment each; nothing is decided by it.

use std::time::Duration;

use crate::outcome::{Lane, PerLane};
use crate::telemetry::{Buckets, Histogram};

/// Where commits lie: half a millisecond on a good disk, tens of them where it is shared.
const COMMIT_BOUNDS: &[Duration] = &[
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// Where answers lie: up to a minute, after which no copy waits; senders give up after 5 s (Shopify) or 10.
const ANSWER_BOUNDS: &[Duration] = &[
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
];

/// How a journal does, since it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Entries that wait for the writer.
    pub queued: usize,
    /// Commits that failed.
    pub failures: u64,
    /// Whether it takes rows.
    pub takes_rows: bool,
    /// How long commits took that went through.
    pub commits: Buckets,
    /// How long each lane took for the answers that were recorded: from the first byte sent to the head, or to giving up.
    pub answers: PerLane<Buckets>,
}

/// What the writer counts.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) commits: Histogram,
    answers: PerLane<Histogram>,
}

impl Default for Counted {
    fn default() -> Self {
        Self { commits: Histogram::new(COMMIT_BOUNDS), answers: PerLane::from_fn(|_| Histogram::new(ANSWER_BOUNDS)) }
    }
}

impl Counted {
    /// An answer was recorded.
    pub(super) fn answered(&self, lane: Lane, took: Duration) {
        self.answers.get(lane).observe(took);
    }

    pub(super) fn answers(&self) -> PerLane<Buckets> {
        PerLane::from_fn(|lane| self.answers.get(lane).buckets())
    }
}
