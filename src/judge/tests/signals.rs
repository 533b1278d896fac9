//! Worlds whose handoff is broken in known ways: every signal held against values that were worked out by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::compare::{CUP, Line, TEA, document, places};
use super::world::{World, at};
use crate::judge::*;
use crate::outcome::{Lane, OutcomeKind, PerLane};

use Lane::{Gated, Legacy};
use OutcomeKind::{Allocated, Confirmed, FeedPublished};

/// When the next day begins, in seconds of a world.
const MIDNIGHT: f64 = 32_000.0;

/// A world of orders whose payloads can be read, and sources whose clocks are right to a second.
fn world() -> World {
    let mut world = World::new();
    world.policy.orders.insert("/orders".into(), places());
    for &lane in Lane::ALL {
        let policy = world.policy.lanes.get_mut(lane);
        policy.document = Some(places());
        policy.clock_skew_max = Some(std::time::Duration::from_secs(1));
    }
    world.read_both(&[940.0, 950.0]);
    world
}

/// An order that legacy confirms at once, and gated, in whose ledger it is a tenth of a second later, too.
fn buys(world: &mut World, name: &str, when: f64, lines: &[Line]) {
    let body = document(lines, "10.00", "").into();
    world.create(name, when).payload = Some(Payload { route: "/orders".into(), body });
    world.on(Legacy, name).answers(200, "");
    world.on(Gated, name).claims(&format!("G-{name}")).commits(&format!("G-{name}"), when + 0.1);
}

fn signals(world: &World) -> Signals {
    *world.judge().0.signals
}

fn window(world: &World, lane: Lane) -> Invisibility {
    signals(world).lanes.get(lane).invisibility.measured().unwrap().clone()
}

fn unknown(spread: &Spread) -> Vec<(&'static str, u64)> {
    spread.unknown.iter().map(|(why, orders)| (*why, *orders)).collect()
}

/// Three orders on legacy: one committed 2.8 s after the promise, one 0.3 s after it, one never.
fn handed_over() -> World {
    let mut world = world();
    for (name, committed) in [("slow", Some(103.0)), ("fast", Some(100.5)), ("lost", None)] {
        buys(&mut world, name, 100.0, &[TEA]);
        if let Some(when) = committed {
            world.on(Legacy, name).commits(name, when);
        }
    }
    world
}

#[test]
fn windows_are_from_the_promise_to_the_commit_and_open_ones_are_counted() {
    let world = handed_over();
    let legacy = window(&world, Legacy);
    assert_eq!((legacy.confirmed, legacy.invisible, legacy.withdrawn), (3, 2, 0));
    let Spread { settled, zero, open, p50, p99, longest, steps, .. } = legacy.window;
    assert_eq!((settled, zero, open), (2, 1, 1));
    // 2,800 ms lies in the bucket from 2,784 to 2,816. The ledger was read up to 950 s, and the promise given at 100.2 s.
    assert_eq!(p50, Some(Quantile { ms: 2_800, at_least: false }));
    assert_eq!(longest, Some(Quantile { ms: 849_800, at_least: true }));
    assert!(p99.is_some_and(|p99| p99.at_least && p99.ms.abs_diff(849_800) < 6_800));
    let steps: Vec<_> = steps.iter().filter(|step| step.settled + step.open > 0).collect();
    let steps: Vec<_> = steps.iter().map(|step| (step.up_to_ms, step.settled, step.open)).collect();
    assert_eq!(steps, [(Some(0), 1, 0), (Some(5_000), 1, 0), (Some(1_800_000), 0, 1)]);

    let gated = window(&world, Gated);
    assert_eq!((gated.confirmed, gated.invisible, gated.window.zero, gated.window.open), (3, 0, 3, 0));
    assert_eq!(gated.window.longest, Some(Quantile { ms: 0, at_least: false }));
}

