//! Both integrations: every planned fault does exactly what it says.

mod ack;
mod broken;
mod gated;
mod legacy;
mod retry;
mod scripted;
mod thin;

use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::scripted::{Says, Scripted};
use super::super::erp::{self, DocumentStatus, Erp, ErpPlan, IDEMPOTENCY_KEY};
use super::super::gated::{Gated, GatedPlan, GatedRetry, OnRepeat, Pattern};
use super::super::legacy::{Legacy, LegacyPlan, OnError};
use super::super::plan::{Fault, Plan};
use super::super::surroundings::Surroundings;
use super::super::truth::{Moments, Truth};
use super::*;
use crate::outcome::Lane;

/// A batch, or an end of waiting, that never comes within a test.
const NEVER: Duration = Duration::from_secs(3_600);

/// From one batch to the next where a test waits for them.
const SOON: Duration = Duration::from_millis(10);

async fn gated(plan: GatedPlan) -> (Arc<Erp>, Gated, CancellationToken) {
    let end = CancellationToken::new();
    let erp = open_erp(&ErpPlan::default(), &end).await;
    let gated = gated_with(&plan, Surroundings::only(erp.running.addr), &end).await;
    (Arc::new(erp), gated, end)
}

async fn legacy(plan: LegacyPlan) -> (Arc<Erp>, Legacy, CancellationToken) {
    let end = CancellationToken::new();
    let erp = open_erp(&ErpPlan::default(), &end).await;
    let legacy = legacy_with(&plan, Surroundings::only(erp.running.addr), &end).await;
    (Arc::new(erp), legacy, end)
}

/// An ERP that keeps the truth of a lane with it.
async fn erp_of(lane: Lane, truth: &Truth, end: &CancellationToken) -> Erp {
    let around = erp::Surroundings { truth: truth.clone(), ..erp::Surroundings::alone(lane) };
    erp::start(&ErpPlan::default(), |number| shop().key_of(number), around, end.clone()).await.unwrap()
}

async fn gated_with(plan: &GatedPlan, around: Surroundings, end: &CancellationToken) -> Gated {
    super::super::gated::start(plan, around, |number| shop().key_of(number), end.clone()).await.unwrap()
}

async fn legacy_with(plan: &LegacyPlan, around: Surroundings, end: &CancellationToken) -> Legacy {
    super::super::legacy::start(plan, around, |number| shop().key_of(number), end.clone()).await.unwrap()
}

fn json(answer: &Answered) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// How many documents there are of the orders at these positions, and that there are no others.
fn assert_documents<const N: usize>(erp: &Erp, expected: [(u64, usize); N]) {
    let expected = expected.map(|(number, documents)| (shop().key_of(number).to_string(), documents));
    assert_eq!(tally(&erp.documents()), expected.into());
}

/// The positions, up to ten, of orders of which the customer was told.
fn told(truth: &Truth, lane: Lane) -> Vec<u64> {
    numbers(truth, lane, |moments| moments.told.is_some())
}

/// The positions, up to ten, of orders that were cancelled before the ERP had them.
fn withdrawn(truth: &Truth, lane: Lane) -> Vec<u64> {
    numbers(truth, lane, |moments| moments.withdrawn)
}

fn numbers(truth: &Truth, lane: Lane, is_so: impl Fn(&Moments) -> bool) -> Vec<u64> {
    let orders = truth.orders(lane);
    let is_one = |number: &u64| orders.iter().any(|(key, it)| *key == shop().key_of(*number) && is_so(it));
    (1..=10).filter(is_one).collect()
}

/// How many lines the order at this position has.
fn lines_of(number: u64) -> usize {
    let order: Value = serde_json::from_slice(&shop().webhook(number, Topic::Create).body).unwrap();
    order["line_items"].as_array().unwrap().len()
}
