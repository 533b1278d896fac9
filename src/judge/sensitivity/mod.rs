//! Whether this judge, on this run's own evidence, would have seen trouble: known faults are seeded into copies of a sample of
//! its good orders, which are judged again. What is seeded is counted nowhere else.
//!
//! Fault seeding: Mills, "On the statistical validation of computer programs", IBM Federal Systems Division report FSC-72-6015
//! (1972). The sample is drawn by a hash of the order keys, so that it is the same whenever the same orders are judged.

mod fault;
mod places;
mod sample;

use serde::Serialize;

use super::adequacy::Adequate;
use super::compare::{AmountCompared, Compared, Contents, OrderCompared};
use super::facts::{LaneCase, LaneContext, OrderCase};
use super::gates::taken_elsewhere;
use super::timing::{self, Timing};
use super::{Fate, Judge, Timeline};
use crate::diff::Detail;
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane, names};
use crate::stats::clopper_pearson_upper;

use places::Money;

pub(super) use sample::Sample;

/// A kind of fault that is seeded into the gated lane's evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The commit of an order is dropped.
    Drop,
    /// A second document of an order is committed.
    Double,
    /// The commit comes after the SLA.
    Delay,
    /// The total of a document is a cent off, or more where a tolerance covers a cent.
    Cent,
    /// Two orders get each other's documents.
    Swap,
    /// An order is refused, and committed all the same.
    RejectThenCommit,
    /// A page of the ledger is missing from every reading: what stood on it is not known, and not lost.
    CutPage,
}
names!(Fault, "fault", {
    Drop => "drop", Double => "double", Delay => "delay", Cent => "cent", Swap => "swap",
    RejectThenCommit => "reject_then_commit", CutPage => "cut_page",
});

/// What was seeded, and what of it was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SensitivitySummary {
    /// Good orders into which faults were seeded.
    pub orders: u64,
    /// By kind of fault.
    pub faults: Vec<FaultSummary>,
}

/// Faults of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultSummary {
    /// Which.
    pub fault: Fault,
    /// How many were seeded.
    pub seeded: u64,
    /// How many of them were seen.
    pub caught: u64,
    /// The exact lower limit of the share that is seen, one-sided at `confidence`; `None`: none could be seeded.
    pub lower_limit: Option<f64>,
    /// The first order in which one was not seen.
    pub missed: Option<OrderKey>,
}

impl SensitivitySummary {
    /// The lower limit of the share of lost orders that are seen; 0 where nothing was seeded.
    #[must_use]
    pub fn of_losses(&self) -> f64 {
        let drop = self.faults.iter().find(|summary| summary.fault == Fault::Drop);
        drop.and_then(|summary| summary.lower_limit).unwrap_or(0.0)
    }

    /// How many lost orders were not seen.
    pub(super) fn losses_missed(&self) -> u64 {
        let drop = self.faults.iter().find(|summary| summary.fault == Fault::Drop);
        drop.map_or(0, |summary| summary.seeded - summary.caught)
    }
}

/// What a copy of an order came to.
struct Again {
    gated: Fate,
    /// Whether it would count as lost, or as not known.
    is_missing: bool,
    /// How its commit came.
    committed: Option<Timing>,
    compared: Option<OrderCompared>,
}

impl Again {
    fn differs(&self) -> bool {
        let Some(OrderCompared { lanes, order }) = &self.compared else { return false };
        [lanes, &order.gated]
            .into_iter()
            .filter_map(Compared::findings)
            .any(|findings| findings.unexplained().next().is_some())
    }

    /// Whether its document was compared with something, and says the same.
    fn agrees(&self) -> bool {
        let found = |OrderCompared { lanes, order }: &OrderCompared| {
            [lanes, &order.gated].into_iter().any(|compared| compared.findings().is_some())
        };
        self.compared.as_ref().is_some_and(found) && !self.differs()
    }

    fn shows(&self, fault: Fault) -> bool {
        match fault {
            // Where both ERPs number alike, a document that is missing here and has its number there looks like a leak.
            Fault::Drop => self.is_missing || self.gated == Fate::Leaked,
            Fault::Double => self.gated == Fate::DoubleCommitted,
            Fault::Delay => self.gated == Fate::CommittedLate || self.committed != Some(Timing::InTime),
            Fault::Cent | Fault::Swap => self.differs(),
            Fault::RejectThenCommit => self.gated == Fate::CommittedAfterReject,
            Fault::CutPage => self.gated == Fate::Unobserved,
        }
    }
}

