//! The listener: takes connections, and ends them in order.

use std::convert::Infallible;
use std::error::Error;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::descriptors::clients_max;
use super::held::Held;
use super::room::{Room, Seat};
use super::serve::Tee;
use crate::net::{self, Interim};

/// Streams of one HTTP/2 connection. Each is a request, and waits for its turn like those of other clients.
const STREAMS_MAX: u32 = 128;

/// How long a client that connected just before a shutdown may take to send its first request: it means to, or it would not
/// have connected.
const LATE_WAIT_MAX: Duration = Duration::from_secs(1);

/// After a failed accept (out of descriptors), so that the listener doesn't spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long orders may take to be recorded after their clients were cut off at the end of the process. What
/// still waits for the live lane then stays unknown.
const ABORT_WAIT_MAX: Duration = Duration::from_millis(500);

/// When connections end before their clients do.
#[derive(Clone)]
struct Ends {
    /// What waits for its first byte ends.
    shutdown: CancellationToken,
    /// Everything ends.
    abort: CancellationToken,
}

/// Serves until `shutdown`; then stops accepting and finishes what clients wait for, within `shutdown_max`.
pub async fn serve(tee: Arc<Tee>, listener: TcpListener, shutdown: CancellationToken, shutdown_max: Duration) {
    let graceful = GracefulShutdown::new();
    let room = Room::new(clients_max(tee.limits().connections_max));
    let ends = Ends { shutdown, abort: CancellationToken::new() };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = ends.shutdown.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                // Who was accepted is served where there is room, also when the end has begun.
                let seat = tokio::select! {
                    biased;
                    seat = room.seat() => seat,
                    () = ends.shutdown.cancelled() => break,
                };
                tokio::spawn(connection(Arc::clone(&tee), stream, seat, graceful.watcher(), ends.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    tee.orders.close();
    let finish = async {
        graceful.shutdown().await;
        tee.orders.wait().await;
    };
    if timeout(shutdown_max, finish).await.is_err() {
        tracing::warn!("clients or orders still waited after shutdown_max; their connections are closed");
        ends.abort.cancel();
        let _unknown_to_the_journal = timeout(ABORT_WAIT_MAX, tee.orders.wait()).await;
    }
}

/// Serves one client to its end.
async fn connection(tee: Arc<Tee>, stream: TcpStream, seat: Seat, watcher: Watcher, ends: Ends) {
    let limits = tee.limits();
    let left = seat.ended(limits.head_wait_max);
    tokio::pin!(left);
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a client's connection keeps Nagle's delay");
    }
    // hyper's own limit begins once it knows the version, from the first bytes.
    let late = async {
        ends.shutdown.cancelled().await;
        timeout(LATE_WAIT_MAX, stream.readable()).await
    };
    let begun = tokio::select! {
        biased;
        readable = stream.readable() => readable.is_ok(),
        readable = late => matches!(readable, Ok(Ok(()))),
        () = &mut left => false,
    };
    if !begun {
        return;
    }
    let patience = limits.body_wait_max;
    match tee.tls() {
        None => {
            let (io, interim) = net::client_io(stream);
            let io = TokioIo::new(net::Patience::new(io, patience));
            http(tee, io, (seat, left), interim, &ends).await;
        }
        Some(tls) => {
            let agreed = tokio::select! {
                agreed = timeout(limits.head_wait_max, TlsAcceptor::from(tls).accept(stream)) => agreed,
                () = &mut left => return,
            };
            match agreed {
                Ok(Ok(stream)) => {
                    let io = TokioIo::new(net::Patience::new(stream, patience));
                    http(tee, io, (seat, left), Interim::none(), &ends).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, "a client and the tee could not agree on TLS"),
                Err(_) => tracing::debug!("a client did not come to an end with TLS in time"),
            }
        }
    }
    drop(watcher);
}

/// Serves the requests of one connection, until its seat is wanted.
async fn http<I>(
    tee: Arc<Tee>,
    io: I,
    (seat, left): (Seat, Pin<&mut impl Future<Output = ()>>),
    interim: Interim,
    ends: &Ends,
) where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let limits = tee.limits();
    let first = Arc::new(First::default());
    let seen = Arc::clone(&first);
    let service = service_fn(move |request| {
        seen.came();
        let answering = seat.answering();
        let answer = Arc::clone(&tee).answer(request, interim.clone());
        async move {
            let answering = answering.in_turn().await;
            Ok::<_, Infallible>(answer.await.map(|body| Held::new(body, answering)))
        }
    });
    let connection = builder(limits.head_wait_max).serve_connection(io, service).into_owned();
    serve_one(connection, &first, left, ends).await;
}

/// Serves a connection to its end. At a shutdown it ends after the answer that is awaited; one that has just begun has its
/// first request read before: hyper would drop it with the order in it.
async fn serve_one<C>(connection: C, first: &First, mut left: Pin<&mut impl Future<Output = ()>>, ends: &Ends)
where
    C: GracefulConnection<Error = Box<dyn Error + Send + Sync>>,
{
    let mut connection = pin!(connection);
    let mut closing = pin!(async {
        ends.shutdown.cancelled().await;
        _ = timeout(LATE_WAIT_MAX, first.wait()).await;
    });
    let mut is_closing = false;
    let ended = loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => break ended,
            () = closing.as_mut(), if !is_closing => {
                is_closing = true;
                connection.as_mut().graceful_shutdown();
            }
            () = ends.abort.cancelled() => return,
            () = left.as_mut() => return,
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a client's connection ended early");
    }
}

/// Whether a connection's first request has come.
#[derive(Debug, Default)]
struct First {
    came: AtomicBool,
    told: Notify,
}

impl First {
    fn came(&self) {
        if !self.came.swap(true, Ordering::Relaxed) {
            self.told.notify_one();
        }
    }

    async fn wait(&self) {
        if !self.came.load(Ordering::Relaxed) {
            self.told.notified().await;
        }
    }
}

/// HTTP/1.1 and h2c, the version told by the first bytes; nothing is added to what a lane says.
fn builder(head_wait_max: Duration) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .half_close(true)
        .preserve_header_case(true)
        .auto_date_header(false)
        .timer(TokioTimer::new())
        .header_read_timeout(head_wait_max);
    builder.http2().auto_date_header(false).timer(TokioTimer::new()).max_concurrent_streams(STREAMS_MAX);
    builder
}
