//! How the gated integration has its ERP commit an order: once for a key, as often as it is set up to try.

use std::time::Duration;

use hyper::header::HeaderValue;

use super::{GatedRetry, OnRepeat, State};
use crate::sim::alter;
use crate::sim::erp::SalesOrder;
use crate::sim::erp_client::{Committed, ErpClient, ErpError, How};
use crate::sim::plan::Fault;

/// How far the tries at an order have come.
#[derive(Debug, Default)]
pub(super) struct Tries {
    count: u32,
    /// Whether a try may have committed without an answer.
    is_unknown: bool,
    /// Whether the first of two documents, told one by one, is in the books.
    is_first_in: bool,
}

impl Tries {
    /// Whether something of the order may be in the books.
    pub(super) const fn may_have_left(&self) -> bool {
        self.is_unknown || self.is_first_in
    }

    pub(super) fn failed(&mut self, error: &ErpError) {
        self.count = self.count.saturating_add(1);
        self.is_unknown |= error.is_unknown();
    }
}

impl State {
    /// The key under which the ERP is asked: the sender's, or one that follows from the order. `None` where no key
    /// is looked at.
    pub(super) fn key(&self, order: &SalesOrder, sent: Option<HeaderValue>) -> Option<HeaderValue> {
        if self.plan().on_repeat == OnRepeat::CommitAgain {
            return None;
        }
        sent.or_else(|| HeaderValue::try_from(format!("order-{}", order.external_id)).ok())
    }

    /// Has the ERP commit an order, and asks again as it is set up to.
    pub(super) async fn commit(
        &self,
        order: &SalesOrder,
        key: Option<&HeaderValue>,
        fault: Option<Fault>,
    ) -> Result<Committed, ErpError> {
        let (times, after) = match self.plan().on_error {
            GatedRetry::GiveUp => (0, Duration::ZERO),
            GatedRetry::WithKey { times, after } | GatedRetry::Blindly { times, after } => (times, after),
        };
        let mut tries = Tries::default();
        loop {
            let error = match self.attempt(order, key, fault, &mut tries).await {
                // What an own try has committed, without an answer, is no repetition by the sender.
                Ok(Committed { id, again }) => return Ok(Committed { id, again: again && !tries.is_unknown }),
                Err(error) => error,
            };
            if error.is_final() || tries.count >= times {
                return Err(error);
            }
            tracing::debug!(%error, key = %order.external_id, "gated asks its ERP again");
            tries.failed(&error);
            self.pause(error.wait(after)).await;
        }
    }

    /// Asks the ERP once, or as a fault has it; `tries` is how far it came before.
    pub(super) async fn attempt(
        &self,
        order: &SalesOrder,
        key: Option<&HeaderValue>,
        fault: Option<Fault>,
        tries: &mut Tries,
    ) -> Result<Committed, ErpError> {
        let is_blind = tries.count > 0 && matches!(self.plan().on_error, GatedRetry::Blindly { .. });
        let how = key.filter(|_| !is_blind).map_or(How::Blindly, How::Keyed);
        let erp = &self.erp;
        match fault {
            Some(Fault::Lose) => erp.commit(order, How::RolledBack).await,
            Some(Fault::Double) => in_two(erp, order, order, tries).await,
            Some(Fault::Split) => match alter::split(order) {
                Some((first, second)) => in_two(erp, &first, &second, tries).await,
                None => erp.commit(order, how).await,
            },
            // Whatever legacy has put there: a key would only be shown legacy's document.
            Some(Fault::Leak) => self.production.as_ref().unwrap_or(erp).commit(order, How::Blindly).await,
            Some(Fault::Alter(alteration)) => erp.commit(&alteration.of(order.clone()), how).await,
            _ => erp.commit(order, how).await,
        }
    }
}

/// Two commits that know nothing of each other; the answer names the second document. Tried again, what is known to be
/// in the books does not go there once more.
async fn in_two(
    erp: &ErpClient,
    first: &SalesOrder,
    second: &SalesOrder,
    tries: &mut Tries,
) -> Result<Committed, ErpError> {
    if !tries.is_first_in {
        erp.commit(first, How::Blindly).await?;
        tries.is_first_in = true;
    }
    erp.commit(second, How::Blindly).await
}
