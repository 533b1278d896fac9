//! `[erp.legacy]`, `[erp.gated]`, `[stock]`, `[marketplace]`: what stands behind both integrations.

use std::time::Duration;

use super::lanes::at_once;
use crate::config::reader::{Table, Value, nearest, quoted, shown};
use crate::config::values::{duration, duration_or_zero, integer, named};
use crate::sim::erp::{ErpPlan, Limit, LimitAnswer, StockPlan};
use crate::sim::market::MarketPlan;
use crate::sim::{Shop, WorldPlan};
use jiff::SignedDuration;

/// Walmart's feeds may take half an hour to take effect.
const EFFECT_AFTER: Duration = Duration::from_secs(300);

/// From one feed to the next.
const PUBLISH_EVERY: Duration = Duration::from_secs(120);

/// How an ERP refuses what is over its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OverLimit {
    TooMany,
    Coded,
}
choices!(OverLimit, "answer over the limit", { TooMany => "429", Coded => "coded-400" });

pub(super) fn read(mut table: Table<'_>, world: &mut WorldPlan) {
    one(table.value("legacy"), &mut world.erps.legacy);
    one(table.value("gated"), &mut world.erps.gated);
    table.close();
}

fn one(value: Option<Value<'_>>, plan: &mut ErpPlan) {
    let Some(mut table) = value.and_then(|value| value.table()) else {
        return;
    };
    plan.first_number = table.or("first_number", plan.first_number, integer(0..=i64::MAX));
    plan.page_size = table.or("page_size", plan.page_size, integer(1..=100_000));
    plan.commit_latency = table.or("commit_takes", plan.commit_latency, duration_or_zero);
    let ahead = table.or("clock_ahead", Duration::ZERO, duration_or_zero);
    let behind = table.or("clock_behind", Duration::ZERO, duration_or_zero);
    let signed = |offset: Duration| SignedDuration::try_from(offset).unwrap_or(SignedDuration::MAX);
    plan.clock_offset = signed(ahead) - signed(behind);
    let limit = table.get("at_once", at_once);
    let over = table.get("over_limit", named);
    if let Some(over) = over.as_ref().filter(|_| limit.is_none()) {
        table.context.fault(Some(over.span.clone()), "there is no limit to be over", "write at_once = 4");
    }
    let over = over.map_or(OverLimit::TooMany, |at| at.value);
    plan.limit = limit.map(|at| Limit {
        at_once: at.value,
        answer: match over {
            OverLimit::TooMany => LimitAnswer::TooMany,
            OverLimit::Coded => LimitAnswer::Coded,
        },
    });
    table.close();
}

/// `[stock]`: the same in both ERPs and in the storefront's cache.
pub(super) fn stock(value: Option<Value<'_>>, world: &mut WorldPlan) {
    let Some(mut table) = value.and_then(|value| value.table()) else {
        return;
    };
    let context = table.context;
    let each = table.or("each", 1_000_000, integer(0..=1_000_000_000));
    let of = table.entries(&["each"]);
    let skus = Shop::skus();
    for (sku, _) in of.iter().filter(|(sku, _)| !skus.contains(&sku.value)) {
        let write = nearest(sku.value, &skus)
            .map_or_else(|| format!("there are {}", quoted(&skus)), |near| format!("did you mean `{near}`?"));
        context.fault(Some(sku.span.clone()), format!("nobody sells `{}`", shown(sku.value)), write);
    }
    let of =
        of.into_iter().filter_map(|(sku, value)| Some((sku.value.to_owned(), integer(0..=1_000_000_000)(&value)?)));
    let plan = StockPlan { each, of: of.collect() };
    world.erps.legacy.stock = Some(plan.clone());
    world.erps.gated.stock = Some(plan);
}

/// `[marketplace]`: what is sold elsewhere from published quantities.
pub(super) fn marketplace(value: &Value<'_>, seed: u64) -> Option<MarketPlan> {
    let mut table = value.table()?;
    let sales = table.need("sales", "write sales = 300: how often somebody wants to buy there", integer(1..=1_000_000));
    let over = table.need("over", "write over = \"20m\": in which time", duration);
    let publish_every = table.or("publish_every", PUBLISH_EVERY, duration);
    let effect_after = table.or("effect_after", EFFECT_AFTER, duration_or_zero);
    let buffer = table.or("buffer", 0, integer(0..=1_000_000));
    table.close();
    Some(MarketPlan {
        seed,
        sales: sales?.value,
        over: over?.value,
        publish_every,
        effect_after,
        buffer,
        ..MarketPlan::default()
    })
}
