//! From an event to what is recorded. Whatever is not certain is refused: a fact that is guessed proves nothing.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;

use super::extract::ExtractData;
use super::members::Members;
use super::source::Source;
use super::{CENSUS_TYPE, EXTRACT_TYPE, EventError, ORDER_TYPE, SPEC_VERSION, WATERMARK_TYPE};
use crate::journal::Record;
use crate::order::{Json, OrderKey};
use crate::outcome::{CensusOrder, Lane, Outcome, OutcomeKind, Watermark, WatermarkKind, Witness};

/// How far a watermark may be ahead of this machine's clock. What is further ahead was not seen yet by anybody.
pub const AHEAD_MAX: Duration = Duration::from_mins(5);

/// Reads one event in structured mode. Its document shares the memory of `event`. `now` is this machine's time.
///
/// # Errors
/// When it is no CloudEvent of a known type with all that the type needs, or a watermark is further than [`AHEAD_MAX`]
/// ahead of `now`.
pub fn decode(event: &Bytes, now: Timestamp) -> Result<Record, EventError> {
    let members = Members::read(event)?;
    version(&members)?;
    let source_id = members.needed("id", "the source's own id of this fact")?;
    let source = members.needed("source", "a name of the system that sends it, such as \"erp\"")?;
    let source = Source::of(&source)?;
    let kind = members.needed("type", "such as \"paritee.order.committed\"")?;
    match kind.as_str() {
        WATERMARK_TYPE => watermark(&members, source, now),
        CENSUS_TYPE => census(&members, source, source_id),
        EXTRACT_TYPE => extract(&members, source, now),
        kind => {
            let kind = kind.strip_prefix(ORDER_TYPE).and_then(|kind| kind.parse::<OutcomeKind>().ok());
            outcome(&members, source, source_id, kind.ok_or_else(unknown_type)?)
        }
    }
}

fn unknown_type() -> EventError {
    let kinds: Vec<&str> = OutcomeKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let write = format!(
        "{ORDER_TYPE}<kind> with one of {}; or {WATERMARK_TYPE}, {CENSUS_TYPE}, {EXTRACT_TYPE}",
        kinds.join(", ")
    );
    EventError::wrong("type", "is none that is known", write)
}

fn version(members: &Members<'_>) -> Result<(), EventError> {
    let version = members.needed("specversion", "\"1.0\"")?;
    if version == SPEC_VERSION {
        return Ok(());
    }
    Err(EventError::wrong("specversion", "is another version of CloudEvents", "\"1.0\""))
}

fn lane(members: &Members<'_>) -> Result<Lane, EventError> {
    let lane = members.needed("lane", "\"legacy\" or \"gated\"")?;
    lane.parse().map_err(|error| EventError::unknown("lane", error))
}

fn subject(members: &Members<'_>) -> Result<OrderKey, EventError> {
    let missing = EventError::Missing { name: "subject", write: "the order key, as the source stores it" };
    OrderKey::new(&members.string("subject")?.ok_or(missing)?).map_err(EventError::key)
}

fn outcome(members: &Members<'_>, source: Source, source_id: String, kind: OutcomeKind) -> Result<Record, EventError> {
    let lane = lane(members)?;
    Ok(Record::Outcome(Outcome {
        lane,
        kind,
        order_key: subject(members)?,
        occurred_at: members.time()?,
        source: source.for_lane(lane)?,
        source_id,
        reference: members.text("reference")?,
        document: document(members)?,
    }))
}

fn watermark(members: &Members<'_>, source: Source, now: Timestamp) -> Result<Record, EventError> {
    let lane = lane(members)?;
    let at = members.needed_time()?;
    not_ahead("time", at, now)?;
    Ok(Record::Watermark(Watermark { lane, source: source.for_lane(lane)?, at, kind: WatermarkKind::Told }))
}

fn census(members: &Members<'_>, source: Source, source_id: String) -> Result<Record, EventError> {
    Ok(Record::Census(CensusOrder {
        source: source.for_witness(Witness::Census)?,
        source_id,
        order_key: subject(members)?,
        placed_at: members.time()?,
        excluded: members.text("excluded")?,
        document: document(members)?,
    }))
}

fn extract(members: &Members<'_>, source: Source, now: Timestamp) -> Result<Record, EventError> {
    let of = members.needed("lane", "\"legacy\", \"gated\" or \"census\"")?;
    let of: Witness = of.parse().map_err(|error| EventError::unknown("lane", error))?;
    if matches!(source, Source::Other(_)) {
        let what = "sends an extract, and those are of `paritee import` only, because they prove absence by themselves";
        return Err(EventError::wrong("type", what, WATERMARK_TYPE));
    }
    let source = source.for_witness(of)?;
    let data = document(members)?.ok_or(EventError::Missing { name: "data", write: "what `paritee import` sends" })?;
    let data = ExtractData::read(&data)?;
    if let Some(through) = data.complete_through() {
        not_ahead("data", through, now)?;
    }
    Ok(Record::Extract(data.of(of, source)))
}

fn not_ahead(name: &'static str, at: Timestamp, now: Timestamp) -> Result<(), EventError> {
    if now.saturating_add(AHEAD_MAX).is_ok_and(|latest| at > latest) {
        let what = format!("is later than five minutes after this machine's time, {now}");
        return Err(EventError::wrong(name, what, "up to when every commit was told, and look at both clocks"));
    }
    Ok(())
}

/// The document, as it was written.
fn document(members: &Members<'_>) -> Result<Option<Bytes>, EventError> {
    let (data, encoded) = (members.bytes("data"), members.string("data_base64")?);
    if data.is_none() && encoded.is_none() {
        return Ok(None);
    }
    if let Some(content_type) = members.text("datacontenttype")?
        && !is_json(&content_type)
    {
        let write = "\"application/json\", or leave it out";
        return Err(EventError::wrong("datacontenttype", "is not JSON, and documents are compared as JSON", write));
    }
    let Some(encoded) = encoded else {
        return Ok(data);
    };
    if data.is_some() {
        return Err(EventError::wrong("data_base64", "stands beside `data`", "only one of them"));
    }
    let decoded = STANDARD.decode(encoded).map_err(|error| {
        EventError::wrong("data_base64", format!("is no base64: {error}"), "the document in base64 with padding")
    })?;
    Json::parse(&decoded)
        .map_err(|error| EventError::wrong("data_base64", format!("holds {error}"), "a document that is JSON"))?;
    Ok(Some(decoded.into()))
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json")
}
