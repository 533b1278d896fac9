//! The cap of a tolerance: where a pair of documents uses it up, none of its small differences is tolerated.

use rust_decimal::Decimal;

use super::finding::{Finding, Findings};
use super::rules::{Action, Rules};

/// Takes masks back whose rule is over its cap, and counts those that remain.
pub(super) fn settle(findings: &mut Findings, rules: &Rules, minor_digits: Option<u32>) {
    for (index, rule) in rules.list().iter().enumerate() {
        let Action::Tolerance { order_max: Some(most), .. } = &rule.action else {
            continue;
        };
        let mine = |finding: &Finding| finding.masked_by == Some(index);
        let amounts = findings.list.iter().filter(|finding| mine(finding)).filter_map(|finding| finding.money);
        let sum = amounts.fold(Decimal::ZERO, |sum, money| sum.saturating_add(money.abs()));
        let most = minor_digits.and_then(|digits| most.checked_mul(Decimal::new(1, digits)));
        if most.is_some_and(|most| sum <= most) {
            continue;
        }
        let mut over = false;
        for finding in findings.list.iter_mut().filter(|finding| mine(finding)) {
            finding.masked_by = None;
            over = true;
        }
        if let Some(used) = findings.uses.get_mut(index) {
            used.over_cap += u64::from(over);
        }
    }
    for finding in &findings.list {
        if let Some(used) = finding.masked_by.and_then(|rule| findings.uses.get_mut(rule)) {
            used.mask(finding);
        }
    }
}
