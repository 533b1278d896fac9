//! `[compare]` written out, and what follows without being written, as comments.

use super::super::{Config, compare};
use super::toml::{Toml, inline, list, member, quoted};
use crate::diff::{Action, Rule, RuleScope};
use crate::judge::DecisionRule;

pub(super) fn compare(toml: &mut Toml, config: &Config) {
    toml.header("[compare]");
    toml.text("documents", config.compare.documents);
    compare::built_in(&config.compare, &config.lanes).iter().for_each(|rule| built_in(toml, rule));
    config.compare.rules.iter().for_each(|written| rule(toml, written));
    config.compare.decisions.iter().for_each(|written| decision(toml, written));
}

/// It reads back by itself, so it must not be written.
fn built_in(toml: &mut Toml, rule: &Rule) {
    let (key, value) = action(&rule.action);
    let reason = rule.reason.iter().map(|reason| format!(": {reason}")).collect::<String>();
    let between = if rule.between == RuleScope::Order { ", between the order and a document" } else { "" };
    toml.comment(format_args!("built in: {}, {key} = {value}{between}{reason}", quoted(rule.path.as_str())));
}

fn rule(toml: &mut Toml, rule: &Rule) {
    toml.header("[[compare.rule]]");
    toml.text("path", &rule.path);
    let (key, value) = action(&rule.action);
    toml.raw(key, value);
    toml.text("between", rule.between);
    if rule.dangerous {
        toml.raw("dangerous", true);
    }
    rule.reason.iter().for_each(|reason| toml.text("reason", reason));
    rule.expires.iter().for_each(|end| toml.raw("expires", end));
}

/// The key of an action and its value, as TOML.
fn action(action: &Action) -> (&'static str, String) {
    let flag = || "true".to_owned();
    match action {
        Action::Ignore => ("ignore", flag()),
        Action::MatchBy(keys) => ("match_by", list(keys)),
        Action::Multiset => ("multiset", flag()),
        // As text: a number of TOML has no more digits than a float, or 64 bits.
        Action::Tolerance { minor_units, order_max } => {
            let mut members = vec![member("minor_units", minor_units)];
            members.extend(order_max.map(|most| member("order_max", most)));
            ("tolerance", inline(members))
        }
        Action::Rename { lane, name } => ("map", inline([member("lane", lane), member("name", name)])),
        Action::Values { lane, table } => {
            let values = inline(table.iter().map(|(from, to)| (quoted(from), quoted(to))));
            ("map", inline([member("lane", lane), ("values".to_owned(), values)]))
        }
        Action::SameInstant => ("same_instant", flag()),
        Action::Case => ("case", flag()),
        Action::Trim => ("trim", flag()),
    }
}

fn decision(toml: &mut Toml, decision: &DecisionRule) {
    toml.header("[[compare.decision]]");
    toml.text("lane", decision.lane);
    toml.text("class", decision.class);
    toml.text("reason", &decision.reason);
    decision.expires.iter().for_each(|end| toml.raw("expires", end));
}
