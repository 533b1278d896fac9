//! The simulated systems over real sockets: each does what is planned, and nothing else.

mod erp;
mod http;
mod lanes;
mod market;
mod storefront;
mod world;

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;

use super::erp::{Document, Erp, ErpPlan, Surroundings};
use super::http::{Answered, CALL_MAX, CallError, Caller};
use super::shop::{Shop, StorefrontPlan, Topic, Webhook};
use crate::outcome::Lane;

/// Longest wait for what must come about, far beyond what a busy machine needs.
const WAIT_MAX: Duration = Duration::from_secs(10);

fn shop() -> Shop {
    StorefrontPlan { seed: 5, ..StorefrontPlan::default() }.shop()
}

/// Sends the webhook of an order as the storefront does.
async fn tell(to: SocketAddr, number: u64, topic: Topic, more: &[(HeaderName, &str)]) -> Result<Answered, CallError> {
    let Webhook { mut headers, body, .. } = shop().webhook(number, topic);
    headers.extend(more.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())));
    Caller::new()
        .post(format!("http://{to}/webhooks/{}", topic.as_str()).parse().unwrap(), headers, body, CALL_MAX)
        .await
}

/// An ERP behind the legacy lane, with nobody to tell.
async fn open_erp(plan: &ErpPlan, end: &tokio_util::sync::CancellationToken) -> Erp {
    let around = Surroundings::alone(Lane::Legacy);
    super::erp::start(plan, |number| shop().key_of(number), around, end.clone()).await.unwrap()
}

/// How many documents there are of each order.
fn tally(documents: &[Document]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for document in documents {
        *tally.entry(document.external_id.to_string()).or_default() += 1;
    }
    tally
}

/// Waits until something holds, looking often; fails when it doesn't come about.
async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let looking = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(tokio::time::timeout(WAIT_MAX, looking).await.is_ok(), "{what} did not come about");
}
