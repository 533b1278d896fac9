//! What a storefront sells and says: its catalogue, its orders, its webhooks. Values made from a seed; no I/O.

mod catalogue;
mod curve;
mod money;
mod oddity;
mod payload;
mod people;
mod plan;
mod sale;
mod signature;
mod topic;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::plan::OrderNumber;
use crate::order::OrderKey;

pub use curve::Curve;
pub(super) use money::Amount;
pub use money::Currency;
pub use oddity::{HOSTILE_NAME, Oddity};
pub use plan::{Form, SHOPIFY_REDELIVERIES, StorefrontPlan};
pub(super) use sale::Sale;
pub use topic::Topic;
pub use webhook::Webhook;

/// One order in this many has an id beyond 2^53, as Shopify's own test notification has: whoever reads ids
/// as floats loses them.
const BIG_ID_EVERY: u64 = 10;

/// Ids of common orders: 13 digits, one for every order, with room between two.
const ID_FIRST: u64 = 5_600_000_000_000;

/// Ids beyond 2^53.
const BIG_ID_FIRST: u64 = 820_000_000_000_000_000;

/// How far the ids of neighbouring orders lie apart.
const ID_STEP: u64 = 4_096;

/// How far the orders that were placed before the opening lie apart.
const EARLY_STEP: SignedDuration = SignedDuration::from_secs(1);

/// A storefront's orders, each made from the plan and its position alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    plan: Arc<StorefrontPlan>,
}

impl Shop {
    /// The shop of this plan.
    #[must_use]
    pub fn new(plan: StorefrontPlan) -> Self {
        Self { plan: Arc::new(plan) }
    }

    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> &StorefrontPlan {
        &self.plan
    }

    /// Everything that is sold.
    #[must_use]
    pub fn skus() -> Vec<&'static str> {
        catalogue::skus().collect()
    }

    /// The order key of the order at this position: its id.
    #[must_use]
    #[expect(clippy::missing_panics_doc, clippy::expect_used, reason = "digits always are a key")]
    pub fn key_of(&self, number: OrderNumber) -> OrderKey {
        OrderKey::new(&self.id_of(number).to_string()).expect("digits are an order key")
    }

    /// The webhook that tells of the order at this position.
    #[must_use]
    pub fn webhook(&self, number: OrderNumber, topic: Topic) -> Webhook {
        webhook::write(self, number, topic)
    }

    /// The order at this position as the storefront's own API shows it after this has happened: JSON, whole,
    /// whatever its webhooks tell.
    #[must_use]
    pub fn payload(&self, number: OrderNumber, topic: Topic) -> Vec<u8> {
        payload::write(self, number, topic)
    }

    /// The position of the order of this id, if it is one of the plan's.
    #[must_use]
    pub fn number_of(&self, id: u64) -> Option<OrderNumber> {
        let place = |first: u64| id.checked_sub(first + self.id_base()).map(|above| above / ID_STEP);
        let numbers = [ID_FIRST, BIG_ID_FIRST].into_iter().filter_map(place);
        let planned = 1..=*self.plan.early_numbers().end();
        numbers.into_iter().find(|number| planned.contains(number) && self.id_of(*number) == id)
    }

    /// When the order at this position is placed: by the curve from the opening, or a little before it.
    #[must_use]
    pub fn placed_at(&self, number: OrderNumber) -> Timestamp {
        let early = self.plan.early_numbers();
        let offset = if early.contains(&number) {
            let before_opening = i32::try_from(early.end() - number + 1).unwrap_or(i32::MAX);
            -EARLY_STEP.saturating_mul(before_opening)
        } else {
            signed(self.plan.offset_of(number))
        };
        self.plan.opened_at.saturating_add(offset).unwrap_or(self.plan.opened_at)
    }

    /// When the customer cancels the order at this position, if that comes about.
    #[must_use]
    pub fn cancelled_at(&self, number: OrderNumber) -> Timestamp {
        let placed_at = self.placed_at(number);
        let after = self.plan.cancelled_after(number).unwrap_or_default();
        placed_at.saturating_add(signed(after)).unwrap_or(placed_at)
    }

    /// The number that the customer reads.
    pub(super) fn name_of(&self, number: OrderNumber) -> String {
        format!("#{}", number.saturating_add(1_000))
    }

    /// What the order at this position is about.
    pub(super) fn sale(&self, number: OrderNumber) -> Sale {
        Sale::of(self, number)
    }

    fn id_of(&self, number: OrderNumber) -> u64 {
        let first = if number.is_multiple_of(BIG_ID_EVERY) { BIG_ID_FIRST } else { ID_FIRST };
        first + self.id_base() + number * ID_STEP + self.rng(number, 0).u64(..ID_STEP)
    }

    /// Ids of shops with other seeds lie elsewhere.
    fn id_base(&self) -> u64 {
        self.plan.seed % 1_000 * 1_000_000_000
    }

    /// Randomness of one order; `stream`, below 4, keeps apart what must not depend on each other.
    fn rng(&self, number: OrderNumber, stream: u64) -> Rng {
        // SplitMix64's increment spreads neighbouring positions over the whole range.
        let place = number.wrapping_mul(4).wrapping_add(stream);
        Rng::with_seed(self.plan.seed ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn shop(seed: u64) -> Shop {
        let curve = Curve::Every(Duration::from_millis(10));
        StorefrontPlan { seed, orders: 100, early: 2, curve, ..StorefrontPlan::default() }.shop()
    }

    #[test]
    fn keys_are_unique_and_some_are_beyond_what_a_float_holds() {
        let shop = shop(7);
        let keys: HashSet<OrderKey> = (1..=20_000).map(|number| shop.key_of(number)).collect();
        assert_eq!(keys.len(), 20_000);
        let big = keys.iter().filter(|key| key.as_str().parse::<u64>().unwrap() > 1 << 53).count();
        assert_eq!(big, 2_000);
    }

    #[test]
    fn an_order_follows_from_the_seed_and_its_position_alone() {
        let same = |number| shop(7).webhook(number, Topic::Create) == shop(7).webhook(number, Topic::Create);
        assert!((1..50).all(same));
        let other_seed = shop(8).webhook(1, Topic::Create);
        assert_ne!(shop(7).webhook(1, Topic::Create).body, other_seed.body);
        assert_ne!(shop(7).key_of(1), shop(8).key_of(1));
    }

    #[test]
    fn an_id_leads_back_to_its_order_and_to_none_beyond_the_plan() {
        let shop = shop(7);
        for number in 1..=102 {
            assert_eq!(shop.number_of(shop.id_of(number)), Some(number));
            assert_eq!(shop.number_of(shop.id_of(number) ^ 1), None);
        }
        for unknown in [0, u64::MAX, shop.id_of(0), shop.id_of(103)] {
            assert_eq!(shop.number_of(unknown), None);
        }
    }

    #[test]
    fn orders_are_placed_by_the_curve_and_early_ones_before_it() {
        let shop = shop(7);
        let opened_at = shop.plan().opened_at;
        let after: Vec<_> =
            [1, 2, 100, 101, 102].map(|number| shop.placed_at(number).duration_since(opened_at).as_millis()).into();
        assert_eq!(after, [0, 10, 990, -2_000, -1_000]);
    }
}
