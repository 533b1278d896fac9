//! `[storefront]`: what is ordered, how fast, and how it is told.

use std::time::Duration;

use super::{Opening, PATIENCE};
use crate::config::reader::{Table, Value};
use crate::config::values::{duration, integer, named};
use crate::sim::WorldPlan;
use crate::sim::{Currency, Curve, Form, SHOPIFY_REDELIVERIES};

/// Most orders of a world: what a rehearsal needs for a bound of 0.01 %, three times over.
const ORDERS_MAX: i64 = 100_000;

/// How long the traffic lasts.
const OVER: Duration = Duration::from_secs(240);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Steady,
    FlashSale,
}
choices!(Shape, "curve", { Steady => "steady", FlashSale => "flash-sale" });

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sends {
    Whole,
    Thin,
}
choices!(Sends, "form of a webhook", { Whole => "whole", Thin => "thin" });

pub(super) fn read(mut table: Table<'_>, world: &mut WorldPlan, opening: &Opening) {
    let plan = &mut world.storefront;
    plan.seed = opening.seed;
    plan.opened_at = opening.begins;
    let orders = table.need("orders", "write orders = 400: how many are placed", integer(1..=ORDERS_MAX));
    plan.orders = opening.orders.or(orders.map(|at| at.value)).unwrap_or(1);
    let over = table.or("over", OVER, duration);
    plan.curve = match table.or("curve", Shape::Steady, named) {
        Shape::Steady => Curve::Steady { over },
        Shape::FlashSale => Curve::FlashSale { over },
    };
    plan.form = match table.or("webhooks", Sends::Whole, named) {
        Sends::Whole => Form::Whole,
        Sends::Thin => Form::Thin,
    };
    plan.answer_within = table.or("answer_within", PATIENCE, duration);
    if table.or("delivers_again", false, Value::flag) {
        plan.redeliver_after = SHOPIFY_REDELIVERIES.to_vec();
    }
    plan.bypass = table.or("bypass", false, Value::flag);
    plan.early = table.or("early", 0, integer(0..=10_000));
    plan.currencies = table.or("currencies", plan.currencies.clone(), |value| {
        if value.is_empty_list() {
            return value.wrong("nobody can pay".to_owned(), "write at least one currency, such as [\"EUR\"]");
        }
        value.list(named::<Currency>)
    });
    table.close();
}
