//! Bytes, header fields and framing, both ways.

use crate::support::{Lane, Setup, World, answer, order, post};

/// One exchange through the tee: what the lane gets, but for `via`, and what the client gets, for the same bytes said.
async fn exchange(said: &str, lane_gets: &str, lane_says: &str, client_gets: &str) {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write(said).await;
    let mut lane = live.accept().await;
    let got = lane.message().await;
    assert_eq!(got.head_without_via() + got.text(), lane_gets);
    lane.write(lane_says).await;
    drop(lane);
    client.expect(client_gets).await;
    client.half_close().await;
    client.expect_end().await;
    world.stop().await;
}

#[tokio::test]
async fn what_comes_goes_on_as_it_came() {
    let fields = "X-b: 1\r\nx-B: 2\r\nACCEPT: */*\r\nX-A: \t caf\u{e9} \r\nUser-agent: shop/1\r\n";
    let kept = "X-b: 1\r\nx-B: 2\r\nACCEPT: */*\r\nX-A: caf\u{e9}\r\nUser-agent: shop/1\r\n";
    for path in ["/orders?a=%20b&&c", "/other//..;p=1/%zz?q"] {
        let said = post(path, fields, r#"{"id": 1}"#);
        let told = post(path, kept, r#"{"id": 1}"#);
        let says = "HTTP/1.1 201 Fine by us\r\nset-Cookie: a=1\r\nX-Z: 1\r\nSet-cookie: b=2\r\nContent-length: 2\r\nETag: \"x\"\r\n\r\nok";
        // Fields of one name stay in their order, and stand together where the first of them stood.
        let gets = "HTTP/1.1 201 Fine by us\r\nset-Cookie: a=1\r\nSet-cookie: b=2\r\nX-Z: 1\r\nContent-length: 2\r\nETag: \"x\"\r\n\r\nok";
        exchange(&said, &told, says, gets).await;
    }
}

#[tokio::test]
async fn chunks_go_on_as_chunks() {
    let rest = "\r\n\r\n3\r\n{\"i\r\n6;ext=1\r\nd\": 1}\r\n0\r\n\r\n";
    for (path, chunks) in
        [("/orders", "9\r\n{\"id\": 1}\r\n0\r\n\r\n"), ("/other", "3\r\n{\"i\r\n6\r\nd\": 1}\r\n0\r\n\r\n")]
    {
        let head = format!("POST {path} HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\nX-A: 1");
        let says = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n2\r\nok\r\n0\r\n\r\n";
        exchange(&format!("{head}{rest}"), &format!("{head}\r\n\r\n{chunks}"), says, says).await;
    }
    let empty = "POST /orders HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    exchange(empty, empty, &answer("200 OK", "", "ok"), &answer("200 OK", "", "ok")).await;
}

#[tokio::test]
async fn a_length_beside_chunks_ends_here() {
    let said = "POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"id\": 1}\r\n0\r\n\r\n";
    let told = "POST /orders HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"id\": 1}\r\n0\r\n\r\n";
    let says = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let gets = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nconnection: close\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    exchange(said, told, says, gets).await;
}

#[tokio::test]
async fn answers_without_a_body_stay_without_one() {
    let head = |method: &str| format!("{method} /orders HTTP/1.1\r\nHost: shop\r\n\r\n");
    for (method, says) in [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nX-A: 1\r\n\r\n"),
        ("HEAD", "HTTP/1.1 404 Not Found\r\nX-A: 1\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: \"a\"\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n"),
        ("DELETE", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ] {
        exchange(&head(method), &head(method), says, says).await;
    }
}

#[tokio::test]
async fn trailers_go_both_ways() {
    for path in ["/orders", "/other"] {
        let said = format!(
            "POST {path} HTTP/1.1\r\nHost: shop\r\nTE: trailers\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{{\"id\": 1}}\r\n0\r\nX-Sum: 7\r\n\r\n"
        );
        let told = said.replace("X-Sum: 7", "x-sum: 7");
        let says =
            "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 8\r\n\r\n";
        exchange(&said, &told, says, says).await;
    }
}

#[tokio::test]
async fn only_hop_by_hop_fields_end_here() {
    let said = post(
        "/orders",
        "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-A: 1\r\nUpgrade: h2c\r\n",
        "{}",
    );
    let says = answer(
        "200 OK",
        "Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nDate: then\r\nServer: erp\r\n",
        "ok",
    );
    let gets = answer("200 OK", "Date: then\r\nServer: erp\r\n", "ok");
    exchange(&said, &post("/orders", "X-A: 1\r\n", "{}"), &says, &gets).await;
}

#[tokio::test]
async fn a_body_that_ends_with_its_connection_goes_on_in_chunks() {
    let gets = "HTTP/1.1 200 OK\r\nX-A: 1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    exchange(&order("1"), &order("1"), "HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nok", gets).await;
    exchange(&order("1"), &order("1"), "HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nok", gets).await;
}

#[tokio::test]
async fn a_client_of_http_1_0_is_answered_in_its_own_way() {
    let said = "POST /orders HTTP/1.0\r\nX-Order-Id: 7\r\nContent-Length: 2\r\n\r\n{}";
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut client = world.client().await;
    client.write(said).await;
    let mut lane = live.accept().await;
    let told = format!("POST /orders HTTP/1.1\r\nhost: {}\r\nX-Order-Id: 7\r\nContent-Length: 2\r\n\r\n", live.addr());
    assert_eq!(lane.message().await.head_without_via(), told);
    lane.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n").await;
    client.expect("HTTP/1.0 200 OK\r\n\r\nok").await;
    client.expect_end().await;
    world.stop().await;
}

#[tokio::test]
async fn expect_100_continue_is_answered_once_the_body_is_wanted() {
    for path in ["/orders", "/other"] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let world = World::start(&live, &gated, Setup::default()).await;
        let mut client = world.client().await;
        let whole = post(path, "Expect: 100-continue\r\n", r#"{"id": 1}"#);
        let (head, body) = whole.split_at(whole.len() - 9);
        client.write(head).await;
        client.expect("HTTP/1.1 100 Continue\r\n\r\n").await;
        client.write(body).await;
        let mut lane = live.accept().await;
        let got = lane.message().await;
        assert_eq!(got.head_without_via() + got.text(), whole);
        // The lane's own 100 isn't the client's.
        lane.write("HTTP/1.1 100 Continue\r\n\r\n").await;
        lane.write(answer("200 OK", "", "ok")).await;
        client.expect(answer("200 OK", "", "ok")).await;
        world.stop().await;
    }
}
