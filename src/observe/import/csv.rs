//! Rows of comma-separated values (RFC 4180, other separators allowed), told apart strictly.
//!
//! Readers of CSV mostly forgive a quote that is never closed, or letters behind a closing quote, and then take what
//! follows for something else than it is. Here both end the file: what stands behind them can't be told apart for
//! certain, and a customer's note must not become an order. Line ends may be LF, CR LF or CR; empty lines are left out.

use super::fault::FileFault;
use super::text::{ROW_BYTES_MAX, Text, Unread};

/// What may part the columns where nobody says; the first wins among equals.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// The values of one row, unquoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cells {
    text: String,
    ends: Vec<usize>,
}

/// One row, and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// The line at which it begins.
    pub(super) line: u64,
    pub(super) cells: Cells,
    /// Whether it is the last and has no line end.
    pub(super) unended: bool,
}

/// The rows of a CSV behind its headings.
pub(super) struct Csv {
    text: Text,
    delimiter: u8,
}

/// What looking for the end of a row came to.
#[derive(Debug, PartialEq, Eq)]
enum Scan {
    /// It is so many bytes long, line end included.
    Row { bytes: usize, unended: bool },
    /// Its end is not in memory yet.
    More,
    /// It has none, or what stands in it has two meanings.
    Broken(FileFault),
}

impl Cells {
    /// How many values.
    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// The value in a column; empty where there is none.
    pub(super) fn get(&self, column: usize) -> &str {
        let begin = column.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(column).copied().unwrap_or(begin);
        self.text.get(begin..end).unwrap_or_default()
    }

    /// The values in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.get(column))
    }

    fn is_blank(&self) -> bool {
        self.len() == 1 && self.text.is_empty()
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn end(&mut self) {
        self.ends.push(self.text.len());
    }
}

/// A heading may hold anything, but none begins like this.
const JSON: FileFault = FileFault::Foreign {
    what: "JSON, and is read as CSV",
    remedy: "write `format = \"ndjson\"` or \"json\" in the mapping, or name the file so",
};

impl Csv {
    /// Reads the headings; the delimiter is found out from them where nobody says it. A first line `sep=;`, as Excel
    /// writes it, says it.
    pub(super) fn begin(mut text: Text, delimiter: Option<u8>) -> Result<(Self, Row), Box<Unread>> {
        text.more();
        if text.rest().trim_start().starts_with(['{', '[']) {
            return Err(text.unread(text.line(), JSON));
        }
        let told = text.rest().strip_prefix("sep=").and_then(|rest| rest.as_bytes().first().copied());
        if let Some(told) = told.filter(u8::is_ascii) {
            let line = text.rest().find('\n').map_or(text.rest().len(), |at| at + 1);
            text.take(line);
            return Self { text, delimiter: told }.headings();
        }
        let delimiter = delimiter.unwrap_or_else(|| found_out(text.rest()));
        Self { text, delimiter }.headings()
    }

    fn headings(mut self) -> Result<(Self, Row), Box<Unread>> {
        let mut row = Row::default();
        match self.next_row(&mut row) {
            Ok(true) => Ok((self, row)),
            Ok(false) => Err(self.text.unread(self.text.line(), FileFault::Empty)),
            Err(fault) => Err(self.text.unread(self.text.line(), fault)),
        }
    }

    /// The text, for what is known of the whole of it.
    pub(super) const fn text(&self) -> &Text {
        &self.text
    }

    /// Reads the next row into `row`; false at the end.
    ///
    /// # Errors
    /// What ends the file early; `row.line` is where.
    pub(super) fn next_row(&mut self, row: &mut Row) -> Result<bool, FileFault> {
        loop {
            row.line = self.text.line();
            match scan(self.text.rest(), self.text.ended(), self.delimiter, &mut row.cells) {
                Scan::Row { bytes: 0, .. } => return self.text.take_fault().map_or(Ok(false), Err),
                // What is cut off by a fault is no row.
                Scan::Row { unended: true, .. } | Scan::Broken(FileFault::OpenQuote) if self.text.ended() => {
                    match self.text.take_fault() {
                        Some(fault) => return Err(fault),
                        None if self.take_last(row)? => return Ok(true),
                        None => return Ok(false),
                    }
                }
                Scan::Row { bytes, unended } => {
                    self.text.take(bytes);
                    row.unended = unended;
                    if !row.cells.is_blank() {
                        return Ok(true);
                    }
                }
                Scan::More if self.text.rest().len() > ROW_BYTES_MAX => return Err(FileFault::LongRow),
                Scan::More => self.text.more(),
                Scan::Broken(fault) => return Err(fault),
            }
        }
    }

