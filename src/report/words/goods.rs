//! The control totals of goods and money as a table with the causes of what differs.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{amount, counted, currency};
use crate::judge::{Assessment, TieOutRow, TieOutSide, TieOutSummary};
use crate::outcome::{Lane, Witness};

/// The table.
pub(in crate::report) struct Goods {
    /// The names of the columns behind the row's name.
    pub(in crate::report) columns: Vec<&'static str>,
    /// Its rows.
    pub(in crate::report) rows: Vec<Row>,
    /// What is not in it, in sentences.
    pub(in crate::report) notes: Vec<String>,
}

/// Units of a SKU, or money of a currency.
pub(in crate::report) struct Row {
    /// What is counted; not yet made harmless.
    pub(in crate::report) name: String,
    /// How much of it, one for each column.
    pub(in crate::report) cells: Vec<String>,
    /// Why a side has something else than was captured.
    pub(in crate::report) causes: Vec<Cause>,
}

/// Why a side has something else than was captured.
pub(in crate::report) struct Cause {
    pub(in crate::report) side: Witness,
    pub(in crate::report) words: String,
    /// Whether something is left that nothing accounts for.
    pub(in crate::report) broken: bool,
}

/// The control totals of goods and money, at most `skus_max` SKUs; `None` where there is nothing to count.
pub(in crate::report) fn goods(assessment: &Assessment, skus_max: usize) -> Option<Goods> {
    let TieOutSummary { units, money, units_beyond, .. } = &assessment.tie_out;
    if units.is_empty() && money.is_empty() {
        let notes = vec![UNKNOWN.to_owned()];
        return (assessment.totals.orders_captured > 0).then(|| Goods { columns: Vec::new(), rows: Vec::new(), notes });
    }
    let has_census = units.iter().chain(money).any(|row| row.census.is_some());
    let sides: &[Witness] = if has_census { &SIDES } else { &[Witness::Legacy, Witness::Gated] };
    let (listed, more) = units.split_at(units.len().min(skus_max.saturating_add(1)));
    let mut rows: Vec<Row> = listed.iter().map(|own| unit_row(own, sides)).collect();
    rows.extend(money.iter().map(|own| money_row(own, sides)));
    let columns = std::iter::once("captured").chain(sides.iter().map(|side| side.as_str())).collect();
    let mut notes = notes(&assessment.tie_out);
    notes.extend((!more.is_empty()).then(|| format!("{} more SKUs differ: see the JSON.", more.len())));
    notes
        .extend((*units_beyond > 0).then(|| format!("{units_beyond} more SKUs differ; they are counted, not listed.")));
    Some(Goods { columns, rows, notes })
}

/// What to write where nothing can be counted.
const UNKNOWN: &str = "Units and money are not counted: write [order] and, for both lanes, [lane.X.document], which say where \
    lines, quantities and totals stand.";

const SIDES: [Witness; 3] = [Witness::Legacy, Witness::Gated, Witness::Census];

const fn side(row: &TieOutRow, side: Witness) -> Option<&TieOutSide> {
    match side {
        Witness::Legacy => row.legacy.as_ref(),
        Witness::Gated => row.gated.as_ref(),
        Witness::Census => row.census.as_ref(),
    }
}

fn unit_row(row: &TieOutRow, sides: &[Witness]) -> Row {
    let name = row.name.as_ref().map_or_else(|| "units, all".to_owned(), |sku| format!("SKU {sku}"));
    table_row(name, row, sides, &|units| units.to_string())
}

fn money_row(row: &TieOutRow, sides: &[Witness]) -> Row {
    let name = row.name.as_deref().unwrap_or_default();
    table_row(format!("money {}", currency(name)), row, sides, &|money| amount(name, money))
}

fn table_row(name: String, row: &TieOutRow, sides: &[Witness], number: &dyn Fn(Decimal) -> String) -> Row {
    let found = |at: &Witness| side(row, *at).map_or_else(|| "-".to_owned(), |side| number(side.found));
    let cells = std::iter::once(number(row.captured)).chain(sides.iter().map(found)).collect();
    let causes = sides.iter().filter_map(|at| cause(*at, side(row, *at)?, number)).collect();
    Row { name, cells, causes }
}

/// `missing 4: lost 3, differs 1; surplus 2: double_committed 2`
fn cause(at: Witness, side: &TieOutSide, number: &dyn Fn(Decimal) -> String) -> Option<Cause> {
    let part = |what: &str, by: &BTreeMap<String, Decimal>| {
        let sum = by.values().fold(Decimal::ZERO, |sum, amount| sum.saturating_add(*amount));
        let causes: Vec<String> = by.iter().map(|(cause, amount)| format!("{cause} {}", number(*amount))).collect();
        (!causes.is_empty()).then(|| format!("{what} {}: {}", number(sum), causes.join(", ")))
    };
    let broken = !side.residual.is_zero();
    let mut words: Vec<String> =
        [part("missing", &side.missing), part("surplus", &side.surplus), part("set aside", &side.aside)]
            .into_iter()
            .flatten()
            .collect();
    if broken {
        // First: a page that cuts long lists must not cut this.
        words.insert(0, format!("residual {}, accounted for by nothing", number(side.residual)));
    }
    (!words.is_empty()).then(|| Cause { side: at, words: words.join("; "), broken })
}

/// What is not counted, and what to write.
fn notes(summary: &TieOutSummary) -> Vec<String> {
    let mut notes = uncounted("Units", &summary.units, "lines and quantities stand");
    notes.extend(uncounted("Money", &summary.money, "total and currency stand"));
    let without = |orders: u64, what: &str, place: &str| {
        let orders = (orders > 0).then(|| counted(orders, "captured order"))?;
        Some(format!("The {what} of {orders} can't be counted: [order] finds no {place} there."))
    };
    notes.extend(without(summary.orders_without_units, "units", "lines"));
    notes.extend(without(summary.orders_without_money, "money", "total in a currency"));
    notes
}

/// The lanes on which `what` is not counted.
fn uncounted(what: &str, rows: &[TieOutRow], places: &str) -> Vec<String> {
    if rows.is_empty() {
        return vec![format!("{what}: nothing was counted. [order] and [lane.X.document] say where {places}.")];
    }
    let is_unknown = |lane: &&Lane| rows.iter().all(|row| side(row, (**lane).into()).is_none());
    let lanes = Lane::ALL.iter().filter(is_unknown);
    lanes.map(|lane| format!("{what} on {lane}: not counted. Say in [lane.{lane}.document] where {places}.")).collect()
}
