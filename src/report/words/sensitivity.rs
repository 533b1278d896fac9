//! What was seeded into the evidence, and what of it was seen.

use super::percent;
use crate::judge::{Assessment, Fault, FaultSummary};

/// What a fault is, in plain words.
pub(in crate::report) const fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Drop => "the commit of an order is dropped",
        Fault::Double => "an order is committed a second time",
        Fault::Delay => "the commit comes after the SLA",
        Fault::Cent => "a total is a cent off, or more where a tolerance covers a cent",
        Fault::Swap => "two orders have each other's documents",
        Fault::RejectThenCommit => "an order is refused, and committed all the same",
        Fault::CutPage => "a page is missing from every reading: not known, and not lost",
    }
}

/// `200 of 200, surely at least 98.51 %`
pub(in crate::report) fn caught(summary: &FaultSummary) -> String {
    match summary.lower_limit {
        None => "none could be seeded".to_owned(),
        Some(limit) => {
            format!("{} of {}, surely at least {}", summary.caught, summary.seeded, percent(limit))
        }
    }
}

/// What was done, in a sentence.
pub(in crate::report) fn sensitivity(assessment: &Assessment) -> String {
    match assessment.sensitivity.orders {
        0 => "There is no good order to seed a fault into, so that it is not known what this judge would have seen."
            .to_owned(),
        orders => format!(
            "Known faults were seeded into copies of {} of this run, in memory, and judged again by the same rules.",
            super::counted(orders, "good order")
        ),
    }
}
