//! Writes captures as our own NDJSON, version 1: what the reader yields for it is the same request, byte for byte.

use std::io::{self, Write};
use std::str;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use super::line::VERSION;
use super::record::{Record, RecordedAnswer};

/// Writes records, each a line.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// Writes to `out`, which had better be buffered.
    #[must_use]
    pub const fn new(out: W) -> Self {
        Self { out }
    }

    /// Writes one record. Times of answers keep microseconds of their duration.
    ///
    /// # Errors
    /// When `out` takes no bytes, or the record has no time.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        if record.at.is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a record without a time can't be written"));
        }
        serde_json::to_writer(&mut self.out, &Line(record))?;
        self.out.write_all(b"\n")
    }

    /// Flushes, and gives `out` back.
    ///
    /// # Errors
    /// When `out` takes no bytes.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

struct Line<'r>(&'r Record);
struct Answer<'r>(&'r RecordedAnswer);
struct Fields<'r>(&'r [(String, Bytes)]);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(record) = self;
        let mut line = serializer.serialize_map(None)?;
        // The first member is what the format is known by.
        line.serialize_entry("version", &VERSION)?;
        if let Some(id) = &record.id {
            line.serialize_entry("id", id)?;
        }
        line.serialize_entry("time", &record.at)?;
        line.serialize_entry("method", &record.method)?;
        line.serialize_entry("target", &record.target)?;
        line.serialize_entry("headers", &Fields(&record.headers))?;
        body::<S>(&mut line, &record.body)?;
        if let Some(incomplete) = record.incomplete {
            line.serialize_entry("truncated", incomplete.as_str())?;
        }
        if !record.answers.is_empty() {
            line.serialize_entry("answers", &record.answers.iter().map(Answer).collect::<Vec<_>>())?;
        }
        line.end()
    }
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(answer) = self;
        let mut object = serializer.serialize_map(None)?;
        if let Some(lane) = answer.lane {
            object.serialize_entry("lane", lane.as_str())?;
        }
        object.serialize_entry("ending", answer.ending.as_str())?;
        if let Some(at) = answer.at {
            object.serialize_entry("time", &at)?;
        }
        if let Some(took) = answer.took {
            object.serialize_entry("took_us", &u64::try_from(took.as_micros()).unwrap_or(u64::MAX))?;
        }
        if let Some(status) = answer.status {
            object.serialize_entry("status", &status)?;
        }
        object.serialize_entry("headers", &Fields(&answer.headers))?;
        body::<S>(&mut object, &answer.body)?;
        if answer.body_bytes > answer.body.len() as u64 {
            object.serialize_entry("body_bytes", &answer.body_bytes)?;
        }
        if let Some(error) = &answer.error {
            object.serialize_entry("error", error)?;
        }
        object.end()
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for (name, value) in self.0 {
            match str::from_utf8(value).ok().filter(|value| value.is_ascii()) {
                Some(value) => list.serialize_element(&(name, value))?,
                None => list.serialize_element(&(name, value.iter().copied().map(char::from).collect::<String>()))?,
            }
        }
        list.end()
    }
}

/// A body as text where it is UTF-8, else as base64; none where it is empty.
fn body<S: Serializer>(map: &mut S::SerializeMap, body: &[u8]) -> Result<(), S::Error> {
    match str::from_utf8(body) {
        Ok("") => Ok(()),
        Ok(text) => map.serialize_entry("body", text),
        Err(_) => map.serialize_entry("body_base64", &STANDARD.encode(body)),
    }
}
