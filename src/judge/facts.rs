//! From a timeline to the few facts that a lane's fate depends on.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::adequacy::{Adequate, Readings, Sent};
use super::clocks::{Clock, Known, Span};
use super::documents::{Document, Documents};
use super::holes::{Holes, is_counted};
use super::table::{LaneFacts, Presence};
use super::window::later;
use super::words::Words;
use super::{CaptureSeen, DocumentState, DocumentsRule, LanePolicy, Timeline, split};
use crate::order::OrderPlaces;
use crate::outcome::{Lane, Operation, OutcomeKind, Role};

/// What a lane's evidence says of one order, before it is condensed.
#[derive(Clone, Debug)]
pub(super) struct LaneCase {
    pub(super) words: Words,
    pub(super) documents: Documents,
    pub(super) adequate: Adequate,
    /// Whether an answer may have been given that is not on record: a gap says so, or it went to the client.
    pub(super) answer_hidden: bool,
    /// Whether it has several documents, and may have them: they are parts of one order.
    is_split: bool,
    sent: Sent,
}

/// What of an order is the same on both lanes.
#[derive(Clone, Debug)]
pub(super) struct OrderCase {
    /// When it was first received, as far as it is judged.
    pub(super) received_at: Timestamp,
    /// When it came first, be that in a replayed capture.
    pub(super) came_at: Timestamp,
    /// Whether it is one of the run's orders.
    pub(super) counted: bool,
    /// Whether every capture that counts is excluded by a rule.
    pub(super) excluded: bool,
    /// When the first cancel of it was received; `None`: the storefront never cancelled it.
    pub(super) cancelled_at: Option<Timestamp>,
}

/// What is known of one lane as a whole.
#[derive(Clone, Debug)]
pub(super) struct LaneContext {
    pub(super) policy: LanePolicy,
    /// What readings tell of its ledger's clock.
    pub(super) measured: Clock,
    /// The same, or where they tell nothing what is declared.
    pub(super) clock: Clock,
    pub(super) readings: Readings,
}

impl LaneContext {
    /// Whether times and orders are read as by another one, whatever readings each of them has.
    pub(super) fn tells_as(&self, other: &Self) -> bool {
        self.policy == other.policy && self.measured == other.measured && self.clock == other.clock
    }
}

impl OrderCase {
    pub(super) fn new(timeline: &Timeline) -> Self {
        let captures = &timeline.captures;
        let teed = |capture: &&CaptureSeen| is_counted(capture) && capture.excluded.is_none();
        let received = |capture: &CaptureSeen| capture.received_at;
        let first_teed = captures.iter().filter(teed).map(received).min();
        let first_counted = captures.iter().filter(|capture| is_counted(capture)).map(received).min();
        let first = first_teed.or(first_counted).or_else(|| captures.iter().map(received).min());
        let occurred =
            captures.iter().filter(|capture| is_counted(capture)).filter_map(|capture| capture.occurred_at).min();
        let cancels = captures.iter().filter(|capture| capture.operation == Operation::Cancel);
        Self {
            received_at: first.unwrap_or(Timestamp::MIN),
            came_at: occurred.or(first).unwrap_or(Timestamp::MIN),
            counted: first_counted.is_some(),
            excluded: first_counted.is_some() && first_teed.is_none(),
            cancelled_at: cancels.map(received).min(),
        }
    }
}

impl LaneCase {
    pub(super) fn new(order: &OrderCase, timeline: &Timeline, lane: Lane, of: &LaneContext, holes: &Holes) -> Self {
        let events = timeline.lanes.get(lane);
        let mut words = Words::fold(&of.policy, events);
        // A number that is the order's own key may be anybody's, and says nothing of the ERP.
        if let Some(told) = &mut words.confirmed {
            told.names.take_if(|number| number == timeline.key.as_str());
        }
        let lost = holes.lost_answer(&timeline.key, &timeline.captures, lane, words.unanswered);
        let answer_hidden = lost || (words.unanswered.is_some() && of.policy.role == Role::Live);
        let documents = Documents::fold(&events.outcomes, words.cancel_taken_at);
        let first = words.first_send.unwrap_or(order.received_at);
        let last = words.last_send.max(holes.hide_until(&timeline.key, &timeline.captures, events));
        let sent = Sent { first, last: last.unwrap_or(first).max(first) };
        let adequate = of.readings.adequate_with(sent, &events.lookups);
        Self { adequate, words, documents, answer_hidden, is_split: false, sent }
    }

    /// Takes a document away that is not this lane's own: the shadow wrote it.
    pub(super) fn disown(&mut self, reference: &str) {
        self.documents.all.retain(|document| document.reference.as_deref() != Some(reference));
    }

