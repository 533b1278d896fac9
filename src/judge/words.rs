//! What a lane said of an order: all answers to its `create` sends and what observers heard, folded into one
//! word. Redeliveries and resends are sends of the same order.
//!
//! | answers to the sends of one order | word |
//! | --- | --- |
//! | any of them says committed, accepted or duplicate | acknowledged: a rejection beside it only says that it was there already, or not yet acceptable |
//! | a rejection, and no later send whose fate is unknown | rejected |
//! | a rejection, and a later send that is unknown | silent: the later send may have been taken |
//! | not now, not sent, unknown, none | silent |
//!
//! What an observer tells is a fact of its ledger, and no answer to a send: a rejection after an order was merely taken,
//! while nobody was told that it stands, is the last word. An ERP that works orders off a queue refuses them so.

use std::time::Duration;

use jiff::Timestamp;

use super::documents::Document;
use super::window::later;
use super::{Confirmed, LaneEvents, LanePolicy, OutcomeSeen, Send};
use crate::outcome::{Flow, Meaning, Operation, OutcomeKind, ReasonClass};

/// Characters of a reason that are kept. Error codes have some dozens; a page of HTML is no reason.
const REASON_CHARS_MAX: usize = 200;

/// What a lane said of an order, over all its sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Word {
    /// Nothing that settles it.
    Silent,
    /// Taken.
    Acknowledged,
    /// Refused for good.
    Rejected,
}

/// What a lane said of an order, and when.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub(super) word: Word,
    /// Whether any send can have reached the lane.
    pub(super) sent: bool,
    /// The first send that can have reached the lane: the SLA and the horizon count from here. An order that waited
    /// because there was no connection was not late on the lane.
    pub(super) first_send: Option<Timestamp>,
    /// The last send that can have reached the lane.
    pub(super) last_send: Option<Timestamp>,
    /// Document numbers that answers named.
    pub(super) named: Vec<String>,
    /// Whether an answer claimed a commit.
    pub(super) claimed: bool,
    /// The first send whose answer is not on record, so that anything may have been said.
    pub(super) unanswered: Option<Timestamp>,
    /// When the customer was told: observed, or derived from the flow.
    pub(super) confirmed: Option<Told>,
    /// When the lane took a cancel of the order, at the earliest.
    pub(super) cancel_taken_at: Option<Timestamp>,
    /// Whether it was flagged (Ingestion Pending Audit).
    pub(super) flagged: bool,
    /// Why it was rejected, as the last rejection says; `None` where none does.
    pub(super) refusal: Option<ReasonClass>,
    /// The same as the lane wrote it, cut where it is long.
    pub(super) refusal_said: Option<String>,
}

/// When the customer was told, and by whose clock.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) confirmed: Confirmed,
    /// The observer that says so; `None` where it is derived, by our clock.
    pub(super) source: Option<String>,
    /// When it was on record, by our clock.
    pub(super) recorded_at: Timestamp,
    /// The document that was named in the same breath, where it is derived from an answer that claimed the commit.
    pub(super) names: Option<String>,
}

impl Told {
    /// Whether the answer that told named this document, whose commit time nobody says.
    pub(super) fn is_naming(&self, document: &Document) -> bool {
        document.committed_at.is_none() && self.names.is_some() && self.names == document.reference
    }
}

/// The times of rejections and of sends that nothing is known of.
#[derive(Default)]
struct Last {
    rejected: Option<Timestamp>,
    unknown: Option<Timestamp>,
    /// The last acknowledgement: the time of its send, as an observer may tell of a refusal before the answer is in.
    acknowledged: Option<Timestamp>,
    /// The last rejection that an observer told of.
    refused: Option<Timestamp>,
}

impl Words {
    /// Folds what a lane said.
    pub(super) fn fold(policy: &LanePolicy, events: &LaneEvents) -> Self {
        let mut words = Self {
            word: Word::Silent,
            sent: false,
            first_send: None,
            last_send: None,
            named: Vec::new(),
            claimed: false,
            unanswered: None,
            confirmed: None,
            cancel_taken_at: None,
            flagged: false,
            refusal: None,
            refusal_said: None,
        };
        let mut last = Last::default();
        for send in &events.sends {
            match send.operation {
                Operation::Create => words.create(policy, send, &mut last),
                Operation::Cancel => words.cancel(policy, send),
                Operation::Update | Operation::Other => {}
            }
        }
        for seen in &events.outcomes {
            words.observed(seen, &mut last);
        }
        let promised = words.claimed || words.confirmed.is_some() || policy.flow != Flow::ErpGated;
        words.word = last.word(promised);
        words
    }

