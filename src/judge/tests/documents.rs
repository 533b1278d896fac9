//! Worlds about documents: leaks, doubles, what comes and goes, what was cancelled.

use super::orders::{check, gated, reasons, with};
use super::world::{World, at, key};
use crate::judge::{Decision, Fate, GateName};
use crate::outcome::{Lane, OutcomeKind};

use Decision::{Go, Inconclusive, NoGo};
use Lane::{Gated, Legacy};

#[test]
fn both_erps_numbering_from_one_is_no_leak() {
    let mut world = World::new();
    for n in 1..=40 {
        let (name, number, when) = (format!("o{n}"), n.to_string(), 100.0 + f64::from(n) * 2.0);
        world.create(&name, when);
        world.on(Legacy, &name).answers(200, "").commits(&number, when + 5.0);
        world.on(Gated, &name).claims(&number).commits(&number, when + 0.1);
    }
    world.read_both(&[940.0, 950.0]);
    let (assessment, _) = world.judge();
    assert_eq!(assessment.decision, Go, "{}", reasons(&assessment));
    assert_eq!(assessment.fates.gated[&Fate::Committed], 40);
}

#[test]
fn a_leak_is_one_document_in_both_ledgers_or_one_that_only_the_shadow_named() {
    let both_read = gated(|w| drop(w.on(Gated, "x").claims("L1").commits("L1", 510.0)));
    check("read on both lanes", &both_read, Fate::Leaked, NoGo);

    let untimed = gated(|w| {
        w.on(Gated, "x").claims("L1").says(OutcomeKind::Committed, Some("L1"), None, 505.0);
    });
    assert_eq!(untimed.fates("x").1, Fate::Committed, "without a commit time nothing is equal");

    let named = with(|world| {
        world.on(Legacy, "x").answers(200, "").commits("L1", 510.0).commits("G1", 500.1);
        world.on(Gated, "x").claims("G1");
    });
    check("only the shadow named it", &named, Fate::Leaked, NoGo);
    assert_eq!(named.fates("x").0, Fate::Committed, "the shadow's document is none of legacy's");

    let mut unread = named;
    unread.evidence.readings.gated.clear();
    assert_eq!(unread.fates("x"), (Fate::DoubleCommitted, Fate::Unobserved), "an unread ledger lacks nothing");
}

/// Each number is another order's on the other lane, and one of them is a leak all the same.
#[test]
fn among_ledgers_that_number_alike_only_the_leak_is_one() {
    for leaks in [false, true] {
        let mut world = World::new();
        for n in 1..=40 {
            let (name, when) = (format!("o{n}"), 100.0 + f64::from(n) * 2.0);
            let (of_legacy, of_gated) = (n.to_string(), (41 - n).to_string());
            world.create(&name, when);
            world.on(Legacy, &name).answers(200, "").commits(&of_legacy, when + 5.0);
            world.on(Gated, &name).claims(&of_gated);
            if leaks && n == 7 {
                // Gated's write stands in the live ledger beside legacy's own, under the number that gated named.
                world.on(Legacy, &name).commits(&of_gated, when + 0.1);
            } else {
                world.on(Gated, &name).commits(&of_gated, when + 0.1);
            }
        }
        world.read_both(&[940.0, 950.0]);
        let (assessment, _) = world.judge();
        let leaked = assessment.fates.gated.get(&Fate::Leaked).copied().unwrap_or_default();
        assert_eq!(leaked, u64::from(leaks), "{}", reasons(&assessment));
        assert_eq!(assessment.decision, if leaks { NoGo } else { Go }, "{}", reasons(&assessment));
        assert_eq!(assessment.fates.legacy[&Fate::Committed], 40, "what gated wrote is none of legacy's");
    }
}

#[test]
fn documents_come_and_go() {
    for (what, world, fate, decision) in [
        (
            "gone once",
            gated(|w| drop(w.on(Gated, "x").claims("G1").commits("G1", 500.1).lacks("G1", 600.0))),
            Fate::Unobserved,
            Inconclusive,
        ),
        (
            "gone twice",
            gated(|w| {
                w.on(Gated, "x").claims("G1").commits("G1", 500.1).lacks("G1", 600.0).lacks("G1", 605.0);
            }),
            Fate::Vanished,
            NoGo,
        ),
        (
            "back again",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).lacks("G1", 600.0).lacks("G1", 605.0);
                on.says(OutcomeKind::Committed, Some("G1"), Some(500.1), 610.0);
            }),
            Fate::Committed,
            Go,
        ),
        (
            "back in between",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).lacks("G1", 600.0);
                on.says(OutcomeKind::Committed, Some("G1"), Some(500.1), 603.0).lacks("G1", 605.0);
            }),
            Fate::Unobserved,
            Inconclusive,
        ),
        (
            "gone, and another came",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).lacks("G1", 600.0).lacks("G1", 605.0);
                on.commits("G2", 606.0);
            }),
            Fate::DoubleCommitted,
            NoGo,
        ),
    ] {
        check(what, &world, fate, decision);
    }
}

