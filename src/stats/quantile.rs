//! Exact limits of a quantile by order statistics: which of the sorted values bound it, whatever their distribution.
//!
//! David and Nagaraja, "Order Statistics", 3rd edition (2003), section 7.1; Conover, "Practical Nonparametric Statistics",
//! 3rd edition (1999), section 3.2. Of n values each lies at or below the quantile of `q` with probability at least `q`, and
//! below it with at most that, so that a count of values and Bin(n, q) say how far up the quantile can be. Exact in that the
//! level is at least the one that is asked for; ties only raise it.
//!
//! Who only asks whether a limit lies above or below a threshold needs no values: their number at or below it, held
//! against the ranks, tells. So nothing has to be kept.

use super::binomial::at_most;

/// Which of n sorted values, counted from 1, bound a quantile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranks {
    /// The highest rank whose value is at most the quantile, at the level; `None`: there are too few values.
    pub lower: Option<u64>,
    /// The lowest rank whose value is at least the quantile, at the level; `None`: there are too few values.
    pub upper: Option<u64>,
}

/// The ranks of the one-sided limits, each at level `1 - alpha`, of the quantile of `q` among `n` values. Both together hold at level `1 - 2 alpha`.
///
/// The upper one is the lowest r for which P(Bin(n, q) ≤ r - 1) ≥ 1 - alpha, the lower one the highest r for which
/// P(Bin(n, q) ≤ r - 1) ≤ alpha; both by the complement, Bin(n, 1 - q), which is small where quantiles are high.
///
/// With `n = 0` there is neither. With `n = 1` the value is a limit only where `q` says so: an upper one of quantiles
/// of `alpha` or less, a lower one of those from `1 - alpha` on. The 99 % quantile has no upper limit at 95 % below n = 299.
/// A `q` outside (0, 1) or an `alpha` outside (0, 0.5]: neither.
#[must_use]
pub fn quantile_ranks(n: u64, q: f64, alpha: f64) -> Ranks {
    let is_asked = q > 0.0 && q < 1.0 && alpha > 0.0 && alpha <= 0.5;
    if n == 0 || !is_asked {
        return Ranks { lower: None, upper: None };
    }
    let beyond = 1.0 - q;
    let usual = (n as f64 * beyond).ceil() as u64;
    // The most values beyond that are still too few to come about by chance with more than alpha.
    let few = last(0, usual.min(n), |j| at_most(j, n, beyond) <= alpha);
    // The fewest values beyond such that more come about with at most alpha; all n do always.
    let many = first(usual.saturating_sub(1).min(n), n, |j| j == n || at_most(n - j - 1, n, q) <= alpha);
    Ranks { lower: Some(n - many).filter(|rank| *rank > 0), upper: few.map(|few| n - few).filter(|rank| *rank > 0) }
}

/// The last number from `low` to `high` of which `holds`, which holds up to some number and then no more.
fn last(low: u64, high: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut low, mut high) = (Some(low).filter(|low| holds(*low))?, high);
    while low < high {
        let middle = high - (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle - 1 }
    }
    Some(low)
}

/// The first number from `low` to `high` of which `holds`, which holds from some number on, and of `high`.
fn first(mut low: u64, mut high: u64, holds: impl Fn(u64) -> bool) -> u64 {
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranks_have_the_known_values() {
        // Two-sided at 95 %, so 2.5 % on each side.
        for (n, q, alpha, lower, upper) in [
            (1_000, 0.95, 0.025, Some(936), Some(964)),
            (1_000, 0.99, 0.025, Some(983), Some(997)),
            (298, 0.99, 0.05, Some(292), None),
            (299, 0.99, 0.05, Some(293), Some(299)),
            (0, 0.99, 0.05, None, None),
            (1, 0.99, 0.05, Some(1), None),
            (1, 0.5, 0.05, None, None),
            (1, 0.01, 0.05, None, Some(1)),
            (10, 0.5, 0.025, Some(2), Some(9)),
            (10, 1.0, 0.05, None, None),
            (10, 0.5, 0.0, None, None),
            (10, f64::NAN, 0.05, None, None),
        ] {
            assert_eq!(quantile_ranks(n, q, alpha), Ranks { lower, upper }, "{n} values, {q} at {alpha}");
        }
    }

    /// P(Bin(n, q) ≤ j), summed from the definition.
    fn below(j: u64, n: u64, q: f64) -> f64 {
        let (mut term, mut sum) = ((1.0 - q).powi(n as i32), 0.0);
        for x in 0..=j.min(n) {
            sum += term;
            term *= (n - x) as f64 / (x + 1) as f64 * q / (1.0 - q);
        }
        sum
    }

    #[test]
    fn they_are_what_the_definition_says() {
        for n in 1..120_u64 {
            for q in [0.05, 0.3, 0.5, 0.9, 0.95, 0.99] {
                for alpha in [0.013, 0.051, 0.21, 0.47] {
                    let lower = (1..=n).rev().find(|rank| below(rank - 1, n, q) <= alpha);
                    let upper = (1..=n).find(|rank| below(rank - 1, n, q) >= 1.0 - alpha);
                    assert_eq!(quantile_ranks(n, q, alpha), Ranks { lower, upper }, "{n} values, {q} at {alpha}");
                }
            }
        }
    }

    #[test]
    fn they_stay_in_order_at_any_size() {
        for n in [300, 10_000, 1_000_000, 1_000_000_000] {
            let Ranks { lower: Some(lower), upper: Some(upper) } = quantile_ranks(n, 0.99, 0.05) else { panic!("{n}") };
            let there = (n as f64 * 0.99) as u64;
            assert!(0 < lower && lower <= there + 1 && there <= upper && upper <= n, "{n}: {lower} {upper}");
        }
        let ranks = quantile_ranks(1_000_000, 0.99, 0.05);
        // Normal approximation: 990,000 ± 1.645 √9,900.
        assert!(ranks.lower.unwrap().abs_diff(989_837) < 4 && ranks.upper.unwrap().abs_diff(990_164) < 4, "{ranks:?}");
    }
}
