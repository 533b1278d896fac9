//! Which sends go again, on a real journal whose times are made up.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::config;
use crate::journal::{self, CaptureWait, Opened, Record};
use crate::net;
use crate::order::OrderKey;
use crate::outcome::{Answer, Capture, Ending, Lane, Operation};
use crate::run::Run;
use crate::shadow::Pace;

/// Horizon 100 s, lag 10 s, overlap 20 s, twice at most.
const CONFIG: &str = r#"
    [tee]
    listen = "127.0.0.1:0"
    journal = "never.db"
    [[tee.route]]
    path = "/orders"
    operation = "create"
    order_key = ["/id"]
    [lane.legacy]
    role = "live"
    url = "http://127.0.0.1:9001"
    flow = "fire-and-forget"
    ledger = "production"
    [lane.gated]
    role = "shadow"
    url = "http://127.0.0.1:9002"
    flow = "erp-gated"
    ledger = "sandbox"
    resend_max = 2
    [lane.gated.poll]
    url = "http://127.0.0.1:9002/ledger"
    items = ""
    order_key = "/k"
    reference = "/r"
    lag = "10s"
    overlap = "20s"
    [settle]
    sla = "1s"
    horizon = "100s"
"#;

struct World {
    opened: Opened,
    shadow: Shadow,
    reader: Reader,
    _folder: TempDir,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

impl World {
    fn new(idempotent: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let opened = journal::open(&folder.path().join("journal.db"), journal::Options::default()).unwrap();
        let mut config = config::parse("test", CONFIG, &|_| None).unwrap().config.lanes.gated;
        config.idempotent = idempotent;
        let shadow = Shadow {
            lane: Lane::Gated,
            config,
            answer_bytes_max: 1_000,
            run: Run { number: 1, began_at: at(0), resumed: false },
            journal: opened.journal.clone(),
            pace: Arc::new(Pace::new(Lane::Gated, 1, false)),
            client: net::client(None, false),
            load: journal::Load::watched(),
            armed: None,
        };
        let reader = Reader::open(opened.journal.path()).unwrap();
        Self { opened, shadow, reader, _folder: folder }
    }

    async fn capture(&self, key: &str, operation: Operation) -> RowId {
        let capture = Capture {
            uuid: uuid::Uuid::nil(),
            received_at: at(0),
            method: "POST".into(),
            target: "/orders".into(),
            route: "/orders".into(),
            operation,
            order_key: Some(OrderKey::new(key).unwrap()),
            also_known_as: Vec::new(),
            event_id: None,
            delivery_id: None,
            excluded: None,
            skip: None,
            signature: None,
            headers: Vec::new(),
            body: Bytes::from_static(b"{}"),
            body_bytes: 2,
        };
        match self.opened.journal.capture(1, Arc::new(capture), None, Duration::from_secs(20)).await {
            CaptureWait::Durable(captured) => captured.capture,
            other => panic!("{other:?}"),
        }
    }

    /// An attempt at this second, and its answer's ending and status where there is one.
    async fn attempt(&self, capture: RowId, second: i64, reason: SendReason, answer: Option<(Ending, Option<u16>)>) {
        let attempt = Attempt { capture, lane: Lane::Gated, number: 1, reason, at: at(second), idempotency_key: None };
        let recorded = self.opened.journal.record(vec![Record::Attempt(attempt)]).await.unwrap();
        if let Some((ending, status)) = answer {
            let answer = Answer {
                attempt: recorded[0].row,
                lane: Lane::Gated,
                ending,
                at: at(second),
                took: Duration::ZERO,
                status,
                headers: Vec::new(),
                body: Bytes::new(),
                body_bytes: 0,
                error: None,
            };
            self.opened.journal.record(vec![Record::Answer(answer)]).await.unwrap();
        }
    }

    async fn read(&self, began: i64, since: Option<i64>, complete: bool) {
        let reading = Reading {
            lane: Lane::Gated,
            source: "poll:gated".into(),
            began_at: at(began),
            ended_at: at(began),
            since: since.map(at),
            complete,
            pages: 1,
            documents: 0,
            clock_offset_us: None,
            clock_uncertainty: None,
            error: None,
        };
        self.opened.journal.record(vec![Record::Reading(reading)]).await.unwrap();
    }

