//! What a source is answered: how many facts were kept, or why none was.

use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;
use serde_json::json;

use crate::net::NotLetIn;
use crate::order::JsonError;

/// How many bad events are named; the rest is counted.
pub(super) const BAD_SHOWN_MAX: usize = 100;

/// When a source may come again, in seconds.
const COME_AGAIN: HeaderValue = HeaderValue::from_static("5");

/// A request that is durable: so many of its events each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Kept {
    /// New.
    pub(super) recorded: usize,
    /// Told before, and the same.
    pub(super) known: usize,
    /// Told before, and now with another time or document. What was told first stays.
    pub(super) conflicting: usize,
}

/// An event that can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct BadEvent {
    /// Its position in the request, from 0.
    pub(super) index: usize,
    /// Why, and what to write.
    pub(super) reason: String,
}

/// Why nothing of a request was kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error(transparent)]
    NotLetIn(#[from] NotLetIn),
    #[error("{0}")]
    MediaType(&'static str),
    #[error("the body is longer than {bytes_max} bytes; send fewer events at once, or raise `admin.body_bytes_max`")]
    TooLarge { bytes_max: usize },
    #[error("there are more than {events_max} events; send fewer at once, or raise `admin.events_max`")]
    TooMany { events_max: usize },
    #[error("the body did not come in time; send fewer events at once")]
    Slow,
    #[error("the body broke off; send it again")]
    Broken,
    #[error("{0}")]
    Unreadable(String),
    #[error("{count} of {of} events can't be taken, and none was kept; mend them, and send all of them again")]
    Bad { events: Vec<BadEvent>, count: usize, of: usize },
    #[error(
        "{count} of {of} events were told before of something else, and none was kept; give each fact an `id` of its own, and \
         send all of them again"
    )]
    Contradicts { events: Vec<BadEvent>, count: usize, of: usize },
    #[error(
        "the journal doesn't take rows in time; send the same again later: what is recorded meanwhile will be known then"
    )]
    Unavailable,
}

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        Self::Unreadable(format!("{error}; nothing was kept"))
    }
}

impl Refusal {
    const fn status(&self) -> StatusCode {
        match self {
            Self::NotLetIn(NotLetIn::Forbidden(_)) => StatusCode::FORBIDDEN,
            Self::NotLetIn(NotLetIn::Unauthorized) => StatusCode::UNAUTHORIZED,
            Self::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } | Self::TooMany { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken | Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Bad { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Contradicts { .. } => StatusCode::CONFLICT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// JSON on one line, for those who call with `curl`.
fn json_answer(status: StatusCode, body: &impl Serialize) -> Response {
    let mut text = serde_json::to_string(body).unwrap_or_default();
    text.push('\n');
    let mut response = (status, text).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl IntoResponse for Kept {
    fn into_response(self) -> Response {
        json_answer(StatusCode::OK, &self)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = self.to_string();
        let body = match &self {
            Self::Bad { events, .. } | Self::Contradicts { events, .. } => json!({"error": error, "events": events}),
            _ => json!({"error": error}),
        };
        let mut response = json_answer(self.status(), &body);
        let headers = response.headers_mut();
        match self {
            Self::NotLetIn(NotLetIn::Unauthorized) => {
                drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
            }
            Self::Unavailable => drop(headers.insert(RETRY_AFTER, COME_AGAIN)),
            _ => {}
        }
        response
    }
}
