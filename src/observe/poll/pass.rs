//! One pass over a ledger: its pages read and recorded, then what is gone, then the reading itself.
//! What a pass learns is durable before the row of its reading is.

use std::time::Duration;

use jiff::Timestamp;

use super::document::{Document, DocumentError, Read};
use super::http::HttpBroken;
use super::known::{DOCUMENTS_MAX, Identity, Missing, Sight, gone_id};
use super::skew::Skew;
use super::sql::SqlError;
use super::window::asked;
use super::{PollError, Poller};
use crate::clock;
use crate::config::PollFrom;
use crate::journal::{Observed, Record};
use crate::outcome::{Outcome, OutcomeKind, Reading, RowId};

/// Outcomes that are recorded at once when many documents are gone.
const GONE_AT_ONCE: usize = 1_000;

/// How a pass went.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// The reading as recorded.
    pub reading: Reading,
    /// Documents that were recorded: new, changed, or back again.
    pub recorded: u64,
    /// Documents that the reading lacks.
    pub gone: u64,
    /// Documents without a usable order key that the lane's scope sets aside.
    pub out_of_scope: u64,
    /// Orders that were looked up after it.
    pub looked_up: u64,
    /// How long the ledger asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// What a pass has come to.
#[derive(Debug)]
pub(super) struct Tally {
    pages: u32,
    pub(super) documents: u64,
    recorded: u64,
    out_of_scope: u64,
    pub(super) skew: Skew,
    pub(super) retry_after: Option<Duration>,
    /// The first document that could not be read, and how many there were.
    unreadable: Option<(String, u64)>,
}

