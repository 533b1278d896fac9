//! What a rule does: exactly one of the keys below.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::super::fault::Span;
use super::super::reader::{At, Table, Value, quoted, shown};
use super::super::values::{named, words};
use crate::diff::{self, Action};
use crate::order::Json;

/// The keys of which a rule has one.
const ACTIONS: [&str; 8] = ["ignore", "match_by", "multiset", "tolerance", "map", "same_instant", "case", "trim"];

/// Most members that elements are paired by. They are looked for in each element.
const KEYS_MAX: usize = 16;

/// The action of a rule whose path stands at `path`. A flag that is false is as good as none.
pub(super) fn read(table: &mut Table<'_>, path: Option<Span>) -> Option<At<Action>> {
    let mut found: Vec<(&str, Span, Option<Action>)> = Vec::new();
    for key in ACTIONS {
        let Some(value) = table.value(key) else { continue };
        let action = match key {
            "match_by" => match_by(&value),
            "tolerance" => tolerance(&value),
            "map" => map(&value),
            _ => match value.flag() {
                Some(false) => continue,
                flag => flag.and_then(|_| of_flag(key)),
            },
        };
        found.push((key, value.span, action));
    }
    match found.as_slice() {
        [] => {
            let write =
                format!("write match_by = [\"sku\"], or ignore = true with a reason; there are {}", quoted(&ACTIONS));
            table.context.absent(path.or_else(|| table.span.clone()), "this rule does nothing", write);
            None
        }
        [(_, span, action)] => Some(At { value: action.clone()?, span: span.clone() }),
        [(first, ..), rest @ ..] => {
            for (other, span, _) in rest {
                let what = format!("this rule has two actions, `{first}` and `{other}`");
                table.context.fault(Some(span.clone()), what, "keep one of them, and write another rule for the other");
            }
            None
        }
    }
}

fn of_flag(key: &str) -> Option<Action> {
    Some(match key {
        "ignore" => Action::Ignore,
        "multiset" => Action::Multiset,
        "same_instant" => Action::SameInstant,
        "case" => Action::Case,
        "trim" => Action::Trim,
        _ => return None,
    })
}

fn match_by(value: &Value<'_>) -> Option<Action> {
    let keys = value.list(words)?;
    if value.is_empty_list() {
        return value.wrong(format!("`{}` names no member", value.name), "write match_by = [\"sku\"]");
    }
    if keys.len() > KEYS_MAX {
        let what = format!("`{}` names more than {KEYS_MAX} members", value.name);
        return value.wrong(what, "name those that tell the elements apart");
    }
    (!keys.is_empty()).then_some(Action::MatchBy(keys))
}

/// `1`, or `{ minor_units = 1, order_max = 5 }`. Where nothing caps what is tolerated of one order, ten times one amount does.
fn tolerance(value: &Value<'_>) -> Option<Action> {
    if !value.is_table() {
        let each = minor_units(value)?;
        return Some(Action::Tolerance { minor_units: each, order_max: capped(each) });
    }
    let mut table = value.table()?;
    let write = "write minor_units = 1: how many of the currency's smallest units one amount may differ by";
    let each = table.need("minor_units", write, minor_units);
    let order_max = table.get("order_max", minor_units);
    let is_capped = table.has("order_max");
    table.close();
    if is_capped && order_max.is_none() {
        return None;
    }
    let each = each?.value;
    let order_max = order_max.map_or_else(|| capped(each), |at| Some(at.value));
    Some(Action::Tolerance { minor_units: each, order_max })
}

/// What an order may differ by in all where nobody says: an order of ten lines, each rounded by itself.
fn capped(each: Decimal) -> Option<Decimal> {
    each.checked_mul(Decimal::TEN).map(|most| most.normalize())
}

/// More than zero, by its text: never through a float.
fn minor_units(value: &Value<'_>) -> Option<Decimal> {
    const WRITE: &str = "write how many of the currency's smallest units, such as 1 or \"0.5\"";
    let text = value.number_text()?;
    let digits = text.strip_prefix('+').unwrap_or(&text);
    match diff::amount(&Json::String(Cow::Borrowed(digits))) {
        None => value.wrong(format!("`{}`: `{}` is no amount", value.name, shown(&text)), WRITE),
        Some(amount) if amount < Decimal::ZERO => value.wrong(format!("`{}` is negative", value.name), WRITE),
        Some(amount) if amount.is_zero() => {
            value.wrong(format!("`{}` is zero, which tolerates nothing", value.name), WRITE)
        }
        Some(amount) => Some(amount.normalize()),
    }
}

/// `{ lane = "legacy", name = "quantity" }`, or `{ lane = "legacy", values = { STD = "standard" } }`
fn map(value: &Value<'_>) -> Option<Action> {
    let mut table = value.table()?;
    let lane = table.need("lane", "write lane = \"legacy\", the lane that the path's names are of", named);
    let name = table.get("name", words);
    let values = table.get("values", values);
    let count = usize::from(table.has("name")) + usize::from(table.has("values"));
    table.close();
    if count != 1 {
        let what =
            format!("`{}` has {} of `name` and `values`", value.name, if count == 0 { "neither" } else { "both" });
        let write = "write name = \"quantity\", what the other lane calls the member, \
                     or values = { STD = \"standard\" }, what each value is there";
        return value.wrong(what, write);
    }
    let lane = lane?.value;
    match (name, values) {
        (Some(name), _) => Some(Action::Rename { lane, name: name.value }),
        (None, Some(values)) => Some(Action::Values { lane, table: values.value }),
        (None, None) => None,
    }
}

fn values(value: &Value<'_>) -> Option<BTreeMap<String, String>> {
    let mut table = value.table()?;
    let entries = table.entries(&[]);
    if entries.is_empty() {
        let write = "write each value with what it is on the other lane, such as { STD = \"standard\" }";
        return value.wrong(format!("`{}` names no value", value.name), write);
    }
    entries.into_iter().map(|(key, value)| Some((key.value.to_owned(), value.scalar_text()?))).collect()
}
