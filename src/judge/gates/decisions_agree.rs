//! `decisions-agree`: no lane rejects what the other commits, unless a `[[compare.decision]]` says that this is as agreed: a
//! customer whose order legacy would have taken is turned away after the cutover. An order that a lane cancelled by itself,
//! with no cancel of the storefront's, is turned away as well. What legacy promised and never committed was caught, and is
//! evidence for the cutover.

use super::{Grounds, any_order, change, count, list, next_run};
use crate::judge::{Decision, DecisionSummary, Distance, Gate, GateName, WouldChange};
use crate::outcome::Lane;

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let sum = |lane: Lane, of: fn(&DecisionSummary) -> u64| {
        grounds.decisions.iter().filter(|row| row.lane == lane).map(of).sum::<u64>()
    };
    let both = |of: fn(&DecisionSummary) -> u64| sum(Lane::Legacy, of) + sum(Lane::Gated, of);
    let (gated, legacy) = (sum(Lane::Gated, |row| row.committed), sum(Lane::Legacy, |row| row.committed));
    let (open, caught, agreed) = (both(|row| row.open), sum(Lane::Gated, |row| row.caught), both(|row| row.agreed));
    let (status, reason) = match (gated, legacy, open) {
        (1.., _, _) => (
            Decision::NoGo,
            format!(
                "The gated lane rejects or cancels {} that the legacy lane commits ({}).",
                count(gated, "order"),
                classes(grounds.decisions, Lane::Gated),
            ),
        ),
        (0, 1.., _) => (
            Decision::Inconclusive,
            format!(
                "The gated lane commits {} that the legacy lane rejects or cancels ({}), and nothing explains it.",
                count(legacy, "order"),
                classes(grounds.decisions, Lane::Legacy),
            ),
        ),
        (0, 0, 1..) => (
            Decision::Inconclusive,
            format!("One lane rejects {}, and what the other decided is not known.", count(open, "order")),
        ),
        (0, 0, 0) if grounds.tally.judged == 0 => (Decision::Inconclusive, "No order was judged.".to_owned()),
        (0, 0, 0) => {
            (Decision::Go, "No lane rejects an order that the other commits, but for what is agreed.".to_owned())
        }
    };
    Gate {
        name: GateName::DecisionsAgree,
        status,
        measured: list(&[
            (gated, "rejected by gated alone"),
            (legacy, "rejected by legacy alone"),
            (open, "rejected, the other lane not known"),
            (agreed, "as agreed"),
            (caught, "bad orders caught by gated"),
        ]),
        worst_case: format!("{}", gated + legacy + open),
        threshold: "0".into(),
        reason,
        would_change: would_change(grounds, status, open),
    }
}

fn would_change(grounds: &Grounds<'_>, status: Decision, open: u64) -> Option<WouldChange> {
    let classes = grounds.decisions.iter().filter(|row| row.committed > 0).count() as u64;
    let next_run = next_run(grounds);
    match (status, classes) {
        (Decision::Go, _) => None,
        (_, 1..) => change(
            format!(
                "A new run that sees {}, in which master data agree, or what may differ is said in {} under [[compare.decision]]: one for each lane and reason.",
                count(next_run.orders, "clean order"),
                count(classes, "decision")
            ),
            Distance { decisions: classes, ..next_run },
        ),
        _ if open > 0 => change(
            format!("A complete reading of both ledgers after the horizon of {}.", count(open, "order")),
            Distance { readings: 2, ..Distance::default() },
        ),
        _ => any_order("An order within the judged window"),
    }
}

/// `3 tax, 1 customer`
fn classes(decisions: &[DecisionSummary], lane: Lane) -> String {
    let own = decisions.iter().filter(|row| row.lane == lane);
    list(&own.map(|row| (row.committed, row.class.as_str())).collect::<Vec<_>>())
}
