//! The gate table: what was measured, what it could be at worst, the threshold, and why.

use maud::{Markup, html};

use super::parts::{class, mark, prose, section as titled};
use super::shown;
use crate::judge::{Assessment, Gate};
use crate::report::layout::Tone;

/// The gates. On a narrow page its rows stand below each other, so that the reason is never out of sight; the roles keep
/// it a table for who can't see it.
pub(super) fn section(assessment: &Assessment) -> Markup {
    titled(
        "gates",
        "Gates",
        &html! {
            p.lead { "Every gate has a threshold that was fixed before the run. The decision is the worst of them." }
            table.stacked role="table" aria-labelledby="gates-title" {
                thead role="rowgroup" {
                    tr role="row" {
                        @for name in ["Gate", "Status", "Measured", "At worst", "Threshold", "Why"] {
                            th scope="col" role="columnheader" { (name) }
                        }
                    }
                }
                tbody role="rowgroup" { @for gate in &assessment.gates { (row(gate)) } }
            }
        },
    )
}

fn row(gate: &Gate) -> Markup {
    html! {
        tr.(class(Tone::of(gate.status))) role="row" {
            th scope="row" role="rowheader" { (gate.name) }
            td.status role="cell" { (mark(gate.status)) }
            (cell("Measured", &gate.measured))
            (cell("At worst", &gate.worst_case))
            (cell("Threshold", &gate.threshold))
            td role="cell" data-name="Why" {
                div {
                    (prose(&gate.reason))
                    @if let Some(change) = &gate.would_change {
                        p.change { strong { "What would change this: " } (prose(&change.words)) }
                    }
                }
            }
        }
    }
}

/// Its content is one element: on a narrow page it stands beside the column's name, and pieces of it would be strewn over both.
fn cell(name: &str, text: &str) -> Markup {
    html! { td role="cell" data-name=(name) { div { (shown(text)) } } }
}
