//! The evidence that all orders of a run share: its window, the readings of both ledgers, the gaps.

use jiff::Timestamp;
use serde::Serialize;

use crate::outcome::{Gap, PerLane, Reading, RowId, Watermark};

/// What the journal holds beside the orders.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The time of the journal's last sealed row: the judge's only *now*.
    pub as_of: Timestamp,
    /// When the run began.
    pub begin: Timestamp,
    /// The end of the judged window, where `--until` gives one; else it follows from `as_of`.
    pub until: Option<Timestamp>,
    /// Row and time of the journal's first capture in any run; `None` in a journal without captures.
    pub first_capture: Option<(RowId, Timestamp)>,
    /// Row and time of the first capture of this run: what a ledger held before is none of its doing. `None` in a
    /// run without captures.
    pub first_capture_of_run: Option<(RowId, Timestamp)>,
    /// Which live run of the journal this is, counted from 1; `None` for rehearsals, which spend no α.
    pub live_run: Option<u32>,
    /// Readings of each ledger, in the order of recording.
    pub readings: PerLane<Vec<ReadingSeen>>,
    /// Watermarks that callbacks and imports said, in the order of recording.
    pub watermarks: PerLane<Vec<WatermarkSeen>>,
    /// Gaps of this run, in the order of recording.
    pub gaps: Vec<GapSeen>,
    /// How this machine's clock was set back while the run went on; `None`: it was not, as far as sends tell.
    pub clock_back: Option<ClockBack>,
    /// The census as a whole.
    pub census: CensusEvidence,
    /// Whether the chain of seals verifies.
    pub chain_intact: bool,
}

/// Sends that bear a time from before the rows that were written before them: this machine's clock was set back, and had not
/// caught up. Several times are told as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClockBack {
    /// How many sends, to either lane.
    pub sends: u64,
    /// The latest time that the clock had told before them.
    pub from: Timestamp,
    /// The earliest that it told then.
    pub to: Timestamp,
    /// The last of these sends: its row.
    #[serde(skip)]
    pub row: RowId,
    /// When that was recorded. The times of recording never go back.
    #[serde(skip)]
    pub recorded_at: Timestamp,
}

impl ClockBack {
    /// Whether a reading that began at `at` came before the last of these sends, and bears a time at which it could have come
    /// after one: it then proves nothing.
    pub(super) fn confuses(&self, row: RowId, at: Timestamp) -> bool {
        row < self.row && at > self.to
    }

    /// The same of what was said of the commits up to `at`.
    pub(super) fn confuses_said(&self, recorded_at: Timestamp, at: Timestamp) -> bool {
        recorded_at <= self.recorded_at && at > self.to
    }
}

/// What is known of the storefront's list of orders as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CensusEvidence {
    /// Whether any of it was imported.
    pub imported: bool,
    /// Up to when an extract holds every order, on the storefront's clock, as somebody declared.
    pub complete_through: Option<Timestamp>,
}

/// A reading as recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingSeen {
    /// Its row.
    pub row: RowId,
    /// What was read.
    pub reading: Reading,
}

/// A watermark as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatermarkSeen {
    /// When it was recorded, on this machine's clock; of an extract, when it was read to its end.
    pub recorded_at: Timestamp,
    /// What was said.
    pub watermark: Watermark,
}

/// A gap as recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct GapSeen {
    /// Its row.
    pub row: RowId,
    /// What is missing.
    pub gap: Gap,
}
