//! Writes a made journal: captures, sends, answers, what polls read of both ledgers, and the census, a block of orders
//! after the other, as the tee, the shadow and the observers would have beside each other.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use paritee::clock;
use paritee::journal::{self, CaptureWait, Captured, Journal, Record};
use paritee::outcome::{
    Answer, Attempt, Capture, CensusOrder, Ending, Lane, Operation, Outcome, OutcomeKind, Reading, SendReason,
};
use paritee::run;
use paritee::sim::{Shop, Topic};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Plan, Twist, document, terms};

/// Orders that are captured before the ledgers are read again.
const BLOCK: u64 = 500;

/// How long ago the orders came, so that all had their time.
const BEHIND: SignedDuration = SignedDuration::from_mins(60);

/// Longer than any commit takes on a busy machine.
const WAIT: Duration = Duration::from_secs(120);

/// A request that is captured.
struct Request {
    capture: Arc<Capture>,
    /// Whether what becomes of the order is told beside it: the first of its order does.
    twist: Option<Twist>,
}

/// Writes the journal.
pub(crate) async fn write(plan: Plan, path: &Path) {
    let opened = journal::open(path, journal::Options::default()).expect("a new journal");
    let run = run::begin(&opened, &terms(plan.census)).await.expect("a run").number;
    let shop = plan.shop(clock::now() - BEHIND);
    let (blocks, mut ready) = mpsc::channel(2);
    let making = tokio::task::spawn_blocking(move || {
        let numbers: Vec<u64> = (1..=plan.orders).collect();
        for block in numbers.chunks(BLOCK as usize) {
            let requests: Vec<Request> = block.iter().flat_map(|number| requests(&plan, &shop, *number)).collect();
            if blocks.blocking_send(requests).is_err() {
                break;
            }
        }
    });
    let mut since = None;
    while let Some(requests) = ready.recv().await {
        // As the orders, these readings lie behind: what they lack had its time yet.
        let began_at = clock::now() - BEHIND;
        one_block(&opened.journal, run, &requests, plan.census).await;
        let documents = requests.len() as u64;
        record(&opened.journal, readings(began_at, since, documents)).await;
        since = Some(began_at - SignedDuration::from_mins(30));
    }
    making.await.expect("orders");
    for _twice in 0..2 {
        record(&opened.journal, readings(clock::now() - SignedDuration::from_millis(80), None, plan.orders)).await;
    }
    assert!(opened.journal.close(WAIT).await, "the journal closes");
    opened.writer.join().expect("the writer ends well");
}

async fn record(journal: &Journal, records: Vec<Record>) -> Vec<journal::Recorded> {
    journal.record(records).await.expect("the journal takes rows")
}

/// The requests of one order.
fn requests(plan: &Plan, shop: &Shop, number: u64) -> Vec<Request> {
    let twist = plan.twist(number);
    let first = capture(shop, number, Topic::Create, twist);
    let more = match twist {
        Twist::Updated => Some(capture(shop, number, Topic::Update, twist)),
        Twist::Cancelled => Some(capture(shop, number, Topic::Cancel, twist)),
        Twist::Redelivered => Some(Capture { uuid: Uuid::from_u128(u128::from(number) << 8 | 9), ..first.clone() }),
        _ => None,
    };
    let first = Request { capture: Arc::new(first), twist: Some(twist) };
    let more = more.map(|capture| Request { capture: Arc::new(capture), twist: None });
    [first].into_iter().chain(more).collect()
}

fn capture(shop: &Shop, number: u64, topic: Topic, twist: Twist) -> Capture {
    let (webhook, operation) = match topic {
        Topic::Create => (shop.webhook(number, topic), Operation::Create),
        Topic::Cancel => (shop.webhook(number, topic), Operation::Cancel),
        _ => (shop.webhook(number, topic), Operation::Update),
    };
    let header = |name: &str| {
        let (_, value) = webhook.headers.iter().find(|(header, _)| header.as_str() == name)?;
        Some(value.to_str().ok()?.to_owned())
    };
    let (event_id, delivery_id) = (header("x-shopify-event-id"), header("x-shopify-webhook-id"));
    let bytes = |value: &[u8]| Bytes::copy_from_slice(value);
    let headers = webhook.headers.iter().map(|(name, value)| (name.as_str().to_owned(), bytes(value.as_bytes())));
    Capture {
        uuid: Uuid::from_u128(u128::from(number) << 8 | operation as u128),
        received_at: clock::now() - BEHIND,
        method: "POST".into(),
        target: format!("/webhooks/{}", topic.as_str()),
        route: "/webhooks/orders/*".into(),
        operation,
        order_key: Some(webhook.key.clone()),
        also_known_as: paritee::order::OrderKey::new(&format!("#{}", 1_000 + number)).into_iter().collect(),
        event_id,
        delivery_id,
        excluded: (twist == Twist::Test).then(|| "test order".to_owned()),
        skip: None,
        signature: None,
        headers: headers.collect(),
        body_bytes: webhook.body.len() as u64,
        body: webhook.body,
    }
}

