//! Exports of ledgers and of the storefront, as outcomes and as the census.
//!
//! A file is read on a thread of its own, its facts go to a [`Sink`] in batches, a bounded number of them at once. Only
//! a file that was read to its end without one bad row may say "all up to then is in it"; of others the good rows are
//! kept, and prove presence, never absence.

mod columns;
mod csv;
mod damage;
mod fact;
mod fault;
mod json;
mod object;
mod read;
mod sink;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod time;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use jiff::Timestamp;
use tokio::sync::mpsc;

pub use fact::{Mapping, Tally};
pub use fault::{FileFault, MappingError, RowFault};
pub use read::{BAD_KEPT, Reading};
pub use sink::{Direct, Encode, Remote, Sink, SinkError};

use crate::clock;
use crate::config::{Config, ImportFormat};
use crate::journal::Record;
use crate::order::Pointer;
use crate::outcome::{Extract, Witness};

/// Batches between the reader and the sink.
const BATCHES_MAX: usize = 2;

/// The name of standard input on the command line, and in the journal.
pub const STDIN: &str = "-";

/// A file to import.
pub struct Export {
    /// How it is named in messages.
    pub path: PathBuf,
    /// Its bytes.
    pub input: Box<dyn Read + Send>,
    /// Counts the bytes that were read, for whoever watches.
    pub read: Arc<AtomicU64>,
}

/// What came of one file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// How it is named in messages.
    pub path: PathBuf,
    /// What was read.
    pub reading: Reading,
    /// Facts that were new.
    pub new: u64,
    /// Facts that were known.
    pub known: u64,
    /// When reading began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
}

impl Mapping {
    /// How exports of `of` are read, as the configuration says.
    ///
    /// # Errors
    /// When it doesn't, or not enough.
    pub fn of(config: &Config, of: Witness) -> Result<Self, MappingError> {
        let lane = of.lane().map(|lane| config.lanes.get(lane));
        let import = lane.map_or(&config.census.import, |lane| &lane.import);
        let example = if lane.is_some() { LEDGER_EXAMPLE } else { CENSUS_EXAMPLE };
        let import = import.clone().ok_or(MappingError::Missing { of, example })?;
        if lane.is_some() && import.reference.is_none() && import.at.is_none() {
            return Err(MappingError::NoIdentity(of));
        }
        let lines = lane.and_then(|lane| lane.document.as_ref()).and_then(|places| places.lines.as_ref());
        let rows_always = lines == Some(&Pointer::of(["rows"]));
        let scope = lane.map(|lane| lane.scope.clone()).unwrap_or_default();
        Ok(Self { of, import, scope, rows_always })
    }

    /// The format of a file: as configured, or by its name; CSV where neither says.
    fn format(&self, path: &Path) -> ImportFormat {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        self.import.format.unwrap_or(match extension.as_deref() {
            Some("ndjson" | "jsonl") => ImportFormat::Ndjson,
            Some("json") => ImportFormat::Json,
            _ => ImportFormat::Csv,
        })
    }
}

const LEDGER_EXAMPLE: &str = "    [lane.gated.import]
    order_key = \"External ID\"
    reference = \"Document Number\"
    committed_at = \"Created\"
    time_zone = \"Europe/Berlin\"";

const CENSUS_EXAMPLE: &str = "    [census.import]
    order_key = \"Id\"
    placed_at = \"Created at\"
    cancelled = { pointer = \"/Financial Status\", equals = [\"voided\"] }";

/// Imports one file. Its extract is not recorded yet: see [`record_extract`].
///
/// # Errors
/// When its facts can't be recorded. What is wrong with the file is in the reading.
pub async fn import(export: Export, mapping: &Arc<Mapping>, sink: &mut Sink) -> Result<Imported, SinkError> {
    let Export { path, input, read } = export;
    let began_at = clock::now();
    let (sender, mut batches) = mpsc::channel(BATCHES_MAX);
    let (mapping, format) = (Arc::clone(mapping), mapping.format(&path));
    let reader = tokio::task::spawn_blocking(move || {
        read::read(input, format, &mapping, read, &mut |records| sender.blocking_send(records).is_ok())
    });
    let (mut new, mut facts) = (0, 0);
    while let Some(records) = batches.recv().await {
        facts += records.len() as u64;
        new += sink.take(records).await?;
    }
    new += sink.settle().await?;
    let reading = reader.await.map_err(|_| SinkError::Reader)?;
    Ok(Imported { path, reading, new, known: facts.saturating_sub(new), began_at, ended_at: clock::now() })
}

/// Records where facts came from. `complete_through` is taken only where every file of the command was read to its
/// end without a bad row.
///
/// # Errors
/// When it can't be recorded.
pub async fn record_extract(
    imported: &Imported,
    mapping: &Mapping,
    complete_through: Option<Timestamp>,
    sink: &mut Sink,
) -> Result<(), SinkError> {
    let extract = imported.extract(mapping, complete_through);
    sink.take(vec![Record::Extract(extract)]).await?;
    sink.settle().await.map(|_| ())
}

impl Imported {
    fn extract(&self, mapping: &Mapping, complete_through: Option<Timestamp>) -> Extract {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        Extract {
            of: mapping.of,
            source: mapping.source(),
            file_name: name.to_string_lossy().into_owned(),
            file_digest: self.reading.digest.clone(),
            file_bytes: self.reading.bytes,
            rows: self.reading.tally.rows,
            recorded: self.new,
            columns: self.reading.columns.clone(),
            began_at: self.began_at,
            ended_at: self.ended_at,
            complete_through: complete_through.filter(|_| self.reading.is_whole()),
            error: self.error(),
        }
    }

    /// Why the file was not taken whole; `None`: it was.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        if let Some((line, fault)) = &self.reading.stopped {
            return Some(format!("line {line}: {fault}"));
        }
        let (line, fault) = self.reading.bad.first()?;
        Some(match self.reading.tally.bad {
            1 => format!("a bad row in line {line}: {fault}"),
            bad => format!("{bad} bad rows, the first in line {line}: {fault}"),
        })
    }
}
