//! When orders are placed: a curve over time, each order's place on it a closed formula of whole numbers.

use std::time::Duration;

use crate::sim::plan::OrderNumber;

/// How orders are spread over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    /// As fast as the answers come.
    #[default]
    AtOnce,
    /// One after the other, this far apart.
    Every(Duration),
    /// Evenly, the first at the opening and the last at the end.
    Steady {
        /// From the first order to the last.
        over: Duration,
    },
    /// A quiet quarter, in which one order of eleven comes, then at once ten times that rate, which decays: a second
    /// quarter of the time brings six orders of eleven, and at the end it is nearly quiet again.
    FlashSale {
        /// From the first order to the last.
        over: Duration,
    },
}

impl Curve {
    /// How long after the opening the order at this position is due, of so many orders in all: never less than the
    /// order before it, and never beyond the curve's end.
    #[must_use]
    pub fn offset_of(self, number: OrderNumber, orders: u64) -> Duration {
        let (before, gaps) = (number.saturating_sub(1), orders.saturating_sub(1));
        match self {
            Self::AtOnce => Duration::ZERO,
            Self::Every(every) => share(every, before.into(), 1).unwrap_or(Duration::MAX),
            Self::Steady { over } => share(over, before.min(gaps).into(), gaps.into()).unwrap_or_default().min(over),
            Self::FlashSale { over } => flash(over, before.min(gaps).into(), gaps.into()).min(over),
        }
    }
}

/// A flash sale's inverse: with `u` = `before`/`gaps`, the part of the orders that came before, and time as a part
/// of the whole, orders come
///
/// - up to t = 1/4 at the rate q = 4/11, so t = 11 u / 4;
/// - then, s after that, at 10 q / (1 + s/τ)² with τ = 3/8, which sums up to 10 q τ s / (τ + s) and so has the
///   inverse s = τ (11 u - 1) / (16 - 11 u), or t = (29 + 11 u) / (8 (16 - 11 u)).
///
/// Both are 1/4 at u = 1/11, and the latter is 1 at u = 1, where the rate is 10/9 q.
fn flash(over: Duration, before: u128, gaps: u128) -> Duration {
    let elevenths = before.saturating_mul(11);
    let at = if elevenths <= gaps {
        share(over, elevenths, gaps.saturating_mul(4))
    } else {
        let numerator = gaps.saturating_mul(29).saturating_add(elevenths);
        share(over, numerator, gaps.saturating_mul(16).saturating_sub(elevenths).saturating_mul(8))
    };
    at.unwrap_or_default()
}

/// `numerator`/`denominator` of a time, cut to the nanosecond; `None` when there is none.
fn share(of: Duration, numerator: u128, denominator: u128) -> Option<Duration> {
    let nanos = of.as_nanos().checked_mul(numerator)?.checked_div(denominator)?;
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    Some(Duration::new(seconds, u32::try_from(nanos % 1_000_000_000).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn offsets(curve: Curve, orders: u64) -> Vec<Duration> {
        (1..=orders).map(|number| curve.offset_of(number, orders)).collect()
    }

    #[test]
    fn the_first_order_comes_at_the_opening_and_the_last_at_the_end() {
        let every = Duration::from_millis(20);
        for orders in [1, 2, 3, 11, 12, 1_000] {
            let end = if orders == 1 { Duration::ZERO } else { HOUR };
            for (curve, last) in [
                (Curve::AtOnce, Duration::ZERO),
                (Curve::Every(every), every * (orders - 1)),
                (Curve::Steady { over: HOUR }, end),
                (Curve::FlashSale { over: HOUR }, end),
            ] {
                let offsets = offsets(curve, orders.into());
                assert_eq!(offsets.first(), Some(&Duration::ZERO), "{curve:?}, {orders} orders");
                assert_eq!(offsets.last(), Some(&last), "{curve:?}, {orders} orders");
                assert!(offsets.is_sorted(), "{curve:?}, {orders} orders");
            }
        }
    }

    #[test]
    fn the_sum_of_steady_offsets_is_that_of_an_even_spread() {
        let sum: Duration = offsets(Curve::Steady { over: HOUR }, 101).iter().sum();
        assert_eq!(sum, HOUR / 2 * 101);
    }

    #[test]
    fn a_flash_sale_is_quiet_then_ten_times_as_busy_then_decays() {
        let offsets = offsets(Curve::FlashSale { over: HOUR }, 11_001);
        let within = |from: Duration, until: Duration| {
            offsets.iter().filter(|offset| (from..until).contains(*offset)).count() as u64
        };
        let minute = Duration::from_secs(60);
        assert_eq!(within(Duration::ZERO, 15 * minute), 1_000);
        let quiet = within(13 * minute, 14 * minute);
        let peak = within(15 * minute, 15 * minute + minute / 10) * 10;
        assert!((quiet * 9..=quiet * 10).contains(&peak), "{peak} orders a minute at the peak, {quiet} before");
        let quarters = [15, 30, 45].map(|from| within(from * minute, (from + 15) * minute));
        assert_eq!(quarters, [6_000, 2_572, 1_428]);
        let last = within(59 * minute, 60 * minute);
        assert!((quiet..quiet * 5 / 4).contains(&last), "{last} in the last minute, {quiet} in a quiet one");
        let mean = offsets.iter().sum::<Duration>() / 11_001;
        assert!((27 * minute..29 * minute).contains(&mean), "{mean:?}");
    }

    #[test]
    fn absurd_numbers_stay_on_the_curve() {
        for (number, orders) in [(0, 0), (5, 0), (7, 3), (u64::MAX, u64::MAX), (u64::MAX, 1)] {
            for curve in [Curve::Steady { over: HOUR }, Curve::FlashSale { over: HOUR }] {
                assert!(curve.offset_of(number, orders) <= HOUR, "{number} of {orders}");
            }
        }
        assert_eq!(Curve::Every(HOUR).offset_of(u64::MAX, 1), Duration::MAX);
    }
}
