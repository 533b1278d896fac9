//! `fields-agree`: both lanes' documents say the same, and the gated lane's what was ordered, but for what a rule explains.
//! What should have been compared and could not counts as different at worst.

use super::{Grounds, count};
use crate::judge::{Decision, Gate, GateName, NotCompared};

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
        () if comparison.documents.is_none() => (
            Decision::Inconclusive,
            "The run was begun by a version that compared no documents: begin a new one with --new-run.".to_owned(),
        ),
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

/// What is missing, and what would change it.
fn not_compared(grounds: &Grounds<'_>, missed: u64) -> String {
    let comparison = grounds.comparison;
    let of = |reason: NotCompared| {
        let counts = [Some(&comparison.lanes), comparison.order.gated.as_ref()];
        counts.into_iter().flatten().filter_map(|counts| counts.not_compared.get(&reason)).sum::<u64>()
    };
    let remedies = [
        (
            NotCompared::NoDocument,
            "documents that observers told of without their content: let a poll or an import with `document` bring them",
        ),
        (NotCompared::NoPayload, "payloads that are not on record"),
        (
            NotCompared::Split,
            "orders of several documents: write documents = \"in-common-terms\" under [compare], so that they are added up",
        ),
    ];
    let missing: Vec<String> = remedies
        .iter()
        .filter(|(reason, _)| of(*reason) > 0)
        .map(|(reason, words)| format!("{} {words}", of(*reason)))
        .collect();
    format!("{} could not be made: {}.", count(missed, "comparison"), missing.join("; "))
}
