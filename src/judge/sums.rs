//! What several judges counted of one run, put together; and what one counted of some orders, taken away again. For judging
//! while the journal grows: an order that is settled is counted once, and not again at each pass.

use super::adequacy::Adequate;
use super::{Fate, Judge, Timeline, Weighed};
use crate::outcome::{Lane, PerLane};
use crate::stats::Sum;

impl Judge {
    /// Takes in what another judge of the same run counted: of other orders, documents and rows of the census. In whatever
    /// sequence that is done, and however they are divided among judges, the assessment is the same, unless one [is full](Self::is_full).
    pub fn absorb(&mut self, other: &Self) {
        let Self { tally, exceptions, rejections, tie_out, coverage, sample, signals, holes, .. } = other;
        self.tally.plus(tally);
        self.exceptions.plus(exceptions);
        self.rejections.plus(rejections);
        self.tie_out.plus(tie_out);
        self.coverage.plus(coverage);
        self.sample.plus(sample);
        self.signals.plus(signals);
        self.holes.plus(holes);
    }

    /// Takes away what another judge counted, all of which this one counted as well. False where what is left can't be told:
    /// then it is worth nothing, and has to be counted anew.
    #[must_use]
    pub fn strike(&mut self, other: &Self) -> bool {
        let Self { tally, exceptions, rejections, tie_out, coverage, sample, signals, holes, .. } = other;
        let told = [
            self.tally.minus(tally),
            self.exceptions.minus(exceptions),
            self.rejections.minus(rejections),
            self.tie_out.minus(tie_out),
            self.coverage.minus(coverage),
            self.sample.minus(sample),
            self.signals.minus(signals),
            self.holes.minus(holes),
        ];
        !told.contains(&false)
    }

    /// Whether something was left out as there was no room for it: which that is depends on the sequence in which orders came.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let sources = Lane::ALL.iter().any(|lane| self.tally.observers.get(*lane).is_full());
        sources || self.tally.comparison.is_full() || self.exceptions.is_full() || self.tie_out.is_full()
    }

    /// Whether all that the orders of a run share is to this judge as to `before`, as far as it matters to an order that
    /// [is settled](Self::is_settled). More readings, and more gaps that name an order, don't matter to one.
    #[must_use]
    pub fn stands_where(&self, before: &Self) -> bool {
        let clocks = Lane::ALL.iter().all(|lane| self.lanes.get(*lane).tells_as(before.lanes.get(*lane)));
        let rules = match (&self.comparer, &before.comparer) {
            (Some(own), Some(other)) => own.applies_as(other),
            (own, other) => own.is_none() && other.is_none(),
        };
        clocks
            && rules
            && self.policy == before.policy
            && self.begin == before.begin
            && self.begins == before.begins
            && self.census == before.census
            && self.census_through == before.census_through
            && self.live_run == before.live_run
            && self.clock_back == before.clock_back
            && self.rejections.agrees_as(&before.rejections)
            && self.holes.hides_as(&before.holes)
    }

    /// On which lanes a source told that goods were set aside for an order.
    #[must_use]
    pub fn allocations(&self) -> PerLane<bool> {
        self.allocations_told()
    }

    /// Whether what an order adds to an assessment is the same from now on, until a row of its own comes: whatever else is
    /// read, and whatever the time. It stands as long as the judge [stands where](Self::stands_where) it did, and no source begins
    /// to tell of allocations on a lane where `told` says that none does.
    ///
    /// It lies in the judged window, no gap names it, and on each lane a reading was adequate for it, and shows a document; or
    /// none was to come. Lost orders are never settled: how long they have been missing is told.
    #[must_use]
    pub fn is_settled(&self, timeline: &Timeline, weighed: &Weighed, told: PerLane<bool>) -> bool {
        let Weighed { order, cases, rows, .. } = weighed;
        let fates = PerLane::from_fn(|lane| rows.get(lane).fate);
        let is_read = Lane::ALL.iter().all(|lane| cases.get(*lane).adequate > Adequate::No);
        let is_off = |fate: Fate| matches!(fate, Fate::Rejected | Fate::Withdrawn | Fate::Unsent | Fate::Excluded);
        let is_there = |lane: Lane| !cases.get(lane).documents.all.is_empty();
        let is_decided = Lane::ALL.iter().all(|lane| is_there(*lane) || is_off(*fates.get(*lane)) || !order.counted);
        let is_alone = Lane::ALL.iter().all(|lane| !timeline.lanes.get(*lane).shares_document);
        let is_measured = order.counted && !order.excluded;
        order.received_at < self.until
            && is_read
            && is_decided
            && is_alone
            && !self.holes.names(&timeline.key, &timeline.captures)
            && (!is_measured || self.signals_are_settled(order, timeline, cases, fates, told))
    }
}
