//! Who plays what in the demo: which four orders go wrong, the world in which they do, and whether exactly
//! they came out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;

use crate::judge::{Decision, Exception, Fate};
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane, Witness};
use crate::sim::gated::GatedPlan;
use crate::sim::legacy::LegacyPlan;
use crate::sim::{Curve, Fault, OrderNumber, Plan, StorefrontPlan, WorldPlan};

/// How long the orders take in all, as far as the limits of the rate allow: long enough to watch.
const TRADE_AIM: Duration = Duration::from_secs(4);

/// No faster than this, or a common machine can't keep up.
const ORDER_EVERY_MIN: Duration = Duration::from_micros(500);

/// No slower than this, or few orders take for ever.
const ORDER_EVERY_MAX: Duration = Duration::from_millis(20);

/// The four orders that go wrong, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cast {
    legacy_loses: OrderNumber,
    legacy_doubles: OrderNumber,
    gated_loses: OrderNumber,
    gated_doubles: OrderNumber,
}

/// One order that needs somebody: promised, or found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trouble {
    pub(super) lane: Witness,
    /// As the report has it: a fate, or `phantom`.
    pub(super) fate: &'static str,
    pub(super) key: OrderKey,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}: {}", self.fate, self.lane, self.key)
    }
}

impl Cast {
    /// Four different orders out of so many (at least four), by the seed.
    pub(super) fn choose(seed: u64, orders: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut taken = BTreeSet::new();
        let mut one = || {
            loop {
                let number = rng.u64(1..=orders.max(4));
                if taken.insert(number) {
                    return number;
                }
            }
        };
        Self { legacy_loses: one(), legacy_doubles: one(), gated_loses: one(), gated_doubles: one() }
    }

    /// The world in which they go wrong.
    pub(super) fn world(self, seed: u64, orders: u64, opened_at: Timestamp) -> WorldPlan {
        let order_every = TRADE_AIM / u32::try_from(orders.max(1)).unwrap_or(u32::MAX);
        WorldPlan {
            storefront: StorefrontPlan {
                seed,
                orders,
                opened_at,
                curve: Curve::Every(order_every.clamp(ORDER_EVERY_MIN, ORDER_EVERY_MAX)),
                ..StorefrontPlan::default()
            },
            legacy: LegacyPlan {
                faults: Plan::none().with(self.legacy_loses, Fault::Lose).with(self.legacy_doubles, Fault::Double),
                ..LegacyPlan::default()
            },
            gated: GatedPlan {
                faults: Plan::none().with(self.gated_loses, Fault::Lose).with(self.gated_doubles, Fault::Double),
                ..GatedPlan::default()
            },
            ..WorldPlan::default()
        }
    }

    /// What the report must name.
    pub(super) fn promised(self, key_of: impl Fn(OrderNumber) -> OrderKey) -> BTreeSet<Trouble> {
        [
            (Lane::Legacy, Fate::Lost, self.legacy_loses),
            (Lane::Legacy, Fate::DoubleCommitted, self.legacy_doubles),
            (Lane::Gated, Fate::Lost, self.gated_loses),
            (Lane::Gated, Fate::DoubleCommitted, self.gated_doubles),
        ]
        .map(|(lane, fate, number)| Trouble { lane: lane.into(), fate: fate.as_str(), key: key_of(number) })
        .into()
    }
}

/// What the report does name.
pub(super) fn found(exceptions: &[Exception]) -> BTreeSet<Trouble> {
    let trouble = |exception: &Exception| Trouble {
        lane: exception.lane,
        fate: exception.kind.as_str(),
        key: exception.order_key.clone(),
    };
    exceptions.iter().map(trouble).collect()
}

/// How what came out differs from what was promised, a line for each difference; none when it is the same.
pub(super) fn differences(promised: &BTreeSet<Trouble>, found: &BTreeSet<Trouble>, decision: Decision) -> Vec<String> {
    let missing = promised.difference(found).map(|trouble| format!("promised and not found: {trouble}"));
    let surplus = found.difference(promised).map(|trouble| format!("found and not promised: {trouble}"));
    let decided = (decision != Decision::NoGo).then(|| format!("promised NO-GO, and the decision is {decision}"));
    missing.chain(surplus).chain(decided).collect()
}

