//! How late requests were, as a distribution: a mean would hide the few that matter.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Longer than this is counted as this long, in microseconds: a day.
const LONGEST_US: u64 = 86_400_000_000;

/// Durations, counted to three digits. Its memory doesn't grow with them.
#[derive(Clone, Debug)]
pub struct Lateness(Option<Histogram<u64>>);

/// What a distribution is told by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many durations there are.
    pub count: u64,
    /// The median.
    pub p50: Duration,
    /// What 99 of 100 don't exceed.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl Default for Lateness {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_US, 3).ok())
    }
}

impl Lateness {
    /// Counts one.
    pub fn add(&mut self, late: Duration) {
        let us = u64::try_from(late.as_micros()).unwrap_or(LONGEST_US);
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(us);
        }
    }

    /// What it comes to; all zero where there is none.
    #[must_use]
    pub fn spread(&self) -> Spread {
        let Some(histogram) = self.0.as_ref().filter(|histogram| !histogram.is_empty()) else {
            return Spread::default();
        };
        let at = |quantile| Duration::from_micros(histogram.value_at_quantile(quantile));
        Spread { count: histogram.len(), p50: at(0.5), p99: at(0.99), max: Duration::from_micros(histogram.max()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_that_of_what_was_counted() {
        let mut lateness = Lateness::default();
        assert_eq!(lateness.spread(), Spread::default());
        (1..=1_000).for_each(|ms| lateness.add(Duration::from_millis(ms)));
        let spread = lateness.spread();
        let near =
            |found: Duration, ms: u64| found.abs_diff(Duration::from_millis(ms)) <= Duration::from_millis(ms) / 500;
        assert!(near(spread.p50, 500) && near(spread.p99, 990) && near(spread.max, 1_000), "{spread:?}");
        lateness.add(Duration::MAX);
        lateness.add(Duration::ZERO);
        assert_eq!(lateness.spread().count, 1_002);
        assert!(lateness.spread().max >= Duration::from_secs(86_300));
    }
}
