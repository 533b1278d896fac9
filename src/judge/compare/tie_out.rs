//! Units per SKU and money per currency: what was captured is what each ledger has, and every unit that isn't has a
//! cause. The same goods in other lines add up to the same.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::tie_row::{Row, TieOutRow, TieOutSummary};
use crate::diff::amount;
use crate::judge::{Money, Policy};
use crate::order::{Json, OrderPlaces, Units};
use crate::outcome::{Lane, Witness};
use crate::stats::sum_of_fields;

/// SKUs that are kept apart: more than catalogues have that sell in a week, and bounded for texts at random.
const SKUS_MAX: usize = 50_000;

/// Most decimal places of an amount, and the highest there is. With both every sum of a run is exact: one that is not would
/// show as a residual, and evidence that is whole as broken.
const SCALE_MAX: u32 = 12;
const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// Under which name the units of others are counted.
const OTHER_SKUS: &str = "(other SKUs)";

/// SKUs that a report lists.
const LISTED_MAX: usize = 50;

/// The cause where the document is there, and its units or money can't be read.
pub(in crate::judge) const DOCUMENT_UNREAD: &str = "document_unread";

/// The cause where what was ordered can't be read.
const ORDER_UNREAD: &str = "order_unread";

/// What an order, or documents of one, are for. `None`: that can't be read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::judge) struct Side {
    units: Option<Units>,
    /// Currency and amount.
    money: Option<(String, Decimal)>,
}

impl Side {
    /// Nothing at all.
    pub(in crate::judge) fn nothing() -> Self {
        Self { units: Some(Units::default()), money: Some((String::new(), Decimal::ZERO)) }
    }

    /// Something that can't be read.
    pub(in crate::judge) const fn unread() -> Self {
        Self { units: None, money: None }
    }

    /// What some JSON is for.
    pub(in crate::judge) fn of(places: &OrderPlaces, json: &Json<'_>) -> Self {
        let money = money_of(places, json).map(|money| (money.currency, money.amount));
        Self { units: Units::with_unnamed(places, json), money }
    }

    /// What some bytes are for.
    pub(in crate::judge) fn of_bytes(places: &OrderPlaces, bytes: &[u8]) -> Self {
        Json::parse(bytes).map_or_else(|_| Self::unread(), |json| Self::of(places, &json))
    }

    /// Units; `None`: they can't be read.
    pub(in crate::judge) const fn units(&self) -> Option<&Units> {
        self.units.as_ref()
    }

    /// Currency and amount; `None`: they can't be read.
    pub(in crate::judge) fn money(&self) -> Option<(&str, Decimal)> {
        self.money.as_ref().map(|(currency, amount)| (currency.as_str(), *amount))
    }

    /// This and another one together.
    pub(in crate::judge) fn with(self, other: &Self) -> Self {
        let units = self.units.zip(other.units.as_ref()).and_then(|(units, others)| units.with(others));
        let money = self.money.zip(other.money.clone()).and_then(|((currency, sum), (theirs, amount))| {
            let alike = sum.is_zero() || amount.is_zero() || currency == theirs;
            let currency = if sum.is_zero() { theirs } else { currency };
            alike.then(|| (currency, sum.saturating_add(amount)))
        });
        Self { units, money }
    }

    /// Whether both are for the same units, as far as that can be read.
    pub(in crate::judge) fn same_units(&self, other: &Self) -> bool {
        self.units.is_some() && self.units == other.units
    }
}

/// The total of an order or a document, in its currency; `None` where it can't be read, or not be summed exactly.
pub(in crate::judge) fn money_of(places: &OrderPlaces, json: &Json<'_>) -> Option<Money> {
    let amount = places.total.as_ref().and_then(|place| countable(amount(place.get(json)?)?))?;
    Some(Money { currency: places.currency_of(json)?.to_owned(), amount })
}

/// An amount that can be summed exactly; `None` for others.
pub(in crate::judge) fn countable(amount: Decimal) -> Option<Decimal> {
    let amount = amount.normalize();
    (amount.scale() <= SCALE_MAX && amount.abs() <= Decimal::from(AMOUNT_MAX)).then_some(amount)
}

