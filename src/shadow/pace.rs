//! When the shadow may send: paused or not, held back by the lane, and how many at once. A lane that can't
//! be reached, or says *not now*, is tried by one order at a time, so that this doesn't fill the journal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turn, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};

use crate::outcome::Lane;

/// First and longest wait after a failure; the wait doubles from one to the other.
const WAIT_FIRST: Duration = Duration::from_millis(200);
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Longest hold that a lane's `Retry-After` is taken at: an hour more is a fault of the lane.
const HOLD_MAX: Duration = Duration::from_secs(3_600);

/// How long a lane takes at most, of late, that attempts may be recorded ahead for: so much later than its attempt says an order may be sent.
const QUICK: Duration = Duration::from_millis(10);

/// When the shadow may send.
#[derive(Debug)]
pub struct Pace {
    lane: Lane,
    permits: Arc<Semaphore>,
    concurrency: usize,
    /// Room for attempts that are recorded while all requests that may be under way are.
    ahead: Arc<Semaphore>,
    ahead_max: usize,
    turn: Arc<Turn<()>>,
    state: Mutex<State>,
    paused: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    hold_until: Instant,
    /// Sends in a row that found no connection.
    unreached: u32,
    /// Sends in a row that were refused for now.
    refused: u32,
    /// How long the lane takes, of late; `None`: not known yet.
    took: Option<Duration>,
}

impl State {
    const fn is_tried(&self) -> bool {
        self.unreached > 0 || self.refused > 0
    }

    fn is_clear(&self, now: Instant) -> bool {
        !self.is_tried() && self.hold_until <= now
    }
}

/// Leave to send, given back when dropped.
#[derive(Debug)]
pub(super) struct Leave {
    given_at: Instant,
    place: Place,
    _turn: Option<OwnedMutexGuard<()>>,
}

/// A place among the requests that may be under way.
#[derive(Debug)]
enum Place {
    /// It has one.
    Taken { _permit: OwnedSemaphorePermit },
    /// It waits for one, and its attempt may be recorded meanwhile.
    Ahead { _permit: OwnedSemaphorePermit },
}

impl Pace {
    /// At most `concurrency` sends to `lane` at once; paused from the start, or not.
    #[must_use]
    pub fn new(lane: Lane, concurrency: usize, paused: bool) -> Self {
        Self {
            lane,
            permits: Arc::new(Semaphore::new(concurrency)),
            concurrency,
            ahead: Arc::new(Semaphore::new(0)),
            ahead_max: 0,
            turn: Arc::new(Turn::new(())),
            state: Mutex::new(State { hold_until: Instant::now(), unreached: 0, refused: 0, took: None }),
            paused: watch::Sender::new(paused),
        }
    }

    /// The same, where as many as possible are to be sent: while all requests that may be under way to a quick lane are, as many attempts more may be
    /// recorded, so that none of its places is taken by a commit.
    #[must_use]
    pub fn recording_ahead(mut self) -> Self {
        self.ahead_max = self.concurrency;
        self.ahead = Arc::new(Semaphore::new(self.ahead_max));
        self
    }

    /// Pauses: what is in flight ends, nothing else begins. Or resumes.
    pub fn pause(&self, paused: bool) {
        self.paused.send_replace(paused);
    }

