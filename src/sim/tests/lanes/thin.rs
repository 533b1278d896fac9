//! Webhooks that tell only an order's id: the order is fetched.

use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::StatusCode;

use super::*;
use crate::sim::http::{self, Received, Reply, System};

/// A storefront that shows two orders, once it is open.
struct Storefront {
    opened: CancellationToken,
    /// How often it was asked.
    asked: AtomicUsize,
}

impl System for Storefront {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.opened.cancelled().await;
        let key = request.uri.path().strip_prefix("/orders/").unwrap();
        match [1, 2].into_iter().find(|number| shop().key_of(*number).as_str() == key) {
            Some(number) => http::json(StatusCode::OK, shop().webhook(number, Topic::Create).body),
            None => http::refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "no such order"),
        }
    }
}

async fn around(end: &CancellationToken) -> (Erp, Surroundings) {
    let (erp, around, storefront) = around_shut(end).await;
    storefront.opened.cancel();
    (erp, around)
}

/// The storefront shows nothing yet.
async fn around_shut(end: &CancellationToken) -> (Erp, Surroundings, Arc<Storefront>) {
    let erp = open_erp(&ErpPlan::default(), end).await;
    let storefront = Arc::new(Storefront { opened: CancellationToken::new(), asked: AtomicUsize::new(0) });
    let addr = http::serve(Arc::clone(&storefront), end.clone()).await.unwrap().addr;
    let around = Surroundings { storefront: Some(addr), ..Surroundings::only(erp.running.addr) };
    (erp, around, storefront)
}

async fn tell_thinly(to: SocketAddr, number: u64, scope: &str) -> u16 {
    try_thinly(to, number, scope).await.unwrap().status.as_u16()
}

async fn try_thinly(to: SocketAddr, number: u64, scope: &str) -> Result<Answered, CallError> {
    let id: u64 = shop().key_of(number).as_str().parse().unwrap();
    let body = serde_json::json!({
        "scope": format!("store/order/{scope}"),
        "store_id": "1001",
        "data": { "type": "order", "id": id },
        "hash": "dd70c0976e06b67aaf671e73f49dcb79230ebf9d",
        "created_at": 1_772_442_000,
        "producer": "stores/linden-and-loam",
    });
    let uri = format!("http://{to}/webhooks").parse().unwrap();
    Caller::new().post(uri, Vec::new(), body.to_string().into(), CALL_MAX).await
}

#[tokio::test]
async fn gated_fetches_before_it_answers() {
    let end = CancellationToken::new();
    let (erp, around) = around(&end).await;
    let truth = around.truth.clone();
    let gated = gated_with(&GatedPlan::default(), around, &end).await;
    for (number, scope, status) in [
        (1, "created", 201),
        (2, "created", 201),
        (3, "created", 500),
        (1, "updated", 200),
        (2, "archived", 200),
        (1, "other", 200),
    ] {
        assert_eq!(tell_thinly(gated.addr(), number, scope).await, status, "order {number} {scope}");
    }
    assert_documents(&erp, [(1, 1), (2, 1)]);
    assert_eq!(erp.documents().iter().filter(|document| document.status == DocumentStatus::Cancelled).count(), 1);
    assert_eq!(erp.documents()[0].lines.len(), lines_of(1));
    assert_eq!(told(&truth, Lane::Gated), [1, 2]);
}

#[tokio::test]
async fn an_acknowledgement_that_nobody_can_hear_is_no_promise() {
    for (cut, expected) in [(true, vec![]), (false, vec![1])] {
        let end = CancellationToken::new();
        let (erp, around, storefront) = around_shut(&end).await;
        let truth = around.truth.clone();
        let plan = GatedPlan { pattern: Pattern::AckGated { sla: NEVER }, ..GatedPlan::default() };
        let gated = gated_with(&plan, around, &end).await;
        let addr = gated.addr();
        let asking = tokio::spawn(async move { try_thinly(addr, 1, "created").await.is_ok() });
        until("the order in hand", async || storefront.asked.load(Ordering::Relaxed) == 1).await;
        gated.set_down(cut);
        storefront.opened.cancel();
        assert_eq!(asking.await.unwrap(), !cut);
        gated.caught_up().await;
        assert_documents(&erp, [(1, 1)]);
        assert_eq!(told(&truth, Lane::Gated), expected);
    }
}

#[tokio::test]
async fn legacy_fetches_when_it_hands_over_and_loses_what_it_cannot_fetch() {
    let end = CancellationToken::new();
    let (erp, around) = around(&end).await;
    let truth = around.truth.clone();
    // Held, the second is in no batch until its cancellation comes.
    let faults = Plan::none().with(2, Fault::Hold(NEVER));
    let legacy = legacy_with(&LegacyPlan { faults, batch_every: SOON, ..LegacyPlan::default() }, around, &end).await;
    for (number, scope) in [(1, "created"), (2, "created"), (3, "created"), (2, "archived")] {
        assert_eq!(tell_thinly(legacy.addr(), number, scope).await, 200);
    }
    legacy.caught_up().await;
    assert_documents(&erp, [(1, 1)]);
    assert_eq!(told(&truth, Lane::Legacy), [1, 2, 3]);
}
