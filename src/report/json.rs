//! The assessment as JSON: an interface for programs (DESIGN 6), with its keys in a fixed order.

use std::fmt::Write;

use serde::Serialize;

use super::inert::acts;
use crate::judge::Assessment;

/// The version of the report's schema; it grows when a key is renamed, removed or means something else.
pub const SCHEMA_VERSION: u32 = 3;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    #[serde(flatten)]
    assessment: &'a Assessment,
}

/// The assessment as indented JSON with a line break at its end. Order keys are strings, times RFC 3339
/// in UTC. What [`super::inert`] writes out is escaped here too, so that `cat` does no harm.
///
/// # Errors
/// Never for values of this type; serde's signature asks for it.
pub fn json(assessment: &Assessment) -> Result<String, serde_json::Error> {
    let plain = serde_json::to_string_pretty(&Document { schema_version: SCHEMA_VERSION, assessment })?;
    Ok(harmless(&plain) + "\n")
}

/// JSON whose strings hold nothing that acts, and which means the same.
pub(super) fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 1);
    for letter in json.chars() {
        // Outside of strings there is nothing that acts but the line breaks of the indentation.
        if letter != '\n' && acts(letter) {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(letter);
        }
    }
    out
}
