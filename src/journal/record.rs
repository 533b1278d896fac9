//! What can be recorded, and the rows it becomes.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::content::Content;
use super::row::{Row, Value};
use super::schema::Table;
use super::seal::Digest;
use crate::order::OrderKey;
use crate::outcome::{
    Answer, Attempt, Capture, CensusOrder, Extract, Gap, Headers, Lookup, Outcome, Reading, RowId, ShadowAct,
    Signature, Watermark, names,
};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Record {
    /// A run begins.
    Run(RunRow),
    /// The operator or the process did something.
    Control(Control),
    /// A request was received, in this run.
    Capture(u32, Arc<Capture>),
    /// A capture is about to be sent.
    Attempt(Attempt),
    /// A send ended.
    Answer(Answer),
    /// An observer learnt something.
    Outcome(Outcome),
    /// An observer ended a pass.
    Reading(Reading),
    /// A source told up to when all is said. Declared ones come from extracts.
    Watermark(Watermark),
    /// An observer looked one order up.
    Lookup(Lookup),
    /// The storefront lists an order.
    Census(CensusOrder),
    /// A file was imported.
    Extract(Extract),
    /// Evidence is missing, in this run.
    Gap(u32, Gap),
}

/// Where a record is. `new` is false for an outcome that was there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its row.
    pub row: RowId,
    /// Whether this record made the row.
    pub new: bool,
}

/// The request in a file that a capture is sent in place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// When it was captured first; `None` where the file doesn't tell.
    pub occurred_at: Option<Timestamp>,
    /// The file's name, without its folder.
    pub file_name: String,
    /// Where in it, such as `byte 1024`.
    pub place: String,
}

/// How a run came to be. Only live runs spend α.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKind {
    /// Real orders.
    Live,
    /// Captured traffic.
    Replay,
    /// A simulated world.
    Scenario,
}
names!(RunKind, "run kind", { Live => "live", Replay => "replay", Scenario => "scenario" });

/// A run as it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Counted from 1.
    pub number: u32,
    /// How it came to be.
    pub kind: RunKind,
    /// What the operator calls it.
    pub label: Option<String>,
    /// Digest over `judged_by`.
    pub policy_digest: Digest,
    /// The judge's policy, as JSON.
    pub policy: String,
    /// What of the configuration is judged by, as canonical JSON.
    pub judged_by: String,
    /// Version of the program.
    pub tool_version: String,
}

/// Something that the operator or the process did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The run that it concerns; `None`: the journal as a whole.
    pub run: Option<u32>,
    /// What.
    pub kind: ControlKind,
    /// More, as JSON.
    pub detail: Option<String>,
}

/// What the operator or the process did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlKind {
    /// The journal was opened.
    Open,
    /// The journal was closed in good order.
    Close,
    /// The shadow was paused.
    Pause,
    /// The shadow was resumed.
    Resume,
    /// The shadow may write to a production ledger: [`crate::outcome::ActDetail`] as JSON.
    Arm,
    /// It may no more.
    Disarm,
    /// What of the configuration may change inside a run, as it is from now on: [`crate::judge::Settings`] as JSON.
    Settings,
    /// Requests counted since the last tally.
    Tally,
    /// A note.
    Note,
    /// What a receiver outside has been told of: [`crate::outcome::NotifiedDetail`] as JSON.
    Notified,
}
names!(ControlKind, "control", {
    Open => "open", Close => "close", Pause => "pause", Resume => "resume", Arm => "arm", Disarm => "disarm",
    Settings => "settings", Tally => "tally", Note => "note", Notified => "notified",
});

impl From<ShadowAct> for ControlKind {
    fn from(act: ShadowAct) -> Self {
        match act {
            ShadowAct::Pause => Self::Pause,
            ShadowAct::Resume => Self::Resume,
            ShadowAct::Arm => Self::Arm,
            ShadowAct::Disarm => Self::Disarm,
        }
    }
}

/// A record made ready for the writer: digests taken and texts encoded, away from the writer's thread.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) table: Table,
    pub(super) values: Vec<Value>,
    /// Goes into the two columns from this index on.
    pub(super) content: Option<(usize, Option<Content>)>,
}

impl From<Row> for Draft {
    fn from(row: Row) -> Self {
        Self { table: row.table, values: row.values, content: None }
    }
}

impl Record {
    pub(super) fn draft(&self) -> Draft {
        match self {
            Self::Run(run) => run_row(run).into(),
            Self::Control(control) => control_row(control).into(),
            Self::Capture(run, capture) => capture_draft(*run, capture),
            Self::Attempt(attempt) => attempt_row(attempt).into(),
            Self::Answer(answer) => answer_draft(answer),
            Self::Outcome(outcome) => outcome_draft(outcome),
            Self::Reading(reading) => reading_row(reading).into(),
            Self::Watermark(watermark) => watermark_row(watermark).into(),
            Self::Lookup(lookup) => lookup_row(lookup).into(),
            Self::Census(order) => census_draft(order),
            Self::Extract(extract) => extract_row(extract).into(),
            Self::Gap(run, gap) => gap_row(*run, gap).into(),
        }
    }
}

