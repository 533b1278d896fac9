//! `evidence-intact`: the chain verifies, every gap is explained, both ledgers were read adequately.

use super::{Grounds, LedgerRead, change, count};
use crate::judge::{ClockBack, Decision, Distance, Gate, GateName, WouldChange};
use crate::outcome::Lane;

/// Why it is GO.
const WHOLE: &str = "The chain verifies, every gap is explained, and both ledgers were read to their end after every judged order's horizon.";

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let unexplained: u64 = grounds.gaps_unexplained.values().sum();
    let mut faults = Vec::new();
    if !grounds.chain_intact {
        faults.push(
            "The journal's chain does not verify: rows were altered or removed, so nothing in it proves anything."
                .to_owned(),
        );
    }
    if unexplained > 0 {
        faults.push(gaps(grounds, unexplained));
    }
    faults.extend(Lane::ALL.iter().filter_map(|lane| ledger(grounds, *lane)));
    let status = if faults.is_empty() { Decision::Go } else { Decision::Inconclusive };
    let mut reasons = if faults.is_empty() { vec![WHOLE.to_owned()] } else { faults };
    reasons.extend(grounds.clock_back.as_ref().map(clock_back));
    let chain = if grounds.chain_intact { "chain verifies" } else { "chain broken" };
    let read = Lane::ALL.iter().filter(|lane| *grounds.ledgers.get(**lane) == LedgerRead::Adequate).count();
    Gate {
        name: GateName::EvidenceIntact,
        status,
        measured: format!(
            "{chain}, {} unexplained of {}, {read} of 2 ledgers read",
            unexplained,
            count(grounds.gaps, "gap")
        ),
        worst_case: if status == Decision::Go { "as measured".into() } else { "anything may be missing".into() },
        threshold: "chain verifies, 0 unexplained gaps, both ledgers read".into(),
        reason: reasons.join(" "),
        would_change: would_change(grounds, unexplained),
    }
}

fn clock_back(back: &ClockBack) -> String {
    format!(
        "This machine's clock was set back, from {} to {}, and {} went out before it had caught up: what was read of a ledger until then, at a time after that, proves nothing.",
        back.from,
        back.to,
        count(back.sends, "request")
    )
}

fn gaps(grounds: &Grounds<'_>, unexplained: u64) -> String {
    let reasons: Vec<String> =
        grounds.gaps_unexplained.iter().map(|(reason, number)| format!("{number} {reason}")).collect();
    format!(
        "{} unexplained ({}): orders may have passed unseen.",
        if unexplained == 1 { "1 gap is".to_owned() } else { format!("{unexplained} gaps are") },
        reasons.join(", "),
    )
}

fn ledger(grounds: &Grounds<'_>, lane: Lane) -> Option<String> {
    let observed = grounds.policy.lanes.get(lane).observed;
    match grounds.ledgers.get(lane) {
        LedgerRead::Adequate => None,
        LedgerRead::Never if !observed => {
            Some(format!("Nothing reads the {lane} ledger: configure a poll for it, or import its documents."))
        }
        LedgerRead::Never => Some(format!("No reading of the {lane} ledger came to its end.")),
        LedgerRead::Short { orders: 0 } => {
            Some(format!("No order was judged, and no reading of the {lane} ledger covers the judged window."))
        }
        LedgerRead::Short { orders } => Some(format!(
            "The {lane} ledger was not read to its end after the horizon of {}.",
            count(*orders, "judged order")
        )),
    }
}

fn would_change(grounds: &Grounds<'_>, unexplained: u64) -> Option<WouldChange> {
    if !grounds.chain_intact {
        let words = "Nothing in this file: take a copy of the journal that verifies, or begin a new one.".to_owned();
        return change(words, Distance { new_run: true, ..Distance::default() });
    }
    let unread: Vec<Lane> =
        Lane::ALL.iter().copied().filter(|lane| *grounds.ledgers.get(*lane) != LedgerRead::Adequate).collect();
    let mut parts = Vec::new();
    if unexplained > 0 {
        parts.push(format!(
            "For {}: complete readings of the live ledger over it and the horizon after it, without a document that was not captured, or a census that is complete beyond it.",
            count(unexplained, "gap")
        ));
    }
    if !unread.is_empty() {
        let ledgers: Vec<_> = unread.iter().map(|lane| format!("the {lane} ledger")).collect();
        parts.push(format!("A complete reading of {} after every judged order's horizon.", ledgers.join(" and of ")));
    }
    let readings = (unread.len() as u64).max(u64::from(unexplained > 0));
    (!parts.is_empty())
        .then(|| WouldChange { words: parts.join(" "), missing: Distance { readings, ..Distance::default() } })
}