/// Why a reading ends before its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Http(HttpBroken),
    #[error("the poll was opened without its ledger")]
    NoLedger,
    #[error("failed to {0}")]
    Sql(#[from] SqlError),
    #[error(transparent)]
    Poll(#[from] PollError),
}

impl From<HttpBroken> for Broken {
    fn from(broken: HttpBroken) -> Self {
        match broken {
            HttpBroken::Poll(error) => Self::Poll(error),
            broken => Self::Http(broken),
        }
    }
}

impl Poller {
    /// Reads the ledger once, and records what it says and the reading. A ledger that fails is no
    /// error: its reading is recorded as incomplete. Dropped half-way, it leaves no reading.
    ///
    /// # Errors
    /// When the journal can't be read or takes no rows.
    pub async fn pass(&mut self) -> Result<Pass, PollError> {
        self.number = self.number.saturating_add(1);
        let since = self.window().await?;
        let began_at = clock::now();
        let mut tally = Tally::default();
        let ended = self.read_all(since, &mut tally).await;
        let error = match (ended, tally.complaint()) {
            (Err(Broken::Poll(error)), _) => return Err(error),
            (Err(broken), _) => Some(broken.to_string()),
            (Ok(()), complaint) => complaint,
        };
        let complete = error.is_none();
        let gone = if complete { self.record_gone(since, began_at).await? } else { 0 };
        let offset = tally.skew.offset();
        let reading = Reading {
            lane: self.watched.lane,
            source: self.source.clone(),
            began_at,
            ended_at: clock::now().max(began_at),
            since,
            complete,
            pages: tally.pages,
            documents: tally.documents,
            clock_offset_us: offset.map(|offset| offset.ahead_us),
            clock_uncertainty: offset.map(|offset| offset.uncertainty),
            error,
        };
        self.journal.record(vec![Record::Reading(reading.clone())]).await?;
        self.offset = offset.or(self.offset);
        let open_from = self.settled.open_from();
        self.take_in(&reading);
        let looked_up = self.look_up(&reading, open_from).await?;
        let Tally { recorded, out_of_scope, retry_after, .. } = tally;
        Ok(Pass { reading, recorded, gone, out_of_scope, looked_up, retry_after })
    }

    /// From when on to read; `None`: all.
    async fn window(&mut self) -> Result<Option<Timestamp>, PollError> {
        if !self.takes_since() {
            return Ok(None);
        }
        if self.is_whole_due() {
            return Ok(self.reach().everything().map(|since| asked(since, self.offset)));
        }
        let (lane, after, from) = (self.watched.lane, self.late_row, self.settled.open_from());
        let (row, late) = self.asker.ask(move |reader| reader.late_sends(lane, after, from)).await?;
        self.late_row = row;
        self.settled.sent_late(late);
        let since = asked(self.settled.since(), self.offset);
        Ok(Some(self.known.oldest_suspect().map_or(since, |suspect| suspect.min(since))))
    }

    /// Whether this reading reads everything: the first one, one every `whole_every`, and as long as it is not certain
    /// that a document without a commit time, which no smaller window holds, is gone.
    fn is_whole_due(&self) -> bool {
        let Some(read_at) = self.read_all_at else { return true };
        let age = clock::now().duration_since(read_at);
        Duration::try_from(age).is_ok_and(|age| age >= self.watched.poll.whole_every)
            || self.known.has_undated_suspect()
    }

    async fn read_all(&mut self, since: Option<Timestamp>, tally: &mut Tally) -> Result<(), Broken> {
        match self.watched.poll.from.clone() {
            PollFrom::Http(http) => {
                let ledger = self.ledger.clone().ok_or(Broken::NoLedger)?;
                Ok(self.read_http(&ledger, &http, since, tally).await?)
            }
            PollFrom::Sql(sql) => self.read_sql(&sql, since, tally).await,
        }
    }

    /// Records what a page, or some rows of a query, have news of. A document that can't be read doesn't keep the
    /// others from being recorded.
    pub(super) async fn record_batch(
        &mut self,
        number: u32,
        documents: Vec<Result<Read, DocumentError>>,
        tally: &mut Tally,
    ) -> Result<(), PollError> {
        let now = clock::now();
        tally.pages = tally.pages.max(number);
        let mut records = Vec::new();
        let mut news: Vec<Option<Identity>> = Vec::new();
        for (index, read) in documents.into_iter().enumerate() {
            tally.documents += 1;
            let document = match read {
                Ok(Read::Document(document)) => document,
                Ok(Read::OutOfScope(document)) => {
                    tally.out_of_scope += 1;
                    let Some(document) = document else { continue };
                    document
                }
                Err(error) => {
                    tally.complain(number, index, &error);
                    continue;
                }
            };
            let (identity, source_id) = match self.known.see(&document, self.number, now) {
                Sight::Unchanged => continue,
                Sight::Recalled(source_id) => {
                    // What is configured since the last start may say more of it; what is on record already is one fact.
                    let marks = self.marks(&document, &source_id);
                    news.extend(marks.iter().map(|_| None));
                    records.extend(marks.into_iter().map(Record::Outcome));
                    continue;
                }
                Sight::News(identity, source_id) => (Some(identity), source_id),
                Sight::Twice => {
                    let what = format!("the reference {} stands for two different documents", document.reference);
                    tally.complain(number, index, &what);
                    continue;
                }
                Sight::Full(source_id) => {
                    tally.complain(
                        number,
                        index,
                        &format!("more than {DOCUMENTS_MAX} documents; narrow the poll's url"),
                    );
                    (None, source_id)
                }
            };
            let marks = self.marks(&document, &source_id);
            news.push(identity);
            records.push(Record::Outcome(self.committed(document, source_id)));
            news.extend(marks.iter().map(|_| None));
            records.extend(marks.into_iter().map(Record::Outcome));
        }
        self.record_news(records, &news, tally).await
    }

    async fn record_news(
        &mut self,
        records: Vec<Record>,
        news: &[Option<Identity>],
        tally: &mut Tally,
    ) -> Result<(), PollError> {
        if records.is_empty() {
            return Ok(());
        }
        let recorded = self.journal.record(records).await?;
        for (identity, recorded) in news.iter().zip(recorded) {
            tally.recorded += u64::from(recorded.new);
            if let Some(identity) = identity {
                self.known.recorded(identity, recorded.row);
            }
        }
        Ok(())
    }

    fn committed(&self, document: Document, source_id: String) -> Outcome {
        Outcome {
            lane: self.watched.lane,
            kind: OutcomeKind::Committed,
            order_key: document.order_key,
            occurred_at: document.committed_at,
            source: self.source.clone(),
            source_id,
            reference: Some(document.reference),
            document: Some(document.raw),
        }
    }

    /// Records the documents that a complete reading lacks, and returns how many they are.
    async fn record_gone(&mut self, since: Option<Timestamp>, began_at: Timestamp) -> Result<u64, PollError> {
        let missing = self.known.missing(self.number, since, began_at, self.watched.poll.lag);
        for some in missing.chunks(GONE_AT_ONCE) {
            let rows: Vec<RowId> = some.iter().map(|missing| missing.row).collect();
            let find = move |reader: &crate::journal::Reader| rows.iter().map(|row| reader.observed(*row)).collect();
            let observed: Vec<Option<Observed>> = self.asker.ask(find).await?;
            let outcome = |(missing, observed): (&Missing, Option<Observed>)| Some(self.gone(*missing, observed?));
            let records = some.iter().zip(observed).filter_map(outcome).map(Record::Outcome).collect();
            self.journal.record(records).await?;
            for missing in some {
                self.known.missed(&missing.identity);
            }
        }
        Ok(missing.len() as u64)
    }

    fn gone(&self, missing: Missing, last: Observed) -> Outcome {
        Outcome {
            lane: self.watched.lane,
            kind: OutcomeKind::Gone,
            order_key: last.order_key,
            occurred_at: None,
            source: self.source.clone(),
            source_id: gone_id(&last.source_id, missing.times),
            reference: last.reference,
            document: None,
        }
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            pages: 0,
            documents: 0,
            recorded: 0,
            out_of_scope: 0,
            skew: Skew::unknown(),
            retry_after: None,
            unreadable: None,
        }
    }
}

impl Tally {
    /// Notes a document that can't be read; `index` counts from 0, as JSON Pointers do.
    fn complain(&mut self, page: u32, index: usize, why: &dyn std::fmt::Display) {
        match &mut self.unreadable {
            Some((_, count)) => *count += 1,
            None => self.unreadable = Some((format!("page {page}, document {index}: {why}"), 1)),
        }
    }

    pub(super) fn complaint(&self) -> Option<String> {
        let (first, count) = self.unreadable.as_ref()?;
        let others = count - 1;
        Some(if others == 0 { first.clone() } else { format!("{first}; and {others} more documents can't be read") })
    }
}
