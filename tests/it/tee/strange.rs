//! The live lane does what lanes must not: whatever it is, the client gets the same bytes, or a 502.

use paritee::outcome::Ending;

use crate::support::{Conn, Lane, Setup, World, answer, order};

const BAD_GATEWAY: &str = "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 38\r\n\r\nparitee: the live lane gave no answer\n";

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A world whose live lane was asked for an order, and has not answered: with the client that waits, and the lane's connection.
async fn asked() -> (World, Lane, Lane, Conn, Conn) {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write(order("1")).await;
    let mut lane = live.accept().await;
    lane.message().await;
    (world, live, gated, client, lane)
}

/// The next order goes well, on a connection of its own or not.
async fn next_order(world: &World, live: Lane) {
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut client = world.client().await;
    client.write(order("next")).await;
    client.expect(OK).await;
}

#[tokio::test]
async fn what_it_says_beyond_its_length_reaches_nobody() {
    let (world, live, _gated, mut client, mut lane) = asked().await;
    lane.write([OK, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"].concat()).await;
    client.expect(OK).await;
    // The answer to the next one must not be what was left over.
    client.write(order("2")).await;
    let mut lane = live.accept().await;
    assert_eq!(lane.message().await.text(), r#"{"id":"2"}"#);
    lane.write(answer("200 OK", "", "yes")).await;
    client.expect(answer("200 OK", "", "yes")).await;
    world.stop().await;
}

#[tokio::test]
async fn large_heads_go_through_and_larger_ones_are_a_502() {
    for (count, goes_through) in [(90, true), (150, false)] {
        let (world, live, _gated, mut client, mut lane) = asked().await;
        let fields: String = (0..count).map(|number| format!("X-{number:03}: {}\r\n", "a".repeat(900))).collect();
        let said = answer("200 OK", &fields, "ok");
        let _may_be_refused_before = lane.try_write(&said).await;
        let (expected, ending) =
            if goes_through { (said.as_str(), Ending::Answered) } else { (BAD_GATEWAY, Ending::Garbled) };
        client.expect(expected).await;
        let seen = world.one("how it ended", |sent| sent.live_answer().is_some()).await;
        assert_eq!(seen.live_answer().unwrap().ending, ending, "{count} fields");
        drop(lane);
        next_order(&world, live).await;
        world.stop().await;
    }
}

#[tokio::test]
async fn a_head_without_end_is_a_502_and_takes_no_memory() {
    let (world, live, _gated, mut client, mut lane) = asked().await;
    lane.write("HTTP/1.1 200 OK\r\nX-A: ").await;
    let piece = vec![b'a'; 64 << 10];
    let mut written = 0;
    while written < 64 << 20 && lane.try_write(&piece).await.is_ok() {
        written += piece.len();
    }
    assert!(written < 32 << 20, "{written} bytes of a head were taken");
    client.expect(BAD_GATEWAY).await;
    next_order(&world, live).await;
    world.stop().await;
}

#[tokio::test]
async fn a_lane_that_half_closes_behind_its_answer_has_answered() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    for number in ["1", "2"] {
        client.write(order(number)).await;
        let mut lane = live.accept().await;
        lane.message().await;
        lane.write(OK).await;
        lane.half_close().await;
        client.expect(OK).await;
        lane.rest().await;
    }
    let all =
        world.all("both answers", |all| all.len() == 2 && all.iter().all(|sent| sent.live_answer().is_some())).await;
    assert!(all.iter().all(|sent| sent.live_answer().unwrap().ending == Ending::Answered));
    world.stop().await;
}

#[tokio::test]
async fn a_lane_that_half_closes_before_its_answer_is_a_502() {
    let (world, live, _gated, mut client, mut lane) = asked().await;
    lane.half_close().await;
    client.expect(BAD_GATEWAY).await;
    lane.rest().await;
    next_order(&world, live).await;
    world.stop().await;
}

/// A byte at a time, as fast as it comes: the client has each before the next is written.
#[tokio::test]
async fn an_answer_that_trickles_goes_on_as_it_comes() {
    let (world, _live, _gated, mut client, mut lane) = asked().await;
    let (head, body) = ("HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n", "abcdefghijklmnopqrstuvwxyz");
    for byte in head.as_bytes() {
        lane.write([*byte]).await;
    }
    client.expect(head).await;
    for byte in body.as_bytes() {
        lane.write([*byte]).await;
        client.expect([*byte]).await;
    }
    world.one("the answer", |sent| sent.live_answer().is_some_and(|answer| answer.body == body)).await;
    world.stop().await;
}

#[tokio::test]
async fn a_lane_whose_name_nobody_knows_is_a_502() {
    let gated = Lane::bind().await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::at(folder, "erp.invalid:9001", &gated.addr().to_string(), Setup::default()).await;
    let mut client = world.client().await;
    for number in ["1", "2"] {
        client.write(order(number)).await;
        client.expect(BAD_GATEWAY).await;
    }
    let all =
        world.all("both answers", |all| all.len() == 2 && all.iter().all(|sent| sent.live_answer().is_some())).await;
    for sent in all {
        let answer = sent.live_answer().unwrap();
        assert_eq!((answer.ending, answer.status), (Ending::Refused, None), "{:?}", answer.error);
    }
    world.stop().await;
}
