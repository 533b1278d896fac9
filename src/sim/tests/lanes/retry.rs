//! What is asked again, how, and what comes of it when the first try had been committed.

use super::*;

/// How long a silent ERP is waited for: what answers at all answers far sooner.
const WAIT_MAX: Duration = Duration::from_millis(400);

const AFTER: Duration = Duration::from_millis(1);

async fn gated_before(
    script: &[Says],
    on_error: GatedRetry,
    on_repeat: OnRepeat,
) -> (Scripted, Gated, CancellationToken) {
    let end = CancellationToken::new();
    let erp = Scripted::start(script, &end).await;
    let plan = GatedPlan { on_error, on_repeat, erp_wait_max: WAIT_MAX, ..GatedPlan::default() };
    let gated = gated_with(&plan, Surroundings::only(erp.addr), &end).await;
    (erp, gated, end)
}

async fn legacy_before(script: &[Says], on_error: OnError) -> (Scripted, Legacy, CancellationToken) {
    let end = CancellationToken::new();
    let erp = Scripted::start(script, &end).await;
    let plan = LegacyPlan { on_error, batch_every: SOON, erp_wait_max: WAIT_MAX, ..LegacyPlan::default() };
    let legacy = legacy_with(&plan, Surroundings::only(erp.addr), &end).await;
    (erp, legacy, end)
}

#[tokio::test]
async fn a_blind_retry_doubles_what_timed_out_and_one_with_a_key_does_not() {
    let (with_key, blindly) =
        (GatedRetry::WithKey { times: 3, after: AFTER }, GatedRetry::Blindly { times: 3, after: AFTER });
    for (on_error, on_repeat, status, documents) in [
        (GatedRetry::GiveUp, OnRepeat::SameAnswer, 500, 1),
        (with_key, OnRepeat::SameAnswer, 201, 1),
        // What its own first try has committed is no repetition.
        (with_key, OnRepeat::Duplicate, 201, 1),
        (with_key, OnRepeat::CommitAgain, 201, 2),
        (blindly, OnRepeat::SameAnswer, 201, 2),
    ] {
        let (erp, gated, _end) = gated_before(&[Says::YesInSilence], on_error, on_repeat).await;
        let answer = tell(gated.addr(), 1, Topic::Create, &[]).await.unwrap();
        assert_eq!((answer.status.as_u16(), erp.documents()), (status, documents), "{on_error:?} {on_repeat:?}");
    }
}

#[tokio::test]
async fn of_two_documents_only_what_is_not_in_the_books_is_told_again() {
    let split = (1..10).find(|number| lines_of(*number) > 1).unwrap();
    let double = split + 1;
    for pattern in [Pattern::ErpGated, Pattern::AckGated { sla: NEVER }] {
        for script in [
            &[Says::Yes, Says::No(429, "THROTTLED")][..],
            &[Says::Yes, Says::Nothing],
            &[Says::No(423, "RECORD_LOCKED"), Says::Yes, Says::No(503, "MAINTENANCE"), Says::No(500, "UNEXPECTED")],
        ] {
            for number in [split, double] {
                let end = CancellationToken::new();
                let erp = Scripted::start(script, &end).await;
                let plan = GatedPlan {
                    faults: Plan::none().with(split, Fault::Split).with(double, Fault::Double),
                    pattern,
                    on_error: GatedRetry::WithKey { times: 4, after: AFTER },
                    erp_wait_max: WAIT_MAX,
                    ..GatedPlan::default()
                };
                let gated = gated_with(&plan, Surroundings::only(erp.addr), &end).await;
                assert!(tell(gated.addr(), number, Topic::Create, &[]).await.unwrap().status.is_success());
                gated.caught_up().await;
                // The script's calls, and one more for the second document.
                let found = (erp.calls().len(), erp.documents());
                assert_eq!(found, (script.len() + 1, 2), "{pattern:?} {script:?} {number}");
            }
        }
    }
}

