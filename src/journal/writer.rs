//! The one thread that writes: takes what is queued, inserts it in one commit, seals it, acknowledges.
//!
//! A commit that fails is tried again until it goes through; meanwhile the queue fills, and what finds
//! no room is counted as a hole. Nothing here is on the way of an order.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::checkpoint;
use super::content::Contents;
use super::damage;
use super::feed::{Fed, Feeder};
use super::handle::{Captured, Drafted, Entry, Tail, WriterShare};
use super::open::{Options, PAGE_BYTES};
use super::record::{Control, ControlKind, Draft, Record, Recorded, replayed_draft, signature_draft};
use super::row::{RowHasher, Value};
use super::schema::Table;
use super::seal::Head;
use crate::clock;
use crate::outcome::{RowId, SendReason, Signature};

/// Most entries in one commit. Larger ones gain little and hold the first of them up.
const BATCH_MAX: usize = 256;

/// How long entries are waited for where a commit is to have several, and from one look to the next.
const GATHER_MAX: Duration = Duration::from_millis(1);
const GATHER_STEP: Duration = Duration::from_micros(50);

/// From one try of a failing commit to the next: at first, and at most.
const RETRY_FIRST: Duration = Duration::from_millis(20);
const RETRY_MAX: Duration = Duration::from_secs(1);

/// The writer's state.
pub(super) struct Writer {
    connection: Connection,
    head: Head,
    contents: Contents,
    receiver: mpsc::Receiver<Entry>,
    share: WriterShare,
    feeders: [Feeder; 2],
    options: Options,
    readings: u64,
}

/// What a commit gave to whom.
enum Ack {
    Order(Captured),
    Records(Vec<Recorded>),
    None,
}

