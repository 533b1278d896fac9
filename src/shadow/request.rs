//! A lane's copy of a request: the same method, target and body; marked, with its own credentials, and patched where the
//! lane's configuration says so. The capture is never changed.

use bytes::Bytes;
use hyper::Request;
use hyper::header::{CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TRAILER, TRANSFER_ENCODING};

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

/// Fields that vouch for the body as it was received, and would be untrue of a patched one.
fn vouches_for_body(name: &str) -> bool {
    matches!(name, "content-md5" | "digest" | "content-digest" | "repr-digest" | "signature" | "signature-input")
        || name.ends_with("-signature")
        || name.contains("hmac")
        || name.contains("signature-256")
}

/// The copy of `capture`.
///
/// # Errors
/// Why there is none, in words for the journal: its target can't be put behind the lane's URL, or the lane's patch doesn't
/// fit its body, which must then not go there at all.
pub(super) fn copy(
    lane: Lane,
    config: &LaneConfig,
    capture: &Capture,
    number: u32,
    key: &str,
) -> Result<Request<Body>, String> {
    let body = match &config.patch {
        None => capture.body.clone(),
        Some(patch) => {
            let patched = patch.apply(&capture.body);
            Bytes::from(patched.map_err(|misfit| format!("its body can't be patched for the lane: {misfit}"))?)
        }
    };
    let parts = || {
        let mut request = Request::new(Body::whole(body.clone()));
        *request.method_mut() = capture.method.parse().ok()?;
        *request.uri_mut() = net::behind(&config.url, &net::without_credentials(&capture.target))?;
        *request.headers_mut() = headers(lane, config, capture, number, key, &body)?;
        Some(request)
    };
    parts().ok_or_else(|| "its target can't be put behind the lane's url".to_owned())
}

fn headers(
    lane: Lane,
    config: &LaneConfig,
    capture: &Capture,
    number: u32,
    key: &str,
    body: &Bytes,
) -> Option<HeaderMap> {
    let is_patched = config.patch.is_some();
    let stays = |name: &str| net::is_credential(name) || is_left_out(name) || (is_patched && vouches_for_body(name));
    let room = capture.headers.len() + config.headers.len() + 6;
    let mut headers = net::forwarded_of(capture.headers.iter().filter(|(name, _)| !stays(name)), room);
    if is_patched && headers.contains_key(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
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
        headers.insert(rule.header.clone(), intake::sign(rule, body)?);
    }
    Some(headers)
}
