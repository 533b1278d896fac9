//! The ERP's stock: units set aside for orders, line by line as far as they go; the rest is backordered, and served in
//! the order of the commits when an order gives its units back. No I/O.

use std::collections::{BTreeMap, HashMap};

use super::orders::{Channel, SalesLine};
use super::plan::StockPlan;
use crate::order::OrderKey;

/// Whose units are set aside: a commit, by the number of its first document. Later commits have higher ones.
pub(super) type Ticket = u64;

/// An order for which all goods are set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Allocation {
    pub(super) external_id: OrderKey,
    pub(super) channel: Channel,
    /// The numbers of its documents.
    pub(super) references: Vec<String>,
}

/// What there is, and for whom it is set aside.
#[derive(Debug)]
pub(super) struct Stock {
    /// `None`: there is enough of everything, and nothing is counted.
    plan: Option<StockPlan>,
    /// The articles that were ordered, or are in the plan.
    shelves: BTreeMap<String, Shelf>,
    /// Commits that wait for units.
    short: HashMap<Ticket, Short>,
}

#[derive(Debug)]
struct Short {
    units: u64,
    order: Allocation,
}

/// One article. While anybody waits, all units are set aside.
#[derive(Debug, Default)]
struct Shelf {
    stock: u64,
    set_aside: u64,
    waiting: BTreeMap<Ticket, u64>,
    waiting_units: u64,
}

impl Stock {
    pub(super) fn new(plan: Option<StockPlan>) -> Self {
        let mut stock = Self { plan, shelves: BTreeMap::new(), short: HashMap::new() };
        let planned: Vec<String> = stock.plan.iter().flat_map(|plan| plan.of.keys().cloned()).collect();
        for sku in planned {
            stock.shelf(&sku);
        }
        stock
    }

    /// Sets units aside for a commit as far as there are any; gives the order back when that was all of them.
    pub(super) fn take<'a>(
        &mut self,
        ticket: Ticket,
        order: Allocation,
        lines: impl Iterator<Item = &'a SalesLine>,
    ) -> Option<Allocation> {
        let mut missing = 0;
        for (sku, units) in lines.filter_map(article) {
            if let Some(shelf) = self.shelf(sku) {
                missing += shelf.take(ticket, units);
            }
        }
        if missing == 0 {
            return Some(order);
        }
        self.short.insert(ticket, Short { units: missing, order });
        None
    }

    /// Gives back what a commit had of these lines; says which other orders are complete by that.
    pub(super) fn give_back(&mut self, ticket: Ticket, lines: &[SalesLine]) -> Vec<Allocation> {
        let mut complete = Vec::new();
        for (sku, units) in lines.iter().filter_map(article) {
            let Some(shelf) = self.shelf(sku) else { continue };
            let waived = shelf.give_back(ticket, units);
            let served = shelf.serve();
            self.settle(ticket, waived);
            complete.extend(served.into_iter().filter_map(|(other, units)| self.settle(other, units)));
        }
        // Whoever gave something back is no complete order, whatever it has left.
        complete
    }

    /// Units of each article that are left: below zero where more were sold than there are.
    pub(super) fn available(&self) -> BTreeMap<String, i64> {
        self.shelves.iter().map(|(sku, shelf)| (sku.clone(), shelf.available())).collect()
    }

    /// Units of this article that are left; `None` without a plan.
    pub(super) fn available_of(&self, sku: &str) -> Option<i64> {
        let untouched = || self.plan.as_ref().map(|plan| i64::from(plan.units(sku)));
        self.shelves.get(sku).map(Shelf::available).or_else(untouched)
    }

    /// Units that were sold beyond what there is.
    pub(super) fn oversold(&self) -> u64 {
        self.shelves.values().map(|shelf| shelf.waiting_units).sum()
    }

    /// `None` without a plan.
    fn shelf(&mut self, sku: &str) -> Option<&mut Shelf> {
        let stock = u64::from(self.plan.as_ref()?.units(sku));
        // Looked up twice, so that a known article costs no new string.
        if !self.shelves.contains_key(sku) {
            self.shelves.insert(sku.to_owned(), Shelf { stock, ..Shelf::default() });
        }
        self.shelves.get_mut(sku)
    }

    /// A commit misses so many units less; the order, when it misses none any more.
    fn settle(&mut self, ticket: Ticket, units: u64) -> Option<Allocation> {
        let short = self.short.get_mut(&ticket)?;
        short.units = short.units.saturating_sub(units);
        if short.units > 0 {
            return None;
        }
        self.short.remove(&ticket).map(|short| short.order)
    }
}

impl Shelf {
    /// Sets units aside as far as there are any; says how many are missing.
    fn take(&mut self, ticket: Ticket, units: u64) -> u64 {
        let given = units.min(self.stock - self.set_aside);
        self.set_aside += given;
        let missing = units - given;
        if missing > 0 {
            *self.waiting.entry(ticket).or_default() += missing;
            self.waiting_units += missing;
        }
        missing
    }

