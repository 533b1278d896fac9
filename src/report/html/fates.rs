//! What became of the orders: both lanes side by side, and how they relate.

use maud::{Markup, html};

use super::parts::{bar, class, number, scrolled, section as titled};
use super::words;
use crate::judge::{Assessment, Fate, Parity};
use crate::outcome::{Lane, PerLane};
use crate::report::layout::Tone;
use crate::report::text::tone_of;

/// Fates and parity.
pub(super) fn section(assessment: &Assessment) -> Markup {
    titled(
        "fates",
        "What became of the orders",
        &html! {
            (fates(assessment))
            h3 #parity { "Parity" }
            (parity(assessment))
            @if let Some(losses) = words::losses(assessment) { p { (losses) } }
        },
    )
}

fn fates(assessment: &Assessment) -> Markup {
    let rows = words::fates(assessment);
    if rows.is_empty() {
        return html! { p { "No order was captured." } };
    }
    let all = assessment.totals.orders_captured;
    let accounted = assessment.totals.orders_accounted;
    html! {
        p.lead { "Every captured order has exactly one fate on each path." }
        (scrolled("Fates by lane", &html! {
            table.counts {
                thead {
                    tr {
                        th scope="col" { "Fate" }
                        @for lane in Lane::ALL { th.number scope="col" { (lane) } }
                        th scope="col" { "What it means" }
                    }
                }
                tbody { @for (fate, counts) in rows { (fate_row(fate, counts, all)) } }
                tfoot {
                    tr { th scope="row" { "all" } td.number { (number(accounted.legacy)) } td.number { (number(accounted.gated)) } td {} }
                }
            }
        }))
    }
}

fn fate_row(fate: Fate, counts: PerLane<u64>, all: u64) -> Markup {
    let tone = tone_of(fate);
    html! {
        tr.(tone.map_or("plain", class)) {
            th scope="row" { (fate) }
            (count(counts.legacy, all, tone))
            (count(counts.gated, all, tone))
            td.meaning { (words::fate(fate)) }
        }
    }
}

/// A count with its bar; none is no reason for a colour.
fn count(count: u64, all: u64, tone: Option<Tone>) -> Markup {
    html! { td.number.(tone.filter(|_| count > 0).map_or("plain", class)) { (number(count)) (bar(count, all, tone)) } }
}

fn parity(assessment: &Assessment) -> Markup {
    if assessment.parity.is_empty() {
        return html! { p { "There is nothing to compare." } };
    }
    let all = assessment.parity.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    scrolled(
        "Orders by parity",
        &html! {
            table.counts {
                thead { tr { th scope="col" { "Parity" } th.number scope="col" { "Orders" } th scope="col" { "What it means" } } }
                tbody {
                    @for (parity, orders) in &assessment.parity {
                        @let tone = parity_tone(*parity);
                        tr.(tone.map_or("plain", class)) {
                            th scope="row" { (parity) }
                            (count(*orders, all, tone))
                            td.meaning { (words::relation(*parity)) }
                        }
                    }
                }
            }
        },
    )
}

/// What legacy alone has is what gated lost; what gated alone has is evidence for it.
const fn parity_tone(parity: Parity) -> Option<Tone> {
    match parity {
        Parity::LegacyOnly | Parity::DecisionsDiffer | Parity::FieldsDiffer => Some(Tone::Bad),
        Parity::Open | Parity::Neither => Some(Tone::Unknown),
        Parity::Matched | Parity::GatedOnly => None,
    }
}
