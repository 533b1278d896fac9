//! The order key: the business identity that pairs two lanes. Text, whatever the source wrote it as.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Json, Number};

/// The longest order key that is taken, in bytes. Real keys have 4 to 40; anything far beyond is a
/// pointer that names the wrong place, and would bloat every index of the journal.
pub const KEY_BYTES_MAX: usize = 255;

/// The business identity of an order, the only thing that pairs two lanes.
///
/// A JSON integer and a JSON string of the same digits are the same key: systems write the same id
/// either way. No other folding is done: `"00123"` and `123` differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderKey(Arc<str>);

/// Why a value is no order key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// An empty string, or white space only.
    #[error("the order key is empty")]
    Empty,
    /// Longer than [`KEY_BYTES_MAX`].
    #[error("the order key is longer than {KEY_BYTES_MAX} bytes")]
    TooLong,
    /// A control character: it would break terminals, logs and exports.
    #[error("the order key holds a control character")]
    Control,
    /// A number with a fraction or an exponent, which has no single way to be written.
    #[error("the order key is a number that is no integer")]
    NoInteger,
    /// An object, an array, a boolean or null.
    #[error("the order key is neither a string nor an integer")]
    NoText,
}

impl OrderKey {
    /// Takes a key from text, trimmed of surrounding white space.
    ///
    /// # Errors
    /// When the text is empty, longer than [`KEY_BYTES_MAX`] bytes, or holds a control character.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        if text.len() > KEY_BYTES_MAX {
            return Err(KeyError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(KeyError::Control);
        }
        Ok(Self(text.into()))
    }

    /// Takes a key from a JSON value: a string, or an integer of any size by its own digits.
    ///
    /// # Errors
    /// As [`OrderKey::new`], and for values that are neither a string nor an integer.
    pub fn from_json(value: &Json<'_>) -> Result<Self, KeyError> {
        match value {
            Json::String(text) => Self::new(text),
            Json::Number(number) if number.is_integer() => Self::new(number.text()),
            Json::Number(Number { .. }) => Err(KeyError::NoInteger),
            _ => Err(KeyError::NoText),
        }
    }

    /// The key's text, shared.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(json: &str) -> Result<String, KeyError> {
        OrderKey::from_json(&Json::parse(json.as_bytes()).unwrap()).map(|key| key.to_string())
    }

    #[test]
    fn a_number_and_a_string_of_the_same_digits_are_one_key() {
        assert_eq!(key("820982911946154508"), Ok("820982911946154508".into()));
        assert_eq!(key(r#""820982911946154508""#), Ok("820982911946154508".into()));
        assert_eq!(key("123456789012345678901234567890"), Ok("123456789012345678901234567890".into()));
    }

    #[test]
    fn leading_zeros_are_kept() {
        assert_eq!(key(r#""00123""#), Ok("00123".into()));
    }

    #[test]
    fn what_is_no_key_says_why() {
        for (json, expected) in [
            (r#""  ""#, KeyError::Empty),
            ("1.5", KeyError::NoInteger),
            ("1e5", KeyError::NoInteger),
            ("null", KeyError::NoText),
            ("{}", KeyError::NoText),
            (r#""a\u0000b""#, KeyError::Control),
        ] {
            assert_eq!(key(json), Err(expected), "{json}");
        }
        assert_eq!(OrderKey::new(&"x".repeat(256)), Err(KeyError::TooLong));
    }
}
