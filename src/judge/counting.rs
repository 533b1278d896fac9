//! What an order adds to the counts of a run, once its fates are known.

use super::adequacy::Adequate;
use super::advice::Case;
use super::compare::{Contents, Other, Rejection};
use super::exceptions::{Charged, Concern, Refusal};
use super::facts::{LaneCase, OrderCase};
use super::gates::{self, TakenElsewhere, taken_elsewhere};
use super::goods::captured_money;
use super::holes::Named;
use super::judging::place;
use super::parity::{Decided, decided};
use super::timing;
use super::words::Word;
use super::{Fate, Judge, Parity, Timeline};
use crate::order::OrderKey;
use crate::outcome::{Lane, Operation, PerLane, ReasonClass, RowId};

impl Judge {
    /// Counts the documents of an order on a lane, those that a shadow wrote there included.
    pub(super) fn count_documents(&mut self, order: &OrderCase, lane: Lane, documents: u64, numbered: u64) {
        *self.tally.numbered.get_mut(lane) += numbered;
        if order.counted {
            *self.tally.documents.get_mut(lane) += documents;
            *self.tally.documents_of_orders.get_mut(lane) += documents;
        } else {
            self.tally.set_aside(lane, "skipped", documents);
        }
    }

    /// Counts how often an order was delivered, and what observers said of it.
    pub(super) fn count_evidence(&mut self, timeline: &Timeline) {
        for &lane in Lane::ALL {
            self.tally.observers.get_mut(lane).count(timeline.lanes.get(lane));
        }
        let captures = &timeline.captures;
        let again = captures.iter().enumerate().skip(1);
        let (mut redelivered, mut same_order) = (0, 0);
        for (place, capture) in again {
            let before = captures.iter().take(place);
            match () {
                () if before.clone().any(|earlier| capture.redelivers(earlier)) => redelivered += 1,
                () if capture.operation == Operation::Create => {
                    same_order += u64::from(before.clone().any(|earlier| earlier.operation == Operation::Create));
                }
                () => {}
            }
        }
        self.tally.redelivered += redelivered;
        self.tally.same_order_again += same_order;
    }

