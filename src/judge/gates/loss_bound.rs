//! `loss-bound`: the loss rate that is still possible, given how few orders were seen, is low enough.

use super::{Grounds, count};
use crate::judge::{Decision, Fate, Gate, GateName};
use crate::outcome::Lane;
use crate::stats::{alpha_of_run, clopper_pearson_upper, orders_needed};

/// Fates of the gated lane that tell that an order is not lost.
const NOT_LOST: [Fate; 6] = [
    Fate::DoubleCommitted,
    Fate::CommittedAfterReject,
    Fate::CommittedLate,
    Fate::Recovered,
    Fate::Committed,
    Fate::Rejected,
];

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let gates = &grounds.policy.gates;
    let lost = super::no_lost_orders::confirmed(grounds);
    let unknown = super::no_lost_orders::unknown(grounds);
    let known = grounds.tally.any(Lane::Gated, &NOT_LOST) + lost;
    let alpha = alpha_of_run(1.0 - gates.confidence, grounds.live_run.unwrap_or(0));
    let bound = clopper_pearson_upper(lost, known, alpha);
    let status = if known > 0 && bound <= gates.loss_rate_max { Decision::Go } else { Decision::Inconclusive };
    let worst = clopper_pearson_upper(lost + unknown, known + unknown, alpha);
    Gate {
        name: GateName::LossBound,
        status,
        measured: format!("at most {} of orders lost ({lost} of {known} seen)", percent(bound)),
        worst_case: format!("at most {}, unknown orders counted as lost", percent(worst)),
        threshold: format!("at most {}", percent(gates.loss_rate_max)),
        reason: format!("{} {}", verdict(status, gates.loss_rate_max, alpha, lost, known), level(grounds, alpha)),
    }
}

fn verdict(status: Decision, rate: f64, alpha: f64, lost: u64, known: u64) -> String {
    if status == Decision::Go {
        return format!("{} of which the fate is known bound the loss rate well enough.", count(known, "order"));
    }
    match orders_needed(rate, alpha, lost) {
        Some(needed) if needed > known => {
            format!(
                "{} still needed to bound the loss rate at {}.",
                count(needed - known, "clean order"),
                percent(rate)
            )
        }
        _ => format!("No number of orders bounds the loss rate at {}: mend the thresholds.", percent(rate)),
    }
}

/// At which level, and why there.
fn level(grounds: &Grounds<'_>, alpha: f64) -> String {
    let confidence = percent(1.0 - alpha);
    match grounds.live_run {
        None => format!("Exact one-sided bound at {confidence}; a rehearsal, which spends none of the journal's α."),
        Some(run) => {
            format!("Exact one-sided bound at {confidence}, as this is live run {run} of the journal (α/2^{run}).")
        }
    }
}

/// A fraction in per cent, without needless zeros.
fn percent(fraction: f64) -> String {
    let text = format!("{:.4}", fraction * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}
