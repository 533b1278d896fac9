//! `decisions-agree`: no lane rejects what the other commits. Nothing explains a rejection of one lane alone yet, so
//! each counts: a customer whose order legacy would have taken is turned away after the cutover. An order that a lane
//! cancelled by itself, with no cancel of the storefront's, is turned away as well.

use super::{Grounds, count, list};
use crate::judge::{Decision, Gate, GateName};

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let alone = grounds.tally.rejected_alone;
    let (gated, legacy) = (alone.gated.committed, alone.legacy.committed);
    let open = alone.gated.open + alone.legacy.open;
    let (status, reason) = match (gated, legacy, open) {
        (1.., _, _) => (
            Decision::NoGo,
            format!("The gated lane rejects or cancels {} that the legacy lane commits.", count(gated, "order")),
        ),
        (0, 1.., _) => (
            Decision::Inconclusive,
            format!(
                "The gated lane commits {} that the legacy lane rejects or cancels, and nothing explains it.",
                count(legacy, "order")
            ),
        ),
        (0, 0, 1..) => (
            Decision::Inconclusive,
            format!("One lane rejects {}, and what the other decided is not known.", count(open, "order")),
        ),
        (0, 0, 0) if grounds.tally.judged == 0 => (Decision::Inconclusive, "No order was judged.".to_owned()),
        (0, 0, 0) => (Decision::Go, "No lane rejects an order that the other commits.".to_owned()),
    };
    Gate {
        name: GateName::DecisionsAgree,
        status,
        measured: list(&[
            (gated, "rejected by gated alone"),
            (legacy, "rejected by legacy alone"),
            (open, "rejected, the other lane not known"),
        ]),
        worst_case: format!("{}", gated + legacy + open),
        threshold: "0".into(),
        reason,
    }
}
