//! GoReplay's files, with every trap that is known of them.

use std::time::Duration;

use super::super::gor::SEPARATOR;
use super::*;
use crate::outcome::Ending;

/// A time in nanoseconds: 2026-11-20T18:00:00Z and so many seconds.
fn ns(second: i64) -> i64 {
    (1_795_197_600 + second) * 1_000_000_000
}

fn order(number: u32) -> String {
    format!("{{\"id\":{number},\"email\":\"mila.vos@example.com\",\"total_price\":\"19.90\"}}")
}

fn post(body: &str) -> String {
    format!(
        "POST /webhooks/orders/create HTTP/1.1\r\nHost: shop.example\r\nX-Topic: orders/create\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 201 Created\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn piece(header: &str, payload: &str) -> Vec<u8> {
    [header.as_bytes(), b"\n", payload.as_bytes(), SEPARATOR].concat()
}

fn request(id: &str, second: i64, payload: &str) -> Vec<u8> {
    piece(&format!("1 {id} {} 0", ns(second)), payload)
}

fn answer(id: &str, second: i64, payload: &str) -> Vec<u8> {
    piece(&format!("2 {id} {} 7000000", ns(second)), payload)
}

fn targets_and_bodies(records: &[Record]) -> Vec<(&str, &str)> {
    records.iter().map(|record| (record.target.as_str(), body(record))).collect()
}

#[test]
fn a_request_comes_with_its_answer() {
    let file = [request("a1", 0, &post(&order(1))), answer("a1", 1, &ok("{\"received\":true}"))].concat();
    let (records, tally) = read(&file);
    let [record] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((record.method.as_str(), record.target.as_str()), ("POST", "/webhooks/orders/create"));
    assert_eq!(
        (record.place, record.id.as_deref(), record.at),
        (Place::Byte(0), Some("a1"), Some(at("2026-11-20T18:00:00Z")))
    );
    assert_eq!(
        record.headers,
        [("host", "shop.example"), ("x-topic", "orders/create"), ("content-length", "61")]
            .map(|(name, value)| (name.to_owned(), bytes(value)))
    );
    assert_eq!((body(record), record.incomplete), (order(1).as_str(), None));
    let [recorded] = record.answers.as_slice() else { panic!("{record:?}") };
    assert_eq!((recorded.status, recorded.ending, recorded.lane), (Some(201), Ending::Answered, None));
    assert_eq!((recorded.at, recorded.took), (Some(at("2026-11-20T18:00:01Z")), Some(Duration::from_millis(7))));
    assert_eq!((&recorded.body[..], recorded.body_bytes), (&b"{\"received\":true}"[..], 17));
    assert!(tally.is_sound());
    assert_eq!((tally.units, tally.joined), (2, 1));
}

#[test]
fn header_lines_of_all_ages_are_read() {
    let old = "932079936fa4306fc308d67588178d17d823647c";
    let check = |request_line: String, answer_line: String, took, answered: &str| {
        let (records, tally) = read(&[piece(&request_line, &post("{}")), piece(&answer_line, &ok(""))].concat());
        assert!(tally.is_sound());
        assert_eq!((records[0].answers[0].took, records[0].answers[0].at), (took, Some(at(answered))), "{answer_line}");
    };
    let (t, later, seven) = (ns(0), ns(2), Some(Duration::from_millis(7)));
    // Three fields: the number of an answer was how long it took, later on its time.
    check(format!("1 {old} {t}"), format!("2 {old} 7000000"), seven, "2026-11-20T18:00:00.007Z");
    check(format!("1 {old} {t}"), format!("2 {old} {later}"), Some(Duration::from_secs(2)), "2026-11-20T18:00:02Z");
    // Four fields: the request's time with how long it took, later on the answer's own time.
    check(
        format!("1 4f4bd5000107fab8d3f1c0ff {t} -1"),
        format!("2 4f4bd5000107fab8d3f1c0ff {t} 7000000"),
        seven,
        "2026-11-20T18:00:00.007Z",
    );
    check(
        format!("1 4f4bd5000107fab8d3f1c0ff {t} 0"),
        format!("2 4f4bd5000107fab8d3f1c0ff {later} 7000000"),
        seven,
        "2026-11-20T18:00:02Z",
    );
    check(
        format!("1 4f4bd5000107fab8d3f1c0ff {t} 0\r"),
        format!("2 4f4bd5000107fab8d3f1c0ff {later} -1\r"),
        Some(Duration::from_secs(2)),
        "2026-11-20T18:00:02Z",
    );
}

#[test]
fn a_separator_inside_a_body_ends_no_record() {
    let tricky = format!("{{\"note\":\"{}\"}}", String::from_utf8_lossy(SEPARATOR));
    // It even looks as if a record followed.
    let trickier = format!("{{\"note\":\"{}1 b2 5 0\nPOST / HTTP/1.1\"}}", String::from_utf8_lossy(SEPARATOR));
    let chunked = format!(
        "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{trickier}\r\n0\r\n\r\n",
        trickier.len()
    );
    let (records, tally) = read(
        &[request("a1", 0, &post(&tricky)), request("a2", 1, &post(&trickier)), request("a3", 2, &chunked)].concat(),
    );
    assert_eq!(
        targets_and_bodies(&records),
        [
            ("/webhooks/orders/create", tricky.as_str()),
            ("/webhooks/orders/create", trickier.as_str()),
            ("/c", trickier.as_str())
        ]
    );
    assert!(tally.is_sound());
}

#[test]
fn where_the_length_is_wrong_the_separator_ends_a_record_and_it_is_incomplete() {
    let cut = "POST /cut HTTP/1.1\r\nContent-Length: 500\r\n\r\n{\"id\":1";
    let long = "POST /long HTTP/1.1\r\nContent-Length: 3\r\n\r\n{\"id\":1}";
    let no_length = "POST /none HTTP/1.1\r\nHost: a\r\n\r\n{\"id\":1}";
    let chunks = "POST /chunks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n";
    let huge = "POST /huge HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n{\"id\":1}";
    let pieces = [cut, long, no_length, chunks, huge, &post("{}")].map(|payload| request("a1", 0, payload));
    let (records, tally) = read(&pieces.concat());
    let incomplete: Vec<_> = records.iter().map(|record| (record.target.as_str(), record.incomplete)).collect();
    assert_eq!(
        incomplete,
        [
            ("/cut", Some(Incomplete::BodyCut)),
            ("/long", Some(Incomplete::LengthDiffers)),
            ("/none", Some(Incomplete::LengthDiffers)),
            ("/chunks", Some(Incomplete::BodyCut)),
            ("/huge", Some(Incomplete::BodyCut)),
            ("/webhooks/orders/create", None),
        ]
    );
    assert_eq!(counts(&tally), [("body_cut", "salvaged", 3), ("length_differs", "salvaged", 2)]);
}

#[test]
fn a_separator_that_nothing_follows_makes_a_record_ambiguous() {
    let note =
        format!("POST /a HTTP/1.1\r\nContent-Length: 500\r\n\r\nhalf {} half", String::from_utf8_lossy(SEPARATOR));
    let (records, tally) = read(&[request("a1", 0, &note), request("a2", 1, &post("{}"))].concat());
    assert_eq!(records.iter().map(|record| record.incomplete).collect::<Vec<_>>(), [Some(Incomplete::BodyCut), None]);
    let open = format!("HTTP/1.1 200 OK\r\n\r\nhalf {} half", String::from_utf8_lossy(SEPARATOR));
    let (records, _) =
        read(&[request("a1", 0, &post("{}")), answer("a1", 1, &open), request("a2", 1, &post("{}"))].concat());
    assert_eq!((records.len(), records[0].answers[0].ending), (2, Ending::Cut));
    assert_eq!(counts(&tally), [("body_cut", "salvaged", 1)]);
}

#[test]
fn chunks_are_taken_off_and_content_encodings_are_not() {
    let chunked =
        "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"id\r\n5;x=\"y\"\r\n\":12}\r\n0\r\n\r\n";
    let trailers = "POST /t HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n";
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\0\n\xff";
    let head = format!("POST /z HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", gzip.len());
    let packed = [format!("1 a3 {} 0\n{head}", ns(2)).as_bytes(), gzip, SEPARATOR].concat();
    let (records, tally) = read(&[request("a1", 0, chunked), request("a2", 1, trailers), packed].concat());
    assert_eq!((body(&records[0]), body(&records[1]), &records[2].body[..]), ("{\"id\":12}", "{}", &gzip[..]));
    assert_eq!(field(&records[2], "content-encoding"), Some("gzip"));
    assert_eq!(counts(&tally), [("trailers", "salvaged", 1)]);
}

#[test]
fn files_of_line_feeds_alone_are_read() {
    let chunked = "POST /c HTTP/1.1\nTransfer-Encoding: chunked\n\n8\n{\"id\":3}\n0\n\n";
    let file = [
        request("a1", 0, &post(&order(1)).replace("\r\n", "\n")),
        answer("a1", 1, &ok("{}").replace("\r\n", "\n")),
        request("a2", 2, chunked),
    ]
    .concat();
    let (records, tally) = read(&file);
    assert_eq!(targets_and_bodies(&records), [("/webhooks/orders/create", order(1).as_str()), ("/c", "{\"id\":3}")]);
    assert_eq!(records[0].answers[0].status, Some(201));
    assert!(tally.is_sound());
}

#[test]
fn a_missing_host_and_one_in_the_target_are_no_faults() {
    let none = "POST /a HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}";
    let proxied = "POST http://shop.example:81/b?c=d HTTP/1.1\r\nHost: other.example\r\nContent-Length: 2\r\n\r\n{}";
    let (records, tally) = read(&[request("a1", 0, none), request("a2", 0, proxied)].concat());
    assert_eq!((records[0].target.as_str(), field(&records[0], "host")), ("/a", None));
    assert_eq!((records[1].target.as_str(), field(&records[1], "host")), ("/b?c=d", Some("shop.example:81")));
    assert!(tally.is_sound());
}

#[test]
fn a_last_record_without_its_separator_is_salvaged() {
    let whole = [request("a1", 0, &post("{}")), request("a2", 1, &post(&order(2)))].concat();
    let without = &whole[..whole.len() - SEPARATOR.len()];
    for file in [without, &whole[..whole.len() - 5], &[without, b"\n"].concat()] {
        let (records, tally) = read(file);
        assert_eq!((records.len(), body(&records[1]), records[1].incomplete), (2, order(2).as_str(), None));
        assert_eq!(counts(&tally), [("no_separator", "salvaged", 1)]);
        assert_eq!(tally.listed[0].place, Place::Byte(request("a1", 0, &post("{}")).len() as u64));
    }
    // Cut inside the body, it is incomplete as well; inside its head, there is nothing to salvage.
    let (records, tally) = read(&without[..without.len() - 10]);
    assert_eq!((records.len(), records[1].incomplete), (2, Some(Incomplete::BodyCut)));
    assert_eq!(counts(&tally), [("no_separator", "salvaged", 1), ("body_cut", "salvaged", 1)]);
    let (records, tally) = read(&without[..without.len() - order(2).len() - 2]);
    assert_eq!(records.len(), 1);
    assert_eq!(counts(&tally), [("no_separator", "salvaged", 1), ("no_http", "skipped", 1)]);
}

#[test]
fn times_may_be_out_of_order_and_equal() {
    let seconds = [5, 3, 3, 9, 3];
    let file: Vec<u8> = seconds
        .iter()
        .enumerate()
        .flat_map(|(n, second)| request(&format!("a{n}"), *second, &post(&order(1))))
        .collect();
    let (records, tally) = read(&file);
    let times: Vec<_> = records.iter().map(|record| record.at.unwrap().as_second() - 1_795_197_600).collect();
    assert_eq!(times, seconds);
    assert!(tally.is_sound());
}

#[test]
fn an_id_used_again_is_paired_with_the_nearest_request_before() {
    let file = [
        answer("a1", 0, &ok("from before")),
        request("a1", 1, &post(&order(1))),
        request("a1", 2, &post(&order(2))),
        answer("a1", 3, &ok("two")),
        answer("a1", 4, &ok("again")),
        request("a1", 5, &post(&order(3))),
        answer("a1", 6, &ok("three")),
    ]
    .concat();
    let (records, tally) = read(&file);
    let answers = records.iter().map(|record| record.answers.first().map(|answer| answer.body.clone()));
    assert_eq!(answers.collect::<Vec<_>>(), [None, Some(bytes("two")), Some(bytes("three"))]);
    assert_eq!(counts(&tally), [("unpaired_answer", "skipped", 1), ("second_answer", "skipped", 1)]);
}

#[test]
fn answers_far_behind_are_unpaired_and_requests_never_wait_for_ever() {
    let body = order(1);
    let mut file = request("first", 0, &post(&body));
    file.extend((0..10_000).flat_map(|n| request(&format!("a{n}"), 1, &post(&body))));
    file.extend(answer("first", 2, &ok("")));
    file.extend(answer("a9999", 2, &ok("")));
    let (records, tally) = read(&file);
    assert_eq!((records.len(), records.iter().filter(|record| !record.answers.is_empty()).count()), (10_001, 1));
    assert_eq!(records[10_000].answers.len(), 1);
    assert_eq!(counts(&tally), [("unpaired_answer", "skipped", 1)]);
}

#[test]
fn answers_of_a_replay_are_set_aside() {
    let file = [request("a1", 0, &post("{}")), piece(&format!("3 a1 {} 5", ns(1)), &ok("other"))].concat();
    let (records, tally) = read_with(&file, &STRICT);
    assert!(records[0].answers.is_empty() && tally.is_sound() && tally.listed.is_empty());
    assert_eq!(counts(&tally), [("replayed_answer", "set_aside", 1)]);
}

#[test]
fn an_answer_to_head_has_no_body_and_one_of_a_cut_connection_is_cut() {
    let head = "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let told = "HTTP/1.1 200 OK\r\nContent-Length: 1200\r\n\r\n";
    let file =
        [request("a1", 0, head), answer("a1", 1, told), request("a2", 2, &post("{}")), answer("a2", 3, told)].concat();
    let (records, tally) = read(&file);
    let endings: Vec<_> =
        records.iter().map(|record| (record.answers[0].ending, record.answers[0].body_bytes)).collect();
    assert_eq!(endings, [(Ending::Answered, 0), (Ending::Cut, 1_200)]);
    assert_eq!(counts(&tally), [("answer_cut", "salvaged", 1)]);
}

#[test]
fn what_is_no_record_is_skipped_up_to_the_next() {
    let file = [
        b"the end of a record before\n".as_slice(),
        SEPARATOR,
        &request("a1", 0, &post(&order(1))),
        &piece("no header", "POST / HTTP/1.1\r\n\r\n"),
        &request("a2", 1, "\u{1}\u{2} thrift"),
        &request("a3", 2, "HTTP/1.1 200 OK\r\n\r\n"),
        &request("a4", 3, &post(&order(4))),
        b"tail",
    ]
    .concat();
    let (records, tally) = read(&file);
    assert_eq!(records.iter().map(body).collect::<Vec<_>>(), [order(1), order(4)]);
    assert_eq!(counts(&tally), [("no_header", "skipped", 3), ("no_http", "skipped", 2)]);
    assert_eq!(tally.listed[0].to_string(), "byte 0: no record begins here (41 bytes)");
    let error = refusal(&file, &STRICT);
    assert_eq!(
        error,
        "read the capture orders: byte 0: no record begins here (41 bytes); mend it there, or read it leniently"
    );
}

#[test]
fn a_record_beyond_the_limit_is_skipped_without_being_held() {
    let options = Options { record_bytes_max: 10_000, ..Options::default() };
    let long = "x".repeat(2_000_000);
    let file = [
        request("a1", 0, &post(&order(1))),
        request("a2", 1, &post(&long)),
        request("a3", 2, &format!("POST / HTTP/1.1\r\n{long}")),
        request("a4", 3, &post(&order(4))),
    ]
    .concat();
    let (records, tally) = read_with(&file, &options);
    assert_eq!(records.iter().map(body).collect::<Vec<_>>(), [order(1), order(4)]);
    assert_eq!(counts(&tally), [("too_long", "skipped", 2)]);
}
