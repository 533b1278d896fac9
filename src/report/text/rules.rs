//! What the rules of the comparison did, and what the lanes decided otherwise.

use crate::judge::Assessment;
use crate::report::layout::{Page, Tone};
use crate::report::{inert, words};

/// Columns of a rule's number, and of a lane and a reason class.
const NUMBER: usize = 6;
const LANE: usize = 10;
const CLASS: usize = 14;

/// The rules; nothing where there are none.
pub(super) fn rules(page: &mut Page, assessment: &Assessment) {
    let rules = words::rules(assessment);
    if rules.listed.is_empty() && rules.built_in.is_none() {
        return;
    }
    page.heading("Rules");
    for rule in rules.listed {
        page.beside(&format!("  {:<width$}", rule.number, width = NUMBER - 2), NUMBER, &inert(&words::rule(rule)));
        if let Some(reason) = &rule.reason {
            page.paragraph(NUMBER, &inert(reason));
        }
        let (did, look) = words::did(assessment, rule);
        if look {
            page.tinted(NUMBER, Tone::Unknown, &inert(&did));
        } else {
            page.paragraph(NUMBER, &inert(&did));
        }
    }
    if let Some(built_in) = rules.built_in {
        page.hanging(2, NUMBER, &inert(&format!("built in, hiding no money: {built_in}")));
    }
}

/// Rejections by lane and reason; nothing where there are none.
pub(super) fn decisions(page: &mut Page, assessment: &Assessment) {
    if assessment.decisions.is_empty() {
        return;
    }
    page.heading("Decisions");
    for row in &assessment.decisions {
        let (words, regression) = words::decision(row);
        let names = format!("{:<LANE$}{:<CLASS$}", row.lane.as_str(), row.class.as_str());
        let names = if regression { page.paint(Tone::Bad, &names) } else { names };
        page.beside(&format!("  {names}"), 2 + LANE + CLASS, &inert(&words));
    }
}
