//! The orders and documents that need somebody: whose they are, what to do in plain words, the worst first.
//! However many there are, no more than [`Assessment::EXCEPTIONS_MAX`] are kept. All are counted, by owner and by what
//! is to be done, with what is at risk.
//!
//! Worst is what forbids the cutover before what does not, then the most money, then the oldest. Severity comes first
//! since it decides whether there is a cutover at all; money before age, since of orders alike it says which one costs
//! most if it waits, while all of them are as old as the run at most.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::advice::{Advice, Case};
use super::census::Place;
use super::owners::{self, Matter, OwnerRule};
use super::risk::{self, AtRisk, Money, OwnerSummary, TaskSummary, Worth};
use super::{Assessment, Exception, ExceptionKind, Owner};
use crate::order::OrderKey;
use crate::outcome::{Lane, ReasonClass, Role, Witness, names};
use crate::stats::{Sum, sum_of_fields};

/// How bad an exception is; the first is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It forbids the cutover.
    Forbids,
    /// An order is wrong on the path that is to be replaced.
    LegacyLoss,
    /// The lanes decided differently.
    Differs,
    /// An order, or evidence, is late.
    Late,
    /// Not known.
    Unknown,
}

names!(Severity, "severity", {
    Forbids => "forbids", LegacyLoss => "legacy_loss", Differs => "differs", Late => "late", Unknown => "unknown",
});

/// An exception, and how bad it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ExceptionFound {
    /// How bad.
    pub severity: Severity,
    /// What; its age is not told.
    pub exception: Exception,
}

/// Exceptions, the worst ones kept and all of them counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceptions {
    rules: Vec<OwnerRule>,
    /// All that were found since they were taken; `None`: they are not asked for.
    all: Option<Vec<ExceptionFound>>,
    worst: BTreeMap<Rank, Told>,
    count: u64,
    owners: BTreeMap<Owner, AtRisk>,
    /// There are as many as there are fates, lanes, reasons and words for what to do: some hundreds.
    tasks: BTreeMap<Task, OfTask>,
}

/// The exceptions of a task.
#[derive(Clone, Debug, Default)]
struct OfTask {
    /// How many there are of each severity.
    severities: [u64; 5],
    at_risk: AtRisk,
}

sum_of_fields!(OfTask { severities, at_risk });

impl OfTask {
    /// The worst severity of any of them.
    fn worst(&self) -> usize {
        self.severities.iter().position(|number| *number > 0).unwrap_or(self.severities.len())
    }
}

/// What exceptions are sorted by: severity, then money, then time, then what tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    severity: Severity,
    worth: Worth,
    at: Option<Timestamp>,
    order_key: OrderKey,
    lane: Witness,
    kind: ExceptionKind,
    references: Vec<String>,
}

/// What is told of an exception beside that.
#[derive(Clone, Debug)]
struct Told {
    owner: Owner,
    next_action: Action,
    reason_class: Option<ReasonClass>,
    reason: Option<String>,
    money: Option<Money>,
}

/// Exceptions of one owner that call for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Task {
    owner: Owner,
    lane: Witness,
    kind: ExceptionKind,
    reason_class: Option<ReasonClass>,
    next_action: Action,
}

/// What to do: as usual, or as the row with this number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Action {
    Usual(&'static str),
    Rule(usize),
}

/// The owners who have an order already, so that its money counts once for each.
#[derive(Debug, Default)]
pub(super) struct Charged(Vec<Owner>);

/// An order, a document or a row of the census that needs somebody.
struct Found<'a> {
    advice: Advice,
    order_key: &'a OrderKey,
    lane: Witness,
    kind: ExceptionKind,
    at: Option<Timestamp>,
    refusal: Option<Refusal<'a>>,
    money: Option<Money>,
}

/// An order on a lane that may need somebody.
pub(super) struct Concern<'a> {
    pub(super) order_key: &'a OrderKey,
    pub(super) received_at: Timestamp,
    pub(super) case: Case,
    /// Why the lane rejected it, where it did.
    pub(super) refusal: Option<Refusal<'a>>,
}

/// Why a lane rejected an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal<'a> {
    pub(super) class: ReasonClass,
    /// As the lane wrote it.
    pub(super) said: Option<&'a str>,
}

impl Exceptions {
    /// Those that rows give to somebody else are theirs.
    pub(super) fn new(rules: &[OwnerRule]) -> Self {
        Self { rules: rules.to_vec(), ..Self::default() }
    }

    /// From now on each one that is found is kept, to be taken.
    pub(super) fn tell_all(&mut self) {
        self.all.get_or_insert_default();
    }

