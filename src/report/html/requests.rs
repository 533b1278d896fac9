//! Requests as the tee counted them, and the storefront's own list of orders.

use maud::{Markup, html};

use super::parts::{number, scrolled, section as titled};
use super::{name, shown, words};
use crate::judge::Assessment;

/// Rows of the census that are listed: its kinds, and the reasons of the storefront's.
const ROWS_SHOWN: usize = 40;

/// The third witness.
pub(super) fn census(assessment: &Assessment) -> Markup {
    let rows = words::census(&assessment.census);
    let more = rows.len().saturating_sub(ROWS_SHOWN) as u64;
    titled(
        "census",
        "Census: the storefront's own list",
        &html! {
            p { (words::witness(&assessment.census)) }
            @if !rows.is_empty() {
                (scrolled("The census", &html! {
                    table.counts {
                        thead { tr { th scope="col" { "Listed" } th.number scope="col" { "Orders" } } }
                        tbody {
                            @for (what, count) in rows.iter().take(ROWS_SHOWN) {
                                tr { th scope="row" { (name(what)) } td.number { (number(*count)) } }
                            }
                        }
                    }
                }))
            }
            @if more > 0 { p.note { (words::counted(more, "more row")) ": see the JSON." } }
        },
    )
}

/// Requests: what came in, and what was done with it.
pub(super) fn section(assessment: &Assessment) -> Markup {
    let counts = &assessment.run.counts;
    let (tally, rest) = (words::tally(counts), words::tally_rest(counts));
    // The end of a long tally, behind the reasons of up to a thousand exclusions, says whether the counters tie out.
    let is_cut = !shown(&tally).ends_with(rest.as_str());
    titled(
        "requests",
        "Requests",
        &html! {
            p { (shown(&tally)) @if is_cut { (rest) } }
            @if let Some(deliveries) = words::deliveries(counts) { p { "Delivered: " (shown(&deliveries)) "." } }
        },
    )
}
