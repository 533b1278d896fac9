//! Pattern 2's background: commits what was acknowledged, until it is committed or refused for good, and flags
//! ("Ingestion Pending Audit") what was not committed within its SLA. What is cancelled meanwhile is withdrawn, or
//! cancelled in the ERP once it is committed: a cancellation that came before the commit finds nothing there.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::header::HeaderValue;
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;

use super::commit::Tries;
use super::{GatedRetry, State};
use crate::clock;
use crate::order::OrderKey;
use crate::outcome::{Lane, OutcomeKind};
use crate::sim::Fact;
use crate::sim::erp::SalesOrder;
use crate::sim::erp_client::ErpError;
use crate::sim::plan::Fault;

/// Orders that are committed at once, as ERPs limit it per account.
pub(super) const CONCURRENCY: usize = 16;

/// How long after a failure the ERP is asked again, where the plan doesn't say.
const AFTER: Duration = Duration::from_secs(5);

/// No failure is followed by another try sooner than this.
const AFTER_MIN: Duration = Duration::from_millis(100);

/// An order that fails again and again is tried less and less often, but at least every so often.
const AFTER_MAX: Duration = Duration::from_secs(5 * 60);

/// How long an order is tried beyond its SLA. By then it is flagged long since, and people have it.
const BEYOND_SLA_MAX: Duration = Duration::from_secs(24 * 3_600);

/// How the ingestion of an order ends that the ERP does not refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ingested {
    Committed,
    /// It was cancelled before anything of it was in the books.
    Withdrawn,
}

impl State {
    /// Sees to an acknowledged order.
    pub(super) async fn ingest(
        self: Arc<Self>,
        order: SalesOrder,
        key: Option<HeaderValue>,
        fault: Option<Fault>,
        sla: Duration,
    ) {
        let sla_ends = tokio::time::sleep(clock::real(sla));
        let mut committing = pin!(self.commit_in_the_end(&order, key.as_ref(), fault));
        let committed = tokio::select! {
            biased;
            committed = committing.as_mut() => committed,
            () = sla_ends => {
                self.flag(&order.external_id);
                match tokio::time::timeout(clock::real(BEYOND_SLA_MAX), committing).await {
                    Ok(committed) => committed,
                    Err(_) => {
                        tracing::debug!(key = %order.external_id, "gated gives an order up to those who audit it");
                        return;
                    }
                }
            }
        };
        match committed {
            Ok(Ingested::Committed) => self.cancel_if_told(&order.external_id).await,
            Ok(Ingested::Withdrawn) => self.truth.withdrawn(Lane::Gated, &order.external_id),
            Err(error) => {
                tracing::debug!(%error, key = %order.external_id, "the ERP refused what was acknowledged");
                self.tell(OutcomeKind::Rejected, &order.external_id);
            }
        }
    }

    /// Asks the ERP until it has committed the order or refused it for good, or the order is cancelled in time.
    async fn commit_in_the_end(
        &self,
        order: &SalesOrder,
        key: Option<&HeaderValue>,
        fault: Option<Fault>,
    ) -> Result<Ingested, ErpError> {
        let (mut tries, mut after) = (Tries::default(), self.after());
        if let Some(Fault::Hold(hold)) = fault {
            self.unless_withdrawn(order, &tries, self.pause(hold)).await;
        }
        loop {
            let Some(desk) = self.unless_withdrawn(order, &tries, self.desk()).await else {
                return Ok(Ingested::Withdrawn);
            };
            let error = match self.attempt(order, key, fault, &mut tries).await {
                Ok(_) => return Ok(Ingested::Committed),
                Err(error) if error.is_final() => return Err(error),
                Err(error) => error,
            };
            tries.failed(&error);
            tracing::debug!(%error, key = %order.external_id, "gated will ask its ERP again");
            if error.is_outage() {
                // The other orders needn't find out for themselves.
                self.quiet(error.wait(after.min(AFTER_MAX)));
            }
            drop(desk);
            if !error.is_outage() {
                self.unless_withdrawn(order, &tries, self.pause(error.wait(after))).await;
                after = after.saturating_mul(2).min(AFTER_MAX);
            }
        }
    }

    /// Waits; `None` as soon as the order is cancelled. What may be in the books is not given up: there it must first
    /// be found, to be cancelled.
    async fn unless_withdrawn<T>(
        &self,
        order: &SalesOrder,
        tries: &Tries,
        waiting: impl Future<Output = T>,
    ) -> Option<T> {
        if tries.may_have_left() {
            return Some(waiting.await);
        }
        let mut cancelled = self.cancelled.subscribe();
        let told = async { cancelled.wait_for(|keys| keys.contains(&order.external_id)).await.is_ok() };
        tokio::select! {
            biased;
            _cancelled = told => None,
            done = waiting => Some(done),
        }
    }

    /// Cancels what was committed after its cancellation came.
    async fn cancel_if_told(&self, order_key: &OrderKey) {
        let mut after = self.after();
        let is_told = self.cancelled.borrow().contains(order_key);
        while is_told && let Err(error) = self.erp.cancel(order_key).await {
            tracing::debug!(%error, key = %order_key, "gated will ask its ERP again to cancel");
            if error.is_final() {
                return;
            }
            self.pause(error.wait(after)).await;
            after = after.saturating_mul(2).min(AFTER_MAX);
        }
    }

    /// How long after a failure the ERP is asked again, unless it says more.
    fn after(&self) -> Duration {
        match self.plan().on_error {
            GatedRetry::GiveUp => AFTER,
            GatedRetry::WithKey { after, .. } | GatedRetry::Blindly { after, .. } => after.max(AFTER_MIN),
        }
    }

    /// A place to commit from, once it makes sense to.
    async fn desk(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed.
        let desk = self.desks.acquire().await.ok();
        // Held meanwhile: nobody behind has better chances.
        loop {
            let lull = *self.lull();
            match lull {
                Some(lull) if lull > Instant::now() => tokio::time::sleep_until(lull).await,
                _ => return desk,
            }
        }
    }

    fn quiet(&self, wait: Duration) {
        let ends = Instant::now() + clock::real(wait);
        let mut lull = self.lull();
        *lull = (*lull).max(Some(ends));
    }

    fn flag(&self, order_key: &OrderKey) {
        if self.plan().flags {
            self.flagged().insert(order_key.clone());
            self.tell(OutcomeKind::Flagged, order_key);
        }
    }

    fn tell(&self, kind: OutcomeKind, order_key: &OrderKey) {
        let (at, reference, order_key) = (clock::now(), None, order_key.clone());
        self.teller.tell(&Fact { kind, lane: Lane::Gated, order_key, at, reference, teller: "integration" });
    }

    fn lull(&self) -> MutexGuard<'_, Option<Instant>> {
        self.lull.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
