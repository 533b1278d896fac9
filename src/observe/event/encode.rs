//! From what is recorded to the event that says it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::extract::ExtractData;
use super::source::event_source;
use super::{CENSUS_TYPE, EXTRACT_TYPE, ORDER_TYPE, SPEC_VERSION, WATERMARK_TYPE};
use crate::journal::Record;
use crate::outcome::{CensusOrder, Extract, Outcome, Watermark, WatermarkKind};

/// The event that [`decode`](super::decode) reads as this record; `None` for what no event says: requests, readings,
/// declared watermarks (they come with their extract), and what a poll found.
///
/// A document goes as base64, because a JSON value here would lose how numbers are written.
#[must_use]
pub fn encode(record: &Record) -> Option<Value> {
    match record {
        Record::Outcome(outcome) => of_outcome(outcome),
        Record::Watermark(watermark) => of_watermark(watermark),
        Record::Census(order) => of_census(order),
        Record::Extract(extract) => of_extract(extract),
        _ => None,
    }
}

fn event(kind: &str, id: &str, source: &str) -> Option<Map<String, Value>> {
    let source = event_source(source)?;
    let event = json!({"specversion": SPEC_VERSION, "type": kind, "id": id, "source": source});
    event.as_object().cloned()
}

fn put(event: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        event.insert(name.to_owned(), value.into());
    }
}

fn time(time: Timestamp) -> String {
    time.to_string()
}

fn base64(document: Option<&Bytes>) -> Option<String> {
    document.filter(|document| !document.is_empty()).map(|document| STANDARD.encode(document))
}

fn of_outcome(outcome: &Outcome) -> Option<Value> {
    let kind = format!("{ORDER_TYPE}{}", outcome.kind);
    let mut event = event(&kind, &outcome.source_id, &outcome.source)?;
    put(&mut event, "lane", Some(outcome.lane.as_str()));
    put(&mut event, "subject", Some(outcome.order_key.as_str()));
    put(&mut event, "time", outcome.occurred_at.map(time));
    put(&mut event, "reference", outcome.reference.as_deref());
    put(&mut event, "data_base64", base64(outcome.document.as_ref()));
    Some(event.into())
}

fn of_watermark(watermark: &Watermark) -> Option<Value> {
    if watermark.kind == WatermarkKind::Declared {
        return None;
    }
    let id = format!("watermark:{}:{}", watermark.lane, watermark.at);
    let mut event = event(WATERMARK_TYPE, &id, &watermark.source)?;
    put(&mut event, "lane", Some(watermark.lane.as_str()));
    put(&mut event, "time", Some(time(watermark.at)));
    Some(event.into())
}

fn of_census(order: &CensusOrder) -> Option<Value> {
    let mut event = event(CENSUS_TYPE, &order.source_id, &order.source)?;
    put(&mut event, "subject", Some(order.order_key.as_str()));
    put(&mut event, "time", order.placed_at.map(time));
    put(&mut event, "excluded", order.excluded.as_deref());
    put(&mut event, "data_base64", base64(order.document.as_ref()));
    Some(event.into())
}

fn of_extract(extract: &Extract) -> Option<Value> {
    let id = format!("extract:{}:{}", extract.file_digest, extract.began_at);
    let mut event = event(EXTRACT_TYPE, &id, &extract.source)?;
    put(&mut event, "lane", Some(extract.of.as_str()));
    put(&mut event, "data", serde_json::to_value(ExtractData::from(extract)).ok());
    Some(event.into())
}
