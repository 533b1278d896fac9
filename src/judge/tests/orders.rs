//! Worlds about single orders: what must become of them, and of the decision.

use super::world::{World, at, key};
use crate::judge::{Assessment, Decision, ExceptionKind, Fate, GateName, InCensus, Parity};
use crate::outcome::{Ending, Flow, Lane, Operation, OutcomeKind, Role, Skip};

use Decision::{Go, Inconclusive, NoGo};
use Lane::{Gated, Legacy};

/// A clean world and one order `x` at second 500, as `write` has it.
pub(super) fn with(write: impl FnOnce(&mut World)) -> World {
    let mut world = World::clean();
    world.create("x", 500.0);
    write(&mut world);
    world
}

/// As `with`, and legacy commits the order in good time.
pub(super) fn gated(write: impl FnOnce(&mut World)) -> World {
    with(|world| {
        world.on(Legacy, "x").answers(200, "").commits("L1", 510.0);
        write(world);
    })
}

pub(super) fn check(what: &str, world: &World, fate: Fate, decision: Decision) {
    let (assessment, verdicts) = world.judge();
    let found = verdicts[&key("x")].fates.gated;
    assert_eq!((found, assessment.decision), (fate, decision), "{what}: {}", reasons(&assessment));
}

pub(super) fn reasons(assessment: &Assessment) -> String {
    let tell =
        |gate: &crate::judge::Gate| format!("\n  {} {} {} {}", gate.name, gate.status, gate.measured, gate.reason);
    assessment.gates.iter().map(tell).collect()
}

#[test]
fn a_clean_world_is_go() {
    let world = World::clean();
    let (assessment, _) = world.judge();
    assert_eq!(assessment.decision, Go, "{}", reasons(&assessment));
    assert_eq!(assessment.fates.gated[&Fate::Committed], 40);
    assert_eq!(assessment.parity[&Parity::Matched], 40);
    assert_eq!(assessment.exceptions_count, 0);
    assert_eq!(assessment.totals.documents_of_orders.gated, 40);
    assert_eq!(assessment.totals.residual.legacy + assessment.totals.residual.gated, 0);
}

#[test]
fn each_fate_on_the_gated_lane_leads_to_its_decision() {
    let unknown_sku = r#"{"code":"UNKNOWN_SKU"}"#;
    for (what, world, fate, decision) in [
        ("committed", gated(|w| drop(w.on(Gated, "x").claims("G1").commits("G1", 500.1))), Fate::Committed, Go),
        ("acknowledged only", gated(|w| drop(w.on(Gated, "x").answers(202, ""))), Fate::Lost, NoGo),
        ("claimed, never there", gated(|w| drop(w.on(Gated, "x").claims("G1"))), Fate::Lost, NoGo),
        ("answered 500", gated(|w| drop(w.on(Gated, "x").answers(500, ""))), Fate::NotCommitted, NoGo),
        (
            "timed out, committed",
            gated(|w| drop(w.on(Gated, "x").times_out().commits("G1", 505.0))),
            Fate::Recovered,
            Go,
        ),
        (
            "answer cut, committed",
            gated(|w| {
                w.on(Gated, "x").sends(500.0, Some((Ending::Broken, None, ""))).commits("G1", 505.0);
            }),
            Fate::Recovered,
            Go,
        ),
        ("late", gated(|w| drop(w.on(Gated, "x").times_out().commits("G1", 540.0))), Fate::CommittedLate, Go),
        (
            "twice",
            gated(|w| drop(w.on(Gated, "x").claims("G1").commits("G1", 500.1).commits("G2", 501.0))),
            Fate::DoubleCommitted,
            NoGo,
        ),
        ("refused", gated(|w| drop(w.on(Gated, "x").answers(422, unknown_sku))), Fate::Rejected, NoGo),
        (
            "refused, yet there",
            gated(|w| drop(w.on(Gated, "x").answers(422, unknown_sku).commits("G1", 505.0))),
            Fate::CommittedAfterReject,
            NoGo,
        ),
        ("never sent", gated(|_| {}), Fate::Unsent, Inconclusive),
        (
            "no connection",
            gated(|w| drop(w.on(Gated, "x").sends(500.0, Some((Ending::Refused, None, ""))))),
            Fate::Unsent,
            Inconclusive,
        ),
        ("not now, for ever", gated(|w| drop(w.on(Gated, "x").answers(429, ""))), Fate::NotCommitted, NoGo),
    ] {
        check(what, &world, fate, decision);
    }
}

