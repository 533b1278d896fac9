//! `[expect]`: what an act must come to.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::super::amount::Amount;
use super::super::expect::{Count, Expect, ExpectedFinding};
use super::super::measure::Measure;
use super::super::signs::Sign;
use super::faults::Wrongs;
use crate::config::reader::{Table, Value, nearest, quoted, shown};
use crate::config::values::named;
use crate::judge::{Decision, Fate, GateName, Parity};
use crate::outcome::{PerLane, UnknownName};
use crate::sim::OrderNumber;

/// An amount before it is known how many orders the other fates take.
#[derive(Clone, Debug)]
enum Written {
    Amount(Amount),
    /// All orders that no other fate takes.
    Rest,
}

pub(super) fn read(mut table: Table<'_>, orders: u64, wrongs: &Wrongs) -> Option<Expect> {
    let decision = table.need("decision", "write decision = \"GO\", \"NO-GO\" or \"INCONCLUSIVE\"", named::<Decision>);
    let gates = by_name(&mut table, "gates", named::<Decision>);
    let legacy = fates(&mut table, "legacy", orders, wrongs);
    let gated = fates(&mut table, "gated", orders, wrongs);
    let parity = by_name::<Parity, _>(&mut table, "parity", number);
    let findings = table.or("findings", Vec::new(), |value| value.list(finding));
    let counts = by_name::<Count, _>(&mut table, "counts", number);
    let truth = PerLane {
        legacy: by_name::<Measure, _>(&mut table, "truth_legacy", number),
        gated: by_name::<Measure, _>(&mut table, "truth_gated", number),
    };
    let signals = PerLane {
        legacy: by_name::<Sign, _>(&mut table, "signals_legacy", number),
        gated: by_name::<Sign, _>(&mut table, "signals_gated", number),
    };
    table.close();
    let whole = PerLane { legacy: legacy.1.then_some(orders), gated: gated.1.then_some(orders) };
    let fates = PerLane { legacy: legacy.0, gated: gated.0 };
    let gates = goes_out(gates);
    Some(Expect { whole, decision: decision?.value, gates, fates, parity, findings, counts, truth, signals })
}

/// That a gate is GO is expected of all that are not named.
fn goes_out(gates: BTreeMap<GateName, Decision>) -> BTreeMap<GateName, Decision> {
    gates.into_iter().filter(|(_, decision)| *decision != Decision::Go).collect()
}

