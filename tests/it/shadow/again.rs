//! Sent again: after *not now* when the lane asked for it; after an unknown end only once the ledger was read.

use std::time::Duration;

use jiff::Timestamp;
use paritee::clock;
use paritee::journal::Record;
use paritee::order::OrderKey;
use paritee::outcome::{Lane as Side, Outcome, OutcomeKind, Reading};

use crate::support::{Conn, Lane, Setup, World, answer, order, post};

/// A reading of all of the gated ledger, that began so late that every horizon is over.
fn reading() -> Reading {
    let later = clock::now() + Duration::from_secs(86_400);
    Reading {
        lane: Side::Gated,
        source: "poll:gated".into(),
        began_at: later,
        ended_at: later,
        since: None,
        complete: true,
        pages: 1,
        documents: 0,
        clock_offset_us: None,
        clock_uncertainty: None,
        error: None,
    }
}

async fn read(world: &World, reading: Reading) {
    world.sidecar.journal().record(vec![Record::Reading(reading)]).await.unwrap();
}

fn document(key: &str) -> Record {
    Record::Outcome(Outcome {
        lane: Side::Gated,
        kind: OutcomeKind::Committed,
        order_key: OrderKey::new(key).unwrap(),
        occurred_at: Some(clock::now()),
        source: "poll:gated".into(),
        source_id: format!("committed {key}"),
        reference: Some("G1".into()),
        document: None,
    })
}

/// Posts an order and waits until the shadow has it; the shadow's answer to it.
async fn place(world: &World, shadow: &mut Conn, said: String, answered: &str) {
    let mut client = world.client().await;
    client.write(said).await;
    client.expect(answer("200 OK", "", "ok")).await;
    shadow.message().await;
    shadow.write(answer(answered, "", "")).await;
}

