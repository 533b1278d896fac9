//! Faults that are seeded into copies of good orders: what is seen of them, and what hides them.

use super::compare::{document, rule, world as documents};
use super::world::{World, at};
use crate::diff::{Action, Rule, RuleScope};
use crate::judge::*;
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane};
use crate::stats::clopper_pearson_upper;

use Decision::{Go, Inconclusive};
use Lane::{Gated, Legacy};

/// Sixty orders of which each is worth something else.
fn world(rules: Vec<Rule>) -> World {
    let mut world = documents(DocumentShape::AsTheyAre, rules);
    world.orders.clear();
    for n in 0..60_u32 {
        let (name, when) = (format!("x{n}"), 100.0 + f64::from(n));
        let says = document(&[("TEA-1", n + 1, "2.00")], &format!("{}.00", 2 * (n + 1)), "");
        super::compare::placed(&mut world, &name, when, &says, &says, &says);
    }
    world.policy.gates.sensitivity_min = 0.95;
    world
}

fn faults(world: &World) -> Vec<(Fault, u64, u64)> {
    let summary = world.judge().0.sensitivity;
    summary.faults.into_iter().map(|fault| (fault.fault, fault.seeded, fault.caught)).collect()
}

#[test]
fn faults_of_every_kind_are_seen_in_a_good_run() {
    let world = world(Vec::new());
    let all: Vec<_> = Fault::ALL.iter().map(|fault| (*fault, 60, 60)).collect();
    assert_eq!(faults(&world), all);
    let gate = world.gate(GateName::Sensitivity);
    assert_eq!((gate.status, gate.measured.as_str()), (Go, "420 faults seeded into 60 orders, missed 0"));
    let (assessment, verdicts) = world.judge();
    assert_eq!(assessment.fates.gated, [(Fate::Committed, 60)].into(), "what is seeded is counted nowhere");
    assert_eq!((assessment.exceptions_count, assessment.comparison.unexplained), (0, 0));
    assert_eq!(assessment.totals.documents, PerLane { legacy: 60, gated: 60 });
    assert!(verdicts.values().all(|verdict| verdict.fates.gated == Fate::Committed));
}

#[test]
fn what_a_rule_hides_is_missed_and_named() {
    let ignored = Rule { dangerous: true, ..rule("$.total", Action::Ignore, RuleScope::Lanes) };
    let of_order = Rule { dangerous: true, ..rule("$.total", Action::Ignore, RuleScope::Order) };
    let world = world(vec![ignored.clone(), of_order]);
    assert!(faults(&world).contains(&(Fault::Cent, 60, 0)), "{:?}", faults(&world));
    let gate = world.gate(GateName::Sensitivity);
    let change = gate.would_change.unwrap();
    assert_eq!(gate.status, Inconclusive);
    assert!(gate.reason.contains("surely seen: cent"), "{}", gate.reason);
    assert!(change.missing.new_run && change.words.contains("cent in order x"), "{}", change.words);
    // Ignored between the lanes alone, the order itself still tells.
    let seen = self::world(vec![ignored]);
    assert!(faults(&seen).contains(&(Fault::Cent, 60, 60)), "{:?}", faults(&seen));
}

#[test]
fn what_a_tolerance_covers_is_no_fault_and_more_of_it_is() {
    let tolerance = |units: u32| Action::Tolerance { minor_units: units.into(), order_max: None };
    let rules = |units| [RuleScope::Lanes, RuleScope::Order].map(|scope| rule("$.total", tolerance(units), scope));
    for (units, caught) in [(0, 60), (1, 60), (100, 60), (10_000, 0)] {
        let world = world(rules(units).into());
        assert!(faults(&world).contains(&(Fault::Cent, 60, caught)), "{units}: {:?}", faults(&world));
    }
}

#[test]
fn a_kind_that_no_document_takes_is_said() {
    let world = World::clean();
    assert!(faults(&world).contains(&(Fault::Cent, 0, 0)), "{:?}", faults(&world));
    let gate = world.gate(GateName::Sensitivity);
    assert_eq!(gate.status, Go);
    assert!(gate.reason.ends_with("Not seeded, as no document holds what it takes: cent."), "{}", gate.reason);
}

#[test]
fn too_few_orders_and_none_say_how_many_more() {
    for (orders, more) in [(0_u32, 1), (1, 58), (58, 1)] {
        let mut world = world(Vec::new());
        world.orders.retain(|key, _| key.as_str()[1..].parse::<u32>().unwrap() < orders);
        let gate = world.gate(GateName::Sensitivity);
        let missing = gate.would_change.unwrap().missing;
        assert_eq!(
            (gate.status, missing),
            (Inconclusive, Distance { orders: more, ..Distance::default() }),
            "{orders}"
        );
    }
}

