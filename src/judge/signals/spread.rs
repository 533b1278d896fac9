//! How durations spread, counted in buckets: what it takes grows with their range, never with orders.
//!
//! Quantiles come from buckets that grow with what they hold, as HdrHistogram's do: 64 to each doubling, so that the middle
//! of one is within 0.8 % of all that it holds, and exact up to 127 ms. An order that is still open counts as at least as
//! long as it has been open, and is never left out. A quantile is known where it is the same whether such orders
//! end now or never; otherwise it is said to be *at least* what it is if they end now.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::stats::{Sum, sum_of_fields};

/// Buckets to each doubling.
const TO_A_DOUBLING: u64 = 64;

/// Durations below this have a bucket each.
const EXACT_BELOW_MS: u64 = 2 * TO_A_DOUBLING;

/// The upper ends of the steps that people are shown, in milliseconds.
const STEPS_MS: [u64; 21] = [
    0,
    100,
    250,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    7_200_000,
    14_400_000,
    28_800_000,
    86_400_000,
    259_200_000,
    604_800_000,
];

/// How durations of orders spread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// Orders whose duration is known.
    pub settled: u64,
    /// Those of them of which it is none at all.
    pub zero: u64,
    /// Orders that are not over yet, or never will be: each counts as at least as long as it has been open.
    pub open: u64,
    /// Orders whose duration is not known, by why; they are in none of the other numbers.
    pub unknown: BTreeMap<&'static str, u64>,
    /// Half of them took no longer; `null` where there is none. Quantiles are values of nearest rank, within 0.8 %.
    pub p50: Option<Quantile>,
    /// Nine of ten took no longer.
    pub p90: Option<Quantile>,
    /// 99 of a hundred took no longer.
    pub p99: Option<Quantile>,
    /// The longest, exact.
    pub longest: Option<Quantile>,
    /// How many took how long, from the first step that holds any to the last; exact.
    pub steps: Vec<SpreadStep>,
}

/// A duration, or what it is at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Quantile {
    /// In milliseconds.
    pub ms: u64,
    /// Whether it may be longer, as orders that are still open decide it.
    pub at_least: bool,
}

/// Orders that took longer than the step before and up to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SpreadStep {
    /// Its upper end, which it holds; `null`: no end.
    pub up_to_ms: Option<u64>,
    /// Orders that took so long.
    pub settled: u64,
    /// Orders that have been open for so long.
    pub open: u64,
}

/// A duration, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Took {
    /// Milliseconds.
    Ms(u64),
    /// Not over: at least so many milliseconds.
    AtLeast(u64),
    /// Why it is not known.
    Unknown(&'static str),
}

/// Durations as they are counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    settled: Side,
    open: Side,
    unknown: BTreeMap<&'static str, u64>,
}

#[derive(Clone, Debug, Default)]
struct Side {
    orders: u64,
    longest_ms: u64,
    /// How many of them took just as long.
    longest: u64,
    buckets: Vec<u64>,
    steps: [u64; STEPS_MS.len() + 1],
}

impl Counted {
    pub(super) fn add(&mut self, took: Took) {
        match took {
            Took::Ms(ms) => self.settled.add(ms),
            Took::AtLeast(ms) => self.open.add(ms),
            Took::Unknown(why) => *self.unknown.entry(why).or_default() += 1,
        }
    }

    /// Whether there is any duration at all.
    pub(super) const fn is_empty(&self) -> bool {
        self.settled.orders == 0 && self.open.orders == 0
    }

    pub(super) fn spread(&self) -> Spread {
        let longest_ms = self.settled.longest_ms.max(self.open.longest_ms);
        let longest = Quantile { ms: longest_ms, at_least: self.open.orders > 0 };
        Spread {
            settled: self.settled.orders,
            zero: self.settled.buckets.first().copied().unwrap_or_default(),
            open: self.open.orders,
            unknown: self.unknown.clone(),
            p50: self.quantile(500),
            p90: self.quantile(900),
            p99: self.quantile(990),
            longest: (!self.is_empty()).then_some(longest),
            steps: self.steps(),
        }
    }

