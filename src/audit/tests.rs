//! Timelines out of real journals: names, runs, answers, strays, counts.

mod assessed;
mod clock_back;
mod growing;
mod live;
mod noise;
mod witness;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::clock;
use crate::journal::{self, CaptureWait, Control, ControlKind, Digest, Opened, Record, RunKind, RunRow};
use crate::judge::{LanePolicy, Owner, PolicyChange};
use crate::outcome::{
    Answer, AnswerRules, Attempt, Capture, Ending, Flow, Gap, GapReason, LedgerKind, Operation, Outcome, OutcomeKind,
    PerLane, Role, RowId, Scope, SendReason, Skip,
};

const WAIT: Duration = Duration::from_secs(30);

fn key(text: &str) -> OrderKey {
    OrderKey::new(text).unwrap()
}

fn create(name: &str, other_names: &[&str]) -> Capture {
    Capture {
        uuid: Uuid::nil(),
        received_at: clock::now(),
        method: "POST".into(),
        target: "/orders".into(),
        route: "/orders".into(),
        operation: Operation::Create,
        order_key: Some(key(name)),
        also_known_as: other_names.iter().map(|name| key(name)).collect(),
        event_id: None,
        delivery_id: None,
        excluded: None,
        skip: None,
        signature: None,
        headers: Vec::new(),
        body: Bytes::from_static(b"{}"),
        body_bytes: 2,
    }
}

fn commit(lane: Lane, name: &str, reference: &str, id: &str) -> Record {
    Record::Outcome(Outcome {
        lane,
        kind: OutcomeKind::Committed,
        order_key: key(name),
        occurred_at: Some(clock::now()),
        source: format!("poll:{lane}"),
        source_id: id.to_owned(),
        reference: Some(reference.to_owned()),
        document: Some(Bytes::from(format!("{{\"id\":\"{reference}\"}}"))),
    })
}

fn policy_text() -> String {
    let lane = |role, ledger| LanePolicy {
        role,
        flow: Flow::FireAndForget,
        ledger,
        observed: true,
        sla: Duration::ZERO,
        horizon: Duration::ZERO,
        lag: Duration::ZERO,
        overlap: Duration::ZERO,
        grace: Duration::ZERO,
        answer: AnswerRules::default(),
        scope: Scope::default(),
        ..LanePolicy::new(role, Flow::FireAndForget, ledger)
    };
    let lanes =
        PerLane { legacy: lane(Role::Live, LedgerKind::Production), gated: lane(Role::Shadow, LedgerKind::Sandbox) };
    serde_json::to_string(&Policy::new(lanes)).unwrap()
}

