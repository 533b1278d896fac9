//! Reports that were kept, whole and altered.

use super::super::tests::{go, no_go};
use super::*;
use crate::judge::Assessment;
use crate::report::{Style, html, json, junit, markdown, text};

/// A report in each of its forms.
fn all(assessment: &Assessment) -> Vec<(Form, String)> {
    let mut all = vec![
        (Form::Json, json(assessment).unwrap()),
        (Form::Html, html(assessment)),
        (Form::Markdown, markdown(assessment)),
        (Form::Junit, junit(assessment)),
        (Form::Text { ansi: true }, text(assessment, 80, Style::Ansi)),
    ];
    all.extend([40, 57, 80, 120].map(|width| (Form::Text { ansi: false }, text(assessment, width, Style::Plain))));
    all
}

#[test]
fn each_form_says_what_it_is_made_from() {
    let rehearsal = |mut assessment: Assessment| {
        (assessment.run.label, assessment.run.live_run) = (None, None);
        assessment
    };
    let evil = |mut assessment: Assessment| {
        let forged = "\n- run: 7 - journal: `00` --run 7 --until x \"schema_version\": 9, report schema 9";
        assessment.run.label = Some(forged.to_owned());
        assessment.gates[0].reason = forged.to_owned();
        assessment
    };
    for assessment in [go(), no_go(), rehearsal(go()), evil(no_go())] {
        for (form, page) in all(&assessment) {
            let claim = Claim::read(page.as_bytes()).unwrap_or_else(|error| panic!("{form:?}: {error}: {page}"));
            assert_eq!((claim.form, claim.run), (form, 2));
            assert_eq!(claim.journal_head, assessment.run.journal_head, "{form:?}");
            assert_eq!(claim.until.time(), Some(assessment.run.until), "{form:?}");
            assert_eq!(claim.differences(page.as_bytes(), &page), Vec::<String>::new());
        }
    }
}

#[test]
fn a_report_that_ends_anywhere_else_is_none() {
    for (form, page) in all(&no_go()) {
        for length in [1, page.len() / 7, page.len() / 2] {
            let cut = &page.as_bytes()[..length];
            if let Ok(claim) = Claim::read(cut) {
                assert!(!claim.differences(cut, &page).is_empty(), "{form:?} of {length} bytes");
            }
        }
    }
}

#[test]
fn what_is_no_report_is_told() {
    let whole = json(&go()).unwrap();
    let newer = whole.replace("\"schema_version\": 3", "\"schema_version\": 4");
    for (bytes, expected) in [
        (&b""[..], "the file is empty"),
        (b" \n", "the file is empty"),
        (b"GO away", "this is no report of paritee"),
        (b"\xff\xfe\x00", "this is no report of paritee"),
        (b"{\"decision\": ", "the file is damaged, or no report of paritee"),
        (b"{}", "does not say its schema version"),
        (b"{\"schema_version\": 3}", "does not say its run"),
        (b"{\"schema_version\": 3, \"run\": {\"number\": 1}}", "does not say its judged window"),
        (newer.as_bytes(), "follows schema 4, and this version of paritee writes schema 3"),
        (b"<?xml version=\"1.0\"?><testsuites/>", "does not say its schema version"),
        (b"<!DOCTYPE html><p>GO", "does not say its schema version"),
        (b"# GO\n", "does not say its run"),
        (b"NO-GO  Do not cut over.\n", "does not say its run"),
    ] {
        let error = Claim::read(bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn json_is_compared_by_its_values() {
    let derived = json(&no_go()).unwrap();
    let claim = Claim::read(derived.as_bytes()).unwrap();
    let compact = serde_json::from_str::<serde_json::Value>(&derived).unwrap().to_string();
    assert_eq!(claim.differences(compact.as_bytes(), &derived), Vec::<String>::new());
    for (from, to, expected) in [
        ("\"decision\": \"NO-GO\"", "\"decision\": \"GO\"", "/decision: kept \"GO\", derived \"NO-GO\""),
        ("\"lost\": 2,", "", "/fates/gated/lost: kept nothing, derived 2"),
        ("\"gaps\": 0,", "\"gaps\": 0, \"signed\": true,", "/run/signed: kept true, derived nothing"),
        ("\"gaps\": 0,", "\"gaps\": 0.0,", "/run/gaps: kept 0.0, derived 0"),
        ("\"gaps\": 0,", "\"gaps\": 0, \"gaps\": 1,", "/run/gaps: stands twice in the kept report"),
        ("\"SO-78\"", "\"SO-78\", \"SO-79\"", "/exceptions/1/references/2: kept \"SO-79\", derived nothing"),
        (
            "\"findings\": []",
            "\"findings\": {}",
            "/findings: kept an object of 0 members, derived a list of 0 elements",
        ),
    ] {
        assert!(derived.contains(from), "{from}");
        let kept = derived.replacen(from, to, 1);
        assert_eq!(claim.differences(kept.as_bytes(), &derived), [expected]);
    }
}

#[test]
fn pages_are_compared_byte_by_byte() {
    for (form, derived) in all(&no_go()) {
        let claim = Claim::read(derived.as_bytes()).unwrap();
        if form != Form::Json {
            let kept = derived.replacen("2 lost of 388", "0 lost of 388", 1);
            let [told] = &claim.differences(kept.as_bytes(), &derived)[..] else { panic!("{form:?}") };
            assert!(told.starts_with("line ") && told.contains("0 lost") && told.contains("2 lost"), "{told}");
            let longer = format!("{derived}x");
            assert_eq!(claim.differences(longer.as_bytes(), &derived).len(), 1, "{form:?}");
            let mut bytes = derived.clone().into_bytes();
            bytes.push(0xff);
            assert!(!claim.differences(&bytes, &derived).is_empty(), "{form:?}");
        }
    }
}

#[test]
fn only_the_first_differences_are_told() {
    let many = (0..25).map(|number| number.to_string()).collect();
    let told = Claim::first(many);
    assert_eq!((told.len(), told.last().map(String::as_str)), (21, Some("and 5 more differences")));
}
