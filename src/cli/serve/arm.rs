//! Arms a shadow against a production ledger, for one run: refuses what arms nothing or for too long, and puts it on record
//! before anything is sent.

use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::config::Config;
use crate::journal::{Control, ControlKind, Journal, Reader, Record, RecordError};
use crate::outcome::{ActDetail, Arming, Lane, LedgerKind, RowId, ShadowAct};
use crate::run::Run;
use crate::shadow::Armed;

/// Longest arming: somebody is to watch it to its end.
const LASTS_MAX: Duration = Duration::from_hours(24);

/// Whether a shadow with this ledger may be started now.
pub(super) fn check(ledger: LedgerKind, arming: Option<&Arming>, now: Timestamp) -> anyhow::Result<()> {
    match (ledger, arming) {
        (LedgerKind::Production, None) => bail!(
            "start: the shadow's ledger is a production; arm it by --arm-production, or give the shadow a sandbox"
        ),
        // The same command starts it again after a crash: orders must not be refused for it.
        (LedgerKind::Production, Some(arming)) if arming.until <= now => {
            tracing::warn!(until = %arming.until, "the arming's time is over: nothing is sent to the production ledger");
            Ok(())
        }
        (LedgerKind::Production, Some(arming)) if arming.until > now + LASTS_MAX => bail!(
            "arm the shadow: until {} is longer than {} hours, and somebody is to watch it to its end",
            arming.until,
            LASTS_MAX.as_secs() / 3_600
        ),
        (ledger, Some(_)) if ledger != LedgerKind::Production => {
            bail!(
                "arm the shadow: its ledger is declared `{ledger}`, so there is nothing to arm; leave --arm-production out"
            )
        }
        _ => Ok(()),
    }
}

/// Puts the arming on record where it isn't yet, and counts what was sent under it before: the same terms are the same
/// arming, however often the process starts.
pub(super) async fn arm(
    arming: Arming,
    config: &Config,
    lane: Lane,
    journal: &Journal,
    run: Run,
) -> anyhow::Result<Armed> {
    let of_arming = recorded(&arming, journal)?;
    if !of_arming.iter().any(|(of, ..)| *of == Some(run.number)) {
        let by = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()).filter(|name| !name.is_empty());
        let by = by.map_or_else(|| "command line".to_owned(), |user| format!("{user} (command line)"));
        let detail = ActDetail { by: Some(by), why: None, arming: Some(arming.clone()) };
        let control =
            Control { run: Some(run.number), kind: ControlKind::Arm, detail: Some(serde_json::to_string(&detail)?) };
        journal.record(vec![Record::Control(control)]).await.context("put the arming on record")?;
    }
    let first = recorded(&arming, journal)?.into_iter().next().ok_or(RecordError::Closed)?;
    let reader = Reader::open(journal.path())?;
    let ended = reader.acts(None)?.iter().any(|seen| seen.act == ShadowAct::Disarm && seen.row > first.1);
    tracing::warn!(
        until = %arming.until, orders = arming.orders_max, money = %arming.money_max, currency = arming.currency,
        "the shadow is armed: it writes to a production ledger"
    );
    let places = config.policy().orders;
    let armed = Armed::resume(arming, places, (first.1, first.2), &reader, lane)?;
    Ok(if ended { armed.ended() } else { armed })
}

/// Where this arming is on record, and in which runs.
fn recorded(arming: &Arming, journal: &Journal) -> anyhow::Result<Vec<(Option<u32>, RowId, Timestamp)>> {
    let acts = Reader::open(journal.path())?.acts(None)?;
    let of_arming =
        acts.into_iter().filter(|seen| seen.act == ShadowAct::Arm && seen.detail.arming.as_ref() == Some(arming));
    Ok(of_arming.map(|seen| (seen.run, seen.row, seen.at)).collect())
}
