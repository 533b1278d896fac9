//! Attempts to send a capture to a lane, and how they ended.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lane::names;
use super::{Headers, Lane, RowId};

/// Why a capture is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendReason {
    /// The first time.
    First,
    /// The lane said *not now* or could not be reached.
    NotNow,
    /// The outcome was unknown, and an adequate reading has no document (or the lane is idempotent).
    Resend,
}
names!(SendReason, "send reason", { First => "first", NotNow => "not_now", Resend => "resend" });

/// The intent to send a capture to a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The row of the capture.
    pub capture: RowId,
    /// Where it goes.
    pub lane: Lane,
    /// Counted from 1 for each capture and lane.
    pub number: u32,
    /// Why.
    pub reason: SendReason,
    /// When.
    pub at: Timestamp,
    /// The key that the copy carries; `None` on the live lane, whose requests are left as they are.
    pub idempotency_key: Option<String>,
}

/// How a send ended, as far as the connection tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// A final answer came, whole.
    Answered,
    /// A final answer's head came, its body not whole.
    Cut,
    /// No connection: not a byte was sent.
    Refused,
    /// Nothing within the time.
    TimedOut,
    /// The connection broke before an answer's head.
    Broken,
    /// What came back is no HTTP.
    Garbled,
}
names!(Ending, "ending", {
    Answered => "answered", Cut => "cut", Refused => "refused", TimedOut => "timed_out", Broken => "broken", Garbled => "garbled",
});

/// How a send ended. An attempt without an answer is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The row of the attempt.
    pub attempt: RowId,
    /// Where it went.
    pub lane: Lane,
    /// How it ended.
    pub ending: Ending,
    /// When the head of the answer came, or the send was given up.
    pub at: Timestamp,
    /// From the first byte sent to the head of the answer, or to giving up.
    pub took: Duration,
    /// HTTP status, where a head came.
    pub status: Option<u16>,
    /// Header fields of the answer, cookies withheld.
    pub headers: Headers,
    /// The raw body, up to `answer_bytes_max`.
    pub body: Bytes,
    /// The body's length in bytes as received.
    pub body_bytes: u64,
    /// What the connection said, where it failed.
    pub error: Option<String>,
}

/// Where a new document is found.
pub(super) const LOCATION: &str = "location";

/// When to come again.
pub(super) const RETRY_AFTER: &str = "retry-after";

/// The headers that the meaning of an answer depends on. Who only asks for the meaning may leave others out.
pub const TELLING_HEADERS: [&str; 2] = [LOCATION, RETRY_AFTER];

impl Answer {
    /// The first value of a header field, by its lower-case name, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(field, _)| field == name)?;
        std::str::from_utf8(value).ok()
    }
}
