//! How fast captures are read: `cargo bench --bench replay [-- MEGABYTES [ROUNDS [LETTERS]]]`. Files of orders are made in a temporary
//! folder, one of each format, and each is read to its end, its requests and answers taken. They are in the page cache. LETTERS
//! are so many random ones in a note of each order, so that it packs worse.

#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a benchmark's own files and its result")]

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use paritee::journal::{self, CaptureWait, Record as Row};
use paritee::order::OrderKey;
use paritee::outcome::{Answer, Capture, Ending, Headers, Lane, Operation};
use paritee::replay::formats::{CaptureFile, Format, Options, Place, Record, RecordedAnswer, Writer};
use paritee::sim::{Curve, Shop, StorefrontPlan, Topic};
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

/// Megabytes of each file, where nobody says.
const MEGABYTES: u64 = 200;

/// How often each is read where nobody says.
const ROUNDS: u64 = 3;

/// Captures of the journal at once.
const AT_ONCE: usize = 256;

const WAIT: Duration = Duration::from_secs(120);

/// Orders of the simulated shop, with what a lane answers.
struct Orders {
    shop: Shop,
    begins: Timestamp,
    letters: usize,
}

impl Orders {
    fn new(letters: usize) -> Self {
        let begins = Timestamp::from_second(1_795_197_600).expect("a time");
        let plan = StorefrontPlan {
            seed: 7,
            opened_at: begins,
            curve: Curve::Every(Duration::from_millis(1)),
            ..StorefrontPlan::default()
        };
        Self { shop: plan.shop(), begins, letters }
    }

    fn record(&self, number: u64) -> Record {
        let webhook = self.shop.webhook(number, Topic::Create);
        let body = with_note(&webhook.body, number, self.letters);
        let at = self.begins + SignedDuration::from_millis(number.cast_signed());
        let text = |text: &str| Bytes::copy_from_slice(text.as_bytes());
        let mut headers: Headers = vec![("host".into(), text("hooks.shop.example"))];
        let fields = webhook.headers.iter().filter(|(name, _)| *name != "content-length" && *name != "host");
        headers
            .extend(fields.map(|(name, value)| (name.as_str().to_owned(), Bytes::copy_from_slice(value.as_bytes()))));
        headers.push(("content-length".into(), text(&body.len().to_string())));
        let reply = text("{\"received\":true}");
        let answer = RecordedAnswer {
            lane: Some(Lane::Legacy),
            ending: Ending::Answered,
            at: Some(at + SignedDuration::from_millis(3)),
            took: Some(Duration::from_millis(3)),
            status: Some(200),
            headers: vec![("content-length".into(), text("17"))],
            body_bytes: reply.len() as u64,
            body: reply,
            error: None,
        };
        Record {
            place: Place::Line(number),
            id: Some(format!("{number:024x}")),
            at: Some(at),
            method: "POST".into(),
            target: "/webhooks/orders/create".into(),
            headers,
            body,
            incomplete: None,
            answers: vec![answer],
        }
    }
}

/// An order with a note of so many random letters.
fn with_note(order: &[u8], seed: u64, letters: usize) -> Bytes {
    let Some(rest) = order.strip_prefix(b"{").filter(|_| letters > 0) else { return Bytes::copy_from_slice(order) };
    let mut random = fastrand::Rng::with_seed(seed);
    let note: String = (0..letters).map(|_| random.alphanumeric()).collect();
    [format!("{{\"letters\":\"{note}\",").as_bytes(), rest].concat().into()
}

/// Writes records until the file is long enough.
fn fill(path: &Path, bytes: u64, orders: &Orders, mut write: impl FnMut(&mut Vec<u8>, &Record)) {
    let mut out = BufWriter::new(File::create(path).expect("a new file"));
    let (mut written, mut piece) = (0, Vec::new());
    for number in 1.. {
        piece.clear();
        write(&mut piece, &orders.record(number));
        out.write_all(&piece).expect("room for the file");
        written += piece.len() as u64;
        if written > bytes {
            break;
        }
    }
    out.flush().expect("room for the file");
}

fn ndjson(out: &mut Vec<u8>, record: &Record) {
    Writer::new(out).write(record).expect("memory takes bytes");
}

