//! Waits until nothing is open any more, or until no more can be expected.

use std::time::Duration;

use tokio::time::Instant;

use super::super::plan::Act;
use super::super::stage::Moment;
use super::PlayError;
use super::act::{Run, Running};
use crate::audit::{self, AuditError};
use crate::clock;
use crate::journal::Reader;
use crate::judge::{Assessment, Fate};
use crate::outcome::Lane;

/// From one look at the journal to the next, at least; judging takes time from the world.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Looking takes no more than a fifth of the time.
const LOOK_SHARE: u32 = 4;

/// Waits until every order of the run has a fate on both lanes, or `settle_max` after the judged window holds them all.
pub(super) async fn settle(
    run: &Run<'_>,
    act: &Act,
    number: u32,
    _sidecar: &mut Running<'_, '_>,
) -> Result<(), PlayError> {
    let plan = &run.scenario.world.sidecar;
    let horizon = plan.lanes.legacy.horizon.max(plan.lanes.gated.horizon);
    let first_look = Instant::now() + clock::real(horizon);
    let limit = first_look + clock::real(plan.settle_max);
    let first = *run.world.placed().borrow();
    let first = first.saturating_sub(act.orders) + 1;
    while Instant::now() < first_look {
        tokio::time::sleep(LOOK_EVERY).await;
        run.audience.see(Moment::Settling(run.stand(act, first, 0)));
    }
    loop {
        let looked = Instant::now();
        let open = open_orders(run, act.orders, number).await?;
        run.audience.see(Moment::Settling(run.stand(act, first, act.orders.saturating_sub(open))));
        let told = run.world.teller().waiting() == 0;
        if (open == 0 && told) || Instant::now() >= limit {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY.max(looked.elapsed() * LOOK_SHARE)).await;
    }
}

/// Orders that have no fate yet on one of the lanes.
async fn open_orders(run: &Run<'_>, orders: u64, number: u32) -> Result<u64, PlayError> {
    let journal = run.place.journal.clone();
    let judged = tokio::task::spawn_blocking(move || audit::assess(&Reader::open(&journal)?, Some(number), None));
    match judged.await? {
        Ok(assessment) => Ok(open(&assessment)),
        Err(AuditError::Empty) => Ok(orders),
        Err(error) => Err(error.into()),
    }
}

fn open(assessment: &Assessment) -> u64 {
    let open = |lane: &Lane| {
        let fates = assessment.fates.get(*lane);
        let of = |fate| fates.get(&fate).copied().unwrap_or_default();
        of(Fate::Pending) + of(Fate::Unobserved) + of(Fate::Unsent)
    };
    Lane::ALL.iter().map(open).max().unwrap_or_default()
}
