//! Rows back into the types they were made from. A row that can't be is damage, and is named.

use std::str::FromStr;
use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use memchr::memmem::Finder;
use rusqlite::Row;
use rusqlite::types::FromSql;

use super::ReadError;
use super::observed::Observed;
use super::witness::CensusSeen;
use crate::journal::purge;
use crate::order::OrderKey;
use crate::outcome::{
    Answer, Attempt, Capture, Extract, Gap, Headers, Lookup, Outcome, Reading, RowId, Signature, TELLING_HEADERS,
    Watermark, WatermarkKind,
};

/// Columns of a capture with its body: `capture c LEFT JOIN content b ON b.id = c.body`.
pub(super) const CAPTURE: &str = "c.id, c.uuid, c.received_at, c.method, c.target, c.route, c.operation, c.order_key, \
    c.also_known_as, c.event_id, c.delivery_id, c.excluded, c.skip, c.headers, b.bytes, c.body_bytes";

/// Columns of an answer with its body: `answer w LEFT JOIN content b ON b.id = w.body`.
pub(crate) const ANSWER: &str = "w.id, w.attempt, w.lane, w.ending, w.answered_at, w.took_us, w.status, w.headers, b.bytes, \
    w.body_bytes, w.error";

/// Columns of an outcome with its document: `outcome o LEFT JOIN content b ON b.id = o.document`.
pub(crate) const OUTCOME: &str =
    "o.id, o.lane, o.kind, o.order_key, o.occurred_at, o.source, o.source_id, o.reference, b.bytes, o.recorded_at";

pub(super) const ATTEMPT: &str = "id, capture, lane, number, reason, sent_at, idempotency_key";
pub(super) const READING: &str = "id, lane, source, began_at, ended_at, since, complete, pages, documents, clock_offset_us, \
    clock_uncertainty_us, error";
pub(super) const WATERMARK: &str = "id, recorded_at, lane, source, watermark_at";
pub(crate) const LOOKUP: &str = "id, lane, source, order_key, began_at, ended_at, documents, error";
pub(super) const EXTRACT: &str = "id, lane, source, file_name, file_digest, file_bytes, rows, recorded, columns, began_at, \
    ended_at, complete_through, error";
pub(super) const GAP: &str = "id, reason, began_at, ended_at, requests, lane, capture, order_key, detail";

/// How it is written that there are none.
const NO_HEADERS: &str = "[]";

/// Whether there are any headers, as they are written.
fn has_any(headers: &str) -> bool {
    headers != NO_HEADERS
}

/// The names of [`TELLING_HEADERS`] as they are written.
static TELLING: LazyLock<[Finder<'static>; TELLING_HEADERS.len()]> =
    LazyLock::new(|| TELLING_HEADERS.map(|name| Finder::new(&format!("\"{name}\"")).into_owned()));

/// Reads columns in order, and names the row in errors.
struct Columns<'r, 's> {
    table: &'static str,
    row: &'r Row<'s>,
    id: RowId,
    next: usize,
}

impl<'r, 's> Columns<'r, 's> {
    /// Begins with the first column, the row's id.
    fn new(table: &'static str, row: &'r Row<'s>) -> Result<Self, ReadError> {
        Ok(Self { table, row, id: row.get(0)?, next: 1 })
    }

    fn damaged(&self, what: String) -> ReadError {
        ReadError::Damaged { table: self.table, row: self.id, what }
    }

    fn get<T: FromSql>(&mut self) -> Result<T, ReadError> {
        self.next += 1;
        Ok(self.row.get(self.next - 1)?)
    }

    fn name<T: FromStr<Err: std::fmt::Display>>(&mut self) -> Result<T, ReadError> {
        self.next += 1;
        let text = self.row.get_ref(self.next - 1)?.as_str().map_err(rusqlite::Error::from)?;
        text.parse().map_err(|error| self.damaged(format!("{text:?}: {error}")))
    }

    /// A text as SQLite has it, to be read and not kept.
    fn optional_text(&mut self) -> Result<Option<&'r str>, ReadError> {
        self.next += 1;
        Ok(self.row.get_ref(self.next - 1)?.as_str_or_null().map_err(rusqlite::Error::from)?)
    }

    fn optional_name<T: FromStr<Err: std::fmt::Display>>(&mut self) -> Result<Option<T>, ReadError> {
        let text = self.optional_text()?;
        let parse = |text: &str| text.parse().map_err(|error| self.damaged(format!("{text:?}: {error}")));
        text.map(parse).transpose()
    }

    fn optional_time(&mut self) -> Result<Option<Timestamp>, ReadError> {
        let at = self.get::<Option<i64>>()?;
        let time = |at| Timestamp::from_microsecond(at).map_err(|_| self.damaged(format!("the time {at}")));
        at.map(time).transpose()
    }

    fn time(&mut self) -> Result<Timestamp, ReadError> {
        self.optional_time()?.ok_or_else(|| self.damaged("no time".into()))
    }

    fn optional_key(&mut self) -> Result<Option<OrderKey>, ReadError> {
        let text = self.optional_text()?;
        let key = |text: &str| OrderKey::new(text).map_err(|error| self.damaged(error.to_string()));
        text.map(key).transpose()
    }

    fn key(&mut self) -> Result<OrderKey, ReadError> {
        self.optional_key()?.ok_or_else(|| self.damaged("no order key".into()))
    }

    fn count<T: TryFrom<i64> + Default>(&mut self) -> Result<T, ReadError> {
        let count = self.get::<i64>()?;
        T::try_from(count).map_err(|_| self.damaged(format!("the count {count}")))
    }

    fn bytes(&mut self) -> Result<Bytes, ReadError> {
        Ok(self.get::<Option<Vec<u8>>>()?.unwrap_or_default().into())
    }

    /// The inverse of how headers are written: pairs, values in ISO 8859-1.
    fn headers(&mut self) -> Result<Headers, ReadError> {
        self.headers_where(has_any)
    }

    /// The same, where `holds` says of what is written that anything is wanted of it.
    fn headers_where(&mut self, holds: fn(&str) -> bool) -> Result<Headers, ReadError> {
        let text = self.optional_text()?.unwrap_or_default();
        if !holds(text) {
            return Ok(Headers::new());
        }
        let pairs: Vec<(String, String)> =
            serde_json::from_str(text).map_err(|error| self.damaged(format!("headers: {error}")))?;
        let byte = |letter: char| u8::try_from(u32::from(letter)).unwrap_or(b'?');
        let bytes = |value: String| -> Bytes {
            if value.is_ascii() { value.into() } else { value.chars().map(byte).collect() }
        };
        Ok(pairs.into_iter().map(|(name, value)| (name, bytes(value))).collect())
    }
}

