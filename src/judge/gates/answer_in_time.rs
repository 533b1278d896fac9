//! `answer-in-time`: the gated lane answers before the storefront gives up on it. A path that waits for the ERP is slower
//! than one that doesn't, and what is not answered by the sender's deadline is sent again, or switched off.

use super::Grounds;
use super::quantile::{Quantile, duration};
use crate::judge::{Decision, Gate, GateName};

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let gates = &grounds.policy.gates;
    let Some(deadline) = gates.sender_deadline else { return not_set() };
    let limit = duration(deadline);
    let quantile = Quantile {
        timed: grounds.tally.answers,
        of: gates.latency_quantile,
        alpha: 1.0 - gates.confidence,
        limit: &limit,
        noun: "answer",
    };
    let status = quantile.decide();
    let mend = "A gated lane that answers sooner, in a new run";
    Gate {
        name: GateName::AnswerInTime,
        status,
        measured: quantile.measured("not on record"),
        worst_case: quantile.worst_case(),
        threshold: quantile.threshold(),
        reason: reason(status, &quantile),
        would_change: (status != Decision::Go).then(|| quantile.would_change(status, mend)),
    }
}

fn not_set() -> Gate {
    Gate {
        name: GateName::AnswerInTime,
        status: Decision::Go,
        measured: "no deadline is set".into(),
        worst_case: "as measured".into(),
        threshold: "none".into(),
        reason: "`tee.sender_deadline` says how long the storefront waits, and is not set: how long the gated lane takes to answer is judged by nothing.".into(),
        would_change: None,
    }
}

fn reason(status: Decision, quantile: &Quantile<'_>) -> String {
    let (name, limit) = (quantile.name(), quantile.limit);
    match status {
        Decision::Go => {
            format!("With the confidence asked for, {name} of the gated lane's answer time is at most {limit}.")
        }
        Decision::NoGo => format!(
            "With the confidence asked for, {name} of the gated lane's answer time is above {limit}: the storefront would give up on too many orders, and send them again."
        ),
        Decision::Inconclusive if quantile.timed.all() == 0 => {
            "The gated lane answered no order, so nothing was measured.".to_owned()
        }
        Decision::Inconclusive => {
            format!(
                "Too few answers came in time to tell whether {name} of the gated lane's answer time is at most {limit}."
            )
        }
    }
}
