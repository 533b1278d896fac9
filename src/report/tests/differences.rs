//! What the comparison found for one order, in its story.

use super::evidence::part;
use super::order::{policy, timeline, verdict};
use super::*;
use crate::diff::{Action, Findings, Path, Rule, RuleScope, Rules, diff, of_places, unreadable};
use crate::judge::{ComparePolicy, Compared, NotCompared, OrderCompared, Policy, Verdict};
use crate::order::{Json, OrderPlaces};

fn places() -> OrderPlaces {
    let places = r#"{"lines":"/lines","sku":"/sku","quantity":"/quantity","price":"/price","total":"/total","currency":"/currency"}"#;
    serde_json::from_str(places).unwrap()
}

fn rule(path: &str, action: Action, between: RuleScope) -> Rule {
    let (path, reason) = (Path::parse(path).unwrap(), Some("as agreed".to_owned()));
    Rule { path, action, reason, dangerous: true, expires: None, between, built_in: false }
}

/// What differs between two texts under the rules of one scope.
pub(super) fn found(policy: &Policy, scope: RuleScope, left: &str, right: &str) -> Findings {
    let (Ok(left), Ok(right)) = (Json::parse(left.as_bytes()), Json::parse(right.as_bytes())) else { unreachable!() };
    diff(&left, &right, &rules(policy, scope))
}

fn rules(policy: &Policy, scope: RuleScope) -> Rules {
    let own = policy.compare.iter().flat_map(|compare| &compare.rules).filter(|rule| rule.between == scope);
    let currency = PerLane { legacy: places(), gated: places() };
    Rules::new(own.cloned().collect(), of_places(&places()), Some(currency), None).unwrap()
}

/// Rules of both scopes in turn, so that numbers in the policy and in a scope are not the same.
fn ruled() -> Policy {
    let pairs = |between| rule("$.lines", Action::MatchBy(vec!["sku".into()]), between);
    let rules = vec![
        pairs(RuleScope::Order),
        pairs(RuleScope::Lanes),
        rule("$.note", Action::Ignore, RuleScope::Order),
        rule("$.id", Action::Ignore, RuleScope::Lanes),
    ];
    let mut policy = policy();
    policy.compare = Some(ComparePolicy { rules, ..ComparePolicy::default() });
    policy.lanes.gated.document = Some(places());
    policy
}

fn page(compared: Option<OrderCompared>, policy: &Policy, width: usize) -> String {
    let verdict = Verdict { compared, ..verdict() };
    let page = order(&timeline(), &verdict, policy, width, Style::Plain);
    part(&page, "Differences", "Documents").to_owned()
}

fn differing(policy: &Policy) -> OrderCompared {
    let legacy = r#"{"id":"L-9","currency":"EUR","lines":[{"sku":"A1","quantity":3,"price":"2.00"},{"sku":"B2","quantity":1,"price":"4.00"}],"note":"ring  twice","total":"10.00"}"#;
    let gated = r#"{"id":"SO-7","currency":"EUR","lines":[{"sku":"A1","quantity":2,"price":"2.00"}],"note":"ring twice","total":"4.0"}"#;
    let ordered =
        r#"{"id":"SO-7","currency":"EUR","lines":[{"sku":"A1","quantity":2,"price":"2.00"}],"note":"","total":4}"#;
    let mut lanes = found(policy, RuleScope::Lanes, legacy, gated);
    lanes.list.last_mut().unwrap().by_order = true;
    let order = PerLane {
        legacy: Compared::Not(NotCompared::NoPayload),
        gated: Compared::Found(found(policy, RuleScope::Order, ordered, gated)),
    };
    OrderCompared { lanes: Compared::Found(lanes), order }
}

