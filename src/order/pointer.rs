//! RFC 6901 JSON Pointers, resolved so that ambiguity is seen.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Json;

/// A JSON Pointer (RFC 6901), such as `/customer/id`. The empty pointer names the whole document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pointer {
    tokens: Vec<String>,
}

/// Why a text is no JSON Pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// It does not begin with a slash.
    #[error("a JSON Pointer begins with `/`, such as `/id`")]
    NoSlash,
    /// A tilde that is followed by neither 0 nor 1.
    #[error("in a JSON Pointer `~` is written `~0` and `/` inside a name `~1`")]
    BadEscape,
}

/// What a pointer names in a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Named<'s, 'a> {
    /// Nothing is there.
    Absent,
    /// Exactly one value.
    Value(&'s Json<'a>),
    /// Two members of that name: which one is meant can't be known.
    Ambiguous,
}

impl Pointer {
    /// Reads a pointer from its text.
    ///
    /// # Errors
    /// When it is not empty and begins with no slash, or holds a broken escape.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        if text.is_empty() {
            return Ok(Self { tokens: Vec::new() });
        }
        let rest = text.strip_prefix('/').ok_or(PointerError::NoSlash)?;
        let tokens = rest.split('/').map(unescape).collect::<Result<_, _>>()?;
        Ok(Self { tokens })
    }

    /// The pointer to what is reached by these names and indices.
    #[must_use]
    pub fn of<'t>(tokens: impl IntoIterator<Item = &'t str>) -> Self {
        Self { tokens: tokens.into_iter().map(str::to_owned).collect() }
    }

    /// The names and indices on its way, unescaped.
    #[must_use]
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// What this pointer names in `document`.
    #[must_use]
    pub fn find<'s, 'a>(&'s self, document: &'s Json<'a>) -> Named<'s, 'a> {
        let mut here = document;
        for token in &self.tokens {
            here = match here {
                Json::Array(items) => match index(token).and_then(|index| items.get(index)) {
                    Some(item) => item,
                    None => return Named::Absent,
                },
                _ => {
                    let mut members = here.members(token);
                    match (members.next(), members.next()) {
                        (Some(member), None) => member,
                        (None, _) => return Named::Absent,
                        (Some(_), Some(_)) => return Named::Ambiguous,
                    }
                }
            };
        }
        Named::Value(here)
    }

    /// The one value that this pointer names; `None` when it is absent or ambiguous.
    #[must_use]
    pub fn get<'s, 'a>(&'s self, document: &'s Json<'a>) -> Option<&'s Json<'a>> {
        match self.find(document) {
            Named::Value(value) => Some(value),
            Named::Absent | Named::Ambiguous => None,
        }
    }
}

fn unescape(token: &str) -> Result<String, PointerError> {
    let mut parts = token.split('~');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (letter, rest) = match part.as_bytes().first() {
            Some(b'0') => ('~', part.get(1..)),
            Some(b'1') => ('/', part.get(1..)),
            _ => return Err(PointerError::BadEscape),
        };
        text.push(letter);
        text.push_str(rest.unwrap_or_default());
    }
    Ok(text)
}

/// An array index as RFC 6901 writes it: digits without a leading zero.
pub(super) fn index(token: &str) -> Option<usize> {
    let canonical = token == "0" || !token.starts_with('0');
    let digits = token.bytes().all(|byte| byte.is_ascii_digit());
    (canonical && digits).then(|| token.parse().ok()).flatten()
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for token in &self.tokens {
            write!(f, "/{}", token.replace('~', "~0").replace('/', "~1"))?;
        }
        Ok(())
    }
}

impl FromIterator<String> for Pointer {
    /// From names and indices, unescaped.
    fn from_iter<I: IntoIterator<Item = String>>(tokens: I) -> Self {
        Self { tokens: tokens.into_iter().collect() }
    }
}

impl TryFrom<String> for Pointer {
    type Error = PointerError;

    fn try_from(text: String) -> Result<Self, PointerError> {
        Self::parse(&text)
    }
}

impl From<Pointer> for String {
    fn from(pointer: Pointer) -> Self {
        pointer.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6901, section 5.
    #[test]
    fn the_examples_of_the_rfc_hold() {
        let text = r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#;
        let document = Json::parse(text.as_bytes()).unwrap();
        for (pointer, expected) in [
            ("/foo/0", "\"bar\""),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"),
            ("/i\\j", "5"),
            ("/k\"l", "6"),
            ("/ ", "7"),
            ("/m~0n", "8"),
        ] {
            let parsed = Pointer::parse(pointer).unwrap();
            assert_eq!(parsed.get(&document), Some(&Json::parse(expected.as_bytes()).unwrap()), "{pointer}");
            assert_eq!(parsed.to_string(), pointer);
        }
        assert_eq!(Pointer::parse("").unwrap().get(&document), Some(&document));
    }

    #[test]
    fn absent_and_ambiguous_are_told_apart() {
        let document = Json::parse(br#"{"id":1,"id":2,"list":[1]}"#).unwrap();
        for (pointer, expected) in [
            ("/id", Named::Ambiguous),
            ("/nothing", Named::Absent),
            ("/list/01", Named::Absent),
            ("/list/-", Named::Absent),
            ("/list/1", Named::Absent),
            ("/list/x", Named::Absent),
            ("/id/x", Named::Ambiguous),
        ] {
            assert_eq!(Pointer::parse(pointer).unwrap().find(&document), expected, "{pointer}");
        }
    }

    #[test]
    fn broken_pointers_say_what_to_write() {
        assert_eq!(Pointer::parse("id"), Err(PointerError::NoSlash));
        assert_eq!(Pointer::parse("/a~2"), Err(PointerError::BadEscape));
        assert_eq!(Pointer::parse("/a~"), Err(PointerError::BadEscape));
    }
}
