//! Records what sources tell, in its order, and knows what was told before.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::answer::{Kept, Refusal};
use crate::journal::{Journal, ReadError, Reader, Record, Recorded};
use crate::outcome::{Lane, Watermark};

/// Most rows of one entry of the journal: some ten milliseconds of the writer, who carries orders in between.
const ROWS_MAX: usize = 500;

/// How many sources' watermarks are remembered; more are looked up again.
const SOURCES_MAX: usize = 1_024;

/// Records one request after the other.
pub(super) struct Keeper {
    journal: Journal,
    stop: CancellationToken,
    /// The latest watermark of each lane and source, as far as they were asked for.
    told: BTreeMap<(Lane, String), Timestamp>,
}

impl Keeper {
    pub(super) const fn new(journal: Journal, stop: CancellationToken) -> Self {
        Self { journal, stop, told: BTreeMap::new() }
    }

    /// Records all, and waits until they are durable. Blocks.
    pub(super) fn keep(&mut self, records: Vec<Record>, runtime: &Handle) -> Result<Kept, Refusal> {
        let mut kept = Kept::default();
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            self.keep_some(records.by_ref().take(ROWS_MAX), runtime, &mut kept).map_err(|error| {
                tracing::error!(error = &error as &dyn std::error::Error, "what a source told can't be looked up");
                Refusal::Unavailable
            })??;
        }
        if kept.conflicting > 0 {
            let conflicting = kept.conflicting;
            tracing::warn!(
                conflicting,
                "events came again under the same source and id with another content; the first stays"
            );
        }
        Ok(kept)
    }

    fn keep_some(
        &mut self,
        records: impl Iterator<Item = Record>,
        runtime: &Handle,
        kept: &mut Kept,
    ) -> Result<Result<(), Refusal>, ReadError> {
        let mut new: Vec<Record> = Vec::with_capacity(ROWS_MAX);
        for record in records {
            let known = match &record {
                Record::Watermark(watermark) => self.is_told(watermark, &new)?,
                Record::Extract(extract) => {
                    let known = self.reader()?.extracts(extract.of)?;
                    let same = |other: &Record| matches!(other, Record::Extract(other) if other == extract);
                    known.iter().any(|(_, known)| known == extract) || new.iter().any(same)
                }
                _ => false,
            };
            if known {
                kept.known += 1;
            } else {
                new.push(record);
            }
        }
        let recording = self.stop.run_until_cancelled(self.journal.record(new.clone()));
        let Some(Ok(recorded)) = runtime.block_on(recording) else {
            return Ok(Err(Refusal::Unavailable));
        };
        for record in &new {
            if let Record::Watermark(watermark) = record {
                self.remember((watermark.lane, watermark.source.clone()), watermark.at);
            }
        }
        self.count(&new, &recorded, kept)?;
        Ok(Ok(()))
    }

    /// Whether a watermark says no more than its source did. One that comes again must not count as a second witness.
    fn is_told(&mut self, watermark: &Watermark, new: &[Record]) -> Result<bool, ReadError> {
        let before = |record: &Record| match record {
            Record::Watermark(one) if one.lane == watermark.lane && one.source == watermark.source => Some(one.at),
            _ => None,
        };
        if new.iter().filter_map(before).max().is_some_and(|told| watermark.at <= told) {
            return Ok(true);
        }
        let of = (watermark.lane, watermark.source.clone());
        if let Some(told) = self.told.get(&of) {
            return Ok(watermark.at <= *told);
        }
        let Some(told) = self.reader()?.told_through(watermark.lane, &watermark.source)? else {
            return Ok(false);
        };
        self.remember(of, told);
        Ok(watermark.at <= told)
    }

    fn remember(&mut self, of: (Lane, String), told: Timestamp) {
        if self.told.len() >= SOURCES_MAX {
            self.told.clear();
        }
        self.told.insert(of, told);
    }

    /// Counts what is new, and compares the rest with what was told first.
    fn count(&self, records: &[Record], recorded: &[Recorded], kept: &mut Kept) -> Result<(), ReadError> {
        kept.recorded += recorded.iter().filter(|recorded| recorded.new).count();
        let mut again = records.iter().zip(recorded).filter(|(_, recorded)| !recorded.new).peekable();
        if again.peek().is_none() {
            return Ok(());
        }
        let reader = self.reader()?;
        for (record, recorded) in again {
            if reader.says(recorded.row, record)? {
                kept.known += 1;
            } else {
                kept.conflicting += 1;
            }
        }
        Ok(())
    }

    fn reader(&self) -> Result<Reader, ReadError> {
        Reader::open(self.journal.path())
    }
}
