//! Findings of many orders as a few lines: grouped by where and how they differ, most costly first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::finding::{Class, Finding, Findings, RuleIndex, Severity, Use};
use crate::order::OrderKey;

/// Orders that a group names: enough to look at, and flat memory however many there are.
const FIRST_ORDERS: usize = 5;

/// Groups that are kept. Documents whose members are named at random make a group each; what is beyond is counted.
const GROUPS_MAX: usize = 1_000;

/// What findings of one group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Signature {
    /// The place without keys and indices: `/lines[sku]/quantity`.
    pub pattern: String,
    /// How the values differ.
    pub class: Class,
    /// The rule that masks them.
    pub masked_by: Option<RuleIndex>,
}

/// Findings of one signature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// What they have in common.
    pub signature: Signature,
    /// The gravest of them.
    pub severity: Severity,
    /// How many.
    pub count: u64,
    /// In how many orders.
    pub orders: u64,
    /// The first of these.
    pub first_orders: Vec<OrderKey>,
    /// The last of these, which is counted once however many findings it has.
    #[serde(skip)]
    last_order: Option<OrderKey>,
    /// The first of them all.
    pub example: Finding,
    /// The money that they move, gated less legacy.
    pub money: Decimal,
    /// The same without signs.
    pub money_absolute: Decimal,
    /// Findings whose money can't be read.
    pub money_unread: u64,
}

/// The findings of many orders.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    groups: BTreeMap<Signature, Group>,
    uses: Vec<Use>,
    orders: u64,
    beyond: u64,
}

impl Groups {
    /// Adds what was found for an order. Each order comes once.
    pub fn add(&mut self, order: &OrderKey, findings: &Findings) {
        self.orders += 1;
        for finding in &findings.list {
            self.add_finding(order, finding);
        }
        self.uses.resize(self.uses.len().max(findings.uses.len()), Use::default());
        for (sum, own) in self.uses.iter_mut().zip(&findings.uses) {
            sum.add(own);
        }
    }

    fn add_finding(&mut self, order: &OrderKey, finding: &Finding) {
        let signature =
            Signature { pattern: finding.pattern.clone(), class: finding.class, masked_by: finding.masked_by };
        if self.groups.len() >= GROUPS_MAX && !self.groups.contains_key(&signature) {
            self.beyond += 1;
            return;
        }
        let group = self.groups.entry(signature).or_insert_with_key(|signature| Group::new(signature, finding));
        group.count += 1;
        group.severity = group.severity.max(finding.severity);
        group.money_unread += u64::from(finding.money_unread);
        let money = finding.money.unwrap_or_default();
        group.money = group.money.saturating_add(money);
        group.money_absolute = group.money_absolute.saturating_add(money.abs());
        if group.last_order.as_ref() != Some(order) {
            group.last_order = Some(order.clone());
            group.orders += 1;
            if group.first_orders.len() < FIRST_ORDERS {
                group.first_orders.push(order.clone());
            }
        }
    }

    /// The groups: unexplained before masked, grave before normal, then by the money they move and their number.
    #[must_use]
    pub fn rows(&self) -> Vec<&Group> {
        let mut rows: Vec<&Group> = self.groups.values().collect();
        rows.sort_by_key(|group| {
            let masked = group.signature.masked_by.is_some();
            (masked, Reverse((group.severity, group.money_absolute, group.count)), &group.signature)
        });
        rows
    }

    /// How often each rule was used over all orders.
    #[must_use]
    pub fn uses(&self) -> &[Use] {
        &self.uses
    }

    /// Orders that were compared.
    #[must_use]
    pub const fn orders(&self) -> u64 {
        self.orders
    }

    /// Findings beyond the groups that are kept.
    #[must_use]
    pub const fn beyond(&self) -> u64 {
        self.beyond
    }
}

impl Group {
    fn new(signature: &Signature, example: &Finding) -> Self {
        Self {
            signature: signature.clone(),
            severity: example.severity,
            count: 0,
            orders: 0,
            first_orders: Vec::new(),
            last_order: None,
            example: example.clone(),
            money: Decimal::ZERO,
            money_absolute: Decimal::ZERO,
            money_unread: 0,
        }
    }
}
