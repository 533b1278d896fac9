//! What the judge would have seen: faults seeded into this run's own evidence.

use maud::{Markup, html};

use super::parts::{class, number, scrolled, section as titled};
use super::{shown, words};
use crate::judge::{Assessment, FaultSummary};
use crate::report::layout::Tone;

pub(super) fn section(assessment: &Assessment) -> Markup {
    let rows = &assessment.sensitivity.faults;
    titled(
        "sensitivity",
        "What would have been seen",
        &html! {
            p.lead { (words::sensitivity(assessment)) }
            @if assessment.sensitivity.orders > 0 {
                (scrolled("Seeded faults", &html! {
                    table.counts {
                        thead {
                            tr {
                                @for name in ["Fault", "Seeded", "Seen", "Surely at least", "Missed first in"] { th scope="col" { (name) } }
                            }
                        }
                        tbody { @for row in rows { (fault(row)) } }
                    }
                }))
            }
        },
    )
}

fn fault(row: &FaultSummary) -> Markup {
    let tone = (row.caught < row.seeded).then_some(Tone::Bad);
    html! {
        tr.(tone.map_or("plain", class)) {
            th scope="row" { (words::fault(row.fault)) }
            td.number { (number(row.seeded)) }
            td.number { (number(row.caught)) }
            td.number { (row.lower_limit.map_or_else(|| "not seeded".to_owned(), words::percent)) }
            td { @if let Some(order) = &row.missed { (shown(order.as_str())) } @else { "none" } }
        }
    }
}
