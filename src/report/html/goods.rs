//! Control totals: orders and documents, goods and money, and what accounts for each difference.

use maud::{Markup, html};

use super::parts::{number, scrolled, section as titled};
use super::{cut, name, shown, words};
use crate::judge::Assessment;
use crate::outcome::Lane;
use crate::report::words::{Goods, Row};

/// SKUs that are listed; the JSON has up to fifty.
const SKUS_SHOWN: usize = 30;

/// Rows of the table in all: these SKUs, all units together, and as many currencies as a large shop has.
const ROWS_SHOWN: usize = SKUS_SHOWN + 1 + 20;

/// Characters of the causes of one row on one side: a dozen of them, with their numbers.
const CAUSES_CHARS_MAX: usize = 500;

/// Control totals, goods and money.
pub(super) fn section(assessment: &Assessment) -> Markup {
    let goods = words::goods(assessment, SKUS_SHOWN);
    titled(
        "goods",
        "Control totals",
        &html! {
            (totals(assessment))
            @if let Some(goods) = &goods {
                h3 { "Goods and money" }
                (table(goods))
                @for note in &goods.notes { p.note { (shown(note)) } }
            }
        },
    )
}

/// Orders and documents by lane, in the order in which they add up.
fn totals(assessment: &Assessment) -> Markup {
    let (tied, sentence) = match words::tie_out(&assessment.totals, &assessment.census) {
        Ok(sentence) => (true, sentence),
        Err(sentence) => (false, sentence),
    };
    html! {
        p.lead.(if tied { "good" } else { "bad" }) { (sentence) }
        (scrolled("Orders and documents by lane", &html! {
            table.counts {
                thead { tr { th scope="col" { "Counted" } @for lane in Lane::ALL { th.number scope="col" { (lane) } } } }
                tbody {
                    @for (what, counts) in words::totals(&assessment.totals) {
                        tr {
                            th scope="row" { (name(&what)) }
                            td.number { (number(counts.legacy)) }
                            td.number { (number(counts.gated)) }
                        }
                    }
                }
            }
        }))
    }
}

fn table(goods: &Goods) -> Markup {
    if goods.rows.is_empty() {
        return html! {};
    }
    let more = goods.rows.len().saturating_sub(ROWS_SHOWN) as u64;
    html! {
        (scrolled("Units and money, captured and in each ledger", &html! {
            table.counts {
                thead {
                    tr {
                        th scope="col" { "What" }
                        @for column in &goods.columns { th.number scope="col" { (column) } }
                        th scope="col" { "Why they differ" }
                    }
                }
                tbody { @for row in goods.rows.iter().take(ROWS_SHOWN) { (row_of(row)) } }
            }
        }))
        @if more > 0 { p.note { (words::counted(more, "more row")) ": see the JSON." } }
    }
}

fn row_of(row: &Row) -> Markup {
    html! {
        tr {
            th scope="row" { bdi { (name(&row.name)) } }
            @for cell in &row.cells { td.number { (name(cell)) } }
            td.meaning {
                @for cause in &row.causes {
                    div.(if cause.broken { "bad" } else { "plain" }) { strong { (cause.side) } ": " (cut(&cause.words, CAUSES_CHARS_MAX)) }
                }
            }
        }
    }
}
