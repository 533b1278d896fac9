//! Outcomes, readings and watermarks: what observers learn of a lane.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Lane;
use super::lane::names;
use crate::order::OrderKey;

/// A kind of dated fact about an order on a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Taken, to be committed later.
    Accepted,
    /// A document of it is in the ledger.
    Committed,
    /// Stock is reserved for it.
    Allocated,
    /// The customer was told.
    Confirmed,
    /// Refused for good.
    Rejected,
    /// Ingestion Pending Audit: late, and somebody knows.
    Flagged,
    /// Cancelled.
    Cancelled,
    /// Quantities that count it were sent to the marketplaces.
    FeedPublished,
    /// A complete reading whose window holds the document's commit time has it no more.
    Gone,
}
names!(OutcomeKind, "outcome", {
    Accepted => "accepted", Committed => "committed", Allocated => "allocated", Confirmed => "confirmed",
    Rejected => "rejected", Flagged => "flagged", Cancelled => "cancelled", FeedPublished => "feed_published", Gone => "gone",
});

/// A dated fact about an order on a lane, from an observer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The lane.
    pub lane: Lane,
    /// What happened.
    pub kind: OutcomeKind,
    /// The order's name as this lane stores it.
    pub order_key: OrderKey,
    /// When it happened, on the source's clock; `None` where the source doesn't say.
    pub occurred_at: Option<Timestamp>,
    /// Who says so, such as `poll:gated`.
    pub source: String,
    /// The source's id of this fact: the same (source, id) twice is one outcome.
    pub source_id: String,
    /// The ERP's document number.
    pub reference: Option<String>,
    /// The document, raw, for commits that come with one.
    pub document: Option<Bytes>,
}

/// One pass of an observer over a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The lane whose ledger was read.
    pub lane: Lane,
    /// Who read, such as `poll:gated`.
    pub source: String,
    /// When the first request was sent, on this machine's clock.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// The window: documents committed since then; `None` means all.
    pub since: Option<Timestamp>,
    /// Whether it came to its end. One that did not proves nothing.
    pub complete: bool,
    /// Pages read.
    pub pages: u32,
    /// Documents seen.
    pub documents: u64,
    /// How far the ledger's clock is ahead of ours, in microseconds, where its answers told.
    pub clock_offset_us: Option<i64>,
    /// Half the width of the interval that `clock_offset_us` is the middle of.
    pub clock_uncertainty: Option<Duration>,
    /// Why it did not come to its end.
    pub error: Option<String>,
}

/// Who stands behind a watermark: how much it proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WatermarkKind {
    /// A source told it beside its events: worth one adequate reading.
    Told,
    /// A person declared an export complete: proves absence by itself.
    Declared,
}
names!(WatermarkKind, "watermark kind", { Told => "told", Declared => "declared" });

/// "Every commit up to `at` has been seen", said by a callback or an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// The lane.
    pub lane: Lane,
    /// Who says so.
    pub source: String,
    /// Up to when, on the source's clock.
    pub at: Timestamp,
    /// How much it proves.
    pub kind: WatermarkKind,
}

/// A look-up of one order in a ledger, by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The lane whose ledger was asked.
    pub lane: Lane,
    /// Who asked, such as `poll:gated`.
    pub source: String,
    /// The order key of its captures, whatever names the ledger was asked for.
    pub order_key: OrderKey,
    /// When the first request was sent, on this machine's clock.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How many documents there were; they are outcomes of their own. `None`: it failed, and proves nothing.
    pub documents: Option<u32>,
    /// Why it failed.
    pub error: Option<String>,
}

impl Reading {
    /// Whether this reading is adequate for an order that was sent from `first` to `last` (DESIGN 4): it came
    /// to its end, began `settle` (horizon and lag) after the last send, and its window reaches back to the
    /// first send less `overlap`. What such a reading lacks was not in the ledger.
    #[must_use]
    pub fn is_adequate(&self, first: Timestamp, last: Timestamp, settle: Duration, overlap: Duration) -> bool {
        let begins_late_enough = last.saturating_add(settle).is_ok_and(|from| self.began_at >= from);
        let reaches_back = match (self.since, first.saturating_sub(overlap)) {
            (None, _) => true,
            (Some(since), Ok(reach)) => since <= reach,
            (Some(_), Err(_)) => false,
        };
        self.complete && begins_late_enough && reaches_back
    }
}
