//! Stopped and started again: what was not sent is sent, what was in flight is unknown.

use std::time::Duration;

use paritee::clock;
use paritee::journal::Record;
use paritee::outcome::{Lane as Side, Reading};

use crate::support::{Lane, Setup, World, answer, order, post};

#[tokio::test]
async fn orders_that_were_held_back_are_sent_once_after_the_next_start() {
    for (send, down) in
        [("", false), ("", true), ("send = \"after-live-accepts\"", false), ("send = \"after-live-accepts\"", true)]
    {
        let live = Lane::bind().await;
        let addr = live.addr().to_string();
        let _live =
            live.serve(
                |request| {
                    if request.text().contains("no") { answer("422 No", "", "") } else { answer("200 OK", "", "") }
                },
            );
        // Nobody listens on the first shadow's port.
        let first = Lane::bind().await;
        let first_addr = first.addr().to_string();
        drop(first);
        let setup = Setup { gated: send, ..Setup::default() };
        let world = World::at(tempfile::tempdir().unwrap(), &addr, &first_addr, setup).await;
        world.sidecar.pace().pause(!down);
        let mut client = world.client().await;
        for key in ["1", "2", "no", "3"] {
            client.write(order(key)).await;
            client.message().await;
        }
        client.write(post("/orders", "X-Topic: orders/updated\r\n", r#"{"id":"1","v":2}"#)).await;
        client.message().await;
        world.all("the captures", |all| all.len() == 5 && all.iter().all(|sent| sent.live_answer().is_some())).await;
        if down {
            world.all("a refused send", |all| all.iter().any(|sent| sent.shadow_answer().is_some())).await;
        }
        let folder = world.stop().await;

        let gated = Lane::bind().await;
        let gated_addr = gated.addr().to_string();
        let mut gated = gated.serve(|_| answer("201 Created", "", ""));
        let world = World::at(folder, &addr, &gated_addr, setup).await;
        assert!(world.sidecar.run().resumed, "addresses begin no new run");
        let count = if send.is_empty() { 5 } else { 4 };
        let mut copies = Vec::new();
        for _ in 0..count {
            copies.push(gated.next().await.text().to_owned());
        }
        let of_one: Vec<_> = copies.iter().filter(|copy| copy.contains(r#""id":"1""#)).collect();
        assert_eq!(of_one, [r#"{"id":"1"}"#, r#"{"id":"1","v":2}"#], "in order");
        let taken = world
            .all("all answers", |all| {
                all.iter().filter(|sent| sent.shadow_answer().is_some_and(|answer| answer.status == Some(201))).count()
                    == count
            })
            .await;
        assert!(taken.iter().flat_map(|sent| sent.shadow_story()).all(|(reason, _)| reason != "resend"));
        world.stop().await;
        assert_eq!(gated.left(), [], "each once");
        copies.sort();
        copies.dedup();
        assert_eq!(copies.len(), count);
    }
}

#[tokio::test]
async fn what_was_in_flight_is_unknown_until_the_ledger_was_read() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let (live_addr, gated_addr) = (live.addr().to_string(), gated.addr().to_string());
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let setup = Setup { gated: "concurrency = 1", ..Setup::default() };
    let world = World::at(tempfile::tempdir().unwrap(), &live_addr, &gated_addr, setup).await;
    let mut client = world.client().await;
    client.write(order("1")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    let mut shadow = gated.accept().await;
    shadow.message().await;
    let folder = world.stop().await;
    shadow.expect_end().await;

    let world = World::at(folder, &live_addr, &gated_addr, setup).await;
    let mut client = world.client().await;
    client.write(order("2")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    let mut shadow = gated.accept().await;
    assert_eq!(shadow.message().await.text(), r#"{"id":"2"}"#, "the first one is not sent again blindly");
    shadow.write(answer("201 Created", "", "")).await;
    let later = clock::now() + Duration::from_secs(86_400);
    let reading = Reading {
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
    };
    world.sidecar.journal().record(vec![Record::Reading(reading)]).await.unwrap();
    let again = shadow.message().await;
    assert_eq!((again.text(), again.values("paritee-attempt")), (r#"{"id":"1"}"#, vec!["2"]));
    shadow.write(answer("201 Created", "", "")).await;
    let all = world.all("both", |all| all.iter().all(|sent| sent.shadow_answer().is_some())).await;
    assert_eq!(all[0].shadow_story(), [("first", None), ("resend", Some(201))]);
    world.stop().await;
}
