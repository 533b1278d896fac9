//! Parts of the page for a run that goes on: what a dashboard shows of an assessment.

use jiff::Timestamp;
use maud::{Markup, html};

use super::parts::{class, number};
use super::words;
use crate::judge::{Assessment, Decision, ExceptionKind, Fate, Money, Owner, OwnerSummary};
use crate::report::layout::{Tone, span};
use crate::report::text;

/// What is said first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// The decision so far.
    pub decision: Decision,
    /// `good`, `unknown` or `bad`.
    pub tone: &'static str,
    /// Why, in a sentence or two.
    pub why: String,
    /// How far it is from GO; `None` where it is.
    pub distance: Option<String>,
    /// What a shadow may do in a production; `None`: nothing.
    pub armed: Option<String>,
}

/// What is said first of an assessment.
#[must_use]
pub fn headline(assessment: &Assessment) -> Headline {
    Headline {
        decision: assessment.decision,
        tone: class(Tone::of(assessment.decision)),
        why: super::shown(&words::why(assessment)),
        distance: words::distance(assessment),
        armed: words::armed(assessment),
    }
}

/// The gates, as in the report.
#[must_use]
pub fn gates(assessment: &Assessment) -> Markup {
    super::gates::section(assessment)
}

/// What became of the orders, as in the report.
#[must_use]
pub fn fates(assessment: &Assessment) -> Markup {
    super::fates::section(assessment)
}

/// The signals, as in the report; nothing where no order was captured.
#[must_use]
pub fn signals(assessment: &Assessment) -> Markup {
    super::signals::section(assessment)
}

/// How much each owner has to do, with where it is listed.
#[must_use]
pub fn owner_counts(assessment: &Assessment, link: impl Fn(Owner) -> String) -> Markup {
    let of = |owner: Owner| assessment.owners.iter().find(|own| own.owner == owner);
    html! {
        ul.owners-of {
            @for owner in Owner::ALL {
                @let own = of(*owner);
                @if own.is_some() || *owner != Owner::Marketplace {
                    li {
                        a href=(link(*owner)) {
                            strong.figure { (number(own.map_or(0, |own| own.at_risk.exceptions))) } " "
                            span { (owner) }
                        }
                        @if let Some(own) = own { span.muted { (at_risk(own)) } } @else { span.muted { "nothing to do" } }
                    }
                }
            }
        }
    }
}

fn at_risk(own: &OwnerSummary) -> String {
    let oldest = words::oldest(&own.at_risk).map(|oldest| format!(", {oldest}")).unwrap_or_default();
    super::shown(&format!("{}{oldest}", words::at_risk(&own.at_risk)))
}

/// Kinds of exceptions there are, with how many of each.
#[must_use]
pub fn exception_kinds(assessment: &Assessment) -> Vec<(ExceptionKind, u64)> {
    let mut kinds: Vec<(ExceptionKind, u64)> = Vec::new();
    for task in assessment.owners.iter().flat_map(|own| &own.tasks) {
        match kinds.iter_mut().find(|(kind, _)| *kind == task.kind) {
            Some((_, count)) => *count += task.at_risk.exceptions,
            None => kinds.push((task.kind, task.at_risk.exceptions)),
        }
    }
    kinds
}

/// An amount with its currency.
#[must_use]
pub fn money(money: &Money) -> String {
    super::shown(&words::sum(money))
}

/// How long before `now` a time was.
#[must_use]
pub fn since(at: Timestamp, now: Timestamp) -> String {
    span(now.duration_since(at))
}

/// Text as a page shows it: nothing in it acts, and it has an end.
#[must_use]
pub fn shown(text: &str) -> String {
    super::shown(text)
}

/// The class of a fate's colour.
#[must_use]
pub fn tone_of_fate(fate: Fate) -> &'static str {
    text::tone_of(fate).map_or("plain", class)
}
