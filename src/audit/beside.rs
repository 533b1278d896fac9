//! Fetching orders and judging them beside each other: the connection's thread fetches, two weigh each order by itself, and
//! one counts them, in the sequence in which they were fetched. What lies between them is bounded, in orders and in
//! bytes, and none waits for one that has stopped.

use std::iter;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::journal::ReadError;
use crate::judge::{Judge, Timeline, Weighed};
use crate::outcome::{Lane, PerLane};

/// Threads that weigh. To weigh an order takes longer than all else together; with two of them both processors of a
/// small machine are busy whoever has to wait.
const WEIGHING: usize = 2;

/// Orders that are handed over at once: enough that waking another thread costs little, and so few that what one thread
/// has fetched is still near when the next one takes it up.
const BATCH_MAX: usize = 16;

/// And the bytes of their contents: orders may be larger than common ones by far.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// Batches that wait for each of the threads.
const WAITING_MAX: usize = 2;

/// An order that was fetched.
#[derive(Debug)]
enum Fetched {
    /// One of the run.
    Order(Box<Timeline>),
    /// How many documents each lane has of one that belongs to another run.
    OfAnotherRun(PerLane<u64>),
}

/// An order that is to be counted.
enum Known {
    /// One of the run, and what it was weighed as.
    Order(Box<Timeline>, Box<Weighed>),
    /// How many documents each lane has of one that belongs to another run.
    OfAnotherRun(PerLane<u64>),
}

/// Why nothing more is fetched.
#[derive(Debug)]
pub(super) enum Stop {
    /// The journal can't be read.
    Read(ReadError),
    /// Nobody judges any more.
    NoJudge,
}

impl<E: Into<ReadError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Read(error.into())
    }
}

/// Where orders are handed in: batches go to those who weigh in turn, and come from them in the same turn.
pub(super) struct Bench {
    weighing: Vec<SyncSender<Vec<Fetched>>>,
    turn: usize,
    batch: Vec<Fetched>,
    bytes: usize,
}

/// Has what `fetch` hands in weighed by `scales`, a judge that counts nothing, and counted by `judge`, who is given back when
/// all are through.
///
/// # Errors
/// With what `fetch` fails with.
pub(super) fn judge_beside(
    scales: &Judge,
    mut judge: Judge,
    fetch: impl FnOnce(&mut Bench) -> Result<(), Stop>,
) -> Result<Judge, ReadError> {
    let weigh = |fetched| match fetched {
        Fetched::Order(timeline) => {
            let weighed = scales.weigh(&timeline);
            Known::Order(timeline, Box::new(weighed))
        }
        Fetched::OfAnotherRun(documents) => Known::OfAnotherRun(documents),
    };
    beside(fetch, weigh, move |known| {
        for known in known {
            match known {
                Known::Order(timeline, weighed) => drop(judge.add(&timeline, *weighed)),
                Known::OfAnotherRun(documents) => {
                    Lane::ALL.iter().for_each(|lane| judge.other_runs(*lane, *documents.get(*lane)));
                }
            }
        }
        judge
    })
}

/// Runs `weigh` on two other threads and `take` on a third, beside `fetch`, and gives what `take` comes to. Any of them may
/// stop before the others.
fn beside<W: Send, T: Send>(
    fetch: impl FnOnce(&mut Bench) -> Result<(), Stop>,
    weigh: impl Fn(Fetched) -> W + Sync,
    take: impl FnOnce(&mut dyn Iterator<Item = W>) -> T + Send,
) -> Result<T, ReadError> {
    let weigh = &weigh;
    thread::scope(|scope| {
        let (mut senders, mut receivers, mut threads) = (Vec::new(), Vec::new(), Vec::new());
        for _each in 0..WEIGHING {
            let (sender, fetched) = sync_channel::<Vec<Fetched>>(WAITING_MAX);
            let (weighed, receiver) = sync_channel::<Vec<W>>(WAITING_MAX);
            threads.push(scope.spawn(move || {
                let mut batches = fetched.into_iter().map(|batch| batch.into_iter().map(weigh).collect());
                // It ends with the last batch, or when nobody takes it any more.
                while batches.next().is_some_and(|batch| weighed.send(batch).is_ok()) {}
            }));
            senders.push(sender);
            receivers.push(receiver);
        }
        let taking = scope.spawn(move || take(&mut in_turn(&receivers).flatten()));
        let mut bench = Bench { weighing: senders, turn: 0, batch: Vec::with_capacity(BATCH_MAX), bytes: 0 };
        let fetched = fetch(&mut bench).and_then(|()| bench.hand_over());
        // Without what is handed in the others come to their ends.
        drop(bench);
        let taken = taking.join().unwrap_or_else(|panic| resume_unwind(panic));
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        match fetched {
            Ok(()) | Err(Stop::NoJudge) => Ok(taken),
            Err(Stop::Read(error)) => Err(error),
        }
    })
}

/// What comes from several, one of each in turn, until the one whose turn it is has no more.
fn in_turn<T>(receivers: &[Receiver<T>]) -> impl Iterator<Item = T> {
    let mut turns = receivers.iter().cycle();
    iter::from_fn(move || turns.next()?.recv().ok()).fuse()
}

impl Bench {
    /// Hands in orders of the run.
    pub(super) fn orders(&mut self, timelines: Vec<Timeline>) -> Result<(), Stop> {
        timelines.into_iter().try_for_each(|timeline| self.order(timeline))
    }

    fn order(&mut self, timeline: Timeline) -> Result<(), Stop> {
        self.bytes += bytes_of(&timeline);
        self.add(Fetched::Order(Box::new(timeline)))
    }

    /// Hands in how many documents each lane has of another run's order.
    pub(super) fn of_another_run(&mut self, documents: PerLane<u64>) -> Result<(), Stop> {
        self.add(Fetched::OfAnotherRun(documents))
    }

    fn add(&mut self, fetched: Fetched) -> Result<(), Stop> {
        self.batch.push(fetched);
        if self.batch.len() < BATCH_MAX && self.bytes < BATCH_BYTES_MAX { Ok(()) } else { self.hand_over() }
    }

    fn hand_over(&mut self) -> Result<(), Stop> {
        self.bytes = 0;
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH_MAX));
        let turn = self.weighing.get(self.turn % WEIGHING);
        self.turn += 1;
        turn.and_then(|next| next.send(batch).ok()).ok_or(Stop::NoJudge)
    }
}

/// The contents of an order: what may be large about it.
fn bytes_of(timeline: &Timeline) -> usize {
    let payloads = timeline.captures.iter().filter_map(|capture| Some(capture.payload.as_ref()?.body.len()));
    let lanes = Lane::ALL.iter().map(|lane| timeline.lanes.get(*lane));
    let of_lanes = lanes.flat_map(|events| {
        let answers = events.sends.iter().filter_map(|send| Some(send.answer.as_ref()?.body.len()));
        let documents = events.outcomes.iter().filter_map(|seen| Some(seen.outcome.document.as_ref()?.len()));
        answers.chain(documents)
    });
    payloads.chain(of_lanes).sum()
}

#[cfg(test)]
#[path = "tests/beside.rs"]
mod tests;
