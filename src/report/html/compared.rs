//! The rules of the comparison and what each of them hides; rejections by reason.

use maud::{Markup, html};

use super::parts::{scrolled, section as titled};
use super::{name, shown, words};
use crate::judge::Assessment;

/// Rules that are listed. More would be a list that nobody has read.
const RULES_SHOWN: usize = 60;

/// The rules; where there are none, that is said, as an auditor asks.
pub(super) fn rules(assessment: &Assessment) -> Markup {
    let rules = words::rules(assessment);
    let more = rules.listed.len().saturating_sub(RULES_SHOWN) as u64;
    titled(
        "rules",
        "Rules, and what they hide",
        &html! {
            @if rules.listed.is_empty() {
                p { "No rule was written: nothing is hidden by one." }
            } @else {
                p.lead { "A rule explains a difference, and never removes it. What somebody should look at is marked." }
                (scrolled("Rules", &html! {
                    table {
                        thead { tr { @for name in ["No.", "Rule", "Reason", "What it did"] { th scope="col" { (name) } } } }
                        tbody {
                            @for rule in rules.listed.iter().take(RULES_SHOWN) {
                                @let (did, look) = words::did(assessment, rule);
                                tr.(if look { "unknown" } else { "plain" }) {
                                    td.number { (rule.number) }
                                    th scope="row" { code { (name(&words::rule(rule))) } }
                                    td { (name(rule.reason.as_deref().unwrap_or_default())) }
                                    td { @if look { strong { "Look: " } } (shown(&did)) }
                                }
                            }
                        }
                    }
                }))
            }
            @if more > 0 { p.note { (words::counted(more, "more rule")) ": see the JSON." } }
            @if let Some(built_in) = &rules.built_in { p.note { "Built in, hiding no money: " (shown(built_in)) "." } }
        },
    )
}

/// Rejections by lane and reason; nothing where there are none.
pub(super) fn decisions(assessment: &Assessment) -> Markup {
    titled(
        "decisions",
        "Rejections by reason",
        &html! {
            @if assessment.decisions.is_empty() {
                p { "There are none to tell of." }
            } @else {
                (scrolled("Rejections by lane and reason", &html! {
                    table {
                        thead { tr { @for name in ["Rejected by", "Reason", "What became of these orders"] { th scope="col" { (name) } } } }
                        tbody {
                            @for row in &assessment.decisions {
                                @let (said, regression) = words::decision(row);
                                tr.(if regression { "bad" } else { "plain" }) {
                                    th scope="row" { (row.lane) }
                                    td { (row.class) }
                                    td { (shown(&said)) }
                                }
                            }
                        }
                    }
                }))
            }
        },
    )
}
