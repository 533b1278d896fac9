//! `totals-conserved`: orders and documents account for each other without a residual.

use super::{Grounds, any_order, change};
use crate::judge::{Decision, Distance, Gate, GateName};

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let totals = grounds.conservation;
    let residual = totals.residual.legacy + totals.residual.gated + grounds.census.residual + grounds.tie_out_residuals;
    let (status, reason) = match (residual, totals.orders_captured) {
        (0, 0) => (Decision::Inconclusive, "No order was captured, so there is nothing to account for."),
        (0, _) => (
            Decision::Go,
            "Every captured order has one fate on each lane, and every document belongs to an order or is set aside for a reason.",
        ),
        _ => (
            Decision::Inconclusive,
            "Orders, documents or rows of the census are not accounted for: the evidence is broken.",
        ),
    };
    Gate {
        name: GateName::TotalsConserved,
        status,
        measured: format!("residual {residual}"),
        worst_case: format!("residual {residual}"),
        threshold: "residual 0".into(),
        reason: reason.into(),
        would_change: match (residual, totals.orders_captured) {
            (0, 0) => any_order("An order within the judged window"),
            (0, _) => None,
            _ => change(
                "A journal that accounts for all it holds: `paritee verify` says whether this one is damaged; if it is not, report this.".to_owned(),
                Distance::default(),
            ),
        },
    }
}
