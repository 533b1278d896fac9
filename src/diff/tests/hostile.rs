//! Documents that are made to take long: each ends, and says where it was given up.

use std::borrow::Cow;

use super::*;
use crate::order::DEPTH_MAX;

fn is_complete(legacy: &str, gated: &str, list: Vec<Rule>) -> (bool, usize) {
    let findings = diff(&json(legacy), &json(gated), &rules(list));
    (findings.is_complete(), findings.list.len())
}

fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

#[test]
fn five_megabytes_of_differences_end_as_too_complex() {
    let zeros = array((0..2_500_000).map(|_| "0".into()));
    let ones = array((0..2_500_000).map(|_| "1".into()));
    let findings = diff(&json(&zeros), &json(&ones), &rules(vec![rule("$..*", Action::Ignore), dangerous("$")]));
    assert_eq!(findings.list.len(), 10_001);
    let last = findings.list.last().unwrap();
    assert_eq!((last.class, last.masked_by, last.severity), (Class::TooComplex, None, Severity::Grave));
    assert_eq!(last.legacy_text.as_deref(), Some("too many differences to be listed"));
}

#[test]
fn more_values_than_are_compared_end_as_too_complex() {
    let zeros = array((0..=limits::VALUES_MAX).map(|_| "0".into()));
    assert_eq!(is_complete(&zeros, &zeros, vec![]), (false, 1));
}

