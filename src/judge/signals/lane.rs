//! What is counted of one lane, and the signals that it comes to.

use super::handoff::Steps;
use super::moments::Moments;
use super::spread::{Counted, Spread, Took};
use super::summary::{Feeds, Invisibility, LaneSignals, Signal};
use crate::judge::clocks::Known;
use crate::stats::{Sum, sum_of_fields};

/// Signals of a lane as they are counted.
#[derive(Clone, Debug, Default)]
pub(super) struct LaneCounted {
    pub(super) steps: Steps,
    pub(super) confirmed: u64,
    pub(super) invisible: u64,
    pub(super) withdrawn: u64,
    pub(super) window: Counted,
    pub(super) queued: Counted,
    pub(super) latency: Counted,
    pub(super) allocation: Counted,
    pub(super) feeds: Feeds,
    pub(super) ahead_by: Counted,
}

impl Sum for LaneCounted {
    fn plus(&mut self, other: &Self) {
        let Self { steps, confirmed, invisible, withdrawn, window, queued, latency, allocation, feeds, ahead_by } =
            other;
        self.steps.plus(steps);
        self.confirmed.plus(confirmed);
        self.invisible.plus(invisible);
        self.withdrawn.plus(withdrawn);
        self.window.plus(window);
        self.queued.plus(queued);
        self.latency.plus(latency);
        self.allocation.plus(allocation);
        self.feeds.plus(feeds);
        self.ahead_by.plus(ahead_by);
    }

    fn minus(&mut self, other: &Self) -> bool {
        let Self { steps, confirmed, invisible, withdrawn, window, queued, latency, allocation, feeds, ahead_by } =
            other;
        // As long as no source tells of allocations, how long orders have waited for them is not reported: it was counted at
        // another time, and is another now.
        let is_allocation_told = if self.steps.allocated == 0 {
            self.allocation = Counted::default();
            true
        } else {
            self.allocation.minus(allocation)
        };
        let told = [
            is_allocation_told,
            self.steps.minus(steps),
            self.confirmed.minus(confirmed),
            self.invisible.minus(invisible),
            self.withdrawn.minus(withdrawn),
            self.window.minus(window),
            self.queued.minus(queued),
            self.latency.minus(latency),
            self.feeds.minus(feeds),
            self.ahead_by.minus(ahead_by),
        ];
        !told.contains(&false)
    }

    fn is_nothing(&self) -> bool {
        self.steps.is_nothing()
    }
}

sum_of_fields!(Feeds { published, ahead, in_order, unknown } but { ahead_by });

impl LaneCounted {
    /// Counts when a feed counted the order, beside when goods were set aside for it.
    pub(super) fn feed(&mut self, moments: &Moments<'_>) {
        let Some(fed) = &moments.fed else { return };
        self.feeds.published += 1;
        let (later, ahead_by) = match &moments.allocated {
            Some(allocated) => (allocated.later_than(fed), fed.until(allocated).took()),
            // Nobody tells when goods were set aside: surely not before the ERP had the order.
            None => match (moments.committed.later_than(fed), moments.committed.wait(fed, false).took()) {
                (Known::Yes, Took::Ms(ms)) => (Known::Yes, Took::AtLeast(ms)),
                (Known::Yes, took) => (Known::Yes, took),
                (Known::No | Known::Unknown, took) => (Known::Unknown, took),
            },
        };
        match later {
            Known::Yes => {
                self.feeds.ahead += 1;
                self.ahead_by.add(ahead_by);
            }
            Known::No => self.feeds.in_order += 1,
            Known::Unknown => self.feeds.unknown += 1,
        }
    }

    pub(super) fn signals(&self) -> LaneSignals {
        let window = Invisibility {
            confirmed: self.confirmed,
            invisible: self.invisible,
            withdrawn: self.withdrawn,
            window: self.window.spread(),
        };
        let (queued, latency, allocation) = (self.queued.spread(), self.latency.spread(), self.allocation.spread());
        let feeds = Feeds { ahead_by: self.ahead_by.spread(), ..self.feeds.clone() };
        let (none_confirmed, none_due) =
            (window.window == Spread::default() && self.withdrawn == 0, latency == Spread::default());
        LaneSignals {
            invisibility: unless(none_confirmed, "this lane confirmed no order", window),
            queued: unless(queued == Spread::default(), "no order was sent to this lane", queued),
            commit_latency: unless(none_due, "no order was sent to this lane that it was to commit", latency),
            allocation: unless(self.steps.allocated == 0, "no source tells of allocations on this lane", allocation),
            feeds: unless(self.steps.fed == 0, "no source tells of feeds on this lane", feeds),
            handoff: self.steps.summary(),
        }
    }
}

fn unless<T>(is_missing: bool, why: &'static str, measured: T) -> Signal<T> {
    if is_missing { Signal::Missing(why) } else { Signal::Measured(measured) }
}
