//! The handle by which tasks record: a bounded queue to the writer, with acknowledgements once durable.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::damage::BELIEVED_AFTER;
use super::holes::Holes;
use super::open::Options;
use super::record::{Draft, Original, Record, Recorded};
use super::seal::{Digest, Head};
use super::stats::{Counted, Stats};
use crate::outcome::{Answer, Capture, Gap, GapReason, Lane, RowId};

/// A commit takes a millisecond, and on a busy disk a tenth of a second. One that takes longer than this is not waited for by
/// those who ask whether the journal takes rows.
const HANGS_AFTER: Duration = Duration::from_secs(1);

/// Records, from any task. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {
    path: Arc<PathBuf>,
    sender: mpsc::Sender<Entry>,
    shared: Arc<Shared>,
    tail: watch::Receiver<Tail>,
    queue_bytes_max: usize,
}

/// What the handles and the writer share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) holes: Holes,
    /// Whether the last commit failed; then nobody waits.
    pub(super) stalled: AtomicBool,
    /// Commits that failed since the start.
    pub(super) failures: AtomicU64,
    /// Commits that went through, and answers in them.
    pub(super) counted: Counted,
    /// Since when a commit is under way, in milliseconds after `began`; 0: none is.
    pub(super) committing_since_ms: AtomicU64,
    pub(super) began: std::time::Instant,
    /// Room for bodies in the queue, in bytes.
    pub(super) room: Arc<Semaphore>,
    /// Frames in the WAL, as the last checkpoint saw it.
    pub(super) wal_frames: AtomicU64,
    /// Whether the writer has ended.
    pub(super) ended: AtomicBool,
    /// Keeps a second writer out. It stays open as long as any handle, because closing it would drop
    /// the locks that SQLite holds on the same file.
    pub(super) lock: Option<File>,
}

impl Shared {
    /// A commit begins.
    pub(super) fn commits(&self) {
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.committing_since_ms.store(now_ms.max(1), Ordering::Relaxed);
    }

    /// No commit is under way.
    pub(super) fn rests(&self) {
        self.committing_since_ms.store(0, Ordering::Relaxed);
    }

    /// Whether a commit takes longer than any that goes through.
    fn hangs(&self) -> bool {
        let since = Duration::from_millis(self.committing_since_ms.load(Ordering::Relaxed));
        !since.is_zero() && self.began.elapsed().saturating_sub(since) > HANGS_AFTER
    }
}

/// How far the journal is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// The last seal's row.
    pub row: RowId,
    /// The last seal's digest.
    pub digest: Digest,
    /// How many readings were committed since the start; those who wait for readings compare it.
    pub readings: u64,
}

/// Where a capture and the attempt on the live lane are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Captured {
    /// The capture's row.
    pub capture: RowId,
    /// The live attempt's row, where one was recorded with it.
    pub attempt: Option<RowId>,
}

/// A send to the live lane that stands in a capture file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedSend {
    /// The lane that was live.
    pub lane: Lane,
    /// When it was sent.
    pub at: Timestamp,
    /// How it ended; `None` where the file doesn't tell: unknown. The row of the attempt is filled in.
    pub answer: Option<Answer>,
}

/// How a capture's wait for the journal ended.
#[derive(Debug)]
pub enum CaptureWait {
    /// It is durable.
    Durable(Captured),
    /// It is on its way, and took longer than the wait.
    Slow(oneshot::Receiver<Captured>),
    /// It could not be queued; a hole is counted, and becomes a gap row as soon as one can be written.
    Unavailable,
}

/// Why nothing was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The journal is closed.
    #[error("record: the journal is closed")]
    Closed,
}

