//! Waiting for ledgers: before the first request, so that what is in them already is known; and after the last, until absence can be
//! told.

use std::time::Duration;

use anyhow::bail;
use jiff::Timestamp;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::guard::Terms;
use super::progress;
use super::stage::{Stage, polled};
use crate::cli::output;
use crate::clock;
use crate::journal::Reader;
use crate::outcome::{Lane, Reading};
use crate::replay::{Preparer, Selector};

/// From one look at the readings to the next.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Readings of a ledger that may fail before the first request: one that can't be read now won't tell what came of the replay.
const FAILED_MAX: usize = 3;

/// How long the last readings are waited for, when their time is over: a slow one may be at its last page.
const LAST_READING_MAX: Duration = Duration::from_secs(60);

/// Readings after the horizon that prove that an order is lost.
const READINGS: usize = 2;

/// Waits until each ledger that is polled was read once to its end: its documents are none of the replay's.
pub(super) async fn baseline(stage: &Stage, terms: &Terms, stop: &CancellationToken) -> anyhow::Result<()> {
    let began = clock::now();
    if polled(terms).next().is_some() {
        output::tell("reading the ledgers before the first request");
    }
    for lane in polled(terms) {
        loop {
            let (complete, failed): (Vec<Reading>, Vec<Reading>) =
                readings_since(stage, lane, began)?.into_iter().partition(|reading| reading.complete);
            if !complete.is_empty() || stop.is_cancelled() {
                break;
            }
            if let Some(last) = failed.last().filter(|_| failed.len() >= FAILED_MAX) {
                let why = last.error.as_deref().unwrap_or("no reading came to its end");
                bail!("read the {lane} ledger before the first request: {why} (nothing was sent)");
            }
            sleep(LOOK_EVERY).await;
        }
    }
    Ok(())
}

/// The readings of a ledger that began at a time or later.
fn readings_since(stage: &Stage, lane: Lane, since: Timestamp) -> anyhow::Result<Vec<Reading>> {
    let readings = Reader::open(stage.journal().path())?.readings(lane)?.into_iter();
    Ok(readings.map(|(_, reading)| reading).filter(|reading| reading.began_at >= since).collect())
}

/// How many of them came to their end.
fn complete_since(stage: &Stage, lane: Lane, since: Timestamp) -> anyhow::Result<usize> {
    Ok(readings_since(stage, lane, since)?.iter().filter(|reading| reading.complete).count())
}

/// Waits until every order's time in the ledgers is over, and they were read after it. What is sent again meanwhile, as its end was unknown and its
/// document is not there, has its time as well.
pub(super) async fn settle(stage: &Stage, terms: &Terms, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut sent = clock::now();
    loop {
        once(stage, terms, sent, stop).await?;
        while stage.is_sending() && !stop.is_cancelled() {
            sleep(LOOK_EVERY).await;
        }
        let last = stage.last_sent()?.filter(|last| *last > sent);
        match last {
            Some(last) if !stop.is_cancelled() => sent = last,
            _ => return Ok(()),
        }
        output::tell("some were sent again, as their end was unknown and the ledger has no document of them");
    }
}

/// Waits until what was sent up to a time has had its own.
async fn once(stage: &Stage, terms: &Terms, sent: Timestamp, stop: &CancellationToken) -> anyhow::Result<()> {
    let beyond = |span: Duration| sent.saturating_add(span).unwrap_or(Timestamp::MAX);
    let lag = |lane: Lane| terms.config.lanes.get(lane).poll.as_ref().map(|poll| poll.lag).unwrap_or_default();
    let until = beyond(settle_time(terms));
    let shown = progress::settling(settle_time(terms));
    while clock::now() < until && !stop.is_cancelled() {
        sleep(LOOK_EVERY).await;
        shown.set_position(progress::seconds(clock::now().duration_since(sent)));
    }
    shown.finish_and_clear();
    let last = tokio::time::Instant::now() + LAST_READING_MAX;
    for lane in polled(terms) {
        let horizon = beyond(terms.config.lanes.get(lane).horizon + lag(lane));
        while complete_since(stage, lane, horizon)? < READINGS && !stop.is_cancelled() {
            if tokio::time::Instant::now() >= last {
                output::tell(&format!(
                    "the {lane} ledger was not read twice in the time after the last send; what it lacks is unknown"
                ));
                break;
            }
            sleep(LOOK_EVERY).await;
        }
    }
    Ok(())
}

/// How long it takes from the last send until a run judges it: the longer horizon, and the grace behind it.
pub(super) fn settle_time(terms: &Terms) -> Duration {
    let judged = terms.sent_to().into_iter().map(|lane| {
        let lane = terms.config.lanes.get(lane);
        lane.horizon + lane.poll.as_ref().map(|poll| poll.lag).unwrap_or_default() + lane.grace
    });
    // The window that is judged ends at whole seconds nowhere; one more keeps the last order on its right side.
    judged.max().unwrap_or_default() + Duration::from_secs(1)
}

/// Refuses to send orders of which a ledger holds documents already, as from an earlier replay: they would count as commits, whatever the lane does.
pub(super) fn none_is_there(stage: &Stage, terms: &Terms, selector: Selector) -> anyhow::Result<()> {
    let reader = Reader::open(stage.journal().path())?;
    for lane in polled(terms) {
        if reader.has_documents(lane)? {
            return each_is_new(&reader, stage, terms, selector);
        }
    }
    Ok(())
}

fn each_is_new(reader: &Reader, stage: &Stage, terms: &Terms, selector: Selector) -> anyhow::Result<()> {
    let mut preparer = Preparer { recorded: None, ..stage.preparer(terms) };
    let mut there: Vec<(Lane, u64)> = polled(terms).map(|lane| (lane, 0)).collect();
    for chosen in selector {
        let Some(capture) = preparer.prepare(&chosen?)?.map(|prepared| prepared.capture) else { continue };
        let Some(key) = capture.order_key.as_ref().filter(|_| capture.is_teed()) else { continue };
        // What an earlier process of this replay sent is there because of that.
        if reader.is_captured(stage.run().number, key)? {
            continue;
        }
        for (lane, count) in &mut there {
            *count += u64::from(reader.has_document(&capture, *lane)?);
        }
    }
    let held: Vec<String> = there
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(lane, count)| format!("the {lane} ledger holds {count}"))
        .collect();
    if !held.is_empty() {
        bail!(
            "replay: {} of these orders already, as from an earlier replay, and they would count as commits whatever the lane does; set the sandbox up anew (nothing was sent)",
            held.join(" and ")
        );
    }
    Ok(())
}
