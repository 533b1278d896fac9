//! Small journals for the command line to read, written by the real writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use assert_cmd::Command;
use bytes::Bytes;
use jiff::{Span, Timestamp};
use paritee::journal::{self, CaptureWait, Opened, Record, RunKind};
use paritee::judge::{LanePolicy, Policy, Thresholds};
use paritee::order::{OrderKey, Pointer};
use paritee::outcome::{
    Answer, AnswerRules, Attempt, Capture, Ending, Flow, Lane, LedgerKind, Operation, Outcome, OutcomeKind, PerLane,
    Reading, Role, Scope, SendReason,
};
use paritee::run::{self, Terms};
use tempfile::TempDir;
use uuid::Uuid;

const WAIT: Duration = Duration::from_secs(30);

/// What the gated lane does with an order; legacy commits all of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gated {
    Commits,
    /// Says that it committed, and its ledger has nothing.
    Loses,
    Doubles,
    /// Commits, and both ledgers write numbers of their own into the document.
    Numbers,
    /// Commits, and the ledgers have another address of the customer each.
    Names,
    /// Commits, and everything that is said of the order names the customer; the number stands in the answer's body.
    Speaks,
}

/// The customer who is named.
pub(super) const CUSTOMER: &str = "Ada Quint-Ferreira";

/// A folder with a journal in it.
pub(super) struct World {
    folder: TempDir,
}

impl World {
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.folder.path().join("week3.db")
    }

    /// The program, its surroundings out of the way.
    pub(super) fn paritee(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("paritee").unwrap();
        command.current_dir(self.folder()).env_remove("COLUMNS").env_remove("PARITEE_LOG").args(arguments);
        command
    }

    /// A folder without a journal.
    pub(super) fn nothing() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A journal of one live run, its orders numbered from 5001; both ledgers read twice when `read`.
    pub(super) async fn with(orders: &[Gated], read: bool) -> Self {
        let world = Self::nothing();
        let opened = journal::open(&world.journal(), journal::Options::default()).unwrap();
        let number = run::begin(&opened, &terms()).await.unwrap().number;
        let begin = paritee::clock::now();
        for (index, gated) in orders.iter().enumerate() {
            one_order(&opened, number, index + 5001, *gated, begin).await;
        }
        if read {
            let count = orders.len() as u64;
            let readings = [1_000, 2_000]
                .map(|micros| Lane::ALL.iter().map(move |lane| reading(*lane, later(begin, micros), count)));
            let records = readings.into_iter().flatten().map(Record::Reading).collect();
            // The readings began after the last order; so did the journal's seal over them.
            while paritee::clock::now() < later(begin, 3_000) {
                tokio::task::yield_now().await;
            }
            opened.journal.record(records).await.unwrap();
        }
        assert!(opened.journal.close(WAIT).await);
        opened.writer.join().unwrap();
        world
    }
}

impl World {
    /// The run goes on: more orders, numbered from `first`, and nobody reads the ledgers again.
    pub(super) async fn go_on(&self, first: usize, orders: &[Gated]) {
        let opened = journal::open(&self.journal(), journal::Options::default()).unwrap();
        let run = run::begin(&opened, &Terms { new_run: None, ..terms() }).await.unwrap();
        assert!(run.resumed);
        for (index, gated) in orders.iter().enumerate() {
            one_order(&opened, run.number, first + index, *gated, paritee::clock::now()).await;
        }
        assert!(opened.journal.close(WAIT).await);
        opened.writer.join().unwrap();
    }
}

fn later(begin: Timestamp, micros: i64) -> Timestamp {
    begin + Span::new().microseconds(micros)
}

fn terms() -> Terms {
    let lane = |role, flow, ledger| LanePolicy {
        role,
        flow,
        ledger,
        observed: true,
        sla: Duration::from_secs(120),
        horizon: Duration::ZERO,
        lag: Duration::ZERO,
        overlap: Duration::ZERO,
        grace: Duration::ZERO,
        answer: AnswerRules { reference: vec![Pointer::parse("/id").unwrap()], ..AnswerRules::default() },
        scope: Scope::default(),
        ..LanePolicy::new(role, flow, ledger)
    };
    let lanes = PerLane {
        legacy: lane(Role::Live, Flow::FireAndForget, LedgerKind::Production),
        gated: lane(Role::Shadow, Flow::ErpGated, LedgerKind::Sandbox),
    };
    // Twenty clean orders suffice for a bound of one in three.
    let gates =
        Thresholds { loss_rate_max: 0.34, latency_quantile: 0.8, sensitivity_min: 0.8, ..Thresholds::default() };
    let policy = Policy { gates, ..Policy::new(lanes) };
    Terms { policy, judged_by: serde_json::json!({}), kind: RunKind::Live, new_run: Some("week 3".into()) }
}

