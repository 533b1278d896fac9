//! One capture to the shadow lane, until it is settled or nothing more may be done: an attempt that is durable
//! before the first byte leaves, answer, and again where the lane said *not now*.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::armed::{Admission, Armed};
use super::key::idempotency_key;
use super::pace::{self, Leave, Pace};
use super::{request, switch};
use crate::clock;
use crate::config::LaneConfig;
use crate::journal::{Journal, Load, Record, RecordError};
use crate::net::{self, Body, Client};
use crate::outcome::{
    ActDetail, Answer, Attempt, Capture, Ending, Headers, Lane, Meaning, Operation, RowId, SendReason, ShadowAct,
};
use crate::run::Run;

/// Why an order was not sent whose attempt had been recorded ahead.
const HELD_BACK: &str = "held back: the lane was paused, or was to be left alone, when its turn came";

/// A lane that copies are sent to, and what they are sent with.
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
    /// What it has in hand.
    pub load: watch::Sender<Load>,
    /// How far it may write to a production ledger; `None`: its ledger is none.
    pub armed: Option<Armed>,
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

    /// Makes ready for the next attempt, after one whose end is unknown or one that was not taken.
    const fn again(&mut self, unknown: bool) {
        self.number += 1;
        if unknown {
            self.resends += 1;
            self.reason = SendReason::Resend;
        } else {
            self.reason = SendReason::NotNow;
        }
    }
}

/// A send that may begin: it has leave, and its attempt is durable.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) work: Work,
    pub(super) leave: Leave,
    pub(super) key: String,
    /// The row of the attempt.
    pub(super) attempt: RowId,
}

impl Shadow {
    /// Sends until the lane has said something final, or until only its ledger can tell.
    pub(super) async fn carry(&self, begun: Begun) -> Result<(), RecordError> {
        let mut locked = 0;
        let mut next = Some(begun);
        while let Some(Begun { mut work, mut leave, key, attempt }) = next {
            let request = request::copy(self.lane, &self.config, &work.capture, work.number, &key);
            let is_sendable = request.is_ok();
            let is_held_back = !self.pace.place(&mut leave).await;
            let answer = match request {
                Ok(_) if is_held_back => self.failed(attempt, Instant::now(), Ending::Refused, HELD_BACK),
                Ok(request) => self.send(attempt, request).await,
                Err(why) => self.failed(attempt, Instant::now(), Ending::Refused, &why),
            };
            let meaning = self.config.answer.meaning(self.config.flow, &answer);
            // The pace knows before anybody else may send; the journal may take its time.
            let wait = match &meaning {
                Meaning::NotSent if is_held_back => is_sendable.then_some(Duration::ZERO),
                Meaning::NotSent if is_sendable => {
                    self.pace.unreachable(&leave);
                    Some(Duration::ZERO)
                }
                // This order is locked; the lane is not busy.
                Meaning::NotNow { retry_after } if answer.status == Some(423) => {
                    self.pace.reached();
                    locked += 1;
                    Some(pace::not_now(*retry_after, locked - 1))
                }
                Meaning::NotNow { retry_after } => Some(self.pace.refused(&leave, *retry_after)),
                Meaning::Unknown if self.may_resend_at_once(&work) => Some(pace::back_off(work.resends)),
                Meaning::NotSent => None,
                _ => {
                    self.pace.reached();
                    None
                }
            };
            self.journal.post(&Record::Answer(answer)).await?;
            drop(leave);
            let Some(wait) = wait else { return Ok(()) };
            sleep(wait).await;
            work.again(meaning == Meaning::Unknown);
            next = self.begin(work).await?;
        }
        Ok(())
    }

    /// Waits for leave, and until the attempt is durable; `None` where it may not be sent.
    async fn begin(&self, work: Work) -> Result<Option<Begun>, RecordError> {
        let Some(leave) = self.pace.leave().await else {
            return Ok(None);
        };
        if !self.admits(&work).await {
            return Ok(None);
        }
        let key = self.key(&work);
        let recorded = self.journal.record(vec![self.attempt(&work, key.clone())]).await?;
        let attempt = recorded.first().ok_or(RecordError::Closed)?.row;
        Ok(Some(Begun { work, leave, key, attempt }))
    }