#[tokio::test]
async fn gated_asks_again_under_one_key_the_senders_or_the_orders() {
    let script = [
        Says::No(429, ""),
        Says::No(423, "RECORD_LOCKED"),
        Says::No(503, "MAINTENANCE"),
        Says::No(400, "CONCURRENCY_LIMIT_EXCEEDED"),
    ];
    for (sent, expected) in [(Some("k"), "k".to_owned()), (None, format!("order-{}", shop().key_of(1)))] {
        let on_error = GatedRetry::WithKey { times: 4, after: AFTER };
        let (erp, gated, _end) = gated_before(&script, on_error, OnRepeat::SameAnswer).await;
        let headers: Vec<_> = sent.map(|key| (IDEMPOTENCY_KEY, key)).into_iter().collect();
        let answer = tell(gated.addr(), 1, Topic::Create, &headers).await.unwrap();
        assert_eq!((answer.status.as_u16(), erp.documents()), (201, 1));
        assert_eq!(erp.keys(), vec![Some(expected); 5]);
    }
    let on_error = GatedRetry::Blindly { times: 4, after: AFTER };
    let (erp, gated, _end) = gated_before(&script[..2], on_error, OnRepeat::SameAnswer).await;
    tell(gated.addr(), 1, Topic::Create, &[]).await.unwrap();
    assert_eq!(erp.keys(), [Some(format!("order-{}", shop().key_of(1))), None, None]);
}

#[tokio::test]
async fn gated_says_what_the_erp_said() {
    let with_key = GatedRetry::WithKey { times: 1, after: AFTER };
    for (says, on_error, status, code, calls) in [
        (Says::No(422, "TAX_CODE_INVALID"), with_key, 422, "TAX_CODE_INVALID", 1),
        (Says::No(422, "CUSTOMER_BLOCKED"), GatedRetry::GiveUp, 422, "CUSTOMER_BLOCKED", 1),
        (Says::No(429, "THROTTLED"), with_key, 503, "ERP_BUSY", 2),
        (Says::No(503, "MAINTENANCE"), with_key, 503, "ERP_BUSY", 2),
        (Says::No(429, "THROTTLED"), GatedRetry::GiveUp, 500, "INTERNAL", 1),
        (Says::No(404, "NOT_FOUND"), with_key, 500, "INTERNAL", 1),
        (Says::No(500, "UNEXPECTED"), with_key, 500, "INTERNAL", 2),
        (Says::Nothing, with_key, 500, "INTERNAL", 2),
    ] {
        let (erp, gated, _end) = gated_before(&[says; 2], on_error, OnRepeat::SameAnswer).await;
        let answer = tell(gated.addr(), 1, Topic::Create, &[]).await.unwrap();
        let found = (answer.status.as_u16(), json(&answer)["error"]["code"].as_str().unwrap().to_owned());
        assert_eq!(found, (status, code.to_owned()), "{says:?} {on_error:?}");
        assert_eq!(erp.calls().len(), calls, "{says:?} {on_error:?}");
        assert_eq!(answer.headers.get("retry-after").is_some(), code == "ERP_BUSY", "{says:?} {on_error:?}");
    }
}

#[tokio::test]
async fn legacy_drops_what_fails_or_tells_it_again_as_if_it_were_the_first_time() {
    let blindly = |times| OnError::RetryBlindly { times, after: AFTER };
    for (script, on_error, calls, documents) in [
        (&[Says::No(503, "MAINTENANCE")][..], OnError::Drop, 1, 0),
        (&[Says::YesInSilence], OnError::Drop, 1, 1),
        (&[Says::No(503, "MAINTENANCE")], blindly(3), 2, 1),
        (&[Says::No(500, ""); 4], blindly(2), 3, 0),
        (&[Says::YesInSilence], blindly(3), 2, 2),
    ] {
        let (erp, legacy, _end) = legacy_before(script, on_error).await;
        tell(legacy.addr(), 1, Topic::Create, &[]).await.unwrap();
        legacy.caught_up().await;
        assert_eq!((erp.calls().len(), erp.documents()), (calls, documents), "{script:?} {on_error:?}");
        assert!(erp.keys().iter().all(Option::is_none));
    }
}
