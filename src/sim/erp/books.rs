//! The ERP's books: sales orders in the order of their commits, with document numbers, and the stock that they take.
//! No I/O; the time of a commit is handed in.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::orders::{Channel, Document, DocumentStatus, SalesOrder};
use super::plan::StockPlan;
use super::split::Parts;
use super::stock::{Allocation, Stock, Ticket};
use crate::order::OrderKey;

/// All documents, by commit.
#[derive(Debug)]
pub(super) struct Books {
    next_number: u64,
    /// In the order of their commits, so that `created_at` never falls.
    entries: Vec<Entry>,
    by_external_id: HashMap<OrderKey, Vec<usize>>,
    stock: Stock,
}

/// A document, and in whose name its units are set aside.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Entry {
    pub(super) document: Document,
    #[serde(skip)]
    ticket: Ticket,
}

/// What a commit made.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) first: Document,
    pub(super) second: Option<Document>,
    /// The order, when all its goods were set aside.
    pub(super) allocated: Option<Allocation>,
}

impl Books {
    pub(super) fn new(first_number: u64, stock: Option<StockPlan>) -> Self {
        let (entries, by_external_id) = (Vec::new(), HashMap::new());
        Self { next_number: first_number, entries, by_external_id, stock: Stock::new(stock) }
    }

    /// Commits an order, whether or not it is in the books already. A clock that steps back does not
    /// reorder the books: such a commit bears the time of the one before.
    pub(super) fn commit(&mut self, parts: Parts, channel: Channel, at: Timestamp) -> Made {
        let created_at = self.entries.last().map_or(at, |last| at.max(last.document.created_at));
        let ticket = self.next_number;
        let mut enter = |order| {
            let document = self.draw(order, channel, created_at);
            self.by_external_id.entry(document.external_id.clone()).or_default().push(self.entries.len());
            self.entries.push(Entry { document: document.clone(), ticket });
            document
        };
        let first = enter(parts.first);
        let second = parts.second.map(enter);
        let documents = || [&first].into_iter().chain(&second);
        let references = documents().map(|document| document.id.clone()).collect();
        let order = Allocation { external_id: first.external_id.clone(), channel, references };
        let allocated = self.stock.take(ticket, order, documents().flat_map(|document| &document.lines));
        Made { first, second, allocated }
    }

    /// A document with the next number that is not in the books: a commit that was rolled back.
    pub(super) fn draw(&mut self, order: SalesOrder, channel: Channel, created_at: Timestamp) -> Document {
        let id = self.next_number.to_string();
        self.next_number += 1;
        let SalesOrder { external_id, currency, total, lines } = order;
        Document { id, external_id, created_at, status: DocumentStatus::Open, channel, currency, total, lines }
    }

    /// The first document of an order.
    pub(super) fn find(&self, external_id: &OrderKey) -> Option<&Document> {
        self.entries.get(*self.by_external_id.get(external_id)?.first()?).map(|entry| &entry.document)
    }

    /// Cancels every document of an order; says how many there are, and which other orders are complete with the goods
    /// that it gave back.
    pub(super) fn cancel(&mut self, external_id: &OrderKey) -> (usize, Vec<Allocation>) {
        let Self { entries, by_external_id, stock, .. } = self;
        let places = by_external_id.get(external_id).map_or(&[][..], Vec::as_slice);
        let mut complete = Vec::new();
        for place in places {
            let Some(Entry { document, ticket }) = entries.get_mut(*place) else { continue };
            if document.status == DocumentStatus::Open {
                document.status = DocumentStatus::Cancelled;
                complete.extend(stock.give_back(*ticket, &document.lines));
            }
        }
        // A second document of the same order may have been next in line.
        complete.retain(|order| order.external_id != *external_id);
        (places.len(), complete)
    }

    /// Removes the document of this number, as if it had never been; says which orders are complete with its goods,
    /// `None` when there was none.
    pub(super) fn erase(&mut self, id: &str) -> Option<Vec<Allocation>> {
        let place = self.entries.iter().position(|entry| entry.document.id == id)?;
        let Entry { document, ticket } = self.entries.remove(place);
        self.by_external_id.clear();
        for (place, entry) in self.entries.iter().enumerate() {
            self.by_external_id.entry(entry.document.external_id.clone()).or_default().push(place);
        }
        let was_open = document.status == DocumentStatus::Open;
        Some(if was_open { self.stock.give_back(ticket, &document.lines) } else { Vec::new() })
    }

    /// One page of the documents committed at or after `since`, pages counted from 1; and whether there are more.
    pub(super) fn page(&self, since: Option<Timestamp>, page: usize, size: usize) -> (&[Entry], bool) {
        let is_before = |entry: &Entry, since| entry.document.created_at < since;
        let from = since.map_or(0, |since| self.entries.partition_point(|entry| is_before(entry, since)));
        let from = from.saturating_add(page.saturating_sub(1).saturating_mul(size)).min(self.entries.len());
        let until = from.saturating_add(size).min(self.entries.len());
        (self.entries.get(from..until).unwrap_or_default(), until < self.entries.len())
    }

    pub(super) fn documents(&self) -> impl Iterator<Item = &Document> {
        self.entries.iter().map(|entry| &entry.document)
    }

    /// Units of each article that are left; see [`Stock::available`].
    pub(super) fn available(&self) -> BTreeMap<String, i64> {
        self.stock.available()
    }

    /// Units of this article that are left; `None` where stock is not counted.
    pub(super) fn available_of(&self, sku: &str) -> Option<i64> {
        self.stock.available_of(sku)
    }