    /// Whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        *self.paused.borrow()
    }

    /// How many sends are under way, from their attempts until their answers are on their way to the journal.
    #[must_use]
    pub fn under_way(&self) -> usize {
        // In this order none is missed that takes its place meanwhile: it has both for a moment.
        let ahead = self.ahead_max.saturating_sub(self.ahead.available_permits());
        ahead + self.concurrency.saturating_sub(self.permits.available_permits())
    }

    /// Waits for leave to send; `None` when the semaphore is closed.
    pub(super) async fn leave(&self) -> Option<Leave> {
        loop {
            self.paused.subscribe().wait_for(|paused| !paused).await.ok()?;
            let turn = match self.is_tried() {
                false => None,
                true => Some(Arc::clone(&self.turn).lock_owned().await),
            };
            sleep_until(self.hold_until()).await;
            let permit = Arc::clone(&self.permits).acquire_owned().await.ok()?;
            let clear = self.hold_until() <= Instant::now() && !self.is_paused();
            if clear && (turn.is_some() || !self.is_tried()) {
                let place = Place::Taken { _permit: permit };
                return Some(Leave { given_at: Instant::now(), place, _turn: turn });
            }
        }
    }

    /// Leave to send, where it can be had at once.
    pub(super) fn leave_at_once(&self) -> Option<Leave> {
        let place = match Arc::clone(&self.permits).try_acquire_owned() {
            Ok(permit) => Place::Taken { _permit: permit },
            Err(_) if self.is_quick() => Place::Ahead { _permit: Arc::clone(&self.ahead).try_acquire_owned().ok()? },
            Err(_) => return None,
        };
        let given_at = Instant::now();
        self.is_clear(given_at).then_some(Leave { given_at, place, _turn: None })
    }

    /// Waits for a place among the requests that may be under way. Whether it may be sent still: it may not where the lane was paused
    /// meanwhile, or is to be left alone.
    pub(super) async fn place(&self, leave: &mut Leave) -> bool {
        if matches!(leave.place, Place::Taken { .. }) {
            return true;
        }
        let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else { return false };
        leave.place = Place::Taken { _permit: permit };
        leave.given_at = Instant::now();
        self.is_clear(leave.given_at)
    }

    fn is_clear(&self, now: Instant) -> bool {
        self.with(|state| state.is_clear(now)) && !self.is_paused()
    }

    /// Whether the lane answers so soon that an attempt may be recorded before there is a place for it.
    fn is_quick(&self) -> bool {
        self.ahead_max > 0 && self.with(|state| state.took.is_some_and(|took| took <= QUICK))
    }

    /// The lane took so long to answer.
    pub(super) fn took(&self, took: Duration) {
        if self.ahead_max > 0 {
            self.with(|state| state.took = Some(state.took.map_or(took, |before| (before * 7 + took) / 8)));
        }
    }

    /// The lane answered, and not that it wants to be left alone.
    pub(super) fn reached(&self) {
        self.with(|state| state.refused = 0);
        self.answered();
    }

    fn answered(&self) {
        if self.with(|state| std::mem::take(&mut state.unreached)) > 0 {
            tracing::info!(lane = %self.lane, "the lane can be reached again");
        }
    }

    /// The lane could not be reached: the next try waits, longer each time. Sends that were under way together
    /// fail together, and count once.
    pub(super) fn unreachable(&self, leave: &Leave) {
        let unreached = self.with(|state| {
            if leave.given_at >= state.hold_until {
                state.hold_until = Instant::now() + back_off(state.unreached);
                state.unreached = state.unreached.saturating_add(1);
                state.unreached
            } else {
                0
            }
        });
        if unreached == 1 {
            tracing::warn!(lane = %self.lane, "the lane can't be reached; its orders wait in the journal");
        }
    }

    /// The lane asked to be left alone: for as long as it said, or else longer each time. How long that is now.
    pub(super) fn refused(&self, leave: &Leave, retry_after: Option<Duration>) -> Duration {
        self.answered();
        self.with(|state| {
            let now = Instant::now();
            let is_next = leave.given_at >= state.hold_until;
            if is_next || retry_after.is_some_and(|wait| !wait.is_zero()) {
                state.hold_until = state.hold_until.max(now + not_now(retry_after, state.refused));
            }
            state.refused = state.refused.saturating_add(u32::from(is_next));
            state.hold_until.saturating_duration_since(now)
        })
    }

    fn is_tried(&self) -> bool {
        self.with(|state| state.is_tried())
    }

    fn hold_until(&self) -> Instant {
        self.with(|state| state.hold_until)
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How long to leave a lane alone that said *not now* for the `failures`th time in a row: as long as it asked for,
/// within bounds. A lane that asks for nothing, or for no time at all, would be asked without end.
pub(super) fn not_now(retry_after: Option<Duration>, failures: u32) -> Duration {
    let asked = retry_after.filter(|wait| !wait.is_zero());
    asked.map_or_else(|| back_off(failures), |wait| wait.min(HOLD_MAX))
}

/// How long to wait after so many failures in a row: doubling up to a minute, less up to a half by chance,
/// so that many waits don't end at once.
pub(super) fn back_off(failures: u32) -> Duration {
    let full = WAIT_FIRST.saturating_mul(1 << failures.min(16)).min(WAIT_MAX);
    full.mul_f64(1.0 - fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_paused_shadow_gives_no_leave_until_it_is_resumed() {
        let pace = Arc::new(Pace::new(Lane::Gated, 2, true));
        let waiting = tokio::spawn({
            let pace = Arc::clone(&pace);
            async move { pace.leave().await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        pace.pause(false);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn an_unreachable_lane_is_tried_by_one_at_a_time_with_growing_waits() {
        let pace = Pace::new(Lane::Gated, 8, false);
        let mut waits = Vec::new();
        let mut leave = pace.leave().await.unwrap();
        for _ in 0..12 {
            pace.unreachable(&leave);
            drop(leave);
            let before = Instant::now();
            leave = pace.leave().await.unwrap();
            waits.push(before.elapsed());
            assert!(tokio::time::timeout(Duration::from_secs(600), pace.leave()).await.is_err(), "one at a time");
        }
        drop(leave);
        assert!(waits[0] <= WAIT_FIRST + Duration::from_millis(2));
        assert!(waits[11] >= WAIT_MAX / 2 && waits[11] <= WAIT_MAX + Duration::from_millis(2), "{waits:?}");
        pace.reached();
        let both = (pace.leave().await, pace.leave().await);
        assert!(both.0.is_some() && both.1.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn sends_that_fail_together_count_once() {
        let pace = Pace::new(Lane::Gated, 8, false);
        let mut leaves = Vec::new();
        for _ in 0..8 {
            leaves.push(pace.leave().await.unwrap());
        }
        leaves.iter().for_each(|leave| pace.unreachable(leave));
        drop(leaves);
        let before = Instant::now();
        assert!(pace.leave().await.is_some());
        assert!(before.elapsed() <= WAIT_FIRST + Duration::from_millis(2));
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_recorded_ahead_for_a_quick_lane_and_no_more_requests_are_under_way() {
        let pace = Pace::new(Lane::Gated, 2, false).recording_ahead();
        let taken = [(); 2].map(|()| pace.leave_at_once().unwrap());
        assert!(pace.leave_at_once().is_none(), "nobody knows how quick it is");
        pace.took(Duration::from_millis(1));
        let [mut first, mut second] = [(); 2].map(|()| pace.leave_at_once().unwrap());
        assert!(pace.leave_at_once().is_none(), "as many again, and no more");
        assert_eq!(pace.under_way(), 4);
        assert!(tokio::time::timeout(Duration::from_secs(600), pace.place(&mut first)).await.is_err());
        drop(taken);
        assert!(pace.place(&mut first).await && pace.place(&mut first).await);
        assert_eq!(pace.under_way(), 2);
        pace.pause(true);
        assert!(!pace.place(&mut second).await, "paused when its turn came");
        drop((first, second));
        assert_eq!(pace.under_way(), 0);

        pace.pause(false);
        (0..40).for_each(|_| pace.took(Duration::from_millis(200)));
        let _taken = [(); 2].map(|()| pace.leave_at_once().unwrap());
        assert!(pace.leave_at_once().is_none(), "so much later than its attempt no order is to be sent");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_ahead_is_held_back_where_the_lane_is_to_be_left_alone_meanwhile() {
        let pace = Pace::new(Lane::Gated, 1, false).recording_ahead();
        pace.took(Duration::from_millis(1));
        let (taken, mut ahead) = (pace.leave_at_once().unwrap(), pace.leave_at_once().unwrap());
        pace.refused(&taken, Some(Duration::from_secs(7)));
        assert!(pace.leave_at_once().is_none());
        drop(taken);
        assert!(!pace.place(&mut ahead).await);
        drop(ahead);
        let before = Instant::now();
        assert!(pace.leave().await.is_some());
        assert!(before.elapsed() >= Duration::from_secs(7));
    }

    #[test]
    fn a_lane_that_asks_for_no_time_is_not_asked_without_end() {
        for (retry_after, least, most) in [
            (None, WAIT_FIRST / 2, WAIT_FIRST),
            (Some(Duration::ZERO), WAIT_FIRST / 2, WAIT_FIRST),
            (Some(Duration::from_secs(7)), Duration::from_secs(7), Duration::from_secs(7)),
            (Some(Duration::MAX), HOLD_MAX, HOLD_MAX),
        ] {
            let wait = not_now(retry_after, 0);
            assert!((least..=most).contains(&wait), "{retry_after:?} {wait:?}");
        }
        assert!(not_now(Some(Duration::ZERO), 12) >= WAIT_MAX / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_holds_everybody_back() {
        let pace = Pace::new(Lane::Gated, 8, false);
        let (first, second) = (pace.leave().await.unwrap(), pace.leave().await.unwrap());
        assert_eq!(pace.refused(&first, Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(pace.refused(&second, None), Duration::from_secs(7), "it was sent together with the first");
        drop((first, second));
        let before = Instant::now();
        assert!(pace.leave().await.is_some());
        assert!(before.elapsed() >= Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_that_says_not_now_is_asked_by_one_at_a_time_and_less_and_less() {
        let pace = Pace::new(Lane::Gated, 8, false);
        let mut leave = pace.leave().await.unwrap();
        for failures in 0..12 {
            let wait = pace.refused(&leave, None);
            let full = WAIT_FIRST.saturating_mul(1 << failures).min(WAIT_MAX);
            assert!((full / 2..=full).contains(&wait), "{wait:?}");
            drop(leave);
            leave = pace.leave().await.unwrap();
            assert!(tokio::time::timeout(Duration::from_secs(600), pace.leave()).await.is_err(), "one at a time");
        }
        pace.reached();
        assert!(pace.leave().await.is_some());
    }
}
