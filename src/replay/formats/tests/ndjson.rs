//! Our own NDJSON: what is written is read back byte for byte, and a broken line harms no other.

use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::outcome::{Ending, Lane};

fn line(rest: &str) -> String {
    format!("{{\"version\":1,\"time\":\"2026-11-20T18:00:00Z\",\"method\":\"POST\",\"target\":\"/orders\"{rest}}}\n")
}

pub(super) fn written(records: &[Record]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    records.iter().for_each(|record| writer.write(record).unwrap());
    writer.finish().unwrap()
}

#[test]
fn a_line_is_what_the_documentation_shows() {
    let record = Record {
        place: Place::Line(1),
        id: Some("0193".into()),
        at: Some(at("2026-11-20T18:00:00.123456Z")),
        method: "POST".into(),
        target: "/webhooks/orders/create?shop=1".into(),
        headers: vec![
            ("content-type".into(), bytes("application/json")),
            ("x-name".into(), Bytes::from_static(b"caf\xe9")),
        ],
        body: bytes("{\"id\":1,\"name\":\"Mila\n\"}"),
        incomplete: Some(Incomplete::BodyCut),
        answers: vec![RecordedAnswer {
            lane: Some(Lane::Legacy),
            ending: Ending::Cut,
            at: Some(at("2026-11-20T18:00:01Z")),
            took: Some(Duration::from_micros(876_544)),
            status: Some(200),
            headers: Vec::new(),
            body: Bytes::from_static(b"\xff\x00"),
            body_bytes: 17,
            error: Some("reset".into()),
        }],
    };
    let text = String::from_utf8(written(std::slice::from_ref(&record))).unwrap();
    let expected = r#"{"version":1,"id":"0193","time":"2026-11-20T18:00:00.123456Z","method":"POST","target":"/webhooks/orders/create?shop=1","headers":[["content-type","application/json"],["x-name","café"]],"body":"{\"id\":1,\"name\":\"Mila\n\"}","truncated":"body_cut","answers":[{"lane":"legacy","ending":"cut","time":"2026-11-20T18:00:01Z","took_us":876544,"status":200,"headers":[],"body_base64":"/wA=","body_bytes":17,"error":"reset"}]}"#;
    assert_eq!(text, format!("{expected}\n").replace("Mila\n", "Mila\\n"));
    let (records, tally) = read(text.as_bytes());
    assert_eq!(records, [record]);
    assert!(tally.is_sound());
}

/// The lines of docs/captures.md are what it says they are.
#[test]
fn the_documented_lines_are_read() {
    let page = include_str!("../../../../docs/captures.md");
    let (_, example) = page.split_once("```json\n").unwrap();
    let (lines, _) = example.split_once("```").unwrap();
    let (records, tally) = read(lines.as_bytes());
    assert!(records.len() == 2 && tally.is_sound(), "{tally:?}");
    let lanes: Vec<_> = records[0].answers.iter().map(|answer| answer.lane).collect();
    assert_eq!(lanes, [Some(Lane::Legacy), Some(Lane::Gated)]);
    assert_eq!(records[0].answer_of(Lane::Gated, Lane::Legacy).unwrap().ending, Ending::TimedOut);
    let first = lines.split_inclusive('\n').next().unwrap();
    assert_eq!(written(&records[..1]), first.replace(".130Z", ".13Z").into_bytes());
    for reason in Incomplete::ALL {
        assert!(page.contains(&format!("| `{reason}` |")), "{reason}");
    }
}

#[test]
fn what_a_hand_writes_is_read() {
    let file = [
        "\u{feff}",
        &line(""),
        "\r\n",
        "   \n",
        &line(",\"truncated\":false,\"headers\":[[\"Content-Type\",\"a\"]],\"later\":{\"x\":[1]},\"id\":820982911946154508"),
        line(",\"body_base64\":\"eyJpZCI6MX0=\",\"answers\":[{\"status\":202}]").trim_end(),
    ]
    .concat();
    let (records, tally) = read(file.as_bytes());
    assert_eq!(
        (records.len(), records[1].id.as_deref(), field(&records[1], "content-type")),
        (3, Some("820982911946154508"), Some("a"))
    );
    assert_eq!(
        (body(&records[2]), records[2].answers[0].ending, records[2].place),
        ("{\"id\":1}", Ending::Answered, Place::Line(5))
    );
    assert!(tally.is_sound());
}

