//! Facts to the sidecar that writes the journal, through its admin port: CloudEvents as NDJSON, one request after the
//! other. The sidecar answers once all of a request is durable, and recognises what it was told before, so that a
//! request whose answer was lost goes again.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use hyper::{Request, StatusCode};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::RootCertStore;

use super::SinkError;
use crate::config::Admin;
use crate::journal::Record;
use crate::net;

/// How a fact becomes an event; `None` for what no observer tells.
pub type Encode = fn(&Record) -> Option<serde_json::Value>;

/// How often a request goes again whose answer is missing, or that the sidecar can't take just now.
const TRIES_MAX: u32 = 5;

/// How long to wait before that, where the sidecar doesn't say, and at most.
const WAIT_DEFAULT: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(10);

/// How long an answer may take: the sidecar waits for its disk.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(60);

/// Longest answer that is read: counts, or the first hundred bad events.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Most of an answer that a message shows.
const SHOWN_MAX: usize = 300;

/// The admin port of a running sidecar.
#[derive(Debug)]
pub struct Remote {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: String,
    token: Option<String>,
    encode: Encode,
    body_bytes_max: usize,
    events_max: usize,
}

/// What the sidecar said to a request.
struct Answer {
    status: StatusCode,
    retry_after: Option<Duration>,
    body: Bytes,
}

impl Remote {
    /// The sidecar of this configuration.
    #[must_use]
    pub fn new(admin: &Admin, encode: Encode) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector(admin)),
            url: format!("{}/v1/outcomes", admin.url()),
            token: admin.token.as_ref().map(|token| token.expose().to_owned()),
            encode,
            body_bytes_max: admin.body_bytes_max,
            events_max: admin.events_max,
        }
    }

    /// Tells facts; how many of them were new.
    pub(super) async fn tell(&self, records: &[Record]) -> Result<u64, SinkError> {
        let (mut body, mut events, mut new) = (Vec::new(), 0, 0);
        for record in records {
            let line = (self.encode)(record).and_then(|event| serde_json::to_vec(&event).ok());
            let Some(line) = line else { return Err(self.failed("a fact can't be written as an event")) };
            if events == self.events_max || !body.is_empty() && body.len() + line.len() >= self.body_bytes_max {
                new += self.post(std::mem::take(&mut body).into()).await?;
                events = 0;
            }
            body.extend_from_slice(&line);
            body.push(b'\n');
            events += 1;
        }
        if body.is_empty() {
            return Ok(new);
        }
        Ok(new + self.post(body.into()).await?)
    }

    async fn post(&self, body: Bytes) -> Result<u64, SinkError> {
        let mut why = String::new();
        for _ in 0..TRIES_MAX {
            let wait = match self.once(body.clone()).await {
                Ok(answer) if answer.status.is_success() => return self.recorded(&answer.body),
                Ok(answer) if answer.status == StatusCode::SERVICE_UNAVAILABLE => {
                    why = said(&answer);
                    answer.retry_after.unwrap_or(WAIT_DEFAULT)
                }
                Ok(answer) => return Err(self.failed(&refused(&answer))),
                Err(error) => {
                    why = error;
                    WAIT_DEFAULT
                }
            };
            tokio::time::sleep(wait.min(WAIT_MAX)).await;
        }
        Err(self.failed(&format!(
            "{why}; tried {TRIES_MAX} times. Another process writes to the journal; is it a sidecar with this configuration's `admin.listen`?"
        )))
    }

    async fn once(&self, body: Bytes) -> Result<Answer, String> {
        let mut request = Request::post(&self.url).header(CONTENT_TYPE, "application/x-ndjson");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
        let answered = async {
            let response = self.client.request(request).await.map_err(|error| net::chain(&error))?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|error| net::chain(&*error))?;
            let seconds = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            Ok(Answer { status: head.status, retry_after: seconds.map(Duration::from_secs), body: body.to_bytes() })
        };
        let late = format!("no answer within {} s", ANSWER_WAIT_MAX.as_secs());
        tokio::time::timeout(ANSWER_WAIT_MAX, answered).await.unwrap_or(Err(late))
    }

    fn recorded(&self, body: &[u8]) -> Result<u64, SinkError> {
        let answer: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let recorded = answer.as_ref().and_then(|answer| answer.get("recorded")?.as_u64());
        recorded.ok_or_else(|| self.failed("it answers, but not as a sidecar does; is another program on that port?"))
    }

    fn failed(&self, why: &str) -> SinkError {
        SinkError::Admin { url: self.url.clone(), why: why.to_owned() }
    }
}

/// What a refusal says, and what to do.
fn refused(answer: &Answer) -> String {
    let remedy = match answer.status {
        StatusCode::UNAUTHORIZED => "; `admin.token` is not the one that the sidecar was started with",
        StatusCode::NOT_FOUND => "; is another program on that port?",
        _ => "",
    };
    format!("{}{remedy}", said(answer))
}

fn said(answer: &Answer) -> String {
    let text: String = String::from_utf8_lossy(&answer.body).chars().take(SHOWN_MAX).collect();
    format!("{} {}", answer.status.as_u16(), text.trim())
}

/// A port that has a certificate is believed by that one.
fn connector(admin: &Admin) -> HttpsConnector<HttpConnector> {
    net::fetch::connector(admin.tls().unwrap_or_else(|| net::tls::trusting(RootCertStore::empty())))
}
