//! Interim answers (1xx): passed on to HTTP/1.1 clients.

use std::sync::Arc;

use crate::support::{Lane, Setup, World, answer, post};

const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n\r\n";
const PROCESSING: &str = "HTTP/1.1 102 Processing\r\n\r\n";

#[tokio::test]
async fn hints_come_before_the_answer() {
    for path in ["/orders", "/other"] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let world = World::start(&live, &gated, Setup::default()).await;
        let mut client = world.client().await;
        let mut lane = None;
        // Twice on the same connections: what was passed on in between leaves no trace.
        for id in ["1", "2"] {
            client.write(post(path, "", &format!(r#"{{"id":"{id}"}}"#))).await;
            if lane.is_none() {
                lane = Some(live.accept().await);
            }
            let lane = lane.as_mut().unwrap();
            lane.message().await;
            lane.write(HINTS).await;
            // The client has them although the lane has not answered yet.
            client.expect(HINTS).await;
            lane.write(format!("HTTP/1.1 100 Continue\r\n\r\n{PROCESSING}")).await;
            client.expect(PROCESSING).await;
            lane.write(format!("{HINTS}{}", answer("200 Fine", "X-A: 1\r\n", "ok"))).await;
            client.expect(format!("{HINTS}{}", answer("200 Fine", "X-A: 1\r\n", "ok"))).await;
        }
        client.half_close().await;
        client.expect_end().await;
        world.stop().await;
    }
}

#[tokio::test]
async fn hints_follow_the_tees_own_100() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write("POST /other HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n").await;
    client.expect("HTTP/1.1 100 Continue\r\n\r\n").await;
    let mut lane = live.accept().await;
    lane.head().await;
    lane.write(HINTS).await;
    client.expect(HINTS).await;
    client.write("{}").await;
    lane.expect("{}").await;
    lane.write(answer("200 OK", "", "ok")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    world.stop().await;
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_none() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write("GET /other HTTP/1.0\r\n\r\n").await;
    let mut lane = live.accept().await;
    lane.head().await;
    lane.write(format!("{HINTS}{}", answer("200 OK", "", "ok"))).await;
    client.expect("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    client.expect_end().await;
    world.stop().await;
}

#[tokio::test]
async fn hints_that_come_too_late_reach_nobody() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { tee: "answer_wait_max = \"50ms\"", ..Setup::default() }).await;
    let mut client = world.client().await;
    client.write(post("/other", "", "1")).await;
    let mut late = live.accept().await;
    late.message().await;
    assert!(client.message().await.head.starts_with("HTTP/1.1 504 "));
    client.write(post("/other", "", "2")).await;
    let mut lane = live.accept().await;
    lane.message().await;
    // The tee has given the first one up; what it says now belongs to no request of this client.
    let _may_be_closed = late.try_write(HINTS).await;
    lane.write(answer("200 OK", "", "ok")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    client.half_close().await;
    client.expect_end().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_load_no_answer_is_torn() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = Arc::new(World::start(&live, &gated, Setup::default()).await);
    let said = |text: &str| {
        let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{HINTS}{PROCESSING}{chunks}{:x}\r\n{text}\r\n0\r\n\r\n", text.len())
    };
    let _live = live.serve(move |request| said(request.text()));
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..8 {
        let world = Arc::clone(&world);
        clients.spawn(async move {
            let mut conn = world.client().await;
            for number in 0..30 {
                let text = format!("{client}-{number}");
                conn.write(post("/other", "", &text)).await;
                conn.expect(said(&text)).await;
            }
        });
    }
    clients.join_all().await;
    Arc::into_inner(world).unwrap().stop().await;
}
