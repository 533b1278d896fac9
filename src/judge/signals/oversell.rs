//! Units that customers were promised and the ERP had not set aside: what can be sold twice. By SKU and at a time, with what
//! each order adds and takes away again; no order is kept.
//!
//! The journal holds no stock snapshots, so that exposure is told in units, and never as units that were oversold.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

use super::kept::Kept;
use super::moments::Wait;
use super::over_time::{Axis, InStep};
use super::summary::Signal;
use crate::order::Units;
use crate::outcome::{Lane, PerLane};
use crate::stats::{Sum, sum_of_fields};

/// SKUs that are kept apart; the others, behind them by name, are counted together.
const SKUS_MAX: usize = 5_000;

/// Moments at which a SKU is counted.
const BUCKETS_MAX: usize = 256;

/// SKUs that a report lists.
const LISTED_MAX: usize = 50;

/// Why exposure is never held against stock.
const NO_STOCK: &str = "the journal holds no stock snapshots";

/// Units promised and not set aside.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Oversell {
    /// How often they were counted, in seconds: what was promised and set aside in between does not show.
    pub counted_every_s: u64,
    /// All SKUs together first, then those of which the most were exposed at once on either lane; empty where nothing was
    /// measured.
    pub skus: Vec<SkuExposure>,
    /// SKUs that were exposed and are not listed.
    pub skus_beyond: u64,
    /// Orders whose units can't be read.
    pub orders_without_units: u64,
    /// Units in stock: missing, as the journal holds no stock snapshots.
    pub stock_units: Signal<Decimal>,
}

/// One SKU.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SkuExposure {
    /// Its name; `null` for all together.
    pub sku: Option<String>,
    /// On the legacy lane; `null` where none of its sources tells of allocations.
    pub legacy: Option<Exposure>,
    /// On the gated lane.
    pub gated: Option<Exposure>,
}

/// Units of a SKU on a lane.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Exposure {
    /// Promised to customers in all.
    pub confirmed_units: Decimal,
    /// The most that were promised and not set aside at once, at any moment at which they were counted.
    pub peak_units: Decimal,
    /// Still promised and not set aside at the end.
    pub open_units: Decimal,
    /// Of which clocks can't tell whether they were set aside by then.
    pub unknown_units: Decimal,
}

/// Exposure as it is counted.
#[derive(Clone, Debug)]
pub(super) struct Exposures {
    axis: Axis,
    /// How many orders came or went in a bucket: for those in the last ones the buckets are as wide as they are.
    steps: BTreeMap<usize, u64>,
    all: PerLane<Counted>,
    skus: Kept<String, PerLane<Counted>>,
    orders_without_units: u64,
}

#[derive(Clone, Debug, Default)]
struct Counted {
    /// In how many parts.
    parts: u64,
    confirmed: Decimal,
    unknown: Decimal,
    moves: BTreeMap<usize, Decimal>,
}

/// What an order's units do to the exposure.
#[derive(Clone, Copy)]
enum Move {
    None,
    Unknown,
    /// Up in one bucket, and down in another.
    Over(usize, Option<usize>),
}

impl InStep for Exposures {
    fn axis(&self) -> &Axis {
        &self.axis
    }

    fn widen(&mut self) {
        self.axis.widen();
        let steps = std::mem::take(&mut self.steps);
        steps.into_iter().for_each(|(bucket, number)| *self.steps.entry(bucket / 2).or_default() += number);
        let PerLane { legacy, gated } = &mut self.all;
        [legacy, gated].into_iter().for_each(Counted::widen);
        for PerLane { legacy, gated } in self.skus.values_mut() {
            [legacy, gated].into_iter().for_each(Counted::widen);
        }
    }
}

impl Exposures {
    pub(super) fn new(from: Timestamp) -> Self {
        Self {
            axis: Axis::new(from, BUCKETS_MAX),
            steps: BTreeMap::new(),
            all: PerLane::default(),
            skus: Kept::new(SKUS_MAX),
            orders_without_units: 0,
        }
    }

    /// Counts an order that a lane confirmed, and how long it then was until goods were set aside.
    pub(super) fn add(&mut self, lane: Lane, units: &Units, wait: Wait) {
        let by = match wait {
            Wait::None => Move::None,
            Wait::Unknown(_) => Move::Unknown,
            Wait::Ended { from, to } => {
                // The later one first: widening moves the other one.
                let to = self.bucket(to);
                Move::Over(self.bucket(from), Some(to))
            }
            Wait::Open { from, .. } => Move::Over(self.bucket(from), None),
        };
        for (sku, quantity) in units.iter() {
            self.all.get_mut(lane).add(quantity, by);
            self.skus.of(sku).get_mut(lane).add(quantity, by);
        }
    }

