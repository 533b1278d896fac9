//! Patched copies: a sandbox sends no mail, the capture stays as it was received, and what a patch doesn't fit isn't sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use paritee::outcome::Ending;
use sha2::Sha256;

use crate::support::{Lane, Setup, World, answer, post};

const BODY: &str = r#"{"id": 820982911946154508999, "total": 19.90, "email":"ada@quint.example", "notify": true}"#;

fn signed(secret: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    STANDARD.encode(mac.chain_update(body).finalize().into_bytes())
}

#[tokio::test]
async fn a_patched_copy_is_signed_anew_and_the_capture_stays_as_it_came() {
    for (patch, sent) in [
        (
            r#"patch = '{"email": null, "notify": false}'"#,
            r#"{"id":820982911946154508999,"total":19.90,"notify":false}"#,
        ),
        (
            r#"patch = '[{"op":"replace","path":"/email","value":"x@example.invalid"},{"op":"remove","path":"/notify"}]'"#,
            r#"{"id":820982911946154508999,"total":19.90,"email":"x@example.invalid"}"#,
        ),
    ] {
        for signature in ["", r#"signature = { header = "X-Shopify-Hmac-Sha256", secret = "env:LANE" }"#] {
            let (live, gated) = (Lane::bind().await, Lane::bind().await);
            let lines: &'static str = format!("{patch}\n{signature}\nheaders = {{ x-suppress-mail = \"1\" }}").leak();
            let world = World::start(&live, &gated, Setup { gated: lines, ..Setup::default() }).await;
            let mut client = world.client().await;
            let fields =
                "X-Shopify-Hmac-Sha256: c2ln\r\nContent-MD5: x\r\nDigest: y\r\nX-Hub-Signature-256: z\r\nX-A: 1\r\n";
            client.write(post("/orders", fields, BODY)).await;
            let mut lane = live.accept().await;
            let got = lane.message().await;
            assert_eq!((got.text(), got.values("x-shopify-hmac-sha256")), (BODY, vec!["c2ln"]));
            let copy = gated.accept().await.message().await;
            assert_eq!(copy.text(), sent);
            assert_eq!(copy.values("content-length"), [sent.len().to_string()]);
            assert_eq!((copy.values("x-suppress-mail"), copy.values("x-a")), (vec!["1"], vec!["1"]));
            for name in ["content-md5", "digest", "x-hub-signature-256"] {
                assert_eq!(copy.values(name).len(), 0, "{name} vouches for another body");
            }
            let own = signed("token-of-our-own", sent);
            let expected: Vec<&str> = if signature.is_empty() { Vec::new() } else { vec![&own] };
            assert_eq!(copy.values("x-shopify-hmac-sha256"), expected);
            let seen = world.one("the attempt", |sent| !sent.shadow.is_empty()).await;
            assert_eq!(seen.capture.body, BODY);
            lane.write(answer("200 OK", "", "ok")).await;
            client.expect(answer("200 OK", "", "ok")).await;
            world.stop().await;
        }
    }
}

#[tokio::test]
async fn what_a_patch_does_not_fit_is_not_sent_and_not_tried_again() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let patch = r#"patch = '[{"op":"remove","path":"/email"}]'"#;
    let world = World::start(&live, &gated, Setup { gated: patch, ..Setup::default() }).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut gated = gated.serve(|_| answer("201 Created", "", ""));
    let mut client = world.client().await;
    for body in [r#"{"id":"1"}"#, r#"{"id":"2","email":"a","email":"b"}"#, r#"{"id":"3","email":"a"}"#] {
        client.write(post("/orders", "", body)).await;
        client.expect(answer("200 OK", "", "ok")).await;
    }
    let all =
        world.all("all ends", |all| all.len() == 3 && all.iter().all(|sent| sent.shadow_answer().is_some())).await;
    let told: Vec<_> =
        all.iter().map(|sent| sent.shadow_answer().map(|answer| (answer.ending, answer.error.clone()))).collect();
    let not_sent = |why: &str| Some((Ending::Refused, Some(format!("its body can't be patched for the lane: {why}"))));
    assert_eq!(told[0], not_sent("nothing stands at \"/email\""));
    assert_eq!(told[1], not_sent("two members stand at \"/email\""));
    assert_eq!(told[2], Some((Ending::Answered, None)));
    assert_eq!(gated.next().await.text(), r#"{"id":"3"}"#);
    let folder = world.stop().await;
    // Nor after a restart.
    let (live_addr, gated_addr) = ("127.0.0.1:1", "127.0.0.1:2");
    let world = World::at(folder, live_addr, gated_addr, Setup { gated: patch, ..Setup::default() }).await;
    let again = world.all("the sends", |all| all.len() == 3).await;
    assert!(again.iter().all(|sent| sent.shadow.len() == 1));
    world.stop().await;
    assert_eq!(gated.left(), []);
}

#[tokio::test]
async fn no_credential_of_the_client_goes_to_the_shadow_whatever_bears_it() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut gated = gated.serve(|_| answer("201 Created", "", ""));
    let mut client = world.client().await;
    for (number, name) in [
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "X-Api-Key",
        "Apikey",
        "Api-Key",
        "X-Auth-Token",
        "X-Access-Token",
        "X-Shopify-Access-Token",
        "X-Shopify-Storefront-Access-Token",
        "X-Goog-Api-Key",
        "X-Amz-Security-Token",
        "X-Functions-Key",
        "Ocp-Apim-Subscription-Key",
        "X-Client-Secret",
        "X-Auth",
        "X-Authorization",
        "X-Csrf-Token",
        "X-Session",
        "X-Password",
    ]
    .iter()
    .enumerate()
    {
        let said = format!("{name}: s3cr3t\r\nX-Kept: yes\r\n");
        client
            .write(post("/orders?shop=1&access_token=s3cr3t&API_KEY=s3cr3t", &said, &format!(r#"{{"id":"{number}"}}"#)))
            .await;
        client.expect(answer("200 OK", "", "ok")).await;
        let copy = gated.next().await;
        assert!(!copy.head.contains("s3cr3t") && copy.values("x-kept") == ["yes"], "{name}: {}", copy.head);
        assert!(copy.head.starts_with("POST /orders?shop=1 HTTP/1.1\r\n"), "{}", copy.head);
    }
    world.stop().await;
}
