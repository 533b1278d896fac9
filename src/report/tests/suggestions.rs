//! Rules that are suggested: what the page says, that it is TOML, and that nothing of an order can break out of it.

use crate::diff::{Changes, Noise, Path, Rules, diff};
use crate::order::{Json, OrderKey};
use crate::report::suggestions;

/// Characters of a reason: it stands on one line of a configuration.
const REASON_CHARS_MAX: usize = 120;

fn seen(orders: usize, legacy: impl Fn(usize) -> String, gated: impl Fn(usize) -> String) -> Noise {
    let mut noise = Noise::default();
    for number in 0..orders {
        let (legacy, gated) = (legacy(number), gated(number));
        let [legacy, gated] = [&legacy, &gated].map(|text| Json::parse(text.as_bytes()).expect(text));
        let findings = diff(&legacy, &gated, &Rules::default().with_names());
        let key = OrderKey::new(&(5001 + number).to_string()).unwrap();
        noise.add(&key, &legacy, &gated, &findings, &Changes::default());
    }
    noise
}

/// The rules on a page, those that are commented out included.
fn rules(page: &str) -> Vec<toml::Table> {
    let starts = [
        "[[compare.rule]]",
        "path = ",
        "ignore = ",
        "case = ",
        "trim = ",
        "same_instant = ",
        "map = ",
        "reason = ",
        "dangerous = ",
    ];
    let is_rule = |line: &str| starts.iter().any(|start| line.starts_with(start));
    let bare = |line: &str| line.strip_prefix("# ").filter(|line| is_rule(line)).unwrap_or(line).to_owned();
    let all: Vec<String> = page.lines().map(bare).collect();
    let parsed: toml::Table = all.join("\n").parse().unwrap_or_else(|error| panic!("{error}: {page}"));
    let Some(compare) = parsed.get("compare") else { return Vec::new() };
    compare["rule"].as_array().unwrap().iter().map(|rule| rule.as_table().unwrap().clone()).collect()
}

/// Everything that holds for any page.
fn check(page: &str) -> Vec<toml::Table> {
    let _is_toml: toml::Table = page.parse().unwrap_or_else(|error| panic!("{error}: {page}"));
    assert!(page.chars().all(|letter| letter == '\n' || !super::super::inert::acts(letter)), "{page:?}");
    let rules = rules(page);
    for rule in &rules {
        let path = rule["path"].as_str().unwrap();
        assert!(Path::parse(path).is_ok(), "{path}");
        let reason = rule["reason"].as_str().unwrap();
        assert!(!reason.is_empty() && reason.chars().count() <= REASON_CHARS_MAX && !reason.contains('\n'), "{reason}");
    }
    let printed = page.lines().filter(|line| line.ends_with("[[compare.rule]]")).count();
    assert_eq!(rules.len(), printed, "{page}");
    rules
}

#[test]
fn a_page_has_rules_questions_and_what_stays_a_difference() {
    let member = |name: &str, value: String| format!("\"{name}\":\"{value}\"");
    let document = |lane: usize, n: usize| {
        let members = [
            member("id", format!("{}{n}", ["L", "SO-"][lane])),
            member("uuid", format!("550e8400-e29b-41d4-a716-4466554{lane}00{n:02}")),
            member("at", format!("2026-11-20T18:00:{n:02}{}", ["Z", "+00:00"][lane])),
            member("service", [["STD", "EX P"], ["standard", "express"]][lane][n % 2].to_owned()),
            format!("\"gross\":{}", n + lane * 100),
            member("total", format!("{n}.{lane}0")),
            member("city", if n == 0 { ["Ulm", "Bonn"][lane] } else { "Köln" }.to_owned()),
        ];
        format!("{{{}}}", members.join(","))
    };
    let noise = seen(20, |n| document(0, n), |n| document(1, n));
    let page = suggestions(2, true, Some(1), &noise, false);
    assert_eq!(check(&page).len(), 5);
    assert_eq!(page, include_str!("suggestions.toml"));
}