/// The tie-out of a run, as it is added up.
#[derive(Clone, Debug)]
pub(in crate::judge) struct TieOut {
    units: BTreeMap<String, Row>,
    money: BTreeMap<String, Row>,
    units_known: [bool; 3],
    money_known: [bool; 3],
    orders_without_units: u64,
    orders_without_money: u64,
}

sum_of_fields!(TieOut { units, money, orders_without_units, orders_without_money } but { units_known, money_known });

impl TieOut {
    /// Which sides can be counted follows from what the policy names.
    pub(in crate::judge) fn new(policy: &Policy) -> Self {
        let places = |side: Witness| match side.lane() {
            Some(lane) => policy.lanes.get(lane).document.as_ref(),
            None => policy.census_document.as_ref(),
        };
        let known = |known: &dyn Fn(&OrderPlaces) -> bool| {
            [Witness::Legacy, Witness::Gated, Witness::Census].map(|side| places(side).is_some_and(known))
        };
        let of_orders = || policy.orders.values().filter(|places| !places.is_none());
        let has_lines = of_orders().any(|places| places.line_places().is_some());
        let money = |own: &OrderPlaces| {
            let alike = of_orders().all(|places| places.net == own.net);
            alike && own.total.is_some() && (own.currency.is_some() || own.currency_else.is_some())
        };
        let has_money = of_orders().any(|places| places.total.is_some());
        Self {
            units: BTreeMap::new(),
            money: BTreeMap::new(),
            units_known: known(&|own| has_lines && own.line_places().is_some()),
            money_known: known(&|own| has_money && money(own)),
            orders_without_units: 0,
            orders_without_money: 0,
        }
    }

    /// Whether anything can be counted at all.
    pub(in crate::judge) fn is_known(&self) -> bool {
        [self.units_known, self.money_known].iter().flatten().any(|known| *known)
    }

    /// Whether something was left out as there was no room, so that what is counted depends on the sequence of orders.
    pub(in crate::judge) fn is_full(&self) -> bool {
        self.units.len() >= SKUS_MAX || self.money.len() >= SKUS_MAX
    }

    /// Adds an order, and what each side has of it, with why that differs where it does.
    pub(in crate::judge) fn order(&mut self, captured: &Side, sides: &[(Witness, Side, &str)]) {
        let nothing = Units::default();
        let units = captured.units.as_ref().unwrap_or(&nothing);
        self.orders_without_units += u64::from(captured.units.is_none());
        self.orders_without_money += u64::from(captured.money.is_none());
        let mut skus: Vec<&str> = units.iter().map(|(sku, _)| sku).collect();
        skus.extend(
            sides.iter().filter_map(|(_, side, _)| side.units.as_ref()).flat_map(Units::iter).map(|(sku, _)| sku),
        );
        skus.sort_unstable();
        skus.dedup();
        for sku in skus {
            let row = row(&mut self.units, sku, SKUS_MAX);
            let own = units.of_sku(sku);
            row.captured = row.captured.saturating_add(own);
            for (side, found, cause) in sides {
                let (there, cause) = match &found.units {
                    Some(there) => (there.of_sku(sku), *cause),
                    None => (Decimal::ZERO, DOCUMENT_UNREAD),
                };
                row.order(*side, own, there, if captured.units.is_none() { ORDER_UNREAD } else { cause });
            }
        }
        self.order_money(captured, sides);
    }

    fn order_money(&mut self, captured: &Side, sides: &[(Witness, Side, &str)]) {
        let of = |side: &Side, currency: &str| match &side.money {
            Some((own, amount)) if own == currency => *amount,
            _ => Decimal::ZERO,
        };
        let all = std::iter::once(captured).chain(sides.iter().map(|(_, side, _)| side));
        let mut currencies: Vec<&str> = all
            .filter_map(|side| side.money.as_ref())
            .filter(|(_, amount)| !amount.is_zero())
            .map(|(own, _)| own.as_str())
            .collect();
        currencies.sort_unstable();
        currencies.dedup();
        for currency in currencies {
            let row = row(&mut self.money, currency, SKUS_MAX);
            let own = of(captured, currency);
            row.captured = row.captured.saturating_add(own);
            for (side, found, cause) in sides {
                let cause = match () {
                    () if captured.money.is_none() => ORDER_UNREAD,
                    () if found.money.is_none() => DOCUMENT_UNREAD,
                    () => cause,
                };
                row.order(*side, own, of(found, currency), cause);
            }
        }
    }

