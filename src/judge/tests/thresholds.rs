//! Every threshold changes a verdict, the newer gates judge as they say, and what is not GO says what would change that.

use std::time::Duration;

use super::world::{World, at, key};
use crate::judge::{Decision, Distance, Gate, GateName, PairedLosses, Payload, Stratum, StratumOf, Thresholds};
use crate::order::Pointer;
use crate::outcome::{Ending, Lane, Operation};

use Decision::{Go, Inconclusive, NoGo};
use GateName::{AnswerInTime, CommitLatency, Coverage, FieldsAgree, LossBound, Sensitivity};
use Lane::{Gated, Legacy};

/// Three hundred orders within ten minutes, in good time on both lanes; those of `bad` are told by `write`.
fn world(bad: usize, write: impl Fn(&mut World, &str, f64)) -> World {
    let mut world = World::new();
    world.policy.gates.latency_quantile = 0.99;
    world.good_orders(300 - bad, 100.0);
    for n in 0..bad {
        let (name, when) = (format!("x{n}"), 700.0 + n as f64);
        world.create(&name, when);
        world.on(Legacy, &name).answers(200, "").commits(&format!("L{n}"), when + 5.0);
        write(&mut world, &name, when);
    }
    world.evidence.until = Some(at(800.0));
    world.read_both(&[940.0, 950.0]);
    world
}

fn late(world: &mut World, name: &str, when: f64) {
    world.on(Gated, name).times_out().commits(&format!("G-{name}"), when + 45.0);
}

