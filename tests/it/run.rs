//! Whole runs: hundreds of orders over real sockets through `serve`, both ledgers read back, and the report says what is so.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::time::Duration;

use paritee::cli::serve::{self, Options};
use paritee::judge::{Assessment, Decision, Fate, GateName, Parity};
use paritee::outcome::{Lane, PerLane};
use paritee::sim::{Alteration, Curve, Fault, OnRepeat, OrderNumber, Plan, World, WorldPlan};
use paritee::{audit, config, journal};
use tempfile::TempDir;
use tokio::time::timeout;

/// A guard against a run that never settles; runs settle in a few seconds.
const SETTLE_MAX: Duration = Duration::from_secs(60);

/// A run that has ended: its world's keys, its journal, its assessment.
struct Ended {
    _folder: TempDir,
    keys: BTreeMap<OrderNumber, String>,
    assessment: Assessment,
    answers: Vec<Result<u16, String>>,
}

/// Trades a whole world through a sidecar, and waits until `settled`.
async fn run(plan: WorldPlan, settled: impl Fn(&Assessment) -> bool) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("week3.db");
    let world = World::start(plan).await.unwrap();
    let checked = config::parse("world.toml", &world.config(&path), &|_| None).unwrap();
    let sidecar = serve::start(checked.config, Options::default()).await.unwrap();
    let deliveries = world.trade(sidecar.tee_addr()).await.unwrap().deliveries;
    let mut tail = sidecar.journal().tail();
    let settling = async {
        loop {
            let path = path.clone();
            let assess = move || audit::assess(&journal::Reader::open(&path).unwrap(), None, None).unwrap();
            let assessment = tokio::task::spawn_blocking(assess).await.unwrap();
            if settled(&assessment) {
                return assessment;
            }
            tail.changed().await.unwrap();
        }
    };
    let assessment = timeout(SETTLE_MAX, settling).await.expect("the run settles");
    sidecar.stop().await;
    let keys = world.orders().map(|(number, key)| (number, key.to_string())).collect();
    world.stop().await;
    let answers = deliveries.into_iter().map(|delivery| delivery.answer.map_err(|error| error.to_string())).collect();
    Ended { _folder: folder, keys, assessment, answers }
}

fn plan(orders: u64) -> WorldPlan {
    let mut plan = WorldPlan::default();
    plan.storefront.orders = orders;
    plan.storefront.curve = Curve::Every(Duration::from_millis(2));
    // A busy machine holds the storefront up rather than the lanes.
    plan.storefront.concurrency = NonZeroUsize::new(8).unwrap();
    plan
}

fn count(assessment: &Assessment, lane: Lane, fate: Fate) -> u64 {
    assessment.fates.get(lane).get(&fate).copied().unwrap_or(0)
}

/// Nothing is open any more on the lanes whose ledgers are read.
fn nothing_open(orders: u64, read: &[Lane]) -> impl Fn(&Assessment) -> bool {
    let read = read.to_vec();
    move |assessment| {
        let open =
            |lane: &Lane| [Fate::Pending, Fate::Unobserved, Fate::Unsent].map(|fate| count(assessment, *lane, fate));
        let all = assessment.totals.orders_captured == orders;
        all && read.iter().all(|lane| open(lane) == [0, 0, 0])
    }
}

/// Nothing is open any more, and the readings have shown what these gates want shown: a document is known before a
/// reading after its horizon has excluded a second one.
fn shown(orders: u64, gates: &[GateName]) -> impl Fn(&Assessment) -> bool {
    let closed = nothing_open(orders, Lane::ALL);
    let gates = gates.to_vec();
    move |assessment| {
        let go = assessment.gates.iter().filter(|gate| gate.status == Decision::Go);
        let go: Vec<GateName> = go.map(|gate| gate.name).collect();
        closed(assessment) && gates.iter().all(|gate| go.contains(gate))
    }
}

impl Ended {
    /// The orders that need somebody, by position, lane and fate.
    fn exceptions(&self) -> BTreeSet<(OrderNumber, Lane, &'static str)> {
        let numbers: BTreeMap<&str, OrderNumber> =
            self.keys.iter().map(|(number, key)| (key.as_str(), *number)).collect();
        let one = |exception: &paritee::judge::Exception| {
            let lane = exception.lane.lane().expect("no census was imported");
            (numbers[exception.order_key.as_str()], lane, exception.kind.as_str())
        };
        self.assessment.exceptions.iter().map(one).collect()
    }

    fn gate(&self, name: GateName) -> Decision {
        self.assessment.gates.iter().find(|gate| gate.name == name).unwrap().status
    }

