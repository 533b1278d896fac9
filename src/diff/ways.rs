//! Which way small differences go, order by order. Counted by currency and by place: a cent too little of the total and a
//! cent too much of the tax even out within an order, and euros and dollars over all orders.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::amounts::{Amounts, UNKNOWN_CURRENCY};
use super::finding::{Findings, RuleIndex};
use crate::stats::{Sum, sum_of_fields};

/// Rules, places and currencies that are counted apart. Places whose names are at random make one each.
const WAYS_MAX: usize = 1_000;

/// What a rule masked in one currency: at one place, or at all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The rule.
    pub rule: RuleIndex,
    /// The place without keys and indices; `None`: all that the rule masked.
    pub pattern: Option<String>,
    /// The currency.
    pub currency: String,
}

/// In how many orders that was more on the right, and in how many less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// Orders with more on the right, all in all.
    pub above: u64,
    /// Orders with less.
    pub below: u64,
    /// The money, right less left.
    pub money: Amounts,
}

/// All ways of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct AllWays {
    by: BTreeMap<Way, Ways>,
}

sum_of_fields!(AllWays { by });

/// Each way has money, if only without signs, so that it tells whether any is left.
impl Sum for Ways {
    fn plus(&mut self, other: &Self) {
        let Self { above, below, money } = other;
        self.above.plus(above);
        self.below.plus(below);
        self.money.plus(money);
    }

    fn minus(&mut self, other: &Self) -> bool {
        let Self { above, below, money } = other;
        let told = [self.above.minus(above), self.below.minus(below), self.money.minus(money)];
        !told.contains(&false)
    }

    fn is_nothing(&self) -> bool {
        self.money.is_empty()
    }
}

impl AllWays {
    /// Whether a way may have been left out, so that those that are counted depend on the sequence of orders.
    pub(super) fn is_full(&self) -> bool {
        self.by.len() >= WAYS_MAX
    }

    /// Adds what rules masked of one order.
    pub(super) fn add(&mut self, findings: &Findings) {
        let mut sums: BTreeMap<(RuleIndex, Option<&str>), (Decimal, Decimal)> = BTreeMap::new();
        for finding in &findings.list {
            let (Some(rule), Some(money)) = (finding.masked_by, finding.money.filter(|money| !money.is_zero())) else {
                continue;
            };
            for pattern in [None, Some(finding.pattern.as_str())] {
                let (signed, absolute) = sums.entry((rule, pattern)).or_default();
                *signed = signed.saturating_add(money);
                *absolute = absolute.saturating_add(money.abs());
            }
        }
        let currency = findings.currency.as_deref();
        for ((rule, pattern), (signed, absolute)) in sums {
            let pattern = pattern.map(str::to_owned);
            let way = Way { rule, pattern, currency: currency.unwrap_or(UNKNOWN_CURRENCY).to_owned() };
            if self.by.len() >= WAYS_MAX && !self.by.contains_key(&way) {
                continue;
            }
            let ways = self.by.entry(way).or_default();
            ways.above += u64::from(signed > Decimal::ZERO);
            ways.below += u64::from(signed < Decimal::ZERO);
            ways.money.add_sums(currency, signed, absolute);
        }
    }

    /// The ways of a rule: each currency as a whole, and each of its places where it has several.
    pub(super) fn of(&self, rule: RuleIndex) -> Vec<(&Way, &Ways)> {
        let own = || self.by.iter().filter(move |(way, _)| way.rule == rule);
        let has_several = |currency: &str| {
            own().filter(|(way, _)| way.currency == currency && way.pattern.is_some()).nth(1).is_some()
        };
        own().filter(|(way, _)| way.pattern.is_none() || has_several(&way.currency)).collect()
    }
}