    /// The last row, which has no line end; false where nothing is in it.
    fn take_last(&mut self, row: &mut Row) -> Result<bool, FileFault> {
        match scan(self.text.rest(), true, self.delimiter, &mut row.cells) {
            Scan::Row { bytes, unended } => {
                self.text.take(bytes);
                row.unended = unended;
                Ok(!row.cells.is_blank())
            }
            Scan::Broken(fault) => Err(fault),
            Scan::More => Ok(false),
        }
    }
}

/// Takes the values of the row at the beginning of `text` apart.
fn scan(text: &str, ended: bool, delimiter: u8, cells: &mut Cells) -> Scan {
    cells.clear();
    let bytes = text.as_bytes();
    let mut at = 0;
    if bytes.is_empty() {
        return if ended { Scan::Row { bytes: 0, unended: true } } else { Scan::More };
    }
    loop {
        if bytes.get(at) == Some(&b'"') {
            match quoted(text, at + 1, ended, cells) {
                Ok(end) => at = end,
                Err(scan) => return scan,
            }
        } else {
            let from = at;
            at += bytes.iter().skip(at).take_while(|byte| !ends_value(**byte, delimiter)).count();
            cells.text.push_str(text.get(from..at).unwrap_or_default());
        }
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(byte), _) if *byte == delimiter => {
                cells.end();
                at += 1;
            }
            (Some(b'\r'), Some(b'\n')) => return row(cells, at + 2),
            (Some(b'\r'), None) if !ended => return Scan::More,
            (Some(b'\r' | b'\n'), _) => return row(cells, at + 1),
            (Some(_), _) => return Scan::Broken(FileFault::AfterQuote),
            (None, _) if ended => {
                cells.end();
                return Scan::Row { bytes: at, unended: true };
            }
            (None, _) => return Scan::More,
        }
    }
}

fn row(cells: &mut Cells, bytes: usize) -> Scan {
    cells.end();
    Scan::Row { bytes, unended: false }
}

const fn ends_value(byte: u8, delimiter: u8) -> bool {
    byte == delimiter || byte == b'\n' || byte == b'\r'
}

/// Takes a quoted value from behind its quote; where it ends, behind the closing one.
fn quoted(text: &str, mut at: usize, ended: bool, cells: &mut Cells) -> Result<usize, Scan> {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(quote) = rest.bytes().position(|byte| byte == b'"') else {
            return Err(if ended { Scan::Broken(FileFault::OpenQuote) } else { Scan::More });
        };
        cells.text.push_str(rest.get(..quote).unwrap_or_default());
        match rest.as_bytes().get(quote + 1) {
            Some(b'"') => cells.text.push('"'),
            None if !ended => return Err(Scan::More),
            _ => return Ok(at + quote + 1),
        }
        at += quote + 2;
    }
}

