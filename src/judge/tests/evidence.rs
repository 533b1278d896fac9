//! Worlds about the evidence: readings, gaps, documents of nobody, the window, and too little of everything.

use std::time::Duration;

use super::world::{HORIZON, World, at, key};
use crate::judge::{Assessment, Decision, Distance, Fate, Gate, GateName, WatermarkSeen, WouldChange, window};
use crate::outcome::WatermarkKind;
use crate::outcome::{GapReason, Lane, Role, Scope, ScopeRule, Watermark};

use Decision::{Go, Inconclusive, NoGo};
use Lane::{Gated, Legacy};

/// A clean world and an order at second 500 that legacy commits and gated acknowledges, but no readings.
fn unread() -> World {
    let mut world = World::new();
    world.good_orders(40, 100.0);
    world.create("x", 500.0);
    world.on(Legacy, "x").answers(200, "").commits("L1", 510.0);
    world.on(Gated, "x").answers(202, "");
    world.read(Legacy, 940.0);
    world.read(Legacy, 950.0);
    world
}

fn statuses(world: &World) -> Vec<(GateName, Decision)> {
    world.judge().0.gates.iter().map(|gate| (gate.name, gate.status)).filter(|(_, status)| *status != Go).collect()
}

#[test]
fn absence_needs_two_adequate_readings() {
    type Write = fn(&mut World);
    let rows: &[(&str, Write, Fate)] = &[
        ("none", |_| {}, Fate::Unobserved),
        ("one", |w| w.read(Gated, 600.0).pages = 1, Fate::Unobserved),
        ("two", |w| w.read_both(&[600.0, 610.0]), Fate::Lost),
        ("one of two before the horizon ended", |w| w.read_both(&[559.0, 610.0]), Fate::Unobserved),
        ("right at its end", |w| w.read_both(&[560.0, 610.0]), Fate::Lost),
        (
            "the window reaches back to the send less the overlap",
            |w| {
                w.read(Gated, 600.0).since = Some(at(490.0));
                w.read(Gated, 610.0).since = Some(at(490.0));
            },
            Fate::Lost,
        ),
        (
            "the window does not reach back",
            |w| {
                w.read(Gated, 600.0).since = Some(at(490.0));
                w.read(Gated, 610.0).since = Some(at(490.1));
            },
            Fate::Unobserved,
        ),
        (
            "broken at page 3",
            |w| {
                w.read(Gated, 600.0);
                let broken = w.read(Gated, 610.0);
                (broken.complete, broken.error) = (false, Some("page 3: 502".into()));
            },
            Fate::Unobserved,
        ),
        (
            "many, all broken",
            |w| {
                (0..9).for_each(|n| w.read(Gated, 600.0 + f64::from(n)).complete = false);
            },
            Fate::Unobserved,
        ),
        (
            "a replica that lags",
            |w| {
                w.policy.lanes.gated.lag = Duration::from_secs(100);
                w.read_both(&[600.0, 659.0]);
            },
            Fate::Unobserved,
        ),
        (
            "a replica that lags, read late enough",
            |w| {
                w.policy.lanes.gated.lag = Duration::from_secs(100);
                w.read_both(&[660.0, 661.0]);
            },
            Fate::Lost,
        ),
        (
            "sent again after the readings",
            |w| {
                w.read_both(&[600.0, 610.0]);
                w.on(Gated, "x").sends(620.0, None);
            },
            Fate::Unobserved,
        ),
    ];
    for (what, write, expected) in rows {
        let mut world = unread();
        write(&mut world);
        assert_eq!(world.fates("x").1, *expected, "{what}");
        assert_ne!(world.decision(), Go, "{what}");
    }
}

#[test]
fn a_watermark_beyond_the_horizon_suffices() {
    for (seconds, expected) in [(560.0, Fate::Unobserved), (861.0, Fate::Unobserved), (862.0, Fate::Lost)] {
        let mut world = unread();
        let said = Watermark { lane: Gated, source: "import".into(), at: at(seconds), kind: WatermarkKind::Declared };
        world.evidence.watermarks.gated.push(WatermarkSeen { recorded_at: at(900.0), watermark: said });
        assert_eq!(world.fates("x").1, expected, "{seconds}: the ledger's clock may be five minutes ahead");
    }
    let mut world = unread();
    world.read(Gated, 100.0);
    let said = Watermark { lane: Gated, source: "import".into(), at: at(562.0), kind: WatermarkKind::Declared };
    world.evidence.watermarks.gated.push(WatermarkSeen { recorded_at: at(560.0), watermark: said });
    assert_eq!(world.fates("x").1, Fate::Unobserved, "a reading told the clock, but it was said before that time came");
    world.evidence.watermarks.gated[0].recorded_at = at(562.0);
    assert_eq!(world.fates("x").1, Fate::Lost, "a reading told the clock");
}

