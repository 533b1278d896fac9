//! A bounded sample of orders that doesn't depend on the sequence in which they come.

use std::collections::BTreeMap;

use crate::judge::Timeline;
use crate::order::OrderKey;
use crate::stats::Sum;

/// Orders into which faults are seeded, at the least. With none missed 59 of them suffice for 0.95 at 95 %, with one 93, and they cost a
/// moment.
const ORDERS: usize = 200;

/// Those with the lowest hashes of their keys.
#[derive(Clone, Debug)]
pub(in crate::judge) struct Sample {
    most: usize,
    /// How many were offered.
    offered: u64,
    orders: BTreeMap<(u64, OrderKey), Timeline>,
}

impl Sample {
    /// The orders that are sampled at most: enough that a lower limit which takes `needed` can be had.
    pub(in crate::judge) fn size(needed: Option<u64>) -> u64 {
        /// Beyond this a confidence is asked for that no sample need have.
        const ORDERS_MAX: usize = 2_000;
        let needed = needed.and_then(|needed| usize::try_from(needed).ok()).unwrap_or(0);
        needed.clamp(ORDERS, ORDERS_MAX) as u64
    }

    pub(in crate::judge) fn new(most: u64) -> Self {
        Self { most: usize::try_from(most).unwrap_or(ORDERS), offered: 0, orders: BTreeMap::new() }
    }

    /// Takes an order in, unless the sample is full of lower hashes.
    pub(in crate::judge) fn offer(&mut self, timeline: &Timeline) {
        self.offered += 1;
        let hash = hash(timeline.key.as_str());
        let full = self.orders.len() >= self.most;
        if full && self.orders.last_key_value().is_some_and(|((last, _), _)| hash > *last) {
            return;
        }
        self.orders.insert((hash, timeline.key.clone()), timeline.clone());
        if self.orders.len() > self.most {
            self.orders.pop_last();
        }
    }

    /// Those that were taken in, by their hashes.
    pub(in crate::judge) fn orders(&self) -> impl Iterator<Item = &Timeline> {
        self.orders.values()
    }
}

impl Sum for Sample {
    fn plus(&mut self, other: &Self) {
        self.offered += other.offered;
        self.orders.extend(other.orders.iter().map(|(hash, timeline)| (hash.clone(), timeline.clone())));
        while self.orders.len() > self.most {
            self.orders.pop_last();
        }
    }

    fn minus(&mut self, other: &Self) -> bool {
        let (taken, are_all_taken) = (self.orders.len(), self.orders.len() as u64 == self.offered);
        self.orders.retain(|hash, _| !other.orders.contains_key(hash));
        self.offered.minus(&other.offered) && (are_all_taken || taken == self.orders.len())
    }

    fn is_nothing(&self) -> bool {
        self.offered == 0
    }
}

/// FNV-1a: Fowler, Noll and Vo, as in draft-eastlake-fnv; mixed once more, as its upper bits alone sort short keys by their ends.
fn hash(key: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in key.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}
