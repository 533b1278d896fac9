//! Rows that are JSON objects as orders, one each.

use bytes::Bytes;

use super::fact::{Found, Mapping, Place, Tally};
use super::fault::RowFault;
use super::json::Row;
use crate::config::{Matches, RowPlace};
use crate::journal::Record;
use crate::order::{Json, Named, Pointer, Slice, slice};

/// The places of the mapping as pointers.
#[derive(Debug)]
pub(super) struct Objects<'m> {
    mapping: &'m Mapping,
    key: Spot,
    reference: Option<Spot>,
    at: Option<Spot>,
    document: Option<Spot>,
}

/// A place, and its name in messages.
#[derive(Debug)]
struct Spot {
    pointer: Pointer,
    name: String,
}

impl Spot {
    fn of(place: &RowPlace) -> Self {
        match place {
            RowPlace::Pointer(pointer) => Self { pointer: pointer.clone(), name: pointer.to_string() },
            RowPlace::Column(name) => Self { pointer: Pointer::of([name.as_str()]), name: name.clone() },
        }
    }
}

impl<'m> Objects<'m> {
    pub(super) fn new(mapping: &'m Mapping) -> Self {
        let import = &mapping.import;
        let spot = |place: &Option<RowPlace>| place.as_ref().map(Spot::of);
        Self {
            mapping,
            key: Spot::of(&import.order_key),
            reference: spot(&import.reference),
            at: spot(&import.at),
            document: spot(&import.document),
        }
    }

    /// Takes a row.
    ///
    /// # Errors
    /// When it is no object, or what is needed of it is missing or broken.
    pub(super) fn take(&self, row: &Row, records: &mut Vec<Record>, tally: &mut Tally) -> Result<(), RowFault> {
        tally.rows += 1;
        let raw = row.raw.trim();
        let json = Json::parse(raw.as_bytes()).map_err(|error| RowFault::Json(error.to_string()))?;
        if !matches!(json, Json::Object(_)) {
            return Err(RowFault::NoObject);
        }
        let document = match &self.document {
            None => Bytes::copy_from_slice(raw.as_bytes()),
            Some(spot) => document(raw, spot)?,
        };
        let is = |matches: &Matches| {
            let text = matches.pointer.get(&json).and_then(Json::scalar_text);
            text.is_some_and(|text| matches.equals.iter().any(|value| value.eq_ignore_ascii_case(text.trim())))
        };
        let import = &self.mapping.import;
        let found = Found {
            key: find(&self.key, &json, "order key")?,
            reference: find_if(self.reference.as_ref(), &json, "reference")?,
            at: find_if(self.at.as_ref(), &json, "time")?,
            document,
            cancelled: import.cancelled.as_ref().is_some_and(is),
            excluded: import.excludes.iter().find(|rule| is(&rule.matches)).map(|rule| rule.reason.as_str()),
        };
        self.mapping.record(found, records, tally)
    }
}

fn find_if<'a>(spot: Option<&'a Spot>, json: &'a Json<'a>, what: &'static str) -> Result<Option<Place<'a>>, RowFault> {
    spot.map(|spot| find(spot, json, what)).transpose()
}

/// What is at a place; what isn't there is null.
fn find<'a>(spot: &'a Spot, json: &'a Json<'a>, what: &'static str) -> Result<Place<'a>, RowFault> {
    let value = match spot.pointer.find(json) {
        Named::Value(value) => value.clone(),
        Named::Absent => Json::Null,
        Named::Ambiguous => return Err(RowFault::Ambiguous { what, place: spot.name.clone() }),
    };
    Ok(Place { name: &spot.name, value, is_cell: false })
}

/// The document at its place, as it was written.
fn document(raw: &str, spot: &Spot) -> Result<Bytes, RowFault> {
    let place = || spot.name.clone();
    match slice(raw.as_bytes(), &spot.pointer).map_err(|error| RowFault::Json(error.to_string()))? {
        Slice::Value(bytes) => Ok(Bytes::copy_from_slice(bytes)),
        Slice::Ambiguous => Err(RowFault::Ambiguous { what: "document", place: place() }),
        Slice::Absent => Err(RowFault::Document { place: place(), why: "nothing is there".into() }),
    }
}
