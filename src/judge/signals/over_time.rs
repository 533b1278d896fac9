//! How many orders are open at a time, by what each of them adds and takes away again: no order is kept.
//!
//! Time is cut into buckets of a second, and of twice that whenever they would become too many, so that their number is
//! bounded for a run of any length and doesn't depend on the sequence of orders. Levels are those at the ends of buckets.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::outcome::{Lane, PerLane};
use crate::stats::Sum;

/// Buckets at most: seconds of eighteen hours, or spans of sixteen seconds of a week.
const BUCKETS_MAX: usize = 1 << 16;

/// Points of a curve at most.
const POINTS_MAX: usize = 120;

/// Orders that are open at a time, on both lanes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OverTime {
    /// When the curves begin; `null` where there is none.
    pub from: Option<Timestamp>,
    /// From one point of a curve to the next, in seconds.
    pub step_s: u64,
    /// How often orders were counted, in seconds: what opened and closed in between does not show.
    pub counted_every_s: u64,
    /// Orders confirmed that the ERP did not have; `null`: of none it is known when it had them.
    pub invisible: PerLane<Option<Series>>,
    /// Orders sent to the lane that the ERP did not have. Those rejected or withdrawn are left out.
    pub backlog: PerLane<Option<Series>>,
}

/// A curve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Series {
    /// The most at once.
    pub peak: u64,
    /// When that was first so; `null` where there never was any.
    pub peak_at: Option<Timestamp>,
    /// Those left at the end.
    pub at_end: u64,
    /// For each step, the most at once in it.
    pub orders: Vec<u64>,
}

/// What is counted over time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Open {
    Invisible,
    Backlog,
}

/// The curves as they are counted.
#[derive(Clone, Debug)]
pub(super) struct Curves {
    axis: Axis,
    /// How often an order came or went in a bucket, in any curve: they end with the last of them.
    steps: Vec<u32>,
    invisible: PerLane<Vec<i64>>,
    backlog: PerLane<Vec<i64>>,
}

/// Time cut into buckets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) from: Timestamp,
    pub(super) width_s: i64,
    buckets_max: usize,
}

impl Axis {
    /// Begins at a whole second.
    pub(super) fn new(from: Timestamp, buckets_max: usize) -> Self {
        let from = Timestamp::from_second(from.as_second()).unwrap_or(from);
        Self { from, width_s: 1, buckets_max }
    }

    /// The bucket of a time; what came before the beginning is in the first one. `None`: it is beyond the last one, and
    /// buckets have to be [widened](Self::widen).
    pub(super) fn bucket(&self, at: Timestamp) -> Option<usize> {
        let seconds = at.as_second().saturating_sub(self.from.as_second()).max(0);
        let bucket = usize::try_from(seconds / self.width_s).ok()?;
        (bucket < self.buckets_max).then_some(bucket)
    }

    /// Doubles the width: each two buckets become one.
    pub(super) const fn widen(&mut self) {
        self.width_s *= 2;
    }

    /// When a bucket begins.
    pub(super) fn at(&self, bucket: usize) -> Timestamp {
        let seconds = i64::try_from(bucket).unwrap_or(i64::MAX).saturating_mul(self.width_s);
        self.from.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }
}

/// Counts by buckets of time, which can be made wider.
pub(super) trait InStep: Clone {
    /// How time is cut.
    fn axis(&self) -> &Axis;

    /// Doubles the width of all buckets.
    fn widen(&mut self);

    /// Other ones with buckets as wide as these, which are widened where they are less so.
    fn in_step(&mut self, other: &Self) -> Self {
        let mut other = other.clone();
        while self.axis().width_s < other.axis().width_s {
            self.widen();
        }
        while other.axis().width_s < self.axis().width_s {
            other.widen();
        }
        other
    }
}

impl InStep for Curves {
    fn axis(&self) -> &Axis {
        &self.axis
    }

