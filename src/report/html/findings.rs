//! What the comparison of documents found: each kind of difference with one example, marked where it differs.

use maud::{Markup, html};

use super::parts::{key, keys, section as titled};
use super::{name, shown, words};
use crate::diff::Class;
use crate::judge::{Assessment, FindingExample, FindingSummary};
use crate::report::side_by_side::pieces;

/// Kinds of differences that are listed: those that nothing explains, and those that something does.
const OPEN_SHOWN: usize = 40;
const EXPLAINED_SHOWN: usize = 10;

/// The findings.
pub(super) fn section(assessment: &Assessment) -> Markup {
    let compared = words::comparison(assessment);
    let listing = words::listing_of(assessment, OPEN_SHOWN, EXPLAINED_SHOWN);
    let heading = format!("Findings: {}", words::findings_count(assessment));
    titled(
        "findings",
        &heading,
        &html! {
            @if compared.is_empty() { p { (words::NEVER_COMPARED) } }
            dl.pairs {
                @for (between, said) in &compared { div { dt { (words::sides(*between)) } dd { (shown(said)) } } }
            }
            @for row in &listing.open { (finding(row)) }
            @if !listing.explained.is_empty() {
                h3 { "Explained" }
                ul { @for row in &listing.explained { li { (shown(&words::explained(row))) } } }
            }
            @for sentence in &listing.left_out { p.note { (sentence) } }
        },
    )
}

/// One kind of difference.
fn finding(row: &FindingSummary) -> Markup {
    let counts = if row.between.counts() { "bad" } else { "unknown" };
    html! {
        article.finding.(counts) {
            h3 { code { (name(words::place(&row.path))) } " " (words::class(row.class, row.between)) }
            p { (words::facts(row)) }
            dl.pairs {
                @if let Some(money) = words::moves(row) { div { dt { "money" } dd { (shown(&money)) } } }
                @if !row.orders.is_empty() { div { dt { "orders" } dd { (keys(&row.orders, row.orders_count)) } } }
            }
            @if let Some(example) = &row.example { (example_of(row, example)) }
        }
    }
}

/// Both sides of an example, with the words marked that the other lacks.
fn example_of(row: &FindingSummary, example: &FindingExample) -> Markup {
    let (left, right) = row.between.sides();
    let [old, new] = [&example.left, &example.right].map(|text| text.as_deref().map(|text| shown(&words::value(text))));
    let marked = pieces(old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
    let both = old.is_some() && new.is_some();
    let sides = [(left, &old, marked.legacy, &example.left_place), (right, &new, marked.gated, &example.right_place)];
    html! {
        figure {
            figcaption {
                "For example " code { (name(words::place(&example.path))) }
                @if let Some(order) = &example.order_key { " of " (key(order.as_str())) }
            }
            div.sides {
                @for (side, text, pieces, place) in sides {
                    // Of what is no JSON, the other side is not looked at.
                    @if row.class != Class::Unreadable || text.is_some() {
                        div {
                            span.side { (side) @if let Some(place) = place { @if !place.is_empty() { " at " code { (name(place)) } } } }
                            pre { bdi { (value(text.is_some(), place.is_some(), both, &pieces)) } }
                        }
                    }
                }
            }
            @if let Some(how) = words::paired(example.matching) { p.note { (how) } }
        }
    }
}

/// A value in pieces; what is nowhere is said to be, and no value could be taken for it.
fn value(there: bool, placed: bool, both: bool, pieces: &[(String, bool)]) -> Markup {
    html! {
        @if there {
            @for (piece, marked) in pieces {
                @if *marked && both { mark { (piece) } } @else { (piece) }
            }
        } @else if placed {
            span.muted { "there, without a value of its own" }
        } @else {
            span.muted { "nothing" }
        }
    }
}
