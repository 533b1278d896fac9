//! Rows as lines of text: in two columns where there is room, else in one.
//!
//! Knows nothing of JSON. No line is wider than it was told.

use super::super::layout::{Style, Tone};
use super::super::words::counted;
use super::align::Row;
use super::fold::{Cell, fold};
use super::marks::{Letters, marked, unmarked};
use crate::outcome::{Lane, PerLane};

/// Below this two columns would break most lines of an order.
const COLUMNS_MIN: usize = 72;

/// Between two columns: a space, what the row is, a space.
const GUTTER: usize = 3;

/// In front of one column: what the row is, a space.
const MARGIN: usize = 2;

/// Most lines that are drawn; what differs more is another order.
const LINES_MAX: usize = 2_000;

/// How lines are laid out.
#[derive(Clone, Copy)]
enum Layout {
    /// Legacy left, gated right.
    TwoColumns,
    /// Legacy above gated.
    OneColumn,
    /// Lines that both have, nothing before them.
    Once,
}

/// Draws lines of at most `width` columns.
pub(super) struct Drawing {
    style: Style,
    layout: Layout,
    /// Columns that a line of a document has.
    column: usize,
}

impl Drawing {
    /// For two documents that differ.
    pub(super) const fn of_two(width: usize, style: Style) -> Self {
        if width >= COLUMNS_MIN {
            Self { style, layout: Layout::TwoColumns, column: (width - GUTTER) / 2 }
        } else {
            Self { style, layout: Layout::OneColumn, column: width.saturating_sub(MARGIN) }
        }
    }

    /// For lines that both documents have.
    pub(super) const fn once(width: usize, style: Style) -> Self {
        Self { style, layout: Layout::Once, column: width }
    }

    /// What the signs mean.
    pub(super) const fn legend(&self) -> &'static str {
        match (self.layout, self.style) {
            (Layout::TwoColumns, Style::Plain) => "| changed, ^ where; < only on legacy; > only on gated",
            (Layout::TwoColumns, Style::Ansi) => "| changed; < only on legacy; > only on gated",
            (Layout::OneColumn, Style::Plain) => "- legacy; + gated; ^ where they differ",
            (Layout::OneColumn, Style::Ansi) => "- legacy; + gated",
            (Layout::Once, _) => "",
        }
    }

    /// The rows as lines; `beyond`: how many more there would be. What is too long ends with how many are missing.
    pub(super) fn rows(&self, rows: &[Row<'_>], beyond: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rest = rows.iter();
        while lines.len() < LINES_MAX
            && let Some(row) = rest.next()
        {
            match self.layout {
                Layout::TwoColumns => self.two_columns(&mut lines, row),
                Layout::OneColumn | Layout::Once => self.one_column(&mut lines, row),
            }
        }
        let undrawn: usize = rest.map(|row| if let Row::Hidden(equal) = row { *equal } else { 1 }).sum();
        let more = undrawn + beyond;
        lines.extend((more > 0).then(|| format!("({} not shown)", counted(more as u64, "more line"))));
        lines
    }

    fn two_columns(&self, lines: &mut Vec<String>, row: &Row<'_>) {
        let (sign, letters) = match row {
            Row::Hidden(equal) => return lines.push(hidden(*equal)),
            Row::Equal(legacy, gated) => (' ', PerLane { legacy: unmarked(legacy), gated: unmarked(gated) }),
            Row::Changed(legacy, gated) => ('|', marked(legacy, gated)),
            Row::Legacy(line) => ('<', PerLane { legacy: unmarked(line), gated: Letters::new() }),
            Row::Gated(line) => ('>', PerLane { legacy: Letters::new(), gated: unmarked(line) }),
        };
        let indent = |lane| row.line(lane).map_or(0, |line| line.indent);
        let mut left = fold(indent(Lane::Legacy), &letters.legacy, self.column).into_iter();
        let mut right = fold(indent(Lane::Gated), &letters.gated, self.column).into_iter();
        loop {
            match (left.next(), right.next()) {
                (None, None) => return,
                (left, right) => self.pair(lines, sign, &left.unwrap_or_default(), &right.unwrap_or_default()),
            }
        }
    }

    /// One row of each column, and the marks below.
    fn pair(&self, lines: &mut Vec<String>, sign: char, left: &Cell, right: &Cell) {
        let (text, beside) = (self.text(left, sign, Lane::Legacy), self.text(right, sign, Lane::Gated));
        let gap = self.column.saturating_sub(left.width);
        lines.push(format!("{text}{:gap$} {sign} {beside}", "").trim_end().to_owned());
        if let Some(below) = self.carets(left).or_else(|| self.carets(right).map(|_| String::new())) {
            let beside = self.carets(right).unwrap_or_default();
            lines.push(format!("{below:0$} ^ {beside}", self.column).trim_end().to_owned());
        }
    }

    fn one_column(&self, lines: &mut Vec<String>, row: &Row<'_>) {
        match row {
            Row::Hidden(equal) => lines.push(hidden(*equal)),
            Row::Equal(line, _) => self.lines(lines, ' ', line.indent, &unmarked(line)),
            Row::Legacy(line) => self.lines(lines, '-', line.indent, &unmarked(line)),
            Row::Gated(line) => self.lines(lines, '+', line.indent, &unmarked(line)),
            Row::Changed(old, new) => {
                let letters = marked(old, new);
                self.lines(lines, '-', old.indent, &letters.legacy);
                self.lines(lines, '+', new.indent, &letters.gated);
            }
        }
    }

    fn lines(&self, lines: &mut Vec<String>, sign: char, indent: usize, letters: &Letters) {
        let lane = if sign == '+' { Lane::Gated } else { Lane::Legacy };
        for cell in fold(indent, letters, self.column) {
            let text = self.text(&cell, sign, lane);
            lines.push(match self.layout {
                Layout::Once => text,
                _ => format!("{sign} {text}").trim_end().to_owned(),
            });
            lines.extend(self.carets(&cell).map(|carets| format!("^ {carets}")));
        }
    }

    /// A cell's text, in its lane's colour where the row is no equal one.
    fn text(&self, cell: &Cell, sign: char, lane: Lane) -> String {
        let mut text = " ".repeat(cell.indent);
        for run in cell.letters.chunk_by(|(_, left), (_, right)| left == right) {
            let letters: String = run.iter().map(|(letter, _)| letter).collect();
            let word = run.first().is_some_and(|(_, mark)| *mark);
            match sign {
                ' ' => text.push_str(&letters),
                _ => text.push_str(&self.style.paint(Tone::Document { lane, word }, &letters)),
            }
        }
        text
    }

    /// Marks below a cell, where there is no colour to carry them.
    fn carets(&self, cell: &Cell) -> Option<String> {
        match self.style {
            Style::Plain => cell.carets(),
            Style::Ansi => None,
        }
    }
}

fn hidden(equal: usize) -> String {
    format!("… {equal} equal lines")
}
