//! What an observer must know of its own past: what it recorded, and which orders were sent again late.

use jiff::Timestamp;
use rusqlite::params;

use super::super::record::Record;
use super::decode::{self, READING};
use super::{ReadError, Reader};
use crate::order::OrderKey;
use crate::outcome::{Lane, OutcomeKind, Reading, RowId};

/// An outcome as its observer remembers it: without the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Its row.
    pub row: RowId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What happened.
    pub kind: OutcomeKind,
    /// The order's name.
    pub order_key: OrderKey,
    /// When it happened, on the source's clock.
    pub occurred_at: Option<Timestamp>,
    /// The source's id of this fact.
    pub source_id: String,
    /// The ERP's document number.
    pub reference: Option<String>,
}

/// A `create` that was sent to a lane again, after the order's first send there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateSend {
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When the order was first sent to this lane.
    pub first_sent_at: Timestamp,
}

const OBSERVED: &str = "id, recorded_at, kind, order_key, occurred_at, source_id, reference";

impl Reader {
    /// Shows every outcome of a source to `see`, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, a row is damaged, or `see` fails.
    pub fn each_observed(
        &self,
        source: &str,
        mut see: impl FnMut(Observed) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let sql = format!("SELECT {OBSERVED} FROM outcome WHERE source = ? ORDER BY id");
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut rows = select.query([source])?;
        while let Some(row) = rows.next()? {
            see(decode::observed(row)?)?;
        }
        Ok(())
    }

    /// Whether a fact was recorded before, by its source and the source's id. What has no such id never was.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn has(&self, record: &Record) -> Result<bool, ReadError> {
        let (table, source, id) = match record {
            Record::Outcome(outcome) => ("outcome", &outcome.source, &outcome.source_id),
            Record::Census(order) => ("census", &order.source, &order.source_id),
            _ => return Ok(false),
        };
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE source = ? AND source_id = ?)");
        Ok(self.connection.prepare_cached(&sql)?.query_row([source, id], |row| row.get(0))?)
    }

    /// One outcome, without its document.
    ///
    /// # Errors
    /// When SQLite says no, or the row is damaged.
    pub fn observed(&self, row: RowId) -> Result<Option<Observed>, ReadError> {
        let sql = format!("SELECT {OBSERVED} FROM outcome WHERE id = ?");
        Ok(self.rows(&sql, [row], decode::observed)?.into_iter().next())
    }

    /// Shows every reading of a source to `see`, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn each_reading(&self, source: &str, mut see: impl FnMut(RowId, Reading)) -> Result<(), ReadError> {
        let sql = format!("SELECT {READING} FROM reading WHERE source = ? ORDER BY id");
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut rows = select.query([source])?;
        while let Some(row) = rows.next()? {
            let (row, reading) = decode::reading(row)?;
            see(row, reading);
        }
        Ok(())
    }

    /// When the journal's first attempt on a lane was made; `None` where there is none.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn first_attempt(&self, lane: Lane) -> Result<Option<Timestamp>, ReadError> {
        let sql = "SELECT sent_at FROM attempt WHERE lane = ? ORDER BY id LIMIT 1";
        let sent_at = self.rows(sql, [lane.as_str()], |row| Ok(row.get::<_, i64>(0)?))?.into_iter().next();
        Ok(sent_at.and_then(|at| Timestamp::from_microsecond(at).ok()))
    }

    /// The `create`s that were sent to `lane` at `from` or later, in rows after `after`, of orders that
    /// had been sent there before; and the last row that was looked at, to go on from. A gap counts as one: what was
    /// received while it lasted may have been sent as late as its end.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn late_sends(&self, lane: Lane, after: RowId, from: Timestamp) -> Result<(RowId, Vec<LateSend>), ReadError> {
        let _one_state = self.snapshot()?;
        let last = "SELECT max((SELECT coalesce(max(id), 0) FROM attempt), (SELECT coalesce(max(id), 0) FROM gap))";
        let last: RowId = self.connection.query_row(last, [], |row| row.get(0))?;
        let sql = "SELECT sent_at, first FROM (SELECT a.sent_at AS sent_at, (SELECT min(f.sent_at) FROM capture o \
             JOIN attempt f ON f.capture = o.id AND f.lane = a.lane \
             WHERE o.order_key = c.order_key AND o.operation = 'create') AS first \
             FROM attempt a JOIN capture c ON c.id = a.capture \
             WHERE a.id > ?1 AND a.lane = ?2 AND a.sent_at >= ?3 AND c.operation = 'create') WHERE first < sent_at \
             UNION ALL SELECT ended_at, began_at FROM gap WHERE id > ?1 AND coalesce(lane, ?2) = ?2 AND ended_at >= ?3";
        let late = self.rows(sql, params![after, lane.as_str(), from.as_microsecond()], |row| {
            let time = |column| Ok::<_, rusqlite::Error>(Timestamp::from_microsecond(row.get(column)?).ok());
            Ok(time(0)?.zip(time(1)?))
        })?;
        let late = late.into_iter().flatten().map(|(sent_at, first_sent_at)| LateSend { sent_at, first_sent_at });
        Ok((last.max(after), late.collect()))
    }
}
