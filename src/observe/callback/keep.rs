//! Records what sources tell, in its order but for what vouches for the rest, and knows what was told before.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::answer::{BAD_SHOWN_MAX, BadEvent, Kept, Refusal};
use crate::journal::{Journal, ReadError, Reader, Record, Recorded};
use crate::order::OrderKey;
use crate::outcome::{Lane, OutcomeKind, Watermark};

/// Most rows of one entry of the journal: some ten milliseconds of the writer, who carries orders in between.
const ROWS_MAX: usize = 500;

/// How many sources' watermarks are remembered; more are looked up again.
const SOURCES_MAX: usize = 1_024;

/// Records one request after the other.
pub(super) struct Keeper {
    journal: Journal,
    stop: CancellationToken,
    /// Opened when it is needed first.
    reader: Option<Reader>,
    /// How often in a row the file was found to be damaged.
    damaged: u32,
    /// The latest watermark of each lane and source, as far as they were asked for.
    told: BTreeMap<(Lane, String), Timestamp>,
}

/// What makes a fact the same fact: more than its id, which sources have used twice.
#[derive(Clone, PartialEq)]
enum Identity<'a> {
    Outcome(Lane, OutcomeKind, &'a OrderKey, Option<&'a str>),
    Census(&'a OrderKey),
}

impl Keeper {
    pub(super) const fn new(journal: Journal, stop: CancellationToken) -> Self {
        Self { journal, stop, reader: None, damaged: 0, told: BTreeMap::new() }
    }

    /// Records all, and waits until they are durable. Blocks.
    pub(super) fn keep(&mut self, records: Vec<Record>, runtime: &Handle) -> Result<Kept, Refusal> {
        let ended = self.keep_all(records, runtime);
        if let Err(error) = &ended {
            // The next request tries with another.
            self.reader = None;
            self.damaged = if error.is_damage() { self.damaged + 1 } else { 0 };
            runtime.block_on(self.journal.found_damaged(self.damaged));
        } else {
            self.damaged = 0;
        }
        ended.unwrap_or_else(|error| Err(unreadable(&error)))
    }

    fn keep_all(&mut self, records: Vec<Record>, runtime: &Handle) -> Result<Result<Kept, Refusal>, ReadError> {
        let mut kept = Kept::default();
        if let Err(refusal) = self.contradictions(&records)? {
            return Ok(Err(refusal));
        }
        // A request is recorded in parts. What says that all is told comes last, wherever it stood: between two parts, or
        // should the second never be written, it would vouch for commits that are not there.
        let (facts, vouching): (Vec<_>, Vec<_>) = records.into_iter().partition(|record| !vouches(record));
        let mut records = facts.into_iter().chain(vouching).peekable();
        while records.peek().is_some() {
            if let Err(refusal) = self.keep_some(records.by_ref().take(ROWS_MAX), runtime, &mut kept)? {
                return Ok(Err(refusal));
            }
        }
        if kept.conflicting > 0 {
            let conflicting = kept.conflicting;
            tracing::warn!(conflicting, "events came again with another time or document; the first stays");
        }
        Ok(Ok(kept))
    }

    /// Refuses facts whose source and id were told of something else. To keep the first alone would hide a second
    /// document, and a watermark behind it would call an order lost that was told of.
    fn contradictions(&mut self, records: &[Record]) -> Result<Result<(), Refusal>, ReadError> {
        let reader = self.reader()?;
        let (mut events, mut count, mut seen) = (Vec::new(), 0, HashMap::new());
        for (index, record) in records.iter().enumerate() {
            let Some((id, identity)) = identity(record) else {
                continue;
            };
            let agrees = *seen.entry(id).or_insert_with(|| identity.clone()) == identity;
            if agrees && !reader.contradicts(record)? {
                continue;
            }
            count += 1;
            if events.len() < BAD_SHOWN_MAX {
                let reason = "under this `source` and `id` another lane, kind, order or reference was told before";
                events.push(BadEvent { index, reason: reason.to_owned() });
            }
        }
        if count == 0 {
            return Ok(Ok(()));
        }
        tracing::warn!(count, "events came under the source and id of other facts, and were refused");
        Ok(Err(Refusal::Contradicts { events, count, of: records.len() }))
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
    fn count(&mut self, records: &[Record], recorded: &[Recorded], kept: &mut Kept) -> Result<(), ReadError> {
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

    fn reader(&mut self) -> Result<&Reader, ReadError> {
        Ok(match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(Reader::open(self.journal.path())?),
        })
    }
}

/// Whether it says that others are all there are.
const fn vouches(record: &Record) -> bool {
    matches!(record, Record::Watermark(_) | Record::Extract(_))
}

/// The id of a fact (whether it is of the census, source, the source's id), and what it is about.
fn identity(record: &Record) -> Option<((bool, &str, &str), Identity<'_>)> {
    match record {
        Record::Outcome(told) => {
            let identity = Identity::Outcome(told.lane, told.kind, &told.order_key, told.reference.as_deref());
            Some(((false, &told.source, &told.source_id), identity))
        }
        Record::Census(told) => Some(((true, &told.source, &told.source_id), Identity::Census(&told.order_key))),
        _ => None,
    }
}

fn unreadable(error: &ReadError) -> Refusal {
    tracing::error!(error = error as &dyn std::error::Error, "what a source told can't be looked up");
    Refusal::Unavailable
}
