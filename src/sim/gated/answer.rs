//! What the gated integration answers, and when.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Method, StatusCode};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{GatedRetry, OnRepeat, Pattern, State};
use crate::clock;
use crate::order::OrderKey;
use crate::outcome::Lane;
use crate::sim::erp::{IDEMPOTENCY_KEY, SalesOrder};
use crate::sim::erp_client::{Committed, ErpError};
use crate::sim::http::{Received, Reply, System, json, refusal};
use crate::sim::intake::{self, Intake, Told};
use crate::sim::plan::Fault;
use crate::sim::shop::Topic;

/// Orders in hand at most; beyond it the integration answers 503. Minutes of a flash sale.
const IN_HAND_MAX: usize = 200_000;

impl System for State {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        if request.method != Method::POST {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "orders are posted here");
        }
        let intake = match intake::read(&request) {
            Ok(intake) => intake,
            Err(error) => return refusal(StatusCode::UNPROCESSABLE_ENTITY, "INVALID_ORDER", &error.to_string()),
        };
        let sent_key = request.headers.get(IDEMPOTENCY_KEY).cloned();
        let placed = (intake.topic == Some(Topic::Create)).then(|| intake.order.key().clone());
        // Cut, or dropped with this answer since the caller left: nobody hears it any more.
        let unheard = request.cut.child_token();
        let _left = unheard.clone().drop_guard();
        let handling = self.begin(&request.cut, |life| Arc::clone(&self).handle(intake, sent_key, unheard, life));
        let answered = match handling {
            Ok(handling) => handling.await.unwrap_or_else(|_| Some(Some(failure("it broke down")))).flatten(),
            Err(Unbegun::Full) => Some(refusal(StatusCode::SERVICE_UNAVAILABLE, "QUEUE_FULL", "come back later")),
            Err(Unbegun::Cut) => None,
        };
        let Some(reply) = answered else {
            // Not answered: the connection is cut, or hangs to the end.
            self.end.cancelled().await;
            return failure("the integration has ended");
        };
        if let Some(key) = placed.filter(|_| reply.status().is_success() && !request.cut.is_cancelled()) {
            self.truth.told(Lane::Gated, &key);
        }
        reply
    }
}

/// Why a request was not begun.
enum Unbegun {
    /// Too much is in hand.
    Full,
    /// Its connection was cut.
    Cut,
}

