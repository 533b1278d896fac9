//! HAR files, as browsers and proxies write them.

use std::time::Duration;

use super::*;
use crate::outcome::Ending;

fn entry(members: &str, request: &str, response: &str) -> String {
    format!(
        r#"{{"startedDateTime":"2026-11-20T18:00:00.123+01:00","time":310.5,{members}"request":{{"method":"POST","url":"https://shop.example/webhooks/orders/create?a=b#c","httpVersion":"HTTP/2",{request},"headersSize":-1}},"response":{response},"cache":{{}},"timings":{{"blocked":100,"send":0.5,"wait":200,"receive":10}}}}"#
    )
}

const PLAIN: &str = r#""headers":[{"name":"Content-Type","value":"application/json"}],"bodySize":8,"postData":{"mimeType":"application/json","text":"{\"id\":1}"}"#;
const ACCEPTED: &str = r#"{"status":202,"statusText":"Accepted","headers":[{"name":"content-encoding","value":"gzip"},{"name":"X-Id","value":"7"}],"content":{"size":17,"mimeType":"application/json","text":"{\"received\":true}"}}"#;

pub(super) fn har(entries: &[String]) -> String {
    format!(
        "\u{feff}{{ \"comment\": [\"log\", {{\"entries\": []}}],\r\n \"log\": {{\"version\":\"1.2\",\"creator\":{{\"name\":\"a browser\"}},\"pages\":[{{\"id\":\"p\\\"1\"}}],\"entries\":[\r\n{}\r\n],\"comment\":\"}}\"}} }}\r\n",
        entries.join(",\n")
    )
}

fn one(request: &str, response: &str) -> (Record, Vec<(&'static str, &'static str, u64)>) {
    let (mut records, tally) = read(har(&[entry("", request, response)]).as_bytes());
    assert_eq!(records.len(), 1);
    (records.remove(0), counts(&tally))
}

#[test]
fn an_entry_is_a_request_with_its_answer() {
    let (record, wrong) = one(PLAIN, ACCEPTED);
    assert_eq!((record.method.as_str(), record.target.as_str()), ("POST", "/webhooks/orders/create?a=b"));
    assert_eq!(
        (record.at, body(&record), record.incomplete),
        (Some(at("2026-11-20T17:00:00.123Z")), "{\"id\":1}", None)
    );
    assert_eq!(
        (field(&record, "host"), field(&record, "content-type")),
        (Some("shop.example"), Some("application/json"))
    );
    let answer = &record.answers[0];
    assert_eq!(
        (answer.status, answer.ending, answer.took),
        (Some(202), Ending::Answered, Some(Duration::from_micros(200_500)))
    );
    // The text is unpacked already, and no longer gzip.
    assert_eq!(
        (&answer.body[..], answer.headers.as_slice()),
        (&b"{\"received\":true}"[..], &[("x-id".to_owned(), bytes("7"))][..])
    );
    assert_eq!(wrong, []);
}

#[test]
fn pseudo_headers_are_stripped_and_joined_values_stand_apart() {
    let request = r#""headers":[{"name":":method","value":"POST"},{"name":":authority","value":"shop.example"},{"name":":path","value":"/"},{"name":"Host","value":"own.example"},{"name":"X-Two","value":"a\nb"}],"postData":{"text":"{}"}"#;
    let (record, wrong) = one(request, ACCEPTED);
    let headers =
        [("host", "own.example"), ("x-two", "a"), ("x-two", "b")].map(|(name, value)| (name.to_owned(), bytes(value)));
    assert_eq!((record.headers.as_slice(), wrong), (&headers[..], vec![]));
}