fn time(time: Timestamp) -> Value {
    Value::Int(time.as_microsecond())
}

fn key(key: Option<&OrderKey>) -> Value {
    key.map_or(Value::Null, |key| Value::Key(key.shared()))
}

fn size(bytes: u64) -> Value {
    Value::Int(i64::try_from(bytes).unwrap_or(i64::MAX))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Header fields as a JSON array of pairs. Values are decoded as ISO 8859-1, which loses no byte. Written
/// by hand, because it is on the way of every order.
pub(super) fn headers_text(headers: &Headers) -> String {
    let length = headers.iter().map(|(name, value)| name.len() + value.len() + 8).sum::<usize>();
    let mut text = String::with_capacity(length + 2);
    text.push('[');
    for (name, value) in headers {
        text.push_str(if text.len() == 1 { "[\"" } else { ",[\"" });
        push_escaped(&mut text, name.as_bytes());
        text.push_str("\",\"");
        push_escaped(&mut text, value);
        text.push_str("\"]");
    }
    text.push(']');
    text
}

/// Bytes as the inside of a JSON string, each the character of its number.
fn push_escaped(text: &mut String, bytes: &[u8]) {
    let is_plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\');
    if bytes.iter().all(is_plain)
        && let Ok(plain) = std::str::from_utf8(bytes)
    {
        return text.push_str(plain);
    }
    for byte in bytes {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            0..=0x1f => text.push_str(&format!("\\u{byte:04x}")),
            byte => text.push(char::from(*byte)),
        }
    }
}

fn run_row(run: &RunRow) -> Row {
    let values = vec![
        Value::Int(run.number.into()),
        Value::Word(run.kind.as_str()),
        Value::text(run.label.as_deref()),
        Value::Digest(run.policy_digest.0),
        Value::Text(run.policy.clone()),
        Value::Text(run.judged_by.clone()),
        Value::Text(run.tool_version.clone()),
    ];
    Row { table: Table::Run, values }
}

fn control_row(control: &Control) -> Row {
    let values = vec![
        Value::int(control.run.map(Into::into)),
        Value::Word(control.kind.as_str()),
        Value::text(control.detail.as_deref()),
    ];
    Row { table: Table::Control, values }
}

fn capture_draft(run: u32, capture: &Capture) -> Draft {
    let aliases = (!capture.also_known_as.is_empty()).then(|| json(&capture.also_known_as));
    let values = vec![
        Value::Int(run.into()),
        Value::Text(capture.uuid.to_string()),
        time(capture.received_at),
        Value::Text(capture.method.clone()),
        Value::Text(capture.target.clone()),
        Value::Text(capture.route.clone()),
        Value::Word(capture.operation.as_str()),
        key(capture.order_key.as_ref()),
        Value::text(aliases),
        Value::text(capture.event_id.as_deref()),
        Value::text(capture.delivery_id.as_deref()),
        Value::text(capture.excluded.as_deref()),
        Value::word(capture.skip.map(crate::outcome::Skip::as_str)),
        Value::Text(headers_text(&capture.headers)),
        Value::Null,
        Value::Null,
        size(capture.body_bytes),
    ];
    Draft { table: Table::Capture, values, content: Some((14, Content::of(&capture.body))) }
}

fn attempt_row(attempt: &Attempt) -> Row {
    let values = vec![
        Value::Int(attempt.capture),
        Value::Word(attempt.lane.as_str()),
        Value::Int(attempt.number.into()),
        Value::Word(attempt.reason.as_str()),
        time(attempt.at),
        Value::text(attempt.idempotency_key.as_deref()),
    ];
    Row { table: Table::Attempt, values }
}

fn answer_draft(answer: &Answer) -> Draft {
    let values = vec![
        Value::Int(answer.attempt),
        Value::Word(answer.lane.as_str()),
        Value::Word(answer.ending.as_str()),
        time(answer.at),
        Value::Int(i64::try_from(answer.took.as_micros()).unwrap_or(i64::MAX)),
        Value::int(answer.status.map(Into::into)),
        Value::Text(headers_text(&answer.headers)),
        Value::Null,
        Value::Null,
        size(answer.body_bytes),
        Value::text(answer.error.as_deref()),
    ];
    Draft { table: Table::Answer, values, content: Some((7, Content::of(&answer.body))) }
}

