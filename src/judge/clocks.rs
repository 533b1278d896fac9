//! Comparing times of two clocks: the ledger's and ours. What can't be told apart stays unknown; a difference
//! counts only beyond the uncertainty of the skew and the granularity of the sources.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::window::later;
use crate::outcome::Reading;

/// How finely sources tell the time, at best: HTTP dates and many ERPs count whole seconds.
pub(super) const GRANULARITY: Duration = Duration::from_secs(1);

/// How wide an interval is taken to be where a reading tells an offset without its uncertainty: the `Date` header
/// it stems from counts whole seconds.
const UNCERTAINTY_UNSAID: Duration = Duration::from_secs(1);

/// The doubt about a clock that no reading tells anything of: as far as Kerberos lets clocks differ before it
/// refuses to work (RFC 4120, 8.2, "acceptable clock skew").
const SKEW_UNKNOWN: Duration = Duration::from_secs(300);

/// What is known of a ledger's clock: by how much it is ahead of ours, within an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock {
    /// Lowest and highest offset in microseconds; `None`: no reading told.
    ahead_us: Option<(i64, i64)>,
}

/// The time of an event on our clock, as far as it is known: no earlier and no later than.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) earliest: Timestamp,
    pub(super) latest: Timestamp,
}

/// What a comparison can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
    Unknown,
}

impl Clock {
    /// Each reading confines the offset to an interval; all of them hold, so their intersection does. Where they
    /// contradict each other the clock was set or drifts, and only the hull of all is certain.
    pub(super) fn from_readings<'a>(readings: impl Iterator<Item = &'a Reading>) -> Self {
        let mut both: Option<((i64, i64), (i64, i64))> = None;
        for (low, high) in readings.filter_map(interval) {
            both = Some(match both {
                None => ((low, high), (low, high)),
                Some((common, hull)) => ((common.0.max(low), common.1.min(high)), (hull.0.min(low), hull.1.max(high))),
            });
        }
        Self { ahead_us: both.map(|(common, hull)| if common.0 <= common.1 { common } else { hull }) }
    }

    /// This clock, or where no reading told anything one that is off by no more than was declared.
    pub(super) fn or_declared(self, skew_max: Option<Duration>) -> Self {
        let declared = skew_max.map(|max| i64::try_from(max.as_micros()).unwrap_or(i64::MAX));
        Self { ahead_us: self.ahead_us.or(declared.map(|max| (-max, max))) }
    }

    /// How far its offset may be off what is taken for it; nothing where nothing is known.
    pub(super) fn doubt(self) -> Duration {
        let width = self.ahead_us.map_or(0, |(low, high)| high.saturating_sub(low));
        Duration::from_micros(u64::try_from(width).unwrap_or(0))
    }

    /// How far the clock is ahead of ours, in microseconds: the middle of what is possible.
    pub(super) fn offset_us(self) -> Option<i64> {
        self.ahead_us.map(|(low, high)| low.midpoint(high))
    }

    /// When, on our clock, the ledger's clock showed `theirs`; the whole of time where its skew is not known.
    pub(super) fn ours(self, theirs: Timestamp) -> Span {
        match self.ahead_us {
            None => Span::ALWAYS,
            Some((low, high)) => Span { earliest: back(theirs, high), latest: back(theirs, low) },
        }
    }

    /// As [`Clock::ours`], but an unknown skew is taken to be no more than any two clocks in service may have.
    pub(super) fn ours_roughly(self, theirs: Timestamp) -> Span {
        let doubt = i64::try_from(SKEW_UNKNOWN.as_micros()).unwrap_or(i64::MAX);
        Self { ahead_us: self.ahead_us.or(Some((-doubt, doubt))) }.ours(theirs)
    }
}

impl Clock {
    /// Whether `theirs` is later than `now` by more than any two clocks in service differ, a known skew taken off.
    /// Knowing the skew makes no time beyond that would not be so without it, but for the skew itself.
    pub(super) fn is_beyond(self, theirs: Timestamp, now: Timestamp) -> bool {
        let known = Self { ahead_us: self.ahead_us.or(Some((0, 0))) };
        known.ours(theirs).earliest > later(now, SKEW_UNKNOWN)
    }
}

impl Span {
    /// Nothing is known.
    pub(super) const ALWAYS: Self = Self { earliest: Timestamp::MIN, latest: Timestamp::MAX };

    /// An event that was on record at `seen` happened by then. A clock that has it later is another than the one
    /// whose skew is known, such as a local time that is written without its offset: then nothing else is known.
    pub(super) fn seen_by(self, seen: Timestamp) -> Self {
        if self.earliest > seen {
            return Self { earliest: Timestamp::MIN, latest: seen };
        }
        Self { earliest: self.earliest, latest: self.latest.min(seen) }
    }

