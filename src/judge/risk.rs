//! Money at risk: what orders that need somebody are for, added up by currency while they pass by.
//!
//! Memory is bounded whatever payloads call a currency; nothing is rounded, and what is not known is counted instead of
//! taken for nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{ExceptionKind, Owner};
use crate::diff::minor_digits;
use crate::outcome::{ReasonClass, Witness};
use crate::stats::Sum;

/// Currencies that are summed apart: more than ISO 4217 has. Money in a further one counts as unread.
const CURRENCIES_MAX: usize = 200;

/// Characters of a currency; real ones have three.
const CURRENCY_CHARS_MAX: usize = 20;

/// An amount in its currency's major unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Money {
    /// ISO 4217, as it was captured.
    pub currency: String,
    /// How much, as an exact decimal.
    pub amount: Decimal,
}

/// Where an amount stands among others: what is not known may be any amount, so it comes before those that are known,
/// and of these the one with the most minor units. There is no exchange rate here, and none is invented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Worth(Option<Reverse<Decimal>>);

impl Worth {
    pub(super) fn of(money: Option<&Money>) -> Self {
        let minor = |money: &Money| {
            let units = Decimal::from(10_u64.pow(minor_digits(&money.currency).unwrap_or(2)));
            Reverse(money.amount.checked_mul(units).unwrap_or(Decimal::MAX))
        };
        Self(money.map(minor))
    }
}

/// All exceptions of one owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnerSummary {
    /// Who acts.
    pub owner: Owner,
    /// How many, and what is at risk. An order that is an exception several times counts its money once.
    #[serde(flatten)]
    pub at_risk: AtRisk,
    /// The same by what is to be done, the worst first.
    pub tasks: Vec<TaskSummary>,
}

/// Exceptions that call for the same action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskSummary {
    /// The lane, or the census.
    pub lane: Witness,
    /// What is the matter; in JSON `fate`.
    #[serde(rename = "fate")]
    pub kind: ExceptionKind,
    /// Why the lane rejected them, in classes; `None` where it did not.
    pub reason_class: Option<ReasonClass>,
    /// What to do, in plain words.
    pub next_action: String,
    /// How many, and what is at risk.
    #[serde(flatten)]
    pub at_risk: AtRisk,
}

/// How many exceptions, and what is at risk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AtRisk {
    /// How many.
    pub exceptions: u64,
    /// What their orders are for, by currency.
    pub money_at_risk: BTreeMap<String, Decimal>,
    /// Of how many that is not known.
    pub money_unread: u64,
    /// The time of the oldest; `None` where no time is known.
    pub oldest_at: Option<Timestamp>,
    /// How long before `as_of` that was, in microseconds.
    pub age_us: Option<u64>,
}

impl AtRisk {
    /// Takes note of an exception.
    pub(super) fn add(&mut self, at: Option<Timestamp>) {
        self.exceptions += 1;
        self.oldest_at = match (self.oldest_at, at) {
            (Some(oldest), Some(at)) => Some(oldest.min(at)),
            (oldest, at) => oldest.or(at),
        };
    }

    /// Adds what an order is for.
    pub(super) fn charge(&mut self, money: Option<&Money>) {
        let full = self.money_at_risk.len() >= CURRENCIES_MAX;
        match money {
            Some(money) if money.currency.chars().count() <= CURRENCY_CHARS_MAX => {
                match self.money_at_risk.get_mut(&money.currency) {
                    Some(sum) => *sum = sum.saturating_add(money.amount).normalize(),
                    None if full => self.money_unread += 1,
                    None => _ = self.money_at_risk.insert(money.currency.clone(), money.amount.normalize()),
                }
            }
            _ => self.money_unread += 1,
        }
    }

    /// Whether a currency may have been left out as there was no room, so that what is summed depends on the sequence.
    pub(super) fn is_full(&self) -> bool {
        self.money_at_risk.len() >= CURRENCIES_MAX
    }

