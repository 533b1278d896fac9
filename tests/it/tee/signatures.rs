//! Signatures are checked beside the order's way: whatever comes of it, nobody's bytes change.

use paritee::outcome::{Signature, Skip};

use crate::support::{Lane, Setup, World, answer, post};

/// `{"id":"1"}`, signed with the world's secret, and two that don't fit it.
const GOOD: &str = "X-Topic: orders/create\r\nX-Hmac: qd7rcLW067OPp+7UWTQEQApCk78GXasm5DiWi/gJYBc=\r\n";
const BAD: &str = "X-Topic: orders/create\r\nX-Hmac: AAAAcLW067OPp+7UWTQEQApCk78GXasm5DiWi/gJYBc=\r\n";
const NONSENSE: &str = "X-Topic: orders/create\r\nX-Hmac: ?\r\n";
const MISSING: &str = "X-Topic: orders/create\r\n";

const BODY: &str = r#"{"id":"1"}"#;

#[tokio::test]
async fn a_bad_signature_changes_no_byte_and_is_recorded() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let setup = Setup { route: "signature = { header = \"X-Hmac\", secret = \"env:SECRET\" }", ..Setup::default() };
    let world = World::start(&live, &gated, setup).await;
    let mut client = world.client().await;
    let mut lane = None;
    let mut shadow = None;
    let mut heads = None;
    for (number, fields) in [GOOD, BAD, NONSENSE, MISSING].into_iter().enumerate() {
        client.write(post("/orders", fields, BODY)).await;
        let live_conn = match &mut lane {
            Some(conn) => conn,
            none => none.insert(live.accept().await),
        };
        let got = live_conn.message().await;
        assert_eq!((got.body.as_ref(), got.values("x-hmac")), (BODY.as_bytes(), hmac_of(fields)), "{fields}");
        let head: String = got.head_without_via().split_inclusive('\n').filter(|line| !line.contains("Hmac")).collect();
        assert_eq!(heads.get_or_insert_with(|| head.clone()), &head, "{fields}");
        live_conn.write(answer("201 Created", "X-A: b\r\n", "ok")).await;
        client.expect(answer("201 Created", "X-A: b\r\n", "ok")).await;
        let shadow_conn = match &mut shadow {
            Some(conn) => conn,
            none => none.insert(gated.accept().await),
        };
        let copy = shadow_conn.message().await;
        assert_eq!((copy.body.as_ref(), copy.values("x-hmac")), (BODY.as_bytes(), hmac_of(fields)), "{fields}");
        shadow_conn.write(answer("201 Created", "", "ok")).await;
        world
            .all("the answers", |all| all.iter().filter(|sent| sent.shadow_answer().is_some()).count() == number + 1)
            .await;
    }
    let wrong = world.until("the signatures", |reader| reader.signatures(1).ok().filter(|all| all.len() == 2)).await;
    assert_eq!(wrong, [(Signature::Bad, 2), (Signature::Missing, 1)]);
    let counts = world.counts();
    let count = |name: &str| counts.get(name).copied();
    assert_eq!((count("signature.bad"), count("signature.missing"), count("teed")), (Some(2), Some(1), Some(4)));
    world.stop().await;
}

fn hmac_of(fields: &str) -> Vec<&str> {
    fields.lines().filter_map(|line| line.strip_prefix("X-Hmac: ")).collect()
}

#[tokio::test]
async fn a_body_that_is_not_kept_whole_leaves_its_signature_unchecked() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let setup = Setup {
        tee: "body_bytes_max = 5",
        route: "signature = { header = \"X-Hmac\", secret = \"env:SECRET\" }",
        ..Setup::default()
    };
    let world = World::start(&live, &gated, setup).await;
    let mut client = world.client().await;
    client.write(post("/orders", BAD, BODY)).await;
    let mut lane = live.accept().await;
    assert_eq!(&lane.message().await.body[..], BODY.as_bytes());
    lane.write(answer("200 OK", "", "ok")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    let seen = world.one("the answer", |sent| sent.live_answer().is_some()).await;
    assert_eq!(seen.skip(), Some(Skip::BodyTooLarge));
    let wrong = world.until("the signature", |reader| reader.signatures(1).ok().filter(|all| !all.is_empty())).await;
    assert_eq!(wrong, [(Signature::Unchecked, 1)]);
    world.stop().await;
}
