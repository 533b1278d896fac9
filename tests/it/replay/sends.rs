//! What goes to the lanes: the requests as they were captured, byte for byte, but for what must be new; in order for each order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use paritee::outcome::Lane as Side;

use super::{Stage, between, line, order};
use crate::support::{Lane, Message, Setup, World, answer, post};

#[tokio::test]
async fn an_export_replays_to_the_same_requests_byte_for_byte() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let addresses = (live.addr().to_string(), gated.addr().to_string());
    let mut lanes = (live.serve(|_| answer("200 OK", "", "{}")), gated.serve(|_| answer("201 Created", "", "{}")));
    let setup = Setup { route: "delivery_id = [\"header:X-Delivery\"]", ..Setup::default() };
    let world = World::at(tempfile::tempdir().unwrap(), &addresses.0, &addresses.1, setup).await;
    let mut client = world.client().await;
    let headers =
        "X-Shop: caf\u{e9}\r\nX-Delivery: d1\r\nAuthorization: Bearer of-the-shop\r\nAccept: */*\r\nX-Shop: two\r\n";
    let bodies =
        ["{\"id\":1, \"note\":\"a\\u0000b \\ud83d\\udc35\"}", "{\"id\" : 2 ,\"total\":2.50e1}", "{\"id\":\"3\"}\r\n"];
    let mut first = Vec::new();
    for body in bodies {
        client.write(post("/orders?a=%20b&c", headers, body)).await;
        client.message().await;
        first.push((lanes.0.next().await, lanes.1.next().await));
    }
    let recorded =
        world.all("all", |all| all.len() == 3 && all.iter().all(|sent| sent.shadow_answer().is_some())).await;
    assert_eq!(recorded.len(), 3);
    let folder = world.stop().await;

    let config = between(&addresses.0, &addresses.1, "").replace("path = \"/webhooks/orders/*\"", "path = \"/orders\"");
    let stage = Stage::new(
        &config.replace("header:X-Shopify-Webhook-Id", "header:X-Delivery").replace("operation =", "# operation ="),
    );
    let exported = std::process::Command::new(env!("CARGO_BIN_EXE_paritee"))
        .args(["export"])
        .arg(folder.path().join("journal.db"))
        .args(["-o"])
        .arg(stage.file("day.ndjson"))
        .output()
        .unwrap();
    assert!(exported.status.success(), "{exported:?}");
    let ended = stage.replay(&["--speed", "max", "--concurrency", "1", "day.ndjson"]).await;
    assert_eq!(ended.code, 3, "{ended:?}");
    let (to_live, to_gated) = (lanes.0.left(), lanes.1.left());
    assert_eq!((to_live.len(), to_gated.len()), (bodies.len(), bodies.len()));
    for (before, body) in first.iter().zip(bodies) {
        let of =
            |requests: &[Message]| requests.iter().find(|request| request.body == body.as_bytes()).unwrap().clone();
        let again = [of(&to_live), of(&to_gated)];
        for request in &again {
            assert_eq!(request.head.lines().next(), before.0.head.lines().next());
            for name in ["host", "x-shop", "accept", "content-length"] {
                assert_eq!(request.values(name), before.0.values(name), "{name}");
            }
            assert!(request.values("authorization").is_empty(), "{}", request.head);
            assert_eq!(request.values("x-delivery").len(), 1);
            assert_ne!(request.values("x-delivery"), ["d1"], "a delivery of its own");
        }
        // Equal deliveries stay equal, and both lanes see the same.
        assert_eq!(again[0].values("x-delivery"), again[1].values("x-delivery"));
        assert_eq!(again[0].values("paritee-lane"), ["legacy"]);
        assert_eq!(again[1].values("paritee-lane"), ["gated"]);
    }
}