#[test]
fn too_little_evidence_is_inconclusive() {
    use GateName::*;
    let mut unread_gated = World::clean();
    unread_gated.evidence.readings.gated.clear();
    let mut unread_legacy = World::clean();
    unread_legacy.evidence.readings.legacy.clear();
    let mut broken = World::clean();
    broken.evidence.readings.gated.iter_mut().for_each(|seen| seen.reading.complete = false);
    let mut few = World::new();
    few.good_orders(3, 100.0);
    few.read_both(&[940.0, 950.0]);
    let mut empty = World::new();
    empty.read_both(&[985.0]);
    let mut chain = World::clean();
    chain.evidence.chain_intact = false;
    for (what, world, gates) in [
        (
            "gated unread",
            unread_gated,
            vec![EvidenceIntact, NoDoubleCommits, NoPhantoms, ConfirmationGated, LossBound, Sensitivity],
        ),
        ("legacy unread", unread_legacy, vec![EvidenceIntact, NoPhantoms]),
        ("gated only read in part", broken, vec![EvidenceIntact, NoDoubleCommits, NoPhantoms, LossBound, Sensitivity]),
        ("few orders", few, vec![LossBound, Sensitivity, CommitLatency]),
        (
            "no orders",
            empty,
            vec![
                TotalsConserved,
                NoLostOrders,
                NoDoubleCommits,
                ConfirmationGated,
                LossBound,
                Sensitivity,
                FieldsAgree,
                DecisionsAgree,
                CommitLatency,
            ],
        ),
        (
            "nothing at all",
            World::new(),
            vec![
                EvidenceIntact,
                TotalsConserved,
                NoLostOrders,
                NoDoubleCommits,
                NoPhantoms,
                ConfirmationGated,
                LossBound,
                Sensitivity,
                FieldsAgree,
                DecisionsAgree,
                CommitLatency,
            ],
        ),
        ("chain broken", chain, vec![EvidenceIntact]),
    ] {
        let expected: Vec<_> = gates.into_iter().map(|gate| (gate, Inconclusive)).collect();
        assert_eq!(statuses(&world), expected, "{what}");
    }
}

#[test]
fn the_loss_bound_says_how_many_clean_orders_are_needed() {
    for (live_run, needed, level) in [(None, 29, "95 %"), (Some(1), 36, "97.5 %"), (Some(3), 49, "99.375 %")] {
        let mut world = World::new();
        world.good_orders(3, 100.0);
        world.read_both(&[940.0, 950.0]);
        world.evidence.live_run = live_run;
        let Gate { reason, would_change, .. } = world.gate(GateName::LossBound);
        let WouldChange { words, missing } = would_change.unwrap();
        assert!(words.starts_with(&format!("{needed} clean orders still needed")), "{words}");
        assert_eq!(missing, Distance { orders: needed, ..Distance::default() });
        assert!(reason.contains(level), "{reason}");
        assert_eq!(reason.contains("rehearsal"), live_run.is_none());
    }
    let mut impossible = World::clean();
    impossible.policy.gates.loss_rate_max = 0.0;
    assert_eq!(impossible.gate(GateName::LossBound).status, Inconclusive);
}

#[test]
fn orders_in_flight_when_the_tee_begins_are_no_phantoms() {
    let mut world = World::clean();
    world.stray(Legacy, "old", 20.0, 95.0);
    world.stray(Legacy, "flying", 150.0, 155.0);
    world.stray(Gated, "test-data", -1_000.0, 110.0);
    let (assessment, _) = world.judge();
    assert_eq!(assessment.decision, Go);
    assert_eq!(assessment.totals.documents_aside.legacy["before_the_run"], 1);
    assert_eq!(assessment.totals.documents_aside.legacy["carried_over"], 1);
    assert_eq!(assessment.totals.documents_aside.gated["before_the_run"], 1);

    world.policy.lanes.legacy.role = Role::Shadow;
    world.policy.lanes.gated.role = Role::Live;
    world.stray(Gated, "flying too", 150.0, 155.0);
    let (assessment, _) = world.judge();
    assert_eq!(assessment.totals.documents_aside.gated["carried_over"], 1, "the live lane, whichever it is");
    assert_eq!(assessment.totals.documents_aside.legacy["phantom"], 1);
}

