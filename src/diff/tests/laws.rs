//! What holds for any two documents and any rules.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::apply::{apply, tree};
use super::*;
use crate::order::OrderKey;

/// Documents of few names and values, so that they have much in common; `twice`: names may occur twice.
fn document(twice: bool) -> BoxedStrategy<String> {
    documents(twice, true)
}

fn documents(twice: bool, arrays: bool) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "[0-3]".prop_map(String::from),
        prop_oneof![Just("1.0"), Just("1e0"), Just("2.50"), Just("-0"), Just("9007199254740993")]
            .prop_map(String::from),
        "\"[abA ]{0,2}\"",
        Just("\"1\"".to_owned()),
        Just("\"é\"".to_owned()),
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        let members = proptest::collection::vec(("sku|quantity|amount|id|qty|a/b|lines", inner.clone()), 0..5);
        let object = members.prop_map(move |members| {
            let mut seen: Vec<String> = Vec::new();
            let mut texts = Vec::new();
            for (name, value) in members {
                if twice || !seen.contains(&name) {
                    texts.push(format!("\"{name}\":{value}"));
                    seen.push(name);
                }
            }
            format!("{{{}}}", texts.join(","))
        });
        if !arrays {
            return object.boxed();
        }
        let array = proptest::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(",")));
        prop_oneof![object, array].boxed()
    })
    .boxed()
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let at = prop_oneof![
        Just("$"),
        Just("$.*"),
        Just("$..*"),
        Just("$..id"),
        Just("$..lines"),
        Just("$[0]"),
        Just("$..[-1]"),
        Just("$..sku"),
        Just("$..[0:2]"),
        Just("$.lines[*].amount"),
        Just("$..qty"),
    ];
    let table = BTreeMap::from([("a".to_owned(), "b".to_owned()), ("1".to_owned(), "true".to_owned())]);
    let lane = || prop_oneof![Just(Lane::Legacy), Just(Lane::Gated)];
    let action = prop_oneof![
        Just(Action::Ignore),
        Just(Action::MatchBy(vec!["sku".into()])),
        Just(Action::MatchBy(vec!["sku".into(), "id".into()])),
        Just(Action::Multiset),
        (0_i64..200, proptest::option::of(0_i64..300)).prop_map(|(units, most)| Action::Tolerance {
            minor_units: Decimal::new(units, 0),
            order_max: most.map(|most| Decimal::new(most, 0)),
        }),
        lane().prop_map(|lane| Action::Rename { lane, name: "quantity".into() }),
        lane().prop_map(move |lane| Action::Values { lane, table: table.clone() }),
        Just(Action::SameInstant),
        Just(Action::Case),
        Just(Action::Trim),
    ];
    (at, action, any::<bool>()).prop_map(|(at, action, dangerous)| {
        let at = if matches!(action, Action::Rename { .. }) { "$..qty" } else { at };
        Rule { dangerous, ..rule(at, action) }
    })
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    proptest::collection::vec(any_rule(), 0..5)
}

/// The same rules with the lanes swapped.
fn mirrored(list: &[Rule]) -> Vec<Rule> {
    let mirror = |rule: &Rule| {
        let action = match rule.action.clone() {
            Action::Rename { lane, name } => Action::Rename { lane: lane.other(), name },
            Action::Values { lane, table } => Action::Values { lane: lane.other(), table },
            action => action,
        };
        Rule { action, ..rule.clone() }
    };
    list.iter().map(mirror).collect()
}

/// A finding as it is seen from the other side.
fn mirror(finding: &Finding) -> Finding {
    let class = match finding.class {
        Class::Missing => Class::Extra,
        Class::Extra => Class::Missing,
        class => class,
    };
    Finding {
        legacy: finding.gated.clone(),
        gated: finding.legacy.clone(),
        // An element without keys is named by its legacy index where it has one.
        path: String::new(),
        class,
        legacy_text: finding.gated_text.clone(),
        gated_text: finding.legacy_text.clone(),
        money: finding.money.map(|money| if money.is_zero() { money } else { -money }),
        ..finding.clone()
    }
}