/// A block of requests: captured and sent, answered, and read back.
async fn one_block(journal: &Journal, run: u32, requests: &[Request], census: bool) {
    let captured = captures(journal, run, requests).await;
    let attempts = requests.iter().zip(&captured).filter(|(request, _)| request.capture.is_teed());
    let attempts = attempts.map(|(request, captured)| {
        Record::Attempt(Attempt {
            capture: captured.capture,
            lane: Lane::Gated,
            number: 1,
            reason: SendReason::First,
            at: sent_at(&request.capture, Lane::Gated),
            idempotency_key: Some(request.capture.uuid.to_string()),
        })
    });
    let mut attempts = record(journal, attempts.collect()).await.into_iter();
    let (mut answers, mut outcomes, mut listed) = (Vec::new(), Vec::new(), Vec::new());
    for (request, captured) in requests.iter().zip(&captured) {
        listed.extend(census.then(|| in_census(request)).flatten());
        answers.extend(captured.attempt.map(|attempt| answer(request, Lane::Legacy, attempt)));
        if !request.capture.is_teed() {
            continue;
        }
        let attempt = attempts.next().expect("an attempt for each").row;
        answers.push(answer(request, Lane::Gated, attempt));
        for lane in Lane::ALL {
            outcomes.extend(read_back(request, *lane, captured.capture));
        }
    }
    record(journal, answers).await;
    record(journal, outcomes).await;
    if !listed.is_empty() {
        record(journal, listed).await;
    }
}

/// Captures all requests at once, as many clients would.
async fn captures(journal: &Journal, run: u32, requests: &[Request]) -> Vec<Captured> {
    let mut waiting = JoinSet::new();
    for (place, request) in requests.iter().enumerate() {
        let (journal, capture) = (journal.clone(), Arc::clone(&request.capture));
        // An excluded order goes to the live lane all the same.
        let live = Some((Lane::Legacy, sent_at(&capture, Lane::Legacy)));
        waiting.spawn(async move { (place, journal.capture(run, capture, live, WAIT).await) });
    }
    let mut captured: Vec<(usize, Captured)> = Vec::with_capacity(requests.len());
    for (place, wait) in waiting.join_all().await {
        let CaptureWait::Durable(found) = wait else { panic!("a capture was not recorded") };
        captured.push((place, found));
    }
    captured.sort_by_key(|(place, _)| *place);
    captured.into_iter().map(|(_, captured)| captured).collect()
}

fn sent_at(capture: &Capture, lane: Lane) -> Timestamp {
    capture.received_at + SignedDuration::from_micros(if lane == Lane::Legacy { 300 } else { 1_100 })
}

