//! Findings of many orders as a few lines: grouped by where and how they differ, most costly first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::amounts::Amounts;
use super::finding::{Class, Finding, Findings, RuleIndex, Severity};
use super::spent::Spent;
use super::ways::{AllWays, Way, Ways};
use crate::order::OrderKey;
use crate::outcome::RowId;
use crate::stats::Sum;

/// Orders that a group names: enough to look at, and flat memory however many there are.
const FIRST_ORDERS: usize = 5;

/// Groups that are kept. Documents whose members are named at random make a group each; what is beyond is counted.
const GROUPS_MAX: usize = 1_000;

/// Longest pattern of a group. One of real documents has some dozens of letters; longer ones are counted as beyond.
const PATTERN_BYTES_MAX: usize = 1_000;

/// Characters of an example's values that are kept: one more than a report shows, so that it shows that there are more.
const EXAMPLE_CHARS: usize = 201;

/// What findings of one group have in common but the place: their class, the rule that masks them, whether what was ordered
/// explains them.
type How = (Class, Option<RuleIndex>, bool);

/// What findings of one group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Signature {
    /// The place without keys and indices: `/lines[sku]/quantity`.
    pub pattern: String,
    /// How the values differ.
    pub class: Class,
    /// The rule that masks them.
    pub masked_by: Option<RuleIndex>,
    /// Whether what was ordered explains them.
    pub by_order: bool,
}

/// Findings of one signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What they have in common.
    pub signature: Signature,
    /// The gravest of them.
    pub severity: Severity,
    /// How many there are of each severity.
    severities: [u64; 3],
    /// How many.
    pub count: u64,
    /// How many of them nothing explains.
    pub unexplained: u64,
    /// In how many orders.
    pub orders: u64,
    /// The first of these, each with its place among all orders.
    first_orders: Vec<(RowId, OrderKey)>,
    /// The order that came last, which is counted once however many findings it has.
    last_order: Option<RowId>,
    /// The first of them all.
    pub example: Finding,
    /// The place of its order.
    example_of: RowId,
    /// The money that they move, right less left.
    pub money: Amounts,
    /// Findings whose money can't be read.
    pub money_unread: u64,
}

/// The findings of many orders.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// By what they have in common but the place, and by that.
    groups: BTreeMap<How, BTreeMap<String, Group>>,
    count: usize,
    /// Groups whose example is brief.
    brief: usize,
    spent: Vec<Spent>,
    ways: AllWays,
    orders: u64,
    unexplained: u64,
    beyond: u64,
}

impl Groups {
    /// Adds what was found for an order, with its place among all orders, in whatever sequence they come. Each order comes once.
    pub fn add(&mut self, order: (RowId, &OrderKey), findings: &Findings) {
        self.orders += 1;
        for finding in &findings.list {
            self.add_finding(order, finding, findings.currency.as_deref());
        }
        self.ways.add(findings);
        self.unexplained += findings.unexplained().count() as u64;
        self.spent.resize_with(self.spent.len().max(findings.uses.len()), Spent::default);
        for (sum, own) in self.spent.iter_mut().zip(&findings.uses) {
            sum.add(own, findings.currency.as_deref());
        }
    }

