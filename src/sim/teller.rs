//! Tells the sidecar what the simulated systems know, as CloudEvents at its admin port: allocations, flags, feeds.
//!
//! Facts are kept until they are taken, so that a sidecar which is down for a while misses none.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::http::{CALL_MAX, Caller};
use crate::order::OrderKey;
use crate::outcome::{Lane, OutcomeKind};

/// How often what is new is told.
const TELL_EVERY: Duration = Duration::from_millis(20);

/// Events in one request: the most that a sidecar takes unless told otherwise is more.
const BATCH_MAX: usize = 500;

/// Facts that wait at most: a few for each order of the largest world. Later ones are left out, and said so.
const WAITING_MAX: usize = 1 << 20;

/// A fact about an order on a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What became of it.
    pub kind: OutcomeKind,
    /// On which lane.
    pub lane: Lane,
    /// The order.
    pub order_key: OrderKey,
    /// When, by the clock of who tells.
    pub at: Timestamp,
    /// The ERP's document number, where one belongs to it.
    pub reference: Option<String>,
    /// Who tells: `erp`, `integration`, `marketplace`.
    pub teller: &'static str,
}

/// Tells facts. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Teller {
    outbox: Arc<Mutex<Outbox>>,
}

#[derive(Debug, Default)]
struct Outbox {
    /// Where the sidecar's admin port is; `None`: nobody listens, and facts wait.
    to: Option<SocketAddr>,
    /// Whether anybody ever will; otherwise nothing is kept.
    is_open: bool,
    waiting: VecDeque<Value>,
    /// What was told ever: a fact is told once, however often it comes about.
    known: HashSet<String>,
    told: u64,
    refused: u64,
}

impl Teller {
    /// Tells nobody: facts are dropped.
    #[must_use]
    pub fn nobody() -> Self {
        Self::default()
    }

    /// Tells whoever [`Teller::direct_to`] names, until `end`.
    #[must_use]
    pub fn start(end: CancellationToken) -> (Self, JoinHandle<()>) {
        let teller = Self::default();
        teller.outbox().is_open = true;
        let telling = tokio::spawn(teller.clone().run(end));
        (teller, telling)
    }

    /// Where to tell from now on; `None`: keep everything for later.
    pub fn direct_to(&self, admin: Option<SocketAddr>) {
        self.outbox().to = admin;
    }

    /// Tells a fact, soon.
    pub fn tell(&self, fact: &Fact) {
        let mut outbox = self.outbox();
        if !outbox.is_open {
            return;
        }
        if outbox.waiting.len() >= WAITING_MAX {
            tracing::error!("the simulated systems have more to tell than the sidecar takes; a fact is left out");
            return;
        }
        let id = format!("{}:{}:{}", fact.kind, fact.order_key, fact.reference.as_deref().unwrap_or_default());
        if outbox.known.insert(format!("{}:{id}", fact.lane)) {
            outbox.waiting.push_back(event(fact, &id));
        }
    }

    /// How many facts wait to be told.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.outbox().waiting.len()
    }

    /// How many facts the sidecar has taken.
    #[must_use]
    pub fn told(&self) -> u64 {
        self.outbox().told
    }

    /// How many facts the sidecar has refused for good.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.outbox().refused
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self, end: CancellationToken) {
        let caller = Caller::new();
        while end.run_until_cancelled(tokio::time::sleep(TELL_EVERY)).await.is_some() {
            while end.run_until_cancelled(self.tell_batch(&caller)).await == Some(true) {}
        }
    }

    /// Tells what has waited longest; says whether there is more to tell right now.
    async fn tell_batch(&self, caller: &Caller) -> bool {
        let (to, batch) = {
            let outbox = self.outbox();
            let Some(to) = outbox.to else { return false };
            (to, outbox.waiting.iter().take(BATCH_MAX).cloned().collect::<Vec<_>>())
        };
        let count = batch.len();
        let Ok(uri) = format!("http://{to}/v1/outcomes").parse() else { return false };
        if batch.is_empty() {
            return false;
        }
        let form = HeaderValue::from_static("application/cloudevents-batch+json");
        let body = Bytes::from(Value::Array(batch).to_string());
        match caller.post(uri, vec![(CONTENT_TYPE, form)], body, CALL_MAX).await {
            Ok(answer) if answer.status.is_success() => self.outbox().told += count as u64,
            Ok(answer) if answer.status.is_client_error() && answer.status != StatusCode::REQUEST_TIMEOUT => {
                self.outbox().refused += count as u64;
                tracing::error!(status = %answer.status, answer = %String::from_utf8_lossy(&answer.body), "the sidecar refuses facts of the simulated systems");
            }
            // It is down, or busy: told again.
            Ok(_) | Err(_) => return false,
        }
        let mut outbox = self.outbox();
        outbox.waiting.drain(..count);
        !outbox.waiting.is_empty()
    }
}

fn event(fact: &Fact, id: &str) -> Value {
    let Fact { kind, lane, order_key, at, reference, teller } = fact;
    let mut event = json!({
        "specversion": "1.0",
        "type": format!("paritee.order.{kind}"),
        "source": format!("sim/{lane}/{teller}"),
        "id": id,
        "lane": lane.as_str(),
        "subject": order_key.as_str(),
        "time": at.to_string(),
    });
    if let (Some(reference), Some(event)) = (reference, event.as_object_mut()) {
        event.insert("reference".to_owned(), Value::from(reference.as_str()));
    }
    event
}
