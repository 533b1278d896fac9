//! The members of an event, read strictly: each at most once, and text where text belongs.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::Timestamp;

use super::EventError;
use crate::order::{Json, Member, members};

/// The longest text of an attribute, in bytes. An id may be made of an order key and a reference; what is far longer is
/// a document in the wrong place, and would bloat the journal's indexes.
const TEXT_BYTES_MAX: usize = 1_024;

/// How a time is written.
const TIME: &str = "RFC 3339 with an offset, such as \"2026-03-02T09:00:00Z\"";

/// An event's members, their values as they were written.
pub(super) struct Members<'a> {
    event: &'a Bytes,
    all: Vec<Member<'a>>,
}

impl<'a> Members<'a> {
    pub(super) fn read(event: &'a Bytes) -> Result<Self, EventError> {
        let all = members(event)?.ok_or(EventError::NoObject)?;
        let mut names = BTreeSet::new();
        for (name, _) in &all {
            if !names.insert(name.as_str()) {
                return Err(EventError::Twice(name.chars().filter(|letter| !letter.is_control()).take(60).collect()));
            }
        }
        Ok(Self { event, all })
    }

    /// A member as it was written; a null is none.
    fn raw(&self, name: &str) -> Option<&'a [u8]> {
        let value = self.all.iter().find(|(member, _)| member == name).map(|(_, value)| *value);
        value.filter(|value| *value != b"null")
    }

    /// The same, sharing the event's memory.
    pub(super) fn bytes(&self, name: &str) -> Option<Bytes> {
        self.raw(name).map(|value| self.event.slice_ref(value))
    }

    /// A string of any length.
    pub(super) fn string(&self, name: &'static str) -> Result<Option<String>, EventError> {
        let Some(value) = self.raw(name) else {
            return Ok(None);
        };
        match Json::parse(value)? {
            Json::String(text) => Ok(Some(text.into_owned())),
            _ => Err(EventError::wrong(name, "is no string", "it in quotation marks")),
        }
    }

    /// A string that can stand in an index and a terminal.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, EventError> {
        let text = self.string(name)?;
        let what = match &text {
            Some(text) if text.trim().is_empty() => "is empty",
            Some(text) if text.len() > TEXT_BYTES_MAX => "is longer than 1,024 bytes",
            Some(text) if text.chars().any(char::is_control) => "holds a control character",
            _ => return Ok(text),
        };
        Err(EventError::wrong(name, what, "a text of 1 to 1,024 bytes in one line"))
    }

    pub(super) fn needed(&self, name: &'static str, write: &'static str) -> Result<String, EventError> {
        self.text(name)?.ok_or(EventError::Missing { name, write })
    }

    /// A time, cut to the microseconds that the journal keeps.
    pub(super) fn time(&self) -> Result<Option<Timestamp>, EventError> {
        let Some(text) = self.text("time")? else {
            return Ok(None);
        };
        let time = text.parse::<Timestamp>().ok();
        let time = time.and_then(|time| Timestamp::from_microsecond(time.as_microsecond()).ok());
        time.map(Some).ok_or_else(|| EventError::wrong("time", "is no time with an offset", TIME))
    }

    pub(super) fn needed_time(&self) -> Result<Timestamp, EventError> {
        self.time()?.ok_or(EventError::Missing { name: "time", write: TIME })
    }
}
