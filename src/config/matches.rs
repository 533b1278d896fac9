//! `{ pointer = …, equals = … }`: which documents are cancelled, which have their stock reserved, which rows are
//! set aside.

use super::reader::{Table, Value};
use super::values::{inner_pointer, words};
use super::{Allocated, Matches};
use crate::order::Pointer;

/// `{ pointer, equals }`
pub(super) fn matches(value: &Value<'_>) -> Option<Matches> {
    let mut table = value.table()?;
    let pointer = table.need("pointer", "write pointer = \"/status\"", inner_pointer);
    let equals = equals(&mut table);
    table.close();
    Some(Matches { pointer: pointer?.value, equals: equals? })
}

/// `{ pointer, equals }` or `{ column, equals }`, of the row of an export.
pub(super) fn row_matches(value: &Value<'_>) -> Option<Matches> {
    let mut table = value.table()?;
    let matches = in_row(&mut table);
    table.close();
    matches
}

/// The keys of [`row_matches`] in a table that has others beside them.
pub(super) fn in_row(table: &mut Table<'_>) -> Option<Matches> {
    let column = table.get("column", column);
    let pointer = match &column {
        Some(at) => {
            if let Some(pointer) = table.value("pointer") {
                let what = format!("`{}` stands beside `column`", pointer.name);
                pointer.wrong::<()>(what, "keep one of them: a column of a CSV, or a pointer into JSON");
            }
            Some(at.value.clone())
        }
        None if table.has("column") => None,
        None => {
            let write = "write column = \"Status\", or pointer = \"/status\" where the rows are JSON";
            table.need("pointer", write, inner_pointer).map(|at| at.value)
        }
    };
    let equals = equals(table);
    Some(Matches { pointer: pointer?, equals: equals? })
}

/// A column's heading as a pointer of one segment.
fn column(value: &Value<'_>) -> Option<Pointer> {
    let heading = words(value)?;
    Pointer::parse(&format!("/{}", heading.replace('~', "~0").replace('/', "~1"))).ok()
}

/// A value, or a list of them.
pub(super) fn equals(table: &mut Table<'_>) -> Option<Vec<String>> {
    let equals = table.need("equals", "write equals = [\"Cancelled\"], the values that are meant", |value| {
        if !value.is_list() {
            return value.scalar_text().map(|text| vec![text]);
        }
        if value.is_empty_list() {
            return value.wrong(format!("`{}` is empty, so nothing is meant", value.name), "write [\"Cancelled\"]");
        }
        value.list(Value::scalar_text)
    });
    equals.map(|at| at.value)
}

/// `{ pointer, equals }` or `{ lines, quantity, allocated }`
pub(super) fn allocated(value: &Value<'_>) -> Option<Allocated> {
    let mut table = value.table()?;
    if !table.has("lines") {
        return matches(value).map(Allocated::Where);
    }
    let lines = table.need("lines", "write lines = \"/lines\"", inner_pointer);
    let quantity = table.need("quantity", "write quantity = \"/quantity\", inside a line", inner_pointer);
    let allocated = table.need("allocated", "write allocated = \"/reserved\", inside a line", inner_pointer);
    table.close();
    Some(Allocated::Lines { lines: lines?.value, quantity: quantity?.value, allocated: allocated?.value })
}
