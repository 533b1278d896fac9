//! Raw HTTP/1.x messages: where one ends, and what is in it. Line ends may be LF alone; what can't be framed is said so,
//! never guessed.

mod chunks;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use httparse::{EMPTY_HEADER, Error, Header, Status};

use crate::outcome::Headers;
use chunks::{Chunks, chunks};

/// The longest head, in bytes: four times what servers take.
const HEAD_BYTES_MAX: usize = 256 << 10;

/// Fields that a head has room for at first, and at most.
const FIELDS: usize = 64;
const FIELDS_MAX: usize = 1_024;

/// How a message begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Request { method: String, target: String },
    Answer { status: u16 },
}

/// Which of both is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Answer,
}

/// A message, as far as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) start: Start,
    pub(super) headers: Headers,
    /// Without the framing of chunks.
    pub(super) body: Bytes,
    pub(super) length: Length,
    pub(super) has_trailers: bool,
}

/// How long a body is, beside what its head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Right,
    /// It should have so many bytes; `None`: its chunks don't end.
    Short(Option<u64>),
    /// It is longer, or the head says no length that can be one.
    Long,
}

/// How far a message reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It ends so many bytes behind its beginning, as its head says.
    Ends(usize),
    /// It ends where its chunks do, and that is not there yet.
    Further,
    /// The head doesn't say, or can't be read.
    Open,
}

/// What the head says of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Bytes(u64),
    Chunks,
    ToTheEnd,
}

struct Head<'a> {
    start: Start,
    fields: Vec<Header<'a>>,
    bytes: usize,
}

/// How far the message reaches that begins here.
pub(super) fn reach(bytes: &[u8], side: Side) -> Reach {
    let Ok(head) = head(bytes, side) else {
        return Reach::Open;
    };
    let Some(head) = head else {
        return if bytes.len() > HEAD_BYTES_MAX { Reach::Open } else { Reach::Further };
    };
    let body = bytes.get(head.bytes..).unwrap_or_default();
    match framing(&head, side) {
        Framing::Bytes(length) => usize::try_from(length)
            .ok()
            .and_then(|length| head.bytes.checked_add(length))
            .map_or(Reach::Open, Reach::Ends),
        Framing::Chunks => match chunks(body, |_| {}) {
            Chunks::Whole { bytes, .. } => Reach::Ends(head.bytes + bytes),
            Chunks::Short => Reach::Further,
            Chunks::Broken => Reach::Open,
        },
        Framing::ToTheEnd => Reach::Open,
    }
}

/// Reads the message that is all of `bytes`; why it is none, where it is none.
pub(super) fn message(bytes: &Bytes, side: Side) -> Result<Message, &'static str> {
    let head = head(bytes, side).map_err(reason)?.ok_or("its head has no end")?;
    let rest = bytes.slice(head.bytes.min(bytes.len())..);
    let (body, length, has_trailers) = match framing(&head, side) {
        Framing::Bytes(told) => sized(rest, told),
        // Only answers may end with their connection.
        Framing::ToTheEnd => (rest, if side == Side::Answer { Length::Right } else { Length::Long }, false),
        Framing::Chunks => chunked(&rest),
    };
    let name = |field: &Header<'_>| field.name.to_ascii_lowercase();
    let headers = head.fields.iter().map(|field| (name(field), bytes.slice_ref(field.value))).collect();
    Ok(Message { start: head.start, headers, body, length, has_trailers })
}

/// The body of a told length, of what is there.
fn sized(rest: Bytes, told: u64) -> (Bytes, Length, bool) {
    match usize::try_from(told) {
        Ok(told) if told == rest.len() => (rest, Length::Right, false),
        // Clients that end a message with a line end too much are old, and servers pass over it (RFC 9112, 2.2).
        Ok(told) if rest.get(told..).is_some_and(|more| matches!(more, b"\r\n" | b"\n")) => {
            (rest.slice(..told), Length::Right, false)
        }
        Ok(told) if told < rest.len() => (rest, Length::Long, false),
        _ => (rest, Length::Short(Some(told)), false),
    }
}

fn chunked(rest: &Bytes) -> (Bytes, Length, bool) {
    let mut body = Vec::with_capacity(rest.len());
    match chunks(rest, |chunk| body.extend_from_slice(chunk)) {
        Chunks::Whole { bytes, has_trailers } => {
            let length = if bytes == rest.len() { Length::Right } else { Length::Long };
            (body.into(), length, has_trailers)
        }
        // What can't be read of it stays as it is.
        Chunks::Short | Chunks::Broken => (rest.clone(), Length::Short(None), false),
    }
}

