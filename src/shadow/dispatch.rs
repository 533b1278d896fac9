//! Hands captures to sends: in order for each order key, as many as memory may hold; the rest waits in
//! the journal.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use super::pace::Leave;
use super::send::{Begun, Shadow, Work};
use super::starting::{Started, Starting};
use crate::config::SendWhen;
use crate::journal::{Asker, Fed, Feed, Load, ReadError, Reader, RecordError, Tail};
use crate::order::OrderKey;
use crate::outcome::{Capture, RowId};

/// Captures held in memory, waiting or being sent.
const HELD_MAX: usize = 1_024;

/// Their bodies, in bytes: so that a thousand of the largest that are captured don't take a gigabyte.
const HELD_BYTES_MAX: usize = 32 << 20;

/// Captures read from the journal at once.
const CHUNK: usize = 64;

/// Sends what is captured to the shadow lane, until `stop`. What is then in flight stays unknown.
///
/// # Errors
/// When the journal can't be read.
pub async fn run(shadow: Arc<Shadow>, feed: Feed, stop: CancellationToken) -> Result<(), ReadError> {
    let (run, lane) = (shadow.run.number, shadow.lane);
    let asker = Asker::new(shadow.journal.clone());
    let left = match stop.run_until_cancelled(asker.ask(move |reader| reader.unanswered(run, lane))).await {
        Some(left) => left?,
        None => return Ok(()),
    };
    let tail = shadow.journal.tail();
    let mut dispatch = Dispatch {
        shadow,
        feed,
        asker,
        left,
        keys: HashMap::new(),
        held: HashSet::new(),
        held_bytes: 0,
        starting: Starting::default(),
        sends: JoinSet::new(),
        sending: HashMap::new(),
        read_up_to: 0,
        readings: None,
        more: false,
        ended: 0,
    };
    let ended = tokio::select! {
        ended = dispatch.serve(tail) => ended,
        () = stop.cancelled() => Ok(()),
    };
    dispatch.sends.shutdown().await;
    ended
}

struct Dispatch {
    shadow: Arc<Shadow>,
    feed: Feed,
    asker: Asker,
    /// Captures whose last attempt an earlier process never saw answered.
    left: Vec<RowId>,
    /// What waits behind the capture that is being sent, for each order key.
    keys: HashMap<OrderKey, VecDeque<Work>>,
    /// Captures in memory, waiting or being sent.
    held: HashSet<RowId>,
    held_bytes: usize,
    /// What is about to be sent.
    starting: Starting,
    sends: JoinSet<()>,
    /// What each task sends.
    sending: HashMap<task::Id, Sending>,
    /// The last row that was fed, or read where the feed lagged: nothing is taken twice.
    read_up_to: RowId,
    /// Readings at the last look for resends; `None`: none was taken yet.
    readings: Option<u64>,
    /// Whether the last look found more than memory had room for.
    more: bool,
    /// Sends that have ended.
    ended: u64,
}

/// What a task sends.
struct Sending {
    row: RowId,
    key: Option<OrderKey>,
    bytes: usize,
}

impl Dispatch {
    /// Whether memory holds less than this part of what it may.
    fn has_room(&self, part: usize) -> bool {
        self.held.len() < HELD_MAX / part && self.held_bytes < HELD_BYTES_MAX / part
    }

    /// Serves until the journal is closed.
    async fn serve(&mut self, mut tail: watch::Receiver<Tail>) -> Result<(), ReadError> {
        let mut given = None;
        loop {
            let Tail { row, readings, .. } = *tail.borrow_and_update();
            // What was committed up to there was fed before it was told.
            self.drain().await?;
            let has_room = self.has_room(2);
            if self.readings != Some(readings) || (self.more && has_room) {
                self.readings = Some(readings);
                self.send_again().await?;
            }
            if has_room {
                self.catch_up().await?;
            }
            if let Err(RecordError::Closed) = self.begin(given.take()).await {
                return Ok(());
            }
            let room = self.has_room(1);
            self.tell(row, room);
            tokio::select! {
                ended = self.sends.join_next_with_id(), if !self.sends.is_empty() => self.ended(ended),
                started = self.starting.next(), if self.starting.is_waiting() => match started {
                    Ok(Started::Durable(begun)) => begun.into_iter().for_each(|begun| self.send(begun)),
                    Ok(Started::Leave(leave)) => given = Some(leave),
                    Err(RecordError::Closed) => return Ok(()),
                },
                fed = self.feed.next(), if room => match fed {
                    Some(fed) => self.take(fed).await?,
                    None => return Ok(()),
                },
                // A commit may have left something to the journal, or hold a reading.
                changed = tail.changed() => if changed.is_err() {
                    return Ok(());
                },
            }
        }
    }

    /// Tells what is in hand, now that all up to `row` has been taken where there was room for it.
    fn tell(&self, row: RowId, room: bool) {
        let lagging = !room || self.more || self.feed.lagging().is_some();
        let load = Load { row, held: self.held.len(), lagging, ended: self.ended };
        self.shadow.load.send_if_modified(|told| std::mem::replace(told, load) != load);
    }

    /// Takes what else is there already, so that a commit of many orders is one wake-up and not one for each.
    async fn drain(&mut self) -> Result<(), ReadError> {
        while let Some(ended) = self.sends.try_join_next_with_id() {
            self.ended(Some(ended));
        }
        while self.has_room(1)
            && let Some(fed) = self.feed.queued()
        {
            self.take(fed).await?;
        }
        Ok(())
    }

