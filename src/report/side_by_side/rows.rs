//! Two documents beside each other as rows of pieces, for a page.

use super::Compared;
use super::align::{Row, shorten};
use super::marks::{Letters, marked, unmarked};
use crate::outcome::PerLane;
use crate::report::document::Line;

/// Most rows that a page shows; what differs more is another order.
const ROWS_MAX: usize = 2_000;

/// Two documents, as a page shows them.
pub(in crate::report) struct Beside {
    /// What a reader must know of the rows.
    pub(in crate::report) notes: Vec<String>,
    /// Whether both say the same.
    pub(in crate::report) equal: bool,
    pub(in crate::report) rows: Vec<BesideRow>,
    /// Rows that are not shown.
    pub(in crate::report) more: usize,
}

/// A line of each document, where they stand beside each other.
pub(in crate::report) enum BesideRow {
    /// So many equal lines that are left out.
    Hidden(usize),
    /// In pieces, those marked that the other lacks. `None`: it has no such line.
    Lines {
        /// Whether the lines say the same.
        equal: bool,
        lines: PerLane<Option<Vec<(String, bool)>>>,
    },
}

/// The legacy lane's document beside the gated lane's.
pub(in crate::report) fn beside(legacy: &[u8], gated: &[u8]) -> Beside {
    let compared = Compared::new(legacy, gated);
    let aligned = compared.rows();
    let differ = aligned.iter().any(|row| !matches!(row, Row::Equal(..)));
    let notes = compared.notes(differ);
    let shown = if compared.equal { aligned } else { shorten(&aligned) };
    let more = shown.len().saturating_sub(ROWS_MAX);
    let rows = shown.iter().take(ROWS_MAX).map(row).collect();
    Beside { notes, equal: compared.equal, rows, more }
}

fn row(row: &Row<'_>) -> BesideRow {
    let lines = |equal, legacy, gated| BesideRow::Lines { equal, lines: PerLane { legacy, gated } };
    match row {
        Row::Hidden(equal) => BesideRow::Hidden(*equal),
        Row::Equal(legacy, gated) => {
            let side = |line: &Line| Some(pieces(line.indent, unmarked(line)));
            lines(true, side(legacy), side(gated))
        }
        Row::Changed(legacy, gated) => {
            let marks = marked(legacy, gated);
            lines(false, Some(pieces(legacy.indent, marks.legacy)), Some(pieces(gated.indent, marks.gated)))
        }
        Row::Legacy(line) => lines(false, Some(pieces(line.indent, all_marked(unmarked(line)))), None),
        Row::Gated(line) => lines(false, None, Some(pieces(line.indent, all_marked(unmarked(line))))),
    }
}

fn all_marked(letters: Letters) -> Letters {
    letters.into_iter().map(|(letter, _)| (letter, true)).collect()
}

/// Letters in pieces as long as can be, indented.
fn pieces(indent: usize, letters: Letters) -> Vec<(String, bool)> {
    let mut pieces = vec![(" ".repeat(indent), false)];
    for (letter, mark) in letters {
        match pieces.last_mut() {
            Some((text, same)) if *same == mark => text.push(letter),
            _ => pieces.push((letter.to_string(), mark)),
        }
    }
    pieces
}
