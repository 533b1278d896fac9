//! What the judge gets of how documents and decisions are compared.

use super::{EVERY_KEY, EXAMPLE, OTHER_FORMS, SMALL, accepted, edited, said};
use crate::judge::{ComparePolicy, DocumentShape};

/// Rules and decisions in a few words, those that follow from the rest with `+` before them.
fn told(compare: &ComparePolicy) -> Vec<String> {
    let rule = |rule: &crate::diff::Rule| {
        let mark = if rule.built_in { "+" } else { "" };
        let action = serde_json::to_string(&rule.action).unwrap().replace('"', "");
        let dangerous = if rule.dangerous { " dangerous" } else { "" };
        let reason = rule.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let expires = rule.expires.map(|end| format!(" until {end}")).unwrap_or_default();
        format!("{mark}{} {} {action}{dangerous}{reason}{expires}", rule.between, rule.path)
    };
    compare.rules.iter().map(rule).collect()
}

fn compare(text: &str) -> ComparePolicy {
    accepted(text).config.policy().compare.unwrap()
}

/// What follows from a configuration, but for reasons.
fn built_in(text: &str) -> Vec<String> {
    let bare = |line: &String| line.split(" (").next().map(str::to_owned);
    told(&compare(text)).iter().filter(|line| line.starts_with('+')).filter_map(bare).collect()
}

#[test]
fn the_policy_compares_as_is_written() {
    let policy = accepted(EVERY_KEY).config.policy();
    let compare = policy.compare.unwrap();
    assert_eq!(compare.documents, DocumentShape::AsTheyAre);
    assert_eq!(
        told(&compare),
        [
            "lanes $.lines {match_by:[sku]}",
            "lanes $.id ignore dangerous (each ERP's own document number)",
            "lanes $['gross', \"netwr\"] {tolerance:{minor_units:1,order_max:5}} (tax is rounded by line in one of them) until 2026-06-30T00:00:00Z",
            "lanes $.vbap[*].kwmeng {rename:{lane:legacy,name:pieces}}",
            "lanes $.shipping {values:{lane:gated,table:{:none,STD:standard}}} (codes of the carrier)",
            "lanes $.tags multiset",
            "lanes $.placed same_instant (one writes local time)",
            "lanes $.mail case (no mail server minds)",
            "order $.customer trim (one fills up with spaces)",
            "+lanes $.external_id ignore dangerous (names of the order, by which the documents were paired)",
            "+lanes $.number ignore dangerous (each ledger's own document number)",
            "+lanes $.created_at ignore dangerous (when each ledger committed; commit times are judged by themselves)",
            "+lanes $.po_number ignore dangerous (names of the order, by which the documents were paired)",
            "+lanes $.vbap {match_by:[matnr]}",
            "+lanes $.positions {match_by:[article]}",
            "+order $.lines {match_by:[sku]}",
        ]
    );
    let decision = compare.decisions.first().unwrap();
    assert_eq!((decision.lane.as_str(), decision.class.as_str()), ("gated", "tax"));
    assert_eq!(decision.reason, "the new path checks VAT numbers");
    assert_eq!(decision.expires.map(|end| end.to_string()).as_deref(), Some("2026-07-01T00:00:00Z"));
    let census = policy.census_document.unwrap();
    assert_eq!(census.line_places().map(|places| places.lines.to_string()).as_deref(), Some("/order/rows"));
    assert_eq!(policy.gates.fields_differ_max, 3);
    assert_eq!(accepted(SMALL).config.policy().census_document, None);
}

#[test]
fn amounts_are_taken_by_their_text() {
    assert_eq!(
        told(&compare(OTHER_FORMS)).iter().take(4).map(String::as_str).collect::<Vec<_>>(),
        [
            "lanes $.total {tolerance:{minor_units:2,order_max:20}} (rounding)",
            "lanes $['total'] {tolerance:{minor_units:0.5,order_max:5}} (rounding)",
            "lanes $.total {tolerance:{minor_units:10,order_max:100}} (rounding)",
            "order $..total {tolerance:{minor_units:12345678901234567890.12,order_max:123456789012345678901.2}} (rounding)",
        ]
    );
}

