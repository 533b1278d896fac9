//! The six steps of a handoff, and which of them came in the gated sequence: placed, state written (the lane has taken the order),
//! ingested (the ERP has committed it), validated (it has set goods aside for it), confirmed, feeds updated.
//!
//! A step came in sequence when every step before it had come by then, as far as clocks can tell; early when one surely had
//! not. Where a step before it may have come later, it is unknown. What a lane's sources never tell of is no step of
//! that lane, and no other step is held against it.

use serde::Serialize;

use super::moments::{Moments, Wait};
use crate::judge::clocks::Known;
use crate::outcome::names;
use crate::stats::sum_of_fields;

/// A step of the handoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The storefront sent the order.
    Placed,
    /// The lane has taken it, as an answer or an outcome says.
    StateWritten,
    /// The ERP has committed it.
    Ingested,
    /// The ERP has set goods aside for it.
    Validated,
    /// The customer was told.
    Confirmed,
    /// Stock quantities that count it were published.
    FeedsUpdated,
}
names!(Step, "step of the handoff", {
    Placed => "placed", StateWritten => "state_written", Ingested => "ingested", Validated => "validated",
    Confirmed => "confirmed", FeedsUpdated => "feeds_updated",
});

/// How many orders took a step, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepSummary {
    /// The step.
    pub step: Step,
    /// How many; `null` where no source of this lane ever told of such a step.
    pub orders: Option<StepOrders>,
}

/// Orders by how they took a step. All four add up to the orders that are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StepOrders {
    /// Every step before had come by then.
    pub in_sequence: u64,
    /// A step before it surely had not.
    pub early: u64,
    /// Taken or perhaps taken, and it can't be told whether in sequence.
    pub unknown: u64,
    /// Not taken, as far as anybody told.
    pub not_taken: u64,
}

/// How an order came to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    InSequence,
    /// In sequence, where the lane's sources tell of no allocations: this order has none.
    UnlessAllocated,
    Early,
    Unknown,
    Not,
}

/// The steps of a lane as they are counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    all: [Counted; 6],
    pub(super) allocated: u64,
    pub(super) fed: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    orders: StepOrders,
    unless_allocated: u64,
}

sum_of_fields!(Steps { all, allocated, fed });
sum_of_fields!(Counted { orders, unless_allocated });
sum_of_fields!(StepOrders { in_sequence, early, unknown, not_taken });

impl Steps {
    pub(super) fn add(&mut self, moments: &Moments<'_>) {
        self.allocated += u64::from(moments.allocated.is_some());
        self.fed += u64::from(moments.fed.is_some());
        let steps = [
            Came::InSequence,
            written(moments),
            ingested(moments),
            validated(moments),
            confirmed(moments),
            fed(moments),
        ];
        for (counted, came) in self.all.iter_mut().zip(steps) {
            match came {
                Came::InSequence => counted.orders.in_sequence += 1,
                Came::UnlessAllocated => counted.unless_allocated += 1,
                Came::Early => counted.orders.early += 1,
                Came::Unknown => counted.orders.unknown += 1,
                Came::Not => counted.orders.not_taken += 1,
            }
        }
    }

    pub(super) fn summary(&self) -> Vec<StepSummary> {
        let steps = Step::ALL.iter().zip(&self.all);
        steps
            .map(|(&step, counted)| {
                let told = match step {
                    Step::Validated => self.allocated > 0,
                    Step::FeedsUpdated => self.fed > 0,
                    _ => true,
                };
                StepSummary { step, orders: told.then(|| counted.resolved(self.allocated > 0)) }
            })
            .collect()
    }
}

impl Counted {
    /// An order that lacks an allocation is in doubt only on a lane whose sources tell of allocations.
    fn resolved(self, are_told: bool) -> StepOrders {
        let StepOrders { in_sequence, unknown, .. } = self.orders;
        let (kept, doubtful) = if are_told { (0, self.unless_allocated) } else { (self.unless_allocated, 0) };
        StepOrders { in_sequence: in_sequence + kept, unknown: unknown + doubtful, ..self.orders }
    }
}

const fn written(moments: &Moments<'_>) -> Came {
    match (moments.taken, moments.answer_hidden) {
        (true, _) => Came::InSequence,
        (false, true) => Came::Unknown,
        (false, false) => Came::Not,
    }
}

const fn ingested(moments: &Moments<'_>) -> Came {
    use super::moments::Committed;
    match moments.committed {
        Committed::At(_) => Came::InSequence,
        Committed::NotUntil(_) => Came::Not,
        // A lane that nobody sent it to, or that refused it, need not be read to know.
        Committed::Unread if moments.is_off => Came::Not,
        Committed::Unread => Came::Unknown,
    }
}

fn validated(moments: &Moments<'_>) -> Came {
    match &moments.allocated {
        None => Came::Not,
        Some(allocated) => came([moments.committed.later_than(allocated)]),
    }
}

fn confirmed(moments: &Moments<'_>) -> Came {
    let Some(confirmed) = &moments.confirmed else {
        return if moments.answer_hidden { Came::Unknown } else { Came::Not };
    };
    let committed = match moments.committed.wait(confirmed, moments.named) {
        Wait::None => Known::No,
        Wait::Ended { .. } | Wait::Open { .. } => Known::Yes,
        Wait::Unknown(_) => moments.committed.later_than(confirmed),
    };
    unless_allocated(moments, came([committed, allocation(moments, confirmed)]))
}

fn fed(moments: &Moments<'_>) -> Came {
    let Some(fed) = &moments.fed else { return Came::Not };
    let told = moments.confirmed.as_ref().map_or(Known::Unknown, |confirmed| confirmed.later_than(fed));
    unless_allocated(moments, came([moments.committed.later_than(fed), allocation(moments, fed), told]))
}

/// Whether goods were set aside later than `event`; what is not told is left to [`unless_allocated`].
fn allocation(moments: &Moments<'_>, event: &super::moments::Event<'_>) -> Known {
    moments.allocated.as_ref().map_or(Known::No, |allocated| allocated.later_than(event))
}

fn unless_allocated(moments: &Moments<'_>, came: Came) -> Came {
    if came == Came::InSequence && moments.allocated.is_none() { Came::UnlessAllocated } else { came }
}

/// How a step came, by whether those before it came later.
fn came<const N: usize>(before: [Known; N]) -> Came {
    match () {
        () if before.contains(&Known::Yes) => Came::Early,
        () if before.contains(&Known::Unknown) => Came::Unknown,
        () => Came::InSequence,
    }
}
