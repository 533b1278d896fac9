//! The ERP's answers over HTTP.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use axum::extract::Query;
use bytes::Bytes;
use hyper::header::{DATE, HOST, HeaderValue, RETRY_AFTER};
use hyper::{Method, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

use super::books::Entry;
use super::orders::{Channel, SalesLine, SalesOrder};
use super::plan::{Breakage, LimitAnswer};
use super::state::{Done, Manner, State};
use super::{IDEMPOTENCY_KEY, ROLL_BACK};
use crate::order::OrderKey;
use crate::sim::body::ReplyBody;
use crate::sim::http::{Received, Reply, System, json, refusal};

/// An order as it is posted.
#[derive(Deserialize)]
struct Posted {
    external_id: OrderKey,
    currency: String,
    total: String,
    lines: Vec<SalesLine>,
    #[serde(default)]
    channel: Channel,
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
    items: &'a [Entry],
    next: Option<String>,
}

/// A call's place within the account's limit, as long as it is worked on.
type Slot = Option<OwnedSemaphorePermit>;

impl System for State {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        let mut reply = self.handle(&request).await;
        let date = SystemTime::try_from(self.now()).map(httpdate::fmt_http_date);
        if let Some(date) = date.ok().and_then(|date| HeaderValue::try_from(date).ok()) {
            reply.headers_mut().insert(DATE, date);
        }
        reply
    }
}

impl State {
    async fn handle(self: &Arc<Self>, request: &Received) -> Reply {
        if self.switches().is_down {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "MAINTENANCE", "down for maintenance");
        }
        let path = request.uri.path();
        match (&request.method, path) {
            (&Method::GET, "/ledger") => self.ledger(request),
            (&Method::POST, path) => match self.slot() {
                Ok(slot) if path == "/orders" => self.take(request, slot).await,
                Ok(_slot) => self.strike_off(path),
                Err(answer) => too_many(answer),
            },
            _ => nothing_here(),
        }
    }

    /// A place within the limit; how a call is refused, where there is none.
    fn slot(&self) -> Result<Slot, LimitAnswer> {
        let Some((slots, answer)) = &self.slots else { return Ok(None) };
        Arc::clone(slots).try_acquire_owned().map(Some).map_err(|_full| {
            self.throttled.fetch_add(1, Ordering::Relaxed);
            *answer
        })
    }

    async fn take(self: &Arc<Self>, request: &Received, slot: Slot) -> Reply {
        let Posted { external_id, currency, total, lines, channel } = match serde_json::from_slice(&request.body) {
            Ok(posted) => posted,
            Err(error) => return refusal(StatusCode::UNPROCESSABLE_ENTITY, "INVALID_CONTENT", &error.to_string()),
        };
        let order = SalesOrder { external_id, currency, total, lines };
        let course = match self.faults.strike(&order.external_id) {
            Ok(course) => course,
            Err(refusal) => return refusal.reply(&order),
        };
        let manner = Manner {
            channel,
            is_rolled_back: request.headers.contains_key(ROLL_BACK),
            is_idempotent: request.headers.contains_key(IDEMPOTENCY_KEY),
            course,
        };
        // A task of its own: what was begun is brought to its end, whether or not the caller waits for it.
        let working = Arc::clone(self).work(order, manner);
        let working = self.tasks.spawn(async move {
            let done = working.await;
            drop(slot);
            done
        });
        let done = working.await;
        if course.is_unanswered {
            self.end.cancelled().await;
        }
        match done {
            Ok(Some(Done::Committed(document))) => shown(StatusCode::CREATED, &document),
            Ok(Some(Done::Again(document))) => shown(StatusCode::OK, &document),
            Ok(None) => refusal(StatusCode::SERVICE_UNAVAILABLE, "MAINTENANCE", "shutting down"),
            Err(_panic) => unexpected("the ERP broke down"),
        }
    }

    fn strike_off(&self, path: &str) -> Reply {
        let external_id = path.strip_prefix("/orders/").and_then(|rest| rest.strip_suffix("/cancel"));
        match external_id.map(OrderKey::new) {
            Some(Ok(external_id)) => {
                let cancelled = self.cancel(&external_id);
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
        let broken = self.switches().broken_page.and_then(|(broken, how)| (broken == page).then_some(how));
        if broken == Some(Breakage::Fails) {
            return unexpected("failed as planned");
        }
        let body = match self.page(&window, page, request.header(HOST.as_str()).unwrap_or_default()) {
            Ok(body) => Bytes::from(body),
            Err(error) => return unexpected(&error.to_string()),
        };
        match broken {
            Some(_) => json(StatusCode::OK, body).map(ReplyBody::into_cut),
            None => json(StatusCode::OK, body),
        }
    }

    /// A page as JSON. Its `next` repeats the window, so that following it reads what counting reads.
    fn page(&self, window: &Window, page: usize, host: &str) -> serde_json::Result<Vec<u8>> {
        let books = self.books();
        let (items, more) = books.page(window.since, page, self.page_size);
        let since = window.since.map(|since| format!("since={since}&")).unwrap_or_default();
        let next = more.then(|| format!("http://{host}/ledger?{since}page={}", page + 1));
        serde_json::to_vec(&Page { items, next })
    }
}

fn shown(status: StatusCode, document: &impl Serialize) -> Reply {
    match serde_json::to_vec(document) {
        Ok(body) => json(status, body),
        Err(error) => unexpected(&error.to_string()),
    }
}

fn too_many(answer: LimitAnswer) -> Reply {
    let message = "too many calls of this account are open";
    match answer {
        LimitAnswer::Coded => refusal(StatusCode::BAD_REQUEST, "CONCURRENCY_LIMIT_EXCEEDED", message),
        LimitAnswer::TooMany => {
            let mut reply = refusal(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", message);
            reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            reply
        }
    }
}

fn nothing_here() -> Reply {
    refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "the ERP has nothing at this address")
}

fn unexpected(why: &str) -> Reply {
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "UNEXPECTED", why)
}
