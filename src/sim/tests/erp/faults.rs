//! What goes wrong inside the ERP, over real sockets: each fault does just what it says.

use super::super::super::erp::ErpFault;
use super::*;

async fn faulty(faults: impl IntoIterator<Item = (u64, ErpFault)>) -> Desk {
    open(&ErpPlan { faults: faults.into_iter().collect(), ..ErpPlan::default() }).await
}

/// An order of three units.
fn three(external_id: &str) -> Value {
    let lines = json!([{ "sku": "A", "quantity": 2, "price": "3.00" }, { "sku": "B", "quantity": 1, "price": "3.99" }]);
    json!({ "external_id": external_id, "currency": "EUR", "total": "9.99", "lines": lines })
}

#[tokio::test]
async fn what_its_validation_refuses_is_refused_always() {
    let desk = faulty([(1, ErpFault::UnknownSku), (2, ErpFault::Tax), (3, ErpFault::Customer)]).await;
    for _ in 0..2 {
        for (order, code) in [("1", "UNKNOWN_SKU"), ("2", "TAX_CODE_INVALID"), ("3", "CUSTOMER_BLOCKED")] {
            let (status, body) = desk.post(order, Some(IDEMPOTENCY_KEY)).await;
            assert_eq!((status.as_u16(), body["error"]["code"].as_str()), (422, Some(code)), "order {order}");
            assert!(body["error"]["message"].is_string());
        }
    }
    assert_eq!(desk.post("4", None).await.0, StatusCode::CREATED);
    assert_eq!(tally(&desk.erp.documents()), [("4".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_locked_record_passes_after_as_many_calls() {
    let desk = faulty([(1, ErpFault::Locked(2))]).await;
    for expected in [423, 423, 201] {
        let (status, body) = desk.post("1", Some(IDEMPOTENCY_KEY)).await;
        assert_eq!(status.as_u16(), expected);
        assert_eq!(body["error"]["code"] == "RECORD_LOCKED", expected == 423);
    }
    assert_eq!(desk.moments("1").documents, 1);
}

#[tokio::test]
async fn an_order_that_times_out_is_committed_and_passes_the_next_time() {
    let desk = faulty([(1, ErpFault::TimeOut)]).await;
    let asking = tokio::spawn(desk.ask(&three("1"), Some(IDEMPOTENCY_KEY)));
    until("the commit", async || desk.erp.documents().len() == 1).await;
    assert_eq!(desk.post("2", None).await.0, StatusCode::CREATED);
    assert!(!asking.is_finished());
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    let (status, document) = desk.post("1", Some(IDEMPOTENCY_KEY)).await;
    assert_eq!((status, &document["id"]), (StatusCode::OK, &json!("1")));
}

#[tokio::test]
async fn an_answer_that_never_comes_ends_with_the_world() {
    let desk = faulty([(1, ErpFault::TimeOut)]).await;
    let asking = tokio::spawn(desk.ask(&three("1"), None));
    until("the commit", async || desk.erp.documents().len() == 1).await;
    assert_eq!(desk.post("2", None).await.0, StatusCode::CREATED);
    assert!(!asking.is_finished());
    desk.end.cancel();
    desk.erp.ended().await;
    let answer = asking.await.unwrap().map(|answer| answer.status);
    assert!(matches!(answer, Ok(StatusCode::CREATED) | Err(_)), "{answer:?}");
}

#[tokio::test]
async fn a_slow_commit_is_brought_to_its_end_though_the_caller_left() {
    let limit = Limit { at_once: NonZeroUsize::MIN, answer: LimitAnswer::TooMany };
    let faults = [(1, ErpFault::Slow(Duration::from_millis(300)))].into();
    let desk = open(&ErpPlan { faults, limit: Some(limit), ..ErpPlan::default() }).await;
    let asking = tokio::spawn(desk.ask(&three("1"), None));
    // On a machine that stalls it may be committed before anybody looks.
    until("the call in hand", async || {
        desk.cancel("9").await.status == StatusCode::TOO_MANY_REQUESTS || !desk.erp.documents().is_empty()
    })
    .await;
    asking.abort();
    drop(asking.await);
    until("the commit", async || desk.erp.documents().len() == 1).await;
    assert_eq!(desk.moments("1").documents, 1);
}

#[tokio::test]
async fn a_split_order_is_two_documents_that_make_it_up() {
    let desk = faulty([(1, ErpFault::Split), (2, ErpFault::Split)]).await;
    let answer = desk.ask(&three("1"), Some(IDEMPOTENCY_KEY)).await.unwrap();
    let answered: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &answered["id"]), (StatusCode::CREATED, &json!("1")));
    let page = desk.page("").await;
    let line =
        |sku: &str, price: &str| json!([{ "sku": sku, "quantity": if sku == "A" { 2 } else { 1 }, "price": price }]);
    for (item, id, total, lines) in [(0, "1", "6.66", line("A", "3.00")), (1, "2", "3.33", line("B", "3.99"))] {
        let item = &page["items"][item];
        assert_eq!((&item["id"], &item["external_id"]), (&json!(id), &json!("1")));
        assert_eq!((&item["total"], &item["lines"]), (&json!(total), &lines));
    }
    assert_eq!(desk.moments("1").documents, 2);
    assert_eq!(desk.teller.waiting(), 2, "each document's goods are set aside");

    let (again, document) = desk.post("1", Some(IDEMPOTENCY_KEY)).await;
    assert_eq!((again, &document["id"]), (StatusCode::OK, &json!("1")));
    desk.post("2", None).await;
    assert_eq!(tally(&desk.erp.documents()), [("1".to_owned(), 2), ("2".to_owned(), 1)].into());
}

#[tokio::test]
async fn what_vanishes_was_there_and_is_not_cancelled() {
    let stock = Some(StockPlan { each: 1, ..StockPlan::default() });
    let faults = [(1, ErpFault::Vanish(Duration::from_millis(150)))].into();
    let desk = open(&ErpPlan { faults, stock, ..ErpPlan::default() }).await;
    assert_eq!(desk.post("1", None).await.0, StatusCode::CREATED);
    assert_eq!(desk.moments("1").documents, 1);
    desk.post("2", None).await;
    until("the end of the document", async || tally(&desk.erp.documents()) == [("2".to_owned(), 1)].into()).await;
    until("its goods set aside for the other", async || desk.moments("2").allocated.is_some()).await;
    assert_eq!(desk.erp.oversold_units(), 0);
}
