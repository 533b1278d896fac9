//! Durations counted in fixed buckets, by any thread, without a lock: what is observed may be on its way elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Durations in buckets.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [Duration],
    /// One for each bound, and one for what is longer than the last.
    counts: Box<[AtomicU64]>,
    sum_us: AtomicU64,
}

/// A histogram as it was at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Each bound, the shortest first, with how many durations were no longer.
    pub up_to: Vec<(Duration, u64)>,
    /// How many there were in all.
    pub count: u64,
    /// All of them together. It may be ahead of the counts by those that are being observed.
    pub sum: Duration,
}

impl Histogram {
    /// Nothing was observed yet. Each duration is counted at the first of `bounds` that it doesn't exceed; they stand in order,
    /// the shortest first.
    #[must_use]
    pub fn new(bounds: &'static [Duration]) -> Self {
        debug_assert!(bounds.is_sorted(), "{bounds:?}");
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum_us: AtomicU64::new(0) }
    }

    /// Counts a duration.
    pub fn observe(&self, took: Duration) {
        let bucket = self.bounds.partition_point(|bound| *bound < took);
        self.counts.get(bucket).iter().for_each(|count| _ = count.fetch_add(1, Ordering::Relaxed));
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.sum_us.fetch_add(took_us, Ordering::Relaxed);
    }

    /// What was observed up to now.
    #[must_use]
    pub fn buckets(&self) -> Buckets {
        let mut count = 0;
        let mut counts = self.counts.iter().map(|bucket| {
            count += bucket.load(Ordering::Relaxed);
            count
        });
        let up_to = self.bounds.iter().copied().zip(counts.by_ref()).collect();
        counts.for_each(drop);
        Buckets { up_to, count, sum: Duration::from_micros(self.sum_us.load(Ordering::Relaxed)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: &[Duration] = &[Duration::from_millis(1), Duration::from_millis(10), Duration::from_secs(1)];

    fn observed(took_us: &[u64]) -> Buckets {
        let histogram = Histogram::new(BOUNDS);
        took_us.iter().for_each(|us| histogram.observe(Duration::from_micros(*us)));
        histogram.buckets()
    }

    #[test]
    fn a_duration_is_counted_at_the_first_bound_that_it_does_not_exceed() {
        let counts = |took_us: &[u64]| {
            let buckets = observed(took_us);
            let counts: Vec<u64> = buckets.up_to.iter().map(|(_, count)| *count).collect();
            (counts, buckets.count)
        };
        assert_eq!(counts(&[]), (vec![0, 0, 0], 0));
        assert_eq!(counts(&[0]), (vec![1, 1, 1], 1));
        assert_eq!(counts(&[1_000]), (vec![1, 1, 1], 1));
        assert_eq!(counts(&[1_001]), (vec![0, 1, 1], 1));
        assert_eq!(counts(&[1_000_000, 1_000_001]), (vec![0, 0, 1], 2));
        assert_eq!(observed(&[]).sum, Duration::ZERO);
    }

    #[test]
    fn threads_lose_nothing_to_each_other() {
        let histogram = Histogram::new(BOUNDS);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|us| histogram.observe(Duration::from_micros(us * 20))));
            }
        });
        let buckets = histogram.buckets();
        assert_eq!(buckets.up_to.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [204, 2_004, 4_000]);
        assert_eq!((buckets.count, buckets.sum), (4_000, Duration::from_micros(4 * 20 * 499_500)));
    }

    proptest! {
        #[test]
        fn buckets_are_what_counting_one_by_one_says(took_us in prop::collection::vec(0_u64..2_000_000, 0..60)) {
            let buckets = observed(&took_us);
            for (bound, count) in &buckets.up_to {
                let up_to = took_us.iter().filter(|us| u128::from(**us) <= bound.as_micros()).count();
                prop_assert_eq!(*count, up_to as u64);
            }
            prop_assert_eq!(buckets.count, took_us.len() as u64);
            prop_assert_eq!(buckets.sum, Duration::from_micros(took_us.iter().sum()));
        }
    }
}
