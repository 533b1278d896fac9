//! The schema of the JSON report, which is an interface of its own: it follows the report, and the report it.

mod check;
pub(super) mod full;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::evidence::{differing, nasty};
use super::witness::witnessed;
use super::*;
use crate::diff::{Class, Matching, RuleScope, Severity, Subject};
use crate::judge::{Between, NotCompared, Step};
use crate::outcome::{GapReason, ReasonClass, ShadowAct, Signature, Witness};
use check::Check;
use full::full;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> Value {
    let path = folder().join(format!("docs/report-{SCHEMA_VERSION}.schema.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn written(assessment: &Assessment) -> Value {
    serde_json::from_str(&json(assessment).unwrap()).unwrap()
}

fn faults(schema: &Value, report: &Value) -> Vec<String> {
    let mut check = Check::new(schema);
    check.report(report);
    check.faults
}

/// What is at a place of a report; the report itself is at the empty one.
fn at_place<'v>(report: &'v mut Value, place: &str) -> &'v mut serde_json::Map<String, Value> {
    report.pointer_mut(place).and_then(Value::as_object_mut).unwrap()
}

#[test]
fn every_report_follows_the_schema() {
    let schema = schema();
    let evil = "\u{1b}]0;GO\u{7}<script>";
    let assessments = [go(), no_go(), empty(), hostile(), differing(), nasty(evil), witnessed(), full()];
    let mut reports: Vec<(String, Value)> =
        assessments.iter().enumerate().map(|(index, one)| (format!("assessment {index}"), written(one))).collect();
    for file in fs::read_dir(folder().join("reports")).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|ending| ending == "json") {
            let report = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            reports.push((file.display().to_string(), report));
        }
    }
    assert!(reports.len() > assessments.len(), "there are no reports to look at");
    for (name, report) in reports {
        assert_eq!(faults(&schema, &report), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_key_more_a_key_less_or_another_name_is_no_report_of_this_version() {
    let (schema, report) = (schema(), written(&full()));
    let mut check = Check::new(&schema);
    check.report(&report);
    assert!(check.closed.len() > 30, "{:?}", check.closed);
    for place in &check.closed {
        let names: Vec<String> = at_place(&mut report.clone(), place).keys().cloned().collect();
        for name in &names {
            let mut less = report.clone();
            let value = at_place(&mut less, place).remove(name).unwrap();
            let told = faults(&schema, &less);
            // What has one of two names may lack either.
            let either = names.len() == 1 && told.len() == 1 && told[0].starts_with(&format!("{place} lacks "));
            assert!(either || told == [format!("{place} lacks \"{name}\"")], "{told:?}");
            at_place(&mut less, place).insert(format!("{name}_"), value);
            assert_eq!(faults(&schema, &less).len(), 2, "{place}/{name} by another name");
        }
        let mut more = report.clone();
        at_place(&mut more, place).insert("surprise".to_owned(), json!(1));
        assert_eq!(faults(&schema, &more), [format!("{place}/surprise is not in the schema: write it down there")]);
    }
    for (place, value) in [
        ("/schema_version", json!(4)),
        ("/decision", json!("MAYBE")),
        ("/gates/0/name", json!("loss_bound")),
        ("/exceptions/0/order_key", json!(5001)),
        ("/exceptions/0/at", json!("2026-11-20T09:07:00+01:00")),
        ("/findings/1/money/EUR/signed", json!("-1,5")),
        ("/findings/1/count", json!(-1)),
        ("/run/label", json!(7)),
        ("/census/complete_through", json!(7)),
    ] {
        let mut other = report.clone();
        *other.pointer_mut(place).unwrap() = value;
        assert!(!faults(&schema, &other).is_empty(), "{place}");
    }
    for (map, name) in [("/fates/gated", "misplaced"), ("/parity", "equal"), ("/run/counts/signatures", "forged")] {
        let mut other = report.clone();
        at_place(&mut other, map).insert(name.to_owned(), json!(1));
        assert!(!faults(&schema, &other).is_empty(), "{map}");
    }
}

/// Every schema in the schema, with its place.
fn each<'s>(place: &str, schema: &'s Value, all: &mut Vec<(String, &'s Value)>) {
    all.push((place.to_owned(), schema));
    for group in ["properties", "$defs"] {
        for (name, inner) in schema[group].as_object().into_iter().flatten() {
            each(&format!("{place}/{group}/{name}"), inner, all);
        }
    }
    for (index, inner) in schema["anyOf"].as_array().into_iter().flatten().enumerate() {
        each(&format!("{place}/anyOf/{index}"), inner, all);
    }
    for inner in ["items", "additionalProperties", "propertyNames"].iter().filter(|name| schema[**name].is_object()) {
        each(&format!("{place}/{inner}"), &schema[*inner], all);
    }
}

#[test]
fn what_the_schema_has_is_described_closed_and_in_a_report() {
    let schema = schema();
    let mut all = Vec::new();
    each("", &schema, &mut all);
    let mut check = Check::new(&schema);
    check.report(&written(&full()));
    let mut unseen = Vec::new();
    for (place, schema) in all {
        if place.rsplit_once("/properties/").is_some_and(|(_, name)| !name.contains('/')) {
            let says = schema["description"].as_str().unwrap_or_default();
            assert!(says.ends_with('.'), "{place} has no description");
            unseen.extend((!check.seen.contains(&place)).then_some(place.clone()));
        }
        if schema["type"] == "object" {
            let names = |of: &Value| -> BTreeSet<String> {
                let listed = of.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
                listed.chain(of.as_object().into_iter().flatten().map(|(name, _)| name.clone())).collect()
            };
            let closed = schema["additionalProperties"] == false && schema["properties"].is_object();
            let map = schema["additionalProperties"].is_object() && schema["properties"].is_null();
            assert!(closed || map, "{place} takes members that it does not name");
            assert_eq!(names(&schema["required"]), names(&schema["properties"]), "{place}: what is required");
        }
    }
    assert_eq!(unseen, [""; 0], "no report of the tests has a value there: give it one in full.rs");
}

#[test]
fn the_names_of_the_schema_are_those_there_are() {
    let schema = schema();
    let check = |name: &str, names: Vec<Value>| {
        assert_eq!(schema["$defs"][name]["enum"], Value::from(names), "{name}");
    };
    fn values<T: serde::Serialize>(all: &[T]) -> Vec<Value> {
        all.iter().map(|one| serde_json::to_value(one).unwrap()).collect()
    }
    check("decision", values(Decision::ALL));
    check("gate_name", values(GateName::ALL));
    check("lane", values(Lane::ALL));
    check("witness", values(Witness::ALL));
    check("role", values(Role::ALL));
    check("flow", values(Flow::ALL));
    check("ledger", values(LedgerKind::ALL));
    check("fate", values(Fate::ALL));
    check("parity", values(Parity::ALL));
    check("owner", values(Owner::ALL));
    check("signature", values(Signature::ALL));
    check("between", values(Between::ALL));
    check("not_compared", values(NotCompared::ALL));
    check("document_shape", values(DocumentShape::ALL));
    check("class", values(Class::ALL));
    check("severity", values(Severity::ALL));
    check("subject", values(Subject::ALL));
    check("matching", values(Matching::ALL));
    check("rule_scope", values(RuleScope::ALL));
    check("reason_class", values(ReasonClass::ALL));
    check("fault", values(Fault::ALL));
    check("gap_reason", values(GapReason::ALL));
    check("step", values(Step::ALL));
    check("shadow_act", values(ShadowAct::ALL));
    let others = [
        ExceptionKind::Phantom,
        ExceptionKind::Missing,
        ExceptionKind::RoundTheTee,
        ExceptionKind::InDoubt,
        ExceptionKind::Unlisted,
    ];
    let kinds: Vec<ExceptionKind> = Fate::ALL.iter().copied().map(ExceptionKind::Fate).chain(others).collect();
    check("exception_kind", values(&kinds));
    // All of them but the keys of a rule's actions, which are no type of their own.
    let enums = schema["$defs"].as_object().unwrap().values().filter(|one| one["enum"].is_array()).count();
    assert_eq!(enums, 26);
}
