//! `GET /metrics`: numbers for Prometheus, in its text format 0.0.4. What they are taken from has no order in it: nothing here
//! names one, or a customer, and the number of series is bounded whatever comes.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

mod families;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::extract::State as Extracted;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use jiff::Timestamp;

use super::{Gauges, Look};
use crate::audit::live::{Now, Watch};
use crate::clock;
use crate::journal::{Journal, Stats};
use crate::judge::{Decision, Fate, GateName};
use crate::net::{Guard, NotLetIn};
use crate::outcome::PerLane;

/// What the text is.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Where the numbers come from.
#[derive(Clone)]
pub struct Parts {
    /// What is judged.
    pub watch: Watch,
    /// How the journal does.
    pub journal: Journal,
    /// Who is let in.
    pub guard: Guard,
    /// What only others know; `None`: there is no sidecar behind it.
    pub look: Option<Look>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("watch", &self.watch).finish_non_exhaustive()
    }
}

/// What is told. No order stands in it, so that none can be told of.
#[derive(Clone, Debug)]
struct Told<'a> {
    version: &'a str,
    now: Timestamp,
    /// `None`: nothing was judged yet.
    judged: Option<Judged>,
    journal: &'a Stats,
    gauges: Option<&'a Gauges>,
}

/// What of an assessment is told.
#[derive(Clone, Debug)]
struct Judged {
    at: Timestamp,
    took: Duration,
    run: u32,
    decision: Decision,
    gates: Vec<(GateName, Decision)>,
    fates: PerLane<BTreeMap<Fate, u64>>,
    gaps: u64,
    gaps_unexplained: u64,
    lanes: PerLane<LaneJudged>,
}

/// What of a lane is told.
#[derive(Clone, Copy, Debug, Default)]
struct LaneJudged {
    readings_complete: u64,
    readings_broken: u64,
    watermark: Option<Timestamp>,
}

impl From<&Now> for Judged {
    fn from(Now { assessment, judged_at, took }: &Now) -> Self {
        let run = &assessment.run;
        Self {
            at: *judged_at,
            took: *took,
            run: run.number,
            decision: assessment.decision,
            gates: assessment.gates.iter().map(|gate| (gate.name, gate.status)).collect(),
            fates: assessment.fates.clone(),
            gaps: run.gaps,
            gaps_unexplained: run.gaps_unexplained,
            lanes: PerLane::from_fn(|lane| {
                let lane = run.lanes.get(lane);
                LaneJudged {
                    readings_complete: lane.readings_complete,
                    readings_broken: lane.readings_broken,
                    watermark: lane.watermark,
                }
            }),
        }
    }
}

/// The text, as it is at `now`. What was judged, and what only others know, is left out where there is none of it.
#[must_use]
pub fn render(now: Timestamp, judged: Option<&Now>, journal: &Stats, gauges: Option<&Gauges>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    families::all(&Told { version, now, judged: judged.map(Judged::from), journal, gauges })
}

/// The route. Nobody is let in that the guard doesn't let in: how many orders there are is the shop's own business.
pub fn router(parts: Parts) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(parts)
}

async fn metrics(Extracted(parts): Extracted<Parts>, headers: HeaderMap) -> Response {
    if let Err(refused) = parts.guard.check(&headers) {
        return refusal(refused);
    }
    let gauges = parts.look.as_ref().map(|look| look());
    let text = render(clock::now(), parts.watch.now().as_ref(), &parts.journal.stats(), gauges.as_ref());
    ([(CONTENT_TYPE, TEXT)], text).into_response()
}

fn refusal(refused: NotLetIn) -> Response {
    let said = format!("{refused}\n");
    match refused {
        NotLetIn::Forbidden(_) => (StatusCode::FORBIDDEN, said).into_response(),
        NotLetIn::Unauthorized => {
            let ask = [(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
            (StatusCode::UNAUTHORIZED, ask, said).into_response()
        }
    }
}

#[cfg(test)]
mod tests;
