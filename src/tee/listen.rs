//! The listener: takes connections, and ends them in order.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::serve::Tee;
use crate::net;

/// How long a client may take for the first byte, and then for the head of a request. Storefronts send theirs
/// at once; what trickles is a fault or an attack.
const HEAD_WAIT_MAX: Duration = Duration::from_secs(30);

/// Who has connected so lately is about to ask, and may do so even when the process ends.
const YOUNG: Duration = Duration::from_secs(1);

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
    let ends = Ends { shutdown, abort: CancellationToken::new() };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = ends.shutdown.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(connection(Arc::clone(&tee), stream, graceful.watcher(), ends.clone()));
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
async fn connection(tee: Arc<Tee>, stream: TcpStream, watcher: Watcher, ends: Ends) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a client's connection keeps Nagle's delay");
    }
    let young = Instant::now() + YOUNG;
    let ending = async {
        ends.shutdown.cancelled().await;
        sleep_until(young).await;
    };
    // hyper's own limit begins once it knows the version, from the first bytes. What is only called readable may have none.
    let mut first = [0];
    let begun = tokio::select! {
        biased;
        seen = timeout(HEAD_WAIT_MAX, stream.peek(&mut first)) => matches!(seen, Ok(Ok(1..))),
        () = ending => false,
    };
    if !begun {
        return;
    }
    let (io, interim) = net::client_io(stream);
    let service = service_fn(move |request| {
        let answer = Arc::clone(&tee).answer(request, interim.clone());
        async move { Ok::<_, Infallible>(answer.await) }
    });
    // One that is told to end before its first byte was read would end without an answer: it gets one, and no other.
    let is_last = ends.shutdown.is_cancelled();
    let connection = builder(!is_last).serve_connection(TokioIo::new(io), service).into_owned();
    let served = async { if is_last { connection.await } else { watcher.watch(connection).await } };
    let ended = tokio::select! {
        ended = served => ended,
        () = ends.abort.cancelled() => return,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a client's connection ended early");
    }
}

/// HTTP/1.1 and h2c, the version told by the first bytes; nothing is added to what a lane says.
fn builder(keep_alive: bool) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .keep_alive(keep_alive)
        .half_close(true)
        .preserve_header_case(true)
        .auto_date_header(false)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT_MAX);
    builder.http2().auto_date_header(false).timer(TokioTimer::new());
    builder
}
