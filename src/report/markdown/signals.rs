//! Signals of the broken handoff as tables of two lanes.

use super::{escape, line};
use crate::judge::Assessment;
use crate::report::words::{self, SignalRow};

/// SKUs that are listed: all that the assessment keeps.
const SKUS_SHOWN: usize = 50;

/// The tables; nothing where no order was captured.
pub(super) fn signals(page: &mut String, assessment: &Assessment) {
    let Some(signals) = words::signals(assessment, SKUS_SHOWN) else { return };
    line(page, format_args!("\n## Signals of the handoff"));
    table(page, "measured", &signals.measured);
    table(page, "orders by step, in the gated sequence", &signals.steps);
    table(page, "units exposed, most at once", &signals.skus);
    table(page, "units behind at day's end", &signals.drift);
    for note in &signals.notes {
        line(page, format_args!("\n{}", escape(note)));
    }
}

fn table(page: &mut String, what: &str, rows: &[SignalRow]) {
    if rows.is_empty() {
        return;
    }
    line(page, format_args!("\n| {what} | legacy | gated |"));
    line(page, format_args!("| --- | ---: | ---: |"));
    for row in rows {
        let cells = [&row.name, &row.cells.legacy, &row.cells.gated].map(|cell| escape(cell));
        line(page, format_args!("| {} |", cells.join(" | ")));
    }
}
