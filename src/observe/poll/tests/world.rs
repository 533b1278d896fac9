//! A ledger that says what a test tells it to, and a journal in a temporary folder.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, Response, Uri};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::clock;
use crate::config::{HttpPoll, Poll, PollFrom};
use crate::journal::{Journal, Opened, Options, Reader, Record, open};
use crate::observe::poll::http::poll_of;
use crate::observe::poll::{Pass, Poller, Watched};
use crate::order::{OrderKey, Pointer};
use crate::outcome::{AnswerRules, Attempt, Capture, Lane, Operation, Outcome, Reading, RowId, Scope, SendReason};

/// What a ledger answers.
#[derive(Clone, Debug)]
pub(super) enum Says {
    /// 200 with this body.
    Ok(String),
    /// A status, headers and a body.
    With(u16, Vec<(&'static str, String)>, String),
    /// Nothing, ever.
    Silence,
}

/// Answers a request for this target, with this query.
type Script = Box<dyn FnMut(&str, &HashMap<String, String>) -> Says + Send>;

#[derive(Clone)]
struct Shared {
    script: Arc<Mutex<Script>>,
    requests: Arc<Mutex<Vec<String>>>,
    headers: Arc<Mutex<Vec<HeaderMap>>>,
    bodies: Arc<Mutex<Vec<String>>>,
}

pub(super) struct World {
    _folder: TempDir,
    opened: Opened,
    shared: Shared,
    pub(super) watched: Watched,
}

pub(in crate::observe::poll) fn pointer(text: &str) -> Pointer {
    Pointer::parse(text).unwrap()
}

/// An answer with these documents and this `next`.
pub(super) fn page(items: &[String], next: Option<&str>) -> Says {
    let next = next.map_or_else(|| "null".to_owned(), |next| format!("\"{next}\""));
    Says::Ok(format!("{{\"items\":[{}],\"next\":{next}}}", items.join(",")))
}

/// A document that was committed `ago` seconds ago.
pub(super) fn document(reference: u32, key: &str, ago: i64) -> String {
    format!("{{\"id\":{reference},\"external_id\":\"{key}\",\"created_at\":\"{}\"}}", seconds_ago(ago))
}

/// A time in whole seconds.
pub(super) fn seconds_ago(ago: i64) -> Timestamp {
    Timestamp::from_second(clock::now().as_second() - ago).unwrap()
}

/// What a server whose clock is so many seconds ahead writes as `Date`.
pub(super) fn http_date(ahead: i64) -> String {
    let now = SystemTime::now() - Duration::from_secs(100_000);
    httpdate::fmt_http_date(now + Duration::from_secs((100_000 + ahead).unsigned_abs()))
}

/// A script over what is in a ledger now, all on one page.
pub(super) fn ledger(
    documents: &Arc<Mutex<Vec<String>>>,
) -> impl FnMut(&str, &HashMap<String, String>) -> Says + Send + use<> {
    let documents = Arc::clone(documents);
    move |_, _| page(&documents.lock().unwrap(), None)
}

impl World {
    /// A ledger at `/ledger` with this query, polled for the gated lane.
    pub(super) async fn new(
        query: &str,
        script: impl FnMut(&str, &HashMap<String, String>) -> Says + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/ledger{query}", listener.local_addr().unwrap());
        let shared = Shared {
            script: Arc::new(Mutex::new(Box::new(script))),
            requests: Arc::default(),
            headers: Arc::default(),
            bodies: Arc::default(),
        };
        let app = Router::new().fallback(answer).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        let opened = open(&folder.path().join("week3.db"), Options::default()).unwrap();
        let watched = Watched {
            lane: Lane::Gated,
            poll: poll(&url),
            horizon: Duration::from_secs(100),
            scope: Scope::default(),
            answer: AnswerRules::default(),
        };
        Self { _folder: folder, opened, shared, watched }
    }

    pub(super) fn journal(&self) -> Journal {
        self.opened.journal.clone()
    }

    /// How its HTTP API is read.
    pub(super) fn http(&mut self) -> &mut HttpPoll {
        match &mut self.watched.poll.from {
            PollFrom::Http(http) => http,
            PollFrom::Sql(_) => unreachable!("this world is an HTTP API"),
        }
    }

    pub(super) async fn poller(&self) -> Poller {
        Poller::open(self.watched.clone(), self.journal()).await.unwrap()
    }

    /// One pass of a poller that remembers by the journal alone.
    pub(super) async fn pass(&self) -> Pass {
        self.poller().await.pass().await.unwrap()
    }

    /// From now on the ledger says this.
    pub(super) fn says(&self, script: impl FnMut(&str, &HashMap<String, String>) -> Says + Send + 'static) {
        *self.shared.script.lock().unwrap() = Box::new(script);
    }

    /// The targets that were asked for since the last call.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.requests.lock().unwrap())
    }

    /// The headers of each request.
    pub(super) fn headers(&self) -> Vec<HeaderMap> {
        self.shared.headers.lock().unwrap().clone()
    }

    /// Method and body of each request since the last call.
    pub(super) fn bodies(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.bodies.lock().unwrap())
    }