fn outcome_draft(outcome: &Outcome) -> Draft {
    let values = vec![
        Value::Word(outcome.lane.as_str()),
        Value::Word(outcome.kind.as_str()),
        key(Some(&outcome.order_key)),
        Value::int(outcome.occurred_at.map(Timestamp::as_microsecond)),
        Value::Text(outcome.source.clone()),
        Value::Text(outcome.source_id.clone()),
        Value::text(outcome.reference.as_deref()),
        Value::Null,
        Value::Null,
    ];
    let document = outcome.document.as_ref().and_then(Content::of);
    Draft { table: Table::Outcome, values, content: Some((7, document)) }
}

fn reading_row(reading: &Reading) -> Row {
    let uncertainty = reading.clock_uncertainty.map(|width| i64::try_from(width.as_micros()).unwrap_or(i64::MAX));
    let values = vec![
        Value::Word(reading.lane.as_str()),
        Value::Text(reading.source.clone()),
        time(reading.began_at),
        time(reading.ended_at),
        Value::int(reading.since.map(Timestamp::as_microsecond)),
        Value::Int(reading.complete.into()),
        Value::Int(reading.pages.into()),
        size(reading.documents),
        Value::int(reading.clock_offset_us),
        Value::int(uncertainty),
        Value::text(reading.error.as_deref()),
    ];
    Row { table: Table::Reading, values }
}

fn watermark_row(watermark: &Watermark) -> Row {
    let values = vec![Value::Word(watermark.lane.as_str()), Value::Text(watermark.source.clone()), time(watermark.at)];
    Row { table: Table::Watermark, values }
}

fn lookup_row(lookup: &Lookup) -> Row {
    let values = vec![
        Value::Word(lookup.lane.as_str()),
        Value::Text(lookup.source.clone()),
        key(Some(&lookup.order_key)),
        time(lookup.began_at),
        time(lookup.ended_at),
        Value::int(lookup.documents.map(Into::into)),
        Value::text(lookup.error.as_deref()),
    ];
    Row { table: Table::Lookup, values }
}

fn census_draft(order: &CensusOrder) -> Draft {
    let values = vec![
        key(Some(&order.order_key)),
        Value::int(order.placed_at.map(Timestamp::as_microsecond)),
        Value::text(order.excluded.as_deref()),
        Value::Text(order.source.clone()),
        Value::Text(order.source_id.clone()),
        Value::Null,
        Value::Null,
    ];
    Draft { table: Table::Census, values, content: Some((5, order.document.as_ref().and_then(Content::of))) }
}

fn extract_row(extract: &Extract) -> Row {
    let values = vec![
        Value::Word(extract.of.as_str()),
        Value::Text(extract.source.clone()),
        Value::Text(extract.file_name.clone()),
        Value::Text(extract.file_digest.clone()),
        size(extract.file_bytes),
        size(extract.rows),
        size(extract.recorded),
        Value::Text(json(&extract.columns)),
        time(extract.began_at),
        time(extract.ended_at),
        Value::int(extract.complete_through.map(Timestamp::as_microsecond)),
        Value::text(extract.error.as_deref()),
    ];
    Row { table: Table::Extract, values }
}

/// What checking a capture's signature came to.
pub(super) fn signature_draft(capture: RowId, signature: Signature) -> Draft {
    Row { table: Table::Signature, values: vec![Value::Int(capture), Value::Word(signature.as_str())] }.into()
}

/// Where a capture that was replayed comes from.
pub(super) fn replayed_draft(capture: RowId, original: &Original) -> Draft {
    let values = vec![
        Value::Int(capture),
        Value::int(original.occurred_at.map(Timestamp::as_microsecond)),
        Value::Text(original.file_name.clone()),
        Value::Text(original.place.clone()),
    ];
    Row { table: Table::Replayed, values }.into()
}

fn gap_row(run: u32, gap: &Gap) -> Row {
    let values = vec![
        Value::Int(run.into()),
        Value::Word(gap.reason.as_str()),
        time(gap.began_at),
        time(gap.ended_at),
        Value::int(gap.requests.and_then(|count| i64::try_from(count).ok())),
        Value::word(gap.lane.map(crate::outcome::Lane::as_str)),
        Value::int(gap.capture),
        key(gap.order_key.as_ref()),
        Value::text(gap.detail.as_deref()),
    ];
    Row { table: Table::Gap, values }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn headers_become_json_that_loses_no_byte() {
        let every_byte: Bytes = (0..=255).collect();
        let headers = vec![("x-a".to_owned(), every_byte.clone()), ("x-b".to_owned(), Bytes::new())];
        let pairs: Vec<(String, String)> = serde_json::from_str(&headers_text(&headers)).unwrap();
        assert_eq!(
            pairs[0].1.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect::<Bytes>(),
            every_byte
        );
        assert_eq!(pairs[1], ("x-b".into(), String::new()));
        assert_eq!(headers_text(&Vec::new()), "[]");
    }
}
