//! `[gates]`: the thresholds of the gates, and what is kept for gates that judge nothing yet. That is read and checked for
//! form, so that a configuration that is written today stays good.

use std::time::Duration;

use super::reader::{At, Context, Table};
use super::values::{fraction, integer, words};
use crate::judge::Thresholds;

/// `[gates]`
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gates {
    pub(super) thresholds: Thresholds,
    /// Not judged by yet.
    pub(super) hours_min: u64,
    /// Not judged by yet.
    pub(super) strata: Vec<String>,
}

/// Says that `at` is kept for later.
fn note<T>(context: &Context<'_>, name: &str, at: &At<T>) {
    let write = "it belongs to the run's digest, so changing it begins a new run";
    context.note(Some(at.span.clone()), format!("`{name}` is read, but nothing is judged by it yet"), write);
}

/// `sender_deadline` is what `[tee]` says.
pub(super) fn read(mut table: Table<'_>, sender_deadline: Option<Duration>) -> Gates {
    /// Below this a bound says little; it is allowed, since small rehearsals are.
    const CONFIDENCE_USUAL: f64 = 0.9;
    let context = table.context;
    let defaults = Thresholds::default();
    let loss_rate_max = table.or("loss_rate_max", defaults.loss_rate_max, fraction);
    let confidence = table.get("confidence", fraction);
    let fields_differ_max = table.or("fields_differ_max", defaults.fields_differ_max, integer(0..=1_000_000_000));
    let hours_min = table.get("hours_min", integer(0..=8_784));
    let strata = table.get("strata", |value| value.list(words));
    table.close();
    if let Some(confidence) = confidence.as_ref().filter(|at| at.value < CONFIDENCE_USUAL) {
        let what = format!("`gates.confidence` is {}, so a GO says little", confidence.value);
        context.warn(Some(confidence.span.clone()), what, "0.95 is usual");
    }
    hours_min.iter().for_each(|at| note(context, "gates.hours_min", at));
    strata.iter().for_each(|at| note(context, "gates.strata", at));
    let confidence = confidence.map_or(defaults.confidence, |at| at.value);
    Gates {
        thresholds: Thresholds { loss_rate_max, confidence, fields_differ_max, sender_deadline },
        hours_min: hours_min.map_or(0, |at| at.value),
        strata: strata.map(|at| at.value).unwrap_or_default(),
    }
}