/// A head in HTTP/1.1.
fn head(out: &mut Vec<u8>, first: &str, headers: &Headers) {
    out.extend_from_slice(first.as_bytes());
    for (name, value) in headers {
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
    }
    out.extend_from_slice(b"\r\n\r\n");
}

fn gor(out: &mut Vec<u8>, record: &Record) {
    let id = record.id.as_deref().unwrap_or_default();
    let ns = record.at.map(Timestamp::as_nanosecond).unwrap_or_default();
    let separator = "\n🐵🙈🙉\n".as_bytes();
    head(out, &format!("1 {id} {ns} 0\n{} {} HTTP/1.1", record.method, record.target), &record.headers);
    out.extend_from_slice(&record.body);
    out.extend_from_slice(separator);
    for answer in &record.answers {
        head(out, &format!("2 {id} {} 3000000\nHTTP/1.1 200 OK", ns + 3_000_000), &answer.headers);
        out.extend_from_slice(&answer.body);
        out.extend_from_slice(separator);
    }
}

fn har(out: &mut Vec<u8>, record: &Record) {
    let fields = |headers: &Headers| -> Vec<_> {
        headers.iter().map(|(name, value)| json!({"name": name, "value": String::from_utf8_lossy(value)})).collect()
    };
    let body = String::from_utf8_lossy(&record.body);
    let answers = record.answers.iter().map(|answer| {
        json!({"status": answer.status, "statusText": "OK", "httpVersion": "HTTP/2", "cookies": [], "headers": fields(&answer.headers),
            "content": {"size": answer.body.len(), "mimeType": "application/json", "text": String::from_utf8_lossy(&answer.body)},
            "redirectURL": "", "headersSize": -1, "bodySize": answer.body.len()})
    });
    let entry = json!({
        "startedDateTime": record.at, "time": 3.25, "cache": {}, "connection": "443", "serverIPAddress": "192.0.2.7",
        "request": {"method": record.method, "url": format!("https://hooks.shop.example{}", record.target), "httpVersion": "HTTP/2",
            "cookies": [], "queryString": [], "headers": fields(&record.headers), "headersSize": -1, "bodySize": body.len(),
            "postData": {"mimeType": "application/json", "text": body}},
        "response": answers.last(),
        "timings": {"blocked": -1, "dns": -1, "connect": -1, "send": 0.25, "wait": 2.75, "receive": 0.25, "ssl": -1},
    });
    serde_json::to_writer(&mut *out, &entry).expect("memory takes bytes");
    out.push(b',');
}

fn capture(record: Record, number: u64) -> Capture {
    Capture {
        uuid: Uuid::from_u128(number.into()),
        received_at: record.at.unwrap_or_default(),
        method: record.method,
        target: record.target,
        route: "/webhooks/orders/*".into(),
        operation: Operation::Create,
        order_key: OrderKey::new(&number.to_string()).ok(),
        also_known_as: Vec::new(),
        event_id: None,
        delivery_id: None,
        excluded: None,
        skip: None,
        signature: None,
        headers: record.headers,
        body_bytes: record.body.len() as u64,
        body: record.body,
    }
}

/// Records one order and its live answer.
async fn tee(journal: journal::Journal, record: Record, number: u64) {
    let at = record.at.unwrap_or_default();
    let answer = record.answers.first().cloned().expect("each has one");
    let waited = journal.capture(1, Arc::new(capture(record, number)), Some((Lane::Legacy, at)), WAIT).await;
    let CaptureWait::Durable(rows) = waited else { panic!("{waited:?}") };
    let answer = Answer {
        attempt: rows.attempt.expect("the live attempt"),
        lane: Lane::Legacy,
        ending: answer.ending,
        at,
        took: Duration::from_millis(3),
        status: answer.status,
        headers: answer.headers,
        body: answer.body,
        body_bytes: answer.body_bytes,
        error: None,
    };
    journal.record(vec![Row::Answer(answer)]).await.expect("a journal that takes rows");
}

