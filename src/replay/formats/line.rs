//! One line of our own NDJSON, version 1, as a record. docs/captures.md says what each member means.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;

use super::diagnosis::{Place, Reason};
use super::http::{is_target, is_token, is_value};
use super::record::{Incomplete, Record, RecordedAnswer};
use crate::order::Json;
use crate::outcome::{Ending, Headers};

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// Letters of a version that are shown.
const SHOWN_MAX: usize = 20;

/// Why a line is no record.
pub(super) type Refused = (Reason, String);

type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// Reads a line.
pub(super) fn record(line: &[u8], place: Place) -> Result<Record, Refused> {
    let json = Json::parse(line).map_err(|error| (Reason::NoJson, error.to_string()))?;
    let Json::Object(members) = json else {
        return Err((Reason::Malformed, "each line is an object `{…}`".into()));
    };
    version(&members)?;
    request(members, place).map_err(|why| (Reason::Malformed, why))
}

fn version(members: &Members<'_>) -> Result<(), Refused> {
    let versions = members.iter().filter(|(name, _)| name == "version");
    match versions.map(|(_, value)| value.scalar_text()).collect::<Vec<_>>().as_slice() {
        [Some("1")] => Ok(()),
        [Some(other)] => {
            let other: String = other.chars().take(SHOWN_MAX).collect();
            Err((Reason::UnknownVersion, format!("version {other}; this one reads {VERSION}")))
        }
        [] => Err((Reason::Malformed, "`version` is missing".into())),
        _ => Err((Reason::Malformed, "`version` is no number".into())),
    }
}

fn request(members: Members<'_>, place: Place) -> Result<Record, String> {
    let mut found = Found::default();
    let (mut id, mut method, mut target, mut incomplete, mut answers) = (None, None, None, None, None);
    for (name, value) in members {
        let name = name.as_ref();
        match name {
            "id" => once(name, &mut id, value.scalar_text().map(str::to_owned).ok_or("`id` is no text"))?,
            "method" => once(name, &mut method, text(value).filter(|text| is_token(text)).ok_or("`method` is none"))?,
            "target" => once(name, &mut target, text(value).filter(|text| is_target(text)).ok_or("`target` is none"))?,
            "truncated" => once(name, &mut incomplete, truncated(&value))?,
            "answers" => once(name, &mut answers, self::answers(value))?,
            // What a later paritee adds to version 1 can be passed over.
            _ => found.take(name, value)?,
        }
    }
    let body = found.body()?;
    Ok(Record {
        place,
        id,
        at: Some(found.at.ok_or("`time` is missing")?),
        method: method.ok_or("`method` is missing")?,
        target: target.ok_or("`target` is missing")?,
        headers: found.headers.unwrap_or_default(),
        body,
        incomplete: incomplete.unwrap_or_default(),
        answers: answers.unwrap_or_default(),
    })
}

/// What requests and answers have in common.
#[derive(Default)]
struct Found {
    at: Option<Timestamp>,
    headers: Option<Headers>,
    text: Option<Bytes>,
    base64: Option<Bytes>,
}

impl Found {
    fn take(&mut self, name: &str, value: Json<'_>) -> Result<(), String> {
        match name {
            "time" => once(
                name,
                &mut self.at,
                value
                    .as_str()
                    .and_then(|text| text.parse().ok())
                    .ok_or("`time` is none; write it as 2026-11-20T18:00:00.123Z"),
            ),
            "headers" => once(name, &mut self.headers, headers(&value)),
            "body" => once(name, &mut self.text, bytes(value).ok_or("`body` is no text")),
            "body_base64" => {
                let decoded = value.as_str().and_then(|text| STANDARD.decode(text).ok());
                once(name, &mut self.base64, decoded.map(Bytes::from).ok_or("`body_base64` is no base64"))
            }
            _ => Ok(()),
        }
    }

    fn body(&mut self) -> Result<Bytes, String> {
        match (self.text.take(), self.base64.take()) {
            (Some(_), Some(_)) => Err("`body` and `body_base64` exclude each other".into()),
            (body, base64) => Ok(body.or(base64).unwrap_or_default()),
        }
    }
}

/// Sets what stands once in an object.
fn once<T>(name: &str, place: &mut Option<T>, value: Result<T, impl Into<String>>) -> Result<(), String> {
    match place.replace(value.map_err(Into::into)?) {
        None => Ok(()),
        Some(_) => Err(format!("`{name}` stands there twice")),
    }
}