/// What told of a commit late, be it a queue that was stuck or an old export, has not looked since.
#[test]
fn what_a_reading_lacks_is_back_only_when_the_same_observer_has_it_again() {
    let committed = OutcomeKind::Committed;
    for (what, world, fate, decision) in [
        (
            "told late, after two readings lacked it",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).lacks("G1", 600.0).lacks("G1", 605.0);
                on.says(committed, Some("G1"), Some(500.1), 610.0).by("callback:erp");
            }),
            Fate::Vanished,
            NoGo,
        ),
        (
            "told late, between two readings that lack it",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).lacks("G1", 600.0);
                on.says(committed, Some("G1"), Some(500.1), 602.0).by("import:gated").lacks("G1", 605.0);
            }),
            Fate::Vanished,
            NoGo,
        ),
        (
            "told late, and read again after that",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).lacks("G1", 600.0).lacks("G1", 605.0);
                let on = on.says(committed, Some("G1"), Some(500.1), 610.0).by("callback:erp");
                on.says(committed, Some("G1"), Some(500.1), 615.0);
            }),
            Fate::Committed,
            Go,
        ),
    ] {
        check(what, &world, fate, decision);
    }
}

/// A commit time counts by the clock of the observer that gave it.
#[test]
fn another_observers_commit_time_neither_breaks_nor_keeps_a_promise() {
    let (committed, confirmed) = (OutcomeKind::Committed, OutcomeKind::Confirmed);
    for (what, told_at, polled_at, decision) in [
        ("told after the commit, and the poll has another clock", 500.3, 503.0, Go),
        ("told before the commit, and the poll has another clock", 500.2, 497.0, NoGo),
    ] {
        let commit_at = if decision == Go { 500.1 } else { 502.5 };
        let world = gated(|w| {
            let on = w.on(Gated, "x").claims("G1");
            let on = on.says(committed, Some("G1"), Some(commit_at), 504.0).by("callback:erp");
            let on = on.says(confirmed, None, Some(told_at), 504.0).by("callback:erp");
            on.says(committed, Some("G1"), Some(polled_at), 505.0);
        });
        assert_eq!(world.gate(GateName::ConfirmationGated).status, decision, "{what}");
    }
}

#[test]
fn a_document_is_cancelled_until_the_same_observer_sights_it_without() {
    for (what, world, fate, decision) in [
        (
            "one of two cancelled, and sighted as it is no more",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).commits("G2", 500.2);
                on.says(OutcomeKind::Cancelled, Some("G2"), None, 525.0).says(
                    OutcomeKind::Committed,
                    Some("G2"),
                    Some(500.2),
                    528.0,
                );
            }),
            Fate::DoubleCommitted,
            NoGo,
        ),
        (
            "one of two cancelled, changed, and cancelled still",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).commits("G2", 500.2);
                let on = on.says(OutcomeKind::Cancelled, Some("G2"), None, 525.0).says(
                    OutcomeKind::Committed,
                    Some("G2"),
                    Some(500.2),
                    528.0,
                );
                on.says(OutcomeKind::Cancelled, Some("G2"), None, 530.0);
            }),
            Fate::Committed,
            Go,
        ),
        (
            "one of two cancelled by a callback, and sighted by a poll that knows of no cancelling",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).commits("G2", 500.2);
                on.says(OutcomeKind::Cancelled, Some("G2"), None, 525.0);
                let outcomes = &mut w.orders.get_mut(&key("x")).unwrap().lanes.gated.outcomes;
                outcomes.last_mut().unwrap().outcome.source = "callback:erp".into();
                w.on(Gated, "x").says(OutcomeKind::Committed, Some("G2"), Some(500.2), 528.0);
            }),
            Fate::Committed,
            Go,
        ),
    ] {
        check(what, &world, fate, decision);
    }
}