    /// Counts an order whose units can't be read.
    pub(super) const fn without_units(&mut self) {
        self.orders_without_units += 1;
    }

    fn bucket(&mut self, at: Timestamp) -> usize {
        loop {
            if let Some(bucket) = self.axis.bucket(at) {
                *self.steps.entry(bucket).or_default() += 1;
                return bucket;
            }
            self.widen();
        }
    }

    /// What is reported; `told` is on which lanes sources tell of allocations.
    pub(super) fn summary(&self, told: PerLane<bool>) -> Oversell {
        let row = |sku: Option<&str>, counted: &PerLane<Counted>| SkuExposure {
            sku: sku.map(str::to_owned),
            legacy: told.legacy.then(|| counted.legacy.exposure()),
            gated: told.gated.then(|| counted.gated.exposure()),
        };
        let named = self.skus.iter().map(|(sku, counted)| row(Some(sku), counted));
        let others = self.skus.others().map(|counted| row(Some(super::OTHER_SKUS), counted));
        let mut skus: Vec<SkuExposure> = named.chain(others).filter(|row| !row.peak().is_zero()).collect();
        skus.sort_by(|one, other| other.peak().cmp(&one.peak()).then_with(|| one.sku.cmp(&other.sku)));
        let skus_beyond = skus.len().saturating_sub(LISTED_MAX) as u64;
        skus.truncate(LISTED_MAX);
        let all = row(None, &self.all);
        let measured = [&all.legacy, &all.gated].into_iter().flatten().any(|lane| !lane.confirmed_units.is_zero());
        if measured {
            skus.insert(0, all);
        }
        Oversell {
            counted_every_s: self.axis.width_s.unsigned_abs(),
            skus,
            skus_beyond,
            orders_without_units: self.orders_without_units,
            stock_units: Signal::Missing(NO_STOCK),
        }
    }
}

impl Default for Oversell {
    fn default() -> Self {
        Exposures::new(Timestamp::UNIX_EPOCH).summary(PerLane::default())
    }
}

impl SkuExposure {
    /// The most at once on either lane.
    #[must_use]
    pub fn peak(&self) -> Decimal {
        let peaks = [&self.legacy, &self.gated].into_iter().flatten().map(|lane| lane.peak_units);
        peaks.max().unwrap_or_default()
    }
}

impl Counted {
    fn add(&mut self, units: Decimal, by: Move) {
        self.parts += 1;
        plus(&mut self.confirmed, units);
        match by {
            Move::None => {}
            Move::Unknown => plus(&mut self.unknown, units),
            Move::Over(from, to) if to == Some(from) => {}
            Move::Over(from, to) => {
                plus(self.moves.entry(from).or_default(), units);
                if let Some(to) = to {
                    plus(self.moves.entry(to).or_default(), -units);
                }
            }
        }
    }

    fn widen(&mut self) {
        let moves = std::mem::take(&mut self.moves);
        for (bucket, units) in moves {
            plus(self.moves.entry(bucket / 2).or_default(), units);
        }
        self.moves.retain(|_, units| !units.is_zero());
    }

    fn exposure(&self) -> Exposure {
        let (mut open_units, mut peak_units) = (Decimal::ZERO, Decimal::ZERO);
        for units in self.moves.values() {
            plus(&mut open_units, *units);
            peak_units = peak_units.max(open_units);
        }
        Exposure {
            confirmed_units: self.confirmed.normalize(),
            peak_units: peak_units.normalize(),
            open_units: open_units.normalize(),
            unknown_units: self.unknown.normalize(),
        }
    }
}

sum_of_fields!(Counted { parts, confirmed, unknown, moves });

impl Sum for Exposures {
    fn plus(&mut self, other: &Self) {
        let other = &self.in_step(other);
        let Exposures { axis: _, steps, all, skus, orders_without_units } = other;
        self.steps.plus(steps);
        self.all.plus(all);
        self.skus.plus(skus);
        self.orders_without_units.plus(orders_without_units);
    }

    fn minus(&mut self, other: &Self) -> bool {
        let other = &self.in_step(other);
        let Exposures { axis: _, steps, all, skus, orders_without_units } = other;
        let told = [
            self.steps.minus(steps),
            self.all.minus(all),
            self.skus.minus(skus),
            self.orders_without_units.minus(orders_without_units),
            // Without any in the last buckets they would be half as wide.
            self.axis.width_s == 1 || self.steps.range(BUCKETS_MAX / 2..).next().is_some(),
        ];
        !told.contains(&false)
    }

    fn is_nothing(&self) -> bool {
        self.steps.is_empty() && self.all.is_nothing() && self.skus.is_nothing() && self.orders_without_units == 0
    }
}

fn plus(sum: &mut Decimal, units: Decimal) {
    *sum = sum.saturating_add(units);
}
