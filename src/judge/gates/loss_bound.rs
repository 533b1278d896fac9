//! `loss-bound`: the loss rate that is still possible, given how few orders were seen, is low enough. Losses that the judge would not
//! see are none it could count, so that the bound is divided by the lower limit of what it surely sees (`sensitivity`).

use super::{Grounds, another_run, change, count, sensitivity};
use crate::judge::{Decision, Distance, Fate, Gate, GateName, Thresholds, WouldChange};
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
    let known = known(grounds) + lost;
    let alpha = alpha_of_run(1.0 - gates.confidence, grounds.live_run.unwrap_or(0));
    let seen = grounds.sensitivity.of_losses();
    let bound = clopper_pearson_upper(lost, known, alpha);
    let divided = |bound: f64| if seen > 0.0 { (bound / seen).min(1.0) } else { 1.0 };
    let (observed, bound) = (bound, divided(bound));
    let status = if known > 0 && bound <= gates.loss_rate_max { Decision::Go } else { Decision::Inconclusive };
    let worst = clopper_pearson_upper(lost + unknown, known + unknown, alpha);
    Gate {
        name: GateName::LossBound,
        status,
        measured: format!("at most {} of orders lost ({lost} of {known} seen)", percent(bound)),
        worst_case: format!("at most {}, unknown orders counted as lost", percent(divided(worst))),
        threshold: format!("at most {}", percent(gates.loss_rate_max)),
        reason: format!("{} {}", verdict(status, known), level(grounds, alpha, observed, seen)),
        would_change: would_change(grounds, status, alpha, (lost, known)),
    }
}

/// Judged orders that are known not to be lost. Two documents count wherever in time their order lies, and speak against the lane; beyond the
/// window such an order is none of those that bound the rate.
fn known(grounds: &Grounds<'_>) -> u64 {
    let tally = grounds.tally;
    let of = |fate| tally.fate(Lane::Gated, fate);
    let beyond = tally.orders.saturating_sub(tally.judged + of(Fate::Excluded) + of(Fate::Pending));
    let beyond = beyond.min(of(Fate::DoubleCommitted) + of(Fate::CommittedAfterReject));
    tally.any(Lane::Gated, &NOT_LOST) - beyond
}

fn verdict(status: Decision, known: u64) -> String {
    let known = count(known, "order");
    match status {
        Decision::Go => format!("{known} of which the fate is known bound the loss rate well enough."),
        _ => format!("{known} of which the fate is known bound the loss rate not well enough."),
    }
}

fn would_change(grounds: &Grounds<'_>, status: Decision, alpha: f64, (lost, known): (u64, u64)) -> Option<WouldChange> {
    if status == Decision::Go {
        return None;
    }
    if lost > 0 {
        // More orders would bound it, and make no run GO that has a loss on record.
        return another_run(grounds, "Find out where these orders went, mend the gated lane");
    }
    let gates = &grounds.policy.gates;
    let rate = gates.loss_rate_max;
    let unseen = grounds.sensitivity.losses_missed();
    match needed(gates, alpha, lost, unseen).and_then(|needed| needed.checked_sub(known)).filter(|orders| *orders > 0) {
        Some(orders) => change(
            format!("{} still needed to bound the loss rate at {}.", count(orders, "clean order"), percent(rate)),
            Distance { orders, ..Distance::default() },
        ),
        None => change(
            format!("No number of orders bounds the loss rate at {}: mend the thresholds.", percent(rate)),
            Distance { new_run: true, ..Distance::default() },
        ),
    }
}

/// How many orders bound the loss rate, of which `lost` were lost, where of the sample `unseen` losses were not seen; `None`: no
/// number does.
pub(super) fn needed(gates: &Thresholds, alpha: f64, lost: u64, unseen: u64) -> Option<u64> {
    let sample = sensitivity::sample(gates);
    let seen = |orders: u64| 1.0 - clopper_pearson_upper(unseen, orders.min(sample), 1.0 - gates.confidence);
    let beyond = orders_needed(gates.loss_rate_max * seen(sample), alpha, lost)?;
    // A run of fewer orders than a sample holds has a lower limit of its own.
    let suffices = |orders: &u64| clopper_pearson_upper(lost, *orders, alpha) <= gates.loss_rate_max * seen(*orders);
    if beyond >= sample { Some(beyond) } else { (beyond..=sample).find(suffices) }
}

/// At which level, and why there.
fn level(grounds: &Grounds<'_>, alpha: f64, observed: f64, seen: f64) -> String {
    let confidence = percent(1.0 - alpha);
    let divided =
        format!("{}, divided by the {} of seeded losses that are surely seen", percent(observed), percent(seen));
    match grounds.live_run {
        None => format!(
            "Exact one-sided bound at {confidence} ({divided}); a rehearsal, which spends none of the journal's α."
        ),
        Some(run) => {
            format!(
                "Exact one-sided bound at {confidence} ({divided}), as this is live run {run} of the journal (α/2^{run})."
            )
        }
    }
}

/// A fraction in per cent, without needless zeros.
pub(super) fn percent(fraction: f64) -> String {
    let text = format!("{:.4}", fraction * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}
