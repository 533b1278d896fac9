//! One line of the control totals, units of a SKU or money of a currency, as it is added up and as it is reported.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use crate::outcome::Witness;
use crate::stats::sum_of_fields;

/// Units per SKU and money per currency: captured, in each ledger, and in the census.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TieOutSummary {
    /// Units: all together first, then SKUs that differ anywhere, those with the most first.
    pub units: Vec<TieOutRow>,
    /// SKUs that differ and are not listed.
    pub units_beyond: u64,
    /// Money by currency.
    pub money: Vec<TieOutRow>,
    /// Captured orders whose units can't be counted.
    pub orders_without_units: u64,
    /// Captured orders whose money can't be counted.
    pub orders_without_money: u64,
}

/// Units of a SKU, or money of a currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TieOutRow {
    /// The SKU, or the currency; `null` for all of them together.
    pub name: Option<String>,
    /// What the run's captured orders are for.
    pub captured: Decimal,
    /// What the legacy ledger has; `null` where nothing says where it stands in its documents.
    pub legacy: Option<TieOutSide>,
    /// What the gated ledger has.
    pub gated: Option<TieOutSide>,
    /// What the census has.
    pub census: Option<TieOutSide>,
}

/// `found = captured - missing + surplus + aside + residual`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TieOutSide {
    /// What is there.
    pub found: Decimal,
    /// What captured orders are for and isn't there, by cause: a fate, `cancelled`, `differs`, `document_unread`.
    pub missing: BTreeMap<String, Decimal>,
    /// What is there beyond them, by cause.
    pub surplus: BTreeMap<String, Decimal>,
    /// What is there of none of them, by reason.
    pub aside: BTreeMap<String, Decimal>,
    /// What nothing accounts for; zero, or the evidence is broken.
    pub residual: Decimal,
}

/// A line as it is added up.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) captured: Decimal,
    sides: [Sum; 3],
}

#[derive(Clone, Debug, Default)]
struct Sum {
    found: Decimal,
    missing: BTreeMap<String, Decimal>,
    surplus: BTreeMap<String, Decimal>,
    aside: BTreeMap<String, Decimal>,
}

sum_of_fields!(Row { captured, sides });
sum_of_fields!(Sum { found, missing, surplus, aside });

const fn index(side: Witness) -> usize {
    match side {
        Witness::Legacy => 0,
        Witness::Gated => 1,
        Witness::Census => 2,
    }
}

impl Row {
    /// What one order is for, and what a side has of it, `cause` saying why they differ where they do.
    pub(super) fn order(&mut self, side: Witness, captured: Decimal, found: Decimal, cause: &str) {
        let Some(sum) = self.sides.get_mut(index(side)) else { return };
        sum.found = sum.found.saturating_add(found);
        let apart = found.saturating_sub(captured);
        match () {
            () if apart > Decimal::ZERO => add(&mut sum.surplus, cause, apart),
            () if apart < Decimal::ZERO => add(&mut sum.missing, cause, -apart),
            () => {}
        }
    }

    /// What a side has of no captured order.
    pub(super) fn aside(&mut self, side: Witness, found: Decimal, reason: &str) {
        let Some(sum) = self.sides.get_mut(index(side)) else { return };
        sum.found = sum.found.saturating_add(found);
        if !found.is_zero() {
            add(&mut sum.aside, reason, found);
        }
    }

    /// Takes another line in.
    pub(super) fn take(&mut self, other: &Self) {
        self.captured = self.captured.saturating_add(other.captured);
        for (sum, own) in self.sides.iter_mut().zip(&other.sides) {
            sum.found = sum.found.saturating_add(own.found);
            for (into, from) in
                [(&mut sum.missing, &own.missing), (&mut sum.surplus, &own.surplus), (&mut sum.aside, &own.aside)]
            {
                from.iter().for_each(|(cause, amount)| add(into, cause, *amount));
            }
        }
    }

    /// How much differs on the sides that are `known`, whatever the cause.
    pub(super) fn apart(&self, known: [bool; 3]) -> Decimal {
        let sides = self.sides.iter().zip(known).filter(|(_, known)| *known).map(|(sum, _)| sum);
        sides.fold(Decimal::ZERO, |all, sum| {
            let parts =
                [total(&sum.missing), total(&sum.surplus), total(&sum.aside), sum.residual(self.captured).abs()];
            parts.into_iter().fold(all, Decimal::saturating_add)
        })
    }

    /// Whether nothing accounts for something on a side that is `known`.
    pub(super) fn is_broken(&self, known: [bool; 3]) -> bool {
        self.sides.iter().zip(known).any(|(sum, known)| known && !sum.residual(self.captured).is_zero())
    }

    /// The line as it is reported; sides that are not `known` left out.
    pub(super) fn report(&self, name: Option<&str>, known: [bool; 3]) -> TieOutRow {
        let side = |side: Witness| {
            let (sum, known) = self.sides.get(index(side)).zip(known.get(index(side)))?;
            known.then(|| sum.report(self.captured))
        };
        TieOutRow {
            name: name.map(str::to_owned),
            captured: self.captured.normalize(),
            legacy: side(Witness::Legacy),
            gated: side(Witness::Gated),
            census: side(Witness::Census),
        }
    }
}

impl Sum {
    fn residual(&self, captured: Decimal) -> Decimal {
        let accounted = captured
            .saturating_sub(total(&self.missing))
            .saturating_add(total(&self.surplus))
            .saturating_add(total(&self.aside));
        self.found.saturating_sub(accounted)
    }

    fn report(&self, captured: Decimal) -> TieOutSide {
        let normal = |by: &BTreeMap<String, Decimal>| {
            by.iter().map(|(cause, amount)| (cause.clone(), amount.normalize())).collect()
        };
        TieOutSide {
            found: self.found.normalize(),
            missing: normal(&self.missing),
            surplus: normal(&self.surplus),
            aside: normal(&self.aside),
            residual: self.residual(captured).normalize(),
        }
    }
}

/// Amounts near the end of what a decimal holds stay there, and show as a residual.
fn total(by: &BTreeMap<String, Decimal>) -> Decimal {
    by.values().fold(Decimal::ZERO, |sum, amount| sum.saturating_add(*amount))
}

fn add(by: &mut BTreeMap<String, Decimal>, cause: &str, amount: Decimal) {
    match by.get_mut(cause) {
        Some(sum) => *sum = sum.saturating_add(amount),
        None => drop(by.insert(cause.to_owned(), amount)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_apart_has_a_cause_and_nothing_remains() {
        let mut row = Row::default();
        for (captured, found, cause) in
            [(3, 3, "differs"), (2, 0, "lost"), (1, 2, "double_committed"), (5, 4, "differs")]
        {
            row.captured += Decimal::from(captured);
            row.order(Witness::Gated, captured.into(), found.into(), cause);
        }
        row.aside(Witness::Gated, 7.into(), "phantom");
        let side = row.report(None, [false, true, false]).gated.unwrap();
        assert_eq!(
            serde_json::to_string(&side).unwrap(),
            r#"{"found":"16","missing":{"differs":"1","lost":"2"},"surplus":{"double_committed":"1"},"aside":{"phantom":"7"},"residual":"0"}"#
        );
        assert_eq!(row.apart([false, true, false]), Decimal::from(11));
        assert!(!row.is_broken([false, true, false]) && row.is_broken([true, false, false]));
    }
}
