//! A small ERP: commits sales orders under its own document numbers and lets its ledger be read, page by page.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /orders` | 201 and the document; 200 and the first document when an `Idempotency-Key` comes with an order that is in the books |
//! | `POST /orders/{external id}/cancel` | 200 `{"cancelled":n}` |
//! | `GET /ledger?since=RFC3339&page=N` | 200 `{"items":[…],"next":null or a URL}` |
//!
//! It trusts its callers: what is sent twice without an `Idempotency-Key` is committed twice.

mod books;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use axum::extract::Query;
use bytes::Bytes;
use hyper::header::{DATE, HOST, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use self::books::Books;
pub use self::books::{Document, DocumentStatus, SalesLine, SalesOrder};
use super::body::ReplyBody;
use super::http::{self, Received, Reply, Running, System, json, refusal};
use crate::clock;
use crate::order::OrderKey;

/// Asks the ERP to draw a number, to answer as if it had committed, and to keep nothing: the commit that
/// is rolled back after the answer.
pub(super) const ROLL_BACK: HeaderName = HeaderName::from_static("x-sim-roll-back");

/// Says that the same order may come again and must be committed once.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How an ERP is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErpPlan {
    /// The first document number.
    pub first_number: u64,
    /// Documents on a page of the ledger, at least 1.
    pub page_size: usize,
    /// How far its clock is ahead of this machine's.
    pub clock_offset: SignedDuration,
    /// How long a commit takes.
    pub commit_latency: Duration,
    /// A page of the ledger that breaks, until [`Erp::mend_ledger`].
    pub broken_page: Option<(usize, Breakage)>,
}

impl Default for ErpPlan {
    fn default() -> Self {
        Self {
            first_number: 1,
            page_size: 100,
            clock_offset: SignedDuration::ZERO,
            commit_latency: Duration::from_millis(2),
            broken_page: None,
        }
    }
}

/// How a page of the ledger breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakage {
    /// It is answered 500.
    Fails,
    /// Its body ends half-way, and the connection with it.
    Cut,
}

/// A running ERP.
#[derive(Debug)]
pub struct Erp {
    /// Where it listens.
    pub running: Running,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    page_size: usize,
    clock_offset: SignedDuration,
    commit_latency: Duration,
    books: Mutex<Books>,
    broken_page: Mutex<Option<(usize, Breakage)>>,
}

/// The query of the ledger.
#[derive(Debug, Deserialize)]
struct Window {
    since: Option<Timestamp>,
    page: Option<usize>,
}

/// A page of the ledger.
#[derive(Debug, Serialize)]
struct Page<'a> {
    items: &'a [Document],
    next: Option<String>,
}

/// Starts an ERP that ends with `end`.
///
/// # Errors
/// When no port can be had.
pub async fn start(plan: &ErpPlan, end: CancellationToken) -> io::Result<Erp> {
    let state = Arc::new(State {
        page_size: plan.page_size.max(1),
        clock_offset: plan.clock_offset,
        commit_latency: plan.commit_latency,
        books: Mutex::new(Books::new(plan.first_number)),
        broken_page: Mutex::new(plan.broken_page),
    });
    let running = http::serve(Arc::clone(&state), end).await?;
    Ok(Erp { running, state })
}

impl Erp {
    /// All documents, in the order of their commits.
    #[must_use]
    pub fn documents(&self) -> Vec<Document> {
        self.state.books().documents().to_vec()
    }

    /// Commits an order that no integration sent, such as one taken by phone.
    pub fn commit(&self, order: SalesOrder) -> Document {
        let now = self.state.now();
        self.state.books().commit(order, now)
    }

    /// Removes a document, as if it had never been; says whether there was one.
    pub fn erase(&self, id: &str) -> bool {
        self.state.books().erase(id)
    }

    /// Lets a page of the ledger break from now on.
    pub fn break_ledger(&self, page: usize, breakage: Breakage) {
        *self.state.broken_page() = Some((page, breakage));
    }

    /// Lets every page of the ledger be read again.
    pub fn mend_ledger(&self) {
        *self.state.broken_page() = None;
    }
}