fn text(value: Json<'_>) -> Option<String> {
    match value {
        Json::String(text) => Some(text.into_owned()),
        _ => None,
    }
}

fn bytes(value: Json<'_>) -> Option<Bytes> {
    match value {
        Json::String(Cow::Borrowed(text)) => Some(Bytes::copy_from_slice(text.as_bytes())),
        Json::String(Cow::Owned(text)) => Some(text.into()),
        _ => None,
    }
}

/// `false`, `true`, or in which way.
fn truncated(value: &Json<'_>) -> Result<Option<Incomplete>, String> {
    match value {
        Json::Bool(false) | Json::Null => Ok(None),
        Json::Bool(true) => Ok(Some(Incomplete::BodyCut)),
        Json::String(name) => name.parse().map(Some).map_err(|error| format!("`truncated`: {error}")),
        _ => Err("`truncated` is true, false or a reason".into()),
    }
}

/// Pairs of names and values. A value's characters are its bytes (ISO 8859-1), as in the journal.
fn headers(value: &Json<'_>) -> Result<Headers, String> {
    let pair = |pair: &Json<'_>| match pair.as_array()? {
        [name, value] => {
            let name = name.as_str().filter(|name| is_token(name))?.to_ascii_lowercase();
            Some((name, latin(value.as_str()?).filter(|value| is_value(value))?))
        }
        _ => None,
    };
    let pairs = value.as_array().ok_or("`headers` is no list")?;
    let headers: Option<Headers> = pairs.iter().map(pair).collect();
    headers.ok_or_else(|| "`headers` holds what is no pair of a name and a value".into())
}

fn latin(text: &str) -> Option<Bytes> {
    if text.is_ascii() {
        return Some(Bytes::copy_from_slice(text.as_bytes()));
    }
    text.chars().map(|letter| u8::try_from(letter).ok()).collect::<Option<Vec<u8>>>().map(Bytes::from)
}

fn answers(value: Json<'_>) -> Result<Vec<RecordedAnswer>, String> {
    let Json::Array(list) = value else { return Err("`answers` is no list".into()) };
    let answers =
        list.into_iter().map(answer).collect::<Result<Vec<_>, _>>().map_err(|why| format!("an answer: {why}"))?;
    let mut lanes: Vec<_> = answers.iter().map(|answer| answer.lane).collect();
    lanes.sort();
    lanes.dedup();
    if lanes.len() < answers.len() { Err("`answers` holds two of one lane".into()) } else { Ok(answers) }
}

fn answer(value: Json<'_>) -> Result<RecordedAnswer, String> {
    let Json::Object(members) = value else { return Err("it is no object".into()) };
    let mut found = Found::default();
    let (mut lane, mut ending, mut took, mut status, mut body_bytes, mut error) = (None, None, None, None, None, None);
    for (name, value) in members {
        let name = name.as_ref();
        match name {
            "lane" => once(name, &mut lane, named(&value, name))?,
            "ending" => once(name, &mut ending, named(&value, name))?,
            "took_us" => once(name, &mut took, number(&value, name).map(Duration::from_micros))?,
            "status" => once(name, &mut status, number(&value, name).and_then(status_code))?,
            "body_bytes" => once(name, &mut body_bytes, number(&value, name))?,
            "error" => once(name, &mut error, text(value).ok_or("`error` is no text"))?,
            _ => found.take(name, value)?,
        }
    }
    let body = found.body()?;
    if ending.is_none() && status.is_none() {
        return Err("it has neither `ending` nor `status`".into());
    }
    Ok(RecordedAnswer {
        lane,
        ending: ending.unwrap_or(Ending::Answered),
        at: found.at,
        took,
        status,
        headers: found.headers.unwrap_or_default(),
        body_bytes: body_bytes.unwrap_or(body.len() as u64).max(body.len() as u64),
        body,
        error,
    })
}

fn named<T: std::str::FromStr<Err: std::fmt::Display>>(value: &Json<'_>, name: &str) -> Result<T, String> {
    value.as_str().ok_or_else(|| format!("`{name}` is no text"))?.parse().map_err(|error| format!("`{name}`: {error}"))
}

fn number(value: &Json<'_>, name: &str) -> Result<u64, String> {
    let number = match value {
        Json::Number(number) => number.text().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| format!("`{name}` is no whole number"))
}

fn status_code(number: u64) -> Result<u16, String> {
    u16::try_from(number).ok().filter(|status| (100..1000).contains(status)).ok_or_else(|| "`status` is none".into())
}
