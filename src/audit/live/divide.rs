//! Orders are weighed, and what settled ones come to is counted apart from what the open ones do, which are kept to be weighed again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::super::AuditError;
use super::super::beside::{Bench, Fetched, Stop, beside, bytes_of};
use super::super::orders::{CapturedOrder, Timelines, Waiting, one_order};
use super::ground::Ground;
use super::index::Said;
use crate::judge::{Judge, Timeline, Weighed};
use crate::order::OrderKey;
use crate::outcome::{Lane, RowId};

/// The most bytes that open orders are kept with; of what is beyond it, they are fetched at each pass.
const KEPT_BYTES_MAX: usize = if cfg!(test) { 64 << 10 } else { 64 << 20 };

/// What an order takes beside its contents, about.
const BYTES_BESIDE: usize = 4 << 10;

/// An order that may come to something else at each pass.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) key: OrderKey,
    pub(super) told: Said,
    /// All that is known of it, until a row of its own comes; `None`: there was no room, and it is fetched each time.
    pub(super) timeline: Option<Arc<Timeline>>,
}

/// What is weighed again.
pub(super) enum Again<'k> {
    Kept(&'k Arc<Timeline>),
    Fetched(&'k OrderKey),
}

/// What orders come to, as they are weighed.
pub(super) struct Divided {
    pub(super) settled: Box<Judge>,
    pub(super) open: Box<Judge>,
    pub(super) list: BTreeMap<RowId, Open>,
    /// What those of them take that are kept.
    bytes: usize,
    pub(super) weighed: u64,
}

/// Has orders weighed, and counts those that are settled apart from the others: beside what `settled` has counted before.
pub(super) fn divide(
    ground: &Ground,
    settled: Option<Box<Judge>>,
    told: &mut (dyn FnMut(&OrderKey, &Said) + Send),
    fetch: impl FnOnce(&mut Bench) -> Result<(), Stop>,
) -> Result<Divided, AuditError> {
    let new = || Judge::new(&ground.policy, &ground.evidence);
    let scales = &new();
    let divided = Divided {
        settled: settled.unwrap_or_else(|| Box::new(new().telling())),
        open: Box::new(new().telling()),
        list: BTreeMap::new(),
        bytes: 0,
        weighed: 0,
    };
    let weigh = |fetched: &Fetched| match fetched {
        Fetched::Order(timeline) => {
            let weighed = scales.weigh(timeline);
            let is_settled = scales.is_settled(timeline, &weighed, ground.allocations);
            Some(Box::new((weighed, is_settled)))
        }
        Fetched::OfAnotherRun(_) => None,
    };
    let (divided, _) = beside(fetch, weigh, (divided, told), |(divided, told), fetched, weighed| {
        match (fetched, weighed) {
            (Fetched::Order(timeline), Some(weighed)) => {
                told(&timeline.key, &divided.add(timeline, &weighed.0, weighed.1));
            }
            // None is fetched without being weighed.
            (Fetched::Order(timeline), None) => drop(divided.add(timeline, &scales.weigh(timeline), false)),
            (Fetched::OfAnotherRun(documents), _) => {
                Lane::ALL.iter().for_each(|lane| divided.settled.other_runs(*lane, *documents.get(*lane)));
            }
        }
    })?;
    Ok(divided)
}

impl Divided {
    fn add(&mut self, timeline: &Arc<Timeline>, weighed: &Weighed, is_settled: bool) -> Said {
        let judge = if is_settled { &mut self.settled } else { &mut self.open };
        judge.add(timeline, weighed);
        let told = (judge.line(timeline, weighed), judge.take_exceptions());
        self.weighed += 1;
        if let Some(first) = timeline.captures.first().filter(|_| !is_settled) {
            let bytes = self.bytes + BYTES_BESIDE + bytes_of(timeline);
            let kept = (bytes <= KEPT_BYTES_MAX).then(|| Arc::clone(timeline));
            self.bytes = if kept.is_some() { bytes } else { self.bytes };
            self.list.insert(first.row, Open { key: timeline.key.clone(), told: told.clone(), timeline: kept });
        }
        told
    }
}

/// Hands an order in, and others that were waiting for it.
pub(super) fn hand_in(
    bench: &mut Bench,
    run: u32,
    timelines: &mut Timelines<'_>,
    waiting: &mut Waiting,
    order: CapturedOrder,
) -> Result<(), Stop> {
    if order.run != run {
        return bench.of_another_run(timelines.documents_of(order)?);
    }
    waiting.add(order).map_or(Ok(()), |orders| bench.orders(timelines.of_all(orders)?))
}

/// Hands in what is weighed again, in the sequence of its rows.
pub(super) fn hand_in_again<'k>(
    bench: &mut Bench,
    again: impl Iterator<Item = &'k Again<'k>>,
    run: u32,
    mut timelines: Timelines<'_>,
    connection: &Connection,
) -> Result<(), Stop> {
    let mut waiting = Waiting::default();
    for order in again {
        match order {
            Again::Kept(timeline) => {
                let before = waiting.take();
                if !before.is_empty() {
                    bench.orders(timelines.of_all(before)?)?;
                }
                bench.again(Arc::clone(timeline))?;
            }
            Again::Fetched(key) => {
                if let Some(order) = one_order(connection, key)? {
                    hand_in(bench, run, &mut timelines, &mut waiting, order)?;
                }
            }
        }
    }
    bench.orders(timelines.of_all(waiting.take())?)
}
