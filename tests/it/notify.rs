//! Posts to a receiver outside: signed, sent again until they are taken, each fact once in a run, bounded.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use hmac::{Hmac, Mac as _};
use paritee::cli::serve::Options;
use paritee::config;
use paritee::journal::Reader;
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;

use crate::support::{Conn, Lane, Message, Process, Served, Setup, World, answer, configuration, order, post, soon};

const SECRET: &str = "of the receiver and us";
/// Whose order it is: nobody outside is told.
const MARKED: &str = "MARKED Quint";

const BATCH: &str = "Content-Type: application/cloudevents-batch+json\r\n";

fn text(folder: &TempDir, lanes: (SocketAddr, SocketAddr), receiver: SocketAddr) -> String {
    let journal = folder.path().join("journal.db").display().to_string();
    let text = configuration(Setup::default(), &journal, &lanes.0.to_string(), &lanes.1.to_string());
    let notify =
        format!("[notify]\nurl = \"http://{receiver}/hook?a=b\"\nsecret = \"env:NOTIFY_SECRET\"\nevery = \"100ms\"");
    format!("{text}\n[admin]\nlisten = \"127.0.0.1:0\"\n{notify}\n")
}

async fn world(folder: TempDir, text: &str) -> World {
    let config = config::parse("test.toml", text, &|_| Some(SECRET.to_owned()));
    let config = config.unwrap_or_else(|faults| panic!("{faults}")).config;
    World::of(folder, config, Options::default()).await.unwrap()
}

/// Two lanes that take everything.
async fn lanes() -> ((Served, Served), (SocketAddr, SocketAddr)) {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let addrs = (live.addr(), gated.addr());
    let taken = |_: &Message| answer("202 Accepted", "", "");
    ((live.serve(taken), gated.serve(taken)), addrs)
}

/// Two documents for each of these orders.
fn doubles(keys: &[String]) -> String {
    let commit = |key: &String, number: u32| {
        json!({"specversion": "1.0", "type": "paritee.order.committed", "source": "erp", "id": format!("{key}-{number}"), "lane": "gated",
            "subject": key, "time": "2026-03-02T10:00:00Z", "reference": format!("SO-{key}-{number}"), "data": {"buyer": MARKED}})
    };
    Value::from(keys.iter().flat_map(|key| [commit(key, 1), commit(key, 2)]).collect::<Vec<_>>()).to_string()
}

async fn place(world: &World, keys: &[String]) {
    let mut client = world.client().await;
    for key in keys {
        let body = json!({"id": key, "customer": {"name": MARKED}}).to_string();
        client.write(post("/orders", "", &body)).await;
        assert!(client.message().await.head.starts_with("HTTP/1.1 202 "));
    }
    let told = world.admin("/v1/outcomes", BATCH, &doubles(keys)).await;
    assert!(told.head.starts_with("HTTP/1.1 200 "), "{}", told.text());
}