#[test]
fn the_differences_of_an_order_are_listed_with_the_rules_that_explain_them() {
    let policy = ruled();
    insta::assert_snapshot!(page(Some(differing(&policy)), &policy, 80), @r#"
    Differences
      legacy with gated: 3 unexplained, 2 explained
        /lines[sku=A1]/quantity: value differs between legacy and gated; grave,
        quantity; money EUR -2.00; for operations
          legacy  3 at /lines/0/quantity
          gated   2 at /lines/0/quantity
        /lines[sku=B2]: missing on gated, legacy has it; grave, quantity; money EUR
        -4.00; for operations
          legacy  {"sku":"B2","quantity":1,"price":"4.00"} at /lines/1
          gated   nothing
        /note: value differs between legacy and gated; normal; for operations
          legacy  "ring \u0020twice" at /note
          gated   "ring twice" at /note
        /id: value differs between legacy and gated; normal; explained by rule 4
          legacy  "L-9" at /id
          gated   "SO-7" at /id
        /total: value differs between legacy and gated; grave, money; money EUR
          -6.00; gated says what was ordered, legacy doesn't
          legacy  "10.00" at /total
          gated   "4.0" at /total
      order with gated: none unexplained, 2 explained
        /note: value differs between the order and gated; normal; explained by
          rule 3
          order   "" at /note
          gated   "ring twice" at /note
        /total: written differently, the same value, between the order and gated;
          trivial
          order   4 at /total
          gated   "4.0" at /total
      order with legacy: not compared, as what was ordered is not on record or was
        purged: look at these orders by hand, and judge before a purge
    "#);
}

#[test]
fn what_was_not_compared_says_why() {
    let mut policy = ruled();
    let none = || PerLane { legacy: Compared::NotDue, gated: Compared::NotDue };
    let broken = || Json::parse(b"{\"id\":").map(|_| ()).unwrap_err();
    let not_due = OrderCompared { lanes: Compared::NotDue, order: none() };
    insta::assert_snapshot!(page(Some(not_due), &policy, 80), @"
    Differences
      legacy with gated: not compared: the order has no document on both lanes
      order with gated: not compared: the order has no document on gated, or
        [order] names nothing that its document has too
      order with legacy: not compared with what was ordered:
        [lane.legacy.document] is not written
    ");
    let unread = Compared::Found(unreadable(Lane::Gated, &broken(), &rules(&policy, RuleScope::Lanes)));
    let equal = Compared::Found(found(&policy, RuleScope::Order, "{}", "{}"));
    let odd = OrderCompared { lanes: unread, order: PerLane { gated: equal, ..none() } };
    insta::assert_snapshot!(page(Some(odd), &policy, 60), @"
    Differences
      legacy with gated: 1 unexplained, 0 explained
        the whole document: one is no JSON, between legacy and
        gated; grave; its money can't be read; for operations
          gated   no JSON at byte 6: the text ends where a value
                  is expected
      order with gated: none
      order with legacy: not compared with what was ordered:
        [lane.legacy.document] is not written
    ");
    insta::assert_snapshot!(page(None, &policy, 60), @"
    Differences
      not compared: the order is not judged
    ");
    policy.compare = None;
    insta::assert_snapshot!(page(None, &policy, 60), @"
    Differences
      not compared: the run was begun by a version that compared
      no documents
    ");
}

#[test]
fn an_order_that_differs_everywhere_is_bounded_and_stays_text() {
    let policy = ruled();
    let evil = "<img src=x>|`\u{1b}[2J\u{202e}\n# GO";
    let members = |value: &str| {
        let member = |n: usize| (format!("{n}{evil}"), serde_json::Value::from(format!("{value}{evil}")));
        serde_json::Value::Object((0..200).map(member).collect()).to_string()
    };
    let all = found(&policy, RuleScope::Lanes, &members("a"), &members("b"));
    let none = PerLane { legacy: Compared::NotDue, gated: Compared::NotDue };
    let compared = OrderCompared { lanes: Compared::Found(all), order: none };
    for width in [60, 80, 132] {
        let page = page(Some(compared.clone()), &policy, width);
        assert!(page.contains("and 150 more"), "{page}");
        assert!(
            page.lines().all(|line| line.chars().count() <= width && !line.trim_start().starts_with('#')),
            "{page}"
        );
        assert!(!page.chars().any(|letter| letter != '\n' && inert::acts(letter)), "{page}");
    }
}

#[test]
fn a_pair_that_could_have_been_another_says_so() {
    let policy = ruled();
    let lines = |other: &str| {
        format!(r#"{{"lines":[{{"sku":"A1","quantity":1,"price":"2.00"}},{{"sku":"A1","quantity":{other}}}]}}"#)
    };
    let (left, right) =
        (lines(r#"2,"price":"5.00""#), lines(r#"9,"price":"5.00""#).replace("\"quantity\":1", "\"quantity\":7"));
    let lanes = Compared::Found(found(&policy, RuleScope::Lanes, &left, &right));
    let order = PerLane { legacy: Compared::NotDue, gated: Compared::NotDue };
    let page = page(Some(OrderCompared { lanes, order }), &policy, 120);
    assert!(page.contains("paired with what it differs from least, among several"), "{page}");
}
