//! Small differences within a tolerance that all go one way: a cent too little on every order is a fault, not rounding.

use super::findings::{Comparison, rate};
use super::{Between, Comparer, FindingSummary, owner};
use crate::diff::{Action, Class, Severity, Subject, Way, Ways};
use crate::stats::sign_test;

/// One test of whether small differences go both ways.
pub(super) struct Tested<'c> {
    pub(super) between: Between,
    pub(super) way: &'c Way,
    ways: &'c Ways,
    /// The probability of their going so much one way by chance.
    pub(super) probability: Option<f64>,
}

impl Comparison {
    /// Tolerances whose differences go one way. Where that shows at single places, these are named, not the rule as a whole.
    pub(super) fn drifts(&self, comparer: &Comparer, alpha: f64) -> Vec<FindingSummary> {
        let tested = self.tested(comparer);
        let found: Vec<&Tested<'_>> = tested
            .iter()
            .filter(|own| own.probability.is_some_and(|chance| is_drift(chance, alpha, tested.len())))
            .collect();
        let is_whole = |own: &Tested<'_>| own.way.pattern.is_none();
        let is_named = |whole: &Tested<'_>| {
            let same = |own: &Tested<'_>| (own.between, own.way.rule) == (whole.between, whole.way.rule);
            found.iter().any(|own| same(own) && !is_whole(own) && own.way.currency == whole.way.currency)
        };
        found.iter().filter(|own| !(is_whole(own) && is_named(own))).map(|own| self.drift(own, comparer)).collect()
    }

    /// What tolerances masked, tested for going one way.
    pub(super) fn tested(&self, comparer: &Comparer) -> Vec<Tested<'_>> {
        let mut tested = Vec::new();
        for (between, sides) in self.sides() {
            for (at, rule) in comparer.rules.of(between).rules.list().iter().enumerate() {
                if matches!(rule.action, Action::Tolerance { .. }) {
                    let test = |(way, ways)| Tested { between, way, ways, probability: probability(ways) };
                    tested.extend(sides.groups.ways(at).into_iter().map(test));
                }
            }
        }
        tested
    }

    fn drift(&self, tested: &Tested<'_>, comparer: &Comparer) -> FindingSummary {
        let Tested { between, way, ways, .. } = *tested;
        let own = comparer.rules.of(between);
        let compared =
            self.sides().iter().find(|(side, _)| *side == between).map_or(0, |(_, sides)| sides.groups.orders());
        let orders_count = ways.above + ways.below;
        let path = || own.rules.list().get(way.rule).map(|rule| rule.path.to_string()).unwrap_or_default();
        FindingSummary {
            between,
            path: way.pattern.clone().unwrap_or_else(path),
            class: Class::Drift,
            severity: Severity::Grave,
            subject: Some(Subject::Money),
            rule: own.numbers.get(way.rule).map(|number| number + 1),
            by_order: false,
            unexplained: 1,
            owner: owner::of(&comparer.owners, Class::Drift, Some(Subject::Money)),
            count: 1,
            orders_count,
            rate: rate(orders_count, compared),
            orders: Vec::new(),
            money: ways.money.clone(),
            money_unread: 0,
            example: None,
        }
    }
}

/// The probability of so one-sided a drift by chance; `None` where nothing was masked, or both ways alike.
fn probability(ways: &Ways) -> Option<f64> {
    (ways.above != ways.below).then(|| sign_test(ways.above, ways.below))
}

/// Whether it is a finding, `tests` such tests being made of one run (Bonferroni: each spends its part of α).
fn is_drift(probability: f64, alpha: f64, tests: usize) -> bool {
    probability * (tests.max(1) as f64) <= alpha
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drifts(above: u64, below: u64, tests: usize) -> bool {
        let ways = Ways { above, below, ..Ways::default() };
        probability(&ways).is_some_and(|probability| is_drift(probability, 0.05, tests))
    }

    #[test]
    fn one_way_is_drift_and_both_ways_is_rounding() {
        for (above, below, tests, expected) in [
            (0, 0, 1, false),
            (5, 0, 1, false),
            (6, 0, 1, true),
            (0, 6, 1, true),
            (6, 0, 2, false),
            (7, 0, 2, true),
            (200, 200, 1, false),
            (230, 170, 1, true),
            (210, 190, 1, false),
        ] {
            assert_eq!(drifts(above, below, tests), expected, "{above} {below} {tests}");
        }
    }
}
