//! Which documents of a ledger belong to what is judged: a real ledger also holds phone orders, other
//! shops, last week.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::order::{Json, Pointer};

/// `[lane.X.scope]`. A document whose order key was captured is always in scope, whatever this says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// Documents committed before this time are set aside.
    pub since: Option<Timestamp>,
    /// Documents that fail one of these are set aside.
    pub only: Vec<ScopeRule>,
}

/// A document must have one of these values at this place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScopeRule {
    /// Where to look.
    pub pointer: Pointer,
    /// The values that belong, as the text of JSON scalars.
    pub equals: Vec<String>,
    /// Under which name documents with other values are counted.
    pub reason: String,
}

impl Scope {
    /// Why a document is out of scope; `None`: it is in. An unreadable document is in: nothing is
    /// hidden by what can't be read.
    #[must_use]
    pub fn sets_aside(&self, document: Option<&[u8]>, committed_at: Option<Timestamp>) -> Option<&str> {
        if let (Some(since), Some(committed_at)) = (self.since, committed_at)
            && committed_at < since
        {
            return Some("before_the_scope");
        }
        let document = Json::parse(document?).ok()?;
        let fails = |rule: &&ScopeRule| match rule.pointer.get(&document).and_then(Json::scalar_text) {
            Some(text) => !rule.equals.iter().any(|value| value == text),
            None => true,
        };
        self.only.iter().find(fails).map(|rule| rule.reason.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_another_channel_is_set_aside_by_its_reason() {
        let rule = ScopeRule {
            pointer: Pointer::parse("/channel").unwrap(),
            equals: vec!["web".into()],
            reason: "other channel".into(),
        };
        let scope = Scope { since: Some(Timestamp::UNIX_EPOCH), only: vec![rule] };
        let early = Timestamp::from_second(-1).unwrap();
        for (document, committed_at, expected) in [
            (Some(r#"{"channel":"web"}"#), None, None),
            (Some(r#"{"channel":"phone"}"#), None, Some("other channel")),
            (Some("{}"), None, Some("other channel")),
            (Some("<html>"), None, None),
            (None, None, None),
            (Some(r#"{"channel":"web"}"#), Some(early), Some("before_the_scope")),
        ] {
            assert_eq!(scope.sets_aside(document.map(str::as_bytes), committed_at), expected, "{document:?}");
        }
    }
}
