//! Reads one export to its end, on a thread of its own: rows become records, handed on in batches; bad rows are
//! counted, the first of them kept. Memory doesn't grow with the file.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::columns::Columns;
use super::csv::{self, Csv};
use super::fact::{Mapping, Tally};
use super::fault::{FileFault, RowFault};
use super::json::{self, Array, Ndjson};
use super::object::Objects;
use super::table::Table;
use super::text::{Text, Unread};
use crate::config::ImportFormat;
use crate::journal::Record;

/// Records of one batch, and their documents' bytes: enough that handing over costs nothing, and few enough that
/// some batches in flight are no memory to speak of.
const BATCH_RECORDS: usize = 1_000;
const BATCH_BYTES: usize = 1 << 20;

/// Bad rows that are kept with what is wrong with them; the others are counted.
pub const BAD_KEPT: usize = 20;

/// An export that was read, to its end or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What was found.
    pub tally: Tally,
    /// The first bad rows, by the line at which they begin.
    pub bad: Vec<(u64, RowFault)>,
    /// Where and why the file could not be read on.
    pub stopped: Option<(u64, FileFault)>,
    /// The headings of a CSV.
    pub columns: Vec<String>,
    /// Length of the file, as far as it was read.
    pub bytes: u64,
    /// SHA-256 of that, in hexadecimal.
    pub digest: String,
    /// Whether any row could be looked at: the mapping fits the file.
    pub begun: bool,
}

/// Where batches go. False: nobody wants more.
pub(super) type Deliver<'d> = &'d mut dyn FnMut(Vec<Record>) -> bool;

/// A batch in the making.
struct Batch<'d> {
    records: Vec<Record>,
    bytes: usize,
    counted: usize,
    deliver: Deliver<'d>,
}

impl Batch<'_> {
    /// Hands the batch on where it is large enough. False: nobody wants more.
    fn ripe(&mut self) -> bool {
        let fresh = self.records.iter().skip(self.counted);
        self.bytes += fresh.map(document_bytes).sum::<usize>();
        self.counted = self.records.len();
        self.records.len() < BATCH_RECORDS && self.bytes < BATCH_BYTES || self.flush()
    }

    fn flush(&mut self) -> bool {
        (self.bytes, self.counted) = (0, 0);
        let next = Vec::with_capacity(BATCH_RECORDS + 2);
        let records = std::mem::replace(&mut self.records, next);
        records.is_empty() || (self.deliver)(records)
    }
}

fn document_bytes(record: &Record) -> usize {
    match record {
        Record::Outcome(outcome) => outcome.document.as_ref().map_or(0, bytes::Bytes::len),
        Record::Census(order) => order.document.as_ref().map_or(0, bytes::Bytes::len),
        _ => 0,
    }
}

/// Reads `input`; `read` counts its bytes on the way.
pub(super) fn read(
    input: Box<dyn Read + Send>,
    format: ImportFormat,
    mapping: &Mapping,
    read: Arc<AtomicU64>,
    deliver: Deliver<'_>,
) -> Reading {
    let text = Text::new(input, mapping.import.encoding, read);
    let batch = Batch { records: Vec::with_capacity(BATCH_RECORDS + 2), bytes: 0, counted: 0, deliver };
    let mut reading = Reading::default();
    let text = match format {
        ImportFormat::Csv => rows_of_csv(text, mapping, batch, &mut reading),
        ImportFormat::Ndjson => rows_of_ndjson(text, mapping, batch, &mut reading),
        ImportFormat::Json => rows_of_json(text, mapping, batch, &mut reading),
    };
    (reading.bytes, reading.digest) = text;
    // An order is judged when the next one begins, a row of the wrong width at once.
    reading.bad.sort_by_key(|(line, _)| *line);
    reading
}

fn rows_of_csv(text: Text, mapping: &Mapping, mut batch: Batch<'_>, reading: &mut Reading) -> (u64, String) {
    let (mut csv, headings) = match Csv::begin(text, mapping.import.delimiter) {
        Ok(begun) => begun,
        Err(unread) => return reading.stop(*unread),
    };
    let columns = match Columns::find(mapping, headings.cells.iter().map(str::to_owned).collect()) {
        Ok(columns) => columns,
        Err(fault) => return reading.stop(*csv.text().unread(headings.line, fault)),
    };
    reading.begun = true;
    let mut table = Table::new(mapping, columns);
    let mut row = csv::Row::default();
    loop {
        match csv.next_row(&mut row) {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => {
                reading.stopped = Some((row.line, fault));
                break;
            }
        }
        if let Err(faults) = table.take(&row, &mut batch.records, &mut reading.tally) {
            faults.into_iter().for_each(|(line, fault)| reading.bad(line, fault));
        }
        if !batch.ripe() {
            break;
        }
    }
    if let Err((line, fault)) = table.finish(&mut batch.records, &mut reading.tally) {
        reading.bad(line, fault);
    }
    batch.flush();
    reading.columns = table.columns().to_vec();
    csv.text().provenance()
}

fn rows_of_ndjson(text: Text, mapping: &Mapping, batch: Batch<'_>, reading: &mut Reading) -> (u64, String) {
    let mut ndjson = Ndjson::new(text);
    objects(mapping, batch, reading, |row| ndjson.next_row(row));
    if reading.tally.rows == 0 && reading.stopped.is_none() {
        return reading.stop(*ndjson.text().unread(1, FileFault::Empty));
    }
    ndjson.text().provenance()
}

fn rows_of_json(text: Text, mapping: &Mapping, batch: Batch<'_>, reading: &mut Reading) -> (u64, String) {
    let mut array = match Array::begin(text, &mapping.import.items) {
        Ok(array) => array,
        Err(unread) => return reading.stop(*unread),
    };
    objects(mapping, batch, reading, |row| array.next_row(row));
    array.text().provenance()
}

fn objects(
    mapping: &Mapping,
    mut batch: Batch<'_>,
    reading: &mut Reading,
    mut next: impl FnMut(&mut json::Row) -> Result<bool, FileFault>,
) {
    let objects = Objects::new(mapping);
    let mut row = json::Row::default();
    reading.begun = true;
    loop {
        match next(&mut row) {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => {
                reading.stopped = Some((row.line, fault));
                break;
            }
        }
        if let Err(fault) = objects.take(&row, &mut batch.records, &mut reading.tally) {
            reading.bad(row.line, fault);
        }
        if !batch.ripe() {
            break;
        }
    }
    batch.flush();
}

impl Reading {
    /// Whether all of the file was read and taken.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.stopped.is_none() && self.tally.bad == 0
    }

    fn stop(&mut self, unread: Unread) -> (u64, String) {
        self.begun = false;
        self.stopped = Some(unread.at);
        unread.provenance
    }

    fn bad(&mut self, line: u64, fault: RowFault) {
        self.tally.bad += 1;
        if self.bad.len() < BAD_KEPT {
            self.bad.push((line, fault));
        }
    }
}
