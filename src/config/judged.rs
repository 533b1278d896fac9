//! What of a configuration a run is judged by, as canonical JSON: names in order, no secrets, no
//! addresses, no limits, no intervals. Its digest tells runs apart (DESIGN 6, Runs).

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::draft::{LaneWritten, Written};
use super::{Config, Exclude, KeySource, LaneConfig, OperationRule, Poll, PollFrom, Route};
use crate::outcome::Lane;

pub(super) fn judged_by(config: &Config, written: &Written) -> Value {
    let lane = |lane: Lane| of_lane(config.lanes.get(lane), written.lanes.get(lane));
    let later = &written.later;
    sorted(json!({
        "version": 1,
        "routes": config.tee.routes.iter().map(of_route).collect::<Vec<_>>(),
        "exclusions": config.tee.excludes.iter().map(of_exclusion).collect::<Vec<_>>(),
        "lanes": { "legacy": lane(Lane::Legacy), "gated": lane(Lane::Gated) },
        "census_expected": config.census.expected,
        "order": later.order,
        "compare": later.compare,
        "gates": {
            "loss_rate_max": config.gates.loss_rate_max,
            "confidence": config.gates.confidence,
            "fields_differ_max": later.gates.fields_differ_max,
            "hours_min": later.gates.hours_min,
            "strata": later.gates.strata,
            "sender_deadline_us": later.sender_deadline.map(us),
        },
    }))
}

fn of_route(route: &Route) -> Value {
    let keys = |sources: &[KeySource]| sources.iter().map(ToString::to_string).collect::<Vec<_>>();
    let operation = match &route.operation {
        OperationRule::Always(operation) => json!(operation.as_str()),
        OperationRule::ByHeader { name, values } => {
            let values: Map<String, Value> =
                values.iter().map(|(value, operation)| (value.clone(), json!(operation.as_str()))).collect();
            json!({ "header": name.as_str(), "values": values })
        }
    };
    json!({
        "method": route.method.as_ref().map(hyper::Method::as_str),
        "path": route.path,
        "operation": operation,
        "order_key": keys(&route.order_key),
        "also_known_as": keys(&route.also_known_as),
        "event_id": keys(&route.event_id),
        "delivery_id": keys(&route.delivery_id),
    })
}

fn of_exclusion(exclude: &Exclude) -> Value {
    json!({ "pointer": exclude.pointer, "equals": exclude.equals, "reason": exclude.reason })
}

fn of_lane(lane: &LaneConfig, written: &LaneWritten) -> Value {
    json!({
        "role": lane.role,
        "flow": lane.flow,
        "ledger": lane.ledger,
        "send": lane.send.as_str(),
        "idempotent": lane.idempotent,
        "host": lane.host.as_str(),
        "answer": lane.answer,
        "scope": lane.scope,
        "poll": lane.poll.as_ref().map(of_poll),
        "sla_us": us(lane.sla),
        "horizon_us": us(lane.horizon),
        // Unless set it follows from the interval of the polls, which may change inside a run.
        "grace_us": written.grace.map(us),
    })
}

/// What a document says, and how far a reading reaches; not where and how often it is asked for.
fn of_poll(poll: &Poll) -> Value {
    let (items, order_key, reference, committed_at) = match &poll.from {
        PollFrom::Http(http) => {
            (Some(&http.items), Some(&http.order_key), Some(&http.reference), http.committed_at.as_ref())
        }
        PollFrom::Sql(_) => (None, None, None, None),
    };
    json!({
        "items": items,
        "order_key": order_key,
        "order_key_strip": poll.order_key_strip,
        "reference": reference,
        "committed_at": committed_at,
        "overlap_us": us(poll.overlap),
        "lag_us": us(poll.lag),
    })
}

/// At most a year, so it fits.
fn us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The same value with the members of every object in the order of their names, whatever map serde_json was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> =
                members.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        scalar => scalar,
    }
}
