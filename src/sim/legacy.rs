//! The legacy integration: fire and forget. It verifies nothing, answers 200 `{"received":true}` at once,
//! queues what came, and tells its ERP in batches. What fails there is a log line; nobody tries again.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::erp::SalesOrder;
use super::http::{self, Received, Reply, Running, System, json, refusal};
use super::intake::{self, ErpClient};
use super::plan::{Fault, OrderNumber, Plan, PlannedFaults};
use super::shop::Topic;
use crate::order::OrderKey;

/// Orders that may wait for a batch: minutes of a flash sale. Beyond it the integration answers 503.
const QUEUE_MAX: usize = 200_000;

/// Orders of a batch that are told to the ERP at once, as ERPs limit it per account.
const ERP_CONCURRENCY: usize = 16;

/// How the legacy integration is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyPlan {
    /// What goes wrong.
    pub faults: Plan,
    /// From one batch to the next.
    pub batch_every: Duration,
}

impl Default for LegacyPlan {
    fn default() -> Self {
        Self { faults: Plan::none(), batch_every: Duration::from_millis(200) }
    }
}

/// A running legacy integration.
#[derive(Debug)]
pub struct Legacy {
    running: Running,
    batching: JoinHandle<()>,
    backlog: watch::Receiver<usize>,
}

#[derive(Debug)]
struct State {
    faults: PlannedFaults,
    queue: mpsc::Sender<Job>,
    backlog: watch::Sender<usize>,
    end: CancellationToken,
}

/// What waits for a batch.
#[derive(Debug)]
struct Job {
    topic: Option<Topic>,
    order: SalesOrder,
    fault: Option<Fault>,
    /// Not to be told before.
    not_before: Instant,
}

/// Starts a legacy integration in front of `erp` that ends with `end`; what waits for a batch then is dropped.
///
/// # Errors
/// When no port can be had.
pub async fn start(
    plan: &LegacyPlan,
    erp: SocketAddr,
    key_of: impl Fn(OrderNumber) -> OrderKey,
    end: CancellationToken,
) -> io::Result<Legacy> {
    let (queue, jobs) = mpsc::channel(QUEUE_MAX);
    let (backlog_out, backlog) = watch::channel(0);
    let faults = PlannedFaults::new(&plan.faults, key_of);
    let state = State { faults, queue, backlog: backlog_out.clone(), end: end.clone() };
    let running = http::serve(Arc::new(state), end.clone()).await?;
    let batches = Batches { erp: ErpClient::new(erp), jobs, waiting: Vec::new(), backlog: backlog_out };
    let batching = tokio::spawn(batches.run(plan.batch_every, end));
    Ok(Legacy { running, batching, backlog })
}

impl Legacy {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.running.addr
    }

    /// How many orders it has taken and not yet told its ERP.
    #[must_use]
    pub fn backlog(&self) -> usize {
        *self.backlog.borrow()
    }

    /// Waits until its ERP knows all that it has taken, or it has ended.
    pub async fn caught_up(&self) {
        // The sender is gone when it has ended.
        let mut backlog = self.backlog.clone();
        let _ended = backlog.wait_for(|backlog| *backlog == 0).await;
    }

    /// Waits until it has ended.
    pub async fn ended(self) {
        self.running.ended().await;
        let _ended = self.batching.await;
    }
}

impl System for State {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        let intake = match intake::read(&request) {
            Ok(intake) => intake,
            Err(error) => {
                tracing::debug!(%error, "legacy took what it can't read");
                return received();
            }
        };
        let fault = match intake.topic {
            Some(Topic::Create) => self.faults.strike(&intake.order.external_id),
            _ => None,
        };
        if fault == Some(Fault::Fail) {
            return refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "failed as planned");
        }
        let order = match fault {
            Some(Fault::Alter(alteration)) => alteration.of(intake.order),
            _ => intake.order,
        };
        let reply = self.enqueue(intake.topic, order, fault);
        if fault == Some(Fault::TimeOut) {
            self.end.cancelled().await;
        }
        reply
    }
}

impl State {
    fn enqueue(&self, topic: Option<Topic>, order: SalesOrder, fault: Option<Fault>) -> Reply {
        let delay = match fault {
            Some(Fault::Delay(delay)) => delay,
            _ => Duration::ZERO,
        };
        self.backlog.send_modify(|backlog| *backlog += 1);
        match self.queue.try_send(Job { topic, order, fault, not_before: Instant::now() + delay }) {
            Ok(()) => received(),
            Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {
                self.backlog.send_modify(|backlog| *backlog -= 1);
                refusal(StatusCode::SERVICE_UNAVAILABLE, "QUEUE_FULL", "come back later")
            }
        }
    }
}

fn received() -> Reply {
    json(StatusCode::OK, r#"{"received":true}"#)
}

/// The side that tells the ERP.
#[derive(Debug)]
struct Batches {
    erp: ErpClient,
    jobs: mpsc::Receiver<Job>,
    waiting: Vec<Job>,
    backlog: watch::Sender<usize>,
}

impl Batches {
    async fn run(mut self, every: Duration, end: CancellationToken) {
        let mut ticks = tokio::time::interval_at(Instant::now() + every, every.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = end.cancelled() => return,
                _ = ticks.tick() => {}
            }
            tokio::select! {
                () = end.cancelled() => return,
                () = self.batch() => {}
            }
        }
    }

    /// Tells the ERP all that is due. An order whose cancellation came in time is never told.
    async fn batch(&mut self) {
        while let Ok(job) = self.jobs.try_recv() {
            self.waiting.push(job);
        }
        let now = Instant::now();
        let mut due: Vec<Job> = self.waiting.extract_if(.., |job| job.not_before <= now).collect();
        let told = due.len();
        let cancelled = due.extract_if(.., |job| job.topic == Some(Topic::Cancel));
        let cancelled: HashSet<OrderKey> = cancelled.map(|job| job.order.external_id).collect();
        due.retain(|job| job.topic == Some(Topic::Create) && !cancelled.contains(&job.order.external_id));
        self.commit_all(due).await;
        for external_id in &cancelled {
            if let Err(error) = self.erp.cancel(external_id).await {
                tracing::debug!(%error, %external_id, "legacy could not cancel");
            }
        }
        self.backlog.send_modify(|backlog| *backlog -= told);
    }

    /// Dropped half-way, it leaves no task behind.
    async fn commit_all(&self, orders: Vec<Job>) {
        let mut telling = JoinSet::new();
        for job in orders {
            if telling.len() >= ERP_CONCURRENCY {
                let _told = telling.join_next().await;
            }
            let erp = self.erp.clone();
            telling.spawn(async move { commit(&erp, &job).await });
        }
        while telling.join_next().await.is_some() {}
    }
}

async fn commit(erp: &ErpClient, job: &Job) {
    let times = match job.fault {
        Some(Fault::Lose | Fault::Reject) => 0,
        Some(Fault::Double) => 2,
        Some(Fault::Fail | Fault::TimeOut | Fault::Delay(_) | Fault::Alter(_)) | None => 1,
    };
    for _ in 0..times {
        if let Err(error) = erp.commit(&job.order, Vec::new()).await {
            tracing::debug!(%error, key = %job.order.external_id, "legacy lost an order");
        }
    }
}