    /// The value of nearest rank: the lowest that `per_mille` of all orders don't exceed.
    fn quantile(&self, per_mille: u64) -> Option<Quantile> {
        let all = self.settled.orders + self.open.orders;
        let rank = (u128::from(all) * u128::from(per_mille)).div_ceil(1_000);
        let rank = u64::try_from(rank).ok().filter(|rank| *rank > 0)?;
        let longest_ms = self.settled.longest_ms.max(self.open.longest_ms);
        let ended_now = place_of(rank, |at| self.settled.bucket(at) + self.open.bucket(at))?;
        let ended_never = if rank > self.settled.orders { None } else { place_of(rank, |at| self.settled.bucket(at)) };
        Some(Quantile { ms: middle_ms(ended_now).min(longest_ms), at_least: ended_never != Some(ended_now) })
    }

    fn steps(&self) -> Vec<SpreadStep> {
        let ends = STEPS_MS.into_iter().map(Some).chain([None]);
        let both = self.settled.steps.iter().zip(&self.open.steps);
        let all: Vec<SpreadStep> = ends
            .zip(both)
            .map(|(up_to_ms, (settled, open))| SpreadStep { up_to_ms, settled: *settled, open: *open })
            .collect();
        let holds = |step: &SpreadStep| step.settled + step.open > 0;
        let first = all.iter().position(holds).unwrap_or(all.len());
        let behind_last = all.iter().rposition(holds).map_or(0, |last| last + 1);
        all.into_iter().take(behind_last).skip(first).collect()
    }
}

sum_of_fields!(Counted { settled, open, unknown });

impl Sum for Side {
    fn plus(&mut self, other: &Self) {
        self.orders += other.orders;
        self.take_longest(other.longest_ms, other.longest);
        self.buckets.plus(&other.buckets);
        self.steps.plus(&other.steps);
    }

    fn minus(&mut self, other: &Self) -> bool {
        let mut is_told = self.orders.minus(&other.orders);
        is_told &= self.buckets.minus(&other.buckets);
        is_told &= self.steps.minus(&other.steps);
        if other.longest_ms == self.longest_ms {
            is_told &= self.longest.minus(&other.longest);
        }
        if self.orders == 0 {
            self.longest_ms = 0;
        }
        is_told && (self.longest > 0 || self.orders == 0)
    }

    fn is_nothing(&self) -> bool {
        self.orders == 0
    }
}

impl Side {
    fn take_longest(&mut self, ms: u64, number: u64) {
        match ms.cmp(&self.longest_ms) {
            Ordering::Less => {}
            Ordering::Equal => self.longest += number,
            Ordering::Greater => (self.longest_ms, self.longest) = (ms, number),
        }
    }

    fn add(&mut self, ms: u64) {
        self.orders += 1;
        self.take_longest(ms, 1);
        let at = bucket_of(ms);
        if self.buckets.len() <= at {
            self.buckets.resize(at + 1, 0);
        }
        if let Some(bucket) = self.buckets.get_mut(at) {
            *bucket += 1;
        }
        let step = STEPS_MS.partition_point(|end| *end < ms);
        if let Some(step) = self.steps.get_mut(step) {
            *step += 1;
        }
    }

    fn bucket(&self, at: usize) -> u64 {
        self.buckets.get(at).copied().unwrap_or_default()
    }
}

/// The bucket that holds the value of `rank`. There is one, as the ranks go no further than the orders.
fn place_of(rank: u64, in_bucket: impl Fn(usize) -> u64) -> Option<usize> {
    let mut seen = 0;
    (0..=bucket_of(u64::MAX)).find(|at| {
        seen += in_bucket(*at);
        seen >= rank
    })
}

const fn bucket_of(ms: u64) -> usize {
    if ms < EXACT_BELOW_MS {
        return ms as usize;
    }
    let doubling = (ms.ilog2() - EXACT_BELOW_MS.ilog2()) as u64;
    let within = (ms >> (doubling + 1)) - TO_A_DOUBLING;
    (EXACT_BELOW_MS + doubling * TO_A_DOUBLING + within) as usize
}

