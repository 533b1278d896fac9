//! The ERP as an integration reaches it: what it asks for, and what an answer, or none, is worth.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue, RETRY_AFTER};
use hyper::http::uri::InvalidUri;
use hyper::{StatusCode, Uri};
use serde::Deserialize;

use super::erp::{IDEMPOTENCY_KEY, ROLL_BACK, SalesOrder};
use super::http::{Answered, CallError, Caller};
use crate::clock;
use crate::order::OrderKey;

/// Longest `Retry-After` that an integration keeps to: beyond it a queue behind it would only grow.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(5 * 60);

/// An ERP, and how long it is waited for.
#[derive(Clone, Debug)]
pub(super) struct ErpClient {
    caller: Caller,
    erp: SocketAddr,
    /// Where orders are posted.
    orders: Uri,
    wait_max: Duration,
}

/// How the ERP is asked to commit.
#[derive(Clone, Copy, Debug)]
pub(super) enum How<'a> {
    /// As if it were the first time: what is told twice is committed twice.
    Blindly,
    /// Once for this key.
    Keyed(&'a HeaderValue),
    /// Answered, and rolled back.
    RolledBack,
}

/// A commit as the ERP confirmed it.
#[derive(Debug)]
pub(super) struct Committed {
    /// The document number.
    pub(super) id: String,
    /// Whether the order was in the books already.
    pub(super) again: bool,
}

/// Why the ERP did not do what it was asked to, as far as one can know.
#[derive(Debug, thiserror::Error)]
pub(super) enum ErpError {
    #[error("write the order")]
    Order(#[source] serde_json::Error),
    #[error("address the ERP")]
    Address(#[from] InvalidUri),
    /// For good.
    #[error("the ERP refuses: {0}")]
    Refused(Refusal),
    /// Not now; the ERP may say for how long.
    #[error("the ERP refuses for now: {refusal}")]
    NotNow { refusal: Refusal, after: Duration },
    /// It may have done it all the same.
    #[error("the ERP failed: {0}")]
    Failed(Refusal),
    /// It may have done it all the same.
    #[error("call the ERP")]
    Call(#[from] CallError),
    /// It may have done it all the same.
    #[error("the ERP did not answer in time")]
    NoAnswer,
    /// It has done it, but its answer can't be read.
    #[error("read the ERP's answer")]
    Answer(#[source] serde_json::Error),
}

/// An answer that is no success.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// The ERP's own code; empty where its answer has none.
    pub(super) code: String,
    pub(super) message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.status.as_u16(), self.code, self.message)
    }
}

impl ErpError {
    /// Whether asking again can't help.
    pub(super) const fn is_final(&self) -> bool {
        matches!(self, Self::Order(_) | Self::Address(_) | Self::Refused(_))
    }

    /// Whether the order may be in the books all the same.
    pub(super) const fn is_unknown(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Call(_) | Self::NoAnswer | Self::Answer(_))
    }

    /// Whether no order can be committed now, and not only this one.
    pub(super) fn is_outage(&self) -> bool {
        match self {
            Self::NotNow { refusal, .. } => refusal.status == StatusCode::SERVICE_UNAVAILABLE,
            Self::Call(_) => true,
            _ => false,
        }
    }

    /// How long to wait before asking again: as long as meant, or as the ERP says.
    pub(super) fn wait(&self, meant: Duration) -> Duration {
        match self {
            Self::NotNow { after, .. } => meant.max(*after),
            _ => meant,
        }
    }
}

impl ErpClient {
    /// An ERP that is waited for so long, by the world's clock.
    ///
    /// # Errors
    /// When it has no address that can be called.
    pub(super) fn new(erp: SocketAddr, wait_max: Duration) -> Result<Self, InvalidUri> {
        let orders = format!("http://{erp}/orders").parse()?;
        Ok(Self { caller: Caller::new(), erp, orders, wait_max })
    }

