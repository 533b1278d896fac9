//! One page of a ledger: its documents as they were written, and where the next page is.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::drift::RowName;
use crate::config::HttpPoll;
use crate::order::{Json, JsonError, Pointer, Slice, elements, slices};

/// A page, cut into its documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The array of documents, as it was written.
    pub(super) array: Bytes,
    /// Each document, as it was written.
    pub(super) items: Vec<Bytes>,
    /// What each document is told by while pages are counted.
    pub(super) names: Vec<RowName>,
    /// What stands where the next page's URL should; `None`: this page is the last.
    pub(super) next: Option<String>,
}

/// Why an answer is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::observe::poll) enum PageError {
    /// Nothing at all.
    #[error("an empty body where JSON is expected; check the poll's url")]
    Empty,
    /// Compressed, though that was not asked for.
    #[error(
        "a compressed body, which was not asked for; have the ledger, or what stands before it, not compress answers"
    )]
    Compressed,
    /// HTML where JSON is expected.
    #[error(
        "HTML where JSON is expected: a page for people, perhaps to log in; check the poll's url and its credentials"
    )]
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
pub(super) fn cut(body: &Bytes, poll: &HttpPoll) -> Result<Page, PageError> {
    // Where pages are counted there is no other place to look at.
    let places = [&poll.items, poll.next.as_ref().unwrap_or(&poll.items)];
    let [array, next] = slices(body, places).map_err(|error| no_json(body, error))?;
    let array = match array {
        Slice::Absent => return Err(PageError::NoItems(poll.items.clone())),
        Slice::Ambiguous => return Err(PageError::Ambiguous(poll.items.clone())),
        Slice::Value(array) => array,
    };
    let items = elements(array)?.ok_or_else(|| PageError::ItemsNoArray(poll.items.clone()))?;
    let next = poll.next.as_ref().map(|pointer| url(pointer, next)).transpose()?.flatten();
    let names = if poll.next.is_none() { items.iter().map(|item| name(item, poll)).collect() } else { Vec::new() };
    let items = items.into_iter().map(|item| body.slice_ref(item)).collect();
    Ok(Page { array: body.slice_ref(array), items, names, next })
}

/// Whether an answer is a page for people.
pub(super) fn is_html(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

fn no_json(body: &[u8], error: JsonError) -> PageError {
    match body.trim_ascii_start() {
        [] => PageError::Empty,
        _ if is_html(body) => PageError::Html,
        // The first bytes of gzip (RFC 1952) and zstd (RFC 8878), neither of them text.
        [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => PageError::Compressed,
        _ => error.into(),
    }
}

/// What a document is told by: its number and order key, or all of it where these can't be read.
fn name(item: &[u8], poll: &HttpPoll) -> RowName {
    let mut hash = Sha256::new();
    let mut add = |found| match found {
        Slice::Value(value) => {
            hash.update((value.len() as u64).to_be_bytes());
            hash.update(value);
            true
        }
        Slice::Absent | Slice::Ambiguous => false,
    };
    let [reference, order_key] = slices(item, [&poll.reference, &poll.order_key]).unwrap_or([Slice::Absent; 2]);
    if !add(reference) || !add(order_key) {
        hash.update(item);
    }
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.finalize());
    RowName::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The URL that was found where the next page's should be.
fn url(pointer: &Pointer, found: Slice<'_>) -> Result<Option<String>, PageError> {
    let value = match found {
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
