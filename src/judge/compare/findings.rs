//! What all comparisons of a run found: differences by signature, what each rule hid, and how many orders it rests on.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

use super::counted::{Between, ComparisonCounts, ComparisonSummary};
use super::drift::Tested;
use super::{ByScope, Compared, Comparer, Numbered, OrderCompared, owner};
use crate::diff::{Amounts, Class, Group, Groups, Matching, Rule, RuleScope, Severity, Spent, Subject, Use};
use crate::judge::{ComparePolicy, Owner};
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane, RowId};
use crate::stats::sum_of_fields;

/// Signatures that a report lists. What is beyond is counted.
const FINDINGS_MAX: usize = 200;

/// Characters of a value that an example shows.
const VALUE_CHARS_MAX: usize = 200;

/// Differences of one signature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingSummary {
    /// The two sides.
    pub between: Between,
    /// The place without keys and indices: `/lines[sku]/quantity`.
    pub path: String,
    /// How the values differ.
    pub class: Class,
    /// The gravest of them.
    pub severity: Severity,
    /// What the values are about.
    pub subject: Option<Subject>,
    /// The rule that explains them, by its number in `rules`.
    pub rule: Option<usize>,
    /// Whether what was ordered explains them: the gated document says just that, and legacy's something else.
    pub by_order: bool,
    /// How many of them nothing explains.
    pub unexplained: u64,
    /// Who acts.
    pub owner: Owner,
    /// How many.
    pub count: u64,
    /// In how many orders.
    pub orders_count: u64,
    /// That, as a fraction of the orders that were compared.
    pub rate: f64,
    /// The first of these orders.
    pub orders: Vec<OrderKey>,
    /// The money that they move, right less left, by currency.
    pub money: Amounts,
    /// Differences whose money can't be read.
    pub money_unread: u64,
    /// The first of them.
    pub example: Option<FindingExample>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingExample {
    /// The order.
    pub order_key: Option<OrderKey>,
    /// Where it is for a reader, elements by their keys.
    pub path: String,
    /// Its place on the left side, a JSON Pointer.
    pub left_place: Option<String>,
    /// Its place on the right side.
    pub right_place: Option<String>,
    /// The value on the left side, as JSON; cut where it is long.
    pub left: Option<String>,
    /// The value on the right side.
    pub right: Option<String>,
    /// The money that it moves.
    pub money: Option<Decimal>,
    /// How the elements of the list that it lies in came together; `None` outside lists.
    pub matching: Option<Matching>,
}

/// What a rule did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleSummary {
    /// Its number, from 1.
    pub number: usize,
    /// Which places it is about.
    pub path: String,
    /// What it does there.
    pub action: &'static str,
    /// What it is applied to.
    pub between: RuleScope,
    /// Why.
    pub reason: Option<String>,
    /// Whether it follows from the rest of the configuration.
    pub built_in: bool,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// Whether it has ended, and is applied no more.
    pub expired: bool,
    /// Places that it selected; 0: its path selects nothing.
    pub selected: u64,
    /// Differences that it explains.
    pub hits: u64,
    /// Orders in which it explains any.
    pub orders: u64,
    /// The money that it hides, right less left, by currency.
    pub money: Amounts,
    /// Differences that it explains whose money can't be read.
    pub money_unread: u64,
    /// Orders in which its tolerance was used up.
    pub over_cap: u64,
    /// Orders in which what it hides is more on the right side, all in all.
    pub orders_above: u64,
    /// Orders in which it is less.
    pub orders_below: u64,
    /// The probability that they go so much one way by chance (sign test); `None` where there is nothing to test.
    pub one_sided: Option<f64>,
}

/// The comparisons of a run, as they are added up.
#[derive(Clone, Debug, Default)]
pub(in crate::judge) struct Comparison {
    lanes: Sides,
    order: PerLane<Sides>,
    /// By rule between the order and a lane: orders that it was used for on both lanes, and that are one order each.
    both: Vec<Twice>,
}

/// Orders in which a rule did the same on both lanes.
#[derive(Clone, Copy, Debug, Default)]
struct Twice {
    masked: u64,
    above: u64,
    below: u64,
    over_cap: u64,
}

sum_of_fields!(Comparison { lanes, order, both });
sum_of_fields!(Twice { masked, above, below, over_cap });