    /// Reads what found no room in the feed, until memory is full or nothing is missing.
    async fn catch_up(&mut self) -> Result<(), ReadError> {
        while let Some(committed) = self.feed.lagging() {
            while let Some(fed) = self.feed.queued() {
                self.take(fed).await?;
            }
            if !self.has_room(1) {
                return Ok(());
            }
            let from = self.read_up_to;
            let (shadow, limit) = (Arc::clone(&self.shadow), CHUNK);
            let chunk = self.asker.ask(move |reader| unsent(reader, &shadow, (from, committed), limit)).await?;
            let whole = chunk.len() < limit;
            for (cursor, row, capture) in chunk {
                self.read_up_to = cursor;
                self.add(Work::first(row, Arc::new(capture)));
            }
            if whole {
                self.read_up_to = committed;
                self.feed.caught_up(committed);
            }
        }
        Ok(())
    }

    async fn take(&mut self, fed: Fed) -> Result<(), ReadError> {
        match (fed, self.shadow.config.send) {
            (Fed::Capture { row, run, capture }, SendWhen::Always)
                if run == self.shadow.run.number && row > self.read_up_to =>
            {
                self.read_up_to = row;
                self.add(Work::first(row, capture));
            }
            (Fed::Accepted { row, attempt }, SendWhen::AfterLiveAccepts) if row > self.read_up_to => {
                self.read_up_to = row;
                let live = self.shadow.lane.other();
                let found = self.asker.ask(move |reader| accepted(reader, attempt, live)).await?;
                if let Some((row, run, capture)) = found
                    && run == self.shadow.run.number
                    && capture.is_teed()
                {
                    self.add(Work::first(row, Arc::new(capture)));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Looks for sends that go again: at the start, after each reading, and where there was no room for all.
    async fn send_again(&mut self) -> Result<(), ReadError> {
        let shadow = Arc::clone(&self.shadow);
        let left = std::mem::take(&mut self.left);
        let (held, room) = (self.held.clone(), HELD_MAX.saturating_sub(self.held.len()).min(CHUNK));
        let due = self.asker.ask(move |reader| shadow.due(reader, &left, &held, room)).await?;
        self.left = due.left;
        self.more = due.more;
        due.works.into_iter().for_each(|work| self.add(work));
        Ok(())
    }

    /// Sends as soon as there is leave, or after what the same order key is waiting for.
    fn add(&mut self, work: Work) {
        if !self.held.insert(work.row) {
            return;
        }
        self.held_bytes += work.capture.body.len();
        let Some(key) = work.capture.order_key.clone() else {
            return self.starting.add(work);
        };
        match self.keys.get_mut(&key) {
            Some(waiting) => waiting.push_back(work),
            None => {
                self.keys.insert(key, VecDeque::new());
                self.starting.add(work);
            }
        }
    }

    /// Begins what has leave. What waits behind one that may not be sent has its turn.
    async fn begin(&mut self, mut leave: Option<Leave>) -> Result<(), RecordError> {
        loop {
            let kept = self.starting.begin(&self.shadow, leave.take()).await?;
            if kept.is_empty() {
                return Ok(());
            }
            kept.iter().for_each(|work| self.done(&Sending::of(work)));
        }
    }

    fn send(&mut self, begun: Begun) {
        let shadow = Arc::clone(&self.shadow);
        let sending = Sending::of(&begun.work);
        let task = self.sends.spawn(async move {
            if let Err(error) = shadow.carry(begun).await {
                tracing::debug!(%error, "a shadow send ended with the journal");
            }
        });
        self.sending.insert(task.id(), sending);
    }

    fn ended(&mut self, ended: Option<Result<(task::Id, ()), task::JoinError>>) {
        let id = match ended {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => {
                tracing::error!(%error, "a shadow send ended early");
                error.id()
            }
            None => return,
        };
        if let Some(sending) = self.sending.remove(&id) {
            self.done(&sending);
        }
    }

    /// Nothing more is sent of it for now; what waits behind it has its turn.
    fn done(&mut self, Sending { row, key, bytes }: &Sending) {
        self.ended += 1;
        self.held.remove(row);
        self.held_bytes = self.held_bytes.saturating_sub(*bytes);
        let Some(key) = key else { return };
        match self.keys.get_mut(key).and_then(VecDeque::pop_front) {
            Some(work) => self.starting.add(work),
            None => drop(self.keys.remove(key)),
        }
    }
}

impl Sending {
    fn of(work: &Work) -> Self {
        Self { row: work.row, key: work.capture.order_key.clone(), bytes: work.capture.body.len() }
    }
}

/// Captures to be sent, each after its cursor: its own row, or the row of the answer that lets it go.
fn unsent(
    reader: &Reader,
    shadow: &Shadow,
    range: (RowId, RowId),
    limit: usize,
) -> Result<Vec<(RowId, RowId, Capture)>, ReadError> {
    match shadow.config.send {
        SendWhen::Always => {
            let captures = reader.unsent(shadow.run.number, shadow.lane, range, limit)?;
            Ok(captures.into_iter().map(|(row, capture)| (row, row, capture)).collect())
        }
        SendWhen::AfterLiveAccepts => reader.unsent_accepted(shadow.run.number, shadow.lane.other(), range, limit),
    }
}

/// The capture of an accepted attempt, where that was the live lane's.
fn accepted(
    reader: &Reader,
    attempt: RowId,
    live: crate::outcome::Lane,
) -> Result<Option<(RowId, u32, Capture)>, ReadError> {
    let Some((row, run, capture)) = reader.capture_of(attempt)? else {
        return Ok(None);
    };
    let is_live = reader.attempts(row, live)?.iter().any(|(found, _, _)| *found == attempt);
    Ok(is_live.then_some((row, run, capture)))
}
