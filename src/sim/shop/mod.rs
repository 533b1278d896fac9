//! What a storefront sells and says: its catalogue, its orders, its webhooks. Values made from a seed; no I/O.

mod catalogue;
mod money;
mod payload;
mod people;
mod signature;
mod webhook;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::plan::OrderNumber;
use crate::order::OrderKey;

pub use webhook::{Topic, Webhook};

/// One order in this many has an id beyond 2^53, as Shopify's own test notification has: whoever reads ids
/// as floats loses them.
const BIG_ID_EVERY: u64 = 10;

/// Ids of common orders: 13 digits, one for every order, with room between two.
const ID_FIRST: u64 = 5_600_000_000_000;

/// Ids beyond 2^53.
const BIG_ID_FIRST: u64 = 820_000_000_000_000_000;

/// How far the ids of neighbouring orders lie apart.
const ID_STEP: u64 = 4_096;

/// A storefront's orders, each made from the seed and its position alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    seed: u64,
    opened_at: Timestamp,
    order_every: SignedDuration,
}

impl Shop {
    /// A shop whose first order is placed at `opened_at`, and then one every `order_every`.
    #[must_use]
    pub const fn new(seed: u64, opened_at: Timestamp, order_every: SignedDuration) -> Self {
        Self { seed, opened_at, order_every }
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

    fn id_of(&self, number: OrderNumber) -> u64 {
        let first = if number.is_multiple_of(BIG_ID_EVERY) { BIG_ID_FIRST } else { ID_FIRST };
        first + self.seed % 1_000 * 1_000_000_000 + number * ID_STEP + self.rng(number, 0).u64(..ID_STEP)
    }

    /// Randomness of one order; `stream` keeps apart what must not depend on each other.
    fn rng(&self, number: OrderNumber, stream: u64) -> Rng {
        // SplitMix64's increment spreads neighbouring positions over the whole range.
        let place = number.wrapping_mul(4).wrapping_add(stream);
        Rng::with_seed(self.seed ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn placed_at(&self, number: OrderNumber) -> Timestamp {
        let position = i32::try_from(number).unwrap_or(i32::MAX);
        self.opened_at.saturating_add(self.order_every.saturating_mul(position)).unwrap_or(self.opened_at)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn shop(seed: u64) -> Shop {
        Shop::new(seed, Timestamp::UNIX_EPOCH, SignedDuration::from_millis(10))
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
}
