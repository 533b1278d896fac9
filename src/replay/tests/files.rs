//! Several files as one, and what is chosen of them.

use super::super::{Captures, FilesError, Options, Preparer, Selection, Selector, Survey, survey};
use super::{config, file, line, order};
use crate::intake::Routes;
use crate::outcome::Lane;

fn selector(paths: &[std::path::PathBuf], selection: Selection) -> Selector {
    let captures = Captures::open(paths, Options::default()).unwrap();
    Selector::new(captures, Routes::new(config().tee.routes), selection)
}

fn surveyed(paths: &[std::path::PathBuf], selection: Selection) -> Survey {
    let tee = config().tee;
    survey(selector(paths, selection), &Preparer::looking(tee.excludes, tee.body_bytes_max), Lane::Legacy).unwrap()
}

fn bodies(paths: &[std::path::PathBuf]) -> Vec<String> {
    let chosen = selector(paths, Selection::default());
    chosen.map(|chosen| String::from_utf8(chosen.unwrap().request.record.body.to_vec()).unwrap()).collect()
}

#[test]
fn files_come_in_the_order_of_their_first_requests() {
    let folder = tempfile::tempdir().unwrap();
    let day = |name: &str, seconds: &[u32]| {
        file(folder.path(), name, &seconds.iter().map(|second| order(*second, *second)).collect::<Vec<_>>())
    };
    let paths = [day("a.ndjson", &[20, 22]), day("b_10.ndjson", &[10, 12]), day("b_2.ndjson", &[1, 30])];
    let expected: Vec<String> = [1, 10, 12, 20, 22, 30].iter().map(|id| format!("{{\"id\":{id}}}")).collect();
    assert_eq!(bodies(&paths), expected);
    let names: Vec<String> = surveyed(&paths, Selection::default())
        .files
        .iter()
        .map(|file| file.path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, ["b_2.ndjson", "b_10.ndjson", "a.ndjson"]);
}

#[test]
fn a_file_that_is_named_twice_is_refused_by_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.ndjson", &[order(1, 1)]);
    let again = folder.path().join(".").join("a.ndjson");
    assert!(matches!(Captures::open(&[path, again], Options::default()), Err(FilesError::Twice(_))));
}

#[test]
fn what_is_left_out_is_counted_and_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let at = "2026-11-20T18:00:05Z";
    let lines = [
        order(1, 1),
        order(3, 2),
        line(at, "/cart", "", "{}"),
        line(at, "/orders", "\"truncated\":\"body_cut\",\"id\":\"c-1\",", "{"),
        order(9, 3),
    ];
    let path = file(folder.path(), "a.ndjson", &lines);
    let time = |text: &str| Some(text.parse().unwrap());
    let selection = Selection { from: time("2026-11-20T18:00:02Z"), until: time("2026-11-20T18:00:09Z"), limit: None };
    let survey = surveyed(std::slice::from_ref(&path), selection);
    let counts: Vec<(&str, u64)> =
        survey.omissions.counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    let expected = [("after_until", 1), ("before_from", 1), ("no_route", 1), ("not_whole: body_cut", 1)];
    assert_eq!(counts, expected);
    assert_eq!((survey.omissions.read, survey.requests, survey.omissions.omitted()), (5, 1, 4));
    assert_eq!(survey.omissions.refused_count(), 1);
    assert_eq!(survey.omissions.refused[0], "a.ndjson, line 4, c-1: its body ends before it should");
    assert_eq!(
        survey.span.map(|(first, last)| (Some(first), Some(last))),
        Some((time("2026-11-20T18:00:03Z"), time("2026-11-20T18:00:03Z")))
    );
    let limited = surveyed(&[path], Selection { limit: Some(1), ..Selection::default() });
    assert_eq!((limited.omissions.read, limited.requests), (1, 1));
}

#[test]
fn other_requests_or_answers_are_another_replay() {
    let folder = tempfile::tempdir().unwrap();
    let digest =
        |name: &str, text: &[String]| surveyed(&[file(folder.path(), name, text)], Selection::default()).digest;
    let answered = |status: u16| {
        line(
            "2026-11-20T18:00:01Z",
            "/orders",
            &format!("\"answers\":[{{\"status\":{status},\"headers\":[]}}],"),
            "{\"id\":1}",
        )
    };
    let same = digest("a.ndjson", &[order(1, 1), order(2, 2)]);
    assert_eq!(
        digest("b.ndjson", &[order(2, 2), "\n".into(), order(1, 1)]),
        same,
        "the order in the file is none of it"
    );
    let mut all = vec![
        same,
        digest("c.ndjson", &[order(1, 1), order(3, 2)]),
        digest("d.ndjson", &[order(1, 1), order(2, 3)]),
        digest("e.ndjson", &[order(1, 1)]),
        digest("f.ndjson", &[answered(200)]),
        digest("g.ndjson", &[answered(422)]),
    ];
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 6);
}

#[test]
fn what_is_recorded_and_goes_nowhere_is_known_beforehand() {
    let folder = tempfile::tempdir().unwrap();
    let at = "2026-11-20T18:00:01Z";
    let bodies = ["{\"id\":1}", "{\"id\":2,\"test\":true}", "{}", "[", "{\"id\":3}"];
    let mut lines: Vec<String> = bodies.iter().map(|body| line(at, "/orders", "", body)).collect();
    lines.push(line(at, "/orders", "", &format!("{{\"id\":4,\"note\":\"{}\"}}", "x".repeat(1_000))));
    let seen = surveyed(&[file(folder.path(), "a.ndjson", &lines)], Selection::default());
    let expected = [("body_too_large", 1), ("excluded: test order", 1), ("no_json", 1), ("no_order_key", 1)];
    assert_eq!(seen.unsent.iter().map(|(reason, count)| (reason.as_str(), *count)).collect::<Vec<_>>(), expected);
    assert_eq!(seen.requests, 6, "they are captures like any others");
}
