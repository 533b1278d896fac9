//! A replay in a pipeline: it keeps its plan whatever the lanes do, ends when it is told to, goes on where it ended, and says how it went.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};

use paritee::journal::Reader;

use super::{Stage, ended, line, order};
use crate::support::{Conn, Lane, Message, Served, answer, soon};

const ORDERS: usize = 12;

fn orders() -> String {
    (0..ORDERS).map(|number| order(u32::try_from(number).unwrap(), &(5_001 + number).to_string())).collect()
}

fn commits(lane: Lane) -> Served {
    lane.serve(|_| answer("201 Created", "", "{\"id\":\"1\"}"))
}

/// How many captures a journal has, once it is there.
fn captured(stage: &Stage) -> u64 {
    Reader::open(&stage.file("week3-replay.db")).and_then(|reader| reader.captures_of(1)).unwrap_or(0)
}

/// How often each lane saw each order.
fn seen(served: &mut Served) -> BTreeMap<String, u32> {
    let mut seen = BTreeMap::new();
    for request in served.left() {
        *seen.entry(request.text().to_owned()).or_default() += 1;
    }
    seen
}

#[tokio::test]
async fn a_slow_lane_does_not_slow_the_clock() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let stage = Stage::between(&live, &gated, "");
    fs::write(stage.file("day.ndjson"), orders()).unwrap();
    let _gated = commits(gated);
    let child = stage.begin(&["--rate", "100/s", "--concurrency", "2", "day.ndjson"]);
    // The live lane has two requests in hand, and answers none of them; all the others are recorded on time.
    let (one, two) = (request(&live).await.0, request(&live).await.0);
    soon("all captures", async {
        while captured(&stage) < ORDERS as u64 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let sent: i64 = stage
        .journal()
        .connection()
        .query_row("SELECT count(*) FROM answer WHERE lane = 'legacy'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sent, 0);
    let ended = ended_beside(child, [one, two]).await;
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("later than planned: half within"), "{}", ended.err);
    assert!(
        ended.err.contains("waited for legacy: half within") && ended.err.contains("waited for gated:"),
        "{}",
        ended.err
    );
}

/// The next request to a lane, and its connection. One without a request only looked whether anybody is there.
async fn request(lane: &Lane) -> (Conn, Message) {
    loop {
        let mut conn = lane.accept().await;
        if let Some(message) = soon("a request", conn.try_message()).await {
            return (conn, message);
        }
    }
}

/// Answers a request on each connection, and whatever follows it, until the process has ended.
async fn ended_beside(child: std::process::Child, conns: [Conn; 2]) -> super::Ended {
    let answering = conns.map(|mut conn| {
        tokio::spawn(async move {
            while conn.try_write(answer("200 OK", "", "{}")).await.is_ok() && conn.try_message().await.is_some() {}
        })
    });
    let ended = ended(child).await;
    answering.iter().for_each(tokio::task::JoinHandle::abort);
    ended
}

fn signal(child: &std::process::Child, name: &str) {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[tokio::test]
async fn ctrl_c_finishes_what_is_under_way_and_resume_sends_the_rest_once() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let stage = Stage::between(&live, &gated, "");
    fs::write(stage.file("day.ndjson"), orders() + &line(59, "orders/create", "none", "{}")).unwrap();
    let mut at_gated = commits(gated);
    let mut child = stage.begin(&["--rate", "100/s", "--concurrency", "1", "day.ndjson"]);
    // One request is under way to the live lane, and a few wait behind it.
    let (mut conn, first) = request(&live).await;
    soon("some captures", async {
        while captured(&stage) < 3 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    signal(&child, "-INT");
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut stopped_err = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        while !text.contains("stopping") && said.read_line(&mut text).unwrap() > 0 {}
        (text, said)
    })
    .await
    .unwrap();
    // Nothing more is begun; what is under way is still answered, and its answer is kept.
    conn.write(answer("200 OK", "", "{}")).await;
    let mut stopped = ended(child).await;
    stopped_err.1.read_to_string(&mut stopped_err.0).unwrap();
    stopped.err = stopped_err.0;
    assert_eq!(stopped.code, 3, "{stopped:?}");
    assert!(stopped.err.contains("stopping: what is under way is finished"), "{}", stopped.err);
    assert!(stopped.err.contains("stopped before the end; --resume goes on"), "{}", stopped.err);
    // What waits in the journal was not sent.
    assert!(stopped.err.contains(" = recorded ") && !stopped.err.contains(" = sent "), "{}", stopped.err);
    let journal = stage.journal();
    assert!(journal.verify().unwrap().is_ok());
    let count = |sql: &str| journal.connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM answer WHERE lane = 'legacy'"), 1, "what was under way");
    assert_eq!(count("SELECT count(*) FROM attempt WHERE lane = 'legacy'"), 1, "nothing else was begun");
    drop(conn);

    let mut at_live = commits(live);
    let resumed = stage.replay(&["--speed", "max", "--concurrency", "4", "--resume", "day.ndjson"]).await;
    assert_eq!(resumed.code, 3, "{resumed:?}");
    assert!(resumed.err.contains("recorded before"), "{}", resumed.err);
    let (mut to_live, to_gated) = (seen(&mut at_live), seen(&mut at_gated));
    *to_live.entry(first.text().to_owned()).or_default() += 1;
    for to in [&to_live, &to_gated] {
        assert_eq!(to.len(), ORDERS, "{to:?}");
        assert!(to.values().all(|times| *times == 1), "{to:?}");
    }
    // What was counted is counted once.
    assert!(
        resumed.out.contains("received 13 = teed 12 + passed through 0 + skipped 1 (no_order_key 1)"),
        "{}",
        resumed.out
    );
}

#[tokio::test]
async fn after_a_kill_nothing_is_sent_twice_and_nothing_is_left_out() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let live_at = live.addr();
    let stage = Stage::between(&live, &gated, "");
    fs::write(stage.file("day.ndjson"), orders()).unwrap();
    let mut at_gated = commits(gated);
    let mut child = stage.begin(&["--speed", "max", "--concurrency", "1", "day.ndjson"]);
    let (conn, open) = request(&live).await;
    child.kill().unwrap();
    child.wait().unwrap();
    drop((conn, live));
    let mut at_live = commits(Lane::bind_to(live_at).await);
    let resumed = stage.replay(&["--speed", "max", "--resume", "day.ndjson"]).await;
    assert_eq!(resumed.code, 3, "{resumed:?}");
    let (to_live, to_gated) = (seen(&mut at_live), seen(&mut at_gated));
    // The one that was open when it was killed may have been taken: it is unknown, and not sent again blindly.
    assert!(!to_live.contains_key(open.text()), "{to_live:?}");
    assert_eq!(to_live.len(), ORDERS - 1, "{to_live:?}");
    assert!(to_live.values().chain(to_gated.values()).all(|times| *times == 1), "{to_live:?} {to_gated:?}");
    let journal = stage.journal();
    assert!(journal.verify().unwrap().is_ok());
    assert_eq!((journal.captures_of(1).unwrap(), journal.gaps(1).unwrap()), (ORDERS as u64, vec![]));
}

#[tokio::test]
async fn times_and_numbers_select_and_everything_adds_up() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let stage = Stage::between(&live, &gated, "");
    fs::write(stage.file("day.ndjson"), orders()).unwrap();
    let lanes = (commits(live), commits(gated));
    for (journal, arguments, expected) in [
        (
            "a.db",
            &["--from", "2026-11-20T18:00:02Z", "--until", "2026-11-20T18:00:05Z"][..],
            "read 12 = sent 3 + skipped 9 (after_until 7, before_from 2)",
        ),
        ("b.db", &["--limit", "4"], "read 4 = sent 4 + skipped 0"),
        (
            "c.db",
            &["--from", "2026-11-20T19:00:09+01:00", "--limit", "2"],
            "read 11 = sent 2 + skipped 9 (before_from 9)",
        ),
    ] {
        let ended = stage.replay(&[arguments, &["--journal", journal, "--speed", "max", "day.ndjson"]].concat()).await;
        assert_eq!(ended.code, 3, "{ended:?}");
        assert!(ended.err.contains(expected), "{expected} is not in {}", ended.err);
    }
    drop(lanes);
}
