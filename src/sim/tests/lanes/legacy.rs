//! The legacy integration: batches, cancellations in time, and every planned fault.

use hyper::StatusCode;

use super::*;

#[tokio::test]
async fn legacy_answers_before_its_erp_knows_and_whatever_it_gets() {
    let (erp, legacy, _end) = legacy(LegacyPlan { batch_every: NEVER, ..LegacyPlan::default() }).await;
    let answer = tell(legacy.addr(), 1, Topic::Create, &[]).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &br#"{"received":true}"#[..]));
    let uri = format!("http://{}/anywhere", legacy.addr()).parse().unwrap();
    let answer = Caller::new().post(uri, Vec::new(), "\u{fe}no order".into(), CALL_MAX).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &br#"{"received":true}"#[..]));
    assert_eq!((legacy.backlog(), erp.documents().len()), (1, 0));
}

#[tokio::test]
async fn legacy_faults_do_what_is_planned_and_nothing_else() {
    let faults = Plan::none()
        .with(2, Fault::Lose)
        .with(3, Fault::Double)
        .with(4, Fault::Reject)
        .with(5, Fault::Fail)
        .with(6, Fault::Delay(Duration::from_millis(60)));
    let plan = LegacyPlan { faults, batch_every: Duration::from_millis(10), ..LegacyPlan::default() };
    let (erp, legacy, _end) = legacy(plan).await;
    for (number, status) in [(1, 200), (2, 200), (3, 200), (4, 200), (5, 500), (6, 200)] {
        let answer = tell(legacy.addr(), number, Topic::Create, &[]).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "order {number}");
    }
    legacy.caught_up().await;
    let expected = [(1, 1), (3, 2), (6, 1)].map(|(number, documents)| (shop().key_of(number).to_string(), documents));
    assert_eq!(tally(&erp.documents()), expected.into());
    assert_eq!(erp.documents().last().unwrap().external_id, shop().key_of(6), "the delayed one comes last");
}

#[tokio::test]
async fn legacy_never_tells_of_an_order_that_was_cancelled_in_time() {
    let (end, truth) = (CancellationToken::new(), Truth::default());
    let erp = erp_of(Lane::Legacy, &truth, &end).await;
    let around = Surroundings { truth: truth.clone(), ..Surroundings::only(erp.running.addr) };
    // Held, the first is in no batch until its cancellation comes.
    let faults = Plan::none().with(1, Fault::Hold(NEVER));
    let legacy = legacy_with(&LegacyPlan { faults, batch_every: SOON, ..LegacyPlan::default() }, around, &end).await;
    for number in [1, 2] {
        tell(legacy.addr(), number, Topic::Create, &[]).await.unwrap();
    }
    until("the second", async || legacy.backlog() == 1).await;
    assert_eq!(truth.pulse(Lane::Legacy).invisible, 1);
    tell(legacy.addr(), 1, Topic::Cancel, &[]).await.unwrap();
    legacy.caught_up().await;
    assert_documents(&erp, [(2, 1)]);
    assert_eq!((told(&truth, Lane::Legacy), withdrawn(&truth, Lane::Legacy)), (vec![1, 2], vec![1]));
    tell(legacy.addr(), 2, Topic::Cancel, &[]).await.unwrap();
    legacy.caught_up().await;
    assert_eq!(erp.documents()[0].status, DocumentStatus::Cancelled);
    assert_eq!(withdrawn(&truth, Lane::Legacy), [1], "the second was committed");
    assert_eq!(truth.pulse(Lane::Legacy).invisible, 0);
}
