//! The input of the judge: all that the journal holds of one order, on both lanes.

use bytes::Bytes;
use jiff::Timestamp;

use crate::order::OrderKey;
use crate::outcome::{Answer, Lookup, Operation, Outcome, PerLane, RowId, SendReason, Skip};

/// All that the journal holds of one order.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The order key of its captures.
    pub key: OrderKey,
    /// Its captures in this run, in the order of recording; at least one of them is a `create`.
    pub captures: Vec<CaptureSeen>,
    /// What was sent to each lane and what became of it there.
    pub lanes: PerLane<LaneEvents>,
    /// What the census says of it.
    pub in_census: InCensus,
    /// The row of the census that lists it; `None` unless it is to be counted.
    pub census_document: Option<Bytes>,
}

/// What the census says of an order that was captured, under any of its names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InCensus {
    /// It is not in it. That proves something only where the census reaches beyond the order.
    #[default]
    Absent,
    /// A name that it shares with another order is in it: it may be either.
    Shared,
    /// It is in it as one that the lanes need not have.
    Excluded,
    /// It is in it.
    Listed,
}

/// An order as the census lists it, and what captures and ledgers have of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CensusListing {
    /// Its name there.
    pub key: OrderKey,
    /// When it was placed, on the storefront's clock; `None` where the list doesn't say.
    pub placed_at: Option<Timestamp>,
    /// Why the lanes need not have it.
    pub excluded: Option<String>,
    /// What captures and ledgers have of it.
    pub listed: Listed,
    /// The row itself; `None` unless it is to be counted.
    pub document: Option<Bytes>,
}

/// What captures and ledgers have of an order of the census.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// A `create` of it was captured in some run.
    Captured,
    /// Several captured orders go by its name.
    Shared,
    /// No `create` of it was captured, though others may have been.
    Uncaptured {
        /// Whether each ledger has a document of this name.
        documents: PerLane<bool>,
    },
}

/// A capture, as far as it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureSeen {
    /// Its row.
    pub row: RowId,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it was captured first, where it is replayed from a file that tells. Nothing is judged by it but in which hours orders came.
    pub occurred_at: Option<Timestamp>,
    /// What it does to the order.
    pub operation: Operation,
    /// The reason of the exclusion rule that applies, if one does.
    pub excluded: Option<String>,
    /// Why it was not teed.
    pub skip: Option<Skip>,
    /// The source's id of the event, equal over redeliveries.
    pub event_id: Option<String>,
    /// The source's id of this delivery.
    pub delivery_id: Option<String>,
    /// What it ordered; `None` unless it has to be counted or compared, as bodies are large and only then looked at.
    pub payload: Option<Payload>,
}

/// What a capture holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The path pattern of its route, by which its lines are found.
    pub route: String,
    /// The raw body; empty where it was purged.
    pub body: Bytes,
}

impl CaptureSeen {
    /// Whether this is the same event as an `earlier` capture, delivered again.
    #[must_use]
    pub fn redelivers(&self, earlier: &Self) -> bool {
        self.event_id.is_some() && self.event_id == earlier.event_id && self.operation == earlier.operation
    }
}

/// What was sent to one lane for an order, and what became of it there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneEvents {
    /// Sends of all its captures, in the order of recording.
    pub sends: Vec<Send>,
    /// Outcomes from observers under any name of the order, in the order of recording.
    pub outcomes: Vec<OutcomeSeen>,
    /// Whether the lane has a document under a name that this order shares with another one: it may be this order's,
    /// so that nothing is proven to be absent.
    pub shares_document: bool,
    /// Look-ups of it by its key, in the order of recording.
    pub lookups: Vec<Lookup>,
}

/// One attempt and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Send {
    /// The row of the attempt.
    pub row: RowId,
    /// The row of the capture.
    pub capture: RowId,
    /// What the capture does to the order.
    pub operation: Operation,
    /// Why it was sent.
    pub reason: SendReason,
    /// When.
    pub at: Timestamp,
    /// How it ended; `None`: unknown (a crash, or still in flight).
    pub answer: Option<Answer>,
}

/// An outcome as recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeSeen {
    /// Its row.
    pub row: RowId,
    /// When it was recorded, on this machine's clock.
    pub recorded_at: Timestamp,
    /// What was said.
    pub outcome: Outcome,
}

/// A document whose order key no capture of any run explains (nor a name that two orders share).
#[derive(Clone, Debug, PartialEq)]
pub struct StrayDocument {
    /// The latest sighting of it.
    pub seen: OutcomeSeen,
    /// The row of the first sighting: before the run's first capture it is `before_the_run`.
    pub first_row: RowId,
    /// Whether its name is one that several orders share: it may belong to any of them.
    pub is_shared: bool,
    /// Whether the census has its order key.
    pub in_census: bool,
}