    /// An event that can't have happened before `begin`. A clock that has it earlier is another than the one whose
    /// skew is known.
    pub(super) fn not_before(self, begin: Timestamp) -> Self {
        if self.surely_before(begin) { Self { earliest: begin, latest: Timestamp::MAX } } else { self }
    }

    /// The middle of it; `None` where it has no beginning or no end.
    pub(super) fn middle(self) -> Option<Timestamp> {
        if self.earliest == Timestamp::MIN || self.latest == Timestamp::MAX {
            return None;
        }
        let (low, high) = (self.earliest.as_microsecond(), self.latest.as_microsecond());
        Timestamp::from_microsecond(low.midpoint(high)).ok()
    }

    /// Whether the event came later than `limit` by more than the granularity.
    pub(super) fn later_than(self, limit: Timestamp) -> Known {
        let limit = later(limit, GRANULARITY);
        match () {
            () if self.earliest > limit => Known::Yes,
            () if self.latest <= limit => Known::No,
            () => Known::Unknown,
        }
    }

    /// Whether the event surely came before `limit`, by more than the granularity.
    pub(super) fn surely_before(self, limit: Timestamp) -> bool {
        later(self.latest, GRANULARITY) < limit
    }
}

fn interval(reading: &Reading) -> Option<(i64, i64)> {
    let offset = reading.clock_offset_us?;
    let half = reading.clock_uncertainty.unwrap_or(UNCERTAINTY_UNSAID).as_micros();
    let half = i64::try_from(half).unwrap_or(i64::MAX);
    Some((offset.saturating_sub(half), offset.saturating_add(half)))
}

fn back(time: Timestamp, by_us: i64) -> Timestamp {
    let end = if by_us > 0 { Timestamp::MIN } else { Timestamp::MAX };
    time.saturating_sub(SignedDuration::from_micros(by_us)).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Lane;

    fn reading(offset_ms: Option<i64>, uncertainty_ms: u64) -> Reading {
        Reading {
            lane: Lane::Gated,
            source: "poll:gated".into(),
            began_at: Timestamp::UNIX_EPOCH,
            ended_at: Timestamp::UNIX_EPOCH,
            since: None,
            complete: true,
            pages: 1,
            documents: 0,
            clock_offset_us: offset_ms.map(|ms| ms * 1_000),
            clock_uncertainty: Some(Duration::from_millis(uncertainty_ms)),
            error: None,
        }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    #[test]
    fn readings_narrow_the_skew_down_and_contradictions_widen_it() {
        for (readings, expected) in [
            (vec![], None),
            (vec![reading(None, 100)], None),
            (vec![reading(Some(5_000), 600)], Some((4_400, 5_600))),
            (vec![reading(Some(5_000), 600), reading(Some(5_500), 600)], Some((4_900, 5_600))),
            (vec![reading(Some(5_000), 100), reading(Some(9_000), 100)], Some((4_900, 9_100))),
            (
                vec![reading(Some(9_000), 100), reading(Some(5_000), 100), reading(Some(7_000), 100)],
                Some((4_900, 9_100)),
            ),
        ] {
            let clock = Clock::from_readings(readings.iter());
            assert_eq!(clock.ahead_us.map(|(low, high)| (low / 1_000, high / 1_000)), expected);
        }
    }

    #[test]
    fn only_what_differs_beyond_doubt_and_granularity_is_later() {
        let clock = Clock::from_readings([reading(Some(5_000), 500)].iter());
        for (theirs_ms, limit_ms, expected) in [
            (105_000, 100_000, Known::No),
            (106_000, 100_000, Known::Unknown),
            (105_400, 100_000, Known::No),
            (106_499, 100_000, Known::Unknown),
            (106_501, 100_000, Known::Yes),
            (90_000, 100_000, Known::No),
        ] {
            assert_eq!(clock.ours(at(theirs_ms)).later_than(at(limit_ms)), expected, "{theirs_ms}");
        }
        assert_eq!(Clock::default().ours(at(0)).later_than(at(0)), Known::Unknown);
        assert_eq!(Clock::default().ours(at(0)).seen_by(at(10)).later_than(at(10)), Known::No);
    }

    #[test]
    fn what_is_declared_of_a_clock_counts_where_no_reading_tells() {
        let declared = Clock::default().or_declared(Some(Duration::from_secs(1)));
        assert_eq!(declared.ours(at(10_000)), Span { earliest: at(9_000), latest: at(11_000) });
        let read = Clock::from_readings([reading(Some(5_000), 500)].iter()).or_declared(Some(Duration::ZERO));
        assert_eq!(read.ours(at(10_000)), Span { earliest: at(4_500), latest: at(5_500) });
        assert_eq!(Clock::default().or_declared(None).ours(at(0)), Span::ALWAYS);
    }

    #[test]
    fn an_unknown_clock_is_trusted_to_five_minutes_at_most() {
        let span = Clock::default().ours_roughly(at(1_000_000));
        assert_eq!((span.earliest, span.latest), (at(700_000), at(1_300_000)));
    }
}
