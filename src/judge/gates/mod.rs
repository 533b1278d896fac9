//! The go/no-go criteria, a file each. They read what was counted and never look at an order again.

mod answer_in_time;
mod capture_complete;
mod commit_latency;
mod confirmation_gated;
mod coverage;
mod decisions_agree;
mod evidence_intact;
mod fields_agree;
mod loss_bound;
mod no_double_commits;
mod no_lost_orders;
mod no_phantoms;
mod quantile;
mod sensitivity;
mod totals_conserved;

use std::collections::BTreeMap;

use super::coverage::Coverage;
use super::totals::Tally;
use super::{
    CensusSummary, ClockBack, ComparisonSummary, Conservation, Decision, DecisionSummary, Distance, FindingSummary,
    Gate, Policy, SensitivitySummary, WouldChange,
};
use crate::outcome::{GapReason, PerLane};
use crate::stats::alpha_of_run;
use jiff::Timestamp;

pub(super) use confirmation_gated::promise;
pub(super) use no_lost_orders::{TakenElsewhere, taken_elsewhere};
pub(super) use sensitivity::sample;

/// All that gates are judged by.
pub(super) struct Grounds<'a> {
    pub(super) policy: &'a Policy,
    pub(super) tally: &'a Tally,
    pub(super) conservation: &'a Conservation,
    pub(super) census: &'a CensusSummary,
    /// What a replay did not send although it may have been an order, by reason.
    pub(super) unsendable: BTreeMap<&'a str, u64>,
    pub(super) comparison: &'a ComparisonSummary,
    pub(super) decisions: &'a [DecisionSummary],
    pub(super) findings: &'a [FindingSummary],
    pub(super) coverage: &'a Coverage,
    pub(super) sensitivity: &'a SensitivitySummary,
    /// SKUs and currencies of which something is accounted for by nothing.
    pub(super) tie_out_residuals: u64,
    /// Whether the census surely holds every order of the judged window.
    pub(super) census_complete: bool,
    /// Up to when it must be complete to do so, on a clock that may be off.
    pub(super) census_needed_through: Timestamp,
    pub(super) chain_intact: bool,
    pub(super) clock_back: Option<ClockBack>,
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
        sensitivity::gate(grounds),
        fields_agree::gate(grounds),
        decisions_agree::gate(grounds),
        commit_latency::gate(grounds),
        answer_in_time::gate(grounds),
        coverage::gate(grounds),
    ]
}

/// The worst gate; without any gate nothing is known.
pub(super) fn decision(gates: &[Gate]) -> Decision {
    gates.iter().map(|gate| gate.status).max().unwrap_or(Decision::Inconclusive)
}

/// How far it is from GO over all gates.
pub(super) fn distance(gates: &[Gate]) -> Distance {
    let missing = gates.iter().filter_map(|gate| gate.would_change.as_ref()).map(|change| change.missing);
    missing.fold(Distance::default(), Distance::with)
}

/// What would change a verdict, in words and numbers.
const fn change(words: String, missing: Distance) -> Option<WouldChange> {
    Some(WouldChange { words, missing })
}

/// What changes a verdict that rests on facts which stay: another run, once somebody did what `mend` says. How many orders
/// it will have to see is told beforehand.
fn another_run(grounds: &Grounds<'_>, mend: &str) -> Option<WouldChange> {
    let next_run = next_run(grounds);
    let clean = count(next_run.orders, "clean order");
    let words =
        format!("Nothing in this run, as what it recorded stays. {mend}, begin a new run, and let it see {clean}.");
    change(words, next_run)
}

/// Another run, with the clean orders that bound its loss rate.
fn next_run(grounds: &Grounds<'_>) -> Distance {
    let gates = &grounds.policy.gates;
    let alpha = alpha_of_run(1.0 - gates.confidence, grounds.live_run.map_or(0, |run| run.saturating_add(1)));
    let orders = loss_bound::needed(gates, alpha, 0, 0).unwrap_or(0);
    Distance { new_run: true, orders, ..Distance::default() }
}

/// What changes a verdict where nothing was there to be judged.
fn any_order(what: &str) -> Option<WouldChange> {
    change(format!("{what}."), Distance { orders: 1, ..Distance::default() })
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
