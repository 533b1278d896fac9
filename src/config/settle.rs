//! `[settle]` and a lane's own `settle = { … }`: how long an order may take.

use std::time::Duration;

use super::fault::Span;
use super::reader::{At, Table};
use super::values::{duration, duration_or_zero};

/// Customers who are told later than this write to support.
const SLA: Duration = Duration::from_secs(2 * 60);

/// After this an order that isn't in the ledger won't come by itself.
const HORIZON: Duration = Duration::from_secs(15 * 60);

/// Settle times as written.
#[derive(Clone, Debug, Default)]
pub(super) struct Settle {
    pub(super) sla: Option<At<Duration>>,
    pub(super) horizon: Option<At<Duration>>,
    pub(super) grace: Option<At<Duration>>,
    pub(super) clock_skew_max: Option<At<Duration>>,
}

pub(super) fn read(mut table: Table<'_>) -> Settle {
    let sla = table.get("sla", duration);
    let horizon = table.get("horizon", duration);
    let grace = table.get("grace", duration_or_zero);
    let clock_skew_max = table.get("clock_skew_max", duration_or_zero);
    table.close();
    Settle { sla, horizon, grace, clock_skew_max }
}

impl Settle {
    /// These, and `general` where they say nothing.
    pub(super) fn over(&self, general: &Self) -> Self {
        let pick = |own: &Option<At<Duration>>, general: &Option<At<Duration>>| own.clone().or_else(|| general.clone());
        Self {
            sla: pick(&self.sla, &general.sla),
            horizon: pick(&self.horizon, &general.horizon),
            grace: pick(&self.grace, &general.grace),
            clock_skew_max: pick(&self.clock_skew_max, &general.clock_skew_max),
        }
    }

    pub(super) fn sla(&self) -> Duration {
        self.sla.as_ref().map_or(SLA, |at| at.value)
    }

    pub(super) fn horizon(&self) -> Duration {
        self.horizon.as_ref().map_or(HORIZON, |at| at.value)
    }

    /// Where the last of the two was written.
    pub(super) fn span(&self) -> Option<Span> {
        let spans = [&self.sla, &self.horizon].into_iter().flatten().map(|at| at.span.clone());
        spans.max_by_key(|span| span.start)
    }
}
