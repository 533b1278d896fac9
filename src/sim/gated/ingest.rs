//! Pattern 2's background: commits what was acknowledged, until it is committed or refused for good, and flags
//! ("Ingestion Pending Audit") what was not committed within its SLA.

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
        if let Err(error) = committed {
            tracing::debug!(%error, key = %order.external_id, "the ERP refused what was acknowledged");
            self.tell(OutcomeKind::Rejected, &order.external_id);
        }
    }

    /// Asks the ERP until it has committed the order or refused it for good.
    async fn commit_in_the_end(
        &self,
        order: &SalesOrder,
        key: Option<&HeaderValue>,
        fault: Option<Fault>,
    ) -> Result<(), ErpError> {
        if let Some(Fault::Hold(hold)) = fault {
            self.pause(hold).await;
        }
        let mut after = match self.plan().on_error {
            GatedRetry::GiveUp => AFTER,
            GatedRetry::WithKey { after, .. } | GatedRetry::Blindly { after, .. } => after.max(AFTER_MIN),
        };
        let mut tries = Tries::default();
        loop {
            let desk = self.desk().await;
            let error = match self.attempt(order, key, fault, &mut tries).await {
                Ok(_) => return Ok(()),
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
                self.pause(error.wait(after)).await;
                after = after.saturating_mul(2).min(AFTER_MAX);
            }
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
