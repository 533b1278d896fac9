//! The judged window: which orders a run is judged by, and reckoning with times that never overflows.

use std::time::Duration;

use jiff::Timestamp;

use super::{Evidence, Policy};
use crate::outcome::Lane;

/// The judged window `[begin, until)` of a run.
///
/// `until` is as given, or else `as_of` less the longest that an order may take to become readable: the longer
/// lane's horizon, its ledger's lag, and the grace that two readings need. It never lies before `begin`.
#[must_use]
pub fn window(policy: &Policy, evidence: &Evidence) -> (Timestamp, Timestamp) {
    let settled = Lane::ALL.iter().map(|lane| policy.lanes.get(*lane)).map(|lane| {
        let horizon = lane.horizon.saturating_add(lane.lag);
        horizon.saturating_add(lane.grace)
    });
    let settled = settled.max().unwrap_or_default();
    let until = evidence.until.unwrap_or_else(|| earlier(evidence.as_of, settled));
    (evidence.begin, until.max(evidence.begin))
}

/// `time` and `by` more, at most the last time there is.
pub(super) fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// `time` less `by`, at least the first time there is.
pub(super) fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    time.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
