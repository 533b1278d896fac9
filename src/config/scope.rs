//! `[lane.X.scope]`: which documents of a ledger belong to what is judged.

use super::reader::Value;
use super::values::{inner_pointer, time, words};
use crate::outcome::{Scope, ScopeRule};

pub(super) fn scope(value: &Value<'_>) -> Option<Scope> {
    let mut table = value.table()?;
    let since = table.get("since", time).map(|at| at.value);
    let only = table.or("only", Vec::new(), |value| value.list(scope_rule));
    table.close();
    Some(Scope { since, only })
}

fn scope_rule(value: &Value<'_>) -> Option<ScopeRule> {
    let mut table = value.table()?;
    let pointer = table.need("pointer", "write pointer = \"/channel\"", inner_pointer);
    let equals = table.need("equals", "write equals = [\"web\"], the values that belong", |value| {
        if value.is_empty_list() {
            return value.wrong(format!("`{}` is empty, so no document belongs", value.name), "write [\"web\"]");
        }
        value.list(Value::scalar_text)
    });
    let reason = table.need("reason", "write reason = \"other channel\": documents set aside are counted by it", words);
    table.close();
    Some(ScopeRule { pointer: pointer?.value, equals: equals?.value, reason: reason?.value })
}