/// A journal that is being written.
struct World {
    _folder: TempDir,
    path: PathBuf,
    opened: Opened,
    run: u32,
    policy: String,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("week3.db");
        let opened = journal::open(&path, journal::Options::default()).unwrap();
        Self { _folder: folder, path, opened, run: 0, policy: policy_text() }
    }

    async fn record(&self, records: Vec<Record>) -> Vec<RowId> {
        let recorded = self.opened.journal.record(records).await.unwrap();
        recorded.iter().map(|recorded| recorded.row).collect()
    }

    async fn begin_run(&mut self, kind: RunKind) {
        self.run += 1;
        let run = RunRow {
            number: self.run,
            kind,
            label: None,
            policy_digest: Digest([7; 32]),
            policy: self.policy.clone(),
            judged_by: format!(r#"{{"gates":{{"hours_min":{}}}}}"#, self.run),
            tool_version: "0".into(),
        };
        self.record(vec![Record::Run(run)]).await;
    }

    /// Row of the capture and of the attempt on the live lane.
    async fn capture(&self, capture: Capture) -> (RowId, RowId) {
        self.sent(clock::now(), capture).await
    }

    /// The same, sent at this time.
    async fn sent(&self, at: Timestamp, capture: Capture) -> (RowId, RowId) {
        let live = Some((Lane::Legacy, at));
        match self.opened.journal.capture(self.run, Arc::new(capture), live, WAIT).await {
            CaptureWait::Durable(captured) => (captured.capture, captured.attempt.unwrap()),
            other => panic!("{other:?}"),
        }
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.path).unwrap()
    }

    /// Each order with its run and its timeline.
    fn timelines(&self) -> Vec<(u32, Timeline)> {
        let reader = self.reader();
        let names = Names::gather(reader.connection()).unwrap();
        let mut timelines =
            Timelines::new(reader.connection(), &names, &serde_json::from_str(&policy_text()).unwrap()).unwrap();
        let mut all = Vec::new();
        each_order(reader.connection(), |order| {
            all.push((order.run, timelines.of(order)?));
            Ok::<(), ReadError>(())
        })
        .unwrap();
        all
    }

    /// Names and references of the stray documents, with their first rows.
    fn strays(&self) -> Vec<(String, String, RowId)> {
        let reader = self.reader();
        let _names = Names::gather(reader.connection()).unwrap();
        let mut strays = Vec::new();
        strays::each_stray(reader.connection(), |stray| {
            let outcome = &stray.seen.outcome;
            strays.push((outcome.order_key.to_string(), outcome.reference.clone().unwrap(), stray.first_row));
        })
        .unwrap();
        strays
    }
}

/// Documents of both lanes set aside, by reason; what is handed to the judge must account for all there is.
fn aside(assessment: &Assessment) -> PerLane<Vec<(&str, u64)>> {
    assert_eq!(assessment.totals.residual, PerLane::default(), "{:?}", assessment.totals);
    PerLane::from_fn(|lane| {
        let reasons = assessment.totals.documents_aside.get(lane);
        reasons.iter().map(|(reason, count)| (reason.as_str(), *count)).collect()
    })
}

fn references(timeline: &Timeline, lane: Lane) -> Vec<&str> {
    let outcomes = timeline.lanes.get(lane).outcomes.iter();
    outcomes.map(|seen| seen.outcome.reference.as_deref().unwrap()).collect()
}

#[tokio::test]
async fn an_order_comes_with_its_sends_its_answers_and_its_outcomes() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    let (capture, live) = world.capture(create("5001", &[])).await;
    let (_, _) = world.capture(create("5002", &[])).await;
    let mut cancel = create("5001", &[]);
    cancel.operation = Operation::Cancel;
    let (cancel, _) = world.capture(cancel).await;
    let attempt = |number, reason| {
        let (lane, at) = (Lane::Gated, clock::now());
        Record::Attempt(Attempt { capture, lane, number, reason, at, idempotency_key: Some("k".into()) })
    };
    let shadow = world.record(vec![attempt(1, SendReason::First), attempt(2, SendReason::Resend)]).await;
    let answer = |attempt, lane, status, body: &'static [u8]| Answer {
        attempt,
        lane,
        ending: Ending::Answered,
        at: clock::now(),
        took: Duration::from_millis(35),
        status: Some(status),
        headers: vec![("location".into(), Bytes::from_static(b"/orders/SO-1"))],
        body: Bytes::from_static(body),
        body_bytes: body.len() as u64,
        error: None,
    };
    let first = answer(live, Lane::Legacy, 200, b"");
    // Nothing depends on these, so that they are left out.
    let dated =
        Answer { headers: vec![("date".into(), Bytes::from_static(b"Fri, 03 Jul 2026 12:00:00 GMT"))], ..first };
    let first = Answer { headers: Vec::new(), ..dated.clone() };
    let second = answer(shadow[1], Lane::Gated, 201, b"{\"id\":\"SO-1\"}");
    world.record(vec![Record::Answer(dated), Record::Answer(second.clone())]).await;
    world.record(vec![commit(Lane::Gated, "5001", "SO-1", "a"), commit(Lane::Legacy, "5001", "L-1", "b")]).await;

    let timelines = world.timelines();
    let keys: Vec<&str> = timelines.iter().map(|(_, timeline)| timeline.key.as_str()).collect();
    assert_eq!(keys, ["5001", "5002"]);
    let timeline = &timelines[0].1;
    let operations: Vec<_> = timeline.captures.iter().map(|capture| (capture.row, capture.operation)).collect();
    assert_eq!(operations, [(capture, Operation::Create), (cancel, Operation::Cancel)]);
    let legacy = &timeline.lanes.legacy.sends;
    assert_eq!((legacy.len(), legacy[0].row, &legacy[0].answer), (2, live, &Some(first)));
    assert_eq!(legacy[1].operation, Operation::Cancel);
    let gated = &timeline.lanes.gated.sends;
    assert_eq!((gated[0].reason, &gated[0].answer), (SendReason::First, &None));
    assert_eq!((gated[1].reason, &gated[1].answer), (SendReason::Resend, &Some(second)));
    assert_eq!(references(timeline, Lane::Gated), ["SO-1"]);
    assert_eq!(references(timeline, Lane::Legacy), ["L-1"]);
    assert!(world.strays().is_empty());
}

