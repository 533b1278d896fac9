//! What is counted while orders are judged, and the control totals that follow: orders captured are the sum of
//! their fates, documents are those of orders and those set aside.

use std::collections::BTreeMap;

use super::census::CensusTally;
use super::compare::Comparison;
use super::timing::Timed;
use super::{Conservation, Fate, LaneEvents, PairedLosses, Parity};
use crate::outcome::{Lane, PerLane};
use crate::stats::{Sum, mcnemar, sum_of_fields};

/// Counts over all orders and documents of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Orders of the run.
    pub(super) orders: u64,
    /// Those that are judged: within the window and not excluded.
    pub(super) judged: u64,
    /// Orders by fate.
    pub(super) fates: PerLane<BTreeMap<Fate, u64>>,
    /// Judged and pending orders by parity.
    pub(super) parity: BTreeMap<Parity, u64>,
    /// The gated lane's `unsent` that it was not to be sent: the live lane never accepted them, and nobody has them.
    pub(super) not_due: u64,
    /// How the gated lane's `not_committed` divide.
    pub(super) not_committed: NotCommitted,
    /// Gated orders that are settled, but of which no adequate reading excludes another document.
    pub(super) unproven: u64,
    /// How many orders called for an adequate reading, and how many had one.
    pub(super) read: PerLane<Read>,
    /// How the gated lane kept its promise.
    pub(super) promises: Promises,
    /// How the gated lane's answers came.
    pub(super) answers: Timed,
    /// What each lane lost.
    pub(super) losses: PairedLosses,
    /// How the gated lane's commits came.
    pub(super) commits: Timed,
    /// Documents ever seen.
    pub(super) documents: PerLane<u64>,
    /// Those with a number that were sighted: what the journal can count by a query.
    pub(super) numbered: PerLane<u64>,
    /// Those of the run's orders.
    pub(super) documents_of_orders: PerLane<u64>,
    /// Those set aside, by reason.
    pub(super) documents_aside: PerLane<BTreeMap<String, u64>>,
    /// Documents that nothing explains.
    pub(super) phantoms: PerLane<u64>,
    /// Documents under names that several orders share.
    pub(super) shared_names: PerLane<u64>,
    /// The storefront's list.
    pub(super) census: CensusTally,
    /// Captures beyond the first of an event.
    pub(super) redelivered: u64,
    /// Further `create`s of an order that are not known to be of an event that was there before.
    pub(super) same_order_again: u64,
    /// What observers contributed.
    pub(super) observers: PerLane<Observers>,
    /// What comparisons found.
    pub(super) comparison: Comparison,
}

/// What observers contributed to a lane: look-ups, and outcomes by source.
#[derive(Clone, Debug, Default)]
pub(super) struct Observers {
    pub(super) lookups: u64,
    pub(super) lookups_failed: u64,
    pub(super) sources: Vec<(String, u64)>,
}

sum_of_fields!(Tally {
    orders,
    judged,
    fates,
    parity,
    not_due,
    not_committed,
    unproven,
    read,
    promises,
    answers,
    losses,
    commits,
    documents,
    numbered,
    documents_of_orders,
    documents_aside,
    phantoms,
    shared_names,
    census,
    redelivered,
    same_order_again,
    observers,
    comparison,
});
sum_of_fields!(NotCommitted { taken_elsewhere, doubtful });
sum_of_fields!(Read { needed, had });
sum_of_fields!(Promises { kept, kept_by_number, broken, unknown });
sum_of_fields!(PairedLosses { both, legacy_only, gated_only } but { p_value });

impl Sum for Observers {
    fn plus(&mut self, other: &Self) {
        self.lookups += other.lookups;
        self.lookups_failed += other.lookups_failed;
        other.sources.iter().for_each(|(name, outcomes)| self.tell(name, *outcomes));
    }

    fn minus(&mut self, other: &Self) -> bool {
        let mut is_told = self.lookups.minus(&other.lookups) & self.lookups_failed.minus(&other.lookups_failed);
        for (name, outcomes) in &other.sources {
            let own = self.sources.iter_mut().find(|(known, _)| known == name);
            is_told &= own.is_some_and(|(_, own)| own.minus(outcomes));
        }
        self.sources.retain(|(_, outcomes)| *outcomes > 0);
        is_told
    }

    fn is_nothing(&self) -> bool {
        self.lookups == 0 && self.sources.is_empty()
    }
}

/// Most sources that are counted by name. A callback names its own, and there is no end to names.
const SOURCES_MAX: usize = 100;

/// Under which name the others are counted.
const OTHER_SOURCES: &str = "others";

/// How `not_committed` orders of the gated lane count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NotCommitted {
    /// The other lane committed it, or the census has it: as lost.
    pub(super) taken_elsewhere: u64,
    /// Not known whether anybody took it.
    pub(super) doubtful: u64,
}

