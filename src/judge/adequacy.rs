//! Which readings and watermarks prove that an order's document is not in a ledger (DESIGN 4, "Adequate").
//!
//! A question costs the logarithm of the number of readings, so that weeks of polls and a million orders meet cheaply.

use std::time::Duration;

use jiff::Timestamp;

use super::clocks::{Clock, Known, Span};
use super::window::{earlier, later};
use super::{LanePolicy, ReadingSeen, WatermarkSeen};
use crate::outcome::{Lookup, RowId, WatermarkKind};

/// When an order can have been sent to a lane: what a reading must reach back to, and come after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// The first send, or where none is on record the first capture.
    pub(super) first: Timestamp,
    /// The last that can have reached the lane, never before `first`.
    pub(super) last: Timestamp,
}

/// How much of what is needed to conclude that an order is absent was had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Adequate {
    /// No adequate reading: nothing follows from not having seen a document.
    No,
    /// One adequate reading.
    Once,
    /// Two adequate readings, one and a look-up, or an export that was declared complete: absence is proven.
    Proof,
}

/// The readings of one ledger that came to their end, and its watermarks.
#[derive(Clone, Debug)]
pub(super) struct Readings {
    /// In the order of their beginning.
    complete: Vec<Window>,
    /// For each place in `complete`: the two furthest reaches among the readings from there on.
    reaches: Vec<(Timestamp, Timestamp)>,
    /// Stretches of commit times that readings show without a hole, in order.
    covered: Vec<(Timestamp, Timestamp)>,
    /// What sources said.
    said: Said,
    /// Readings that did not come to their end.
    pub(super) broken: u64,
    settle: Duration,
    horizon: Duration,
    overlap: Duration,
}

