//! Fates, control totals and the census, row by row.

use std::collections::BTreeSet;

use super::chance;
use crate::judge::{Assessment, CensusSummary, Conservation, Fate, PairedLosses};
use crate::outcome::{Lane, PerLane};
use crate::report::layout::instant;

/// The fates that occur on either lane, with their counts.
pub(in crate::report) fn fates(assessment: &Assessment) -> Vec<(Fate, PerLane<u64>)> {
    let both: BTreeSet<Fate> = Lane::ALL.iter().flat_map(|lane| assessment.fates.get(*lane).keys().copied()).collect();
    let count = |fate| PerLane::from_fn(|lane| assessment.fates.get(lane).get(&fate).copied().unwrap_or_default());
    both.into_iter().map(|fate| (fate, count(fate))).collect()
}

/// What each lane lost, and what that says of both; `None` where neither lost any.
pub(in crate::report) fn losses(assessment: &Assessment) -> Option<String> {
    let PairedLosses { both, legacy_only, gated_only, p_value } = assessment.losses;
    let test = p_value.map(|p_value| {
        format!(
            " If both lanes lost alike, no more than that on gated alone would have a probability of {} (exact McNemar test, one-sided).",
            chance(p_value)
        )
    });
    (both + legacy_only + gated_only > 0).then(|| {
        format!(
            "Lost on legacy alone {legacy_only}, on gated alone {gated_only}, on both {both}.{}",
            test.unwrap_or_default()
        )
    })
}

/// The control totals, row by row, in the order in which they add up.
pub(in crate::report) fn totals(totals: &Conservation) -> Vec<(String, PerLane<u64>)> {
    let captured = totals.orders_captured;
    let mut rows = vec![
        ("orders captured".to_owned(), PerLane { legacy: captured, gated: captured }),
        ("orders with a fate".to_owned(), totals.orders_accounted),
        ("documents in the ledger".to_owned(), totals.documents),
        ("of captured orders".to_owned(), totals.documents_of_orders),
    ];
    let reasons: BTreeSet<&String> =
        Lane::ALL.iter().flat_map(|lane| totals.documents_aside.get(*lane).keys()).collect();
    for reason in reasons {
        let count = |lane| totals.documents_aside.get(lane).get(reason).copied().unwrap_or_default();
        rows.push((format!("set aside: {reason}"), PerLane::from_fn(count)));
    }
    rows.push(("residual".to_owned(), totals.residual));
    rows
}

/// Whether captured orders and documents account for each other, in a sentence; `Err` when they don't.
pub(in crate::report) fn tie_out(totals: &Conservation, census: &CensusSummary) -> Result<&'static str, &'static str> {
    let none = PerLane { legacy: 0, gated: 0 };
    if totals.residual != none || census.residual != 0 {
        return Err("The residual is not zero: the evidence is broken.");
    }
    let nothing = totals.orders_captured == 0 && totals.documents == none;
    Ok(if nothing { "There is nothing to account for." } else { "Every order and every document is accounted for." })
}

/// Whether there is a third witness, and how far it reaches.
pub(in crate::report) fn witness(census: &CensusSummary) -> String {
    let through = census.complete_through.map(|at| format!("Complete through {} UTC by its clock.", instant(at)));
    match (census.imported, census.expected) {
        (true, _) => through.unwrap_or_else(|| "Imported, and not declared complete.".to_owned()),
        (false, true) => "Expected, and none was imported.".to_owned(),
        (false, false) => "No third witness: none is expected, and none was imported.".to_owned(),
    }
}

/// The census, row by row: what is listed first, then what it is the sum of, then what it lacks. Nothing without one.
pub(in crate::report) fn census(census: &CensusSummary) -> Vec<(String, u64)> {
    if !census.imported {
        return Vec::new();
    }
    let mut rows = vec![("orders listed", census.listed), ("captured", census.captured)];
    let some = [
        ("before_the_run", census.before_the_run),
        ("carried_over", census.carried_over),
        ("not_yet", census.not_yet),
        ("shared_name", census.shared_name),
        ("round_the_tee", census.round_the_tee),
        ("in_doubt", census.in_doubt),
    ];
    rows.extend(some.into_iter().filter(|(_, count)| *count > 0));
    let mut rows: Vec<(String, u64)> = rows.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    rows.extend(census.excluded.iter().map(|(reason, count)| (format!("excluded: {reason}"), *count)));
    rows.push(("missing".to_owned(), census.missing));
    rows.push(("residual".to_owned(), census.residual));
    rows.push(("captured, not listed".to_owned(), census.unlisted));
    rows
}
