//! How many clients may be connected at once, and who leaves where there is no room. It never ends a connection on which a
//! request is being answered.
//!
//! Without room nobody is refused: who comes next waits in the system's queue, as behind any busy server, and a storefront
//! doesn't learn of it. Room is made by those that have been silent longest: kept alive for a next request, or still at their
//! first head. So slow clients, however many, hold up nobody for longer than [`SILENT_MIN`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long a client must have been silent before it makes room: a request takes less to come once its connection stands, and
/// whoever is cut off between two requests connects again.
const SILENT_MIN: Duration = Duration::from_secs(1);

/// From one look for a silent client to the next.
const LOOK: Duration = Duration::from_millis(50);

/// How often it is told that there is no room.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Room for so many clients.
#[derive(Debug)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    /// Requests that may be on their way to the live lane. A client of HTTP/1.1 has one at a time, so that only streams of
    /// HTTP/2 ever wait for it.
    turns: Arc<Semaphore>,
    max: usize,
    began: Instant,
    seats: Mutex<HashMap<u64, Arc<Guest>>>,
    next: AtomicU64,
    /// When it was told last that there is none, in milliseconds since the beginning and one more.
    told_at: AtomicU64,
}

/// A client that is connected.
#[derive(Debug)]
struct Guest {
    /// Requests that are being answered.
    requests: AtomicUsize,
    /// Since when there are none, in milliseconds since the beginning.
    silent_since: AtomicU64,
    leave: CancellationToken,
}

/// A client's place; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    room: Arc<Room>,
    number: u64,
    guest: Arc<Guest>,
    _free: Option<OwnedSemaphorePermit>,
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Answering {
    room: Arc<Room>,
    guest: Arc<Guest>,
    turn: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))),
            turns: Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))),
            max,
            began: Instant::now(),
            seats: Mutex::default(),
            next: AtomicU64::new(0),
            told_at: AtomicU64::new(0),
        })
    }

    /// A place for a client that has come, as soon as there is one.
    pub(super) async fn seat(self: &Arc<Self>) -> Seat {
        let free = loop {
            if let Ok(free) = Arc::clone(&self.free).try_acquire_owned() {
                break Some(free);
            }
            self.tell();
            self.make_room();
            if let Ok(free) = timeout(LOOK, Arc::clone(&self.free).acquire_owned()).await {
                break free.ok();
            }
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let guest = Arc::new(Guest {
            requests: AtomicUsize::new(0),
            silent_since: AtomicU64::new(self.now()),
            leave: CancellationToken::new(),
        });
        self.seats().insert(number, Arc::clone(&guest));
        Seat { room: Arc::clone(self), number, guest, _free: free }
    }

    /// Asks the client to leave that has been silent longest, if any has been for long enough.
    fn make_room(&self) {
        let now = self.now();
        let silent_min = u64::try_from(SILENT_MIN.as_millis()).unwrap_or(u64::MAX);
        let seats = self.seats();
        let silent = seats.values().filter(|guest| {
            guest.requests.load(Ordering::Acquire) == 0
                && now.saturating_sub(guest.silent_since.load(Ordering::Relaxed)) >= silent_min
                && !guest.leave.is_cancelled()
        });
        if let Some(guest) = silent.min_by_key(|guest| guest.silent_since.load(Ordering::Relaxed)) {
            guest.leave.cancel();
        }
    }

    fn tell(&self) {
        let (now, told_at) = (self.now(), self.told_at.load(Ordering::Relaxed));
        let every = u64::try_from(TELL_EVERY.as_millis()).unwrap_or(u64::MAX);
        if told_at == 0 || now.saturating_sub(told_at - 1) >= every {
            self.told_at.store(now + 1, Ordering::Relaxed);
            tracing::warn!(
                connections_max = self.max,
                "no room for another client: the longest silent ones leave, others wait to be accepted"
            );
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn seats(&self) -> MutexGuard<'_, HashMap<u64, Arc<Guest>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Ends when the client is to leave, or has been silent for so long. hyper looks at heads of HTTP/1.1 alone: neither at the
    /// first bytes, by which it tells versions apart, nor at HTTP/2.
    pub(super) fn ended(&self, silent_max: Duration) -> impl Future<Output = ()> + Send + 'static {
        let (room, guest) = (Arc::clone(&self.room), Arc::clone(&self.guest));
        async move {
            loop {
                let silent = room.now().saturating_sub(guest.silent_since.load(Ordering::Relaxed));
                let left = silent_max.saturating_sub(Duration::from_millis(silent));
                let (leaves, answers) = (guest.leave.is_cancelled(), guest.requests.load(Ordering::Acquire) > 0);
                // A request may have come since it was asked to leave: that is answered first.
                let wait = match (answers, leaves) {
                    (false, true) => return,
                    (false, false) if left.is_zero() => return,
                    (false, false) => left,
                    (true, true) => LOOK,
                    (true, false) => silent_max,
                };
                tokio::select! {
                    () = sleep(wait) => {}
                    () = guest.leave.cancelled(), if !leaves => {}
                }
            }
        }
    }

    /// A request has come, and is answered until the returned guard goes.
    pub(super) fn answering(&self) -> Answering {
        self.guest.requests.fetch_add(1, Ordering::AcqRel);
        Answering { room: Arc::clone(&self.room), guest: Arc::clone(&self.guest), turn: None }
    }
}

impl Answering {
    /// The same, once it may go to the live lane.
    pub(super) async fn in_turn(mut self) -> Self {
        self.turn = Arc::clone(&self.room.turns).acquire_owned().await.ok();
        self
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.seats().remove(&self.number);
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.guest.silent_since.store(self.room.now(), Ordering::Relaxed);
        self.guest.requests.fetch_sub(1, Ordering::AcqRel);
    }
}