/// The head of a message; `Ok(None)`: there is more to come. Interim answers (1xx) before an answer are passed over.
fn head(bytes: &[u8], side: Side) -> Result<Option<Head<'_>>, Error> {
    let mut before = 0;
    loop {
        let text = bytes.get(before..).unwrap_or_default();
        let Some(head) = one_head(text, side)? else { return Ok(None) };
        match head.start {
            Start::Answer { status } if (100..200).contains(&status) && status != 101 => before += head.bytes,
            _ => return Ok(Some(Head { bytes: before + head.bytes, ..head })),
        }
    }
}

fn one_head(bytes: &[u8], side: Side) -> Result<Option<Head<'_>>, Error> {
    let mut room = [EMPTY_HEADER; FIELDS];
    match parse(bytes, side, &mut room) {
        Err(Error::TooManyHeaders) => {
            let mut room = vec![EMPTY_HEADER; FIELDS_MAX];
            parse(bytes, side, &mut room)
        }
        parsed => parsed,
    }
}

fn parse<'a>(bytes: &'a [u8], side: Side, room: &mut [Header<'a>]) -> Result<Option<Head<'a>>, Error> {
    let (status, start, fields) = match side {
        Side::Request => {
            let mut request = httparse::Request::new(room);
            let status = request.parse(bytes)?;
            let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
            (status, Start::Request { method: text(request.method), target: text(request.path) }, request.headers)
        }
        Side::Answer => {
            let mut answer = httparse::Response::new(room);
            let status = answer.parse(bytes)?;
            (status, Start::Answer { status: answer.code.unwrap_or_default() }, answer.headers)
        }
    };
    Ok(match status {
        Status::Complete(length) => Some(Head { start, fields: fields.to_vec(), bytes: length }),
        Status::Partial => None,
    })
}

/// Where the body ends (RFC 9112, 6.3). Two lengths that differ, or one that is none: nothing is said.
fn framing(head: &Head<'_>, side: Side) -> Framing {
    let values = |name: &'static str| {
        head.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
    };
    if let Start::Answer { status: 101 | 204 | 304 } = head.start {
        return Framing::Bytes(0);
    }
    if let Some(last) = values("transfer-encoding").next_back() {
        let is_chunked = last.trim_ascii_end().to_ascii_lowercase().ends_with(b"chunked");
        return if is_chunked { Framing::Chunks } else { Framing::ToTheEnd };
    }
    let mut lengths = values("content-length").flat_map(|value| value.split(|byte| *byte == b','));
    match (lengths.next(), side) {
        (None, Side::Request) => Framing::Bytes(0),
        (None, Side::Answer) => Framing::ToTheEnd,
        (Some(first), _) => match decimal(first) {
            Some(length) if lengths.all(|other| decimal(other) == Some(length)) => Framing::Bytes(length),
            _ => Framing::ToTheEnd,
        },
    }
}

fn decimal(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii();
    let is_digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| is_digits)?.parse().ok()
}

const fn reason(error: Error) -> &'static str {
    match error {
        Error::HeaderName => "a header field has no valid name",
        Error::HeaderValue => "a header field has no valid value",
        Error::NewLine => "a line end is missing",
        Error::Status => "there is no valid status",
        Error::Token => "it begins with no method",
        Error::TooManyHeaders => "it has more than 1,024 header fields",
        Error::Version => "its version is not HTTP/1.x",
    }
}

/// Whether it is an HTTP token: a method, or the name of a header field.
pub(super) fn is_token(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(token)
}

/// Whether it can stand in a request line as the target.
pub(super) fn is_target(text: &str) -> bool {
    let starts = text.starts_with('/') || text == "*" || text.contains("://");
    starts && text.bytes().all(|byte| byte > b' ' && byte != 0x7f)
}

/// Whether it can be a header field's value.
pub(super) fn is_value(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| !matches!(byte, b'\r' | b'\n' | 0))
}

/// The authority of an absolute URL over HTTP, and its path and query without the fragment; `None` for other schemes.
pub(super) fn split_url(url: &str) -> Option<(&str, String)> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path.split('#').next().unwrap_or_default();
    Some((authority, if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }))
}
