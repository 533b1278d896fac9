//! Worlds about gaps: what explains one.

use super::world::{World, at, key};
use crate::judge::{Decision, GateName};
use crate::outcome::{GapReason, Lane, Skip};

use Decision::{Go, Inconclusive};
use Lane::{Gated, Legacy};

fn unexplained(world: &World) -> u64 {
    let (assessment, _) = world.judge();
    let intact = assessment.gates.iter().find(|gate| gate.name == GateName::EvidenceIntact).unwrap();
    assert_eq!(intact.status == Go, assessment.run.gaps_unexplained == 0, "{}", intact.reason);
    assessment.run.gaps_unexplained
}

#[test]
fn an_idle_night_without_the_process_is_explained_by_readings() {
    let night = || {
        let mut world = World::clean();
        world.gap(GapReason::Down, 400.0, 700.0);
        world
    };
    assert_eq!(night().decision(), Go);

    let mut round = night();
    round.stray(Legacy, "unseen", 500.0, 720.0);
    assert_eq!((unexplained(&round), round.decision()), (1, Inconclusive), "an order passed in the night");

    let mut after = night();
    after.stray(Legacy, "unseen", 800.0, 820.0);
    assert_eq!(unexplained(&after), 0, "one that came much later is a phantom, but not of that night");

    let mut blind = night();
    blind.evidence.readings.legacy.iter_mut().for_each(|seen| seen.reading.since = Some(at(450.0)));
    assert_eq!(unexplained(&blind), 1, "the windows don't reach back");

    let mut pieces = night();
    pieces.evidence.readings.legacy.clear();
    for (since, began) in [(390.0, 600.0), (580.0, 770.0), (80.0, 500.0)] {
        pieces.read(Legacy, began).since = Some(at(since));
    }
    assert_eq!(unexplained(&pieces), 0, "several readings cover it together");

    let mut early = night();
    early.evidence.readings.legacy.iter_mut().for_each(|seen| seen.reading.began_at = at(759.0));
    assert_eq!(unexplained(&early), 1, "orders of the night may still be on their way");

    let mut later = night();
    later.gap(GapReason::Down, 950.0, 990.0);
    assert_eq!(unexplained(&later), 0, "after the judged window");
}

#[test]
fn gaps_about_one_request_are_explained_by_its_order() {
    let captured = |reason: GapReason| {
        let mut world = World::clean();
        world.create("x", 500.0);
        world.on(Legacy, "x").answers(200, "").commits("L1", 510.0);
        world.on(Gated, "x").claims("G1").commits("G1", 500.1);
        let row = world.orders[&key("x")].captures[0].row;
        world.gap(reason, 500.0, 500.5).capture = Some(row);
        world
    };
    for reason in [GapReason::JournalSlow, GapReason::JournalUnavailable, GapReason::AnswerUnrecorded] {
        assert_eq!(unexplained(&captured(reason)), 0, "{reason}");
    }
    assert_eq!(captured(GapReason::JournalSlow).decision(), Go);
    let lost_answer = captured(GapReason::AnswerUnrecorded);
    assert_eq!(lost_answer.gate(GateName::ConfirmationGated).status, Inconclusive, "what it said is not known");

    let mut unknown = captured(GapReason::AnswerUnrecorded);
    unknown.orders.get_mut(&key("x")).unwrap().lanes.gated.outcomes.clear();
    unknown.evidence.readings.gated.pop();
    assert_eq!(unexplained(&unknown), 1, "an answer is lost, and the ledger says nothing either");
}

#[test]
fn a_body_too_large_is_explained_only_when_nothing_came_of_it() {
    let large = |key_known: bool, committed: bool| {
        let mut world = World::clean();
        if key_known {
            world.create("large", 500.0).skip = Some(Skip::BodyTooLarge);
            let on = world.on(Legacy, "large").answers(200, "");
            if committed {
                on.commits("L1", 510.0);
            }
        } else if committed {
            world.stray(Legacy, "large", 510.0, 515.0);
        }
        let gap = world.gap(GapReason::BodyTooLarge, 500.0, 500.1);
        gap.order_key = key_known.then(|| key("large"));
        unexplained(&world)
    };
    for (key_known, committed, expected) in [(true, true, 1), (true, false, 0), (false, true, 1), (false, false, 0)] {
        assert_eq!(large(key_known, committed), expected, "key known {key_known}, committed {committed}");
    }
}

#[test]
fn a_gap_that_swallowed_answers_makes_unanswered_sends_doubtful() {
    let world = |lane: Option<Lane>, ended: f64| {
        let mut world = World::clean();
        world.create("x", 500.0);
        world.on(Legacy, "x").answers(200, "").commits("L1", 510.0);
        world.on(Gated, "x").sends(500.0, None).commits("G1", 500.1);
        world.gap(GapReason::AnswerUnrecorded, 490.0, ended).lane = lane;
        world.gate(GateName::ConfirmationGated).status
    };
    for (lane, ended, expected) in
        [(None, 501.0, Inconclusive), (Some(Gated), 501.0, Inconclusive), (Some(Legacy), 501.0, Go), (None, 499.0, Go)]
    {
        assert_eq!(world(lane, ended), expected, "{lane:?} until {ended}");
    }
}

#[test]
fn gaps_are_listed_those_that_nothing_explains_first() {
    let mut world = World::clean();
    world.gap(GapReason::Down, 400.0, 410.0);
    world.gap(GapReason::AnswerUnrecorded, 420.0, 430.0).lane = Some(Gated);
    world.gap(GapReason::JournalUnavailable, 990.0, 995.0).requests = Some(7);
    let (assessment, _) = world.judge();
    let run = &assessment.run;
    let listed: Vec<_> = run.gap_list.iter().map(|gap| (gap.reason, gap.began_at, gap.explained)).collect();
    assert_eq!(
        listed,
        [
            (GapReason::AnswerUnrecorded, at(420.0), false),
            (GapReason::Down, at(400.0), true),
            // It lies behind the judged window.
            (GapReason::JournalUnavailable, at(990.0), true),
        ]
    );
    assert_eq!((run.gaps, run.gaps_unexplained), (3, 1));
    (0..200).for_each(|_| drop(world.gap(GapReason::Down, 440.0, 441.0).detail.take()));
    let (assessment, _) = world.judge();
    assert_eq!((assessment.run.gaps, assessment.run.gap_list.len()), (203, crate::judge::RunSummary::GAPS_MAX));
    assert!(!assessment.run.gap_list[0].explained);
}
