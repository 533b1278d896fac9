//! One page of a ledger: its documents as they were written, and where the next page is.

use bytes::Bytes;

use crate::config::HttpPoll;
use crate::order::{Json, JsonError, Pointer, Slice, elements, slice};

/// A page, cut into its documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::observe::poll) struct Page {
    /// The array of documents, as it was written.
    pub(in crate::observe::poll) array: Bytes,
    /// Each document, as it was written.
    pub(in crate::observe::poll) items: Vec<Bytes>,
    /// What stands where the next page's URL should; `None`: this page is the last.
    pub(in crate::observe::poll) next: Option<String>,
}

/// Why an answer is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::observe::poll) enum PageError {
    /// HTML where JSON is expected.
    #[error("HTML where JSON is expected: a page for people, perhaps to log in")]
    Html,
    /// No JSON.
    #[error(transparent)]
    NoJson(#[from] JsonError),
    /// Nothing where the documents should be.
    #[error("nothing at `{0}`, where the documents should be")]
    NoItems(Pointer),
    /// Something else than an array where the documents should be.
    #[error("no array at `{0}`, where the documents should be")]
    ItemsNoArray(Pointer),
    /// A member on the way stands twice.
    #[error("a member on the way to `{0}` stands twice")]
    Ambiguous(Pointer),
    /// Something else than a text, null or nothing where the next page's URL should be.
    #[error("neither a text nor null at `{0}`, where the next page's URL should be")]
    NextNoText(Pointer),
}

/// Cuts a page. The documents share the page's memory.
pub(in crate::observe::poll) fn cut(body: &Bytes, poll: &HttpPoll) -> Result<Page, PageError> {
    let array = match slice(body, &poll.items).map_err(|error| no_json(body, error))? {
        Slice::Absent => return Err(PageError::NoItems(poll.items.clone())),
        Slice::Ambiguous => return Err(PageError::Ambiguous(poll.items.clone())),
        Slice::Value(array) => array,
    };
    let items = elements(array)?.ok_or_else(|| PageError::ItemsNoArray(poll.items.clone()))?;
    let next = poll.next.as_ref().map(|pointer| next(body, pointer)).transpose()?.flatten();
    let items = items.into_iter().map(|item| body.slice_ref(item)).collect();
    Ok(Page { array: body.slice_ref(array), items, next })
}

fn no_json(body: &[u8], error: JsonError) -> PageError {
    if body.trim_ascii_start().starts_with(b"<") { PageError::Html } else { error.into() }
}

fn next(body: &[u8], pointer: &Pointer) -> Result<Option<String>, PageError> {
    let value = match slice(body, pointer)? {
        Slice::Absent => return Ok(None),
        Slice::Ambiguous => return Err(PageError::Ambiguous(pointer.clone())),
        Slice::Value(value) => Json::parse(value)?,
    };
    match value {
        Json::Null => Ok(None),
        Json::String(text) if text.trim().is_empty() => Ok(None),
        Json::String(text) => Ok(Some(text.into_owned())),
        _ => Err(PageError::NextNoText(pointer.clone())),
    }
}
