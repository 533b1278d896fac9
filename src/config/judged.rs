//! What of a configuration a run is judged by, as canonical JSON: names in order, no secrets, no
//! addresses, no limits, no intervals. Its digest tells runs apart (DESIGN 6, Runs).

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::draft::{LaneWritten, Written};
use super::import::time_zone_text;
use super::{
    Allocated, Config, Exclude, Import, ImportExclude, KeySource, LaneConfig, Matches, OperationRule, Poll, PollFrom,
    Route, RowPlace,
};
use crate::outcome::{Lane, Operation};

pub(super) fn judged_by(config: &Config, written: &Written) -> Value {
    let lane = |lane: Lane| of_lane(config.lanes.get(lane), written.lanes.get(lane));
    sorted(json!({
        "version": 5,
        "routes": config.tee.routes.iter().map(of_route).collect::<Vec<_>>(),
        "exclusions": config.tee.excludes.iter().map(of_exclusion).collect::<Vec<_>>(),
        "lanes": { "legacy": lane(Lane::Legacy), "gated": lane(Lane::Gated) },
        "census_expected": config.census.expected,
        "census_import": config.census.import.as_ref().map(of_import),
        "census_document": config.census.document,
        // Rules that follow from the rest are judged by with the rest.
        "compare": config.compare,
        "gates": {
            "loss_rate_max": config.gates.loss_rate_max,
            "confidence": config.gates.confidence,
            "fields_differ_max": config.gates.fields_differ_max,
            "latency_quantile": config.gates.latency_quantile,
            "sensitivity_min": config.gates.sensitivity_min,
            "hours_min": config.gates.hours_min,
            "strata": config.gates.strata,
            "sender_deadline_us": config.gates.sender_deadline.map(us),
        },
    }))
}

fn of_route(route: &Route) -> Value {
    let keys = |sources: &[KeySource]| sources.iter().map(ToString::to_string).collect::<Vec<_>>();
    let meaning = |values: &[(String, Operation)]| -> Map<String, Value> {
        values.iter().map(|(value, operation)| (value.clone(), json!(operation.as_str()))).collect()
    };
    let operation = match &route.operation {
        OperationRule::Always(operation) => json!(operation.as_str()),
        OperationRule::ByHeader { name, values } => json!({ "header": name.as_str(), "values": meaning(values) }),
        OperationRule::ByPointer { pointer, values } => json!({ "pointer": pointer, "values": meaning(values) }),
    };
    json!({
        "method": route.method.as_ref().map(hyper::Method::as_str),
        "path": route.path,
        "operation": operation,
        "order_key": keys(&route.order_key),
        "also_known_as": keys(&route.also_known_as),
        "event_id": keys(&route.event_id),
        "delivery_id": keys(&route.delivery_id),
        "signature": route.signature.as_ref().map(|rule| rule.header.as_str()),
        "exclusions": route.excludes.iter().map(of_exclusion).collect::<Vec<_>>(),
        "order": route.order,
    })
}

fn of_exclusion(exclude: &Exclude) -> Value {
    json!({ "pointer": exclude.pointer, "equals": exclude.equals, "reason": exclude.reason })
}

fn of_lane(lane: &LaneConfig, written: &LaneWritten) -> Value {
    let mut judged = json!({
        "role": lane.role,
        "flow": lane.flow,
        "ledger": lane.ledger,
        "send": lane.send.as_str(),
        "idempotent": lane.idempotent,
        "host": lane.host.as_str(),
        "answer": lane.answer,
        "scope": lane.scope,
        "poll": lane.poll.as_ref().map(of_poll),
        "import": lane.import.as_ref().map(of_import),
        "documents": lane.documents.as_str(),
        "document": lane.document,
        "sla_us": us(lane.sla),
        "horizon_us": us(lane.horizon),
        // Unless set it follows from the interval of the polls, which may change inside a run.
        "grace_us": written.grace.map(us),
        "clock_skew_max_us": lane.clock_skew_max.map(us),
    });
    // Only where there is one: a lane without is judged as it was before there were any.
    if let (Value::Object(judged), Some(patch)) = (&mut judged, &lane.patch) {
        judged.insert("patch".to_owned(), json!(patch));
    }
    judged
}

/// What a document says, and how far a reading reaches; not where and how often it is asked for.
fn of_poll(poll: &Poll) -> Value {
    let mut judged = match &poll.from {
        PollFrom::Http(http) => json!({
            "items": http.items,
            "order_key": http.order_key,
            "reference": http.reference,
            "committed_at": http.committed_at,
        }),
        PollFrom::Sql(sql) => json!({ "sql": sql.query }),
    };
    let shared = json!({
        "order_key_strip": poll.order_key_strip,
        "cancelled": poll.cancelled.as_ref().map(of_matches),
        "allocated": poll.allocated.as_ref().map(of_allocated),
        "overlap_us": us(poll.overlap),
        "lag_us": us(poll.lag),
    });
    if let (Value::Object(judged), Value::Object(shared)) = (&mut judged, shared) {
        judged.extend(shared);
    }
    judged
}

fn of_matches(matches: &Matches) -> Value {
    json!({ "pointer": matches.pointer, "equals": matches.equals })
}

fn of_allocated(allocated: &Allocated) -> Value {
    match allocated {
        Allocated::Where(matches) => of_matches(matches),
        Allocated::Lines { lines, quantity, allocated } => {
            json!({ "lines": lines, "quantity": quantity, "allocated": allocated })
        }
    }
}

/// What a row says; not in which letters and columns it is written.
fn of_import(import: &Import) -> Value {
    let place = |place: &RowPlace| match place {
        RowPlace::Column(heading) => heading.clone(),
        RowPlace::Pointer(pointer) => pointer.to_string(),
    };
    let exclusion =
        |exclude: &ImportExclude| json!({ "matches": of_matches(&exclude.matches), "reason": exclude.reason });
    json!({
        "items": import.items,
        "order_key": place(&import.order_key),
        "order_key_strip": import.order_key_strip,
        "reference": import.reference.as_ref().map(place),
        "at": import.at.as_ref().map(place),
        "time_zone": time_zone_text(&import.time_zone),
        "document": import.document.as_ref().map(place),
        "cancelled": import.cancelled.as_ref().map(of_matches),
        "exclusions": import.excludes.iter().map(exclusion).collect::<Vec<_>>(),
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