/// A capture from the columns [`CAPTURE`].
pub(super) fn capture(row: &Row<'_>) -> Result<(RowId, Capture), ReadError> {
    let mut columns = Columns::new("capture", row)?;
    let uuid = columns.get::<String>()?;
    let mut capture = Capture {
        uuid: uuid.parse().map_err(|_| columns.damaged(format!("the uuid {uuid:?}")))?,
        received_at: columns.time()?,
        method: columns.get()?,
        target: columns.get()?,
        route: columns.get()?,
        operation: columns.name()?,
        order_key: columns.optional_key()?,
        also_known_as: aliases(&mut columns)?,
        event_id: columns.get()?,
        delivery_id: columns.get()?,
        excluded: columns.get()?,
        skip: columns.optional_name()?,
        signature: None,
        headers: columns.headers()?,
        body: columns.bytes()?,
        body_bytes: columns.count()?,
    };
    // What a purge left of a body is no body, and must never be sent as one.
    capture.body = purge::whole(capture.body, capture.body_bytes);
    Ok((columns.id, capture))
}

fn aliases(columns: &mut Columns<'_, '_>) -> Result<Vec<OrderKey>, ReadError> {
    let Some(text) = columns.get::<Option<String>>()? else {
        return Ok(Vec::new());
    };
    serde_json::from_str(&text).map_err(|error| columns.damaged(format!("also_known_as: {error}")))
}

/// An answer from the columns [`ANSWER`].
pub(in crate::journal) fn answer(row: &Row<'_>) -> Result<(RowId, Answer), ReadError> {
    answer_with(row, has_any)
}

/// An answer from the columns [`ANSWER`], its headers where there are any that its meaning depends on. Most answers have none
/// of these, and to read the others would take longer than all else about them.
pub(crate) fn answer_that_tells(row: &Row<'_>) -> Result<(RowId, Answer), ReadError> {
    answer_with(row, |headers| TELLING.iter().any(|name| name.find(headers.as_bytes()).is_some()))
}

fn answer_with(row: &Row<'_>, holds: fn(&str) -> bool) -> Result<(RowId, Answer), ReadError> {
    let mut columns = Columns::new("answer", row)?;
    let answer = Answer {
        attempt: columns.get()?,
        lane: columns.name()?,
        ending: columns.name()?,
        at: columns.time()?,
        took: Duration::from_micros(columns.count()?),
        status: columns.get()?,
        headers: columns.headers_where(holds)?,
        body: columns.bytes()?,
        body_bytes: columns.count()?,
        error: columns.get()?,
    };
    Ok((columns.id, answer))
}

/// An outcome and when it was recorded, from the columns [`OUTCOME`].
pub(crate) fn outcome(row: &Row<'_>) -> Result<(RowId, Outcome, Timestamp), ReadError> {
    let mut columns = Columns::new("outcome", row)?;
    let outcome = Outcome {
        lane: columns.name()?,
        kind: columns.name()?,
        order_key: columns.key()?,
        occurred_at: columns.optional_time()?,
        source: columns.get()?,
        source_id: columns.get()?,
        reference: columns.get()?,
        document: columns.get::<Option<Vec<u8>>>()?.map(Bytes::from),
    };
    let recorded_at = columns.time()?;
    Ok((columns.id, outcome, recorded_at))
}

