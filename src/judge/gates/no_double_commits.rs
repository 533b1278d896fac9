//! `no-double-commits`: no order is committed twice, leaked, or committed after it was rejected.

use super::{Grounds, another_run, any_order, change, count, list};
use crate::judge::{Decision, Distance, Fate, Gate, GateName, WouldChange};
use crate::outcome::Lane;

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let tally = grounds.tally;
    let gated = |fate| tally.fate(Lane::Gated, fate);
    // A leak on either lane forbids the cutover: the live ledger holds what it should not.
    let leaked = gated(Fate::Leaked) + tally.fate(Lane::Legacy, Fate::Leaked);
    let (doubled, after_reject) = (gated(Fate::DoubleCommitted), gated(Fate::CommittedAfterReject));
    let confirmed = leaked + doubled + after_reject;
    let unknown = tally.unproven + gated(Fate::Unobserved);
    let (status, reason) = match (confirmed, unknown, tally.judged) {
        (1.., _, _) => (
            Decision::NoGo,
            format!("{} committed where it must not be, or more than once.", count(confirmed, "order")),
        ),
        (0, _, 0) => (Decision::Inconclusive, "No order was judged.".to_owned()),
        (0, 0, judged) => {
            (Decision::Go, format!("None of {} is committed more than once.", count(judged, "judged order")))
        }
        (0, ..) => (
            Decision::Inconclusive,
            format!(
                "For {} no reading of the gated ledger after the horizon excludes a document too many.",
                count(unknown, "order")
            ),
        ),
    };
    Gate {
        name: GateName::NoDoubleCommits,
        status,
        measured: list(&[
            (doubled, "committed twice"),
            (leaked, "leaked"),
            (after_reject, "committed after a rejection"),
        ]),
        worst_case: format!("{}", confirmed + unknown),
        threshold: "0".into(),
        reason,
        would_change: would_change(grounds, confirmed, unknown),
    }
}

fn would_change(grounds: &Grounds<'_>, confirmed: u64, unknown: u64) -> Option<WouldChange> {
    match (confirmed, unknown, grounds.tally.judged) {
        (1.., ..) => another_run(grounds, "Cancel the documents too many, mend what made them"),
        (0, _, 0) => any_order("An order within the judged window"),
        (0, 0, _) => None,
        (0, ..) => change(
            format!("A complete reading of the gated ledger after the horizon of {}.", count(unknown, "order")),
            Distance { readings: 1, ..Distance::default() },
        ),
    }
}
