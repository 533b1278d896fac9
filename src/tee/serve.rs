//! The way of a request through the tee.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING, VIA};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Version};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::answer::AnswerBody;
use super::detach::Detached;
use super::forward::{Live, Sent};
use super::own;
use super::recorder::{Recorder, Rows};
use crate::clock;
use crate::config::{self, ClientLimits, Config, Durability, Exclude, Route};
use crate::intake::{self, Counts, Received, Routes, Warnings};
use crate::journal::{CaptureWait, Captured, Journal, Record};
use crate::net::{self, Awaited, Body, Gathered, Interim};
use crate::outcome::{Capture, Ending, Gap, GapReason, Lane, Role, Skip};

/// The tee: everything that a request meets on its way.
#[derive(Debug)]
pub struct Tee {
    config: config::Tee,
    routes: Routes,
    lane: Lane,
    live: Live,
    journal: Journal,
    run: u32,
    counts: Arc<Counts>,
    warnings: Warnings,
    via: String,
    /// Orders and what is recorded after them; the end of the process waits for both.
    pub(super) orders: TaskTracker,
}

impl Tee {
    /// A tee for `run`. `instance` names it in `Via`, so that it knows its own requests again.
    #[must_use]
    pub fn new(config: &Config, journal: Journal, run: u32, instance: &str) -> Arc<Self> {
        let lane = if config.lanes.legacy.role == Role::Live { Lane::Legacy } else { Lane::Gated };
        let via = format!("paritee-{instance}");
        let value = HeaderValue::from_str(&format!("1.1 {via}")).unwrap_or(HeaderValue::from_static("1.1 paritee"));
        Arc::new(Self {
            routes: Routes::new(config.tee.routes.clone()),
            lane,
            live: Live::new(config.lanes.get(lane), config.tee.answer_wait_max, value),
            journal,
            run,
            counts: Arc::new(Counts::new(excludes(&config.tee).map(|exclude| exclude.reason.clone()))),
            warnings: Warnings::new(),
            via,
            orders: TaskTracker::new(),
            config: config.tee.clone(),
        })
    }

    /// How many clients there may be, and how slow.
    pub(super) const fn limits(&self) -> ClientLimits {
        self.config.clients
    }

    /// Requests as counted so far.
    #[must_use]
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Certificate and key of the port; `None`: it speaks plain HTTP.
    pub(super) fn tls(&self) -> Option<Arc<rustls::ServerConfig>> {
        self.config.tls.as_ref().map(|tls| Arc::clone(&tls.config))
    }

    pub(super) async fn answer(self: Arc<Self>, request: Request<Incoming>, interim: Interim) -> Response<AnswerBody> {
        // Only an HTTP/1.1 client can be told something in between. The guard goes before hyper sees the answer.
        let awaited = (request.version() == Version::HTTP_11).then(|| interim.awaited());
        let (parts, body) = request.into_parts();
        if self.is_looped(&parts.headers) {
            self.counts.looped();
            return own::looped();
        }
        if parts.method == Method::CONNECT {
            self.counts.passed_through();
            return own::no_tunnel();
        }
        match self.routes.find(&parts.method, parts.uri.path()) {
            None => {
                self.counts.passed_through();
                let says_length = says_length(&parts);
                let body = Body::stream(VecDeque::new(), body);
                respond(self.live.send(parts, body, awaited.as_ref()).await, says_length, None)
            }
            Some(route) => {
                let route = Arc::clone(route);
                Detached::new(self.orders.track_future(Arc::clone(&self).order(route, parts, body, awaited))).await
            }
        }
    }

    /// Whether a request went through this tee before, or is a copy made for a shadow lane: whichever way it
    /// got here, it must not reach the live one.
    fn is_looped(&self, headers: &HeaderMap) -> bool {
        let ours = |value: &HeaderValue| {
            let names = value.to_str().unwrap_or_default().split(',');
            names.filter_map(|name| name.split_whitespace().nth(1)).any(|name| name == self.via)
        };
        headers.contains_key(net::SHADOW_LANE) || headers.get_all(VIA).iter().any(ours)
    }

