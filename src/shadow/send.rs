//! One capture to the shadow lane, until it is settled or nothing more may be done: attempt (durable
//! before the first byte leaves), answer, and again where the lane said *not now*.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::Response;
use hyper::body::Incoming;
use tokio::time::{sleep, timeout};

use super::key::idempotency_key;
use super::pace::{Pace, back_off};
use super::request;
use crate::clock;
use crate::config::LaneConfig;
use crate::journal::{Journal, Record, RecordError};
use crate::net::{self, Client};
use crate::outcome::{Answer, Attempt, Capture, Ending, Headers, Lane, Meaning, Operation, RowId, SendReason};
use crate::run::Run;

/// The shadow lane, and what it is sent with.
#[derive(Debug)]
pub struct Shadow {
    /// Which lane.
    pub lane: Lane,
    /// Its configuration.
    pub config: LaneConfig,
    /// Longest part of an answer that is kept.
    pub answer_bytes_max: usize,
    /// The run.
    pub run: Run,
    /// Where attempts and answers are recorded.
    pub journal: Journal,
    /// When it may send.
    pub pace: Arc<Pace>,
    /// Connections.
    pub client: Client,
}

/// A capture that is to be sent.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) row: RowId,
    pub(super) capture: Arc<Capture>,
    /// The number of the next attempt, from 1.
    pub(super) number: u32,
    pub(super) reason: SendReason,
    /// How often it was sent again for an unknown end.
    pub(super) resends: u32,
}

impl Work {
    pub(super) const fn first(row: RowId, capture: Arc<Capture>) -> Self {
        Self { row, capture, number: 1, reason: SendReason::First, resends: 0 }
    }
}

impl Shadow {
    /// Sends until the lane has said something final, or until only its ledger can tell.
    pub(super) async fn carry(&self, mut work: Work) -> Result<(), RecordError> {
        let mut not_now = 0;
        loop {
            let Some(leave) = self.pace.leave().await else {
                return Ok(());
            };
            let answer = self.attempt(&work).await?;
            let meaning = self.config.answer.meaning(self.config.flow, &answer);
            let throttled = answer.status != Some(423);
            self.journal.post(&Record::Answer(answer)).await?;
            drop(leave);
            work.number += 1;
            match meaning {
                Meaning::NotSent => {
                    self.pace.unreachable();
                    work.reason = SendReason::NotNow;
                }
                Meaning::NotNow { retry_after } => {
                    self.pace.reached();
                    let wait = retry_after.unwrap_or_else(|| back_off(not_now));
                    not_now += 1;
                    if throttled {
                        self.pace.hold(wait);
                    }
                    sleep(wait).await;
                    work.reason = SendReason::NotNow;
                }
                Meaning::Unknown if self.may_resend_at_once(&work) => {
                    sleep(back_off(work.resends)).await;
                    work.resends += 1;
                    work.reason = SendReason::Resend;
                }
                _ => {
                    self.pace.reached();
                    return Ok(());
                }
            }
        }
    }

    /// Only a lane that honours the Idempotency-Key is sent the same order again without a look at its ledger.
    fn may_resend_at_once(&self, work: &Work) -> bool {
        self.config.idempotent && work.resends < self.config.resend_max
    }

    /// Records the attempt, sends, and says how it ended.
    async fn attempt(&self, work: &Work) -> Result<Answer, RecordError> {
        let key = idempotency_key(self.run, self.lane, &work.capture);
        let attempt = Attempt {
            capture: work.row,
            lane: self.lane,
            number: work.number,
            reason: work.reason,
            at: clock::now(),
            idempotency_key: Some(key.clone()),
        };
        let recorded = self.journal.record(vec![Record::Attempt(attempt)]).await?;
        let row = recorded.first().ok_or(RecordError::Closed)?.row;
        let began = Instant::now();
        let request = request::copy(self.lane, &self.config, &work.capture, work.number, &key);
        let wait_max = self.config.answer_wait_max;
        let sent = match request {
            Some(request) => timeout(wait_max, self.client.request(request)).await,
            None => {
                return Ok(self.failed(row, began, Ending::Refused, "its target can't be put behind the lane's url"));
            }
        };
        Ok(match sent {
            Err(_) => self.failed(row, began, Ending::TimedOut, "no answer within answer_wait_max"),
            Ok(Err(error)) => self.failed(row, began, net::ending(&error), &net::chain(&error)),
            Ok(Ok(response)) => self.answered(row, began, response).await,
        })
    }

    /// Reads the answer's body within the same time as its head. A status without its body still says what
    /// became of the order.
    async fn answered(&self, attempt: RowId, began: Instant, response: Response<Incoming>) -> Answer {
        let (at, took) = (clock::now(), began.elapsed());
        let (parts, body) = response.into_parts();
        let bytes_max = self.answer_bytes_max;
        let rest = self.config.answer_wait_max.saturating_sub(took).max(Duration::from_millis(1));
        let body = timeout(rest, Limited::new(body, bytes_max).collect()).await;
        let (ending, body, error) = match body {
            Ok(Ok(body)) => (Ending::Answered, body.to_bytes(), None),
            Ok(Err(error)) => (Ending::Cut, Bytes::new(), Some(error.to_string())),
            Err(_) => (Ending::Cut, Bytes::new(), Some("the body was not whole within answer_wait_max".into())),
        };
        Answer {
            attempt,
            lane: self.lane,
            ending,
            at,
            took,
            status: Some(parts.status.as_u16()),
            headers: net::withheld(&parts.headers),
            body_bytes: body.len() as u64,
            body,
            error,
        }
    }

    fn failed(&self, attempt: RowId, began: Instant, ending: Ending, error: &str) -> Answer {
        Answer {
            attempt,
            lane: self.lane,
            ending,
            at: clock::now(),
            took: began.elapsed(),
            status: None,
            headers: Headers::new(),
            body: Bytes::new(),
            body_bytes: 0,
            error: Some(error.to_owned()),
        }
    }

    /// Whether the ledger can tell what became of this: it shows creates.
    pub(super) fn is_settled_by_ledger(&self, capture: &Capture) -> bool {
        capture.operation == Operation::Create
    }
}