    /// Units that were committed beyond the stock.
    pub(super) fn oversold(&self) -> u64 {
        self.stock.oversold()
    }
}

#[cfg(test)]
mod tests {
    use super::super::orders::SalesLine;
    use super::*;

    fn order(external_id: &str) -> Parts {
        let external_id = OrderKey::new(external_id).unwrap();
        let line = SalesLine { sku: Some("A".into()), quantity: 2, price: "0.50".into() };
        Parts::whole(SalesOrder { external_id, currency: "EUR".into(), total: "1.00".into(), lines: vec![line] })
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn books(commits: &[(&str, i64)]) -> Books {
        stocked(None, commits)
    }

    fn stocked(each: Option<u32>, commits: &[(&str, i64)]) -> Books {
        let mut books = Books::new(7, each.map(|each| StockPlan { each, ..StockPlan::default() }));
        for (external_id, second) in commits {
            books.commit(order(external_id), Channel::Web, at(*second));
        }
        books
    }

    fn ids(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.document.id.as_str()).collect()
    }

    fn names(allocated: Vec<Allocation>) -> Vec<String> {
        allocated.into_iter().map(|order| order.external_id.to_string()).collect()
    }

    #[test]
    fn pages_are_counted_from_one_and_the_window_is_closed_below() {
        let books = books(&[("a", 1), ("b", 2), ("c", 3), ("d", 3), ("e", 9)]);
        for (since, page, size, expected, more) in [
            (None, 1, 2, &["7", "8"][..], true),
            (None, 3, 2, &["11"], false),
            (None, 4, 2, &[], false),
            (None, 1, 5, &["7", "8", "9", "10", "11"], false),
            (Some(3), 1, 2, &["9", "10"], true),
            (Some(3), 2, 2, &["11"], false),
            (Some(10), 1, 2, &[], false),
            (None, usize::MAX, usize::MAX, &[], false),
        ] {
            let (documents, found_more) = books.page(since.map(at), page, size);
            assert_eq!((ids(documents), found_more), (expected.to_vec(), more), "{since:?} page {page} of {size}");
        }
    }

    #[test]
    fn a_clock_that_steps_back_does_not_reorder_the_books() {
        let books = books(&[("a", 5), ("b", 3), ("c", 6)]);
        let times: Vec<i64> = books.documents().map(|document| document.created_at.as_second()).collect();
        assert_eq!(times, [5, 5, 6]);
    }

    #[test]
    fn a_cancellation_strikes_all_documents_of_an_order_and_no_others() {
        let mut books = books(&[("a", 1), ("b", 2), ("a", 3)]);
        assert_eq!(books.cancel(&OrderKey::new("a").unwrap()).0, 2);
        assert_eq!(books.cancel(&OrderKey::new("z").unwrap()).0, 0);
        let cancelled: Vec<bool> =
            books.documents().map(|document| document.status == DocumentStatus::Cancelled).collect();
        assert_eq!(cancelled, [true, false, true]);
    }

    #[test]
    fn what_is_erased_is_found_no_more_and_its_number_not_given_again() {
        let mut books = books(&[("a", 1), ("b", 2), ("c", 3)]);
        assert!(books.erase("8").is_some());
        assert!(books.erase("8").is_none());
        assert_eq!(books.find(&OrderKey::new("b").unwrap()), None);
        assert_eq!(books.find(&OrderKey::new("c").unwrap()).unwrap().id, "9");
        assert_eq!(books.commit(order("d"), Channel::Web, at(4)).first.id, "10");
    }

    #[test]
    fn goods_that_are_given_back_make_the_next_order_complete_once() {
        let key = |name: &str| OrderKey::new(name).unwrap();
        // Two units each: a is complete, its double and b wait.
        let mut books = stocked(Some(3), &[("a", 1), ("a", 2), ("b", 3)]);
        assert_eq!(books.oversold(), 3);
        let (documents, complete) = books.cancel(&key("a"));
        assert_eq!((documents, names(complete)), (2, vec!["b".to_owned()]));
        assert_eq!((books.oversold(), books.available_of("A")), (0, Some(1)));
        let (documents, complete) = books.cancel(&key("a"));
        assert_eq!((documents, complete), (2, Vec::new()), "cancelled twice, it gives back once");
        assert_eq!(books.available_of("A"), Some(1));
        assert_eq!(books.erase("7"), Some(Vec::new()), "a cancelled document holds nothing");
        assert_eq!(books.erase("9"), Some(Vec::new()));
        assert_eq!(books.available_of("A"), Some(3));
    }

    #[test]
    fn a_split_order_is_two_documents_of_one_commit() {
        let mut books = stocked(Some(1), &[]);
        let parts = order("a");
        let made = books.commit(Parts::halves(parts.first), Channel::Web, at(1));
        assert_eq!((made.first.id.as_str(), made.second.unwrap().id.as_str()), ("7", "8"));
        assert_eq!(made.allocated, None, "one of its two units is missing");
        let mut books = stocked(Some(2), &[]);
        let made = books.commit(Parts::halves(order("a").first), Channel::Web, at(1));
        assert_eq!(made.allocated.unwrap().references, ["7", "8"]);
    }

    #[test]
    fn neither_stock_nor_tickets_show_in_the_ledger() {
        let books = books(&[("a", 1)]);
        let (entries, _) = books.page(None, 1, 1);
        let document = books.documents().next().unwrap();
        assert_eq!(serde_json::to_value(&entries[0]).unwrap(), serde_json::to_value(document).unwrap());
    }
}
