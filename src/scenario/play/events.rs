//! What happens to whole systems while orders are placed, at its time.

use std::time::Duration;

use jiff::Timestamp;

use super::super::plan::{Event, Happening};
use super::super::stage::Moment;
use super::PlayError;
use super::act::{Run, Running};
use crate::clock;
use crate::sim::erp::Breakage;

/// A turn of an event: it begins, or it is over.
struct Turn<'e> {
    at: Duration,
    event: &'e Event,
    is_over: bool,
}

/// Plays all events, in the first act, which goes on until the last of them is over; those without an end last for ever.
pub(super) async fn play(
    run: &Run<'_>,
    opened_at: Timestamp,
    is_first: bool,
    sidecar: &mut Running<'_, '_>,
) -> Result<(), PlayError> {
    if !is_first {
        return Ok(());
    }
    for turn in turns(&run.scenario.events) {
        let passed = clock::now().duration_since(opened_at);
        let wait = turn.at.saturating_sub(Duration::try_from(passed).unwrap_or_default());
        tokio::time::sleep(clock::real(wait)).await;
        run.audience.see(Moment::Event { id: &turn.event.id, is_over: turn.is_over });
        happen(run, turn.event.what, turn.is_over, sidecar).await?;
    }
    Ok(())
}

fn turns(events: &[Event]) -> Vec<Turn<'_>> {
    let begin = events.iter().map(|event| Turn { at: event.from, event, is_over: false });
    let end = events.iter().map(|event| Turn { at: event.until, event, is_over: true });
    let mut turns: Vec<Turn<'_>> = begin.chain(end.filter(|turn| turn.at < Duration::MAX)).collect();
    turns.sort_by_key(|turn| turn.at);
    turns
}

async fn happen(run: &Run<'_>, what: Happening, is_over: bool, sidecar: &mut Running<'_, '_>) -> Result<(), PlayError> {
    let world = run.world;
    match what {
        Happening::LaneDown(lane) => world.lane_down(lane, !is_over),
        Happening::ErpDown(lane) => world.erp(lane).set_down(!is_over),
        Happening::PageBroken(lane, _) if is_over => world.erp(lane).mend_ledger(),
        Happening::PageBroken(lane, page) => world.erp(lane).break_ledger(page, Breakage::Fails),
        Happening::ErpSlow(lane, _) if is_over => {
            world.erp(lane).set_commit_latency(run.scenario.world.erps.get(lane).commit_latency);
        }
        Happening::ErpSlow(lane, latency) => world.erp(lane).set_commit_latency(latency),
        Happening::SidecarStopped | Happening::SidecarKilled if is_over => sidecar.start().await?,
        Happening::SidecarStopped => sidecar.stop().await,
        Happening::SidecarKilled => sidecar.kill().await,
        Happening::ShadowPaused => {
            if let Some(sidecar) = sidecar.sidecar() {
                sidecar.pace().pause(!is_over);
            }
        }
    }
    Ok(())
}