    /// Adds what a side has of none of the run's orders.
    pub(in crate::judge) fn aside(&mut self, side: Witness, found: &Side, reason: &str) {
        for (sku, units) in found.units.iter().flat_map(Units::iter) {
            row(&mut self.units, sku, SKUS_MAX).aside(side, units, reason);
        }
        if let Some((currency, amount)) = found.money.as_ref().filter(|(_, amount)| !amount.is_zero()) {
            row(&mut self.money, currency, SKUS_MAX).aside(side, *amount, reason);
        }
    }

    /// SKUs and currencies of which something is accounted for by nothing.
    pub(in crate::judge) fn residuals(&self) -> u64 {
        let broken =
            |rows: &BTreeMap<String, Row>, known| rows.values().filter(|row| row.is_broken(known)).count() as u64;
        broken(&self.units, self.units_known) + broken(&self.money, self.money_known)
    }

    /// The tie-out as it is reported.
    pub(in crate::judge) fn summary(&self) -> TieOutSummary {
        let mut units: Vec<TieOutRow> = Vec::new();
        let mut beyond = 0;
        if self.units_known.contains(&true) {
            let mut all = Row::default();
            self.units.values().for_each(|row| all.take(row));
            units.push(all.report(None, self.units_known));
            let mut apart: Vec<(Decimal, &String, &Row)> = (self.units.iter())
                .map(|(sku, row)| (row.apart(self.units_known), sku, row))
                .filter(|(apart, ..)| !apart.is_zero())
                .collect();
            apart.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(right.1)));
            beyond = apart.len().saturating_sub(LISTED_MAX) as u64;
            units.extend(
                apart.into_iter().take(LISTED_MAX).map(|(_, sku, row)| row.report(Some(sku), self.units_known)),
            );
        }
        let known = self.money_known.contains(&true);
        let money = self.money.iter().filter(|_| known);
        TieOutSummary {
            units,
            units_beyond: beyond,
            money: money.map(|(currency, row)| row.report(Some(currency), self.money_known)).collect(),
            orders_without_units: if self.units_known.contains(&true) { self.orders_without_units } else { 0 },
            orders_without_money: if known { self.orders_without_money } else { 0 },
        }
    }

    /// Whether the documents of a lane can be counted.
    pub(in crate::judge) fn counts(&self, lane: Lane) -> bool {
        let at = usize::from(lane == Lane::Gated);
        [self.units_known, self.money_known].iter().any(|known| known.get(at) == Some(&true))
    }
}