#[tokio::test]
async fn a_name_that_two_orders_share_identifies_neither() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    // #1 is one order's; #2 is two orders'; 30 is the key of one and another name of the other.
    for capture in
        [create("10", &["#1", "#2"]), create("10", &["#1", "10"]), create("20", &["#2", "30"]), create("30", &[])]
    {
        world.capture(capture).await;
    }
    let documents = ["10", "#1", "#2", "20", "30", "40"];
    for name in documents {
        world.record(vec![commit(Lane::Gated, name, &format!("of {name}"), name)]).await;
    }
    let timelines = world.timelines();
    let found: Vec<(&str, Vec<&str>)> =
        timelines.iter().map(|(_, timeline)| (timeline.key.as_str(), references(timeline, Lane::Gated))).collect();
    assert_eq!(found, [("10", vec!["of 10", "of #1"]), ("20", vec!["of 20"]), ("30", vec![])]);
    let strays: Vec<String> = world.strays().into_iter().map(|(name, _, _)| name).collect();
    assert_eq!(strays, ["#2", "30", "40"]);

    let reader = world.reader();
    let assessment = assess(&reader, None, None).unwrap();
    assert_eq!(aside(&assessment).gated, [("phantom", 1), ("shared_name", 2)]);
    let shares = timelines.iter().map(|(_, timeline)| timeline.lanes.gated.shares_document);
    assert_eq!(shares.collect::<Vec<_>>(), [true, true, true], "each may be the one whose document it is");
    assert!(timelines.iter().all(|(_, timeline)| !timeline.lanes.legacy.shares_document));
    assert_eq!((assessment.totals.orders_captured, assessment.totals.documents_of_orders.gated), (3, 3));
    let names = Names::gather(reader.connection()).unwrap();
    for (name, expected) in [
        ("10", Some("10")),
        ("#10", Some("10")),
        ("#1", Some("10")),
        ("1", Some("10")),
        ("20", Some("20")),
        ("41", None),
    ] {
        assert_eq!(key_of(&names, &key(name)).unwrap(), expected.map(key), "{name}");
    }
    for name in ["#2", "2", "30"] {
        assert!(matches!(key_of(&names, &key(name)), Err(AuditError::Shared { .. })), "{name}");
    }
}

