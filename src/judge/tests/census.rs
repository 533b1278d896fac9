//! Worlds about the storefront's own list of orders.

use super::orders::reasons;
use super::world::{World, at, key};
use crate::judge::{Decision, ExceptionKind, Fate, GateName, InCensus, Listed};
use crate::outcome::{GapReason, Lane, PerLane, Witness};

use Decision::{Go, Inconclusive, NoGo};
use GateName::CaptureComplete;
use Lane::{Gated, Legacy};

/// An hour of orders from second 100 on, so that five minutes of doubt leave something to judge; the window ends at
/// 5,000 and both ledgers are read after it.
fn hour() -> World {
    let mut world = World::new();
    (world.evidence.as_of, world.evidence.until) = (at(10_000.0), Some(at(5_000.0)));
    world.good_orders(40, 100.0);
    world.good_orders(20, 3_000.0);
    world.read_both(&[9_000.0, 9_010.0]);
    world
}

fn listed() -> World {
    let mut world = hour();
    world.census(5_300.0);
    world
}

fn has(legacy: bool, gated: bool) -> Listed {
    Listed::Uncaptured { documents: PerLane { legacy, gated } }
}

#[test]
fn a_census_that_tallies_is_go_and_none_is_said_to_be_none() {
    let world = listed();
    let (assessment, _) = world.judge();
    assert_eq!(assessment.decision, Go, "{}", reasons(&assessment));
    let census = &assessment.census;
    assert_eq!((census.listed, census.captured, census.missing, census.residual), (60, 60, 0, 0));

    let none = hour();
    assert_eq!(none.decision(), Go);
    assert!(none.gate(CaptureComplete).reason.contains("no third witness"), "{}", none.gate(CaptureComplete).reason);
}

#[test]
fn an_expected_census_must_be_there_and_reach_beyond_the_window() {
    for (what, through, expected, status) in [
        ("none", None, true, Inconclusive),
        ("it ends with the window, by a clock that may be off", Some(5_299.0), true, Inconclusive),
        ("it ends five minutes later", Some(5_300.0), true, Go),
        ("used though not expected", Some(5_299.0), false, Inconclusive),
    ] {
        let mut world = hour();
        world.policy.census_expected = expected;
        through.into_iter().for_each(|through| world.census(through));
        let gate = world.gate(CaptureComplete);
        assert_eq!(gate.status, status, "{what}: {}", gate.reason);
        let change = gate.would_change.map(|change| change.words).unwrap_or_default();
        let says = change.contains("paritee import --lane census --complete-through");
        assert_eq!(says, status == Inconclusive, "{what}: {}", gate.reason);
    }
    let mut to_come = listed();
    to_come.evidence.census.complete_through = Some(at(10_301.0));
    assert_eq!(to_come.gate(CaptureComplete).status, Inconclusive, "nobody can list what is to come");
    let mut undeclared = listed();
    undeclared.evidence.census.complete_through = None;
    assert_eq!(undeclared.gate(CaptureComplete).status, Inconclusive);
}

#[test]
fn what_a_replay_could_not_send_may_be_orders_unless_a_census_tallies() {
    for (name, count) in [("unread", 3), ("not_whole: body_cut", 1), ("not_http", 2)] {
        let mut world = hour();
        world.skipped.insert(name.to_owned(), count);
        let gate = world.gate(CaptureComplete);
        assert_eq!((gate.status, world.decision()), (Inconclusive, Inconclusive), "{name}: {}", gate.reason);
        assert_eq!(gate.worst_case, count.to_string());
        assert!(gate.measured.contains("no third witness"), "{}", gate.measured);
        assert!(gate.reason.contains(&format!("({count} {name})")), "{}", gate.reason);
        assert_eq!(gate.would_change.unwrap().missing.decisions, count);
        let mut listed = listed();
        listed.skipped.insert(name.to_owned(), count);
        assert_eq!(listed.gate(CaptureComplete).status, Go, "the list has no order beyond those that were captured");
        listed.evidence.census.complete_through = None;
        assert!(listed.gate(CaptureComplete).reason.contains(name), "nobody says how far the list reaches");
    }
    let mut elsewhere = hour();
    for name in ["no_route", "before_from", "no_json", "excluded: test order"] {
        elsewhere.skipped.insert(name.to_owned(), 7);
    }
    assert_eq!(elsewhere.gate(CaptureComplete).status, Go, "these are no orders, or not asked for");
}

