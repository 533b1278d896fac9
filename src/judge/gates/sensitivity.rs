//! `sensitivity`: a judge that sees nothing finds nothing. Of the faults of each kind that were seeded into copies of this run's
//! own good orders it sees surely no less than `sensitivity_min`. What rules hide too much of shows here.

use super::loss_bound::percent;
use super::{Grounds, any_order, change, count, list};
use crate::judge::{Decision, Distance, FaultSummary, Gate, GateName, Thresholds, WouldChange};
use crate::stats::orders_needed;

/// How many orders the sample must hold, so that one fault may be missed.
pub(in crate::judge) fn sample(gates: &Thresholds) -> u64 {
    let needed = orders_needed(1.0 - gates.sensitivity_min, 1.0 - gates.confidence, 1);
    crate::judge::sensitivity::Sample::size(needed)
}

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let min = grounds.policy.gates.sensitivity_min;
    let of = grounds.sensitivity;
    let short: Vec<&FaultSummary> = of.faults.iter().filter(|fault| !suffices(fault, min)).collect();
    let status = if of.orders > 0 && short.is_empty() { Decision::Go } else { Decision::Inconclusive };
    let seeded: u64 = of.faults.iter().map(|fault| fault.seeded).sum();
    let missed: Vec<(u64, &str)> =
        of.faults.iter().map(|fault| (fault.seeded - fault.caught, fault.fault.as_str())).collect();
    let lowest = of.faults.iter().filter_map(|fault| fault.lower_limit).fold(1.0, f64::min);
    Gate {
        name: GateName::Sensitivity,
        status,
        measured: format!(
            "{} seeded into {}, missed {}",
            count(seeded, "fault"),
            count(of.orders, "order"),
            list(&missed)
        ),
        worst_case: if of.orders == 0 {
            "nothing is seen".into()
        } else {
            format!("{} of a kind are seen", percent(lowest))
        },
        threshold: format!("at least {} of each kind seen", percent(min)),
        reason: reason(grounds, &short),
        would_change: would_change(grounds, &short),
    }
}

/// A kind that could not be seeded is none of those that must be seen; which these are is said.
fn suffices(fault: &FaultSummary, min: f64) -> bool {
    fault.lower_limit.is_none_or(|limit| limit >= min)
}

fn reason(grounds: &Grounds<'_>, short: &[&FaultSummary]) -> String {
    let of = grounds.sensitivity;
    if of.orders == 0 {
        return "There is no good order to seed a fault into.".to_owned();
    }
    let absent: Vec<&str> =
        of.faults.iter().filter(|fault| fault.seeded == 0).map(|fault| fault.fault.as_str()).collect();
    let absent = match absent.as_slice() {
        [] => String::new(),
        some => format!(" Not seeded, as no document holds what it takes: {}.", some.join(", ")),
    };
    let names: Vec<&str> = short.iter().map(|fault| fault.fault.as_str()).collect();
    match names.as_slice() {
        [] => format!("Faults that were seeded into this run's own evidence are seen.{absent}"),
        names => format!("Too few faults of a kind are surely seen: {}.{absent}", names.join(", ")),
    }
}

fn would_change(grounds: &Grounds<'_>, short: &[&FaultSummary]) -> Option<WouldChange> {
    let of = grounds.sensitivity;
    let gates = &grounds.policy.gates;
    if of.orders == 0 {
        return any_order("A good order on the gated lane, with an adequate reading of its ledger");
    }
    let alpha = 1.0 - gates.confidence;
    let missing = |fault: &&FaultSummary| {
        let needed = orders_needed(1.0 - gates.sensitivity_min, alpha, fault.seeded - fault.caught)?;
        let more = needed.saturating_sub(fault.seeded).max(1);
        (needed <= sample(gates)).then_some(more)
    };
    let orders = short.iter().map(missing).collect::<Option<Vec<u64>>>();
    match (short.is_empty(), orders) {
        (true, _) => None,
        (false, Some(orders)) => {
            let orders = orders.into_iter().max().unwrap_or(1);
            let words = format!("{} to seed faults into.", count(orders, "more good order"));
            change(words, Distance { orders, ..Distance::default() })
        }
        (false, None) => {
            let missed: Vec<String> = short
                .iter()
                .filter_map(|fault| Some(format!("{} in order {}", fault.fault, fault.missed.as_ref()?)))
                .collect();
            change(
                format!("Rules or observers under which these are seen, in a new run: {}.", missed.join(", ")),
                Distance { new_run: true, ..Distance::default() },
            )
        }
    }
}
