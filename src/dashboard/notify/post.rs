//! One post: its body, its signature, and what came of sending it.

use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, StatusCode, Uri};
use jiff::Timestamp;
use serde::Serialize;
use sha2::Sha256;
use uuid::Uuid;

use super::news::{Event, News, Open};
use crate::clock;
use crate::config::{Notify, Secret};
use crate::judge::Decision;
use crate::net::fetch::{Ask, FetchError, Fetcher};

/// What the body is: a key more makes no new version, a key renamed or of another meaning does.
const VERSION: u32 = 1;

/// How long the receiver may take.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);

/// Longest answer that is read: nothing in it is looked at.
const ANSWER_BYTES_MAX: usize = 1 << 20;

const SIGNATURE: HeaderName = HeaderName::from_static("paritee-signature");
const DELIVERY: HeaderName = HeaderName::from_static("paritee-delivery");

/// A post, the same at each try but for the time that is signed.
#[derive(Debug)]
pub(super) struct Post {
    /// Its identity, a UUID: the same at each try.
    pub(super) id: String,
    url: Uri,
    secret: Secret,
    body: Bytes,
}

/// Why a post was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotTaken {
    /// There is no answer.
    #[error(transparent)]
    Unanswered(#[from] FetchError),
    /// The answer says no. Redirects are not followed: they could lead anywhere.
    #[error("post: the receiver answered {0}")]
    Refused(StatusCode, Duration),
}

impl NotTaken {
    /// How long the receiver wants to be left alone.
    pub(super) fn asks_to_wait(&self) -> Duration {
        match self {
            Self::Unanswered(_) => Duration::ZERO,
            Self::Refused(_, wait) => *wait,
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    version: u32,
    id: &'a str,
    at: Timestamp,
    run: u32,
    decision: Decision,
    events: &'a [Event],
    open: Open,
    complete: bool,
}

impl Post {
    pub(super) fn new(config: &Notify, run: u32, news: News) -> Self {
        let id = Uuid::now_v7().to_string();
        let News { decision, events, open, complete } = news;
        let body = Body { version: VERSION, id: &id, at: clock::now(), run, decision, events: &events, open, complete };
        let body = serde_json::to_vec(&body).unwrap_or_default().into();
        Self { id, url: config.url.clone(), secret: config.secret.clone(), body }
    }

    /// Sends it once. Any 2xx means that it was taken.
    pub(super) async fn send(&self, fetcher: &Fetcher) -> Result<(), NotTaken> {
        let fetched = fetcher.fetch(&self.ask(clock::now()), ANSWER_BYTES_MAX, ANSWER_WAIT_MAX).await?;
        match fetched.status {
            status if status.is_success() => Ok(()),
            status => Err(NotTaken::Refused(status, fetched.retry_after().unwrap_or_default())),
        }
    }

    fn ask(&self, at: Timestamp) -> Ask {
        let headers = [
            (CONTENT_TYPE, Some(HeaderValue::from_static("application/json"))),
            (USER_AGENT, Some(HeaderValue::from_static(concat!("paritee/", env!("CARGO_PKG_VERSION"))))),
            (DELIVERY, HeaderValue::try_from(&self.id).ok()),
            (SIGNATURE, signature(&self.secret, at.as_second(), &self.body)),
        ];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Ask { method: Method::POST, url: self.url.clone(), headers, body: self.body.clone() }
    }
}

/// `t=UNIX,v1=HEX`: HMAC-SHA256 over the time, a dot and the raw body. `None` where no HMAC can be made of the secret, which
/// takes any length there is.
fn signature(secret: &Secret, at: i64, body: &[u8]) -> Option<HeaderValue> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    let mac = mac.chain_update(format!("{at}.")).chain_update(body).finalize().into_bytes();
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::try_from(format!("t={at},v1={hex}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `printf '1772442000.{"version":1}' | openssl dgst -sha256 -hmac whsec`.
    #[test]
    fn what_is_signed_is_the_time_a_dot_and_the_body() {
        let signed = signature(&Secret::new("whsec".into()), 1_772_442_000, b"{\"version\":1}").unwrap();
        insta::assert_snapshot!(signed.to_str().unwrap(), @"t=1772442000,v1=e9d3dd7c794cbbaa16ee5051db627f9152ff66351f001192798ccbc142a60c9c");
    }
}
