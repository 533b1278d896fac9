//! Small differences within a tolerance that all go one way: a cent too little on every order is a fault, not rounding.

use crate::diff::Ways;
use crate::stats::sign_test;

/// The probability of so one-sided a drift by chance; `None` where nothing was masked, or both ways alike.
pub(super) fn probability(ways: &Ways) -> Option<f64> {
    (ways.above != ways.below).then(|| sign_test(ways.above, ways.below))
}

/// Whether it is a finding, `tests` such tests being made of one run (Bonferroni: each spends its part of α).
pub(super) fn is_drift(probability: f64, alpha: f64, tests: usize) -> bool {
    probability * (tests.max(1) as f64) <= alpha
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drifts(above: u64, below: u64, tests: usize) -> bool {
        let ways = Ways { above, below, ..Ways::default() };
        probability(&ways).is_some_and(|probability| is_drift(probability, 0.05, tests))
    }

    #[test]
    fn one_way_is_drift_and_both_ways_is_rounding() {
        for (above, below, tests, expected) in [
            (0, 0, 1, false),
            (5, 0, 1, false),
            (6, 0, 1, true),
            (0, 6, 1, true),
            (6, 0, 2, false),
            (7, 0, 2, true),
            (200, 200, 1, false),
            (230, 170, 1, true),
            (210, 190, 1, false),
        ] {
            assert_eq!(drifts(above, below, tests), expected, "{above} {below} {tests}");
        }
    }
}
