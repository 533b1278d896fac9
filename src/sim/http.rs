//! HTTP as the simulated systems speak it: each listens on a free port of loopback, and calls the others
//! over connections of its own. Knows nothing of orders.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::uri::InvalidUri;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::body::ReplyBody;
use super::door::Door;

/// Longest body a simulated system takes, of a request or an answer: a thousand times a common order.
const BODY_BYTES_MAX: usize = 4 << 20;

/// How long open requests may take after the end was asked for, before their connections are dropped.
const STOP_MAX: Duration = Duration::from_secs(1);

/// How long, by the machine's clock, a system waits for another one where no plan says it. Only a fault makes any of them
/// slow.
pub(super) const CALL_MAX: Duration = Duration::from_secs(30);

/// Idle connections kept towards one system: more than any has requests in hand but in a flood, which opens new ones.
const IDLE_MAX: usize = 256;

/// A request, its body read whole.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Cancelled when the connection is cut: whatever is answered then, nobody hears it.
    pub(super) cut: CancellationToken,
}

impl Received {
    /// A header's value, where it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What a system answers.
pub(super) type Reply = Response<ReplyBody>;

/// A system that answers requests.
pub(super) trait System: Send + Sync + 'static {
    /// Answers one request. A system that never wants to must still return once its token is cancelled.
    fn answer(self: Arc<Self>, request: Received) -> impl Future<Output = Reply> + Send;
}

/// A listening system. It ends when its token is cancelled.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Running {
    /// Waits until the system has ended and every one of its connections is closed.
    pub async fn ended(self) {
        // A panic in the accepting task has ended it too.
        let _ended = self.accepting.await;
    }
}

/// Listens on a free port of loopback and lets `system` answer until `end` is cancelled.
///
/// # Errors
/// When no port can be had.
pub(super) async fn serve<S: System>(system: Arc<S>, end: CancellationToken) -> io::Result<Running> {
    serve_behind(Door::default(), system, end).await
}

/// As [`serve`]; connections come and go as `door` lets them.
///
/// # Errors
/// When no port can be had.
pub(super) async fn serve_behind<S: System>(door: Door, system: Arc<S>, end: CancellationToken) -> io::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    let accepting = tokio::spawn(accept(listener, door, system, end));
    Ok(Running { addr, accepting })
}

async fn accept<S: System>(listener: TcpListener, door: Door, system: Arc<S>, end: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = end.cancelled() => break,
            Some(_closed) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Dropped, a stream is closed.
                    if let Some(cut) = door.enter() {
                        connections.spawn(connection(stream, Arc::clone(&system), cut, end.clone()));
                    }
                }
                // Out of file descriptors: give the connections that are open a chance to close.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection<S: System>(stream: TcpStream, system: Arc<S>, cut: CancellationToken, end: CancellationToken) {
    // Without it Nagle and delayed acknowledgements cost 40 ms now and then; the connection works all the same.
    let _slower = stream.set_nodelay(true);
    let asked = cut.clone();
    let service = service_fn(move |request| respond(Arc::clone(&system), request, asked.clone()));
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = pin!(serving);
    tokio::select! {
        // Before anything else, so that nothing is answered after a cut.
        biased;
        () = cut.cancelled() => return,
        _closed = serving.as_mut() => return,
        () = end.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    let _cut = tokio::time::timeout(STOP_MAX, serving).await;
}

async fn respond<S: System>(
    system: Arc<S>,
    request: Request<Incoming>,
    cut: CancellationToken,
) -> Result<Reply, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        return Ok(refusal(StatusCode::PAYLOAD_TOO_LARGE, "BODY", "the body is too long, or was cut"));
    };
    let body = body.to_bytes();
    let request = Received { method: head.method, uri: head.uri, headers: head.headers, body, cut };
    Ok(system.answer(request).await)
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(ReplyBody::whole(body.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

/// A refusal as integrations word it: `{"error":{"code":…,"message":…}}`.
pub(super) fn refusal(status: StatusCode, code: &str, message: &str) -> Reply {
    json(status, serde_json::json!({ "error": { "code": code, "message": message } }).to_string())
}

/// Why a call got no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No connection, or it broke.
    #[error("the connection failed")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer within the time.
    #[error("no answer in time")]
    TimedOut,
    /// There is no such address.
    #[error("call an address")]
    Address(#[from] InvalidUri),
}

impl CallError {
    /// Whether nobody listened there.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let Self::Connection(error) = self else { return false };
        let first: &(dyn std::error::Error + 'static) = error.as_ref();
        let mut causes = std::iter::successors(Some(first), |error| error.source());
        causes.any(|cause| {
            cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        })
    }
}

/// Calls other systems over keep-alive connections.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    client: Client<HttpConnector, Full<Bytes>>,
}

/// An answer, its body read whole.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Caller {
    pub(super) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(IDLE_MAX)
            .build(connector);
        Self { client }
    }

    /// Posts `body` and reads the answer whole, waiting so long by the machine's clock.
    ///
    /// # Errors
    /// When no whole answer comes within `wait`, or none of a size that is taken.
    pub(super) async fn post(
        &self,
        uri: Uri,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Bytes,
        wait: Duration,
    ) -> Result<Answered, CallError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        request.headers_mut().extend(headers);
        request.headers_mut().entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        self.call(request, wait).await
    }

    /// Gets `uri` and reads the answer whole, waiting so long by the machine's clock.
    ///
    /// # Errors
    /// When `uri` is none, or no whole answer comes within `wait`, or none of a size that is taken.
    pub(super) async fn get(&self, uri: &str, wait: Duration) -> Result<Answered, CallError> {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = uri.parse()?;
        self.call(request, wait).await
    }

    async fn call(&self, request: Request<Full<Bytes>>, wait: Duration) -> Result<Answered, CallError> {
        let whole = async {
            let (head, body) = self.client.request(request).await.map_err(failed)?.into_parts();
            let body = Limited::new(body, BODY_BYTES_MAX).collect().await.map_err(failed)?.to_bytes();
            Ok(Answered { status: head.status, headers: head.headers, body })
        };
        tokio::time::timeout(wait, whole).await.map_err(|_| CallError::TimedOut)?
    }
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> CallError {
    CallError::Connection(error.into())
}