#[tokio::test]
async fn an_order_belongs_to_the_run_of_its_first_capture() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    world.capture(create("early", &["#1"])).await;
    world.begin_run(RunKind::Live).await;
    world.capture(create("late", &[])).await;
    world.capture(create("early", &[])).await;
    let mut skipped = create("skipped", &[]);
    skipped.skip = Some(Skip::BodyTooLarge);
    world.capture(skipped).await;
    for (name, reference) in [("early", "SO-1"), ("#1", "SO-2"), ("late", "SO-3"), ("skipped", "SO-4")] {
        world.record(vec![commit(Lane::Gated, name, reference, reference)]).await;
    }
    let timelines = world.timelines();
    let runs: Vec<_> = timelines.iter().map(|(run, order)| (order.key.as_str(), *run, order.captures.len())).collect();
    assert_eq!(runs, [("early", 1, 2), ("late", 2, 1), ("skipped", 2, 1)]);
    let reader = world.reader();
    assert_eq!([1, 2].map(|run| evidence::orders(reader.connection(), run).unwrap()), [1, 1]);
    let names = Names::gather(reader.connection()).unwrap();
    let mut fetch =
        Timelines::new(reader.connection(), &names, &serde_json::from_str(&policy_text()).unwrap()).unwrap();
    let mut documents = Vec::new();
    each_order(reader.connection(), |order| {
        documents.push(fetch.documents_of(order)?.gated);
        Ok::<(), ReadError>(())
    })
    .unwrap();
    assert_eq!(documents, [2, 1, 1]);
    for (run, orders, documents, set_aside) in
        [(1, 1, 2, vec![("other_run", 2)]), (2, 1, 1, vec![("other_run", 2), ("skipped", 1)])]
    {
        let assessment = assess(&reader, Some(run), None).unwrap();
        assert_eq!(assessment.totals.orders_captured, orders);
        assert_eq!(assessment.totals.documents_of_orders.gated, documents);
        assert_eq!((aside(&assessment).gated, assessment.run.live_run), (set_aside, Some(run)));
    }
}

#[tokio::test]
async fn a_ledger_that_numbers_from_the_start_again_leaves_no_residual() {
    let mut world = World::new();
    for name in ["first", "second"] {
        world.begin_run(RunKind::Live).await;
        world.capture(create(name, &["#same", &format!("#{name}")])).await;
        let sightings = [name.to_owned(), format!("#{name}"), "#same".to_owned(), format!("stray-{name}")];
        for sighting in sightings {
            world.record(vec![commit(Lane::Gated, &sighting, "SO-1", &sighting)]).await;
        }
    }
    let reader = world.reader();
    for run in [1, 2] {
        let assessment = assess(&reader, Some(run), None).unwrap();
        assert_eq!(assessment.totals.documents_of_orders.gated, 1, "one document under two names of one order");
        assert!(aside(&assessment).gated.contains(&("other_run", 1)));
    }
}

#[tokio::test]
async fn a_stray_document_is_one_however_often_it_is_seen() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    let sightings = [("phone", "SO-1", "a"), ("phone", "SO-2", "b"), ("phone", "SO-1", "c")];
    let records = sightings.map(|(name, reference, id)| commit(Lane::Gated, name, reference, id)).to_vec();
    let rows = world.record(records).await;
    assert_eq!(
        world.strays(),
        [("phone".to_owned(), "SO-1".to_owned(), rows[0]), ("phone".to_owned(), "SO-2".to_owned(), rows[1])]
    );
}

