//! `capture-complete`: no order went past the tee, or was left in the files that a replay reads. The storefront's own list is the
//! third witness of it.

use super::{Grounds, another_run, count, list};
use crate::judge::{CensusSummary, Decision, Distance, Gate, GateName, WouldChange};
use crate::outcome::Role;

/// What keeps the gate from GO.
struct Fault {
    what: String,
    remedy: String,
    /// Orders or documents about which somebody must decide.
    decisions: u64,
}

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let census = grounds.census;
    let phantoms = live_phantoms(grounds);
    let faults = faults(grounds, phantoms);
    let (status, reason) = match (census.missing, faults.is_empty()) {
        (1.., _) => (
            Decision::NoGo,
            format!(
                "The storefront lists {} placed during the run that neither a capture nor a ledger has: what the tee does not see, the run can't vouch for.",
                count(census.missing, "order")
            ),
        ),
        (0, false) => (Decision::Inconclusive, join(faults.iter().map(|fault| fault.what.as_str()))),
        (0, true) if !has_witness(census) => (
            Decision::Go,
            "There is no third witness: no census is expected, and none was imported. That every order was captured rests on the tee alone.".to_owned(),
        ),
        (0, true) => (
            Decision::Go,
            "The census tallies: every order that the storefront lists for the judged window was captured, and every judged order is in its list.".to_owned(),
        ),
    };
    let unknown =
        census.round_the_tee + census.in_doubt + census.shared_name + census.unlisted + phantoms + unsendable(grounds);
    let is_short = has_witness(census) && !grounds.census_complete;
    Gate {
        name: GateName::CaptureComplete,
        status,
        measured: measured(grounds, phantoms),
        worst_case: if is_short { "unknown".into() } else { (census.missing + unknown).to_string() },
        threshold: "0".into(),
        reason,
        would_change: would_change(grounds, &faults),
    }
}

fn would_change(grounds: &Grounds<'_>, faults: &[Fault]) -> Option<WouldChange> {
    if grounds.census.missing > 0 {
        return another_run(grounds, "Find out why these orders never came");
    }
    let decisions = faults.iter().map(|fault| fault.decisions).sum();
    let words = join(faults.iter().map(|fault| fault.remedy.as_str()));
    (!faults.is_empty()).then(|| WouldChange { words, missing: Distance { decisions, ..Distance::default() } })
}

fn join<'a>(sentences: impl Iterator<Item = &'a str>) -> String {
    sentences.collect::<Vec<_>>().join(" ")
}

/// Whether there is, or should be, a third witness.
const fn has_witness(census: &CensusSummary) -> bool {
    census.expected || census.imported
}

/// Documents of the live ledger that nothing explains: their orders went round the tee.
fn live_phantoms(grounds: &Grounds<'_>) -> u64 {
    let (policy, phantoms) = (grounds.policy, grounds.tally.phantoms);
    if policy.lanes.gated.role == Role::Live { phantoms.gated } else { phantoms.legacy }
}

/// How much of a replay's files may be orders and was not sent. A list that tallies explains it: none of its orders is missing.
fn unsendable(grounds: &Grounds<'_>) -> u64 {
    if has_witness(grounds.census) && grounds.census_complete { 0 } else { grounds.unsendable.values().sum() }
}

fn measured(grounds: &Grounds<'_>, phantoms: u64) -> String {
    let (census, unsendable) = (grounds.census, unsendable(grounds));
    let parts = [
        (census.missing, "missing"),
        (census.round_the_tee, "round the tee"),
        (census.in_doubt, "in doubt"),
        (census.unlisted, "not in the census"),
        (census.shared_name, "under a shared name"),
        (phantoms, "phantoms in the live ledger"),
        (unsendable, "not sent as captured"),
    ];
    match (has_witness(census), phantoms + unsendable) {
        (false, 0) => "no third witness".to_owned(),
        (false, _) => format!("{}, no third witness", list(&parts)),
        (true, _) => format!("{} of {} listed", list(&parts), census.listed),
    }
}

fn faults(grounds: &Grounds<'_>, phantoms: u64) -> Vec<Fault> {
    let census = grounds.census;
    let mut faults: Vec<Fault> = fault_of_files(grounds).into_iter().collect();
    let mut add = |decisions: u64, what: String, remedy: &str| {
        faults.push(Fault { what, remedy: remedy.to_owned(), decisions });
    };
    if census.imported && grounds.conservation.orders_captured == 0 {
        let listed = count(census.listed, "order");
        add(
            0,
            format!("No order was captured, so that the census, which lists {listed}, has nothing to tally with."),
            "Let the storefront post to the tee.",
        );
    }
    if has_witness(census) && !grounds.census_complete {
        let remedy = format!(
            "`paritee import --lane census --complete-through TIME` with an export that reaches to {}.",
            grounds.census_needed_through
        );
        add(0, incomplete(census), &remedy);
    }
    if census.round_the_tee > 0 {
        let orders = count(census.round_the_tee, "order");
        add(
            census.round_the_tee,
            format!("{orders} of the census went round the tee: a ledger has what no capture has."),
            "Route the orders that went round the tee through it, in a new run.",
        );
    }
    if census.in_doubt > 0 {
        let orders = count(census.in_doubt, "order");
        add(
            census.in_doubt,
            format!(
                "{orders} of the census can't be placed: no capture and no ledger has them, and they carry no time, or one too near the run's beginning."
            ),
            "Map `placed_at` of the census, or look those in doubt up by hand.",
        );
    }
    if census.unlisted > 0 {
        let orders = count(census.unlisted, "order");
        add(
            census.unlisted,
            format!("The tee captured {orders} that the census does not have."),
            "Find out who sent what the census does not have, or under which name it is listed (order_key, also_known_as).",
        );
    }
    if census.shared_name > 0 {
        add(
            census.shared_name,
            format!("{} of the census by a name that several captured orders share.", goes(census.shared_name)),
            "Import the census by a name that is an order's own.",
        );
    }
    if phantoms > 0 {
        let documents = count(phantoms, "document");
        add(
            phantoms,
            format!("The live ledger holds {documents} that nothing explains: orders went round the tee."),
            "A census that lists the orders of these documents, or a scope that says that they don't belong, in a new run.",
        );
    }
    faults
}

/// What a replay's files have that may be orders.
fn fault_of_files(grounds: &Grounds<'_>) -> Option<Fault> {
    let decisions = unsendable(grounds);
    let reasons: Vec<(u64, &str)> = grounds.unsendable.iter().map(|(reason, count)| (*count, *reason)).collect();
    let what = format!(
        "{} of the files, which may hold orders, could not be sent as captured ({}): what would have become of them is not known.",
        count(decisions, "piece"),
        list(&reasons)
    );
    let remedy = "Replay files in which they are whole, or from which they are gone (`paritee replay --dry-run` lists them), or import the storefront's list (`paritee import --lane census`).".to_owned();
    (decisions > 0).then_some(Fault { what, remedy, decisions })
}

fn goes(orders: u64) -> String {
    if orders == 1 { "1 order goes".to_owned() } else { format!("{orders} orders go") }
}

fn incomplete(census: &CensusSummary) -> String {
    match census.complete_through {
        _ if !census.imported => "A census is expected, and none was imported.".to_owned(),
        None => "A census was imported, and nobody declared up to when it is complete.".to_owned(),
        Some(through) => format!("The census is complete through {through} only, by a clock that may be off."),
    }
}
