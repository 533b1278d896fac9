//! A run whose commits come only by callbacks: nobody reads the ledgers, and the report decides all the same.

use std::process::Stdio;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use paritee::journal::Reader;
use paritee::judge::{Assessment, Decision, Fate};
use paritee::outcome::Lane as Path;
use paritee::{audit, clock};
use serde_json::{Value, json};
use tokio::process::Command;

use super::sidecar::{BATCH, told};
use crate::support::journal::sent;
use crate::support::{Conn, Lane, Setup, World, answer, order};

const ORDERS: usize = 12;

/// How far the sources' clocks are ahead. Nobody told the judge, who therefore takes five minutes off a watermark: a
/// source whose clock is right is believed five minutes later, which is too long for a test.
const AHEAD: SignedDuration = SignedDuration::from_millis(299_500);

/// After the last send: its horizon, what is taken off a watermark more than [`AHEAD`], and the granularity of times.
const OVER_AFTER: SignedDuration = SignedDuration::from_millis(20 + 500 + 1_000 + 1);

const SETUP: Setup = Setup {
    route: "",
    journal_wait_max_ms: 60_000,
    tee: "",
    live: "",
    gated: "",
    rest: r#"
[admin]
listen = "127.0.0.1:0"

[settle]
sla = "1h"
horizon = "20ms"
grace = "1ms"

[gates]
loss_rate_max = 0.8
latency_quantile = 0.3
sensitivity_min = 0.3
"#,
};

fn key(number: usize) -> String {
    format!("K{number}")
}

fn event(lane: Path, kind: &str, id: &str, time: Timestamp, more: &Value) -> Value {
    let mut event = json!({"specversion": "1.0", "type": format!("paritee.{kind}"), "source": format!("erp/{lane}"),
        "id": id, "lane": lane.as_str(), "time": time.to_string()});
    for (name, value) in more.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn commit(lane: Path, number: usize, time: Timestamp) -> Value {
    let more = json!({"subject": key(number), "reference": format!("{lane}-{number}"), "data": {"id": key(number)}});
    event(lane, "order.committed", &number.to_string(), time, &more)
}

async fn post(world: &World, events: &[Value]) {
    let mut client = Conn::to(world.sidecar.admin_addr().unwrap()).await;
    let body = json!(events).to_string();
    let head = format!("POST /v1/outcomes HTTP/1.1\r\nHost: localhost\r\nContent-Type: {BATCH}\r\n");
    client.write(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).await;
    told(&mut client).await.kept(events.len(), 0, 0);
}

/// Waits until the time of the orders is over, and says of both lanes that everything up to now was told.
async fn all_told(world: &World, last_sent: Timestamp) {
    let left = (last_sent + OVER_AFTER).duration_since(clock::now());
    tokio::time::sleep(Duration::try_from(left).unwrap_or_default()).await;
    let now = clock::now() + AHEAD;
    let marks = Path::ALL.iter().map(|lane| event(*lane, "watermark", &now.to_string(), now, &json!({})));
    post(world, &marks.collect::<Vec<_>>()).await;
}

fn last_sent(reader: &Reader) -> Timestamp {
    let sends = sent(reader).into_iter().flat_map(|sent| sent.live.into_iter().chain(sent.shadow));
    sends.map(|(attempt, _)| attempt.at).max().unwrap()
}

fn assess(world: &World) -> Assessment {
    audit::assess(&Reader::open(&world.journal_path()).unwrap(), None, None).unwrap()
}

fn count(assessment: &Assessment, lane: Path, fate: Fate) -> u64 {
    assessment.fates.get(lane).get(&fate).copied().unwrap_or(0)
}

fn gates(assessment: &Assessment) -> String {
    assessment
        .gates
        .iter()
        .map(|gate| format!("{} {}: {}; {}\n", gate.name, gate.status, gate.measured, gate.reason))
        .collect()
}

/// Places the orders, tells of their commits but for one on the gated lane, and twice that this was all.
async fn run(untold: Option<usize>) -> (Assessment, Assessment, Option<i32>) {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, SETUP).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let _gated = gated.serve(|_| answer("202 Accepted", "", ""));
    let mut client = world.client().await;
    for number in 0..ORDERS {
        client.write(order(&key(number))).await;
        client.message().await;
    }
    world
        .all("both lanes to answer", |all| {
            all.len() == ORDERS && all.iter().all(|sent| sent.live_answer().is_some() && sent.shadow_answer().is_some())
        })
        .await;
    let last = world.until("the sends", |reader| Some(last_sent(reader))).await;
    let now = clock::now() + AHEAD;
    let told = |lane| (0..ORDERS).filter(move |number| lane != Path::Gated || Some(*number) != untold);
    let commits = Path::ALL.iter().flat_map(|lane| told(*lane).map(move |number| commit(*lane, number, now)));
    let confirm = |number: usize| {
        let (id, more) = (format!("told-{number}"), json!({"subject": key(number)}));
        event(Path::Gated, "order.confirmed", &id, now + SignedDuration::from_secs(3), &more)
    };
    post(&world, &commits.chain(told(Path::Gated).map(confirm)).collect::<Vec<_>>()).await;
    let before = assess(&world);
    all_told(&world, last).await;
    all_told(&world, last).await;
    let after = assess(&world);
    let path = world.journal_path();
    let _folder = world.stop().await;
    let mut report = Command::new(env!("CARGO_BIN_EXE_paritee"));
    let report = report.arg("report").arg(path).stdout(Stdio::null()).status().await.unwrap();
    (before, after, report.code())
}

#[tokio::test]
async fn commits_and_watermarks_alone_lead_to_go() {
    let (before, after, code) = run(None).await;
    assert_eq!(before.decision, Decision::Inconclusive, "before it was said that this was all\n{}", gates(&before));
    for lane in Path::ALL {
        assert_eq!(count(&after, *lane, Fate::Committed), ORDERS as u64, "{lane}\n{}", gates(&after));
    }
    assert_eq!((after.decision, code), (Decision::Go, Some(0)), "{}", gates(&after));
}

#[tokio::test]
async fn an_order_that_no_callback_tells_of_is_lost_only_once_all_was_told() {
    let (before, after, code) = run(Some(5)).await;
    assert_eq!(count(&before, Path::Gated, Fate::Lost), 0, "{}", gates(&before));
    assert_eq!(count(&after, Path::Gated, Fate::Lost), 1, "{}", gates(&after));
    assert_eq!((after.decision, code), (Decision::NoGo, Some(1)));
    let lost: Vec<&str> = after.exceptions.iter().map(|exception| exception.order_key.as_str()).collect();
    assert_eq!(lost, [key(5)]);
}
