//! The gated integration, pattern 2: acknowledged at once, committed or flagged afterwards.

use std::sync::Mutex;

use hyper::StatusCode;

use super::*;
use crate::sim::http::{self, Received, Reply, System};
use crate::sim::{Teller, World, WorldPlan};

/// An admin port that keeps what it is told.
#[derive(Default)]
struct Admin(Mutex<Vec<Value>>);

impl System for Admin {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        let Value::Array(events) = serde_json::from_slice(&request.body).unwrap() else { panic!("no batch") };
        self.0.lock().unwrap().extend(events);
        http::json(StatusCode::OK, "{}")
    }
}

impl Admin {
    /// Type, source and position of the order of all events so far.
    fn told(&self) -> Vec<(String, String, u64)> {
        let events = self.0.lock().unwrap();
        let text = |event: &Value, member: &str| event[member].as_str().unwrap().to_owned();
        let number = |event: &Value| (1..=10).find(|n| event["subject"] == shop().key_of(*n).as_str()).unwrap();
        events.iter().map(|event| (text(event, "type"), text(event, "source"), number(event))).collect()
    }
}

/// Facts to an admin port.
async fn teller(end: &CancellationToken) -> (Teller, Arc<Admin>) {
    let (admin, (teller, _telling)) = (Arc::<Admin>::default(), Teller::start(end.clone()));
    teller.direct_to(Some(http::serve(Arc::clone(&admin), end.clone()).await.unwrap().addr));
    (teller, admin)
}

fn plan(sla: Duration) -> GatedPlan {
    GatedPlan { pattern: Pattern::AckGated { sla }, ..GatedPlan::default() }
}

async fn is_accepted(to: SocketAddr, number: u64) -> bool {
    let answer = tell(to, number, Topic::Create, &[]).await.unwrap();
    answer.status == StatusCode::ACCEPTED && answer.body == r#"{"status":"accepted"}"#
}

#[tokio::test]
async fn what_is_not_committed_within_the_sla_is_flagged_and_committed_all_the_same() {
    let (at_once, later) = (Duration::from_millis(1), Duration::from_millis(300));
    for (sla, flags, flagged) in [(NEVER, true, 0), (at_once, true, 1), (at_once, false, 0)] {
        let end = CancellationToken::new();
        let erp = open_erp(&ErpPlan::default(), &end).await;
        let ((teller, admin), truth) = (teller(&end).await, Truth::default());
        let around =
            Surroundings { teller: teller.clone(), truth: truth.clone(), ..Surroundings::only(erp.running.addr) };
        let plan = GatedPlan { faults: Plan::none().with(2, Fault::Hold(later)), flags, ..plan(sla) };
        let gated = gated_with(&plan, around, &end).await;
        assert!(is_accepted(gated.addr(), 2).await);
        assert_eq!(told(&truth, Lane::Gated), [2]);
        gated.caught_up().await;
        assert_documents(&erp, [(2, 1)]);
        assert_eq!(gated.flagged(), flagged, "{sla:?} {flags}");
        until("every fact", async || teller.waiting() == 0).await;
        let event = ("paritee.order.flagged".to_owned(), "sim/gated/integration".to_owned(), 2);
        assert_eq!(admin.told(), (0..flagged).map(|_| event.clone()).collect::<Vec<_>>());
        end.cancel();
        gated.ended().await;
    }
}

#[tokio::test]
async fn an_order_that_is_sent_twice_and_late_is_flagged_once() {
    let later = Duration::from_millis(100);
    let faults = Plan::none().with_each([1, 2], Fault::Hold(later));
    let (erp, gated, _end) = gated(GatedPlan { faults, ..plan(Duration::from_millis(1)) }).await;
    for number in [1, 2, 1] {
        assert!(is_accepted(gated.addr(), number).await);
    }
    gated.caught_up().await;
    assert_documents(&erp, [(1, 1), (2, 1)]);
    assert_eq!(gated.flagged(), 2);
}

#[tokio::test]
async fn the_background_asks_under_one_key_until_it_succeeds_or_is_refused_for_good() {
    let end = CancellationToken::new();
    let script = [
        Says::No(423, "RECORD_LOCKED"),
        Says::No(503, "MAINTENANCE"),
        Says::YesInSilence,
        Says::Yes,
        Says::No(429, "THROTTLED"),
        Says::No(422, "CUSTOMER_BLOCKED"),
    ];
    let (erp, (teller, admin)) = (Scripted::start(&script, &end).await, teller(&end).await);
    let around = Surroundings { teller: teller.clone(), ..Surroundings::only(erp.addr) };
    let on_error = GatedRetry::WithKey { times: 0, after: Duration::from_millis(1) };
    let plan = GatedPlan { on_error, erp_wait_max: Duration::from_millis(400), ..plan(NEVER) };
    let gated = gated_with(&plan, around, &end).await;
    for number in [1, 2] {
        assert!(is_accepted(gated.addr(), number).await);
        gated.caught_up().await;
    }
    let key = |number| Some(format!("order-{}", shop().key_of(number)));
    assert_eq!(erp.keys(), [key(1), key(1), key(1), key(1), key(2), key(2)]);
    assert_eq!((erp.documents(), gated.flagged()), (1, 0));
    until("every fact", async || teller.waiting() == 0).await;
    assert_eq!(admin.told(), [("paritee.order.rejected".to_owned(), "sim/gated/integration".to_owned(), 2)]);
}