/// What a lane answered to a request.
fn answer(request: &Request, lane: Lane, attempt: i64) -> Record {
    let capture = &request.capture;
    let twist = request.twist.unwrap_or(Twist::None);
    let took = Duration::from_millis(if lane == Lane::Legacy { 12 } else { 240 });
    let silent = lane == Lane::Gated && matches!(twist, Twist::GatedSilent | Twist::GatedRecovers);
    let (status, body) = match lane {
        _ if silent => (None, String::new()),
        _ if twist.rejects(lane) => {
            (Some(422), r#"{"error":{"code":"UNKNOWN_SKU","message":"no such article"}}"#.into())
        }
        Lane::Legacy => (Some(200), r#"{"ok":true}"#.into()),
        Lane::Gated if capture.operation == Operation::Create => {
            (Some(201), format!(r#"{{"id":"{}","status":"committed"}}"#, reference(capture, lane, 0)))
        }
        Lane::Gated => (Some(200), r#"{"status":"taken"}"#.into()),
    };
    let header = |name: &str, value: String| (name.to_owned(), Bytes::from(value));
    Record::Answer(Answer {
        attempt,
        lane,
        ending: if silent { Ending::TimedOut } else { Ending::Answered },
        at: sent_at(capture, lane) + SignedDuration::try_from(took).expect("a short time"),
        took,
        status,
        headers: vec![
            header("content-type", "application/json".into()),
            header("content-length", body.len().to_string()),
            header("date", "Fri, 03 Jul 2026 12:00:00 GMT".into()),
        ],
        body_bytes: body.len() as u64,
        body: body.into(),
        error: silent.then(|| "no answer within 30 s".to_owned()),
    })
}

/// The number of an order's document on a lane; each ledger counts by itself.
fn reference(capture: &Capture, lane: Lane, again: u8) -> String {
    let number = capture.uuid.as_u128() >> 8;
    let first = if lane == Lane::Legacy { 100_000 } else { 7_000_000 };
    let more = if again > 0 { format!("-{again}") } else { String::new() };
    format!("SO{}{more}", first + number)
}

/// What polls of a ledger tell of an order.
fn read_back(request: &Request, lane: Lane, row: i64) -> Vec<Record> {
    let (Some(twist), capture) = (request.twist, &request.capture) else { return Vec::new() };
    if !twist.commits(lane) {
        return Vec::new();
    }
    let late = if lane == Lane::Gated && twist == Twist::GatedLate { 600_000 } else { 0 };
    let at = sent_at(capture, lane) + SignedDuration::from_millis(200 + late);
    let copies = if twist == Twist::Doubles(lane) { 2 } else { 1 };
    let committed = |again: u8, cancelled: bool| {
        let reference = reference(capture, lane, again);
        let version = 1 + u8::from(cancelled);
        let document = document(&capture.body, lane, &reference, at, twist, cancelled);
        outcome(
            capture,
            lane,
            OutcomeKind::Committed,
            (at, format!("{reference}@{version}-{row:016x}")),
            document.into(),
        )
    };
    let mut told: Vec<Record> = (0..copies).map(|again| committed(again, false)).collect();
    if twist == Twist::Cancelled {
        told.push(committed(0, true));
        let id = format!("{}@2-{row:016x}-cancelled", reference(capture, lane, 0));
        told.push(outcome(capture, lane, OutcomeKind::Cancelled, (at, id), None));
    }
    told
}

fn outcome(
    capture: &Capture,
    lane: Lane,
    kind: OutcomeKind,
    (at, source_id): (Timestamp, String),
    document: Option<String>,
) -> Record {
    let reference = source_id.split('@').next().map(str::to_owned);
    Record::Outcome(Outcome {
        lane,
        kind,
        order_key: capture.order_key.clone().expect("a key"),
        occurred_at: (kind == OutcomeKind::Committed).then_some(at),
        source: format!("poll:{lane}"),
        source_id,
        reference,
        document: document.map(Bytes::from),
    })
}

/// The row of the census that lists an order.
fn in_census(request: &Request) -> Option<Record> {
    let (twist, capture) = (request.twist?, &request.capture);
    let order_key = capture.order_key.clone()?;
    Some(Record::Census(CensusOrder {
        source: "import:census".into(),
        source_id: order_key.to_string(),
        order_key,
        placed_at: Some(capture.received_at),
        excluded: (twist == Twist::Test).then(|| "test order".to_owned()),
        document: None,
    }))
}

/// A pass over both ledgers.
fn readings(began_at: Timestamp, since: Option<Timestamp>, documents: u64) -> Vec<Record> {
    let reading = |lane: &Lane| {
        Record::Reading(Reading {
            lane: *lane,
            source: format!("poll:{lane}"),
            began_at,
            ended_at: began_at + SignedDuration::from_millis(80),
            since,
            complete: true,
            pages: 1,
            documents,
            clock_offset_us: Some(120),
            clock_uncertainty: Some(Duration::from_millis(4)),
            error: None,
        })
    };
    Lane::ALL.iter().map(reading).collect()
}

/// What comes behind a made journal: more orders of the same shop, and readings of both ledgers.
pub(crate) struct More<'j> {
    plan: Plan,
    shop: Shop,
    journal: &'j Journal,
    next: u64,
}

impl<'j> More<'j> {
    /// Behind the orders of a plan.
    pub(crate) fn new(plan: Plan, journal: &'j Journal) -> Self {
        let beyond = Plan { orders: plan.orders + 10_000, ..plan };
        Self { plan: beyond, shop: beyond.shop(clock::now() - BEHIND), journal, next: plan.orders + 1 }
    }

    /// Captures some orders, with all that becomes of them.
    pub(crate) async fn orders(&mut self, count: u64) {
        let numbers = self.next..self.next + count;
        self.next += count;
        let requests: Vec<Request> = numbers.flat_map(|number| requests(&self.plan, &self.shop, number)).collect();
        one_block(self.journal, 1, &requests, false).await;
    }

    /// Reads both ledgers.
    pub(crate) async fn readings(&self) {
        record(self.journal, readings(clock::now() - SignedDuration::from_millis(80), None, 1)).await;
    }
}