#[test]
fn what_a_ledger_held_before_a_run_is_none_of_its_doing() {
    // A phantom of the first run; the second run begins at 200.
    let mut world = World::clean();
    world.stray(Gated, "nobody", 150.0, 155.0);
    assert_eq!(world.gate(GateName::NoPhantoms).status, NoGo);
    let first = world.orders.values().flat_map(|order| &order.captures).find(|one| one.received_at >= at(160.0));
    world.evidence.first_capture_of_run = first.map(|one| (one.row, one.received_at));
    assert_eq!(world.gate(GateName::NoPhantoms).status, Go);

    // A ledger that tells no clock, and whose first reading ended after the first order came.
    let mut world = World::clean();
    world.evidence.readings.gated.iter_mut().for_each(|seen| seen.reading.clock_offset_us = None);
    world.stray(Gated, "last week", -600_000.0, 105.0);
    assert_eq!(world.gate(GateName::NoPhantoms).status, Go);
    world.stray(Gated, "minutes ago", 0.0, 105.0);
    assert_eq!(world.gate(GateName::NoPhantoms).status, NoGo, "its clock may be minutes off");
}

#[test]
fn documents_of_nobody_are_phantoms() {
    for (what, lane, committed, seen, census, expected) in [
        ("gated", Gated, Some(300.0), 305.0, false, NoGo),
        ("gated, right after the first capture", Gated, Some(101.0), 106.0, false, NoGo),
        ("legacy", Legacy, Some(300.0), 305.0, false, Inconclusive),
        ("legacy, the census has it", Legacy, Some(300.0), 305.0, true, Go),
        ("legacy, within the horizon", Legacy, Some(100.0 + HORIZON), 165.0, false, Go),
        ("legacy, without a commit time but seen within it", Legacy, None, 160.0, false, Go),
        ("legacy, without a commit time", Legacy, None, 165.0, false, Inconclusive),
    ] {
        let mut world = World::clean();
        world.stray(lane, "nobody", committed.unwrap_or(0.0), seen);
        let stray = &mut world.strays[0].1;
        stray.in_census = census;
        stray.seen.outcome.occurred_at = stray.seen.outcome.occurred_at.filter(|_| committed.is_some());
        assert_eq!(world.gate(GateName::NoPhantoms).status, expected, "{what}");
        let (assessment, _) = world.judge();
        assert_eq!(assessment.exceptions_count, u64::from(expected != Go), "{what}");
    }
}