#[test]
fn only_good_orders_that_are_judged_are_seeded() {
    let mut world = world(Vec::new());
    let committed = |world: &mut World, name: &str| {
        world.on(Legacy, name).answers(200, "").commits(&format!("L{name}"), 510.0);
    };
    for name in ["late", "lost", "double", "after"] {
        world.create(name, if name == "after" { 930.0 } else { 500.0 });
        committed(&mut world, name);
    }
    drop(world.on(Gated, "late").times_out().commits("G1", 540.0));
    drop(world.on(Gated, "lost").claims("G2"));
    drop(world.on(Gated, "double").claims("G3").commits("G3", 500.1).commits("G4", 501.0));
    drop(world.on(Gated, "after").claims("G5").commits("G5", 930.1));
    assert_eq!(world.judge().0.sensitivity.orders, 60);
    world.evidence.until = Some(at(130.0));
    assert_eq!(world.judge().0.sensitivity.orders, 30);
}

#[test]
fn the_sample_is_bounded_and_the_same_in_any_sequence() {
    let mut world = World::new();
    world.good_orders(400, 100.0);
    world.evidence.as_of = at(3_000.0);
    world.read_both(&[1_940.0, 1_950.0]);
    let judged = |keys: Vec<&OrderKey>| {
        let mut judge = Judge::new(&world.policy, &world.evidence);
        keys.into_iter().for_each(|key| drop(judge.order(&world.orders[key])));
        let of: Vec<_> = judge.sample.orders().map(|timeline| timeline.key.clone()).collect();
        (of, judge.finish(world.facts()).sensitivity)
    };
    let (sampled, forwards) = judged(world.orders.keys().collect());
    assert_eq!((sampled.len(), forwards.orders), (200, 200));
    assert_eq!(judged(world.orders.keys().rev().collect()), (sampled, forwards));
}

#[test]
fn the_bound_is_divided_by_what_is_surely_seen() {
    let world = world(Vec::new());
    let gate = world.gate(GateName::LossBound);
    let limit = 1.0 - clopper_pearson_upper(0, 60, 0.05);
    let bound = clopper_pearson_upper(0, 60, 0.025) / limit * 100.0;
    assert!(gate.measured.starts_with(&format!("at most {bound:.4}")), "{}: {bound}", gate.measured);
    let loss_rate = |rate: f64| {
        let mut world = world.clone();
        world.policy.gates.loss_rate_max = rate;
        world.gate(GateName::LossBound).status
    };
    assert_eq!((loss_rate(bound / 100.0 + 1e-6), loss_rate(bound / 100.0 - 1e-6)), (Go, Inconclusive));
}

#[test]
fn a_delay_is_seen_whatever_the_clock_of_the_ledger() {
    for ahead in [-3_600.0, 0.0, 90.0] {
        let mut world = World::new();
        world.ahead.gated = ahead;
        world.good_orders(60, 100.0);
        world.read_both(&[940.0, 950.0]);
        assert!(faults(&world).contains(&(Fault::Delay, 60, 60)), "{ahead}: {:?}", faults(&world));
    }
    let mut pending = World::clean();
    pending.policy.lanes.gated.flow = crate::outcome::Flow::AckGated;
    assert!(faults(&pending).contains(&(Fault::Delay, 40, 40)), "{:?}", faults(&pending));
}

/// Where the commit of an order is read once only, what is missing is not known to be lost; no GO is had with it all the same.
#[test]
fn a_lost_order_is_seen_by_one_reading_too() {
    let mut world = World::new();
    world.good_orders(40, 100.0);
    world.read_both(&[940.0]);
    assert!(faults(&world).contains(&(Fault::Drop, 40, 40)), "{:?}", faults(&world));
}

#[test]
fn the_least_share_changes_the_verdict() {
    let mut world = world(Vec::new());
    for (min, expected) in [(0.95, Go), (0.96, Inconclusive)] {
        world.policy.gates.sensitivity_min = min;
        assert_eq!(world.gate(GateName::Sensitivity).status, expected, "{min}");
    }
    world.policy.gates.sensitivity_min = 0.95;
    world.policy.gates.confidence = 0.99;
    assert_eq!(world.gate(GateName::Sensitivity).status, Inconclusive);
}