async fn make_journal(path: &Path, bytes: u64, orders: &Orders) {
    let opened = journal::open(path, journal::Options::default()).expect("a new journal");
    let (mut written, mut sends) = (0, JoinSet::new());
    for number in 1.. {
        let record = orders.record(number);
        written += weight(&record);
        sends.spawn(tee(opened.journal.clone(), record, number));
        if sends.len() >= AT_ONCE {
            sends.join_next().await;
        }
        if written > bytes {
            break;
        }
    }
    while sends.join_next().await.is_some() {}
    assert!(opened.journal.close(WAIT).await);
    opened.writer.join().expect("the writer ends");
}

/// Bytes of what was read: header fields and bodies.
fn weight(record: &Record) -> u64 {
    let fields = |headers: &Headers| headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    let answers = record.answers.iter().map(|answer| fields(&answer.headers) + answer.body.len());
    (fields(&record.headers) + record.body.len() + answers.sum::<usize>()) as u64
}

/// Reads a file to its end, and says how fast.
fn measure(path: &Path, rounds: u64, unpacked: u64) {
    let mut best = Duration::MAX;
    let (mut records, mut bytes, mut name) = (0, 0, String::new());
    for _ in 0..rounds {
        (records, bytes) = (0, 0);
        let from = Instant::now();
        let mut file = CaptureFile::open(path, &Options::default()).expect("a capture");
        for record in file.by_ref() {
            let record = record.expect("it is sound");
            assert!(record.incomplete.is_none() && record.answers.len() == 1);
            records += 1;
            bytes += weight(&record);
        }
        best = best.min(from.elapsed());
        assert!(file.tally().is_sound(), "{:?}", file.tally());
        name = format!("{}{}", file.format(), if file.is_packed() { ".gz" } else { "" });
    }
    // Much of a journal is not read for this.
    let is_journal = name == Format::Journal.as_str();
    let of = if is_journal { bytes } else { unpacked };
    let megabytes = of as f64 / 1e6;
    println!(
        "{name:12} {records:>7} requests, {megabytes:>6.1} MB in {:.3} s: {:>6.0} MB/s, {:.2} us a request; {:.0} MB/s of header fields and bodies",
        best.as_secs_f64(),
        megabytes / best.as_secs_f64(),
        best.as_secs_f64() * 1e6 / f64::from(records),
        bytes as f64 / 1e6 / best.as_secs_f64(),
    );
}

fn pack(path: &Path, into: &Path) {
    let mut packed = GzEncoder::new(BufWriter::new(File::create(into).expect("a new file")), Compression::default());
    io::copy(&mut File::open(path).expect("the file"), &mut packed).expect("room for the file");
    packed.finish().and_then(|mut out| out.flush()).expect("room for the file");
}

fn main() {
    let arguments: Vec<u64> = std::env::args().filter_map(|text| text.parse().ok()).collect();
    let bytes = arguments.first().unwrap_or(&MEGABYTES) * 1_000_000;
    let rounds = *arguments.get(1).unwrap_or(&ROUNDS);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let orders = Orders::new(arguments.get(2).map_or(0, |letters| *letters as usize));
    let path = |name: &str| folder.path().join(name);
    let length = |path: &Path| fs::metadata(path).expect("the file").len();
    fill(&path("ndjson"), bytes, &orders, ndjson);
    fill(&path("gor"), bytes, &orders, gor);
    let mut first = true;
    fill(&path("har"), bytes, &orders, |out, record| {
        if std::mem::take(&mut first) {
            out.extend_from_slice(
                b"{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"bench\",\"version\":\"1\"},\"entries\":[",
            );
        }
        har(out, record);
    });
    File::options()
        .append(true)
        .open(path("har"))
        .and_then(|mut file| file.write_all(b"]}}"))
        .expect("room for the end");
    for name in ["ndjson", "gor", "har"] {
        measure(&path(name), rounds, length(&path(name)));
        pack(&path(name), &path("packed"));
        println!("packed to one {:.1}th", length(&path(name)) as f64 / length(&path("packed")) as f64);
        measure(&path("packed"), rounds, length(&path(name)));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(make_journal(&path("journal"), bytes, &orders));
    measure(&path("journal"), rounds, length(&path("journal")));
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("not known");
    println!("the most memory, making the files included: {}", peak.trim());
}