    /// Counts an order by its fates.
    pub(super) fn count(
        &mut self,
        order: &OrderCase,
        (timeline, contents): (&Timeline, &Contents<'_>),
        cases: &PerLane<LaneCase>,
        fates: PerLane<Fate>,
        parity: Parity,
    ) {
        let live = cases.get(self.live);
        let absent_live = live.documents.all.is_empty()
            && live.adequate > Adequate::No
            && !timeline.lanes.get(self.live).shares_document;
        self.holes.order(&timeline.key, &Named { captures: &timeline.captures, fates, absent_live });
        if !order.counted {
            return;
        }
        self.tally.orders += 1;
        for &lane in Lane::ALL {
            self.tally.count_fate(lane, *fates.get(lane));
        }
        if order.excluded {
            return;
        }
        *self.tally.parity.entry(parity).or_default() += 1;
        let unrecorded = Lane::ALL.iter().any(|lane| cases.get(*lane).unrecorded());
        let taken = |lane: Lane| taken_elsewhere(*fates.get(lane.other()), timeline.in_census, unrecorded);
        let not_due = self.not_due(cases, fates, taken(Lane::Gated));
        let mut charged = Charged::default();
        if order.received_at < self.until {
            self.count_judged(cases, fates, taken(Lane::Gated));
            self.tally.count_losses(PerLane::from_fn(|lane| timing::is_lost(*fates.get(lane), taken(lane))));
            self.count_answer(timeline, &cases.gated);
            self.coverage.count(order, (timeline, contents), fates, &self.policy.gates.strata);
            self.tally.not_due += u64::from(not_due);
            if self.is_unlisted(timeline.in_census, order.received_at) {
                self.tally.census.unlisted += 1;
                let money = captured_money(&self.policy.orders, contents);
                self.exceptions.unlisted(&timeline.key, order.received_at, &mut charged, money);
            }
            if !not_due {
                let committed = timing::committed(&cases.gated, fates.gated, taken(Lane::Gated), &self.lanes.gated);
                committed.into_iter().for_each(|timing| self.tally.commits.count(timing));
                self.count_decisions(order, (place(timeline), &timeline.key), cases, fates);
            }
        }
        for &lane in Lane::ALL.iter().filter(|lane| !(not_due && **lane == Lane::Gated)) {
            let rejected = rejection(order, lane, cases.get(lane), *fates.get(lane));
            let concern = Concern {
                order_key: &timeline.key,
                received_at: order.received_at,
                case: Case {
                    lane,
                    fates,
                    taken_elsewhere: taken(lane) == TakenElsewhere::Yes,
                    agreed: rejected.is_some_and(|rejection| self.rejections.is_agreed(rejection)),
                    took_back: rejected.is_some_and(|rejection| rejection.by_cancel)
                        && made_of(cases.get(lane.other()), *fates.get(lane.other())) == Other::Committed,
                },
                refusal: refusal(cases.get(lane), *fates.get(lane), rejected),
            };
            let documents = &cases.get(lane).documents.all;
            let money = || captured_money(&self.policy.orders, contents);
            let references = || documents.iter().filter_map(|one| one.reference.clone()).collect();
            self.exceptions.order(&concern, &mut charged, money, references);
        }
    }

    /// Whether the gated lane was rightly never sent an order: it gets what the live lane accepts, which this was
    /// not, as far as every answer to it is on record and nobody took it.
    fn not_due(&self, cases: &PerLane<LaneCase>, fates: PerLane<Fate>, taken: TakenElsewhere) -> bool {
        let refused = taken == TakenElsewhere::No && cases.get(self.live).words.word != Word::Acknowledged;
        self.lanes.gated.policy.sent_after_live_accepts && fates.gated == Fate::Unsent && refused
    }

    /// Counts the rejections of an order, and what the other lane made of it.
    fn count_decisions(
        &mut self,
        order: &OrderCase,
        key: (RowId, &OrderKey),
        cases: &PerLane<LaneCase>,
        fates: PerLane<Fate>,
    ) {
        for &lane in Lane::ALL {
            if let Some(rejection) = rejection(order, lane, cases.get(lane), *fates.get(lane)) {
                let other = lane.other();
                self.rejections.add(key, rejection, made_of(cases.get(other), *fates.get(other)));
            }
        }
    }

    /// Counts what only orders within the window say.
    fn count_judged(&mut self, cases: &PerLane<LaneCase>, fates: PerLane<Fate>, taken: TakenElsewhere) {
        self.tally.judged += 1;
        for &lane in Lane::ALL {
            let case = cases.get(lane);
            if *fates.get(lane) != Fate::Unsent {
                let read = self.tally.read.get_mut(lane);
                read.needed += 1;
                read.had += u64::from(case.adequate > Adequate::No);
            }
        }
        let (gated, fate) = (&cases.gated, fates.gated);
        match (fate, taken) {
            (Fate::NotCommitted, TakenElsewhere::Yes) => self.tally.not_committed.taken_elsewhere += 1,
            (Fate::NotCommitted, TakenElsewhere::Unknown) => self.tally.not_committed.doubtful += 1,
            _ => {}
        }
        let settled =
            [Fate::CommittedLate, Fate::Recovered, Fate::Committed, Fate::Rejected, Fate::Withdrawn].contains(&fate);
        self.tally.unproven += u64::from(settled && gated.adequate == Adequate::No);
        if let Some(promise) = gates::promise(gated, fate, &self.lanes.gated) {
            self.tally.count_promise(promise);
        }
    }

    /// Counts whether the gated lane answered an order before its sender would have given up.
    fn count_answer(&mut self, timeline: &Timeline, gated: &LaneCase) {
        let Some(deadline) = self.policy.gates.sender_deadline else { return };
        if let Some(answered) = timing::answered(&timeline.lanes.gated, deadline, gated.answer_hidden) {
            self.tally.answers.count(answered);
        }
    }
}

/// Whether a lane rejected an order, and why. A lane that cancels what the storefront did not has rejected it in other
/// words; of orders that it had committed before only the gated one, as people do cancel in a live ledger.
fn rejection(order: &OrderCase, lane: Lane, case: &LaneCase, fate: Fate) -> Option<Rejection> {
    let by_itself = order.cancelled_at.is_none();
    let (class, by_cancel) = match fate {
        Fate::Rejected => (case.words.refusal.unwrap_or(ReasonClass::Other), false),
        Fate::Withdrawn if by_itself => (ReasonClass::Other, true),
        _ if by_itself && lane == Lane::Gated && took_back(case, fate) => (ReasonClass::Other, true),
        _ => return None,
    };
    Some(Rejection { lane, class, by_cancel })
}

/// Why a lane rejected an order, where it did, whatever became of it then.
fn refusal(case: &LaneCase, fate: Fate, rejection: Option<Rejection>) -> Option<Refusal<'_>> {
    let said = case.words.refusal_said.as_deref();
    match rejection {
        Some(rejection) if rejection.by_cancel => Some(Refusal { class: rejection.class, said: None }),
        Some(rejection) => Some(Refusal { class: rejection.class, said }),
        None if fate == Fate::CommittedAfterReject => {
            Some(Refusal { class: case.words.refusal.unwrap_or(ReasonClass::Other), said })
        }
        None => None,
    }
}

/// Whether a lane committed an order and cancelled all of its documents.
fn took_back(case: &LaneCase, fate: Fate) -> bool {
    let committed = matches!(fate, Fate::Committed | Fate::CommittedLate | Fate::Recovered);
    committed && !case.documents.all.is_empty() && case.documents.standing().next().is_none()
}

/// What a lane made of an order that the other one rejected.
fn made_of(case: &LaneCase, fate: Fate) -> Other {
    match decided(fate) {
        Decided::Committed if took_back(case, fate) => Other::Rejected,
        Decided::Committed => Other::Committed,
        Decided::Rejected => Other::Rejected,
        Decided::Open => Other::Open,
        Decided::Nothing if case.words.confirmed.is_some() && fate != Fate::Withdrawn => Other::Promised,
        Decided::Nothing => Other::Nothing,
    }
}
