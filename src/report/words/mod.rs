//! What the pages say alike, by subject: the sentence of the decision here.

mod acts;
mod changes;
mod comparison;
mod customer;
mod decisions;
mod distance;
mod evidence;
mod findings;
mod goods;
mod meanings;
mod requests;
mod rules;
mod sensitivity;
mod signals;
mod tasks;
mod totals;
mod values;

use super::layout::instant;
use crate::judge::{Assessment, Decision, Gate, GateName};

pub(super) use acts::{acts, armed};
pub(super) use changes::changes;
pub(super) use comparison::{NEVER_COMPARED, comparison, is_any, lane_of, sides, unwritten, why_not};
pub(super) use customer::told_customer;
pub(super) use decisions::decision;
pub(super) use distance::distance;
pub(super) use evidence::{clock, extract, gaps, lane, run};
pub(super) use findings::{
    BY_ORDER, both, class, difference, example, explained, facts, findings_count, first_orders, gravity, listing,
    listing_of, moves, paired, place,
};
pub(super) use goods::{Goods, Row, goods};
pub(super) use meanings::{fate, relation};
pub(super) use requests::{deliveries, orders, tally, tally_rest};
pub(super) use rules::{did, rule, rules};
pub(super) use sensitivity::{caught, fault, sensitivity};
pub(super) use signals::{SignalRow, quantile, signals};
pub(super) use tasks::{Duty, Task, age, amounts, at_risk, duties, oldest, since};
pub(super) use totals::{census, fates, losses, tie_out, totals, witness};
use values::chance;
pub(super) use values::{amount, currency, money, percent, sum, sums, value};

/// Why the decision is what it is, in a sentence or two.
pub(super) fn why(assessment: &Assessment) -> String {
    let gates = &assessment.gates;
    let decisive: Vec<&Gate> = gates.iter().filter(|gate| gate.status == assessment.decision).collect();
    match assessment.decision {
        Decision::Go => match assessment.run.live_run {
            Some(_) => format!("Safe to cut over: all {} gates hold.", gates.len()),
            None => format!("All {} gates hold, in a rehearsal.", gates.len()),
        },
        Decision::Inconclusive => {
            let names: Vec<&str> = decisive.iter().map(|gate| gate.name.as_str()).collect();
            let first = decisive.first().map(|gate| gate.reason.as_str()).unwrap_or_default();
            format!("The evidence does not suffice for {}. {first}", names.join(", "))
        }
        Decision::NoGo => {
            let breaches = decisive.iter().map(|gate| format!("{} ({})", gate.name, gate.measured));
            let breaches = breaches.collect::<Vec<_>>().join(", ");
            format!("Do not cut over: {breaches}.{}", shaken(gates))
        }
    }
}

/// What is said behind a breach where the evidence for it is not whole itself: nobody is to be blamed by rows that were altered.
fn shaken(gates: &[Gate]) -> String {
    let evidence = gates.iter().find(|gate| gate.name == GateName::EvidenceIntact && gate.status != Decision::Go);
    evidence.map(|gate| format!(" The evidence itself is not intact: {}.", gate.measured)).unwrap_or_default()
}

/// What is said before anything else where personal data may be seen.
pub(super) fn unmasked(assessment: &Assessment) -> Option<&'static str> {
    let shows = assessment.findings.iter().any(|row| row.example.is_some())
        || assessment.exceptions.iter().any(|exception| exception.reason.is_some());
    (shows && !assessment.masked)
        .then_some("personal data stands in examples and reasons as it is: not for everybody to see")
}

/// The judged window.
pub(super) fn window(assessment: &Assessment) -> String {
    format!("{} to {} UTC", instant(assessment.run.begin), instant(assessment.run.until))
}

/// The judge's only now.
pub(super) fn as_of(assessment: &Assessment) -> String {
    format!("{} UTC, the journal's last seal", instant(assessment.run.as_of))
}

/// `1 watermark`, `2 watermarks`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