    /// Captures and forwards a request on a route.
    async fn order(
        self: Arc<Self>,
        route: Arc<Route>,
        parts: Parts,
        body: Incoming,
        awaited: Option<Awaited>,
    ) -> Response<AnswerBody> {
        let received_at = clock::now();
        let declared_bytes = body.size_hint().lower();
        let chunked = parts.headers.contains_key(TRANSFER_ENCODING);
        let says_length = says_length(&parts);
        let gathering = net::gather(body, self.config.body_bytes_max);
        let gathered = timeout(self.config.clients.body_wait_max, gathering).await;
        let is_slow = gathered.is_err();
        let (received, body) = match gathered.unwrap_or(Gathered::Broken(Bytes::new())) {
            Gathered::Whole { data, trailers } => {
                (Received::Whole(data.clone()), Body::Whole { data: Some(data), trailers, chunked })
            }
            Gathered::TooLarge { read, rest } => (Received::TooLarge { declared_bytes }, Body::stream(read, rest)),
            Gathered::Broken(read) => (Received::Broken(read), Body::whole(Bytes::new())),
        };
        let capture = Arc::new(intake::extract(&route, &self.config.excludes, &parts, received, received_at));
        self.counts.captured(&capture);
        self.warnings.captured(&capture);
        if capture.skip == Some(Skip::ClientGone) {
            let _nothing_to_wait_for = self.journal.capture(self.run, capture, None, Duration::ZERO).await;
            return if is_slow { own::too_slow() } else { own::broken_off() };
        }
        let live = Some((self.lane, clock::now()));
        let record = |wait_max| self.journal.capture(self.run, Arc::clone(&capture), live, wait_max);
        let wait_max = self.config.journal_wait_max;
        let (wait, sent) = match self.config.durability {
            Durability::BeforeForward => (record(wait_max).await, self.live.send(parts, body, awaited.as_ref()).await),
            Durability::BeforeAnswer => tokio::join!(record(wait_max), self.live.send(parts, body, awaited.as_ref())),
            Durability::Relaxed => (record(Duration::ZERO).await, self.live.send(parts, body, awaited.as_ref()).await),
        };
        let rows = self.rows(wait, &capture);
        let recorder = Recorder {
            journal: self.journal.clone(),
            run: self.run,
            lane: self.lane,
            rows,
            bytes_max: self.config.answer_bytes_max,
            tasks: self.orders.clone(),
        };
        respond(sent, says_length, Some(recorder))
    }

    /// Where the rows of a capture are; gaps are recorded for what was late or is not kept.
    fn rows(&self, wait: CaptureWait, capture: &Arc<Capture>) -> Rows {
        let relaxed = self.config.durability == Durability::Relaxed;
        let too_large = capture.skip == Some(Skip::BodyTooLarge);
        match wait {
            CaptureWait::Durable(captured) => {
                if too_large {
                    let gap = gap_of(GapReason::BodyTooLarge, capture, captured);
                    self.journal.tell(self.run, &Record::Gap(self.run, gap), capture.received_at);
                }
                Rows::Known(captured)
            }
            CaptureWait::Slow(later) => {
                let reasons = [(too_large, GapReason::BodyTooLarge), (!relaxed, GapReason::JournalSlow)];
                let reasons = reasons.into_iter().filter_map(|(is, reason)| is.then_some(reason)).collect();
                Rows::Later(self.gaps_once_known(later, reasons, capture))
            }
            CaptureWait::Unavailable => Rows::None,
        }
    }

    /// Waits for the rows beside the order's way, records the gaps, and hands the rows on.
    fn gaps_once_known(
        &self,
        later: oneshot::Receiver<Captured>,
        reasons: Vec<GapReason>,
        capture: &Arc<Capture>,
    ) -> oneshot::Receiver<Captured> {
        let (tell, told) = oneshot::channel();
        let (journal, run, capture) = (self.journal.clone(), self.run, Arc::clone(capture));
        self.orders.spawn(async move {
            let Ok(captured) = later.await else {
                return journal.hole(run, GapReason::JournalUnavailable, capture.received_at);
            };
            for reason in reasons {
                journal.tell(run, &Record::Gap(run, gap_of(reason, &capture, captured)), capture.received_at);
            }
            let _answer_was_recorded = tell.send(captured);
        });
        told
    }
}

/// Those of all requests, and those of each route.
fn excludes(tee: &config::Tee) -> impl Iterator<Item = &Exclude> {
    tee.excludes.iter().chain(tee.routes.iter().flat_map(|route| &route.excludes))
}

fn gap_of(reason: GapReason, capture: &Capture, captured: Captured) -> Gap {
    Gap {
        reason,
        began_at: capture.received_at,
        ended_at: match reason {
            GapReason::BodyTooLarge => capture.received_at,
            _ => clock::now(),
        },
        requests: Some(1),
        lane: None,
        capture: Some(captured.capture),
        order_key: capture.order_key.clone(),
        detail: None,
    }
}

/// Whether the client may be told the length of a body that isn't sent. In HTTP/2 it would wait for it.
fn says_length(parts: &Parts) -> bool {
    parts.version != Version::HTTP_2
}

/// The lane's answer as it came, or the tee's own where there is none.
fn respond(sent: Sent, says_length: bool, recorder: Option<Recorder>) -> Response<AnswerBody> {
    match sent {
        Sent::Answered(response, head) => {
            let (mut parts, body) = response.into_parts();
            parts.headers = net::forwarded(&parts.headers, 0);
            parts.version = Version::HTTP_11;
            let body = match recorder {
                Some(recorder) => AnswerBody::recorded(body, recorder, head),
                None => AnswerBody::passed(body),
            };
            let length = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
            let body = match length {
                Some(length) if says_length && parts.status == StatusCode::NOT_MODIFIED => body.saying(length),
                _ => body,
            };
            Response::from_parts(parts, body)
        }
        Sent::Failed(head) => {
            let response = match head.ending {
                Ending::TimedOut => own::gateway_timeout(),
                _ => own::bad_gateway(),
            };
            if let Some(recorder) = recorder {
                recorder.record(head, Bytes::new(), 0);
            }
            response
        }
    }
}
