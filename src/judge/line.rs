//! One order in a list: what became of it on both lanes, and whether a commit is still waited for.

use jiff::Timestamp;

use super::parity::{Decided, decided};
use super::words::Word;
use super::{Fate, Judge, Parity, Timeline, Weighed};
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane};

/// What a list of orders says of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// The order.
    pub key: OrderKey,
    /// When it was first received.
    pub received_at: Timestamp,
    /// Its fate on each lane.
    pub fates: PerLane<Fate>,
    /// How the two relate.
    pub parity: Parity,
    /// The commit that is still waited for, on each lane.
    pub awaited: PerLane<Option<Awaited>>,
}

/// A commit that a lane has promised, and that is not on record yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// When it was first sent to the lane.
    pub since: Timestamp,
    /// When its deadline (`sla`) is over. From then on it is an Ingestion Pending Audit.
    pub due_at: Timestamp,
    /// Whether the lane has flagged it by itself.
    pub flagged: bool,
}

impl Judge {
    /// The line of an order, as it was `weighed`; `None` where it is none of the run's orders.
    #[must_use]
    pub fn line(&self, timeline: &Timeline, weighed: &Weighed) -> Option<OrderLine> {
        let order = &weighed.order;
        order.counted.then(|| OrderLine {
            key: timeline.key.clone(),
            received_at: order.received_at,
            fates: PerLane::from_fn(|lane| weighed.rows.get(lane).fate),
            parity: weighed.parity,
            awaited: PerLane::from_fn(|lane| self.awaited(lane, weighed)),
        })
    }

    fn awaited(&self, lane: Lane, weighed: &Weighed) -> Option<Awaited> {
        let (order, case) = (&weighed.order, weighed.cases.get(lane));
        // What is proven to be lost waits for somebody, and no more for the lane.
        let is_undecided = decided(weighed.rows.get(lane).fate) == Decided::Open;
        let is_open = is_undecided && case.documents.all.is_empty() && order.cancelled_at.is_none() && !order.excluded;
        let since = case.words.first_send.filter(|_| is_open && case.words.word == Word::Acknowledged)?;
        let due_at = since.checked_add(self.lanes.get(lane).policy.sla).unwrap_or(Timestamp::MAX);
        Some(Awaited { since, due_at, flagged: case.words.flagged })
    }
}