/// How many orders can't be judged for good yet, on the lane that has more of them.
pub(super) fn open_orders(fates: &PerLane<BTreeMap<Fate, u64>>, orders: u64) -> u64 {
    let settled = |fates: &BTreeMap<Fate, u64>| {
        let settled = fates.iter().filter(|(fate, _)| !matches!(fate, Fate::Pending | Fate::Unobserved | Fate::Unsent));
        settled.map(|(_, count)| count).sum::<u64>()
    };
    orders.saturating_sub(settled(&fates.legacy).min(settled(&fates.gated)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promised(cast: Cast) -> BTreeSet<Trouble> {
        cast.promised(|number| OrderKey::new(&number.to_string()).unwrap())
    }

    #[test]
    fn four_different_orders_are_chosen_by_the_seed() {
        for (seed, orders) in (0..50).flat_map(|seed| [4, 10, 400].map(|orders| (seed, orders))) {
            let cast = Cast::choose(seed, orders);
            assert_eq!(cast, Cast::choose(seed, orders));
            let keys: BTreeSet<u64> =
                promised(cast).iter().map(|trouble| trouble.key.as_str().parse().unwrap()).collect();
            assert_eq!(keys.len(), 4, "seed {seed}, {orders} orders");
            assert!(keys.iter().all(|number| (1..=orders).contains(number)));
        }
        assert_ne!(Cast::choose(1, 400), Cast::choose(2, 400));
    }

    #[test]
    fn the_plan_breaks_the_promised_orders() {
        let cast = Cast::choose(1, 400);
        let world = cast.world(1, 400, Timestamp::UNIX_EPOCH);
        let legacy: Vec<Fault> = world.legacy.faults.faults().map(|(_, fault)| fault).collect();
        assert_eq!(legacy.len() + world.gated.faults.faults().count(), 4);
        assert!(legacy.contains(&Fault::Lose) && legacy.contains(&Fault::Double));
        assert_eq!(world.storefront.curve, Curve::Every(Duration::from_millis(10)));
    }

    #[test]
    fn any_other_outcome_is_a_difference() {
        let promised = promised(Cast::choose(1, 400));
        assert_eq!(differences(&promised, &promised, Decision::NoGo), Vec::<String>::new());
        let mut fewer = promised.clone();
        let gone = fewer.pop_first().unwrap();
        let mut other = promised.clone();
        other.insert(Trouble { lane: Witness::Gated, fate: "phantom", key: OrderKey::new("x").unwrap() });
        for (found, decision, expected) in [
            (&fewer, Decision::NoGo, format!("promised and not found: {gone}")),
            (&other, Decision::NoGo, "found and not promised: phantom on gated: x".to_owned()),
            (&promised, Decision::Go, "promised NO-GO, and the decision is GO".to_owned()),
            (&promised, Decision::Inconclusive, "promised NO-GO, and the decision is INCONCLUSIVE".to_owned()),
        ] {
            assert_eq!(differences(&promised, found, decision), [expected]);
        }
    }

    #[test]
    fn an_order_is_open_until_both_lanes_know_its_fate() {
        let fates = |known: u64, unknown: u64| {
            BTreeMap::from([(Fate::Committed, known), (Fate::Unobserved, unknown), (Fate::Pending, 1)])
        };
        for (legacy, gated, expected) in [((9, 0), (9, 0), 1), ((9, 0), (4, 5), 6), ((10, 0), (10, 0), 0)] {
            let fates = PerLane { legacy: fates(legacy.0, legacy.1), gated: fates(gated.0, gated.1) };
            assert_eq!(open_orders(&fates, 10), expected);
        }
        assert_eq!(open_orders(&PerLane::default(), 10), 10);
    }
}
