//! What a rule was used for over many orders: how often, in how many, and what money it hid.

use rust_decimal::Decimal;

use super::amounts::Amounts;
use super::finding::Use;
use crate::stats::sum_of_fields;

/// What a rule was used for over many orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Places that its path selected. 0 over a whole run: the rule is unused, or its path is wrong.
    pub selected: u64,
    /// Findings that it masked.
    pub masked: u64,
    /// Orders in which it masked something.
    pub orders: u64,
    /// Of these, such with more money on the right in all that it masked of them.
    pub orders_above: u64,
    /// Of these, such with less.
    pub orders_below: u64,
    /// The money that it masked, right less left.
    pub money: Amounts,
    /// Masked findings whose money can't be read.
    pub money_unread: u64,
    /// Orders in which its tolerance was used up, so that it masked nothing.
    pub over_cap: u64,
}

sum_of_fields!(Spent { selected, masked, orders, orders_above, orders_below, money, money_unread, over_cap });

impl Spent {
    /// Adds what one order used of the rule.
    pub(super) fn add(&mut self, own: &Use, currency: Option<&str>) {
        self.selected += own.selected;
        self.over_cap += own.over_cap;
        if own.masked == 0 {
            return;
        }
        self.masked += own.masked;
        self.orders += 1;
        self.orders_above += u64::from(own.money > Decimal::ZERO);
        self.orders_below += u64::from(own.money < Decimal::ZERO);
        self.money.add_sums(currency, own.money, own.money_absolute);
        self.money_unread += own.money_unread;
    }
}
