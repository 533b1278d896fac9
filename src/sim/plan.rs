//! What goes wrong on purpose: faults by the position of the order, the same words for both lanes.

use std::collections::BTreeMap;
use std::time::Duration;

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
