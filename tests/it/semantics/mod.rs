//! Verdicts of whole runs in which something unusual, but not wrong, happens; and of runs in which something wrong
//! looks usual. Everything over real sockets.

mod journey;

use std::time::Duration;

use jiff::SignedDuration;
use paritee::judge::{Decision, Fate, GateName};
use paritee::outcome::{Lane, PerLane};
use paritee::sim::erp::{SalesLine, SalesOrder};
use paritee::sim::{Fault, OnRepeat, Plan, Topic, WorldPlan};

use journey::{Journey, closed, conserved, count, go, not_go, tell};

/// Enough orders for GO in the first live run of a journal, at the world's `loss_rate_max`.
const ENOUGH: u64 = 400;

fn plan(orders: u64) -> WorldPlan {
    let mut plan = WorldPlan::default();
    plan.storefront.orders = orders;
    plan
}

fn by_phone(external_id: &str) -> SalesOrder {
    SalesOrder {
        external_id: paritee::order::OrderKey::new(external_id).unwrap(),
        currency: "EUR".into(),
        total: "12.00".into(),
        lines: vec![SalesLine { sku: Some("LL-1".into()), quantity: 1, price: "12.00".into() }],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_restart_with_orders_in_flight_leaves_go_in_reach() {
    let journey = Journey::begin(plan(ENOUGH)).await;
    let sidecar = journey.serve(None).await;
    journey.place(sidecar.tee_addr(), 1..=ENOUGH / 2).await;
    sidecar.stop().await;
    let sidecar = journey.serve(None).await;
    journey.place(sidecar.tee_addr(), ENOUGH / 2 + 1..=ENOUGH).await;
    let closed = closed(ENOUGH);
    let ended = journey.settled("GO", |now| closed(now) && go(now)).await;
    assert_eq!((ended.run.number, ended.run.gaps), (1, 0));
    conserved(&ended);
    sidecar.stop().await;
    journey.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_with_orders_in_flight_leaves_go_in_reach() {
    let mut plan = plan(ENOUGH);
    plan.gated.latency = Duration::from_millis(300);
    let journey = Journey::begin(plan).await;
    let process = journey.process();
    journey.place(process.addr, 1..=ENOUGH / 2).await;
    process.kill();
    let process = journey.process();
    let again = journey.place(process.addr, ENOUGH / 2 - 5..=ENOUGH).await;
    assert!(again.iter().all(|status| *status == 200));
    let closed = closed(ENOUGH);
    let ended = journey.settled("GO", |now| closed(now) && go(now)).await;
    assert_eq!((ended.run.number, ended.run.gaps, ended.run.gaps_unexplained), (1, 1, 0));
    conserved(&ended);
    process.kill();
    journey.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_run_is_judged_by_its_own_orders() {
    const MORE: u64 = 500;
    let journey = Journey::begin(plan(100 + MORE)).await;
    let sidecar = journey.serve(None).await;
    journey.place(sidecar.tee_addr(), 1..=100).await;
    journey.world.erp(Lane::Gated).commit(by_phone("made-by-a-bug"));
    journey.settled("a phantom", |now| now.decision == Decision::NoGo).await;
    // Orders of the first run are still under way.
    journey.place(sidecar.tee_addr(), 90..=100).await;
    sidecar.stop().await;
    let sidecar = journey.serve(Some("gated build 412")).await;
    journey.place(sidecar.tee_addr(), 95..=100 + MORE).await;
    let closed = closed(MORE);
    let ended = journey.settled("GO in the second run", |now| closed(now) && go(now)).await;
    assert_eq!((ended.run.number, ended.run.live_run), (2, Some(2)));
    conserved(&ended);
    let first = journey.assess(Some(1), None).await;
    assert_eq!(first.decision, Decision::NoGo, "{}", tell(&first));
    assert_eq!(first.totals.orders_captured, 100);
    conserved(&first);
    sidecar.stop().await;
    journey.world.stop().await;
}

/// Clocks that are seconds or an hour off either way, both ERPs numbering from one, redeliveries, updates, cancels before and
/// after the order, orders that a rule excludes, names beside the key: nothing of it is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_usual_is_go() {
    for (legacy_ahead, gated_ahead, on_repeat) in [(7, -7, OnRepeat::SameAnswer), (-3_600, 3_600, OnRepeat::Duplicate)]
    {
        let mut plan = plan(ENOUGH);
        plan.erps.legacy.first_number = 1;
        plan.erps.legacy.clock_offset = SignedDuration::from_secs(legacy_ahead);
        plan.erps.gated.clock_offset = SignedDuration::from_secs(gated_ahead);
        plan.gated.on_repeat = on_repeat;
        plan.legacy.faults = Plan::none().with(50, Fault::Lose).with(51, Fault::Double).with(52, Fault::Fail);
        let mut journey = Journey::begin(plan).await;
        let excluded = journey.world.key_of(7);
        let rule =
            format!("[[tee.exclude]]\npointer = \"/id\"\nequals = {excluded}\nreason = \"test order\"\n\n[settle]");
        journey.rewrite("[settle]", &rule);
        let sidecar = journey.serve(None).await;
        let tee = sidecar.tee_addr();
        journey.tell(tee, 30, Topic::Cancel).await;
        journey.tell(tee, 31, Topic::Update).await;
        journey.place(tee, 1..=ENOUGH).await;
        for number in 10..=20 {
            journey.tell(tee, number, Topic::Create).await;
            journey.tell(tee, number, Topic::Create).await;
            journey.tell(tee, number + 100, Topic::Update).await;
            journey.tell(tee, number + 200, Topic::Cancel).await;
        }
        let closed = closed(ENOUGH);
        let ended = journey.settled("GO", |now| closed(now) && go(now)).await;
        conserved(&ended);
        assert_eq!(count(&ended, Lane::Gated, Fate::Excluded), 1);
        assert_eq!(ended.run.counts.skipped["excluded: test order"], 1);
        assert_eq!(ended.totals.documents.gated, ENOUGH - 1, "{}", tell(&ended));
        for (lane, ahead) in [(Lane::Legacy, legacy_ahead), (Lane::Gated, gated_ahead)] {
            let shown = ended.run.lanes.get(lane).clock_offset_us.map(|us| us / 1_000_000 - ahead);
            assert!(shown.is_some_and(|off| off.abs() < 60), "{lane}: {shown:?} s beside the truth");
        }
        sidecar.stop().await;
        journey.world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_breaks_at_page_3_is_inconclusive_until_it_can_be_read() {
    let mut plan = plan(ENOUGH);
    plan.erps.gated.page_size = 50;
    plan.erps.gated.broken_page = Some((3, paritee::sim::erp::Breakage::Fails));
    plan.gated.faults = Plan::none().with(399, Fault::Lose);
    let journey = Journey::begin(plan).await;
    let sidecar = journey.serve(None).await;
    journey.place(sidecar.tee_addr(), 1..=ENOUGH).await;
    let broken = journey
        .settled("orders whose time is over", |now| {
            count(now, Lane::Gated, Fate::Pending) == 0 && now.run.lanes.gated.readings_broken > 3
        })
        .await;
    assert_eq!(broken.decision, Decision::Inconclusive, "{}", tell(&broken));
    assert_eq!(count(&broken, Lane::Gated, Fate::Lost), 0);
    journey.world.erp(Lane::Gated).mend_ledger();
    let mended = journey.settled("all is known", closed(ENOUGH)).await;
    assert_eq!(count(&mended, Lane::Gated, Fate::Lost), 1, "{}", tell(&mended));
    assert_eq!(mended.decision, Decision::NoGo);
    sidecar.stop().await;
    journey.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_still_arrive_leave_go_in_reach_and_the_window_can_be_set() {
    const ORDERS: u64 = 1_200;
    let journey = Journey::begin(plan(ORDERS)).await;
    let sidecar = journey.serve(None).await;
    let tee = sidecar.tee_addr();
    let begin = paritee::clock::now();
    let arriving = async {
        for number in 1..=ORDERS {
            journey.tell(tee, number, Topic::Create).await;
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
    };
    let asking = journey.settled("GO while orders arrive", |now| {
        go(now) && count(now, Lane::Gated, Fate::Pending) > 0 && now.totals.orders_captured < ORDERS
    });
    let (ended, ()) = tokio::join!(asking, arriving);
    conserved_but_for_counts(&ended);
    let early = journey.assess(None, Some(begin)).await;
    assert_eq!(early.decision, Decision::Inconclusive);
    let ahead = journey.assess(None, Some(paritee::clock::now() + SignedDuration::from_hours(1))).await;
    assert_eq!(ahead.decision, Decision::Inconclusive, "{}", tell(&ahead));
    assert_eq!(count(&ahead, Lane::Gated, Fate::Pending), 0);
    sidecar.stop().await;
    journey.world.stop().await;
}

fn conserved_but_for_counts(assessment: &paritee::judge::Assessment) {
    assert_eq!(assessment.totals.residual, PerLane::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_shadow_is_inconclusive_and_go_after_it_resumed() {
    let journey = Journey::begin(plan(ENOUGH)).await;
    let sidecar = journey.serve(None).await;
    journey.place(sidecar.tee_addr(), 1..=ENOUGH / 2).await;
    sidecar.pace().pause(true);
    journey.place(sidecar.tee_addr(), ENOUGH / 2 + 1..=ENOUGH).await;
    let paused = journey.settled("unsent orders", |now| count(now, Lane::Gated, Fate::Unsent) >= ENOUGH / 2 - 16).await;
    assert_eq!(paused.decision, Decision::Inconclusive, "{}", tell(&paused));
    sidecar.pace().pause(false);
    let closed = closed(ENOUGH);
    journey.settled("GO", |now| closed(now) && go(now)).await;
    sidecar.stop().await;
    journey.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ack_gated_lane_is_judged_by_its_promise() {
    let mut plan = plan(ENOUGH);
    plan.sidecar.lanes.gated.horizon = Duration::from_secs(6);
    // Beyond the SLA, and the second within which clocks tell nothing.
    let late = Fault::Delay(plan.sidecar.lanes.gated.sla + Duration::from_secs(2));
    for faults in [Plan::none(), Plan::none().with(33, late)] {
        let (mut plan, is_good) = (plan.clone(), faults == Plan::none());
        plan.gated.faults = faults;
        let mut journey = Journey::begin(plan).await;
        journey.rewrite("flow = \"erp-gated\"", "flow = \"ack-gated\"");
        journey.rewrite("answer_wait_max = \"1000ms\"", "answer_wait_max = \"5s\"");
        let sidecar = journey.serve(None).await;
        journey.place(sidecar.tee_addr(), 1..=ENOUGH).await;
        let broken = (GateName::ConfirmationGated, Decision::NoGo);
        // One late commit of four hundred: of 99 in a hundred that proves nothing yet.
        let few = (GateName::CommitLatency, Decision::Inconclusive);
        let expected = if is_good { vec![] } else { vec![broken, few] };
        let closed = closed(ENOUGH);
        let ended = journey.settled("the end", |now| closed(now) && not_go(now) == expected).await;
        assert_eq!(count(&ended, Lane::Gated, Fate::CommittedLate), u64::from(!is_good), "{}", tell(&ended));
        sidecar.stop().await;
        journey.world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lanes_can_swap_their_roles() {
    let mut plan = plan(ENOUGH);
    plan.erps.legacy.first_number = 1;
    let mut journey = Journey::begin(plan).await;
    journey.rewrite("role = \"live\"", "role = \"dark\"");
    journey.rewrite("role = \"shadow\"", "role = \"live\"");
    journey.rewrite("role = \"dark\"", "role = \"shadow\"");
    journey.rewrite("ledger = \"production\"", "ledger = \"dark\"");
    journey.rewrite("ledger = \"sandbox\"", "ledger = \"production\"");
    journey.rewrite("ledger = \"dark\"", "ledger = \"sandbox\"");
    let sidecar = journey.serve(None).await;
    let answers = journey.place(sidecar.tee_addr(), 1..=ENOUGH).await;
    assert!(answers.iter().all(|status| *status == 201));
    let closed = closed(ENOUGH);
    let ended = journey.settled("GO", |now| closed(now) && go(now)).await;
    conserved(&ended);
    sidecar.stop().await;
    journey.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_live_lane_refuses_is_none_of_a_shadow_that_waits_for_it() {
    let mut plan = plan(ENOUGH);
    plan.legacy.faults = Plan::none().with(20, Fault::Fail).with_once(21, Fault::Fail);
    let mut journey = Journey::begin(plan).await;
    journey.rewrite("ledger = \"sandbox\"", "ledger = \"sandbox\"\nsend = \"after-live-accepts\"");
    let sidecar = journey.serve(None).await;
    journey.place(sidecar.tee_addr(), 1..=ENOUGH).await;
    journey.place(sidecar.tee_addr(), [21]).await;
    let ended = journey.settled("GO", |now| count(now, Lane::Gated, Fate::Pending) == 0 && go(now)).await;
    assert_eq!(count(&ended, Lane::Gated, Fate::Unsent), 1);
    conserved(&ended);
    sidecar.stop().await;
    journey.world.stop().await;
}

/// The live lane commits what it never answers, the storefront tries again, and orders from before the tee come in.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_live_lane_does_wrong_does_not_keep_the_gated_one_from_go() {
    let mut plan = plan(ENOUGH);
    plan.legacy.faults = Plan::none().with_once(20, Fault::TimeOut).with(21, Fault::TimeOut).with(22, Fault::Fail);
    let mut journey = Journey::begin(plan).await;
    journey.rewrite("answer_wait_max = \"5000ms\"", "answer_wait_max = \"500ms\"");
    let sidecar = journey.serve(None).await;
    let tee = sidecar.tee_addr();
    journey.place(tee, 1..=1).await;
    journey.world.erp(Lane::Legacy).commit(by_phone("in-flight-when-the-tee-began"));
    let answers = journey.place(tee, 2..=ENOUGH).await;
    assert_eq!(answers[18..21], [504, 504, 500]);
    assert_eq!(journey.place(tee, [20]).await, [200]);
    let closed = closed(ENOUGH);
    let ended = journey.settled("GO", |now| closed(now) && go(now)).await;
    let legacy = |fate| count(&ended, Lane::Legacy, fate);
    let odd = [Fate::DoubleCommitted, Fate::Recovered, Fate::NotCommitted].map(legacy);
    assert_eq!(odd, [1, 1, 1], "{}", tell(&ended));
    assert_eq!(ended.totals.documents_aside.legacy["carried_over"], 1);
    conserved(&ended);
    sidecar.stop().await;
    journey.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gated_lane_that_refuses_what_legacy_commits_is_no_go_and_only_for_that() {
    const ORDERS: u64 = 600;
    let mut plan = plan(ORDERS);
    plan.gated.faults = Plan::none().with_each((1..=ORDERS).filter(|number| number % 3 == 0), Fault::Reject);
    let journey = Journey::begin(plan).await;
    let sidecar = journey.serve(None).await;
    journey.place(sidecar.tee_addr(), 1..=ORDERS).await;
    let (closed, expected) = (closed(ORDERS), [(GateName::DecisionsAgree, Decision::NoGo)]);
    let ended = journey.settled("the end", |now| closed(now) && not_go(now) == expected).await;
    assert_eq!(count(&ended, Lane::Gated, Fate::Rejected), ORDERS / 3);
    sidecar.stop().await;
    journey.world.stop().await;
}
