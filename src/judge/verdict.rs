//! What the judge says of one order: fates, parity, and what they rest on. `paritee order` shows it.

use jiff::{SignedDuration, Timestamp};

use super::{Fate, OrderCompared, Parity};
use crate::order::OrderKey;
use crate::outcome::PerLane;

/// What became of one order on both lanes.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The order.
    pub key: OrderKey,
    /// When it was first received.
    pub received_at: Timestamp,
    /// Whether it counts among the orders of the run. An order none of whose `create` captures was teed or
    /// excluded does not: it was skipped, and is counted as such.
    pub counted: bool,
    /// Its fate on each lane.
    pub fates: PerLane<Fate>,
    /// What the comparison of its documents found; `None` where it was not compared, as while it is pending.
    pub compared: Option<OrderCompared>,
    /// How the two relate; `open` as well for excluded orders, whose parity is not counted.
    pub parity: Parity,
    /// What each fate rests on.
    pub lanes: PerLane<LaneVerdict>,
}

/// What a fate rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneVerdict {
    /// The documents that were ever seen, in the order of first sighting.
    pub documents: Vec<DocumentSeen>,
    /// When the order was first sent to this lane; `None`: no send that can have reached it is on record.
    pub first_send: Option<Timestamp>,
    /// From the first send to the commit, the skew of the clocks taken off; `None` where either is not known.
    pub commit_latency: Option<SignedDuration>,
    /// When the customer was told, by this lane.
    pub confirmed: Option<Confirmed>,
    /// Whether a reading was had that would have shown the order's document, or a watermark said.
    pub read_adequately: bool,
    /// Why this fate, in a sentence.
    pub why: String,
}

/// A document of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentSeen {
    /// Its number in the ERP; `None` where the observer doesn't say.
    pub reference: Option<String>,
    /// When it was committed, on the ledger's clock.
    pub committed_at: Option<Timestamp>,
    /// When its first sighting was recorded, on this machine's clock.
    pub first_seen_at: Timestamp,
    /// What is known of it now.
    pub state: DocumentState,
}

/// What is known of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentState {
    /// In the ledger when last read.
    Present,
    /// The last reading lacks it; a second one decides.
    Missing,
    /// Two readings in a row lack it.
    Gone,
    /// Cancelled, by its own number.
    Cancelled,
}

/// The moment at which the customer was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// When: on this machine's clock where derived, else on the clock of the source that says so.
    pub at: Timestamp,
    /// Whether it follows from the lane's flow and answers rather than from an observer.
    pub derived: bool,
}
