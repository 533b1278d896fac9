//! Captured traffic with known orders, a duplicate, a test order and things that can't be sent; and writers for each format, which know nothing of
//! the readers.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use paritee::journal::{self, CaptureWait, Record};
use paritee::order::OrderKey;
use paritee::outcome::{Answer, Capture, Ending, Lane, Operation, Skip};
use paritee::sim::{Topic, World};
use serde_json::json;
use uuid::Uuid;

/// The formats that are replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Ndjson,
    NdjsonGz,
    Har,
    Gor,
    /// Two chunk files, named so that an alphabet would turn them round, the second packed in two members.
    GorChunks,
    Journal,
}

pub(super) const FORMS: [Form; 6] =
    [Form::Ndjson, Form::NdjsonGz, Form::Har, Form::Gor, Form::GorChunks, Form::Journal];

/// A request as it was captured, with the live lane's answer.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) at: Timestamp,
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    /// Status and body; `None`: no answer stands in the capture.
    pub(super) answer: Option<(u16, String)>,
    /// The end of the body is missing.
    pub(super) cut: bool,
}

pub(super) fn opened_at() -> Timestamp {
    "2026-11-20T18:00:00Z".parse().unwrap()
}

/// The webhook of an order, captured so long after the opening.
pub(super) fn webhook(world: &World, number: u64, topic: Topic, after_ms: i64) -> Exchange {
    let webhook = world.shop().webhook(number, topic);
    let mut headers = vec![("host".to_owned(), "shop.example".to_owned())];
    headers.extend(webhook.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())));
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    headers.push(("content-length".to_owned(), webhook.body.len().to_string()));
    Exchange {
        at: opened_at() + SignedDuration::from_millis(after_ms),
        method: "POST",
        target: format!("/webhooks/{}?shop=1", topic.as_str()),
        headers,
        body: webhook.body,
        answer: Some((200, "{\"received\":true}".to_owned())),
        cut: false,
    }
}

/// All orders of a shop, the fourth before the third in the file; the ninth comes twice; then a request on no route, one without an order
/// key, and one whose end is missing.
pub(super) fn traffic(world: &World) -> Vec<Exchange> {
    let orders = world.shop().plan().orders;
    let ms = |number: u64| i64::try_from(number).unwrap() * 40;
    let mut all: Vec<Exchange> = (1..=orders).map(|number| webhook(world, number, Topic::Create, ms(number))).collect();
    all.swap(2, 3);
    all.push(webhook(world, 9, Topic::Create, ms(orders + 1)));
    let other = |target: &str, body: &'static str| Exchange {
        at: opened_at() + SignedDuration::from_millis(ms(orders + 2)),
        method: "POST",
        target: target.to_owned(),
        headers: vec![
            ("host".to_owned(), "shop.example".to_owned()),
            ("x-shopify-topic".to_owned(), "orders/create".to_owned()),
            ("content-length".to_owned(), body.len().to_string()),
        ],
        body: Bytes::from_static(body.as_bytes()),
        answer: None,
        cut: false,
    };
    all.push(other("/health", "{}"));
    all.push(other("/webhooks/orders/create", "{\"name\":\"#nothing\"}"));
    all.push(Exchange { cut: true, ..webhook(world, 2, Topic::Create, ms(orders + 3)) });
    all
}

/// Writes the traffic, and returns the files in an order that is not that of their times.
pub(super) async fn write(form: Form, folder: &Path, traffic: &[Exchange]) -> Vec<PathBuf> {
    let file = |name: &str| folder.join(name);
    match form {
        Form::Ndjson => one(file("day.ndjson"), ndjson(traffic).as_bytes()),
        Form::NdjsonGz => one(file("day.of.orders"), &packed(ndjson(traffic).as_bytes())),
        Form::Har => one(file("day.har"), har(traffic).as_bytes()),
        Form::Gor => one(file("day.gor"), &gor(traffic)),
        Form::GorChunks => {
            let (first, second) = traffic.split_at(traffic.len() / 2);
            let (left, right) = second.split_at(second.len() / 2);
            let members = [packed(&gor(left)), packed(&gor(right))].concat();
            [one(file("day_10.gor.gz"), &members), one(file("day_2.gor"), &gor(first))].concat()
        }
        Form::Journal => {
            journal_of(&file("day.db"), traffic).await;
            vec![file("day.db")]
        }
    }
}