#[test]
fn the_latency_counts_from_the_send() {
    let signals = signals(&handed_over());
    let spread = |lane: Lane| signals.lanes.get(lane).commit_latency.measured().unwrap().clone();
    let legacy = spread(Legacy);
    // 3 s, 0.5 s, and 850 s so far: each within the width of its bucket.
    assert!(legacy.p50.unwrap().ms.abs_diff(3_000) <= 16);
    assert_eq!((legacy.settled, legacy.open, legacy.longest.unwrap().ms), (2, 1, 850_000));
    assert_eq!(spread(Gated).longest, Some(Quantile { ms: 100, at_least: false }));
}

/// What the shadow kept back itself is in no latency, and is not hidden for that.
#[test]
fn what_orders_waited_in_our_own_queue_is_told_apart() {
    let mut world = world();
    for (name, sent) in [("at once", 100.0), ("paused", 220.0)] {
        world.create(name, 100.0);
        world.on(Legacy, name).answers(200, "");
        let answer = Some((crate::outcome::Ending::Answered, Some(201), "{}"));
        world.on(Gated, name).sends(sent, answer).commits(&format!("G-{name}"), sent + 0.1);
    }
    world.create("never sent", 100.0);
    let signals = signals(&world);
    let queued = |lane: Lane| signals.lanes.get(lane).queued.measured().unwrap().clone();
    let longest = |spread: &Spread| spread.longest.map(|longest| (longest.ms, longest.at_least));
    assert_eq!((queued(Legacy).settled, longest(&queued(Legacy))), (2, Some((0, false))));
    assert_eq!((queued(Gated).settled, queued(Gated).zero, longest(&queued(Gated))), (2, 1, Some((120_000, false))));
    let latency = signals.lanes.gated.commit_latency.measured().unwrap();
    assert_eq!(longest(latency), Some((100, false)), "a deadline counts from the send");
    assert_eq!(World::new().judge().0.signals.lanes.gated.queued, Signal::Missing("no order was sent to this lane"));
}

#[test]
fn open_orders_over_time_are_those_between_promise_and_commit() {
    let over_time = signals(&handed_over()).over_time;
    assert_eq!((over_time.from, over_time.step_s), (Some(at(100.0)), 1));
    let legacy = over_time.invisible.legacy.unwrap();
    // From 100.2 s on two; from 103 s on the lost one alone.
    assert_eq!((legacy.orders, legacy.peak, legacy.at_end), (vec![2, 2, 2, 1], 2, 1));
    let gated = over_time.invisible.gated.unwrap();
    assert_eq!((gated.orders, gated.peak), (vec![0; 4], 0));
    // The fast one was sent at 100 s and committed at 100.5 s.
    assert_eq!(over_time.backlog.legacy.unwrap().orders, [2, 2, 2, 1]);
}

#[test]
fn a_skew_that_is_known_is_taken_off_and_one_that_is_not_is_no_window() {
    let mut ahead = world();
    ahead.ahead.legacy = 3_600.0;
    ahead.read_both(&[941.0]);
    // Readings that contradict each other: only those that know of the skew.
    ahead.evidence.readings.legacy.drain(..2);
    buys(&mut ahead, "slow", 100.0, &[TEA]);
    ahead.on(Legacy, "slow").commits("slow", 103.0);
    assert_eq!(window(&ahead, Legacy).window.longest, Some(Quantile { ms: 2_800, at_least: false }));

    let mut unsaid = handed_over();
    for &lane in Lane::ALL {
        unsaid.policy.lanes.get_mut(lane).clock_skew_max = None;
        let readings = unsaid.evidence.readings.get_mut(lane);
        readings.iter_mut().for_each(|seen| seen.reading.clock_offset_us = None);
    }
    let legacy = window(&unsaid, Legacy);
    assert_eq!((unknown(&legacy.window), legacy.window.settled, legacy.window.open), (vec![("clock", 2)], 0, 1));
    assert_eq!(signals(&unsaid).over_time.invisible.gated, None, "nothing is measured, and no curve is drawn");
}

