//! Each format comes to exactly the same assessment, by lanes that lose, double and refuse; with legacy sent and with legacy recorded;
//! whatever the concurrency.

use std::path::PathBuf;

use paritee::outcome::Lane;
use paritee::sim::{Fault, Oddity, OnRepeat, Plan, World, WorldPlan};
use serde_json::{Value, json};

use super::traffic::{FORMS, Form, traffic, write};
use super::{Ended, Stage};

const ORDERS: u64 = 20;

/// Gated loses the third order, doubles the fifth, refuses the eleventh; legacy loses the seventh, doubles the eighth, and takes the ninth twice, as it
/// comes twice; the thirteenth is a test order.
async fn world() -> World {
    let mut plan = WorldPlan::default();
    plan.storefront.orders = ORDERS;
    plan.storefront.oddities.insert(13, vec![Oddity::Test]);
    plan.gated.faults = Plan::none().with(3, Fault::Lose).with(5, Fault::Double).with(11, Fault::Reject);
    plan.legacy.faults = Plan::none().with(7, Fault::Lose).with(8, Fault::Double);
    World::start(plan).await.unwrap()
}

/// A stage in a world whose ledgers are both declared sandboxes.
fn stage(world: &World) -> Stage {
    let config = world.config(&PathBuf::from("week3.db"));
    let replaced = config.replace("ledger = \"production\"", "ledger = \"sandbox\"");
    assert_ne!(config, replaced);
    Stage::new(&replaced)
}

async fn replay(stage: &Stage, files: &[PathBuf], more: &[&str]) -> Ended {
    let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    stage.replay(&[&["--speed", "max", "--format", "json"], more, &files].concat()).await
}

/// What a journal can't hold, as its tee saw none of it.
fn unrouted(form: Form) -> u64 {
    u64::from(form != Form::Journal)
}

