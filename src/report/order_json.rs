//! One order as JSON: what became of it on both lanes, and what happened in the order of time.

use serde_json::{Value, json};

use super::story::events;
use super::words;
use crate::judge::{DocumentState, LaneVerdict, Policy, Timeline, Verdict};
use crate::outcome::{Lane, Role};

/// One order. Times are RFC 3339, durations microseconds; an interface of the admin port (`docs/openapi.json`).
#[must_use]
pub fn order_json(run: u32, timeline: &Timeline, verdict: &Verdict, policy: &Policy) -> Value {
    let live = Lane::ALL.iter().copied().find(|lane| policy.lanes.get(*lane).role == Role::Live);
    let lane = |lane: Lane| lane_json(verdict.fates.get(lane).as_str(), verdict.lanes.get(lane));
    let events: Vec<Value> = events(timeline, policy)
        .iter()
        .map(|event| {
            json!({
                "at": event.at.to_string(),
                "lane": event.lane.map(Lane::as_str),
                "what": event.words,
                "clock_of_source": event.foreign_clock,
            })
        })
        .collect();
    json!({
        "order_key": verdict.key.as_str(),
        "run": run,
        "received_at": verdict.received_at.to_string(),
        "counted": verdict.counted,
        "parity": verdict.parity.as_str(),
        "tell_customer": words::told_customer(verdict, live.unwrap_or(Lane::Legacy)),
        "lanes": { "legacy": lane(Lane::Legacy), "gated": lane(Lane::Gated) },
        "events": events,
    })
}

fn lane_json(fate: &str, of: &LaneVerdict) -> Value {
    let documents: Vec<Value> = of
        .documents
        .iter()
        .map(|seen| {
            json!({
                "reference": seen.reference,
                "committed_at": seen.committed_at.map(|at| at.to_string()),
                "first_seen_at": seen.first_seen_at.to_string(),
                "state": match seen.state {
                    DocumentState::Present => "present",
                    DocumentState::Missing => "missing",
                    DocumentState::Gone => "gone",
                    DocumentState::Cancelled => "cancelled",
                },
            })
        })
        .collect();
    json!({
        "fate": fate,
        "why": of.why,
        "first_send": of.first_send.map(|at| at.to_string()),
        "commit_latency_us": of.commit_latency.map(|took| i64::try_from(took.as_micros()).unwrap_or(i64::MAX)),
        "confirmed_at": of.confirmed.map(|told| told.at.to_string()),
        "confirmed_derived": of.confirmed.map(|told| told.derived),
        "read_adequately": of.read_adequately,
        "documents": documents,
    })
}
