//! Events to records and back: a table of what is refused, and that nothing is lost on the way.

use bytes::Bytes;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{decode, encode};
use crate::journal::Record;
use crate::order::OrderKey;
use crate::outcome::{CensusOrder, Extract, Lane, Outcome, OutcomeKind, Watermark, WatermarkKind, Witness};

const NOW: &str = "2026-03-02T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn read(text: &str) -> Result<Record, String> {
    decode(&Bytes::copy_from_slice(text.as_bytes()), now()).map_err(|error| error.to_string())
}

fn outcome(text: &str) -> Outcome {
    match read(text) {
        Ok(Record::Outcome(outcome)) => outcome,
        other => panic!("{text}: {other:?}"),
    }
}

/// A good commit with some attributes changed, or taken away by null.
fn commit(changes: &Value) -> String {
    let mut event = json!({"specversion": "1.0", "type": "paritee.order.committed", "source": "erp", "id": "e1",
        "lane": "gated", "subject": "1001", "time": "2026-03-02T10:00:00Z"});
    for (name, value) in changes.as_object().unwrap() {
        event[name] = value.clone();
    }
    event.to_string()
}

#[test]
fn a_commit_keeps_its_document_as_it_was_written() {
    let document = r#"{"n" : 1e400, "id":820982911946154508,"a":1.10,  "a":2}"#;
    let event = format!(
        r#" {{"specversion":"1.0","type":"paritee.order.committed","source":"erp","id":"e1","lane":"gated","subject":"1001",
            "time":"2026-03-02T11:00:00.1234567+01:00","reference":"SO-1","datacontenttype":"application/json; charset=utf-8",
            "traceparent":"00-1","sequence":7,"data": {document} }} "#
    );
    let outcome = outcome(&event);
    assert_eq!(outcome.source, "callback:erp");
    assert_eq!((outcome.lane, outcome.kind, outcome.order_key.as_str()), (Lane::Gated, OutcomeKind::Committed, "1001"));
    assert_eq!(outcome.occurred_at.unwrap().to_string(), "2026-03-02T10:00:00.123456Z");
    assert_eq!(outcome.reference.as_deref(), Some("SO-1"));
    assert_eq!(outcome.document.unwrap(), document);
}

#[test]
fn every_kind_has_its_type() {
    for kind in OutcomeKind::ALL {
        let event = commit(&json!({"type": format!("paritee.order.{kind}"), "time": null, "data": null}));
        let outcome = outcome(&event);
        assert_eq!((outcome.kind, outcome.occurred_at, outcome.document), (*kind, None, None));
    }
}

