//! Records each request when the plan says so. The lanes' senders are fed by the journal; the driver watches what they have in
//! hand, and only where it is to send as fast as they take does it wait for them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::formats::CaptureError;
use super::lateness::{Lateness, Spread};
use super::omitted::{Omissions, Omitted, unsent};
use super::pace::{Pace, Plan};
use super::prepare::{Prepared, Preparer};
use super::selection::Selector;
use super::survey::Digest;
use crate::clock;
use crate::intake;
use crate::journal::{Captured, Journal, Load, Record, RecordError};
use crate::outcome::{Lane, Outcome, RowId};

/// Requests that are handed over at once, and their bodies: enough that waking up doesn't count.
const BATCH_MAX: usize = 32;
const BATCH_BYTES_MAX: usize = 1 << 20;

/// Batches that are read ahead.
const BATCHES: usize = 4;

/// Captures that wait for their commit at once, where as many as possible are sent.
const UNCOMMITTED_MAX: usize = 256;

/// How many captures a lane may have in hand for each request that it may have under way, where as many as possible are sent:
/// so that none is short of work, and none waits long.
const HELD_FOR_EACH: usize = 4;

/// Captures that a lane may have in hand at most: well below what its sender holds before it leaves the rest to the journal.
const HELD_MAX: usize = 512;

/// A lane that is sent to.
#[derive(Clone, Debug)]
pub struct Target {
    /// Which.
    pub lane: Lane,
    /// What its sender has in hand.
    pub load: watch::Receiver<Load>,
    /// How many requests may be under way to it.
    pub concurrency: usize,
    /// How long it may make no headway before it is given up.
    pub stalled_max: Duration,
}

/// How far a replay is; shared with whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Requests that were recorded, by this process.
    pub recorded: AtomicU64,
}

/// What the survey saw, and what was done of it.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The first requests, which an earlier process recorded.
    pub recorded: u64,
    /// All requests; what was added to a file since is none of the replay.
    pub requests: u64,
    /// The digest over them.
    pub digest: &'a str,
}

/// What drives a replay.
#[derive(Debug)]
pub struct Driver {
    /// Where captures are recorded.
    pub journal: Journal,
    /// The run.
    pub run: u32,
    /// How fast.
    pub pace: Pace,
    /// The lanes that are sent to, the live one first.
    pub targets: Vec<Target>,
    /// How far it is.
    pub progress: Arc<Progress>,
    /// Ends it before its time.
    pub stop: CancellationToken,
}

/// How a replay ended.
#[derive(Debug)]
pub enum Ended {
    /// Everything was sent.
    AllSent,
    /// Somebody stopped it.
    Stopped,
    /// A lane made no headway.
    Stalled(Lane),
    /// A file could not be read further.
    Unread(CaptureError),
    /// The files are others than they were when they were looked at.
    Changed,
}

/// What a replay came to.
#[derive(Debug)]
pub struct Driven {
    /// How it ended.
    pub ended: Ended,
    /// Captures that were recorded to be sent.
    pub sent: u64,
    /// Captures that were recorded and are not to be sent, by reason.
    pub unsent: BTreeMap<String, u64>,
    /// What was read up to the last capture that was recorded, and left out.
    pub omissions: Omissions,
    /// How much later than planned captures were recorded.
    pub lateness: Spread,
    /// How long it took, from the first to the last answer.
    pub took: Duration,
}