#[test]
fn a_census_beside_no_order_at_all_does_not_tally() {
    let mut world = World::new();
    (world.evidence.as_of, world.evidence.until) = (at(10_000.0), Some(at(5_000.0)));
    world.census(5_300.0);
    world.lists("x", Some(2_000.0));
    let gate = world.gate(CaptureComplete);
    assert_eq!(gate.status, Inconclusive, "{}", gate.reason);
    assert!(gate.reason.contains("lists 1 order"), "{}", gate.reason);
}

#[test]
fn an_order_that_only_the_census_has_is_placed_before_it_counts() {
    type Row<'a> = (&'a str, Option<f64>, bool, Listed, Decision, &'a str);
    let rows: [Row<'_>; 12] = [
        ("during the run", Some(2_000.0), false, has(false, false), NoGo, "missing"),
        ("excluded by the mapping", Some(2_000.0), true, has(false, false), Go, "excluded"),
        ("the live ledger has it", Some(2_000.0), false, has(true, false), Inconclusive, "round_the_tee"),
        ("the shadow's ledger has it", Some(2_000.0), false, has(false, true), Inconclusive, "round_the_tee"),
        ("surely before the run", Some(-202.0), false, has(false, false), Go, "before_the_run"),
        ("about its beginning", Some(390.0), false, has(false, false), Inconclusive, "in_doubt"),
        ("about its beginning, and committed", Some(390.0), false, has(true, false), Go, "carried_over"),
        ("surely after the first capture", Some(402.0), false, has(false, false), NoGo, "missing"),
        ("about the end of the window", Some(4_701.0), false, has(false, false), Go, "not_yet"),
        ("surely before the end", Some(4_698.0), false, has(false, false), NoGo, "missing"),
        ("without a time", None, false, has(false, false), Inconclusive, "in_doubt"),
        ("under a name that orders share", Some(2_000.0), false, Listed::Shared, Inconclusive, "shared_name"),
    ];
    for (what, placed, excluded, listed_as, decision, place) in rows {
        let mut world = listed();
        let listing = world.lists("x", placed);
        (listing.listed, listing.excluded) = (listed_as, excluded.then(|| "unpaid".to_owned()));
        let (assessment, _) = world.judge();
        assert_eq!(assessment.decision, decision, "{what}: {}", reasons(&assessment));
        let census = serde_json::to_value(&assessment.census).unwrap();
        let counted = if excluded { census["excluded"]["unpaid"].clone() } else { census[place].clone() };
        assert_eq!(counted, 1, "{what}: {census}");
        assert_eq!((assessment.census.listed, assessment.census.residual), (61, 0), "{what}");
        let needs = matches!(place, "missing" | "round_the_tee" | "in_doubt");
        let named = assessment.exceptions.iter().any(|one| one.kind.as_str() == place && one.lane == Witness::Census);
        assert_eq!(named, needs, "{what}");
    }
}

#[test]
fn an_order_that_the_storefront_does_not_know_is_listed() {
    let mut world = listed();
    world.create("x", 4_000.0);
    world.on(Legacy, "x").answers(200, "").commits("L1", 4_005.0);
    world.on(Gated, "x").claims("G1").commits("G1", 4_000.1);
    let (assessment, _) = world.judge();
    assert_eq!((assessment.decision, assessment.census.unlisted), (Inconclusive, 1), "{}", reasons(&assessment));
    let exception = &assessment.exceptions[0];
    assert_eq!((&exception.order_key, exception.kind), (&key("x"), ExceptionKind::Unlisted));
    for (what, in_census, captured_at) in
        [("excluded there", InCensus::Excluded, 4_000.0), ("a shared name", InCensus::Shared, 4_000.0)]
    {
        let mut world = world.clone();
        world.orders.get_mut(&key("x")).unwrap().in_census = in_census;
        assert_eq!(world.judge().0.census.unlisted, 0, "{what}, captured at {captured_at}");
    }
    world.evidence.census.complete_through = Some(at(4_300.0));
    assert_eq!(world.judge().0.census.unlisted, 0, "the census may end before it");
}

