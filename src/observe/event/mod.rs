//! Facts as CloudEvents 1.0 (JSON format, structured mode), to what the journal records of them and back. Values only:
//! no clock, no I/O.
//!
//! | attribute | what it holds |
//! | --- | --- |
//! | `specversion` | `"1.0"` |
//! | `type` | `paritee.order.<kind>` with the name of an [`OutcomeKind`](crate::outcome::OutcomeKind), `paritee.watermark`, `paritee.census.order`, `paritee.extract` |
//! | `id`, `source` | who says it, and his id of this fact: the same two again are the same fact |
//! | `lane` | `legacy` or `gated`; of an extract also `census`; not needed for an order of the census |
//! | `subject` | the order's name as the source stores it; none for a watermark and an extract |
//! | `time` | when it happened, on the source's clock, RFC 3339 with an offset; a watermark needs it: every commit up to then was told |
//! | `reference` | the ERP's document number, of an outcome |
//! | `excluded` | why the lanes need not have an order of the census |
//! | `data`, `data_base64` | the document as JSON, kept as the bytes it was written with; of an extract what was read |
//! | `datacontenttype` | JSON, or absent |
//!
//! Other attributes are left alone, as the specification asks. A `null` is an absent attribute.
//!
//! **Sources.** What comes from a source S is recorded under `callback:S`, so that no name that a source gives itself can
//! be that of another observer. Only `paritee:import:<lane>` becomes `import:<lane>`: paritee's own import, which
//! sends its facts to a running sidecar this way. An extract proves absence by itself and is taken from such a source alone,
//! for its own lane. Other sources that begin with `paritee:` are refused. Whoever has the token can lie about orders
//! all the same; the token is what keeps strangers out.

use crate::order::{JsonError, KeyError};
use crate::outcome::UnknownName;

mod decode;
mod encode;
mod extract;
mod members;
mod source;

#[cfg(test)]
mod tests;

pub use decode::{AHEAD_MAX, decode};
pub use encode::encode;

/// The version of CloudEvents.
const SPEC_VERSION: &str = "1.0";

/// Stands before the name of a kind of outcome.
const ORDER_TYPE: &str = "paritee.order.";
const WATERMARK_TYPE: &str = "paritee.watermark";
const CENSUS_TYPE: &str = "paritee.census.order";
const EXTRACT_TYPE: &str = "paritee.extract";

/// Why an event can't be taken, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It is no JSON.
    #[error("{0}")]
    Json(#[from] JsonError),
    /// It is JSON, but no object.
    #[error("an event is a JSON object with `specversion`, `id`, `source`, `type`; this is something else")]
    NoObject,
    /// An attribute that is needed is not there.
    #[error("`{name}` is missing; write {write}")]
    Missing {
        /// The attribute.
        name: &'static str,
        /// What to write.
        write: &'static str,
    },
    /// An attribute stands twice: which one is meant can't be known.
    #[error("`{0}` stands twice; keep one")]
    Twice(String),
    /// An attribute says what can't be taken.
    #[error("`{name}` {what}; write {write}")]
    Wrong {
        /// The attribute.
        name: &'static str,
        /// What is wrong with it.
        what: String,
        /// What to write.
        write: String,
    },
}

impl EventError {
    fn wrong(name: &'static str, what: impl Into<String>, write: impl Into<String>) -> Self {
        Self::Wrong { name, what: what.into(), write: write.into() }
    }

    fn unknown(name: &'static str, error: UnknownName) -> Self {
        Self::wrong(name, format!("names no {}", error.what), format!("one of {}", error.names.join(", ")))
    }

    fn key(error: KeyError) -> Self {
        Self::wrong("subject", format!("can't be an order's name: {error}"), "the order key, as text")
    }
}
