//! The ERP's books: sales orders in the order of their commits, with document numbers. No I/O; the time of
//! a commit is handed in.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::order::OrderKey;

/// What an integration asks the ERP to commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesOrder {
    /// The storefront's id of the order.
    pub external_id: OrderKey,
    /// ISO 4217.
    pub currency: String,
    /// What the customer pays, as decimal text.
    pub total: String,
    /// What is sold.
    pub lines: Vec<SalesLine>,
}

/// A line of a sales order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesLine {
    /// The article; storefronts do sell things without one.
    pub sku: Option<String>,
    /// Units.
    pub quantity: u32,
    /// Price of one unit, as decimal text.
    pub price: String,
}

/// What has become of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentStatus {
    /// To be fulfilled.
    Open,
    /// Cancelled by the customer.
    Cancelled,
}

/// The ERP's record of an order, as its ledger shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    /// The document number.
    pub id: String,
    /// The storefront's id of the order.
    pub external_id: OrderKey,
    /// When it was committed, on the ERP's clock, to the microsecond.
    pub created_at: Timestamp,
    /// What has become of it.
    pub status: DocumentStatus,
    /// ISO 4217.
    pub currency: String,
    /// What the customer pays, as decimal text.
    pub total: String,
    /// What is sold.
    pub lines: Vec<SalesLine>,
}

/// All documents, by commit.
#[derive(Debug)]
pub(super) struct Books {
    next_number: u64,
    /// In the order of their commits, so that `created_at` never falls.
    documents: Vec<Document>,
    by_external_id: HashMap<OrderKey, Vec<usize>>,
}

impl Books {
    pub(super) fn new(first_number: u64) -> Self {
        Self { next_number: first_number, documents: Vec::new(), by_external_id: HashMap::new() }
    }

    /// Commits an order, whether or not it is in the books already. A clock that steps back does not
    /// reorder the books: such a commit bears the time of the one before.
    pub(super) fn commit(&mut self, order: SalesOrder, at: Timestamp) -> Document {
        let created_at = self.documents.last().map_or(at, |last| at.max(last.created_at));
        let document = self.draw(order, created_at);
        self.by_external_id.entry(document.external_id.clone()).or_default().push(self.documents.len());
        self.documents.push(document.clone());
        document
    }

    /// A document with the next number that is not in the books: a commit that was rolled back.
    pub(super) fn draw(&mut self, order: SalesOrder, created_at: Timestamp) -> Document {
        let id = self.next_number.to_string();
        self.next_number += 1;
        let SalesOrder { external_id, currency, total, lines } = order;
        Document { id, external_id, created_at, status: DocumentStatus::Open, currency, total, lines }
    }

    /// The first document of an order.
    pub(super) fn find(&self, external_id: &OrderKey) -> Option<&Document> {
        self.documents.get(*self.by_external_id.get(external_id)?.first()?)
    }

    /// Cancels every document of an order; says how many there are.
    pub(super) fn cancel(&mut self, external_id: &OrderKey) -> usize {
        let places = self.by_external_id.get(external_id).map_or(&[][..], Vec::as_slice);
        for place in places {
            if let Some(document) = self.documents.get_mut(*place) {
                document.status = DocumentStatus::Cancelled;
            }
        }
        places.len()
    }

    /// Removes the document of this number, as if it had never been; says whether there was one.
    pub(super) fn erase(&mut self, id: &str) -> bool {
        let before = self.documents.len();
        self.documents.retain(|document| document.id != id);
        self.by_external_id.clear();
        for (place, document) in self.documents.iter().enumerate() {
            self.by_external_id.entry(document.external_id.clone()).or_default().push(place);
        }
        self.documents.len() < before
    }

    /// One page of the documents committed at or after `since`, pages counted from 1; and whether there are more.
    pub(super) fn page(&self, since: Option<Timestamp>, page: usize, size: usize) -> (&[Document], bool) {
        let from = since.map_or(0, |since| self.documents.partition_point(|document| document.created_at < since));
        let from = from.saturating_add(page.saturating_sub(1).saturating_mul(size)).min(self.documents.len());
        let until = from.saturating_add(size).min(self.documents.len());
        (self.documents.get(from..until).unwrap_or_default(), until < self.documents.len())
    }

    pub(super) fn documents(&self) -> &[Document] {
        &self.documents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(external_id: &str) -> SalesOrder {
        let external_id = OrderKey::new(external_id).unwrap();
        SalesOrder { external_id, currency: "EUR".into(), total: "1.00".into(), lines: Vec::new() }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn books(commits: &[(&str, i64)]) -> Books {
        let mut books = Books::new(7);
        for (external_id, second) in commits {
            books.commit(order(external_id), at(*second));
        }
        books
    }

    fn ids(documents: &[Document]) -> Vec<&str> {
        documents.iter().map(|document| document.id.as_str()).collect()
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
        let times: Vec<i64> = books.documents().iter().map(|document| document.created_at.as_second()).collect();
        assert_eq!(times, [5, 5, 6]);
    }

    #[test]
    fn a_cancellation_strikes_all_documents_of_an_order_and_no_others() {
        let mut books = books(&[("a", 1), ("b", 2), ("a", 3)]);
        assert_eq!(books.cancel(&OrderKey::new("a").unwrap()), 2);
        assert_eq!(books.cancel(&OrderKey::new("z").unwrap()), 0);
        let cancelled: Vec<bool> =
            books.documents().iter().map(|document| document.status == DocumentStatus::Cancelled).collect();
        assert_eq!(cancelled, [true, false, true]);
    }

    #[test]
    fn what_is_erased_is_found_no_more_and_its_number_not_given_again() {
        let mut books = books(&[("a", 1), ("b", 2), ("c", 3)]);
        assert!(books.erase("8"));
        assert!(!books.erase("8"));
        assert_eq!(books.find(&OrderKey::new("b").unwrap()), None);
        assert_eq!(books.find(&OrderKey::new("c").unwrap()).unwrap().id, "9");
        assert_eq!(books.commit(order("d"), at(4)).id, "10");
    }
}
