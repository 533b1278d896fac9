//! In which hours orders were seen, and of which kinds: what a run has not met it can't vouch for.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::compare::Contents;
use super::facts::OrderCase;
use super::{CaptureSeen, Fate, Stratum, StratumOf, Timeline};
use crate::outcome::PerLane;

/// Seconds of an hour.
const HOUR_S: i64 = 3_600;

/// What was seen of hours and strata. Its memory grows with the hours of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    hours: BTreeMap<i64, u64>,
    strata: Vec<u64>,
}

crate::stats::sum_of_fields!(Coverage { hours, strata });

impl Coverage {
    /// Counts an order of the judged window, if it was seen: what became of it on the gated lane is known.
    pub(super) fn count(
        &mut self,
        order: &OrderCase,
        (timeline, contents): (&Timeline, &Contents<'_>),
        fates: PerLane<Fate>,
        strata: &[Stratum],
    ) {
        if !is_known(fates.gated) {
            return;
        }
        *self.hours.entry(hour(order.came_at)).or_default() += 1;
        self.strata.resize(strata.len(), 0);
        for (seen, stratum) in self.strata.iter_mut().zip(strata) {
            *seen += u64::from(is_of(&stratum.of, timeline, contents));
        }
    }

    /// In how many hours of the clock, by UTC, an order came.
    pub(super) fn hours(&self) -> u64 {
        self.hours.len() as u64
    }

    /// How many orders of the stratum at `place` were seen.
    pub(super) fn of_stratum(&self, place: usize) -> u64 {
        self.strata.get(place).copied().unwrap_or(0)
    }
}

const fn is_known(gated: Fate) -> bool {
    !matches!(gated, Fate::Excluded | Fate::Pending | Fate::Unsent | Fate::Unobserved)
}

fn hour(at: Timestamp) -> i64 {
    at.as_second().div_euclid(HOUR_S)
}

fn is_of(of: &StratumOf, timeline: &Timeline, contents: &Contents<'_>) -> bool {
    match of {
        StratumOf::Operation(operation) => timeline
            .captures
            .iter()
            .any(|capture: &CaptureSeen| capture.operation == *operation && capture.skip.is_none()),
        StratumOf::Payload { pointer, equals } => contents.payloads().any(|(_, _, content)| {
            let found = content.json().and_then(Result::ok).and_then(|json| pointer.get(json));
            found.and_then(|value| value.scalar_text()).is_some_and(|text| equals.iter().any(|value| value == text))
        }),
    }
}
