//! What is due when: the orders that are still to be placed, and those of which more is to be told later.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use tokio::time::Instant;

use super::after;
use super::errand::Errand;
use crate::sim::plan::OrderNumber;
use crate::sim::shop::{Curve, Shop};

/// What is still to be done. An order is in it at most once, so it is bounded by the number of orders.
#[derive(Debug)]
pub(super) struct Agenda {
    opened: Instant,
    first: OrderNumber,
    next: OrderNumber,
    last: OrderNumber,
    later: BTreeMap<(Instant, OrderNumber), Errand>,
}

impl Agenda {
    /// The orders at these positions, all still to be placed.
    pub(super) const fn new(numbers: RangeInclusive<OrderNumber>, opened: Instant) -> Self {
        Self { opened, first: *numbers.start(), next: *numbers.start(), last: *numbers.end(), later: BTreeMap::new() }
    }

    pub(super) const fn opened(&self) -> Instant {
        self.opened
    }

    /// When something is due next; `None`: nothing ever.
    pub(super) fn due(&self, shop: &Shop) -> Option<Instant> {
        let later = self.later.keys().next().map(|(due, _)| *due);
        let order = self.next_order(shop);
        later.into_iter().chain(order).min()
    }

    /// What is due now. What was begun goes before what is new, or it would wait for the end of a trade that places
    /// orders as fast as it can.
    pub(super) fn take(&mut self, now: Instant, shop: &Shop) -> Option<Errand> {
        if let Some(entry) = self.later.first_entry()
            && entry.key().0 <= now
        {
            return Some(entry.remove());
        }
        let due = self.next_order(shop).filter(|due| *due <= now)?;
        self.next += 1;
        Some(Errand::new(self.next - 1, due))
    }

    /// Goes on with an order when it is due.
    pub(super) fn put(&mut self, due: Instant, errand: Errand) {
        self.later.insert((due, errand.number()), errand);
    }

    /// When the next order is due. One that is due beyond all times never is.
    fn next_order(&self, shop: &Shop) -> Option<Instant> {
        let is_at_once = shop.plan().curve == Curve::AtOnce || shop.plan().early_numbers().contains(&self.next);
        if self.next > self.last {
            None
        } else if is_at_once {
            Some(self.opened)
        } else {
            let offset = |number| shop.plan().offset_of(number);
            after(self.opened, offset(self.next).saturating_sub(offset(self.first)))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sim::shop::StorefrontPlan;

    #[test]
    fn what_was_begun_goes_before_what_is_new_and_nothing_before_it_is_due() {
        let second = Duration::from_secs(1);
        let shop = StorefrontPlan { orders: 3, curve: Curve::Every(10 * second), ..StorefrontPlan::default() }.shop();
        let opened = Instant::now();
        let mut agenda = Agenda::new(1..=3, opened);
        let first = agenda.take(opened, &shop).unwrap();
        assert!(agenda.take(opened, &shop).is_none());
        assert_eq!(agenda.due(&shop), Some(opened + 10 * second));
        agenda.put(opened + 4 * second, first);
        assert_eq!(agenda.due(&shop), Some(opened + 4 * second));
        let late = opened + 60 * second;
        let numbers: Vec<_> = std::iter::from_fn(|| agenda.take(late, &shop)).map(|errand| errand.number()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(agenda.due(&shop), None);
    }
}
