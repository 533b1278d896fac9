//! What a storefront sells, when, and how it tells of it. All durations are times of the world's clock.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;

use super::{Currency, Curve, Oddity, Shop, Topic};
use crate::sim::plan::OrderNumber;

/// Webhooks that are sent at once unless told otherwise: enough for 300 orders a second at a lane that takes 200 ms.
const CONCURRENCY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// Shopify's limit for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// Shopify delivers a webhook again 8 times within 4 hours. How they are spread it doesn't say; this is a guess.
pub const SHOPIFY_REDELIVERIES: [Duration; 8] =
    [minutes(1), minutes(2), minutes(5), minutes(12), minutes(25), minutes(45), minutes(60), minutes(90)];

/// How a webhook is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// The whole order, with headers beside it, as Shopify does.
    #[default]
    Whole,
    /// The order's id and no headers, as BigCommerce does; the order is fetched afterwards from the storefront's API.
    Thin,
}

/// What a storefront sells, and how fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorefrontPlan {
    /// What all orders are made from.
    pub seed: u64,
    /// How many orders are placed once the storefront has opened, by position from 1.
    pub orders: u64,
    /// How many orders were placed straight at the live lane before there was a tee. Their positions follow those of
    /// the others.
    pub early: u64,
    /// When the storefront is said to open.
    pub opened_at: Timestamp,
    /// When orders are placed from then on.
    pub curve: Curve,
    /// Webhooks that are sent at once, each over its own connection.
    pub concurrency: NonZeroUsize,
    /// An answer that takes longer is none.
    pub answer_within: Duration,
    /// A webhook that got no answer, or any but a 2xx, is delivered again this long after, each time the next of
    /// these; then never again.
    pub redeliver_after: Vec<Duration>,
    /// Whether a webhook goes straight to the live lane when the tee refuses the connection, as behind a load balancer
    /// that fails over.
    pub bypass: bool,
    /// What follows an order, once its first webhook is done with: an update, a cancellation.
    pub follow_ups: BTreeMap<OrderNumber, Topic>,
    /// What is odd about which orders.
    pub oddities: BTreeMap<OrderNumber, Vec<Oddity>>,
    /// What customers pay in, each order in one of these; empty: in euros.
    pub currencies: Vec<Currency>,
    /// How webhooks are written.
    pub form: Form,
}

impl Default for StorefrontPlan {
    fn default() -> Self {
        Self {
            seed: 1,
            orders: 100,
            early: 0,
            opened_at: Timestamp::UNIX_EPOCH,
            curve: Curve::AtOnce,
            concurrency: CONCURRENCY,
            answer_within: ANSWER_WITHIN,
            redeliver_after: Vec::new(),
            bypass: false,
            follow_ups: BTreeMap::new(),
            oddities: BTreeMap::new(),
            currencies: vec![Currency::Eur],
            form: Form::Whole,
        }
    }
}

impl StorefrontPlan {
    /// The shop whose orders these are.
    #[must_use]
    pub fn shop(&self) -> Shop {
        Shop::new(self.clone())
    }

    /// How long after the opening the order at this position is due.
    #[must_use]
    pub fn offset_of(&self, number: OrderNumber) -> Duration {
        self.curve.offset_of(number, self.orders)
    }

    /// The positions of the orders that were placed before there was a tee.
    #[must_use]
    pub const fn early_numbers(&self) -> RangeInclusive<OrderNumber> {
        self.orders.saturating_add(1)..=self.orders.saturating_add(self.early)
    }

    /// What is odd about the order at this position.
    #[must_use]
    pub fn oddities_of(&self, number: OrderNumber) -> &[Oddity] {
        self.oddities.get(&number).map_or(&[], Vec::as_slice)
    }

    /// Whether this is odd about the order at this position.
    #[must_use]
    pub fn is(&self, number: OrderNumber, oddity: &Oddity) -> bool {
        self.oddities_of(number).contains(oddity)
    }

    /// How long after placing it the customer cancels the order, where it is planned.
    #[must_use]
    pub fn cancelled_after(&self, number: OrderNumber) -> Option<Duration> {
        self.oddities_of(number).iter().find_map(|oddity| match oddity {
            Oddity::CancelAfter(after) => Some(*after),
            _ => None,
        })
    }

    /// Whether some webhook is to go straight to the live lane.
    #[must_use]
    pub fn needs_live(&self) -> bool {
        self.bypass || self.oddities.values().flatten().any(|oddity| *oddity == Oddity::RoundTheTee)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shopify_delivers_again_for_four_hours() {
        assert_eq!(SHOPIFY_REDELIVERIES.iter().sum::<Duration>(), minutes(240));
    }

    #[test]
    fn early_orders_follow_the_others_and_shift_none() {
        let plan = StorefrontPlan { orders: 10, early: 3, ..StorefrontPlan::default() };
        assert_eq!(plan.early_numbers().collect::<Vec<_>>(), [11, 12, 13]);
        assert_eq!(StorefrontPlan::default().early_numbers().count(), 0);
        let without = StorefrontPlan { early: 0, ..plan.clone() }.shop();
        assert!((1..=10).all(|number| plan.shop().key_of(number) == without.key_of(number)));
    }
}
