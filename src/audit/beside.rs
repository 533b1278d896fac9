//! Fetching orders and judging them beside each other: the connection's thread fetches, three weigh each order by itself, and
//! one counts them, in the sequence in which they were fetched. What lies between them is bounded, in orders and in
//! bytes, and none waits for one that has stopped.

use std::iter;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::journal::ReadError;
use crate::judge::{ExceptionFound, Judge, OrderLine, Timeline};
use crate::outcome::{Lane, PerLane};

/// Threads that weigh. To weigh an order takes longer than all else together; with three of them both processors of a
/// small machine are busy whoever has to wait. With two, and batches half as large, a fifth of them was idle by samples once the
/// chain had been verified.
const WEIGHING: usize = 3;

/// Orders that are handed over at once: enough that waking another thread costs little, and so few that what one thread
/// has fetched is still near when the next one takes it up.
const BATCH_MAX: usize = 32;

/// And the bytes of their contents: orders may be larger than common ones by far.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// Batches that wait for each of the threads.
const WAITING_MAX: usize = 2;

/// An order that was fetched.
#[derive(Debug)]
pub(super) enum Fetched {
    /// One of the run.
    Order(Arc<Timeline>),
    /// How many documents each lane has of one that belongs to another run.
    OfAnotherRun(PerLane<u64>),
}

/// What was fetched, each with what it was weighed as.
type Batch<W> = Vec<(Fetched, W)>;

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

/// Who learns of each order that is counted: its line, where it is one of the run's, and why it needs somebody.
pub(super) type Told<'a> = &'a mut (dyn FnMut(Option<&OrderLine>, &[ExceptionFound]) + Send);

/// Where orders are handed in: batches go to those who weigh in turn, and come from them in the same turn. What was counted
/// comes back, since memory is freed with the least trouble by the thread that has taken it.
pub(super) struct Bench {
    weighing: Vec<SyncSender<Vec<Fetched>>>,
    counted: Receiver<Vec<Fetched>>,
    turn: usize,
    batch: Vec<Fetched>,
    bytes: usize,
}

/// Has what `fetch` hands in weighed by `scales`, a judge that counts nothing, and counted by `judge`, who is given back when
/// all are through. `told` learns of each.
///
/// # Errors
/// With what `fetch` fails with.
pub(super) fn judge_beside(
    scales: &Judge,
    judge: Judge,
    told: Option<Told<'_>>,
    fetch: impl FnOnce(&mut Bench) -> Result<(), Stop>,
) -> Result<Judge, ReadError> {
    let weigh = |fetched: &Fetched| match fetched {
        Fetched::Order(timeline) => Some(Box::new(scales.weigh(timeline))),
        Fetched::OfAnotherRun(_) => None,
    };
    let sum = beside(fetch, weigh, (judge, told), |(judge, told), fetched, weighed| match (fetched, weighed) {
        (Fetched::Order(timeline), Some(weighed)) => {
            judge.add(timeline, weighed);
            if let Some(told) = told {
                told(judge.line(timeline, weighed).as_ref(), &judge.take_exceptions());
            }
        }
        // None is fetched without being weighed.
        (Fetched::Order(timeline), None) => judge.add(timeline, &scales.weigh(timeline)),
        (Fetched::OfAnotherRun(documents), _) => {
            Lane::ALL.iter().for_each(|lane| judge.other_runs(*lane, *documents.get(*lane)));
        }
    });
    Ok(sum?.0)
}

/// Runs `weigh` on three other threads and `count` on a fourth, beside `fetch`, and gives what the `sum` comes to. Any of them may
/// stop before the others.
pub(super) fn beside<W: Send, T: Send>(
    fetch: impl FnOnce(&mut Bench) -> Result<(), Stop>,
    weigh: impl Fn(&Fetched) -> W + Sync,
    mut sum: T,
    count: impl Fn(&mut T, &Fetched, &W) + Send,
) -> Result<T, ReadError> {
    let weigh = &weigh;
    thread::scope(|scope| {
        let (mut senders, mut receivers, mut returns, mut threads) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (returned, counted) = sync_channel::<Vec<Fetched>>(WEIGHING * WAITING_MAX);
        for _each in 0..WEIGHING {
            let (sender, fetched) = sync_channel::<Vec<Fetched>>(WAITING_MAX);
            let (weighed, receiver) = sync_channel::<Batch<W>>(WAITING_MAX);
            let (back, counted) = sync_channel::<Batch<W>>(WAITING_MAX);
            let returned = returned.clone();
            threads.push(scope.spawn(move || weigh_all(weigh, &fetched, &weighed, &counted, &returned)));
            senders.push(sender);
            receivers.push(receiver);
            returns.push(back);
        }
        let counting = scope.spawn(move || {
            for (batch, back) in in_turn(&receivers).zip(returns.iter().cycle()) {
                batch.iter().for_each(|(fetched, weighed)| count(&mut sum, fetched, weighed));
                // Where it doesn't come back at once it goes here.
                drop(back.try_send(batch));
            }
            sum
        });
        let mut bench = Bench { weighing: senders, counted, turn: 0, batch: Vec::with_capacity(BATCH_MAX), bytes: 0 };
        let fetched = fetch(&mut bench).and_then(|()| bench.hand_over());
        // Without what is handed in the others come to their ends.
        drop(bench);
        let sum = counting.join().unwrap_or_else(|panic| resume_unwind(panic));
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        match fetched {
            Ok(()) | Err(Stop::NoJudge) => Ok(sum),
            Err(Stop::Read(error)) => Err(error),
        }
    })
}

/// Weighs what is fetched until there is no more, or nobody takes it; what was counted goes on its way back.
fn weigh_all<W>(
    weigh: impl Fn(&Fetched) -> W,
    fetched: &Receiver<Vec<Fetched>>,
    weighed: &SyncSender<Batch<W>>,
    counted: &Receiver<Batch<W>>,
    returned: &SyncSender<Vec<Fetched>>,
) {
    for batch in fetched {
        for batch in counted.try_iter() {
            drop(returned.try_send(batch.into_iter().map(|(fetched, _)| fetched).collect()));
        }
        let weigh = |fetched| {
            let weighed = weigh(&fetched);
            (fetched, weighed)
        };
        if weighed.send(batch.into_iter().map(weigh).collect()).is_err() {
            return;
        }
    }
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
        self.again(Arc::new(timeline))
    }

    /// Hands in an order that was kept.
    pub(super) fn again(&mut self, timeline: Arc<Timeline>) -> Result<(), Stop> {
        self.add(Fetched::Order(timeline))
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
        self.counted.try_iter().for_each(drop);
        self.bytes = 0;
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH_MAX));
        let turn = self.weighing.get(self.turn % WEIGHING);
        self.turn += 1;
        turn.and_then(|next| next.send(batch).ok()).ok_or(Stop::NoJudge)
    }
}

/// The contents of an order: what may be large about it.
pub(super) fn bytes_of(timeline: &Timeline) -> usize {
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
