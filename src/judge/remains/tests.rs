//! What is left means what the whole meant, and names nobody.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::judge::LanePolicy;
use crate::outcome::{AnswerClass, Ending, Flow, LedgerKind, PerLane, Role, ScopeRule};

/// Who must not be found in anything that is left.
const ADA: &str = "Ada Quint";

fn pointer(text: &str) -> Pointer {
    Pointer::parse(text).unwrap()
}

fn policy(change: impl FnOnce(&mut LanePolicy)) -> Policy {
    let mut lanes = PerLane {
        legacy: LanePolicy::new(Role::Live, Flow::FireAndForget, LedgerKind::Production),
        gated: LanePolicy::new(Role::Shadow, Flow::ErpGated, LedgerKind::Sandbox),
    };
    change(&mut lanes.gated);
    Policy::new(lanes)
}

fn reduction(policy: Policy) -> Reduction {
    Reduction::new([(1, policy)].into_iter().collect())
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        attempt: 1,
        lane: Lane::Gated,
        ending: Ending::Answered,
        at: Timestamp::UNIX_EPOCH,
        took: Duration::ZERO,
        status: Some(status),
        headers: Vec::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        body_bytes: body.len() as u64,
        error: None,
    }
}

fn text(remains: &Remains) -> &str {
    match remains {
        Remains::Nothing => "",
        Remains::Part(bytes) => std::str::from_utf8(bytes).unwrap(),
        Remains::Whole => "(whole)",
    }
}

