//! The rows of a CSV as orders: one row each, or several that follow each other, one for each line of the order.
//!
//! Rows belong together where they follow each other and name the same order and number; a row in which order key,
//! number and time are all empty belongs to the one before (Shopify's export fills them in on the first row only). The
//! document is then the first row's object with all rows, itself included, as `rows`. The same order again further
//! down is another version of the same document, not another document.

use bytes::Bytes;

use super::columns::Columns;
use super::csv::{Cells, Row};
use super::fact::{Found, Mapping, Place, Tally};
use super::fault::RowFault;
use crate::config::Matches;
use crate::journal::Record;
use crate::order::Json;

/// Most rows of one order, and their bytes: orders of wholesalers have hundreds of lines.
const ROWS_MAX: usize = 10_000;
const BYTES_MAX: usize = 16 << 20;

/// Rows of one order, gathered.
#[derive(Debug, Default)]
struct Gathered {
    line: u64,
    first: Cells,
    /// Each row as JSON, parted by commas.
    rows: Vec<u8>,
    first_bytes: usize,
    count: usize,
    cancelled: bool,
    excluded: Vec<bool>,
}

/// Gathers the rows of a CSV.
#[derive(Debug)]
pub(super) struct Table<'m> {
    mapping: &'m Mapping,
    columns: Columns,
    gathered: Gathered,
}

impl<'m> Table<'m> {
    pub(super) fn new(mapping: &'m Mapping, columns: Columns) -> Self {
        Self { mapping, columns, gathered: Gathered::default() }
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns.headings
    }

