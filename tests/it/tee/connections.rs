//! Connections: kept alive, pipelined, half closed, HTTP/2.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::support::{Lane, Setup, World, answer, order, post};

#[tokio::test]
async fn both_connections_are_kept_and_pipelined_requests_answered_in_order() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write(order("1") + &post("/other", "", "x") + &order("2")).await;
    let mut lane = live.accept().await;
    for (target, said) in [("/orders", "one"), ("/other", "two"), ("/orders", "three")] {
        let got = lane.message().await;
        assert!(got.head.starts_with(&format!("POST {target} HTTP/1.1\r\n")));
        lane.write(answer("200 OK", "", said)).await;
        client.expect(answer("200 OK", "", said)).await;
    }
    let all =
        world.all("both answers", |all| all.iter().filter(|sent| sent.live_answer().is_some()).count() == 2).await;
    assert_eq!(all.iter().map(|sent| sent.key()).collect::<Vec<_>>(), [Some("1"), Some("2")]);
    world.stop().await;
}

#[tokio::test]
async fn a_lane_that_closes_does_not_close_the_client() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    for key in ["1", "2"] {
        client.write(order(key)).await;
        let mut lane = live.accept().await;
        lane.message().await;
        lane.write(answer("200 OK", "Connection: close\r\n", "ok")).await;
        drop(lane);
        client.expect(answer("200 OK", "", "ok")).await;
    }
    world.stop().await;
}

#[tokio::test]
async fn a_client_that_half_closes_gets_its_answer() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write(order("1")).await;
    client.half_close().await;
    let mut lane = live.accept().await;
    lane.message().await;
    lane.write(answer("200 OK", "", "ok")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    client.expect_end().await;
    let seen = world.one("the answer", |sent| sent.live_answer().is_some()).await;
    assert_eq!(seen.live_answer().unwrap().ending, paritee::outcome::Ending::Answered);
    world.stop().await;
}

#[tokio::test]
async fn http_2_with_prior_knowledge_is_taken() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let stream = tokio::net::TcpStream::connect(world.sidecar.tee_addr()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = hyper::Request::post("http://shop.example/orders?a=1")
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .header("x-a", "1")
        .body(Full::new(Bytes::from_static(br#"{"id":"1"}"#)))
        .unwrap();
    let answered = tokio::spawn(sender.send_request(request));
    let mut lane = live.accept().await;
    let got = lane.message().await;
    let told =
        "POST /orders?a=1 HTTP/1.1\r\nhost: shop.example\r\ncookie: a=1; b=2\r\nx-a: 1\r\ncontent-length: 10\r\n\r\n";
    assert_eq!((got.head_without_via().as_str(), got.text()), (told, r#"{"id":"1"}"#));
    lane.write("HTTP/1.1 201 Fine\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n").await;
    let answer = answered.await.unwrap().unwrap();
    assert_eq!(answer.status(), 201);
    let fields: Vec<_> = answer.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    assert_eq!(fields, [("x-a", &b"1"[..])]);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok");
    let seen = world.one("the answer", |sent| sent.live_answer().is_some()).await;
    assert_eq!(seen.key(), Some("1"));
    drop(sender);
    world.stop().await;
    connection.await.unwrap().unwrap();
}

/// Whoever has connected means to send an order; the end of the process doesn't take it away.
#[tokio::test]
async fn who_connected_before_the_end_is_answered_after_it_began() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut early = world.client().await;
    // Connections are accepted in their sequence: once this one is answered, the first has been.
    let mut other = world.client().await;
    other.write(order("1")).await;
    other.expect(answer("200 OK", "", "ok")).await;
    let addr = world.sidecar.tee_addr();
    let stopping = tokio::spawn(world.stop());
    while tokio::net::TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
    early.write(order("2")).await;
    let told = early.message().await;
    assert!(told.head.starts_with("HTTP/1.1 200 OK\r\n") && told.text() == "ok", "{}", told.head);
    early.expect_end().await;
    let _folder = stopping.await.unwrap();
}
