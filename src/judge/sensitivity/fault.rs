//! Faults, each written into a copy of an order's evidence as the journal would hold it had it happened.

use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::places::{self, Money};
use crate::judge::clocks::GRANULARITY;
use crate::judge::facts::LaneContext;
use crate::judge::{OutcomeSeen, Timeline};
use crate::outcome::{AnswerRules, Ending, Flow, Operation, OutcomeKind};

/// After how long a second commit comes, as a retry does.
const RETRY: Duration = Duration::from_secs(5);

/// The ledger never had the order.
pub(super) fn dropped(timeline: &Timeline) -> Timeline {
    let mut copy = timeline.clone();
    let gated = &mut copy.lanes.gated;
    let is_of_ledger = |seen: &OutcomeSeen| {
        use OutcomeKind::{Allocated, Cancelled, Committed, FeedPublished, Gone};
        matches!(seen.outcome.kind, Committed | Allocated | Cancelled | Gone | FeedPublished)
    };
    gated.outcomes.retain(|seen| !is_of_ledger(seen));
    gated.lookups.retain(|lookup| lookup.documents == Some(0));
    copy
}

/// The ledger has it twice, the second time some seconds later and under a number of its own, where it has numbers.
pub(super) fn doubled(timeline: &Timeline) -> Timeline {
    let mut copy = timeline.clone();
    let outcomes = &mut copy.lanes.gated.outcomes;
    let sightings: Vec<OutcomeSeen> = commits(outcomes).cloned().collect();
    outcomes.extend(sightings.into_iter().map(|mut seen| {
        let outcome = &mut seen.outcome;
        outcome.reference = outcome.reference.as_ref().map(|number| format!("{number} seeded"));
        outcome.occurred_at = outcome.occurred_at.and_then(|at| at.checked_add(RETRY).ok());
        outcome.source_id.push_str(" seeded");
        seen.recorded_at = seen.recorded_at.checked_add(RETRY).unwrap_or(seen.recorded_at);
        seen
    }));
    copy
}

/// The commit comes after the SLA by more than clocks can hide, and so does the answer where it waits for the commit; `None` where the order was
/// never sent.
pub(super) fn delayed(timeline: &Timeline, of: &LaneContext) -> Option<Timeline> {
    let mut copy = timeline.clone();
    let gated = &mut copy.lanes.gated;
    let last = gated.sends.iter().filter(|send| send.operation == Operation::Create).map(|send| send.at).max()?;
    let doubt = of.clock.doubt();
    let late = of.policy.sla.saturating_add(GRANULARITY).saturating_add(doubt).saturating_add(GRANULARITY);
    let at = last.saturating_add(late).ok()?;
    let ahead = SignedDuration::from_micros(of.clock.offset_us().unwrap_or(0));
    for seen in gated.outcomes.iter_mut().filter(|seen| seen.outcome.kind == OutcomeKind::Committed) {
        let theirs = at.saturating_add(ahead).unwrap_or(at);
        seen.outcome.occurred_at = seen.outcome.occurred_at.map(|occurred| occurred.max(theirs));
        seen.recorded_at = seen.recorded_at.max(at);
    }
    if of.policy.flow == Flow::ErpGated {
        answer_later(&mut copy, late, at);
    }
    Some(copy)
}

fn answer_later(copy: &mut Timeline, took: Duration, at: Timestamp) {
    let creates = copy.lanes.gated.sends.iter_mut().filter(|send| send.operation == Operation::Create);
    for answer in creates.filter_map(|send| send.answer.as_mut()) {
        answer.took = answer.took.max(took);
        answer.at = answer.at.max(at);
    }
}

/// Its document with a total that is off by a cent, and by more of them where a tolerance may cover that; `None` where it has no amount.
pub(super) fn cents_off<'t>(
    timeline: &'t Timeline,
    money: &Money<'_>,
) -> Option<impl Iterator<Item = Timeline> + use<'t>> {
    /// As many cents: beyond a hundred units of money no tolerance is meant.
    const CENTS: [u32; 3] = [1, 100, 10_000];
    let document = commits(&timeline.lanes.gated.outcomes).last()?.outcome.document.as_deref()?;
    let amount = places::amount(document, money)?;
    Some(CENTS.into_iter().filter_map(move |cents| {
        let altered = Bytes::from(amount.more_by(document, cents)?);
        Some(with_document(timeline, &altered))
    }))
}

/// With the document of another order.
pub(super) fn swapped(timeline: &Timeline, other: &Timeline) -> Timeline {
    let theirs = commits(&other.lanes.gated.outcomes).last().and_then(|seen| seen.outcome.document.clone());
    with_document(timeline, &theirs.unwrap_or_default())
}

/// Refused for good by each answer, and committed all the same.
pub(super) fn refused(timeline: &Timeline, rules: &AnswerRules) -> Timeline {
    let mut copy = timeline.clone();
    let gated = &mut copy.lanes.gated;
    let status = rules.final_statuses.first().copied();
    for answer in gated.sends.iter_mut().filter_map(|send| send.answer.as_mut()) {
        (answer.ending, answer.status, answer.body) = (Ending::Answered, status, Bytes::from_static(b"{}"));
        answer.headers.clear();
    }
    gated.outcomes.retain(|seen| !matches!(seen.outcome.kind, OutcomeKind::Accepted | OutcomeKind::Confirmed));
    copy
}

fn commits(outcomes: &[OutcomeSeen]) -> impl Iterator<Item = &OutcomeSeen> {
    outcomes.iter().filter(|seen| seen.outcome.kind == OutcomeKind::Committed)
}

fn with_document(timeline: &Timeline, document: &Bytes) -> Timeline {
    let mut copy = timeline.clone();
    let outcomes = copy.lanes.gated.outcomes.iter_mut();
    for seen in outcomes.filter(|seen| seen.outcome.kind == OutcomeKind::Committed) {
        seen.outcome.document = seen.outcome.document.as_ref().map(|_| document.clone());
    }
    copy
}
