//! Rejections that the lanes don't share, by why: what the new path refuses and the old one commits is a regression,
//! unless that is as agreed; what the old path told the customer and never committed is a bad order that was caught.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::judge::{DecisionRule, Policy};
use crate::order::OrderKey;
use crate::outcome::{Lane, ReasonClass, RowId};
use crate::stats::{Sum, sum_of_fields};

/// Orders that a line names.
const FIRST_ORDERS: usize = 5;

/// A rejection by one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::judge) struct Rejection {
    pub(in crate::judge) lane: Lane,
    pub(in crate::judge) class: ReasonClass,
    /// Whether the lane cancelled what nobody had cancelled, which is agreed by no class.
    pub(in crate::judge) by_cancel: bool,
}

/// What the other lane made of an order that one rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::judge) enum Other {
    /// It committed it.
    Committed,
    /// It told the customer that the order stands, and has no document of it.
    Promised,
    /// It rejected it too.
    Rejected,
    /// It has nothing of it, and promised nothing.
    Nothing,
    /// Not known.
    Open,
}

/// Rejections of one lane for one class of reasons, by what the other lane made of these orders.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionSummary {
    /// The lane that rejects.
    pub lane: Lane,
    /// Why.
    pub class: ReasonClass,
    /// The other lane commits them, and nothing explains it.
    pub committed: u64,
    /// The other lane commits them, and a `[[compare.decision]]` says that the rejection is as agreed.
    pub agreed: u64,
    /// The other lane told the customer that they stand, and never committed them: bad orders, caught.
    pub caught: u64,
    /// The other lane rejects them too.
    pub both: u64,
    /// The other lane has nothing of them, and promised nothing.
    pub neither: u64,
    /// What the other lane decided is not known.
    pub open: u64,
    /// The first orders of `committed`, or of `caught` where there are none.
    pub orders: Vec<OrderKey>,
    /// Why rejections of this class are as agreed.
    pub reason: Option<String>,
}

/// All rejections of a run.
#[derive(Clone, Debug, Default)]
pub(in crate::judge) struct Rejections {
    rules: Vec<DecisionRule>,
    rows: BTreeMap<(Lane, ReasonClass), Row>,
}

#[derive(Clone, Debug, Default)]
struct Row {
    counts: [u64; 6],
    committed: First,
    caught: First,
}

/// The first of some orders, each with its place among all, and how many there are.
#[derive(Clone, Debug, Default)]
struct First {
    orders: Vec<(RowId, OrderKey)>,
    count: u64,
}

sum_of_fields!(Rejections { rows } but { rules });
sum_of_fields!(Row { counts, committed, caught });

impl First {
    fn add(&mut self, place: RowId, key: &OrderKey) {
        self.count += 1;
        self.name(place, key);
    }

    fn name(&mut self, place: RowId, key: &OrderKey) {
        let at = self.orders.partition_point(|(other, _)| *other < place);
        if at < FIRST_ORDERS {
            self.orders.insert(at, (place, key.clone()));
            self.orders.truncate(FIRST_ORDERS);
        }
    }

    fn keys(&self) -> Vec<OrderKey> {
        self.orders.iter().map(|(_, key)| key.clone()).collect()
    }
}

impl Sum for First {
    fn plus(&mut self, other: &Self) {
        self.count += other.count;
        other.orders.iter().for_each(|(place, key)| self.name(*place, key));
    }

    fn minus(&mut self, other: &Self) -> bool {
        let are_all_named = self.count == self.orders.len() as u64;
        let named = self.orders.len();
        self.orders.retain(|own| !other.orders.contains(own));
        self.count.minus(&other.count) && (are_all_named || named == self.orders.len())
    }

    fn is_nothing(&self) -> bool {
        self.count == 0
    }
}

impl Rejections {
    /// Rules that have ended explain nothing.
    pub(in crate::judge) fn new(policy: &Policy, as_of: Timestamp) -> Self {
        let rules = policy.compare.as_ref().map(|compare| compare.decisions.clone()).unwrap_or_default();
        let lives = |rule: &DecisionRule| rule.expires.is_none_or(|end| end > as_of);
        Self { rules: rules.into_iter().filter(lives).collect(), rows: BTreeMap::new() }
    }

    /// Whether a rejection is as agreed.
    pub(in crate::judge) fn is_agreed(&self, rejection: Rejection) -> bool {
        !rejection.by_cancel && self.rule(rejection.lane, rejection.class).is_some()
    }

    /// Whether the same explain others as agreed.
    pub(in crate::judge) fn agrees_as(&self, other: &Self) -> bool {
        self.rules == other.rules
    }

    /// Counts a rejection of an order, which is given with its place among all.
    pub(in crate::judge) fn add(&mut self, (place, key): (RowId, &OrderKey), rejection: Rejection, other: Other) {
        let agreed = self.is_agreed(rejection);
        let row = self.rows.entry((rejection.lane, rejection.class)).or_default();
        let (at, orders) = match (other, agreed) {
            (Other::Committed, false) => (0, Some(&mut row.committed)),
            (Other::Committed, true) => (1, None),
            (Other::Promised, _) => (2, Some(&mut row.caught)),
            (Other::Rejected, _) => (3, None),
            (Other::Nothing, _) => (4, None),
            (Other::Open, _) => (5, None),
        };
        if let Some(count) = row.counts.get_mut(at) {
            *count += 1;
        }
        if let Some(orders) = orders {
            orders.add(place, key);
        }
    }

    /// One line for each lane and class.
    pub(in crate::judge) fn summary(&self) -> Vec<DecisionSummary> {
        let line = |((lane, class), row): (&(Lane, ReasonClass), &Row)| {
            let [committed, agreed, caught, both, neither, open] = row.counts;
            let orders = if row.committed.is_nothing() { &row.caught } else { &row.committed };
            let reason = self.rule(*lane, *class).map(|rule| rule.reason.clone());
            let (lane, class, orders) = (*lane, *class, orders.keys());
            DecisionSummary { lane, class, committed, agreed, caught, both, neither, open, orders, reason }
        };
        self.rows.iter().map(line).collect()
    }

    fn rule(&self, lane: Lane, class: ReasonClass) -> Option<&DecisionRule> {
        self.rules.iter().find(|rule| rule.lane == lane && rule.class == class)
    }
}