/// A table whose keys are the names of an enum.
fn by_name<K: FromStr<Err = UnknownName> + Ord, V>(
    table: &mut Table<'_>,
    key: &'static str,
    read: impl Fn(&Value<'_>) -> Option<V>,
) -> BTreeMap<K, V> {
    let Some(mut inner) = table.value(key).and_then(|value| value.table()) else {
        return BTreeMap::new();
    };
    let context = inner.context;
    let entries = inner.entries(&[]).into_iter().filter_map(|(name, value)| match name.value.parse::<K>() {
        Ok(known) => read(&value).map(|read| (known, read)),
        Err(UnknownName { what, names }) => {
            let write = nearest(name.value, names)
                .map_or_else(|| format!("write one of {}", quoted(names)), |near| format!("did you mean `{near}`?"));
            context.fault(Some(name.span), format!("`{}` is no {what}", shown(name.value)), write);
            None
        }
    });
    entries.collect()
}

/// Fates of a lane. Those not written have no order; `"rest"` takes all that the others leave, and whether it does is
/// said beside them.
fn fates(table: &mut Table<'_>, key: &'static str, orders: u64, wrongs: &Wrongs) -> (BTreeMap<Fate, Amount>, bool) {
    let (span, context) = (table.span.clone(), table.context);
    let written: BTreeMap<Fate, Written> = by_name(table, key, |value| fate(value, wrongs));
    if written.is_empty() {
        let write = format!("write {key} = {{ committed = \"rest\" }}, or what else its orders come to");
        context.absent(span, format!("`{key}` says nothing of its {orders} orders"), write);
        return (BTreeMap::new(), false);
    }
    let rests = written.values().filter(|it| matches!(it, Written::Rest)).count();
    if rests > 1 {
        let what = format!("`{key}` gives the rest of its orders to {rests} fates");
        context.fault(span.clone(), what, "let one of them take it");
    }
    let taken = written.values().map(least).fold(0, u64::saturating_add);
    if taken > orders {
        let what = format!("`{key}` expects {taken} orders, and only {orders} are placed");
        context.fault(span, what, "let them be no more than orders");
        return (BTreeMap::new(), false);
    }
    let others_are_ranges = written.values().any(|it| matches!(it, Written::Amount(Amount::Between(..))));
    let resolve = |it: Written| match it {
        Written::Amount(amount) => amount,
        Written::Rest if others_are_ranges => Amount::Between(0, Some(orders - taken)),
        Written::Rest => Amount::Exactly(orders - taken),
    };
    (written.into_iter().map(|(fate, it)| (fate, resolve(it))).collect(), rests > 0)
}

fn least(written: &Written) -> u64 {
    match written {
        Written::Rest => 0,
        Written::Amount(Amount::Exactly(count) | Amount::Between(count, _)) => *count,
        Written::Amount(Amount::Orders(orders)) => orders.len() as u64,
    }
}

fn fate(value: &Value<'_>, wrongs: &Wrongs) -> Option<Written> {
    if !value.is_number() && !value.is_list() && !value.is_table() && value.text()? == "rest" {
        return Some(Written::Rest);
    }
    amount(value, wrongs).map(Written::Amount)
}

/// `3`, `"1.."`, `[17, 230]` or `{ of = ["lost"] }`: the orders that these faults strike.
fn amount(value: &Value<'_>, wrongs: &Wrongs) -> Option<Amount> {
    const WRITE: &str = "write 3, \"1..\", \"5..20\", [17, 230] or { of = [\"a fault's id\"] }";
    if value.is_list() {
        let orders = value.list(|value| position(value, wrongs.orders()))?;
        return Some(Amount::Orders(orders.into_iter().collect()));
    }
    if value.is_table() {
        let mut table = value.table()?;
        let of = table.need("of", WRITE, |value| value.list(|value| wrongs.struck(value)));
        table.close();
        return Some(Amount::Orders(of?.value.into_iter().flatten().collect()));
    }
    count(value, WRITE)
}

/// `3` or `"1.."`: which orders they are is told by fates alone.
fn number(value: &Value<'_>) -> Option<Amount> {
    const WRITE: &str = "write 3, \"1..\" or \"5..20\"";
    if value.is_list() || value.is_table() {
        return value.wrong(format!("`{}` names orders, and is only counted", value.name), WRITE);
    }
    count(value, WRITE)
}

fn count(value: &Value<'_>, write: &str) -> Option<Amount> {
    if value.is_number() {
        return value.integer().and_then(|count| u64::try_from(count).ok()).map(Amount::Exactly);
    }
    let text = value.text()?;
    Amount::parse(text).or_else(|| value.wrong(format!("`{}`: `{}` is no amount", value.name, shown(text)), write))
}

/// The position of an order.
pub(super) fn position(value: &Value<'_>, orders: u64) -> Option<OrderNumber> {
    let most = i64::try_from(orders).unwrap_or(i64::MAX);
    crate::config::values::integer(1..=most)(value)
}

fn finding(value: &Value<'_>) -> Option<ExpectedFinding> {
    let mut table = value.table()?;
    let path = table.need("path", "write path = \"/total\"", |value| value.text().map(str::to_owned));
    let class = table.need("class", "write class = \"value\"", named);
    let orders = table.need("orders", "write orders = 3, in how many", number);
    table.close();
    Some(ExpectedFinding { path: path?.value, class: class?.value, orders: orders?.value })
}
