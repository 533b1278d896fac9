//! What the comparison found: what was compared with what, and each kind of difference with an example.

use crate::judge::{Assessment, FindingSummary};
use crate::report::layout::{Page, Tone};
use crate::report::{inert, words};

/// Columns of the two sides of a comparison, and of one side.
const SIDES: usize = 21;
const SIDE: usize = 8;

/// What was compared, and what was found.
pub(super) fn findings(page: &mut Page, assessment: &Assessment) {
    page.heading(&format!("Findings: {}", words::findings_count(assessment)));
    let compared = words::comparison(assessment);
    if compared.is_empty() {
        page.paragraph(2, words::NEVER_COMPARED);
    }
    for (between, words) in compared {
        page.beside(&format!("  {:<width$}", words::sides(between), width = SIDES - 2), SIDES, &words);
    }
    let listing = words::listing(assessment);
    for row in listing.open {
        page.line("");
        block(page, row);
    }
    if !listing.explained.is_empty() {
        page.line("");
        page.line("  Explained");
    }
    for row in listing.explained {
        page.hanging(4, 6, &inert(&words::explained(row)));
    }
    for sentence in listing.left_out {
        page.paragraph(2, &sentence);
    }
}

/// One kind of difference.
fn block(page: &mut Page, row: &FindingSummary) {
    let tone = if row.between.counts() { Tone::Bad } else { Tone::Unknown };
    page.tinted(2, tone, &inert(&words::difference(row)));
    page.paragraph(4, &words::facts(row));
    let lines = [("money", words::moves(row)), ("orders", words::first_orders(&row.orders, row.orders_count))];
    for (name, words) in lines {
        if let Some(words) = words {
            page.beside(&format!("    {name:<SIDE$}"), 4 + SIDE, &inert(&words));
        }
    }
    let Some(example) = &row.example else { return };
    let order = example.order_key.as_ref().map(|key| format!(" of {key}")).unwrap_or_default();
    page.paragraph(4, &inert(&format!("for example {}{order}", words::place(&example.path))));
    for (side, there) in words::example(row, example) {
        page.beside(&format!("      {side:<SIDE$}"), 6 + SIDE, &inert(&there));
    }
    words::paired(example.matching).into_iter().for_each(|how| page.paragraph(6, how));
}
