//! What a capture file yields: one request after the other, with the answers that were recorded beside it.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::Place;
use crate::outcome::{Ending, Headers, Lane, names};

/// One captured request, as far as the file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where in the file it begins.
    pub place: Place,
    /// What the file calls it, such as a capture's UUID; need not be unique. `None` where the format has no ids.
    pub id: Option<String>,
    /// When it was captured, by the clock of whoever captured it; `None` where the file doesn't tell, and a diagnosis says so.
    /// Times need be neither unique nor in order.
    pub at: Option<Timestamp>,
    /// The HTTP method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header fields in their order, names in lower case. They may speak of a framing that the body no longer has
    /// (`transfer-encoding`); there may be no `host`.
    pub headers: Headers,
    /// The body, without the framing of chunks; a `content-encoding` is left as it is.
    pub body: Bytes,
    /// Why the request is not whole. Such a request is never sent.
    pub incomplete: Option<Incomplete>,
    /// The answers that the file holds, at most one for each lane.
    pub answers: Vec<RecordedAnswer>,
}

/// Why a request is not the one that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Incomplete {
    /// The body ends before it should.
    BodyCut,
    /// The body was never recorded, or was purged.
    BodyMissing,
    /// The body is longer than its `content-length`: where it ends can't be known.
    LengthDiffers,
    /// A separator stands inside it: it may be two records.
    AmbiguousEnd,
    /// The file holds what the request means, and not its bytes.
    NotAsSent,
}
names!(Incomplete, "reason why a request is incomplete", {
    BodyCut => "body_cut", BodyMissing => "body_missing", LengthDiffers => "length_differs",
    AmbiguousEnd => "ambiguous_end", NotAsSent => "not_as_sent",
});

/// An answer that was recorded with its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// The lane that gave it; `None` where the file knows no lanes: the one that was live when it was captured.
    pub lane: Option<Lane>,
    /// How the send ended.
    pub ending: Ending,
    /// When the head of the answer came, or the send was given up.
    pub at: Option<Timestamp>,
    /// From sending to the head of the answer. GoReplay counts to the answer's end.
    pub took: Option<Duration>,
    /// HTTP status, where a head came.
    pub status: Option<u16>,
    /// Header fields in their order, names in lower case.
    pub headers: Headers,
    /// The body, as far as it was recorded.
    pub body: Bytes,
    /// The body's length in bytes as received; more than `body` holds where that was not recorded whole.
    pub body_bytes: u64,
    /// What the connection said, where it failed.
    pub error: Option<String>,
}

impl Record {
    /// The answer of a lane; `live` says which one it is where the file knows no lanes.
    #[must_use]
    pub fn answer_of(&self, lane: Lane, live: Lane) -> Option<&RecordedAnswer> {
        self.answers.iter().find(|answer| answer.lane.unwrap_or(live) == lane)
    }

    /// Bytes that it takes in memory, roughly.
    pub(in crate::replay) fn weight(&self) -> usize {
        let fields =
            |headers: &Headers| headers.iter().map(|(name, value)| name.len() + value.len() + 64).sum::<usize>();
        let answers = self.answers.iter().map(|answer| fields(&answer.headers) + answer.body.len() + 256);
        fields(&self.headers) + self.target.len() + self.body.len() + 256 + answers.sum::<usize>()
    }
}
