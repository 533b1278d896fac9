//! Tables of cases, laws, and hostile documents.

mod apply;
mod arrays;
mod cases;
mod goods;
mod groups;
mod hostile;
mod laws;
mod masks;
mod segments;

use super::*;
use crate::order::Pointer;
use crate::outcome::{Lane, PerLane};

fn json(text: &str) -> Json<'_> {
    Json::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn path(text: &str) -> Path {
    Path::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn rule(at: &str, action: Action) -> Rule {
    Rule {
        path: path(at),
        action,
        reason: Some("as agreed".into()),
        dangerous: false,
        expires: None,
        between: RuleScope::Lanes,
        built_in: false,
    }
}

fn dangerous(at: &str) -> Rule {
    Rule { dangerous: true, ..rule(at, Action::Ignore) }
}

fn match_by(at: &str, keys: &[&str]) -> Rule {
    rule(at, Action::MatchBy(keys.iter().map(ToString::to_string).collect()))
}

/// What the values of the tests' documents are about.
fn subjects() -> Vec<(Path, Subject)> {
    [
        ("$..sku", Subject::Identity),
        ("$..quantity", Subject::Quantity),
        ("$..price", Subject::Price),
        ("$..amount", Subject::Money),
        ("$.total", Subject::Money),
    ]
    .into_iter()
    .map(|(at, subject)| (path(at), subject))
    .collect()
}

fn rules(list: Vec<Rule>) -> Rules {
    Rules::new(list, subjects(), None, None).unwrap()
}

/// One line for each finding: class, path, values, who masks it.
fn lines(findings: &Findings) -> Vec<String> {
    let line = |finding: &Finding| {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let values = format!("{} {}", text(&finding.legacy_text), text(&finding.gated_text));
        let mask = finding.masked_by.map(|rule| format!(" masked by {rule}")).unwrap_or_default();
        format!("{} {} {values}{mask}", finding.class, finding.path)
    };
    findings.list.iter().map(line).collect()
}

fn check(legacy: &str, gated: &str, list: Vec<Rule>, expected: &[&str]) -> Findings {
    let findings = diff(&json(legacy), &json(gated), &rules(list));
    assert_eq!(lines(&findings), expected, "{legacy} against {gated}");
    findings
}