#[test]
fn cancellations_excuse_what_disappears_and_no_more() {
    for (what, world, fate, decision) in [
        (
            "one of two cancelled",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).commits("G2", 500.2);
                on.says(OutcomeKind::Cancelled, Some("G2"), Some(520.0), 525.0);
            }),
            Fate::Committed,
            Go,
        ),
        (
            "the only one cancelled by its number, then gone",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1);
                on.says(OutcomeKind::Cancelled, Some("G1"), Some(520.0), 525.0).lacks("G1", 600.0).lacks("G1", 605.0);
            }),
            // No loss, and yet turned away: nobody had cancelled it.
            Fate::Committed,
            NoGo,
        ),
        (
            "the order cancelled, then gone",
            gated(|w| {
                w.on(Gated, "x").claims("G1").commits("G1", 500.1).lacks("G1", 600.0).lacks("G1", 605.0);
                w.cancel("x", 550.0);
            }),
            Fate::Committed,
            Go,
        ),
        (
            "gone, and cancelled after that",
            gated(|w| {
                w.on(Gated, "x").claims("G1").commits("G1", 500.1).lacks("G1", 600.0).lacks("G1", 605.0);
                w.cancel("x", 700.0);
            }),
            Fate::Vanished,
            NoGo,
        ),
        (
            "a cancel of the order excuses no double",
            gated(|w| {
                w.on(Gated, "x").claims("G1").commits("G1", 500.1).commits("G2", 500.2);
                w.cancel("x", 550.0);
            }),
            Fate::DoubleCommitted,
            NoGo,
        ),
    ] {
        check(what, &world, fate, decision);
    }
}

#[test]
fn documents_without_a_number_are_told_apart_by_commit_time() {
    for (what, world, fate, decision) in [
        (
            "two observers, one without a number",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").says(OutcomeKind::Committed, None, Some(500.1), 501.0);
                on.commits("G1", 500.1);
            }),
            Fate::Committed,
            Go,
        ),
        (
            "two observers, one without a number and with a clock that counts finer",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").says(OutcomeKind::Committed, None, Some(500.7), 501.0);
                on.by("callback:erp").commits("G1", 500.0);
            }),
            Fate::Committed,
            Go,
        ),
        (
            "two observers without numbers, less than a second apart",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").says(OutcomeKind::Committed, None, Some(500.7), 501.0);
                on.by("callback:erp").says(OutcomeKind::Committed, None, Some(500.0), 502.0);
            }),
            Fate::Committed,
            Go,
        ),
        (
            "two observers, further apart than a second",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").says(OutcomeKind::Committed, None, Some(502.7), 503.0);
                on.by("callback:erp").commits("G1", 500.0);
            }),
            Fate::DoubleCommitted,
            NoGo,
        ),
        (
            "one observer without numbers tells of two, less than a second apart, of which another knows one",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").says(OutcomeKind::Committed, None, Some(500.7), 501.0);
                let on = on.by("callback:erp").says(OutcomeKind::Committed, None, Some(500.4), 501.0);
                on.by("callback:erp").commits("G1", 500.0);
            }),
            Fate::DoubleCommitted,
            NoGo,
        ),
        (
            "one observer tells of one with a number and one without, less than a second apart",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").says(OutcomeKind::Committed, None, Some(500.7), 501.0);
                on.commits("G1", 500.0);
            }),
            Fate::DoubleCommitted,
            NoGo,
        ),
        (
            "two without numbers",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").says(OutcomeKind::Committed, None, Some(500.1), 501.0);
                on.says(OutcomeKind::Committed, None, Some(502.0), 503.0);
            }),
            Fate::DoubleCommitted,
            NoGo,
        ),
    ] {
        check(what, &world, fate, decision);
    }
}

#[test]
fn a_lost_order_that_appears_later_is_late() {
    let mut world = gated(|w| {
        w.on(Gated, "x").answers(202, "").says(OutcomeKind::Committed, Some("G1"), Some(700.0), 705.0);
    });
    check("by its commit time", &world, Fate::CommittedLate, Go);
    let outcomes = &mut world.orders.get_mut(&key("x")).unwrap().lanes.gated.outcomes;
    outcomes[0].outcome.occurred_at = Some(at(501.0));
    check("dated back, but nothing had lacked it", &world, Fate::Committed, Go);
    world.read(Gated, 600.0);
    check("one reading is not enough", &world, Fate::Committed, Go);
    world.read(Gated, 610.0);
    check("dated back, but two readings lacked it", &world, Fate::CommittedLate, Go);
}
