//! Money of the simulated shop: cents, written as decimal text.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Sub};

use serde::{Serialize, Serializer};

/// An amount in cents. Written with two decimals, as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cents(pub(super) u64);

impl Cents {
    /// The tax that is contained in this gross amount, rounded half up to the cent.
    pub(super) const fn tax_contained(self, rate_percent: u64) -> Self {
        let divisor = 100 + rate_percent;
        Self((self.0 * rate_percent + divisor / 2) / divisor)
    }

    /// This share of the amount, rounded down to the cent.
    pub(super) const fn percent(self, percent: u64) -> Self {
        Self(self.0 * percent / 100)
    }
}

impl Add for Cents {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Cents {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<u32> for Cents {
    type Output = Self;
    fn mul(self, units: u32) -> Self {
        Self(self.0 * u64::from(units))
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), Add::add)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_two_decimals_and_tax_is_rounded_half_up() {
        for (gross, rate, text, tax) in [
            (11_900, 19, "119.00", "19.00"),
            (5, 19, "0.05", "0.01"),
            (10_000, 7, "100.00", "6.54"),
            (0, 19, "0.00", "0.00"),
        ] {
            assert_eq!(Cents(gross).to_string(), text);
            assert_eq!(Cents(gross).tax_contained(rate).to_string(), tax, "{text} at {rate} %");
        }
    }
}
