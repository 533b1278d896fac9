//! The legacy integration: fire and forget. It verifies nothing, answers 200 `{"received":true}` at once,
//! queues in memory what came, and tells its ERP in batches. What fails there is a log line that nobody reads, or it
//! is told again as if it were the first time: the two ways in which such integrations go wrong.

mod batches;
mod queue;

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::batches::Batches;
use self::queue::{Job, Queue, Unqueued};
use super::door::Door;
use super::erp_client::ErpClient;
use super::http::{self, Received, Reply, Running, System, json, refusal};
use super::intake::{self, Intake, Orders};
use super::plan::{Fault, OrderNumber, Plan, PlannedFaults};
use super::shop::Topic;
use super::{Surroundings, Truth};
use crate::clock;
use crate::order::OrderKey;
use crate::outcome::Lane;

/// How the legacy integration is set up. All times are the world's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyPlan {
    /// What goes wrong.
    pub faults: Plan,
    /// From one batch to the next.
    pub batch_every: Duration,
    /// Orders of a batch that are told to the ERP at once, as ERPs limit it per account.
    pub concurrency: NonZeroUsize,
    /// What happens to an order that the ERP does not take.
    pub on_error: OnError,
    /// How long the ERP is waited for.
    pub erp_wait_max: Duration,
}

impl Default for LegacyPlan {
    fn default() -> Self {
        Self {
            faults: Plan::none(),
            batch_every: Duration::from_millis(200),
            concurrency: NonZeroUsize::MIN.saturating_add(15),
            on_error: OnError::Drop,
            erp_wait_max: Duration::from_secs(30),
        }
    }
}

/// What happens to an order that the ERP does not take, or does not answer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// A log line; the order is lost.
    Drop,
    /// The ERP is told again, as if it were the first time: what it had committed all the same is doubled.
    RetryBlindly {
        /// How often at most.
        times: u32,
        /// How long after the failure; later when a batch is on its way just then.
        after: Duration,
    },
}

/// A running legacy integration.
#[derive(Debug)]
pub struct Legacy {
    running: Running,
    batching: JoinHandle<()>,
    state: Arc<State>,
    backlog: watch::Receiver<usize>,
}

#[derive(Debug)]
struct State {
    faults: PlannedFaults,
    queue: Arc<Queue>,
    door: Door,
    truth: Truth,
    end: CancellationToken,
}

/// Starts a legacy integration that ends with `end`; what waits for a batch then is dropped.
///
/// # Errors
/// When no port can be had.
pub async fn start(
    plan: &LegacyPlan,
    around: Surroundings,
    key_of: impl Fn(OrderNumber) -> OrderKey,
    end: CancellationToken,
) -> io::Result<Legacy> {
    let erp = ErpClient::new(around.erp, plan.erp_wait_max).map_err(io::Error::other)?;
    let (queue, backlog) = Queue::new();
    let queue = Arc::new(queue);
    let door = Door::default();
    let faults = PlannedFaults::new(&plan.faults, key_of);
    let truth = around.truth.clone();
    let state = State { faults, queue: Arc::clone(&queue), door: door.clone(), truth, end: end.clone() };
    let state = Arc::new(state);
    let running = http::serve_behind(door, Arc::clone(&state), end.clone()).await?;
    let batches = Batches::new(plan, erp, Orders::at(around.storefront), queue, around.truth);
    let batching = tokio::spawn(batches.run(end));
    Ok(Legacy { running, batching, state, backlog })
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
        let mut backlog = self.backlog.clone();
        let idle = backlog.wait_for(|backlog| *backlog == 0);
        let _ended = self.state.end.run_until_cancelled(idle).await;
    }

    /// Down, it cuts every connection without an answer. What it has taken it still tells its ERP.
    pub fn set_down(&self, is_down: bool) {
        self.state.door.set_shut(is_down);
    }

    /// Loses what waits, cuts all connections, and is up again at once.
    pub fn crash(&self) {
        self.state.crash();
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
            Some(Topic::Create) => self.faults.strike(intake.order.key()),
            _ => None,
        };
        match fault {
            Some(Fault::Fail) => {
                return refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "failed as planned");
            }
            Some(Fault::Crash) => self.crash(),
            _ => {}
        }
        let reply = self.enqueue(intake, fault, &request.cut);
        match (reply, fault) {
            // Nobody is answered: the connection is cut, or hangs to the end.
            (None, _) | (_, Some(Fault::TimeOut)) => {
                self.end.cancelled().await;
                received()
            }
            (Some(_), Some(Fault::RejectYetCommit)) => {
                refusal(StatusCode::UNPROCESSABLE_ENTITY, "UNKNOWN_SKU", "an article is not in the item master")
            }
            (Some(reply), _) => reply,
        }
    }
}

impl State {
    /// Takes the request; `None` when its connection was cut.
    fn enqueue(&self, Intake { topic, order }: Intake, fault: Option<Fault>, cut: &CancellationToken) -> Option<Reply> {
        let delay = match fault {
            Some(Fault::Delay(delay) | Fault::Hold(delay)) => clock::real(delay),
            _ => Duration::ZERO,
        };
        let is_yes = topic == Some(Topic::Create) && !matches!(fault, Some(Fault::TimeOut | Fault::RejectYetCommit));
        let told = is_yes.then(|| order.key().clone());
        let job = Job { topic, order, fault, not_before: Instant::now() + delay, tries: 0 };
        // The customer believes in it before the ERP can have it.
        let taken = self.queue.push(job, cut, || {
            if let Some(key) = &told {
                self.truth.told(Lane::Legacy, key);
            }
        });
        match taken {
            Ok(()) => Some(received()),
            Err(Unqueued::Full) => Some(refusal(StatusCode::SERVICE_UNAVAILABLE, "QUEUE_FULL", "come back later")),
            Err(Unqueued::Cut) => None,
        }
    }

    fn crash(&self) {
        let lost = self.queue.lose(|| self.door.cut());
        tracing::debug!(lost, "legacy crashed");
    }
}

fn received() -> Reply {
    json(StatusCode::OK, r#"{"received":true}"#)
}
