//! Gaps: what they may hide of an order, and whether something explains them.
//!
//! A gap that has the row of its request is explained by it, where only the time of its recording was missed. One
//! that names an order is explained by what is known of that order. Any other is explained by readings of the live
//! ledger that cover it and the horizon after it and show no document that was not captured: an order that went
//! through the gap would have left one; or by the census, which would list it. A gap after the judged window explains itself: it can't concern what is judged.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::adequacy::Readings;
use super::clocks::Span;
use super::window::{earlier, later};
use super::{CaptureSeen, Fate, GapSeen, GapSummary, LaneEvents, RunSummary};
use crate::order::OrderKey;
use crate::outcome::{Gap, GapReason, Lane, Operation, PerLane, RowId};
use crate::stats::Sum;

/// The gaps of a run.
#[derive(Clone, Debug)]
pub(super) struct Holes {
    gaps: Vec<Hole>,
    /// Periods in which sends may have gone unrecorded, merged and in order.
    periods: Vec<(Timestamp, Timestamp)>,
    /// Gaps that swallowed answers of orders they don't name.
    answers_lost: Vec<Gap>,
    by_key: BTreeMap<OrderKey, Vec<usize>>,
    by_capture: BTreeMap<RowId, Vec<usize>>,
    live: Lane,
    horizon: Duration,
}

#[derive(Clone, Debug)]
struct Hole {
    gap: Gap,
    /// What is known of the order that the gap names; `None`: no such order was judged.
    order: Option<Settled>,
    /// Uncaptured documents of the live ledger that may have come through this gap.
    uncaptured: u64,
    /// Orders of the census without a capture that may have.
    uncaptured_orders: u64,
}

/// Whether what is known of an order makes up for what a gap hides of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Settled {
    No,
    Yes,
}

/// What is known of an order that a gap names.
pub(super) struct Named<'a> {
    pub(super) captures: &'a [CaptureSeen],
    pub(super) fates: PerLane<Fate>,
    /// Whether the live ledger is proven to hold no document of it.
    pub(super) absent_live: bool,
}

impl Holes {
    pub(super) fn new(gaps: &[GapSeen], live: Lane, horizon: Duration) -> Self {
        let mut holes = Self {
            gaps: gaps
                .iter()
                .map(|seen| Hole { gap: seen.gap.clone(), order: None, uncaptured: 0, uncaptured_orders: 0 })
                .collect(),
            periods: periods(gaps),
            answers_lost: gaps.iter().map(|seen| &seen.gap).filter(|gap| swallows_answers(gap)).cloned().collect(),
            by_key: BTreeMap::new(),
            by_capture: BTreeMap::new(),
            live,
            horizon,
        };
        for (at, seen) in gaps.iter().enumerate() {
            if let Some(key) = &seen.gap.order_key {
                holes.by_key.entry(key.clone()).or_default().push(at);
            }
            if let Some(capture) = seen.gap.capture {
                holes.by_capture.entry(capture).or_default().push(at);
            }
        }
        holes
    }

    pub(super) fn count(&self) -> u64 {
        self.gaps.len() as u64
    }

    /// Until when sends of an order may have gone unrecorded; `None` when no gap touches it.
    pub(super) fn hide_until(
        &self,
        key: &OrderKey,
        captures: &[CaptureSeen],
        events: &LaneEvents,
    ) -> Option<Timestamp> {
        if self.gaps.is_empty() {
            return None;
        }
        let captured = captures.iter().filter(|capture| capture.operation == Operation::Create);
        let received = captured.map(|capture| capture.received_at);
        let sent = events.sends.iter().filter(|send| send.operation == Operation::Create).map(|send| send.at);
        let period = received.chain(sent).filter_map(|at| self.period_end(at)).max();
        let named = self.naming(key, captures).filter_map(|at| self.gaps.get(at)).map(|hole| hole.gap.ended_at).max();
        period.max(named)
    }