    fn not_go(&self) -> Vec<String> {
        let bad = self.assessment.gates.iter().filter(|gate| gate.status != Decision::Go);
        bad.map(|gate| format!("{} {}: {}; {}", gate.name, gate.status, gate.measured, gate.reason)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_names_precisely_what_went_wrong() {
    const ORDERS: u64 = 300;
    let mut plan = plan(ORDERS);
    plan.legacy.batch_every = Duration::from_millis(400);
    plan.gated.faults = Plan::none().with(40, Fault::Lose).with(80, Fault::Double).with(120, Fault::Reject);
    let ended = run(plan, shown(ORDERS, &[GateName::EvidenceIntact, GateName::NoPhantoms])).await;

    assert!(ended.answers.iter().all(|answer| *answer == Ok(200)), "the client sees the live lane only");
    let expected = BTreeSet::from([
        (40, Lane::Gated, "lost"),
        (80, Lane::Gated, "double_committed"),
        (120, Lane::Gated, "rejected"),
    ]);
    assert_eq!(ended.exceptions(), expected);
    assert_eq!(ended.assessment.decision, Decision::NoGo);
    assert_eq!(ended.gate(GateName::NoLostOrders), Decision::NoGo);
    assert_eq!(ended.gate(GateName::NoDoubleCommits), Decision::NoGo);
    assert_eq!(ended.gate(GateName::NoPhantoms), Decision::Go);
    assert_eq!(ended.gate(GateName::TotalsConserved), Decision::Go);
    assert_eq!(ended.gate(GateName::EvidenceIntact), Decision::Go);
    let good = count(&ended.assessment, Lane::Gated, Fate::Committed)
        + count(&ended.assessment, Lane::Gated, Fate::CommittedLate);
    assert_eq!(good, ORDERS - 3);
    assert_eq!(ended.assessment.totals.documents, PerLane { legacy: ORDERS, gated: ORDERS - 3 + 2 });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_world_without_faults_is_go_with_enough_orders() {
    const ORDERS: u64 = 400;
    let ended = run(plan(ORDERS), shown(ORDERS, &[GateName::EvidenceIntact, GateName::NoDoubleCommits])).await;
    assert_eq!(ended.assessment.decision, Decision::Go, "{:?}", ended.not_go());
    assert!(ended.exceptions().is_empty());
    let counts = &ended.assessment.run.counts;
    assert_eq!(counts.received, counts.teed + counts.passed_through + counts.skipped.values().sum::<u64>());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_orders_are_inconclusive_and_only_for_that() {
    const ORDERS: u64 = 60;
    let ended = run(plan(ORDERS), shown(ORDERS, &[GateName::EvidenceIntact, GateName::NoDoubleCommits])).await;
    assert_eq!(ended.assessment.decision, Decision::Inconclusive);
    assert_eq!(ended.not_go().len(), 2, "{:?}", ended.not_go());
    for few in [GateName::LossBound, GateName::CommitLatency] {
        assert_eq!(ended.gate(few), Decision::Inconclusive, "{few}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unread_ledger_is_inconclusive_and_nothing_is_called_lost() {
    const ORDERS: u64 = 400;
    for unread in Lane::ALL {
        let mut plan = plan(ORDERS);
        plan.sidecar.lanes.get_mut(*unread).read = false;
        let ended = run(plan, nothing_open(ORDERS, &[unread.other()])).await;
        assert_eq!(ended.assessment.decision, Decision::Inconclusive, "{unread} unread");
        assert_eq!(ended.gate(GateName::EvidenceIntact), Decision::Inconclusive);
        assert_eq!(count(&ended.assessment, *unread, Fate::Lost), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_that_fails_a_third_of_the_orders_is_no_go_and_not_silence() {
    const ORDERS: u64 = 90;
    let mut plan = plan(ORDERS);
    plan.gated.faults = Plan::none().with_each((1..=ORDERS).filter(|number| number % 3 == 0), Fault::Fail);
    let failed = ORDERS / 3;
    let settled = move |assessment: &Assessment| count(assessment, Lane::Gated, Fate::NotCommitted) == failed;
    let ended = run(plan, settled).await;
    assert_eq!(ended.assessment.decision, Decision::NoGo, "{:?}", ended.not_go());
    assert_eq!(ended.gate(GateName::NoLostOrders), Decision::NoGo);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_ends_are_settled_by_the_ledger_and_never_doubled() {
    const ORDERS: u64 = 60;
    // A lane that honours the key is sent the order again at once; one that commits again only after a reading.
    for on_repeat in [OnRepeat::SameAnswer, OnRepeat::Duplicate, OnRepeat::CommitAgain] {
        let mut plan = plan(ORDERS);
        plan.gated.on_repeat = on_repeat;
        plan.gated.faults = Plan::none().with_once(20, Fault::TimeOut).with_once(30, Fault::Fail);
        let open = nothing_open(ORDERS, Lane::ALL);
        let settled = move |assessment: &Assessment| {
            let open_gates = [GateName::NoLostOrders, GateName::NoDoubleCommits, GateName::EvidenceIntact];
            let go = |gate: &paritee::judge::Gate| !open_gates.contains(&gate.name) || gate.status == Decision::Go;
            open(assessment) && assessment.gates.iter().all(go)
        };
        let ended = run(plan, settled).await;
        let recovered = count(&ended.assessment, Lane::Gated, Fate::Recovered);
        assert!(recovered <= 2, "{on_repeat:?}");
        assert_eq!(ended.assessment.totals.documents.gated, ORDERS, "{on_repeat:?}: each order once");
        let few = [GateName::LossBound, GateName::Sensitivity, GateName::CommitLatency];
        let others = ended.assessment.gates.iter().filter(|gate| !few.contains(&gate.name));
        assert!(others.clone().all(|gate| gate.status == Decision::Go), "{on_repeat:?}: {:?}", ended.not_go());
    }
}

/// What both ERPs recorded, over real sockets: each mistake is found where it was made, and what legacy alone gets wrong is
/// evidence for the cutover.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_erps_recorded_is_compared_with_each_other_and_with_what_was_ordered() {
    const ORDERS: u64 = 60;
    let mut plan = plan(ORDERS);
    plan.gated.faults = Plan::none()
        .with(10, Fault::Alter(Alteration::Cent))
        .with(20, Fault::Alter(Alteration::Unit))
        .with(30, Fault::Alter(Alteration::Article))
        .with_each(35..40, Fault::Alter(Alteration::Segments));
    plan.legacy.faults =
        Plan::none().with(30, Fault::Alter(Alteration::Article)).with(50, Fault::Alter(Alteration::Cent));
    let ended = run(plan, nothing_open(ORDERS, Lane::ALL)).await;

    let key = |number: OrderNumber| ended.keys[&number].clone();
    let findings = &ended.assessment.findings;
    let open: BTreeSet<(String, String, String)> = findings
        .iter()
        .filter(|row| row.unexplained > 0)
        .map(|row| {
            let orders: Vec<&str> = row.orders.iter().map(|key| key.as_str()).collect();
            (row.between.to_string(), format!("{} {}", row.class, row.path), orders.join(","))
        })
        .collect();
    let row = |between: &str, what: &str, number| (between.to_owned(), what.to_owned(), key(number));
    let expected = BTreeSet::from([
        row("legacy-gated", "value /total", 10),
        row("order-gated", "value /total", 10),
        row("legacy-gated", "value /lines[sku]/quantity", 20),
        row("order-gated", "value /lines[sku]/quantity", 20),
        row("order-gated", "missing /lines[sku]", 30),
        row("order-gated", "extra /lines[sku]", 30),
        row("order-legacy", "missing /lines[sku]", 30),
        row("order-legacy", "extra /lines[sku]", 30),
        row("order-legacy", "value /total", 50),
    ]);
    assert_eq!(open, expected);
    let cent = findings.iter().find(|row| row.unexplained > 0 && row.path == "/total").unwrap();
    let (currency, money) = cent.money.iter().next().unwrap();
    assert_eq!((currency, money.signed.to_string().as_str()), ("EUR", "-0.01"));
    let departs = findings.iter().find(|row| row.by_order).unwrap();
    assert_eq!((departs.path.as_str(), departs.orders[0].as_str()), ("/total", key(50).as_str()));
    assert!(findings.iter().any(|row| row.class.as_str() == "resegmented" && row.unexplained == 0));
    assert_eq!(ended.gate(GateName::FieldsAgree), Decision::NoGo);
    assert_eq!(ended.gate(GateName::NoLostOrders), Decision::Go);
    assert_eq!(ended.assessment.parity.get(&Parity::FieldsDiffer), Some(&3));

    let totals = &ended.assessment.tie_out;
    let all = totals.units.first().unwrap();
    let (legacy, gated) = (all.legacy.as_ref().unwrap(), all.gated.as_ref().unwrap());
    assert_eq!((legacy.found, gated.found), (all.captured, all.captured + rust_decimal::Decimal::ONE));
    assert!(totals.units.iter().all(|row| row.legacy.as_ref().unwrap().residual.is_zero()));
    let eur = totals.money.iter().find(|row| row.name.as_deref() == Some("EUR")).unwrap();
    let cent = rust_decimal::Decimal::new(1, 2);
    let found = |side: &Option<paritee::judge::TieOutSide>| side.as_ref().unwrap().found;
    assert_eq!((found(&eur.legacy), found(&eur.gated)), (eur.captured - cent, eur.captured - cent));
}
