//! A lane's copy of a request: the same method, target and body; marked, with its own credentials.

use hyper::Request;
use hyper::header::{EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TRAILER, TRANSFER_ENCODING};

use crate::config::{HostHeader, LaneConfig};
use crate::intake;
use crate::net::{self, Body};
use crate::outcome::{Capture, Lane};

/// The capture that is copied.
const CAPTURE: HeaderName = HeaderName::from_static("paritee-capture");
/// How many times it has been sent, this one included.
const ATTEMPT: HeaderName = HeaderName::from_static("paritee-attempt");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Fields that don't fit a copy: its body is held whole and without trailers, and nobody waits to send it.
/// They are left out from the start, since to remove a field later would move another into its place.
fn is_left_out(name: &str) -> bool {
    [EXPECT, TRAILER, TRANSFER_ENCODING].iter().any(|left_out| left_out == name)
}

/// The copy of `capture`; `None` where its target can't be put behind the lane's URL.
pub(super) fn copy(
    lane: Lane,
    config: &LaneConfig,
    capture: &Capture,
    number: u32,
    key: &str,
) -> Option<Request<Body>> {
    let mut headers = HeaderMap::with_capacity(capture.headers.len() + 6);
    for (name, value) in &capture.headers {
        if net::is_credential(name) || is_left_out(name) {
            continue;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let mut headers = net::forwarded(&headers, config.headers.len() + 6);
    let host = config.url.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = host.filter(|_| config.host == HostHeader::Target || !headers.contains_key(HOST)) {
        headers.insert(HOST, host);
    }
    headers.insert(net::SHADOW_LANE, HeaderValue::from_static(lane.as_str()));
    headers.insert(CAPTURE, HeaderValue::from_str(&capture.uuid.to_string()).ok()?);
    headers.insert(ATTEMPT, HeaderValue::from(number));
    headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_str(key).ok()?);
    for (name, value) in &config.headers {
        headers.insert(name.clone(), value.clone());
    }
    if let Some(rule) = &config.signature {
        headers.insert(rule.header.clone(), intake::sign(rule, &capture.body)?);
    }
    let mut request = Request::new(Body::whole(capture.body.clone()));
    *request.method_mut() = capture.method.parse().ok()?;
    *request.uri_mut() = net::behind(&config.url, &capture.target)?;
    *request.headers_mut() = headers;
    Some(request)
}
