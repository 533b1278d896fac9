//! The gated integration, pattern 1: what it answers, and every planned fault.

use hyper::StatusCode;

use super::*;

#[tokio::test]
async fn gated_confirms_with_the_number_of_the_document() {
    let (erp, gated, _end) = gated(GatedPlan::default()).await;
    let answer = tell(gated.addr(), 10, Topic::Create, &[]).await.unwrap();
    let documents = erp.documents();
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(json(&answer)["id"], *documents[0].id);
    assert_eq!(answer.headers["location"], format!("/orders/{}", documents[0].id));
    assert_eq!(documents[0].external_id, shop().key_of(10));
}

#[tokio::test]
async fn gated_faults_do_what_is_planned_and_nothing_else() {
    let faults = Plan::none()
        .with(2, Fault::Lose)
        .with(3, Fault::Double)
        .with(4, Fault::Reject)
        .with(5, Fault::Fail)
        .with(6, Fault::Delay(Duration::from_millis(20)))
        .with_once(7, Fault::Fail);
    let (erp, gated, _end) = gated(GatedPlan { faults, ..GatedPlan::default() }).await;
    for (number, status, documents) in
        [(1, 201, 1), (2, 201, 0), (3, 201, 2), (4, 422, 0), (5, 500, 0), (6, 201, 1), (7, 500, 0), (7, 201, 1)]
    {
        let answer = tell(gated.addr(), number, Topic::Create, &[]).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "order {number}");
        let found = tally(&erp.documents()).get(shop().key_of(number).as_str()).copied().unwrap_or_default();
        assert_eq!(found, documents, "order {number}");
        match status {
            201 => assert!(json(&answer)["id"].is_string(), "order {number}"),
            422 => assert_eq!(json(&answer)["error"]["code"], "UNKNOWN_SKU"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn gated_times_out_after_the_commit() {
    let faults = Plan::none().with(1, Fault::TimeOut);
    let (erp, gated, end) = gated(GatedPlan { faults, ..GatedPlan::default() }).await;
    let asking = tokio::spawn(tell(gated.addr(), 1, Topic::Create, &[]));
    until("the commit", async || erp.documents().len() == 1).await;
    assert!(!asking.is_finished());
    end.cancel();
    gated.ended().await;
    assert_eq!(erp.documents().len(), 1);
}

#[tokio::test]
async fn what_gated_began_it_brings_to_an_end_though_the_caller_left() {
    let faults = Plan::none().with(1, Fault::Delay(Duration::from_millis(200)));
    let (erp, gated, _end) = gated(GatedPlan { faults, ..GatedPlan::default() }).await;
    let asking = tokio::spawn(tell(gated.addr(), 1, Topic::Create, &[]));
    until("the order in hand", async || gated.in_hand() == 1).await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    until("the commit", async || erp.documents().len() == 1).await;
}

#[tokio::test]
async fn an_order_that_comes_again_with_its_key_is_handled_as_configured() {
    for (on_repeat, key, again, documents) in [
        (OnRepeat::SameAnswer, Some("k"), 201, 1),
        (OnRepeat::SameAnswer, None, 201, 1),
        (OnRepeat::Duplicate, Some("k"), 409, 1),
        (OnRepeat::Duplicate, None, 409, 1),
        (OnRepeat::CommitAgain, Some("k"), 201, 2),
        (OnRepeat::CommitAgain, None, 201, 2),
    ] {
        let (erp, gated, _end) = gated(GatedPlan { on_repeat, ..GatedPlan::default() }).await;
        let headers: Vec<_> = key.map(|key| (IDEMPOTENCY_KEY, key)).into_iter().collect();
        let first = tell(gated.addr(), 1, Topic::Create, &headers).await.unwrap();
        let second = tell(gated.addr(), 1, Topic::Create, &headers).await.unwrap();
        assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, again), "{on_repeat:?} {key:?}");
        assert_eq!(erp.documents().len(), documents, "{on_repeat:?} {key:?}");
        if again == 409 {
            assert_eq!(json(&second)["error"]["code"], "DUPLICATE_ORDER");
        } else if documents == 1 {
            assert_eq!(first.body, second.body);
        }
    }
}

#[tokio::test]
async fn gated_refuses_what_is_no_order_and_cancels_what_is_one() {
    let (erp, gated, _end) = gated(GatedPlan::default()).await;
    let uri = format!("http://{}/webhooks/orders/create", gated.addr());
    let answer = Caller::new().post(uri.parse().unwrap(), Vec::new(), "no order".into(), CALL_MAX).await.unwrap();
    assert_eq!(json(&answer)["error"]["code"], "INVALID_ORDER");
    for (topic, status) in [(Topic::Create, 201), (Topic::Update, 200), (Topic::Cancel, 200)] {
        let answer = tell(gated.addr(), 1, topic, &[]).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{topic:?}");
    }
    let statuses: Vec<_> = erp.documents().iter().map(|document| document.status).collect();
    assert_eq!(statuses, [DocumentStatus::Cancelled]);
}