#[test]
fn of_an_answer_number_and_code_are_left() {
    let policy = policy(|lane| {
        lane.answer.reference = vec![pointer("/order/0/number"), pointer("/id")];
        lane.answer.reason = vec![pointer("/error/code"), pointer("/message")];
        lane.answer.classes = vec![ClassRule {
            when: vec![(pointer("/error/text"), "*already exists*".into())],
            class: AnswerClass::Duplicate,
        }];
    });
    let rules = policy.lanes.gated.answer.clone();
    let reduction = reduction(policy);
    for (status, body, left) in [
        (201, r#"{"id":77,"name":"Ada Quint"}"#, r#"{"paritee:purged":true,"id":"77"}"#),
        (
            201,
            r#"{"order":[{"number":"S-1"}],"n":"Ada Quint"}"#,
            r#"{"paritee:purged":true,"order":{"0":{"number":"S-1"}}}"#,
        ),
        (201, r#"{"name":"Ada Quint"}"#, ""),
        (201, "Ada Quint", ""),
        (202, r#"{"name":"Ada Quint"}"#, ""),
        (500, r#"{"error":{"code":"E1"},"name":"Ada Quint"}"#, ""),
        (422, r#"{"error":{"code":"TAX_1"},"to":"Ada Quint"}"#, r#"{"paritee:purged":true,"error":{"code":"TAX_1"}}"#),
        (422, r#"{"message":"no sku for Ada Quint"}"#, r#"{"paritee:purged":true,"message":"sku"}"#),
        (422, r#"{"message":"Ada Quint is in arrears"}"#, ""),
        (409, r#"{"message":"duplicate of Ada Quint"}"#, r#"{"paritee:purged":true,"message":"duplicate"}"#),
        (400, r#"{"message":"throttled, Ada Quint"}"#, r#"{"paritee:purged":true,"message":"throttled"}"#),
        (
            400,
            r#"{"id":9,"error":{"text":"Order of Ada Quint already exists."}}"#,
            r#"{"paritee:purged":true,"error":{"text":"already exists"},"id":"9"}"#,
        ),
    ] {
        let whole = answer(status, body);
        let remains = reduction.of_answer(1, &whole);
        assert_eq!(text(&remains), left, "{status} {body}");
        let reduced = answer(status, text(&remains));
        let (flow, reduced) = (Flow::ErpGated, reduced);
        assert!(is_alike(&rules.meaning(flow, &reduced), &rules.meaning(flow, &whole)), "{status} {body}");
        // A second purge finds nothing more to take.
        let again = reduction.of_answer(1, &reduced);
        assert!(again == remains || left.is_empty(), "{again:?} of {left}");
    }
    assert_eq!(reduction.of_answer(2, &answer(201, ADA)), Remains::Whole, "of a run that nobody knows");
}

#[test]
fn a_meaning_that_can_not_be_said_shorter_is_kept() {
    // The first rule fits the whole and what is left of it, the second only what is left.
    let rule = |when: &[(&str, &str)], class| ClassRule {
        when: when.iter().map(|(place, text)| (pointer(place), (*text).to_owned())).collect(),
        class,
    };
    let policy = policy(|lane| {
        lane.answer.classes =
            vec![rule(&[("/a", "arrears")], AnswerClass::Tax), rule(&[("/a", "*arrears*")], AnswerClass::Customer)];
    });
    let remains = reduction(policy).of_answer(1, &answer(400, r#"{"a":"Ada Quint is in arrears"}"#));
    assert_eq!(remains, Remains::Whole);
}

#[test]
fn of_a_document_the_values_of_the_scope_are_left() {
    let rule = |place: &str, reason: &str| ScopeRule {
        pointer: pointer(place),
        equals: vec!["web".into(), "7".into()],
        reason: reason.into(),
    };
    let scope = Scope { since: None, only: vec![rule("/channel", "channel"), rule("/shop/id", "shop")] };
    let reduction = reduction(policy(|lane| lane.scope = scope.clone()));
    for (document, left) in [
        (
            r#"{"channel":"web","shop":{"id":7},"n":"Ada Quint"}"#,
            r#"{"paritee:purged":true,"channel":"web","shop":{"id":"7"}}"#,
        ),
        (r#"{"channel":"web","shop":{"id":8},"n":"Ada Quint"}"#, r#"{"paritee:purged":true,"channel":"web"}"#),
        (r#"{"channel":"Ada Quint"}"#, r#"{"paritee:purged":true} "#),
        ("<Ada Quint>", ""),
    ] {
        let remains = reduction.of_document(Lane::Gated, document.as_bytes());
        assert_eq!(text(&remains), left, "{document}");
        let aside = |bytes: &str| scope.sets_aside(Some(bytes.as_bytes()), None).map(str::to_owned);
        assert_eq!(aside(left), aside(document), "{document}");
        assert_eq!(reduction.of_document(Lane::Legacy, document.as_bytes()), Remains::Nothing, "no scope there");
    }
}

#[test]
fn where_orders_are_split_their_units_are_left() {
    let places = OrderPlaces { lines: Some(pointer("/lines")), ..OrderPlaces::default() };
    let mut policy = policy(|lane| {
        lane.documents = DocumentsRule::Split;
        lane.document = Some(places.clone());
    });
    policy.orders.insert("/orders".into(), places);
    let reduction = reduction(policy);
    let body = r#"{"name":"Ada Quint","lines":[{"sku":"TEA-1","quantity":2,"note":"for Ada Quint"},{"sku":"TEA-2","quantity":"1.50"}]}"#;
    let left = r#"{"paritee:purged":true,"lines":[{"quantity":"2","sku":"TEA-1"},{"quantity":"1.50","sku":"TEA-2"}]}"#;
    assert_eq!(text(&reduction.of_document(Lane::Gated, body.as_bytes())), left);
    assert_eq!(text(&reduction.of_payload(1, "/orders", body.as_bytes())), left);
    assert_eq!(reduction.of_payload(1, "/other", body.as_bytes()), Remains::Nothing);
    assert_eq!(reduction.of_payload(1, "/orders", br#"{"lines":[{"sku":"TEA-1"}]}"#), Remains::Nothing);
    assert!(is_remains(left.as_bytes()) && !is_remains(body.as_bytes()));
}
