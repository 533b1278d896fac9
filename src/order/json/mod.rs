//! JSON as it was written: numbers keep their text, duplicate members are seen, depth is bounded.
//!
//! `serde_json` keeps the last of two equal members in silence, and turns what is no 64-bit integer
//! into a float. Both would alter evidence, so payloads, answers and documents are read by this
//! parser. It is strict RFC 8259, and is tested against `serde_json` as an oracle.

use std::borrow::Cow;

use super::Pointer;

mod parse;
mod parts;
mod slice;
mod write;

pub use slice::{Member, Slice, elements, members, slice, slices};

/// How deep arrays and objects may nest. Orders nest less than ten deep.
pub const DEPTH_MAX: usize = 128;

/// A JSON value that borrows what it can from the bytes it was read from.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, by its text.
    Number(Number<'a>),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array, in order.
    Array(Vec<Json<'a>>),
    /// An object: its members in the order in which they were written, duplicates included.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// How much of a member is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'w> {
    /// Nothing: it is checked and left out.
    Nothing,
    /// All of it.
    All,
    /// Where it is an array, of each object in it the members of these names; else all of it.
    OfEach(&'w [String]),
}

/// A JSON number by its text, so that `19.90` stays `19.90` and ids beyond 2^53 survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'a> {
    text: &'a str,
}

/// Why bytes are no JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no JSON at byte {offset}: {reason}")]
pub struct JsonError {
    /// Offset in bytes from the start.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

impl<'a> Json<'a> {
    /// Reads one JSON value. A byte order mark at the start is skipped.
    ///
    /// # Errors
    /// On anything that is not exactly one RFC 8259 value in UTF-8, or nests deeper than [`DEPTH_MAX`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, JsonError> {
        parse::document(bytes)
    }

    /// As [`Json::parse`], with no more of the outermost object than what `part` says of its members, by their names: where little
    /// is wanted, to check the rest takes less than to keep it.
    ///
    /// # Errors
    /// The same.
    pub fn parse_parts<'w>(bytes: &'a [u8], part: impl Fn(&str) -> Part<'w>) -> Result<Self, JsonError> {
        parts::parts(bytes, part)
    }

    /// As [`Json::parse_parts`], with the members on the way to what any of these pointers names.
    ///
    /// # Errors
    /// The same.
    pub fn parse_towards(bytes: &'a [u8], pointers: &[&Pointer]) -> Result<Self, JsonError> {
        let begins = |pointer: &Pointer, name: &str| pointer.tokens().first().is_none_or(|first| first == name);
        let is_wanted = |name: &str| pointers.iter().any(|pointer| begins(pointer, name));
        Self::parse_parts(bytes, |name| if is_wanted(name) { Part::All } else { Part::Nothing })
    }

    /// The members of an object with this name, in order; none for anything else.
    pub fn members<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Json<'a>> + 's {
        let members: &[(Cow<'a, str>, Json<'a>)] = match self {
            Json::Object(members) => members,
            _ => &[],
        };
        // Most others of as many bytes begin otherwise.
        let is = move |key: &str| {
            key.len() == name.len() && key.as_bytes().first() == name.as_bytes().first() && key == name
        };
        members.iter().filter(move |(key, _)| is(key)).map(|(_, value)| value)
    }

    /// The text of a string; `None` for anything else.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of an array; `None` for anything else.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Json<'a>]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// A scalar as text: strings unescaped, numbers by their text, booleans by name; `None` for null and containers.
    #[must_use]
    pub fn scalar_text(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            Json::Number(number) => Some(number.text),
            Json::Bool(true) => Some("true"),
            Json::Bool(false) => Some("false"),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        }
    }
}

impl<'a> Number<'a> {
    /// The number as it was written.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Whether it is written without fraction and exponent.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    }
}
