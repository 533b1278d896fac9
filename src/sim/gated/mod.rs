//! The gated integration: nothing is confirmed that nobody answers for.
//!
//! Pattern 1 answers 201 with `Location` and `{"id":…,"status":"committed"}` once the ERP has a document, 422 for what
//! the ERP refuses, 503 while it is busy, and 500 where it could not be reached. Pattern 2 answers 202
//! `{"status":"accepted"}` at once, commits in the background, and flags what is not committed in time.

mod answer;
mod commit;
mod ingest;

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Surroundings;
use super::door::Door;
use super::erp_client::ErpClient;
use super::http::{self, Running};
use super::intake::Orders;
use super::plan::{OrderNumber, Plan, PlannedFaults};
use super::{Teller, Truth};
use crate::order::OrderKey;

/// How the gated integration is set up. All times are the world's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatedPlan {
    /// What goes wrong.
    pub faults: Plan,
    /// When it answers.
    pub pattern: Pattern,
    /// What happens to an order that comes again with the same `Idempotency-Key`.
    pub on_repeat: OnRepeat,
    /// What happens to an order that the ERP does not take now, or does not answer for.
    pub on_error: GatedRetry,
    /// How long the ERP is waited for.
    pub erp_wait_max: Duration,
    /// How long every answer is held back, on top of the ERP's own time.
    pub latency: Duration,
    /// Whether it flags what it acknowledged and did not commit in time; `false` is a bug.
    pub flags: bool,
}

impl Default for GatedPlan {
    fn default() -> Self {
        Self {
            faults: Plan::none(),
            pattern: Pattern::ErpGated,
            on_repeat: OnRepeat::SameAnswer,
            on_error: GatedRetry::GiveUp,
            erp_wait_max: Duration::from_secs(30),
            latency: Duration::ZERO,
            flags: true,
        }
    }
}

/// When a gated integration says yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Once the ERP has committed the order.
    ErpGated,
    /// At once; the order is committed within `sla`, or flagged.
    AckGated {
        /// How soon.
        sla: Duration,
    },
}

/// What happens to an order that comes again with the same `Idempotency-Key`, or without any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRepeat {
    /// It is answered as the first time, and not committed again.
    SameAnswer,
    /// It is refused as a duplicate, 409, and not committed again. Pattern 2 answers before it can know, as the
    /// first time.
    Duplicate,
    /// No key is looked at, nor told to the ERP: it is committed again.
    CommitAgain,
}

/// What happens to an order that the ERP does not take now, or does not answer for. Pattern 2 tries until it
/// succeeds, whatever `times` says; where it is to give up, it waits as long as it thinks right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatedRetry {
    /// It is answered 500.
    GiveUp,
    /// The ERP is asked again under the same key, so that it commits once.
    WithKey {
        /// How often at most.
        times: u32,
        /// How long after the failure; longer when the ERP says so.
        after: Duration,
    },
    /// The ERP is asked again without a key: what it had committed all the same is doubled. A bug.
    Blindly {
        /// How often at most.
        times: u32,
        /// How long after the failure; longer when the ERP says so.
        after: Duration,
    },
}

/// A running gated integration.
#[derive(Debug)]
pub struct Gated {
    running: Running,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    /// The build that runs; another may be deployed.
    plan: RwLock<Arc<GatedPlan>>,
    erp: ErpClient,
    /// Into which it leaks.
    production: Option<ErpClient>,
    orders: Orders,
    faults: PlannedFaults,
    teller: Teller,
    truth: Truth,
    door: Door,
    /// Cancelled by a crash, and by the end: with it goes every order in hand.
    life: Mutex<CancellationToken>,
    /// What is in hand. Closed from the start, so that one can wait for a moment without any; tasks come all the same.
    tasks: TaskTracker,
    /// Orders that were flagged: no more than the world has. Sent again, an order is not another one.
    flagged: Mutex<HashSet<OrderKey>>,
    /// Orders that were cancelled, for those who commit in the background: no more than the world has. A crash forgets
    /// them.
    cancelled: watch::Sender<HashSet<OrderKey>>,
    /// Orders that are committed in the background at once.
    desks: Semaphore,
    /// No order is tried in the background before.
    lull: Mutex<Option<Instant>>,
    end: CancellationToken,
}

/// Starts a gated integration that ends with `end`.
///
/// # Errors
/// When no port can be had.
pub async fn start(
    plan: &GatedPlan,
    around: Surroundings,
    key_of: impl Fn(OrderNumber) -> OrderKey,
    end: CancellationToken,
) -> io::Result<Gated> {
    let client = |erp| ErpClient::new(erp, plan.erp_wait_max).map_err(io::Error::other);
    let tasks = TaskTracker::new();
    tasks.close();
    let door = Door::default();
    let state = Arc::new(State {
        plan: RwLock::new(Arc::new(plan.clone())),
        erp: client(around.erp)?,
        production: around.production.map(client).transpose()?,
        orders: Orders::at(around.storefront),
        faults: PlannedFaults::new(&plan.faults, key_of),
        teller: around.teller,
        truth: around.truth,
        door: door.clone(),
        life: Mutex::new(end.child_token()),
        tasks,
        flagged: Mutex::default(),
        cancelled: watch::Sender::default(),
        desks: Semaphore::new(ingest::CONCURRENCY),
        lull: Mutex::new(None),
        end: end.clone(),
    });
    let running = http::serve_behind(door, Arc::clone(&state), end).await?;
    Ok(Gated { running, state })
}

impl Gated {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.running.addr
    }

    /// How many orders it has in hand: neither answered, nor acknowledged and done with.
    #[must_use]
    pub fn in_hand(&self) -> usize {
        self.state.tasks.len()
    }

    /// Waits until it has no order in hand, or it has ended.
    pub async fn caught_up(&self) {
        let _ended = self.state.end.run_until_cancelled(self.state.tasks.wait()).await;
    }

    /// How many orders it has flagged.
    #[must_use]
    pub fn flagged(&self) -> u64 {
        self.state.flagged().len() as u64
    }

    /// The build that runs.
    #[must_use]
    pub fn plan(&self) -> Arc<GatedPlan> {
        self.state.plan()
    }

    /// Puts another build in the place of the one that runs, behind the same address. What goes wrong by plan, and how
    /// long the ERP is waited for, stays.
    pub fn deploy(&self, build: &GatedPlan) {
        *self.state.plan.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(build.clone());
    }

    /// Down, it cuts every connection without an answer. What it has in hand it still brings to its end.
    pub fn set_down(&self, is_down: bool) {
        self.state.door.set_shut(is_down);
    }

    /// Loses what it has in hand, cuts all connections, and is up again at once.
    pub fn crash(&self) {
        self.state.crash();
    }

    /// Waits until it has ended, and with it every order that it had in hand.
    pub async fn ended(self) {
        self.running.ended().await;
        self.state.tasks.wait().await;
    }
}

impl State {
    fn plan(&self) -> Arc<GatedPlan> {
        Arc::clone(&self.plan.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn crash(&self) {
        let mut life = self.life();
        self.door.cut();
        self.cancelled.send_modify(HashSet::clear);
        std::mem::replace(&mut *life, self.end.child_token()).cancel();
    }

    fn flagged(&self) -> MutexGuard<'_, HashSet<OrderKey>> {
        self.flagged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn life(&self) -> MutexGuard<'_, CancellationToken> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