impl State {
    /// Handles a request in a task of its own: what was begun is brought to its end, whether or not the caller waits
    /// for it. Only a crash takes it.
    fn begin<F>(
        &self,
        cut: &CancellationToken,
        handle: impl FnOnce(CancellationToken) -> F,
    ) -> Result<JoinHandle<Option<F::Output>>, Unbegun>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let life = self.life();
        // Looked at under the lock that a crash takes: what comes over a connection is gone with it, or was cut.
        if cut.is_cancelled() {
            return Err(Unbegun::Cut);
        }
        if self.tasks.len() >= IN_HAND_MAX {
            return Err(Unbegun::Full);
        }
        Ok(self.in_task(life.clone(), handle(life.clone())))
    }

    pub(super) fn in_task<F>(&self, life: CancellationToken, work: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.tasks.spawn(async move { life.run_until_cancelled(work).await })
    }

    /// `None`: not to be answered.
    async fn handle(
        self: Arc<Self>,
        intake: Intake,
        key: Option<HeaderValue>,
        unheard: CancellationToken,
        life: CancellationToken,
    ) -> Option<Reply> {
        match intake.topic {
            Some(Topic::Create) => self.place(intake.order, key, unheard, life).await,
            Some(Topic::Cancel) => Some(self.cancel(intake.order.key()).await),
            _ => Some(json(StatusCode::OK, r#"{"status":"noted"}"#)),
        }
    }

    async fn place(
        self: Arc<Self>,
        told: Told,
        key: Option<HeaderValue>,
        unheard: CancellationToken,
        life: CancellationToken,
    ) -> Option<Reply> {
        let fault = self.faults.strike(told.key());
        if fault == Some(Fault::Crash) {
            self.crash();
            return None;
        }
        self.pause(self.plan().latency).await;
        let order = match self.orders.whole(told).await {
            Ok(order) => order,
            Err(error) => return Some(failure(&error.to_string())),
        };
        match (fault, self.plan().pattern) {
            (Some(Fault::Reject), _) => return Some(unknown_sku(&order)),
            (Some(Fault::Fail), _) => return Some(failure("failed as planned")),
            (Some(Fault::Delay(delay)), _) | (Some(Fault::Hold(delay)), Pattern::ErpGated) => self.pause(delay).await,
            _ => {}
        }
        let key = self.key(&order, key);
        let answer = match fault {
            Some(Fault::TimeOut) => None,
            Some(Fault::RejectYetCommit) => Some(unknown_sku(&order)),
            _ => return Some(self.committed(order, key, fault, unheard, life).await),
        };
        unheard.cancel();
        let _another = self.committed(order, key, fault, unheard, life).await;
        answer
    }

    async fn cancel(&self, order_key: &OrderKey) -> Reply {
        // Kept before the ERP is asked: what the background commits from then on, it cancels itself.
        self.cancelled.send_modify(|keys| _ = keys.insert(order_key.clone()));
        match self.erp.cancel(order_key).await {
            Ok(()) => json(StatusCode::OK, r#"{"status":"cancelled"}"#),
            Err(error) => self.unable(&error),
        }
    }

    /// Commits an order, or sees to it that it will be, and says so.
    async fn committed(
        self: Arc<Self>,
        order: SalesOrder,
        key: Option<HeaderValue>,
        fault: Option<Fault>,
        unheard: CancellationToken,
        life: CancellationToken,
    ) -> Reply {
        match self.plan().pattern {
            Pattern::ErpGated => match self.commit(&order, key.as_ref(), fault).await {
                Ok(committed) => self.confirmation(&committed),
                Err(error) => self.unable(&error),
            },
            Pattern::AckGated { sla } => {
                if !unheard.is_cancelled() {
                    // The customer believes in it before the ERP can have it.
                    self.truth.told(Lane::Gated, &order.external_id);
                }
                let _ingesting = self.in_task(life, Arc::clone(&self).ingest(order, key, fault, sla));
                json(StatusCode::ACCEPTED, r#"{"status":"accepted"}"#)
            }
        }
    }

    fn confirmation(&self, committed: &Committed) -> Reply {
        let id = &committed.id;
        if committed.again && self.plan().on_repeat == OnRepeat::Duplicate {
            return refusal(StatusCode::CONFLICT, "DUPLICATE_ORDER", "taken before");
        }
        let body = serde_json::json!({ "id": id, "status": "committed" });
        let mut reply = json(StatusCode::CREATED, body.to_string());
        if let Ok(location) = HeaderValue::try_from(format!("/orders/{id}")) {
            reply.headers_mut().insert(LOCATION, location);
        }
        reply
    }

    /// What is answered for an order that the ERP did not take.
    fn unable(&self, error: &ErpError) -> Reply {
        match error {
            ErpError::Refused(refused) if refused.status == StatusCode::UNPROCESSABLE_ENTITY => {
                refusal(StatusCode::UNPROCESSABLE_ENTITY, &refused.code, &refused.message)
            }
            ErpError::NotNow { .. } if self.plan().on_error != GatedRetry::GiveUp => {
                let mut reply = refusal(StatusCode::SERVICE_UNAVAILABLE, "ERP_BUSY", &error.to_string());
                reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
                reply
            }
            _ => failure(&error.to_string()),
        }
    }

    pub(super) async fn pause(&self, pause: Duration) {
        if !pause.is_zero() {
            tokio::time::sleep(clock::real(pause)).await;
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
