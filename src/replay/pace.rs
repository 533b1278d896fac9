//! When each request is due: one plan, made of the files alone. It is open-loop: a slow lane doesn't slow the clock.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How fast requests are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// In the rhythm in which they were captured, so many times as fast.
    Times(f64),
    /// So many a second, evenly.
    PerSecond(f64),
    /// As fast as the lanes take them.
    Max,
}

/// When each request is due, counted from the first.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pace: Pace,
    first: Option<Timestamp>,
    planned: u64,
    last: Duration,
}

impl Plan {
    /// A plan from its first request on.
    #[must_use]
    pub const fn new(pace: Pace) -> Self {
        Self { pace, first: None, planned: 0, last: Duration::ZERO }
    }

    /// When the next request is due, captured at `at`; `None`: as soon as there is room. Never earlier than the one before it: what stands
    /// out of order in time, or has none, follows at once.
    pub fn next(&mut self, at: Option<Timestamp>) -> Option<Duration> {
        let place = self.planned;
        self.planned += 1;
        let due = match self.pace {
            Pace::Max => return None,
            Pace::PerSecond(rate) => Duration::try_from_secs_f64(place as f64 / rate).unwrap_or(Duration::MAX),
            Pace::Times(times) => {
                let since = at.map(|at| at.duration_since(*self.first.get_or_insert(at)));
                since.map_or(self.last, |since| stretched(since, times))
            }
        };
        self.last = self.last.max(due);
        Some(self.last)
    }
}

fn stretched(since: SignedDuration, times: f64) -> Duration {
    Duration::try_from_secs_f64(since.as_secs_f64() / times).unwrap_or_else(|_| {
        // Before the first one: at once.
        if since.is_negative() { Duration::ZERO } else { Duration::MAX }
    })
}

impl Pace {
    /// How long it takes to send `requests` that were captured within `span`; `None` where the lanes decide, or nothing has a time.
    #[must_use]
    pub fn length(self, requests: u64, span: Option<Duration>) -> Option<Duration> {
        let seconds = match self {
            Self::Max => return None,
            Self::PerSecond(rate) => requests.saturating_sub(1) as f64 / rate,
            Self::Times(times) => span?.as_secs_f64() / times,
        };
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(pace: Pace, at_ms: &[Option<i64>]) -> Vec<Option<u128>> {
        let mut plan = Plan::new(pace);
        let time = |ms: i64| Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap();
        at_ms.iter().map(|ms| plan.next(ms.map(time)).map(|due| due.as_millis())).collect()
    }

    #[test]
    fn a_plan_follows_the_capture_or_the_rate() {
        let at = [Some(500), Some(1_500), Some(1_500), Some(900), None, Some(4_500)];
        for (pace, expected) in [
            (Pace::Times(1.0), [Some(0), Some(1_000), Some(1_000), Some(1_000), Some(1_000), Some(4_000)]),
            (Pace::Times(10.0), [Some(0), Some(100), Some(100), Some(100), Some(100), Some(400)]),
            (Pace::Times(0.5), [Some(0), Some(2_000), Some(2_000), Some(2_000), Some(2_000), Some(8_000)]),
            (Pace::PerSecond(4.0), [Some(0), Some(250), Some(500), Some(750), Some(1_000), Some(1_250)]),
            (Pace::Max, [None; 6]),
        ] {
            assert_eq!(due(pace, &at), expected, "{pace:?}");
        }
        // What was captured before the first of the plan is due at once.
        assert_eq!(due(Pace::Times(1.0), &[Some(500), Some(0)]), [Some(0), Some(0)]);
        assert_eq!(due(Pace::Times(1.0), &[None, Some(500), Some(700)]), [Some(0), Some(0), Some(200)]);
    }

    #[test]
    fn lengths_are_known_beforehand() {
        let minute = Some(Duration::from_secs(60));
        assert_eq!(Pace::Times(10.0).length(9, minute), Some(Duration::from_secs(6)));
        assert_eq!(Pace::Times(10.0).length(9, None), None);
        assert_eq!(Pace::PerSecond(2.0).length(9, minute), Some(Duration::from_secs(4)));
        assert_eq!(Pace::PerSecond(2.0).length(0, None), Some(Duration::ZERO));
        assert_eq!(Pace::Max.length(9, minute), None);
        // A year of captures at a snail's pace is no panic.
        assert_eq!(Pace::Times(f64::MIN_POSITIVE).length(9, minute), Some(Duration::MAX));
    }
}
