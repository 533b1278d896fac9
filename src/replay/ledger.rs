//! What a journal knows of the live lane's ledger: where legacy's outcomes are taken from files, the documents of its orders and the
//! readings that prove what is not there come along, with the times that they had.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files::Origin;
use super::formats::{CaptureError, Format};
use crate::journal::{ReadError, Reader, Record};
use crate::outcome::{Capture, Lane, Outcome, WatermarkKind, Witness};

/// Journals that are open.
#[derive(Debug, Default)]
pub struct Ledgers(BTreeMap<PathBuf, Reader>);

impl Ledgers {
    /// What became of a capture's order on a lane, under any of its names; nothing where the file is no journal.
    pub(super) fn outcomes(
        &mut self,
        origin: &Origin,
        capture: &Capture,
        lane: Lane,
    ) -> Result<Vec<Outcome>, CaptureError> {
        if origin.format != Format::Journal {
            return Ok(Vec::new());
        }
        let journal = |source| CaptureError::Journal { path: origin.path.clone(), source };
        if !self.0.contains_key(&origin.path) {
            self.0.insert(origin.path.clone(), Reader::open(&origin.path).map_err(journal)?);
        }
        let Some(reader) = self.0.get(&origin.path) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for name in capture.order_key.iter().chain(&capture.also_known_as) {
            found.extend(reader.outcomes(name.as_str(), lane).map_err(journal)?);
        }
        found.sort_by_key(|(row, _, _)| *row);
        Ok(found.into_iter().map(|(_, outcome, _)| outcome).collect())
    }
}

/// The readings of a lane's ledger that a journal holds, what its sources told, and the exports that were imported.
///
/// # Errors
/// When the journal can't be read.
pub fn readings(journal: &Path, lane: Lane) -> Result<Vec<Record>, ReadError> {
    let reader = Reader::open(journal)?;
    let of = match lane {
        Lane::Legacy => Witness::Legacy,
        Lane::Gated => Witness::Gated,
    };
    let readings = reader.readings(lane)?.into_iter().map(|(_, reading)| Record::Reading(reading));
    let extracts = reader.extracts(of)?.into_iter().map(|(_, extract)| Record::Extract(extract));
    // Those that were declared are part of their extracts.
    let told = reader.watermarks(lane)?.into_iter().map(|(_, watermark)| watermark);
    let told = told.filter(|watermark| watermark.kind == WatermarkKind::Told).map(Record::Watermark);
    Ok(readings.chain(extracts).chain(told).collect())
}
