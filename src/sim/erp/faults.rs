//! The planned faults of an ERP as its calls meet them: by order key, remembering what has struck.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::StatusCode;

use super::orders::SalesOrder;
use super::plan::ErpFault;
use crate::order::OrderKey;
use crate::sim::http::{Reply, refusal};
use crate::sim::plan::OrderNumber;

/// How a call that commits an order goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Course {
    /// How much longer it takes.
    pub(super) slower: Duration,
    /// Whether the order becomes two documents.
    pub(super) is_split: bool,
    /// Whether its answer never comes.
    pub(super) is_unanswered: bool,
    /// How much later what it commits is gone.
    pub(super) vanishes_after: Option<Duration>,
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    UnknownSku,
    Tax,
    Customer,
    Locked,
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    by_key: HashMap<OrderKey, ErpFault>,
    /// Calls so far, of orders with a fault only.
    calls: Mutex<HashMap<OrderKey, u32>>,
}

impl Faults {
    pub(super) fn new(plan: &BTreeMap<OrderNumber, ErpFault>, key_of: impl Fn(OrderNumber) -> OrderKey) -> Self {
        let by_key = plan.iter().map(|(number, fault)| (key_of(*number), *fault)).collect();
        Self { by_key, calls: Mutex::default() }
    }

    /// How this call goes. Asked once a call: some faults strike only the first ones.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) fn strike(&self, order: &OrderKey) -> Result<Course, Refusal> {
        let Some(fault) = self.by_key.get(order) else { return Ok(Course::default()) };
        let earlier = self.count(order);
        Ok(match *fault {
            ErpFault::UnknownSku => return Err(Refusal::UnknownSku),
            ErpFault::Tax => return Err(Refusal::Tax),
            ErpFault::Customer => return Err(Refusal::Customer),
            ErpFault::Locked(times) if earlier < times => return Err(Refusal::Locked),
            ErpFault::Locked(_) => Course::default(),
            ErpFault::TimeOut => Course { is_unanswered: earlier == 0, ..Course::default() },
            ErpFault::Slow(slower) => Course { slower, ..Course::default() },
            ErpFault::Split => Course { is_split: true, ..Course::default() },
            ErpFault::Vanish(after) => Course { vanishes_after: Some(after), ..Course::default() },
        })
    }

    /// How many orders were committed by a call that was never answered.
    pub(super) fn unanswered(&self) -> u64 {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.keys().filter(|order| self.by_key.get(order) == Some(&ErpFault::TimeOut)).count() as u64
    }

    /// Counts a call; says how many there were before.
    fn count(&self, order: &OrderKey) -> u32 {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = calls.entry(order.clone()).or_default();
        let earlier = *calls;
        *calls = earlier.saturating_add(1);
        earlier
    }
}

impl Refusal {
    /// The refusal as the ERP words it.
    pub(super) fn reply(self, order: &SalesOrder) -> Reply {
        let sku = order.lines.iter().find_map(|line| line.sku.as_deref()).unwrap_or_default();
        let (status, code, message) = match self {
            Self::UnknownSku => {
                (StatusCode::UNPROCESSABLE_ENTITY, "UNKNOWN_SKU", format!("SKU {sku} is not in the item master"))
            }
            Self::Tax => {
                (StatusCode::UNPROCESSABLE_ENTITY, "TAX_CODE_INVALID", format!("no tax code is set up for SKU {sku}"))
            }
            Self::Customer => {
                (StatusCode::UNPROCESSABLE_ENTITY, "CUSTOMER_BLOCKED", "the customer is blocked for sales".to_owned())
            }
            Self::Locked => {
                (StatusCode::LOCKED, "RECORD_LOCKED", "currently being processed by another user".to_owned())
            }
        };
        refusal(status, code, &message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_its_own_order_and_as_often_as_it_should() {
        let key_of = |number: OrderNumber| OrderKey::new(&number.to_string()).unwrap();
        let fine = Ok(Course::default());
        let slow = Duration::from_secs(3);
        let slower = Ok(Course { slower: slow, ..Course::default() });
        let split = Ok(Course { is_split: true, ..Course::default() });
        let vanishing = Ok(Course { vanishes_after: Some(slow), ..Course::default() });
        let unanswered = Ok(Course { is_unanswered: true, ..Course::default() });
        for (fault, expected) in [
            (ErpFault::UnknownSku, [Err(Refusal::UnknownSku); 3]),
            (ErpFault::Tax, [Err(Refusal::Tax); 3]),
            (ErpFault::Customer, [Err(Refusal::Customer); 3]),
            (ErpFault::TimeOut, [unanswered, fine, fine]),
            (ErpFault::Locked(2), [Err(Refusal::Locked), Err(Refusal::Locked), fine]),
            (ErpFault::Slow(slow), [slower; 3]),
            (ErpFault::Split, [split; 3]),
            (ErpFault::Vanish(slow), [vanishing; 3]),
        ] {
            let faults = Faults::new(&[(7, fault)].into(), key_of);
            assert_eq!([(); 3].map(|()| faults.strike(&key_of(7))), expected, "{fault:?}");
            assert_eq!(faults.strike(&key_of(8)), fine, "{fault:?} strikes another order");
        }
    }
}
