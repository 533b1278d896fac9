//! How many of something a scenario expects: a number, a range, or exactly these orders.

use std::collections::BTreeSet;
use std::fmt;

use crate::sim::OrderNumber;

/// What is expected of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Exactly(u64),
    /// At least, and where there is an end at most.
    Between(u64, Option<u64>),
    /// Exactly the orders at these positions.
    Orders(BTreeSet<OrderNumber>),
}

impl Amount {
    /// Whether so many are as expected; of orders this says nothing about which.
    #[must_use]
    pub fn takes(&self, found: u64) -> bool {
        match self {
            Self::Exactly(expected) => found == *expected,
            Self::Between(least, most) => found >= *least && most.is_none_or(|most| found <= most),
            Self::Orders(orders) => found == orders.len() as u64,
        }
    }

    /// `3`, `1..`, `5..20`; `None` for what is no amount.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some((least, most)) = text.split_once("..") else {
            return text.parse().ok().map(Self::Exactly);
        };
        let least = if least.is_empty() { 0 } else { least.parse().ok()? };
        match most.strip_prefix('=').unwrap_or(most) {
            "" => Some(Self::Between(least, None)),
            most => most.parse().ok().filter(|most| *most >= least).map(|most| Self::Between(least, Some(most))),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(expected) => write!(f, "{expected}"),
            Self::Between(least, None) => write!(f, "at least {least}"),
            Self::Between(0, Some(most)) => write!(f, "at most {most}"),
            Self::Between(least, Some(most)) => write!(f, "{least} to {most}"),
            Self::Orders(orders) => write!(f, "{}, by name", orders.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_takes_what_it_says_and_nothing_else() {
        for (text, shown, takes, refuses) in [
            ("3", "3", &[3][..], &[2, 4][..]),
            ("1..", "at least 1", &[1, 900], &[0]),
            ("..5", "at most 5", &[0, 5], &[6]),
            ("5..20", "5 to 20", &[5, 20], &[4, 21]),
            ("5..=20", "5 to 20", &[5, 20], &[4, 21]),
        ] {
            let amount = Amount::parse(text).unwrap();
            assert_eq!(amount.to_string(), shown);
            assert!(takes.iter().all(|found| amount.takes(*found)), "{text}");
            assert!(!refuses.iter().any(|found| amount.takes(*found)), "{text}");
        }
        for wrong in ["", "x", "-1", "5..3", "1..x", "1.5"] {
            assert_eq!(Amount::parse(wrong), None, "{wrong}");
        }
    }
}
