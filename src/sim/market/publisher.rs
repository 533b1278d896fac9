//! Publishes what a lane believes to have, again and again, at the marketplace's feed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::StockView;
use super::listing::Quantities;
use crate::clock;
use crate::order::OrderKey;
use crate::outcome::OutcomeKind;
use crate::sim::CallError;
use crate::sim::erp::Surroundings;
use crate::sim::http::{CALL_MAX, Caller};
use crate::sim::teller::Fact;

/// However fast the world's clock runs, no feed follows another sooner, by the machine's.
const PUBLISH_EVERY_MIN: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(super) struct Publisher {
    view: Arc<dyn StockView>,
    around: Surroundings,
    caller: Caller,
    market: SocketAddr,
    /// Orders that no feed which was taken has counted with: no more than the world has.
    uncounted: Vec<OrderKey>,
}

/// Why quantities were not published.
#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error("address the marketplace")]
    Address(#[from] hyper::http::uri::InvalidUri),
    #[error("call the marketplace")]
    Call(#[from] CallError),
    #[error("the marketplace answered {0}")]
    Refused(hyper::StatusCode),
}

impl Publisher {
    pub(super) fn new(view: Arc<dyn StockView>, around: Surroundings, market: SocketAddr) -> Self {
        Self { view, around, caller: Caller::new(), market, uncounted: Vec::new() }
    }

    /// Publishes every so often, for the first time after that long, until `end`.
    pub(super) async fn run(mut self, every: Duration, end: CancellationToken) {
        let every = clock::real(every).max(PUBLISH_EVERY_MIN);
        let mut ticks = tokio::time::interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let published = async {
                ticks.tick().await;
                self.publish().await
            };
            match end.run_until_cancelled(published).await {
                None => return,
                Some(Ok(())) => {}
                Some(Err(error)) => tracing::debug!(%error, lane = %self.around.lane, "quantities were not published"),
            }
        }
    }

    async fn publish(&mut self) -> Result<(), FeedError> {
        self.uncounted.extend(self.view.counted_since());
        let body = serde_json::json!({ "quantities": shown(self.view.quantities()) }).to_string();
        let feed: Uri = format!("http://{}/feed", self.market).parse()?;
        let answer = self.caller.post(feed, Vec::new(), body.into(), CALL_MAX).await?;
        if !answer.status.is_success() {
            return Err(FeedError::Refused(answer.status));
        }
        let at = clock::now();
        let lane = self.around.lane;
        for order_key in self.uncounted.drain(..) {
            self.around.truth.fed(lane, &order_key);
            let (kind, teller) = (OutcomeKind::FeedPublished, "marketplace");
            self.around.teller.tell(&Fact { kind, lane, order_key, at, reference: None, teller });
        }
        Ok(())
    }
}

/// Quantities as a marketplace takes them: none is below zero.
pub(super) fn shown(quantities: BTreeMap<String, i64>) -> Quantities {
    quantities.into_iter().map(|(sku, units)| (sku, u64::try_from(units).unwrap_or_default())).collect()
}
