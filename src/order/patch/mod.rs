//! Patches of JSON: RFC 6902 (a list of operations) and RFC 7396 (a document that is merged in), told apart by what they are.
//!
//! What a patch doesn't name keeps its value to the last digit. One that doesn't fit a document changes nothing: whoever
//! wanted something taken out must not get it with it in.

mod merge;
mod operations;

use serde::{Serialize, Serializer};

use super::{Json, JsonError};
use operations::Operation;

#[cfg(test)]
mod tests;

/// Operations of one patch: more is no suppression of effects but a program.
const OPERATIONS_MAX: usize = 200;

/// A patch that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// As compact JSON.
    text: String,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Operations(Vec<Operation>),
    Merge,
}

/// Why a text is no patch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// It is no JSON.
    #[error(transparent)]
    NoJson(#[from] JsonError),
    /// It is neither of the two.
    #[error("it is neither an object (RFC 7396, merged in) nor a list of operations (RFC 6902)")]
    NoPatch,
    /// It changes nothing.
    #[error("it is empty, and changes nothing")]
    Empty,
    /// It has more than `OPERATIONS_MAX` operations.
    #[error("it has more than {OPERATIONS_MAX} operations")]
    TooMany,
    /// An operation is none.
    #[error("operation {index} (counted from 0): {why}")]
    Operation {
        /// Which.
        index: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// Why a patch can't be applied to a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The document is no JSON.
    #[error("the body is {0}")]
    NoJson(#[from] JsonError),
    /// There is nothing at a place.
    #[error("nothing stands at {0:?}")]
    Absent(String),
    /// Two members of one name: which one is meant can't be known.
    #[error("two members stand at {0:?}")]
    Ambiguous(String),
    /// A `test` failed.
    #[error("another value stands at {0:?} than its `test` asks for")]
    Differs(String),
    /// A value would be moved into itself, or more be copied than a body may hold.
    #[error("what is at {0:?} can't be moved or copied there")]
    Unfit(String),
}

impl Patch {
    /// Reads a patch from its JSON.
    ///
    /// # Errors
    /// When it is no JSON, neither form, or changes nothing.
    pub fn parse(text: &str) -> Result<Self, PatchError> {
        let json = Json::parse(text.as_bytes())?;
        let form = match &json {
            Json::Array(items) if items.is_empty() => return Err(PatchError::Empty),
            Json::Object(members) if members.is_empty() => return Err(PatchError::Empty),
            Json::Array(items) if items.len() > OPERATIONS_MAX => return Err(PatchError::TooMany),
            Json::Array(items) => Form::Operations(operations::read(items)?),
            Json::Object(_) => Form::Merge,
            _ => return Err(PatchError::NoPatch),
        };
        Ok(Self { text: json.to_text(), form })
    }

    /// The patch as compact JSON.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A JSON document with the patch applied, as compact JSON.
    ///
    /// # Errors
    /// When the document is no JSON, or an operation doesn't fit it.
    pub fn apply(&self, document: &[u8]) -> Result<Vec<u8>, Misfit> {
        let mut json = Json::parse(document)?;
        match &self.form {
            Form::Operations(operations) => operations::apply(operations, &mut json)?,
            Form::Merge => merge::merge(&mut json, &Json::parse(self.text.as_bytes())?)?,
        }
        Ok(json.to_text().into_bytes())
    }
}

impl Serialize for Patch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