#[test]
fn what_was_not_read_is_unknown_and_never_invisible() {
    let mut world = handed_over();
    world.evidence.readings.legacy.clear();
    let legacy = window(&world, Legacy);
    // By a clock that is declared right to a second, half a second can't be told from none.
    let expected = vec![("clock", 1), ("unread", 1)];
    assert_eq!((legacy.window.open, legacy.invisible, unknown(&legacy.window)), (0, 1, expected));
    let mut world = handed_over();
    world.evidence.readings = PerLane::default();
    world.orders.values_mut().for_each(|timeline| timeline.lanes.legacy.outcomes.clear());
    let legacy = window(&world, Legacy);
    assert_eq!((legacy.window.longest, unknown(&legacy.window)), (None, vec![("unread", 3)]));
}

#[test]
fn a_number_stands_for_the_clock_only_where_no_times_are_to_be_there() {
    for (commit_times, zero, expected) in [(false, 1, vec![]), (true, 0, vec![("no_time", 1)])] {
        let mut world = world();
        world.policy.lanes.gated.commit_times = commit_times;
        world.create("x", 100.0);
        world.on(Gated, "x").claims("G-1").says(OutcomeKind::Committed, Some("G-1"), None, 105.0);
        let window = window(&world, Gated).window;
        assert_eq!((window.zero, unknown(&window)), (zero, expected));
    }
}