    /// Whether a gap says that an answer to this order on `lane` was lost. `unanswered` is when the first send was
    /// made whose answer is not on record: a gap that names no order may have swallowed it, until its end.
    pub(super) fn lost_answer(
        &self,
        key: &OrderKey,
        captures: &[CaptureSeen],
        lane: Lane,
        unanswered: Option<Timestamp>,
    ) -> bool {
        let of_lane = |gap: &Gap| gap.lane.is_none_or(|other| other == lane);
        let swallowed = |sent: Timestamp| self.answers_lost.iter().any(|gap| of_lane(gap) && sent <= gap.ended_at);
        let mut named = self.naming(key, captures).filter_map(|at| self.gaps.get(at)).map(|hole| &hole.gap);
        named.any(|gap| gap.reason == GapReason::AnswerUnrecorded && of_lane(gap)) || unanswered.is_some_and(swallowed)
    }

    /// Takes note of an order that gaps may name.
    pub(super) fn order(&mut self, key: &OrderKey, named: &Named<'_>) {
        if self.gaps.is_empty() {
            return;
        }
        let places: Vec<usize> = self.naming(key, named.captures).collect();
        for place in places {
            if let Some(hole) = self.gaps.get_mut(place) {
                hole.order = hole.order.max(Some(named.settles(&hole.gap)));
            }
        }
    }

    /// Takes note of a document of the live ledger that no capture explains, committed some time within `span`.
    pub(super) fn uncaptured(&mut self, span: Span) {
        for hole in &mut self.gaps {
            let until = later(hole.gap.ended_at, self.horizon);
            if span.latest >= earlier(hole.gap.began_at, super::clocks::GRANULARITY) && span.earliest <= until {
                hole.uncaptured += 1;
            }
        }
    }

    /// Takes note of an order of the census that no capture has, placed some time within `span`.
    pub(super) fn uncaptured_order(&mut self, span: Span) {
        for hole in &mut self.gaps {
            let from = earlier(hole.gap.began_at, self.horizon);
            if span.latest >= from && span.earliest <= hole.gap.ended_at {
                hole.uncaptured_orders += 1;
            }
        }
    }

    /// Gaps that nothing explains, by reason. `census` is up to when the census holds every order.
    pub(super) fn unexplained(
        &self,
        live: &Readings,
        census: Option<Timestamp>,
        until: Timestamp,
    ) -> BTreeMap<GapReason, u64> {
        let mut reasons = BTreeMap::new();
        for hole in self.gaps.iter().filter(|hole| hole.gap.began_at < until && !self.explained(hole, live, census)) {
            *reasons.entry(hole.gap.reason).or_default() += 1;
        }
        reasons
    }

    /// The gaps as they are reported, those that nothing explains first; with what they are held against as in
    /// [`Holes::unexplained`].
    pub(super) fn list(&self, live: &Readings, census: Option<Timestamp>, until: Timestamp) -> Vec<GapSummary> {
        let summary = |hole: &Hole| GapSummary {
            reason: hole.gap.reason,
            began_at: hole.gap.began_at,
            ended_at: hole.gap.ended_at,
            requests: hole.gap.requests,
            lane: hole.gap.lane,
            order_key: hole.gap.order_key.clone(),
            explained: hole.gap.began_at >= until || self.explained(hole, live, census),
        };
        let mut list: Vec<GapSummary> = self.gaps.iter().map(summary).collect();
        list.sort_by_key(|gap| gap.explained);
        list.truncate(RunSummary::GAPS_MAX);
        list
    }

    fn explained(&self, hole: &Hole, live: &Readings, census: Option<Timestamp>) -> bool {
        let gap = &hole.gap;
        let recorded = matches!(gap.reason, GapReason::JournalSlow | GapReason::JournalUnavailable | GapReason::Down);
        match hole.order {
            _ if recorded && gap.capture.is_some() => true,
            Some(settled) => settled == Settled::Yes,
            None if gap.reason == GapReason::AnswerUnrecorded && gap.lane.is_some_and(|lane| lane != self.live) => {
                false
            }
            // A storefront that lists all orders up to the gap's end, each of them captured, sent none through it.
            None if gap.reason != GapReason::AnswerUnrecorded
                && hole.uncaptured == 0
                && hole.uncaptured_orders == 0
                && census.is_some_and(|through| through >= gap.ended_at) =>
            {
                true
            }
            None => hole.uncaptured == 0 && live.cover(gap.began_at, later(gap.ended_at, self.horizon)),
        }
    }

