//! Whatever comes from outside, mutated: captures, documents, configurations, callbacks. No bytes make a reader panic, forget, or
//! take longer or more memory than their length allows.
//!
//! `PARITEE_FUZZ_SECONDS=600 cargo test --release --test it -- fuzz::captures` looks longer, and another
//! `PARITEE_FUZZ_SEED` elsewhere.

mod drive;
mod mutate;

use std::cell::Cell;
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::sync::OnceLock;

use bytes::Bytes;
use jiff::Timestamp;
use paritee::config::{self, Paint, Severity};
use paritee::diff::{Action, Class, Finding, Findings, Path as Place, Rule, RuleScope, Rules, diff};
use paritee::observe::event;
use paritee::order::Json;
use paritee::replay::formats::{Action as Took, CaptureFile, Mode, Options, Record, Tally};

use crate::support::{Conn, Lane, Setup, World, answer, post};
use drive::{corpus, drive};

/// What is read of a capture may be so many times as long as what it was read from: a record repeats names, and base64 or
/// escapes are longer in the file than in memory.
const LENGTH_RATIO: usize = 8;

/// A page of a journal's file.
const PAGE_BYTES: usize = 8_192;

/// Everything adds up, and is not longer than it can be.
fn adds_up(records: &[Record], tally: &Tally, length: usize) {
    assert_eq!(tally.records, records.len() as u64);
    assert_eq!(tally.units, tally.records + tally.joined + tally.skipped + tally.set_aside, "{tally:?}");
    let left_out =
        |action| tally.counts.iter().filter(|((_, of), _)| *of == action).map(|(_, count)| count).sum::<u64>();
    assert_eq!((tally.skipped, tally.set_aside), (left_out(Took::Skipped), left_out(Took::SetAside)));
    let answers = |record: &Record| record.answers.iter().map(|answer| answer.body.len()).sum::<usize>();
    let held: usize = records.iter().map(|record| record.body.len() + record.target.len() + answers(record)).sum();
    assert!(held <= LENGTH_RATIO * length, "{held} bytes of {length}");
}

fn read_capture(input: &[u8], options: &Options) -> usize {
    let is_packed = input.starts_with(&[0x1f, 0x8b]);
    let Ok(mut file) = CaptureFile::from_reader(Path::new("orders"), Box::new(Cursor::new(input.to_vec())), options)
    else {
        return 0;
    };
    // Strict reading stops in the middle.
    let Ok(records) = file.by_ref().collect::<Result<Vec<Record>, _>>() else { return 0 };
    adds_up(&records, file.tally(), if is_packed { usize::MAX / LENGTH_RATIO } else { input.len() });
    records.len()
}

#[test]
fn captures() {
    let lenient = Options { record_bytes_max: 16 << 10, ..Options::default() };
    let corpus = corpus("captures");
    for (name, input) in corpus.iter().filter(|(name, _)| name.starts_with("orders.")) {
        assert!(read_capture(input, &lenient) > 1, "{name} is no good beginning");
    }
    drive("captures", &corpus, 1_500, |input| {
        read_capture(input, &lenient);
        read_capture(input, &Options { mode: Mode::Strict, ..lenient });
    });
}

