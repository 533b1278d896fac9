//! Clocks that go backwards, and times that no clock has told: the judge comes to its end, makes no GO of them, says why, and
//! shows nothing that is no number.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::monotonic;
use super::orders::reasons;
use super::world::{World, at, key};
use crate::judge::{Assessment, ClockBack, Decision, GateName, Thresholds};
use crate::outcome::Lane;
use crate::report;

/// A time in the evidence, and by how many seconds another clock has it.
#[derive(Clone, Debug)]
enum Jump {
    Captured(usize, i64),
    Sent(Lane, usize, i64),
    Answered(Lane, usize, i64),
    Committed(Lane, usize, i64),
    Recorded(Lane, usize, i64),
    Read(Lane, usize, i64),
    ReadSince(Lane, usize, i64),
    Gap(usize, i64),
    AsOf(i64),
    Begin(i64),
    Until(i64),
    First(i64),
}

fn seconds() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -2_000..2_000_i64, 2 => -100_000..100_000_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

fn jump() -> impl Strategy<Value = Jump> {
    let lane = || prop_oneof![Just(Lane::Legacy), Just(Lane::Gated)];
    let place = || prop_oneof![0..3_usize, 0..64_usize];
    prop_oneof![
        (place(), seconds()).prop_map(|(n, by)| Jump::Captured(n, by)),
        (lane(), place(), seconds()).prop_map(|(lane, n, by)| Jump::Sent(lane, n, by)),
        (lane(), place(), seconds()).prop_map(|(lane, n, by)| Jump::Answered(lane, n, by)),
        (lane(), place(), seconds()).prop_map(|(lane, n, by)| Jump::Committed(lane, n, by)),
        (lane(), place(), seconds()).prop_map(|(lane, n, by)| Jump::Recorded(lane, n, by)),
        (lane(), place(), seconds()).prop_map(|(lane, n, by)| Jump::Read(lane, n, by)),
        (lane(), place(), seconds()).prop_map(|(lane, n, by)| Jump::ReadSince(lane, n, by)),
        (place(), seconds()).prop_map(|(n, by)| Jump::Gap(n, by)),
        seconds().prop_map(Jump::AsOf),
        seconds().prop_map(Jump::Begin),
        seconds().prop_map(Jump::Until),
        seconds().prop_map(Jump::First),
    ]
}

/// Moves a time, to its end where there is no such time.
fn moved(time: &mut Timestamp, by: i64) {
    *time = match by {
        i64::MIN => Timestamp::MIN,
        i64::MAX => Timestamp::MAX,
        by => time.saturating_add(SignedDuration::from_secs(by)).unwrap_or(*time),
    };
}

fn jumps(world: &mut World, jump: &Jump) -> Option<()> {
    let of_order = |world: &mut World, n: usize| {
        let place = n % world.orders.len().max(1);
        world.orders.keys().rev().nth(place).cloned()
    };
    match *jump {
        Jump::Captured(n, by) => {
            let key = of_order(world, n)?;
            moved(&mut world.orders.get_mut(&key)?.captures.first_mut()?.received_at, by);
        }
        Jump::Sent(lane, n, by) => {
            let key = of_order(world, n)?;
            moved(&mut world.orders.get_mut(&key)?.lanes.get_mut(lane).sends.first_mut()?.at, by);
        }
        Jump::Answered(lane, n, by) => {
            let key = of_order(world, n)?;
            let send = world.orders.get_mut(&key)?.lanes.get_mut(lane).sends.first_mut()?;
            moved(&mut send.answer.as_mut()?.at, by);
        }
        Jump::Committed(lane, n, by) => {
            let key = of_order(world, n)?;
            let seen = world.orders.get_mut(&key)?.lanes.get_mut(lane).outcomes.first_mut()?;
            moved(seen.outcome.occurred_at.as_mut()?, by);
        }
        Jump::Recorded(lane, n, by) => {
            let key = of_order(world, n)?;
            moved(&mut world.orders.get_mut(&key)?.lanes.get_mut(lane).outcomes.first_mut()?.recorded_at, by);
        }
        Jump::Read(lane, n, by) => {
            let readings = world.evidence.readings.get_mut(lane);
            let place = n % readings.len().max(1);
            moved(&mut readings.get_mut(place)?.reading.ended_at, by);
        }
        Jump::ReadSince(lane, n, by) => {
            let readings = world.evidence.readings.get_mut(lane);
            let place = n % readings.len().max(1);
            let reading = &mut readings.get_mut(place)?.reading;
            moved(reading.since.get_or_insert(reading.began_at), by);
        }
        Jump::Gap(n, by) => moved(&mut world.evidence.gaps.get_mut(n)?.gap.ended_at, by),
        Jump::AsOf(by) => moved(&mut world.evidence.as_of, by),
        Jump::Begin(by) => moved(&mut world.evidence.begin, by),
        Jump::Until(by) => moved(world.evidence.until.get_or_insert(at(800.0)), by),
        Jump::First(by) => moved(&mut world.evidence.first_capture_of_run.as_mut()?.1, by),
    }
    Some(())
}