#[tokio::test]
async fn not_now_is_heard() {
    for (status, field) in
        [("429 Too Many", "Retry-After: 1\r\n"), ("423 Locked", ""), ("429 Too Many", "Retry-After: 0\r\n")]
    {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let world = World::start(&live, &gated, Setup { gated: "concurrency = 1", ..Setup::default() }).await;
        let _live = live.serve(|_| answer("200 OK", "", "ok"));
        let mut client = world.client().await;
        client.write(order("1")).await;
        let mut shadow = gated.accept().await;
        shadow.message().await;
        shadow.write(answer(status, field, "")).await;
        let first = world.one("the refusal", |sent| sent.shadow_answer().is_some()).await;
        client.write(order("2")).await;
        let mut statuses = Vec::new();
        for _ in 0..2 {
            let copy = shadow.message().await;
            statuses.push((copy.text().to_owned(), copy.values("paritee-attempt")[0].to_owned()));
            shadow.write(answer("201 Created", "", "")).await;
        }
        statuses.sort();
        assert_eq!(statuses, [(r#"{"id":"1"}"#.into(), "2".into()), (r#"{"id":"2"}"#.into(), "1".into())]);
        let all = world
            .all("both", |all| {
                all.len() == 2
                    && all.iter().all(|sent| {
                        sent.shadow
                            .last()
                            .is_some_and(|(_, answer)| answer.as_ref().is_some_and(|answer| answer.status == Some(201)))
                    })
            })
            .await;
        let refused = if status.starts_with("429") { 429 } else { 423 };
        assert_eq!(all[0].shadow_story(), [("first", Some(refused)), ("not_now", Some(201))]);
        assert_eq!(all[0].shadow[0].0.idempotency_key, all[0].shadow[1].0.idempotency_key);
        // Both are held back by 429; 423 is about the one order only.
        let least = if field.ends_with("1\r\n") { Duration::from_secs(1) } else { Duration::from_millis(100) };
        let refused_at = first.shadow_answer().unwrap().at;
        let waited = |at: Timestamp| Duration::try_from(at.duration_since(refused_at)).unwrap_or_default();
        assert!(waited(all[0].shadow[1].0.at) >= least, "not before");
        if refused == 429 {
            assert!(waited(all[1].shadow[0].0.at) >= least, "nor another");
        }
        world.stop().await;
    }
}

#[tokio::test]
async fn unknown_ends_go_again_after_an_adequate_reading_and_not_too_often() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world =
        World::start(&live, &gated, Setup { gated: "resend_max = 2\nconcurrency = 1", ..Setup::default() }).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut client = world.client().await;
    client.write(order("lost")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    let mut shadow = gated.accept().await;
    let first = shadow.message().await;
    shadow.write(answer("500 Oops", "", "")).await;
    place(&world, &mut shadow, order("there"), "503 Busy").await;
    place(&world, &mut shadow, order("refused"), "422 No").await;
    place(&world, &mut shadow, post("/orders", "X-Topic: orders/updated\r\n", r#"{"id":"changed"}"#), "500 Oops").await;
    world.all("all answers", |all| all.len() == 4 && all.iter().all(|sent| sent.shadow_answer().is_some())).await;
    world.sidecar.journal().record(vec![document("there")]).await.unwrap();
    for attempt in ["2", "3"] {
        read(&world, reading()).await;
        let again = shadow.message().await;
        assert_eq!((again.text(), again.values("paritee-attempt")), (r#"{"id":"lost"}"#, vec![attempt]));
        assert_eq!(again.values("idempotency-key"), first.values("idempotency-key"));
        shadow.write(answer("500 Oops", "", "")).await;
        let count: usize = attempt.parse().unwrap();
        world.all("the answer", |all| all[0].shadow.len() == count && all[0].shadow_answer().is_some()).await;
    }
    // One more that may go again: were any of the others to be sent before it, it would come first.
    place(&world, &mut shadow, order("last"), "500 Oops").await;
    world.all("the answer", |all| all.len() == 5 && all[4].shadow_answer().is_some()).await;
    read(&world, reading()).await;
    assert_eq!(shadow.message().await.text(), r#"{"id":"last"}"#);
    shadow.write(answer("201 Created", "", "")).await;
    let all = world.all("the end", |all| all[4].shadow_answer().is_some_and(|answer| answer.status == Some(201))).await;
    let story: Vec<_> = all.iter().map(|sent| (sent.key().unwrap(), sent.shadow_story())).collect();
    let wanted = [
        ("lost", vec![("first", Some(500)), ("resend", Some(500)), ("resend", Some(500))]),
        ("there", vec![("first", Some(503))]),
        ("refused", vec![("first", Some(422))]),
        ("changed", vec![("first", Some(500))]),
        ("last", vec![("first", Some(500)), ("resend", Some(201))]),
    ];
    assert_eq!(story, wanted);
    world.stop().await;
}

#[tokio::test]
async fn an_idempotent_lane_is_sent_the_same_again_at_once() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let setup = Setup { gated: "idempotent = true\nresend_max = 1", ..Setup::default() };
    let world = World::start(&live, &gated, setup).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut gated = gated.serve(|_| answer("500 Oops", "", ""));
    let mut client = world.client().await;
    client.write(order("1")).await;
    let (first, again) = (gated.next().await, gated.next().await);
    assert_eq!(first.values("idempotency-key"), again.values("idempotency-key"));
    let seen = world.one("both answers", |sent| sent.shadow.len() == 2 && sent.shadow_answer().is_some()).await;
    assert_eq!(seen.shadow_story(), [("first", Some(500)), ("resend", Some(500))]);
    // Often enough; another order shows that the shadow has gone on.
    client.write(order("2")).await;
    assert_eq!(gated.next().await.text(), r#"{"id":"2"}"#);
    world.stop().await;
}

#[tokio::test]
async fn a_lane_that_comes_back_gets_what_it_missed_in_order() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let addr = gated.addr();
    drop(gated);
    let folder = tempfile::tempdir().unwrap();
    let world = World::at(folder, &live.addr().to_string(), &addr.to_string(), Setup::default()).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut client = world.client().await;
    for version in 0..3 {
        client.write(post("/orders", "X-Topic: orders/updated\r\n", &format!(r#"{{"id":"A","v":{version}}}"#))).await;
        client.write(order(&version.to_string())).await;
    }
    client.expect(answer("200 OK", "", "ok").repeat(6)).await;
    world.all("a refused send", |all| all.iter().any(|sent| sent.shadow_answer().is_some())).await;
    let mut gated = Lane::bind_to(addr).await.serve(|_| answer("201 Created", "", ""));
    let mut copies = Vec::new();
    for _ in 0..6 {
        copies.push(gated.next().await.text().to_owned());
    }
    copies.retain(|copy| copy.contains("\"v\""));
    assert_eq!(copies, [0, 1, 2].map(|version| format!(r#"{{"id":"A","v":{version}}}"#)));
    let all = world
        .all("all answers", |all| {
            all.iter().all(|sent| sent.shadow_answer().is_some_and(|answer| answer.status == Some(201)))
        })
        .await;
    assert!(
        all.iter().flat_map(|sent| sent.shadow_story()).all(|(reason, _)| reason != "resend"),
        "nothing was unknown"
    );
    world.stop().await;
    assert_eq!(gated.left(), []);
}
