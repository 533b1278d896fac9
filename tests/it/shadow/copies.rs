//! The copy: marked, with credentials of its own, the rest as it came.

use crate::support::{Lane, Setup, World, answer, post};

const FIELDS: &str = "X-A: 1\r\nAuthorization: Bearer of-the-shop\r\nCookie: a=b\r\nX-Api-Key: k\r\n\
    X-Shopify-Access-Token: t\r\nProxy-Authorization: p\r\nX-Shopify-Hmac-Sha256: c2ln\r\nExpect: 100-continue\r\nX-Z: 2\r\nx-a: 3\r\n";

#[tokio::test]
async fn a_copy_is_marked_and_has_nothing_that_opens_a_door() {
    let lines = "headers = { authorization = \"env:GATED_TOKEN\", x-tenant = \"b\" }";
    for (gated_lines, host) in [
        (lines, None),
        ("host = \"target\"\nheaders = { authorization = \"env:GATED_TOKEN\", x-tenant = \"b\" }", Some(())),
    ] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let world = World::start(&live, &gated, Setup { gated: gated_lines, ..Setup::default() }).await;
        let mut client = world.client().await;
        client.write(post("/orders?shop=1", FIELDS, r#"{"id":"1"}"#)).await;
        client.expect("HTTP/1.1 100 Continue\r\n\r\n").await;
        let mut lane = live.accept().await;
        let got = lane.message().await;
        for name in [
            "authorization",
            "cookie",
            "x-api-key",
            "x-shopify-access-token",
            "proxy-authorization",
            "x-shopify-hmac-sha256",
        ] {
            assert_eq!(got.values(name).len(), 1, "the live lane gets {name}");
        }
        let mut shadow = gated.accept().await;
        let copy = shadow.message().await;
        let seen = world.one("the attempt", |sent| !sent.shadow.is_empty()).await;
        let (attempt, _) = &seen.shadow[0];
        let host = host.map_or("shop".to_owned(), |()| gated.addr().to_string());
        let told = format!(
            "POST /orders?shop=1 HTTP/1.1\r\nhost: {host}\r\nx-a: 1\r\nx-a: 3\r\nx-shopify-hmac-sha256: c2ln\r\nx-z: 2\r\ncontent-length: 10\r\n\
             paritee-lane: gated\r\nparitee-capture: {}\r\nparitee-attempt: 1\r\nidempotency-key: {}\r\nauthorization: token-of-our-own\r\nx-tenant: b\r\n\r\n",
            seen.capture.uuid,
            attempt.idempotency_key.as_deref().unwrap(),
        );
        assert_eq!((copy.head.as_str(), copy.text()), (told.as_str(), r#"{"id":"1"}"#));
        lane.write(answer("200 OK", "", "ok")).await;
        client.expect(answer("200 OK", "", "ok")).await;
        for (name, value) in &seen.capture.headers {
            let is_secret = ["authorization", "cookie", "x-api-key", "x-shopify-access-token", "proxy-authorization"]
                .contains(&name.as_str());
            assert_eq!(&value[..] == b"[withheld]", is_secret, "{name}");
        }
        world.stop().await;
    }
}

#[tokio::test]
async fn chunks_and_trailers_become_a_copy_with_a_length() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut client = world.client().await;
    client.write("POST /orders HTTP/1.1\r\nHost: shop\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"i\r\n6\r\nd\": 1}\r\n0\r\nX-Sum: 1\r\n\r\n").await;
    client.expect(answer("200 OK", "", "ok")).await;
    let mut shadow = gated.accept().await;
    let copy = shadow.message().await;
    assert_eq!((copy.text(), copy.values("content-length")), ("{\"id\": 1}", vec!["9"]));
    assert_eq!((copy.values("transfer-encoding").len(), copy.values("trailer").len()), (0, 0));
    world.stop().await;
}

#[tokio::test]
async fn the_idempotency_key_is_the_same_for_every_send_of_an_order_and_lane() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let (live_addr, gated_addr) = (live.addr().to_string(), gated.addr().to_string());
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut gated = gated.serve(|_| answer("201 Created", "", r#"{"id":"G1"}"#));
    let mut folder = tempfile::tempdir().unwrap();
    let mut keys = Vec::new();
    let updated = "X-Topic: orders/updated\r\n";
    // Redelivered, and after a restart: the same. Another order, another operation, another body of it: another.
    for said in [
        post("/orders", "", r#"{"id":"1"}"#),
        post("/orders", "", r#"{"id":1,"redelivered":true}"#),
        post("/orders", "", r#"{"id":"2"}"#),
        post("/orders", updated, r#"{"id":"1"}"#),
        post("/orders", updated, r#"{"id":"1","v":2}"#),
    ] {
        let world = World::at(folder, &live_addr, &gated_addr, Setup::default()).await;
        let mut client = world.client().await;
        client.write(said).await;
        client.expect(answer("200 OK", "", "ok")).await;
        keys.push(gated.next().await.values("idempotency-key")[0].to_owned());
        world.all("the answer", |all| all.last().is_some_and(|sent| sent.shadow_answer().is_some())).await;
        folder = world.stop().await;
    }
    assert_eq!(keys[0], keys[1]);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4);
    assert_eq!(gated.left(), [], "each once");
}

#[tokio::test]
async fn after_live_accepts_sends_only_what_live_took() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { gated: "send = \"after-live-accepts\"", ..Setup::default() }).await;
    let mut gated = gated.serve(|_| answer("201 Created", "", r#"{"id":"G1"}"#));
    let mut client = world.client().await;
    let mut lane = None;
    for (id, status) in [("1", "422 No"), ("2", "200 OK"), ("3", "500 No"), ("4", "202 Accepted")] {
        client.write(crate::support::order(id)).await;
        if lane.is_none() {
            lane = Some(live.accept().await);
        }
        let lane = lane.as_mut().unwrap();
        lane.message().await;
        lane.write(answer(status, "", "")).await;
        client.expect(answer(status, "", "")).await;
    }
    assert_eq!(gated.next().await.text(), r#"{"id":"2"}"#);
    assert_eq!(gated.next().await.text(), r#"{"id":"4"}"#);
    world.stop().await;
    assert_eq!(gated.left(), []);
}
