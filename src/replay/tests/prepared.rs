//! What becomes of a request: the capture that the tee would have made, a new delivery id, the answer that stands beside it.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::super::{Captures, Ledgers, Options, Prepared, Preparer, Selection, Selector};
use super::{config, file, line};
use crate::intake::Routes;
use crate::outcome::{Ending, Lane, Skip};

fn prepared(salt: u128, recorded: Option<Lane>, lines: &[String]) -> Vec<Prepared> {
    let (folder, config) = (tempfile::tempdir().unwrap(), config());
    let path = file(folder.path(), "a.ndjson", lines);
    let captures = Captures::open(&[path], Options::default()).unwrap();
    let mut preparer = Preparer {
        excludes: config.tee.excludes.clone(),
        body_bytes_max: config.tee.body_bytes_max,
        salt: Uuid::from_u128(salt),
        recorded,
        ledgers: Ledgers::default(),
    };
    let selector = Selector::new(captures, Routes::new(config.tee.routes), Selection::default());
    selector.map(|chosen| preparer.prepare(&chosen.unwrap()).unwrap().unwrap()).collect()
}

fn delivered(delivery: &str, body: &str) -> String {
    let headers =
        format!("\"headers\":[[\"x-event\",\"e1\"],[\"X-Delivery\",\"{delivery}\"],[\"Authorization\",\"Bearer x\"]],");
    line("2026-11-20T18:00:00Z", "/orders", &headers, body)
}

#[test]
fn deliveries_are_new_for_each_replay_and_equal_where_they_were() {
    let lines = [delivered("d1", "{\"id\":1}"), delivered("d1", "{\"id\":1}"), delivered("d2", "{\"id\":1}")];
    let ids = |salt| -> Vec<String> {
        prepared(salt, None, &lines).into_iter().map(|prepared| prepared.capture.delivery_id.unwrap()).collect()
    };
    let (one, two) = (ids(1), ids(2));
    assert_eq!(one[0], one[1]);
    assert!(one[0] != one[2] && one[0] != two[0] && !one.contains(&"d1".to_owned()));
    assert_eq!(ids(1), one);
    let capture = &prepared(1, None, &lines)[0].capture;
    assert_eq!(capture.event_id.as_deref(), Some("e1"));
    let header = |name: &str| capture.headers.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    assert_eq!(header("x-delivery").unwrap(), one[0]);
    assert_eq!(header("authorization").unwrap(), "[withheld]");
    // What stands in the body is signed, and stays.
    let inside = line("2026-11-20T18:00:00Z", "/orders", "", "{\"id\":1,\"delivery\":\"d9\"}");
    assert_eq!(prepared(1, None, &[inside])[0].capture.delivery_id.as_deref(), Some("d9"));
}

#[test]
fn what_the_tee_would_not_have_teed_is_not_sent() {
    let at = "2026-11-20T18:00:00Z";
    let long = format!("{{\"id\":1,\"note\":\"{}\"}}", "x".repeat(1_000));
    let bodies = ["{\"id\":1}", "{\"id\":1,\"test\":true}", "no json", "", "{\"id\":1.5}", &long];
    let lines: Vec<String> = bodies.iter().map(|body| line(at, "/orders", "", body)).collect();
    let seen: Vec<_> = prepared(1, Some(Lane::Legacy), &lines)
        .into_iter()
        .map(|prepared| (prepared.capture.skip, prepared.capture.excluded, prepared.recorded.is_some()))
        .collect();
    let test = Some("test order".to_owned());
    let skipped = |skip| (Some(skip), None, false);
    let expected = [
        (None, None, true),
        (None, test, false),
        skipped(Skip::NoJson),
        skipped(Skip::EmptyBody),
        skipped(Skip::BadOrderKey),
        skipped(Skip::BodyTooLarge),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn recorded_answers_keep_their_times_and_what_has_none_is_unknown() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let request = "2026-11-20T18:00:00Z";
    let answer = |answers: &str| line(request, "/orders", answers, "{\"id\":1}");
    let lines = [
        answer(
            "\"answers\":[{\"lane\":\"legacy\",\"status\":200,\"time\":\"2026-11-20T18:00:03Z\",\"took_us\":2000000,\"headers\":[[\"set-cookie\",\"a=b\"]],\"body\":\"{}\"}],",
        ),
        answer("\"answers\":[{\"status\":503,\"took_us\":5000,\"headers\":[]}],"),
        answer("\"answers\":[{\"ending\":\"timed_out\",\"headers\":[],\"error\":\"no answer\"}],"),
        answer("\"answers\":[{\"lane\":\"gated\",\"status\":201,\"headers\":[]}],"),
        answer(""),
    ];
    let sends: Vec<_> = prepared(1, Some(Lane::Legacy), &lines).into_iter().map(|one| one.recorded.unwrap()).collect();
    let first = sends[0].answer.clone().unwrap();
    assert_eq!((sends[0].at, first.at), (at("2026-11-20T18:00:01Z"), at("2026-11-20T18:00:03Z")));
    assert_eq!((first.status, first.took, first.ending), (Some(200), Duration::from_secs(2), Ending::Answered));
    assert_eq!(first.headers, [("set-cookie".to_owned(), "[withheld]".into())]);
    let second = sends[1].answer.clone().unwrap();
    assert_eq!((sends[1].at, second.at), (at(request), at("2026-11-20T18:00:00.005Z")));
    let third = sends[2].answer.clone().unwrap();
    assert_eq!((third.ending, third.status, third.at), (Ending::TimedOut, None, at(request)));
    assert_eq!(
        (sends[3].answer.clone(), sends[3].at),
        (None, at(request)),
        "the other lane's says nothing of this one"
    );
    assert_eq!(sends[4].answer, None);
}