const fn middle_ms(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < EXACT_BELOW_MS {
        return bucket;
    }
    let doubling = (bucket - EXACT_BELOW_MS) / TO_A_DOUBLING;
    let within = (bucket - EXACT_BELOW_MS) % TO_A_DOUBLING;
    let width = 1 << (doubling + 1);
    (TO_A_DOUBLING + within) * width + width / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(settled: &[u64], open: &[u64]) -> Counted {
        let mut all = Counted::default();
        settled.iter().for_each(|ms| all.add(Took::Ms(*ms)));
        open.iter().for_each(|ms| all.add(Took::AtLeast(*ms)));
        all
    }

    #[test]
    fn a_quantile_among_open_orders_is_at_least_their_age() {
        let quantile = |ms, at_least| Some(Quantile { ms, at_least });
        for (settled, open, p50, p99) in [
            (&[][..], &[][..], None, None),
            (&[7], &[], quantile(7, false), quantile(7, false)),
            (&[], &[7], quantile(7, true), quantile(7, true)),
            (&[0, 0, 0], &[], quantile(0, false), quantile(0, false)),
            (&[1, 2, 3], &[100], quantile(2, false), quantile(100, true)),
            // Open for less than the median may end as the longest: then the median is the 3.
            (&[2, 3, 4], &[1], quantile(2, true), quantile(4, true)),
            (&[5, 5, 5, 5], &[1], quantile(5, false), quantile(5, true)),
        ] {
            let spread = counted(settled, open).spread();
            assert_eq!((spread.p50, spread.p99), (p50, p99), "{settled:?} {open:?}");
            let longest = settled.iter().chain(open).max().map(|ms| Quantile { ms: *ms, at_least: !open.is_empty() });
            assert_eq!(spread.longest, longest);
        }
    }

    #[test]
    fn steps_are_counted_exactly_and_end_where_orders_do() {
        let mut all = counted(&[0, 1_000, 1_001, 6_000], &[800_000_000]);
        all.add(Took::Unknown("clock"));
        let spread = all.spread();
        let steps: Vec<_> = spread.steps.iter().map(|step| (step.up_to_ms, step.settled, step.open)).collect();
        assert_eq!(steps.first(), Some(&(Some(0), 1, 0)));
        assert_eq!(
            steps.get(4..8).unwrap(),
            [(Some(1_000), 1, 0), (Some(2_000), 1, 0), (Some(5_000), 0, 0), (Some(10_000), 1, 0)]
        );
        assert_eq!(steps.last(), Some(&(None, 0, 1)));
        assert_eq!((spread.settled, spread.zero, spread.open, spread.unknown["clock"]), (4, 1, 1, 1));
        assert_eq!(counted(&[], &[]).spread().steps, []);
        assert_eq!(counted(&[60_000], &[]).spread().steps.len(), 1);
    }

    #[test]
    fn the_longest_duration_there_is_has_a_bucket() {
        let spread = counted(&[u64::MAX], &[]).spread();
        assert_eq!(spread.longest, Some(Quantile { ms: u64::MAX, at_least: false }));
        assert!(spread.p50.unwrap().ms > u64::MAX - u64::MAX / 100);
    }

    proptest! {
        #[test]
        fn a_bucket_is_within_a_hundredth_of_what_it_holds(ms in any::<u64>()) {
            let middle = middle_ms(bucket_of(ms));
            prop_assert!(u128::from(middle.abs_diff(ms)) * 125 <= u128::from(ms), "{ms} {middle}");
            prop_assert!(ms == u64::MAX || bucket_of(ms + 1) >= bucket_of(ms));
        }

        /// Held against sorting, with open orders ending at once and never.
        #[test]
        fn quantiles_are_those_of_sorted_values(
            settled in prop::collection::vec(0..5_000_000_u64, 0..60),
            open in prop::collection::vec(0..5_000_000_u64, 0..10),
        ) {
            let spread = counted(&settled, &open).spread();
            let mut now: Vec<u64> = settled.iter().chain(&open).copied().collect();
            let mut never: Vec<u64> = settled.iter().copied().chain(open.iter().map(|_| u64::MAX)).collect();
            now.sort_unstable();
            never.sort_unstable();
            for (found, share) in [(spread.p50, 0.5), (spread.p90, 0.9), (spread.p99, 0.99)] {
                let rank = (now.len() as f64 * share).ceil() as usize;
                let Some(at) = rank.checked_sub(1) else {
                    prop_assert_eq!(found, None);
                    continue;
                };
                let found = found.unwrap();
                prop_assert!(found.ms.abs_diff(now[at]) * 125 <= now[at], "{} {}", found.ms, now[at]);
                prop_assert_eq!(found.at_least, bucket_of(now[at]) != bucket_of(never[at]));
            }
        }
    }
}