/// A commit in the making.
struct Batch {
    /// Its first row, and the one that is next.
    first: RowId,
    next: RowId,
    at: i64,
    hasher: RowHasher,
    acks: Vec<Ack>,
    fed: Vec<Fed>,
    readings: u64,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        head: Head,
        contents: Contents,
        receiver: mpsc::Receiver<Entry>,
        share: WriterShare,
        feeders: [Feeder; 2],
        options: Options,
    ) -> Self {
        Self { connection, head, contents, receiver, share, feeders, options, readings: 0 }
    }

    fn run(mut self) {
        let mut entries = Vec::with_capacity(BATCH_MAX);
        let mut closing = None;
        while closing.is_none() {
            match self.receiver.blocking_recv() {
                Some(entry) => entries.push(entry),
                None => break,
            }
            self.gather(&mut entries);
            if entries.iter().any(|entry| matches!(entry, Entry::GiveUp)) {
                return self.give_up();
            }
            closing = closed(&entries);
            if !self.commit(&mut entries) {
                return self.give_up();
            }
            self.bound_wal();
        }
        self.receiver.close();
        while let Ok(entry) = self.receiver.try_recv() {
            entries.push(entry);
        }
        self.close(entries, closing.unwrap_or(true));
    }

    /// Takes what is queued, and waits a little for as many as a commit is to have.
    fn gather(&mut self, entries: &mut Vec<Entry>) {
        let until = Instant::now() + GATHER_MAX;
        loop {
            while entries.len() < BATCH_MAX
                && let Ok(entry) = self.receiver.try_recv()
            {
                entries.push(entry);
            }
            let is_enough = entries.len() >= self.options.batch_min.min(BATCH_MAX) || closed(entries).is_some();
            if is_enough || Instant::now() >= until {
                return;
            }
            thread::sleep(GATHER_STEP);
        }
    }

    /// Everything that was queued, then the mark of a clean close, then a last checkpoint.
    fn close(mut self, mut entries: Vec<Entry>, mark: bool) {
        let close = Record::Control(Control { run: None, kind: ControlKind::Close, detail: None });
        let drafts = if mark { vec![Drafted::from(&close)] } else { Vec::new() };
        entries.push(Entry::Records { drafts, ack: None, _room: None });
        if !self.commit(&mut entries) {
            return self.give_up();
        }
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the journal's last checkpoint failed; the next start does it");
        }
        self.end();
    }

    /// Ends without a word in the journal, which takes none: those who wait learn that nothing was recorded.
    fn give_up(self) {
        tracing::error!("the journal's file is damaged, and nothing more is written to it");
        self.end();
    }

    fn end(self) {
        drop(self.connection);
        let shared = &self.share.shared;
        shared.ended.store(true, Ordering::Release);
        if let Some(Err(error)) = shared.lock.as_ref().map(File::unlock) {
            tracing::warn!(%error, "the journal's lock could not be released; it goes with the process");
        }
    }

    /// Commits until it goes through, then acknowledges and feeds. False where it never will, as the file is damaged.
    fn commit(&mut self, entries: &mut Vec<Entry>) -> bool {
        for (run, gap) in self.share.shared.holes.take() {
            entries.push(Entry::Records {
                drafts: vec![Drafted::from(&Record::Gap(run, gap))],
                ack: None,
                _room: None,
            });
        }
        let (mut wait, mut damaged) = (RETRY_FIRST, 0);
        self.share.shared.commits();
        let batch = loop {
            let began = Instant::now();
            match self.try_commit(entries) {
                Ok(batch) => {
                    self.count(entries, &batch, began.elapsed());
                    break batch;
                }
                Err(error) => {
                    self.failed(&error);
                    damaged = if damage::is_damage(&error) { damaged + 1 } else { 0 };
                    if damaged >= damage::BELIEVED_AFTER {
                        return false;
                    }
                    thread::sleep(wait);
                    wait = (wait * 2).min(RETRY_MAX);
                }
            }
        };
        self.share.shared.rests();
        if self.share.shared.stalled.swap(false, Ordering::Relaxed) {
            tracing::info!("the journal takes rows again");
        }
        self.readings += batch.readings;
        // The feed first: who sees the new tail, or was acknowledged, may rely on the shadow knowing.
        let [feeder, other] = &self.feeders;
        other.committed(self.head.row, &batch.fed);
        feeder.committed(self.head.row, &batch.fed);
        self.share.tail.send_replace(Tail { row: self.head.row, digest: self.head.digest, readings: self.readings });
        acknowledge(entries, batch.acks);
        true
    }

    /// Counts a commit that went through, and the answers in it. What was a repetition as a whole was none.
    fn count(&self, entries: &[Entry], batch: &Batch, took: Duration) {
        if batch.next > batch.first {
            let counted = &self.share.shared.counted;
            counted.commits.observe(took);
            let drafts = entries.iter().filter_map(|entry| match entry {
                Entry::Records { drafts, .. } => Some(drafts),
                _ => None,
            });
            let answered = drafts.flatten().filter_map(|drafted| drafted.answered);
            answered.for_each(|(lane, took)| counted.answered(lane, took));
        }
    }

    fn failed(&mut self, error: &rusqlite::Error) {
        let shared = &self.share.shared;
        shared.failures.fetch_add(1, Ordering::Relaxed);
        if !shared.stalled.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "the journal can't be written; orders go on, and what is missed becomes a gap");
        }
        if !self.connection.is_autocommit() {
            let _already_rolled_back = self.connection.execute_batch("ROLLBACK");
        }
        let _tried_again = self.contents.roll_back(&self.connection);
    }

    /// One transaction over all entries. Where nothing is new (outcomes told twice), nothing is sealed.
    fn try_commit(&mut self, entries: &mut [Entry]) -> rusqlite::Result<Batch> {
        let at = clock::now().as_microsecond().max(self.head.sealed_at.unwrap_or(i64::MIN));
        let mut batch = Batch {
            first: self.head.row + 1,
            next: self.head.row + 1,
            at,
            hasher: RowHasher::following(&self.head.digest.0),
            acks: Vec::with_capacity(entries.len()),
            fed: Vec::new(),
            readings: 0,
        };
        self.execute("BEGIN IMMEDIATE")?;
        for entry in entries {
            self.write(entry, &mut batch)?;
        }
        if batch.next == batch.first {
            self.execute("ROLLBACK")?;
            return Ok(batch);
        }
        let hasher = std::mem::take(&mut batch.hasher);
        let head = self.head.seal(&self.connection, batch.next, at, hasher)?;
        self.execute("COMMIT")?;
        self.head = head;
        Ok(batch)
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }

    fn write(&mut self, entry: &mut Entry, batch: &mut Batch) -> rusqlite::Result<()> {
        match entry {
            Entry::Order { run, capture, draft, live, replayed, .. } => {
                let row = self.insert(draft, batch)?.row;
                let attempt = match live {
                    Some((lane, at)) => Some(self.insert(&mut live_attempt(row, *lane, *at), batch)?.row),
                    None => None,
                };
                if let Some(replayed) = replayed {
                    self.insert(&mut replayed_draft(row, &replayed.original), batch)?;
                    self.recorded_answer(replayed.answer.as_mut(), attempt, batch)?;
                }
                // A good one is the rule on a route that checks, and takes no row.
                if let Some(signature) = capture.signature.filter(|signature| *signature != Signature::Good) {
                    self.insert(&mut signature_draft(row, signature), batch)?;
                }
                if capture.is_teed() {
                    batch.fed.push(Fed::Capture { row, run: *run, capture: Arc::clone(capture) });
                }
                batch.acks.push(Ack::Order(Captured { capture: row, attempt }));
            }
            Entry::Records { drafts, .. } => {
                let mut recorded = Vec::with_capacity(drafts.len());
                for drafted in drafts {
                    let at = self.insert(&mut drafted.draft, batch)?;
                    batch.readings += u64::from(drafted.is_reading);
                    batch.fed.extend(drafted.accepted.map(|attempt| Fed::Accepted { row: at.row, attempt }));
                    recorded.push(at);
                }
                batch.acks.push(Ack::Records(recorded));
            }
            Entry::Close { .. } | Entry::GiveUp => batch.acks.push(Ack::None),
        }
        Ok(())
    }

    /// The answer that stood in a file beside the request, once the row of its attempt is known.
    fn recorded_answer(
        &mut self,
        drafted: Option<&mut Drafted>,
        attempt: Option<RowId>,
        batch: &mut Batch,
    ) -> rusqlite::Result<()> {
        let (Some(drafted), Some(attempt)) = (drafted, attempt) else {
            return Ok(());
        };
        if let Some(first) = drafted.draft.values.first_mut() {
            *first = Value::Int(attempt);
        }
        let row = self.insert(&mut drafted.draft, batch)?.row;
        batch.fed.extend(drafted.accepted.map(|_| Fed::Accepted { row, attempt }));
        Ok(())
    }

    fn insert(&mut self, draft: &mut Draft, batch: &mut Batch) -> rusqlite::Result<Recorded> {
        let stored = draft.content.as_ref().map(|(index, content)| (*index, self.contents.place(content.as_ref())));
        if let Some((index, place)) = &stored {
            for (slot, value) in draft.values.iter_mut().skip(*index).zip(place.columns()) {
                *slot = value;
            }
        }
        let mut insert = self.connection.prepare_cached(draft.table.insert())?;
        insert.raw_bind_parameter(1, batch.next)?;
        insert.raw_bind_parameter(2, batch.at)?;
        for (index, value) in (3..).zip(&draft.values) {
            insert.raw_bind_parameter(index, value)?;
        }
        if insert.raw_execute()? == 0 {
            return Ok(Recorded { row: self.told_before(draft)?, new: false });
        }
        if let (Some((_, place)), Some((_, Some(content)))) = (&stored, &draft.content) {
            self.contents.store(&self.connection, place, content)?;
        }
        let row = batch.next;
        batch.hasher.row(draft.table, row, batch.at, &draft.values);
        batch.next += 1;
        Ok(Recorded { row, new: true })
    }

    /// The row of an outcome or an order of the census that was told before, by its source and the source's id. Only
    /// these have one that could be told twice.
    fn told_before(&self, draft: &Draft) -> rusqlite::Result<RowId> {
        let (sql, source) = match draft.table {
            Table::Census => ("SELECT id FROM census WHERE source = ? AND source_id = ?", 3),
            _ => ("SELECT id FROM outcome WHERE source = ? AND source_id = ?", 4),
        };
        let mut find = self.connection.prepare_cached(sql)?;
        find.query_row(rusqlite::params_from_iter(draft.values.iter().skip(source).take(2)), |row| row.get(0))
    }

    /// Ends a checkpoint that runs beside where the WAL has grown too long: the rest is short, and the
    /// next commit then begins the WAL anew.
    fn bound_wal(&self) {
        let shared = &self.share.shared;
        if shared.wal_frames.load(Ordering::Relaxed) * u64::from(PAGE_BYTES) < self.options.wal_bytes_max {
            return;
        }
        match checkpoint::passive(&self.connection) {
            Ok(frames) => shared.wal_frames.store(frames, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "a checkpoint of the journal failed; it is tried again"),
        }
    }
}