#[test]
fn documents_that_are_known_to_differ_are_compared_in_common_terms() {
    let of = |legacy: &str, gated: &str| {
        let document = |lane: &str, places: &str| format!("[lane.{lane}.document]\n{places}\n");
        let text = [("legacy", legacy), ("gated", gated)].map(|(lane, places)| match places {
            "" => String::new(),
            places => document(lane, places),
        });
        compare(&format!("{SMALL}{}", text.concat()))
    };
    let (lines, others) =
        ("lines = \"/l\"\nsku = \"/s\"\nquantity = \"/q\"", "lines = \"/l\"\nsku = \"/s\"\nquantity = \"/n\"");
    for (legacy, gated, expected) in [
        ("", "", DocumentShape::AsTheyAre),
        (lines, "", DocumentShape::AsTheyAre),
        ("", lines, DocumentShape::AsTheyAre),
        (lines, lines, DocumentShape::AsTheyAre),
        (lines, others, DocumentShape::InCommonTerms),
        ("total = \"/t\"\ncurrency = \"/c\"", "total = \"/t\"\ncurrency_else = \"EUR\"", DocumentShape::AsTheyAre),
    ] {
        assert_eq!(of(legacy, gated).documents, expected, "{legacy} {gated}");
    }
    let in_terms = told(&of(lines, others));
    assert_eq!(in_terms, ["+lanes $.lines {match_by:[sku]}", "+order $.lines {match_by:[sku]}"]);
}

#[test]
fn a_ledger_s_own_names_are_ignored() {
    assert_eq!(built_in(SMALL), ["+lanes $.id ignore dangerous", "+lanes $.external_id ignore dangerous"]);
    let polled = |poll: &str| {
        let text = edited(SMALL, "[lane.gated.poll]\nurl = \"http://127.0.0.1:9002/ledger\"\n", poll);
        built_in(&text).split_off(2)
    };
    assert_eq!(
        polled("[lane.gated.poll]\nsql = \"select 1\"\ndatabase = \"sqlite:a\"\n"),
        ["reference", "committed_at", "order_key"].map(|name| format!("+lanes $.{name} ignore dangerous"))
    );
    // What stands under these names in a document of its own is not known.
    let query = "select order_key, reference, committed_at, Document from orders";
    assert!(polled(&format!("[lane.gated.poll]\nsql = \"{query}\"\ndatabase = \"sqlite:a\"\n")).is_empty());
    assert_eq!(
        polled("[lane.gated.import]\norder_key = \"Web order\"\nreference = \"/no/0\"\ncommitted_at = \"at\"\n"),
        [
            "+lanes $.no[\"0\",0] ignore dangerous",
            "+lanes $.at ignore dangerous",
            "+lanes $[\"Web order\"] ignore dangerous"
        ]
    );
    assert!(polled("[lane.gated.import]\norder_key = \"a\"\nreference = \"b\"\ndocument = \"doc\"\n").is_empty());
}

#[test]
fn a_rule_that_is_written_is_not_built_in_as_well() {
    let rule = |rest: &str| {
        format!("{SMALL}[[compare.rule]]\npath = \"$.id\"\nignore = true\nreason = \"x\"\ndangerous = true\n{rest}")
    };
    assert_eq!(built_in(&rule("")), ["+lanes $.external_id ignore dangerous"]);
    // It ends some day.
    assert_eq!(built_in(&rule("expires = 2026-06-30T00:00:00Z\n")).len(), 2);
}