fn row<'r>(rows: &'r mut BTreeMap<String, Row>, name: &str, most: usize) -> &'r mut Row {
    let name = if rows.len() >= most && !rows.contains_key(name) { OTHER_SKUS } else { name };
    if !rows.contains_key(name) {
        rows.insert(name.to_owned(), Row::default());
    }
    rows.entry(name.to_owned()).or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(units: &[(&str, u32)], money: Option<(&str, u32)>) -> Side {
        let lines: Vec<String> =
            units.iter().map(|(sku, quantity)| format!(r#"{{"sku":"{sku}","quantity":{quantity}}}"#)).collect();
        let money = money.map(|(currency, total)| format!(r#","currency":"{currency}","total_price":"{total}""#));
        let json = format!(r#"{{"line_items":[{}]{}}}"#, lines.join(","), money.unwrap_or_default());
        Side::of_bytes(&OrderPlaces::default(), json.as_bytes())
    }

    fn tie_out() -> TieOut {
        TieOut {
            units: BTreeMap::new(),
            money: BTreeMap::new(),
            units_known: [true, true, false],
            money_known: [true, true, false],
            orders_without_units: 0,
            orders_without_money: 0,
        }
    }

    #[test]
    fn every_unit_and_every_cent_has_a_cause() {
        let mut all = tie_out();
        let order = side(&[("A", 3), ("B", 1)], Some(("EUR", 40)));
        let (legacy, gated) = (Witness::Legacy, Witness::Gated);
        let split = side(&[("A", 1), ("A", 1), ("A", 1), ("B", 1)], Some(("EUR", 40)));
        all.order(&order, &[(legacy, order.clone(), "differs"), (gated, split, "differs")]);
        all.order(
            &order,
            &[(legacy, Side::nothing(), "lost"), (gated, order.clone().with(&order), "double_committed")],
        );
        let swapped = side(&[("A", 3), ("C", 1)], Some(("USD", 40)));
        all.order(&order, &[(legacy, Side::unread(), "differs"), (gated, swapped, "differs")]);
        all.order(&Side::unread(), &[(legacy, order.clone(), "differs"), (gated, Side::nothing(), "lost")]);
        all.aside(gated, &order, "phantom");
        let summary = all.summary();
        let lines: Vec<String> = [&summary.units, &summary.money]
            .into_iter()
            .flatten()
            .map(|row| {
                let side = |side: &Option<super::super::TieOutSide>| {
                    let side = side.as_ref().unwrap();
                    format!(
                        "{} -{:?} +{:?} ~{:?} {}",
                        side.found, side.missing, side.surplus, side.aside, side.residual
                    )
                };
                let name = row.name.as_deref().unwrap_or("all");
                format!("{name} {}: {} | {}", row.captured, side(&row.legacy), side(&row.gated))
            })
            .collect();
        assert_eq!(
            lines,
            [
                r#"all 12: 8 -{"document_unread": 4, "lost": 4} +{"order_unread": 4} ~{} 0 | 20 -{"differs": 1} +{"differs": 1, "double_committed": 4} ~{"phantom": 4} 0"#,
                r#"A 9: 6 -{"document_unread": 3, "lost": 3} +{"order_unread": 3} ~{} 0 | 15 -{} +{"double_committed": 3} ~{"phantom": 3} 0"#,
                r#"B 3: 2 -{"document_unread": 1, "lost": 1} +{"order_unread": 1} ~{} 0 | 4 -{"differs": 1} +{"double_committed": 1} ~{"phantom": 1} 0"#,
                r#"C 0: 0 -{} +{} ~{} 0 | 1 -{} +{"differs": 1} ~{} 0"#,
                r#"EUR 120: 80 -{"document_unread": 40, "lost": 40} +{"order_unread": 40} ~{} 0 | 160 -{"differs": 40} +{"double_committed": 40} ~{"phantom": 40} 0"#,
                r#"USD 0: 0 -{} +{} ~{} 0 | 40 -{} +{"differs": 40} ~{} 0"#,
            ]
        );
        assert_eq!((all.residuals(), summary.orders_without_units, summary.orders_without_money), (0, 1, 1));
    }

    /// An ERP that divides writes 28 digits, of which sums lose the last.
    #[test]
    fn amounts_that_can_not_be_summed_exactly_are_not_read() {
        let total = |total: &str| {
            let json = format!(r#"{{"line_items":[],"currency":"EUR","total_price":"{total}"}}"#);
            Side::of_bytes(&OrderPlaces::default(), json.as_bytes())
        };
        for (amount, is_read) in [
            ("33.333333333333333333333333333", false),
            ("79228162514264337593543950335", false),
            ("-1000000000000.01", false),
            ("57.379999999999", true),
            ("10.00000000000000000000000", true),
            ("-3.5", true),
        ] {
            let mut all = tie_out();
            for lost in 0..9 {
                let found = if lost == 5 { Side::nothing() } else { total(amount) };
                all.order(
                    &total(amount),
                    &[(Witness::Legacy, total("7.77"), "differs"), (Witness::Gated, found, "lost")],
                );
            }
            all.aside(Witness::Gated, &total(amount), "phantom");
            let unread = if is_read { 0 } else { 9 };
            assert_eq!((all.residuals(), all.summary().orders_without_money), (0, unread), "{amount}");
        }
    }

    #[test]
    fn names_at_random_are_counted_together() {
        let mut rows = BTreeMap::new();
        for n in 0..10 {
            row(&mut rows, &n.to_string(), 5).captured += Decimal::ONE;
        }
        assert_eq!((rows.len(), rows[OTHER_SKUS].captured), (6, Decimal::from(5)));
    }
}