#[test]
fn nothing_to_suggest_is_one_line_that_says_what_was_compared() {
    for (page, expected) in [
        (suggestions(1, false, None, &Noise::default(), false), "run 1 was begun without a comparison of documents."),
        (
            suggestions(1, true, None, &Noise::default(), false),
            "no order of run 1 has documents of both lanes that were compared.",
        ),
        (
            suggestions(3, true, None, &seen(2, |_| "{}".into(), |_| "{}".into()), false),
            "the documents of 2 orders of run 3 were compared, and nothing unexplained was found.",
        ),
    ] {
        assert_eq!(page, format!("# Nothing to suggest: {expected}\n"));
        assert!(check(&page).is_empty());
    }
    let grave = suggestions(1, true, None, &seen(1, |_| r#"{"total":1}"#.into(), |_| r#"{"total":2}"#.into()), false);
    assert_eq!(
        grave,
        "# Nothing to suggest. Run 1: the documents of 1 order were compared; rules don't explain 1 difference in 1 order.\n\
         \n# No rule: 1 place\n\n# not suggested: $.total is money: differs in 1 of 1 value, in 1 of 1 order\n\
         #   e.g. order 5001: legacy 1, gated 2\n"
    );
    check(&grave);
}

#[test]
fn nothing_of_an_order_breaks_out_of_what_it_stands_in() {
    let hostile = [
        "a\n[[compare.rule]]\npath = \"$\"",
        "\"\"\"\n",
        "'''",
        "# x",
        "\r\n\u{0}\u{7f}\u{85}\u{2028}\u{202e}\u{feff}\u{1b}[2J",
        "\\",
        "\\u0022",
        "} ] , =",
        "$..*",
        "ü 🐵",
        "",
    ];
    for (name, value) in hostile.iter().flat_map(|name| hostile.iter().map(move |value| (name, value))) {
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let document =
            |value: &str| format!("{{{}:{},{}:{}}}", json(name), json(value), json(&format!("{name}2")), json("x"));
        let noise = seen(20, |_| document(value), |_| document(&format!("{value}z")));
        let page = suggestions(1, true, None, &noise, false);
        let rules = check(&page);
        let [rule] = rules.as_slice() else { panic!("{name:?} {value:?}: {page}") };
        let map = rule["map"].as_table().unwrap();
        assert_eq!(map["values"].as_table().unwrap()[*value].as_str(), Some(format!("{value}z").as_str()), "{page}");
        let selected = Path::parse(rule["path"].as_str().unwrap()).unwrap();
        let text = document(value);
        let selected = selected.select(&Json::parse(text.as_bytes()).unwrap());
        assert_eq!(selected, [crate::order::Pointer::of([*name])], "{page}");
        // Nothing but rules stands outside of comments.
        let outside = page.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let is_amount = page.contains("# Its values may be money or quantities.");
        assert_eq!(outside.count(), if is_amount { 0 } else { 4 }, "{page}");
    }
}

#[test]
fn nobody_is_named_in_an_example_unless_it_is_asked_for() {
    let document = |lane: usize, n: usize| {
        let city = [["Ulm", "Bonn"], ["ULM-1", "BONN-2"]][lane][n % 2];
        format!(r#"{{"city":"{city}","slip":"{lane}{n:03} of ada@quint.example","email":"{lane}{n}@quint.example"}}"#)
    };
    let noise = seen(20, |n| document(0, n), |n| document(1, n));
    let pages = [true, false].map(|is_masked| suggestions(1, true, None, &noise, is_masked));
    let [masked, open] = &pages;
    for personal in ["Ulm", "BONN", "ada@quint.example", "01@quint"] {
        assert!(!masked.contains(personal), "{personal} in {masked}");
    }
    assert!(open.contains("ada@quint.example") && open.contains("Ulm = \"ULM-1\""), "{open}");
    assert!(masked.contains("they are personal: --unmasked writes it out"), "{masked}");
    pages.iter().for_each(|page| drop(check(page)));
}

#[test]
fn long_lists_are_cut_and_counted() {
    let document = |value: &str| {
        let members: Vec<String> = (0..60).map(|n| format!("\"m{n}\":\"{value}\"")).collect();
        format!("{{{}}}", members.join(","))
    };
    let page = suggestions(1, true, None, &seen(20, |_| document("a"), |_| document("A")), false);
    assert_eq!(check(&page).len(), 50);
    assert!(page.contains("# Rules worth having: 60 places\n"), "{page}");
    assert!(page.ends_with("\n# and 10 places with fewer differences\n"), "{page}");
}
