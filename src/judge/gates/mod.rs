//! The go/no-go criteria, a file each. They read what was counted and never look at an order again.

mod answer_in_time;
mod capture_complete;
mod confirmation_gated;
mod decisions_agree;
mod evidence_intact;
mod fields_agree;
mod loss_bound;
mod no_double_commits;
mod no_lost_orders;
mod no_phantoms;
mod totals_conserved;

use std::collections::BTreeMap;

use super::totals::Tally;
use super::{CensusSummary, ComparisonSummary, Conservation, Decision, DecisionSummary, Gate, Policy};
use crate::outcome::{GapReason, PerLane};
use jiff::Timestamp;

pub(super) use confirmation_gated::promise;
pub(super) use no_lost_orders::{TakenElsewhere, taken_elsewhere};

/// All that gates are judged by.
pub(super) struct Grounds<'a> {
    pub(super) policy: &'a Policy,
    pub(super) tally: &'a Tally,
    pub(super) conservation: &'a Conservation,
    pub(super) census: &'a CensusSummary,
    pub(super) comparison: &'a ComparisonSummary,
    pub(super) decisions: &'a [DecisionSummary],
    /// SKUs and currencies of which something is accounted for by nothing.
    pub(super) tie_out_residuals: u64,
    /// Whether the census surely holds every order of the judged window.
    pub(super) census_complete: bool,
    /// Up to when it must be complete to do so, on a clock that may be off.
    pub(super) census_needed_through: Timestamp,
    pub(super) chain_intact: bool,
    pub(super) gaps: u64,
    pub(super) gaps_unexplained: BTreeMap<GapReason, u64>,
    /// How each ledger was read.
    pub(super) ledgers: PerLane<LedgerRead>,
    /// Which live run this is; `None` for a rehearsal.
    pub(super) live_run: Option<u32>,
}

/// How a ledger was read, as far as the judged window needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LedgerRead {
    /// Adequately for all that is judged.
    Adequate,
    /// Not once to its end.
    Never,
    /// To its end, but not adequately for these many orders (0: no order was judged, and no reading covers the window).
    Short { orders: u64 },
}

/// All gates, in the order of DESIGN 5.
pub(super) fn all(grounds: &Grounds<'_>) -> Vec<Gate> {
    vec![
        evidence_intact::gate(grounds),
        capture_complete::gate(grounds),
        totals_conserved::gate(grounds),
        no_lost_orders::gate(grounds),
        no_double_commits::gate(grounds),
        no_phantoms::gate(grounds),
        confirmation_gated::gate(grounds),
        loss_bound::gate(grounds),
        fields_agree::gate(grounds),
        decisions_agree::gate(grounds),
        answer_in_time::gate(grounds),
    ]
}

/// The worst gate; without any gate nothing is known.
pub(super) fn decision(gates: &[Gate]) -> Decision {
    gates.iter().map(|gate| gate.status).max().unwrap_or(Decision::Inconclusive)
}

/// `1 order`, `3 orders`.
fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `2 lost, 1 vanished`, those that are none left out; `0` when all are.
fn list(parts: &[(u64, &str)]) -> String {
    let some: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, name)| format!("{number} {name}")).collect();
    if some.is_empty() { "0".to_owned() } else { some.join(", ") }
}
