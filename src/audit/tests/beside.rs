//! Threads that need not come to their ends together, and what may lie between them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use bytes::Bytes;

use super::*;
use crate::judge::{CaptureSeen, InCensus, LaneEvents, Payload};
use crate::order::OrderKey;
use crate::outcome::Operation;

fn order(number: usize, bytes: usize) -> Timeline {
    let capture = CaptureSeen {
        row: 1,
        received_at: jiff::Timestamp::UNIX_EPOCH,
        occurred_at: None,
        operation: Operation::Create,
        excluded: None,
        skip: None,
        event_id: None,
        delivery_id: None,
        payload: Some(Payload { route: "/orders".into(), body: Bytes::from(vec![b' '; bytes]) }),
    };
    Timeline {
        key: OrderKey::new(&number.to_string()).unwrap(),
        captures: vec![capture],
        lanes: PerLane::<LaneEvents>::default(),
        in_census: InCensus::Absent,
        census_document: None,
    }
}

fn hand_in(bench: &mut Bench, orders: usize, bytes: usize) -> Result<(), Stop> {
    (1..=orders).try_for_each(|number| bench.order(order(number, bytes)))
}

fn number(fetched: &Fetched) -> usize {
    match fetched {
        Fetched::Order(timeline) => timeline.key.as_str().parse().unwrap(),
        Fetched::OfAnotherRun(_) => 0,
    }
}

#[test]
fn orders_come_in_the_sequence_in_which_they_were_handed_in() {
    for orders in [0, 1, BATCH_MAX, 1_000, 10 * BATCH_MAX] {
        // Every other one takes longer to be weighed than the next batch of the other thread.
        let weigh = |fetched: &Fetched| {
            let number = number(fetched);
            (0..number % 3 * 1_000).for_each(|_| thread::yield_now());
            number
        };
        let count = |all: &mut Vec<(usize, usize)>, fetched: &Fetched, weighed: &usize| {
            all.push((number(fetched), *weighed));
        };
        let numbers = beside(|bench| hand_in(bench, orders, 10), weigh, Vec::new(), count).unwrap();
        assert_eq!(numbers, (1..=orders).map(|number| (number, number)).collect::<Vec<_>>());
    }
}

#[test]
fn batches_are_bounded_in_orders_and_in_bytes() {
    for (orders, bytes, batch_max) in [(1_000, 10, BATCH_MAX), (100, 300 << 10, 4), (9, 3 << 20, 1)] {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..WEIGHING).map(|_| sync_channel(orders)).unzip();
        let (_returned, counted) = sync_channel(1);
        let mut bench = Bench { weighing: senders, counted, turn: 0, batch: Vec::new(), bytes: 0 };
        hand_in(&mut bench, orders, bytes).unwrap();
        bench.hand_over().unwrap();
        drop(bench);
        let batches: Vec<Vec<Fetched>> = in_turn(&receivers).collect();
        assert_eq!(batches.iter().map(Vec::len).max(), Some(batch_max), "{orders} orders of {bytes} bytes");
        assert_eq!(batches.iter().map(Vec::len).sum::<usize>(), orders);
    }
}

/// The one who fetches fails: what it handed in is counted, and its error is what comes out.
#[test]
fn an_error_ends_all_and_comes_out() {
    let taken = Mutex::new(0);
    let broken = || ReadError::Damaged { table: "capture", row: 7, what: "nothing".into() };
    let fetch = |bench: &mut Bench| {
        hand_in(bench, 10 * BATCH_MAX, 10)?;
        Err(Stop::Read(broken()))
    };
    let found = beside(fetch, |_| (), (), |(), _, ()| *taken.lock().unwrap() += 1);
    assert_eq!(found.unwrap_err().to_string(), broken().to_string());
    assert_eq!(taken.into_inner().unwrap(), 10 * BATCH_MAX);
}

/// One who weighs or counts stops: the others have more to hand on than may wait.
#[test]
fn nobody_waits_for_one_who_has_stopped() {
    let handed_in = |weigh: fn(&Fetched) -> usize, count: fn(&mut usize, &Fetched, &usize)| {
        let mut stopped = None;
        let fetch = |bench: &mut Bench| {
            let result = hand_in(bench, 100 * BATCH_MAX, 10);
            stopped = Some(matches!(result, Err(Stop::NoJudge)));
            result
        };
        let taken = catch_unwind(AssertUnwindSafe(|| beside(fetch, weigh, 0, count).unwrap()));
        (taken.ok(), stopped)
    };
    assert_eq!(handed_in(number, |_, _, _| panic!("as planned")), (None, Some(true)));
    let breaks = |fetched: &Fetched| {
        let number = number(fetched);
        assert!(number != BATCH_MAX + 1, "as planned");
        number
    };
    assert_eq!(handed_in(breaks, |count, _, _| *count += 1), (None, Some(true)));
}
