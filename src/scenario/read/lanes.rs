//! `[legacy]` and `[gated]`: how both integrations work.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::config::reader::{Table, Value};
use crate::config::values::{duration, duration_or_zero, integer, named};
use crate::outcome::Flow;
use crate::sim::OnRepeat;
use crate::sim::gated::{GatedPlan, GatedRetry, Pattern};
use crate::sim::legacy::{LegacyPlan, OnError};

/// How often an integration tries again, unless told otherwise.
const TRIES: u32 = 5;

/// How long it waits before.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// When an acknowledged order that is not committed is flagged.
const SLA: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LegacyError {
    Drop,
    RetryBlindly,
}
choices!(LegacyError, "way to take an error", { Drop => "drop", RetryBlindly => "retry-blindly" });

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GatedError {
    GiveUp,
    RetryWithKey,
    RetryBlindly,
}
choices!(GatedError, "way to take an error", {
    GiveUp => "give-up", RetryWithKey => "retry-with-key", RetryBlindly => "retry-blindly",
});

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    SameAnswer,
    Duplicate,
    CommitAgain,
}
choices!(Repeat, "way to take a repeated order", {
    SameAnswer => "same-answer", Duplicate => "duplicate", CommitAgain => "commit-again",
});

pub(super) fn legacy(mut table: Table<'_>) -> LegacyPlan {
    let mut plan =
        LegacyPlan { batch_every: Duration::from_secs(60), erp_wait_max: super::PATIENCE, ..LegacyPlan::default() };
    plan.batch_every = table.or("hands_over_every", plan.batch_every, duration);
    plan.concurrency = table.or("concurrency", plan.concurrency, at_once);
    plan.erp_wait_max = table.or("erp_wait", plan.erp_wait_max, duration);
    let on_error = table.or("on_error", LegacyError::Drop, named);
    if on_error == LegacyError::Drop {
        no_retries(&mut table);
    }
    let (times, after) = retries(&mut table, (TRIES, RETRY_AFTER));
    plan.on_error = match on_error {
        LegacyError::Drop => OnError::Drop,
        LegacyError::RetryBlindly => OnError::RetryBlindly { times, after },
    };
    table.close();
    plan
}

/// What is not written is as in `base`.
pub(super) fn gated(mut table: Table<'_>, base: &GatedPlan) -> GatedPlan {
    let mut plan = base.clone();
    plan.latency = table.or("latency", plan.latency, duration_or_zero);
    plan.erp_wait_max = table.or("erp_wait", plan.erp_wait_max, duration);
    plan.flags = table.or("flags", plan.flags, Value::flag);
    let flow = table.get("flow", |value| match named(value)? {
        Flow::FireAndForget => value.wrong(
            "a gated integration does not forget".to_owned(),
            "write \"erp-gated\" (pattern 1) or \"ack-gated\" (pattern 2)",
        ),
        flow => Some(flow),
    });
    let (acknowledges, base_sla) = match base.pattern {
        Pattern::AckGated { sla } => (true, sla),
        Pattern::ErpGated => (false, SLA),
    };
    let sla = table.or("sla", base_sla, duration);
    let acknowledges = flow.map_or(acknowledges, |at| at.value == Flow::AckGated);
    for key in ["sla", "flags"] {
        if !acknowledges && table.has(key) {
            let what = format!("`{}.{key}` has no effect where nothing is acknowledged before the commit", table.name);
            table.context.fault(table.span.clone(), what, "write flow = \"ack-gated\", or leave it out");
        }
    }
    plan.pattern = if acknowledges { Pattern::AckGated { sla } } else { Pattern::ErpGated };
    let (on_error, base_retries) = match base.on_error {
        GatedRetry::GiveUp => (GatedError::GiveUp, (TRIES, RETRY_AFTER)),
        GatedRetry::WithKey { times, after } => (GatedError::RetryWithKey, (times, after)),
        GatedRetry::Blindly { times, after } => (GatedError::RetryBlindly, (times, after)),
    };
    let on_error = table.or("on_error", on_error, named);
    if on_error == GatedError::GiveUp {
        no_retries(&mut table);
    }
    let (times, after) = retries(&mut table, base_retries);
    plan.on_error = match on_error {
        GatedError::GiveUp => GatedRetry::GiveUp,
        GatedError::RetryWithKey => GatedRetry::WithKey { times, after },
        GatedError::RetryBlindly => GatedRetry::Blindly { times, after },
    };
    let on_repeat = table.get("on_repeat", named::<Repeat>);
    match on_repeat.map(|at| at.value) {
        Some(Repeat::SameAnswer) => plan.on_repeat = OnRepeat::SameAnswer,
        Some(Repeat::Duplicate) => plan.on_repeat = OnRepeat::Duplicate,
        Some(Repeat::CommitAgain) => plan.on_repeat = OnRepeat::CommitAgain,
        None => {}
    }
    table.close();
    plan
}

/// Says so where retries are written that there will not be.
fn no_retries(table: &mut Table<'_>) {
    for key in ["tries", "retry_after"] {
        if table.has(key) {
            let what = format!("`{}.{key}` has no effect where nothing is tried again", table.name);
            table.context.fault(table.span.clone(), what, "write on_error, or leave it out");
        }
    }
}

fn retries(table: &mut Table<'_>, (times, after): (u32, Duration)) -> (u32, Duration) {
    (table.or("tries", times, integer(1..=1_000)), table.or("retry_after", after, duration_or_zero))
}

pub(super) fn at_once(value: &Value<'_>) -> Option<NonZeroUsize> {
    integer::<usize>(1..=10_000)(value).and_then(NonZeroUsize::new)
}
