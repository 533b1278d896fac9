//! Money of the simulated shop: whole minor units of a currency, written as decimal text with as many decimals as
//! the currency has.

use std::fmt;
use std::ops::{Add, Mul, Sub};

use crate::outcome::names;
use serde::{Serialize, Serializer};

/// What a customer pays in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Currency {
    /// The euro, in which the catalogue is priced.
    #[default]
    Eur,
    /// The US dollar.
    Usd,
    /// The yen, which has no decimals.
    Jpy,
    /// The dinar of Kuwait, which has three.
    Kwd,
}

names!(Currency, "currency", { Eur => "EUR", Usd => "USD", Jpy => "JPY", Kwd => "KWD" });

impl Currency {
    /// The code of ISO 4217.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.as_str()
    }

    /// Decimals of an amount, as in ISO 4217.
    #[must_use]
    pub const fn decimals(self) -> u32 {
        match self {
            Self::Eur | Self::Usd => 2,
            Self::Jpy => 0,
            Self::Kwd => 3,
        }
    }

    /// What the shop asks for in this currency where it asks for so many euro cents, rounded half up to the minor
    /// unit: the shop's own rates, which never change.
    pub(super) const fn worth(self, euro_cents: u64) -> Amount {
        let (minor, cents) = match self {
            Self::Eur => (1, 1),
            Self::Usd => (11, 10),
            Self::Jpy => (8, 5),
            Self::Kwd => (67, 20),
        };
        Amount { minor: (euro_cents * minor + cents / 2) / cents, currency: self }
    }

    /// All of these amounts, which are of this currency.
    pub(super) fn sum(self, amounts: impl IntoIterator<Item = Amount>) -> Amount {
        amounts.into_iter().fold(self.worth(0), Add::add)
    }
}

/// An amount in minor units of its currency. Written with the currency's decimals, as a string. Only amounts of one
/// currency are ever added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) struct Amount {
    minor: u64,
    currency: Currency,
}

impl Amount {
    pub(super) const fn currency(self) -> Currency {
        self.currency
    }

    pub(super) const fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub(super) const fn is_less_than(self, other: Self) -> bool {
        self.minor < other.minor
    }

    /// The tax that is contained in this gross amount, rounded half up to the minor unit.
    pub(super) const fn tax_contained(self, rate_percent: u64) -> Self {
        let divisor = 100 + rate_percent;
        self.of(self.minor.saturating_mul(rate_percent).saturating_add(divisor / 2) / divisor)
    }

    /// This share of the amount, rounded down to the minor unit.
    pub(super) const fn percent(self, percent: u64) -> Self {
        self.of(self.minor.saturating_mul(percent) / 100)
    }

    const fn of(self, minor: u64) -> Self {
        Self { minor, currency: self.currency }
    }
}

impl Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        debug_assert_eq!(self.currency, other.currency);
        self.of(self.minor.saturating_add(other.minor))
    }
}

impl Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        debug_assert_eq!(self.currency, other.currency);
        self.of(self.minor.saturating_sub(other.minor))
    }
}

impl Mul<u32> for Amount {
    type Output = Self;
    fn mul(self, units: u32) -> Self {
        self.of(self.minor.saturating_mul(units.into()))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        if decimals == 0 {
            return write!(f, "{}", self.minor);
        }
        let major = 10_u64.pow(decimals);
        let width = usize::try_from(decimals).unwrap_or_default();
        write!(f, "{}.{:0width$}", self.minor / major, self.minor % major)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_their_currencys_decimals_and_tax_is_rounded_half_up() {
        for (currency, minor, rate, text, tax) in [
            (Currency::Eur, 11_900, 19, "119.00", "19.00"),
            (Currency::Eur, 5, 19, "0.05", "0.01"),
            (Currency::Usd, 10_000, 7, "100.00", "6.54"),
            (Currency::Eur, 0, 19, "0.00", "0.00"),
            (Currency::Jpy, 1_190, 19, "1190", "190"),
            (Currency::Jpy, 3, 19, "3", "0"),
            (Currency::Kwd, 1_007, 7, "1.007", "0.066"),
        ] {
            let gross = Amount { minor, currency };
            assert_eq!(gross.to_string(), text);
            assert_eq!(gross.tax_contained(rate).to_string(), tax, "{text} {} at {rate} %", currency.code());
        }
    }

    #[test]
    fn prices_are_converted_to_whole_minor_units() {
        for (currency, price) in
            [(Currency::Eur, "34.50"), (Currency::Usd, "37.95"), (Currency::Jpy, "5520"), (Currency::Kwd, "11.558")]
        {
            assert_eq!(currency.worth(3_450).to_string(), price);
        }
    }
}