#[tokio::test]
async fn what_is_cancelled_while_it_waits_is_never_committed() {
    let (end, truth) = (CancellationToken::new(), Truth::default());
    let erp = erp_of(Lane::Gated, &truth, &end).await;
    let around = Surroundings { truth: truth.clone(), ..Surroundings::only(erp.running.addr) };
    let faults = Plan::none().with_each([1, 2], Fault::Hold(NEVER));
    let gated = gated_with(&GatedPlan { faults, ..plan(NEVER) }, around, &end).await;
    for number in [1, 2, 3] {
        assert!(is_accepted(gated.addr(), number).await);
    }
    until("the third", async || gated.in_hand() == 2).await;
    assert_eq!(truth.pulse(Lane::Gated).invisible, 2);
    for number in [1, 3] {
        let answer = tell(gated.addr(), number, Topic::Cancel, &[]).await.unwrap();
        assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &br#"{"status":"cancelled"}"#[..]));
    }
    until("the end of the first", async || gated.in_hand() == 1).await;
    // Sent again, it is acknowledged as before, and withdrawn as well.
    assert!(is_accepted(gated.addr(), 1).await);
    until("the end of its repetition", async || gated.in_hand() == 1).await;
    assert_documents(&erp, [(3, 1)]);
    assert_eq!(erp.documents()[0].status, DocumentStatus::Cancelled);
    assert_eq!((withdrawn(&truth, Lane::Gated), gated.flagged()), (vec![1], 0));
    assert_eq!(truth.pulse(Lane::Gated).invisible, 1, "the second still waits");
}

#[tokio::test]
async fn a_commit_that_comes_after_the_cancellation_is_cancelled_too() {
    for script in [
        // It comes while the ERP commits, whatever the ERP said before.
        &[Says::YesAfterCancel][..],
        &[Says::YesInSilence, Says::YesAfterCancel],
        &[Says::No(500, "UNEXPECTED"), Says::YesAfterCancel],
        &[Says::No(423, "RECORD_LOCKED"), Says::YesAfterCancel],
    ] {
        let end = CancellationToken::new();
        let erp = Scripted::start(script, &end).await;
        let on_error = GatedRetry::WithKey { times: 0, after: Duration::from_millis(1) };
        let plan = GatedPlan { on_error, erp_wait_max: Duration::from_millis(400), ..plan(NEVER) };
        let gated = gated_with(&plan, Surroundings::only(erp.addr), &end).await;
        assert!(is_accepted(gated.addr(), 1).await);
        until("the last of the script", async || erp.is_through()).await;
        assert_eq!(tell(gated.addr(), 1, Topic::Cancel, &[]).await.unwrap().status, StatusCode::OK);
        gated.caught_up().await;
        assert_eq!((erp.documents(), erp.open_documents()), (1, 0), "{script:?}");
    }
}

#[tokio::test]
async fn what_may_be_in_the_books_is_found_there_before_it_is_given_up() {
    let end = CancellationToken::new();
    // The ERP has a failure to tell of, and commits all the same when it is asked again.
    let (erp, on_error) = (
        Scripted::start(&[Says::No(500, "UNEXPECTED")], &end).await,
        GatedRetry::WithKey { times: 0, after: Duration::from_millis(1) },
    );
    let around = Surroundings::only(erp.addr);
    let truth = around.truth.clone();
    let gated = gated_with(&GatedPlan { on_error, ..plan(NEVER) }, around, &end).await;
    assert!(is_accepted(gated.addr(), 1).await);
    until("the failure", async || erp.is_through()).await;
    tell(gated.addr(), 1, Topic::Cancel, &[]).await.unwrap();
    gated.caught_up().await;
    assert_eq!((erp.calls().len(), erp.documents(), erp.open_documents()), (2, 1, 0));
    assert_eq!(withdrawn(&truth, Lane::Gated), Vec::<u64>::new());
}

#[tokio::test]
async fn faults_are_answered_first_where_the_answer_is_what_goes_wrong() {
    let faults = Plan::none()
        .with(2, Fault::Lose)
        .with(3, Fault::Double)
        .with(4, Fault::Reject)
        .with(5, Fault::Fail)
        .with(6, Fault::RejectYetCommit);
    let (erp, gated, _end) = gated(GatedPlan { faults, ..plan(NEVER) }).await;
    for (number, status) in [(1, 202), (2, 202), (3, 202), (4, 422), (5, 500), (6, 422)] {
        let answer = tell(gated.addr(), number, Topic::Create, &[]).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "order {number}");
    }
    gated.caught_up().await;
    assert_documents(&erp, [(1, 1), (3, 2), (6, 1)]);
    assert_eq!(gated.flagged(), 0);
}

#[tokio::test]
async fn a_crash_loses_what_was_acknowledged_and_not_committed() {
    let faults = Plan::none().with_each([1, 2], Fault::Hold(NEVER)).with_once(4, Fault::Crash);
    let (erp, gated, _end) = gated(GatedPlan { faults, ..plan(NEVER) }).await;
    for number in [1, 2, 3] {
        assert!(is_accepted(gated.addr(), number).await);
    }
    until("the third", async || gated.in_hand() == 2).await;
    assert!(tell(gated.addr(), 4, Topic::Create, &[]).await.is_err());
    gated.caught_up().await;
    assert!(is_accepted(gated.addr(), 5).await);
    gated.caught_up().await;
    assert_documents(&erp, [(3, 1), (5, 1)]);
}

#[tokio::test]
async fn the_sidecar_is_told_of_the_pattern() {
    let world = World::start(WorldPlan { gated: plan(NEVER), ..WorldPlan::default() }).await.unwrap();
    let checked = crate::config::parse("world", &world.config(std::path::Path::new("a.db")), &|_| None).unwrap();
    assert_eq!(checked.config.lanes.gated.flow, crate::outcome::Flow::AckGated);
    world.stop().await;
}