#[test]
fn a_broken_line_harms_no_other() {
    let check = |broken: &str, reason: &str, detail: &str| {
        let (records, tally) = read([&line(""), broken, "\n", &line("")].concat().as_bytes());
        assert_eq!((records.len(), tally.units), (2, 3), "{broken}");
        assert_eq!(counts(&tally), [(reason, "skipped", 1)], "{broken}");
        let shown = tally.listed[0].to_string();
        assert!(shown.starts_with("line 2: ") && shown.contains(detail), "{shown}");
    };
    check("{\"version\":1", "no_json", "no JSON at byte 12");
    check("\u{0}\u{1}", "no_json", "no JSON at byte 0");
    check("[1]", "malformed", "each line is an object");
    check("{}", "malformed", "`version` is missing");
    check("{\"version\":2}", "unknown_version", "version 2; this one reads 1");
    check("{\"version\":1,\"version\":1}", "malformed", "`version`");
    check("{\"version\":1,\"time\":\"2026-11-20T18:00:00Z\",\"target\":\"/\"}", "malformed", "`method` is missing");
    check(line(",\"time\":\"2026-11-20T18:00:00Z\"").trim_end(), "malformed", "`time` stands there twice");
    check(line(",\"body\":1").trim_end(), "malformed", "`body` is no text");
    check(line(",\"body\":\"\",\"body_base64\":\"\"").trim_end(), "malformed", "exclude each other");
    check(line(",\"body_base64\":\"e\"").trim_end(), "malformed", "`body_base64` is no base64");
    check(line(",\"truncated\":\"maybe\"").trim_end(), "malformed", "one of body_cut");
    check(line(",\"headers\":{\"a\":\"b\"}").trim_end(), "malformed", "`headers` is no list");
    check(line(",\"headers\":[[\"a\",\"b\\r\\nc: d\"]]").trim_end(), "malformed", "no pair");
    check(line(",\"headers\":[[\"a b\",\"c\"]]").trim_end(), "malformed", "no pair");
    check(line(",\"headers\":[[\"a\",\"€\"]]").trim_end(), "malformed", "no pair");
    check(line(",\"answers\":[{\"status\":99}]").trim_end(), "malformed", "an answer: `status` is none");
    check(
        line(",\"answers\":[{\"status\":200,\"lane\":\"gated\"},{\"status\":200,\"lane\":\"gated\"}]").trim_end(),
        "malformed",
        "two of one lane",
    );
    let request = |members: &str| format!("{{\"version\":1,\"time\":\"2026-11-20T18:00:00Z\",{members}}}");
    check(&request("\"method\":\"PO ST\",\"target\":\"/\""), "malformed", "`method` is none");
    check(&request("\"method\":\"POST\",\"target\":\"/ HTTP/1.1\\r\\nx: y\""), "malformed", "`target` is none");
}

#[test]
fn a_last_line_that_is_cut_off_is_told_apart() {
    let whole = [line(""), line("")].concat();
    let (records, tally) = read(&whole.as_bytes()[..whole.len() - 10]);
    assert_eq!((records.len(), counts(&tally)), (1, vec![("cut_off", "skipped", 1)]));
    let (records, tally) = read(&whole.as_bytes()[..whole.len() - 1]);
    assert!(records.len() == 2 && tally.is_sound());
}

