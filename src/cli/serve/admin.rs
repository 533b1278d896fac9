//! The admin port: takes a bounded number of connections, says whether the process lives and the journal takes rows, and has the
//! dashboard.
//!
//! It shares the runtime with the tee and must never hold it up: what takes long belongs to threads of its own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::audit::live::Watch;
use crate::config::Admin;
use crate::dashboard::{self, Gauges, Look, Parts, metrics};
use crate::intake::Counts;
use crate::journal::Journal;
use crate::net::Guard;
use crate::shadow::Shadow;

/// Connections at once: a page that is open has one for events, and another one now and then. Others wait to be accepted.
const CONNECTIONS_MAX: usize = 1_024;

/// How long the head of a request may take, and how long a connection may be idle.
const HEAD_WAIT_MAX: Duration = Duration::from_secs(30);

/// After a failed accept (out of descriptors), so that the listener doesn't spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Longest head of a request, and how much of a connection is read ahead.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// What every answer says to a browser: nothing is loaded, framed, guessed, kept or told to others. A page that needs more
/// says so itself.
const HEADERS: [(HeaderName, HeaderValue); 7] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// When connections end before their clients do.
struct Ends {
    /// What waits for its first byte ends.
    shutdown: CancellationToken,
    /// Everything ends.
    abort: CancellationToken,
}

/// `GET /healthz`: 200 while the process lives. `GET /readyz`: 200 while the journal takes rows.
pub(super) fn health(journal: Journal) -> Router {
    Router::new().route("/healthz", get("alive\n")).route("/readyz", get(ready)).with_state(journal)
}

async fn ready(State(journal): State<Journal>) -> (StatusCode, &'static str) {
    if journal.is_healthy() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the journal takes no rows; the log says why\n")
    }
}

/// What the dashboard asks of the sidecar: whether the shadow is paused, what it has in hand, requests as they were counted.
pub(super) fn look(shadow: &Arc<Shadow>, counts: &Arc<Counts>) -> Look {
    let (shadow, counts) = (Arc::clone(shadow), Arc::clone(counts));
    Arc::new(move || {
        let load = *shadow.load.borrow();
        Gauges {
            paused: shadow.pace.is_paused(),
            sending: shadow.pace.under_way(),
            held: load.held,
            lagging: load.lagging,
            counts: counts.snapshot(),
        }
    })
}

/// The dashboard and the metrics; streams of events end with `stop`.
pub(super) fn dashboard(
    admin: &Admin,
    journal: &Journal,
    look: Look,
    watch: Watch,
    stop: &CancellationToken,
) -> Router {
    let guard = Guard::new(admin);
    let of_metrics = metrics::Parts {
        watch: watch.clone(),
        journal: journal.clone(),
        guard: guard.clone(),
        look: Some(Arc::clone(&look)),
    };
    let pages = Parts { watch, journal: journal.clone(), guard, look: Some(look), stop: stop.clone() };
    dashboard::router(pages).merge(metrics::router(of_metrics))
}

async fn secured(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// Serves until `shutdown`; then stops accepting, and finishes what clients wait for within `shutdown_max`.
pub(super) async fn serve(
    router: Router,
    (listener, tls): (TcpListener, Option<Arc<rustls::ServerConfig>>),
    shutdown: CancellationToken,
    shutdown_max: Duration,
) {
    let tls = tls.map(TlsAcceptor::from);
    let router = router.layer(map_response(secured));
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let abort = CancellationToken::new();
    loop {
        let accepting = async {
            let room = Arc::clone(&connections).acquire_owned().await;
            (room, listener.accept().await)
        };
        let (room, accepted) = tokio::select! {
            accepted = accepting => accepted,
            () = shutdown.cancelled() => break,
        };
        match (room, accepted) {
            (Ok(room), Ok((stream, _))) => {
                let ends = Ends { shutdown: shutdown.clone(), abort: abort.clone() };
                tokio::spawn(connection(router.clone(), (stream, tls.clone()), graceful.watcher(), ends, room));
            }
            (_, Err(error)) => {
                tracing::warn!(%error, "a connection to the admin port could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
            (Err(_), _) => break,
        }
    }
    drop(listener);
    if timeout(shutdown_max, graceful.shutdown()).await.is_err() {
        tracing::warn!("the admin port's clients still waited after shutdown_max; their connections are closed");
    }
    abort.cancel();
}

async fn connection(
    router: Router,
    (stream, tls): (TcpStream, Option<TlsAcceptor>),
    watcher: Watcher,
    ends: Ends,
    _room: OwnedSemaphorePermit,
) {
    // hyper would wait for the first byte however gracefully it is told to end.
    let begun = tokio::select! {
        biased;
        readable = timeout(HEAD_WAIT_MAX, stream.readable()) => matches!(readable, Ok(Ok(()))),
        () = ends.shutdown.cancelled() => false,
    };
    if !begun {
        return;
    }
    match tls {
        None => http(router, TokioIo::new(stream), watcher, ends).await,
        Some(tls) => match timeout(HEAD_WAIT_MAX, tls.accept(stream)).await {
            Ok(Ok(stream)) => http(router, TokioIo::new(stream), watcher, ends).await,
            Ok(Err(error)) => tracing::debug!(%error, "a client and the admin port could not agree on TLS"),
            Err(_) => tracing::debug!("a client of the admin port did not come to an end with TLS in time"),
        },
    }
}

/// Serves the requests of one connection.
async fn http<I>(router: Router, io: I, watcher: Watcher, ends: Ends)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WAIT_MAX).max_buf_size(HEAD_BYTES_MAX);
    let connection = builder.serve_connection(io, TowerToHyperService::new(router));
    if let Some(Err(error)) = ends.abort.run_until_cancelled(watcher.watch(connection)).await {
        tracing::debug!(%error, "a connection to the admin port ended early");
    }
}