fn sold_in(world: &mut World, name: &str, currency: &str) {
    let body = format!(r#"{{"currency":"{currency}","express":true}}"#).into();
    let capture = &mut world.orders.get_mut(&key(name)).unwrap().captures[0];
    capture.payload = Some(Payload { route: "/orders".into(), body });
}

fn stratum(name: &str, of: StratumOf, orders_min: u64) -> Stratum {
    Stratum { name: name.to_owned(), of, orders_min }
}

fn in_yen(orders_min: u64) -> Stratum {
    let of = StratumOf::Payload { pointer: Pointer::parse("/currency").unwrap(), equals: vec!["JPY".into()] };
    stratum("in yen", of, orders_min)
}

#[test]
fn each_threshold_changes_a_verdict() {
    type Change = fn(&mut World);
    let differ = |world: &mut World, name: &str, when: f64| {
        world.on(Gated, name).claims(&format!("G-{name}")).commits(&format!("G-{name}"), when + 0.1);
        world.orders.get_mut(&key(name)).unwrap().lanes.gated.outcomes[0].outcome.document =
            Some(r#"{"order":"other"}"#.into());
    };
    let clean = || world(0, |_, _, _| {});
    let slow = |world: &World| {
        let mut world = world.clone();
        world.policy.gates.sender_deadline = Some(Duration::from_secs(5));
        world
    };
    let rows: [(&str, World, GateName, Change, Decision, Decision); 11] = [
        ("loss_rate_max", clean(), LossBound, |w| w.policy.gates.loss_rate_max = 0.001, Go, Inconclusive),
        ("confidence, of the bound", clean(), LossBound, |w| w.policy.gates.confidence = 1.0 - 1e-14, Go, Inconclusive),
        ("confidence, of a latency", clean(), CommitLatency, |w| w.policy.gates.confidence = 0.99, Go, Inconclusive),
        ("latency_quantile", clean(), CommitLatency, |w| w.policy.gates.latency_quantile = 0.999, Go, Inconclusive),
        (
            "latency_quantile, of answers",
            slow(&clean()),
            AnswerInTime,
            |w| w.policy.gates.latency_quantile = 0.999,
            Go,
            Inconclusive,
        ),
        ("sla", world(20, late), CommitLatency, |w| w.policy.lanes.gated.sla = Duration::from_secs(60), NoGo, Go),
        (
            "sender_deadline",
            slow(&clean()),
            AnswerInTime,
            |w| w.policy.gates.sender_deadline = Some(Duration::from_millis(100)),
            Go,
            NoGo,
        ),
        ("fields_differ_max", world(3, differ), FieldsAgree, |w| w.policy.gates.fields_differ_max = 3, NoGo, Go),
        ("sensitivity_min", clean(), Sensitivity, |w| w.policy.gates.sensitivity_min = 0.995, Go, Inconclusive),
        ("hours_min", clean(), Coverage, |w| w.policy.gates.hours_min = 2, Go, Inconclusive),
        ("strata", clean(), Coverage, |w| w.policy.gates.strata = vec![in_yen(1)], Go, Inconclusive),
    ];
    for (what, mut world, name, change, before, after) in rows {
        assert_eq!(world.gate(name).status, before, "{what}: {:?}", world.gate(name));
        change(&mut world);
        assert_eq!(world.gate(name).status, after, "{what}: {:?}", world.gate(name));
    }
    // Whoever adds a threshold adds a row.
    let Thresholds {
        loss_rate_max: _,
        confidence: _,
        fields_differ_max: _,
        latency_quantile: _,
        sensitivity_min: _,
        sender_deadline: _,
        hours_min: _,
        strata: _,
    } = Thresholds::default();
}

#[test]
fn a_commit_is_in_time_late_or_not_known() {
    type Write = fn(&mut World, &str, f64);
    let rows: [(&str, Write, &str); 9] = [
        ("late", late, "1 of 300 commits later than 30 s"),
        ("lost", |w, name, _| drop(w.on(Gated, name).claims("G")), "1 of 300 commits later than 30 s"),
        (
            "not committed, and legacy has it",
            |w, name, _| drop(w.on(Gated, name).answers(500, "")),
            "1 of 300 commits later than 30 s",
        ),
        ("refused", |w, name, _| drop(w.on(Gated, name).answers(422, "{}")), "0 of 299 commits later than 30 s"),
        ("never sent", |_, _, _| {}, "0 of 299 commits later than 30 s, 1 more not known"),
        (
            "too near to tell",
            |w, name, when| drop(w.on(Gated, name).times_out().commits("G", when + 31.1)),
            "0 of 299 commits later than 30 s, 1 more not known",
        ),
        (
            "seen in good time, whatever its ledger's clock says",
            |w, name, when| {
                w.on(Gated, name).times_out().commits("G", when + 2.0);
                let seen = &mut w.orders.get_mut(&key(name)).unwrap().lanes.gated.outcomes[0];
                (seen.outcome.occurred_at, seen.recorded_at) = (None, at(when + 20.0));
            },
            "0 of 300 commits later than 30 s",
        ),
        (
            "without a time",
            |w, name, when| {
                w.on(Gated, name).claims("G").commits("G", when + 2.0);
                let seen = &mut w.orders.get_mut(&key(name)).unwrap().lanes.gated.outcomes[0];
                (seen.outcome.occurred_at, seen.recorded_at) = (None, at(when + 200.0));
            },
            "0 of 299 commits later than 30 s, 1 more not known",
        ),
        (
            "without a time, as the configuration says, and named by the answer",
            |w, name, when| {
                w.policy.lanes.gated.commit_times = false;
                w.on(Gated, name).claims("G").commits("G", when + 2.0);
                let seen = &mut w.orders.get_mut(&key(name)).unwrap().lanes.gated.outcomes[0];
                (seen.outcome.occurred_at, seen.recorded_at) = (None, at(when + 200.0));
            },
            "0 of 300 commits later than 30 s",
        ),
    ];
    for (what, write, measured) in rows {
        assert_eq!(world(1, write).gate(CommitLatency).measured, measured, "{what}");
    }
}

#[test]
fn what_is_late_is_told_apart_from_what_is_too_little() {
    for (bad, status, missing) in [(0, Go, None), (1, Inconclusive, Some(173)), (20, NoGo, Some(2_602))] {
        let gate = world(bad, late).gate(CommitLatency);
        assert_eq!((gate.status, gate.would_change.map(|change| change.missing.orders)), (status, missing), "{bad}");
    }
    let few = World::clean().gate(CommitLatency);
    assert_eq!((few.status, few.threshold.as_str()), (Go, "p80 at most 30 s"));
    let none = World::new().gate(CommitLatency);
    assert_eq!((none.status, none.measured.as_str()), (Inconclusive, "0 of 0 commits later than 30 s"));
    let mut deaf = world(1, |world, name, _| drop(world.on(Gated, name).sends(700.0, Some((Ending::Cut, None, "")))));
    deaf.policy.gates.confidence = 1.0 - 1e-300;
    let change = deaf.gate(CommitLatency).would_change.unwrap();
    assert!(change.missing.new_run && change.words.contains("mend the thresholds"), "{change:?}");
}

#[test]
fn what_was_asked_for_must_have_been_seen() {
    let gates = |hours_min, strata| Thresholds { hours_min, strata, ..World::new().policy.gates };
    let cancelled = |orders_min| stratum("cancelled", StratumOf::Operation(Operation::Cancel), orders_min);
    let express = stratum(
        "express",
        StratumOf::Payload { pointer: Pointer::parse("/express").unwrap(), equals: vec!["yes".into(), "true".into()] },
        1,
    );
    let mut seen = World::clean();
    for (name, currency) in [("clean-0-100", "JPY"), ("clean-1-100", "JPY"), ("clean-2-100", "EUR")] {
        sold_in(&mut seen, name, currency);
    }
    seen.create("c", 300.0);
    seen.on(Gated, "c").claims("G1").commits("G1", 300.1);
    seen.on(Legacy, "c").answers(200, "").commits("L1", 300.1);
    seen.cancel("c", 500.0);
    let rows: [(&str, Thresholds, Decision, &str, Distance); 6] = [
        ("nothing", gates(0, vec![]), Go, "nothing is required", Distance::default()),
        ("one hour", gates(1, vec![]), Go, "1 hour with orders, 0 of 0 required kinds", Distance::default()),
        (
            "a day",
            gates(24, vec![]),
            Inconclusive,
            "1 hour with orders, 0 of 0 required kinds",
            Distance { hours: 23, ..Distance::default() },
        ),
        (
            "kinds that were there",
            gates(0, vec![in_yen(2), cancelled(1), express]),
            Go,
            "1 hour with orders, 3 of 3 required kinds",
            Distance::default(),
        ),
        (
            "more of them",
            gates(0, vec![in_yen(5), cancelled(2)]),
            Inconclusive,
            "1 hour with orders, 0 of 2 required kinds",
            Distance { orders: 3, ..Distance::default() },
        ),
        (
            "both",
            gates(2, vec![in_yen(3), cancelled(1)]),
            Inconclusive,
            "1 hour with orders, 1 of 2 required kinds",
            Distance { hours: 1, orders: 1, ..Distance::default() },
        ),
    ];
    for (what, gates, status, measured, distance) in rows {
        seen.policy.gates = gates;
        let Gate { status: found, measured: words, would_change, .. } = seen.gate(Coverage);
        assert_eq!((found, words.as_str()), (status, measured), "{what}");
        assert_eq!(would_change.map(|change| change.missing).unwrap_or_default(), distance, "{what}");
    }
}

#[test]
fn what_nobody_knows_the_fate_of_was_not_seen() {
    let mut world = World::clean();
    world.create("y", 500.0);
    world.on(Legacy, "y").answers(200, "").commits("L1", 500.1);
    sold_in(&mut world, "y", "JPY");
    world.policy.gates.strata = vec![in_yen(1)];
    assert_eq!(world.gate(Coverage).status, Inconclusive);
    world.on(Gated, "y").claims("G1").commits("G1", 500.1);
    assert_eq!(world.gate(Coverage).status, Go);
    // It came after the judged window.
    world.evidence.until = Some(at(400.0));
    assert_eq!(world.gate(Coverage).status, Inconclusive);
}

#[test]
fn hours_are_those_of_the_clock_in_which_orders_came() {
    let mut world = World::new();
    world.evidence.as_of = at(20_000.0);
    for (n, when) in [100.0, 3_800.0, 3_900.0, 11_000.0].into_iter().enumerate() {
        let name = format!("x{n}");
        world.create(&name, when);
        world.on(Gated, &name).claims(&name).commits(&name, when + 0.1);
    }
    world.read_both(&[12_000.0, 12_010.0]);
    world.policy.gates.hours_min = 4;
    let change = world.gate(Coverage).would_change.unwrap();
    assert_eq!((change.missing.hours, change.words.as_str()), (1, "Still needed: orders in 1 more hour."));
    // What is replayed came when it was captured first.
    world.create("x9", 11_001.0).occurred_at = Some(at(7_300.0));
    world.on(Gated, "x9").claims("x9").commits("x9", 11_001.1);
    assert_eq!(world.gate(Coverage).status, Go);
}

#[test]
fn a_lost_order_needs_another_run_and_says_how_large() {
    let mut world = world(1, |world, name, _| drop(world.on(Gated, name).claims("G")));
    for (live_run, orders) in [(None, 32), (Some(1), 45), (Some(2), 52)] {
        world.evidence.live_run = live_run;
        let change = world.gate(GateName::NoLostOrders).would_change.unwrap();
        assert_eq!(change.missing, Distance { new_run: true, orders, ..Distance::default() });
        assert!(change.words.contains(&format!("let it see {orders} clean orders")), "{}", change.words);
    }
    let distance = world.judge().0.distance;
    // The lost order is a late one too: 173 more commits in time is what that takes.
    assert_eq!(distance, Distance { new_run: true, orders: 173, ..Distance::default() });
}

#[test]
fn losses_are_paired_order_by_order() {
    type Write = fn(&mut World, &str, f64);
    let losses = |write: Write| {
        let mut world = World::clean();
        for n in 0..5 {
            let (name, when) = (format!("y{n}"), 500.0 + f64::from(n));
            world.create(&name, when);
            write(&mut world, &name, when);
        }
        world.judge().0.losses
    };
    let none = PairedLosses::default();
    let rows: [(&str, Write, PairedLosses); 5] = [
        (
            "on legacy alone",
            |w, name, when| {
                w.on(Legacy, name).answers(200, "");
                w.on(Gated, name).claims(&format!("G{name}")).commits(&format!("G{name}"), when);
            },
            PairedLosses { legacy_only: 5, p_value: Some(0.031_25), ..none },
        ),
        (
            "on gated alone",
            |w, name, when| {
                w.on(Legacy, name).answers(200, "").commits(&format!("L{name}"), when);
                w.on(Gated, name).answers(500, "");
            },
            PairedLosses { gated_only: 5, p_value: Some(1.0), ..none },
        ),
        (
            "on both",
            |w, name, _| {
                w.on(Legacy, name).answers(200, "");
                w.on(Gated, name).claims("G");
            },
            PairedLosses { both: 5, ..none },
        ),
        (
            "refused by both",
            |w, name, _| {
                w.on(Legacy, name).answers(422, "");
                w.on(Gated, name).answers(422, "");
            },
            none,
        ),
        (
            "not known on gated",
            |w, name, when| drop(w.on(Legacy, name).answers(200, "").commits(&format!("L{name}"), when)),
            none,
        ),
    ];
    for (what, write, expected) in rows {
        assert_eq!(losses(write), expected, "{what}");
    }
}
