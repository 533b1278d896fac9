//! Capture files of every format, sound and broken, as they are read. All people and values are invented.

mod broken;
mod files;
mod gor;
mod har;
mod journal;
mod ndjson;

use std::io::Cursor;

use bytes::Bytes;
use jiff::Timestamp;

use super::*;

/// Reads all of a file that is in memory.
fn read_with(file: &[u8], options: &Options) -> (Vec<Record>, Tally) {
    let input = Box::new(Cursor::new(file.to_vec()));
    let mut capture = CaptureFile::from_reader("orders".as_ref(), input, options).unwrap();
    let records: Vec<Record> = capture.by_ref().map(Result::unwrap).collect();
    let tally = capture.tally().clone();
    assert_adds_up(&records, &tally);
    (records, tally)
}

fn read(file: &[u8]) -> (Vec<Record>, Tally) {
    read_with(file, &Options::default())
}

/// Each piece that was found is a record, the answer of one, or counted as neither.
fn assert_adds_up(records: &[Record], tally: &Tally) {
    assert_eq!(tally.records, records.len() as u64);
    assert_eq!(tally.units, tally.records + tally.joined + tally.skipped + tally.set_aside, "{tally:?}");
    assert_eq!(tally.incomplete, records.iter().filter(|record| record.incomplete.is_some()).count() as u64);
    let left_out =
        |action| tally.counts.iter().filter(|((_, of), _)| *of == action).map(|(_, count)| count).sum::<u64>();
    assert_eq!((tally.skipped, tally.set_aside), (left_out(Action::Skipped), left_out(Action::SetAside)));
    let listed = tally.listed.len() as u64 + tally.unlisted();
    assert_eq!(listed, tally.counts.values().sum::<u64>() - tally.set_aside, "what is set aside is not wrong");
}

/// What was counted, as pairs of names.
fn counts(tally: &Tally) -> Vec<(&'static str, &'static str, u64)> {
    tally.counts.iter().map(|((reason, action), count)| (reason.as_str(), action.as_str(), *count)).collect()
}

fn body(record: &Record) -> &str {
    std::str::from_utf8(&record.body).unwrap()
}

fn field<'r>(record: &'r Record, name: &str) -> Option<&'r str> {
    let (_, value) = record.headers.iter().find(|(field, _)| field == name)?;
    std::str::from_utf8(value).ok()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The refusal of a file that is in memory.
fn refusal(file: &[u8], options: &Options) -> String {
    let input = Box::new(Cursor::new(file.to_vec()));
    let error = match CaptureFile::from_reader("orders".as_ref(), input, options) {
        Ok(mut capture) => capture.find_map(Result::err).expect("an error"),
        Err(error) => error,
    };
    error.to_string()
}

const STRICT: Options = Options { mode: Mode::Strict, listed_max: 20, record_bytes_max: RECORD_BYTES_MAX, run: None };

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}