/// The assessment, and no page of it shows what is no number.
fn judged(world: &World) -> Assessment {
    let (assessment, _) = world.judge();
    let pages = [
        report::json(&assessment).unwrap(),
        report::html(&assessment),
        report::markdown(&assessment),
        report::junit(&assessment),
        report::text(&assessment, 80, report::Style::Plain),
        format!("{assessment:?}"),
    ];
    for page in pages {
        let mut words = page.split(|letter: char| !letter.is_alphanumeric());
        assert_eq!(words.find(|word| ["NaN", "inf", "infinity"].contains(word)), None, "{page}");
    }
    assessment
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_clocks_say_the_judge_comes_to_its_end(world in monotonic::world(), all in prop::collection::vec(jump(), 1..8)) {
        let mut world = world;
        for jump in &all {
            let _there_is_no_such_time = jumps(&mut world, jump);
        }
        judged(&world);
    }
}

/// Thresholds at the ends of what a configuration may say, without orders, with one, and with many.
#[test]
fn no_threshold_makes_what_is_no_number() {
    let ends = [f64::MIN_POSITIVE, 1e-12, 0.5, 1.0 - f64::EPSILON];
    for orders in [0, 1, 40] {
        for (loss, other) in ends.into_iter().flat_map(|loss| ends.map(|other| (loss, other))) {
            let mut world = World::new();
            world.policy.gates = Thresholds {
                loss_rate_max: loss,
                confidence: other,
                latency_quantile: other,
                sensitivity_min: other,
                ..world.policy.gates
            };
            world.good_orders(orders, 100.0);
            world.read_both(&[940.0, 950.0]);
            let assessment = judged(&world);
            assert!(orders > 0 || assessment.decision != Decision::Go, "{loss} {other}: {}", reasons(&assessment));
        }
    }
}

/// While a run is under way nothing is GO before its first orders are settled, and the report says what is missing.
#[test]
fn a_run_in_progress_is_judged_at_any_moment() {
    let whole = World::clean();
    for second in (0..1_000).step_by(10) {
        let mut world = whole.clone();
        world.evidence.as_of = at(f64::from(second));
        let now = world.evidence.as_of;
        world.orders.retain(|_, timeline| timeline.captures.iter().all(|capture| capture.received_at <= now));
        for timeline in world.orders.values_mut() {
            for lane in Lane::ALL {
                let events = timeline.lanes.get_mut(*lane);
                events.sends.retain(|send| send.at <= now);
                events.outcomes.retain(|seen| seen.recorded_at <= now);
            }
        }
        for lane in Lane::ALL {
            world.evidence.readings.get_mut(*lane).retain(|seen| seen.reading.ended_at <= now);
        }
        let assessment = judged(&world);
        // The first reading after the last order's horizon has ended.
        let is_settled = second > 940;
        assert_eq!(assessment.decision == Decision::Go, is_settled, "second {second}: {}", reasons(&assessment));
        assert_eq!(assessment.decision == Decision::Inconclusive, !is_settled, "{}", reasons(&assessment));
        let bound = assessment.gates.iter().find(|gate| gate.name == GateName::LossBound).unwrap();
        assert!(is_settled || bound.would_change.is_some());
    }
}

/// In mid-run the machine's clock is set back by ten minutes, while both ledgers' go on. A reading from before bears a time at
/// which orders that came later would be settled, and proves nothing of them.
#[test]
fn a_clock_that_is_set_back_is_told_and_proves_nothing() {
    let mut world = World::new();
    world.good_orders(40, 1_000.0);
    world.read_both(&[1_500.0, 1_510.0]);
    world.create("late", 910.0);
    world.on(Lane::Legacy, "late").answers(200, "{}").commits("L-late", 910.1);
    world.on(Lane::Gated, "late").claims("G-late");
    world.evidence.as_of = at(1_600.0);
    let readings = &world.evidence.readings.gated;
    let last = readings.last().unwrap().row + 1;
    world.orders.get_mut(&key("late")).unwrap().captures[0].row = last;
    let (unaware, _) = world.judge();
    assert_eq!(unaware.decision, Decision::NoGo, "the readings would prove that it is lost: {}", reasons(&unaware));

    world.evidence.clock_back =
        Some(ClockBack { sends: 1, from: at(1_511.0), to: at(910.0), row: last, recorded_at: at(1_511.0) });
    let assessment = judged(&world);
    assert_eq!(assessment.decision, Decision::Inconclusive, "{}", reasons(&assessment));
    let gate = world.gate(GateName::EvidenceIntact);
    let told = "This machine's clock was set back, from 2025-06-15T15:31:51Z to 2025-06-15T15:21:50Z, and 1 request went out \
        before it had caught up";
    assert!(gate.reason.contains(told), "{}", gate.reason);
    assert_eq!(assessment.run.clock_back, world.evidence.clock_back);

    // Once it has caught up, readings prove again what they show; that it was set back is told all the same.
    world.on(Lane::Gated, "late").commits("G-late", 1_520.0);
    world.read_both(&[1_590.0, 1_595.0]);
    let rows = |world: &mut World, lane| {
        let readings = world.evidence.readings.get_mut(lane).iter_mut();
        readings.filter(|seen| seen.reading.began_at >= at(1_590.0)).for_each(|seen| seen.row += 1_000_000_000);
    };
    Lane::ALL.iter().for_each(|lane| rows(&mut world, *lane));
    let assessment = judged(&world);
    let gate = world.gate(GateName::EvidenceIntact);
    assert_eq!(gate.status, Decision::Go, "{}", reasons(&assessment));
    assert!(gate.reason.contains(told), "{}", gate.reason);
}
