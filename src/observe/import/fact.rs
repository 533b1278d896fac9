//! What a row, or the rows of one order, say: read by the mapping, and made into records.
//!
//! A fact's id is its reference (or key) and a digest over all that is recorded of it. Exports that overlap, and the
//! same export twice, therefore record nothing twice; a document that has changed since is a new version of itself.

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::damage::{is_damaged, unwrapped};
use super::fault::RowFault;
use super::time::time;
use crate::config::Import;
use crate::journal::Record;
use crate::order::{Json, KEY_BYTES_MAX, KeyError, OrderKey};
use crate::outcome::{CensusOrder, Lane, Outcome, OutcomeKind, Scope, Witness};

/// Why an order of the census that its own list has as cancelled is none that the lanes must have.
const CANCELLED: &str = "cancelled";

/// How exports are read, and whose orders they hold.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Whose orders.
    pub of: Witness,
    /// Where things stand in them.
    pub import: Import,
    /// Which documents of the lane belong to what is judged: rows without a usable order key may be others' orders.
    pub scope: Scope,
    /// Whether documents always have their rows as `rows`, even a single one: where `[lane.X.document]` says that the
    /// lines of an order are there.
    pub rows_always: bool,
}

/// What is found at the places that the mapping names.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) key: Place<'a>,
    /// `None`: not mapped.
    pub(super) reference: Option<Place<'a>>,
    pub(super) at: Option<Place<'a>>,
    pub(super) document: Bytes,
    pub(super) cancelled: bool,
    /// The rule of the mapping that leaves the order out.
    pub(super) excluded: Option<&'a str>,
}

/// A value, and where it stands.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) name: &'a str,
    pub(super) value: Json<'a>,
    /// Whether it comes from a CSV, and may have been through a spreadsheet.
    pub(super) is_cell: bool,
}

/// What was found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows, without headings.
    pub rows: u64,
    /// Orders and documents that they hold.
    pub orders: u64,
    /// Those of them that are cancelled.
    pub cancelled: u64,
    /// Those of the census that the lanes need not have, by reason.
    pub excluded: std::collections::BTreeMap<String, u64>,
    /// Documents without a usable order key that the lane's scope sets aside.
    pub set_aside: u64,
    /// Keys and references that were wrapped against spreadsheets.
    pub unwrapped: u64,
    /// Rows that can't be taken.
    pub bad: u64,
}

impl Mapping {
    /// Under which source facts are recorded.
    #[must_use]
    pub fn source(&self) -> String {
        format!("import:{}", self.of)
    }

    /// Adds what was found to `records`.
    ///
    /// # Errors
    /// When a value that is needed is missing, or is no such value.
    pub(super) fn record(
        &self,
        found: Found<'_>,
        records: &mut Vec<Record>,
        tally: &mut Tally,
    ) -> Result<(), RowFault> {
        let at = match &found.at {
            Some(place) => read_time(place, &self.import)?,
            None => None,
        };
        let key = match self.key(&found.key, tally) {
            Ok(key) => key,
            Err(_) if self.scope.sets_aside(Some(&found.document), at).is_some() => {
                tally.set_aside += 1;
                return Ok(());
            }
            Err(fault) => return Err(fault),
        };
        let reference = match &found.reference {
            Some(place) => Some(reference(place, tally)?),
            None => None,
        };
        tally.orders += 1;
        tally.cancelled += u64::from(found.cancelled);
        match self.of.lane() {
            Some(lane) => self.commit(lane, key, reference, at, found, records),
            None => {
                self.order(key, at, found, records, tally);
                Ok(())
            }
        }
    }

    fn commit(
        &self,
        lane: Lane,
        order_key: OrderKey,
        reference: Option<String>,
        at: Option<Timestamp>,
        found: Found<'_>,
        records: &mut Vec<Record>,
    ) -> Result<(), RowFault> {
        if let (None, None, Some(place)) = (&reference, at, &found.at) {
            let remedy = "a document without a number is told apart by its commit time";
            return Err(RowFault::Absent { what: "commit time", place: place.name.to_owned(), remedy });
        }
        let name = reference.as_deref().unwrap_or(order_key.as_str());
        let source_id = id(name, &order_key, at, "", &found.document);
        let commit = Outcome {
            lane,
            kind: OutcomeKind::Committed,
            order_key,
            occurred_at: at,
            source: self.source(),
            source_id,
            reference,
            document: Some(found.document),
        };
        let cancelled = found.cancelled.then(|| Outcome {
            kind: OutcomeKind::Cancelled,
            // When it was cancelled, the row doesn't say.
            occurred_at: None,
            source_id: format!("{}-cancelled", commit.source_id),
            document: None,
            ..commit.clone()
        });
        records.push(Record::Outcome(commit));
        records.extend(cancelled.map(Record::Outcome));
        Ok(())
    }

