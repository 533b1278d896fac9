//! Exact one-sided bounds on a rate from counted failures, and how many orders a bound needs.
//!
//! Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
//! Biometrika 26 (1934), 404–413; as Beta quantiles in Brown, Cai and DasGupta, "Interval estimation for a
//! binomial proportion", Statistical Science 16 (2001), 101–133, section 4.2.1. Exact: the true rate lies
//! above the bound with a probability of at most α, whatever the rate.

use statrs::function::gamma::ln_gamma;

/// No more orders are asked for than this; a bound that needs more can't be reached in a parallel run.
const ORDERS_MAX: u64 = 1 << 40;

/// Halvings of [0, 1] after which nothing is left between two neighbouring numbers, whatever their size.
const HALVINGS_MAX: u32 = 1_100;

/// The one-sided upper limit, at level `1 - alpha`, of a rate of which `failures` were seen in `n`.
///
/// It is the rate at which so few failures have probability `alpha`: without a failure `1 - alpha^(1/n)`, else the
/// `1 - alpha` quantile of Beta(failures + 1, n - failures), found by halving, which always ends (Newton's method,
/// as in common libraries, need not for large counts).
///
/// With `n = 0` nothing is known: 1. With `n = 1` it is `1 - alpha` without a failure, 1 with one. More failures
/// than orders, or an `alpha` outside (0, 0.5]: 1, as nothing is bounded.
///
/// The level holds for one look, or for a stop at a sample size that was fixed before. Looking after every order
/// keeps it only as long as there are no failures.
#[must_use]
pub fn clopper_pearson_upper(failures: u64, n: u64, alpha: f64) -> f64 {
    if n == 0 || failures >= n || !is_level(alpha) {
        return 1.0;
    }
    if failures == 0 {
        // 1 - alpha^(1/n) without the cancellation that a large n brings.
        return -(alpha.ln() / n as f64).exp_m1();
    }
    let (mut low, mut high) = (failures as f64 / n as f64, 1.0);
    for _ in 0..HALVINGS_MAX {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if at_most(failures, n, middle) > alpha { low = middle } else { high = middle }
    }
    high
}