fn one(path: PathBuf, bytes: &[u8]) -> Vec<PathBuf> {
    fs::write(&path, bytes).unwrap();
    vec![path]
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn ndjson(traffic: &[Exchange]) -> String {
    let line = |exchange: &Exchange| {
        let mut line = json!({
            "version": 1,
            "time": exchange.at.to_string(),
            "method": exchange.method,
            "target": exchange.target,
            "headers": exchange.headers,
        });
        let kept = &exchange.body[..if exchange.cut { 20 } else { exchange.body.len() }];
        line["body_base64"] = json!(base64::engine::general_purpose::STANDARD.encode(kept));
        if exchange.cut {
            line["truncated"] = json!(true);
        }
        if let Some((status, body)) = &exchange.answer {
            line["answers"] = json!([{ "status": status, "took_us": 9_000, "headers": [], "body": body }]);
        }
        line.to_string() + "\n"
    };
    traffic.iter().map(line).collect()
}

fn har(traffic: &[Exchange]) -> String {
    let entry = |exchange: &Exchange| {
        let headers: Vec<_> =
            exchange.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let text = std::str::from_utf8(&exchange.body).unwrap();
        let text = if exchange.cut { &text[..20] } else { text };
        let response = match &exchange.answer {
            Some((status, body)) => {
                json!({ "status": status, "headers": [], "content": { "text": body, "size": body.len() } })
            }
            None => json!({ "status": 0, "headers": [], "content": {} }),
        };
        json!({
            "startedDateTime": exchange.at.to_string(),
            "time": 9,
            "request": {
                "method": exchange.method,
                "url": format!("http://shop.example{}", exchange.target),
                "httpVersion": "HTTP/1.1",
                "headers": headers,
                "postData": { "mimeType": "application/json", "text": text },
                "bodySize": exchange.body.len(),
            },
            "response": response,
        })
    };
    let entries: Vec<_> = traffic.iter().map(entry).collect();
    "\u{feff}".to_owned() + &json!({ "log": { "version": "1.2", "entries": entries } }).to_string()
}

/// As GoReplay 1.3 writes it: answers stand behind the next requests, as they came.
fn gor(traffic: &[Exchange]) -> Vec<u8> {
    const SEPARATOR: &str = "\n\u{1f435}\u{1f648}\u{1f649}\n";
    let mut out = Vec::new();
    let mut owed: Option<Vec<u8>> = None;
    for (place, exchange) in traffic.iter().enumerate() {
        let (id, ns) = (format!("{place:024x}"), exchange.at.as_nanosecond());
        write!(out, "1 {id} {ns} 0\n{} {} HTTP/1.1\r\n", exchange.method, exchange.target).unwrap();
        exchange.headers.iter().for_each(|(name, value)| write!(out, "{name}: {value}\r\n").unwrap());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&exchange.body[..if exchange.cut { 20 } else { exchange.body.len() }]);
        out.extend_from_slice(SEPARATOR.as_bytes());
        out.extend(owed.take().into_iter().flatten());
        owed = exchange.answer.as_ref().map(|(status, body)| {
            let length = body.len();
            format!(
                "2 {id} {} 9000000\nHTTP/1.1 {status} OK\r\nContent-Length: {length}\r\n\r\n{body}{SEPARATOR}",
                ns + 9_000_000
            )
            .into_bytes()
        });
    }
    out.extend(owed.into_iter().flatten());
    out
}

/// As a tee with these routes would have left it: what is on no route is not in it.
async fn journal_of(path: &Path, traffic: &[Exchange]) {
    let opened = journal::open(path, journal::Options::default()).unwrap();
    for exchange in traffic.iter().filter(|exchange| exchange.target.starts_with("/webhooks/")) {
        let key = serde_json::from_slice::<serde_json::Value>(&exchange.body).unwrap()["id"].as_u64();
        let skip = exchange.cut.then_some(Skip::BodyTooLarge).or(key.is_none().then_some(Skip::NoOrderKey));
        let capture = Capture {
            uuid: Uuid::now_v7(),
            received_at: exchange.at,
            method: exchange.method.into(),
            target: exchange.target.clone(),
            route: "/webhooks/orders/*".into(),
            operation: Operation::Create,
            order_key: key.map(|key| OrderKey::new(&key.to_string()).unwrap()),
            also_known_as: Vec::new(),
            event_id: None,
            delivery_id: None,
            excluded: None,
            skip,
            signature: None,
            headers: exchange.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect(),
            body: if exchange.cut { Bytes::new() } else { exchange.body.clone() },
            body_bytes: exchange.body.len() as u64,
        };
        let wait =
            opened.journal.capture(1, Arc::new(capture), Some((Lane::Legacy, exchange.at)), Duration::from_secs(30));
        let CaptureWait::Durable(rows) = wait.await else { panic!("the journal is slow") };
        if let Some((status, body)) = &exchange.answer {
            let answer = Answer {
                attempt: rows.attempt.unwrap(),
                lane: Lane::Legacy,
                ending: Ending::Answered,
                at: exchange.at + SignedDuration::from_millis(9),
                took: Duration::from_millis(9),
                status: Some(*status),
                headers: Vec::new(),
                body: Bytes::from(body.clone()),
                body_bytes: body.len() as u64,
                error: None,
            };
            opened.journal.record(vec![Record::Answer(answer)]).await.unwrap();
        }
    }
    assert!(opened.journal.close(Duration::from_secs(30)).await);
    opened.writer.join().unwrap();
}
