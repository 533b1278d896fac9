//! The gated integration (pattern 1): nothing is confirmed before the ERP has committed the order.
//!
//! `POST` anywhere with an order answers 201 with `Location` and `{"id":…,"status":"committed"}` once the ERP
//! has a document, 422 for what it refuses, 500 where the ERP could not be reached.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue, LOCATION};
use hyper::{Method, StatusCode};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::erp::{IDEMPOTENCY_KEY, ROLL_BACK, SalesOrder};
use super::http::{self, Received, Reply, Running, System, json, refusal};
use super::intake::{self, Committed, ErpClient, ErpError, Intake};
use super::plan::{Fault, OrderNumber, Plan, PlannedFaults};
use super::shop::Topic;
use crate::order::OrderKey;

/// How the gated integration is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatedPlan {
    /// What goes wrong.
    pub faults: Plan,
    /// What happens to an order that comes again with the same `Idempotency-Key`.
    pub on_repeat: OnRepeat,
    /// How long every answer is held back, on top of the ERP's own time.
    pub latency: Duration,
}

impl Default for GatedPlan {
    fn default() -> Self {
        Self { faults: Plan::none(), on_repeat: OnRepeat::SameAnswer, latency: Duration::ZERO }
    }
}

/// What happens to an order that comes again with the same `Idempotency-Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRepeat {
    /// It is answered as the first time, and not committed again.
    SameAnswer,
    /// It is refused as a duplicate, 409, and not committed again.
    Duplicate,
    /// The key is not looked at: it is committed again.
    CommitAgain,
}

/// A running gated integration.
#[derive(Debug)]
pub struct Gated {
    running: Running,
    tasks: TaskTracker,
}

#[derive(Debug)]
struct State {
    erp: ErpClient,
    faults: PlannedFaults,
    on_repeat: OnRepeat,
    latency: Duration,
    tasks: TaskTracker,
    end: CancellationToken,
}

/// Starts a gated integration in front of `erp` that ends with `end`.
///
/// # Errors
/// When no port can be had.
pub async fn start(
    plan: &GatedPlan,
    erp: SocketAddr,
    key_of: impl Fn(OrderNumber) -> OrderKey,
    end: CancellationToken,
) -> io::Result<Gated> {
    let tasks = TaskTracker::new();
    let state = State {
        erp: ErpClient::new(erp),
        faults: PlannedFaults::new(&plan.faults, key_of),
        on_repeat: plan.on_repeat,
        latency: plan.latency,
        tasks: tasks.clone(),
        end: end.clone(),
    };
    let running = http::serve(Arc::new(state), end).await?;
    Ok(Gated { running, tasks })
}

impl Gated {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.running.addr
    }

    /// How many orders it has in hand.
    #[must_use]
    pub fn in_hand(&self) -> usize {
        self.tasks.len()
    }

    /// Waits until it has ended, and with it every order that it had in hand.
    pub async fn ended(self) {
        self.running.ended().await;
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl System for State {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        if request.method != Method::POST {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "orders are posted here");
        }
        let intake = match intake::read(&request) {
            Ok(intake) => intake,
            Err(error) => return refusal(StatusCode::UNPROCESSABLE_ENTITY, "INVALID_ORDER", &error.to_string()),
        };
        let key = request.headers.get(IDEMPOTENCY_KEY).cloned();
        // A task of its own: what was begun is brought to its end, whether or not the caller waits for it.
        let working = self.tasks.spawn(Arc::clone(&self).handle(intake, key));
        working.await.unwrap_or_else(|_| failure("the integration broke down"))
    }
}

impl State {
    async fn handle(self: Arc<Self>, intake: Intake, key: Option<HeaderValue>) -> Reply {
        match intake.topic {
            Some(Topic::Create) => self.place(intake.order, key).await,
            Some(Topic::Cancel) => match self.erp.cancel(&intake.order.external_id).await {
                Ok(()) => json(StatusCode::OK, r#"{"status":"cancelled"}"#),
                Err(error) => failure(&error.to_string()),
            },
            Some(Topic::Update | Topic::Paid) | None => json(StatusCode::OK, r#"{"status":"noted"}"#),
        }
    }

    async fn place(&self, order: SalesOrder, key: Option<HeaderValue>) -> Reply {
        self.pause(self.latency).await;
        let committed = match self.faults.strike(&order.external_id) {
            None => self.commit(&order, key).await,
            Some(Fault::Lose) => self.erp.commit(&order, vec![(ROLL_BACK, HeaderValue::from_static("1"))]).await,
            Some(Fault::Double) => self.commit_twice(&order).await,
            Some(Fault::Alter(alteration)) => self.commit(&alteration.of(order), key).await,
            Some(Fault::Reject) => return unknown_sku(&order),
            Some(Fault::Fail) => return failure("failed as planned"),
            Some(Fault::TimeOut) => {
                let committed = self.commit(&order, key).await;
                self.end.cancelled().await;
                committed
            }
            Some(Fault::Delay(delay)) => {
                self.pause(delay).await;
                self.commit(&order, key).await
            }
        };
        match committed {
            Ok(committed) => self.confirmation(&committed),
            Err(error) => failure(&error.to_string()),
        }
    }

    async fn commit(&self, order: &SalesOrder, key: Option<HeaderValue>) -> Result<Committed, ErpError> {
        let key = key.filter(|_| self.on_repeat != OnRepeat::CommitAgain);
        let headers: Vec<(HeaderName, HeaderValue)> = key.map(|key| (IDEMPOTENCY_KEY, key)).into_iter().collect();
        self.erp.commit(order, headers).await
    }

    /// A retry that knows nothing of the first try; the answer names the second document.
    async fn commit_twice(&self, order: &SalesOrder) -> Result<Committed, ErpError> {
        self.erp.commit(order, Vec::new()).await?;
        self.erp.commit(order, Vec::new()).await
    }

    fn confirmation(&self, committed: &Committed) -> Reply {
        let id = &committed.id;
        if committed.again && self.on_repeat == OnRepeat::Duplicate {
            let body = serde_json::json!({ "error": { "code": "DUPLICATE_ORDER", "message": "taken before" } });
            return json(StatusCode::CONFLICT, body.to_string());
        }
        let body = serde_json::json!({ "id": id, "status": "committed" });
        let mut reply = json(StatusCode::CREATED, body.to_string());
        if let Ok(location) = HeaderValue::try_from(format!("/orders/{id}")) {
            reply.headers_mut().insert(LOCATION, location);
        }
        reply
    }

    async fn pause(&self, pause: Duration) {
        if !pause.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.end.cancelled() => {}
            }
        }
    }
}

fn unknown_sku(order: &SalesOrder) -> Reply {
    let sku = order.lines.first().and_then(|line| line.sku.as_deref()).unwrap_or_default();
    refusal(StatusCode::UNPROCESSABLE_ENTITY, "UNKNOWN_SKU", &format!("SKU {sku} is not in the item master"))
}

fn failure(why: &str) -> Reply {
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", why)
}