/// A journal's file is read by SQLite, and then by us: its pages are altered.
#[tokio::test]
async fn journals() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let live = live.serve(|_| answer("200 OK", "", r#"{"ok":true}"#));
    let mut gated = gated.serve(|_| answer("201 Created", "", r#"{"id":"S1"}"#));
    let mut client = world.client().await;
    for number in 0..8 {
        client.write(post("/orders", "X-A: b\r\n", &format!(r#"{{"id":"{number}","name":"Ada Quint"}}"#))).await;
        client.message().await;
        gated.next().await;
    }
    drop((client, live));
    let folder = world.stop().await;
    let journal = std::fs::read(folder.path().join("journal.db")).unwrap();
    let altered = folder.path().join("altered.db");
    let tries = |input: &[u8]| {
        std::fs::write(&altered, input).unwrap();
        let Ok(mut file) = CaptureFile::open(&altered, &Options::default()) else { return };
        let Ok(records) = file.by_ref().take(10_000).collect::<Result<Vec<Record>, _>>() else { return };
        assert!(records.len() < 10_000, "there are but a few");
        adds_up(&records, file.tally(), input.len());
        if let Ok(reader) = paritee::journal::Reader::open(&altered) {
            let _whatever_it_says = reader.verify();
            let _whatever_it_is = paritee::audit::assess(&reader, None, None);
        }
    };
    for (name, packed) in corpus("journals") {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
        drive(&name, &[(name.clone(), bytes)], 0, tries);
    }
    let over = |input: &[u8]| {
        // Bytes that are moved make no database at all: they are only put over, in their place or in that of other pages.
        let mut bytes = journal.clone();
        let at = if input.len().is_multiple_of(3) { input.len() % 24 * PAGE_BYTES } else { 0 };
        bytes.iter_mut().skip(at).zip(input).for_each(|(old, new)| *old = *new);
        tries(&bytes);
    };
    drive("journals", &[("journal.db".to_owned(), journal.clone())], 60, over);
}

/// What any two documents must fulfil.
fn compare(legacy: &Json<'_>, gated: &Json<'_>, rules: &Rules) {
    let there = diff(legacy, gated, rules);
    let back = diff(gated, legacy, rules);
    if there.is_complete() && back.is_complete() {
        let unexplained = |findings: &Findings| findings.unexplained().count();
        assert_eq!(unexplained(&there) > 0, unexplained(&back) > 0);
    }
    for same in [legacy, gated] {
        assert_eq!(diff(same, same, rules).list.iter().filter(|found| is_difference(found)).count(), 0, "{same:?}");
    }
}

/// A name that stands twice is told of equal documents too, and so is what was given up.
const fn is_difference(found: &Finding) -> bool {
    !matches!(found.class, Class::DuplicateMember | Class::TooComplex)
}

fn rules() -> &'static [Rules; 2] {
    static RULES: OnceLock<[Rules; 2]> = OnceLock::new();
    RULES.get_or_init(|| {
        let rule = |path: &str, action| Rule {
            between: RuleScope::Lanes,
            path: Place::parse(path).unwrap(),
            action,
            reason: Some("as agreed".to_owned()),
            dangerous: true,
            expires: None,
            built_in: false,
        };
        let list = vec![
            rule("$.lines", Action::MatchBy(vec!["sku".to_owned()])),
            rule("$.tags", Action::Multiset),
            rule("$.remarks", Action::Ignore),
            rule("$.created_at", Action::SameInstant),
            rule("$..name", Action::Case),
        ];
        [Vec::new(), list].map(|list| Rules::new(list, Vec::new(), None, None).unwrap())
    })
}

#[test]
fn documents() {
    let corpus = corpus("documents");
    drive("documents", &corpus, 1_500, |input| {
        let Ok(legacy) = Json::parse(input) else { return };
        for (_, other) in &corpus {
            if let Ok(gated) = Json::parse(other) {
                rules().iter().for_each(|rules| compare(&legacy, &gated, rules));
            }
        }
    });
}

/// The environment: whatever is asked for, all of it secret.
fn surroundings(name: &str) -> Option<String> {
    Some(match name {
        "LEDGER_DB" => "postgres://reader:s3cret-value@db.example.com/erp".to_owned(),
        "FILE_DB" => "sqlite:erp.db".to_owned(),
        "PRIVATE_KEY" => "-----BEGIN PRIVATE KEY-----\ns3cret-value\n-----END PRIVATE KEY-----\n".to_owned(),
        name => format!("s3cret-value-{name}"),
    })
}

#[test]
fn configuration() {
    let mut corpus = corpus("configuration");
    for name in ["every_key.toml", "other_forms.toml"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/tests").join(name);
        corpus.push((name.to_owned(), std::fs::read(file).unwrap()));
    }
    for (name, text) in corpus.iter().filter(|(name, _)| !name.starts_with("found-")) {
        let text = std::str::from_utf8(text).unwrap();
        if let Err(faults) = config::parse(name, text, &surroundings) {
            panic!("{name} is no good beginning: {faults}");
        }
    }
    drive("configuration", &corpus, 600, |input| {
        let text = String::from_utf8_lossy(input);
        match config::parse("fuzz.toml", &text, &surroundings) {
            Ok(checked) => {
                let expanded = checked.expanded();
                config::parse("expanded.toml", &expanded, &surroundings)
                    .unwrap_or_else(|faults| panic!("{faults}\n{expanded}"));
                assert!(!expanded.contains("s3cret-value"), "a secret is written out");
            }
            Err(faults) => {
                assert!(faults.list().iter().any(|fault| fault.severity == Severity::Fault), "{text}");
                for place in faults.list().iter().filter_map(|fault| fault.place.as_ref()) {
                    assert!(place.line >= 1 && place.line <= text.lines().count() + 1, "{place:?}");
                }
                for paint in [Paint::Plain, Paint::Colour] {
                    assert!(faults.render(paint).ends_with('\n'));
                }
            }
        }
    });
}

#[test]
fn events() {
    let now: Timestamp = "2026-11-20T18:00:00Z".parse().unwrap();
    let taken = Cell::new(0);
    drive("outcomes", &corpus("outcomes"), 3_000, |input| {
        for line in input.split(|byte| *byte == b'\n') {
            if let Ok(record) = event::decode(&Bytes::copy_from_slice(line), now) {
                taken.set(taken.get() + 1);
                // What was taken can be told again, and is the same.
                let again = event::encode(&record).map(|event| event::decode(&event.to_string().into(), now));
                assert_eq!(again.map(|again| format!("{:?}", again.unwrap())), Some(format!("{record:?}")));
            }
        }
    });
    assert!(taken.get() > 100, "{} events were any", taken.get());
}

/// Through the admin port: each request has an answer, and none of them is that something went wrong here.
#[tokio::test]
async fn outcomes() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world =
        World::start(&live, &gated, Setup { rest: "[admin]\nlisten = \"127.0.0.1:0\"", ..Setup::default() }).await;
    let admin = world.sidecar.admin_addr().unwrap();
    let (tell, told) = std::sync::mpsc::channel::<Vec<u8>>();
    let (answered, answers) = std::sync::mpsc::channel::<Option<String>>();
    let teller = tokio::spawn(async move {
        let told = std::sync::Arc::new(std::sync::Mutex::new(told));
        loop {
            let next = std::sync::Arc::clone(&told);
            let Ok(Ok(body)) = tokio::task::spawn_blocking(move || next.lock().unwrap().recv()).await else { return };
            let mut client = Conn::to(admin).await;
            let form = ["cloudevents+json", "cloudevents-batch+json", "x-ndjson", "json"][body.len() % 4];
            let head = format!(
                "POST /v1/outcomes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/{form}\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            client.write([head.as_bytes(), &body].concat()).await;
            let answer = client.try_message().await.map(|message| message.head);
            if answered.send(answer).is_err() {
                return;
            }
        }
    });
    let fuzzing = tokio::task::spawn_blocking(move || {
        drive("outcomes", &corpus("outcomes"), 250, |input| {
            tell.send(input.to_vec()).unwrap();
            let head = answers.recv().unwrap().expect("an answer");
            let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
            assert!(matches!(status, 200..=299 | 400..=499), "{head}");
        });
    });
    fuzzing.await.unwrap();
    teller.await.unwrap();
    world.stop().await;
}

/// What a fault of the driver would hide: a target that always fails does, and the input is there.
#[test]
fn a_target_that_panics_is_told_with_its_input() {
    let corpus = [("one".to_owned(), b"[1]".to_vec())];
    let ended = std::panic::catch_unwind(|| drive("none", &corpus, 50, |input| assert!(input == b"[1]", "boom")));
    let told = ended.unwrap_err().downcast::<String>().unwrap();
    assert!(told.starts_with("none, seed 4"), "{told}");
    let file = told.rsplit(' ').next().unwrap();
    assert!(std::fs::read(file).unwrap() != b"[1]");
    std::fs::remove_file(file).unwrap();
}
