//! `confirmation-gated`: the customer is told only what the ERP has committed; on an `ack-gated` lane, what is
//! committed within the SLA or flagged.
//!
//! The moment of telling and the moment of the commit stand on two clocks. Told before committed is a breach only
//! beyond the doubt about the clocks and their granularity; surely not so is a promise kept; the rest is unknown.
//!
//! Many ledgers tell no commit time at all, as their configuration says. There the answer's own words decide: one that named the very number under
//! which the ledger holds the order was given when the ERP had numbered it. Such promises are counted apart, as they rest
//! on the number and on no clock; where there is a commit time, it alone decides. Where times are to be there, a missing one
//! is missing evidence: no number makes up for it.

use super::{Grounds, another_run, any_order, change, count, list};
use crate::judge::clocks::{Known, Span};
use crate::judge::documents::Document;
use crate::judge::facts::{LaneCase, LaneContext};
use crate::judge::totals::Promise;
use crate::judge::words::{Told, Word};
use crate::judge::{Decision, Distance, Fate, Gate, GateName, WouldChange};
use crate::outcome::Flow;

/// What came of the promise to the customer; `None` where none was made.
pub(in crate::judge) fn promise(case: &LaneCase, fate: Fate, of: &LaneContext) -> Option<Promise> {
    let promise = match of.policy.flow {
        Flow::AckGated => acknowledged(case, fate, of),
        Flow::ErpGated | Flow::FireAndForget => told(case, fate, of),
    };
    match promise {
        Some(Promise::Broken) => Some(Promise::Broken),
        _ if case.answer_hidden => Some(Promise::Unknown),
        promise => promise,
    }
}

/// Told, and by then committed?
fn told(case: &LaneCase, fate: Fate, of: &LaneContext) -> Option<Promise> {
    let told = case.words.confirmed.as_ref()?;
    match (case.first_document(), fate) {
        (Some(document), _) => Some(compare(told, case.committed(document, of), document, of.policy.commit_times)),
        (None, Fate::Withdrawn) => None,
        (None, Fate::Lost) => Some(Promise::Broken),
        (None, _) => Some(Promise::Unknown),
    }
}

fn compare(told: &Told, committed: Span, document: &Document, commit_times: bool) -> Promise {
    let on_one_clock = document.committed_at.filter(|_| told.source.as_ref() == Some(&document.source));
    let later = match (on_one_clock, &told.source) {
        (Some(at), _) => Span { earliest: at, latest: at }.later_than(told.confirmed.at),
        (None, None) => committed.later_than(told.confirmed.at),
        // Told at some time before it was on record: a commit after that is surely later.
        (None, Some(_)) => match committed.later_than(told.recorded_at) {
            Known::Yes => Known::Yes,
            Known::No | Known::Unknown => Known::Unknown,
        },
    };
    match kept_unless(later) {
        Promise::Unknown if !commit_times && told.is_naming(document) => Promise::KeptByNumber,
        promise => promise,
    }
}

/// Acknowledged, and committed within the SLA or flagged?
fn acknowledged(case: &LaneCase, fate: Fate, of: &LaneContext) -> Option<Promise> {
    match fate {
        _ if case.words.word != Word::Acknowledged => None,
        _ if case.words.flagged => Some(Promise::Kept),
        _ if case.first_document().is_some() => Some(kept_unless(case.late(of))),
        Fate::Withdrawn => None,
        Fate::Lost => Some(Promise::Broken),
        _ => Some(Promise::Unknown),
    }
}

const fn kept_unless(broken: Known) -> Promise {
    match broken {
        Known::Yes => Promise::Broken,
        Known::No => Promise::Kept,
        Known::Unknown => Promise::Unknown,
    }
}

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let promises = grounds.tally.promises;
    let flow = grounds.policy.lanes.gated.flow;
    let breach = match flow {
        Flow::AckGated => "acknowledged, but neither committed within the SLA nor flagged",
        Flow::ErpGated | Flow::FireAndForget => "confirmed before the commit",
    };
    let kept = promises.kept + promises.kept_by_number;
    let (status, reason) = match (promises.broken, promises.unknown, kept) {
        (1.., _, _) => (Decision::NoGo, format!("On the gated lane {} {breach}.", orders_were(promises.broken))),
        (0, 1.., _) => (
            Decision::Inconclusive,
            format!(
                "Of {} it can't be told whether they were {breach}: the commit time, the ledger's clock, a reading or an answer is missing.",
                count(promises.unknown, "order")
            ),
        ),
        (0, 0, 0) => (Decision::Inconclusive, "The gated lane confirmed no order, so nothing was measured.".to_owned()),
        (0, 0, _) => (Decision::Go, format!("On the gated lane no order was {breach}.")),
    };
    Gate {
        name: GateName::ConfirmationGated,
        status,
        measured: list(&[
            (promises.broken, "breached"),
            (promises.unknown, "unknown"),
            (promises.kept, "kept"),
            (promises.kept_by_number, "kept by the document's number"),
        ]),
        worst_case: format!("{} breached", promises.broken + promises.unknown),
        threshold: "0 breached".into(),
        reason,
        would_change: would_change(grounds, status),
    }
}

fn would_change(grounds: &Grounds<'_>, status: Decision) -> Option<WouldChange> {
    let unknown = grounds.tally.promises.unknown;
    match status {
        Decision::Go => None,
        Decision::NoGo => another_run(grounds, "Let the gated lane tell nobody before its ERP has committed"),
        Decision::Inconclusive if unknown == 0 => any_order("An order that the gated lane confirms"),
        Decision::Inconclusive => change(
            format!(
                "For {}: the commit time that the ledger has, a complete reading that tells its clock, or `settle.clock_skew_max` in a new run.",
                count(unknown, "order")
            ),
            Distance { readings: 1, ..Distance::default() },
        ),
    }
}

fn orders_were(number: u64) -> String {
    if number == 1 { "1 order was".to_owned() } else { format!("{number} orders were") }
}