#[test]
fn what_is_wrong_is_named_with_what_to_write() {
    let watermark = json!({"type": "paritee.watermark", "time": "2026-03-02T12:05:00.000001Z"});
    for (event, expected) in [
        (String::from("{"), "no JSON at byte 1: a member name is expected"),
        (String::from("[]"), "an event is a JSON object"),
        (format!("{}1", commit(&json!({}))), "something follows the value"),
        (commit(&json!({})).replacen('{', r#"{"id":"e0","#, 1), "`id` stands twice; keep one"),
        (commit(&json!({})).replacen('{', r#"{"x":1,"x":1,"#, 1), "`x` stands twice; keep one"),
        (commit(&json!({"specversion": null})), "`specversion` is missing; write \"1.0\""),
        (commit(&json!({"specversion": "0.3"})), "`specversion` is another version of CloudEvents; write \"1.0\""),
        (commit(&json!({"id": null})), "`id` is missing"),
        (commit(&json!({"id": ""})), "`id` is empty"),
        (commit(&json!({"id": 7})), "`id` is no string; write it in quotation marks"),
        (commit(&json!({"id": "x".repeat(1_025)})), "`id` is longer than 1,024 bytes"),
        (commit(&json!({"source": null})), "`source` is missing"),
        (commit(&json!({"source": "a\nb"})), "`source` holds a control character"),
        (commit(&json!({"source": "paritee:poll:gated"})), "`source` begins with `paritee:`"),
        (commit(&json!({"source": "paritee:import:nobody"})), "`source` begins with `paritee:`"),
        (commit(&json!({"source": "paritee:import:legacy"})), "is the import of legacy, and can't tell of gated"),
        (commit(&json!({"type": null})), "`type` is missing"),
        (commit(&json!({"type": "paritee.order.lost"})), "one of accepted, committed, allocated"),
        (commit(&json!({"type": "com.example.order"})), "`type` is none that is known"),
        (commit(&json!({"lane": null})), "`lane` is missing; write \"legacy\" or \"gated\""),
        (commit(&json!({"lane": "census"})), "`lane` names no lane; write one of legacy, gated"),
        (commit(&json!({"subject": null})), "`subject` is missing"),
        (commit(&json!({"subject": " "})), "`subject` can't be an order's name: the order key is empty"),
        (commit(&json!({"subject": "k".repeat(256)})), "longer than 255 bytes"),
        (commit(&json!({"subject": 1001})), "`subject` is no string"),
        (commit(&json!({"time": "2026-03-02T10:00:00"})), "`time` is no time with an offset; write RFC 3339"),
        (commit(&json!({"time": "yesterday"})), "`time` is no time with an offset"),
        (commit(&json!({"time": 1_772_445_600})), "`time` is no string"),
        (commit(&json!({"reference": 12})), "`reference` is no string"),
        (commit(&json!({"data": {}, "datacontenttype": "text/xml"})), "`datacontenttype` is not JSON"),
        (commit(&json!({"data": {}, "data_base64": "e30="})), "`data_base64` stands beside `data`"),
        (commit(&json!({"data_base64": "e30"})), "`data_base64` is no base64"),
        (commit(&json!({"data_base64": "ew=="})), "`data_base64` holds no JSON at byte 1"),
        (commit(&json!({"type": "paritee.watermark", "time": null})), "`time` is missing; write RFC 3339"),
        (commit(&watermark), "`time` is later than five minutes after this machine's time"),
        (commit(&json!({"type": "paritee.extract", "data": {}})), "are of `paritee import` only"),
        (
            commit(&json!({"type": "paritee.extract", "source": "paritee:import:gated", "data": {}})),
            "`data` is no extract: missing field `file_name`",
        ),
    ] {
        let reason = read(&event).expect_err(&event);
        assert!(reason.contains(expected), "{event}: {reason}");
    }
    let nested = format!(r#"{{"data":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(read(&nested).unwrap_err().contains("nested too deep"));
    assert!(
        decode(&Bytes::from_static(b"{\"id\":\"\xff\"}"), now()).unwrap_err().to_string().contains("invalid UTF-8")
    );
}

#[test]
fn a_watermark_may_be_a_little_ahead_and_other_times_anywhere() {
    let event = commit(&json!({"type": "paritee.watermark", "time": "2026-03-02T12:05:00Z", "subject": null}));
    let Ok(Record::Watermark(watermark)) = read(&event) else { panic!("{event}") };
    assert_eq!((watermark.source.as_str(), watermark.kind), ("callback:erp", WatermarkKind::Told));
    assert_eq!(watermark.at.to_string(), "2026-03-02T12:05:00Z");
    assert!(read(&commit(&json!({"time": "2036-03-02T12:00:00Z"}))).is_ok());
}

#[test]
fn no_name_that_a_source_gives_itself_is_another_observers() {
    for (source, recorded) in [
        ("poll:gated", "callback:poll:gated"),
        ("import:gated", "callback:import:gated"),
        ("callback:erp", "callback:callback:erp"),
        ("paritee:import:gated", "import:gated"),
        ("paritee:import:gated:week.csv", "import:gated:week.csv"),
    ] {
        assert_eq!(outcome(&commit(&json!({"source": source}))).source, recorded);
    }
}

#[test]
fn an_order_of_the_census_needs_no_lane() {
    let event = commit(&json!({"type": "paritee.census.order", "lane": null, "excluded": "unpaid"}));
    let Ok(Record::Census(order)) = read(&event) else { panic!("{event}") };
    assert_eq!((order.order_key.as_str(), order.excluded.as_deref()), ("1001", Some("unpaid")));
    let own = commit(&json!({"type": "paritee.census.order", "source": "paritee:import:gated"}));
    assert!(read(&own).unwrap_err().contains("can't tell of census"));
}

#[test]
fn what_no_event_says_is_none() {
    let mut told = Outcome {
        lane: Lane::Gated,
        kind: OutcomeKind::Committed,
        order_key: OrderKey::new("1").unwrap(),
        occurred_at: None,
        source: "poll:gated".into(),
        source_id: "1".into(),
        reference: None,
        document: None,
    };
    assert_eq!(encode(&Record::Outcome(told.clone())), None);
    told.source = "import:gated".into();
    assert_eq!(encode(&Record::Outcome(told)).unwrap()["source"], "paritee:import:gated");
    let declared =
        Watermark { lane: Lane::Gated, source: "import:gated".into(), at: now(), kind: WatermarkKind::Declared };
    assert_eq!(encode(&Record::Watermark(declared)), None);
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0_i64..=1_772_452_800_000_000).prop_map(|micros| Timestamp::from_microsecond(micros).unwrap())
}

/// A source as the journal has it, of this witness.
fn source(witness: Witness) -> impl Strategy<Value = String> {
    let import = "(:[a-z.]{1,8})?".prop_map(move |file| format!("import:{witness}{file}"));
    prop_oneof![import, r#"[a-zé"\\/]{1,12}"#.prop_map(|name| format!("callback:{name}"))]
}

fn lane() -> impl Strategy<Value = Lane> {
    prop::sample::select(Lane::ALL.to_vec())
}

fn document() -> impl Strategy<Value = Option<Bytes>> {
    prop::option::of(r#"( ?\{"a": ?-?[1-9][0-9]{0,30}(\.[0-9]{1,4})?(e400)?, "é": \["x" \]\} |null|"\\u00e9")"#)
        .prop_map(|text| text.map(Bytes::from))
}

fn text() -> impl Strategy<Value = String> {
    r#"[ -~é]{0,20}[!-~]"#
}

prop_compose! {
    fn any_outcome()(lane in lane())(
        source in source(lane.into()), lane in Just(lane), kind in prop::sample::select(OutcomeKind::ALL.to_vec()),
        key in "[!-~é]{1,20}", occurred_at in prop::option::of(time()), source_id in text(),
        reference in prop::option::of(text()), document in document(),
    ) -> Record {
        let order_key = OrderKey::new(&key).unwrap();
        Record::Outcome(Outcome { lane, kind, order_key, occurred_at, source, source_id, reference, document })
    }
}

prop_compose! {
    fn any_watermark()(lane in lane())(source in source(lane.into()), lane in Just(lane), at in time()) -> Record {
        Record::Watermark(Watermark { lane, source, at, kind: WatermarkKind::Told })
    }
}

prop_compose! {
    fn any_census()(
        source in source(Witness::Census), source_id in text(), key in "[!-~é]{1,20}",
        placed_at in prop::option::of(time()), excluded in prop::option::of(text()), document in document(),
    ) -> Record {
        let order_key = OrderKey::new(&key).unwrap();
        Record::Census(CensusOrder { source, source_id, order_key, placed_at, excluded, document })
    }
}

prop_compose! {
    fn any_extract()(
        of in prop::sample::select(Witness::ALL.to_vec()), file_name in text(), counts in any::<[u64; 3]>(),
        columns in prop::collection::vec(".{0,10}", 0..4), times in [time(), time(), time()],
        error in prop::option::of(".{0,20}"),
    ) -> Record {
        let [file_bytes, rows, recorded] = counts;
        let [began_at, ended_at, through] = times;
        let complete_through = error.is_none().then_some(through);
        let (source, file_digest) = (format!("import:{of}"), "ab".repeat(32));
        Record::Extract(Extract {
            of, source, file_name, file_digest, file_bytes, rows, recorded, columns, began_at, ended_at,
            complete_through, error,
        })
    }
}

proptest! {
    #[test]
    fn an_event_reads_as_the_record_that_it_was_made_from(
        record in prop_oneof![any_outcome(), any_watermark(), any_census(), any_extract()],
    ) {
        let event = encode(&record).unwrap().to_string();
        let again = decode(&Bytes::from(event), now()).unwrap();
        prop_assert_eq!(format!("{again:?}"), format!("{record:?}"));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _whatever = decode(&Bytes::from(bytes), now());
    }
}
