//! A small client for observers: one request with a cap on the answer's body and on the time, over http or https.
//! Follows no redirect, asks for no compression, and never sends a request twice by itself.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use jiff::Timestamp;
use rustls::ClientConfig;

use super::{ClientError, chain, ending, tls};
use crate::clock;
use crate::outcome::Ending;

/// How long an unused connection is kept. Shorter than the keep-alive time of any common server (5 s in
/// Node.js), so that no request meets a connection that the server is just closing.
const IDLE_MAX: Duration = Duration::from_secs(2);

/// A client for observers. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The method.
    pub method: Method,
    /// Where: `http` or `https`.
    pub url: Uri,
    /// Header fields beside those that HTTP itself needs.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body; empty: none.
    pub body: Bytes,
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// HTTP status.
    pub status: StatusCode,
    /// Header fields.
    pub headers: HeaderMap,
    /// The raw body.
    pub body: Bytes,
    /// Just before the request was given to the connection, on this machine's clock.
    pub sent_at: Timestamp,
    /// When the head of the answer came.
    pub received_at: Timestamp,
}

/// Why there is no answer, or none that can be used.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No connection: not a byte was sent.
    #[error("connect: {0}")]
    Refused(String),
    /// The server can't prove who it is: not a byte was sent.
    #[error(
        "trust the certificate of {host}: {why}; where its CA is your own, put the CA's certificate as PEM into a file \
         and name that in `tls = {{ ca = … }}`, or in SSL_CERT_FILE"
    )]
    Certificate {
        /// Whose.
        host: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing, or not all, within the time.
    #[error("get an answer: not whole after {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The body is longer than the cap.
    #[error("read the answer: its body is longer than {0} bytes")]
    TooLarge(usize),
    /// The connection broke before the answer was whole.
    #[error("get an answer: the connection broke: {0}")]
    Broken(String),
    /// What came back is no HTTP.
    #[error("read the answer: no HTTP: {0}")]
    Garbled(String),
}

impl Default for Fetcher {
    fn default() -> Self {
        Self::new()
    }
}

impl Fetcher {
    /// A client with a pool of its own, which believes the certificates that this machine does.
    #[must_use]
    pub fn new() -> Self {
        Self::over(tls::system())
    }

    /// A client with a pool of its own, over this TLS.
    #[must_use]
    pub fn over(tls: Arc<ClientConfig>) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .build(connector(tls));
        Self { client }
    }

    /// Sends `ask`. The answer's body may have `bytes_max` bytes; the last of them must be here within `wait_max`.
    ///
    /// # Errors
    /// When there is no whole answer of that size in that time. Any status is an answer.
    pub async fn fetch(&self, ask: &Ask, bytes_max: usize, wait_max: Duration) -> Result<Fetched, FetchError> {
        let request = request(ask)?;
        let answer = async {
            let sent_at = clock::now();
            let response = self.client.request(request).await.map_err(|error| classed(&error, &ask.url))?;
            let received_at = clock::now();
            let (head, body) = response.into_parts();
            let body = read(body, bytes_max).await?;
            Ok(Fetched { status: head.status, headers: head.headers, body, sent_at, received_at })
        };
        tokio::time::timeout(wait_max, answer).await.unwrap_or(Err(FetchError::TimedOut(wait_max)))
    }
}

impl Fetched {
    /// The answer's `Date`, which servers cut to the second (RFC 9110, 6.6.1); `None` for an answer
    /// from a cache (RFC 9111, 5.1), whose date is old.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        let cached = self.headers.get("age").is_some_and(|age| age != "0");
        let date = self.headers.get(DATE).filter(|_| !cached)?.to_str().ok()?;
        Timestamp::try_from(httpdate::parse_http_date(date).ok()?).ok()
    }

    /// How long `Retry-After` asks to wait, in seconds or as an HTTP date (RFC 9110, 10.2.3). A date is
    /// on the server's clock, so it counts from the answer's `Date` where there is one.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()?;
        let wait = until.duration_since(self.date().unwrap_or(self.received_at));
        Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
    }
}

impl Ask {
    /// A GET without a body.
    #[must_use]
    pub const fn get(url: Uri, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self { method: Method::GET, url, headers, body: Bytes::new() }
    }
}

/// Where connections come from. HTTP/1.1 only: there a connection has one request at a time, so that few connections
/// are few requests, and every ledger speaks it.
#[must_use]
pub fn connector(tls: Arc<ClientConfig>) -> HttpsConnector<HttpConnector> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.enforce_http(false);
    let tls = Arc::unwrap_or_clone(tls);
    HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(connector)
}

fn request(ask: &Ask) -> Result<Request<Full<Bytes>>, FetchError> {
    if ask.url.host().is_none() {
        return Err(FetchError::Refused(format!("`{}` names no host", ask.url)));
    }
    let mut request = Request::new(Full::new(ask.body.clone()));
    *request.method_mut() = ask.method.clone();
    *request.uri_mut() = ask.url.clone();
    for (name, value) in &ask.headers {
        request.headers_mut().append(name, value.clone());
    }
    Ok(request)
}

/// The whole body, refused as soon as it is known to be too long.
async fn read(mut body: Incoming, bytes_max: usize) -> Result<Bytes, FetchError> {
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(FetchError::TooLarge(bytes_max));
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| in_body(&error))?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > bytes_max {
            return Err(FetchError::TooLarge(bytes_max));
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

fn classed(error: &ClientError, url: &Uri) -> FetchError {
    if let Some(certificate) = certificate(error) {
        let host = url.authority().map(ToString::to_string).unwrap_or_default();
        return FetchError::Certificate { host, why: certificate.to_string() };
    }
    let why = chain(error);
    match ending(error) {
        Ending::Refused => FetchError::Refused(why),
        Ending::Garbled => FetchError::Garbled(why),
        _ => FetchError::Broken(why),
    }
}

/// What was wrong with a certificate.
fn certificate<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::CertificateError> {
    match tls::cause(error)? {
        rustls::Error::InvalidCertificate(why) => Some(why),
        _ => None,
    }
}

fn in_body(error: &hyper::Error) -> FetchError {
    if error.is_parse() { FetchError::Garbled(chain(error)) } else { FetchError::Broken(chain(error)) }
}

#[cfg(test)]
mod tests;
