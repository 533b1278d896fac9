//! Which elements belong together: in order, by keys, as multisets.

use super::*;

fn multiset(at: &str) -> Rule {
    rule(at, Action::Multiset)
}

#[test]
fn in_order() {
    for (legacy, gated, expected) in [
        ("[]", "[1]", &["extra /0 - 1"][..]),
        ("[1,2,3]", "[1,3]", &["missing /1 2 -"]),
        ("[1,2,3]", "[0,1,2,3]", &["extra /0 - 0"]),
        ("[1,2,3]", "[1,5,3]", &["value /1 2 5"]),
        ("[1,2]", "[2,1]", &["moved /1 2 2"]),
        ("[1,2,3,4]", "[4,1,2,3]", &["moved /3 4 4"]),
        ("[1,1,2]", "[1,2,1]", &["moved /2 2 2"]),
        (
            r#"[{"a":1,"b":1},{"a":2,"b":2}]"#,
            r#"[{"a":2,"b":3}]"#,
            &[r#"missing /0 {"a":1,"b":1} -"#, "value /1/b 2 3"],
        ),
        (
            r#"[{"a":1,"b":1},{"a":2,"b":2}]"#,
            r#"[{"a":0,"b":0},{"a":1,"b":9},{"a":2,"b":2}]"#,
            &["value /0/b 1 9", r#"extra /0 - {"a":0,"b":0}"#],
        ),
        ("[[1,2],[3]]", "[[1,2],[3,4]]", &["extra /1/1 - 4"]),
        ("[1.0,2]", "[2,1]", &["moved /1 2 2", "representation /0 1.0 1"]),
    ] {
        let findings = diff(&json(legacy), &json(gated), &rules(vec![]));
        let mut found = lines(&findings);
        found.sort();
        let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        expected.sort();
        assert_eq!(found, expected, "{legacy} against {gated}");
    }
}

#[test]
fn elements_whose_ids_differ_are_aligned_by_what_else_they_say() {
    let legacy = r#"[{"id":1,"sku":"A","quantity":1},{"id":2,"sku":"B","quantity":1},{"id":3,"sku":"C","quantity":1}]"#;
    let gated = r#"[{"id":11,"sku":"A","quantity":1},{"id":12,"sku":"C","quantity":1}]"#;
    let findings = check(
        legacy,
        gated,
        vec![rule("$[*].id", Action::Ignore)],
        &[
            "value /0/id 1 11 masked by 0",
            r#"missing /1 {"id":2,"sku":"B","quantity":1} -"#,
            "value /2/id 3 12 masked by 0",
        ],
    );
    assert_eq!(findings.list[2].gated, Some(Pointer::parse("/1/id").unwrap()));
}

#[test]
fn by_keys_in_any_order() {
    let legacy = r#"{"lines":[{"sku":"A1","quantity":1},{"sku":"B2","quantity":2},{"sku":"C,3]","quantity":3}]}"#;
    let gated = r#"{"lines":[{"sku":"B2","quantity":2},{"quantity":5,"sku":"A1"},{"sku":"D4","quantity":1}]}"#;
    let findings = check(
        legacy,
        gated,
        vec![match_by("$.lines", &["sku"])],
        &[
            r#"moved /lines[sku=A1] - - masked by 0"#,
            "value /lines[sku=A1]/quantity 1 5",
            r#"missing /lines[sku=C\,3\]] {"sku":"C,3]","quantity":3} -"#,
            r#"extra /lines[sku=D4] - {"sku":"D4","quantity":1}"#,
        ],
    );
    let quantity = &findings.list[1];
    assert_eq!(quantity.legacy.as_ref().unwrap().to_string(), "/lines/0/quantity");
    assert_eq!(quantity.gated.as_ref().unwrap().to_string(), "/lines/1/quantity");
    assert_eq!(quantity.pattern, "/lines[sku]/quantity");
    assert_eq!((quantity.matched_by, quantity.matching), (Some(0), Some(Matching::Key)));
    assert_eq!((quantity.severity, quantity.masked_by), (Severity::Grave, None));
}

#[test]
fn several_keys_numbers_and_missing_keys() {
    check(
        r#"[{"sku":"A","at":1,"q":1},{"sku":"A","at":2,"q":2}]"#,
        r#"[{"sku":"A","at":"2","q":2},{"sku":"A","at":1,"q":3}]"#,
        vec![match_by("$", &["sku", "at"]), rule("$[*].at", Action::Ignore)],
        &[
            r#"moved [sku=A,at=1] - - masked by 0"#,
            "value [sku=A,at=1]/q 1 3",
            r#"type [sku=A,at=2]/at 2 "2" masked by 1"#,
        ],
    );
    // What has no key, or no single one, is compared among its like: equal first, then what has something in common.
    check(
        r#"[{"sku":null,"q":1,"n":1},{"q":2,"n":2},7,{"sku":"A","sku":"B"}]"#,
        r#"[{"q":2,"n":2},{"sku":null,"q":1,"n":9},8]"#,
        vec![match_by("$", &["sku"])],
        &[
            "value /0/n 1 9",
            r#"moved /1 - - masked by 0"#,
            "missing /2 7 -",
            r#"missing /3 {"sku":"A","sku":"B"} -"#,
            "extra /2 - 8",
        ],
    );
}

#[test]
fn equal_keys_are_matched_exact_first_and_then_at_least_cost() {
    let findings = check(
        r#"[{"sku":"A","q":1,"n":"x"},{"sku":"A","q":2,"n":"y"},{"sku":"A","q":3,"n":"z"}]"#,
        r#"[{"sku":"A","q":2,"n":"z"},{"sku":"A","q":2,"n":"y"},{"sku":"A","q":1,"n":"w"}]"#,
        vec![match_by("$", &["sku"]), rule("$[*]", Action::Multiset)],
        &[
            r#"value [sku=A]/n "x" "w""#,
            r#"moved [sku=A] - - masked by 0"#,
            r#"moved [sku=A] - - masked by 0"#,
            "value [sku=A]/q 3 2",
        ],
    );
    let matchings: Vec<Option<Matching>> = findings.list.iter().map(|finding| finding.matching).collect();
    use Matching::{Equal, LeastCost};
    assert_eq!(matchings, [Some(LeastCost), Some(Equal), Some(LeastCost), Some(LeastCost)]);
}

#[test]
fn a_line_split_in_three_is_seen_as_extra_lines_of_its_key() {
    check(
        r#"[{"sku":"A","quantity":3}]"#,
        r#"[{"sku":"A","quantity":1},{"sku":"A","quantity":1},{"sku":"A","quantity":1}]"#,
        vec![match_by("$", &["sku"])],
        &[
            "value [sku=A]/quantity 3 1",
            r#"extra [sku=A] - {"sku":"A","quantity":1}"#,
            r#"extra [sku=A] - {"sku":"A","quantity":1}"#,
        ],
    );
}

#[test]
fn as_multisets() {
    check(
        r#"["a","b","b"]"#,
        r#"["b","c","a"]"#,
        vec![multiset("$")],
        &[r#"moved /1 - - masked by 0"#, r#"missing /2 "b" -"#, r#"extra /1 - "c""#],
    );
    check(
        r#"[{"a":1,"b":2},{"a":3,"b":4}]"#,
        r#"[{"a":3,"b":5},{"a":1,"b":2}]"#,
        vec![multiset("$")],
        &[r#"moved /1 - - masked by 0"#, "value /1/b 4 5"],
    );
}

#[test]
fn keys_that_a_rule_makes_alike_belong_together() {
    check(
        r#"[{"item_code":" ab-1","q":1},{"item_code":"CD-2","q":2}]"#,
        r#"[{"sku":"CD-2","q":2},{"sku":"AB-1","q":1}]"#,
        vec![
            match_by("$", &["sku"]),
            rule("$[*].item_code", Action::Rename { lane: Lane::Legacy, name: "sku".into() }),
            rule("$[*].sku", Action::Trim),
            rule("$[*].sku", Action::Case),
        ],
        &[
            r#"moved [sku=ab-1] - - masked by 0"#,
            r#"moved [sku=ab-1]/sku - - masked by 1"#,
            r#"value [sku=ab-1]/sku " ab-1" "AB-1" masked by 3"#,
            r#"moved [sku=cd-2]/sku - - masked by 1"#,
        ],
    );
}

/// Keys are read in a shorter way where no rule alters any. A rule that alters others must make no difference.
#[test]
fn keys_are_the_same_in_the_short_way_and_in_the_long_one() {
    for (legacy, gated) in [
        (r#"[{"a":1,"b":"x"},{"a":2,"b":"y,z"}]"#, r#"[{"a":2,"b":"y,z","c":0},{"a":"1","b":"x"}]"#),
        (r#"[{"a":1,"b":2},{"a":1,"b":2,"c":3}]"#, r#"[{"a":1,"b":2,"c":4},{"b":2}]"#),
        (r#"[{"a":1,"a":1,"b":2},7,null,{"a":[],"b":1}]"#, r#"[7,{"a":1,"a":1,"b":3},{"a":{},"b":1}]"#),
        (r#"[{"a":"x]","b":true},{"a":null,"b":1}]"#, r#"[{"a":"x]","b":false},{"a":"","b":1}]"#),
    ] {
        let found = |more: Vec<Rule>| {
            let list = [vec![match_by("$", &["a", "b"])], more].concat();
            lines(&diff(&json(legacy), &json(gated), &rules(list)))
        };
        let short = found(Vec::new());
        assert!(!short.is_empty());
        assert_eq!(short, found(vec![rule("$.nowhere", Action::Case)]), "{legacy} against {gated}");
    }
}

#[test]
fn keys_that_are_written_alike_belong_together_whatever_a_table_says() {
    let table = std::collections::BTreeMap::from([("OLD".to_owned(), "NEW".to_owned())]);
    let values = || rule("$[*].sku", Action::Values { lane: Lane::Legacy, table: table.clone() });
    let list = || vec![match_by("$", &["sku"]), values()];
    check(r#"[{"sku":"OLD","n":1}]"#, r#"[{"sku":"OLD","n":1}]"#, list(), &[]);
    check(
        r#"[{"sku":"OLD","n":1}]"#,
        r#"[{"sku":"NEW","n":1}]"#,
        list(),
        &[r#"value [sku=NEW]/sku "OLD" "NEW" masked by 1"#],
    );
}

/// Elements whose keys stand in the same order are paired without being sorted; however many there are, and whether a key is
/// there twice, the pairs are those that sorting finds.
#[test]
fn keys_in_step_pair_as_they_stand_and_keys_that_are_there_twice_do_not() {
    let rules = rules(vec![match_by("$", &["sku"])]);
    let list = |skus: &[String], n: fn(usize) -> usize| {
        let item = |(at, sku): (usize, &String)| format!(r#"{{"sku":"{sku}","n":{}}}"#, n(at));
        format!("[{}]", skus.iter().enumerate().map(item).collect::<Vec<_>>().join(","))
    };
    for count in [1, 15, 16, 17, 40] {
        let skus: Vec<String> = (0..count).map(|at| format!("A{at}")).collect();
        let (legacy, gated) = (list(&skus, |at| at), list(&skus, |at| at + 100));
        let findings = diff(&json(&legacy), &json(&gated), &rules).list;
        assert_eq!(findings.len(), count);
        for (at, finding) in findings.iter().enumerate() {
            let place = Some(Pointer::of([at.to_string().as_str(), "n"]));
            assert_eq!((&finding.legacy, &finding.gated), (&place, &place));
            assert_eq!((finding.class, finding.matching), (Class::Value, Some(Matching::Key)));
        }
        // The same twice, in another order: equal ones belong together.
        let twice: Vec<String> = skus.iter().map(|_| "A".to_owned()).collect();
        let (legacy, gated) = (list(&twice, |at| at), list(&twice, |at| at ^ 1));
        let values = diff(&json(&legacy), &json(&gated), &rules).list.into_iter();
        let values = values.filter(|finding| finding.class == Class::Value).count();
        assert_eq!(values, count % 2, "{count}");
    }
}