#[test]
fn what_was_withdrawn_or_never_confirmed_has_no_window() {
    let mut world = world();
    buys(&mut world, "cancelled", 100.0, &[TEA]);
    world.cancel("cancelled", 110.0);
    world.create("refused", 100.0);
    world.on(Legacy, "refused").answers(422, r#"{"code":"UNKNOWN_SKU"}"#);
    let legacy = window(&world, Legacy);
    assert_eq!((legacy.confirmed, legacy.withdrawn, legacy.window), (0, 1, Spread::default()));
    let mut nothing = super::signals::world();
    nothing.create("refused", 100.0);
    nothing.on(Legacy, "refused").answers(422, "");
    let legacy = signals(&nothing).lanes.legacy;
    assert_eq!(legacy.invisibility, Signal::Missing("this lane confirmed no order"));
    assert_eq!(legacy.commit_latency, Signal::Missing("no order was sent to this lane that it was to commit"));
}

#[test]
fn only_orders_that_are_judged_are_measured() {
    let mut world = handed_over();
    buys(&mut world, "late", 990.0, &[TEA]);
    buys(&mut world, "test", 120.0, &[TEA]);
    let timeline = world.orders.values_mut().find(|one| one.key.as_str() == "test").unwrap();
    timeline.captures[0].excluded = Some("test order".into());
    let signals = signals(&world);
    assert_eq!((signals.orders, signals.orders_pending), (3, 1));
    assert_eq!(signals.lanes.legacy.invisibility.measured().unwrap().confirmed, 3);
}

#[test]
fn goods_that_nobody_says_are_set_aside_have_not_been() {
    let mut world = handed_over();
    let missing = Signal::Missing("no source tells of allocations on this lane");
    assert_eq!(signals(&world).lanes.legacy.allocation, missing);
    world.on(Legacy, "slow").says(Allocated, None, Some(104.0), 104.5);
    let signals = signals(&world);
    assert_eq!(signals.lanes.gated.allocation, missing);
    let legacy = signals.lanes.legacy.allocation.measured().unwrap();
    // 4 s from the send; the two others have waited from 100 to 1,000 s.
    assert_eq!((legacy.settled, legacy.open, legacy.longest.unwrap().ms), (1, 2, 900_000));
    assert!(legacy.p50.unwrap().at_least && legacy.steps[0].up_to_ms == Some(5_000));
}

/// Allocated at 110 s and at 130 s, published at 120 s.
fn published() -> World {
    let mut world = world();
    for (name, allocated) in [("in-order", 110.0), ("ahead", 130.0)] {
        buys(&mut world, name, 100.0, &[TEA]);
        let on = world.on(Legacy, name).commits(name, 105.0).says(Allocated, None, Some(allocated), allocated + 1.0);
        on.says(FeedPublished, None, Some(120.0), 121.0).by("callback:marketplace");
    }
    world
}

#[test]
fn a_feed_is_ahead_where_it_counts_what_is_not_set_aside() {
    let mut world = published();
    let feeds = |world: &World| signals(world).lanes.legacy.feeds.measured().unwrap().clone();
    let found = feeds(&world);
    assert_eq!((found.published, found.ahead, found.in_order, found.unknown), (2, 1, 1, 0));
    // The marketplace's clock is right to a second, and told at 121 s: 120.0 s; the ledger's 130 s is as exact.
    assert_eq!(found.ahead_by.longest, Some(Quantile { ms: 10_000, at_least: false }));

    // A clock of which nothing is known: what was on record before the other happened came first all the same.
    world.policy.lanes.legacy.clock_skew_max = None;
    let found = feeds(&world);
    assert_eq!((found.ahead, found.in_order, found.unknown), (1, 0, 1));
    assert_eq!(unknown(&found.ahead_by), [("clock", 1)]);
    assert_eq!(signals(&world).lanes.gated.feeds, Signal::Missing("no source tells of feeds on this lane"));
}

#[test]
fn a_feed_is_ahead_of_an_erp_that_never_had_the_order() {
    let mut world = handed_over();
    for name in ["slow", "lost"] {
        world.on(Legacy, name).says(FeedPublished, None, Some(102.0), 102.5).by("callback:marketplace");
    }
    let found = signals(&world).lanes.legacy.feeds.measured().unwrap().clone();
    // Published by 102.5 s, and in the ledger from 102.8 s on at the earliest: the slow one can't be told apart.
    assert_eq!((found.ahead, found.in_order, found.unknown), (1, 0, 1));
    // From 101 s to 102.5 s, when it was on record; the ledger lacked the lost one up to 950 s.
    assert_eq!(found.ahead_by.longest, Some(Quantile { ms: 848_250, at_least: true }));
}

fn units(exposure: &Option<Exposure>) -> (Decimal, Decimal, Decimal, Decimal) {
    let Exposure { confirmed_units, peak_units, open_units, unknown_units } = exposure.clone().unwrap();
    (confirmed_units, peak_units, open_units, unknown_units)
}

fn four(confirmed: u32, peak: u32, open: u32, unknown: u32) -> (Decimal, Decimal, Decimal, Decimal) {
    (confirmed.into(), peak.into(), open.into(), unknown.into())
}

#[test]
fn exposure_is_what_was_promised_and_not_set_aside() {
    let mut world = world();
    // TEA is for three units, CUP for one.
    for (name, when, lines, allocated) in [
        ("a", 100.0, &[TEA, CUP][..], Some(110.0)),
        ("b", 105.0, &[TEA], Some(120.0)),
        ("c", 115.0, &[TEA], None),
        ("d", 130.0, &[CUP], Some(130.3)),
    ] {
        buys(&mut world, name, when, lines);
        let on = world.on(Legacy, name).commits(name, when + 5.0);
        if let Some(allocated) = allocated {
            on.says(Allocated, None, Some(allocated), allocated + 2.0);
        }
    }
    world.create("unread", 140.0);
    world.on(Legacy, "unread").answers(200, "");
    let found = signals(&world).oversell;
    assert_eq!((found.counted_every_s, found.orders_without_units), (1, 1));
    assert_eq!(found.stock_units, Signal::Missing("the journal holds no stock snapshots"));
    let rows: Vec<_> = found.skus.iter().map(|row| (row.sku.as_deref(), units(&row.legacy))).collect();
    assert_eq!(
        rows,
        [
            // a and b from 105 to 110 s: seven units. c stays open.
            (None, four(11, 7, 3, 0)),
            (Some("TEA-1"), four(9, 6, 3, 0)),
            (Some("CUP-7"), four(2, 1, 0, 0)),
        ]
    );
    assert!(found.skus.iter().all(|row| row.gated.is_none()), "nobody tells of gated's allocations");

    world.cancel("c", 125.0);
    assert_eq!(units(&signals(&world).oversell.skus[0].legacy), four(11, 7, 0, 0), "a cancel frees what was promised");
    world.orders.values_mut().for_each(|timeline| {
        timeline.captures.iter_mut().for_each(|capture| capture.payload = None);
    });
    let found = signals(&world).oversell;
    assert_eq!((found.skus, found.orders_without_units), (vec![], 5), "no units are invented");
}

#[test]
fn demand_that_the_erp_has_not_by_the_end_of_the_day_is_behind() {
    let mut world = world();
    world.evidence.as_of = at(MIDNIGHT + 2_000.0);
    world.evidence.readings = PerLane::default();
    world.read_both(&[MIDNIGHT + 1_900.0, MIDNIGHT + 1_950.0]);
    for (name, when, committed) in [
        ("early", 100.0, Some(200.0)),
        ("late", MIDNIGHT - 100.0, Some(MIDNIGHT + 60.0)),
        ("at-midnight", MIDNIGHT - 50.0, Some(MIDNIGHT + 1.0)),
        ("lost", 300.0, None),
        ("next-day", MIDNIGHT + 100.0, None),
    ] {
        buys(&mut world, name, when, &[TEA, CUP]);
        if let Some(committed) = committed {
            world.on(Legacy, name).commits(name, committed);
        }
    }
    let Drift { days, skus, skus_beyond } = signals(&world).drift;
    let ten = |number: u32| Decimal::from(number * 10);
    let sold = |sold: u32, behind: u32, unknown: u32| Sold {
        sold: sold.into(),
        behind: behind.into(),
        unknown: unknown.into(),
    };
    let [first, second] = days.as_slice() else { panic!("{days:?}") };
    assert_eq!((first.day.as_deref(), first.is_over), (Some("2025-06-15"), true));
    assert_eq!((second.day.as_deref(), second.is_over), (Some("2025-06-16"), false));
    // A commit a second after midnight can't be told from one at midnight.
    assert_eq!(first.legacy.orders, SoldOrders { sold: 4, behind: 2, unknown: 1 });
    assert_eq!(first.legacy.units, Some(sold(16, 8, 4)));
    let euro = Sold { sold: ten(4), behind: ten(2), unknown: ten(1) };
    assert_eq!(first.legacy.money, BTreeMap::from([("EUR".to_owned(), euro)]));
    assert_eq!(first.gated.orders, SoldOrders { sold: 4, behind: 0, unknown: 0 });
    assert_eq!(second.legacy.orders, SoldOrders { sold: 1, behind: 1, unknown: 0 }, "not so far");

    let rows: Vec<_> = skus
        .iter()
        .map(|row| {
            (row.day.as_deref().unwrap(), row.sku.as_str(), row.legacy.units.behind, row.legacy.money_behind["EUR"])
        })
        .collect();
    let number = |number: u32| Decimal::from(number);
    // TEA: three units at 2.00 each; CUP: one at 4.00.
    assert_eq!(
        rows,
        [
            ("2025-06-15", "TEA-1", number(6), number(12)),
            ("2025-06-16", "TEA-1", number(3), number(6)),
            ("2025-06-15", "CUP-7", number(2), number(8)),
            ("2025-06-16", "CUP-7", number(1), number(4)),
        ]
    );
    assert!(skus_beyond == 0 && skus.iter().all(|row| row.gated.units.behind.is_zero()));
}

fn steps(world: &World, lane: Lane) -> Vec<String> {
    let steps = signals(world).lanes.get(lane).handoff.clone();
    let words = |step: &StepSummary| match &step.orders {
        None => format!("{} not told", step.step),
        Some(StepOrders { in_sequence, early, unknown, not_taken }) => {
            format!("{} {in_sequence} {early} {unknown} {not_taken}", step.step)
        }
    };
    steps.iter().map(words).collect()
}

#[test]
fn a_step_is_in_sequence_when_those_before_it_had_come() {
    let mut world = handed_over();
    world.create("refused", 100.0);
    world.on(Legacy, "refused").answers(422, "");
    let legacy = ["placed 4 0 0 0", "state_written 3 0 0 1", "ingested 2 0 0 2", "validated not told"];
    // The fast one was confirmed 0.3 s before the commit, which is no breach that clocks could show.
    let legacy = [&legacy[..], &["confirmed 1 2 0 1", "feeds_updated not told"]].concat();
    assert_eq!(steps(&world, Legacy), legacy);
    assert_eq!(steps(&world, Gated)[4..], ["confirmed 3 0 0 1", "feeds_updated not told"]);

    // Allocations are told of one order: the other one that is confirmed in sequence may lack its own.
    world.on(Legacy, "slow").says(Allocated, None, Some(102.0), 102.5);
    world.on(Legacy, "slow").says(FeedPublished, None, Some(110.0), 110.5).by("callback:marketplace");
    world.on(Legacy, "lost").says(FeedPublished, None, Some(110.0), 110.5).by("callback:marketplace");
    // Allocated at 102 s, and committed at 103 s: not told apart. The lost one's feed is ahead of everything.
    let last = ["validated 1 0 0 3", "confirmed 0 2 1 1", "feeds_updated 1 1 0 2"];
    assert_eq!(steps(&world, Legacy)[3..], last);
}

#[test]
fn steps_of_one_source_are_compared_by_its_own_clock() {
    let mut world = world();
    world.policy.lanes.legacy.clock_skew_max = None;
    world.create("x", 100.0);
    // The ledger told both, by a clock of which nothing is known.
    world.on(Legacy, "x").commits("x", 105.0).says(Confirmed, None, Some(103.0), 104.0);
    assert_eq!(steps(&world, Legacy)[4], "confirmed 0 1 0 0");
}

/// Orders in some sequence.
fn in_sequence(world: &World, places: &[usize]) -> Signals {
    let all: Vec<_> = world.orders.values().collect();
    let mut judge = Judge::new(&world.policy, &world.evidence);
    places.iter().for_each(|place| drop(judge.order(all[*place])));
    *judge.finish(world.facts()).signals
}

fn many(orders: &[(u16, u16, bool)]) -> World {
    let mut world = world();
    for (n, (when, took, allocated)) in orders.iter().enumerate() {
        let (name, when, took) = (format!("o{n}"), f64::from(*when), f64::from(*took));
        buys(&mut world, &name, when, if n % 2 == 0 { &[TEA] } else { &[TEA, CUP] });
        let on = world.on(Legacy, &name).commits(&name, when + took);
        if *allocated {
            on.says(Allocated, None, Some(when + took + 1.0), when + took + 2.0);
        }
    }
    world.evidence.first_capture_of_run = Some((0, at(0.0)));
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_sequence_of_orders_does_not_matter(
        (orders, places) in prop::collection::vec((0..800_u16, 0..200_u16, any::<bool>()), 1..20)
            .prop_flat_map(|orders| {
                let places: Vec<usize> = (0..orders.len()).collect();
                (Just(orders), Just(places).prop_shuffle())
            }),
    ) {
        let world = many(&orders);
        let sorted: Vec<usize> = (0..orders.len()).collect();
        prop_assert_eq!(in_sequence(&world, &places), in_sequence(&world, &sorted));
    }

    /// Without its evidence an order is in fewer numbers, and never worse than it was with it.
    #[test]
    fn what_is_taken_away_is_unknown_and_makes_nobody_invisible(
        orders in prop::collection::vec((0..800_u16, 0..200_u16, any::<bool>()), 1..20),
        place in any::<prop::sample::Index>(),
    ) {
        let world = many(&orders);
        let before = window(&world, Legacy);
        let mut less = world;
        let place = place.index(orders.len());
        less.orders.values_mut().nth(place).unwrap().lanes.legacy.sends[0].answer = None;
        less.evidence.readings.legacy.clear();
        less.policy.lanes.legacy.clock_skew_max = None;
        let after = window(&less, Legacy);
        prop_assert_eq!((after.invisible, after.window.settled, after.window.open), (0, 0, 0));
        prop_assert_eq!(after.window.unknown.values().sum::<u64>(), before.window.settled);
    }
}
