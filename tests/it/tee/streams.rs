//! What isn't held whole is streamed: requests on no route, and bodies that are longer than is kept.

use paritee::outcome::{GapReason, Skip};

use crate::support::journal::gaps;
use crate::support::{Lane, Setup, World, answer, post};

#[tokio::test]
async fn a_request_on_no_route_streams_both_ways_and_is_only_counted() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    let head = "PUT /upload HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\n";
    client.write(format!("{head}first")).await;
    let mut lane = live.accept().await;
    assert!(lane.head().await.starts_with("PUT /upload HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n"));
    lane.expect("first").await;
    // The lane has the first half; only now the client sends the second.
    client.write("other").await;
    lane.expect("other").await;
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    lane.write(format!("{head}first")).await;
    client.expect(format!("{head}first")).await;
    lane.write("other").await;
    client.expect("other").await;
    let counts = world.counts();
    assert_eq!(counts, [("passed_through".into(), 1), ("received".into(), 1)].into());
    world.stop().await;
}

#[tokio::test]
async fn an_answer_may_come_before_the_request_is_whole() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write("PUT /upload HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\nfirst").await;
    let mut lane = live.accept().await;
    lane.head().await;
    lane.expect("first").await;
    lane.write(answer("413 Content Too Large", "", "no")).await;
    client.expect(answer("413 Content Too Large", "", "no")).await;
    // A client that sends the rest all the same is not cut off.
    client.write("other").await;
    lane.expect("other").await;
    client.write(post("/other", "", "x")).await;
    lane.message().await;
    lane.write(answer("200 OK", "", "ok")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    world.stop().await;
}

#[tokio::test]
async fn an_upload_that_moves_on_is_not_given_up() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let setup = Setup { tee: "answer_wait_max = \"1s\"", ..Setup::default() };
    let world = World::start(&live, &gated, setup).await;
    let mut client = world.client().await;
    client.write(format!("PUT /upload HTTP/1.1\r\nHost: shop\r\nContent-Length: {}\r\n\r\n", 8 << 15)).await;
    let mut lane = live.accept().await;
    lane.head().await;
    let piece = vec![b'x'; 1 << 15];
    for _ in 0..8 {
        // The pace of the upload, not a wait for anything: all of it takes longer than an answer may.
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        client.write(&piece).await;
        lane.expect(&piece).await;
    }
    lane.write(answer("200 OK", "", "ok")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    world.stop().await;
}

#[tokio::test]
async fn an_upload_that_trickles_is_given_up() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let setup = Setup { tee: "answer_wait_max = \"500ms\"", ..Setup::default() };
    let world = World::start(&live, &gated, setup).await;
    let mut client = world.client().await;
    client.write("PUT /upload HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000000\r\n\r\n").await;
    let mut lane = live.accept().await;
    lane.head().await;
    let trickle = async {
        while client.try_write("x").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    // The lane sees its end first, and then the client.
    tokio::select! {
        _ = lane.rest() => {}
        () = trickle => {}
    }
    assert!(client.head().await.starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
    world.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_streams_on_whole_and_is_a_gap() {
    let body = format!(r#"{{"id":"7","note":"{}"}}"#, "x".repeat(200));
    let sized = format!("POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Length: {}\r\n\r\n", body.len());
    let chunked = "POST /orders HTTP/1.1\r\nHost: shop\r\nX-Order-Id: 7\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (first, second) = body.split_at(150);
    let chunks = format!("{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", first.len(), second.len());
    for (head, first, second, declared_bytes, key) in [
        (sized.as_str(), first, second, body.len() as u64, None),
        (chunked, &chunks[..156], &chunks[156..], 0, Some("7")),
    ] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let setup = Setup { tee: "body_bytes_max = 100", ..Setup::default() };
        let world = World::start(&live, &gated, setup).await;
        let mut client = world.client().await;
        client.write(format!("{head}{first}")).await;
        let mut lane = live.accept().await;
        assert!(lane.head().await.starts_with(head.trim_end()));
        lane.expect(first).await;
        client.write(second).await;
        lane.expect(second).await;
        lane.write(answer("200 OK", "", "ok")).await;
        client.expect(answer("200 OK", "", "ok")).await;

        let seen = world.one("the answer", |sent| sent.live_answer().is_some()).await;
        assert_eq!((seen.skip(), seen.key()), (Some(Skip::BodyTooLarge), key));
        assert_eq!((seen.capture.body_bytes, seen.capture.body.len()), (declared_bytes, 0));
        let gap = world.until("the gap", |reader| gaps(reader).into_iter().next()).await;
        assert_eq!((gap.reason, gap.requests, gap.capture), (GapReason::BodyTooLarge, Some(1), Some(seen.row)));
        assert_eq!(gap.order_key, seen.capture.order_key);
        assert_eq!(world.counts(), [("skipped.body_too_large".into(), 1), ("received".into(), 1)].into());
        let folder = world.stop().await;
        let reader = paritee::journal::Reader::open(&folder.path().join("journal.db")).unwrap();
        assert_eq!(crate::support::journal::sent(&reader)[0].shadow, [], "not teed");
    }
}
