//! The side of legacy that tells the ERP: batch by batch, and what failed once more if it is set up so.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::queue::{Due, Job, Queue, Which};
use super::{LegacyPlan, OnError};
use crate::clock;
use crate::order::OrderKey;
use crate::outcome::Lane;
use crate::sim::Truth;
use crate::sim::alter;
use crate::sim::erp::SalesOrder;
use crate::sim::erp_client::{ErpClient, ErpError, How};
use crate::sim::intake::{Orders, Told};
use crate::sim::plan::Fault;

/// Tells the ERP what waits.
#[derive(Debug)]
pub(super) struct Batches {
    desk: Arc<Desk>,
    every: Duration,
    concurrency: NonZeroUsize,
    queue: Arc<Queue>,
    truth: Truth,
}

/// Where one order is told.
#[derive(Debug)]
struct Desk {
    erp: ErpClient,
    orders: Orders,
    on_error: OnError,
}

impl Batches {
    pub(super) fn new(plan: &LegacyPlan, erp: ErpClient, orders: Orders, queue: Arc<Queue>, truth: Truth) -> Self {
        let desk = Arc::new(Desk { erp, orders, on_error: plan.on_error });
        Self { desk, every: plan.batch_every, concurrency: plan.concurrency, queue, truth }
    }

    pub(super) async fn run(self, end: CancellationToken) {
        let every = clock::real(self.every).max(Duration::from_millis(1));
        let mut ticks = tokio::time::interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let retry = self.queue.next_retry();
            let which = tokio::select! {
                () = end.cancelled() => return,
                _ = ticks.tick() => Which::All,
                () = sleep_until(retry) => Which::Retries,
            };
            let due = self.queue.take(which);
            if end.run_until_cancelled(self.batch(due)).await.is_none() {
                return;
            }
        }
    }

    /// Tells all that is due. A crash cuts it off: what the ERP has not got by then, it never gets.
    async fn batch(&self, Due { creates, cancels, withdrawn, life }: Due) {
        for order_key in &withdrawn {
            self.truth.withdrawn(Lane::Legacy, order_key);
        }
        let telling = async {
            let again = self.tell_all(creates).await;
            self.cancel_all(&cancels).await;
            again
        };
        if let Some(again) = life.run_until_cancelled(telling).await {
            self.queue.done(again, &life);
        }
    }

    /// Returns what is to be told again. Dropped half-way, it leaves no task behind.
    async fn tell_all(&self, jobs: Vec<Job>) -> Vec<Job> {
        let mut again = Vec::new();
        let mut telling = JoinSet::new();
        for job in jobs {
            if telling.len() >= self.concurrency.get() {
                again.extend(telling.join_next().await.and_then(Result::ok).flatten());
            }
            telling.spawn(Arc::clone(&self.desk).tell(job));
        }
        while let Some(told) = telling.join_next().await {
            again.extend(told.ok().flatten());
        }
        again
    }

    async fn cancel_all(&self, cancels: &HashSet<OrderKey>) {
        for external_id in cancels {
            if let Err(error) = self.desk.erp.cancel(external_id).await {
                tracing::debug!(%error, %external_id, "legacy could not cancel");
            }
        }
    }
}

async fn sleep_until(when: Option<Instant>) {
    match when {
        Some(when) => tokio::time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}

impl Desk {
    /// Tells one order; returns it when it is to be told again.
    async fn tell(self: Arc<Self>, job: Job) -> Option<Job> {
        let Job { topic, order, fault, tries, .. } = job;
        if matches!(fault, Some(Fault::Lose | Fault::Reject)) {
            return None;
        }
        let key = order.key().clone();
        let order = match self.orders.whole(order).await {
            Ok(order) => order,
            Err(error) => {
                tracing::debug!(%error, %key, "legacy lost an order that it could not fetch");
                return None;
            }
        };
        let error = self.commit(&order, fault).await.err()?;
        match self.on_error {
            OnError::RetryBlindly { times, after } if tries < times => {
                let not_before = Instant::now() + clock::real(after);
                Some(Job { topic, order: Told::Whole(order), fault: again(fault), not_before, tries: tries + 1 })
            }
            OnError::RetryBlindly { .. } | OnError::Drop => {
                tracing::debug!(%error, %key, "legacy lost an order");
                None
            }
        }
    }

    async fn commit(&self, order: &SalesOrder, fault: Option<Fault>) -> Result<(), ErpError> {
        let commit = async |order: &SalesOrder| self.erp.commit(order, How::Blindly).await.map(|_| ());
        match fault {
            Some(Fault::Double) => {
                // The second try knows nothing of the first one.
                let _first = commit(order).await;
                commit(order).await
            }
            Some(Fault::Split) if let Some((first, second)) = alter::split(order) => {
                commit(&first).await?;
                commit(&second).await
            }
            Some(Fault::Alter(alteration)) => commit(&alteration.of(order.clone())).await,
            _ => commit(order).await,
        }
    }
}

/// What still goes wrong with an order that is told again.
fn again(fault: Option<Fault>) -> Option<Fault> {
    fault.filter(|fault| matches!(fault, Fault::Alter(_) | Fault::Split))
}
