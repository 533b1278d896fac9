//! The storefront's local stock cache: units are deducted at checkout, long before an ERP has set any aside.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::order::OrderKey;

/// What was sold. A cancellation puts nothing back.
#[derive(Debug, Default)]
pub struct StockCache {
    sold: Mutex<Sold>,
}

#[derive(Debug, Default)]
struct Sold {
    units: BTreeMap<String, u64>,
    /// Bounded by the number of orders.
    since: Vec<OrderKey>,
}

impl StockCache {
    /// Units sold of each SKU so far.
    #[must_use]
    pub fn units_sold(&self) -> BTreeMap<String, u64> {
        self.sold().units.clone()
    }

    /// The orders that were placed since this was last asked, as they were placed.
    #[must_use]
    pub fn placed_since(&self) -> Vec<OrderKey> {
        std::mem::take(&mut self.sold().since)
    }

    /// An order was placed, with these units of each article.
    pub(in crate::sim) fn deduct<'a>(&self, key: OrderKey, units: impl IntoIterator<Item = (&'a str, u32)>) {
        let mut sold = self.sold();
        for (sku, units) in units {
            match sold.units.get_mut(sku) {
                Some(sold) => *sold += u64::from(units),
                None => {
                    sold.units.insert(sku.to_owned(), units.into());
                }
            }
        }
        sold.since.push(key);
    }

    fn sold(&self) -> MutexGuard<'_, Sold> {
        self.sold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::shop::StorefrontPlan;

    #[test]
    fn units_add_up_and_the_orders_are_told_once() {
        let (shop, stock) = (StorefrontPlan::default().shop(), StockCache::default());
        let mut expected = BTreeMap::new();
        for number in 1..=50 {
            let body: serde_json::Value =
                serde_json::from_slice(&shop.payload(number, super::super::Topic::Create)).unwrap();
            for line in body["line_items"].as_array().unwrap() {
                *expected.entry(line["sku"].as_str().unwrap().to_owned()).or_default() +=
                    line["quantity"].as_u64().unwrap();
            }
            stock.deduct(shop.key_of(number), shop.sale(number).units());
        }
        assert_eq!(stock.units_sold(), expected);
        assert_eq!(stock.placed_since(), (1..=50).map(|number| shop.key_of(number)).collect::<Vec<_>>());
        assert_eq!(stock.placed_since(), []);
    }
}