    fn widen(&mut self) {
        self.axis.widen();
        let Self { steps, invisible, backlog, .. } = self;
        *steps = steps.chunks(2).map(|pair| pair.iter().sum()).collect();
        for curve in [&mut invisible.legacy, &mut invisible.gated, &mut backlog.legacy, &mut backlog.gated] {
            *curve = curve.chunks(2).map(|pair| pair.iter().sum()).collect();
        }
    }
}

impl Curves {
    pub(super) fn new(from: Timestamp) -> Self {
        Self {
            axis: Axis::new(from, BUCKETS_MAX),
            steps: Vec::new(),
            invisible: PerLane::default(),
            backlog: PerLane::default(),
        }
    }

    /// Counts an order that is open from one time to another; `None`: it still is.
    pub(super) fn add(&mut self, open: Open, lane: Lane, from: Timestamp, to: Option<Timestamp>) {
        self.step(open, lane, from, 1);
        if let Some(to) = to {
            self.step(open, lane, to, -1);
        }
    }

    fn step(&mut self, open: Open, lane: Lane, at: Timestamp, by: i64) {
        let bucket = loop {
            match self.axis.bucket(at) {
                Some(bucket) => break bucket,
                None => self.widen(),
            }
        };
        if self.steps.len() <= bucket {
            self.steps.resize(bucket + 1, 0);
        }
        if let Some(steps) = self.steps.get_mut(bucket) {
            *steps += 1;
        }
        let curve = match open {
            Open::Invisible => self.invisible.get_mut(lane),
            Open::Backlog => self.backlog.get_mut(lane),
        };
        if curve.len() <= bucket {
            curve.resize(bucket + 1, 0);
        }
        if let Some(level) = curve.get_mut(bucket) {
            *level += by;
        }
    }

    /// The curves; `known` says of which orders were measured at all.
    pub(super) fn over_time(&self, invisible: PerLane<bool>, backlog: PerLane<bool>) -> OverTime {
        let buckets = self.steps.iter().rposition(|steps| *steps > 0).map_or(0, |last| last + 1);
        let to_a_point = buckets.div_ceil(POINTS_MAX).max(1);
        let series = |curves: &PerLane<Vec<i64>>, known: PerLane<bool>| {
            PerLane::from_fn(|lane| known.get(lane).then(|| self.series(curves.get(lane), buckets, to_a_point)))
        };
        let width_s = self.axis.width_s.unsigned_abs();
        OverTime {
            from: (buckets > 0).then_some(self.axis.from),
            step_s: width_s * to_a_point as u64,
            counted_every_s: width_s,
            invisible: series(&self.invisible, invisible),
            backlog: series(&self.backlog, backlog),
        }
    }

    fn series(&self, curve: &[i64], buckets: usize, to_a_point: usize) -> Series {
        let mut level = 0_i64;
        let levels: Vec<u64> = (0..buckets)
            .map(|bucket| {
                level += curve.get(bucket).copied().unwrap_or_default();
                u64::try_from(level).unwrap_or_default()
            })
            .collect();
        let peak = levels.iter().copied().max().unwrap_or_default();
        let peak_at = levels.iter().position(|level| *level == peak && peak > 0);
        Series {
            peak,
            peak_at: peak_at.map(|bucket| self.axis.at(bucket)),
            at_end: levels.last().copied().unwrap_or_default(),
            orders: levels.chunks(to_a_point).map(|some| some.iter().copied().max().unwrap_or_default()).collect(),
        }
    }
}

impl Curves {
    fn move_by(&mut self, other: &Self, sign: i64) {
        let Self { invisible, backlog, .. } = self;
        for (curve, by) in [
            (&mut invisible.legacy, &other.invisible.legacy),
            (&mut invisible.gated, &other.invisible.gated),
            (&mut backlog.legacy, &other.backlog.legacy),
            (&mut backlog.gated, &other.backlog.gated),
        ] {
            curve.resize(curve.len().max(by.len()), 0);
            curve.iter_mut().zip(by).for_each(|(level, by)| *level += sign * by);
        }
    }
}

