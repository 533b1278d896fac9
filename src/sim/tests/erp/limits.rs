//! How many calls an account may have open, maintenance, and how long commits take.

use super::*;

/// A commit that never comes within a test.
const NEVER: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn calls_over_the_limit_are_refused_at_once_and_counted() {
    for (answer, status, code, retry_after) in [
        (LimitAnswer::TooMany, 429, "TOO_MANY_REQUESTS", Some("1")),
        (LimitAnswer::Coded, 400, "CONCURRENCY_LIMIT_EXCEEDED", None),
    ] {
        let limit = Some(Limit { at_once: NonZeroUsize::MIN.saturating_add(1), answer });
        let desk = open(&ErpPlan { limit, ..ErpPlan::default() }).await;
        assert_eq!(desk.post("0", None).await.0, StatusCode::CREATED);
        desk.erp.set_commit_latency(NEVER);
        let order = |id: &str| json!({ "external_id": id, "currency": "EUR", "total": "0", "lines": [] });
        let hung = ["1", "2"].map(|id| tokio::spawn(desk.ask(&order(id), None)));
        until("both calls in hand", async || !desk.cancel("9").await.status.is_success()).await;
        let refused = desk.ask(&order("3"), None).await.unwrap();
        let body: Value = serde_json::from_slice(&refused.body).unwrap();
        assert_eq!((refused.status.as_u16(), &body["error"]["code"]), (status, &json!(code)));
        let after = refused.headers.get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!((after, desk.erp.throttled()), (retry_after, 2));
        assert_eq!(ids(&desk.page("").await), ["1"], "the ledger is read by another account");

        desk.end.cancel();
        for asking in hung {
            let status = asking.await.unwrap().map(|answer| answer.status.as_u16());
            assert!(matches!(status, Ok(503) | Err(_)), "{status:?}");
        }
        assert_eq!(desk.erp.documents().len(), 1, "what was in hand when the world ended is not committed");
        desk.erp.ended().await;
    }
}

#[tokio::test]
async fn while_it_is_down_nothing_is_answered_but_that() {
    let desk = open(&ErpPlan::default()).await;
    desk.erp.set_down(true);
    let (status, body) = desk.post("1", None).await;
    assert_eq!((status.as_u16(), &body["error"]["code"]), (503, &json!("MAINTENANCE")));
    assert_eq!(desk.read("").await.unwrap().status.as_u16(), 503);
    assert_eq!(desk.cancel("1").await.status.as_u16(), 503);
    desk.erp.set_down(false);
    assert_eq!(desk.post("1", None).await.0, StatusCode::CREATED);
    assert_eq!(ids(&desk.page("").await), ["1"]);
}