/// The orders of a fate that are exceptions, by their place in the shop.
fn named(world: &World, report: &Value, lane: Lane, fate: &str) -> Vec<u64> {
    let exceptions = report["exceptions"].as_array().unwrap().iter();
    let of = exceptions.filter(|exception| exception["lane"] == lane.as_str() && exception["fate"] == fate);
    let keys = of.map(|exception| exception["order_key"].as_str().unwrap().parse().unwrap());
    let mut numbers: Vec<u64> = keys.map(|key: u64| world.shop().number_of(key).unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// The fates that are there.
fn fates(report: &Value, lane: Lane) -> Value {
    let fates = report["fates"][lane.as_str()].as_object().unwrap().iter();
    fates.filter(|(_, count)| **count != 0).map(|(fate, count)| (fate.clone(), count.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_format_comes_to_exactly_the_same_assessment() {
    for form in FORMS {
        let world = world().await;
        let stage = stage(&world);
        let files = write(form, stage.path(), &traffic(&world)).await;
        let ended = replay(&stage, &files, &[]).await;
        assert_eq!(ended.code, 1, "{form:?} {ended:?}");
        let report = ended.report();
        assert_eq!(report["decision"], "NO-GO", "{form:?}");
        let gated = json!({ "committed": 16, "lost": 1, "double_committed": 1, "rejected": 1, "excluded": 1 });
        assert_eq!(fates(&report, Lane::Gated), gated, "{form:?}");
        let legacy = json!({ "committed": 16, "lost": 1, "double_committed": 2, "excluded": 1 });
        assert_eq!(fates(&report, Lane::Legacy), legacy, "{form:?}");
        let of = |lane, fate| named(&world, &report, lane, fate);
        assert_eq!((of(Lane::Gated, "lost"), of(Lane::Gated, "double_committed")), (vec![3], vec![5]), "{form:?}");
        assert_eq!((of(Lane::Legacy, "lost"), of(Lane::Legacy, "double_committed")), (vec![7], vec![8, 9]), "{form:?}");

        let mut skipped = json!({ "excluded: test order": 1, "no_order_key": 1 });
        skipped[if form == Form::Journal { "not_whole: body_cut" } else { cut(form) }] = json!(1);
        if unrouted(form) > 0 {
            skipped["no_route"] = json!(1);
        }
        let counts = &report["run"]["counts"];
        assert_eq!(counts["skipped"], skipped, "{form:?}");
        assert_eq!((&counts["received"], &counts["teed"]), (&json!(23 + unrouted(form)), &json!(20)), "{form:?}");
        assert_eq!(counts["redelivered"], 1, "{form:?}: the ninth came twice");
        let said = format!("read {} = sent 20 + skipped {} (", 23 + unrouted(form), 3 + unrouted(form));
        assert!(ended.err.contains(&said), "{form:?} {said} {}", ended.err);
        assert!(ended.err.contains("never sent, as they are not what was captured:\n  day"), "{form:?} {}", ended.err);
        world.stop().await;
    }
}

/// How each format says that the end of a request is missing.
const fn cut(form: Form) -> &'static str {
    match form {
        Form::Har | Form::Ndjson | Form::NdjsonGz | Form::Gor | Form::GorChunks | Form::Journal => {
            "not_whole: body_cut"
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_answers_stand_for_legacy_and_nothing_goes_there() {
    for form in FORMS {
        let world = world().await;
        // As in the week of the run: production, which a replay never sends to.
        let stage = Stage::new(&world.config(&PathBuf::from("week3.db")));
        let files = write(form, stage.path(), &traffic(&world)).await;
        let ended = replay(&stage, &files, &["--legacy", "recorded"]).await;
        let report = ended.report();
        assert_eq!(world.erp(Lane::Legacy).documents().len(), 0, "{form:?}");
        assert!(world.truth().orders(Lane::Legacy).is_empty(), "{form:?}");
        // What legacy's ledger has is in none of these files: nothing can be said of it.
        assert_eq!(fates(&report, Lane::Legacy), json!({ "unobserved": 19, "excluded": 1 }), "{form:?}");
        let gated = json!({ "committed": 16, "lost": 1, "double_committed": 1, "rejected": 1, "excluded": 1 });
        assert_eq!(fates(&report, Lane::Gated), gated, "{form:?}");
        assert_eq!(ended.code, 1, "{form:?} {ended:?}");
        let journal = stage.journal();
        let sent: i64 = journal
            .connection()
            .query_row(
                "SELECT count(*) FROM attempt WHERE lane = 'legacy' AND sent_at < 1764000000000000 + 31536000000000",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(sent, 20, "{form:?}: each at its own time");
        let answered: i64 = journal
            .connection()
            .query_row(
                "SELECT count(*) FROM answer WHERE lane = 'legacy' AND status = 200 AND took_us = 9000",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(answered, 20, "{form:?}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_brings_legacys_ledger_along_and_comes_to_its_decision_again() {
    let mut plan = WorldPlan::default();
    plan.storefront.orders = ORDERS;
    plan.sidecar.loss_rate_max = 0.2;
    plan.legacy.faults = Plan::none().with(7, Fault::Lose).with(8, Fault::Double);
    plan.gated.faults = Plan::none().with(3, Fault::Lose);
    let world = World::start(plan.clone()).await.unwrap();
    let stage = stage(&world);
    let files = write(Form::Ndjson, stage.path(), &traffic(&world)).await;
    let first = replay(&stage, &files, &["--journal", "week.db"]).await;
    assert_eq!(first.code, 1, "{first:?}");
    world.stop().await;

    // The same orders against a repaired build, and no legacy there at all.
    plan.gated.faults = Plan::none();
    let repaired = World::start(plan).await.unwrap();
    let stage_of_today = Stage::new(&repaired.config(&PathBuf::from("week3.db")));
    let ended = replay(&stage_of_today, &[stage.file("week.db")], &["--legacy", "recorded"]).await;
    let report = ended.report();
    assert_eq!(fates(&report, Lane::Legacy), fates(&first.report(), Lane::Legacy));
    assert_eq!(fates(&report, Lane::Legacy), json!({ "committed": 17, "lost": 1, "double_committed": 2 }));
    assert_eq!(fates(&report, Lane::Gated), json!({ "committed": 20 }));
    let gate = |name: &str| report["gates"].as_array().unwrap().iter().find(|gate| gate["name"] == name).unwrap();
    for name in ["evidence-intact", "no-lost-orders", "no-double-commits", "fields-agree", "totals-conserved"] {
        assert_eq!(gate(name)["status"], "GO", "{name} {}", gate(name));
    }
    assert_eq!(repaired.erp(Lane::Legacy).documents().len(), 0);
    repaired.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_holds_the_orders_already_is_refused() {
    let world = World::start(WorldPlan::default()).await.unwrap();
    let stage = stage(&world);
    let files = write(Form::Ndjson, stage.path(), &traffic(&world)[..30]).await;
    let first = replay(&stage, &files, &[]).await;
    assert_eq!(fates(&first.report(), Lane::Legacy), json!({ "committed": 30 }), "{first:?}");
    // Whatever a lane did now, its ledger would have them.
    let documents = world.erp(Lane::Legacy).documents().len();
    for legacy in ["sent", "recorded"] {
        let again = replay(&stage, &files, &["--journal", "again.db", "--legacy", legacy]).await;
        assert!(again.code == 2 && again.err.contains("the gated ledger holds 30"), "{again:?}");
        assert_eq!(again.err.contains("the legacy ledger holds 30"), legacy == "sent", "{again:?}");
        assert!(again.err.contains("set the sandbox up anew (nothing was sent)"), "{again:?}");
    }
    assert_eq!(world.erp(Lane::Legacy).documents().len(), documents);
    // What this replay sent itself is no reason.
    let resumed = replay(&stage, &files, &["--resume"]).await;
    assert_eq!(
        (resumed.code, fates(&resumed.report(), Lane::Legacy)),
        (first.code, json!({ "committed": 30 })),
        "{resumed:?}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_fails_every_order_is_no_go_once_all_was_sent_again() {
    let mut plan = WorldPlan::default();
    plan.storefront.orders = 12;
    plan.gated.on_repeat = OnRepeat::CommitAgain;
    plan.gated.faults = Plan::none().with_each(1..=12, Fault::Fail);
    let world = World::start(plan).await.unwrap();
    let stage = stage(&world);
    let files = write(Form::Ndjson, stage.path(), &traffic(&world)[..12]).await;
    let ended = replay(&stage, &files, &[]).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(fates(&ended.report(), Lane::Gated), json!({ "not_committed": 12 }), "{ended:?}");
    assert!(ended.err.contains("some were sent again"), "{}", ended.err);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_and_world_give_the_same_verdicts_at_every_concurrency() {
    let mut all = Vec::new();
    for concurrency in ["1", "3", "64"] {
        let world = world().await;
        let stage = stage(&world);
        let files = write(Form::Gor, stage.path(), &traffic(&world)).await;
        let ended = replay(&stage, &files, &["--concurrency", concurrency]).await;
        let report = ended.report();
        let exceptions: Vec<_> = report["exceptions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|exception| (exception["order_key"].clone(), exception["lane"].clone(), exception["fate"].clone()))
            .collect();
        let gates: Vec<_> = report["gates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|gate| (gate["name"].clone(), gate["status"].clone()))
            .collect();
        all.push((
            ended.code,
            gates,
            report["fates"].clone(),
            report["parity"].clone(),
            exceptions,
            report["tie_out"].clone(),
            report["run"]["counts"].clone(),
        ));
        world.stop().await;
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
}
