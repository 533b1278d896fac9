//! The live lane fails: the client learns so in a few plain words, or sees the same cut.

use paritee::outcome::Ending;

use crate::support::{Lane, Setup, World, answer, order, post};

const PLAIN: &str = "content-type: text/plain; charset=utf-8\r\ncontent-length: ";

fn bad_gateway() -> String {
    format!("HTTP/1.1 502 Bad Gateway\r\n{PLAIN}38\r\n\r\nparitee: the live lane gave no answer\n")
}

fn gateway_timeout() -> String {
    format!("HTTP/1.1 504 Gateway Timeout\r\n{PLAIN}47\r\n\r\nparitee: the live lane took too long to answer\n")
}

/// The answer is recorded as it ended, and the capture with it.
async fn recorded(world: &World, ending: Ending, status: Option<u16>) {
    let seen = world.one("how it ended", |sent| sent.live_answer().is_some()).await;
    let answer = seen.live_answer().unwrap();
    assert_eq!((answer.ending, answer.status, answer.error.is_some()), (ending, status, ending != Ending::Answered));
}

#[tokio::test]
async fn a_lane_that_is_down_is_a_502() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    drop(live);
    let mut client = world.client().await;
    client.write(order("1") + &post("/other", "", "x")).await;
    client.expect(bad_gateway() + &bad_gateway()).await;
    recorded(&world, Ending::Refused, None).await;
    world.stop().await;
}

#[tokio::test]
async fn a_silent_lane_is_a_504() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { tee: "answer_wait_max = \"50ms\"", ..Setup::default() }).await;
    let mut client = world.client().await;
    client.write(order("1") + &post("/other", "", "x")).await;
    client.expect(gateway_timeout() + &gateway_timeout()).await;
    recorded(&world, Ending::TimedOut, None).await;
    world.stop().await;
}

#[tokio::test]
async fn what_is_no_http_is_a_502() {
    for (garbage, ending) in [
        ("<html>hello</html>\r\n\r\n", Ending::Garbled),
        ("\0\u{1}\u{2}\r\n\r\n", Ending::Garbled),
        ("HTTP/1.1 2000 OK\r\n\r\n", Ending::Garbled),
        ("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", Ending::Garbled),
        ("HTTP/1.1 200 OK\r\nContent-Le", Ending::Broken),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", Ending::Garbled),
        ("", Ending::Broken),
    ] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let world = World::start(&live, &gated, Setup::default()).await;
        let mut client = world.client().await;
        client.write(order("1")).await;
        let mut lane = live.accept().await;
        lane.message().await;
        lane.write(garbage).await;
        drop(lane);
        client.expect(bad_gateway()).await;
        recorded(&world, ending, None).await;
        // The connection to the client is as good as before.
        client.write(order("2")).await;
        let mut lane = live.accept().await;
        lane.message().await;
        lane.write(answer("200 OK", "", "ok")).await;
        client.expect(answer("200 OK", "", "ok")).await;
        world.stop().await;
    }
}

#[tokio::test]
async fn a_lane_that_resets_is_a_502() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write(order("1")).await;
    let mut lane = live.accept().await;
    lane.message().await;
    lane.reset();
    client.expect(bad_gateway()).await;
    recorded(&world, Ending::Broken, None).await;
    world.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_cut_is_cut_for_the_client_too() {
    for (said, body) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst", "first"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n", "first"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", ""),
    ] {
        for path in ["/orders", "/other"] {
            let (live, gated) = (Lane::bind().await, Lane::bind().await);
            let world = World::start(&live, &gated, Setup::default()).await;
            let mut client = world.client().await;
            client.write(post(path, "", r#"{"id":"1"}"#)).await;
            let mut lane = live.accept().await;
            lane.message().await;
            lane.write(said).await;
            drop(lane);
            client.expect(said).await;
            client.expect_end().await;
            if path == "/orders" {
                recorded(&world, Ending::Cut, Some(200)).await;
                let seen = world.one("the capture", |_| true).await;
                assert_eq!(seen.live_answer().unwrap().body, body);
            }
            world.stop().await;
        }
    }
}

#[tokio::test]
async fn a_lane_that_points_back_is_a_508() {
    let looped = "paritee: this request went through a tee before; a lane points back to it\n";
    let refused = format!("HTTP/1.1 508 Loop Detected\r\n{PLAIN}{}\r\n\r\n{looped}", looped.len());
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    let (mut lane, mut back) = (None, world.client().await);
    for said in [order("1"), post("/other", "", "x")] {
        client.write(said).await;
        if lane.is_none() {
            lane = Some(live.accept().await);
        }
        let lane = lane.as_mut().unwrap();
        // The lane is a proxy that leads back to the tee.
        let got = lane.message().await;
        back.write(got.head + &String::from_utf8(got.body).unwrap()).await;
        back.expect(&refused).await;
        lane.write(&refused).await;
        client.expect(&refused).await;
    }
    // A copy for the shadow that comes in here would go to the live lane.
    client.write(post("/orders", "Paritee-Lane: gated\r\n", r#"{"id":"2"}"#)).await;
    client.expect(&refused).await;
    recorded(&world, Ending::Answered, Some(508)).await;
    assert_eq!(world.counts()["skipped.loop"], 3);
    world.stop().await;
}

#[tokio::test]
async fn tunnels_are_refused() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write("CONNECT erp:443 HTTP/1.1\r\nHost: erp:443\r\n\r\n").await;
    assert!(client.head().await.starts_with("HTTP/1.1 501 Not Implemented\r\n"));
    world.stop().await;
}