#[tokio::test]
async fn framing_is_that_of_the_body_and_a_lane_of_its_own_secret_gets_its_own_signature() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let signed = "signature = { header = \"X-Hmac\", secret = \"env:GATED_SECRET\" }";
    let stage = Stage::between(&live, &gated, signed);
    let capture = "{\"version\":1,\"time\":\"2026-11-20T18:00:00Z\",\"method\":\"POST\",\"target\":\"/webhooks/orders/create\",\
        \"headers\":[[\"host\",\"shop\"],[\"transfer-encoding\",\"chunked\"],[\"content-length\",\"999\"],[\"x-shopify-topic\",\"orders/create\"],\
        [\"x-hmac\",\"of the shop\"],[\"cookie\",\"session=1\"]],\"body\":\"{\\\"id\\\":7}\"}\n";
    fs::write(stage.file("day.ndjson"), capture).unwrap();
    let mut lanes = (live.serve(|_| answer("200 OK", "", "{}")), gated.serve(|_| answer("201 Created", "", "{}")));
    let mut command = stage.command(&["--speed", "max", "day.ndjson"]);
    command.env("GATED_SECRET", "Jefe");
    let child = command.spawn().unwrap();
    let (to_live, to_gated) = (lanes.0.next().await, lanes.1.next().await);
    let ended = super::ended(child).await;
    assert_eq!(ended.code, 3, "{ended:?}");
    for request in [&to_live, &to_gated] {
        assert_eq!(request.text(), "{\"id\":7}");
        assert_eq!((request.values("content-length"), request.values("transfer-encoding")), (vec!["8"], vec![]));
        assert!(request.values("cookie").is_empty());
    }
    assert_eq!(to_live.values("x-hmac"), ["of the shop"]);
    // openssl dgst -sha256 -hmac Jefe -binary | base64
    assert_eq!(to_gated.values("x-hmac"), ["UxRJvmUAcpHOaIaB4o/Brm1JCAeqI74IUL/vmN5n+3s="]);
}

/// What each lane saw of each order, in order.
type Seen = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

fn watched(lane: Lane) -> (Seen, crate::support::Served) {
    let seen = Seen::default();
    let told = Arc::clone(&seen);
    let served = lane.serve(move |request| {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let step = body["step"].as_str().unwrap().to_owned();
        told.lock().unwrap().entry(body["id"].to_string()).or_default().push(step);
        answer("200 OK", "", "{\"id\":\"1\"}")
    });
    (seen, served)
}

#[tokio::test]
async fn the_order_of_operations_on_one_order_is_kept_whatever_the_concurrency() {
    for concurrency in ["1", "7", "64"] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let stage = Stage::between(&live, &gated, "");
        let mut text = String::new();
        for (second, step, topic) in
            [(1, "create", "orders/create"), (2, "update", "orders/updated"), (3, "cancel", "orders/cancelled")]
        {
            for key in 100..140 {
                text +=
                    &line(second, topic, &format!("{step}-{key}"), &format!("{{\"id\":{key},\"step\":\"{step}\"}}"));
            }
        }
        // The file has the last of it first: times decide, not places.
        let lines: Vec<&str> = text.lines().rev().collect();
        fs::write(stage.file("day.ndjson"), lines.join("\n") + "\n").unwrap();
        let ((at_live, _live), (at_gated, _gated)) = (watched(live), watched(gated));
        let ended = stage.replay(&["--speed", "max", "--concurrency", concurrency, "day.ndjson"]).await;
        assert_eq!(ended.code, 3, "{ended:?}");
        for seen in [at_live, at_gated] {
            let seen = seen.lock().unwrap();
            assert_eq!(seen.len(), 40);
            for (key, steps) in seen.iter() {
                assert_eq!(steps, &["create", "update", "cancel"], "{key} at concurrency {concurrency}");
            }
        }
    }
}

#[tokio::test]
async fn original_times_are_kept_beside_the_new_ones() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let stage = Stage::between(&live, &gated, "");
    fs::write(stage.file("day.ndjson"), order(1, "5001") + &order(7, "5002")).unwrap();
    let _lanes = (live.serve(|_| answer("200 OK", "", "{}")), gated.serve(|_| answer("201 Created", "", "{}")));
    let ended = stage.replay(&["--speed", "max", "day.ndjson"]).await;
    assert_eq!(ended.code, 3, "{ended:?}");
    let journal = stage.journal();
    assert!(journal.verify().unwrap().is_ok());
    let sent = crate::support::journal::sent(&journal);
    let of = |place: usize| journal.original(sent[place].row).unwrap().unwrap();
    assert_eq!(of(0).occurred_at, Some("2026-11-20T18:00:01Z".parse().unwrap()));
    assert_eq!((of(1).occurred_at, of(1).place), (Some("2026-11-20T18:00:07Z".parse().unwrap()), "line 2".to_owned()));
    let began = journal.run(Some(1)).unwrap().unwrap().began_at;
    let uuids: BTreeSet<_> = sent.iter().map(|sent| sent.capture.uuid).collect();
    assert!(sent.iter().all(|sent| sent.capture.received_at >= began) && uuids.len() == 2);
    let order = std::process::Command::new(env!("CARGO_BIN_EXE_paritee"))
        .args(["order", "week3-replay.db", "5002"])
        .current_dir(stage.path())
        .output()
        .unwrap();
    let told = String::from_utf8(order.stdout).unwrap();
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("received, create, a replay of what came 2026-11-20 18:00:07 UTC"), "{told}");
    // What is exported of a replay says when it was captured first.
    let mut file =
        paritee::replay::CaptureFile::open(&stage.file("week3-replay.db"), &paritee::replay::Options::default())
            .unwrap();
    let first = file.next().unwrap().unwrap();
    assert_eq!(first.at, Some("2026-11-20T18:00:01Z".parse().unwrap()));
    assert_eq!(
        first.answers.iter().map(|answer| (answer.lane, answer.status)).collect::<Vec<_>>(),
        [(Some(Side::Legacy), Some(200))]
    );
}

