//! `coverage`: the run met the hours and the kinds of orders that were asked for before it began. A week without a cancel or
//! without an order in yen says nothing of these, however clean it was.

use super::{Grounds, count};
use crate::judge::{Decision, Distance, Gate, GateName, Stratum, WouldChange};

/// How far a requirement is met.
struct Met {
    seen: u64,
    needed: u64,
}

impl Met {
    const fn missing(&self) -> u64 {
        self.needed.saturating_sub(self.seen)
    }
}

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let gates = &grounds.policy.gates;
    if gates.hours_min == 0 && gates.strata.is_empty() {
        return nothing_required();
    }
    let hours = Met { seen: grounds.coverage.hours(), needed: gates.hours_min };
    let strata: Vec<(&Stratum, Met)> =
        gates.strata.iter().enumerate().map(|(place, of)| (of, met(grounds, place, of))).collect();
    let short: Vec<_> = strata.iter().filter(|(_, met)| met.missing() > 0).collect();
    let status = if hours.missing() == 0 && short.is_empty() { Decision::Go } else { Decision::Inconclusive };
    let seen = strata.len() - short.len();
    let lacks: Vec<String> =
        short.iter().map(|(of, met)| format!("{} of {} \"{}\"", met.missing(), met.needed, of.name)).collect();
    Gate {
        name: GateName::Coverage,
        status,
        measured: format!("{} with orders, {seen} of {}", count(hours.seen, "hour"), kinds(strata.len())),
        worst_case: "as measured".into(),
        threshold: format!("{} with orders, {}", count(hours.needed, "hour"), threshold(&gates.strata)),
        reason: if status == Decision::Go {
            "Orders were seen in as many hours, and of every kind, as was asked for.".to_owned()
        } else {
            format!(
                "The run has not met all that was asked for{}.",
                if lacks.is_empty() { String::new() } else { format!(": {} not seen", lacks.join(", ")) }
            )
        },
        would_change: (status != Decision::Go).then(|| would_change(&hours, &short)),
    }
}

fn met(grounds: &Grounds<'_>, place: usize, stratum: &Stratum) -> Met {
    Met { seen: grounds.coverage.of_stratum(place), needed: stratum.orders_min }
}

fn nothing_required() -> Gate {
    Gate {
        name: GateName::Coverage,
        status: Decision::Go,
        measured: "nothing is required".into(),
        worst_case: "as measured".into(),
        threshold: "none".into(),
        reason:
            "`gates.hours_min` and `gates.strata` say which hours and kinds of orders a run must meet, and are not set."
                .into(),
        would_change: None,
    }
}

fn would_change(hours: &Met, short: &[&(&Stratum, Met)]) -> WouldChange {
    let mut parts = Vec::new();
    if hours.missing() > 0 {
        parts.push(format!("orders in {}", count(hours.missing(), "more hour")));
    }
    parts.extend(short.iter().map(|(of, met)| format!("{} of \"{}\"", count(met.missing(), "more order"), of.name)));
    let missing = Distance {
        hours: hours.missing(),
        orders: short.iter().map(|(_, met)| met.missing()).max().unwrap_or(0),
        ..Distance::default()
    };
    WouldChange { words: format!("Still needed: {}.", parts.join(", ")), missing }
}

fn kinds(number: usize) -> String {
    count(number as u64, "required kind")
}

fn threshold(strata: &[Stratum]) -> String {
    if strata.is_empty() {
        return "no kinds of orders".to_owned();
    }
    let each: Vec<String> = strata.iter().map(|of| format!("{} \"{}\"", of.orders_min, of.name)).collect();
    each.join(", ")
}
