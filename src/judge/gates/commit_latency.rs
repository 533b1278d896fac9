//! `commit-latency`: the gated lane commits within the SLA, counted from the first send of an order. An order that was lost
//! is late, and one of which nothing is known may be: none is left out because it is still open.

use super::Grounds;
use super::quantile::{Quantile, duration};
use crate::judge::{Decision, Gate, GateName};

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let gates = &grounds.policy.gates;
    let limit = duration(grounds.policy.lanes.gated.sla);
    let quantile = Quantile {
        timed: grounds.tally.commits,
        of: gates.latency_quantile,
        alpha: 1.0 - gates.confidence,
        limit: &limit,
        noun: "commit",
    };
    let status = quantile.decide();
    let mend = "A gated lane that commits sooner, in a new run";
    Gate {
        name: GateName::CommitLatency,
        status,
        measured: quantile.measured("not known"),
        worst_case: quantile.worst_case(),
        threshold: quantile.threshold(),
        reason: reason(status, &quantile),
        would_change: (status != Decision::Go).then(|| quantile.would_change(status, mend)),
    }
}

fn reason(status: Decision, quantile: &Quantile<'_>) -> String {
    let (name, limit) = (quantile.name(), quantile.limit);
    match status {
        Decision::Go => {
            format!(
                "With the confidence asked for, {name} from an order's first send to its commit is at most {limit}."
            )
        }
        Decision::NoGo => format!(
            "With the confidence asked for, {name} from an order's first send to its commit is above {limit}: customers and marketplaces would see orders that the ERP does not have yet."
        ),
        Decision::Inconclusive if quantile.timed.all() == 0 => {
            "The gated lane was to commit no order, so nothing was measured.".to_owned()
        }
        Decision::Inconclusive if quantile.timed.unknown > 0 => format!(
            "Of too many commits it is not known whether they came within {limit}: commit times, the ledger's clock or readings within it tell."
        ),
        Decision::Inconclusive => {
            format!("Too few commits came within {limit} to tell whether {name} of them does.")
        }
    }
}
