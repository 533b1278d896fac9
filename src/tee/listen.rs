//! The listener: takes connections, and ends them in order.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::descriptors::clients_max;
use super::held::Held;
use super::room::{Room, Seat};
use super::serve::Tee;
use crate::net;

/// Streams of one HTTP/2 connection. Each is a request, and waits for its turn like those of other clients.
const STREAMS_MAX: u32 = 128;

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
                let seat = tokio::select! {
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
    let begun = tokio::select! {
        biased;
        readable = stream.readable() => readable.is_ok(),
        () = ends.shutdown.cancelled() => false,
        () = &mut left => false,
    };
    if !begun {
        return;
    }
    let (io, interim) = net::client_io(stream);
    let io = TokioIo::new(net::Patience::new(io, limits.body_wait_max));
    let service = service_fn(move |request| {
        let answering = seat.answering();
        let answer = Arc::clone(&tee).answer(request, interim.clone());
        async move {
            let answering = answering.in_turn().await;
            Ok::<_, Infallible>(answer.await.map(|body| Held::new(body, answering)))
        }
    });
    let connection = builder(limits.head_wait_max).serve_connection(io, service).into_owned();
    let ended = tokio::select! {
        ended = watcher.watch(connection) => ended,
        () = ends.abort.cancelled() => return,
        () = &mut left => return,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a client's connection ended early");
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
