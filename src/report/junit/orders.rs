//! The orders that a gate is about, by name: who reads a red pipeline should not have to open another file.

use crate::judge::{Assessment, Exception, ExceptionKind, Fate, FindingSummary, GateName};
use crate::outcome::{Role, Witness};
use crate::report::words;

/// Orders that are listed for a gate; the JSON has all that the assessment keeps.
const ORDERS_SHOWN: usize = 20;

/// A line for each of the first orders that speak against a gate, and one that counts the others. None for gates that
/// are about no single orders.
pub(super) fn of(assessment: &Assessment, gate: GateName) -> Vec<String> {
    if gate == GateName::FieldsAgree {
        return differences(assessment);
    }
    let all: Vec<&Exception> =
        assessment.exceptions.iter().filter(|exception| is_about(assessment, gate, exception)).collect();
    let mut lines: Vec<String> = all.iter().take(ORDERS_SHOWN).map(|exception| one(exception)).collect();
    let more = all.len().saturating_sub(ORDERS_SHOWN);
    // Beyond those that the assessment keeps there may be others of this gate.
    let least = if assessment.exceptions_count > assessment.exceptions.len() as u64 { "at least " } else { "" };
    lines.extend((more > 0).then(|| format!("and {least}{more} more")));
    lines
}

/// The differences that no rule explains, each with its first orders, in the order of the report.
fn differences(assessment: &Assessment) -> Vec<String> {
    let open = words::listing_of(assessment, ORDERS_SHOWN, 0).open;
    let line = |row: &FindingSummary| {
        let orders = words::first_orders(&row.orders, row.orders_count);
        format!("{}: {}", words::difference(row), orders.unwrap_or_default())
    };
    open.into_iter().map(line).collect()
}

fn one(exception: &Exception) -> String {
    let kind = exception.kind.as_str();
    let documents =
        if exception.references.is_empty() { String::new() } else { format!(" ({})", exception.references.join(", ")) };
    format!("{} {kind} on {}{documents}: {}", exception.order_key.as_str(), exception.lane, exception.next_action)
}

/// Whether an exception speaks against a gate: the fates of the gated lane, leaks on both, what the census tells.
fn is_about(assessment: &Assessment, gate: GateName, exception: &Exception) -> bool {
    let gated = exception.lane == Witness::Gated;
    match (gate, exception.kind) {
        (GateName::NoLostOrders, ExceptionKind::Fate(fate)) => {
            gated && matches!(fate, Fate::Lost | Fate::Vanished | Fate::NotCommitted | Fate::Unsent | Fate::Unobserved)
        }
        (GateName::NoDoubleCommits, ExceptionKind::Fate(fate)) => {
            fate == Fate::Leaked || gated && matches!(fate, Fate::DoubleCommitted | Fate::CommittedAfterReject)
        }
        (GateName::NoPhantoms, ExceptionKind::Phantom) => gated,
        (GateName::CaptureComplete, ExceptionKind::Phantom) => {
            exception.lane.lane().is_some_and(|lane| assessment.run.lanes.get(lane).role == Role::Live)
        }
        (GateName::CaptureComplete, ExceptionKind::Fate(_)) => false,
        (GateName::CaptureComplete, _) => true,
        _ => false,
    }
}