#[test]
fn a_hundred_thousand_lines_are_matched_by_their_keys() {
    let line = |at: u32, quantity: u32| format!(r#"{{"sku":"S{at}","quantity":{quantity}}}"#);
    let legacy = array((0..100_000).map(|at| line(at, 1)));
    let gated = array((0..100_000).map(|at| line(at, 1 + u32::from(at == 77_777))));
    for list in [vec![], vec![match_by("$", &["sku"])], vec![rule("$", Action::Multiset)]] {
        assert_eq!(is_complete(&legacy, &gated, list), (true, 1));
    }
    let shifted = array((1..100_000).map(|at| line(at, 1)));
    assert_eq!(is_complete(&legacy, &shifted, vec![match_by("$", &["sku"])]), (true, 1));
}

#[test]
fn many_equal_keys_are_bounded_and_the_findings_say_so() {
    let line = |at: u32, salt: u32| format!(r#"{{"sku":"A","a":{at},"b":{},"c":{}}}"#, at * 7 % 50 + salt, at * 3 % 40);
    for (count, matching) in [(8, Matching::LeastCost), (60, Matching::Bounded), (3_000, Matching::Bounded)] {
        let legacy = array((0..count).map(|at| line(at, 0)));
        let gated = array((0..count).rev().map(|at| line(at, 1)));
        let findings = diff(&json(&legacy), &json(&gated), &rules(vec![match_by("$", &["sku"])]));
        assert!(findings.unexplained().all(|finding| finding.matching == Some(matching)), "{count}");
        assert!(findings.unexplained().count() >= count as usize, "{count}");
    }
}

#[test]
fn a_first_look_in_step_takes_nothing_off_the_search() {
    // Digests of both sides, twice, and a table of all pairs are just within the effort; to look at 32 elements more would not be.
    let values = limits::EFFORT_MAX / (4 * 32 + 32 * 32 + 16);
    let zeros = array((0..values - 4).map(|_| "0".into()));
    let element = |at: u32, side: u32| {
        let open = if at == 31 { side } else { 7 };
        format!(r#"{{"own":{},"open":{open},"zeros":{zeros}}}"#, 100 * side + at)
    };
    let (legacy, gated) = (array((0..32).map(|at| element(at, 1))), array((0..32).map(|at| element(at, 2))));
    let list = vec![rule("$", Action::Multiset), rule("$[*].own", Action::Ignore)];
    let findings = diff(&json(&legacy), &json(&gated), &rules(list));
    let open: Vec<&str> = findings.unexplained().map(|finding| finding.path.as_str()).collect();
    assert_eq!(open, ["/31/open"]);
}

#[test]
fn nested_arrays_don_t_multiply_the_search() {
    // Each level would search all pairs of the level below.
    let mut legacy = "1".to_owned();
    let mut gated = "2".to_owned();
    for level in 0..12 {
        legacy = format!("[{legacy},{level},{legacy}]");
        gated = format!("[{level},{gated},{gated},9]");
    }
    let (complete, count) = is_complete(&legacy, &gated, vec![rule("$..[*]", Action::Multiset)]);
    assert!(!complete || count > 0);
    let (complete, count) = is_complete(&legacy, &gated, vec![]);
    assert!(!complete || count > 0);
}

#[test]
fn deep_nesting_is_given_up_at_its_place_only() {
    let deep =
        |inner: &str| format!("{{\"a\":{}{inner}{},\"b\":1}}", "[".repeat(DEPTH_MAX - 1), "]".repeat(DEPTH_MAX - 1));
    let (legacy, gated) = (deep("1"), deep("2"));
    assert_eq!(is_complete(&legacy, &gated, vec![]), (true, 1));
    // Deeper than a parser lets through: wrapped by hand.
    let wrap = |text: &'static str| {
        let inner = json(text);
        let deeper = (0..DEPTH_MAX + 5).fold(inner, |inner, _| Json::Array(vec![inner]));
        Json::Object(vec![(Cow::Borrowed("a"), deeper), (Cow::Borrowed("b"), json(text))])
    };
    let findings = diff(&wrap("1"), &wrap("2"), &rules(vec![]));
    let classes: Vec<Class> = findings.list.iter().map(|finding| finding.class).collect();
    assert_eq!(classes, [Class::TooComplex, Class::Value]);
    assert!(!findings.is_complete());
}

#[test]
fn many_duplicates_of_a_member_are_one_finding() {
    let twice = format!("{{{}}}", vec!["\"id\":1"; 200_000].join(","));
    assert_eq!(is_complete(&twice, &twice, vec![]), (true, 1));
}

#[test]
fn surrogates_control_characters_and_long_texts_are_values_like_others() {
    let long = format!("\"{}\"", "x".repeat(1_000_000));
    assert_eq!(is_complete(&long, &long.replacen('x', "y", 1), vec![]), (true, 1));
    check(
        r#"{"a":"\u0000\u001f\uffff"}"#,
        r#"{"a":"\ud83d\ude00"}"#,
        vec![],
        &["value /a \"\\u0000\\u001f\u{ffff}\" \"😀\""],
    );
}

#[test]
fn a_name_of_a_megabyte_over_thousands_of_differences_ends_as_too_complex() {
    let document = |value: u32| {
        let members: Vec<String> = (0..9_000).map(|at| format!("\"m{at}\":{value}")).collect();
        format!("{{\"{}\":{{{}}}}}", "n".repeat(1 << 20), members.join(","))
    };
    let (left, right) = (document(1), document(2));
    for list in [vec![], vec![rule("$", Action::Ignore)]] {
        let rules = rules(list);
        let findings = diff(&json(&left), &json(&right), &rules);
        assert!(!findings.is_complete() && findings.list.len() < 20, "{}", findings.list.len());
        // What is not written down counts as if it were, or a report would end elsewhere than what is told of one order.
        let brief = diff_in(Detail::Brief, &json(&left), &json(&right), &rules);
        assert_eq!(brief.list.len(), findings.list.len());
    }
}

#[test]
fn groups_keep_little_of_hostile_findings() {
    let mut groups = Groups::default();
    let long = "v".repeat(1 << 20);
    for at in 0..20 {
        let document = format!("{{\"n{at}\":\"{long}\",\"{at}{long}\":1}}");
        let order = crate::order::OrderKey::new(&at.to_string()).unwrap();
        groups.add((at, &order), &diff(&json("{}"), &json(&document), &rules(vec![])));
    }
    let kept = |group: &&Group| group.example.gated_text.as_ref().map_or(0, String::len);
    assert_eq!(groups.rows().iter().map(kept).max(), Some(201));
    assert_eq!((groups.rows().len(), groups.beyond(), groups.unexplained()), (20, 20, 40));
}
