//! Signals of the broken handoff, measured on each lane: how long customers believe in orders that no ERP has, what can be
//! sold twice meanwhile, feeds that are ahead, demand that the ERP doesn't know of, how fast goods are set aside, and which
//! steps came in the gated order. They judge nothing: gates do.
//!
//! Measured are the orders that are judged: within the window, and not excluded. An order at a time, in any sequence; what it takes
//! is bounded by SKUs, days and buckets of time, never by orders. Where evidence is missing a signal says which, and is never zero.

mod drift;
mod goods;
mod handoff;
mod kept;
mod lane;
mod moments;
mod over_time;
mod oversell;
mod spread;
mod summary;

use jiff::Timestamp;

use super::clocks::Known;
use super::compare::{Contents, Side};
use super::facts::{LaneCase, OrderCase};
use super::{Fate, Judge, Timeline};
use crate::outcome::{Lane, PerLane};
use crate::stats::sum_of_fields;
use drift::Drifting;
use lane::LaneCounted;
use moments::{CLOCK, Committed, Event, Moments, NO_TIME, UNREAD, Wait, ms};
use over_time::{Curves, Open};
use oversell::Exposures;
use spread::Took;

pub use drift::{DayDrift, DaySales, Drift, SkuDrift, SkuSales, Sold, SoldOrders};
use goods::Goods;
pub use handoff::{Step, StepOrders, StepSummary};
pub use over_time::{OverTime, Series};
pub use oversell::{Exposure, Oversell, SkuExposure};
pub use spread::{Quantile, Spread, SpreadStep};
pub use summary::{Feeds, Invisibility, LaneSignals, Signal, Signals};

/// Under which name SKUs are counted that are not kept apart.
const OTHER_SKUS: &str = "(other SKUs)";

/// Under which name currencies are counted that are not kept apart.
const OTHER_CURRENCIES: &str = "(other currencies)";

/// Why a window is not known: an answer that may have told the customer is not on record.
const ANSWER: &str = "answer";

/// Signals as they are counted.
#[derive(Clone, Debug)]
pub(super) struct Collected {
    as_of: Timestamp,
    orders: u64,
    pending: u64,
    lanes: PerLane<LaneCounted>,
    curves: Curves,
    exposures: Exposures,
    drifting: Drifting,
}

sum_of_fields!(Collected { orders, pending, lanes, curves, exposures, drifting } but { as_of });

impl Judge {
    /// Measures an order that was judged.
    pub(super) fn count_signals(
        &mut self,
        order: &OrderCase,
        timeline: &Timeline,
        (side, contents): (&Side, &Contents<'_>),
        cases: &PerLane<LaneCase>,
        fates: PerLane<Fate>,
    ) {
        if !order.counted || order.excluded {
            return;
        }
        if order.received_at >= self.until {
            self.signals.pending += 1;
            return;
        }
        self.signals.orders += 1;
        let goods = &Goods::new(side, &self.policy.orders, contents);
        let mut is_confirmed = false;
        for &lane in Lane::ALL {
            let of = (self.lanes.get(lane), self.signals.as_of);
            let moments = Moments::of(order, timeline.lanes.get(lane), cases.get(lane), *fates.get(lane), of);
            is_confirmed |= moments.confirmed.is_some() && !moments.withdrawn;
            self.signals.add(lane, order.received_at, &moments, goods);
        }
        if is_confirmed && goods.units().is_none() {
            self.signals.exposures.without_units();
        }
    }
}

impl Judge {
    /// Whether what an order adds to the signals depends on nothing but its own rows; `told` is on which lanes any order was
    /// allocated. What a lane's sources never tell of is not reported.
    pub(super) fn signals_are_settled(
        &self,
        order: &OrderCase,
        timeline: &Timeline,
        cases: &PerLane<LaneCase>,
        fates: PerLane<Fate>,
        told: PerLane<bool>,
    ) -> bool {
        Lane::ALL.iter().all(|&lane| {
            let of = (self.lanes.get(lane), self.signals.as_of);
            let moments = Moments::of(order, timeline.lanes.get(lane), cases.get(lane), *fates.get(lane), of);
            let is_quiet = moments.confirmed.is_none() && moments.fed.is_none() && moments.allocated.is_none();
            let awaits_goods = moments.sent.is_some()
                && !moments.is_off
                && moments.allocated.is_none()
                && moments.cancelled.is_none()
                && !moments.undone;
            let is_known = matches!(moments.committed, Committed::At(_)) || (moments.is_off && is_quiet);
            is_known && !(awaits_goods && *told.get(lane))
        })
    }

    /// On which lanes a source told of allocations.
    pub(super) fn allocations_told(&self) -> PerLane<bool> {
        PerLane::from_fn(|lane| self.signals.lanes.get(lane).steps.allocated > 0)
    }
}

impl Collected {
    /// `from` is when the first order was captured.
    pub(super) fn new(from: Timestamp, as_of: Timestamp) -> Self {
        Self {
            as_of,
            orders: 0,
            pending: 0,
            lanes: PerLane::default(),
            curves: Curves::new(from),
            exposures: Exposures::new(from),
            drifting: Drifting::new(as_of),
        }
    }

