//! The client goes away: before its order was whole, or before it got its answer.

use paritee::outcome::{Ending, Skip};

use crate::support::{Lane, Setup, World, answer, order};

const HALF: &str = "POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\n{\"id\":\"1\",";

#[tokio::test]
async fn half_an_order_is_recorded_and_goes_nowhere() {
    for resets in [false, true] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let world = World::start(&live, &gated, Setup::default()).await;
        let mut client = world.client().await;
        client.write(HALF).await;
        if resets {
            client.reset();
        } else {
            drop(client);
        }
        let seen = world.one("the capture", |_| true).await;
        assert_eq!((seen.skip(), seen.key()), (Some(Skip::ClientGone), None));
        assert_eq!(world.counts(), [("skipped.client_gone".into(), 1), ("received".into(), 1)].into());
        // Had anything been forwarded, the lane would see that before this order.
        let mut client = world.client().await;
        client.write(order("2")).await;
        let mut lane = live.accept().await;
        assert_eq!(lane.message().await.text(), r#"{"id":"2"}"#);
        lane.write(answer("200 OK", "", "ok")).await;
        client.expect(answer("200 OK", "", "ok")).await;
        let all = world.all("the second answer", |all| all.last().unwrap().live_answer().is_some()).await;
        assert_eq!(all[0].live, []);
        world.stop().await;
    }
}

#[tokio::test]
async fn half_an_order_whose_client_still_listens_is_told_so() {
    for said in [HALF, "POST /orders HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n"] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let world = World::start(&live, &gated, Setup::default()).await;
        let mut client = world.client().await;
        client.write(said).await;
        client.half_close().await;
        let head = client.head().await;
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
        client.expect("paritee: the request's body did not come whole; nothing was forwarded\n").await;
        client.expect_end().await;
        assert_eq!(world.one("the capture", |_| true).await.skip(), Some(Skip::ClientGone));
        world.stop().await;
    }
}

#[tokio::test]
async fn a_whole_order_is_forwarded_and_its_answer_recorded_without_its_client() {
    for resets in [false, true] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let world = World::start(&live, &gated, Setup::default()).await;
        let mut client = world.client().await;
        client.write(order("1")).await;
        let mut lane = live.accept().await;
        lane.message().await;
        if resets {
            client.reset();
        } else {
            drop(client);
        }
        // Larger than any buffer on the way to a client, so that it can't have been passed on.
        let body = "x".repeat(8 << 20);
        let _nobody_reads_all_of_it = lane.try_write(answer("200 OK", "", &body)).await;
        let seen = world.one("the answer", |sent| sent.live_answer().is_some()).await;
        let answer = seen.live_answer().unwrap();
        assert_eq!(answer.status, Some(200));
        assert!(matches!(answer.ending, Ending::Answered | Ending::Cut));
        assert_eq!(answer.body.len(), 256 << 10, "as much as is kept");
        world.stop().await;
    }
}

#[tokio::test]
async fn an_answer_is_read_to_its_end_when_its_client_has_gone() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write(order("1")).await;
    let mut lane = live.accept().await;
    lane.message().await;
    lane.write("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nfirst").await;
    client.expect("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nfirst").await;
    client.reset();
    lane.write("other").await;
    let seen = world.one("the answer", |sent| sent.live_answer().is_some()).await;
    let answer = seen.live_answer().unwrap();
    assert_eq!((answer.ending, &answer.body[..], answer.body_bytes), (Ending::Answered, &b"firstother"[..], 10));
    world.stop().await;
}
