//! `[order]`, `order` of a route, `[lane.X.document]`, `[census.document]`: where lines and money stand.

use super::reader::{At, Table, Value, shown};
use super::values::inner_pointer;
use crate::order::OrderPlaces;

/// The places of a table, and those of `under` where it says nothing.
pub(super) fn over(mut table: Table<'_>, under: &OrderPlaces) -> OrderPlaces {
    let places = read(&mut table, under.clone());
    table.close();
    places
}

/// The places of a value that is a table, or `false` for an order of which nothing but its key is told.
pub(super) fn over_or_none(value: &Value<'_>, under: &OrderPlaces) -> Option<OrderPlaces> {
    if value.is_table() {
        return value.table().map(|table| over(table, under));
    }
    match value.flag()? {
        false => Some(OrderPlaces::none()),
        true => value.wrong(
            format!("`{}` is true, which says nothing", value.name),
            "write the places, such as { lines = \"/lines\" }, or `false` where the payload holds no lines and no money",
        ),
    }
}

/// Of documents, an ERP's or the census's: only what is said is known.
pub(super) fn document(value: &Value<'_>) -> Option<OrderPlaces> {
    let mut table = value.table()?;
    let places = read(&mut table, OrderPlaces::none());
    if places.lines.is_some() && places.line_places().is_none() {
        let what = format!("`[{}]` has `lines`, but not where SKU and quantity stand in them", table.name);
        table.context.absent(table.span.clone(), what, "write sku = \"/sku\" and quantity = \"/quantity\"");
    } else if places.lines.is_none() && (places.sku.is_some() || places.quantity.is_some() || places.price.is_some()) {
        let what = format!("`[{}]` has places inside a line, but no `lines`", table.name);
        table.context.absent(table.span.clone(), what, "write lines = \"/lines\", the place of the array of lines");
    } else if places.is_none() {
        let what = format!("`[{}]` names no place", table.name);
        table.context.absent(table.span.clone(), what, "write lines, sku and quantity, or total and currency");
    }
    table.close();
    Some(places)
}

fn read(table: &mut Table<'_>, under: OrderPlaces) -> OrderPlaces {
    let mut place = |key, under| table.get(key, inner_pointer).map(|at: At<_>| at.value).or(under);
    let places = OrderPlaces {
        lines: place("lines", under.lines),
        sku: place("sku", under.sku),
        quantity: place("quantity", under.quantity),
        price: place("price", under.price),
        total: place("total", under.total),
        tax: place("tax", under.tax),
        currency: place("currency", under.currency),
        customer: place("customer", under.customer),
        ..OrderPlaces::none()
    };
    OrderPlaces {
        currency_else: table.get("currency_else", currency).map(|at| at.value).or(under.currency_else),
        net: table.or("net", under.net, Value::flag),
        ..places
    }
}

/// A currency's code.
fn currency(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Some(text.to_owned());
    }
    value.wrong(
        format!("`{}`: `{}` is no currency's code", value.name, shown(text)),
        "write the three letters of ISO 4217, such as \"EUR\"",
    )
}
