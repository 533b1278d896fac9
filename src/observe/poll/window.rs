//! The window of a reading: how far back it must reach so that it is adequate for every order that is
//! still open (DESIGN 4).
//!
//! An order is *open* on a lane until two complete readings in a row, whose windows reach back to its
//! first send less `overlap`, began after its last send plus the lane's horizon plus `lag`. That needs
//! no list of orders: readings settle a stretch of time with all orders first sent in it, and the
//! stretches join. Only what was sent again after its first send was settled is kept by name.

use std::time::Duration;

use jiff::Timestamp;

use super::skew::Offset;
use crate::journal::LateSend;

/// A send is recorded after it is dated, and while the journal is slow some time after; so the first
/// send on record may not be the first.
const UNRECORDED_MAX: Duration = Duration::from_secs(60);

/// How far a ledger's clock may be behind that tells nothing of itself: as far as Kerberos lets clocks differ before
/// it refuses to work (RFC 4120, 8.2). Asked for less, such a ledger would hold back what it has just committed.
const SKEW_UNKNOWN: Duration = Duration::from_secs(300);

/// What decides how far a reading reaches back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// After this an order must be in the ledger.
    pub(super) horizon: Duration,
    /// How far the ledger that is read may lag behind.
    pub(super) lag: Duration,
    /// How far a window reaches back before what it must hold.
    pub(super) overlap: Duration,
    /// The lane's `scope.since`: nothing before it matters.
    pub(super) scope_since: Option<Timestamp>,
}

/// Which sends have been looked for often enough.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    reach: Reach,
    /// Every order first sent before this has had one adequate reading.
    once: Timestamp,
    /// And before this, two.
    twice: Timestamp,
    /// Sends of orders that were first sent before `twice`, which open them again.
    late: Vec<LateSend>,
}

impl Settled {
    /// Nothing is settled but the time before the lane's first send, or before now where it has none.
    pub(super) fn new(reach: Reach, first_attempt: Option<Timestamp>, now: Timestamp) -> Self {
        let begin = earlier(first_attempt.unwrap_or(now), UNRECORDED_MAX);
        Self { reach, once: begin, twice: begin, late: Vec::new() }
    }

    /// Takes in a complete reading; they come in the order of recording.
    pub(super) fn read(&mut self, began_at: Timestamp, since: Option<Timestamp>) {
        let up_to = earlier(began_at, self.reach.horizon.saturating_add(self.reach.lag));
        if self.reaches(since, self.twice) {
            self.twice = self.twice.max(self.once.min(up_to));
        }
        if self.reaches(since, self.once) {
            self.once = self.once.max(up_to);
        }
        let twice = self.twice;
        self.late.retain(|late| late.sent_at >= twice);
    }

    /// Whether a window holds every order first sent at `from` or later.
    fn reaches(&self, since: Option<Timestamp>, from: Timestamp) -> bool {
        let from = self.reach.scope_since.map_or(from, |scope| scope.max(from));
        since.is_none_or(|since| since <= earlier(from, self.reach.overlap))
    }

    /// Sends from here on may be of open orders.
    pub(super) const fn open_from(&self) -> Timestamp {
        self.twice
    }

    /// Takes in sends of orders that were sent before.
    pub(super) fn sent_late(&mut self, late: impl IntoIterator<Item = LateSend>) {
        self.late.extend(late);
    }

    /// From when on documents must be read: the oldest order still open, less `overlap`, and never
    /// before the scope. With no order open it still trails by horizon and overlap, so that phantoms
    /// that come late are seen.
    pub(super) fn since(&self) -> Timestamp {
        let oldest = self.late.iter().map(|late| late.first_sent_at).fold(self.twice, Timestamp::min);
        let since = earlier(oldest, self.reach.overlap);
        self.reach.everything().map_or(since, |everything| everything.max(since))
    }
}

impl Reach {
    /// The window that holds all that can matter; `None`: all.
    pub(super) fn everything(&self) -> Option<Timestamp> {
        self.scope_since.map(|since| earlier(since, self.overlap))
    }
}

