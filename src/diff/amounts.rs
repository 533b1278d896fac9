//! Money of several currencies: never summed over them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::scalar::minor_digits;
use crate::stats::{Sum, sum_of_fields};

/// Under which name money of a currency that is not known is counted.
pub const UNKNOWN_CURRENCY: &str = "unknown";

/// Money by currency, ISO 4217.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Amounts {
    by_currency: BTreeMap<String, Amount>,
}

/// Money of one currency, in its major unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// The sum.
    pub signed: Decimal,
    /// The sum without signs.
    pub absolute: Decimal,
    #[serde(skip)]
    finest: Finest,
}

/// The most decimal places that any part of a sum has, which are those of the sum, and how many parts have so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Finest {
    scale: u32,
    parts: u64,
}

impl Finest {
    fn add(&mut self, other: Self) {
        match other.scale.cmp(&self.scale) {
            Ordering::Less => {}
            Ordering::Equal => self.parts += other.parts,
            Ordering::Greater => *self = other,
        }
    }
}

// An amount is only there where it isn't zero, so that its sum without signs tells whether any is left.
sum_of_fields!(Amounts { by_currency });

impl Sum for Amount {
    fn plus(&mut self, other: &Self) {
        self.signed.plus(&other.signed);
        self.absolute.plus(&other.absolute);
        self.finest.add(other.finest);
    }

    fn minus(&mut self, other: &Self) -> bool {
        self.signed = self.signed.saturating_sub(other.signed);
        self.absolute = self.absolute.saturating_sub(other.absolute);
        // Without the last of the finest parts the sum would be written with fewer places.
        let is_finest = other.finest.scale == self.finest.scale;
        !is_finest || (self.finest.parts.minus(&other.finest.parts) && self.finest.parts > 0)
    }

    fn is_nothing(&self) -> bool {
        self.absolute.is_zero()
    }
}

impl Amounts {
    /// Adds an amount; nothing where it is zero.
    pub fn add(&mut self, currency: Option<&str>, amount: Decimal) {
        self.add_sums(currency, amount, amount.abs());
    }

    /// Adds a sum and what it is without signs.
    pub fn add_sums(&mut self, currency: Option<&str>, signed: Decimal, absolute: Decimal) {
        if signed.is_zero() && absolute.is_zero() {
            return;
        }
        let currency = currency.unwrap_or(UNKNOWN_CURRENCY);
        let sum = match self.by_currency.get_mut(currency) {
            Some(sum) => sum,
            None => self.by_currency.entry(currency.to_owned()).or_default(),
        };
        sum.signed = sum.signed.saturating_add(signed);
        sum.absolute = sum.absolute.saturating_add(absolute);
        sum.finest.add(Finest { scale: signed.scale().max(absolute.scale()), parts: 1 });
    }

    /// By currency, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Amount)> {
        self.by_currency.iter().map(|(currency, amount)| (currency.as_str(), *amount))
    }

    /// Whether there is no money.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_currency.is_empty()
    }

    /// The largest amount without signs, in minor units of its own currency: what costs are sorted by. There is
    /// no exchange rate here, and none is invented: a hundred yen weigh as much as a euro.
    #[must_use]
    pub fn weight(&self) -> Decimal {
        let minor = |(currency, amount): (&String, &Amount)| {
            let units = Decimal::from(10_u64.pow(minor_digits(currency).unwrap_or(2)));
            amount.absolute.checked_mul(units).unwrap_or(Decimal::MAX)
        };
        self.by_currency.iter().map(minor).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_summed_apart() {
        let mut amounts = Amounts::default();
        for (currency, amount) in [(Some("EUR"), -3), (Some("JPY"), 250), (Some("EUR"), 1), (None, 2), (Some("KWD"), 0)]
        {
            amounts.add(currency, Decimal::from(amount));
        }
        let rows: Vec<String> =
            amounts.iter().map(|(currency, sum)| format!("{currency} {} {}", sum.signed, sum.absolute)).collect();
        assert_eq!(rows, ["EUR -2 4", "JPY 250 250", "unknown 2 2"]);
        assert_eq!(amounts.weight(), Decimal::from(400));
    }

    #[test]
    fn a_sum_beyond_all_digits_is_the_largest_there_is() {
        let mut amounts = Amounts::default();
        amounts.add(Some("EUR"), Decimal::MAX);
        amounts.add(Some("EUR"), Decimal::MAX);
        assert_eq!(amounts.iter().next().map(|(_, sum)| sum.signed), Some(Decimal::MAX));
        assert_eq!(amounts.weight(), Decimal::MAX);
    }
}
