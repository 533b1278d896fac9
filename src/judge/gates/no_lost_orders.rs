//! `no-lost-orders`: no order is lost, vanished, or never committed on the gated lane while it was taken elsewhere.

use super::{Grounds, another_run, any_order, change, count, list};
use crate::judge::parity::{Decided, decided};
use crate::judge::{Decision, Distance, Fate, Gate, GateName, InCensus, WouldChange};
use crate::outcome::Lane;

/// Whether an order that one lane never committed was taken by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::judge) enum TakenElsewhere {
    Yes,
    No,
    /// The other lane is not known, lost it itself, or an answer is not on record.
    Unknown,
}

/// Whether the other lane, with this fate, or the census has the order, as one that the lanes must have. `unrecorded` is whether any answer to it is
/// not on record: it may have been an acknowledgement.
pub(in crate::judge) const fn taken_elsewhere(other: Fate, in_census: InCensus, unrecorded: bool) -> TakenElsewhere {
    match (other, decided(other)) {
        _ if matches!(in_census, InCensus::Listed) => TakenElsewhere::Yes,
        (_, Decided::Committed) | (Fate::Vanished, _) => TakenElsewhere::Yes,
        (Fate::Rejected | Fate::Withdrawn | Fate::NotCommitted, _) if !unrecorded => TakenElsewhere::No,
        _ => TakenElsewhere::Unknown,
    }
}

/// Gated orders that are confirmed to be lost.
pub(super) fn confirmed(grounds: &Grounds<'_>) -> u64 {
    let tally = grounds.tally;
    tally.any(Lane::Gated, &[Fate::Lost, Fate::Vanished]) + tally.not_committed.taken_elsewhere
}

/// Gated orders that may be lost for all that is known.
pub(super) fn unknown(grounds: &Grounds<'_>) -> u64 {
    let tally = grounds.tally;
    unsent(grounds) + tally.fate(Lane::Gated, Fate::Unobserved) + tally.not_committed.doubtful
}

/// Gated orders that were never sent, though they should have been.
fn unsent(grounds: &Grounds<'_>) -> u64 {
    grounds.tally.fate(Lane::Gated, Fate::Unsent) - grounds.tally.not_due
}

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let tally = grounds.tally;
    let (confirmed, unknown) = (confirmed(grounds), unknown(grounds));
    let gated = |fate| tally.fate(Lane::Gated, fate);
    let measured = list(&[
        (gated(Fate::Lost), "lost"),
        (gated(Fate::Vanished), "vanished"),
        (tally.not_committed.taken_elsewhere, "not committed though taken elsewhere"),
    ]);
    let (status, reason) = match (confirmed, unknown, tally.judged) {
        (1.., _, _) => (Decision::NoGo, format!("The gated lane lost {}.", count(confirmed, "order"))),
        (0, _, 0) => (Decision::Inconclusive, "No order was judged.".to_owned()),
        (0, 0, judged) => {
            (Decision::Go, format!("None of {} is lost on the gated lane.", count(judged, "judged order")))
        }
        (0, ..) => (
            Decision::Inconclusive,
            format!(
                "{} not known on the gated lane ({}).",
                if unknown == 1 { "1 order is".to_owned() } else { format!("{unknown} orders are") },
                list(&[
                    (unsent(grounds), "unsent"),
                    (gated(Fate::Unobserved), "unobserved"),
                    (tally.not_committed.doubtful, "not committed, and unknown on the legacy lane"),
                ]),
            ),
        ),
    };
    Gate {
        name: GateName::NoLostOrders,
        status,
        measured,
        worst_case: format!("{} lost", confirmed + unknown),
        threshold: "0".into(),
        reason,
        would_change: would_change(grounds, confirmed, unknown),
    }
}

fn would_change(grounds: &Grounds<'_>, confirmed: u64, unknown: u64) -> Option<WouldChange> {
    match (confirmed, unknown, grounds.tally.judged) {
        (1.., ..) => another_run(grounds, "Find out where these orders went, mend the gated lane"),
        (0, _, 0) => any_order("An order within the judged window"),
        (0, 0, _) => None,
        (0, ..) => {
            let unsent = match unsent(grounds) {
                0 => String::new(),
                unsent => {
                    format!(" Before that let the shadow send the {} that never went out.", count(unsent, "order"))
                }
            };
            change(
                format!(
                    "2 complete readings of the gated ledger after the horizon of {}.{}",
                    count(unknown, "order"),
                    unsent
                ),
                Distance { readings: 2, ..Distance::default() },
            )
        }
    }
}