/// The time to ask the ledger for, so that it gives all documents committed since `since` on our
/// clock: earlier by as much as its own clock may be behind, and in whole seconds, which every ledger reads.
pub(super) fn asked(since: Timestamp, offset: Option<Offset>) -> Timestamp {
    let unknown_us = i64::try_from(SKEW_UNKNOWN.as_micros()).unwrap_or_default();
    let behind_us = offset.map_or(unknown_us, Offset::behind_max_us);
    let second = since.as_microsecond().saturating_sub(behind_us).div_euclid(1_000_000);
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `time` less `by`, at the earliest the epoch: no ledger holds anything before.
pub(super) fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    let earlier = time.checked_sub(by).unwrap_or(Timestamp::UNIX_EPOCH);
    earlier.max(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: i64 = 1_720_000_000;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(T0 + second).unwrap()
    }

    fn second(time: Timestamp) -> i64 {
        time.as_second() - T0
    }

    /// Horizon 100 s, lag 10 s, overlap 20 s, first send at 60 (so it may have begun at 0).
    fn settled(scope_since: Option<i64>) -> Settled {
        let secs = Duration::from_secs;
        let reach = Reach { horizon: secs(100), lag: secs(10), overlap: secs(20), scope_since: scope_since.map(at) };
        Settled::new(reach, Some(at(60)), at(1_000))
    }

    #[test]
    fn two_readings_after_the_horizon_settle_what_they_reach_back_to() {
        // (began, since) of complete readings, and what is open from then on.
        let all: Option<i64> = None;
        for (readings, open_from) in [
            (vec![], 0),
            // Both before the first horizon is over.
            (vec![(100, all), (109, all)], 0),
            (vec![(210, all)], 0),
            (vec![(210, all), (215, all)], 100),
            (vec![(210, all), (215, Some(-20))], 100),
            // The second doesn't reach back to the first send less overlap.
            (vec![(210, all), (215, Some(-19))], 0),
            // It settles what it reaches, once the stretches join.
            (vec![(210, all), (215, all), (300, Some(80)), (305, Some(80))], 190),
            (vec![(210, all), (215, all), (300, Some(81)), (305, Some(81))], 100),
            // A reading that began before the last one takes nothing back.
            (vec![(300, all), (305, all), (250, all)], 190),
        ] {
            let mut settled = settled(None);
            for (began, since) in &readings {
                settled.read(at(*began), since.map(at));
            }
            assert_eq!(second(settled.open_from()), open_from, "{readings:?}");
            assert_eq!(second(settled.since()), open_from - 20, "{readings:?}");
        }
    }

    /// Whatever happens, the window that is asked for next is adequate for all that is open.
    #[test]
    fn windows_as_asked_for_settle_everything_in_time() {
        let mut settled = settled(None);
        let mut began = 100;
        for step in 0..200 {
            began += 5 + i64::from(step % 7 == 0) * 400;
            let since = settled.since();
            assert!(since <= earlier(settled.open_from(), Duration::from_secs(20)));
            settled.read(at(began), Some(since));
        }
        assert!(second(settled.open_from()) >= began - 110 - 405 - 5, "{}", second(settled.open_from()));
    }

    #[test]
    fn an_order_sent_again_opens_its_first_send() {
        let mut settled = settled(None);
        settled.read(at(1_000), None);
        settled.read(at(1_005), None);
        assert_eq!(second(settled.since()), 870);
        settled.sent_late([LateSend { sent_at: at(1_010), first_sent_at: at(200) }]);
        assert_eq!(second(settled.since()), 180);
        settled.read(at(1_121), Some(at(180)));
        assert_eq!(second(settled.since()), 180, "one reading after its horizon is not enough");
        settled.read(at(1_126), Some(at(180)));
        assert_eq!(second(settled.since()), 1_011 - 20);
    }

    #[test]
    fn nothing_before_the_scope_is_asked_for() {
        let mut settled = settled(Some(500));
        assert_eq!(second(settled.since()), 480);
        assert_eq!(settled.reach.everything().map(second), Some(480));
        settled.read(at(1_000), Some(at(480)));
        settled.read(at(1_005), Some(at(480)));
        assert_eq!(second(settled.open_from()), 890);
    }

    #[test]
    fn a_ledger_whose_clock_is_behind_is_asked_for_more() {
        let offset = |ahead_us| Some(Offset { ahead_us, uncertainty: Duration::from_millis(600) });
        let since = Timestamp::from_microsecond((T0 + 100) * 1_000_000 + 700_000).unwrap();
        for (offset, expected) in [(None, -200), (offset(0), 100), (offset(-90_000_000), 10), (offset(90_000_000), 100)]
        {
            assert_eq!(second(asked(since, offset)), expected, "{offset:?}");
        }
    }
}