/// What the writer takes.
#[derive(Debug)]
pub(super) enum Entry {
    Order {
        run: u32,
        capture: Arc<Capture>,
        draft: Draft,
        live: Option<(Lane, Timestamp)>,
        replayed: Option<Box<ReplayedEntry>>,
        ack: oneshot::Sender<Captured>,
        /// Room for its body, given back with the entry.
        _room: OwnedSemaphorePermit,
    },
    Records {
        drafts: Vec<Drafted>,
        ack: Option<oneshot::Sender<Vec<Recorded>>>,
        /// Room for their contents, where nobody waits for it.
        _room: Option<OwnedSemaphorePermit>,
    },
    /// Ends the writer; `mark` says that the close is a clean one.
    Close { mark: bool },
    /// Ends the writer without another row, as the file is damaged.
    GiveUp,
}

/// What a replayed capture has beside itself.
#[derive(Debug)]
pub(super) struct ReplayedEntry {
    pub(super) original: Original,
    /// The live lane's answer, whose attempt is to be filled in.
    pub(super) answer: Option<Drafted>,
}

/// A draft, and what the feed must know of it.
#[derive(Debug)]
pub(super) struct Drafted {
    pub(super) draft: Draft,
    pub(super) accepted: Option<RowId>,
    pub(super) is_reading: bool,
    /// How long which lane took, where it is an answer.
    pub(super) answered: Option<(Lane, Duration)>,
}

impl From<&Record> for Drafted {
    fn from(record: &Record) -> Self {
        let accepted = match record {
            Record::Answer(answer) if matches!(answer.status, Some(200..=299)) => Some(answer.attempt),
            _ => None,
        };
        let answered = match record {
            Record::Answer(answer) => Some((answer.lane, answer.took)),
            _ => None,
        };
        Self { draft: record.draft(), accepted, is_reading: matches!(record, Record::Reading(_)), answered }
    }
}

impl Journal {
    pub(super) fn new(
        path: &Path,
        lock: Option<File>,
        head: Head,
        options: Options,
    ) -> (Self, mpsc::Receiver<Entry>, WriterShare) {
        let (sender, receiver) = mpsc::channel(options.queue_max);
        let shared = Arc::new(Shared {
            holes: Holes::default(),
            stalled: AtomicBool::new(false),
            failures: AtomicU64::new(0),
            counted: Counted::default(),
            committing_since_ms: AtomicU64::new(0),
            began: std::time::Instant::now(),
            room: Arc::new(Semaphore::new(options.queue_bytes_max)),
            wal_frames: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            lock,
        });
        let (tell, tail) = watch::channel(Tail { row: head.row, digest: head.digest, readings: 0 });
        let share = WriterShare { shared: Arc::clone(&shared), tail: tell };
        let path = Arc::new(path.to_owned());
        (Self { path, sender, shared, tail, queue_bytes_max: options.queue_bytes_max }, receiver, share)
    }

    /// One that isn't there: nothing is recorded, and each request is counted as missing.
    #[must_use]
    pub fn absent(path: &Path) -> Self {
        let head = Head { row: 0, sealed_at: None, digest: Digest::default() };
        let (journal, _nobody_receives, _nobody_tells) = Self::new(path, None, head, Options::default());
        journal
    }

    /// Takes what was counted as missing and is in no journal.
    #[must_use]
    pub fn take_holes(&self) -> Vec<Gap> {
        self.shared.holes.take().into_iter().map(|(_, gap)| gap).collect()
    }

