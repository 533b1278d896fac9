//! Gaps: periods or requests for which evidence is missing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lane::names;
use super::{Lane, RowId};
use crate::order::OrderKey;

/// Why evidence is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// The process ended without a clean close: nothing is known from the last seal to the next start.
    Down,
    /// The journal took longer than `journal_wait_max_ms`: the order went on before its capture was durable.
    JournalSlow,
    /// The journal's queue was full or its file could not be written: the request is in no row.
    JournalUnavailable,
    /// A body over `body_bytes_max` was streamed on and not kept.
    BodyTooLarge,
    /// An answer came whose record was lost.
    AnswerUnrecorded,
}
names!(GapReason, "gap reason", {
    Down => "down", JournalSlow => "journal_slow", JournalUnavailable => "journal_unavailable",
    BodyTooLarge => "body_too_large", AnswerUnrecorded => "answer_unrecorded",
});

/// A period or a request for which evidence is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Why.
    pub reason: GapReason,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How many requests it covers; `None` where that can't be known.
    pub requests: Option<u64>,
    /// The lane, where only one is concerned.
    pub lane: Option<Lane>,
    /// The row of the capture, where the request did reach the journal.
    pub capture: Option<RowId>,
    /// The order key, where it is one request whose key is known.
    pub order_key: Option<OrderKey>,
    /// More for the reader.
    pub detail: Option<String>,
}
