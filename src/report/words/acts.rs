//! What was done about the shadow: pauses, and armings against a production ledger, which every page says at its top.

use super::counted;
use crate::judge::{ActSummary, Assessment};
use crate::outcome::{Arming, ShadowAct};
use crate::report::layout::instant;

/// What to know of an armed shadow; `None` where none was. Names and reasons are as somebody wrote them, not yet made harmless.
pub(in crate::report) fn armed(assessment: &Assessment) -> Option<String> {
    let acts = &assessment.run.acts;
    let last = acts.iter().rposition(|act| act.act == ShadowAct::Arm)?;
    let (arm, later) = acts.get(last..)?.split_first()?;
    let terms = terms(arm.arming.as_ref()?);
    let since =
        format!("The shadow was let write to a production ledger on {} UTC{}: {terms}", instant(arm.at), by(arm));
    let end = later.iter().find(|act| act.act == ShadowAct::Disarm);
    let end = end.map(|end| format!("; it ended on {} UTC{}", instant(end.at), why(end)));
    let before = acts.iter().take(last).filter(|act| act.act == ShadowAct::Arm).count() as u64;
    let before = (before > 0).then(|| format!(" {} before it.", counted(before, "arming")));
    Some(format!("{since}{}.{}", end.unwrap_or_default(), before.unwrap_or_default()))
}

/// Each act in a line, but for what [`armed`] says. As somebody wrote it, not yet made harmless.
pub(in crate::report) fn acts(assessment: &Assessment) -> Vec<String> {
    assessment.run.acts.iter().map(act).collect()
}

fn act(act: &ActSummary) -> String {
    let what = match act.act {
        ShadowAct::Pause => "paused",
        ShadowAct::Resume => "resumed",
        ShadowAct::Arm => "armed",
        ShadowAct::Disarm => "disarmed",
    };
    let terms = act.arming.as_ref().map(|arming| format!(": {}", terms(arming))).unwrap_or_default();
    format!("{what} on {} UTC{}{}{terms}", instant(act.at), by(act), why(act))
}

fn terms(arming: &Arming) -> String {
    let orders = counted(arming.orders_max, "order");
    format!(
        "until {} UTC, at most {orders}, for at most {} {}",
        instant(arming.until),
        arming.currency,
        arming.money_max
    )
}

fn by(act: &ActSummary) -> String {
    act.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default()
}

fn why(act: &ActSummary) -> String {
    act.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default()
}