/// Up to when sources said that all commits were seen, on our clock at the earliest.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// Of an export, by a person: the latest.
    declared: Option<Timestamp>,
    /// Beside events: the two latest that differ. The same time told twice is one watermark.
    told: [Option<Timestamp>; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Window {
    began: Timestamp,
    since: Timestamp,
    row: RowId,
}

impl Readings {
    /// `as_of` is the judge's *now*: no source can have seen all commits up to much later.
    pub(super) fn new(
        policy: &LanePolicy,
        readings: &[ReadingSeen],
        watermarks: &[WatermarkSeen],
        clock: Clock,
        as_of: Timestamp,
    ) -> Self {
        let mut complete: Vec<Window> = readings.iter().filter(|seen| seen.reading.complete).map(window_of).collect();
        complete.sort_unstable();
        Self {
            reaches: reaches(&complete),
            covered: covered(&complete, policy),
            said: Said::of(watermarks, clock, as_of),
            broken: readings.iter().filter(|seen| !seen.reading.complete).count() as u64,
            complete,
            settle: policy.horizon.saturating_add(policy.lag),
            horizon: policy.horizon,
            overlap: policy.overlap,
        }
    }

    /// How many came to their end.
    pub(super) fn complete_count(&self) -> u64 {
        self.complete.len() as u64
    }

    /// Up to when every commit has been seen: the last complete reading's beginning, or what a source said.
    pub(super) fn watermark(&self) -> Option<Timestamp> {
        self.complete.last().map(|window| window.began).max(self.said.latest())
    }

    /// What follows from an order that was so sent not having been seen.
    pub(super) fn adequate(&self, sent: Sent) -> Adequate {
        let (declared, told) = self.said.after(later(sent.last, self.horizon));
        let reach = earlier(sent.first, self.overlap);
        let read = match self.reaches.get(self.first_after(sent.last)) {
            Some((_, second)) if *second <= reach => 2,
            Some((best, _)) if *best <= reach => 1,
            _ => 0,
        };
        match read + told {
            _ if declared => Adequate::Proof,
            0 => Adequate::No,
            1 => Adequate::Once,
            _ => Adequate::Proof,
        }
    }

    /// As [`Readings::adequate`], where the order was looked up as well. A look-up asks for one order by its names and
    /// sees nothing of what the ledger stores under others, so that it confirms a reading and never stands for one.
    pub(super) fn adequate_with(&self, sent: Sent, lookups: &[Lookup]) -> Adequate {
        let from = later(sent.last, self.settle);
        let lacks = |lookup: &Lookup| lookup.documents == Some(0) && lookup.began_at >= from;
        match self.adequate(sent) {
            Adequate::Once if lookups.iter().any(lacks) => Adequate::Proof,
            adequate => adequate,
        }
    }

    /// Whether two adequate readings were had before `row`, which was recorded at `recorded`: they lacked what
    /// was first seen there.
    pub(super) fn lacked_before(&self, sent: Sent, row: RowId, recorded: Timestamp) -> bool {
        if recorded < later(sent.last, self.settle) {
            return false;
        }
        let reach = earlier(sent.first, self.overlap);
        let from = self.first_after(sent.last);
        if self.reaches.get(from).is_none_or(|(_, second)| *second > reach) {
            return false;
        }
        let later_ones = self.complete.iter().skip(from).take_while(|window| window.began <= recorded);
        later_ones.filter(|window| window.row < row && window.since <= reach).nth(1).is_some()
    }

    /// Whether one reading is adequate for every order of a window.
    pub(super) fn whole(&self, begin: Timestamp, until: Timestamp) -> bool {
        self.adequate(Sent { first: begin, last: until }) >= Adequate::Once
    }

    /// Whether readings show every document that was committed from `from` to `to`.
    pub(super) fn cover(&self, from: Timestamp, to: Timestamp) -> bool {
        let after = self.covered.partition_point(|(start, _)| *start <= from);
        let stretch = after.checked_sub(1).and_then(|at| self.covered.get(at));
        stretch.is_some_and(|(_, end)| *end >= to)
    }

    /// The place of the first reading that began late enough after a send at `last`.
    fn first_after(&self, last: Timestamp) -> usize {
        let from = later(last, self.settle);
        self.complete.partition_point(|window| window.began < from)
    }
}

impl Said {
    fn of(watermarks: &[WatermarkSeen], clock: Clock, as_of: Timestamp) -> Self {
        let mut said = Self::default();
        for WatermarkSeen { recorded_at, watermark } in watermarks {
            // Later than now by more than any doubt: by a clock of which nothing is known, or invented.
            if clock.is_beyond(watermark.at, as_of) {
                continue;
            }
            // Nobody has seen commits that came after he spoke: by a clock that is ahead he would vouch for them, once their
            // time has come.
            let at = clock.ours_roughly(watermark.at).earliest.min(*recorded_at);
            match watermark.kind {
                WatermarkKind::Declared => said.declared = said.declared.max(Some(at)),
                WatermarkKind::Told => said.told(at),
            }
        }
        said
    }

    fn told(&mut self, at: Timestamp) {
        let [latest, second] = self.told;
        self.told = match latest {
            Some(known) if at == known => [latest, second],
            Some(known) if at < known => [latest, second.max(Some(at))],
            _ => [Some(at), latest],
        };
    }

    fn latest(&self) -> Option<Timestamp> {
        let [told, _] = self.told;
        self.declared.max(told)
    }

    /// Whether an export was declared complete after `horizon_end`, and how many watermarks were told after it.
    fn after(&self, horizon_end: Timestamp) -> (bool, usize) {
        let is_after = |at: Timestamp| Span { earliest: at, latest: at }.later_than(horizon_end) == Known::Yes;
        (self.declared.is_some_and(is_after), self.told.into_iter().flatten().filter(|at| is_after(*at)).count())
    }
}

fn window_of(seen: &ReadingSeen) -> Window {
    let since = seen.reading.since.unwrap_or(Timestamp::MIN);
    Window { began: seen.reading.began_at, since, row: seen.row }
}

fn reaches(complete: &[Window]) -> Vec<(Timestamp, Timestamp)> {
    let mut two = (Timestamp::MAX, Timestamp::MAX);
    let mut reaches: Vec<_> = complete.iter().rev().map(|window| two_least(&mut two, window.since)).collect();
    reaches.reverse();
    reaches
}

fn two_least(two: &mut (Timestamp, Timestamp), next: Timestamp) -> (Timestamp, Timestamp) {
    *two = if next <= two.0 { (next, two.0) } else { (two.0, two.1.min(next)) };
    *two
}

/// A reading that began at B with a window since S shows commits from S plus the overlap to B less the lag.
fn covered(complete: &[Window], policy: &LanePolicy) -> Vec<(Timestamp, Timestamp)> {
    let show = |window: &Window| {
        let from = if window.since == Timestamp::MIN { window.since } else { later(window.since, policy.overlap) };
        (from, earlier(window.began, policy.lag))
    };
    let mut shown: Vec<_> = complete.iter().map(show).filter(|(from, to)| from <= to).collect();
    shown.sort_unstable();
    let mut stretches: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (from, to) in shown {
        match stretches.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => stretches.push((from, to)),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::outcome::{AnswerRules, Flow, Lane, LedgerKind, Reading, Role, Scope};

    const SECOND: Duration = Duration::from_secs(1);

    fn policy() -> LanePolicy {
        LanePolicy {
            role: Role::Shadow,
            flow: Flow::ErpGated,
            ledger: LedgerKind::Sandbox,
            observed: true,
            sla: SECOND * 10,
            horizon: SECOND * 20,
            lag: SECOND * 5,
            overlap: SECOND * 3,
            grace: SECOND,
            answer: AnswerRules::default(),
            scope: Scope::default(),
            ..LanePolicy::new(Role::Shadow, Flow::ErpGated, LedgerKind::Sandbox)
        }
    }

    fn reading((row, (began, since, complete)): (usize, (u16, Option<u16>, bool))) -> ReadingSeen {
        let reading = Reading {
            lane: Lane::Gated,
            source: "poll:gated".into(),
            began_at: at(began),
            ended_at: at(began),
            since: since.map(at),
            complete,
            pages: 1,
            documents: 0,
            clock_offset_us: None,
            clock_uncertainty: None,
            error: None,
        };
        ReadingSeen { row: row as RowId, reading }
    }

    fn at(second: u16) -> Timestamp {
        Timestamp::from_second(1_000 + i64::from(second)).unwrap()
    }

    proptest! {
        /// The index says what the plain definition says, reading by reading.
        #[test]
        fn the_index_agrees_with_the_definition(
            readings in prop::collection::vec((0..200_u16, prop::option::of(0..200_u16), prop::bool::weighted(0.8)), 0..12),
            first in 0..150_u16, took in 0..30_u16, seen in 0..250_u16, row in 0..12_usize,
        ) {
            let (of, seen) = (policy(), at(seen));
            let readings: Vec<ReadingSeen> = readings.into_iter().enumerate().map(reading).collect();
            let sent = Sent { first: at(first), last: at(first + took) };
            let adequate = |one: &&ReadingSeen| one.reading.is_adequate(sent.first, sent.last, of.horizon + of.lag, of.overlap);
            let index = Readings::new(&of, &readings, &[], Clock::default(), Timestamp::MAX);
            let expected = match readings.iter().filter(adequate).count() {
                0 => Adequate::No,
                1 => Adequate::Once,
                _ => Adequate::Proof,
            };
            prop_assert_eq!(index.adequate(sent), expected);

            let before = |one: &&ReadingSeen| one.row < row as RowId && one.reading.began_at <= seen;
            let lacked = readings.iter().filter(adequate).filter(before).count() >= 2;
            prop_assert_eq!(index.lacked_before(sent, row as RowId, seen), lacked);
        }

        /// A stretch is covered when every second of it lies in some reading's window.
        #[test]
        fn readings_cover_what_they_show_together(
            readings in prop::collection::vec((0..100_u16, prop::option::of(0..100_u16), prop::bool::weighted(0.8)), 0..8),
            from in 0..100_u16, length in 0..20_u16,
        ) {
            let of = policy();
            let readings: Vec<ReadingSeen> = readings.into_iter().enumerate().map(reading).collect();
            let index = Readings::new(&of, &readings, &[], Clock::default(), Timestamp::MAX);
            // In halves of a second, as windows that only touch leave nothing between them.
            let shows = |time: Timestamp| readings.iter().any(|one| {
                let from = one.reading.since.map_or(Timestamp::MIN, |since| later(since, of.overlap));
                one.reading.complete && from <= time && time <= earlier(one.reading.began_at, of.lag)
            });
            let halves = (0..=u32::from(length) * 2).map(|n| later(at(from), SECOND / 2 * n));
            prop_assert_eq!(index.cover(at(from), at(from + length)), halves.into_iter().all(shows));
        }
    }
}
