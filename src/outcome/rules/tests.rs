//! Answers as ERPs give them, under the rules of their lanes.

use bytes::Bytes;

use super::*;
use crate::outcome::Lane;

fn pointer(text: &str) -> Pointer {
    Pointer::parse(text).unwrap()
}

fn class(class: AnswerClass, when: &[(&str, &str)]) -> ClassRule {
    ClassRule { when: when.iter().map(|(place, text)| (pointer(place), (*text).to_owned())).collect(), class }
}

fn answer(status: u16, headers: &[(&str, &'static str)], body: &str) -> Answer {
    Answer {
        attempt: 1,
        lane: Lane::Gated,
        ending: Ending::Answered,
        at: Timestamp::UNIX_EPOCH,
        took: Duration::ZERO,
        status: Some(status),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Bytes::from_static(value.as_bytes())))
            .collect(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        body_bytes: body.len() as u64,
        error: None,
    }
}

fn rejected(class: ReasonClass, reason: &str) -> Meaning {
    Meaning::Rejected { class, reason: (!reason.is_empty()).then(|| reason.to_owned()) }
}

fn duplicate(reference: Option<&str>) -> Meaning {
    Meaning::Duplicate { reference: reference.map(str::to_owned) }
}

const NOT_NOW: Meaning = Meaning::NotNow { retry_after: None };

fn check(rules: &AnswerRules, cases: Vec<(&str, Answer, Meaning)>) {
    for (what, answer, expected) in cases {
        assert_eq!(rules.meaning(Flow::ErpGated, &answer), expected, "{what}");
    }
}

#[test]
fn netsuite_says_what_it_means_by_error_codes_and_locations() {
    let code = "/o:errorDetails/0/o:errorCode";
    let rules = AnswerRules {
        reason: vec![pointer(code)],
        location: Some("*/salesOrder/*".into()),
        classes: vec![
            class(AnswerClass::NotNow, &[(code, "*LIMIT_EXCEEDED")]),
            class(AnswerClass::Duplicate, &[(code, "IDEMPOTENCY_ERROR")]),
            class(
                AnswerClass::UnknownSku,
                &[(code, "INVALID_CONTENT"), ("/o:errorDetails/0/o:errorPath", "item.items*")],
            ),
            class(AnswerClass::Customer, &[(code, "INVALID_KEY_OR_REF")]),
            class(AnswerClass::Unknown, &[(code, "UNEXPECTED_ERROR")]),
        ],
        ..AnswerRules::default()
    };
    let error = |code: &str, path: &str| {
        format!(
            r#"{{"title":"Bad Request","status":400,"o:errorDetails":[{{"detail":"No such value 7731","o:errorCode":"{code}","o:errorPath":"{path}"}}]}}"#
        )
    };
    let job = ("location", "https://9988.suitetalk.example/services/rest/async/v1/job/4711");
    let order = ("location", "https://9988.suitetalk.example/services/rest/record/v1/salesOrder/18?expand=1");
    let committed = Meaning::Committed { reference: "18".into() };
    check(
        &rules,
        vec![
            ("made at once", answer(204, &[order], ""), committed),
            ("a job", answer(202, &[job], ""), Meaning::Accepted { reference: None }),
            ("a job, with another status", answer(200, &[job], ""), Meaning::Accepted { reference: None }),
            (
                "unknown item",
                answer(400, &[], &error("INVALID_CONTENT", "item.items[0].item")),
                rejected(ReasonClass::UnknownSku, "INVALID_CONTENT"),
            ),
            (
                "another field: no rule fits, the words decide",
                answer(400, &[], &error("INVALID_CONTENT", "shipDate")),
                rejected(ReasonClass::Other, "INVALID_CONTENT"),
            ),
            (
                "who is blocked is not locked",
                answer(400, &[], &error("CUSTOMER_BLOCKED", "")),
                rejected(ReasonClass::Customer, "CUSTOMER_BLOCKED"),
            ),
            ("locked beside blocked", answer(400, &[], &error("BLOCKED_OR_LOCKED", "")), NOT_NOW),
            ("a record that is locked", answer(400, &[], &error("RECORD_LOCKED", "")), NOT_NOW),
            ("throttled", answer(429, &[], &error("CONCURRENCY_LIMIT_EXCEEDED", "")), NOT_NOW),
            ("throttled with 400", answer(400, &[], &error("SSS_REQUEST_LIMIT_EXCEEDED", "")), NOT_NOW),
            (
                "a repeat names its job, no document",
                answer(400, &[job], &error("IDEMPOTENCY_ERROR", "")),
                duplicate(None),
            ),
            (
                "a repeat names a document",
                answer(400, &[order], &error("idempotency_error", "")),
                duplicate(Some("18")),
            ),
            ("no word on the order", answer(400, &[], &error("UNEXPECTED_ERROR", "")), Meaning::Unknown),
            ("5xx are never classed", answer(500, &[], &error("INVALID_KEY_OR_REF", "")), Meaning::Unknown),
        ],
    );
}

#[test]
fn sap_answers_a_lock_with_400() {
    let rules = AnswerRules {
        reference: vec![pointer("/d/SalesOrder")],
        classes: vec![
            class(AnswerClass::NotNow, &[("/error/code", "VL/045")]),
            class(AnswerClass::NotNow, &[("/error/message/value", "*currently being processed*")]),
            class(AnswerClass::UnknownSku, &[("/error/code", "V1/*"), ("/error/message/value", "*material*")]),
        ],
        ..AnswerRules::default()
    };
    let error = |code: &str, text: &str| {
        format!(r#"{{"error":{{"code":"{code}","message":{{"lang":"en","value":"{text}"}},"innererror":{{}}}}}}"#)
    };
    let locked = "The sales order 90817 is Currently being processed by user BATCH7";
    check(
        &rules,
        vec![
            (
                "made",
                answer(201, &[], r#"{"d":{"SalesOrder":"90817"}}"#),
                Meaning::Committed { reference: "90817".into() },
            ),
            ("locked, by code", answer(400, &[], &error("VL/045", "")), NOT_NOW),
            ("locked, by text", answer(409, &[], &error("SY/530", locked)), NOT_NOW),
            (
                "unknown material",
                answer(400, &[], &error("V1/302", "Material TEA-0 is not defined")),
                rejected(ReasonClass::UnknownSku, "V1/302"),
            ),
            (
                "a place of a rule that isn't there",
                answer(400, &[], r#"{"error":{"code":"V1/302"}}"#),
                rejected(ReasonClass::Other, "V1/302"),
            ),
            ("another 4xx with a code that no rule knows", answer(403, &[], &error("X/1", "")), Meaning::Unknown),
            ("a 4xx that is not final, with a known code", answer(403, &[], &error("VL/045", "")), NOT_NOW),
        ],
    );
}

#[test]
fn business_central_is_told_apart_by_code_and_message() {
    let (code, message) = ("/error/code", "/error/message");
    let rules = AnswerRules {
        reference: vec![pointer("/number")],
        classes: vec![
            class(AnswerClass::NotNow, &[(code, "Request_EntityChanged")]),
            class(AnswerClass::Duplicate, &[(code, "Internal_EntityWithSameKeyExists")]),
            class(AnswerClass::Tax, &[(code, "Application_FieldValidationException"), (message, "*posting group*")]),
            class(AnswerClass::Customer, &[(code, "Application_DialogException"), (message, "*customer*")]),
            class(AnswerClass::UnknownSku, &[(code, "Internal_InvalidTableRelation"), (message, "*(Item)*")]),
        ],
        ..AnswerRules::default()
    };
    let error = |code: &str, text: &str| format!(r#"{{"error":{{"code":"{code}","message":"{text}"}}}}"#);
    check(
        &rules,
        vec![
            ("changed meanwhile", answer(409, &[], &error("Request_EntityChanged", "Another user…")), NOT_NOW),
            (
                "there already",
                answer(400, &[], &error("Internal_EntityWithSameKeyExists", "The entity exists.")),
                duplicate(None),
            ),
            (
                "posting set-up",
                answer(
                    400,
                    &[],
                    &error("Application_FieldValidationException", "VAT Posting Group must have a value."),
                ),
                rejected(ReasonClass::Tax, "Application_FieldValidationException"),
            ),
            (
                "customer",
                answer(400, &[], &error("Application_DialogException", "A customerNumber must be provided.")),
                rejected(ReasonClass::Customer, "Application_DialogException"),
            ),
            (
                "item",
                answer(404, &[], &error("Internal_InvalidTableRelation", "a value (T-1) cannot be found in (Item).")),
                rejected(ReasonClass::UnknownSku, "Internal_InvalidTableRelation"),
            ),
            ("queued for too long", answer(503, &[], ""), Meaning::Unknown),
            ("HTML", answer(400, &[], "<html>"), rejected(ReasonClass::Other, "")),
            ("HTML with a 404", answer(404, &[], "<html>"), Meaning::Unknown),
        ],
    );
}

#[test]
fn the_first_rule_decides_and_what_is_not_certain_fits_nothing() {
    let rules = AnswerRules {
        classes: vec![
            class(AnswerClass::Tax, &[]),
            class(AnswerClass::Other, &[("/code", "9*")]),
            class(AnswerClass::Duplicate, &[("/code", "*")]),
        ],
        ..AnswerRules::default()
    };
    check(
        &rules,
        vec![
            ("the first", answer(422, &[], r#"{"code":91}"#), rejected(ReasonClass::Other, "91")),
            ("the second", answer(422, &[], r#"{"code":"81"}"#), duplicate(None)),
            ("twice", answer(422, &[], r#"{"code":"81","code":"91"}"#), rejected(ReasonClass::Other, "")),
            ("null", answer(422, &[], r#"{"code":null}"#), rejected(ReasonClass::Other, "")),
            ("cut short", answer(422, &[], r#"{"code":"8"#), rejected(ReasonClass::Other, "")),
            ("too busy, whatever it says", answer(429, &[], r#"{"code":"81"}"#), NOT_NOW),
        ],
    );
}