impl Sum for Curves {
    fn plus(&mut self, other: &Self) {
        let other = self.in_step(other);
        self.steps.plus(&other.steps);
        self.move_by(&other, 1);
    }

    fn minus(&mut self, other: &Self) -> bool {
        let other = self.in_step(other);
        let is_told = self.steps.minus(&other.steps);
        self.move_by(&other, -1);
        // Without any in the last buckets they would be half as wide.
        let is_wide = self.axis.width_s > 1;
        is_told && (!is_wide || self.steps.iter().skip(BUCKETS_MAX / 2).any(|steps| *steps > 0))
    }

    fn is_nothing(&self) -> bool {
        self.steps.is_nothing()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn curves(orders: &[(i64, Option<i64>)]) -> OverTime {
        let mut curves = Curves::new(at(0));
        for (from, to) in orders {
            curves.add(Open::Invisible, Lane::Legacy, at(*from), to.map(at));
        }
        let (known, none) = (PerLane { legacy: true, gated: true }, PerLane::default());
        curves.over_time(known, none)
    }

    #[test]
    fn a_curve_is_what_was_open_at_each_step() {
        let found = curves(&[(0, Some(3)), (1, Some(4)), (2, None), (4, Some(4))]);
        let legacy = found.invisible.legacy.unwrap();
        assert_eq!(legacy.orders, [1, 2, 3, 2, 1]);
        assert_eq!((legacy.peak, legacy.peak_at, legacy.at_end), (3, Some(at(2)), 1));
        let flat = found.invisible.gated.unwrap();
        assert_eq!((flat.peak, flat.peak_at, flat.orders), (0, None, vec![0; 5]));
        assert_eq!((found.from, found.step_s, found.counted_every_s), (Some(at(0)), 1, 1));
        assert_eq!(found.backlog, PerLane::default());
    }

    #[test]
    fn a_long_run_has_no_more_points_than_a_short_one() {
        let found = curves(&[(0, Some(600_000)), (300_000, Some(300_100))]);
        // 2^16 buckets of 16 seconds hold 600,000 seconds.
        assert_eq!((found.counted_every_s, found.step_s), (16, 16 * 313));
        let legacy = found.invisible.legacy.unwrap();
        assert_eq!((legacy.orders.len(), legacy.peak, legacy.at_end), (120, 2, 0));
        assert_eq!(legacy.orders.iter().filter(|orders| **orders == 2).count(), 1);
    }

    #[test]
    fn nothing_is_no_curve_and_what_is_out_of_range_does_no_harm() {
        assert_eq!(curves(&[]).from, None);
        assert_eq!(curves(&[(-50, Some(-40))]).invisible.legacy.unwrap().orders, [0]);
        let mut all = Curves::new(Timestamp::MIN);
        all.add(Open::Backlog, Lane::Gated, Timestamp::MIN, Some(Timestamp::MAX));
        let both = PerLane { legacy: true, gated: true };
        let points = all.over_time(both, both).backlog.gated.unwrap().orders.len();
        assert!(points <= POINTS_MAX, "{points}");
    }

    proptest! {
        #[test]
        fn the_sequence_of_orders_does_not_matter(
            (orders, shuffled) in prop::collection::vec((0..400_000_i64, prop::option::of(0..9_000_i64)), 0..30)
                .prop_flat_map(|orders| (Just(orders.clone()), Just(orders).prop_shuffle())),
        ) {
            let ends = |orders: &[(i64, Option<i64>)]| {
                orders.iter().map(|(from, took)| (*from, took.map(|took| from + took))).collect::<Vec<_>>()
            };
            prop_assert_eq!(curves(&ends(&orders)), curves(&ends(&shuffled)));
        }
    }
}