    /// Those that were found since the last call.
    pub(super) fn take(&mut self) -> Vec<ExceptionFound> {
        self.all.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Takes note of an order on a lane, if it needs somebody.
    pub(super) fn order(
        &mut self,
        concern: &Concern<'_>,
        charged: &mut Charged,
        money: impl FnOnce() -> Option<Money>,
        references: impl FnOnce() -> Vec<String>,
    ) {
        let Some(advice) = concern.case.advice() else { return };
        let Case { lane, fates, .. } = concern.case;
        let found = Found {
            advice,
            order_key: concern.order_key,
            lane: lane.into(),
            kind: ExceptionKind::Fate(*fates.get(lane)),
            at: Some(concern.received_at),
            refusal: concern.refusal,
            money: money(),
        };
        self.keep(found, charged, references);
    }

    /// Takes note of a document that nothing explains. `money` is what it says it is for.
    pub(super) fn phantom(
        &mut self,
        (order_key, lane, role): (&OrderKey, Lane, Role),
        reference: Option<String>,
        at: Option<Timestamp>,
        money: Option<Money>,
    ) {
        let severity = if lane == Lane::Gated { Severity::Forbids } else { Severity::Unknown };
        let (owner, next_action) = match role {
            Role::Live => (
                Owner::Ecommerce,
                "Find the channel that sent this order round the tee, and route it through the tee or take it out of scope.",
            ),
            Role::Shadow => (
                Owner::ErpIt,
                "Find out who made this document in the shadow's ledger: no order that was captured explains it.",
            ),
        };
        let advice = (severity, owner, next_action);
        let (lane, kind) = (lane.into(), ExceptionKind::Phantom);
        let found = Found { advice, order_key, lane, kind, at, refusal: None, money };
        self.keep(found, &mut Charged::default(), || reference.into_iter().collect());
    }

    /// Takes note of an order of the census, if it needs somebody. `at` is when it was placed, on the storefront's clock,
    /// `money` what the list says it is for.
    pub(super) fn census(
        &mut self,
        order_key: &OrderKey,
        place: &Place<'_>,
        at: Option<Timestamp>,
        money: impl FnOnce() -> Option<Money>,
    ) {
        let (severity, kind, next_action) = match place {
            Place::Missing => (
                Severity::Forbids,
                ExceptionKind::Missing,
                "The storefront lists this order, and neither a capture nor a ledger has it: look into its delivery log, have it delivered again, and find out why it never came.",
            ),
            Place::RoundTheTee => (
                Severity::Unknown,
                ExceptionKind::RoundTheTee,
                "A ledger has this order, and no capture: find the channel that sent it round the tee, and route it through the tee.",
            ),
            Place::InDoubt => (
                Severity::Unknown,
                ExceptionKind::InDoubt,
                "Neither a capture nor a ledger has this order, and it may be older than the run: look it up by hand.",
            ),
            _ => return,
        };
        let advice = (severity, Owner::Ecommerce, next_action);
        let found = Found { advice, order_key, lane: Witness::Census, kind, at, refusal: None, money: money() };
        self.keep(found, &mut Charged::default(), Vec::new);
    }

    /// Takes note of a captured order that the census does not have.
    pub(super) fn unlisted(
        &mut self,
        order_key: &OrderKey,
        at: Timestamp,
        charged: &mut Charged,
        money: Option<Money>,
    ) {
        let next_action = "The tee captured this order, and the storefront's list does not have it: find out who sent it, or under which name it is listed.";
        let advice = (Severity::Unknown, Owner::Ecommerce, next_action);
        let (lane, kind, at) = (Witness::Census, ExceptionKind::Unlisted, Some(at));
        self.keep(Found { advice, order_key, lane, kind, at, refusal: None, money }, charged, Vec::new);
    }

    /// Whether something was left out as there was no room, so that what is counted depends on the sequence of orders.
    pub(super) fn is_full(&self) -> bool {
        let of_tasks = self.tasks.values().map(|of| &of.at_risk);
        self.owners.values().chain(of_tasks).any(AtRisk::is_full)
    }

    /// How many there are in all.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// All of them by owner, those of the worst first.
    pub(super) fn owners(&self, as_of: Timestamp) -> Vec<OwnerSummary> {
        let mut tasks: Vec<(&Task, &OfTask)> = self.tasks.iter().collect();
        tasks.sort_by_key(|(task, of)| (of.worst(), Reverse(of.at_risk.exceptions), **task));
        let mut owners: Vec<OwnerSummary> = Vec::new();
        for (task, OfTask { at_risk, .. }) in tasks {
            let summary = TaskSummary {
                lane: task.lane,
                kind: task.kind,
                reason_class: task.reason_class,
                next_action: self.words(task.next_action),
                at_risk: at_risk.clone().aged(as_of),
            };
            match owners.iter_mut().find(|own| own.owner == task.owner) {
                Some(own) => own.tasks.push(summary),
                None => {
                    let at_risk = self.owners.get(&task.owner).cloned().unwrap_or_default().aged(as_of);
                    owners.push(OwnerSummary { owner: task.owner, at_risk, tasks: vec![summary] });
                }
            }
        }
        owners
    }

    /// Those that were kept, worst first.
    pub(super) fn list(&self, as_of: Timestamp) -> Vec<Exception> {
        self.worst.iter().map(|(rank, told)| self.exception(rank, told, Some(as_of))).collect()
    }

    /// An exception with its age at `as_of`.
    fn exception(&self, rank: &Rank, told: &Told, as_of: Option<Timestamp>) -> Exception {
        Exception {
            order_key: rank.order_key.clone(),
            lane: rank.lane,
            kind: rank.kind,
            references: rank.references.clone(),
            at: rank.at,
            age_us: rank.at.zip(as_of).map(|(at, as_of)| risk::age_us(at, as_of)),
            reason_class: told.reason_class,
            reason: told.reason.clone(),
            money_at_risk: told.money.clone(),
            owner: told.owner,
            next_action: self.words(told.next_action),
        }
    }

    fn words(&self, action: Action) -> String {
        let own = |at: usize| self.rules.get(at).and_then(|rule| rule.next_action.clone());
        match action {
            Action::Usual(words) => words.to_owned(),
            Action::Rule(at) => own(at).unwrap_or_default(),
        }
    }

    fn keep(&mut self, found: Found<'_>, charged: &mut Charged, references: impl FnOnce() -> Vec<String>) {
        let Found { advice: (severity, usual, words), order_key, lane, kind, at, refusal, money } = found;
        let reason_class = refusal.map(|refusal| refusal.class);
        let rule = owners::first(&self.rules, Matter::Exception(lane, kind, reason_class));
        let owner = rule.map_or(usual, |(_, rule)| rule.owner);
        let own_words = rule.filter(|(_, rule)| rule.next_action.is_some());
        let next_action = own_words.map_or(Action::Usual(words), |(at, _)| Action::Rule(at));
        self.count += 1;
        self.add(severity, Task { owner, lane, kind, reason_class, next_action }, charged, (at, money.as_ref()));
        let worth = Worth::of(money.as_ref());
        let is_less = |last: &Rank| (severity, worth, at) > (last.severity, last.worth, last.at);
        let full = self.worst.len() >= Assessment::EXCEPTIONS_MAX;
        let is_kept = !full || !self.worst.last_key_value().is_some_and(|(last, _)| is_less(last));
        if !is_kept && self.all.is_none() {
            return;
        }
        let rank = Rank { severity, worth, at, order_key: order_key.clone(), lane, kind, references: references() };
        let reason = refusal.and_then(|refusal| refusal.said).map(str::to_owned);
        let told = Told { owner, next_action, reason_class, reason, money };
        if self.all.is_some() {
            let exception = self.exception(&rank, &told, None);
            if let Some(all) = &mut self.all {
                all.push(ExceptionFound { severity, exception });
            }
        }
        if is_kept {
            self.worst.insert(rank, told);
            if self.worst.len() > Assessment::EXCEPTIONS_MAX {
                self.worst.pop_last();
            }
        }
    }

    /// Adds an exception to its owner and its task.
    fn add(
        &mut self,
        severity: Severity,
        task: Task,
        charged: &mut Charged,
        (at, money): (Option<Timestamp>, Option<&Money>),
    ) {
        let of_owner = self.owners.entry(task.owner).or_default();
        of_owner.add(at);
        if charged.is_first(task.owner) {
            of_owner.charge(money);
        }
        let of_task = self.tasks.entry(task).or_default();
        if let Some(number) = of_task.severities.get_mut(severity as usize) {
            *number += 1;
        }
        of_task.at_risk.add(at);
        of_task.at_risk.charge(money);
    }
}

impl Sum for Exceptions {
    fn plus(&mut self, other: &Self) {
        let own = other.worst.iter().map(|(rank, told)| (rank.clone(), told.clone()));
        self.worst.extend(own);
        while self.worst.len() > Assessment::EXCEPTIONS_MAX {
            self.worst.pop_last();
        }
        self.count += other.count;
        self.owners.plus(&other.owners);
        self.tasks.plus(&other.tasks);
    }

    fn minus(&mut self, other: &Self) -> bool {
        let (kept, are_all_kept) = (self.worst.len(), self.worst.len() as u64 == self.count);
        self.worst.retain(|rank, _| !other.worst.contains_key(rank));
        let told = [
            are_all_kept || kept == self.worst.len(),
            self.count.minus(&other.count),
            self.owners.minus(&other.owners),
            self.tasks.minus(&other.tasks),
        ];
        !told.contains(&false)
    }

    fn is_nothing(&self) -> bool {
        self.count == 0
    }
}

impl Charged {
    /// Whether this is the first time for an owner.
    fn is_first(&mut self, owner: Owner) -> bool {
        let is_first = !self.0.contains(&owner);
        if is_first {
            self.0.push(owner);
        }
        is_first
    }
}
