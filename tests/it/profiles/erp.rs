//! What the played ERPs have in common: a ledger, a script of what happens to which send, a port. Each vendor's shapes
//! are its own file's.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// Longest body that is read.
const BODY_BYTES_MAX: usize = 1 << 20;

/// What happens to one send of an order. Where the script has no more, the order is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Commit,
    /// Taken as a job, and committed.
    Job,
    /// Committed, and answered as the order was before.
    Repeat,
    /// Committed, and the answer is a time-out of the vendor's own gateway.
    CommitUnanswered,
    Refuse(Refusal),
}

/// Why an order is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    UnknownItem,
    NoCustomer,
    TaxSetup,
    Duplicate,
    Locked,
    Throttled,
    /// Throttled, in the vendor's other way.
    ThrottledToo,
}

/// A sales order in the ledger.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) number: u64,
    /// The order's name, as this ledger stores it; `None`: it came by phone.
    pub(super) order: Option<String>,
    pub(super) changed_at: Timestamp,
    pub(super) cancelled: bool,
}

/// A request, whole.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// A vendor's way to speak.
pub(super) trait Vendor: Send + Sync + 'static {
    fn answer(&self, books: &Books, asked: &Asked) -> Response;
}

/// The ledger, and what is to happen.
#[derive(Debug)]
pub(super) struct Books {
    script: HashMap<String, Vec<Turn>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    documents: Vec<Document>,
    /// Sends of each order.
    sends: HashMap<String, usize>,
    /// Tokens that were given, and how many requests the last of them was good for.
    tokens: usize,
    uses: usize,
    /// How often each thing happened that a test asks for.
    happened: HashMap<&'static str, usize>,
}

/// An ERP that listens.
pub(super) struct Erp {
    pub(super) books: Arc<Books>,
    pub(super) addr: SocketAddr,
    task: AbortHandle,
}

impl Erp {
    /// Listens as `vendor`; `script` says what happens to the sends of an order, one after the other.
    pub(super) async fn start(vendor: impl Vendor, script: &[(&str, &[Turn])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let script = script.iter().map(|(order, turns)| ((*order).to_owned(), turns.to_vec())).collect();
        let books = Arc::new(Books { script, state: Mutex::default() });
        let (vendor, open) = (Arc::new(vendor), Arc::clone(&books));
        let app = Router::new().fallback(move |request: Request| {
            let (vendor, books) = (Arc::clone(&vendor), Arc::clone(&open));
            async move { vendor.answer(&books, &whole(request).await) }
        });
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { books, addr, task: task.abort_handle() }
    }
}

impl Drop for Erp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Books {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What happens to this send of an order.
    pub(super) fn turn(&self, order: &str) -> Turn {
        let mut state = self.state();
        let sends = state.sends.entry(order.to_owned()).or_default();
        *sends += 1;
        let turns = self.script.get(order);
        turns.and_then(|turns| turns.get(*sends - 1)).copied().unwrap_or(Turn::Commit)
    }

    /// How often an order was sent.
    pub(super) fn sends(&self, order: &str) -> usize {
        self.state().sends.get(order).copied().unwrap_or(0)
    }

    pub(super) fn commit(&self, order: Option<String>) -> Document {
        self.add(order, false)
    }

    /// A sales order that was cancelled before anybody looked.
    pub(super) fn commit_cancelled(&self, order: Option<String>) -> Document {
        self.add(order, true)
    }

    fn add(&self, order: Option<String>, cancelled: bool) -> Document {
        let mut state = self.state();
        let number = 4001 + state.documents.len() as u64;
        let document = Document { number, order, changed_at: paritee::clock::now(), cancelled };
        state.documents.push(document.clone());
        document
    }

    /// The document of an order that is there already.
    pub(super) fn of(&self, order: &str) -> Option<Document> {
        self.state().documents.iter().find(|document| document.order.as_deref() == Some(order)).cloned()
    }

    pub(super) fn delete(&self, number: u64) {
        self.state().documents.retain(|document| document.number != number);
    }

    /// Documents that were changed since, by number.
    pub(super) fn changed_since(&self, since: Timestamp) -> Vec<Document> {
        self.state().documents.iter().filter(|document| document.changed_at >= since).cloned().collect()
    }

    /// Counts that something happened; how often it now has.
    pub(super) fn count(&self, what: &'static str) -> usize {
        let mut state = self.state();
        let count = state.happened.entry(what).or_default();
        *count += 1;
        *count
    }

    pub(super) fn counted(&self, what: &'static str) -> usize {
        self.state().happened.get(what).copied().unwrap_or(0)
    }

    /// Gives a new token, in whose place no earlier one is good.
    pub(super) fn new_token(&self) -> String {
        let mut state = self.state();
        state.tokens += 1;
        state.uses = 0;
        format!("t0ken-{}", state.tokens)
    }

    /// Whether a request has the last token. The first token is withdrawn after a few requests, long before its time.
    pub(super) fn lets_in(&self, asked: &Asked) -> bool {
        let mut state = self.state();
        let has_it = asked.header("authorization") == Some(&format!("Bearer t0ken-{}", state.tokens));
        state.uses += usize::from(has_it);
        has_it && (state.tokens > 1 || state.uses <= 3)
    }
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A parameter of the query, decoded.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        form(self.uri.query().unwrap_or_default()).remove(name)
    }

    /// The body as a form.
    pub(super) fn form(&self) -> HashMap<String, String> {
        form(&self.body)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.body))
    }
}

async fn whole(request: Request) -> Asked {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Asked { method: head.method, uri: head.uri, headers: head.headers, body }
}

fn form(text: &str) -> HashMap<String, String> {
    let uri = format!("/?{text}").parse().unwrap();
    axum::extract::Query::try_from_uri(&uri).unwrap().0
}

/// An answer with JSON, or with nothing.
pub(super) fn reply(status: u16, headers: &[(&str, &str)], body: Option<Value>) -> Response {
    let mut reply = Response::builder().status(StatusCode::from_u16(status).unwrap());
    for (name, value) in headers {
        reply = reply.header(*name, *value);
    }
    match body {
        Some(body) => reply.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap(),
        None => reply.body(Body::empty()).unwrap(),
    }
}

/// A time out of a filter.
pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{error} in {text}"))
}