impl Judge {
    /// Takes an order into the sample if it is a good one: what is wrong already shows no fault.
    pub(super) fn sample(&mut self, order: &OrderCase, timeline: &Timeline, fates: PerLane<Fate>, case: &LaneCase) {
        let is_judged = order.counted && !order.excluded && order.received_at < self.until;
        let is_committed = fates.gated == Fate::Committed && case.adequate > Adequate::No;
        let stands = case.documents.all.len() == 1 && case.documents.standing().count() == 1;
        if is_judged && is_committed && stands && order.cancelled_at.is_none() {
            self.sample.offer(timeline);
        }
    }

    /// Seeds each kind of fault into each order of the sample.
    pub(super) fn sensitivity(&self) -> SensitivitySummary {
        let orders: Vec<&Timeline> = self.sample.orders().collect();
        let faults = Fault::ALL.iter().map(|fault| self.seed(*fault, &orders)).collect();
        SensitivitySummary { orders: orders.len() as u64, faults }
    }

    fn seed(&self, fault: Fault, orders: &[&Timeline]) -> FaultSummary {
        let alpha = 1.0 - self.policy.gates.confidence;
        let (mut seeded, mut caught, mut missed) = (0, 0, None);
        for (place, timeline) in orders.iter().enumerate() {
            let Some(is_seen) = self.is_seen(fault, timeline, orders.get(place + 1..).unwrap_or_default(), orders)
            else {
                continue;
            };
            seeded += 1;
            caught += u64::from(is_seen);
            if !is_seen && missed.is_none() {
                missed = Some(timeline.key.clone());
            }
        }
        let lower_limit =
            (seeded > 0).then(|| rounded_down(1.0 - clopper_pearson_upper(seeded - caught, seeded, alpha)));
        FaultSummary { fault, seeded, caught, lower_limit, missed }
    }

    /// Whether a fault is seen in an order; `None` where it can't be seeded there.
    fn is_seen(&self, fault: Fault, timeline: &Timeline, behind: &[&Timeline], all: &[&Timeline]) -> Option<bool> {
        let shows = |timeline: &Timeline, of: Option<&LaneContext>| self.again(timeline, of).shows(fault);
        let compared =
            self.comparer.as_ref().map_or(AmountCompared::None, |of| of.amount_compared(&self.policy.orders));
        let money = Money { places: self.policy.lanes.gated.document.as_ref(), compared };
        match fault {
            Fault::Drop => Some(shows(&fault::dropped(timeline), None)),
            Fault::Double => Some(shows(&fault::doubled(timeline), None)),
            Fault::Delay => Some(shows(&fault::delayed(timeline, &self.lanes.gated)?, None)),
            // What differs already shows nothing more, nor does what is compared with nothing: `fields-agree` counts that.
            Fault::Cent | Fault::Swap if !self.again(timeline, None).agrees() => None,
            Fault::Cent => {
                let mut amounts = fault::cents_off(timeline, &money)?;
                Some(amounts.any(|timeline| shows(&timeline, None)))
            }
            Fault::Swap => {
                let partner = behind.iter().chain(all).find(|other| places::differ(timeline, other, &money))?;
                Some(shows(&fault::swapped(timeline, partner), None))
            }
            Fault::RejectThenCommit => Some(shows(&fault::refused(timeline, &self.policy.lanes.gated.answer), None)),
            Fault::CutPage => Some(shows(&fault::dropped(timeline), Some(&self.cut))),
        }
    }

    /// Judges a copy of an order, and counts it nowhere. `gated` is what is known of the gated lane as a whole, where that is
    /// something else.
    fn again(&self, timeline: &Timeline, gated: Option<&LaneContext>) -> Again {
        let order = OrderCase::new(timeline);
        let gated = gated.unwrap_or(&self.lanes.gated);
        let of = |lane| if lane == Lane::Gated { gated } else { &self.lanes.legacy };
        let mut cases = PerLane::from_fn(|lane| LaneCase::new(&order, timeline, lane, of(lane), &self.holes));
        let rows = self.rows(&order, timeline, &mut cases, gated);
        let fates = PerLane::from_fn(|lane| rows.get(lane).fate);
        let contents = Contents::of(timeline, &cases, &self.wanted);
        let comparer = self.comparer.as_ref();
        let compared =
            comparer.map(|comparer| comparer.order(&contents, &cases, fates, &self.policy.orders, Detail::Brief));
        let unrecorded = Lane::ALL.iter().any(|lane| cases.get(*lane).unrecorded());
        let taken = taken_elsewhere(fates.legacy, timeline.in_census, unrecorded);
        let committed = timing::committed(&cases.gated, fates.gated, taken, gated);
        Again { gated: fates.gated, is_missing: timing::is_missing(fates.gated, taken), committed, compared }
    }
}

/// To a millionth, and never more than it is: a report's number reads the same wherever it is read.
fn rounded_down(share: f64) -> f64 {
    (share * 1e6).floor() / 1e6
}
