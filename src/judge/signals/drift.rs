//! Demand drift: what a lane sold on a day, and what of it the ERP had by the end of that day. Who plans by the ERP's numbers
//! plans without the rest. Days are UTC's, by our clock.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

use super::goods::Goods;
use super::kept::Kept;
use super::moments::{Committed, Event};
use crate::judge::clocks::Known;
use crate::outcome::{Lane, PerLane};
use crate::stats::sum_of_fields;

/// Days that are kept apart, the earliest.
const DAYS_MAX: usize = 400;

/// SKUs of days that are kept apart: a thousand SKUs for three weeks.
const SKU_DAYS_MAX: usize = 20_000;

/// Currencies that are kept apart.
const CURRENCIES_MAX: usize = 50;

/// SKUs of days that a report lists.
const LISTED_MAX: usize = 50;

const DAY_S: i64 = 86_400;

/// What was sold and what the ERP had by the end of the day.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Drift {
    /// Every day, in order; the 400 earliest.
    pub days: Vec<DayDrift>,
    /// SKUs of a day, those first of which the ERP lacked the most units on either lane; those of which it lacked none are
    /// left out.
    pub skus: Vec<SkuDrift>,
    /// SKUs of a day of which it lacked some and that are not listed.
    pub skus_beyond: u64,
}

/// A day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayDrift {
    /// The day in UTC, `2026-11-20`; `null` for all later ones together.
    pub day: Option<String>,
    /// Whether it is over as far as the journal goes; of one that is not, `behind` is what the ERP did not have so far.
    pub is_over: bool,
    /// On the legacy lane.
    pub legacy: DaySales,
    /// On the gated lane.
    pub gated: DaySales,
}

/// What a lane sold on a day.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DaySales {
    /// Orders that it confirmed.
    pub orders: SoldOrders,
    /// Units that these are for; `null` where units of none of them can be read.
    pub units: Option<Sold>,
    /// Their money by currency, order totals as captured.
    pub money: BTreeMap<String, Sold>,
}

/// How many, and how many of them the ERP had by the end of the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SoldOrders {
    /// In all.
    pub sold: u64,
    /// Those that the ERP surely did not have by then.
    pub behind: u64,
    /// Those of which it is not known.
    pub unknown: u64,
}

/// How much, and how much of it the ERP had by the end of the day.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sold {
    /// In all.
    pub sold: Decimal,
    /// What the ERP surely did not have by then.
    pub behind: Decimal,
    /// Of what it is not known.
    pub unknown: Decimal,
}

/// A SKU on a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SkuDrift {
    /// The day in UTC; `null` for all that are not kept apart.
    pub day: Option<String>,
    /// The SKU.
    pub sku: String,
    /// On the legacy lane.
    pub legacy: SkuSales,
    /// On the gated lane.
    pub gated: SkuSales,
}

/// What a lane sold of a SKU on a day.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SkuSales {
    /// Units.
    pub units: Sold,
    /// What the units behind are worth at the prices of their lines, by currency; empty where none are, or no price can be
    /// read.
    pub money_behind: BTreeMap<String, Decimal>,
}

/// Drift as it is counted.
#[derive(Clone, Debug)]
pub(super) struct Drifting {
    as_of: Timestamp,
    days: Kept<i64, PerLane<Sales>>,
    skus: Kept<(i64, String), PerLane<Sku>>,
}

#[derive(Clone, Debug)]
struct Sales {
    orders: SoldOrders,
    units: Summed,
    money: Kept<String, Summed>,
}

#[derive(Clone, Debug)]
struct Sku {
    units: Summed,
    money_behind: Kept<String, Worth>,
}

/// How much, and in how many parts: of what adds up to nothing as well.
#[derive(Clone, Debug, Default)]
struct Summed {
    sold: Sold,
    parts: u64,
}

/// An amount, and in how many parts.
#[derive(Clone, Debug, Default)]
struct Worth {
    amount: Decimal,
    parts: u64,
}

sum_of_fields!(Drifting { days, skus } but { as_of });
sum_of_fields!(Sales { orders, units, money });
sum_of_fields!(Sku { units, money_behind });
sum_of_fields!(Summed { sold, parts });
sum_of_fields!(Worth { amount, parts });
sum_of_fields!(Sold { sold, behind, unknown });
sum_of_fields!(SoldOrders { sold, behind, unknown });

impl Drifting {
    pub(super) const fn new(as_of: Timestamp) -> Self {
        Self { as_of, days: Kept::new(DAYS_MAX), skus: Kept::new(SKU_DAYS_MAX) }
    }

    /// Counts an order that a lane confirmed at `at`.
    pub(super) fn add(&mut self, lane: Lane, at: Timestamp, goods: &Goods<'_, '_>, committed: &Committed<'_>) {
        let day = at.as_second().div_euclid(DAY_S);
        let behind = self.behind(begin_of(day.saturating_add(1)), committed);
        let sales = self.days.of(&day).get_mut(lane);
        sales.orders.add(behind);
        if let Some((currency, amount)) = goods.money() {
            sales.money.of(currency).add(amount, behind);
        }
        let Some(units) = goods.units() else { return };
        for (sku, quantity) in units.iter() {
            sales.units.add(quantity, behind);
            self.skus.of(&(day, sku.to_owned())).get_mut(lane).units.add(quantity, behind);
        }
        if behind == Known::Yes
            && let Some((currency, worth)) = goods.worth()
        {
            for (sku, amount) in worth {
                self.skus.of(&(day, sku)).get_mut(lane).money_behind.of(currency.as_str()).add(amount);
            }
        }
    }