/// Why a replay broke down.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The journal takes no rows.
    #[error("replay")]
    Record(#[from] RecordError),
    /// A task ended early.
    #[error("finish a task of the replay")]
    Task(#[from] task::JoinError),
}

/// What the reading thread hands over.
struct Batch {
    prepared: Vec<Prepared>,
    /// As of the last of them.
    omissions: Omissions,
    error: Option<CaptureError>,
    /// Over all requests that were chosen, where these are the last.
    digest: Option<String>,
}

/// What is counted on the way.
#[derive(Default)]
struct Tallied {
    sent: u64,
    unsent: BTreeMap<String, u64>,
    omissions: Omissions,
    lateness: Lateness,
    uncommitted: VecDeque<oneshot::Receiver<Captured>>,
    last_row: RowId,
}

impl Driver {
    /// Replays what `selector` chooses, as far as the survey saw it and without what an earlier process recorded; and waits until the lanes have been
    /// sent all of it. Files that are others now are sent as they are, and told.
    ///
    /// # Errors
    /// When the journal is closed under it.
    pub async fn run(
        &self,
        selector: Selector,
        preparer: Preparer,
        expected: Expected<'_>,
    ) -> Result<Driven, DriveError> {
        let (hand_over, mut batches) = mpsc::channel(BATCHES);
        let reading =
            task::spawn_blocking(move || read(selector, preparer, (expected.recorded, expected.requests), &hand_over));
        let began = Instant::now();
        let mut tallied = Tallied::default();
        let ended = self.record_all(&mut batches, began, expected.digest, &mut tallied).await?;
        // Who still reads finds nobody to hand over to.
        drop(batches);
        reading.await?;
        for row in tallied.uncommitted.drain(..) {
            tallied.last_row = row.await.map_err(|_| RecordError::Closed)?.capture;
        }
        let ended = match ended {
            Ended::AllSent | Ended::Changed => match self.drain(tallied.last_row).await? {
                Ended::AllSent => ended,
                other => other,
            },
            other => other,
        };
        let took = began.elapsed();
        let Tallied { sent, unsent, omissions, lateness, .. } = tallied;
        Ok(Driven { ended, sent, unsent, omissions, lateness: lateness.spread(), took })
    }

    async fn record_all(
        &self,
        batches: &mut mpsc::Receiver<Batch>,
        began: Instant,
        digest: &str,
        tallied: &mut Tallied,
    ) -> Result<Ended, DriveError> {
        let mut plan = Plan::new(self.pace);
        let mut same = false;
        loop {
            let batch = tokio::select! {
                batch = batches.recv() => batch,
                () = self.stop.cancelled() => return Ok(Ended::Stopped),
            };
            let Some(batch) = batch else { return Ok(if same { Ended::AllSent } else { Ended::Changed }) };
            for mut prepared in batch.prepared {
                let outcomes = std::mem::take(&mut prepared.outcomes);
                if prepared.is_recorded {
                    self.tell(outcomes).await?;
                    continue;
                }
                let due = plan.next(prepared.original.occurred_at);
                tokio::select! {
                    biased;
                    () = self.stop.cancelled() => return Ok(Ended::Stopped),
                    stalled = self.turn(due.map(|due| began.checked_add(due)), tallied) => if let Some(lane) = stalled? {
                        return Ok(Ended::Stalled(lane));
                    },
                }
                self.record(prepared, tallied).await?;
                self.tell(outcomes).await?;
            }
            tallied.omissions = batch.omissions;
            same = batch.digest.is_some_and(|found| found == digest);
            if let Some(error) = batch.error {
                return Ok(Ended::Unread(error));
            }
        }
    }

    /// Waits for the next request's turn. `due` is `None` where the lanes decide, and then waits for room; a lane that has none in the
    /// end is returned.
    async fn turn(&self, due: Option<Option<Instant>>, tallied: &mut Tallied) -> Result<Option<Lane>, DriveError> {
        match due {
            Some(Some(due)) => {
                sleep_until(due).await;
                tallied.lateness.add(due.elapsed());
                self.committed(tallied, usize::MAX).await?;
                Ok(None)
            }
            // Beyond all time.
            Some(None) => std::future::pending().await,
            None => {
                self.committed(tallied, UNCOMMITTED_MAX).await?;
                for target in &self.targets {
                    let held_max = target.concurrency.saturating_mul(HELD_FOR_EACH).min(HELD_MAX);
                    let mut load = target.load.clone();
                    let room = load.wait_for(|load| load.held < held_max);
                    match timeout(target.stalled_max, room).await {
                        Ok(Ok(_)) => {}
                        Ok(Err(_)) => return Err(RecordError::Closed.into()),
                        Err(_) => return Ok(Some(target.lane)),
                    }
                }
                Ok(None)
            }
        }
    }

    /// Takes the rows that are there, and waits for the oldest where `most` wait for theirs.
    async fn committed(&self, tallied: &mut Tallied, most: usize) -> Result<(), RecordError> {
        loop {
            let is_full = tallied.uncommitted.len() >= most;
            let Some(oldest) = tallied.uncommitted.front_mut() else { return Ok(()) };
            let captured = match oldest.try_recv() {
                Ok(captured) => captured,
                Err(oneshot::error::TryRecvError::Empty) if !is_full => return Ok(()),
                Err(_) => oldest.await.map_err(|_| RecordError::Closed)?,
            };
            tallied.uncommitted.pop_front();
            tallied.last_row = captured.capture;
        }
    }

    async fn record(&self, prepared: Prepared, tallied: &mut Tallied) -> Result<(), RecordError> {
        let Prepared { mut capture, original, recorded, .. } = prepared;
        capture.received_at = clock::now();
        capture.uuid = intake::time_ordered(capture.received_at);
        match unsent(&capture) {
            None => tallied.sent += 1,
            Some(reason) => *tallied.unsent.entry(reason).or_default() += 1,
        }
        tallied.uncommitted.push_back(self.journal.replay(self.run, Arc::new(capture), original, recorded).await?);
        self.progress.recorded.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Records what a file knows of an order in the live lane's ledger; what was told before is known.
    async fn tell(&self, outcomes: Vec<Outcome>) -> Result<(), RecordError> {
        if !outcomes.is_empty() {
            let records: Vec<Record> = outcomes.into_iter().map(Record::Outcome).collect();
            let _nobody_waits_for_it = self.journal.submit(&records).await?;
        }
        Ok(())
    }

    /// Waits until every lane has been sent all up to `row`. What one lane answers may be what lets the other have it.
    async fn drain(&self, mut row: RowId) -> Result<Ended, DriveError> {
        for target in &self.targets {
            tokio::select! {
                () = self.stop.cancelled() => return Ok(Ended::Stopped),
                done = self.is_done(target, row) => if !done? {
                    return Ok(Ended::Stalled(target.lane));
                },
            }
            // Answers are on their way to the journal: behind this they are there.
            self.journal.record(Vec::new()).await?;
            row = row.max(self.journal.tail().borrow().row);
        }
        Ok(Ended::AllSent)
    }

    async fn is_done(&self, target: &Target, row: RowId) -> Result<bool, RecordError> {
        let mut load = target.load.clone();
        let mut ended = load.borrow_and_update().ended;
        let mut moved_at = Instant::now();
        loop {
            let now = *load.borrow_and_update();
            if now.is_done(row) {
                return Ok(true);
            }
            if now.ended != ended {
                (ended, moved_at) = (now.ended, Instant::now());
            }
            match timeout(target.stalled_max.saturating_sub(moved_at.elapsed()), load.changed()).await {
                Ok(changed) => changed.map_err(|_| RecordError::Closed)?,
                Err(_) => return Ok(false),
            }
        }
    }
}

/// Reads on until nobody takes it.
fn read(
    mut selector: Selector,
    mut preparer: Preparer,
    (recorded, requests): (u64, u64),
    hand_over: &mpsc::Sender<Batch>,
) {
    let mut chosen_so_far = 0;
    let (mut unsendable, mut digest) = (Omissions::default(), Digest::default());
    loop {
        let prepared = Vec::with_capacity(BATCH_MAX);
        let mut batch = Batch { prepared, omissions: Omissions::default(), error: None, digest: None };
        let (mut bytes, mut ended) = (0, false);
        while batch.prepared.len() < BATCH_MAX && bytes < BATCH_BYTES_MAX && !ended {
            match selector.next() {
                None => ended = true,
                Some(Ok(_)) if chosen_so_far == requests => ended = true,
                Some(Err(error)) => (batch.error, ended) = (Some(error), true),
                Some(Ok(chosen)) => {
                    bytes += chosen.request.record.body.len();
                    digest.add(&chosen.request.record);
                    let is_recorded = chosen_so_far < recorded;
                    chosen_so_far += 1;
                    let prepared =
                        if is_recorded { preparer.prepare_again(&chosen) } else { preparer.prepare(&chosen) };
                    match prepared {
                        Ok(Some(prepared)) => batch.prepared.push(prepared),
                        Ok(None) if is_recorded => {}
                        Ok(None) => unsendable.add(&chosen.request, Omitted::NotHttp),
                        Err(error) => (batch.error, ended) = (Some(error), true),
                    }
                }
            }
        }
        if ended && batch.error.is_none() {
            batch.digest = Some(std::mem::take(&mut digest).finish());
        }
        batch.omissions = selector.omissions();
        unsendable
            .counts
            .iter()
            .for_each(|(name, count)| *batch.omissions.counts.entry(name.clone()).or_default() += count);
        if hand_over.blocking_send(batch).is_err() || ended {
            return;
        }
    }
}
