//! Worlds about what other observers than readings say: watermarks, look-ups, cancellations that polls repeat.

use super::orders::{check, gated};
use super::world::{HORIZON, World, at, key};
use crate::judge::{Decision, Fate, WatermarkSeen};
use crate::outcome::{Lane, Lookup, OutcomeKind, Watermark, WatermarkKind};

use Decision::{Go, Inconclusive, NoGo};
use Lane::Gated;
use WatermarkKind::{Declared, Told};

/// Forty clean orders and `x`, which the gated lane acknowledged at 500 and never committed. The gated ledger was
/// read once, at 480: late enough for the others and too early for `x`.
fn acknowledged() -> World {
    let mut world = gated(|w| drop(w.on(Gated, "x").answers(202, "")));
    world.evidence.readings.gated.clear();
    world.read(Gated, 480.0);
    world.read(Gated, 481.0);
    world
}

fn said(world: &mut World, kind: WatermarkKind, seconds: f64) {
    let watermark = Watermark { lane: Gated, source: "erp".into(), at: at(seconds), kind };
    let recorded_at = world.evidence.as_of;
    world.evidence.watermarks.gated.push(WatermarkSeen { recorded_at, watermark });
}

fn looked_up(world: &mut World, began: f64, documents: Option<u32>) {
    let lookup = Lookup {
        lane: Gated,
        source: "poll:gated".into(),
        order_key: key("x"),
        began_at: at(began),
        ended_at: at(began + 0.1),
        documents,
        error: documents.is_none().then(|| "500".to_owned()),
    };
    world.orders.get_mut(&key("x")).unwrap().lanes.gated.lookups.push(lookup);
}

#[test]
fn what_a_source_tells_beside_its_events_is_worth_one_reading() {
    for (what, watermarks, read_at, fate, decision) in [
        ("nothing", vec![], None, Fate::Unobserved, Inconclusive),
        ("one", vec![(Told, 700.0)], None, Fate::Unobserved, Inconclusive),
        ("the same twice", vec![(Told, 700.0), (Told, 700.0)], None, Fate::Unobserved, Inconclusive),
        ("two that differ", vec![(Told, 700.0), (Told, 701.0)], None, Fate::Lost, NoGo),
        ("two, in any sequence", vec![(Told, 701.0), (Told, 700.0), (Told, 701.0)], None, Fate::Lost, NoGo),
        ("one too early", vec![(Told, 555.0), (Told, 701.0)], None, Fate::Unobserved, Inconclusive),
        ("one, and a reading", vec![(Told, 700.0)], Some(600.0), Fate::Lost, NoGo),
        ("one too early, and a reading", vec![(Told, 555.0)], Some(600.0), Fate::Unobserved, Inconclusive),
        ("an export, declared complete", vec![(Declared, 700.0)], None, Fate::Lost, NoGo),
        ("an export that ends too early", vec![(Declared, 555.0)], None, Fate::Unobserved, Inconclusive),
        (
            "from the future: by no clock that is known",
            vec![(Declared, 1_302.0), (Told, 1_303.0), (Told, 1_304.0)],
            None,
            Fate::Unobserved,
            Inconclusive,
        ),
    ] {
        let mut world = acknowledged();
        watermarks.into_iter().for_each(|(kind, seconds)| said(&mut world, kind, seconds));
        if let Some(seconds) = read_at {
            world.read(Gated, seconds);
        }
        check(what, &world, fate, decision);
    }
}

#[test]
fn where_the_clock_is_not_known_a_watermark_is_doubted() {
    let mut world = acknowledged();
    world.evidence.readings.gated.clear();
    said(&mut world, Declared, 500.0 + HORIZON + 290.0);
    check("within five minutes of the horizon", &world, Fate::Unobserved, Inconclusive);
    said(&mut world, Declared, 500.0 + HORIZON + 310.0);
    assert_eq!(world.fates("x").1, Fate::Lost, "beyond them");
}

#[test]
fn a_look_up_confirms_one_reading_and_never_stands_for_it() {
    for (what, read_at, lookups, fate, decision) in [
        ("alone", None, vec![(600.0, Some(0)), (610.0, Some(0))], Fate::Unobserved, Inconclusive),
        ("after one reading", Some(600.0), vec![(610.0, Some(0))], Fate::Lost, NoGo),
        ("before that reading, after the horizon", Some(600.0), vec![(570.0, Some(0))], Fate::Lost, NoGo),
        ("before the horizon", Some(600.0), vec![(550.0, Some(0))], Fate::Unobserved, Inconclusive),
        ("failed", Some(600.0), vec![(610.0, None)], Fate::Unobserved, Inconclusive),
        ("found something", Some(600.0), vec![(610.0, Some(1))], Fate::Unobserved, Inconclusive),
        ("one of several", Some(600.0), vec![(610.0, None), (620.0, Some(0))], Fate::Lost, NoGo),
    ] {
        let mut world = acknowledged();
        if let Some(seconds) = read_at {
            world.read(Gated, seconds);
        }
        lookups.into_iter().for_each(|(began, documents)| looked_up(&mut world, began, documents));
        check(what, &world, fate, decision);
    }
    let mut world = acknowledged();
    world.read(Gated, 600.0);
    looked_up(&mut world, 610.0, Some(0));
    world.on(Gated, "x").commits("G1", 500.1);
    check("a document that was seen all the same", &world, Fate::Committed, Go);
}

