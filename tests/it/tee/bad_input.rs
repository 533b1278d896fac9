//! Bad input: the client gets exactly what the live lane said, and the request is in the journal with a reason.

use paritee::outcome::Skip;

use crate::support::{Lane, Setup, World, answer, post};

/// A body, fields beside it, and the reason or the order key that it is recorded with.
type Row<'a> = (&'a [u8], &'static str, Option<Skip>, Option<&'static str>);

fn rows<'a>(long_key: &'a [u8], deep: &'a [u8]) -> Vec<Row<'a>> {
    vec![
        (b"id=1&total=2", "", Some(Skip::NoJson), None),
        (b"{\"id\":1", "", Some(Skip::NoJson), None),
        (deep, "", Some(Skip::NoJson), None),
        (b"\x1f\x8b\x08\0\0", "Content-Encoding: gzip\r\n", Some(Skip::NoJson), None),
        (b"{\"id\":\"\xff\xfe\"}", "", Some(Skip::NoJson), None),
        (b"{}", "", Some(Skip::NoOrderKey), None),
        (b"[1]", "", Some(Skip::NoOrderKey), None),
        (b"null", "", Some(Skip::NoOrderKey), None),
        (br#"{"id":null}"#, "", Some(Skip::NoOrderKey), None),
        (br#"{"id":{"a":1}}"#, "", Some(Skip::BadOrderKey), None),
        (br#"{"id":1.5}"#, "", Some(Skip::BadOrderKey), None),
        (br#"{"id":"a\u0000b"}"#, "", Some(Skip::BadOrderKey), None),
        (long_key, "", Some(Skip::BadOrderKey), None),
        (br#"{"id":1,"id":2}"#, "", Some(Skip::AmbiguousOrderKey), None),
        (br#"{"id":1,"id":1}"#, "", Some(Skip::AmbiguousOrderKey), None),
        (b"", "", Some(Skip::EmptyBody), None),
        (b"", "X-Order-Id: 77\r\n", None, Some("77")),
        (b"id=1", "X-Order-Id: 78\r\n", None, Some("78")),
        (br#"{"id":820982911946154508}"#, "", None, Some("820982911946154508")),
        (br#"{"id":"820982911946154509"}"#, "", None, Some("820982911946154509")),
        (br#"{"id":98765432109876543210987654321}"#, "", None, Some("98765432109876543210987654321")),
        (br#"{"id":"00123"}"#, "", None, Some("00123")),
        (br#"{"id":5,"a":1,"a":2}"#, "", None, Some("5")),
        (br#"{"id":6,"test":true}"#, "", None, Some("6")),
    ]
}

#[tokio::test]
async fn whatever_the_body_is_the_request_goes_on_and_is_recorded_with_a_reason() {
    let long_key = format!(r#"{{"id":"{}"}}"#, "9".repeat(300));
    let deep = "[".repeat(100_000);
    let rows = rows(long_key.as_bytes(), deep.as_bytes());
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let mut gated = gated.serve(|_| answer("201 Created", "", r#"{"id":"G1"}"#));
    let mut client = world.client().await;
    client.write(post("/orders", "", r#"{"id":"first"}"#)).await;
    let mut lane = live.accept().await;
    lane.message().await;
    lane.write(answer("200 OK", "", "ok")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    for (number, (body, headers, _, _)) in rows.iter().enumerate() {
        let mut said = post("/orders", headers, "")
            .replace("Content-Length: 0", &format!("Content-Length: {}", body.len()))
            .into_bytes();
        said.extend_from_slice(body);
        client.write(&said).await;
        assert_eq!(lane.message().await.body, *body);
        let answer = answer("422 Not Quite", "X-Odd: \u{e4}\r\n", &format!("no {number}"));
        lane.write(&answer).await;
        client.expect(&answer).await;
    }
    let all = world
        .all("all answers", |all| all.len() == rows.len() + 1 && all.iter().all(|sent| sent.live_answer().is_some()))
        .await;
    for (sent, (body, _, skip, key)) in all.iter().skip(1).zip(&rows) {
        let text = String::from_utf8_lossy(&body[..body.len().min(80)]);
        assert_eq!((sent.skip(), sent.key()), (*skip, *key), "{text}");
        assert_eq!(sent.capture.body, *body, "{text}");
        assert_eq!(sent.live_answer().unwrap().status, Some(422), "{text}");
    }
    // Only what has an order key, and is no test order, is teed.
    let teed: Vec<&[u8]> =
        rows.iter().filter(|(body, _, skip, _)| skip.is_none() && !body.ends_with(b"true}")).map(|row| row.0).collect();
    let mut copies = vec![gated.next().await.body];
    for _ in &teed {
        copies.push(gated.next().await.body);
    }
    let mut wanted: Vec<Vec<u8>> = teed.iter().map(|body| body.to_vec()).collect();
    wanted.push(br#"{"id":"first"}"#.to_vec());
    copies.sort();
    wanted.sort();
    assert_eq!(copies, wanted);
    let counts = world.counts();
    let sum: u64 = counts.iter().filter(|(name, _)| *name != "received").map(|(_, count)| count).sum();
    assert_eq!((counts["received"], sum), (rows.len() as u64 + 1, rows.len() as u64 + 1), "{counts:?}");
    assert_eq!(counts["skipped.excluded: test order"], 1);
    world.stop().await;
    assert_eq!(gated.left(), []);
}

#[tokio::test]
async fn a_number_here_and_a_string_there_is_one_order() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut gated = gated.serve(|_| answer("201 Created", "", r#"{"id":"G1"}"#));
    let mut client = world.client().await;
    let mut keys = Vec::new();
    for body in [r#"{"id":9007199254740993}"#, r#"{"id":"9007199254740993"}"#] {
        client.write(post("/orders", "", body)).await;
        client.expect(answer("200 OK", "", "ok")).await;
        keys.push(gated.next().await.values("idempotency-key")[0].to_owned());
    }
    assert_eq!(keys[0], keys[1], "the same order, so the same key");
    let all = world.all("both", |all| all.len() == 2).await;
    assert_eq!(all[0].capture.order_key, all[1].capture.order_key);
    world.stop().await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_reaches_no_lane() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    for said in [
        "\x16\x03\x01\x02\0\x01\0\x01\x7c",
        "GET\r\n\r\n",
        "POST /orders HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        "POST /orders HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nx",
    ] {
        let mut client = world.client().await;
        client.write(said).await;
        client.half_close().await;
        let got = String::from_utf8(client.rest().await).unwrap();
        assert!(got.is_empty() || got.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{said:?}: {got}");
    }
    assert_eq!(world.counts(), [].into());
    world.stop().await;
}
