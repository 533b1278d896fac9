//! McNemar's test in its exact form: whether one of two lanes that met the same orders loses fewer of them.
//!
//! McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", Psychometrika 12
//! (1947), 153–157; exact as in Agresti, "Categorical Data Analysis", 3rd edition (2013), section 11.1.1. Only the orders on
//! which the lanes differ say anything; of these each is as likely to be lost on the one as on the other where both lose
//! alike.

use super::binomial::at_most;

/// The one-sided probability of no more than `fewer` orders lost on the one lane alone, where `more` are lost on the other
/// alone and both lose alike: P(X ≤ `fewer`), X ~ Bin(`more` + `fewer`, ½). Small means that the first loses fewer.
///
/// With no such order (`n = 0`) nothing is known: 1. With one on the other lane it is ½; with five and none on the first 0.03125,
/// the first below 5 %.
#[must_use]
pub fn mcnemar(more: u64, fewer: u64) -> f64 {
    match more.checked_add(fewer) {
        None | Some(0) => 1.0,
        Some(n) => at_most(fewer, n, 0.5).min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of binomial coefficients, in whole numbers.
    fn by_counting(more: u64, fewer: u64) -> f64 {
        let n = more + fewer;
        let ways = |k: u64| (0..k).fold(1_u128, |ways, i| ways * u128::from(n - i) / u128::from(i + 1));
        (0..=fewer).map(ways).sum::<u128>() as f64 / 2.0_f64.powi(n as i32)
    }

    #[test]
    fn it_agrees_with_counting() {
        for n in 1..60 {
            for fewer in 0..=n {
                let (found, expected) = (mcnemar(n - fewer, fewer), by_counting(n - fewer, fewer));
                assert!((found - expected).abs() < 1e-9 * expected, "{fewer} of {n}: {found} {expected}");
            }
        }
    }

    #[test]
    fn it_has_the_known_values() {
        for (more, fewer, expected) in
            [(0, 0, 1.0), (1, 0, 0.5), (0, 1, 1.0), (5, 0, 0.031_25), (10, 2, 0.019_287_109_375), (3, 3, 0.656_25)]
        {
            assert!((mcnemar(more, fewer) - expected).abs() < 1e-12, "{more} {fewer}: {}", mcnemar(more, fewer));
        }
        assert!(mcnemar(u64::MAX, 0) < 1e-300);
        assert!((mcnemar(u64::MAX, 1) - 1.0).abs() < 1e-12, "more than can be counted tells nothing");
    }
}
