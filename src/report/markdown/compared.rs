//! What the comparison found: what was compared, each kind of difference, rules, and decisions.

use super::{escape, line};
use crate::judge::{Assessment, FindingSummary};
use crate::report::words;

/// What was compared, and what was found.
pub(super) fn findings(page: &mut String, assessment: &Assessment) {
    line(page, format_args!("\n## Findings: {}\n", words::findings_count(assessment)));
    let compared = words::comparison(assessment);
    if compared.is_empty() {
        line(page, format_args!("{}", escape(words::NEVER_COMPARED)));
    }
    for (between, words) in compared {
        line(page, format_args!("- {}: {}", words::sides(between), escape(&words)));
    }
    let listing = words::listing(assessment);
    if !listing.open.is_empty() {
        line(page, format_args!("\n| difference | how often | money | orders | example |"));
        line(page, format_args!("| --- | --- | --- | --- | --- |"));
        listing.open.iter().for_each(|row| line(page, format_args!("{}", cells(row))));
    }
    if !listing.explained.is_empty() {
        line(page, format_args!("\nExplained:\n"));
    }
    for row in listing.explained {
        line(page, format_args!("- {}", escape(&words::explained(row))));
    }
    for sentence in listing.left_out {
        line(page, format_args!("\n{sentence}"));
    }
}

/// One kind of difference as a row.
fn cells(row: &FindingSummary) -> String {
    let example = row.example.as_ref().map(|example| {
        let sides = words::example(row, example).into_iter();
        let sides: Vec<String> = sides.map(|(side, there)| format!("{side} {there}")).collect();
        format!("{}: {}", words::place(&example.path), sides.join("; "))
    });
    let orders = words::first_orders(&row.orders, row.orders_count);
    let cells = [
        words::difference(row),
        words::facts(row),
        words::moves(row).unwrap_or_default(),
        orders.unwrap_or_default(),
        example.unwrap_or_default(),
    ];
    format!("| {} |", cells.map(|cell| escape(&cell)).join(" | "))
}

/// The rules; nothing where there are none.
pub(super) fn rules(page: &mut String, assessment: &Assessment) {
    let rules = words::rules(assessment);
    if rules.listed.is_empty() && rules.built_in.is_none() {
        return;
    }
    line(page, format_args!("\n## Rules"));
    if !rules.listed.is_empty() {
        line(page, format_args!("\n| | rule | reason | what it did |"));
        line(page, format_args!("| ---: | --- | --- | --- |"));
    }
    for rule in rules.listed {
        let (did, look) = words::did(assessment, rule);
        let did = if look { format!("**{}**", escape(&did)) } else { escape(&did) };
        let reason = escape(rule.reason.as_deref().unwrap_or_default());
        line(page, format_args!("| {} | {} | {reason} | {did} |", rule.number, escape(&words::rule(rule))));
    }
    if let Some(built_in) = rules.built_in {
        line(page, format_args!("\nBuilt in, hiding no money: {}.", escape(&built_in)));
    }
}

/// Rejections by lane and reason; nothing where there are none.
pub(super) fn decisions(page: &mut String, assessment: &Assessment) {
    if assessment.decisions.is_empty() {
        return;
    }
    line(page, format_args!("\n## Decisions\n"));
    line(page, format_args!("| rejected by | reason | what became of these orders |"));
    line(page, format_args!("| --- | --- | --- |"));
    for row in &assessment.decisions {
        let (words, regression) = words::decision(row);
        let words = if regression { format!("**{}**", escape(&words)) } else { escape(&words) };
        line(page, format_args!("| {} | {} | {words} |", row.lane, escape(row.class.as_str())));
    }
}