#[test]
fn lines_are_paired_by_a_member_that_is_the_sku() {
    let of = |legacy: (&str, &str), gated: (&str, &str)| {
        let document = |lane: &str, (lines, sku): (&str, &str)| {
            format!("[lane.{lane}.document]\nlines = \"{lines}\"\nsku = \"{sku}\"\nquantity = \"/q\"\n")
        };
        let shape = "[compare]\ndocuments = \"as-they-are\"\n";
        let text = format!("{SMALL}{shape}{}{}", document("legacy", legacy), document("gated", gated));
        let found: Vec<String> = built_in(&text).into_iter().filter(|line| line.contains("match_by")).collect();
        assert_eq!(found.last().map(String::as_str), Some("+order $.lines {match_by:[sku]}"));
        found.into_iter().rev().skip(1).rev().collect::<Vec<_>>()
    };
    assert_eq!(of(("/a", "/s"), ("/a", "/s")), ["+lanes $.a {match_by:[s]}"]);
    assert_eq!(of(("/a", "/s"), ("/b/c", "/t")), ["+lanes $.a {match_by:[s]}", "+lanes $.b.c {match_by:[t]}"]);
    assert_eq!(of(("/a", "/item/sku"), ("/b", "/t")), ["+lanes $.b {match_by:[t]}"]);
    assert_eq!(of(("/a", "/s"), ("/a", "/t")), [""; 0], "no member has both names");
}

#[test]
fn what_follows_is_told_where_all_is_written_out() {
    let expanded = accepted(EVERY_KEY).expanded();
    for line in [
        "# built in: \"$.external_id\", ignore = true: names of the order, by which the documents were paired\n",
        "# built in: \"$.lines\", match_by = [\"sku\"], between the order and a document\n",
        "map = { lane = \"gated\", values = { \"\" = \"none\", \"STD\" = \"standard\" } }\n",
        "tolerance = { minor_units = \"1\", order_max = \"5\" }\n",
    ] {
        assert!(expanded.contains(line), "{line} in\n{expanded}");
    }
}

/// An order of which only the key is told stays one.
#[test]
fn a_thin_payload_is_written_out_as_one() {
    let text = edited(SMALL, "order_key = [\"/id\"]\n", "profile = \"bigcommerce\"\n");
    let checked = accepted(&text);
    assert!(checked.expanded().contains("order = false # from the profile bigcommerce\n"), "{}", checked.expanded());
    let order = |text: &str| accepted(text).config.tee.routes.first().unwrap().order.clone();
    assert!(order(&text).is_none() && order(&checked.expanded()).is_none());
    assert!(order(&edited(&text, "profile", "order = {}\nprofile")).line_places().is_some());
}

/// The example's sections on comparison, taken out of their comments.
#[test]
fn what_the_example_offers_can_be_used() {
    let uncommented = |line: &str| {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let is_key = |key: &str| key.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_');
        let is_toml = (bare.starts_with('[') && bare.ends_with(']'))
            || bare.split_once(" = ").is_some_and(|(key, _)| is_key(key));
        is_toml.then(|| format!("{bare}\n"))
    };
    let section = |from: &str, to: &str| -> String {
        let (_, rest) = EXAMPLE.split_once(from).unwrap();
        rest.split_once(to).unwrap().0.lines().filter_map(uncommented).collect()
    };
    let document = section("compared by what both of them name.\n", "# Several documents");
    let compare = section("# Where lines and money stand in its rows", "[gates]");
    let legacy = document.replace("gated", "legacy");
    let text = format!("{SMALL}{document}{legacy}{compare}");
    assert_eq!(said(&text), [""; 0], "{text}");
    let policy = accepted(&text).config.policy();
    let compare = policy.compare.unwrap();
    assert_eq!(compare.rules.iter().filter(|rule| !rule.built_in).count(), 4, "{text}");
    assert_eq!((compare.decisions.len(), policy.census_document.is_some()), (1, true));
    let places = policy.lanes.gated.document.unwrap();
    assert!(places.customer.is_some() && places.currency_else.is_some());
}