    /// Where the file is, for readers.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the journal takes rows: the last commit went through, and none hangs.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        !self.shared.stalled.load(Ordering::Relaxed) && !self.shared.hangs() && !self.sender.is_closed()
    }

    /// Waits until the writer has ended: the journal was closed, or is damaged.
    pub async fn ended(&self) {
        self.sender.closed().await;
    }

    /// Commits that failed since the start.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.shared.failures.load(Ordering::Relaxed)
    }

    /// Entries that wait for the writer.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }

    /// How it does.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            queued: self.queued(),
            failures: self.failures(),
            takes_rows: self.is_healthy(),
            commits: self.shared.counted.commits.buckets(),
            answers: self.shared.counted.answers(),
        }
    }

    /// How far the journal is committed, to watch.
    #[must_use]
    pub fn tail(&self) -> watch::Receiver<Tail> {
        self.tail.clone()
    }

    /// Records a capture, and with it the attempt on the live lane, and waits until both are durable,
    /// but no longer than `wait_max`. A journal whose last commit failed is not waited for.
    pub async fn capture(
        &self,
        run: u32,
        capture: Arc<Capture>,
        live: Option<(Lane, Timestamp)>,
        wait_max: Duration,
    ) -> CaptureWait {
        let received_at = capture.received_at;
        let until = Instant::now() + wait_max;
        let stalled = self.shared.stalled.load(Ordering::Relaxed);
        let queued = match self.room(capture.body.len(), until, stalled).await {
            Some(room) => self.queue(run, capture, live, room, until, stalled).await,
            None => None,
        };
        let Some(mut acknowledged) = queued else {
            self.shared.holes.add(run, GapReason::JournalUnavailable, received_at);
            return CaptureWait::Unavailable;
        };
        if stalled {
            return CaptureWait::Slow(acknowledged);
        }
        match timeout_at(until, &mut acknowledged).await {
            Ok(Ok(captured)) => CaptureWait::Durable(captured),
            Ok(Err(_)) => {
                self.shared.holes.add(run, GapReason::JournalUnavailable, received_at);
                CaptureWait::Unavailable
            }
            Err(_) => CaptureWait::Slow(acknowledged),
        }
    }

    /// Room for so many bytes, waited for where the journal takes rows.
    async fn room(&self, bytes: usize, until: Instant, stalled: bool) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes.min(self.queue_bytes_max)).unwrap_or(u32::MAX);
        match Arc::clone(&self.shared.room).try_acquire_many_owned(bytes) {
            Ok(room) => Some(room),
            Err(_) if stalled => None,
            Err(_) => timeout_at(until, Arc::clone(&self.shared.room).acquire_many_owned(bytes)).await.ok()?.ok(),
        }
    }

    async fn queue(
        &self,
        run: u32,
        capture: Arc<Capture>,
        live: Option<(Lane, Timestamp)>,
        room: OwnedSemaphorePermit,
        until: Instant,
        stalled: bool,
    ) -> Option<oneshot::Receiver<Captured>> {
        let (ack, acknowledged) = oneshot::channel();
        let draft = Record::Capture(run, Arc::clone(&capture)).draft();
        let entry = Entry::Order { run, capture, draft, live, replayed: None, ack, _room: room };
        match self.sender.try_send(entry) {
            Ok(()) => {}
            Err(TrySendError::Full(entry)) if !stalled => {
                timeout_at(until, self.sender.send(entry)).await.ok()?.ok()?;
            }
            Err(_) => return None,
        }
        Some(acknowledged)
    }

    /// Records a capture that is replayed, in the order of calls, and waits only for room in the queue; what is returned tells
    /// where it is once it is durable. `recorded` is the send to the live lane as it stands in the file: no other is to be made.
    ///
    /// # Errors
    /// When the journal is closed.
    pub async fn replay(
        &self,
        run: u32,
        capture: Arc<Capture>,
        original: Original,
        recorded: Option<RecordedSend>,
    ) -> Result<oneshot::Receiver<Captured>, RecordError> {
        let bytes = u32::try_from(capture.body.len().min(self.queue_bytes_max)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.shared.room).acquire_many_owned(bytes).await.map_err(|_| RecordError::Closed)?;
        let (ack, acknowledged) = oneshot::channel();
        let draft = Record::Capture(run, Arc::clone(&capture)).draft();
        let live = recorded.as_ref().map(|recorded| (recorded.lane, recorded.at));
        let answer = recorded.and_then(|recorded| recorded.answer).map(|answer| Drafted::from(&Record::Answer(answer)));
        let replayed = Some(Box::new(ReplayedEntry { original, answer }));
        let entry = Entry::Order { run, capture, draft, live, replayed, ack, _room: room };
        self.sender.send(entry).await.map_err(|_| RecordError::Closed)?;
        Ok(acknowledged)
    }

    /// Records, and waits until it is durable. A full queue is waited for.
    ///
    /// # Errors
    /// When the journal is closed.
    pub async fn record(&self, records: Vec<Record>) -> Result<Vec<Recorded>, RecordError> {
        self.submit(&records).await?.await.map_err(|_| RecordError::Closed)
    }

    /// Records in the order of calls, and waits only for room in the queue; what is returned tells when it is durable.
    ///
    /// # Errors
    /// When the journal is closed.
    pub async fn submit(&self, records: &[Record]) -> Result<oneshot::Receiver<Vec<Recorded>>, RecordError> {
        let (ack, acknowledged) = oneshot::channel();
        let entry = Entry::Records { drafts: records.iter().map(Drafted::from).collect(), ack: Some(ack), _room: None };
        self.sender.send(entry).await.map_err(|_| RecordError::Closed)?;
        Ok(acknowledged)
    }

    /// Records in the order of calls, and waits only for room in the queue, not until it is durable.
    ///
    /// # Errors
    /// When the journal is closed.
    pub async fn post(&self, record: &Record) -> Result<(), RecordError> {
        let entry = Entry::Records { drafts: vec![Drafted::from(record)], ack: None, _room: None };
        self.sender.send(entry).await.map_err(|_| RecordError::Closed)
    }

    /// Records one thing without waiting; a full queue counts a hole of `run` instead.
    pub fn tell(&self, run: u32, record: &Record, at: Timestamp) {
        let bytes = match record {
            Record::Answer(answer) => answer.body.len().min(self.queue_bytes_max),
            _ => 0,
        };
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.shared.room).try_acquire_many_owned(bytes).ok();
        let has_room = room.is_some();
        let entry = Entry::Records { drafts: vec![Drafted::from(record)], ack: None, _room: room };
        if !has_room || self.sender.try_send(entry).is_err() {
            let reason = match record {
                Record::Gap(_, gap) => gap.reason,
                _ => GapReason::AnswerUnrecorded,
            };
            self.shared.holes.add(run, reason, at);
        }
    }

    /// Counts a request for which evidence is missing; it becomes a gap row as soon as one can be written.
    pub fn hole(&self, run: u32, reason: GapReason, at: Timestamp) {
        self.shared.holes.add(run, reason, at);
        let _full_is_fine = self.sender.try_send(Entry::Records { drafts: Vec::new(), ack: None, _room: None });
    }

    /// Ends the writer after all that is queued, with a clean close. Returns false when it didn't end within `wait_max`.
    pub async fn close(&self, wait_max: Duration) -> bool {
        self.end(true, wait_max).await
    }

    /// As [`Journal::close`], but without the mark of a clean close: for who only adds to what others began, and leaves
    /// the journal as clean as it was found.
    pub async fn leave(&self, wait_max: Duration) -> bool {
        self.end(false, wait_max).await
    }

    /// A reader found the file to be damaged, so many times in a row. Once that is believed the writer ends; says whether it is.
    pub async fn found_damaged(&self, times: u32) -> bool {
        let believed = times >= BELIEVED_AFTER;
        if believed {
            let _ended_already = self.sender.send(Entry::GiveUp).await;
        }
        believed
    }

    async fn end(&self, mark: bool, wait_max: Duration) -> bool {
        let closing = async {
            let _already_closed = self.sender.send(Entry::Close { mark }).await;
            self.sender.closed().await;
        };
        timeout(wait_max, closing).await.is_ok()
    }
}

/// The writer's side of what is shared.
#[derive(Debug)]
pub(super) struct WriterShare {
    pub(super) shared: Arc<Shared>,
    pub(super) tail: watch::Sender<Tail>,
}