    /// Whether the ERP had an order only after a day's end; where that is to come, whether it has not had it so far.
    fn behind(&self, end: Timestamp, committed: &Committed<'_>) -> Known {
        match committed {
            Committed::NotUntil(_) if end > self.as_of => Known::Yes,
            _ => committed.later_than(&Event::at(end)),
        }
    }

    pub(super) fn summary(&self) -> Drift {
        let days = self.days.iter().map(|(day, sales)| (Some(*day), sales));
        let later = self.days.others().map(|sales| (None, sales));
        let days = days.chain(later).map(|(day, PerLane { legacy, gated })| DayDrift {
            is_over: day.is_some_and(|day| begin_of(day + 1) <= self.as_of),
            day: day.map(name_of),
            legacy: legacy.report(),
            gated: gated.report(),
        });
        let named = self.skus.iter().map(|((day, sku), sold)| (Some(*day), sku.as_str(), sold));
        let others = self.skus.others().map(|sold| (None, super::OTHER_SKUS, sold));
        let mut skus: Vec<SkuDrift> = named
            .chain(others)
            .filter(|(.., sold)| !sold.legacy.units.sold.behind.is_zero() || !sold.gated.units.sold.behind.is_zero())
            .map(|(day, sku, PerLane { legacy, gated })| SkuDrift {
                day: day.map(name_of),
                sku: sku.to_owned(),
                legacy: legacy.report(),
                gated: gated.report(),
            })
            .collect();
        let worst = |row: &SkuDrift| row.legacy.units.behind.max(row.gated.units.behind);
        skus.sort_by(|one, other| {
            let by_name = || (&one.day, &one.sku).cmp(&(&other.day, &other.sku));
            worst(other).cmp(&worst(one)).then_with(by_name)
        });
        let skus_beyond = skus.len().saturating_sub(LISTED_MAX) as u64;
        skus.truncate(LISTED_MAX);
        Drift { days: days.collect(), skus, skus_beyond }
    }
}

impl SoldOrders {
    const fn add(&mut self, behind: Known) {
        self.sold += 1;
        match behind {
            Known::Yes => self.behind += 1,
            Known::Unknown => self.unknown += 1,
            Known::No => {}
        }
    }
}

impl Summed {
    fn add(&mut self, amount: Decimal, behind: Known) {
        self.parts += 1;
        self.sold.add(amount, behind);
    }
}

impl Worth {
    fn add(&mut self, amount: Decimal) {
        self.parts += 1;
        plus(&mut self.amount, amount);
    }
}

impl Sold {
    fn add(&mut self, amount: Decimal, behind: Known) {
        plus(&mut self.sold, amount);
        match behind {
            Known::Yes => plus(&mut self.behind, amount),
            Known::Unknown => plus(&mut self.unknown, amount),
            Known::No => {}
        }
    }

    fn report(&self) -> Self {
        Self { sold: self.sold.normalize(), behind: self.behind.normalize(), unknown: self.unknown.normalize() }
    }
}

impl Default for Sales {
    fn default() -> Self {
        Self { orders: SoldOrders::default(), units: Summed::default(), money: Kept::new(CURRENCIES_MAX) }
    }
}

impl Default for Sku {
    fn default() -> Self {
        Self { units: Summed::default(), money_behind: Kept::new(CURRENCIES_MAX) }
    }
}

impl Sku {
    fn report(&self) -> SkuSales {
        let named = self.money_behind.iter().map(|(currency, amount)| (currency.clone(), amount.amount.normalize()));
        let other = |worth: &Worth| (super::OTHER_CURRENCIES.to_owned(), worth.amount.normalize());
        let others = self.money_behind.others().map(other);
        SkuSales { units: self.units.sold.report(), money_behind: named.chain(others).collect() }
    }
}

impl Sales {
    fn report(&self) -> DaySales {
        let named = self.money.iter().map(|(currency, sold)| (currency.clone(), sold.sold.report()));
        let others = self.money.others().map(|sold| (super::OTHER_CURRENCIES.to_owned(), sold.sold.report()));
        DaySales {
            orders: self.orders,
            units: (self.units.parts > 0).then(|| self.units.sold.report()),
            money: named.chain(others).collect(),
        }
    }
}

fn plus(sum: &mut Decimal, amount: Decimal) {
    *sum = sum.saturating_add(amount);
}

fn begin_of(day: i64) -> Timestamp {
    Timestamp::from_second(day.saturating_mul(DAY_S)).unwrap_or(Timestamp::MAX)
}

fn name_of(day: i64) -> String {
    begin_of(day).strftime("%Y-%m-%d").to_string()
}