fn sorted(list: impl Iterator<Item = Finding>) -> Vec<String> {
    let mut texts: Vec<String> =
        list.map(|finding| format!("{:?}", Finding { path: String::new(), ..finding })).collect();
    texts.sort();
    texts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn equal_documents_have_no_findings(text in document(false), list in any_rules()) {
        // A rename makes the lanes read one document in two ways.
        let list: Vec<Rule> = list.into_iter().filter(|rule| !matches!(rule.action, Action::Rename { .. })).collect();
        let document = json(&text);
        prop_assert_eq!(lines(&diff(&document, &document, &rules(list))), Vec::<String>::new());
    }

    #[test]
    fn equal_documents_have_no_findings_but_their_own_duplicates(text in document(true)) {
        let document = json(&text);
        let findings = diff(&document, &document, &rules(vec![]));
        prop_assert!(findings.list.iter().all(|finding| finding.class == Class::DuplicateMember), "{:?}", lines(&findings));
    }

    #[test]
    fn swapped_lanes_mirror(legacy in document(true), gated in document(true), list in any_rules()) {
        let (left, right) = (json(&legacy), json(&gated));
        let there = diff(&left, &right, &rules(list.clone()));
        let back = diff(&right, &left, &rules(mirrored(&list)));
        prop_assert_eq!(sorted(there.list.iter().cloned()), sorted(back.list.iter().map(mirror)));
        for (there, back) in there.uses.iter().zip(&back.uses) {
            prop_assert_eq!((there.selected, there.masked, there.above, there.money), (back.selected, back.masked, back.below, -back.money));
        }
    }

    #[test]
    fn the_findings_applied_to_one_side_yield_the_other(legacy in document(true), gated in document(true), list in any_rules()) {
        let (left, right) = (json(&legacy), json(&gated));
        let findings = diff(&left, &right, &rules(list));
        prop_assert_eq!(apply(&left, &findings), tree(&right), "{:?}", lines(&findings));
    }

    /// Whatever is ignored stays in the list, and nothing else in it changes. (In arrays ignoring helps to find pairs,
    /// so that other differences are found; there the law above holds.)
    #[test]
    fn an_ignored_finding_is_never_gone(
        legacy in documents(true, false),
        gated in documents(true, false),
        list in proptest::collection::vec((any_rule(), any::<bool>()), 0..4),
    ) {
        let list = list.into_iter().map(|(rule, dangerous)| Rule { action: Action::Ignore, dangerous, ..rule }).collect();
        let (left, right) = (json(&legacy), json(&gated));
        let bare = diff(&left, &right, &rules(vec![]));
        let ruled = diff(&left, &right, &rules(list));
        let unmasked = ruled.list.iter().cloned().map(|finding| Finding { masked_by: None, ..finding });
        prop_assert_eq!(sorted(bare.list.into_iter()), sorted(unmasked));
    }

    /// What is brief lacks its places and texts alone, never counts, and is completed to the same groups.
    #[test]
    fn a_brief_comparison_finds_the_same(legacy in document(true), gated in document(true), list in any_rules()) {
        let (left, right, rules) = (json(&legacy), json(&gated), rules(list));
        let (full, brief) = (diff(&left, &right, &rules), diff_in(Detail::Brief, &left, &right, &rules));
        let expected = full.list.iter().zip(&brief.list).map(|(whole, own)| {
            assert!(!own.is_brief || !whole.is_open());
            let briefly =
                Finding { legacy: None, gated: None, path: String::new(), legacy_text: None, gated_text: None, is_brief: true, ..whole.clone() };
            if own.is_brief { briefly } else { whole.clone() }
        });
        prop_assert_eq!((&brief.uses, &brief.currency, brief.list.len()), (&full.uses, &full.currency, full.list.len()));
        prop_assert_eq!(&brief.list, &expected.collect::<Vec<_>>());
        let (mut groups, mut in_full) = (Groups::default(), Groups::default());
        let order = OrderKey::new("5001").unwrap();
        groups.add((1, &order), &brief);
        groups.complete(&full);
        in_full.add((1, &order), &full);
        prop_assert_eq!(groups.rows(), in_full.rows());
        prop_assert!(!groups.lack_examples());
    }

    /// Each masked finding is counted by the rule that masks it, with its money.
    #[test]
    fn what_is_masked_adds_up(legacy in document(true), gated in document(true), list in any_rules()) {
        let findings = diff(&json(&legacy), &json(&gated), &rules(list));
        for (index, used) in findings.uses.iter().enumerate() {
            let masked: Vec<&Finding> = findings.list.iter().filter(|finding| finding.masked_by == Some(index)).collect();
            prop_assert_eq!(used.masked, masked.len() as u64);
            prop_assert_eq!(used.money, masked.iter().filter_map(|finding| finding.money).sum::<Decimal>());
            prop_assert_eq!(used.money_absolute, masked.iter().filter_map(|finding| finding.money).map(|money| money.abs()).sum::<Decimal>());
        }
    }

    /// No rule but a dangerous one masks by ignoring what is grave, and none masks that a comparison didn't end.
    #[test]
    fn what_is_grave_is_ignored_only_dangerously(legacy in document(true), gated in document(true), list in any_rules()) {
        let rules = rules(list);
        for finding in diff(&json(&legacy), &json(&gated), &rules).list {
            let Some(rule) = finding.masked_by.and_then(|rule| rules.list().get(rule)) else { continue };
            prop_assert!(finding.severity < Severity::Grave || rule.action != Action::Ignore || rule.dangerous);
        }
    }
}
