//! What is personal, in every format, masked and not.

use super::differences::found;
use super::documents::with;
use super::evidence::differing;
use super::order::policy;
use super::*;
use crate::diff::{Class, RuleScope};
use crate::judge::{Compared, DocumentState, FindingExample, FindingSummary, OrderCompared, Timeline, Verdict};

const EVIL: &str = "</script><img src=x onerror=alert(1)>";

/// A difference of a customer's name, of a whole address, and of a total.
fn personal() -> Assessment {
    let mut assessment = differing();
    let row = assessment.findings[1].clone();
    let example = |place: &str, left: &str, right: &str| FindingExample {
        path: place.to_owned(),
        left_place: Some(place.to_owned()),
        right_place: Some(place.to_owned()),
        left: Some(left.to_owned()),
        right: Some(right.to_owned()),
        ..row.example.clone().unwrap()
    };
    let finding = |path: &str, example| FindingSummary {
        path: path.to_owned(),
        class: Class::Value,
        example: Some(example),
        ..row.clone()
    };
    let evil = serde_json::Value::from(EVIL).to_string();
    let address = r#"{"sku":"A1","ship_to":{"street":"Lindenweg 5","zip":"10115"}}"#;
    assessment.findings = vec![
        finding("/customer/name", example("/customer/name", "\"Ada Quint\"", &evil)),
        finding("/lines[sku]", example("/lines/0", address, "null")),
        finding("/total", example("/total", "\"763.50\"", "\"763.49\"")),
    ];
    assessment
}

/// All formats, what they escape undone as far as it hides what is looked for.
fn formats(assessment: &Assessment) -> [(&'static str, String); 5] {
    [
        ("text", text(assessment, 120, Style::Plain)),
        ("json", json(assessment).unwrap().replace("\\\"", "\"")),
        ("markdown", markdown(assessment).replace('\\', "")),
        ("html", html(assessment).replace("<mark>", "").replace("</mark>", "")),
        ("junit", junit(assessment)),
    ]
}

#[test]
fn addresses_in_a_reason_of_a_lane_are_masked() {
    let mut assessment = differing();
    assessment.exceptions[0].reason = Some("unknown customer ada@quint.example, +49 30 1234567".to_owned());
    let said = |assessment: Assessment| assessment.exceptions[0].reason.clone().unwrap();
    assert_eq!(said(masked(assessment)), "unknown customer •••@•••••.••••••• ‹1›, +•• •• ••••••• ‹2›");
}

#[test]
fn nobody_is_named_in_any_format_unless_it_is_asked_for() {
    let assessment = personal();
    for (name, page) in formats(&masked(assessment.clone())) {
        for hidden in ["Ada", "Quint", "Lindenweg", "10115", "onerror"] {
            assert!(!page.contains(hidden), "{name} shows {hidden}");
        }
        for shown in ["••• ••••• ‹1›", "‹2›", "•••••••• • ‹1›", "A1", "763.50", "763.49", "5001"]
        {
            assert!(page.contains(shown), "{name} lacks {shown}");
        }
        assert!(page.contains("--unmasked") || name == "json", "{name} does not say that it is masked");
    }
    for (name, page) in formats(&assessment) {
        for shown in ["Ada Quint", "Lindenweg 5", "10115", "763.50", "onerror"] {
            assert!(page.contains(shown), "{name} lacks {shown}");
        }
        assert!(!page.contains('•') && !page.contains("--unmasked shows"), "{name}");
    }
}

#[test]
fn a_report_says_whether_it_is_masked() {
    for (assessment, expected) in [(personal(), false), (masked(personal()), true)] {
        let report: serde_json::Value = serde_json::from_str(&json(&assessment).unwrap()).unwrap();
        assert_eq!(report["masked"], expected);
        assert!(junit(&assessment).contains(&format!("<property name=\"masked\" value=\"{expected}\"/>")));
    }
}

#[test]
fn who_is_shown_can_not_act() {
    let assessment = personal();
    let page = html(&assessment);
    assert!(!page.contains("<img") && !page.contains("</script"));
    let unmarked = page.replace("<mark>", "").replace("</mark>", "");
    assert!(unmarked.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
    assert!(!junit(&assessment).contains("<img") && !markdown(&assessment).contains("</script>"));
}

#[test]
fn a_mask_changes_nothing_but_what_is_shown_of_values() {
    let mut unmasked = masked(personal());
    unmasked.masked = false;
    unmasked.findings = personal().findings;
    assert_eq!(unmasked, personal());
}

#[test]
fn the_story_of_an_order_names_nobody_either() {
    let document = |email: &str, sku: &str| {
        format!(
            r#"{{"id":7,"customer":{{"email":"{email}","phone":491700}},"lines":[{{"sku":"{sku}"}}],"total":19.90}}"#
        )
    };
    let (legacy, gated) = (document("ada@quint.example", "A1"), document("bob@quint.example", "A1"));
    let (mut timeline, mut verdict) = with(
        &[("L-9", DocumentState::Present, &legacy)],
        &[("SO-77", DocumentState::Present, &gated), ("SO-78", DocumentState::Present, "Ada Quint, no JSON")],
    );
    let lanes = Compared::Found(found(&policy(), RuleScope::Lanes, &legacy, &gated));
    verdict.compared =
        Some(OrderCompared { lanes, order: PerLane { legacy: Compared::NotDue, gated: Compared::NotDue } });
    let told = |timeline: &Timeline, verdict: &Verdict| order(timeline, verdict, &policy(), 120, Style::Plain);
    let shown = told(&timeline, &verdict);
    for name in ["legacy  \"ada@quint.example\"", "bob@quint.example", "491700", "Ada Quint"] {
        assert!(shown.contains(name), "{name}: {shown}");
    }
    masked_order(&mut timeline, &mut verdict);
    let hidden = told(&timeline, &verdict);
    for name in ["ada", "Ada", "bob", "uint", "491700"] {
        assert!(!hidden.contains(name), "{name}: {hidden}");
    }
    // The same value has the same number in the differences and in both documents.
    for (value, times) in [("‹1›", 2), ("‹2›", 2), ("\"•••••• ‹3›\"", 2), ("‹4›", 1)] {
        assert_eq!(hidden.matches(value).count(), times, "{value}: {hidden}");
    }
}