/// The smallest number of orders for which `failures` among them still bound the rate at `rate`, at level
/// `1 - alpha`; `None` where no number does: a rate of 0 or less, an `alpha` outside (0, 0.5].
///
/// A rate of 1 or more needs no order. At 95 % and a rate of 0.1 % it is 2,995 without a failure.
#[must_use]
pub fn orders_needed(rate: f64, alpha: f64, failures: u64) -> Option<u64> {
    if !(rate > 0.0 && is_level(alpha)) {
        return None;
    }
    if rate >= 1.0 {
        return Some(0);
    }
    let suffices = |n: u64| clopper_pearson_upper(failures, n, alpha) <= rate;
    let mut high = failures.saturating_add(1);
    while !suffices(high) {
        high = high.checked_mul(2).filter(|n| *n <= ORDERS_MAX)?;
    }
    let mut low = failures;
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if suffices(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

fn is_level(alpha: f64) -> bool {
    alpha > 0.0 && alpha <= 0.5
}

/// P(X ≤ `failures`) for X ~ Bin(`n`, `rate`), where `rate` is no less than `failures / n`: the terms then shrink
/// from the last one down, so that a few hundred of them suffice at any size.
pub(super) fn at_most(failures: u64, n: u64, rate: f64) -> f64 {
    let (count, failed) = (n as f64, failures as f64);
    let ways = ln_gamma(count + 1.0) - ln_gamma(failed + 1.0) - ln_gamma(count - failed + 1.0);
    let mut term = (ways + failed * rate.ln() + (count - failed) * (-rate).ln_1p()).exp();
    let mut sum = 0.0;
    for x in (0..=failures).rev() {
        sum += term;
        if term <= sum * f64::EPSILON {
            break;
        }
        let fewer = x as f64;
        term *= fewer * (1.0 - rate) / ((count - fewer + 1.0) * rate);
    }
    sum
}

/// What the `k`-th live run of a journal may spend of `alpha`: α/2^k, which over any number of runs adds up to
/// no more than α (the spending of Bonferroni with weights 1/2^k). `k` counts from 1; 0 is a rehearsal, which
/// spends nothing and is held to α itself.
#[must_use]
pub fn alpha_of_run(alpha: f64, k: u32) -> f64 {
    alpha * 0.5_f64.powi(i32::try_from(k).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_has_the_known_values() {
        for (failures, n, alpha, expected) in [
            (0, 299, 0.05, 0.009_969),
            (0, 2_995, 0.05, 0.000_999_75),
            (0, 29_956, 0.05, 0.000_099_999),
            (1, 4_742, 0.05, 0.001),
            (2, 6_294, 0.05, 0.001),
            (3, 7_752, 0.05, 0.001),
            (0, 1, 0.05, 0.95),
            (1, 1, 0.05, 1.0),
            (0, 0, 0.05, 1.0),
            (3, 2, 0.05, 1.0),
            (0, 10, 0.0, 1.0),
            (0, 10, f64::NAN, 1.0),
        ] {
            let bound = clopper_pearson_upper(failures, n, alpha);
            assert!((bound - expected).abs() < expected * 2e-3, "{failures} of {n}: {bound}, not {expected}");
        }
    }

    /// The definition, by a sum over the binomial: at the bound, as few failures are seen with probability α.
    #[test]
    fn at_the_bound_so_few_failures_have_probability_alpha() {
        for (failures, n, alpha) in [(0, 30, 0.05), (1, 30, 0.05), (2, 50, 0.025), (7, 40, 0.1), (29, 30, 0.05)] {
            let p = clopper_pearson_upper(failures, n, alpha);
            let mut term = (1.0 - p).powi(n as i32);
            let mut sum = 0.0;
            for x in 0..=failures {
                sum += term;
                term *= (n - x) as f64 / (x + 1) as f64 * p / (1.0 - p);
            }
            assert!((sum - alpha).abs() < 1e-9, "{failures} of {n}: {sum}");
        }
    }

    /// The other definition, by a library's incomplete Beta function.
    #[test]
    fn the_bound_is_the_quantile_of_a_beta() {
        use statrs::distribution::{Beta, ContinuousCDF};
        for (failures, n, alpha) in [(1, 4_742, 0.05), (3, 100, 0.025), (50, 200, 0.001), (1, 2, 0.5), (9, 10, 0.05)] {
            let beta = Beta::new(failures as f64 + 1.0, (n - failures) as f64).unwrap();
            let level = beta.cdf(clopper_pearson_upper(failures, n, alpha));
            assert!((level - (1.0 - alpha)).abs() < 1e-9, "{failures} of {n}: {level}");
        }
    }

    #[test]
    fn bounds_stay_in_order_at_any_size() {
        for n in [2, 10, 1_000, 1_000_000, 1_000_000_000] {
            let failures = [0, 1, n / 1_000, n / 10, n / 2, n - 1];
            let bounds = failures.map(|x| clopper_pearson_upper(x.min(n - 1), n, 0.05));
            for (bound, x) in bounds.iter().zip(failures) {
                assert!(*bound > x.min(n - 1) as f64 / n as f64 && *bound < 1.0, "{x} of {n}: {bound}");
            }
        }
        let share = clopper_pearson_upper(1_000, 1_000_000, 0.05);
        assert!((share - 0.001_053_1).abs() < 1e-6, "{share}");
    }

    #[test]
    fn the_orders_needed_are_the_known_ones() {
        for (rate, alpha, failures, expected) in [
            (0.01, 0.05, 0, Some(299)),
            (0.001, 0.05, 0, Some(2_995)),
            (0.0001, 0.05, 0, Some(29_956)),
            (0.001, 0.05, 1, Some(4_742)),
            (0.001, 0.05, 2, Some(6_294)),
            (0.001, 0.05, 3, Some(7_752)),
            (0.95, 0.05, 0, Some(1)),
            (1.0, 0.05, 0, Some(0)),
            (0.0, 0.05, 0, None),
            (0.001, 0.0, 0, None),
            (f64::NAN, 0.05, 0, None),
        ] {
            assert_eq!(orders_needed(rate, alpha, failures), expected, "{rate} at {alpha} with {failures}");
        }
    }

    #[test]
    fn all_live_runs_together_spend_no_more_than_alpha() {
        assert!((alpha_of_run(0.05, 1) - 0.025).abs() < 1e-12);
        assert!((alpha_of_run(0.05, 0) - 0.05).abs() < 1e-12);
        let spent: f64 = (1..200).map(|k| alpha_of_run(0.05, k)).sum();
        assert!(spent <= 0.05, "{spent}");
        assert!(alpha_of_run(0.05, u32::MAX) >= 0.0);
    }
}
