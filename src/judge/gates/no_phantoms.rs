//! `no-phantoms`: no document in scope that neither a capture nor the census explains.

use super::{Grounds, LedgerRead, change, count, list};
use crate::judge::{Decision, Distance, Gate, GateName, WouldChange};
use crate::outcome::{Lane, Role};

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let gated = grounds.tally.phantoms.gated;
    let legacy = grounds.tally.phantoms.legacy;
    let shared = grounds.tally.shared_names.gated + grounds.tally.shared_names.legacy;
    let legacy_live = grounds.policy.lanes.legacy.role == Role::Live;
    let unread = Lane::ALL.iter().filter(|lane| *grounds.ledgers.get(**lane) != LedgerRead::Adequate).count();
    let (status, reason) = match (gated, legacy) {
        (1.., _) => (
            Decision::NoGo,
            format!("The gated ledger holds {} that no captured order explains.", count(gated, "document")),
        ),
        (0, 1..) if legacy_live => (
            Decision::Inconclusive,
            format!(
                "The live ledger holds {} that no capture explains: orders went round the tee.",
                count(legacy, "document")
            ),
        ),
        (0, 1..) => (
            Decision::Inconclusive,
            format!("The legacy ledger holds {} that no captured order explains.", count(legacy, "document")),
        ),
        _ if shared > 0 => (
            Decision::Inconclusive,
            format!(
                "{} a name that several orders share, so it can't be told whose they are.",
                if shared == 1 { "1 document bears".to_owned() } else { format!("{shared} documents bear") }
            ),
        ),
        _ if unread > 0 => (
            Decision::Inconclusive,
            "No phantom was seen, but the ledgers were not read adequately, so none can be excluded.".to_owned(),
        ),
        _ => (
            Decision::Go,
            "Every document in scope belongs to an order that was captured, or is set aside for a reason.".to_owned(),
        ),
    };
    Gate {
        name: GateName::NoPhantoms,
        status,
        measured: list(&[
            (gated, "in the gated ledger"),
            (legacy, "in the legacy ledger"),
            (shared, "under a shared name"),
        ]),
        worst_case: if unread > 0 { "unknown".into() } else { (gated + legacy + shared).to_string() },
        threshold: "0".into(),
        reason,
        would_change: would_change(status, gated + legacy, shared, unread as u64),
    }
}

fn would_change(status: Decision, phantoms: u64, shared: u64, unread: u64) -> Option<WouldChange> {
    let decisions = |decisions| Distance { decisions, ..Distance::default() };
    match (phantoms, shared) {
        _ if status == Decision::Go => None,
        (1.., _) => change(
            format!(
                "A census that lists the order of each of {}; or a new run, with orders routed through the tee, or with a scope that says what does not belong.",
                count(phantoms, "document")
            ),
            decisions(phantoms),
        ),
        (0, 1..) => change(
            format!(
                "A new run in which {} is an order's own (order_key, also_known_as).",
                if shared == 1 { "that name".to_owned() } else { format!("each of the {shared} names") }
            ),
            Distance { new_run: true, ..decisions(shared) },
        ),
        (0, 0) => change(
            format!("A complete reading of {} after every judged order's horizon.", count(unread, "ledger")),
            Distance { readings: unread, ..Distance::default() },
        ),
    }
}
