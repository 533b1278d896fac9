//! What the judge needs to know of a configuration.

use super::{Config, LaneConfig, PollFrom, SendWhen, compare, poll};
use crate::judge::{LanePolicy, Policy};
use crate::outcome::{Lane, PerLane, Role};

impl Config {
    /// What a run of this configuration is judged by.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let mut compare = self.compare.clone();
        compare.rules.extend(compare::built_in(&self.compare, &self.lanes));
        Policy {
            lanes: PerLane::from_fn(|lane: Lane| lane_policy(self.lanes.get(lane), self.admin.is_some())),
            census_expected: self.census.expected,
            orders: (self.tee.routes.iter())
                .filter(|route| route.tells_order())
                .map(|route| (route.path.clone(), route.order.clone()))
                .collect(),
            census_document: self.census.document.as_deref().cloned(),
            compare: Some(compare),
            gates: self.gates.clone(),
            owners: self.owners.clone(),
        }
    }
}

/// Whether some observer of a lane's ledger is to say when documents were committed. Callbacks alone may.
fn has_commit_times(lane: &LaneConfig) -> bool {
    let polled = lane.poll.as_ref().map(|poll| match &poll.from {
        PollFrom::Http(http) => http.committed_at.is_some(),
        PollFrom::Sql(sql) => sql.query.to_ascii_lowercase().contains("committed_at"),
    });
    let imported = lane.import.as_ref().map(|import| import.at.is_some());
    match (polled, imported) {
        (None, None) => true,
        (polled, imported) => polled == Some(true) || imported == Some(true),
    }
}

/// Callbacks and imports are observers as good as a poll; without them the lane has no readings, and nothing is concluded.
fn lane_policy(lane: &LaneConfig, takes_callbacks: bool) -> LanePolicy {
    let poll = lane.poll.as_ref();
    LanePolicy {
        role: lane.role,
        flow: lane.flow,
        ledger: lane.ledger,
        observed: poll.is_some() || lane.import.is_some() || takes_callbacks,
        sla: lane.sla,
        horizon: lane.horizon,
        lag: poll.map_or(poll::LAG, |poll| poll.lag),
        overlap: poll.map_or(poll::OVERLAP, |poll| poll.overlap),
        grace: lane.grace,
        answer: lane.answer.clone(),
        scope: lane.scope.clone(),
        sent_after_live_accepts: lane.role == Role::Shadow && lane.send == SendWhen::AfterLiveAccepts,
        clock_skew_max: lane.clock_skew_max,
        commit_times: has_commit_times(lane),
        documents: lane.documents,
        document: lane.document.as_deref().cloned(),
    }
}
