//! Lanes that crash, are down, or put orders where they don't belong.

use super::*;

/// Longer than a crash takes to come, and short enough to wait for.
const A_WHILE: Duration = Duration::from_millis(300);

async fn is_cut(lane: SocketAddr, number: u64) -> bool {
    matches!(tell(lane, number, Topic::Create, &[]).await, Err(CallError::Connection(_)))
}

#[tokio::test]
async fn a_crash_of_legacy_loses_exactly_what_waited() {
    let faults = Plan::none().with_each([3, 4], Fault::Hold(NEVER)).with_once(5, Fault::Crash);
    let (end, truth) = (CancellationToken::new(), Truth::default());
    let erp = open_erp(&ErpPlan::default(), &end).await;
    let around = Surroundings { truth: truth.clone(), ..Surroundings::only(erp.running.addr) };
    let plan = LegacyPlan { faults, batch_every: SOON, ..LegacyPlan::default() };
    let legacy = legacy_with(&plan, around, &end).await;
    for number in 1..=4 {
        tell(legacy.addr(), number, Topic::Create, &[]).await.unwrap();
    }
    until("the two that don't wait", async || erp.documents().len() == 2).await;
    assert!(is_cut(legacy.addr(), 5).await);
    assert_eq!(legacy.backlog(), 0);
    for number in [5, 6] {
        tell(legacy.addr(), number, Topic::Create, &[]).await.unwrap();
    }
    legacy.caught_up().await;
    assert_documents(&erp, [(1, 1), (2, 1), (5, 1), (6, 1)]);
    assert_eq!(told(&truth, Lane::Legacy), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_crash_of_gated_cuts_what_is_in_hand() {
    let faults = Plan::none().with(1, Fault::Delay(NEVER)).with_once(2, Fault::Crash);
    let (end, truth) = (CancellationToken::new(), Truth::default());
    let erp = open_erp(&ErpPlan::default(), &end).await;
    let around = Surroundings { truth: truth.clone(), ..Surroundings::only(erp.running.addr) };
    let gated = gated_with(&GatedPlan { faults, ..GatedPlan::default() }, around, &end).await;
    let addr = gated.addr();
    let hung = tokio::spawn(async move { is_cut(addr, 1).await });
    until("an order in hand", async || gated.in_hand() == 1).await;
    assert!(is_cut(addr, 2).await);
    assert!(hung.await.unwrap());
    gated.caught_up().await;
    for number in [2, 3] {
        assert_eq!(tell(addr, number, Topic::Create, &[]).await.unwrap().status.as_u16(), 201);
    }
    assert_documents(&erp, [(2, 1), (3, 1)]);
    assert_eq!(told(&truth, Lane::Gated), [2, 3]);
}

#[tokio::test]
async fn a_lane_that_is_down_cuts_everything_and_keeps_what_it_has() {
    let faults = Plan::none().with(1, Fault::Delay(A_WHILE));
    let plan = LegacyPlan { faults: faults.clone(), batch_every: SOON, ..LegacyPlan::default() };
    let (erp, legacy, _end) = legacy(plan).await;
    tell(legacy.addr(), 1, Topic::Create, &[]).await.unwrap();
    legacy.set_down(true);
    assert!(is_cut(legacy.addr(), 2).await);
    legacy.set_down(false);
    tell(legacy.addr(), 3, Topic::Create, &[]).await.unwrap();
    legacy.caught_up().await;
    assert_documents(&erp, [(1, 1), (3, 1)]);

    let (erp, gated, _end) = gated(GatedPlan { faults, ..GatedPlan::default() }).await;
    let addr = gated.addr();
    let hung = tokio::spawn(async move { is_cut(addr, 1).await });
    until("an order in hand", async || gated.in_hand() == 1).await;
    gated.set_down(true);
    assert!(is_cut(addr, 2).await && hung.await.unwrap());
    gated.set_down(false);
    tell(addr, 3, Topic::Create, &[]).await.unwrap();
    gated.caught_up().await;
    assert_documents(&erp, [(1, 1), (3, 1)]);
}

#[tokio::test]
async fn a_leak_is_in_production_beside_legacys_document_and_nowhere_else() {
    let end = CancellationToken::new();
    let production = ErpPlan { first_number: 500, ..ErpPlan::default() };
    let production = open_erp(&production, &end).await;
    let sandbox = open_erp(&ErpPlan::default(), &end).await;
    let around = Surroundings { production: Some(production.running.addr), ..Surroundings::only(sandbox.running.addr) };
    let plan = GatedPlan { faults: Plan::none().with(2, Fault::Leak), ..GatedPlan::default() };
    let gated = gated_with(&plan, around, &end).await;
    let legacy = LegacyPlan { batch_every: SOON, ..LegacyPlan::default() };
    let legacy = legacy_with(&legacy, Surroundings::only(production.running.addr), &end).await;
    tell(legacy.addr(), 2, Topic::Create, &[]).await.unwrap();
    legacy.caught_up().await;
    for (number, id) in [(1, "1"), (2, "501"), (3, "2")] {
        assert_eq!(json(&tell(gated.addr(), number, Topic::Create, &[]).await.unwrap())["id"], id);
    }
    assert_documents(&sandbox, [(1, 1), (3, 1)]);
    assert_documents(&production, [(2, 2)]);
}

#[tokio::test]
async fn both_lanes_commit_what_they_refused_and_split_what_is_one() {
    let whole = (1..10).find(|number| lines_of(*number) > 1).unwrap();
    let faults = || Plan::none().with(10, Fault::RejectYetCommit).with(whole, Fault::Split);
    let truth = Truth::default();
    for lane in [Lane::Legacy, Lane::Gated] {
        let end = CancellationToken::new();
        let erp = open_erp(&ErpPlan::default(), &end).await;
        let around = Surroundings { truth: truth.clone(), ..Surroundings::only(erp.running.addr) };
        let (legacy, gated) = (
            LegacyPlan { faults: faults(), batch_every: SOON, ..LegacyPlan::default() },
            GatedPlan { faults: faults(), ..GatedPlan::default() },
        );
        let (legacy, gated) =
            (legacy_with(&legacy, around.clone(), &end).await, gated_with(&gated, around, &end).await);
        let addr = if lane == Lane::Legacy { legacy.addr() } else { gated.addr() };
        let refused = tell(addr, 10, Topic::Create, &[]).await.unwrap();
        assert_eq!((refused.status.as_u16(), &json(&refused)["error"]["code"]), (422, &"UNKNOWN_SKU".into()), "{lane}");
        assert!(tell(addr, whole, Topic::Create, &[]).await.unwrap().status.is_success());
        legacy.caught_up().await;
        assert_documents(&erp, [(10, 1), (whole, 2)]);
        assert_eq!(told(&truth, lane), [whole]);
    }
}

#[tokio::test]
async fn whatever_a_lane_has_in_hand_ends_with_it() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let (before, end) = (tasks(), CancellationToken::new());
    let silent = Scripted::start(&[Says::Nothing; 2], &end).await;
    let plan = GatedPlan {
        pattern: Pattern::AckGated { sla: NEVER },
        faults: Plan::none().with(2, Fault::Hold(NEVER)),
        ..GatedPlan::default()
    };
    let gated = gated_with(&plan, Surroundings::only(silent.addr), &end).await;
    let plan = LegacyPlan { batch_every: SOON, ..LegacyPlan::default() };
    let legacy = legacy_with(&plan, Surroundings::only(silent.addr), &end).await;
    for (addr, number) in [(gated.addr(), 1), (gated.addr(), 2), (legacy.addr(), 3)] {
        tell(addr, number, Topic::Create, &[]).await.unwrap();
    }
    until("two calls without an answer", async || silent.calls().len() == 2).await;
    assert_eq!((gated.in_hand(), legacy.backlog()), (2, 1));
    end.cancel();
    tokio::join!(gated.ended(), legacy.ended());
    until("the end of all tasks", async || tasks() == before).await;
}
