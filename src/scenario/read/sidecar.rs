//! `[sidecar]`: how paritee is set up in this world.

use std::time::Duration;

use toml::de::DeTable;

use super::PATIENCE;
use crate::config::reader::{Table, Value};
use crate::config::values::{duration, fraction};
use crate::outcome::PerLane;
use crate::sim::{SidecarPlan, WatchPlan};

/// From one reading to the next.
const POLL_EVERY: Duration = Duration::from_secs(20);

const SLA: Duration = Duration::from_secs(300);

const HORIZON: Duration = Duration::from_secs(300);

/// How long open orders are waited for.
const SETTLE_MAX: Duration = Duration::from_secs(1_200);

/// 400 clean orders bound the rate at 0.75 %.
const LOSS_RATE_MAX: f64 = 0.01;

pub(super) fn read<'a>(mut table: Table<'a>, empty: &'a DeTable<'a>) -> SidecarPlan {
    let legacy = watch(table.section("legacy", empty));
    let gated = watch(table.section("gated", empty));
    let answer_wait = Some(table.or("answer_wait", PATIENCE, duration));
    let sender_deadline = table.get("sender_deadline", duration).map(|at| at.value);
    let loss_rate_max = table.or("loss_rate_max", LOSS_RATE_MAX, fraction);
    let census = table.or("census", false, Value::flag);
    let settle_max = table.or("settle_max", SETTLE_MAX, duration);
    let extra = table.or("extra", String::new(), lines);
    table.close();
    let lanes = PerLane { legacy, gated };
    SidecarPlan { lanes, answer_wait, sender_deadline, loss_rate_max, census, admin: true, settle_max, extra }
}

fn watch(mut table: Table<'_>) -> WatchPlan {
    let plan = WatchPlan {
        read: table.or("read", true, Value::flag),
        poll_every: table.or("poll_every", POLL_EVERY, duration),
        sla: table.or("sla", SLA, duration),
        horizon: table.or("horizon", HORIZON, duration),
        extra: table.or("extra", String::new(), lines),
    };
    table.close();
    plan
}

/// Lines of a configuration, as they are.
fn lines(value: &Value<'_>) -> Option<String> {
    value.text().map(str::to_owned)
}