impl System for State {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        let path = request.uri.path().to_owned();
        let mut reply = match (&request.method, path.as_str()) {
            (&Method::GET, "/ledger") => self.ledger(&request),
            (&Method::POST, "/orders") => self.take(&request).await,
            (&Method::POST, path) => self.cancel(path),
            _ => nothing_here(),
        };
        let date = SystemTime::try_from(self.now()).map(httpdate::fmt_http_date);
        if let Some(date) = date.ok().and_then(|date| HeaderValue::try_from(date).ok()) {
            reply.headers_mut().insert(DATE, date);
        }
        reply
    }
}

impl State {
    fn now(&self) -> Timestamp {
        clock::now().saturating_add(self.clock_offset).unwrap_or(Timestamp::MAX)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn broken_page(&self) -> MutexGuard<'_, Option<(usize, Breakage)>> {
        self.broken_page.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(&self, request: &Received) -> Reply {
        let order: SalesOrder = match serde_json::from_slice(&request.body) {
            Ok(order) => order,
            Err(error) => return refusal(StatusCode::UNPROCESSABLE_ENTITY, "INVALID_CONTENT", &error.to_string()),
        };
        tokio::time::sleep(self.commit_latency).await;
        let (status, document) = self.commit(order, request);
        match serde_json::to_vec(&document) {
            Ok(body) => json(status, body),
            Err(error) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "UNEXPECTED", &error.to_string()),
        }
    }

    fn commit(&self, order: SalesOrder, request: &Received) -> (StatusCode, Document) {
        let mut books = self.books();
        // Read under the lock, so that the books are in the order of their times.
        let now = self.now();
        if request.headers.contains_key(ROLL_BACK) {
            return (StatusCode::CREATED, books.draw(order, now));
        }
        if request.headers.contains_key(IDEMPOTENCY_KEY)
            && let Some(document) = books.find(&order.external_id)
        {
            return (StatusCode::OK, document.clone());
        }
        (StatusCode::CREATED, books.commit(order, now))
    }

    fn cancel(&self, path: &str) -> Reply {
        let external_id = path.strip_prefix("/orders/").and_then(|rest| rest.strip_suffix("/cancel"));
        match external_id.map(OrderKey::new) {
            Some(Ok(external_id)) => {
                let cancelled = self.books().cancel(&external_id);
                json(StatusCode::OK, format!(r#"{{"cancelled":{cancelled}}}"#))
            }
            _ => nothing_here(),
        }
    }

    fn ledger(&self, request: &Received) -> Reply {
        let window = match Query::<Window>::try_from_uri(&request.uri) {
            Ok(Query(window)) => window,
            Err(error) => return refusal(StatusCode::BAD_REQUEST, "INVALID_QUERY", &error.body_text()),
        };
        let page = window.page.unwrap_or(1);
        let broken = self.broken_page().and_then(|(broken, how)| (broken == page).then_some(how));
        if broken == Some(Breakage::Fails) {
            return refusal(StatusCode::INTERNAL_SERVER_ERROR, "UNEXPECTED", "failed as planned");
        }
        let body = match self.page(&window, page, request.header(HOST.as_str()).unwrap_or_default()) {
            Ok(body) => Bytes::from(body),
            Err(error) => return refusal(StatusCode::INTERNAL_SERVER_ERROR, "UNEXPECTED", &error.to_string()),
        };
        match broken {
            Some(_) => json(StatusCode::OK, body).map(ReplyBody::into_cut),
            None => json(StatusCode::OK, body),
        }
    }

    /// A page as JSON. Its `next` repeats the window, so that following it reads what counting reads.
    fn page(&self, window: &Window, page: usize, host: &str) -> serde_json::Result<Vec<u8>> {
        let books = self.books();
        let (documents, more) = books.page(window.since, page, self.page_size);
        let since = window.since.map(|since| format!("since={since}&")).unwrap_or_default();
        let next = more.then(|| format!("http://{host}/ledger?{since}page={}", page + 1));
        serde_json::to_vec(&Page { items: documents, next })
    }
}

fn nothing_here() -> Reply {
    refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "the ERP has nothing at this address")
}
