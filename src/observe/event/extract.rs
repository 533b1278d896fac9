//! The `data` of an extract: what was read of an exported file.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::EventError;
use crate::outcome::{Extract, Witness};

/// The fields of an [`Extract`] beside its lane and source.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ExtractData {
    file_name: String,
    file_digest: String,
    file_bytes: u64,
    rows: u64,
    recorded: u64,
    columns: Vec<String>,
    began_at: Timestamp,
    ended_at: Timestamp,
    #[serde(default)]
    complete_through: Option<Timestamp>,
    #[serde(default)]
    error: Option<String>,
}

impl From<&Extract> for ExtractData {
    fn from(extract: &Extract) -> Self {
        Self {
            file_name: extract.file_name.clone(),
            file_digest: extract.file_digest.clone(),
            file_bytes: extract.file_bytes,
            rows: extract.rows,
            recorded: extract.recorded,
            columns: extract.columns.clone(),
            began_at: extract.began_at,
            ended_at: extract.ended_at,
            complete_through: extract.complete_through,
            error: extract.error.clone(),
        }
    }
}

impl ExtractData {
    pub(super) fn read(data: &Bytes) -> Result<Self, EventError> {
        let wrong = |what: String| EventError::wrong("data", what, "what `paritee import` sends");
        let data: Self = serde_json::from_slice(data).map_err(|error| wrong(format!("is no extract: {error}")))?;
        if data.complete_through.is_some() && data.error.is_some() {
            return Err(wrong("is complete through a time and has an error at once".to_owned()));
        }
        Ok(data)
    }

    pub(super) const fn complete_through(&self) -> Option<Timestamp> {
        self.complete_through
    }

    pub(super) fn of(self, of: Witness, source: String) -> Extract {
        Extract {
            of,
            source,
            file_name: self.file_name,
            file_digest: self.file_digest,
            file_bytes: self.file_bytes,
            rows: self.rows,
            recorded: self.recorded,
            columns: self.columns,
            began_at: micros(self.began_at),
            ended_at: micros(self.ended_at),
            complete_through: self.complete_through.map(micros),
            error: self.error,
        }
    }
}

/// Cut to the microseconds that the journal keeps.
fn micros(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}