/// Whether the journal is to be closed, and whether with the mark of a clean close.
fn closed(entries: &[Entry]) -> Option<bool> {
    entries.iter().find_map(|entry| match entry {
        Entry::Close { mark } => Some(*mark),
        _ => None,
    })
}

fn live_attempt(capture: RowId, lane: crate::outcome::Lane, at: jiff::Timestamp) -> Draft {
    let attempt =
        crate::outcome::Attempt { capture, lane, number: 1, reason: SendReason::First, at, idempotency_key: None };
    Record::Attempt(attempt).draft()
}

fn acknowledge(entries: &mut Vec<Entry>, acks: Vec<Ack>) {
    for (entry, ack) in entries.drain(..).zip(acks) {
        match (entry, ack) {
            (Entry::Order { ack, .. }, Ack::Order(captured)) => drop(ack.send(captured)),
            (Entry::Records { ack: Some(ack), .. }, Ack::Records(recorded)) => drop(ack.send(recorded)),
            _ => {}
        }
    }
}

/// Starts the writer's thread, and beside it the one that checkpoints.
pub(super) fn spawn(writer: Writer, path: &Path) -> io::Result<JoinHandle<()>> {
    let checkpointer = checkpoint::spawn(path, Arc::clone(&writer.share.shared))?;
    thread::Builder::new().name("journal".into()).spawn(move || {
        writer.run();
        checkpointer.thread().unpark();
        if checkpointer.join().is_err() {
            tracing::warn!("the journal's checkpoints ended early");
        }
    })
}
