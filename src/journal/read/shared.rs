//! What a run has beside its orders: the run itself, readings, watermarks, gaps, tallies.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::decode::{self, GAP, READING, WATERMARK};
use super::{ReadError, Reader};
use crate::journal::record::{RunKind, RunRow};
use crate::journal::seal::{self, Digest, Head};
use crate::outcome::{Extract, Gap, Lane, Reading, RowId, Watermark, WatermarkKind};

/// A run as recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSeen {
    /// Its row.
    pub row: RowId,
    /// When it began.
    pub began_at: Timestamp,
    /// What was written.
    pub run: RunRow,
}

impl Reader {
    /// The run with this number, or the last one; `None` where there is none.
    ///
    /// # Errors
    /// When SQLite says no, or the row is damaged.
    pub fn run(&self, number: Option<u32>) -> Result<Option<RunSeen>, ReadError> {
        let sql = "SELECT id, recorded_at, number, kind, label, policy_digest, policy, judged_by, tool_version FROM run \
            WHERE ?1 IS NULL OR number = ?1 ORDER BY number DESC LIMIT 1";
        let mut select = self.connection.prepare_cached(sql)?;
        let mut rows = select.query([number])?;
        rows.next()?.map(run_seen).transpose()
    }

    /// How many live runs there are up to this one, it included.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn live_runs_up_to(&self, number: u32) -> Result<u32, ReadError> {
        let sql = "SELECT count(*) FROM run WHERE kind = 'live' AND number <= ?";
        Ok(self.connection.query_row(sql, [number], |row| row.get(0))?)
    }

    /// The last seal: its row, its time, its digest. `None` in a journal without rows.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn head(&self) -> Result<Option<(RowId, Timestamp, Digest)>, ReadError> {
        let head = Head::read(&self.connection)?;
        let sealed_at = head.sealed_at.and_then(|at| Timestamp::from_microsecond(at).ok());
        Ok(sealed_at.map(|at| (head.row, at, head.digest)))
    }

    /// When anything was recorded last that says something of orders, which a purge doesn't; `None` in a journal without rows.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn last_evidence_at(&self) -> Result<Option<Timestamp>, ReadError> {
        let at = seal::sealed_at_but_for_purges(&self.connection)?;
        Ok(at.and_then(|at| Timestamp::from_microsecond(at).ok()))
    }

    /// Whether this row is a seal with this digest.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn is_sealed(&self, row: RowId, digest: Digest) -> Result<bool, ReadError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM seal WHERE id = ? AND digest = ?)";
        Ok(self.connection.query_row(sql, params![row, digest.0], |row| row.get(0))?)
    }

    /// Row and time of the first capture of a run, or of the journal.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn first_capture(&self, run: Option<u32>) -> Result<Option<(RowId, Timestamp)>, ReadError> {
        let sql = "SELECT id, received_at FROM capture WHERE ?1 IS NULL OR run = ?1 ORDER BY id LIMIT 1";
        let first = self.connection.query_row(sql, [run], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        Ok(first.and_then(|(row, at)| Some((row, Timestamp::from_microsecond(at).ok()?))))
    }

    /// All readings of a lane's ledger, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn readings(&self, lane: Lane) -> Result<Vec<(RowId, Reading)>, ReadError> {
        self.rows(
            &format!("SELECT {READING} FROM reading WHERE lane = ? ORDER BY id"),
            [lane.as_str()],
            decode::reading,
        )
    }

    /// All watermarks of a lane: those that sources told in the order of recording, then those that were declared of
    /// extracts. With each comes when it was recorded, or its extract was read to its end.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn watermarks(&self, lane: Lane) -> Result<Vec<(Timestamp, Watermark)>, ReadError> {
        let sql = format!("SELECT {WATERMARK} FROM watermark WHERE lane = ? ORDER BY id");
        let mut watermarks = self.rows(&sql, [lane.as_str()], decode::watermark)?;
        let declared = |(_, extract): (RowId, Extract)| {
            let at = extract.complete_through?;
            Some((extract.ended_at, Watermark { lane, source: extract.source, at, kind: WatermarkKind::Declared }))
        };
        watermarks.extend(self.extracts(lane.into())?.into_iter().filter_map(declared));
        Ok(watermarks)
    }

    /// The gaps of a run, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn gaps(&self, run: u32) -> Result<Vec<(RowId, Gap)>, ReadError> {
        self.rows(&format!("SELECT {GAP} FROM gap WHERE run = ? ORDER BY id"), params![run], decode::gap)
    }

    /// The settings of a run, as they were recorded last, as JSON; `None` where none ever were.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn settings(&self, run: u32) -> Result<Option<String>, ReadError> {
        let sql = "SELECT detail FROM control WHERE kind = 'settings' AND run = ? ORDER BY id DESC LIMIT 1";
        let last = self.connection.query_row(sql, [run], |row| row.get::<_, Option<String>>(0)).optional()?;
        Ok(last.flatten())
    }

    /// Requests of a run as the tee counted them, by name, summed over its tallies.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn tallies(&self, run: u32) -> Result<BTreeMap<String, u64>, ReadError> {
        let sql = "SELECT id, detail FROM control WHERE kind = 'tally' AND run = ? ORDER BY id";
        let rows = self.rows(sql, params![run], |row| Ok((row.get::<_, RowId>(0)?, row.get::<_, String>(1)?)))?;
        let mut sums = BTreeMap::new();
        for (row, detail) in rows {
            let counts: BTreeMap<String, u64> = serde_json::from_str(&detail).map_err(|error| ReadError::Damaged {
                table: "control",
                row,
                what: error.to_string(),
            })?;
            for (name, count) in counts {
                *sums.entry(name).or_default() += count;
            }
        }
        Ok(sums)
    }

    pub(super) fn rows<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        decode: impl Fn(&rusqlite::Row<'_>) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        let mut select = self.connection.prepare_cached(sql)?;
        let mut rows = select.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(decode(row)?);
        }
        Ok(all)
    }
}

fn run_seen(row: &rusqlite::Row<'_>) -> Result<RunSeen, ReadError> {
    let id = row.get(0)?;
    let damaged = |what: String| ReadError::Damaged { table: "run", row: id, what };
    let kind: String = row.get(3)?;
    let run = RunRow {
        number: row.get(2)?,
        kind: kind.parse::<RunKind>().map_err(|error| damaged(error.to_string()))?,
        label: row.get(4)?,
        policy_digest: Digest(row.get(5)?),
        policy: row.get(6)?,
        judged_by: row.get(7)?,
        tool_version: row.get(8)?,
    };
    let began_at = Timestamp::from_microsecond(row.get(1)?).map_err(|error| damaged(error.to_string()))?;
    Ok(RunSeen { row: id, began_at, run })
}
