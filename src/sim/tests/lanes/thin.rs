//! Webhooks that tell only an order's id: the order is fetched.

use hyper::StatusCode;

use super::*;
use crate::sim::http::{self, Received, Reply, System};

/// A storefront that shows two orders.
struct Storefront;

impl System for Storefront {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        let key = request.uri.path().strip_prefix("/orders/").unwrap();
        match [1, 2].into_iter().find(|number| shop().key_of(*number).as_str() == key) {
            Some(number) => http::json(StatusCode::OK, shop().webhook(number, Topic::Create).body),
            None => http::refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "no such order"),
        }
    }
}

async fn around(end: &CancellationToken) -> (Erp, Surroundings) {
    let erp = open_erp(&ErpPlan::default(), end).await;
    let storefront = http::serve(Arc::new(Storefront), end.clone()).await.unwrap().addr;
    let around = Surroundings { storefront: Some(storefront), ..Surroundings::only(erp.running.addr) };
    (erp, around)
}

async fn tell_thinly(to: SocketAddr, number: u64, scope: &str) -> u16 {
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
    Caller::new().post(uri, Vec::new(), body.to_string().into()).await.unwrap().status.as_u16()
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
async fn legacy_fetches_when_it_hands_over_and_loses_what_it_cannot_fetch() {
    let end = CancellationToken::new();
    let (erp, around) = around(&end).await;
    let truth = around.truth.clone();
    let plan = LegacyPlan { batch_every: Duration::from_millis(700), ..LegacyPlan::default() };
    let legacy = legacy_with(&plan, around, &end).await;
    for (number, scope) in [(1, "created"), (2, "created"), (3, "created"), (2, "archived")] {
        assert_eq!(tell_thinly(legacy.addr(), number, scope).await, 200);
    }
    legacy.caught_up().await;
    assert_documents(&erp, [(1, 1)]);
    assert_eq!(told(&truth, Lane::Legacy), [1, 2, 3]);
}