    fn due(&self, left: &[RowId], held: &[RowId], room: usize) -> (Vec<RowId>, Vec<RowId>, bool) {
        let due = self.shadow.due(&self.reader, left, &held.iter().copied().collect(), room).unwrap();
        (due.works.iter().map(|work| work.row).collect(), due.left, due.more)
    }
}

const UNKNOWN: Option<(Ending, Option<u16>)> = Some((Ending::TimedOut, None));

#[tokio::test]
async fn an_unknown_send_goes_again_after_an_adequate_reading_only() {
    let world = World::new(false);
    let row = world.capture("1", Operation::Create).await;
    world.attempt(row, 1_000, SendReason::First, UNKNOWN).await;
    assert!(world.due(&[], &[], 9).0.is_empty(), "no reading at all");
    for (began, since, complete, goes) in [
        (1_109, None, true, false),
        (1_110, None, false, false),
        (1_110, Some(981), true, false),
        (1_110, Some(980), true, true),
        (1_110, None, true, true),
    ] {
        world.read(began, since, complete).await;
        let wanted = if goes { vec![row] } else { Vec::new() };
        assert_eq!(world.due(&[], &[], 9).0, wanted, "{began} {since:?} {complete}");
    }
    // The horizon begins anew with each send, the window at the first one.
    world.attempt(row, 2_000, SendReason::Resend, UNKNOWN).await;
    for (began, since, goes) in [(2_109, None, false), (2_110, Some(981), false), (2_110, Some(980), true)] {
        world.read(began, since, true).await;
        assert_eq!(!world.due(&[], &[], 9).0.is_empty(), goes, "{began} {since:?}");
    }
    world.attempt(row, 3_000, SendReason::Resend, UNKNOWN).await;
    world.read(9_000, None, true).await;
    assert!(world.due(&[], &[], 9).0.is_empty(), "often enough");
}

#[tokio::test]
async fn what_goes_again_depends_on_the_last_answer() {
    for (answer, operation, idempotent, goes) in [
        (Some((Ending::Refused, None)), Operation::Create, false, true),
        (Some((Ending::Answered, Some(429))), Operation::Create, false, true),
        (Some((Ending::Answered, Some(423))), Operation::Update, false, true),
        (Some((Ending::Answered, Some(500))), Operation::Create, true, true),
        (Some((Ending::Answered, Some(500))), Operation::Update, true, true),
        (Some((Ending::Answered, Some(500))), Operation::Create, false, false),
        (Some((Ending::Answered, Some(404))), Operation::Create, false, false),
        (Some((Ending::Answered, Some(422))), Operation::Create, true, false),
        (Some((Ending::Answered, Some(201))), Operation::Create, true, false),
        (Some((Ending::Cut, Some(201))), Operation::Create, true, false),
    ] {
        let world = World::new(idempotent);
        let row = world.capture("1", operation).await;
        world.attempt(row, 1_000, SendReason::First, answer).await;
        assert_eq!(!world.due(&[], &[], 9).0.is_empty(), goes, "{answer:?} {operation} {idempotent}");
    }
}

#[tokio::test]
async fn what_was_left_in_flight_waits_for_the_ledger() {
    let world = World::new(false);
    let (create, update) = (world.capture("1", Operation::Create).await, world.capture("2", Operation::Update).await);
    for row in [create, update] {
        world.attempt(row, 1_000, SendReason::First, None).await;
    }
    // The ledger doesn't show updates: nothing will ever tell.
    assert_eq!(world.due(&[create, update], &[], 9), (vec![], vec![create], false));
    world.read(1_110, None, true).await;
    assert_eq!(world.due(&[create], &[], 9), (vec![create], vec![], false));
    assert_eq!(world.due(&[create], &[create], 9), (vec![], vec![create], false), "it is being sent");
}

#[tokio::test]
async fn what_finds_no_room_is_looked_at_again() {
    let world = World::new(false);
    let mut rows = Vec::new();
    for key in ["1", "2", "3", "3"] {
        let row = world.capture(key, Operation::Create).await;
        world.attempt(row, 1_000, SendReason::First, Some((Ending::Refused, None))).await;
        rows.push(row);
    }
    assert_eq!(world.due(&[], &[], 2), (rows[..2].to_vec(), vec![], true));
    assert_eq!(world.due(&[], &rows[..2], 9), (rows[2..].to_vec(), vec![], false));
    assert_eq!(world.due(&[rows[3]], &[], 0), (vec![], vec![rows[3]], true));
}
