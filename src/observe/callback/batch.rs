//! A body to its events, and these to records: all of them, or what is wrong with which.

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};
use jiff::Timestamp;

use super::answer::{BAD_SHOWN_MAX, BadEvent, Refusal};
use crate::journal::Record;
use crate::observe::event::decode;
use crate::order::elements;

/// What may be sent.
const WRITE: &str = "send one event as `Content-Type: application/cloudevents+json`, an array of events as \
    `application/cloudevents-batch+json`, or an event a line as `application/x-ndjson`";
const BINARY: &str = "events in binary mode (`ce-` headers) are not taken; send the whole event as JSON, with \
    `Content-Type: application/cloudevents+json`";
const CHARSET: &str = "only UTF-8 is taken; write the events in UTF-8, and leave `charset` out";
const ENCODED: &str = "compressed bodies are not taken; leave `Content-Encoding` out";

/// How events stand in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One event.
    One,
    /// An array of them.
    Array,
    /// One, or an array.
    ByShape,
    /// One a line.
    Lines,
}

impl Form {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        if headers.contains_key("ce-specversion") || headers.contains_key("ce-type") {
            return Err(Refusal::MediaType(BINARY));
        }
        let encoding = headers.get(CONTENT_ENCODING).map(hyper::header::HeaderValue::as_bytes);
        if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
            return Err(Refusal::MediaType(ENCODED));
        }
        let mut all = headers.get_all(CONTENT_TYPE).iter();
        let (Some(one), None) = (all.next(), all.next()) else {
            return Err(Refusal::MediaType(WRITE));
        };
        let content_type = one.to_str().unwrap_or_default().to_ascii_lowercase();
        let mut parts = content_type.split(';').map(str::trim);
        let form = match parts.next() {
            Some("application/cloudevents+json") => Self::One,
            Some("application/cloudevents-batch+json") => Self::Array,
            Some("application/json") => Self::ByShape,
            Some("application/x-ndjson") => Self::Lines,
            _ => return Err(Refusal::MediaType(WRITE)),
        };
        let charset = parts.find_map(|part| part.strip_prefix("charset=")).map(|charset| charset.trim_matches('"'));
        if charset.is_some_and(|charset| !matches!(charset, "utf-8" | "utf8" | "us-ascii")) {
            return Err(Refusal::MediaType(CHARSET));
        }
        Ok(form)
    }
}

/// Reads all events of a body. `now` is this machine's time.
pub(super) fn read(form: Form, body: &Bytes, events_max: usize, now: Timestamp) -> Result<Vec<Record>, Refusal> {
    let events = split(form, body)?;
    if events.len() > events_max {
        return Err(Refusal::TooMany { events_max });
    }
    let mut records = Vec::with_capacity(events.len());
    let (mut bad, mut count) = (Vec::new(), 0);
    for (index, event) in events.iter().enumerate() {
        match decode(event, now) {
            Ok(record) => records.push(record),
            Err(error) => {
                count += 1;
                if bad.len() < BAD_SHOWN_MAX {
                    bad.push(BadEvent { index, reason: error.to_string() });
                }
            }
        }
    }
    if count > 0 {
        return Err(Refusal::Bad { events: bad, count, of: events.len() });
    }
    Ok(records)
}

fn split(form: Form, body: &Bytes) -> Result<Vec<Bytes>, Refusal> {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    let Some(first) = text.first() else {
        return Err(Refusal::Unreadable("the body is empty".to_owned()));
    };
    let shared = |part: &[u8]| body.slice_ref(part);
    match form {
        Form::Lines => {
            let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            Ok(lines.filter(|line| !line.is_empty()).map(shared).collect())
        }
        Form::One => Ok(vec![shared(text)]),
        Form::ByShape if *first != b'[' => Ok(vec![shared(text)]),
        Form::Array | Form::ByShape => match elements(text)? {
            Some(events) => Ok(events.into_iter().map(shared).collect()),
            None => Err(Refusal::Unreadable("a batch is a JSON array of events; this is something else".to_owned())),
        },
    }
}