    fn order(
        &self,
        order_key: OrderKey,
        placed_at: Option<Timestamp>,
        found: Found<'_>,
        records: &mut Vec<Record>,
        tally: &mut Tally,
    ) {
        let excluded = found.excluded.or(found.cancelled.then_some(CANCELLED)).map(str::to_owned);
        if let Some(reason) = &excluded {
            match tally.excluded.get_mut(reason) {
                Some(count) => *count += 1,
                None => _ = tally.excluded.insert(reason.clone(), 1),
            }
        }
        let source_id =
            id(order_key.as_str(), &order_key, placed_at, excluded.as_deref().unwrap_or_default(), &found.document);
        let document = Some(found.document);
        let order = CensusOrder { source: self.source(), source_id, order_key, placed_at, excluded, document };
        records.push(Record::Census(order));
    }

    fn key(&self, place: &Place<'_>, tally: &mut Tally) -> Result<OrderKey, RowFault> {
        let bad = |error| RowFault::Key { place: place.name.to_owned(), error };
        let key = match &place.value {
            Json::Null => return Err(bad(KeyError::Empty)),
            Json::String(text) if place.is_cell => OrderKey::new(cell(place, text, "order key", tally)?),
            value => OrderKey::from_json(value),
        };
        let key = key.map_err(bad)?;
        match self.import.order_key_strip.as_deref().and_then(|prefix| key.as_str().strip_prefix(prefix)) {
            Some(rest) => OrderKey::new(rest).map_err(bad),
            None => Ok(key),
        }
    }
}

fn reference(place: &Place<'_>, tally: &mut Tally) -> Result<String, RowFault> {
    let absent = || RowFault::Absent {
        what: "reference",
        place: place.name.to_owned(),
        remedy: "leave rows without a number out of the export, they are no documents yet",
    };
    let bad = || RowFault::Reference { place: place.name.to_owned() };
    let text = match &place.value {
        Json::Null => return Err(absent()),
        Json::String(text) if place.is_cell => cell(place, text, "reference", tally)?,
        Json::String(text) => text.trim(),
        Json::Number(number) if number.is_integer() => number.text(),
        _ => return Err(bad()),
    };
    if text.is_empty() {
        return Err(absent());
    }
    if text.len() > KEY_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(bad());
    }
    Ok(text.to_owned())
}

/// The text of a key's or a reference's cell, its wrapping taken off; damage is refused.
fn cell<'t>(place: &Place<'_>, text: &'t str, what: &'static str, tally: &mut Tally) -> Result<&'t str, RowFault> {
    let (text, was_wrapped) = unwrapped(text);
    if is_damaged(text) {
        return Err(RowFault::Damaged { what, place: place.name.to_owned(), text: shown(text) });
    }
    tally.unwrapped += u64::from(was_wrapped);
    Ok(text)
}

fn read_time(place: &Place<'_>, import: &Import) -> Result<Option<Timestamp>, RowFault> {
    time(&place.value, &import.time_zone).map_err(|why| RowFault::Time {
        place: place.name.to_owned(),
        text: place.value.scalar_text().map_or_else(|| "no scalar".to_owned(), shown),
        why,
    })
}

/// Most letters of a value that a message shows.
const SHOWN_MAX: usize = 40;

/// A value as a message shows it.
fn shown(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN_MAX).collect();
    if cut.len() < text.len() { format!("`{cut}…`") } else { format!("`{cut}`") }
}

/// `<name>@<64 bits of SHA-256 over all that is recorded>`
fn id(name: &str, key: &OrderKey, at: Option<Timestamp>, excluded: &str, document: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [key.as_str(), excluded] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update(at.map_or(i64::MIN, Timestamp::as_microsecond).to_be_bytes());
    hash.update(document);
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.finalize());
    let digest = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let mut id = String::with_capacity(name.len() + 17);
    id.push_str(name);
    id.push('@');
    push_hex(&mut id, digest);
    id
}

fn push_hex(text: &mut String, number: u64) {
    for shift in (0..16).rev() {
        let digit = u32::try_from(number >> (shift * 4) & 0xf).unwrap_or_default();
        text.extend(char::from_digit(digit, 16));
    }
}