    /// Whether something was left out as there was no room, so that what is counted depends on the sequence of orders.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.count >= GROUPS_MAX || self.ways.is_full()
    }

    /// Whether what was added last is the first of a group, and too brief to be its example.
    #[must_use]
    pub const fn lack_examples(&self) -> bool {
        self.brief > 0
    }

    /// Takes the examples that lack from `findings`: the same as were added last, in full.
    pub fn complete(&mut self, findings: &Findings) {
        for finding in findings.list.iter().filter(|finding| !finding.is_brief) {
            let (pattern, how) = common(finding);
            let group = self.groups.get_mut(&how).and_then(|groups| groups.get_mut(pattern));
            if let Some(group) = group.filter(|group| group.example.is_brief) {
                group.example = example(finding);
                self.brief -= 1;
            }
        }
    }

    fn add_finding(&mut self, order: (RowId, &OrderKey), finding: &Finding, currency: Option<&str>) {
        let (pattern, how) = common(finding);
        let groups = self.groups.entry(how).or_default();
        if let Some(group) = groups.get_mut(pattern) {
            if order.0 < group.example_of {
                let was_brief = std::mem::replace(&mut group.example, example(finding)).is_brief;
                group.example_of = order.0;
                self.brief = self.brief + usize::from(finding.is_brief) - usize::from(was_brief);
            }
            return group.add(order, finding, currency);
        }
        if self.count >= GROUPS_MAX || pattern.len() > PATTERN_BYTES_MAX {
            self.beyond += 1;
            return;
        }
        self.count += 1;
        self.brief += usize::from(finding.is_brief);
        let mut group = Group::new(pattern, how, (order.0, finding));
        group.add(order, finding, currency);
        groups.insert(pattern.to_owned(), group);
    }

    /// The groups: unexplained before explained, grave before normal, then by the money they move and their number.
    #[must_use]
    pub fn rows(&self) -> Vec<&Group> {
        let mut rows: Vec<(Decimal, &Group)> =
            self.groups.values().flat_map(BTreeMap::values).map(|group| (group.money.weight(), group)).collect();
        rows.sort_by_key(|(weight, group)| {
            (group.unexplained == 0, Reverse((group.severity, *weight, group.count)), &group.signature)
        });
        rows.into_iter().map(|(_, group)| group).collect()
    }

    /// What each rule was used for over all orders.
    #[must_use]
    pub fn spent(&self) -> &[Spent] {
        &self.spent
    }

    /// Which way what a rule masked went, by currency, and by place where it masked at several.
    #[must_use]
    pub fn ways(&self, rule: RuleIndex) -> Vec<(&Way, &Ways)> {
        self.ways.of(rule)
    }

    /// Orders that were compared.
    #[must_use]
    pub const fn orders(&self) -> u64 {
        self.orders
    }

    /// Findings that nothing explains.
    #[must_use]
    pub const fn unexplained(&self) -> u64 {
        self.unexplained
    }

    /// Findings beyond the groups that are kept.
    #[must_use]
    pub const fn beyond(&self) -> u64 {
        self.beyond
    }
}

/// What a finding has in common with others of its group, the place first. Goods that only stand in other lines are one
/// group, at the lines.
fn common(finding: &Finding) -> (&str, How) {
    if finding.resegmented {
        let lines = finding.pattern.rfind(']').and_then(|end| finding.pattern.get(..=end));
        return (lines.unwrap_or(&finding.pattern), (Class::Resegmented, None, false));
    }
    (&finding.pattern, (finding.class, finding.masked_by, finding.by_order))
}

/// Goods that only stand in other lines are the same goods.
const fn severity(finding: &Finding) -> Severity {
    if finding.resegmented { Severity::Trivial } else { finding.severity }
}

/// A finding with the beginning of its values.
fn example(finding: &Finding) -> Finding {
    let begin = |text: &String| text.chars().take(EXAMPLE_CHARS).collect();
    Finding {
        legacy_text: finding.legacy_text.as_ref().map(begin),
        gated_text: finding.gated_text.as_ref().map(begin),
        ..finding.clone()
    }
}

impl Group {
    /// The first orders.
    pub fn first_orders(&self) -> impl Iterator<Item = &OrderKey> {
        self.first_orders.iter().map(|(_, order)| order)
    }

    fn new(pattern: &str, (class, masked_by, by_order): How, (place, first): (RowId, &Finding)) -> Self {
        Self {
            signature: Signature { pattern: pattern.to_owned(), class, masked_by, by_order },
            severity: severity(first),
            severities: [0; 3],
            count: 0,
            unexplained: 0,
            orders: 0,
            first_orders: Vec::new(),
            last_order: None,
            example: example(first),
            example_of: place,
            money: Amounts::default(),
            money_unread: 0,
        }
    }