    /// Whether a gap names an order.
    pub(super) fn names(&self, key: &OrderKey, captures: &[CaptureSeen]) -> bool {
        self.naming(key, captures).next().is_some()
    }

    /// Whether the same is hidden of orders that no gap names.
    pub(super) fn hides_as(&self, other: &Self) -> bool {
        self.periods == other.periods && self.answers_lost == other.answers_lost
    }

    fn period_end(&self, at: Timestamp) -> Option<Timestamp> {
        let after = self.periods.partition_point(|(began, _)| *began <= at);
        let (_, ended) = self.periods.get(after.checked_sub(1)?)?;
        (at <= *ended).then_some(*ended)
    }

    fn naming<'a>(&'a self, key: &OrderKey, captures: &'a [CaptureSeen]) -> impl Iterator<Item = usize> + 'a {
        let by_key = self.by_key.get(key).into_iter().flatten();
        let by_capture = captures.iter().filter_map(|capture| self.by_capture.get(&capture.row)).flatten();
        by_key.chain(by_capture).copied()
    }
}

/// By the place of each gap; later ones may have come.
impl Sum for Holes {
    fn plus(&mut self, other: &Self) {
        for (hole, own) in self.gaps.iter_mut().zip(&other.gaps) {
            hole.order = hole.order.max(own.order);
            hole.uncaptured += own.uncaptured;
            hole.uncaptured_orders += own.uncaptured_orders;
        }
    }

    fn minus(&mut self, other: &Self) -> bool {
        self.gaps.iter_mut().zip(&other.gaps).fold(true, |is_told, (hole, own)| {
            let told = [
                own.order.is_none(),
                hole.uncaptured.minus(&own.uncaptured),
                hole.uncaptured_orders.minus(&own.uncaptured_orders),
            ];
            is_told && !told.contains(&false)
        })
    }

    fn is_nothing(&self) -> bool {
        let touched = |hole: &Hole| hole.order.is_some() || hole.uncaptured > 0 || hole.uncaptured_orders > 0;
        !self.gaps.iter().any(touched)
    }
}

impl Named<'_> {
    fn settles(&self, gap: &Gap) -> Settled {
        let settled = match gap.reason {
            // The order takes part in the comparison all the same: it was teed, or a rule excludes it.
            _ if gap.reason != GapReason::AnswerUnrecorded && self.captures.iter().any(is_counted) => true,
            // Only the live lane saw it: that matters unless it came to nothing there.
            GapReason::BodyTooLarge | GapReason::JournalSlow | GapReason::JournalUnavailable | GapReason::Down => {
                self.absent_live
            }
            GapReason::AnswerUnrecorded => {
                let known = |lane: Lane| !matches!(self.fates.get(lane), Fate::Unsent | Fate::Unobserved);
                gap.lane.map_or_else(|| Lane::ALL.iter().all(|lane| known(*lane)), known)
            }
        };
        if settled { Settled::Yes } else { Settled::No }
    }
}

/// Whether a capture makes its order one of the run: a `create` that was teed, or excluded by a rule.
pub(super) fn is_counted(capture: &CaptureSeen) -> bool {
    capture.operation == Operation::Create && capture.skip.is_none()
}

fn swallows_answers(gap: &Gap) -> bool {
    gap.reason == GapReason::AnswerUnrecorded && gap.order_key.is_none() && gap.capture.is_none()
}

fn periods(gaps: &[GapSeen]) -> Vec<(Timestamp, Timestamp)> {
    let hides = |gap: &Gap| matches!(gap.reason, GapReason::Down | GapReason::JournalUnavailable);
    let mut all: Vec<_> =
        gaps.iter().filter(|seen| hides(&seen.gap)).map(|seen| (seen.gap.began_at, seen.gap.ended_at)).collect();
    all.sort_unstable();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (began, ended) in all {
        match merged.last_mut() {
            Some((_, end)) if began <= *end => *end = ended.max(*end),
            _ => merged.push((began, ended)),
        }
    }
    merged
}
