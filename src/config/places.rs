//! `[order]`, `order` of a route, `[lane.X.document]`: where lines and money stand.

use super::reader::{At, Table, Value};
use super::values::inner_pointer;
use crate::order::{OrderPlaces, Pointer};

/// The places of a table, and those of `under` where it says nothing.
pub(super) fn over(mut table: Table<'_>, under: &OrderPlaces) -> OrderPlaces {
    let mut place = |key, under: &Pointer| table.or(key, under.clone(), inner_pointer);
    let places = OrderPlaces {
        lines: place("lines", &under.lines),
        sku: place("sku", &under.sku),
        quantity: place("quantity", &under.quantity),
        total: place("total", &under.total),
        currency: place("currency", &under.currency),
    };
    table.close();
    places
}

/// Of an ERP's documents: units are counted by them, so their places must be said.
pub(super) fn document(value: &Value<'_>) -> Option<OrderPlaces> {
    let mut table = value.table()?;
    let under = OrderPlaces::default();
    let lines = table.need("lines", "write lines = \"/lines\", the place of the array of lines", inner_pointer);
    let sku = table.need("sku", "write sku = \"/sku\", inside a line", inner_pointer);
    let quantity = table.need("quantity", "write quantity = \"/quantity\", inside a line", inner_pointer);
    let total = table.or("total", under.total, inner_pointer);
    let currency = table.or("currency", under.currency, inner_pointer);
    table.close();
    let value = |at: Option<At<Pointer>>| at.map(|at| at.value);
    Some(OrderPlaces { lines: value(lines)?, sku: value(sku)?, quantity: value(quantity)?, total, currency })
}
