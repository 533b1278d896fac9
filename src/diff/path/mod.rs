//! RFC 9535 JSONPath without filters: names, indexes, wildcards, slices, descendants.
//!
//! An own matcher instead of a crate, for three reasons. It follows two documents at once, step by step,
//! so that a pair of values is known to be selected when the walk comes to it, without lists of nodes. It
//! works on JSON as it was written, duplicate members included. And filters are refused: a rule whose
//! path looks at values would let the candidate exempt itself. A selected value is selected once, however
//! many selectors name it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::order::{DEPTH_MAX, Json, Pointer};

mod parse;
mod reach;
mod state;
#[cfg(test)]
mod tests;

pub use parse::PathError;
pub(super) use state::{Element, Onward, State, Step};

/// A path that selects values, such as `$.lines[*].price`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path {
    text: String,
    segments: Vec<Segment>,
}

/// One segment of a path: its selectors, for the children or for all descendants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Segment {
    /// Written with `..`.
    descends: bool,
    selectors: Vec<Selector>,
    /// The names by which a path goes on at it.
    onward: Onward,
}

/// What picks children of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Selector {
    /// The member of this name.
    Name(String),
    /// All members or elements.
    Wildcard,
    /// The element at this index; negative ones count from the end.
    Index(i64),
    /// The elements of a range, RFC 9535 2.3.4.
    Slice {
        /// Where it begins; `None`: at its own end.
        start: Option<i64>,
        /// Where it ends, exclusive; `None`: at the other end.
        end: Option<i64>,
        /// How far to the next; 0 selects nothing.
        step: i64,
    },
}

impl Path {
    /// Reads a path from its text.
    ///
    /// # Errors
    /// With the offset and what to write instead, when the text is no RFC 9535 query, or has a filter.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Ok(Self { text: text.to_owned(), segments: parse::segments(text)? })
    }

    /// The path to where a pointer leads. A token of digits is a member's name or an index, as in RFC 6901.
    #[must_use]
    pub fn to(pointer: &Pointer) -> Option<Self> {
        Self::parse(&format!("${}", steps(pointer))).ok()
    }

    /// The path to where `inner` leads in each element of the array at `list`.
    #[must_use]
    pub fn to_each(list: &Pointer, inner: &Pointer) -> Option<Self> {
        Self::parse(&format!("${}[*]{}", steps(list), steps(inner))).ok()
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it selects members of one name only, whatever stands before.
    pub(super) fn ends_in_a_name(&self) -> bool {
        let last = self.segments.last().map(|segment| segment.selectors.as_slice());
        matches!(last, Some([Selector::Name(_)]))
    }

    /// Where the values stand that this path selects, in the order of the document.
    #[must_use]
    pub fn select(&self, document: &Json<'_>) -> Vec<Pointer> {
        let mut found = Vec::new();
        self.collect(document, State::START, &mut Vec::new(), &mut found);
        found
    }

    fn collect(&self, value: &Json<'_>, state: State, trail: &mut Vec<String>, found: &mut Vec<Pointer>) {
        if state.selects(self) {
            found.push(trail.iter().cloned().collect());
        }
        if trail.len() > DEPTH_MAX || state.is_dead() {
            return;
        }
        let children: Vec<(String, Step<'_>, &Json<'_>)> = match value {
            Json::Object(members) => {
                members.iter().map(|(name, member)| (name.to_string(), Step::Name(name), member)).collect()
            }
            Json::Array(items) => {
                let step = |at| Step::Element(Element { legacy: Some((at, items.len())), gated: None });
                items.iter().enumerate().map(|(at, item)| (at.to_string(), step(at), item)).collect()
            }
            _ => Vec::new(),
        };
        for (token, step, child) in children {
            trail.push(token);
            self.collect(child, state.after(self, step, None), trail, found);
            trail.pop();
        }
    }
}

/// The tokens of a pointer as selectors, RFC 9535 2.3.1: quoted, so that any name can be written.
fn steps(pointer: &Pointer) -> String {
    let step = |token: &String| {
        let name = serde_json::Value::from(token.as_str()).to_string();
        let is_index = token == "0" || (!token.starts_with('0') && token.bytes().all(|byte| byte.is_ascii_digit()));
        if is_index && !token.is_empty() { format!("[{name},{token}]") } else { shorthand(token, &name) }
    };
    pointer.tokens().iter().map(step).collect()
}

/// The step to the member of this name.
pub(super) fn to_member(name: &str) -> String {
    shorthand(name, &serde_json::Value::from(name).to_string())
}

/// A name after a dot where it can be written so, which reads better.
fn shorthand(token: &str, quoted: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    let is_plain =
        token.chars().next().is_some_and(plain) && token.chars().all(|letter| plain(letter) || letter.is_ascii_digit());
    if is_plain { format!(".{token}") } else { format!("[{quoted}]") }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Path {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::parse(&text)
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.text
    }
}
