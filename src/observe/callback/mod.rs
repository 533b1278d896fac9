//! `POST /v1/outcomes`: sources tell what became of orders, as CloudEvents.
//!
//! **All or none.** A request is kept whole, or, where one of its events is bad, not at all: a source that gets an error
//! sends the whole request again, and a watermark must not stand where commits that it speaks of were left out. Known
//! facts are recognised by source and id, so that sending again costs nothing; where such a fact comes with another document,
//! the first stays, and where it is about another order or document number, it is refused. 2xx is said once everything is
//! durable.
//!
//! **In the journal.** Events are recorded in their order, watermarks behind all commits of the request, some hundreds
//! at a time and one request after the other: orders wait for the same writer, and must not wait behind ten thousand rows.
//! A crash in between leaves the first of them, which prove nothing more than they say.
//!
//! Nothing here may block the tasks that carry orders: parsing, digests and look-ups run on threads of their own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body as _;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::config::Admin;
use crate::journal::Journal;
use crate::net::Guard;

mod answer;
mod batch;
mod keep;

#[cfg(test)]
mod tests;

use answer::{Kept, Refusal};
use batch::Form;
use keep::Keeper;

/// Where sources post to.
pub const PATH: &str = "/v1/outcomes";

/// How long a body may take: 16 MiB at 2 Mbit/s. What is slower holds up others.
const BODY_WAIT_MAX: Duration = Duration::from_mins(1);

/// How long a request waits for others, and for the journal, before the source is told to come again.
const JOURNAL_WAIT_MAX: Duration = Duration::from_secs(10);

/// So many of the longest bodies are held at once.
const BODIES_MAX: usize = 4;

/// In what room for bodies is counted, so that any limit fits a semaphore.
const ROOM_BYTES: usize = 1 << 10;

/// What the handler works with.
struct Callbacks {
    guard: Guard,
    journal: Journal,
    body_bytes_max: usize,
    events_max: usize,
    /// Room for bodies.
    room: Arc<Semaphore>,
    /// One request is recorded after the other.
    keeper: Arc<Mutex<Keeper>>,
}

/// The routes. What is being recorded when `stop` comes stays without an answer.
pub fn router(journal: Journal, admin: &Admin, stop: CancellationToken) -> Router {
    let rooms = (admin.body_bytes_max / ROOM_BYTES + 1).saturating_mul(BODIES_MAX).min(Semaphore::MAX_PERMITS);
    let callbacks = Callbacks {
        guard: Guard::new(admin),
        journal: journal.clone(),
        body_bytes_max: admin.body_bytes_max,
        events_max: admin.events_max,
        room: Arc::new(Semaphore::new(rooms)),
        keeper: Arc::new(Mutex::new(Keeper::new(journal, stop))),
    };
    Router::new().route(PATH, post(take)).with_state(Arc::new(callbacks))
}

async fn take(State(callbacks): State<Arc<Callbacks>>, request: Request) -> Response {
    match callbacks.take(request).await {
        Ok(kept) => kept.into_response(),
        Err(refusal) => {
            tracing::debug!(%refusal, "a request to {PATH} was refused");
            refusal.into_response()
        }
    }
}

impl Callbacks {
    async fn take(&self, request: Request) -> Result<Kept, Refusal> {
        self.guard.check(request.headers())?;
        let form = Form::of(request.headers())?;
        if !self.journal.is_healthy() {
            return Err(Refusal::Unavailable);
        }
        let (body, room) = self.gather(request).await?;
        let (events_max, now) = (self.events_max, clock::now());
        let read = tokio::task::spawn_blocking(move || batch::read(form, &body, events_max, now));
        let records = read.await.map_err(|_| Refusal::Unavailable)??;
        let until = Instant::now() + JOURNAL_WAIT_MAX;
        let turn = timeout_at(until, Arc::clone(&self.keeper).lock_owned());
        let mut keeper = turn.await.map_err(|_| Refusal::Unavailable)?;
        let runtime = tokio::runtime::Handle::current();
        // It goes on where its client goes away, and the next one waits: the keeper then knows all that was recorded.
        let keep = tokio::task::spawn_blocking(move || {
            let _held = room;
            keeper.keep(records, &runtime)
        });
        timeout_at(until, keep).await.map_err(|_| Refusal::Unavailable)?.map_err(|_| Refusal::Unavailable)?
    }

    /// The whole body, and the room that it takes.
    async fn gather(&self, request: Request) -> Result<(Bytes, OwnedSemaphorePermit), Refusal> {
        let too_large = Refusal::TooLarge { bytes_max: self.body_bytes_max };
        let body = request.into_body();
        let size = body.size_hint();
        if size.lower() > self.body_bytes_max as u64 {
            return Err(too_large);
        }
        let size = size.upper().and_then(|upper| usize::try_from(upper).ok()).unwrap_or(self.body_bytes_max);
        let rooms = u32::try_from(size.min(self.body_bytes_max) / ROOM_BYTES + 1).unwrap_or(u32::MAX);
        let room = timeout(JOURNAL_WAIT_MAX, Arc::clone(&self.room).acquire_many_owned(rooms));
        let room = room.await.ok().and_then(Result::ok).ok_or(Refusal::Unavailable)?;
        let gathered = timeout(BODY_WAIT_MAX, Limited::new(body, self.body_bytes_max).collect());
        match gathered.await {
            Ok(Ok(body)) => Ok((body.to_bytes(), room)),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large),
            Ok(Err(_)) => Err(Refusal::Broken),
            Err(_) => Err(Refusal::Slow),
        }
    }
}
