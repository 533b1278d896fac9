//! `[[act]]` and `[expect]`: the parts of the traffic, and what each must come to.

use super::super::plan::Act;
use super::expect;
use super::faults::Wrongs;
use super::lanes;
use crate::config::reader::{Table, Value};
use crate::config::values::{integer, words};
use crate::sim::WorldPlan;

/// The acts; without `[[act]]` there is one, that holds all orders.
pub(super) fn read(root: &mut Table<'_>, world: &WorldPlan, wrongs: &Wrongs) -> Vec<Act> {
    let total = world.storefront.orders;
    let context = root.context;
    let Some(written) = root.value("act") else {
        let expect =
            root.need("expect", "write [expect] with decision = \"GO\", \"NO-GO\" or \"INCONCLUSIVE\"", |value| {
                expect::read(value.table()?, total, wrongs)
            });
        let gated = world.gated.clone();
        return expect.map(|at| Act { label: None, orders: total, gated, expect: at.value }).into_iter().collect();
    };
    let mut left = total;
    let acts = written.list(|value| {
        let act = act(value, left, world, wrongs)?;
        left = left.saturating_sub(act.orders);
        Some(act)
    });
    if left > 0 {
        let what = format!("the acts place {} of {total} orders", total - left);
        context.fault(Some(written.span), what, "leave `orders` out of the last act: it places the rest");
    }
    acts.unwrap_or_default()
}

fn act(value: &Value<'_>, left: u64, world: &WorldPlan, wrongs: &Wrongs) -> Option<Act> {
    let mut table = value.table()?;
    let label = table.need("label", "write label = \"gated build 412\": the run is called so", words);
    let most = i64::try_from(left).unwrap_or(i64::MAX);
    if most < 1 {
        return value.wrong("no orders are left for this act".to_owned(), "let the acts before it place fewer");
    }
    let orders = table.or("orders", left, integer(1..=most));
    let gated = match table.value("gated").and_then(|value| value.table()) {
        Some(own) => lanes::gated(own, &world.gated),
        None => world.gated.clone(),
    };
    let expect = table.need("expect", "write [act.expect] with decision = \"GO\"", |value| {
        expect::read(value.table()?, orders, wrongs)
    });
    table.close();
    Some(Act { label: Some(label?.value), orders, gated, expect: expect?.value })
}