    /// Has the ERP commit an order.
    ///
    /// # Errors
    /// When it can't be reached, refuses, or does not answer.
    pub(super) async fn commit(&self, order: &SalesOrder, how: How<'_>) -> Result<Committed, ErpError> {
        #[derive(Deserialize)]
        struct Numbered {
            id: String,
        }
        let body = serde_json::to_vec(order).map_err(ErpError::Order)?;
        let headers = match how {
            How::Blindly => Vec::new(),
            How::Keyed(key) => vec![(IDEMPOTENCY_KEY, key.clone())],
            How::RolledBack => vec![(ROLL_BACK, HeaderValue::from_static("1"))],
        };
        let answer = self.post(self.orders.clone(), headers, body.into()).await?;
        let Numbered { id } = serde_json::from_slice(&answer.body).map_err(ErpError::Answer)?;
        Ok(Committed { id, again: answer.status == StatusCode::OK })
    }

    /// Has the ERP cancel all documents of an order.
    ///
    /// # Errors
    /// When it can't be reached, refuses, or does not answer.
    pub(super) async fn cancel(&self, external_id: &OrderKey) -> Result<(), ErpError> {
        let uri = format!("http://{}/orders/{external_id}/cancel", self.erp).parse()?;
        self.post(uri, Vec::new(), Bytes::new()).await.map(|_| ())
    }

    async fn post(&self, uri: Uri, headers: Vec<(HeaderName, HeaderValue)>, body: Bytes) -> Result<Answered, ErpError> {
        match self.caller.post(uri, headers, body, clock::real(self.wait_max)).await {
            Ok(answer) if answer.status.is_success() => Ok(answer),
            Ok(answer) => Err(refused(&answer)),
            Err(CallError::TimedOut) => Err(ErpError::NoAnswer),
            Err(error) => Err(error.into()),
        }
    }
}

/// What an answer that is no success means. The code counts before the status: NetSuite throttles with 400.
fn refused(answer: &Answered) -> ErpError {
    let refusal = read(answer);
    let status = refusal.status;
    let not_now = [StatusCode::LOCKED, StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    if not_now.contains(&status) || refusal.code == "CONCURRENCY_LIMIT_EXCEEDED" {
        let after = answer.headers.get(RETRY_AFTER).and_then(|after| after.to_str().ok()?.parse().ok());
        let after = Duration::from_secs(after.unwrap_or_default()).min(RETRY_AFTER_MAX);
        return ErpError::NotNow { refusal, after };
    }
    if status.is_client_error() { ErpError::Refused(refusal) } else { ErpError::Failed(refusal) }
}

fn read(answer: &Answered) -> Refusal {
    #[derive(Default, Deserialize)]
    struct Body {
        error: Error,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Error {
        code: String,
        message: String,
    }
    let Body { error: Error { code, message } } = serde_json::from_slice(&answer.body).unwrap_or_default();
    Refusal { status: answer.status, code, message }
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;

    use super::*;

    #[test]
    fn what_an_answer_is_worth() {
        for (status, code, expected) in [
            (422, "UNKNOWN_SKU", "final"),
            (404, "", "final"),
            (400, "INVALID_QUERY", "final"),
            (400, "CONCURRENCY_LIMIT_EXCEEDED", "not now"),
            (423, "RECORD_LOCKED", "not now"),
            (429, "", "not now"),
            (503, "MAINTENANCE", "outage"),
            (500, "UNEXPECTED", "unknown"),
            (302, "", "unknown"),
        ] {
            let body = serde_json::json!({ "error": { "code": code, "message": "m" } }).to_string().into();
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("7"))]);
            let error = refused(&Answered { status: StatusCode::from_u16(status).unwrap(), headers, body });
            let found = match (error.is_final(), error.is_unknown(), error.is_outage()) {
                (true, false, false) => "final",
                (false, true, false) => "unknown",
                (false, false, true) => "outage",
                (false, false, false) => "not now",
                _ => "contradictory",
            };
            assert_eq!(found, expected, "{status} {code}");
            let waits = error.wait(Duration::from_secs(2)).as_secs();
            assert_eq!(waits, if matches!(found, "not now" | "outage") { 7 } else { 2 }, "{status} {code}");
        }
    }
}