/// The body of a post whose signature is good.
fn verified(post: &Message) -> Value {
    assert!(post.head.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{}", post.head);
    let (at, signed) = post.values("paritee-signature")[0].strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(format!("{at}.{}", post.text()));
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(signed, hex);
    assert!(!post.text().contains("MARKED"), "{}", post.text());
    let body: Value = serde_json::from_slice(&post.body).unwrap();
    assert_eq!((&body["version"], body["id"].as_str()), (&json!(1), Some(post.values("paritee-delivery")[0])));
    assert_eq!(post.values("content-type"), ["application/json"]);
    body
}

/// Each event: its kind, and its gate or its order with lane and fate.
fn events(body: &Value) -> Vec<String> {
    let text = |event: &Value, key: &str| event[key].as_str().unwrap_or("-").to_owned();
    let words = ["kind", "gate", "order_key", "lane", "fate", "owner"];
    let line = |event: &Value| words.map(|key| text(event, key)).join(" ");
    body["events"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn a_fact_is_told_until_it_is_taken_and_never_again() {
    let (mut served, addrs) = lanes().await;
    let receiver = Lane::bind().await;
    let (to, live) = (receiver.addr(), addrs.0);
    let tries = AtomicUsize::new(0);
    let mut receiver = receiver.serve(move |_| match tries.fetch_add(1, Ordering::Relaxed) {
        0 => answer("500 Internal Server Error", "", "not now"),
        1 => answer("307 Temporary Redirect", &format!("Location: http://{live}/orders\r\n"), ""),
        _ => answer("204 No Content", "", ""),
    });
    let folder = tempfile::tempdir().unwrap();
    let text = text(&folder, addrs, to);
    let world = world(folder, &text).await;
    place(&world, &["K1".to_owned()]).await;
    let posts = [receiver.next().await, receiver.next().await, receiver.next().await];
    let bodies = posts.each_ref().map(verified);
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the same each time");
    assert_eq!(events(&bodies[0]), ["gate no-double-commits - - - -", "exception - K1 gated double_committed erp_it"]);
    assert_eq!((&bodies[0]["decision"], &bodies[0]["run"]), (&json!("NO-GO"), &json!(1)));
    assert_eq!((&bodies[0]["open"], &bodies[0]["complete"]), (&json!({"exceptions": 1, "overdue": 0}), &json!(true)));
    world.until("what was taken", |reader| Some(reader.notified(1).unwrap()).filter(|told| told.len() == 1)).await;
    let folder = world.stop().await;

    // After a restart, in the same run, only what is new.
    let world = self::world(folder, &text).await;
    assert_eq!(world.sidecar.run().number, 1);
    place(&world, &["K2".to_owned()]).await;
    assert_eq!(events(&verified(&receiver.next().await)), ["exception - K2 gated double_committed erp_it"]);
    let told =
        world.until("what was taken", |reader| Some(reader.notified(1).unwrap()).filter(|told| told.len() == 2)).await;
    assert_eq!(told[0].delivery, posts[0].values("paritee-delivery")[0]);
    world.stop().await;
    assert_eq!(receiver.left(), []);
    assert_eq!(served.0.left().len(), 2, "the live lane had its two orders, and no post");
}

#[tokio::test]
async fn a_receiver_that_is_away_holds_nothing_up_and_is_told_when_it_is_back() {
    let (_served, addrs) = lanes().await;
    let to = Lane::bind().await.addr();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("week3.toml");
    std::fs::write(&file, text(&folder, addrs, to)).unwrap();
    let mut command = Process::serve(&file);
    command.env("NOTIFY_SECRET", SECRET);
    let mut process = Process::start(command).await;
    let admin = process.value("admin=").await.unwrap();
    let mut client = Conn::to(process.tee.parse().unwrap()).await;
    client.write(order("K1")).await;
    client.message().await;
    let mut source = Conn::to(admin.parse().unwrap()).await;
    let body = doubles(&["K1".to_owned()]);
    source
        .write(format!(
            "POST /v1/outcomes HTTP/1.1\r\nHost: localhost\r\n{BATCH}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await;
    source.message().await;
    process.says("did not take a post").await;
    // Orders pass meanwhile.
    client.write(order("K2")).await;
    assert!(client.message().await.head.starts_with("HTTP/1.1 202 "));
    let mut receiver = Lane::bind_to(to).await.serve(|_| answer("200 OK", "", ""));
    assert_eq!(events(&verified(&receiver.next().await)).len(), 2);
    process.says("took the post").await;
    let said = process.terminate().await;
    assert!(!said.contains(SECRET) && !said.contains("hook"), "{said}");
    let told = Reader::open(&folder.path().join("journal.db")).unwrap().notified(1).unwrap();
    assert_eq!(told.len(), 1);
}

#[tokio::test]
async fn a_post_names_a_few_and_the_next_one_the_rest() {
    let (_served, addrs) = lanes().await;
    let receiver = Lane::bind().await;
    let folder = tempfile::tempdir().unwrap();
    let text = text(&folder, addrs, receiver.addr());
    let mut receiver = receiver.serve(|_| answer("200 OK", "", ""));
    let world = world(folder, &text).await;
    let keys: Vec<String> = (0..60).map(|number| format!("K{number:02}")).collect();
    place(&world, &keys).await;
    let first = verified(&receiver.next().await);
    let second = verified(&receiver.next().await);
    assert_eq!((events(&first).len(), &first["complete"]), (50, &json!(false)));
    assert_eq!((events(&second).len(), &second["complete"]), (11, &json!(true)));
    for body in [&first, &second] {
        assert_eq!(body["open"], json!({"exceptions": 60, "overdue": 0}));
    }
    let told: BTreeSet<String> = events(&first).into_iter().chain(events(&second)).collect();
    assert_eq!(told.len(), 61, "60 orders and a gate, each once");
    world.until("what was taken", |reader| Some(()).filter(|()| reader.notified(1).unwrap().len() == 2)).await;
    world.stop().await;
    assert_eq!(receiver.left(), []);
}

#[tokio::test]
async fn an_order_whose_deadline_is_over_is_told() {
    let (_served, addrs) = lanes().await;
    let receiver = Lane::bind().await;
    let folder = tempfile::tempdir().unwrap();
    let text =
        text(&folder, addrs, receiver.addr()).replace("\"erp-gated\"", "\"ack-gated\"\nsettle = { sla = \"1ms\" }");
    let mut receiver = receiver.serve(|_| answer("200 OK", "", ""));
    let world = world(folder, &text).await;
    let mut client = world.client().await;
    client.write(order("K1")).await;
    client.message().await;
    let overdue = soon("an order that is overdue", async {
        loop {
            let body = verified(&receiver.next().await);
            let events = body["events"].as_array().unwrap().clone();
            if let Some(event) = events.into_iter().find(|event| event["kind"] == "overdue") {
                return (event, body["open"]["overdue"].clone());
            }
        }
    });
    let (event, open) = overdue.await;
    assert_eq!(
        (&event["order_key"], &event["lane"], &event["flagged"]),
        (&json!("K1"), &json!("gated"), &json!(false))
    );
    assert!(
        event["due_at"].is_string() && event["next_action"].as_str().unwrap().contains("Ingestion Pending Audit"),
        "{event}"
    );
    assert_eq!(open, 1);
    world.stop().await;
}