    /// Takes units back; says how many of them had only been waited for.
    fn give_back(&mut self, ticket: Ticket, units: u64) -> u64 {
        let waived = self.waive(ticket, units);
        self.set_aside = self.set_aside.saturating_sub(units - waived);
        waived
    }

    /// Hands what is free to those who wait, the longest waiting first.
    fn serve(&mut self) -> Vec<(Ticket, u64)> {
        let mut served = Vec::new();
        while self.set_aside < self.stock
            && let Some((ticket, wanted)) = self.waiting.first_key_value().map(|(ticket, wanted)| (*ticket, *wanted))
        {
            let given = self.waive(ticket, wanted.min(self.stock - self.set_aside));
            self.set_aside += given;
            served.push((ticket, given));
        }
        served
    }

    /// Lets a commit wait for so many units less, at most for none.
    fn waive(&mut self, ticket: Ticket, units: u64) -> u64 {
        let Some(waiting) = self.waiting.get_mut(&ticket) else { return 0 };
        let waived = units.min(*waiting);
        *waiting -= waived;
        if *waiting == 0 {
            self.waiting.remove(&ticket);
        }
        self.waiting_units -= waived;
        waived
    }

    fn available(&self) -> i64 {
        // What is set aside never exceeds the stock, so that one of the two is zero.
        let free = self.stock.saturating_sub(self.set_aside);
        i64::try_from(free).unwrap_or(i64::MAX).saturating_sub_unsigned(self.waiting_units)
    }
}

/// What a line takes from stock: nothing without an article.
fn article(line: &SalesLine) -> Option<(&str, u64)> {
    line.sku.as_deref().map(|sku| (sku, u64::from(line.quantity)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[(&str, u32)]) -> Vec<SalesLine> {
        let line = |(sku, quantity): &(&str, u32)| SalesLine {
            sku: Some((*sku).to_owned()),
            quantity: *quantity,
            price: "1.00".to_owned(),
        };
        lines.iter().map(line).collect()
    }

    fn order(name: &str) -> Allocation {
        let external_id = OrderKey::new(name).unwrap();
        Allocation { external_id, channel: Channel::Web, references: Vec::new() }
    }

    fn take(stock: &mut Stock, ticket: Ticket, of: &[(&str, u32)]) -> bool {
        stock.take(ticket, order(&ticket.to_string()), lines(of).iter()).is_some()
    }

    fn give_back(stock: &mut Stock, ticket: Ticket, of: &[(&str, u32)]) -> Vec<String> {
        stock.give_back(ticket, &lines(of)).iter().map(|order| order.external_id.to_string()).collect()
    }

    fn stock(each: u32) -> Stock {
        Stock::new(Some(StockPlan { each, of: [("b".to_owned(), 1)].into() }))
    }

    #[test]
    fn an_order_is_complete_only_with_all_its_units() {
        let mut stock = stock(5);
        assert!(take(&mut stock, 1, &[("a", 3), ("b", 1)]));
        assert!(!take(&mut stock, 2, &[("a", 3)]));
        assert!(!take(&mut stock, 3, &[("a", 1), ("c", 1)]));
        assert_eq!(stock.available(), [("a", -2), ("b", 0), ("c", 4)].map(|(sku, n)| (sku.to_owned(), n)).into());
        assert_eq!(stock.oversold(), 2);
        assert_eq!((stock.available_of("a"), stock.available_of("untouched")), (Some(-2), Some(5)));
    }

    #[test]
    fn what_is_given_back_goes_to_whoever_waits_longest() {
        let mut stock = stock(5);
        assert!(take(&mut stock, 1, &[("a", 5)]));
        assert!(!take(&mut stock, 2, &[("a", 4)]));
        assert!(!take(&mut stock, 3, &[("a", 1)]));
        assert!(!take(&mut stock, 4, &[("a", 2)]));
        assert_eq!(stock.oversold(), 7);
        assert_eq!(give_back(&mut stock, 1, &[("a", 5)]), ["2", "3"]);
        assert_eq!((stock.oversold(), stock.available_of("a")), (2, Some(-2)));
        // Who waits and leaves gives nothing to others, and is not complete by leaving.
        assert_eq!(give_back(&mut stock, 4, &[("a", 2)]), Vec::<String>::new());
        assert_eq!((stock.oversold(), stock.available_of("a")), (0, Some(0)));
    }

    #[test]
    fn without_a_plan_everything_is_complete_and_nothing_counted() {
        let mut stock = Stock::new(None);
        assert!(take(&mut stock, 1, &[("a", 1_000_000)]));
        assert_eq!((stock.available(), stock.oversold(), stock.available_of("a")), (BTreeMap::new(), 0, None));
    }
}
