//! `no-double-commits`: no order is committed twice, leaked, or committed after it was rejected.

use super::{Grounds, count, list};
use crate::judge::{Decision, Fate, Gate, GateName};
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
                "For {} no reading of the gated ledger after the horizon excludes a document too many: let it be read to its end.",
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
    }
}