    pub(super) fn aged(self, as_of: Timestamp) -> Self {
        Self { age_us: self.oldest_at.map(|at| age_us(at, as_of)), ..self }
    }
}

impl Sum for AtRisk {
    fn plus(&mut self, other: &Self) {
        let Self { exceptions, money_at_risk, money_unread, oldest_at, age_us: _ } = other;
        self.exceptions += exceptions;
        for (currency, amount) in money_at_risk {
            let sum = self.money_at_risk.entry(currency.clone()).or_default();
            *sum = sum.saturating_add(*amount).normalize();
        }
        self.money_unread += money_unread;
        self.oldest_at = self.oldest_at.into_iter().chain(*oldest_at).min();
    }

    fn minus(&mut self, other: &Self) -> bool {
        let Self { exceptions, money_at_risk, money_unread, oldest_at, age_us: _ } = other;
        // The oldest but one isn't known, nor whether a sum of nothing is one of many nothings.
        let mut is_told = oldest_at.is_none() || self.oldest_at != *oldest_at;
        for (currency, amount) in money_at_risk {
            let Some(sum) = self.money_at_risk.get_mut(currency) else { return false };
            *sum = sum.saturating_sub(*amount).normalize();
            is_told &= !sum.is_zero();
        }
        is_told &= self.exceptions.minus(exceptions);
        is_told & self.money_unread.minus(money_unread)
    }

    fn is_nothing(&self) -> bool {
        self.exceptions == 0
    }
}

/// How long before `as_of` a time was, in microseconds; 0 where another clock says that it is to come.
pub(super) fn age_us(at: Timestamp, as_of: Timestamp) -> u64 {
    u64::try_from(as_of.duration_since(at).as_micros()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(currency: &str, amount: &str) -> Money {
        Money { currency: currency.to_owned(), amount: amount.parse().unwrap() }
    }

    #[test]
    fn sums_are_exact_by_currency_and_what_is_not_known_is_counted() {
        let mut sum = AtRisk::default();
        for _ in 0..10 {
            sum.charge(Some(&money("EUR", "0.10")));
        }
        sum.charge(Some(&money("JPY", "5000")));
        sum.charge(Some(&money(&"X".repeat(21), "1")));
        sum.charge(None);
        let json = serde_json::to_value(&sum).unwrap();
        assert_eq!(json["money_at_risk"], serde_json::json!({ "EUR": "1", "JPY": "5000" }));
        assert_eq!(sum.money_unread, 2);
    }

    #[test]
    fn currencies_at_random_take_no_more_room_than_there_is() {
        let mut sum = AtRisk::default();
        (0..1_000).for_each(|n| sum.charge(Some(&money(&format!("C{n:03}"), "2.5"))));
        sum.charge(Some(&money("C000", "0.5")));
        assert_eq!((sum.money_at_risk.len(), sum.money_unread), (CURRENCIES_MAX, 800));
        assert_eq!(sum.money_at_risk["C000"], Decimal::from(3));
    }

    #[test]
    fn what_is_not_known_comes_first_then_the_most_minor_units() {
        let rising = [
            None,
            Some(money("EUR", "120")),
            Some(money("JPY", "11999")),
            Some(money("EUR", "0.01")),
            Some(money("USD", "-3")),
        ];
        let worths: Vec<Worth> = rising.iter().map(|money| Worth::of(money.as_ref())).collect();
        assert!(worths.is_sorted() && worths.windows(2).all(|pair| pair[0] != pair[1]), "{worths:?}");
    }

    #[test]
    fn an_age_is_never_negative() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        assert_eq!((age_us(at(5), at(7)), age_us(at(7), at(5))), (2_000_000, 0));
        let mut sum = AtRisk::default();
        [None, Some(at(9)), Some(at(4)), None].into_iter().for_each(|at| sum.add(at));
        let sum = sum.aged(at(10));
        assert_eq!((sum.exceptions, sum.oldest_at, sum.age_us), (4, Some(at(4)), Some(6_000_000)));
    }
}
