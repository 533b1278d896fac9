//! `capture-complete`: no order went past the tee. The storefront's own list is the third witness of it.

use super::{Grounds, count, list};
use crate::judge::{CensusSummary, Decision, Gate, GateName};
use crate::outcome::Role;

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let census = grounds.census;
    let phantoms = live_phantoms(grounds);
    let faults = faults(grounds, phantoms);
    let (status, reason) = match (census.missing, faults.is_empty()) {
        (1.., _) => (
            Decision::NoGo,
            format!(
                "The storefront lists {} placed during the run that neither a capture nor a ledger has: what the tee does not see, the run can't vouch for.",
                count(census.missing, "order")
            ),
        ),
        (0, false) => (Decision::Inconclusive, faults.join(" ")),
        (0, true) if !has_witness(census) => (
            Decision::Go,
            "There is no third witness: no census is expected, and none was imported. That every order was captured rests on the tee alone.".to_owned(),
        ),
        (0, true) => (
            Decision::Go,
            "The census tallies: every order that the storefront lists for the judged window was captured, and every judged order is in its list.".to_owned(),
        ),
    };
    let unknown = census.round_the_tee + census.in_doubt + census.shared_name + census.unlisted + phantoms;
    let is_short = has_witness(census) && !grounds.census_complete;
    Gate {
        name: GateName::CaptureComplete,
        status,
        measured: measured(census, phantoms),
        worst_case: if is_short { "unknown".into() } else { (census.missing + unknown).to_string() },
        threshold: "0".into(),
        reason,
    }
}

/// Whether there is, or should be, a third witness.
const fn has_witness(census: &CensusSummary) -> bool {
    census.expected || census.imported
}

/// Documents of the live ledger that nothing explains: their orders went round the tee.
fn live_phantoms(grounds: &Grounds<'_>) -> u64 {
    let (policy, phantoms) = (grounds.policy, grounds.tally.phantoms);
    if policy.lanes.gated.role == Role::Live { phantoms.gated } else { phantoms.legacy }
}

fn measured(census: &CensusSummary, phantoms: u64) -> String {
    let parts = [
        (census.missing, "missing"),
        (census.round_the_tee, "round the tee"),
        (census.in_doubt, "in doubt"),
        (census.unlisted, "not in the census"),
        (census.shared_name, "under a shared name"),
        (phantoms, "phantoms in the live ledger"),
    ];
    if !has_witness(census) && phantoms == 0 {
        return "no third witness".to_owned();
    }
    format!("{} of {} listed", list(&parts), census.listed)
}

fn faults(grounds: &Grounds<'_>, phantoms: u64) -> Vec<String> {
    let census = grounds.census;
    let mut faults = Vec::new();
    if census.imported && grounds.conservation.orders_captured == 0 {
        faults.push(format!(
            "No order was captured, so that the census, which lists {}, has nothing to tally with: does the storefront post to the tee?",
            count(census.listed, "order")
        ));
    }
    if has_witness(census) && !grounds.census_complete {
        faults.push(incomplete(grounds));
    }
    if census.round_the_tee > 0 {
        faults.push(format!(
            "{} of the census went round the tee: a ledger has what no capture has. Route them through it.",
            count(census.round_the_tee, "order")
        ));
    }
    if census.in_doubt > 0 {
        faults.push(format!(
            "{} of the census can't be placed: no capture and no ledger has them, and they carry no time, or one too near the run's beginning. Map `placed_at`, or look them up by hand.",
            count(census.in_doubt, "order")
        ));
    }
    if census.unlisted > 0 {
        faults.push(format!(
            "The tee captured {} that the census does not have: find out who sent them, or under which name they are listed (order_key, also_known_as).",
            count(census.unlisted, "order")
        ));
    }
    if census.shared_name > 0 {
        faults.push(format!(
            "{} of the census by a name that several captured orders share: import it by a name that is an order's own.",
            goes(census.shared_name)
        ));
    }
    if phantoms > 0 {
        faults.push(format!(
            "The live ledger holds {} that nothing explains: orders went round the tee.",
            count(phantoms, "document")
        ));
    }
    faults
}

fn goes(orders: u64) -> String {
    if orders == 1 { "1 order goes".to_owned() } else { format!("{orders} orders go") }
}

fn incomplete(grounds: &Grounds<'_>) -> String {
    let needed = grounds.census_needed_through;
    let what = match grounds.census.complete_through {
        _ if !grounds.census.imported => "A census is expected, and none was imported".to_owned(),
        None => "A census was imported, and nobody declared up to when it is complete".to_owned(),
        Some(through) => format!("The census is complete through {through} only, by a clock that may be off"),
    };
    format!("{what}: `paritee import --lane census --complete-through TIME` with an export that reaches to {needed}.")
}
