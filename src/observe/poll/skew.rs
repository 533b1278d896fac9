//! How far a ledger's clock is ahead of ours, as far as the `Date` of its answers tells.

use std::time::Duration;

use jiff::Timestamp;

use crate::net::fetch::Fetched;

/// `Date` is cut to the second (RFC 9110, 5.6.7).
const GRANULARITY_US: i64 = 1_000_000;

/// The interval that holds the clock offset, narrowed by every answer: Cristian's method.
///
/// An answer with `Date` D was made at D to D + 1 s on the ledger's clock, and between sending and
/// receiving on ours, so the offset is in [D − received, D + 1 s − sent].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Skew {
    from_us: i64,
    to_us: i64,
}

/// An estimated clock offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// How far the ledger's clock is ahead, in microseconds.
    pub(super) ahead_us: i64,
    /// How far the truth may be from that.
    pub(super) uncertainty: Duration,
}

impl Skew {
    /// Nothing known.
    pub(super) const fn unknown() -> Self {
        Self { from_us: i64::MIN, to_us: i64::MAX }
    }

    /// Takes an answer in; one without a `Date` of its own tells nothing.
    pub(super) fn see(&mut self, answer: &Fetched) {
        if let Some(date) = answer.date() {
            self.narrow(date, GRANULARITY_US, answer.sent_at, answer.received_at);
        }
    }

    /// Takes in what a database said that its clock shows, to the microsecond.
    pub(super) fn see_clock(&mut self, shows: Timestamp, sent_at: Timestamp, received_at: Timestamp) {
        self.narrow(shows, 1, sent_at, received_at);
    }

    fn narrow(&mut self, date: Timestamp, granularity_us: i64, sent_at: Timestamp, received_at: Timestamp) {
        let date = date.as_microsecond();
        self.from_us = self.from_us.max(date - received_at.as_microsecond());
        self.to_us = self.to_us.min(date + granularity_us - sent_at.as_microsecond());
    }

    /// The middle of the interval; `None` when no answer told, or two contradict each other (a clock
    /// that was set, several servers behind one name).
    pub(super) fn offset(self) -> Option<Offset> {
        if self.from_us == i64::MIN || self.from_us > self.to_us {
            return None;
        }
        let half = (self.to_us - self.from_us + 1) / 2;
        Some(Offset { ahead_us: self.from_us + half, uncertainty: Duration::from_micros(half.unsigned_abs()) })
    }
}

impl Offset {
    /// The most that the ledger's clock may be behind ours, in microseconds; 0 when it is ahead for sure.
    pub(super) fn behind_max_us(self) -> i64 {
        let uncertainty = i64::try_from(self.uncertainty.as_micros()).unwrap_or(i64::MAX);
        uncertainty.saturating_sub(self.ahead_us).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(us: i64) -> Timestamp {
        Timestamp::from_microsecond(us).unwrap()
    }

    const S: i64 = 1_000_000;

    #[test]
    fn every_answer_narrows_the_interval() {
        let mut skew = Skew::unknown();
        assert_eq!(skew.offset(), None);
        // The ledger is 90.3 s ahead. Sent at 10.0, received at 10.2: it said 100, being at 100.4.
        skew.narrow(at(100 * S), S, at(10 * S), at(10 * S + 200_000));
        let first = skew.offset().unwrap();
        assert_eq!((first.ahead_us, first.uncertainty.as_micros()), (90_400_000, 600_000));
        // Sent at 10.6, received at 10.8: it said 101, being at 101.0.
        skew.narrow(at(101 * S), S, at(10 * S + 600_000), at(10 * S + 800_000));
        let second = skew.offset().unwrap();
        assert_eq!((second.ahead_us, second.uncertainty.as_micros()), (90_600_000, 400_000));
    }

    #[test]
    fn a_database_s_clock_is_known_to_half_the_round_trip() {
        let mut skew = Skew::unknown();
        skew.see_clock(at(100 * S + 7), at(10 * S), at(10 * S + 1_000));
        let offset = skew.offset().unwrap();
        assert_eq!((offset.ahead_us, offset.uncertainty.as_micros()), (90 * S - 492, 501));
    }

    #[test]
    fn answers_that_contradict_each_other_tell_nothing() {
        let mut skew = Skew::unknown();
        skew.narrow(at(100 * S), S, at(10 * S), at(10 * S));
        skew.narrow(at(50 * S), S, at(11 * S), at(11 * S));
        assert_eq!(skew.offset(), None);
    }

    #[test]
    fn how_far_it_may_be_behind() {
        for (ahead_us, uncertainty_us, expected) in [(90, 10, 0), (0, 10, 10), (-300, 10, 310), (10, 10, 0)] {
            let offset = Offset { ahead_us, uncertainty: Duration::from_micros(uncertainty_us) };
            assert_eq!(offset.behind_max_us(), expected, "{ahead_us} ± {uncertainty_us}");
        }
    }
}