async fn one_order(opened: &Opened, run: u32, number: usize, gated: Gated, begin: Timestamp) {
    let order_key = OrderKey::new(&number.to_string()).unwrap();
    let body = match gated {
        Gated::Speaks => format!("{{\"id\":{number},\"name\":\"{CUSTOMER}\"}}"),
        _ => format!("{{\"id\":{number}}}"),
    };
    let capture = Capture {
        uuid: Uuid::nil(),
        received_at: later(begin, 1),
        method: "POST".into(),
        target: "/orders".into(),
        route: "/orders".into(),
        operation: Operation::Create,
        order_key: Some(order_key.clone()),
        also_known_as: vec![OrderKey::new(&format!("#A{number}")).unwrap()],
        event_id: None,
        delivery_id: None,
        excluded: None,
        skip: None,
        signature: None,
        headers: Vec::new(),
        body_bytes: body.len() as u64,
        body: Bytes::from(body),
    };
    let live = Some((Lane::Legacy, later(begin, 2)));
    let CaptureWait::Durable(captured) = opened.journal.capture(run, Arc::new(capture), live, WAIT).await else {
        panic!("the capture was not recorded");
    };
    let attempt = Attempt {
        capture: captured.capture,
        lane: Lane::Gated,
        number: 1,
        reason: SendReason::First,
        at: later(begin, 3),
        idempotency_key: Some(format!("key-{number}")),
    };
    let shadow = opened.journal.record(vec![Record::Attempt(attempt)]).await.unwrap()[0].row;
    let mut records = vec![
        Record::Answer(answer(captured.attempt.unwrap(), Lane::Legacy, 200, "", later(begin, 4))),
        Record::Answer(answer(shadow, Lane::Gated, 201, &format!("/orders/SO-{number}"), later(begin, 6))),
        Record::Outcome(commit(Lane::Legacy, &order_key, &format!("L-{number}"), later(begin, 5))),
    ];
    if gated != Gated::Loses {
        records.push(Record::Outcome(commit(Lane::Gated, &order_key, &format!("SO-{number}"), later(begin, 5))));
    }
    if gated == Gated::Doubles {
        records.push(Record::Outcome(commit(Lane::Gated, &order_key, &format!("SO-{number}-B"), later(begin, 6))));
    }
    if gated == Gated::Names {
        records.iter_mut().for_each(name_customer);
    }
    if gated == Gated::Speaks {
        records.iter_mut().for_each(speak);
    }
    if gated == Gated::Numbers {
        records.iter_mut().for_each(number_document);
    }
    opened.journal.record(records).await.unwrap();
}

/// Puts an address into it that is each ledger's own.
fn name_customer(record: &mut Record) {
    if let Record::Outcome(Outcome { reference: Some(number), document, .. }) = record {
        *document = Some(Bytes::from(format!("{{\"email\":\"{number}@quint.example\",\"total\":19.90}}")));
    }
}

/// Names the customer in it.
fn speak(record: &mut Record) {
    match record {
        Record::Outcome(Outcome { document, .. }) => {
            *document = Some(Bytes::from(format!("{{\"name\":\"{CUSTOMER}\",\"total\":19.90}}")));
        }
        Record::Answer(answer) => {
            let number = answer.headers.drain(..).next().map_or_else(Bytes::new, |(_, location)| location);
            let number = std::str::from_utf8(&number).unwrap().rsplit('/').next().unwrap();
            answer.body = Bytes::from(format!("{{\"id\":\"{number}\",\"name\":\"{CUSTOMER}\"}}"));
            answer.body_bytes = answer.body.len() as u64;
        }
        _ => {}
    }
}

/// Puts the document's own number into it, under a name that says so and under one that doesn't.
fn number_document(record: &mut Record) {
    if let Record::Outcome(Outcome { reference: Some(number), document, .. }) = record {
        let numbered = format!("{{\"id\":\"{number}\",\"slip\":\"{number}/1\",\"total\":19.90}}");
        *document = Some(Bytes::from(numbered));
    }
}

fn answer(attempt: i64, lane: Lane, status: u16, location: &str, at: Timestamp) -> Answer {
    let location = (!location.is_empty()).then(|| ("location".to_owned(), Bytes::from(location.to_owned())));
    Answer {
        attempt,
        lane,
        ending: Ending::Answered,
        at,
        took: Duration::from_micros(2),
        status: Some(status),
        headers: location.into_iter().collect(),
        body: Bytes::new(),
        body_bytes: 0,
        error: None,
    }
}

fn commit(lane: Lane, order_key: &OrderKey, reference: &str, at: Timestamp) -> Outcome {
    Outcome {
        lane,
        kind: OutcomeKind::Committed,
        order_key: order_key.clone(),
        occurred_at: Some(at),
        source: format!("poll:{lane}"),
        source_id: reference.to_owned(),
        reference: Some(reference.to_owned()),
        document: Some(Bytes::from_static(br#"{"total":19.90}"#)),
    }
}

fn reading(lane: Lane, began_at: Timestamp, documents: u64) -> Reading {
    Reading {
        lane,
        source: format!("poll:{lane}"),
        began_at,
        ended_at: later(began_at, 500),
        since: None,
        complete: true,
        pages: 1,
        documents,
        clock_offset_us: Some(0),
        clock_uncertainty: Some(Duration::ZERO),
        error: None,
    }
}