#[test]
fn the_scope_sets_documents_of_other_channels_aside() {
    let mut world = World::clean();
    let only = ScopeRule {
        pointer: crate::order::Pointer::parse("/channel").unwrap(),
        equals: vec!["web".into()],
        reason: "phone".into(),
    };
    world.policy.lanes.gated.scope = Scope { since: None, only: vec![only] };
    world.stray(Gated, "by phone", 300.0, 305.0);
    world.strays[0].1.seen.outcome.document = Some(br#"{"channel":"phone"}"#.as_slice().into());
    let (assessment, _) = world.judge();
    assert_eq!((assessment.decision, assessment.totals.documents_aside.gated["phone"]), (Go, 1));
}

#[test]
fn orders_still_arriving_leave_go_possible() {
    let mut world = World::clean();
    for n in 0..5 {
        let name = format!("new-{n}");
        world.create(&name, 980.0 + f64::from(n));
        world.on(Legacy, &name).answers(200, "");
        world.on(Gated, &name).sends(980.0 + f64::from(n), None);
    }
    let (assessment, _) = world.judge();
    assert_eq!((assessment.decision, assessment.fates.gated[&Fate::Pending]), (Go, 5));
    world.evidence.until = Some(at(1_000.0));
    assert_ne!(world.decision(), Go, "judged to the end, they are not known");
}

#[test]
fn the_window_ends_where_the_longer_lane_has_settled() {
    let mut world = World::new();
    assert_eq!(window(&world.policy, &world.evidence), (at(0.0), at(920.0)));
    world.policy.lanes.legacy.horizon = Duration::from_secs(600);
    assert_eq!(window(&world.policy, &world.evidence), (at(0.0), at(380.0)));
    world.policy.lanes.legacy.horizon = Duration::MAX;
    assert_eq!(window(&world.policy, &world.evidence), (at(0.0), at(0.0)));
    world.evidence.until = Some(at(700.0));
    assert_eq!(window(&world.policy, &world.evidence), (at(0.0), at(700.0)));
}

#[test]
fn a_gap_over_an_order_pushes_back_when_absence_can_be_concluded() {
    let mut world = unread();
    world.read_both(&[600.0, 610.0]);
    assert_eq!(world.fates("x").1, Fate::Lost);
    world.gap(GapReason::Down, 499.0, 580.0);
    assert_eq!(world.fates("x").1, Fate::Unobserved, "it may have been sent as late as 580");
    world.read_both(&[640.0, 650.0]);
    assert_eq!(world.fates("x").1, Fate::Lost);
}

#[test]
fn what_is_handed_in_is_held_against_the_journals_own_count() {
    let world = World::clean();
    let judged = |orders, documents| {
        let mut judge = crate::judge::Judge::new(&world.policy, &world.evidence);
        for timeline in world.orders.values() {
            judge.order(timeline);
        }
        let mut facts = world.facts();
        (facts.orders_in_journal, facts.documents_in_journal) = (Some(orders), Some(documents));
        judge.finish(facts)
    };
    let both = |number| crate::outcome::PerLane { legacy: number, gated: number };
    assert_eq!(judged(40, both(40)).decision, Go);
    assert_eq!(judged(41, both(40)).totals.residual, both(1));
    assert_eq!(judged(40, both(42)).decision, Inconclusive);
}

#[test]
fn the_sequence_of_handing_in_changes_nothing() {
    let mut world = World::clean();
    world.create("x", 500.0);
    world.on(Legacy, "x").answers(200, "").commits("L1", 510.0);
    world.on(Gated, "x").claims("G1").commits("G1", 500.1).commits("G2", 501.0).lacks("G1", 600.0).lacks("G1", 610.0);
    world.stray(Gated, "nobody", 300.0, 305.0);
    let run = |reverse: bool| -> Assessment {
        let mut world = world.clone();
        let mut judge = crate::judge::Judge::new(&world.policy, &world.evidence);
        let mut timelines: Vec<_> = world.orders.values_mut().collect();
        if reverse {
            timelines.reverse();
            timelines.iter_mut().for_each(|timeline| timeline.lanes.gated.outcomes.reverse());
            world.strays.iter().for_each(|(lane, stray)| judge.document(*lane, stray));
        }
        timelines.iter().for_each(|timeline| drop(judge.order(timeline)));
        if !reverse {
            world.strays.iter().for_each(|(lane, stray)| judge.document(*lane, stray));
        }
        judge.finish(world.facts())
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn exceptions_are_bounded_and_the_worst_are_kept() {
    let mut world = World::clean();
    for n in 0..1_500 {
        let name = format!("u{n}");
        world.create(&name, 300.0 + f64::from(n) / 10.0);
        world.on(Legacy, &name).answers(200, "").commits(&format!("U{n}"), 310.0 + f64::from(n) / 10.0);
    }
    world.create("lost", 800.0);
    world.on(Legacy, "lost").answers(200, "").commits("L-lost", 805.0);
    world.on(Gated, "lost").answers(202, "");
    let (assessment, _) = world.judge();
    assert_eq!((assessment.exceptions.len(), assessment.exceptions_count), (Assessment::EXCEPTIONS_MAX, 1_501));
    assert_eq!(assessment.exceptions[0].order_key, key("lost"));
    assert_eq!(assessment.exceptions[1].order_key, key("u0"));
}

#[test]
fn a_document_under_a_name_that_orders_share_proves_neither_a_loss_nor_a_phantom() {
    let mut world = unread();
    world.read_both(&[600.0, 610.0]);
    assert_eq!((world.fates("x").1, world.decision()), (Fate::Lost, NoGo));
    world.stray(Gated, "#1001", 505.0, 510.0);
    world.strays[0].1.is_shared = true;
    world.orders.get_mut(&key("x")).unwrap().lanes.gated.shares_document = true;
    let (assessment, verdicts) = world.judge();
    assert_eq!((verdicts[&key("x")].fates.gated, assessment.decision), (Fate::Unobserved, Inconclusive));
    assert_eq!(assessment.totals.documents_aside.gated["shared_name"], 1);

    // Every order has a document of its own: the one more may be a second one of either.
    let mut world = World::clean();
    world.stray(Gated, "#1001", 505.0, 510.0);
    world.strays[0].1.is_shared = true;
    assert_eq!(world.decision(), Inconclusive);
}

/// A second document counts wherever in time its order lies; an order behind the window bounds no rate.
#[test]
fn a_double_commit_behind_the_window_is_no_clean_order() {
    let mut world = World::clean();
    world.evidence.until = Some(at(140.0));
    let measured = |world: &World| {
        let assessment = world.judge().0;
        let of = |name| assessment.gates.iter().find(|gate| gate.name == name).unwrap().clone();
        (of(GateName::LossBound).measured, of(GateName::NoDoubleCommits).status)
    };
    let (before, status) = measured(&world);
    assert!(before.ends_with("(0 of 20 seen)"), "{before}");
    assert_eq!(status, Go);
    world.on(Gated, "clean-39-100").commits("G-second", 190.0);
    assert_eq!(measured(&world), (before, NoGo), "it speaks against the lane, and not for it");
}