#[test]
fn bodies_come_from_text_params_or_base64() {
    for (data, expected) in [
        (r#""headers":[]"#, ""),
        (r#""headers":[],"bodySize":-1,"postData":null"#, ""),
        (r#""headers":[],"bodySize":0,"postData":{"text":"{\"a\":\"\\u00e9\"}"}"#, "{\"a\":\"\\u00e9\"}"),
        (
            r#""headers":[],"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a b","value":"1&2"},{"name":"c"}]}"#,
            "a+b=1%262&c=",
        ),
        (
            r#""headers":[],"postData":{"mimeType":"application/x-www-form-urlencoded; charset=UTF-8","text":"","params":[{"name":"a%20b","value":"1+2%26"}]}"#,
            "a%20b=1+2%26",
        ),
        (
            r#""headers":[],"postData":{"mimeType":"application/x-www-form-urlencoded","text":"a=1","params":[{"name":"a","value":"2"}]}"#,
            "a=1",
        ),
        (r#""headers":[],"postData":{"encoding":"base64","text":"eyJpZCI6MX0="}"#, "{\"id\":1}"),
    ] {
        let (record, wrong) = one(data, ACCEPTED);
        assert_eq!((body(&record), record.incomplete, wrong), (expected, None, vec![]), "{data}");
    }
}

#[test]
fn a_body_that_is_not_as_it_was_sent_is_said_so() {
    for (data, incomplete, reason) in [
        (r#""headers":[],"bodySize":9"#, Incomplete::BodyMissing, "body_missing"),
        (
            r#""headers":[{"name":"content-length","value":"9"}],"postData":{"text":""}"#,
            Incomplete::BodyMissing,
            "body_missing",
        ),
        (
            r#""headers":[{"name":"content-length","value":"9"}],"postData":{"text":"{}"}"#,
            Incomplete::BodyCut,
            "body_cut",
        ),
        (r#""headers":[],"bodySize":1,"postData":{"text":"{}"}"#, Incomplete::LengthDiffers, "length_differs"),
        (
            r#""headers":[{"name":"Content-Encoding","value":"gzip"}],"postData":{"text":"{}"}"#,
            Incomplete::NotAsSent,
            "not_as_sent",
        ),
        (
            r#""headers":[],"postData":{"mimeType":"multipart/form-data","params":[{"name":"f","fileName":"a.csv"}]}"#,
            Incomplete::NotAsSent,
            "not_as_sent",
        ),
        (
            r#""headers":[{"name":"Content Type","value":"a"}],"postData":{"text":"{}"}"#,
            Incomplete::NotAsSent,
            "not_as_sent",
        ),
        (r#""headers":[],"postData":{"encoding":"base64","text":"!"}"#, Incomplete::NotAsSent, "not_as_sent"),
    ] {
        let (record, wrong) = one(data, ACCEPTED);
        assert_eq!((record.incomplete, wrong), (Some(incomplete), vec![(reason, "salvaged", 1)]), "{data}");
    }
}

#[test]
fn answers_may_be_base64_missing_or_none() {
    let (record, wrong) = one(
        PLAIN,
        r#"{"status":0,"statusText":"","headers":[],"content":{"size":0},"_error":"net::ERR_CONNECTION_RESET"}"#,
    );
    let answer = &record.answers[0];
    assert_eq!(
        (answer.ending, answer.status, answer.error.as_deref()),
        (Ending::Broken, None, Some("net::ERR_CONNECTION_RESET"))
    );
    assert_eq!(wrong, []);
    let (record, wrong) =
        one(PLAIN, r#"{"status":200,"headers":[],"content":{"size":2,"encoding":"base64","text":"e30="}}"#);
    assert_eq!((&record.answers[0].body[..], wrong), (&b"{}"[..], vec![]));
    for content in [r#"{"size":5}"#, r#"{"size":5,"encoding":"base64","text":"?"}"#] {
        let (record, wrong) = one(PLAIN, &format!(r#"{{"status":200,"headers":[],"content":{content}}}"#));
        assert_eq!(
            (record.answers[0].ending, record.answers[0].body_bytes, wrong),
            (Ending::Cut, 5, vec![("answer_cut", "salvaged", 1)])
        );
    }
    for response in ["{}", r#"{"status":"ok"}"#, r#"{"status":42}"#, "[]"] {
        let (record, wrong) = one(PLAIN, response);
        assert_eq!((record.answers.len(), wrong), (0, vec![("bad_answer", "salvaged", 1)]), "{response}");
    }
    assert_eq!(one(PLAIN, "null").1, []);
}

#[test]
fn entries_need_not_be_in_order_and_may_have_no_time() {
    let plain = entry("", PLAIN, ACCEPTED);
    let earlier = plain.replace("18:00", "17:00");
    let (records, tally) = read(har(&[plain.clone(), earlier, plain.replace("2026-11-20T", "yesterday ")]).as_bytes());
    let times: Vec<_> = records.iter().map(|record| record.at.map(|at| at.to_string())).collect();
    assert_eq!(times, [Some("2026-11-20T17:00:00.123Z".into()), Some("2026-11-20T16:00:00.123Z".into()), None]);
    assert_eq!(counts(&tally), [("no_time", "salvaged", 1)]);
}

#[test]
fn a_broken_entry_harms_no_other() {
    let plain = entry("", PLAIN, ACCEPTED);
    for (broken, reason, action) in [
        (plain.replace("\\\"id\\\"", "\\ud83d"), "no_json", "skipped"),
        ("{}".to_owned(), "malformed", "skipped"),
        (plain.replace("\"POST\"", "\"PO ST\""), "malformed", "skipped"),
        (plain.replace("https://shop.example", ""), "malformed", "skipped"),
        (plain.replace("https://", "wss://"), "other_scheme", "set_aside"),
        (plain.replace("https://shop.example/webhooks/orders/create", "data:text/plain,"), "other_scheme", "set_aside"),
    ] {
        let (records, tally) = read(har(&[plain.clone(), broken.clone(), plain.clone()]).as_bytes());
        assert_eq!((records.len(), counts(&tally)), (2, vec![(reason, action, 1)]), "{broken}");
    }
}

#[test]
fn a_request_is_none_the_worse_for_a_broken_answer() {
    let plain = entry("", PLAIN, ACCEPTED);
    let half = plain.replace("received", "\\ud83d");
    let (records, tally) = read(har(&[plain.replace("\"time\":310.5", "\"time\":.5"), half]).as_bytes());
    assert_eq!((records.len(), body(&records[1]), records[1].answers.len()), (2, "{\"id\":1}", 0));
    assert_eq!(records[0].answers[0].status, Some(202));
    assert_eq!(counts(&tally), [("no_json", "salvaged", 2)]);
}

#[test]
fn a_file_that_ends_early_keeps_what_came_before() {
    let plain = entry("", PLAIN, ACCEPTED);
    let whole = har(&[plain.clone(), plain]);
    let first_ends = whole.find("},\n{").unwrap() + 1;
    for cut in first_ends..whole.trim_end().len() {
        let Some(file) = whole.get(..cut) else { continue };
        let (records, tally) = read(file.as_bytes());
        assert!(!records.is_empty() && records.len() <= 2, "{cut}");
        assert_eq!(counts(&tally), [("cut_off", "skipped", 1)], "{cut}");
    }
}

#[test]
fn glued_files_and_garbage_behind_are_told() {
    let plain = entry("", PLAIN, ACCEPTED);
    let (records, tally) = read(har(&[format!("{plain} {plain}")]).as_bytes());
    assert_eq!((records.len(), counts(&tally)), (2, vec![("malformed", "salvaged", 1)]));
    let (records, tally) = read(har(&[format!("{plain},")]).as_bytes());
    assert_eq!((records.len(), tally.is_sound()), (1, true));
    let (records, tally) = read([har(std::slice::from_ref(&plain)), har(&[plain])].concat().as_bytes());
    assert_eq!((records.len(), counts(&tally)), (1, vec![("malformed", "skipped", 1)]));
    for none in ["{\"log\":{\"entries\":{}}}", "{\"log\":[]}", "{\"log\":{}}"] {
        assert_eq!(counts(&read(none.as_bytes()).1), [("malformed", "skipped", 1)], "{none}");
    }
    assert!(read(b"{\"log\":{\"entries\":[]}}").1.is_sound());
}

#[test]
fn an_entry_beyond_the_limit_is_skipped_without_being_held() {
    let plain = entry("", PLAIN, ACCEPTED);
    let long = plain.replace("{\\\"received\\\":true}", &"]}\\\"".repeat(500_000));
    let options = Options { record_bytes_max: 10_000, ..Options::default() };
    let (records, tally) = read_with(har(&[plain.clone(), long, plain]).as_bytes(), &options);
    assert_eq!((records.len(), counts(&tally)), (2, vec![("too_long", "skipped", 1)]));
}
