//! What legacy has in memory: orders that wait for a batch. A crash takes exactly these.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::order::OrderKey;
use crate::sim::intake::Told;
use crate::sim::plan::Fault;
use crate::sim::shop::Topic;

/// Orders that may wait: minutes of a flash sale. Beyond it the integration answers 503.
const QUEUE_MAX: usize = 200_000;

/// What waits for a batch.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) topic: Option<Topic>,
    pub(super) order: Told,
    pub(super) fault: Option<Fault>,
    /// Not to be told before.
    pub(super) not_before: Instant,
    /// How often the ERP was told in vain.
    pub(super) tries: u32,
}

/// Why something was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unqueued {
    /// Too much waits.
    Full,
    /// Its connection was cut.
    Cut,
}

/// What is due: creates, the keys of orders to cancel after them, those of them that are never told, and a token that a
/// crash cancels.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) creates: Vec<Job>,
    pub(super) cancels: HashSet<OrderKey>,
    pub(super) withdrawn: Vec<OrderKey>,
    pub(super) life: CancellationToken,
}

/// Which of what waits is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// All whose time has come.
    All,
    /// What is told again, and nothing that came since the last batch.
    Retries,
}

/// The queue, shared by those who answer and the one who tells the ERP.
#[derive(Debug)]
pub(super) struct Queue {
    inside: Mutex<Inside>,
    backlog: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Inside {
    waiting: Vec<Job>,
    /// Jobs of the batch on its way.
    in_hand: usize,
    /// Cancelled by a crash.
    life: CancellationToken,
}

impl Queue {
    /// An empty queue, and how many orders are in it or on their way.
    pub(super) fn new() -> (Self, watch::Receiver<usize>) {
        let (backlog, seen) = watch::channel(0);
        (Self { inside: Mutex::default(), backlog }, seen)
    }

    /// Takes a job that came over a connection with this token; `taken` is called before anybody can see it.
    pub(super) fn push(&self, job: Job, cut: &CancellationToken, taken: impl FnOnce()) -> Result<(), Unqueued> {
        let mut inside = self.inside();
        // Looked at under the lock that a crash takes: what comes over a connection is gone with it, or was cut.
        if cut.is_cancelled() {
            return Err(Unqueued::Cut);
        }
        if inside.waiting.len() >= QUEUE_MAX {
            return Err(Unqueued::Full);
        }
        taken();
        inside.waiting.push(job);
        self.count(&inside);
        Ok(())
    }

    /// Takes out what is due. An order whose cancellation came in time is not among it.
    pub(super) fn take(&self, which: Which) -> Due {
        let mut inside = self.inside();
        let now = Instant::now();
        let is_due = |job: &mut Job| job.not_before <= now && (which == Which::All || job.tries > 0);
        let mut creates: Vec<Job> = inside.waiting.extract_if(.., is_due).collect();
        inside.in_hand = creates.len();
        let cancels = creates.extract_if(.., |job| job.topic == Some(Topic::Cancel));
        let cancels: HashSet<OrderKey> = cancels.map(|job| job.order.key().clone()).collect();
        creates.retain(|job| job.topic == Some(Topic::Create));
        let is_cancelled = |job: &mut Job| job.topic == Some(Topic::Create) && cancels.contains(job.order.key());
        let mut dropped: Vec<Job> = creates.extract_if(.., is_cancelled).collect();
        dropped.extend(inside.waiting.extract_if(.., is_cancelled));
        let withdrawn = dropped.iter().map(|job| job.order.key().clone()).collect();
        self.count(&inside);
        Due { creates, cancels, withdrawn, life: inside.life.clone() }
    }

    /// The batch is done; these of it are to be told again. After a crash nothing is.
    pub(super) fn done(&self, again: Vec<Job>, life: &CancellationToken) {
        let mut inside = self.inside();
        if !life.is_cancelled() {
            inside.in_hand = 0;
            inside.waiting.extend(again);
            self.count(&inside);
        }
    }

    /// When the next job is to be told again, if any is.
    pub(super) fn next_retry(&self) -> Option<Instant> {
        self.inside().waiting.iter().filter(|job| job.tries > 0).map(|job| job.not_before).min()
    }

    /// Forgets everything, and the batch on its way with it; says how much. `cut` is called meanwhile, so that
    /// nothing that is cut is taken afterwards.
    pub(super) fn lose(&self, cut: impl FnOnce()) -> usize {
        let mut inside = self.inside();
        cut();
        let lost = std::mem::take(&mut *inside);
        lost.life.cancel();
        self.count(&inside);
        lost.waiting.len() + lost.in_hand
    }

    fn count(&self, inside: &Inside) {
        self.backlog.send_replace(inside.waiting.len() + inside.in_hand);
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn job(key: &str, topic: Topic, tries: u32, not_before: Instant) -> Job {
        let order = Told::Thin(OrderKey::new(key).unwrap());
        Job { topic: Some(topic), order, fault: None, not_before, tries }
    }

    fn push(queue: &Queue, job: Job) {
        queue.push(job, &CancellationToken::new(), || {}).unwrap();
    }

    fn keys(due: &Due) -> Vec<&str> {
        due.creates.iter().map(|job| job.order.key().as_str()).collect()
    }

    #[test]
    fn what_is_cancelled_in_time_is_not_due_even_if_it_failed_before_or_is_delayed() {
        let (queue, backlog) = Queue::new();
        let (now, later) = (Instant::now(), Instant::now() + Duration::from_secs(3_600));
        for (key, topic, tries, not_before) in [
            ("a", Topic::Create, 0, now),
            ("b", Topic::Create, 0, now),
            ("c", Topic::Create, 1, later),
            ("d", Topic::Create, 0, later),
            ("f", Topic::Create, 0, later),
            ("f", Topic::Cancel, 0, now),
            ("e", Topic::Create, 1, now),
            ("b", Topic::Cancel, 0, now),
            ("c", Topic::Cancel, 0, now),
        ] {
            push(&queue, job(key, topic, tries, not_before));
        }
        let due = queue.take(Which::Retries);
        assert_eq!((keys(&due), *backlog.borrow()), (vec!["e"], 9));
        queue.done(due.creates, &due.life);
        let due = queue.take(Which::All);
        assert_eq!((keys(&due), due.cancels.len()), (vec!["a", "e"], 3));
        let withdrawn: Vec<_> = due.withdrawn.iter().map(OrderKey::as_str).collect();
        assert_eq!(withdrawn, ["b", "c", "f"]);
        queue.done(Vec::new(), &due.life);
        assert_eq!((*backlog.borrow(), queue.next_retry()), (1, None));
    }

    #[test]
    fn a_crash_takes_what_waits_and_what_is_in_hand_and_nothing_comes_back() {
        let (queue, backlog) = Queue::new();
        push(&queue, job("a", Topic::Create, 0, Instant::now()));
        let due = queue.take(Which::All);
        push(&queue, job("b", Topic::Create, 0, Instant::now()));
        let connection = CancellationToken::new();
        assert_eq!(queue.lose(|| connection.cancel()), 2);
        assert!(due.life.is_cancelled());
        queue.done(due.creates, &due.life);
        assert_eq!(*backlog.borrow(), 0);
        let late = job("c", Topic::Create, 0, Instant::now());
        assert_eq!(queue.push(late, &connection, || panic!("nobody is told")), Err(Unqueued::Cut));
        assert!(keys(&queue.take(Which::All)).is_empty());
    }
}