#[test]
fn sends_of_one_order_are_judged_together() {
    let duplicate = Some((Ending::Answered, Some(409), r#"{"code":"DUPLICATE"}"#));
    let refused = Some((Ending::Answered, Some(422), r#"{"code":"TAX"}"#));
    let (accepted, failed) = (Some((Ending::Answered, Some(202), "")), Some((Ending::TimedOut, None, "")));
    for (what, sends, commit, fate, decision) in [
        ("timeout, commit, then duplicate", vec![failed, duplicate], true, Fate::Committed, Go),
        ("duplicate says that it was taken", vec![failed, duplicate], false, Fate::Lost, NoGo),
        ("refused, then accepted", vec![refused, accepted], true, Fate::Committed, Go),
        ("refused, then accepted and lost", vec![refused, accepted], false, Fate::Lost, NoGo),
        ("accepted, then refused as known", vec![accepted, refused], true, Fate::Committed, Go),
        ("refused, then unknown", vec![refused, failed], true, Fate::Recovered, Go),
        ("refused, then unknown and absent", vec![refused, failed], false, Fate::NotCommitted, NoGo),
        ("unknown, then refused", vec![failed, refused], false, Fate::Rejected, NoGo),
        ("unknown, then refused, yet there", vec![failed, refused], true, Fate::CommittedAfterReject, NoGo),
        ("no answer on record, yet there", vec![None], true, Fate::Recovered, Go),
    ] {
        let world = gated(|world| {
            let mut on = world.on(Gated, "x");
            for (n, answer) in sends.into_iter().enumerate() {
                on = on.sends(500.0 + n as f64, answer);
            }
            if commit {
                on.commits("G1", 500.5);
            }
        });
        check(what, &world, fate, decision);
    }
}

#[test]
fn gated_answering_500_to_a_third_of_what_legacy_commits_is_no_go_not_silence() {
    let mut world = World::clean();
    for n in 0..20 {
        let name = format!("failed-{n}");
        world.create(&name, 300.0 + f64::from(n));
        world.on(Legacy, &name).answers(200, "").commits(&format!("F{n}"), 310.0 + f64::from(n));
        world.on(Gated, &name).answers(500, "oops");
    }
    let (assessment, _) = world.judge();
    assert_eq!(assessment.decision, NoGo);
    assert_eq!(assessment.fates.gated[&Fate::NotCommitted], 20);
    assert_eq!(assessment.parity[&Parity::LegacyOnly], 20);
    assert_eq!(assessment.exceptions_count, 20);
    assert_eq!(world.gate(GateName::NoLostOrders).status, NoGo);
}

#[test]
fn what_neither_lane_took_is_counted_and_excuses_nothing() {
    let refused = r#"{"code":"CUSTOMER"}"#;
    let both = |legacy: (u16, &str), gated: (u16, &str)| {
        with(|world| {
            world.on(Legacy, "x").answers(legacy.0, legacy.1);
            world.on(Gated, "x").answers(gated.0, gated.1);
        })
    };
    check("both fail", &both((500, ""), (500, "")), Fate::NotCommitted, Go);
    check("legacy refuses, gated fails", &both((422, refused), (503, "")), Fate::NotCommitted, Go);
    check("legacy lost it itself", &both((200, ""), (500, "")), Fate::NotCommitted, Inconclusive);
    let rejected = both((422, refused), (422, refused));
    check("both refuse", &rejected, Fate::Rejected, Go);
    assert_eq!(rejected.judge().1[&key("x")].parity, Parity::Matched);

    let mut census = both((500, ""), (500, ""));
    census.orders.get_mut(&key("x")).unwrap().in_census = InCensus::Listed;
    check("the census has it", &census, Fate::NotCommitted, NoGo);

    let mut unrecorded = both((500, ""), (500, ""));
    unrecorded.orders.get_mut(&key("x")).unwrap().lanes.gated.sends[0].answer = None;
    check("an answer is not on record", &unrecorded, Fate::NotCommitted, Inconclusive);
}

#[test]
fn decisions_that_differ_are_shown() {
    let world = gated(|w| drop(w.on(Gated, "x").answers(422, r#"{"code":"UNKNOWN_SKU"}"#)));
    let (assessment, verdicts) = world.judge();
    assert_eq!(verdicts[&key("x")].parity, Parity::DecisionsDiffer);
    let exception = &assessment.exceptions[0];
    assert_eq!((exception.lane, exception.kind), (Gated.into(), ExceptionKind::Fate(Fate::Rejected)));
}

#[test]
fn an_early_cancel_withdraws_and_a_late_one_hides_no_loss() {
    let cancelled = |when: f64| {
        gated(|world| {
            world.on(Gated, "x").answers(202, "");
            world.cancel("x", when);
        })
    };
    check("before it had to be committed", &cancelled(505.0), Fate::Withdrawn, Go);
    check("after it was lost", &cancelled(600.0), Fate::Lost, NoGo);
    let refused = gated(|world| {
        world.on(Gated, "x").claims("G1");
        world.capture("x", 505.0, Operation::Cancel);
        world.on(Gated, "x").answers(500, "");
    });
    check("a commit was claimed, and the cancel not taken", &refused, Fate::Lost, NoGo);
}

/// A lane could else get rid of every order that it fails to commit by cancelling it.
#[test]
fn a_lane_that_cancels_by_itself_what_the_other_commits_decides_otherwise() {
    let cancels = |lanes: &[Lane]| {
        let lanes = lanes.to_vec();
        with(move |world| {
            for lane in Lane::ALL {
                let on = world.on(*lane, "x").answers(202, "");
                match lanes.contains(lane) {
                    true => drop(on.says(OutcomeKind::Cancelled, None, None, 505.0)),
                    false => drop(on.commits("N1", 500.2)),
                }
            }
        })
    };
    let alone = cancels(&[Gated]);
    check("gated alone", &alone, Fate::Withdrawn, NoGo);
    assert_eq!(alone.gate(GateName::DecisionsAgree).status, NoGo);
    assert!(alone.judge().0.exceptions[0].next_action.contains("find out who cancelled it"));
    check("legacy alone", &cancels(&[Legacy]), Fate::Committed, Inconclusive);
    check("both", &cancels(&[Legacy, Gated]), Fate::Withdrawn, Go);
    let mut asked = alone;
    asked.capture("x", 503.0, Operation::Cancel);
    check("the storefront cancelled it", &asked, Fate::Withdrawn, Go);
}

#[test]
fn a_clock_that_is_seconds_off_breaks_no_promise() {
    for ahead in [-7.0, 0.0, 7.0] {
        let mut world = World::new();
        world.ahead.gated = ahead;
        world.good_orders(40, 100.0);
        world.create("x", 500.0);
        world.on(Legacy, "x").answers(200, "").commits("L1", 510.0);
        world.on(Gated, "x").claims("G1").commits("G1", 529.5);
        world.read_both(&[940.0, 950.0]);
        assert_eq!(world.gate(GateName::ConfirmationGated).measured, "1 breached, 40 kept", "{ahead}");
        assert_eq!(world.fates("x").1, Fate::Committed, "{ahead}");
        world.orders.remove(&key("x"));
        assert_eq!(world.decision(), Go, "{ahead}");
    }
}

#[test]
fn told_before_committed_is_a_breach_only_beyond_doubt() {
    let committed = |when: f64| gated(|w| drop(w.on(Gated, "x").claims("G1").commits("G1", when)));
    for (when, expected) in [(500.0, Go), (501.0, Go), (501.3, Inconclusive), (501.5, NoGo), (503.0, NoGo)] {
        assert_eq!(committed(when).gate(GateName::ConfirmationGated).status, expected, "{when}");
    }
    let mut no_clock = committed(500.1);
    no_clock.evidence.readings.gated.iter_mut().for_each(|seen| seen.reading.clock_offset_us = None);
    assert_eq!(no_clock.gate(GateName::ConfirmationGated).status, Inconclusive);
    let mut live = committed(500.1);
    live.policy.lanes.gated.role = Role::Live;
    live.policy.lanes.legacy.role = Role::Shadow;
    live.orders.get_mut(&key("x")).unwrap().lanes.gated.sends[0].answer = None;
    assert_eq!(live.gate(GateName::ConfirmationGated).status, Inconclusive, "the client may have been told");
}

/// Business Central and S/4HANA tell no commit time; a reading sees their documents seconds after the answer.
#[test]
fn where_no_clock_tells_the_number_in_the_answer_does() {
    let world = |claims: &str, body: Option<&str>, occurred: Option<f64>| {
        gated(|w| {
            w.policy.lanes.gated.commit_times = false;
            let on = w.on(Gated, "x");
            let on = match body {
                Some(body) => on.answers(202, body),
                None => on.claims(claims),
            };
            on.says(OutcomeKind::Committed, Some(claims), occurred, 530.0);
        })
    };
    let measured = |world: &World| {
        let gate = world.gate(GateName::ConfirmationGated);
        (gate.status, gate.measured)
    };
    let by_number = "40 kept, 1 kept by the document's number".to_owned();
    assert_eq!(measured(&world("G1", None, None)), (Go, by_number));
    // Where times are to be there, one that is missing is evidence that is missing.
    let mut timed = world("G1", None, None);
    timed.policy.lanes.gated.commit_times = true;
    assert_eq!(measured(&timed), (Inconclusive, "1 unknown, 40 kept".into()));
    // A clock that tells is worth more, and one that can't be right is no clock that is missing.
    assert_eq!(measured(&world("G1", None, Some(520.0))), (NoGo, "1 breached, 40 kept".into()));
    assert_eq!(measured(&world("G1", None, Some(501.3))).0, Inconclusive);
    // Other numbers, and those that are no ERP's.
    let other = gated(|w| drop(w.on(Gated, "x").claims("G2").says(OutcomeKind::Committed, Some("G1"), None, 530.0)));
    assert_eq!(measured(&other), (Inconclusive, "1 unknown, 40 kept".into()));
    assert_eq!(measured(&world("x", None, None)), (Inconclusive, "1 unknown, 40 kept".into()));
    // A job says nothing of a commit, so nobody was told.
    assert_eq!(measured(&world("G1", Some(r#"{"id":"G1"}"#), None)), (Go, "40 kept".into()));
    // Told by an observer, at a time that it says: the answer's number is of another time.
    let mut told = world("G1", None, None);
    told.on(Gated, "x").says(OutcomeKind::Confirmed, None, Some(499.0), 531.0);
    assert_eq!(measured(&told).0, Inconclusive);
}

#[test]
fn an_ack_gated_lane_must_commit_in_time_or_flag() {
    let world = |write: fn(&mut World)| {
        let mut world = gated(write);
        world.policy.lanes.gated.flow = Flow::AckGated;
        world
    };
    for (what, world, fate, expected) in [
        ("in time", world(|w| drop(w.on(Gated, "x").answers(202, "").commits("G1", 520.0))), Fate::Committed, Go),
        ("late", world(|w| drop(w.on(Gated, "x").answers(202, "").commits("G1", 540.0))), Fate::CommittedLate, NoGo),
        (
            "late, and flagged",
            world(|w| {
                let on = w.on(Gated, "x").answers(202, "").commits("G1", 540.0);
                on.says(OutcomeKind::Flagged, None, Some(530.0), 531.0);
            }),
            Fate::CommittedLate,
            Go,
        ),
        ("never", world(|w| drop(w.on(Gated, "x").answers(202, ""))), Fate::Lost, NoGo),
        (
            "commit time unknown",
            world(|w| {
                w.on(Gated, "x").answers(202, "").says(OutcomeKind::Committed, Some("G1"), None, 540.0);
            }),
            Fate::Committed,
            Inconclusive,
        ),
        (
            "seen in time, commit time unknown",
            world(|w| {
                w.on(Gated, "x").answers(202, "").says(OutcomeKind::Committed, Some("G1"), None, 520.0);
            }),
            Fate::Committed,
            Go,
        ),
    ] {
        assert_eq!(world.fates("x").1, fate, "{what}");
        assert_eq!(world.gate(GateName::ConfirmationGated).status, expected, "{what}");
    }
}

#[test]
fn exclusions_and_skips_are_not_judged() {
    let mut excluded = gated(|_| {});
    excluded.orders.get_mut(&key("x")).unwrap().captures[0].excluded = Some("test order".into());
    check("excluded", &excluded, Fate::Excluded, Go);

    let mut skipped = gated(|_| {});
    skipped.orders.get_mut(&key("x")).unwrap().captures[0].skip = Some(Skip::BodyTooLarge);
    let (assessment, verdicts) = skipped.judge();
    assert!(!verdicts[&key("x")].counted);
    assert_eq!((assessment.decision, assessment.totals.orders_captured), (Go, 40));
    assert_eq!(assessment.totals.documents_aside.legacy["skipped"], 1);

    let mut teed_later = gated(|_| {});
    teed_later.orders.get_mut(&key("x")).unwrap().captures[0].excluded = Some("unpaid".into());
    teed_later.create("x", 520.0);
    check("excluded first, teed later", &teed_later, Fate::Unsent, Inconclusive);
}

#[test]
fn an_order_after_the_window_is_pending_but_presence_counts() {
    let world = |write: fn(&mut World)| {
        let mut world = World::clean();
        world.create("x", 990.0);
        write(&mut world);
        world
    };
    check("in flight", &world(|w| drop(w.on(Gated, "x").answers(500, ""))), Fate::Pending, Go);
    check("there", &world(|w| drop(w.on(Gated, "x").claims("G1").commits("G1", 990.1))), Fate::Pending, Go);
    let twice = world(|w| drop(w.on(Gated, "x").claims("G1").commits("G1", 990.1).commits("G2", 990.2)));
    check("twice", &twice, Fate::DoubleCommitted, NoGo);
}

#[test]
fn the_verdict_shows_what_it_rests_on() {
    let world = gated(|w| drop(w.on(Gated, "x").claims("G1").commits("G1", 500.1)));
    let verdict = world.judge().1.remove(&key("x")).unwrap();
    let lane = verdict.lanes.gated;
    assert_eq!(lane.documents[0].reference.as_deref(), Some("G1"));
    assert_eq!(lane.first_send, Some(at(500.0)));
    assert_eq!(lane.commit_latency.unwrap().as_millis(), 100);
    assert!(lane.read_adequately && lane.confirmed.unwrap().derived);
    assert_eq!(lane.confirmed.unwrap().at, at(500.2));
    assert_eq!(lane.why, "one document");
}

#[test]
fn a_ledger_that_writes_local_times_without_an_offset_proves_nothing_about_the_promise() {
    for (hours, told, expected) in [(2.0, 500.0, Inconclusive), (-5.0, 500.0, Inconclusive), (0.0, 500.0, Go)] {
        // The `Date` of its answers is right, so the skew is thought to be known.
        let world = gated(|w| {
            w.on(Gated, "x").claims("G1").says(OutcomeKind::Committed, Some("G1"), Some(told + hours * 3_600.0), 503.0);
        });
        let gate = world.gate(GateName::ConfirmationGated);
        assert_eq!(gate.status, expected, "{hours} hours off: {}", gate.reason);
        check("the order itself is there", &world, Fate::Committed, expected);
    }
}

#[test]
fn the_time_of_a_lane_that_could_not_be_reached_is_none_of_its_sla() {
    for flow in [Flow::ErpGated, Flow::AckGated] {
        let mut world = gated(|w| {
            let on = w.on(Gated, "x").sends(500.0, Some((Ending::Refused, None, "")));
            on.sends(620.0, Some((Ending::Answered, Some(201), r#"{"id":"G1"}"#))).commits("G1", 620.1);
        });
        world.policy.lanes.gated.flow = flow;
        check("sent when the lane was back", &world, Fate::Committed, Go);
    }
}

#[test]
fn a_shadow_that_waits_for_the_live_lane_is_not_due_what_that_refused() {
    type Write = fn(&mut World);
    let rows: &[(&str, Write, Decision)] = &[
        ("refused", |w| drop(w.on(Legacy, "x").answers(422, "")), Go),
        ("failed, and not there", |w| drop(w.on(Legacy, "x").answers(500, "")), Go),
        (
            "failed, and there all the same",
            |w| drop(w.on(Legacy, "x").answers(500, "").commits("L1", 510.0)),
            Inconclusive,
        ),
        ("accepted", |w| drop(w.on(Legacy, "x").answers(200, "").commits("L1", 510.0)), Inconclusive),
        ("accepted, and lost", |w| drop(w.on(Legacy, "x").answers(200, "")), Inconclusive),
        ("an answer that is not on record", |w| drop(w.on(Legacy, "x").sends(500.0, None)), Inconclusive),
    ];
    for (what, write, decision) in rows {
        let mut world = with(write);
        world.policy.lanes.gated.sent_after_live_accepts = true;
        check(what, &world, Fate::Unsent, *decision);
        assert_eq!(
            world.judge().0.exceptions.iter().filter(|one| one.lane == Gated.into()).count() == 0,
            *decision == Go
        );
        world.policy.lanes.gated.sent_after_live_accepts = false;
        check(what, &world, Fate::Unsent, Inconclusive);
    }
}

#[test]
fn a_lane_that_rejects_what_the_other_commits_is_no_go_or_a_question() {
    let refused = r#"{"code":"UNKNOWN_SKU"}"#;
    type Write = fn(&mut World, &str);
    let rows: &[(&str, Write, Decision)] = &[
        ("gated alone", |w, no| drop((w.on(Legacy, "x").answers(200, "").commits("L1", 510.0), no)), NoGo),
        ("both", |w, no| drop(w.on(Legacy, "x").answers(422, no)), Go),
        ("legacy lost it", |w, _| drop(w.on(Legacy, "x").answers(200, "")), Go),
        ("legacy was never sent it", |_, _| {}, Inconclusive),
    ];
    for (what, legacy, expected) in rows {
        let mut world = with(|w| legacy(w, refused));
        world.on(Gated, "x").answers(422, refused);
        check(what, &world, Fate::Rejected, *expected);
    }
    let world = with(|w| {
        w.on(Legacy, "x").answers(422, refused);
        w.on(Gated, "x").claims("G1").commits("G1", 500.1);
    });
    check("legacy alone", &world, Fate::Committed, Inconclusive);
}
