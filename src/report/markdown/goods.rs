//! Control totals of goods and money as a table, the causes of what differs in its last column.

use super::{escape, line};
use crate::judge::Assessment;
use crate::report::words;

/// SKUs that are listed: all that the assessment keeps.
const SKUS_SHOWN: usize = 50;

/// The table; nothing where nothing was captured.
pub(super) fn goods(page: &mut String, assessment: &Assessment) {
    let Some(goods) = words::goods(assessment, SKUS_SHOWN) else { return };
    line(page, format_args!("\n## Goods and money"));
    if !goods.rows.is_empty() {
        line(page, format_args!("\n| | {} | causes |", goods.columns.join(" | ")));
        line(page, format_args!("| --- |{} --- |", " ---: |".repeat(goods.columns.len())));
    }
    for row in &goods.rows {
        let causes: Vec<String> =
            row.causes.iter().map(|cause| escape(&format!("{}: {}", cause.side, cause.words))).collect();
        let cells = row.cells.join(" | ");
        line(page, format_args!("| {} | {cells} | {} |", escape(&row.name), causes.join("<br>")));
    }
    for note in &goods.notes {
        line(page, format_args!("\n{}", escape(note)));
    }
}
