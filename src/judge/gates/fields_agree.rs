//! `fields-agree`: both lanes' documents say the same, and the gated lane's what was ordered, but for what a rule explains.
//! What should have been compared and could not counts as different at worst.

use super::{Grounds, any_order, change, count, next_run};
use crate::judge::{Decision, Distance, Gate, GateName, NotCompared, WouldChange};

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let comparison = grounds.comparison;
    let most = grounds.policy.gates.fields_differ_max;
    let gated = comparison.order.gated.as_ref();
    let unexplained = comparison.unexplained;
    let missed = comparison.lanes.missed() + gated.map_or(0, |counts| counts.missed());
    let (status, reason) = match () {
        () if unexplained > most => (
            Decision::NoGo,
            format!(
                "{} between documents {} explained by no rule; see the findings, most costly first.",
                count(unexplained, "difference"),
                if unexplained == 1 { "is" } else { "are" },
            ),
        ),
        () if comparison.documents.is_none() => {
            (Decision::Inconclusive, "The run was begun by a version that compared no documents.".to_owned())
        }
        () if comparison.lanes.compared == 0 && missed == 0 => {
            (Decision::Inconclusive, "No order has a document on both lanes, so nothing was compared.".to_owned())
        }
        // How much an order differs that was not compared is not known, so that no threshold covers it.
        () if missed > 0 => (Decision::Inconclusive, not_compared(grounds, missed)),
        () => (
            Decision::Go,
            format!(
                "The documents of {} say the same, but for what rules explain.",
                count(comparison.lanes.compared, "order")
            ),
        ),
    };
    Gate {
        name: GateName::FieldsAgree,
        status,
        measured: measured(grounds),
        worst_case: match missed {
            0 => format!("{unexplained} unexplained"),
            _ => {
                format!("{unexplained} unexplained, and all of {} that could not be made", count(missed, "comparison"))
            }
        },
        threshold: format!("at most {most}"),
        reason,
        would_change: would_change(grounds, status, missed),
    }
}

fn measured(grounds: &Grounds<'_>) -> String {
    let comparison = grounds.comparison;
    let mut words =
        format!("{} unexplained, {} compared", comparison.unexplained, count(comparison.lanes.compared, "order"));
    if let Some(counts) = &comparison.order.gated {
        words.push_str(&format!(" with each other, {} with what was ordered", counts.compared));
    }
    if comparison.lanes.by_order > 0 {
        words.push_str(&format!(", {} where only legacy departs from what was ordered", comparison.lanes.by_order));
    }
    words
}

fn would_change(grounds: &Grounds<'_>, status: Decision, missed: u64) -> Option<WouldChange> {
    let signatures = grounds.findings.iter().filter(|finding| finding.unexplained > 0).count() as u64;
    let next_run = next_run(grounds);
    match status {
        Decision::Go => None,
        Decision::NoGo => change(
            format!(
                "A new run that sees {}, in which the documents agree, or rules explain what may differ: {} of differences to decide about, each in the findings.",
                count(next_run.orders, "clean order"),
                count(signatures, "kind")
            ),
            Distance { decisions: signatures, ..next_run },
        ),
        Decision::Inconclusive if grounds.comparison.documents.is_none() => {
            change("A new run: begin one with --new-run.".to_owned(), next_run)
        }
        Decision::Inconclusive if missed == 0 => any_order("An order with a document on both lanes"),
        Decision::Inconclusive => change(remedies(grounds), next_run),
    }
}

/// What could not be compared, by reason.
fn not_compared(grounds: &Grounds<'_>, missed: u64) -> String {
    let missing: Vec<String> =
        REMEDIES.iter().filter_map(|(reason, what, _)| Some(format!("{} {what}", some(grounds, *reason)?))).collect();
    format!("{} could not be made: {}.", count(missed, "comparison"), missing.join("; "))
}

/// What would let it be compared.
fn remedies(grounds: &Grounds<'_>) -> String {
    let remedies = REMEDIES.iter().filter(|(reason, ..)| some(grounds, *reason).is_some());
    remedies.map(|(.., remedy)| *remedy).collect::<Vec<_>>().join(" ")
}

/// How many comparisons could not be made for a reason; `None`: none.
fn some(grounds: &Grounds<'_>, reason: NotCompared) -> Option<u64> {
    let counts = [Some(&grounds.comparison.lanes), grounds.comparison.order.gated.as_ref()];
    let number = counts.into_iter().flatten().filter_map(|counts| counts.not_compared.get(&reason)).sum::<u64>();
    (number > 0).then_some(number)
}

/// Why something is not compared, and what helps.
const REMEDIES: [(NotCompared, &str, &str); 3] = [
    (
        NotCompared::NoDocument,
        "documents that observers told of without their content, or that were purged",
        "A poll or an import with `document` brings the content of documents; what was purged comes back in no run but the next.",
    ),
    (
        NotCompared::NoPayload,
        "payloads that are not on record",
        "Orders whose payloads are on record: what was purged or never recorded comes back in no run but the next.",
    ),
    (
        NotCompared::Split,
        "orders of several documents",
        "With documents = \"in-common-terms\" under [compare] those of one order are added up.",
    ),
];