#[test]
fn a_lag_of_the_ledger_counts_for_look_ups_too() {
    let mut world = acknowledged();
    world.policy.lanes.gated.lag = std::time::Duration::from_secs(30);
    world.read(Gated, 600.0);
    looked_up(&mut world, 580.0, Some(0));
    check("within the lag", &world, Fate::Unobserved, Inconclusive);
    looked_up(&mut world, 591.0, Some(0));
    check("after it", &world, Fate::Lost, NoGo);
}

#[test]
fn a_document_that_is_seen_again_without_its_cancellation_stands_again() {
    let cancelled = OutcomeKind::Cancelled;
    for (what, world, fate, decision) in [
        (
            "each version of it says so",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).commits("G2", 500.2);
                let on = on.says(cancelled, Some("G2"), Some(520.0), 525.0);
                on.commits("G2", 500.2).says(cancelled, Some("G2"), Some(520.0), 535.0);
            }),
            Fate::Committed,
            Go,
        ),
        (
            "the last one doesn't",
            gated(|w| {
                let on = w.on(Gated, "x").claims("G1").commits("G1", 500.1).commits("G2", 500.2);
                let on = on.says(cancelled, Some("G2"), Some(520.0), 525.0);
                on.says(OutcomeKind::Committed, Some("G2"), Some(500.2), 540.0);
            }),
            Fate::DoubleCommitted,
            NoGo,
        ),
    ] {
        check(what, &world, fate, decision);
    }
}

/// An ERP that works orders off a queue takes them with 202 and refuses some of them later. Where nobody was told that the
/// order stands, that is a rejection as any other; where somebody was, the order is lost all the same.
#[test]
fn what_was_only_taken_can_be_refused_later() {
    use OutcomeKind::{Accepted, Confirmed, Rejected};
    for (what, world, fate) in [
        (
            "refused after it was taken",
            gated(|w| drop(w.on(Gated, "x").answers(202, "").says(Rejected, None, None, 510.0))),
            Fate::Rejected,
        ),
        (
            "refused, and taken again by another send",
            gated(|w| {
                let on = w.on(Gated, "x").answers(202, "").says(Rejected, None, None, 510.0);
                on.sends(520.0, Some((crate::outcome::Ending::Answered, Some(202), "")));
            }),
            Fate::Lost,
        ),
        (
            "refused, and then sent again with no answer",
            gated(|w| {
                let on = w.on(Gated, "x").answers(202, "").says(Rejected, None, None, 510.0);
                on.sends(520.0, Some((crate::outcome::Ending::TimedOut, None, "")));
            }),
            Fate::Lost,
        ),
        (
            "refused, and taken after all",
            gated(|w| {
                let on = w.on(Gated, "x").answers(202, "").says(Rejected, None, None, 510.0);
                on.says(Accepted, None, None, 511.0);
            }),
            Fate::Lost,
        ),
        (
            "refused, though the commit was claimed",
            gated(|w| drop(w.on(Gated, "x").claims("G1").says(Rejected, None, None, 510.0))),
            Fate::Lost,
        ),
        (
            "refused, though the customer was told",
            gated(|w| {
                let on = w.on(Gated, "x").answers(202, "").says(Confirmed, None, None, 505.0);
                on.says(Rejected, None, None, 510.0);
            }),
            Fate::Lost,
        ),
        (
            "refused, and committed",
            gated(|w| {
                let on = w.on(Gated, "x").answers(202, "").says(Rejected, None, None, 510.0);
                on.commits("G1", 512.0);
            }),
            Fate::CommittedAfterReject,
        ),
    ] {
        assert_eq!(world.fates("x").1, fate, "{what}");
    }
    let mut promised = gated(|w| drop(w.on(Gated, "x").answers(202, "").says(Rejected, None, None, 510.0)));
    promised.policy.lanes.gated.flow = crate::outcome::Flow::AckGated;
    check("refused after the acknowledgement that the customer was told by", &promised, Fate::Lost, NoGo);
}
