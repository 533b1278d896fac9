//! What was done about the shadow: pauses, resumptions, armings, as the journal holds them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{ReadError, Reader};
use crate::outcome::{ActDetail, Lane, RowId, ShadowAct};

/// An act with its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActSeen {
    /// Its row.
    pub row: RowId,
    /// The run that it was done in.
    pub run: Option<u32>,
    /// When it was recorded.
    pub at: Timestamp,
    /// What was done.
    pub act: ShadowAct,
    /// By whom, and why.
    pub detail: ActDetail,
}

impl Reader {
    /// What was done about the shadow in a run, or in all of them, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn acts(&self, run: Option<u32>) -> Result<Vec<ActSeen>, ReadError> {
        let sql = "SELECT id, run, recorded_at, kind, detail FROM control \
             WHERE kind IN ('pause', 'resume', 'arm', 'disarm') AND (?1 IS NULL OR run = ?1) ORDER BY id";
        self.rows(sql, params![run], |row| {
            let id = row.get(0)?;
            let damaged = |what: String| ReadError::Damaged { table: "control", row: id, what };
            let kind: String = row.get(3)?;
            let detail: Option<String> = row.get(4)?;
            let detail = detail.map(|json| serde_json::from_str(&json)).transpose();
            Ok(ActSeen {
                row: id,
                run: row.get(1)?,
                at: Timestamp::from_microsecond(row.get(2)?).map_err(|error| damaged(error.to_string()))?,
                act: kind.parse::<ShadowAct>().map_err(|error| damaged(error.to_string()))?,
                detail: detail.map_err(|error| damaged(error.to_string()))?.unwrap_or_default(),
            })
        })
    }

    /// Whether the shadow was paused last, and not resumed since: in whichever run, since a pause outlives it.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn is_paused(&self) -> Result<bool, ReadError> {
        let sql = "SELECT kind FROM control WHERE kind IN ('pause', 'resume') ORDER BY id DESC LIMIT 1";
        let last: Option<String> = self.connection.query_row(sql, [], |row| row.get(0)).optional()?;
        Ok(last.as_deref() == Some(ShadowAct::Pause.as_str()))
    }

    /// Captures of which an attempt on a lane stands behind a row.
    ///
    /// # Errors
    /// When SQLite says no.
    pub fn sent_since(&self, row: RowId, lane: Lane) -> Result<Vec<RowId>, ReadError> {
        let sql = "SELECT DISTINCT capture FROM attempt WHERE id > ? AND lane = ? ORDER BY capture";
        self.rows(sql, params![row, lane.as_str()], |row| Ok(row.get(0)?))
    }
}