    /// Excuses several documents that are parts of the order, where the lane's ERP splits orders.
    pub(super) fn excuse_split(
        &mut self,
        of: &LaneContext,
        captures: &[CaptureSeen],
        of_orders: &BTreeMap<String, OrderPlaces>,
    ) {
        if of.policy.documents != DocumentsRule::Split {
            return;
        }
        let standing: Vec<&Document> = self.documents.standing().collect();
        self.is_split =
            standing.len() > 1 && split::is_covered(&standing, of.policy.document.as_ref(), captures, of_orders);
    }

    /// Whether it has several documents that are parts of one order.
    pub(super) const fn is_split(&self) -> bool {
        self.is_split
    }

    /// Whether an answer is not on record that may have acknowledged the order.
    pub(super) const fn unrecorded(&self) -> bool {
        self.answer_hidden || self.words.unanswered.is_some()
    }

    /// The facts that decide.
    pub(super) fn facts(&self, order: &OrderCase, timeline: &Timeline, lane: Lane, of: &LaneContext) -> LaneFacts {
        LaneFacts {
            excluded: order.excluded,
            in_window: true,
            leaked: false,
            presence: self.presence(),
            word: self.words.word,
            sent: self.words.sent,
            late: self.late(of) == Known::Yes,
            cancelled_early: self.cancelled_early(order, timeline, lane, of),
            absence_proven: self.adequate == Adequate::Proof && !timeline.lanes.get(lane).shares_document,
        }
    }

    /// Whether the commit came after the SLA. It did as well when the order was lost before its document appeared.
    pub(super) fn late(&self, of: &LaneContext) -> Known {
        let (Some(first), Some(document)) = (self.words.first_send, self.document()) else {
            return Known::Unknown;
        };
        let lacked = of.readings.lacked_before(self.sent, document.first_row, document.first_seen_at);
        match self.committed(document, of).later_than(later(first, of.policy.sla)) {
            _ if lacked => Known::Yes,
            known => known,
        }
    }

    /// When a document was committed, on our clock, as far as it is known. The shadow has its orders from nobody
    /// else, so that it can't have committed this one before it was sent.
    pub(super) fn committed(&self, document: &Document, of: &LaneContext) -> Span {
        let span = document.committed_at.map_or(Span::ALWAYS, |at| of.clock.ours(at));
        let span = match self.words.first_send {
            Some(first) if of.policy.role == Role::Shadow => span.not_before(first),
            _ => span,
        };
        span.seen_by(document.first_seen_at)
    }

    /// From the first send to the commit, by the middle of what the clocks allow.
    pub(super) fn commit_latency(&self, of: &LaneContext) -> Option<SignedDuration> {
        let offset = SignedDuration::from_micros(of.clock.offset_us()?);
        let committed = self.document()?.committed_at?.checked_sub(offset).ok()?;
        Some(committed.duration_since(self.words.first_send?))
    }

    /// The document that the order stands by: the first that was not cancelled, or else the first. An order that was
    /// split is committed when its last part is.
    pub(super) fn document(&self) -> Option<&Document> {
        let standing = self.documents.standing();
        let by = |document: &&Document| document.order();
        let document = if self.is_split { standing.max_by_key(by) } else { standing.min_by_key(by) };
        document.or_else(|| self.first_document())
    }

    /// The document that was committed first.
    pub(super) fn first_document(&self) -> Option<&Document> {
        self.documents.all.iter().min_by_key(|document| document.order())
    }

    fn presence(&self) -> Presence {
        let mut standing = self.documents.standing().map(|document| self.documents.state(document));
        if self.is_split {
            // One part that is gone is a part of the order that is gone.
            return match standing.max() {
                Some(DocumentState::Gone) => Presence::Gone,
                Some(DocumentState::Missing) => Presence::Missing,
                _ => Presence::One,
            };
        }
        match (standing.next(), standing.next()) {
            (Some(_), Some(_)) => Presence::Many,
            (Some(DocumentState::Gone), None) => Presence::Gone,
            (Some(DocumentState::Missing), None) => Presence::Missing,
            (Some(_), None) => Presence::One,
            (None, _) if self.documents.all.is_empty() => Presence::None,
            (None, _) => Presence::One,
        }
    }

    /// A cancel spares a lane the commit only when it came before the horizon ended: later ones don't undo a loss.
    /// Where the lane had claimed the commit, it must have taken the cancel too.
    fn cancelled_early(&self, order: &OrderCase, timeline: &Timeline, lane: Lane, of: &LaneContext) -> bool {
        let outcomes = &timeline.lanes.get(lane).outcomes;
        let observed = outcomes.iter().filter(|seen| seen.outcome.kind == OutcomeKind::Cancelled);
        let observed = observed.map(|seen| seen.recorded_at).min();
        let early = |at: Timestamp| self.words.within_horizon(at, of.policy.horizon);
        let taken = observed.into_iter().chain(self.words.cancel_taken_at).any(early);
        taken || (!self.words.claimed && order.cancelled_at.is_some_and(early))
    }
}

impl Document {
    fn order(&self) -> (Timestamp, i64) {
        (self.committed_at.unwrap_or(self.first_seen_at), self.first_row)
    }
}