    /// Whether `at` lies before the time by which the lane must have committed the order.
    pub(super) fn within_horizon(&self, at: Timestamp, horizon: Duration) -> bool {
        self.first_send.is_none_or(|first| at < later(first, horizon))
    }

    fn create(&mut self, policy: &LanePolicy, send: &Send, last: &mut Last) {
        let meaning = send.answer.as_ref().map(|answer| policy.answer.meaning(policy.flow, answer));
        if meaning != Some(Meaning::NotSent) {
            self.sent = true;
            self.first_send = earliest(self.first_send, send.at);
            self.last_send = self.last_send.max(Some(send.at));
        }
        match meaning {
            Some(Meaning::Committed { reference }) => {
                (last.acknowledged, self.claimed) = (last.acknowledged.max(Some(send.at)), true);
                self.told(send, Some(&reference));
                self.named.push(reference);
            }
            Some(Meaning::Accepted { reference }) => {
                last.acknowledged = last.acknowledged.max(Some(send.at));
                self.named.extend(reference);
                if policy.flow != Flow::ErpGated {
                    self.told(send, None);
                }
            }
            Some(Meaning::Duplicate { reference }) => {
                last.acknowledged = last.acknowledged.max(Some(send.at));
                self.named.extend(reference);
            }
            Some(Meaning::Rejected { class, reason }) => {
                last.rejected = last.rejected.max(Some(send.at));
                self.refusal = Some(class);
                self.refusal_said = reason.map(|said| said.chars().take(REASON_CHARS_MAX).collect());
            }
            Some(Meaning::NotNow { .. } | Meaning::NotSent) => {}
            Some(Meaning::Unknown) => last.unknown = last.unknown.max(Some(send.at)),
            None => {
                last.unknown = last.unknown.max(Some(send.at));
                self.unanswered = earliest(self.unanswered, send.at);
            }
        }
    }

    /// The customer is told by this answer, as the flow has it; `names` is the document that it says was committed.
    fn told(&mut self, send: &Send, names: Option<&str>) {
        let Some(at) = send.answer.as_ref().map(|answer| answer.at) else { return };
        if self.confirmed.as_ref().is_none_or(|told| at < told.confirmed.at) {
            let confirmed = Confirmed { at, derived: true };
            self.confirmed = Some(Told { confirmed, source: None, recorded_at: at, names: names.map(str::to_owned) });
        }
    }

    fn cancel(&mut self, policy: &LanePolicy, send: &Send) {
        let Some(answer) = &send.answer else { return };
        let meaning = policy.answer.meaning(policy.flow, answer);
        if matches!(meaning, Meaning::Committed { .. } | Meaning::Accepted { .. } | Meaning::Duplicate { .. }) {
            self.cancel_taken_at = earliest(self.cancel_taken_at, answer.at);
        }
    }

    fn observed(&mut self, seen: &OutcomeSeen, last: &mut Last) {
        match seen.outcome.kind {
            OutcomeKind::Accepted => last.acknowledged = last.acknowledged.max(Some(seen.recorded_at)),
            OutcomeKind::Rejected => {
                last.rejected = last.rejected.max(Some(seen.recorded_at));
                last.refused = last.refused.max(Some(seen.recorded_at));
                self.refusal = self.refusal.or(Some(ReasonClass::Other));
            }
            OutcomeKind::Flagged => self.flagged = true,
            OutcomeKind::Confirmed => self.observed_confirmation(seen),
            _ => {}
        }
    }

    /// What an observer reports is worth more than what is derived; of several reports the earliest counts.
    fn observed_confirmation(&mut self, seen: &OutcomeSeen) {
        let at = seen.outcome.occurred_at.unwrap_or(seen.recorded_at);
        let earlier = |told: &Told| told.confirmed.derived || at < told.confirmed.at;
        if self.confirmed.as_ref().is_none_or(earlier) {
            let source = Some(seen.outcome.source.clone());
            let confirmed = Confirmed { at, derived: false };
            self.confirmed = Some(Told { confirmed, source, recorded_at: seen.recorded_at, names: None });
        }
    }
}

impl Last {
    /// `promised` is whether anybody was told, or may take it, that the order stands.
    fn word(&self, promised: bool) -> Word {
        let refused = !promised && self.refused > self.acknowledged && self.refused >= self.unknown;
        match self.rejected {
            _ if self.acknowledged.is_some() && !refused => Word::Acknowledged,
            Some(rejected) if self.unknown.is_none_or(|unknown| unknown <= rejected) => Word::Rejected,
            _ => Word::Silent,
        }
    }
}

fn earliest(known: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    Some(known.map_or(at, |known| known.min(at)))
}
