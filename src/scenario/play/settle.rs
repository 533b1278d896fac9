//! Waits until nothing is open any more, or until no more can be expected.

use std::time::Duration;

use tokio::time::Instant;

use super::super::plan::Act;
use super::super::stage::Moment;
use super::PlayError;
use super::act::Run;
use crate::audit::{self, AuditError};
use crate::clock;
use crate::journal::Reader;
use crate::judge::{Assessment, Decision, Fate, GateName};
use crate::outcome::Lane;
use crate::sim::OrderNumber;

/// From one look at the journal to the next, at least; judging takes time from the world.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Looking takes no more than a fifth of the time.
const LOOK_SHARE: u32 = 4;

/// Waits until every order of the run, from position `first`, has a fate on both lanes and both ledgers were read for it, or
/// `settle_max` after the judged window holds them all.
pub(super) async fn settle(run: &Run<'_>, act: &Act, first: OrderNumber, number: u32) -> Result<(), PlayError> {
    let plan = &run.scenario.world.sidecar;
    let horizon = plan.lanes.legacy.horizon.max(plan.lanes.gated.horizon);
    let first_look = Instant::now() + clock::real(horizon);
    let limit = first_look + clock::real(plan.settle_max);
    while Instant::now() < first_look {
        tokio::time::sleep(LOOK_EVERY).await;
        run.audience.see(Moment::Settling(run.stand(act, first, 0)));
    }
    loop {
        let looked = Instant::now();
        let seen = look(run, number).await?;
        let open = seen.as_ref().map_or(act.orders, open);
        run.audience.see(Moment::Settling(run.stand(act, first, act.orders.saturating_sub(open))));
        let told = run.world.teller().waiting() == 0;
        let is_settled = open == 0 && told && seen.as_ref().is_some_and(are_ledgers_read);
        if is_settled || Instant::now() >= limit {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY.max(looked.elapsed() * LOOK_SHARE)).await;
    }
}

/// What the judge says now; `None` while there is nothing to judge.
async fn look(run: &Run<'_>, number: u32) -> Result<Option<Assessment>, PlayError> {
    let journal = run.place.journal.clone();
    let judged = tokio::task::spawn_blocking(move || audit::assess(&Reader::open(&journal)?, Some(number), None));
    match judged.await? {
        Ok(assessment) => Ok(Some(assessment)),
        Err(AuditError::Empty) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether both ledgers were read after the time of every order was over: an order that was sent again has a later one.
fn are_ledgers_read(assessment: &Assessment) -> bool {
    let gate = assessment.gates.iter().find(|gate| gate.name == GateName::EvidenceIntact);
    gate.is_some_and(|gate| gate.status == Decision::Go)
}

/// Orders that have no fate yet on one of the lanes.
fn open(assessment: &Assessment) -> u64 {
    let open = |lane: &Lane| {
        let fates = assessment.fates.get(*lane);
        let of = |fate| fates.get(&fate).copied().unwrap_or_default();
        of(Fate::Pending) + of(Fate::Unobserved) + of(Fate::Unsent)
    };
    Lane::ALL.iter().map(open).max().unwrap_or_default()
}