impl Twice {
    fn add(&mut self, legacy: &Use, gated: &Use) {
        let both = |is: fn(&Use) -> bool| u64::from(is(legacy) && is(gated));
        self.masked += both(|own| own.masked > 0);
        self.above += both(|own| own.money > Decimal::ZERO);
        self.below += both(|own| own.money < Decimal::ZERO);
        self.over_cap += both(|own| own.over_cap > 0);
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Sides {
    counts: ComparisonCounts,
    pub(super) groups: Groups,
}

sum_of_fields!(Sides { counts, groups });

impl Sides {
    fn add(&mut self, order: (RowId, &OrderKey), compared: &Compared) {
        self.counts.count(compared);
        if let Some(findings) = compared.findings() {
            self.groups.add(order, findings);
        }
    }
}

impl Comparison {
    /// Adds what comparing an order came to, with its place among all orders. Each order comes once.
    pub(in crate::judge) fn add(&mut self, key: (RowId, &OrderKey), compared: &OrderCompared) {
        self.lanes.add(key, &compared.lanes);
        for lane in Lane::ALL {
            self.order.get_mut(*lane).add(key, compared.order.get(*lane));
        }
        if let (Some(legacy), Some(gated)) = (compared.order.legacy.findings(), compared.order.gated.findings()) {
            self.both.resize_with(self.both.len().max(legacy.uses.len()), Twice::default);
            let uses = legacy.uses.iter().zip(&gated.uses);
            self.both.iter_mut().zip(uses).for_each(|(both, (legacy, gated))| both.add(legacy, gated));
        }
    }

    /// Whether something was left out as there was no room, so that what is counted depends on the sequence of orders.
    pub(in crate::judge) fn is_full(&self) -> bool {
        self.sides().iter().any(|(_, sides)| sides.groups.is_full())
    }

    /// Whether what was added last is shown as an example, and was compared too briefly to be.
    pub(in crate::judge) fn lacks_examples(&self) -> bool {
        self.sides().iter().any(|(_, sides)| sides.groups.lack_examples())
    }

    /// Takes the examples that lack from what was added last, compared in full.
    pub(in crate::judge) fn complete(&mut self, compared: &OrderCompared) {
        let PerLane { legacy, gated } = &mut self.order;
        let all =
            [(&mut self.lanes, &compared.lanes), (legacy, &compared.order.legacy), (gated, &compared.order.gated)];
        for (sides, compared) in all {
            if let Some(findings) = compared.findings() {
                sides.groups.complete(findings);
            }
        }
    }

    pub(super) fn sides(&self) -> [(Between, &Sides); 3] {
        [
            (Between::LegacyGated, &self.lanes),
            (Between::OrderGated, self.order.get(Lane::Gated)),
            (Between::OrderLegacy, self.order.get(Lane::Legacy)),
        ]
    }

    /// The findings, unexplained and costly ones first, and how many signatures are beyond them.
    pub(in crate::judge) fn findings(&self, comparer: &Comparer, alpha: f64) -> (Vec<FindingSummary>, u64) {
        let mut rows: Vec<FindingSummary> = self.drifts(comparer, alpha);
        for (between, sides) in self.sides() {
            let compared = sides.groups.orders();
            rows.extend(sides.groups.rows().into_iter().map(|group| summary(between, group, comparer, compared)));
        }
        let beyond = self.sides().iter().map(|(_, sides)| sides.groups.beyond()).sum::<u64>();
        let rank = |row: &FindingSummary| {
            let open = row.unexplained > 0 && row.between.counts();
            let cost = (row.severity, row.money.weight(), row.count);
            (!open, row.unexplained == 0, std::cmp::Reverse(cost), row.between)
        };
        rows.sort_by_cached_key(rank);
        let more = rows.len().saturating_sub(FINDINGS_MAX) as u64;
        rows.truncate(FINDINGS_MAX);
        (rows, more + beyond)
    }

    /// What each rule did, in the order of the policy.
    pub(in crate::judge) fn rules(&self, comparer: &Comparer, policy: &ComparePolicy) -> Vec<RuleSummary> {
        let tested = self.tested(comparer);
        let summary = |(number, rule): (usize, &Rule)| {
            let scope = comparer.rules.scope(rule.between);
            let at = scope.numbers.iter().position(|own| *own == number).unwrap_or_default();
            let spent = self.spent(rule.between, at);
            let is_own = |own: &&Tested<'_>| comparer.rules.of(own.between).numbers.get(own.way.rule) == Some(&number);
            let one_sided = tested.iter().filter(is_own).filter_map(|own| own.probability).min_by(f64::total_cmp);
            let summary = rule_summary(number, rule, scope.rules.is_expired(at), &spent);
            let both = self.both.get(at).filter(|_| rule.between == RuleScope::Order).copied().unwrap_or_default();
            RuleSummary {
                one_sided,
                orders: summary.orders.saturating_sub(both.masked),
                orders_above: summary.orders_above.saturating_sub(both.above),
                orders_below: summary.orders_below.saturating_sub(both.below),
                over_cap: summary.over_cap.saturating_sub(both.over_cap),
                ..summary
            }
        };
        policy.rules.iter().enumerate().map(summary).collect()
    }

    /// What was compared with what.
    pub(in crate::judge) fn summary(&self, comparer: &Comparer, alpha: f64) -> ComparisonSummary {
        let order = PerLane::from_fn(|lane: Lane| {
            comparer.places.get(lane).is_some().then(|| self.order.get(lane).counts.clone())
        });
        // A report lists only so many findings; all of them count.
        let drifts = self.drifts(comparer, alpha).iter().filter(|row| row.between.counts()).count() as u64;
        let counting = self.sides().into_iter().filter(|(between, _)| between.counts());
        let unexplained = counting.map(|(_, sides)| sides.counts.unexplained).sum::<u64>() + drifts;
        let lanes = self.lanes.counts.clone();
        ComparisonSummary { documents: Some(comparer.shape), lanes, order, unexplained }
    }

    /// What a rule was used for, on each of the sides that it is applied to.
    fn spent(&self, scope: RuleScope, at: usize) -> Vec<&Spent> {
        let of = |between: Between| matches!(between, Between::LegacyGated) == (scope == RuleScope::Lanes);
        let sides = self.sides().into_iter().filter(move |(between, _)| of(*between));
        sides.filter_map(|(_, sides)| sides.groups.spent().get(at)).collect()
    }
}

impl ByScope {
    pub(super) const fn scope(&self, scope: RuleScope) -> &Numbered {
        match scope {
            RuleScope::Lanes => &self.lanes,
            RuleScope::Order => &self.order,
        }
    }

    pub(super) const fn of(&self, between: Between) -> &Numbered {
        match between {
            Between::LegacyGated => &self.lanes,
            Between::OrderGated | Between::OrderLegacy => &self.order,
        }
    }
}

/// A fraction; 0 of nothing.
pub(super) fn rate(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn summary(between: Between, group: &Group, comparer: &Comparer, compared: u64) -> FindingSummary {
    let Group { signature, example, .. } = group;
    let numbers = &comparer.rules.of(between).numbers;
    let cut = |text: &String| {
        let mut cut: String = text.chars().take(VALUE_CHARS_MAX).collect();
        if text.chars().nth(VALUE_CHARS_MAX).is_some() {
            cut.push('…');
        }
        cut
    };
    FindingSummary {
        between,
        path: signature.pattern.clone(),
        class: signature.class,
        severity: group.severity,
        subject: example.subject,
        rule: signature.masked_by.and_then(|rule| numbers.get(rule)).map(|number| number + 1),
        by_order: signature.by_order,
        unexplained: group.unexplained,
        owner: owner::of(&comparer.owners, example.class, example.subject),
        count: group.count,
        orders_count: group.orders,
        rate: rate(group.orders, compared),
        orders: group.first_orders().cloned().collect(),
        money: group.money.clone(),
        money_unread: group.money_unread,
        example: Some(FindingExample {
            order_key: group.first_orders().next().cloned(),
            path: example.path.clone(),
            left_place: example.legacy.as_ref().map(ToString::to_string),
            right_place: example.gated.as_ref().map(ToString::to_string),
            left: example.legacy_text.as_ref().map(cut),
            right: example.gated_text.as_ref().map(cut),
            money: example.money,
            matching: example.matching,
        }),
    }
}

fn rule_summary(number: usize, rule: &Rule, expired: bool, spent: &[&Spent]) -> RuleSummary {
    let sum = |of: fn(&Spent) -> u64| spent.iter().map(|spent| of(spent)).sum::<u64>();
    let mut money = Amounts::default();
    for (currency, amount) in spent.iter().flat_map(|spent| spent.money.iter()) {
        money.add_sums(Some(currency), amount.signed, amount.absolute);
    }
    RuleSummary {
        number: number + 1,
        path: rule.path.to_string(),
        action: rule.action.as_str(),
        between: rule.between,
        reason: rule.reason.clone(),
        built_in: rule.built_in,
        expires: rule.expires,
        expired,
        selected: sum(|spent| spent.selected),
        hits: sum(|spent| spent.masked),
        orders: sum(|spent| spent.orders),
        money,
        money_unread: sum(|spent| spent.money_unread),
        over_cap: sum(|spent| spent.over_cap),
        orders_above: sum(|spent| spent.orders_above),
        orders_below: sum(|spent| spent.orders_below),
        one_sided: None,
    }
}