/// Orders that called for an adequate reading of a ledger, and those that had one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) needed: u64,
    pub(super) had: u64,
}

/// Orders of which the gated lane told the customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Promises {
    pub(super) kept: u64,
    pub(super) kept_by_number: u64,
    pub(super) broken: u64,
    pub(super) unknown: u64,
}

/// What a promise to a customer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    Kept,
    /// No clock tells, but the answer named the document's number.
    KeptByNumber,
    Broken,
    Unknown,
}

impl Observers {
    /// Counts what the journal holds of one order on this lane.
    pub(super) fn count(&mut self, events: &LaneEvents) {
        self.lookups += events.lookups.len() as u64;
        self.lookups_failed += events.lookups.iter().filter(|lookup| lookup.documents.is_none()).count() as u64;
        events.outcomes.iter().for_each(|seen| self.source(&seen.outcome.source));
    }

    pub(super) fn source(&mut self, name: &str) {
        self.tell(name, 1);
    }

    fn tell(&mut self, name: &str, by: u64) {
        let is_full = self.is_full();
        match self.sources.iter_mut().find(|(known, _)| known == name) {
            Some((_, outcomes)) => *outcomes += by,
            None if is_full && name != OTHER_SOURCES => self.tell(OTHER_SOURCES, by),
            None => self.sources.push((name.to_owned(), by)),
        }
    }

    /// Whether a source may have been counted among others, so that those that are named depend on the sequence of orders.
    pub(super) fn is_full(&self) -> bool {
        self.sources.len() >= SOURCES_MAX
    }
}

/// A probability to six digits, so that a report's number reads the same wherever it is read.
fn six_digits(probability: f64) -> f64 {
    format!("{probability:.5e}").parse().unwrap_or(probability)
}

impl Tally {
    /// Orders with this fate on a lane.
    pub(super) fn fate(&self, lane: Lane, fate: Fate) -> u64 {
        self.fates.get(lane).get(&fate).copied().unwrap_or(0)
    }

    /// Orders with any of these fates on a lane.
    pub(super) fn any(&self, lane: Lane, fates: &[Fate]) -> u64 {
        fates.iter().map(|fate| self.fate(lane, *fate)).sum()
    }

    pub(super) fn count_fate(&mut self, lane: Lane, fate: Fate) {
        *self.fates.get_mut(lane).entry(fate).or_default() += 1;
    }

    /// Counts documents that are set aside for `reason`.
    pub(super) fn set_aside(&mut self, lane: Lane, reason: &str, documents: u64) {
        if documents == 0 {
            return;
        }
        *self.documents.get_mut(lane) += documents;
        let aside = self.documents_aside.get_mut(lane);
        match aside.get_mut(reason) {
            Some(count) => *count += documents,
            None => drop(aside.insert(reason.to_owned(), documents)),
        }
    }

    pub(super) fn count_promise(&mut self, promise: Promise) {
        match promise {
            Promise::Kept => self.promises.kept += 1,
            Promise::KeptByNumber => self.promises.kept_by_number += 1,
            Promise::Broken => self.promises.broken += 1,
            Promise::Unknown => self.promises.unknown += 1,
        }
    }

    /// Counts a judged order by the lanes that lost it.
    pub(super) const fn count_losses(&mut self, lost: PerLane<bool>) {
        match (lost.legacy, lost.gated) {
            (true, true) => self.losses.both += 1,
            (true, false) => self.losses.legacy_only += 1,
            (false, true) => self.losses.gated_only += 1,
            (false, false) => {}
        }
    }

    /// What each lane lost, and what that says of both.
    pub(super) fn losses(&self) -> PairedLosses {
        let PairedLosses { legacy_only, gated_only, .. } = self.losses;
        let p_value = (legacy_only + gated_only > 0).then(|| six_digits(mcnemar(legacy_only, gated_only)));
        PairedLosses { p_value, ..self.losses }
    }

    /// The control totals, held against the journal's own counts where they are given.
    pub(super) fn conservation(&self, orders: Option<u64>, documents: Option<PerLane<u64>>) -> Conservation {
        let captured = orders.unwrap_or(self.orders);
        let accounted = PerLane::from_fn(|lane| self.fates.get(lane).values().sum());
        let residual = PerLane::from_fn(|lane| {
            let aside: u64 = self.documents_aside.get(lane).values().sum();
            let explained = self.documents_of_orders.get(lane) + aside;
            let numbered = *self.numbered.get(lane);
            let in_journal = documents.map_or(numbered, |documents| *documents.get(lane));
            captured.abs_diff(*accounted.get(lane))
                + self.documents.get(lane).abs_diff(explained)
                + in_journal.abs_diff(numbered)
        });
        Conservation {
            orders_captured: captured,
            orders_accounted: accounted,
            documents: self.documents,
            documents_of_orders: self.documents_of_orders,
            documents_aside: self.documents_aside.clone(),
            residual,
        }
    }
}