/// Ten gigabytes would be read like this as well: what is beyond the limit is not held.
#[test]
fn a_line_beyond_the_limit_is_skipped_without_being_held() {
    let options = Options { record_bytes_max: 1 << 20, ..Options::default() };
    let input = Cursor::new(line("").into_bytes())
        .chain(io::repeat(b'x').take(200 << 20))
        .chain(Cursor::new([b"\n".as_slice(), line("").as_bytes()].concat()));
    let mut file = CaptureFile::from_reader("orders".as_ref(), Box::new(input), &options).unwrap();
    let records: Vec<Record> = file.by_ref().map(Result::unwrap).collect();
    assert_eq!((records.len(), records[1].place), (2, Place::Line(3)));
    assert_eq!(file.tally().listed[0].to_string(), "line 2: it is longer than one record may be (209715201 bytes)");
}

#[test]
fn only_the_first_diagnoses_are_listed_and_all_are_counted() {
    let file = [line(""), "{}\n".repeat(1_000), "x\n".repeat(7)].concat();
    let (_, tally) = read_with(file.as_bytes(), &Options { listed_max: 3, ..Options::default() });
    assert_eq!((tally.listed.len(), tally.unlisted(), tally.skipped), (3, 1_004, 1_007));
    assert_eq!((tally.count(Reason::Malformed), tally.count(Reason::NoJson)), (1_000, 7));
    assert!(
        refusal(file.as_bytes(), &STRICT)
            .starts_with("read the capture orders: line 2: it is not as the format has it")
    );
}

prop_compose! {
    fn fields()(names in vec("[a-z][a-z0-9-]{0,8}", 0..3), values in vec(vec(any::<u8>().prop_filter("a line end", |byte| !matches!(byte, 0 | 10 | 13)), 0..6), 3)) -> Vec<(String, Bytes)> {
        names.into_iter().zip(values).map(|(name, value)| (name, value.into())).collect()
    }
}

fn payload() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        vec(any::<u8>(), 0..40).prop_map(Bytes::from),
        "\\PC{0,20}".prop_map(Bytes::from),
        "[\"\\\\\n\u{0}\u{7f}\u{2028}]{0,9}".prop_map(Bytes::from)
    ]
}

fn time() -> impl Strategy<Value = Timestamp> {
    (-1_000_000_000_000_000_000_i64..4_000_000_000_000_000_000)
        .prop_map(|ns| Timestamp::from_nanosecond(ns.into()).unwrap())
}

prop_compose! {
    fn answer(lane: Option<Lane>)(
        ending in select(Ending::ALL), at in option::of(time()), took in option::of(0..u64::MAX / 2), status in option::of(100_u16..1000),
        headers in fields(), body in payload(), more in 0_u64..9, error in option::of("\\PC{0,9}"),
    ) -> RecordedAnswer {
        let body_bytes = body.len() as u64 + more;
        RecordedAnswer { lane, ending, at, took: took.map(Duration::from_micros), status, headers, body, body_bytes, error }
    }
}

prop_compose! {
    pub(super) fn record()(
        id in option::of("\\PC{0,9}"), at in time(), method in "[A-Z]{1,7}", target in "/[!-~¡-ÿ]{0,20}", headers in fields(), body in payload(),
        incomplete in option::of(select(Incomplete::ALL)),
        answers in prop_oneof![
            Just(Vec::new()).boxed(), answer(None).prop_map(|one| vec![one]).boxed(),
            (answer(Some(Lane::Gated)), answer(Some(Lane::Legacy))).prop_map(|(one, two)| vec![one, two]).boxed(),
        ],
    ) -> Record {
        Record { place: Place::Line(1), id, at: Some(at), method, target, headers, body, incomplete, answers }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_byte_for_byte(records in vec(record(), 1..6)) {
        let file = written(&records);
        let (again, tally) = read(&file);
        prop_assert!(tally.is_sound());
        let expected: Vec<Record> = (1..).zip(records).map(|(line, record)| Record { place: Place::Line(line), ..record }).collect();
        prop_assert_eq!(&again, &expected);
        prop_assert_eq!(written(&again), file);
    }
}
