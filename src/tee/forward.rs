//! One request to the live lane, and its answer back as it came.

use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{HOST, HeaderName, HeaderValue, VIA};
use hyper::http::request::Parts;
use hyper::http::uri::PathAndQuery;
use hyper::{HeaderMap, Request, Response, StatusCode, Uri, Version};
use tokio::time::timeout;

use crate::clock;
use crate::config::{HostHeader, LaneConfig};
use crate::net::{self, Body, Client};
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
            client: net::client(),
            url: lane.url.clone(),
            host: lane.host,
            headers: lane.headers.clone(),
            answer_wait_max,
            via,
        }
    }

    /// Sends a request, and waits for the head of the answer.
    pub(super) async fn send(&self, parts: Parts, body: Body) -> Sent {
        let began = Instant::now();
        let sent = match self.request(parts, body) {
            Some(request) => timeout(self.answer_wait_max, self.client.request(request)).await,
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
                    took: began.elapsed(),
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
        if let Some(host) = authority.and_then(|authority| HeaderValue::from_str(authority.as_str()).ok()) {
            headers.insert(HOST, host);
        }
    }
}

fn failed(ending: Ending, error: &str, began: Instant) -> Head {
    Head {
        ending,
        at: clock::now(),
        took: began.elapsed(),
        status: None,
        headers: Vec::new(),
        error: Some(error.to_owned()),
    }
}