    pub(super) fn reader(&self) -> Reader {
        Reader::open(self.opened.journal.path()).unwrap()
    }

    pub(super) fn readings(&self) -> Vec<Reading> {
        self.reader().readings(Lane::Gated).unwrap().into_iter().map(|(_, reading)| reading).collect()
    }

    /// The outcomes of an order, in the order of recording.
    pub(super) fn outcomes(&self, key: &str) -> Vec<Outcome> {
        self.reader().outcomes(key, Lane::Gated).unwrap().into_iter().map(|(_, outcome, _)| outcome).collect()
    }

    /// The kinds of the outcomes of an order.
    pub(super) fn kinds(&self, key: &str) -> Vec<&'static str> {
        self.outcomes(key).iter().map(|outcome| outcome.kind.as_str()).collect()
    }

    /// An order that was captured, and sent to the gated lane, `ago` seconds ago.
    pub(super) async fn sent(&self, key: &str, operation: Operation, ago: i64) -> RowId {
        self.captured(key, &[], operation, ago).await
    }

    /// As [`World::sent`], a `create` with other names of the order.
    pub(super) async fn sent_as(&self, key: &str, names: &[&str], ago: i64) -> RowId {
        self.captured(key, names, Operation::Create, ago).await
    }

    async fn captured(&self, key: &str, names: &[&str], operation: Operation, ago: i64) -> RowId {
        let at = seconds_ago(ago);
        let capture = Capture {
            uuid: uuid::Uuid::now_v7(),
            received_at: at,
            method: "POST".into(),
            target: "/orders".into(),
            route: "/orders".into(),
            operation,
            order_key: Some(OrderKey::new(key).unwrap()),
            also_known_as: names.iter().map(|name| OrderKey::new(name).unwrap()).collect(),
            event_id: None,
            delivery_id: None,
            excluded: None,
            skip: None,
            signature: None,
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            body_bytes: 0,
        };
        let rows = self.opened.journal.record(vec![Record::Capture(1, Arc::new(capture))]).await.unwrap();
        self.sent_again(rows[0].row, 1, ago).await;
        rows[0].row
    }

    /// Sends a capture to the gated lane.
    pub(super) async fn sent_again(&self, capture: RowId, number: u32, ago: i64) {
        let reason = if number == 1 { SendReason::First } else { SendReason::Resend };
        let attempt =
            Attempt { capture, lane: Lane::Gated, number, reason, at: seconds_ago(ago), idempotency_key: None };
        self.opened.journal.record(vec![Record::Attempt(attempt)]).await.unwrap();
    }
}

fn poll(url: &str) -> Poll {
    let http = HttpPoll { next: Some(pointer("/next")), ..poll_of(url) };
    Poll {
        from: PollFrom::Http(Box::new(http)),
        every: Duration::from_millis(1),
        whole_every: Duration::from_secs(3_600),
        order_key_strip: None,
        overlap: Duration::from_secs(20),
        lag: Duration::ZERO,
        answer_wait_max: Duration::from_secs(20),
        cancelled: None,
        allocated: None,
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
    body: String,
) -> Response<String> {
    shared.bodies.lock().unwrap().push(format!("{method} {body}"));
    shared.requests.lock().unwrap().push(uri.to_string());
    shared.headers.lock().unwrap().push(headers);
    let says = (shared.script.lock().unwrap())(uri.path(), &query);
    let (status, headers, body) = match says {
        Says::Ok(body) => (200, Vec::new(), body),
        Says::With(status, headers, body) => (status, headers, body),
        Says::Silence => std::future::pending().await,
    };
    let response = Response::builder().status(status);
    headers.into_iter().fold(response, |response, (name, value)| response.header(name, value)).body(body).unwrap()
}
