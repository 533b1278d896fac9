//! The assessment as one page for a browser: what a go/no-go meeting decides on, and an auditor keeps.
//!
//! A pure function of the assessment. The page holds all that it shows: it loads nothing, runs nothing, and a policy
//! in its head forbids both, so that not even a mistake here could. Text from outside passes [`shown`] and is escaped by
//! maud; nothing but this crate's own style sheet is ever put in as it is. Whatever can grow is bounded by the constants
//! of each section, and what is left out is counted.

mod chart;
mod compared;
mod exceptions;
mod fates;
mod findings;
mod first;
mod gates;
mod goods;
mod live;
mod order;
mod parts;
mod provenance;
mod requests;
mod sensitivity;
mod signals;
mod style;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{inert, words};
use crate::judge::Assessment;

/// Characters of one text that are shown: more than a sentence of the judge has, so that only text from outside is cut.
const TEXT_CHARS_MAX: usize = 1_500;

/// Characters of a name or a reason from outside. Order keys have 255 bytes at most.
const NAME_CHARS_MAX: usize = 300;

/// Parts of pages, for those that show a run while it goes on. All of them take their colours from [`page::SHEET`].
pub mod page {
    pub use super::live::{
        Headline, exception_kinds, fates, gates, headline, money, owner_counts, shown, signals, since, tone_of_fate,
    };
    pub use super::order::order;
    pub use super::parts::{key, mark, number, prose, reference, scrolled, section};
    pub use super::style::SHEET;
}

/// The assessment as a page of HTML that stands by itself. The same assessment gives the same bytes.
#[must_use]
pub fn html(assessment: &Assessment) -> String {
    page(assessment).into_string()
}

fn page(assessment: &Assessment) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(style::policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (assessment.decision) " · paritee, run " (assessment.run.number) }
                style { (PreEscaped(style::SHEET)) }
            }
            body {
                a.skip href="#gates" { "To the gates" }
                (first::header(assessment))
                (first::readers(assessment))
                main { (sections(assessment)) }
                footer { p { "Written by paritee " (env!("CARGO_PKG_VERSION")) ". This page loads nothing and runs nothing." } }
            }
        }
    }
}

fn sections(assessment: &Assessment) -> Markup {
    html! {
        (gates::section(assessment))
        (exceptions::section(assessment))
        (fates::section(assessment))
        (signals::section(assessment))
        (findings::section(assessment))
        (goods::section(assessment))
        (compared::rules(assessment))
        (compared::decisions(assessment))
        (requests::census(assessment))
        (sensitivity::section(assessment))
        (requests::section(assessment))
        (provenance::section(assessment))
    }
}

/// Text as the page shows it: nothing in it acts, and it has an end.
fn shown(text: &str) -> String {
    cut(text, TEXT_CHARS_MAX)
}

/// A name from outside, likewise.
fn name(text: &str) -> String {
    cut(text, NAME_CHARS_MAX)
}

fn cut(text: &str, most: usize) -> String {
    let text = inert(text);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}
