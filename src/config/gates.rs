//! `[gates]`: the thresholds of the gates.

use std::time::Duration;

use super::reader::{At, Table, Value};
use super::values::{fraction, inner_pointer, integer, named, words};
use crate::judge::{Stratum, StratumOf, Thresholds};

/// Most orders or differences that a threshold may name.
const COUNT_MAX: i64 = 1_000_000_000;

/// `sender_deadline` is what `[tee]` says.
pub(super) fn read(mut table: Table<'_>, sender_deadline: Option<Duration>) -> Thresholds {
    /// Below this a bound says little; it is allowed, since small rehearsals are.
    const CONFIDENCE_USUAL: f64 = 0.9;
    /// A run of a whole year has no more hours.
    const HOURS_MAX: i64 = 8_784;
    let context = table.context;
    let defaults = Thresholds::default();
    let loss_rate_max = table.or("loss_rate_max", defaults.loss_rate_max, fraction);
    let confidence = table.get("confidence", fraction);
    let fields_differ_max = table.or("fields_differ_max", defaults.fields_differ_max, integer(0..=COUNT_MAX));
    let latency_quantile = table.or("latency_quantile", defaults.latency_quantile, fraction);
    let sensitivity_min = table.or("sensitivity_min", defaults.sensitivity_min, fraction);
    let hours_min = table.or("hours_min", defaults.hours_min, integer(0..=HOURS_MAX));
    let strata = table.get("strata", |value| value.list(stratum));
    table.close();
    if let Some(confidence) = confidence.as_ref().filter(|at| at.value < CONFIDENCE_USUAL) {
        let what = format!("`gates.confidence` is {}, so a GO says little", confidence.value);
        context.warn(Some(confidence.span.clone()), what, "0.95 is usual");
    }
    let confidence = confidence.map_or(defaults.confidence, |at| at.value);
    let strata = strata.map(|at| at.value).unwrap_or_default();
    Thresholds {
        loss_rate_max,
        confidence,
        fields_differ_max,
        latency_quantile,
        sensitivity_min,
        sender_deadline,
        hours_min,
        strata,
    }
}

/// `{ name, pointer, equals, orders_min }` or `{ name, operation, orders_min }`
fn stratum(value: &Value<'_>) -> Option<Stratum> {
    let mut table = value.table()?;
    let name = table.need("name", "write name = \"express\", what people call these orders", words);
    let orders_min = table.or("orders_min", 1, integer(1..=COUNT_MAX));
    let of = of(&mut table);
    table.close();
    Some(Stratum { name: name?.value, of: of?, orders_min })
}

fn of(table: &mut Table<'_>) -> Option<StratumOf> {
    const WRITE: &str = "write operation = \"cancel\", or pointer = \"/currency\" and equals = \"JPY\"";
    if table.has("operation") {
        let operation = table.get("operation", named);
        for beside in ["pointer", "equals"] {
            if let Some(found) = table.value(beside) {
                found.wrong::<()>(format!("`{}` stands beside `operation`", found.name), "keep one of them");
            }
        }
        return operation.map(|At { value, .. }| StratumOf::Operation(value));
    }
    let pointer = table.need("pointer", WRITE, inner_pointer);
    let equals = super::matches::equals(table);
    Some(StratumOf::Payload { pointer: pointer?.value, equals: equals? })
}
