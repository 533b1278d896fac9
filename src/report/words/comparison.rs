//! What was compared with what, and what would make up for what was not.

use std::collections::BTreeMap;

use super::counted;
use crate::judge::{Assessment, Between, ComparisonCounts, ComparisonSummary, DocumentShape, NotCompared};
use crate::outcome::Lane;

/// The two sides, as people say it.
pub(in crate::report) const fn sides(between: Between) -> &'static str {
    match between {
        Between::LegacyGated => "legacy with gated",
        Between::OrderGated => "order with gated",
        Between::OrderLegacy => "order with legacy",
    }
}

/// The lane whose documents what was ordered is compared with.
pub(in crate::report) const fn lane_of(between: Between) -> Option<Lane> {
    match between {
        Between::LegacyGated => None,
        Between::OrderGated => Some(Lane::Gated),
        Between::OrderLegacy => Some(Lane::Legacy),
    }
}

/// What was compared, side by side with what came of it.
pub(in crate::report) fn comparison(assessment: &Assessment) -> Vec<(Between, String)> {
    let summary = &assessment.comparison;
    let Some(shape) = summary.documents else { return Vec::new() };
    let order = |lane: Lane| match summary.order.get(lane) {
        Some(counts) => {
            let nothing = format!(
                "no order has a document on {lane}, or [order] names nothing that [lane.{lane}.document] names too"
            );
            said(counts, "", &nothing)
        }
        None => unwritten(lane),
    };
    let lanes = said(&summary.lanes, shape_words(shape), "no order has a document on both lanes");
    vec![
        (Between::LegacyGated, lanes),
        (Between::OrderGated, order(Lane::Gated)),
        (Between::OrderLegacy, order(Lane::Legacy)),
    ]
}

/// Said of a run that was begun by a version that compared nothing.
pub(in crate::report) const NEVER_COMPARED: &str =
    "The run was begun by a version that compared no documents: begin a new one with --new-run.";

/// Whether two documents, or an order and a document, were compared at all.
pub(in crate::report) fn is_any(summary: &ComparisonSummary) -> bool {
    let order = Lane::ALL.iter().filter_map(|lane| summary.order.get(*lane).as_ref());
    std::iter::once(&summary.lanes).chain(order).any(|counts| counts.compared > 0)
}

pub(in crate::report) fn unwritten(lane: Lane) -> String {
    format!("not compared with what was ordered: [lane.{lane}.document] is not written")
}

const fn shape_words(shape: DocumentShape) -> &'static str {
    match shape {
        DocumentShape::AsTheyAre => " member by member",
        DocumentShape::InCommonTerms => " in common terms",
    }
}

fn said(counts: &ComparisonCounts, how: &str, nothing: &str) -> String {
    let missed = missed(&counts.not_compared);
    let mut words = match (counts.compared, counts.differing) {
        (0, _) if missed.is_none() => format!("nothing compared: {nothing}"),
        (0, _) => String::new(),
        (orders, 0) => format!("{} compared{how}, no unexplained difference", counted(orders, "order")),
        (orders, differing) => {
            let differ = if differing == 1 { "1 differs".to_owned() } else { format!("{differing} differ") };
            let differences = counted(counts.unexplained, "unexplained difference");
            format!("{} compared{how}, {differ} ({differences})", counted(orders, "order"))
        }
    };
    if counts.by_order > 0 {
        let differences = counted(counts.by_order, "difference");
        words.push_str(&format!("; {differences} where gated says what was ordered and legacy doesn't"));
    }
    if let Some(missed) = missed {
        if !words.is_empty() {
            words.push_str("; ");
        }
        words.push_str(&missed);
    }
    words
}

/// What could not be compared by reason, and what to do.
fn missed(by_reason: &BTreeMap<NotCompared, u64>) -> Option<String> {
    let words: Vec<String> =
        by_reason.iter().map(|(reason, orders)| format!("{orders} not compared, as {}", why_not(*reason))).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// Why an order was not compared, and what to do, to be read after *as*.
pub(in crate::report) const fn why_not(reason: NotCompared) -> &'static str {
    match reason {
        NotCompared::NoDocument => {
            "a document was told of without its content or was purged: let a poll or an import with `document` bring it, and judge before a purge"
        }
        NotCompared::NoPayload => {
            "what was ordered is not on record or was purged: look at these orders by hand, and judge before a purge"
        }
        NotCompared::Split => {
            "a lane has several documents of the order: write documents = \"in-common-terms\" under [compare], so that they are added up"
        }
    }
}
