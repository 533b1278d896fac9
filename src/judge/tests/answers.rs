//! Worlds in which the gated lane takes its time to answer, before and after the deadline of the sender.

use std::time::Duration;

use super::world::World;
use crate::judge::{Decision, Gate, GateName};
use crate::outcome::{Ending, Lane};

use Decision::{Go, Inconclusive, NoGo};

/// So many orders, those of `ends` first, answered so by the gated lane after so many milliseconds; all others after 200.
fn world(orders: usize, ends: &[(Option<Ending>, u64)], deadline_ms: Option<u64>) -> World {
    let mut world = World::new();
    world.policy.gates.latency_quantile = 0.99;
    world.policy.gates.sender_deadline = deadline_ms.map(Duration::from_millis);
    world.good_orders(orders, 100.0);
    world.read_both(&[940.0, 950.0]);
    for (timeline, (ending, took)) in world.orders.values_mut().zip(ends) {
        let send = &mut timeline.lanes.gated.sends[0];
        match (ending, &mut send.answer) {
            (Some(ending), Some(answer)) => (answer.ending, answer.took) = (*ending, Duration::from_millis(*took)),
            _ => send.answer = None,
        }
    }
    world
}

fn gate(world: &World) -> Gate {
    world.gate(GateName::AnswerInTime)
}

#[test]
fn each_outcome_is_reached_and_says_why() {
    let late = (Some(Ending::Answered), 5_001);
    for (number, orders, ends, deadline, expected, measured, worst, reason) in [
        (1, 300, vec![], None, Go, "no deadline is set", "as measured", "judged by nothing"),
        (
            2,
            300,
            vec![],
            Some(5_000),
            Go,
            "0 of 300 answers later than 5 s",
            "0 of 300",
            "p99 of the gated lane's answer time is at most 5 s",
        ),
        (
            3,
            40,
            vec![],
            Some(5_000),
            Inconclusive,
            "0 of 40 answers later than 5 s",
            "0 of 40",
            "259 more answers in time still needed",
        ),
        (
            4,
            300,
            vec![late],
            Some(5_000),
            Inconclusive,
            "1 of 300 answers later than 5 s",
            "1 of 300",
            "173 more answers in time still needed",
        ),
        (5, 300, vec![late; 12], Some(5_000), NoGo, "12 of 300 answers later than 5 s", "12 of 300", "is above 5 s"),
        (
            6,
            300,
            vec![(None, 0)],
            Some(5_000),
            Inconclusive,
            "0 of 299 answers later than 5 s, 1 more not on record",
            "1 of 300",
            "those not known counted as late",
        ),
        (7, 0, vec![], Some(5_000), Inconclusive, "0 of 0 answers later than 5 s", "0 of 0", "answered no order"),
    ] {
        let gate = gate(&world(orders, &ends, deadline));
        assert_eq!(gate.status, expected, "row {number}: {gate:?}");
        assert_eq!(gate.measured, measured, "row {number}");
        assert!(gate.worst_case.starts_with(worst), "row {number}: {gate:?}");
        let words = format!("{} {}", gate.reason, gate.would_change.as_ref().map_or("", |change| &change.words));
        assert!(words.contains(reason), "row {number}: {gate:?}");
        assert_eq!(gate.threshold, if deadline.is_some() { "p99 at most 5 s" } else { "none" }, "row {number}");
    }
}

#[test]
fn the_threshold_changes_the_verdict() {
    for (deadline, expected) in [(None, Go), (Some(199), NoGo), (Some(200), Go), (Some(10_000), Go)] {
        assert_eq!(gate(&world(300, &[], deadline)).status, expected, "{deadline:?}");
    }
    let mut world = world(300, &[], Some(5_000));
    assert_eq!(world.decision(), Go);
    world.policy.gates.confidence = 0.99;
    assert_eq!(gate(&world).status, Inconclusive);
}

#[test]
fn what_is_no_answer_in_time_is_late_or_not_known() {
    use Ending::{Answered, Broken, Cut, Garbled, Refused, TimedOut};
    for (end, expected) in [
        ((Some(Answered), 5_000), "0 of 300 answers"),
        ((Some(Answered), 5_001), "1 of 300 answers"),
        ((Some(Cut), 100), "0 of 299 answers later than 5 s, 1 more not on record"),
        ((Some(TimedOut), 60_000), "1 of 300 answers"),
        // Given up on before the deadline: it may have come in time.
        ((Some(TimedOut), 4_000), "0 of 299 answers later than 5 s, 1 more not on record"),
        ((Some(Refused), 20_000), "1 of 300 answers"),
        ((Some(Refused), 10), "0 of 299 answers later than 5 s, 1 more not on record"),
        ((Some(Broken), 10), "0 of 299 answers later than 5 s, 1 more not on record"),
        ((Some(Garbled), 10), "0 of 299 answers later than 5 s, 1 more not on record"),
        ((Some(Broken), 9_000), "1 of 300 answers"),
        ((None, 0), "0 of 299 answers later than 5 s, 1 more not on record"),
    ] {
        let gate = gate(&world(300, &[end], Some(5_000)));
        assert!(gate.measured.starts_with(expected), "{end:?}: {}", gate.measured);
    }
}

#[test]
fn only_the_first_send_of_an_order_counts_and_its_status_does_not() {
    let mut world = world(300, &[(Some(Ending::Answered), 0)], Some(5_000));
    let name = world.orders.keys().next().unwrap().to_string();
    for status in [503, 201] {
        world.on(Lane::Gated, &name).sends(950.0, Some((Ending::Answered, Some(status), "")));
        assert_eq!(gate(&world).measured, "0 of 300 answers later than 5 s");
    }
    let sends = &mut world.orders.values_mut().next().unwrap().lanes.gated.sends;
    sends.last_mut().unwrap().answer.as_mut().unwrap().took = Duration::from_secs(9);
    assert_eq!(gate(&world).measured, "0 of 300 answers later than 5 s");
    // Nor do orders that are not judged, or what legacy took to answer.
    world.evidence.until = Some(super::world::at(99.0));
    assert_eq!(gate(&world).measured, "0 of 0 answers later than 5 s");
}