#[tokio::test]
async fn requests_are_counted_by_rows_tallies_and_gaps() {
    let mut world = World::new();
    world.begin_run(RunKind::Scenario).await;
    world.capture(create("5001", &[])).await;
    let mut excluded = create("5002", &[]);
    excluded.excluded = Some("test order".into());
    world.capture(excluded).await;
    let mut skipped = create("5003", &[]);
    (skipped.order_key, skipped.skip) = (None, Some(Skip::NoJson));
    world.capture(skipped).await;
    let gap = Gap {
        reason: GapReason::JournalUnavailable,
        began_at: clock::now(),
        ended_at: clock::now(),
        requests: Some(4),
        lane: None,
        capture: None,
        order_key: None,
        detail: None,
    };
    let tally =
        |detail: &str| Record::Control(Control { run: Some(1), kind: ControlKind::Tally, detail: Some(detail.into()) });
    let records = vec![
        Record::Gap(1, gap),
        tally(r#"{"received":10,"passed_through":5,"skipped.loop":0}"#),
        tally(r#"{"received":3,"passed_through":1,"skipped.loop":2,"skipped.no_json":1}"#),
    ];
    world.record(records).await;
    // 6 passed through, 2 in a loop, 3 rows, 4 without a row: 15, of which only 13 were tallied yet.
    let counts = evidence::Requests::read(&world.reader(), 1).unwrap().counts();
    assert_eq!(counts.received, 15);
    // Now 20 were tallied: 5 more than there is a word for, and they show as a remainder.
    world.record(vec![tally(r#"{"received":7,"skipped.excluded: test order":1,"skipped.no_json":2}"#)]).await;
    let counts = evidence::Requests::read(&world.reader(), 1).unwrap().counts();
    assert_eq!((counts.received, counts.teed, counts.passed_through), (20, 1, 6));
    let skipped: Vec<(&str, u64)> = counts.skipped.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    assert_eq!(skipped, [("excluded: test order", 1), ("journal_unavailable", 4), ("loop", 2), ("no_json", 1)]);
}

#[tokio::test]
async fn what_a_run_is_judged_by_otherwise_than_the_one_before_it_is_told() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    world.begin_run(RunKind::Live).await;
    let changes = |run| assess(&world.reader(), Some(run), None).unwrap().run.changes;
    assert_eq!(changes(1), []);
    let change = PolicyChange {
        place: "/gates/hours_min".to_owned(),
        before: Some("1".to_owned()),
        after: Some("2".to_owned()),
    };
    assert_eq!(changes(2), [change]);
}

#[tokio::test]
async fn a_run_that_is_not_there_is_said_to_be_missing() {
    let mut world = World::new();
    for (runs, asked, expected) in [
        (0, None, "find the last run: this journal has none yet"),
        (0, Some(1), "find run 1: this journal has none yet"),
        (1, Some(2), "find run 2: this journal has run 1 only"),
        (3, Some(9), "find run 9: this journal has runs 1 to 3"),
    ] {
        while world.run < runs {
            world.begin_run(RunKind::Live).await;
        }
        let error = assess(&world.reader(), asked, None).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

/// Who acts on what is no part of what is judged: the last word of the run holds, for it alone, and fates stay.
#[tokio::test]
async fn the_owners_that_were_recorded_last_for_a_run_are_its_own() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    world.capture(create("5001", &[])).await;
    let (first_run, owner_of) = (world.run, |assessment: &Assessment| assessment.exceptions[0].owner);
    let settings = |run: u32, owner: &str| {
        let detail = format!(r#"{{"owners":[{{"fates":["unsent","unobserved"],"owner":"{owner}"}}],"later":1}}"#);
        vec![Record::Control(Control { run: Some(run), kind: ControlKind::Settings, detail: Some(detail) })]
    };
    let usual = assess(&world.reader(), None, None).unwrap();
    assert_eq!(owner_of(&usual), Owner::Operations, "{:?}", usual.exceptions);
    for (name, owner) in [("marketplace", Owner::Marketplace), ("ecommerce", Owner::Ecommerce)] {
        world.record(settings(first_run, name)).await;
        let assessment = assess(&world.reader(), None, None).unwrap();
        assert_eq!((owner_of(&assessment), &assessment.fates), (owner, &usual.fates));
        assert_eq!(assess(&world.reader(), None, None).unwrap(), assessment, "the same journal, the same assessment");
    }
    world.begin_run(RunKind::Live).await;
    world.record(settings(world.run, "erp_it")).await;
    let first = assess(&world.reader(), Some(first_run), None).unwrap();
    assert_eq!(owner_of(&first), Owner::Ecommerce);

    world.record(settings(first_run, "nobody")).await;
    let error = assess(&world.reader(), Some(first_run), None).unwrap_err();
    assert_eq!(error.to_string(), "read the settings of run 1");
}