    fn add(&mut self, lane: Lane, received_at: Timestamp, moments: &Moments<'_>, goods: &Goods<'_, '_>) {
        let as_of = self.as_of;
        let counted = self.lanes.get_mut(lane);
        counted.steps.add(moments);
        counted.feed(moments);
        if let Some(sent) = moments.sent {
            counted.queued.add(Took::Ms(ms(received_at, sent)));
        }
        if let Some(sent) = moments.sent.filter(|_| !moments.is_off) {
            let latency = latency(sent, &moments.committed);
            counted.latency.add(latency);
            let committed = match latency {
                Took::Ms(_) => moments.committed.middle(),
                Took::AtLeast(_) | Took::Unknown(_) => None,
            };
            if !matches!(latency, Took::Unknown(_)) {
                self.curves.add(Open::Backlog, lane, sent, committed.map(|at| at.max(sent)));
            }
            if let Some(took) = allocated_in(sent, moments, as_of) {
                counted.allocation.add(took);
            }
        }
        match &moments.confirmed {
            Some(_) if moments.withdrawn => counted.withdrawn += 1,
            Some(confirmed) => self.confirmed(lane, received_at, confirmed, moments, goods),
            None if moments.answer_hidden => counted.window.add(Took::Unknown(ANSWER)),
            None => {}
        }
    }

    fn confirmed(
        &mut self,
        lane: Lane,
        received_at: Timestamp,
        confirmed: &Event<'_>,
        moments: &Moments<'_>,
        goods: &Goods<'_, '_>,
    ) {
        let counted = self.lanes.get_mut(lane);
        let wait = moments.committed.wait(confirmed, moments.named);
        counted.confirmed += 1;
        counted.window.add(wait.took());
        match wait {
            Wait::Ended { from, to } => self.curves.add(Open::Invisible, lane, from, Some(to)),
            Wait::Open { from, .. } => self.curves.add(Open::Invisible, lane, from, None),
            Wait::None | Wait::Unknown(_) => {}
        }
        let is_early = moments.committed.later_than(confirmed) == Known::Yes && !moments.named;
        counted.invisible += u64::from(is_early || matches!(wait, Wait::Open { .. }));
        if let Some(units) = goods.units() {
            self.exposures.add(lane, units, unallocated(confirmed, moments, self.as_of));
        }
        let sold_at = confirmed.middle.unwrap_or(received_at);
        let by_then = Committed::At(*confirmed);
        let committed = if moments.named { &by_then } else { &moments.committed };
        self.drifting.add(lane, sold_at, goods, committed);
    }

    /// The signals of all that was handed in.
    pub(super) fn signals(&self) -> Signals {
        let told = |lane: Lane| self.lanes.get(lane).steps.allocated > 0;
        let both = |is: &dyn Fn(&LaneCounted) -> bool| PerLane::from_fn(|lane| is(self.lanes.get(lane)));
        Signals {
            orders: self.orders,
            orders_pending: self.pending,
            lanes: PerLane::from_fn(|lane| self.lanes.get(lane).signals()),
            over_time: self
                .curves
                .over_time(both(&|lane| !lane.window.is_empty()), both(&|lane| !lane.latency.is_empty())),
            oversell: self.exposures.summary(PerLane::from_fn(told)),
            drift: self.drifting.summary(),
        }
    }
}

/// From the first send to the commit.
fn latency(sent: Timestamp, committed: &Committed<'_>) -> Took {
    match committed {
        Committed::At(event) => {
            event.middle.map_or_else(|| Took::Unknown(event.why_unknown()), |at| Took::Ms(ms(sent, at)))
        }
        Committed::NotUntil(until) if sent < *until => Took::AtLeast(ms(sent, *until)),
        Committed::NotUntil(_) | Committed::Unread => Took::Unknown(UNREAD),
    }
}

/// From the first send until goods were set aside; `None` where nobody waits for it any more. What no source tells of has not come.
fn allocated_in(sent: Timestamp, moments: &Moments<'_>, as_of: Timestamp) -> Option<Took> {
    match &moments.allocated {
        Some(event) => {
            Some(event.middle.map_or_else(|| Took::Unknown(event.why_unknown()), |at| Took::Ms(ms(sent, at))))
        }
        None if moments.cancelled.is_some() || moments.undone => None,
        None => Some(Took::AtLeast(ms(sent, as_of))),
    }
}

/// How long units were promised and not set aside.
fn unallocated(confirmed: &Event<'_>, moments: &Moments<'_>, as_of: Timestamp) -> Wait {
    let Some(from) = confirmed.middle else { return Wait::Unknown(CLOCK) };
    match (&moments.allocated, moments.cancelled) {
        (Some(allocated), _) => confirmed.until(allocated),
        (None, Some(cancelled)) if cancelled > from => Wait::Ended { from, to: cancelled },
        (None, Some(_)) => Wait::None,
        (None, None) if moments.undone => Wait::Unknown(NO_TIME),
        (None, None) => Wait::Open { from, until: as_of },
    }
}