    fn add(&mut self, (place, order): (RowId, &OrderKey), finding: &Finding, currency: Option<&str>) {
        self.count += 1;
        self.unexplained += u64::from(finding.is_unexplained());
        self.severity = self.severity.max(severity(finding));
        if let Some(number) = self.severities.get_mut(severity(finding) as usize) {
            *number += 1;
        }
        self.money_unread += u64::from(finding.money_unread);
        self.money.add(currency, finding.money.unwrap_or_default());
        if self.last_order != Some(place) {
            self.last_order = Some(place);
            self.orders += 1;
            self.name(place, order);
        }
    }

    /// Names an order among the first, unless there are enough before it.
    fn name(&mut self, place: RowId, order: &OrderKey) {
        let at = self.first_orders.partition_point(|(other, _)| *other < place);
        if at < FIRST_ORDERS {
            self.first_orders.insert(at, (place, order.clone()));
            self.first_orders.truncate(FIRST_ORDERS);
        }
    }
}

impl Sum for Groups {
    fn plus(&mut self, other: &Self) {
        let Self { groups, count: _, brief: _, spent, ways, orders, unexplained, beyond } = other;
        self.groups.plus(groups);
        self.recount();
        self.spent.plus(spent);
        self.ways.plus(ways);
        self.orders.plus(orders);
        self.unexplained.plus(unexplained);
        self.beyond.plus(beyond);
    }

    fn minus(&mut self, other: &Self) -> bool {
        let Self { groups, count: _, brief: _, spent, ways, orders, unexplained, beyond } = other;
        let told = [
            self.groups.minus(groups),
            self.spent.minus(spent),
            self.ways.minus(ways),
            self.orders.minus(orders),
            self.unexplained.minus(unexplained),
            self.beyond.minus(beyond),
        ];
        self.recount();
        !told.contains(&false)
    }

    fn is_nothing(&self) -> bool {
        self.orders == 0
    }
}

impl Groups {
    /// Counts what is there now; any order may come next.
    fn recount(&mut self) {
        (self.count, self.brief) = (0, 0);
        for group in self.groups.values_mut().flat_map(BTreeMap::values_mut) {
            group.last_order = None;
            self.count += 1;
            self.brief += usize::from(group.example.is_brief);
        }
    }
}

impl Sum for Group {
    fn plus(&mut self, other: &Self) {
        if other.example_of < self.example_of {
            (self.example, self.example_of) = (other.example.clone(), other.example_of);
        }
        self.severity = self.severity.max(other.severity);
        self.severities.plus(&other.severities);
        self.count += other.count;
        self.unexplained += other.unexplained;
        self.orders += other.orders;
        other.first_orders.iter().for_each(|(place, order)| self.name(*place, order));
        self.money.plus(&other.money);
        self.money_unread += other.money_unread;
    }

    fn minus(&mut self, other: &Self) -> bool {
        let are_all_named = self.orders == self.first_orders.len() as u64;
        let is_named = |place: RowId| self.first_orders.iter().any(|(own, _)| *own == place);
        let is_one_named = other.first_orders.iter().any(|(place, _)| is_named(*place));
        // What comes behind those that are named isn't known, nor is another example.
        let mut is_told = (are_all_named || !is_one_named) && other.example_of != self.example_of;
        self.first_orders.retain(|own| !other.first_orders.contains(own));
        is_told &= self.severities.minus(&other.severities);
        let gravest = self.severities.iter().rposition(|number| *number > 0);
        self.severity = gravest.and_then(|at| Severity::ALL.get(at)).copied().unwrap_or(self.severity);
        is_told &= self.count.minus(&other.count);
        is_told &= self.unexplained.minus(&other.unexplained);
        is_told &= self.orders.minus(&other.orders);
        is_told &= self.money.minus(&other.money);
        is_told & self.money_unread.minus(&other.money_unread)
    }

    fn is_nothing(&self) -> bool {
        self.orders == 0
    }
}
