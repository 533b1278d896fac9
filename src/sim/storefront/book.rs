//! The storefront's own record of its orders: which were placed, and what has happened to each since. The census is
//! written from it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::sim::plan::OrderNumber;
use crate::sim::shop::{Amount, Oddity, Shop, Topic};

/// Every order that was placed. Bounded by the number of orders.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// By position: the last that happened to it; a cancellation stays.
    orders: Mutex<BTreeMap<OrderNumber, Topic>>,
}

/// A row of the census.
#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    created_at: Timestamp,
    total_price: Amount,
    currency: &'static str,
    test: bool,
    cancelled_at: Option<Timestamp>,
}

impl Book {
    /// This has happened to an order.
    pub(super) fn enter(&self, number: OrderNumber, topic: Topic) {
        let mut orders = self.orders();
        let state = orders.entry(number).or_insert(topic);
        if *state != Topic::Cancel && topic != Topic::Create {
            *state = topic;
        }
    }

    /// The last that happened to an order; `None`: it wasn't placed yet.
    pub(super) fn state_of(&self, number: OrderNumber) -> Option<Topic> {
        self.orders().get(&number).copied()
    }

    /// One row for each order, by position.
    pub(super) fn census(&self, shop: &Shop) -> String {
        // A row is about 150 bytes long.
        let orders = self.orders().clone();
        let mut census = String::with_capacity(orders.len().saturating_mul(160));
        for (number, state) in orders {
            let sale = shop.sale(number);
            let row = Row {
                id: shop.key_of(number).to_string(),
                name: shop.name_of(number),
                created_at: shop.placed_at(number),
                total_price: sale.total(),
                currency: sale.currency().code(),
                test: shop.plan().is(number, &Oddity::Test),
                cancelled_at: (state == Topic::Cancel).then(|| shop.cancelled_at(number)),
            };
            census.push_str(&serde_json::to_string(&row).unwrap_or_default());
            census.push('\n');
        }
        census
    }

    fn orders(&self) -> MutexGuard<'_, BTreeMap<OrderNumber, Topic>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::shop::StorefrontPlan;

    #[test]
    fn what_happened_last_counts_and_a_cancellation_stays() {
        use Topic::{Cancel, Create, Paid, Update};
        for (topics, state) in [
            (&[Create][..], Some(Create)),
            (&[Create, Update, Create], Some(Update)),
            (&[Create, Cancel, Update], Some(Cancel)),
            (&[Paid, Create], Some(Paid)),
            (&[], None),
        ] {
            let book = Book::default();
            topics.iter().for_each(|topic| book.enter(1, *topic));
            assert_eq!(book.state_of(1), state, "{topics:?}");
        }
    }

    #[test]
    fn the_census_has_a_row_for_each_order_that_was_placed() {
        let oddities = [(2, vec![Oddity::Test])].into();
        let shop = StorefrontPlan { oddities, ..StorefrontPlan::default() }.shop();
        let book = Book::default();
        for (number, topic) in [(2, Topic::Create), (1, Topic::Create), (1, Topic::Cancel)] {
            book.enter(number, topic);
        }
        let total = |number| shop.sale(number).total().to_string();
        let expected = format!(
            "{{\"id\":\"{}\",\"name\":\"#1001\",\"created_at\":\"1970-01-01T00:00:00Z\",\"total_price\":\"{}\",\"currency\":\"EUR\",\
             \"test\":false,\"cancelled_at\":\"1970-01-01T00:00:00Z\"}}\n\
             {{\"id\":\"{}\",\"name\":\"#1002\",\"created_at\":\"1970-01-01T00:00:00Z\",\"total_price\":\"{}\",\"currency\":\"EUR\",\
             \"test\":true,\"cancelled_at\":null}}\n",
            shop.key_of(1),
            total(1),
            shop.key_of(2),
            total(2)
        );
        assert_eq!(book.census(&shop), expected);
    }
}