/// The delimiter that parts the first row the most often.
fn found_out(text: &str) -> u8 {
    let counts = DELIMITERS.map(|delimiter| {
        let mut cells = Cells::default();
        scan(text, true, delimiter, &mut cells);
        (delimiter, cells.len())
    });
    let most = counts.iter().map(|(_, columns)| *columns).max();
    counts.into_iter().find(|(_, columns)| Some(*columns) == most).map_or(b',', |(delimiter, _)| delimiter)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::config::Encoding;

    type Read = (Vec<(u64, Vec<String>)>, Option<(u64, FileFault)>);

    fn text(bytes: &[u8]) -> Text {
        Text::new(Box::new(std::io::Cursor::new(bytes.to_vec())), Encoding::Utf8, Arc::default())
    }

    fn read(bytes: &str) -> Read {
        let mut rows = Vec::new();
        let (mut csv, mut row) = match Csv::begin(text(bytes.as_bytes()), None) {
            Ok(begun) => begun,
            Err(unread) => return (rows, Some(unread.at)),
        };
        loop {
            rows.push((row.line, row.cells.iter().map(str::to_owned).collect()));
            match csv.next_row(&mut row) {
                Ok(true) => {}
                Ok(false) => return (rows, None),
                Err(fault) => return (rows, Some((row.line, fault))),
            }
        }
    }

    fn check(bytes: &str, expected: &[(u64, &[&str])], fault: Option<(u64, FileFault)>) {
        let expected = expected.iter().map(|(line, row)| (*line, row.iter().map(|cell| (*cell).to_owned()).collect()));
        assert_eq!(read(bytes), (expected.collect(), fault), "{bytes:?}");
    }

    #[test]
    fn rows_are_told_apart() {
        check("a,b\n1,2\n", &[(1, &["a", "b"]), (2, &["1", "2"])], None);
        check("a,b\r\n1,2", &[(1, &["a", "b"]), (2, &["1", "2"])], None);
        check("\u{feff}a;b\r1;2,5\r", &[(1, &["a", "b"]), (2, &["1", "2,5"])], None);
        check("sep=|\na|b\n1|2\n", &[(2, &["a", "b"]), (3, &["1", "2"])], None);
        check(
            "a\tb\n\"x\n\"\"y\"\"\tz\"\t5\" pipe\n\n,\n\t\n",
            &[(1, &["a", "b"]), (2, &["x\n\"y\"\tz", "5\" pipe"]), (5, &[","]), (6, &["", ""])],
            None,
        );
        check("\"a,x\",b;c\n\"\",\n", &[(1, &["a,x", "b;c"]), (2, &["", ""])], None);
        check("a\n\n1\n", &[(1, &["a"]), (3, &["1"])], None);
    }

    #[test]
    fn what_can_not_be_told_apart_ends_the_file() {
        check("", &[], Some((1, FileFault::Empty)));
        check("\n\n", &[], Some((3, FileFault::Empty)));
        check("a,b\n1,\"2\n3,4\n", &[(1, &["a", "b"])], Some((2, FileFault::OpenQuote)));
        check("a,b\n1,2\n1,\"2\"x\n3,4\n", &[(1, &["a", "b"]), (2, &["1", "2"])], Some((3, FileFault::AfterQuote)));
    }

    #[test]
    fn a_quote_that_is_never_closed_takes_bounded_memory() {
        let long = format!("a,b\n1,2\n3,\"{}", "x\n".repeat(ROW_BYTES_MAX));
        let (rows, fault) = read(&long);
        assert_eq!((rows.len(), fault), (2, Some((3, FileFault::LongRow))));
    }

    #[test]
    fn bytes_of_another_encoding_end_the_file_behind_the_good_rows() {
        let (mut csv, mut row) = Csv::begin(text(b"a,b\n1,2\n3,caf\xe9\n4,5\n"), None).map_err(|_| "headings").unwrap();
        assert!(csv.next_row(&mut row).unwrap());
        let fault = csv.next_row(&mut row).unwrap_err();
        assert_eq!((row.line, fault), (3, FileFault::Encoding { byte: 13, encoding: Encoding::Utf8 }));
    }

    proptest! {
        /// What is written by the rules is read as it was, wherever blocks end.
        #[test]
        fn what_is_written_is_read(rows in proptest::collection::vec(proptest::collection::vec("[a,;\"\n\r é]{0,4}", 2..4), 1..6)) {
            let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quote).collect::<Vec<_>>().join(",") + "\r\n";
            let written = "h,i\r\n".to_owned() + &rows.iter().map(line).collect::<String>();
            let (read, fault) = read(&written);
            prop_assert_eq!(fault, None);
            prop_assert_eq!(read.into_iter().skip(1).map(|(_, row)| row).collect::<Vec<_>>(), rows);
        }

        /// Any text is rows or a fault; nothing panics or loops.
        #[test]
        fn any_text_comes_to_an_end(text in "[a,;\"\n\r]{0,24}") {
            let _any = read(&text);
        }
    }
}