    pub(super) fn key(&self, work: &Work) -> String {
        idempotency_key(self.run, self.lane, &work.capture)
    }

    /// The attempt that is to be recorded.
    pub(super) fn attempt(&self, work: &Work, key: String) -> Record {
        Record::Attempt(Attempt {
            capture: work.row,
            lane: self.lane,
            number: work.number,
            reason: work.reason,
            at: clock::now(),
            idempotency_key: Some(key),
        })
    }

    /// Whether an armed shadow may send this. What it may not stays `unsent`; that the arming has ended is put on record.
    pub(super) async fn admits(&self, work: &Work) -> bool {
        let Some(armed) = &self.armed else { return true };
        match armed.admit(work.row, &work.capture, clock::now()) {
            Admission::Sent => true,
            Admission::Kept(why) => {
                tracing::debug!(lane = %self.lane, capture = work.row, why, "an order was not sent to the production ledger");
                false
            }
            Admission::Ended { why, first } => {
                if first {
                    tracing::warn!(lane = %self.lane, why, "the arming has ended: nothing more is sent to the production ledger");
                    let detail = ActDetail { why: Some(why.to_owned()), ..ActDetail::default() };
                    let ended = switch::record(&self.journal, self.run.number, ShadowAct::Disarm, &detail).await;
                    if let Err(error) = ended {
                        tracing::error!(%error, "the end of the arming is not on record");
                    }
                }
                false
            }
        }
    }

    /// Only a lane that honours the Idempotency-Key is sent the same order again without a look at its ledger.
    fn may_resend_at_once(&self, work: &Work) -> bool {
        self.config.idempotent && work.resends < self.config.resend_max
    }

    /// Sends, and says how it ended.
    async fn send(&self, attempt: RowId, request: Request<Body>) -> Answer {
        let began = Instant::now();
        let answer = match timeout(self.config.answer_wait_max, self.client.request(request)).await {
            Err(_) => self.failed(attempt, began, Ending::TimedOut, "no answer within answer_wait_max"),
            Ok(Err(error)) => self.failed(attempt, began, net::ending(&error), &net::chain(&error)),
            Ok(Ok(response)) => self.answered(attempt, began, response).await,
        };
        self.pace.took(began.elapsed());
        answer
    }

    /// Reads the answer's body within the same time as its head. A status without its body still says what
    /// became of the order, and so does a body that is kept in part.
    async fn answered(&self, attempt: RowId, began: Instant, response: Response<Incoming>) -> Answer {
        let (at, elapsed) = (clock::now(), began.elapsed());
        let (parts, mut body) = response.into_parts();
        let rest = self.config.answer_wait_max.saturating_sub(elapsed).max(Duration::from_millis(1));
        let (mut kept, mut length) = (BytesMut::new(), 0);
        let reading = async {
            while let Some(frame) = body.frame().await {
                match frame {
                    Ok(frame) => frame.data_ref().map_or((), |data| {
                        let room = self.answer_bytes_max.saturating_sub(kept.len()).min(data.len());
                        kept.extend_from_slice(data.get(..room).unwrap_or_default());
                        length += data.len() as u64;
                    }),
                    Err(error) => return Some(error.to_string()),
                }
            }
            None
        };
        let late = || Some("the body was not whole within answer_wait_max".to_owned());
        let error = timeout(rest, reading).await.unwrap_or_else(|_| late());
        Answer {
            attempt,
            lane: self.lane,
            ending: if error.is_none() { Ending::Answered } else { Ending::Cut },
            at,
            took: clock::span(elapsed),
            status: Some(parts.status.as_u16()),
            headers: net::withheld(&parts.headers),
            body_bytes: length,
            body: kept.freeze(),
            error,
        }
    }

    fn failed(&self, attempt: RowId, began: Instant, ending: Ending, error: &str) -> Answer {
        Answer {
            attempt,
            lane: self.lane,
            ending,
            at: clock::now(),
            took: clock::span(began.elapsed()),
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