#[test]
fn an_order_that_no_lane_took_is_lost_where_the_census_has_it_for_the_lanes() {
    for (in_census, expected) in [
        (InCensus::Listed, NoGo),
        (InCensus::Excluded, Inconclusive),
        (InCensus::Shared, Inconclusive),
        (InCensus::Absent, Inconclusive),
    ] {
        let mut world = hour();
        world.create("x", 4_000.0);
        world.on(Legacy, "x").answers(500, "");
        world.on(Gated, "x").times_out();
        world.orders.get_mut(&key("x")).unwrap().in_census = in_census;
        assert_eq!(world.fates("x"), (Fate::NotCommitted, Fate::NotCommitted));
        let lost = world.gate(GateName::NoLostOrders).status;
        assert_eq!(lost == NoGo, expected == NoGo, "{in_census:?}");
    }
}

#[test]
fn the_census_explains_a_gap_that_no_order_went_through() {
    let mut world = listed();
    // No reading covers it: the live ledger was never read but for a window after it.
    world.evidence.readings.legacy.iter_mut().for_each(|seen| seen.reading.since = Some(at(2_500.0)));
    world.gap(GapReason::Down, 2_000.0, 2_060.0);
    let unexplained = |world: &World| world.judge().0.run.gaps_unexplained;
    assert_eq!(unexplained(&world), 0);
    for placed in [Some(2_030.0), Some(1_800.0), None] {
        let mut world = world.clone();
        world.lists("x", placed).listed = has(true, false);
        assert_eq!(unexplained(&world), 1, "{placed:?}: an order may have gone through it");
    }
    let mut world = world;
    world.evidence.census.complete_through = Some(at(2_300.0));
    assert_eq!(unexplained(&world), 1, "the census may end within it");
}

#[test]
fn a_row_of_the_census_that_was_not_handed_in_is_a_residual() {
    let world = listed();
    let mut judge = crate::judge::Judge::new(&world.policy, &world.evidence);
    world.orders.values().for_each(|timeline| drop(judge.order(timeline)));
    world.listings.iter().for_each(|listing| judge.census_order(listing));
    let facts = crate::judge::RunFacts { census_in_journal: Some(61), ..world.facts() };
    let assessment = judge.finish(facts);
    assert_eq!(assessment.census.residual, 1);
    let gate = assessment.gates.iter().find(|gate| gate.name == GateName::TotalsConserved).unwrap();
    assert_eq!(gate.status, Inconclusive);
}

#[test]
fn redeliveries_are_told_from_the_same_order_by_another_event() {
    let mut world = World::clean();
    let mut deliver = |event: Option<&str>, when: f64| {
        let capture = world.create("x", when);
        capture.event_id = event.map(str::to_owned);
        world.on(Legacy, "x").answers(200, "");
        world.on(Gated, "x").claims("G1");
    };
    // The first of each event counts for nothing; `b` and the one without an event are the same order again.
    for (event, when) in [(Some("a"), 500.0), (Some("a"), 501.0), (Some("b"), 502.0), (None, 503.0), (Some("b"), 504.0)]
    {
        deliver(event, when);
    }
    world.on(Legacy, "x").commits("L1", 510.0);
    world.on(Gated, "x").commits("G1", 500.1);
    let (assessment, verdicts) = world.judge();
    let counts = &assessment.run.counts;
    assert_eq!((counts.redelivered, counts.same_order_again), (2, 2));
    assert_eq!((verdicts[&key("x")].fates.gated, assessment.decision), (Fate::Committed, Go), "no double by itself");
    world.on(Gated, "x").commits("G2", 501.1);
    assert_eq!(world.fates("x").1, Fate::DoubleCommitted, "two documents are one, whatever the cause");
}
