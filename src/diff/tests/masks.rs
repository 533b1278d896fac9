//! What each rule masks, and what it can't.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::*;
use crate::order::OrderPlaces;

fn tolerance(at: &str, minor_units: i64, order_max: Option<i64>) -> Rule {
    let amount = |units| Decimal::new(units, 0);
    rule(at, Action::Tolerance { minor_units: amount(minor_units), order_max: order_max.map(amount) })
}

#[test]
fn ignored_places_are_counted_with_their_subtrees() {
    let findings = check(
        r#"{"meta":{"a":1,"b":[1,2]},"n":1}"#,
        r#"{"meta":{"a":2,"b":[1]},"n":1}"#,
        vec![rule("$.meta", Action::Ignore), rule("$.nothing", Action::Ignore)],
        &["value /meta/a 1 2 masked by 0", "missing /meta/b/1 2 - masked by 0"],
    );
    assert_eq!((findings.uses[0].selected, findings.uses[0].masked), (1, 2));
    assert_eq!(findings.uses[1], Use::default());
    assert_eq!(findings.unexplained().count(), 0);
}

#[test]
fn identity_money_and_quantity_are_ignored_only_where_that_is_said_to_be_dangerous() {
    let (legacy, gated) = (r#"{"note":1,"total":10}"#, r#"{"note":2,"total":7.5}"#);
    check(legacy, gated, vec![rule("$..*", Action::Ignore)], &["value /note 1 2 masked by 0", "value /total 10 7.5"]);
    let findings = check(
        legacy,
        gated,
        vec![rule("$..*", Action::Ignore), dangerous("$.total")],
        &["value /note 1 2 masked by 0", "value /total 10 7.5 masked by 1"],
    );
    let hidden = findings.uses[1];
    assert_eq!((hidden.money, hidden.money_absolute), (Decimal::new(-25, 1), Decimal::new(25, 1)));
    assert_eq!((hidden.above, hidden.below, hidden.masked), (0, 1, 1));
    // A whole line is money and quantity too.
    check(
        "{}",
        r#"{"lines":[{"sku":"A"}]}"#,
        vec![rule("$.lines", Action::Ignore)],
        &[r#"extra /lines - [{"sku":"A"}]"#],
    );
    let findings = check(
        r#"{"total":"ten"}"#,
        r#"{"total":1}"#,
        vec![dangerous("$.total")],
        &[r#"type /total "ten" 1 masked by 0"#],
    );
    assert_eq!(findings.uses[0].money_unread, 1);
}

#[test]
fn tolerances_are_in_minor_units_and_capped_for_the_order() {
    check(
        r#"{"total":10.00}"#,
        r#"{"total":"9.99"}"#,
        vec![tolerance("$.total", 1, None)],
        &[r#"value /total 10.00 "9.99" masked by 0"#],
    );
    check(
        r#"{"total":10.00}"#,
        r#"{"total":9.989}"#,
        vec![tolerance("$.total", 1, None)],
        &["value /total 10.00 9.989"],
    );
    check(r#"{"total":10.00}"#, r#"{"total":null}"#, vec![tolerance("$.total", 1, None)], &["type /total 10.00 null"]);
    let (legacy, gated) = (r#"{"a":[1,2,3]}"#, r#"{"a":[1.01,1.99,3.01]}"#);
    let findings = check(
        legacy,
        gated,
        vec![tolerance("$.a[*]", 1, Some(3))],
        &["value /a/0 1 1.01 masked by 0", "value /a/1 2 1.99 masked by 0", "value /a/2 3 3.01 masked by 0"],
    );
    let used = findings.uses[0];
    assert_eq!(
        (used.money, used.money_absolute, used.above, used.below),
        (Decimal::new(1, 2), Decimal::new(3, 2), 2, 1)
    );
    let findings = check(
        legacy,
        gated,
        vec![tolerance("$.a[*]", 1, Some(2))],
        &["value /a/0 1 1.01", "value /a/1 2 1.99", "value /a/2 3 3.01"],
    );
    assert_eq!((findings.uses[0].masked, findings.uses[0].over_cap), (0, 1));
}

#[test]
fn minor_units_are_those_of_the_documents_currency() {
    let places = || OrderPlaces { currency: Pointer::parse("/currency").ok(), ..OrderPlaces::none() };
    let currency = Some(PerLane { legacy: places(), gated: places() });
    for (legacy, gated, masked) in [
        (r#"{"total":10,"currency":"EUR"}"#, r#"{"total":10.01,"currency":"EUR"}"#, true),
        (r#"{"total":10,"currency":"EUR"}"#, r#"{"total":11,"currency":"EUR"}"#, false),
        (r#"{"total":10,"currency":"JPY"}"#, r#"{"total":11,"currency":"JPY"}"#, true),
        (r#"{"total":10,"currency":"KWD"}"#, r#"{"total":10.01,"currency":"KWD"}"#, false),
        (r#"{"total":10,"currency":"KWD"}"#, r#"{"total":10.001,"currency":"KWD"}"#, true),
        (r#"{"total":10,"currency":"EUR"}"#, r#"{"total":10.01,"currency":"USD"}"#, false),
        (r#"{"total":10}"#, r#"{"total":10.01}"#, false),
        (r#"{"total":10,"currency":"euro"}"#, r#"{"total":10.01,"currency":"euro"}"#, false),
    ] {
        let rules = Rules::new(vec![tolerance("$.total", 1, None)], vec![], currency.clone(), None).unwrap();
        let findings = diff(&json(legacy), &json(gated), &rules);
        let total = findings.list.iter().find(|finding| finding.path == "/total").unwrap();
        assert_eq!(total.masked_by.is_some(), masked, "{legacy} {gated}");
    }
}

#[test]
fn instants_tables_case_and_space() {
    let table = |lane| {
        let table = BTreeMap::from([("STD".to_owned(), "standard".to_owned()), ("Y".to_owned(), "true".to_owned())]);
        Action::Values { lane, table }
    };
    for (action, legacy, gated, masked) in [
        (Action::SameInstant, r#""2024-07-03T12:00:00+02:00""#, r#""2024-07-03T10:00:00.000Z""#, true),
        (Action::SameInstant, r#""2024-07-03T12:00:00+02:00""#, r#""Wed, 03 Jul 2024 10:00:00 +0000""#, true),
        (Action::SameInstant, r#""/Date(1720000800000)/""#, "1720000800", true),
        (Action::SameInstant, r#""/Date(1720000800000+0120)/""#, "1720000800000", true),
        (Action::SameInstant, r#""2024-07-03T12:00:00""#, r#""2024-07-03T10:00:00Z""#, false),
        (Action::SameInstant, r#""2024-07-03T10:00:01Z""#, r#""2024-07-03T10:00:00Z""#, false),
        (Action::SameInstant, r#""/Date(é)/""#, r#""/Date()/""#, false),
        (table(Lane::Legacy), r#""STD""#, r#""standard""#, true),
        (table(Lane::Gated), r#""STD""#, r#""standard""#, false),
        (table(Lane::Gated), r#""standard""#, r#""STD""#, true),
        (table(Lane::Legacy), r#""Y""#, "true", true),
        (table(Lane::Legacy), r#""X""#, r#""standard""#, false),
        (Action::Case, r#""Straße ÄB""#, r#""STRAßE äb""#, true),
        (Action::Case, r#""ab""#, r#""abc""#, false),
        (Action::Trim, r#"" ab""#, r#""ab\n""#, true),
        (Action::Trim, r#""a b""#, r#""ab""#, false),
        (Action::Trim, r#"" 5""#, "5", false),
        (Action::Case, "null", r#""NULL""#, false),
    ] {
        let (left, right) = (format!("{{\"x\":{legacy}}}"), format!("{{\"x\":{gated}}}"));
        let rules = rules(vec![rule("$.x", action.clone())]);
        let findings = diff(&json(&left), &json(&right), &rules);
        assert_eq!(findings.list.len(), 1, "{legacy} {gated}");
        assert_eq!(findings.list[0].masked_by, masked.then_some(0), "{action:?} {legacy} {gated}");
    }
}

#[test]
fn a_name_renamed_on_both_lanes_counts_for_both_rules() {
    let on = |lane| rule("$.qty", Action::Rename { lane, name: "quantity".into() });
    let rules = vec![on(Lane::Legacy), on(Lane::Gated)];
    let findings = check(r#"{"qty":1}"#, r#"{"qty":1}"#, rules, &[]);
    assert_eq!([findings.uses[0].selected, findings.uses[1].selected], [1, 1]);
}

#[test]
fn renamed_members_are_compared_and_the_rename_is_counted() {
    let qty = || rule("$.lines[*].qty", Action::Rename { lane: Lane::Legacy, name: "quantity".into() });
    let findings = check(
        r#"{"lines":[{"qty":1}]}"#,
        r#"{"lines":[{"quantity":2}]}"#,
        vec![qty()],
        &["moved /lines/0/quantity - - masked by 0", "value /lines/0/quantity 1 2"],
    );
    assert_eq!(findings.list[1].legacy.as_ref().unwrap().to_string(), "/lines/0/qty");
    assert_eq!(findings.list[1].severity, Severity::Grave);
    assert_eq!((findings.uses[0].selected, findings.uses[0].masked), (1, 1));
    // Both names on one lane: which is meant can't be known.
    check(
        r#"{"lines":[{"qty":1,"quantity":1}]}"#,
        r#"{"lines":[{"quantity":1}]}"#,
        vec![qty()],
        &[r#"duplicate_member /lines/0/quantity {"qty":1,"quantity":1} {"quantity":1}"#],
    );
    // The name is another lane's.
    check(
        r#"{"lines":[{"quantity":1}]}"#,
        r#"{"lines":[{"qty":1}]}"#,
        vec![qty()],
        &["extra /lines/0/qty - 1", "missing /lines/0/quantity 1 -"],
    );
}

#[test]
fn a_rule_by_index_applies_where_both_lanes_are_selected() {
    let lines = |list: Vec<Rule>, expected: &[&str]| {
        check(r#"[{"sku":"A","n":1},{"sku":"B","n":1}]"#, r#"[{"sku":"B","n":2},{"sku":"A","n":2}]"#, list, expected)
    };
    lines(
        vec![match_by("$", &["sku"]), rule("$[0].n", Action::Ignore)],
        &[r#"moved [sku=A] - - masked by 0"#, "value [sku=A]/n 1 2", "value [sku=B]/n 1 2"],
    );
}

#[test]
fn rules_that_have_ended_are_listed_and_don_t_apply() {
    let end: jiff::Timestamp = "2024-07-03T10:00:00Z".parse().unwrap();
    let ending = || Rule { expires: Some(end), ..rule("$.n", Action::Ignore) };
    for (as_of, expired) in [(None, false), (Some("2024-07-03T09:59:59Z"), false), (Some("2024-07-03T10:00:00Z"), true)]
    {
        let as_of = as_of.map(|text| text.parse().unwrap());
        let rules = Rules::new(vec![ending()], vec![], None, as_of).unwrap();
        assert_eq!(rules.is_expired(0), expired);
        let findings = diff(&json(r#"{"n":1}"#), &json(r#"{"n":2}"#), &rules);
        assert_eq!(findings.list[0].masked_by.is_none(), expired);
    }
}

#[test]
fn all_faults_of_the_rules_are_told_at_once() {
    let silent = |action| Rule { reason: None, ..rule("$.n", action) };
    let blank = Rule { reason: Some(" ".into()), ..rule("$.n", Action::Ignore) };
    let list = vec![
        silent(Action::Ignore),
        blank,
        silent(Action::Multiset),
        match_by("$", &[]),
        tolerance("$.n", -1, None),
        tolerance("$.n", 1, Some(-1)),
        rule("$.n", Action::Values { lane: Lane::Legacy, table: BTreeMap::new() }),
        silent(Action::SameInstant),
        silent(Action::Rename { lane: Lane::Legacy, name: "m".into() }),
        rule("$.*", Action::Rename { lane: Lane::Legacy, name: "m".into() }),
    ];
    let faults = Rules::new(list, vec![], None, None).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.rule).collect::<Vec<_>>(), [0, 1, 3, 4, 5, 6, 7, 9]);
    assert_eq!(faults[0].to_string(), "rule 1 ($.n): it can hide a difference: give a `reason`");
}
