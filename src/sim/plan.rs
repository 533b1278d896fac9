//! What goes wrong on purpose: faults by the position of the order, the same words for both lanes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Alteration;
use crate::order::OrderKey;

/// The position of an order in the traffic of a storefront, from 1.
pub type OrderNumber = u64;

/// What goes wrong with one order on one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answered like any other order, and no document remains.
    Lose,
    /// Committed twice: a retry that knows nothing of the first try.
    Double,
    /// Refused because of an unknown SKU. The gated lane answers 422; legacy has told the customer already,
    /// so its refusal is a log line that nobody reads.
    Reject,
    /// Answered 500, nothing committed.
    Fail,
    /// Taken and committed, but never answered.
    TimeOut,
    /// Committed this much later: the gated lane answers later, legacy tells its ERP later.
    Delay(Duration),
    /// Committed with a mistake.
    Alter(Alteration),
    /// The whole lane crashes when this order comes: what it holds in memory is gone, and connections are cut without
    /// an answer, this order's with them. It is up again at once.
    Crash,
    /// Told to the ERP in two parts: two documents, together exactly the order. An order of a single unit has no
    /// parts and is told whole.
    Split,
    /// The gated lane commits the order into the production ERP in place of its own, and answers with that number.
    /// Legacy's own ERP is that one: there nothing goes wrong.
    Leak,
    /// Answered 422, and committed all the same.
    RejectYetCommit,
    /// The gated lane that acknowledges first commits this much later, in the background; elsewhere like `Delay`.
    Hold(Duration),
}

/// How often a planned fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strikes {
    /// Whenever the order is sent.
    Always,
    /// The first time the order is sent; sent again, it passes.
    Once,
}

/// Which orders go wrong on a lane, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    faults: BTreeMap<OrderNumber, (Fault, Strikes)>,
}

impl Plan {
    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a fault that strikes whenever the order is sent.
    #[must_use]
    pub fn with(mut self, number: OrderNumber, fault: Fault) -> Self {
        self.faults.insert(number, (fault, Strikes::Always));
        self
    }

    /// Adds a fault that strikes the first time the order is sent.
    #[must_use]
    pub fn with_once(mut self, number: OrderNumber, fault: Fault) -> Self {
        self.faults.insert(number, (fault, Strikes::Once));
        self
    }

    /// Adds a fault that strikes as often as said.
    pub fn put(&mut self, number: OrderNumber, fault: Fault, strikes: Strikes) {
        self.faults.insert(number, (fault, strikes));
    }

    /// Adds the same fault for many orders.
    #[must_use]
    pub fn with_each(self, numbers: impl IntoIterator<Item = OrderNumber>, fault: Fault) -> Self {
        numbers.into_iter().fold(self, |plan, number| plan.with(number, fault))
    }

    /// The faults there are, by position.
    pub fn faults(&self) -> impl Iterator<Item = (OrderNumber, Fault)> + '_ {
        self.faults.iter().map(|(number, (fault, _))| (*number, *fault))
    }
}

/// A plan as a lane needs it: by order key, remembering what has struck.
#[derive(Debug, Default)]
pub(super) struct PlannedFaults {
    by_key: HashMap<OrderKey, (Fault, Strikes)>,
    struck: Mutex<HashSet<OrderKey>>,
}

impl PlannedFaults {
    pub(super) fn new(plan: &Plan, key_of: impl Fn(OrderNumber) -> OrderKey) -> Self {
        let by_key = plan.faults.iter().map(|(number, planned)| (key_of(*number), *planned)).collect();
        Self { by_key, struck: Mutex::default() }
    }

    /// What goes wrong with this send of the order.
    pub(super) fn strike(&self, key: &OrderKey) -> Option<Fault> {
        let (fault, strikes) = *self.by_key.get(key)?;
        if strikes == Strikes::Always {
            return Some(fault);
        }
        let first = self.struck.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        first.then_some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_its_order_only_and_as_often_as_planned() {
        let key_of = |number: OrderNumber| OrderKey::new(&format!("k{number}")).unwrap();
        let plan = Plan::none().with(2, Fault::Lose).with_once(3, Fault::TimeOut).with_each([5, 6], Fault::Fail);
        let planned = PlannedFaults::new(&plan, key_of);
        for (number, first, again) in [
            (1, None, None),
            (2, Some(Fault::Lose), Some(Fault::Lose)),
            (3, Some(Fault::TimeOut), None),
            (5, Some(Fault::Fail), Some(Fault::Fail)),
            (6, Some(Fault::Fail), Some(Fault::Fail)),
        ] {
            assert_eq!(planned.strike(&key_of(number)), first, "order {number}, first");
            assert_eq!(planned.strike(&key_of(number)), again, "order {number}, again");
        }
    }
}
