//! One request to the live lane, and its answer back as it came.

use std::pin::pin;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{COOKIE, HOST, HeaderName, HeaderValue, VIA};
use hyper::http::request::Parts;
use hyper::http::uri::PathAndQuery;
use hyper::{HeaderMap, Request, Response, StatusCode, Uri, Version};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::clock;
use crate::config::{HostHeader, LaneConfig};
use crate::net::{self, Awaited, Body, Client, Progress};
use crate::outcome::Ending;

use super::recorder::Head;

/// The live lane, ready to be sent to.
#[derive(Debug)]
pub(super) struct Live {
    client: Client,
    url: Uri,
    host: HostHeader,
    headers: Vec<(HeaderName, HeaderValue)>,
    answer_wait_max: Duration,
    via: HeaderValue,
}

/// How a send ended.
pub(super) enum Sent {
    /// A head came.
    Answered(Response<Incoming>, Head),
    /// None did.
    Failed(Head),
}

impl Live {
    pub(super) fn new(lane: &LaneConfig, answer_wait_max: Duration, via: HeaderValue) -> Self {
        Self {
            client: net::client(lane.tls(), true),
            url: lane.url.clone(),
            host: lane.host,
            headers: lane.headers.clone(),
            answer_wait_max,
            via,
        }
    }

    /// Sends a request, and waits for the head of the answer. Interim answers go on to where it is `awaited`.
    pub(super) async fn send(&self, parts: Parts, body: Body, awaited: Option<&Awaited>) -> Sent {
        let began = Instant::now();
        let progress = body.progress();
        let sent = match self.request(parts, body) {
            Some(mut request) => {
                if let Some(awaited) = awaited {
                    awaited.pass_on(&mut request);
                }
                within(self.answer_wait_max, self.client.request(request), progress).await
            }
            None => {
                return Sent::Failed(failed(Ending::Refused, "the target can't be put behind the lane's url", began));
            }
        };
        match sent {
            Ok(Ok(response)) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                Sent::Failed(failed(Ending::Garbled, "the lane switched protocols unasked", began))
            }
            Ok(Ok(response)) => {
                let head = Head {
                    ending: Ending::Answered,
                    at: clock::now(),
                    took: clock::span(began.elapsed()),
                    status: Some(response.status().as_u16()),
                    headers: net::withheld(response.headers()),
                    error: None,
                };
                Sent::Answered(response, head)
            }
            Ok(Err(error)) => Sent::Failed(failed(net::ending(&error), &net::chain(&error), began)),
            Err(_) => Sent::Failed(failed(Ending::TimedOut, "no answer within answer_wait_max", began)),
        }
    }

    fn request(&self, parts: Parts, body: Body) -> Option<Request<Body>> {
        let mut headers = net::forwarded(&parts.headers, self.headers.len() + 2);
        if parts.version == Version::HTTP_2 {
            join_cookies(&mut headers);
        }
        self.set_host(&mut headers, &parts.uri);
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        headers.append(VIA, self.via.clone());
        let mut request = Request::new(body);
        *request.method_mut() = parts.method;
        *request.uri_mut() = net::behind(&self.url, parts.uri.path_and_query().map_or("/", PathAndQuery::as_str))?;
        *request.version_mut() = Version::HTTP_11;
        *request.headers_mut() = headers;
        *request.extensions_mut() = parts.extensions;
        Some(request)
    }

    /// HTTP/2 names the host in the request line; HTTP/1.0 may not name one at all.
    fn set_host(&self, headers: &mut HeaderMap, uri: &Uri) {
        let authority = match self.host {
            HostHeader::Keep if headers.contains_key(HOST) => return,
            HostHeader::Keep => uri.authority().or(self.url.authority()),
            HostHeader::Target => self.url.authority(),
        };
        let Some(host) = authority.and_then(|authority| HeaderValue::from_str(authority.as_str()).ok()) else {
            return;
        };
        if headers.contains_key(HOST) {
            headers.insert(HOST, host);
            return;
        }
        // First, where servers expect it (RFC 9110, 7.2).
        let others = std::mem::replace(headers, HeaderMap::with_capacity(headers.keys_len() + 3));
        headers.insert(HOST, host);
        headers.extend(others);
    }
}

/// HTTP/2 may split a cookie over several fields; before HTTP/2 there is but one (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let crumbs: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() > 1
        && let Ok(cookie) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..]))
    {
        headers.insert(COOKIE, cookie);
    }
}

/// Waits for a future, but no longer than `wait_max` after the request's body last moved on.
async fn within<T>(
    wait_max: Duration,
    answer: impl Future<Output = T>,
    progress: Option<Progress>,
) -> Result<T, Elapsed> {
    let mut answer = pin!(answer);
    loop {
        let before = progress.as_ref().map_or(0, Progress::now);
        match timeout(wait_max, answer.as_mut()).await {
            Err(_) if progress.as_ref().is_some_and(|progress| progress.has_moved_on(before)) => {}
            ended => return ended,
        }
    }
}

fn failed(ending: Ending, error: &str, began: Instant) -> Head {
    Head {
        ending,
        at: clock::now(),
        took: clock::span(began.elapsed()),
        status: None,
        headers: Vec::new(),
        error: Some(error.to_owned()),
    }
}
