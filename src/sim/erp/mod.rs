//! A small ERP: commits sales orders under its own document numbers and lets its ledger be read, page by page.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /orders` | 201 and the document; 200 and the first document when an `Idempotency-Key` comes with an order that is in the books |
//! | `POST /orders/{external id}/cancel` | 200 `{"cancelled":n}` |
//! | `GET /ledger?since=RFC3339&page=N` | 200 `{"items":[…],"next":null or a URL}` |
//! | any, as its plan says | 422 with a code, 423 `RECORD_LOCKED`, 429 or 400 over its limit, 503 `MAINTENANCE` |
//!
//! It trusts its callers: what is sent twice without an `Idempotency-Key` is committed twice. What was begun it brings to
//! its end, whether or not the caller waits for it.

mod books;
mod desk;
mod faults;
mod orders;
mod plan;
mod split;
mod state;
mod stock;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::header::HeaderName;
use tokio_util::sync::CancellationToken;

pub use self::orders::{Channel, Document, DocumentStatus, SalesLine, SalesOrder};
pub use self::plan::{Breakage, ErpFault, ErpPlan, Limit, LimitAnswer, StockPlan, Surroundings};
use self::state::{Done, Manner, State};
use super::http::{self, Running};
use super::plan::OrderNumber;
use crate::order::OrderKey;

/// Asks the ERP to draw a number, to answer as if it had committed, and to keep nothing: the commit that
/// is rolled back after the answer.
pub(super) const ROLL_BACK: HeaderName = HeaderName::from_static("x-sim-roll-back");

/// Says that the same order may come again and must be committed once.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A running ERP.
#[derive(Debug)]
pub struct Erp {
    /// Where it listens.
    pub running: Running,
    state: Arc<State>,
}

/// An ERP from inside, as its own modules reach it: without HTTP, limits and planned faults. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BackOffice {
    state: Arc<State>,
}

/// Starts an ERP that ends with `end`. `key_of` says which order stands at a position of its plan.
///
/// # Errors
/// When no port can be had.
pub async fn start(
    plan: &ErpPlan,
    key_of: impl Fn(OrderNumber) -> OrderKey,
    around: Surroundings,
    end: CancellationToken,
) -> io::Result<Erp> {
    let state = Arc::new(State::new(plan, key_of, around, end.clone()));
    let running = http::serve(Arc::clone(&state), end).await?;
    Ok(Erp { running, state })
}

impl Erp {
    /// All documents, in the order of their commits.
    #[must_use]
    pub fn documents(&self) -> Vec<Document> {
        self.state.books().documents().cloned().collect()
    }

    /// Commits an order that no integration sent, such as one taken by phone.
    pub fn commit(&self, order: SalesOrder) -> Document {
        self.back_office().commit(Channel::Web, order)
    }

    /// Removes a document, as if it had never been; says whether there was one.
    pub fn erase(&self, id: &str) -> bool {
        self.state.erase(id)
    }

    /// Lets a page of the ledger break from now on.
    pub fn break_ledger(&self, page: usize, breakage: Breakage) {
        self.state.switches().broken_page = Some((page, breakage));
    }

    /// Lets every page of the ledger be read again.
    pub fn mend_ledger(&self) {
        self.state.switches().broken_page = None;
    }

    /// While it is down every request is answered 503; what was begun before is brought to its end.
    pub fn set_down(&self, is_down: bool) {
        self.state.switches().is_down = is_down;
    }

    /// How long commits take that begin from now on.
    pub fn set_commit_latency(&self, latency: Duration) {
        self.state.switches().commit_latency = latency;
    }

    /// How many calls were refused since too many were open.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.state.throttled.load(Ordering::Relaxed)
    }

    /// How many orders were committed by a call that was never answered.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        self.state.faults.unanswered()
    }

    /// Units that are committed beyond the stock right now, over all channels; 0 where stock is not counted.
    #[must_use]
    pub fn oversold_units(&self) -> u64 {
        self.state.books().oversold()
    }

    /// Stock less committed units, below zero where oversold: of articles that are in the plan by name or were
    /// ordered. Empty where stock is not counted.
    #[must_use]
    pub fn available(&self) -> BTreeMap<String, i64> {
        self.state.books().available()
    }

    /// The ERP from inside.
    #[must_use]
    pub fn back_office(&self) -> BackOffice {
        BackOffice { state: Arc::clone(&self.state) }
    }

    /// Waits until it has ended, and with it all that it had begun.
    pub async fn ended(self) {
        self.running.ended().await;
        self.state.tasks.close();
        self.state.tasks.wait().await;
    }
}

impl BackOffice {
    /// Commits an order at once; its first document.
    pub fn commit(&self, channel: Channel, order: SalesOrder) -> Document {
        match self.state.commit(order, Manner { channel, ..Manner::default() }) {
            Done::Committed(document) | Done::Again(document) => document,
        }
    }

    /// Units of this article that are left, below zero where oversold; `None` where stock is not counted.
    #[must_use]
    pub fn available_of(&self, sku: &str) -> Option<i64> {
        self.state.books().available_of(sku)
    }

    /// Begins to note the storefront's orders whose goods are set aside, for [`BackOffice::allocated_since`].
    pub fn follow_allocated(&self) {
        self.state.follow_allocated();
    }

    /// The storefront's orders whose goods were set aside since this was last asked, by whomever.
    #[must_use]
    pub fn allocated_since(&self) -> Vec<OrderKey> {
        self.state.allocated_since()
    }
}