#[tokio::test]
async fn a_shadow_that_gets_what_the_live_lane_accepts_gets_no_more_in_a_replay() {
    let refuses = |request: &Message| {
        let is_refused = request.text().contains("5002");
        answer(if is_refused { "422 Unprocessable Content" } else { "200 OK" }, "", "{}")
    };
    let answers = "\"answers\":[{\"status\":STATUS,\"headers\":[]}],\"body\"";
    let told = |second: u32, key: &str, status: &str| {
        order(second, key).replace("\"body\"", &answers.replace("STATUS", status))
    };
    for legacy in ["sent", "recorded"] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let stage = Stage::between(&live, &gated, "send = \"after-live-accepts\"");
        let text = told(1, "5001", "200") + &told(2, "5002", "422") + &told(3, "5003", "202");
        fs::write(stage.file("day.ndjson"), text).unwrap();
        let (mut at_live, mut at_gated) = (live.serve(refuses), gated.serve(|_| answer("201 Created", "", "{}")));
        let ended = stage.replay(&["--legacy", legacy, "--speed", "max", "day.ndjson"]).await;
        assert_eq!(ended.code, 3, "{ended:?}");
        let mut to_gated: Vec<String> = at_gated.left().iter().map(|request| request.text().to_owned()).collect();
        to_gated.sort();
        assert_eq!(to_gated, ["{\"id\":5001}", "{\"id\":5003}"], "{legacy}");
        assert_eq!(at_live.left().len(), if legacy == "sent" { 3 } else { 0 }, "{legacy}");
    }
}

#[tokio::test]
async fn what_was_recorded_ahead_and_then_held_back_is_sent_once_and_the_journal_says_which() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let stage = Stage::between(&live, &gated, "");
    let orders = 400;
    fs::write(stage.file("day.ndjson"), (0..orders).map(|key| order(0, &key.to_string())).collect::<String>()).unwrap();
    let mut at_gated = {
        let seen = AtomicU64::new(0);
        gated.serve(move |_| match seen.fetch_add(1, Ordering::Relaxed) {
            200 => answer("429 Too Many Requests", "Retry-After: 1\r\n", ""),
            _ => answer("201 Created", "", "{\"id\":\"1\"}"),
        })
    };
    let _at_live = live.serve(|_| answer("200 OK", "", "{}"));
    let ended = stage.replay(&["--speed", "max", "--concurrency", "16", "day.ndjson"]).await;
    assert_eq!(ended.code, 3, "{ended:?}");
    let reader = stage.journal();
    let count = |sql: &str| reader.connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs();
    let attempts = count("SELECT count(*) FROM attempt WHERE lane = 'gated'");
    let held_back =
        count("SELECT count(*) FROM answer WHERE lane = 'gated' AND error LIKE 'held back%' AND ending = 'refused'");
    assert_eq!(at_gated.left().len() as u64, attempts - held_back, "{held_back} of {attempts} held back");
    assert_eq!(attempts, orders + held_back + 1, "each was sent once, and the one again that was told to come later");
    let taken = "SELECT count(DISTINCT a.capture) FROM attempt a JOIN answer w ON w.attempt = a.id WHERE a.lane = 'gated' AND w.status = 201";
    assert_eq!(count(taken), orders);
    assert_eq!(count("SELECT count(*) FROM attempt WHERE lane = 'gated' AND reason = 'not_now'"), held_back + 1);
}
