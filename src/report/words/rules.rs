//! What the rules of the comparison did, and which of them a person should look at.

use super::{chance, counted, money};
use crate::diff::RuleScope;
use crate::judge::{Assessment, RuleSummary};
use crate::outcome::Lane;
use crate::report::layout::instant;

/// The rules as a page lists them.
pub(in crate::report) struct Rules<'a> {
    /// Those that somebody wrote, and those built in that hide money.
    pub(in crate::report) listed: Vec<&'a RuleSummary>,
    /// The others that are built in, which hide no money, in one line.
    pub(in crate::report) built_in: Option<String>,
}

/// The rules of the run.
pub(in crate::report) fn rules(assessment: &Assessment) -> Rules<'_> {
    let hides = |rule: &RuleSummary| !rule.money.is_empty() || rule.money_unread > 0;
    let (listed, quiet): (Vec<_>, Vec<_>) =
        assessment.rules.iter().partition(|rule: &&RuleSummary| !rule.built_in || hides(rule));
    Rules { listed, built_in: built_in(&quiet) }
}

/// Built-in rules that hide no money, those that explain anything by name.
fn built_in(rules: &[&RuleSummary]) -> Option<String> {
    let used = rules.iter().filter(|rule| rule.hits > 0);
    let mut words: Vec<String> =
        used.map(|rule| format!("{} {} explains {}", rule.number, rule.path, rule.hits)).collect();
    let idle = (rules.len() - words.len()) as u64;
    words.extend((idle > 0).then(|| {
        let verb = if idle == 1 { "explains" } else { "explain" };
        format!("{} {verb} nothing", counted(idle, "rule"))
    }));
    (!words.is_empty()).then(|| words.join(", "))
}

/// What a rule is: `$.id: ignore`.
pub(in crate::report) fn rule(rule: &RuleSummary) -> String {
    let between = match rule.between {
        RuleScope::Lanes => "",
        RuleScope::Order => ", between the order and a lane",
    };
    format!("{}: {}{between}{}", rule.path, rule.action, if rule.built_in { ", built in" } else { "" })
}

/// What a rule did, in words, and whether somebody should look at it.
pub(in crate::report) fn did(assessment: &Assessment, rule: &RuleSummary) -> (String, bool) {
    if let Some(end) = rule.expires.filter(|_| rule.expired) {
        return (format!("expired {} UTC, applied no more", instant(end)), true);
    }
    let pairs = matches!(rule.action, "match_by" | "multiset");
    let (mut words, mut look) = match (rule.selected, rule.hits) {
        (0, _) if !was_applied(assessment, rule.between) => (vec!["not applied: nothing was compared".into()], false),
        // A place that the configuration takes for granted may be absent.
        (0, _) if rule.built_in => (vec!["selects nothing".to_owned()], false),
        (0, _) => (vec!["selects nothing: is the path right?".to_owned()], true),
        (places, 0) if pairs => (vec![format!("{}, nothing out of order", counted(places, "place"))], false),
        (places, 0) => (vec![format!("{}, masked nothing", counted(places, "place"))], true),
        (_, hits) => (vec![explains(rule, hits)], false),
    };
    if rule.over_cap > 0 {
        words.push(format!("tolerance used up in {}, where it masks nothing", counted(rule.over_cap, "order")));
        look = true;
    }
    words.extend(rule.one_sided.map(|probability| {
        let (above, below) = (rule.orders_above, rule.orders_below);
        format!(
            "more in {}, less in {below}: so one-sided by chance with probability {}",
            counted(above, "order"),
            chance(probability)
        )
    }));
    words.extend(rule.expires.map(|end| format!("ends {} UTC", instant(end))));
    (words.join("; "), look)
}

fn explains(rule: &RuleSummary, hits: u64) -> String {
    let money = match money(&rule.money, rule.money_unread) {
        None => "hides no money".to_owned(),
        Some(_) if rule.money.is_empty() => format!("hides money that can't be read in {}", rule.money_unread),
        Some(money) => format!("hides {money}"),
    };
    format!("explains {} in {}; {money}", counted(hits, "difference"), counted(rule.orders, "order"))
}

/// Whether anything was compared that a rule could have been applied to.
fn was_applied(assessment: &Assessment, scope: RuleScope) -> bool {
    let summary = &assessment.comparison;
    match scope {
        RuleScope::Lanes => summary.lanes.compared > 0,
        RuleScope::Order => {
            Lane::ALL.iter().any(|lane| summary.order.get(*lane).as_ref().is_some_and(|counts| counts.compared > 0))
        }
    }
}
