//! Signals of the broken handoff, both lanes side by side.

use crate::judge::Assessment;
use crate::outcome::Lane;
use crate::report::layout::{Page, wrap};
use crate::report::words::SignalRow;
use crate::report::{inert, words};

/// SKUs that are listed; the JSON has up to fifty.
const SKUS_SHOWN: usize = 5;

/// Columns of a name and of a lane's cell.
const NAME: usize = 32;
const CELL: usize = 24;

/// The tables; nothing where no order was captured.
pub(super) fn signals(page: &mut Page, assessment: &Assessment) {
    let Some(signals) = words::signals(assessment, SKUS_SHOWN) else { return };
    table(page, "Signals of the handoff", &signals.measured);
    table(page, "Steps in the gated sequence", &signals.steps);
    table(page, "Units exposed, most at once", &signals.skus);
    table(page, "Units behind at day's end", &signals.drift);
    page.line("");
    signals.notes.iter().for_each(|note| page.paragraph(2, &inert(note)));
}

fn table(page: &mut Page, heading: &str, rows: &[SignalRow]) {
    if rows.is_empty() {
        return;
    }
    let lanes = Lane::ALL.iter().map(|lane| lane.as_str());
    let fits = page.width() >= NAME + 2 * CELL;
    let columns: String = if fits { lanes.map(|lane| format!("{lane:>CELL$}")).collect() } else { String::new() };
    page.heading(&format!("{heading:<NAME$}{columns}"));
    for row in rows {
        let name = inert(&row.name);
        let cells = Lane::ALL.iter().map(|lane| (lane, inert(row.cells.get(*lane)))).collect::<Vec<_>>();
        if fits && cells.iter().all(|(_, cell)| cell.chars().count() < CELL) {
            let mut lines = wrap(&name, NAME - 3);
            let last = lines.pop().unwrap_or_default();
            lines.iter().for_each(|line| page.line(&format!("  {line}")));
            let cells: String = cells.iter().map(|(_, cell)| format!("{cell:>CELL$}")).collect();
            page.line(&format!("  {last:<width$}{cells}", width = NAME - 2));
        } else {
            let cells: Vec<String> = cells.iter().map(|(lane, cell)| format!("{lane} {cell}")).collect();
            page.hanging(2, 4, &format!("{name}: {}", cells.join(", ")));
        }
    }
}
