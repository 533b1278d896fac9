//! What a lane believes to have in stock when it publishes quantities, and with which orders it counts.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use super::MarketPlan;
use crate::order::OrderKey;
use crate::sim::erp::{BackOffice, StockPlan};
use crate::sim::storefront::StockCache;

/// Stock as a lane sees it. Asked first which orders count, then for quantities, so that these may count with more
/// orders than were named, and never with fewer.
pub trait StockView: Debug + Send + Sync {
    /// Units of each listed article that are to be shown; what is below zero is shown as zero.
    fn quantities(&self) -> BTreeMap<String, i64>;

    /// The storefront's orders that quantities count with from now on, and did not when this was last asked.
    fn counted_since(&self) -> Vec<OrderKey>;
}

/// What the storefront thinks it has: its stock when it opened, less what was ordered there since. Of what is sold
/// elsewhere it knows nothing. One for each storefront: the orders that were placed since are handed out once.
#[derive(Debug)]
pub struct ShopView {
    cache: Arc<StockCache>,
    opened_with: BTreeMap<String, i64>,
}

impl ShopView {
    /// A view of the articles that `plan` lists.
    #[must_use]
    pub fn new(cache: Arc<StockCache>, stock: Option<&StockPlan>, plan: &MarketPlan) -> Self {
        let units = |sku: &str| stock.map_or(i64::MAX, |stock| i64::from(stock.units(sku)));
        let opened_with = plan.skus.iter().map(|sku| (sku.clone(), units(sku))).collect();
        Self { cache, opened_with }
    }
}

impl StockView for ShopView {
    fn quantities(&self) -> BTreeMap<String, i64> {
        let sold = self.cache.units_sold();
        let left = |(sku, units): (&String, &i64)| {
            let sold = sold.get(sku).copied().unwrap_or_default();
            (sku.clone(), units.saturating_sub(i64::try_from(sold).unwrap_or(i64::MAX)))
        };
        self.opened_with.iter().map(left).collect()
    }

    fn counted_since(&self) -> Vec<OrderKey> {
        self.cache.placed_since()
    }
}

/// What the ERP has left, less a buffer for what is sold while a feed is on its way. One for each ERP: the orders that
/// were allocated since are handed out once.
#[derive(Debug)]
pub struct ErpView {
    erp: BackOffice,
    skus: Vec<String>,
    buffer: u32,
}

impl ErpView {
    /// A view of the articles that `plan` lists, less its buffer.
    #[must_use]
    pub fn new(erp: BackOffice, plan: &MarketPlan) -> Self {
        erp.follow_allocated();
        Self { erp, skus: plan.skus.clone(), buffer: plan.buffer }
    }
}

impl StockView for ErpView {
    /// Nothing, where the ERP counts no stock.
    fn quantities(&self) -> BTreeMap<String, i64> {
        let left = |sku: &String| Some((sku.clone(), self.erp.available_of(sku)? - i64::from(self.buffer)));
        self.skus.iter().filter_map(left).collect()
    }

    fn counted_since(&self) -> Vec<OrderKey> {
        self.erp.allocated_since()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shop_counts_with_what_was_ordered_in_it_once() {
        let stock = StockPlan { each: 10, of: [("b".to_owned(), 1)].into() };
        let plan = MarketPlan { skus: vec!["a".to_owned(), "b".to_owned()], ..MarketPlan::default() };
        let cache = Arc::new(StockCache::default());
        let view = ShopView::new(Arc::clone(&cache), Some(&stock), &plan);
        let key = |name: &str| OrderKey::new(name).unwrap();
        cache.deduct(key("1"), [("a", 3), ("b", 2), ("unlisted", 1)]);
        cache.deduct(key("2"), [("a", 1)]);
        assert_eq!(view.quantities(), [("a".to_owned(), 6), ("b".to_owned(), -1)].into());
        assert_eq!(view.counted_since(), [key("1"), key("2")]);
        assert_eq!(view.counted_since(), []);
    }
}
