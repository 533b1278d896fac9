//! What really happened, as the simulated systems know it: when each lane told the customer, and when its ERP had
//! the order. The sidecar never sees this; what it finds is held against it.
//!
//! All times are by the world's clock, whatever the ERPs' own clocks show.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::clock;
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane};

/// The moments of one order on one lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// When the lane said yes: from then on the customer believes in the order.
    pub told: Option<Timestamp>,
    /// When its ERP committed it for the first time.
    pub committed: Option<Timestamp>,
    /// When its ERP had goods set aside for it.
    pub allocated: Option<Timestamp>,
    /// When stock quantities were published that count with it.
    pub fed: Option<Timestamp>,
    /// How many documents were made of it.
    pub documents: u32,
    /// Whether it was cancelled before its ERP had it: nobody believes in it any more, and nobody misses it there.
    pub withdrawn: bool,
}

/// How a lane stands right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Orders that the customer believes in.
    pub told: u64,
    /// Orders that the ERP has.
    pub committed: u64,
    /// Orders that the customer believes in and the ERP does not have: the open window.
    pub invisible: u64,
    /// The most of them that there have been at once.
    pub invisible_max: u64,
}

/// Shared by all systems of a world. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    lanes: Arc<PerLane<Mutex<LaneTruth>>>,
}

#[derive(Debug, Default)]
struct LaneTruth {
    orders: HashMap<OrderKey, Moments>,
    pulse: Pulse,
}

impl Truth {
    /// The lane told the customer that the order is taken.
    pub fn told(&self, lane: Lane, order: &OrderKey) {
        let mut lane = self.lane(lane);
        let moments = lane.orders.entry(order.clone()).or_default();
        if moments.told.replace(moments.told.unwrap_or_else(clock::now)).is_some() {
            return;
        }
        let is_open = moments.committed.is_none() && !moments.withdrawn;
        lane.pulse.told += 1;
        if is_open {
            lane.pulse.invisible += 1;
            lane.pulse.invisible_max = lane.pulse.invisible_max.max(lane.pulse.invisible);
        }
    }

    /// The ERP of the lane made a document of the order.
    pub fn committed(&self, lane: Lane, order: &OrderKey) {
        let mut lane = self.lane(lane);
        let moments = lane.orders.entry(order.clone()).or_default();
        moments.documents += 1;
        if moments.committed.replace(moments.committed.unwrap_or_else(clock::now)).is_some() {
            return;
        }
        let was_open = moments.told.is_some() && !moments.withdrawn;
        lane.pulse.committed += 1;
        if was_open {
            lane.pulse.invisible -= 1;
        }
    }

    /// The lane gave the order up since it was cancelled in time. What its ERP has is past that.
    pub fn withdrawn(&self, lane: Lane, order: &OrderKey) {
        let mut lane = self.lane(lane);
        let moments = lane.orders.entry(order.clone()).or_default();
        if moments.committed.is_some() || std::mem::replace(&mut moments.withdrawn, true) {
            return;
        }
        let was_open = moments.told.is_some();
        if was_open {
            lane.pulse.invisible -= 1;
        }
    }

    /// The ERP of the lane set goods aside for the order.
    pub fn allocated(&self, lane: Lane, order: &OrderKey) {
        self.lane(lane).orders.entry(order.clone()).or_default().allocated.get_or_insert_with(clock::now);
    }

    /// Quantities were published that count with the order.
    pub fn fed(&self, lane: Lane, order: &OrderKey) {
        self.lane(lane).orders.entry(order.clone()).or_default().fed.get_or_insert_with(clock::now);
    }

    /// How a lane stands.
    #[must_use]
    pub fn pulse(&self, lane: Lane) -> Pulse {
        self.lane(lane).pulse
    }

    /// All orders of a lane, in no order.
    #[must_use]
    pub fn orders(&self, lane: Lane) -> Vec<(OrderKey, Moments)> {
        self.lane(lane).orders.iter().map(|(key, moments)| (key.clone(), *moments)).collect()
    }

    fn lane(&self, lane: Lane) -> MutexGuard<'_, LaneTruth> {
        self.lanes.get(lane).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_open_from_the_promise_to_the_commit() {
        let truth = Truth::default();
        let key = |name: &str| OrderKey::new(name).unwrap();
        let pulse = |truth: &Truth| {
            let pulse = truth.pulse(Lane::Legacy);
            (pulse.told, pulse.committed, pulse.invisible, pulse.invisible_max)
        };
        truth.told(Lane::Legacy, &key("a"));
        truth.told(Lane::Legacy, &key("a"));
        truth.told(Lane::Legacy, &key("b"));
        assert_eq!(pulse(&truth), (2, 0, 2, 2));
        truth.committed(Lane::Legacy, &key("a"));
        truth.committed(Lane::Legacy, &key("a"));
        assert_eq!(pulse(&truth), (2, 1, 1, 2));
        // Committed before anybody was told, it never was invisible.
        truth.committed(Lane::Legacy, &key("c"));
        truth.told(Lane::Legacy, &key("c"));
        assert_eq!(pulse(&truth), (3, 2, 1, 2));
        assert_eq!(pulse_of_gated(&truth), Pulse::default());
        let documents: u32 = truth.orders(Lane::Legacy).iter().map(|(_, moments)| moments.documents).sum();
        assert_eq!(documents, 3);
    }

    #[test]
    fn a_withdrawal_closes_the_window_once_and_only_before_the_commit() {
        let truth = Truth::default();
        let key = |name: &str| OrderKey::new(name).unwrap();
        let told = |name| truth.told(Lane::Gated, &key(name));
        let committed = |name| truth.committed(Lane::Gated, &key(name));
        let withdrawn = |name| truth.withdrawn(Lane::Gated, &key(name));
        told("a");
        told("b");
        told("c");
        withdrawn("a");
        withdrawn("a");
        assert_eq!(pulse_of_gated(&truth), Pulse { told: 3, committed: 0, invisible: 2, invisible_max: 3 });
        // Told again, or committed all the same, it opens or closes nothing.
        told("a");
        committed("a");
        committed("b");
        withdrawn("b");
        // Nobody was told of it before.
        withdrawn("d");
        told("d");
        assert_eq!(pulse_of_gated(&truth), Pulse { told: 4, committed: 2, invisible: 1, invisible_max: 3 });
        let mut gone: Vec<_> = truth.orders(Lane::Gated);
        gone.retain(|(_, moments)| moments.withdrawn);
        gone.sort_by(|(one, _), (other, _)| one.cmp(other));
        assert_eq!(gone.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["a", "d"]);
    }

    fn pulse_of_gated(truth: &Truth) -> Pulse {
        truth.pulse(Lane::Gated)
    }
}
