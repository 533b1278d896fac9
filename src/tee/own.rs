//! The few answers that are the tee's own: short, plain, and naming it, so that nobody takes them for a lane's.

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use super::answer::AnswerBody;

/// No answer could be had from the live lane.
pub(super) fn bad_gateway() -> Response<AnswerBody> {
    plain(StatusCode::BAD_GATEWAY, "paritee: the live lane gave no answer\n")
}

/// The live lane took too long.
pub(super) fn gateway_timeout() -> Response<AnswerBody> {
    plain(StatusCode::GATEWAY_TIMEOUT, "paritee: the live lane took too long to answer\n")
}

/// The client's body broke off, or its framing did: nothing was forwarded.
pub(super) fn broken_off() -> Response<AnswerBody> {
    plain(StatusCode::BAD_REQUEST, "paritee: the request's body did not come whole; nothing was forwarded\n")
}

/// The client's body took too long: nothing was forwarded.
pub(super) fn too_slow() -> Response<AnswerBody> {
    plain(StatusCode::REQUEST_TIMEOUT, "paritee: the request's body did not come in time; nothing was forwarded\n")
}

/// The request went through this tee before, or is a copy that a tee made.
pub(super) fn looped() -> Response<AnswerBody> {
    plain(StatusCode::LOOP_DETECTED, "paritee: this request went through a tee before; a lane points back to it\n")
}

/// A tunnel, which the tee doesn't make.
pub(super) fn no_tunnel() -> Response<AnswerBody> {
    plain(StatusCode::NOT_IMPLEMENTED, "paritee: CONNECT is not supported\n")
}

fn plain(status: StatusCode, text: &'static str) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::own(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
