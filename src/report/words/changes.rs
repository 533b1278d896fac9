//! What a run is judged by otherwise than the one before it.

use crate::judge::{Assessment, PolicyChange};

/// `/gates/loss_rate_max 0.01, was 0.001`, a line each; empty where nothing changed, or there was no run before.
pub(in crate::report) fn changes(assessment: &Assessment) -> Vec<String> {
    let run = &assessment.run;
    let mut lines: Vec<String> = run.changes.iter().map(change).collect();
    lines.extend((run.changes_beyond > 0).then(|| format!("{} more changes", run.changes_beyond)));
    lines
}

fn change(change: &PolicyChange) -> String {
    let PolicyChange { place, before, after } = change;
    match (before, after) {
        (Some(before), Some(after)) => format!("{place} {after}, was {before}"),
        (None, Some(after)) => format!("{place} {after}, was not there"),
        (Some(before), None) => format!("{place} not there any more, was {before}"),
        (None, None) => place.clone(),
    }
}
