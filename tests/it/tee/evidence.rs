//! What the journal gets, also where it can't be written, and how the process ends.

use std::sync::Arc;
use std::time::Duration;

use paritee::outcome::{Ending, GapReason};
use rusqlite::Connection;

use crate::support::journal::{gap_reasons, gaps};
use crate::support::{Lane, Setup, World, answer, order, post, soon};

#[tokio::test]
async fn a_capture_is_durable_before_the_lane_sees_the_order() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    let fields = "X-Shop: a\r\nAuthorization: Basic abc\r\nCookie: a=b\r\nX-Shopify-Hmac-Sha256: c2ln\r\nX-shop: b\r\n";
    client.write(post("/orders?page=1", fields, r#"{"id":"1"}"#)).await;
    let mut lane = live.accept().await;
    let got = lane.message().await;
    assert_eq!((got.values("authorization"), got.values("cookie")), (vec!["Basic abc"], vec!["a=b"]));
    let seen = world.one("the capture", |_| true).await;
    assert_eq!((seen.live.len(), seen.live_answer()), (1, None), "the attempt is there before its answer");
    let fields: Vec<String> = seen
        .capture
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
        .collect();
    let kept = [
        "host: shop",
        "x-shop: a",
        "x-shop: b",
        "authorization: [withheld]",
        "cookie: [withheld]",
        "x-shopify-hmac-sha256: c2ln",
        "content-length: 10",
    ];
    assert_eq!(fields, kept);
    assert_eq!((seen.capture.method.as_str(), seen.capture.target.as_str()), ("POST", "/orders?page=1"));
    lane.write(answer("200 OK", "Set-Cookie: a=b\r\n", "ok")).await;
    client.expect(answer("200 OK", "Set-Cookie: a=b\r\n", "ok")).await;
    let seen = world.one("the answer", |sent| sent.live_answer().is_some()).await;
    let recorded = seen.live_answer().unwrap();
    assert_eq!((recorded.status, recorded.ending, &recorded.body[..]), (Some(200), Ending::Answered, &b"ok"[..]));
    assert_eq!(recorded.header("set-cookie"), Some("[withheld]"));
    world.stop().await;
}

#[tokio::test]
async fn a_locked_journal_holds_no_order_back_and_becomes_a_gap() {
    for durability in ["before-forward", "before-answer"] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let tee = if durability == "before-forward" {
            "durability = \"before-forward\""
        } else {
            "durability = \"before-answer\""
        };
        let world = World::start(&live, &gated, Setup { tee, journal_wait_max_ms: 20, ..Setup::default() }).await;
        let other = Connection::open(world.journal_path()).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut client = world.client().await;
        client.write(order("1")).await;
        let mut lane = live.accept().await;
        lane.message().await;
        lane.write(answer("200 OK", "", "ok")).await;
        client.expect(answer("200 OK", "", "ok")).await;
        assert_eq!(other.query_row("SELECT count(*) FROM capture", [], |row| row.get::<_, i64>(0)), Ok(0));
        other.execute_batch("ROLLBACK").unwrap();
        let seen = world.one("the answer", |sent| sent.live_answer().is_some()).await;
        assert_eq!((seen.key(), seen.live_answer().unwrap().status), (Some("1"), Some(200)));
        let gap = world.until("the gap", |reader| gaps(reader).into_iter().next()).await;
        assert_eq!((gap.reason, gap.requests, gap.capture), (GapReason::JournalSlow, Some(1), Some(seen.row)));
        assert_eq!(gap.order_key, seen.capture.order_key);
        world.stop().await;
    }
}

#[tokio::test]
async fn a_relaxed_tee_waits_for_no_journal_and_that_is_no_gap() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { tee: "durability = \"relaxed\"", ..Setup::default() }).await;
    let other = Connection::open(world.journal_path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut client = world.client().await;
    client.write(order("1")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    other.execute_batch("ROLLBACK").unwrap();
    world.one("the answer", |sent| sent.live_answer().is_some()).await;
    assert_eq!(world.until("gaps", |reader| Some(gap_reasons(reader))).await, []);
    world.stop().await;
}

#[tokio::test]
async fn the_end_waits_for_what_clients_wait_for() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let tee = world.sidecar.tee_addr();
    let mut client = world.client().await;
    let mut idle = world.client().await;
    let mut gone = world.client().await;
    client.write(order("1")).await;
    let mut lane = live.accept().await;
    lane.message().await;
    gone.write(order("2")).await;
    let mut second = live.accept().await;
    second.message().await;
    drop(gone);
    let mut stopping = tokio::spawn(world.stop());
    idle.expect_end().await;
    // No new clients; those that wait are answered, and so is the journal for the one that went.
    soon("the port to close", async { while tokio::net::TcpStream::connect(tee).await.is_ok() {} }).await;
    lane.write(answer("200 OK", "", "ok")).await;
    let message = client.message().await;
    assert_eq!((&message.head[..17], message.text()), ("HTTP/1.1 200 OK\r\n", "ok"));
    client.expect_end().await;
    // The order without a client is waited for as well: time in which an end that doesn't would come.
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut stopping).await.is_err());
    second.write(answer("201 Created", "", "ok")).await;
    let folder = soon("the end", stopping).await.unwrap();
    let reader = paritee::journal::Reader::open(&folder.path().join("journal.db")).unwrap();
    let statuses: Vec<_> =
        crate::support::journal::sent(&reader).iter().map(|sent| sent.live_answer().unwrap().status).collect();
    assert_eq!(statuses, [Some(200), Some(201)]);
}

#[tokio::test]
async fn an_end_that_takes_too_long_leaves_the_answer_unknown() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { tee: "shutdown_max = \"50ms\"", ..Setup::default() }).await;
    let mut client = world.client().await;
    client.write(order("1")).await;
    let mut lane = live.accept().await;
    lane.message().await;
    let folder = world.stop().await;
    client.expect_end().await;
    let reader = paritee::journal::Reader::open(&folder.path().join("journal.db")).unwrap();
    let sent = crate::support::journal::sent(&reader);
    assert_eq!((sent.len(), sent[0].live.len(), sent[0].live_answer()), (1, 1, None));
    assert_eq!(gap_reasons(&reader), []);
}

#[tokio::test]
async fn many_clients_at_once_each_get_their_own_answer() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = Arc::new(World::start(&live, &gated, Setup::default()).await);
    let _live = live.serve(|request| answer("200 OK", "", &format!("took {}", request.text())));
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..16 {
        let world = Arc::clone(&world);
        clients.spawn(async move {
            let mut conn = world.client().await;
            for number in 0..20 {
                let key = format!("{client}-{number}");
                conn.write(order(&key)).await;
                conn.expect(answer("200 OK", "", &format!("took {{\"id\":\"{key}\"}}"))).await;
            }
        });
    }
    clients.join_all().await;
    let all =
        world.all("all answers", |all| all.iter().filter(|sent| sent.live_answer().is_some()).count() == 320).await;
    for sent in &all {
        let took = format!("took {{\"id\":\"{}\"}}", sent.key().unwrap());
        assert_eq!(sent.live_answer().unwrap().body, took);
    }
    assert_eq!(world.counts()["teed"], 320);
    Arc::into_inner(world).unwrap().stop().await;
}