/// An outcome without its document, from the columns of [`Observed`].
pub(super) fn observed(row: &Row<'_>) -> Result<Observed, ReadError> {
    let mut columns = Columns::new("outcome", row)?;
    let observed = Observed {
        row: columns.id,
        recorded_at: columns.time()?,
        kind: columns.name()?,
        order_key: columns.key()?,
        occurred_at: columns.optional_time()?,
        source_id: columns.get()?,
        reference: columns.get()?,
    };
    Ok(observed)
}

/// An attempt from the columns [`ATTEMPT`].
pub(super) fn attempt(row: &Row<'_>) -> Result<(RowId, Attempt), ReadError> {
    let mut columns = Columns::new("attempt", row)?;
    let attempt = Attempt {
        capture: columns.get()?,
        lane: columns.name()?,
        number: columns.count()?,
        reason: columns.name()?,
        at: columns.time()?,
        idempotency_key: columns.get()?,
    };
    Ok((columns.id, attempt))
}

/// A reading from the columns [`READING`].
pub(super) fn reading(row: &Row<'_>) -> Result<(RowId, Reading), ReadError> {
    let mut columns = Columns::new("reading", row)?;
    let reading = Reading {
        lane: columns.name()?,
        source: columns.get()?,
        began_at: columns.time()?,
        ended_at: columns.time()?,
        since: columns.optional_time()?,
        complete: columns.get()?,
        pages: columns.count()?,
        documents: columns.count()?,
        clock_offset_us: columns.get()?,
        clock_uncertainty: columns.get::<Option<i64>>()?.map(|us| Duration::from_micros(us.unsigned_abs())),
        error: columns.get()?,
    };
    Ok((columns.id, reading))
}

/// When it was recorded, and a watermark, from the columns [`WATERMARK`].
pub(super) fn watermark(row: &Row<'_>) -> Result<(Timestamp, Watermark), ReadError> {
    let mut columns = Columns::new("watermark", row)?;
    let recorded_at = columns.time()?;
    let (lane, source, at) = (columns.name()?, columns.get()?, columns.time()?);
    Ok((recorded_at, Watermark { lane, source, at, kind: WatermarkKind::Told }))
}

/// A look-up from the columns [`LOOKUP`].
pub(crate) fn lookup(row: &Row<'_>) -> Result<(RowId, Lookup), ReadError> {
    let mut columns = Columns::new("lookup", row)?;
    let lookup = Lookup {
        lane: columns.name()?,
        source: columns.get()?,
        order_key: columns.key()?,
        began_at: columns.time()?,
        ended_at: columns.time()?,
        documents: columns.get()?,
        error: columns.get()?,
    };
    Ok((columns.id, lookup))
}

/// An order of the census: id, order key, time, reason of exclusion.
pub(super) fn census_seen(row: &Row<'_>) -> Result<CensusSeen, ReadError> {
    let mut columns = Columns::new("census", row)?;
    let (order_key, placed_at, excluded) = (columns.key()?, columns.optional_time()?, columns.get()?);
    Ok(CensusSeen { row: columns.id, order_key, placed_at, excluded })
}

/// How often a signature came: id of one, its name, the count.
pub(super) fn signature_count(row: &Row<'_>) -> Result<(Signature, u64), ReadError> {
    let mut columns = Columns::new("signature", row)?;
    Ok((columns.name()?, columns.count()?))
}

/// An extract from the columns [`EXTRACT`].
pub(super) fn extract(row: &Row<'_>) -> Result<(RowId, Extract), ReadError> {
    let mut columns = Columns::new("extract", row)?;
    let extract = Extract {
        of: columns.name()?,
        source: columns.get()?,
        file_name: columns.get()?,
        file_digest: columns.get()?,
        file_bytes: columns.count()?,
        rows: columns.count()?,
        recorded: columns.count()?,
        columns: {
            let text = columns.get::<String>()?;
            serde_json::from_str(&text).map_err(|error| columns.damaged(format!("columns: {error}")))?
        },
        began_at: columns.time()?,
        ended_at: columns.time()?,
        complete_through: columns.optional_time()?,
        error: columns.get()?,
    };
    Ok((columns.id, extract))
}

/// A gap from the columns [`GAP`].
pub(super) fn gap(row: &Row<'_>) -> Result<(RowId, Gap), ReadError> {
    let mut columns = Columns::new("gap", row)?;
    let gap = Gap {
        reason: columns.name()?,
        began_at: columns.time()?,
        ended_at: columns.time()?,
        requests: columns.get::<Option<i64>>()?.map(i64::unsigned_abs),
        lane: columns.optional_name()?,
        capture: columns.get()?,
        order_key: columns.optional_key()?,
        detail: columns.get()?,
    };
    Ok((columns.id, gap))
}