    /// Takes a row; what came before it and is whole now goes to `records`. Faults come with their line.
    pub(super) fn take(
        &mut self,
        row: &Row,
        records: &mut Vec<Record>,
        tally: &mut Tally,
    ) -> Result<(), Vec<(u64, RowFault)>> {
        tally.rows += 1;
        let (found, columns) = (row.cells.len(), self.columns.headings.len());
        if found != columns {
            let cut_off = row.unended && found < columns;
            return Err(vec![(row.line, RowFault::Width { found, columns, cut_off })]);
        }
        if self.gathered.count > 0 && self.continues(&row.cells) {
            return self.add(&row.cells).map_err(|fault| vec![(row.line, fault)]);
        }
        let before = self.finish(records, tally);
        self.gathered.line = row.line;
        self.gathered.first.clone_from(&row.cells);
        self.gathered.cancelled = true;
        self.gathered.excluded.resize(self.mapping.import.excludes.len(), true);
        let added = self.add(&row.cells).map_err(|fault| (row.line, fault));
        let faults: Vec<_> = before.err().into_iter().chain(added.err()).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// Ends the order that is gathered.
    pub(super) fn finish(&mut self, records: &mut Vec<Record>, tally: &mut Tally) -> Result<(), (u64, RowFault)> {
        let taken = match self.gathered.count {
            0 => Ok(()),
            count if count > ROWS_MAX || self.gathered.rows.len() > BYTES_MAX => {
                Err(RowFault::Crowd { line: self.gathered.line })
            }
            _ => self.document().and_then(|document| self.mapping.record(self.found(document), records, tally)),
        };
        let line = self.gathered.line;
        self.gathered.clear();
        taken.map_err(|fault| (line, fault))
    }

    /// Whether a row belongs to the one before: it names nothing else, and it names it again or nothing at all.
    fn continues(&self, cells: &Cells) -> bool {
        let same = |column: Option<usize>| {
            let Some(column) = column else { return Same::Nothing };
            match (cells.get(column).trim(), self.gathered.first.get(column).trim()) {
                ("", _) => Same::Nothing,
                (here, there) if here == there => Same::Yes,
                _ => Same::No,
            }
        };
        let (key, reference, at) = (same(Some(self.columns.key)), same(self.columns.reference), same(self.columns.at));
        match (key, reference) {
            (Same::No, _) | (_, Same::No) => false,
            // Each line of an order may have a time of its own.
            (_, Same::Yes) => true,
            // The census tells orders apart by their key alone.
            (Same::Yes, Same::Nothing) => self.mapping.of.lane().is_none() || at != Same::No,
            (Same::Nothing, Same::Nothing) => at == Same::Nothing,
        }
    }

    fn add(&mut self, cells: &Cells) -> Result<(), RowFault> {
        let gathered = &mut self.gathered;
        gathered.count += 1;
        let is_first = gathered.count == 1;
        let import = &self.mapping.import;
        // Later rows of an order may leave its own columns empty.
        let says = |column: usize, matches: &Matches| {
            let cell = cells.get(column).trim();
            !is_first && cell.is_empty() || matches.equals.iter().any(|value| value.eq_ignore_ascii_case(cell))
        };
        gathered.cancelled &=
            self.columns.cancelled.zip(import.cancelled.as_ref()).is_some_and(|(at, one)| says(at, one));
        let rules = self.columns.excludes.iter().zip(&import.excludes);
        for (so_far, (column, rule)) in gathered.excluded.iter_mut().zip(rules) {
            *so_far &= says(*column, &rule.matches);
        }
        // Beyond the limits nothing is kept; the order is refused when it ends.
        if gathered.count > ROWS_MAX || gathered.rows.len() > BYTES_MAX {
            return Ok(());
        }
        if !is_first {
            gathered.rows.push(b',');
        }
        push_object(&mut gathered.rows, &self.columns.members, cells);
        if is_first {
            gathered.first_bytes = gathered.rows.len();
        }
        Ok(())
    }

    fn document(&self) -> Result<Bytes, RowFault> {
        let gathered = &self.gathered;
        if let Some(column) = self.columns.document {
            let cell = gathered.first.get(column).trim();
            let why = |error: crate::order::JsonError| error.to_string();
            let place = self.columns.heading(column).to_owned();
            Json::parse(cell.as_bytes()).map_err(|error| RowFault::Document { place, why: why(error) })?;
            return Ok(Bytes::copy_from_slice(cell.as_bytes()));
        }
        if gathered.count == 1 && !self.mapping.rows_always {
            return Ok(Bytes::copy_from_slice(&gathered.rows));
        }
        let first = gathered.rows.get(..gathered.first_bytes.saturating_sub(1)).unwrap_or_default();
        Ok([first, b",\"rows\":[", &gathered.rows, b"]}"].concat().into())
    }

    fn found(&self, document: Bytes) -> Found<'_> {
        let cell = |column: usize| Place {
            name: self.columns.heading(column),
            value: Json::String(self.gathered.first.get(column).into()),
            is_cell: true,
        };
        let rules = self.gathered.excluded.iter().zip(&self.mapping.import.excludes);
        Found {
            key: cell(self.columns.key),
            reference: self.columns.reference.map(cell),
            at: self.columns.at.map(cell),
            document,
            cancelled: self.gathered.cancelled,
            excluded: rules.filter(|(applies, _)| **applies).map(|(_, rule)| rule.reason.as_str()).next(),
        }
    }
}

/// How a value compares with that of the row before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Same {
    Yes,
    No,
    /// It is empty, or not mapped.
    Nothing,
}

impl Gathered {
    fn clear(&mut self) {
        self.rows.clear();
        self.excluded.clear();
        self.count = 0;
    }
}

/// A row as a JSON object, all values as text, in the order of the columns.
fn push_object(into: &mut Vec<u8>, members: &[String], cells: &Cells) {
    into.push(b'{');
    for (index, (member, cell)) in members.iter().zip(cells.iter()).enumerate() {
        if index > 0 {
            into.push(b',');
        }
        into.extend_from_slice(member.as_bytes());
        // A text can always be written to memory as JSON.
        let _always = serde_json::to_writer(&mut *into, cell);
    }
    into.push(b'}');
}
