//! Single values, members, subjects: one row for each difference that can be.

use rust_decimal::Decimal;

use super::*;

#[test]
fn scalars() {
    for (legacy, gated, expected) in [
        ("1", "1", None),
        ("1", "2", Some("value  1 2")),
        ("19.9", "19.90", Some("representation  19.9 19.90")),
        ("1e2", "100", Some("representation  1e2 100")),
        ("0", "-0.0", Some("representation  0 -0.0")),
        ("9007199254740993", "9007199254740992", Some("value  9007199254740993 9007199254740992")),
        ("1e400", "1e+400", Some("representation  1e400 1e+400")),
        ("1e400", "1e399", Some("value  1e400 1e399")),
        (r#""é""#, r#""\u00e9""#, None),
        (r#""😀""#, r#""\ud83d\ude00""#, None),
        (r#""00123""#, "123", Some(r#"type  "00123" 123"#)),
        (r#""123""#, "123", Some(r#"type  "123" 123"#)),
        (r#""19.9""#, r#""19.90""#, Some(r#"value  "19.9" "19.90""#)),
        (r#""NaN""#, "null", Some(r#"type  "NaN" null"#)),
        ("null", r#""""#, Some(r#"type  null """#)),
        ("null", "[]", Some("type  null []")),
        (r#""""#, "[]", Some(r#"type  "" []"#)),
        ("[]", "{}", Some("type  [] {}")),
        ("null", "false", Some("type  null false")),
        ("0", "false", Some("type  0 false")),
        ("true", "false", Some("value  true false")),
        (r#""a b""#, r#""A B ""#, Some(r#"value  "a b" "A B ""#)),
        (r#"[1,{"a":[]}]"#, "3", Some(r#"type  [1,{"a":[]}] 3"#)),
    ] {
        let expected: Vec<&str> = expected.into_iter().collect();
        check(legacy, gated, vec![], &expected);
    }
}

#[test]
fn absent_null_empty_text_and_empty_array_are_four_values() {
    let values = ["{}", r#"{"a":null}"#, r#"{"a":""}"#, r#"{"a":[]}"#, r#"{"a":{}}"#];
    for legacy in values {
        for gated in values {
            let findings = diff(&json(legacy), &json(gated), &rules(vec![]));
            assert_eq!(findings.list.is_empty(), legacy == gated, "{legacy} {gated}");
            assert_eq!(findings.unexplained().count(), usize::from(legacy != gated), "{legacy} {gated}");
        }
    }
    check("{}", r#"{"a":null}"#, vec![], &["extra /a - null"]);
    check(r#"{"a":{"b":[]}}"#, r#"{"a":{}}"#, vec![], &["missing /a/b [] -"]);
}

#[test]
fn members_in_any_order_and_names_escaped() {
    check(r#"{"a":1,"b":{"c":2,"d":3}}"#, r#"{"b":{"d":3,"c":2},"a":1}"#, vec![], &[]);
    let findings = check(r#"{"a/b":{"m~n":1}}"#, r#"{"a/b":{"m~n":2}}"#, vec![], &["value /a~1b/m~0n 1 2"]);
    assert_eq!(findings.list[0].legacy, Some(Pointer::parse("/a~1b/m~0n").unwrap()));
}

#[test]
fn a_duplicate_member_is_found_in_equal_documents_too() {
    let twice = r#"{"a":{"id":1,"id":2}}"#;
    check(twice, twice, vec![], &[r#"duplicate_member /a/id {"id":1,"id":2} {"id":1,"id":2}"#]);
    check(r#"{"a":{"id":1}}"#, twice, vec![], &[r#"duplicate_member /a/id {"id":1} {"id":1,"id":2}"#]);
    check(r#"{"a":{}}"#, twice, vec![], &[r#"duplicate_member /a/id - {"id":1,"id":2}"#]);
    let grave = check(
        r#"{"amount":1}"#,
        r#"{"amount":1,"amount":1}"#,
        vec![],
        &[r#"duplicate_member /amount {"amount":1} {"amount":1,"amount":1}"#],
    );
    assert_eq!((grave.list[0].severity, grave.list[0].money_unread), (Severity::Grave, true));
}

#[test]
fn amounts_are_read_from_texts_where_the_rules_say_that_they_are_amounts() {
    let findings = check(
        r#"{"total":"19.9","note":"19.9","price":"1"}"#,
        r#"{"total":19.90,"note":19.90,"price":"1.00"}"#,
        vec![],
        &[r#"representation /total "19.9" 19.90"#, r#"type /note "19.9" 19.90"#, r#"representation /price "1" "1.00""#],
    );
    assert_eq!(findings.unexplained().count(), 1);
    check(r#"{"sku":"123"}"#, r#"{"sku":123}"#, vec![], &[r#"type /sku "123" 123"#]);
    check(r#"{"quantity":"05"}"#, r#"{"quantity":5}"#, vec![], &[r#"type /quantity "05" 5"#]);
}

#[test]
fn severity_and_money_say_what_a_difference_is_worth() {
    let cents = |cents| Some(Decimal::new(cents, 2));
    for (legacy, gated, severity, money, unread) in [
        (r#"{"note":1}"#, r#"{"note":2}"#, Severity::Normal, None, false),
        (r#"{"total":10.00}"#, r#"{"total":"12.50"}"#, Severity::Grave, cents(250), false),
        (r#"{"total":10.00}"#, "{}", Severity::Grave, cents(-1000), false),
        ("{}", r#"{"lines":[{"amount":1.5,"sku":"A"},{"amount":2}]}"#, Severity::Grave, cents(350), false),
        (r#"{"lines":null}"#, r#"{"lines":[{"amount":1.5}]}"#, Severity::Grave, cents(150), false),
        (r#"{"total":"10,00"}"#, r#"{"total":10}"#, Severity::Grave, None, true),
        (r#"{"total":1e400}"#, r#"{"total":1}"#, Severity::Grave, None, true),
        (r#"{"lines":[{"quantity":1}]}"#, r#"{"lines":[{"quantity":2}]}"#, Severity::Grave, None, false),
        (r#"{"total":1.0}"#, r#"{"total":1}"#, Severity::Trivial, cents(0), false),
    ] {
        let findings = diff(&json(legacy), &json(gated), &rules(vec![]));
        let [finding] = findings.list.as_slice() else { panic!("{legacy} {gated}: {:?}", lines(&findings)) };
        assert_eq!(
            (finding.severity, finding.money, finding.money_unread),
            (severity, money, unread),
            "{legacy} {gated}"
        );
    }
}
