//! One document of a ledger: the names by which it is paired and counted, taken from where the poll
//! says they are. Never guesses: a document that can't be read makes its reading incomplete.

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::config::HttpPoll;
use crate::observe::moment::{NoTime, moment};
use crate::order::{Json, JsonError, KeyError, Named, OrderKey, Pointer};
use crate::outcome::Scope;

/// How much of a number that is none is shown.
const NUMBER_CHARS_MAX: usize = 40;

/// Begins the name under which a document without an order key is recorded.
const KEYLESS: &str = "(no order key) ";

/// A document as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// The order's name as this ledger stores it, prefix taken off.
    pub(super) order_key: OrderKey,
    /// Its number in the ledger.
    pub(super) reference: String,
    /// When it was committed, on the ledger's clock.
    pub(super) committed_at: Option<Timestamp>,
    /// It, as it was written.
    pub(super) raw: Bytes,
}

/// What a document of a page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// One that can be paired.
    Document(Document),
    /// One without a usable order key, which the lane's scope sets aside: a phone order, another shop. It is recorded under
    /// a name that no order has, so that it is counted by the reason; `None` where it has no number either.
    OutOfScope(Option<Document>),
}

/// Why a document can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DocumentError {
    #[error(transparent)]
    NoJson(#[from] JsonError),
    #[error("nothing at `{0}`, where the {1} should be")]
    Absent(Pointer, &'static str),
    #[error("a member on the way to the {1} at `{0}` stands twice")]
    Ambiguous(Pointer, &'static str),
    #[error("at `{0}`: {1}; if it is no order of this shop, `scope` of the lane can set it aside")]
    BadKey(Pointer, KeyError),
    #[error("at `{0}`, where the reference should be, stands neither a text nor a number")]
    BadReference(Pointer),
    /// A number with a fraction or an exponent has no single way to be written: 1e5 and 100000 would be two documents.
    #[error(
        "at `{0}`, where the reference should be, stands {1}, which is no whole number as it is written; have the \
         ledger write it as text"
    )]
    NoInteger(Pointer, String),
    #[error("at `{0}`: {1}")]
    BadTime(Pointer, NoTime),
    #[error("in the column `document` stands no JSON object; leave the column out, and the row is the document")]
    NoDocument,
    #[error("{0}")]
    Column(String),
    #[error("in the row of the reference {0}: {1}")]
    InRow(String, Box<DocumentError>),
}

impl Document {
    /// Reads a document. A missing commit time is none; a missing order key or reference is an error,
    /// except that a document without a usable order key may be out of the lane's scope.
    pub(super) fn read(
        raw: &Bytes,
        http: &HttpPoll,
        strip: Option<&str>,
        scope: &Scope,
    ) -> Result<Read, DocumentError> {
        let places = [Some(&http.order_key), Some(&http.reference), http.committed_at.as_ref()];
        let places: Vec<&Pointer> = places.into_iter().flatten().collect();
        let json = Json::parse_towards(raw, &places)?;
        let committed_at = commit_time(&json, http.committed_at.as_ref())?;
        let order_key = match order_key(&json, &http.order_key, strip) {
            Ok(order_key) => order_key,
            Err(_) if scope.sets_aside(Some(raw), committed_at).is_some() => {
                let reference = reference(&json, &http.reference).ok();
                return Ok(Read::OutOfScope(Self::keyless(reference, committed_at, raw.clone())));
            }
            Err(error) => return Err(error),
        };
        let reference = reference(&json, &http.reference)?;
        Ok(Read::Document(Self { order_key, reference, committed_at, raw: raw.clone() }))
    }

    /// A document without an order key, under a name made of its number.
    pub(super) fn keyless(reference: Option<String>, committed_at: Option<Timestamp>, raw: Bytes) -> Option<Self> {
        let reference = reference?;
        let order_key = OrderKey::new(&format!("{KEYLESS}{reference}")).ok()?;
        Some(Self { order_key, reference, committed_at, raw })
    }

    /// Digest of what the document says: order key, commit time and bytes, 64 bits of SHA-256.
    pub(super) fn digest(&self) -> u64 {
        let mut hash = Sha256::new();
        let committed_at = self.committed_at.map_or(i64::MIN, Timestamp::as_microsecond);
        hash.update((self.order_key.as_str().len() as u64).to_be_bytes());
        hash.update(self.order_key.as_str());
        hash.update(committed_at.to_be_bytes());
        hash.update(&self.raw);
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.finalize());
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

pub(super) fn commit_time(json: &Json<'_>, pointer: Option<&Pointer>) -> Result<Option<Timestamp>, DocumentError> {
    let Some(pointer) = pointer else { return Ok(None) };
    match pointer.find(json) {
        Named::Absent => Ok(None),
        Named::Ambiguous => Err(DocumentError::Ambiguous(pointer.clone(), "commit time")),
        Named::Value(value) => moment(value).map_err(|error| DocumentError::BadTime(pointer.clone(), error)),
    }
}

pub(super) fn order_key(json: &Json<'_>, pointer: &Pointer, strip: Option<&str>) -> Result<OrderKey, DocumentError> {
    let bad = |error| DocumentError::BadKey(pointer.clone(), error);
    let key = match pointer.find(json) {
        Named::Absent => return Err(DocumentError::Absent(pointer.clone(), "order key")),
        Named::Ambiguous => return Err(DocumentError::Ambiguous(pointer.clone(), "order key")),
        Named::Value(value) => OrderKey::from_json(value).map_err(bad)?,
    };
    match strip.and_then(|prefix| key.as_str().strip_prefix(prefix)) {
        Some(rest) => OrderKey::new(rest).map_err(bad),
        None => Ok(key),
    }
}

pub(super) fn reference(json: &Json<'_>, pointer: &Pointer) -> Result<String, DocumentError> {
    match pointer.find(json) {
        Named::Absent => Err(DocumentError::Absent(pointer.clone(), "reference")),
        Named::Ambiguous => Err(DocumentError::Ambiguous(pointer.clone(), "reference")),
        Named::Value(Json::Number(number)) if number.is_integer() => Ok(number.text().to_owned()),
        Named::Value(Json::Number(number)) => {
            Err(DocumentError::NoInteger(pointer.clone(), number.text().chars().take(NUMBER_CHARS_MAX).collect()))
        }
        Named::Value(Json::String(text)) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Named::Value(_) => Err(DocumentError::BadReference(pointer.clone())),
    }
}
