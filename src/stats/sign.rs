//! The sign test: whether small differences go both ways.
//!
//! Dixon and Mood, "The statistical sign test", Journal of the American Statistical Association 41 (1946), 557–566.
//! Exact: how the sizes of the differences are distributed doesn't matter, and ties are left out, as there.

use super::binomial::at_most;

/// The two-sided probability that of `above + below` differences at least so many go one way, where each way is as likely
/// as the other: P(|X - n/2| ≥ |above - n/2|) for X ~ Bin(n, ½).
///
/// With no difference (`n = 0`) nothing is known: 1. With one it is 1, as one way is as good as the other; with six
/// that all go one way 0.03125, the first below 5 %.
#[must_use]
pub fn sign_test(above: u64, below: u64) -> f64 {
    let (Some(n), fewer) = (above.checked_add(below).filter(|n| *n > 0), above.min(below)) else {
        return 1.0;
    };
    (2.0 * at_most(fewer, n, 0.5)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of binomial coefficients, in whole numbers.
    fn by_counting(above: u64, below: u64) -> f64 {
        let n = above + below;
        let ways = |k: u64| (0..k).fold(1_u128, |ways, i| ways * u128::from(n - i) / u128::from(i + 1));
        let tail: u128 = (0..=above.min(below)).map(ways).sum();
        (2.0 * tail as f64 / 2.0_f64.powi(n as i32)).min(1.0)
    }

    #[test]
    fn it_agrees_with_counting() {
        for n in 1..60 {
            for above in 0..=n {
                let (found, expected) = (sign_test(above, n - above), by_counting(above, n - above));
                assert!((found - expected).abs() < 1e-9 * expected.max(1e-9), "{above} of {n}: {found} {expected}");
            }
        }
    }

    #[test]
    fn the_ends_of_the_range_are_sound() {
        for (above, below, expected) in [(0, 0, 1.0), (1, 0, 1.0), (0, 6, 0.031_25), (3, 3, 1.0)] {
            assert!((sign_test(above, below) - expected).abs() < 1e-12, "{above} {below}");
        }
        assert!(sign_test(1_000_000, 0) < 1e-300);
        assert!(sign_test(500_000, 500_001) > 0.99);
        assert!((sign_test(u64::MAX, 1) - 1.0).abs() < 1e-12, "more than can be counted tells nothing");
    }
}
