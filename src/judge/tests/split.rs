//! Worlds on a lane whose ERP splits orders into several documents.

use bytes::Bytes;
use proptest::prelude::*;

use super::world::{World, key};
use crate::judge::{Decision, DocumentsRule, Fate, GateName, Payload, Reduction, Remains};
use crate::order::OrderPlaces;
use crate::outcome::{Lane, OutcomeKind};

use Decision::{Go, Inconclusive, NoGo};
use Lane::{Gated, Legacy};

/// Three of `a` and one of `b`.
const ORDER: &str =
    r#"{"line_items":[{"sku":"a","quantity":2},{"sku":"b","quantity":"1.0"},{"sku":"a","quantity":1}]}"#;

/// A clean world and one order, of which the gated lane has these documents: the body, seconds after 500, and what a
/// later outcome says of it.
fn world(rule: DocumentsRule, order: &str, documents: &[(Option<&str>, f64, Option<OutcomeKind>)]) -> World {
    let mut world = World::clean();
    let lane = &mut world.policy.lanes.gated;
    (lane.documents, lane.document) = (rule, Some(OrderPlaces::default()));
    world.policy.orders.insert("/orders".into(), OrderPlaces::default());
    let body = Bytes::copy_from_slice(order.as_bytes());
    world.create("x", 500.0).payload = Some(Payload { route: "/orders".into(), body });
    world.on(Legacy, "x").answers(200, "").commits("L1", 510.0);
    world.on(Gated, "x").claims("G0");
    for (n, (body, after, then)) in documents.iter().enumerate() {
        let reference = format!("G{n}");
        world.on(Gated, "x").commits(&reference, 500.0 + after);
        let outcomes = &mut world.orders.get_mut(&key("x")).unwrap().lanes.gated.outcomes;
        outcomes.last_mut().unwrap().outcome.document = body.map(|body| Bytes::copy_from_slice(body.as_bytes()));
        match then {
            Some(OutcomeKind::Gone) => drop(world.on(Gated, "x").lacks(&reference, 700.0).lacks(&reference, 710.0)),
            Some(kind) => drop(world.on(Gated, "x").says(*kind, Some(&reference), None, 700.0)),
            None => {}
        }
    }
    world
}

fn split(documents: &[(Option<&str>, f64, Option<OutcomeKind>)]) -> World {
    world(DocumentsRule::Split, ORDER, documents)
}

/// What `x` came to on the gated lane, and the decision as far as fates make it: what the parts say is another matter.
fn check(what: &str, world: &World, fate: Fate, decision: Decision) {
    let gates = world.judge().0.gates.into_iter().filter(|gate| gate.name != GateName::FieldsAgree);
    let found = gates.map(|gate| gate.status).max().unwrap();
    assert_eq!((world.fates("x").1, found), (fate, decision), "{what}");
}

fn part(a: &str, b: &str) -> String {
    format!(r#"{{"line_items":[{{"sku":"a","quantity":{a}}},{{"sku":"b","quantity":{b}}}]}}"#)
}

#[test]
fn parts_of_an_order_are_no_double_as_long_as_they_are_no_more_than_it() {
    let (two, one, rest) = (part("2", "0"), part("1", "0"), part("1", "1"));
    let (two, one, rest) = (Some(two.as_str()), Some(one.as_str()), Some(rest.as_str()));
    let gone = Some(OutcomeKind::Gone);
    let cancelled = Some(OutcomeKind::Cancelled);
    for (what, documents, fate, decision) in [
        ("all of it, in two", vec![(two, 1.0, None), (rest, 2.0, None)], Fate::Committed, Go),
        ("less than all of it", vec![(one, 1.0, None), (one, 2.0, None)], Fate::Committed, Go),
        ("more of one SKU", vec![(two, 1.0, None), (two, 2.0, None)], Fate::DoubleCommitted, NoGo),
        (
            "the whole order, and an empty one",
            vec![(Some(ORDER), 1.0, None), (Some(r#"{"line_items":[]}"#), 2.0, None)],
            Fate::Committed,
            Go,
        ),
        (
            "the whole order twice",
            vec![(Some(ORDER), 1.0, None), (Some(ORDER), 2.0, None)],
            Fate::DoubleCommitted,
            NoGo,
        ),
        (
            "twice, one of them cancelled",
            vec![(Some(ORDER), 1.0, None), (Some(ORDER), 2.0, cancelled)],
            Fate::Committed,
            Go,
        ),
        (
            "twice, one of them gone",
            vec![(Some(ORDER), 1.0, gone), (Some(ORDER), 2.0, None)],
            Fate::DoubleCommitted,
            NoGo,
        ),
        ("one part gone", vec![(two, 1.0, gone), (rest, 2.0, None)], Fate::Vanished, NoGo),
        ("the last part late", vec![(two, 1.0, None), (rest, 50.0, None)], Fate::CommittedLate, Go),
        (
            "one document of more than was ordered",
            vec![(Some(r#"{"line_items":[{"sku":"a","quantity":9}]}"#), 1.0, None)],
            Fate::Committed,
            Go,
        ),
    ] {
        check(what, &split(&documents), fate, decision);
    }
    let one_only = world(DocumentsRule::One, ORDER, &[(two, 1.0, None), (rest, 2.0, None)]);
    check("where an order has one document", &one_only, Fate::DoubleCommitted, NoGo);
    let mut missing_once = split(&[(two, 1.0, None), (rest, 2.0, None)]);
    missing_once.on(Gated, "x").lacks("G1", 700.0);
    check("a part that one reading lacks", &missing_once, Fate::Unobserved, Inconclusive);
}

#[test]
fn what_can_not_be_counted_is_not_excused() {
    let (two, rest) = (part("2", "0"), part("1", "1"));
    let (two, rest) = (Some(two.as_str()), Some(rest.as_str()));
    let good = split(&[(two, 1.0, None), (rest, 2.0, None)]);
    type Spoil = fn(&mut World);
    let spoils: [(&str, Spoil); 8] = [
        ("no places in documents", |w| w.policy.lanes.gated.document = None),
        ("no places in orders", |w| w.policy.orders.clear()),
        ("another route", |w| payload(w).route = "/other".into()),
        ("a purged body", |w| payload(w).body = Bytes::new()),
        ("a body that is no JSON", |w| payload(w).body = Bytes::from_static(b"<order/>")),
        ("a quantity of 1e400", |w| {
            payload(w).body = Bytes::from(ORDER.replace("\"quantity\":2", "\"quantity\":1e400"));
        }),
        ("a body that was not looked at", |w| w.orders.get_mut(&key("x")).unwrap().captures[0].payload = None),
        ("the same order again, with other units", |w| {
            let body = Bytes::from(ORDER.replace("\"quantity\":2", "\"quantity\":5"));
            w.create("x", 503.0).payload = Some(Payload { route: "/orders".into(), body });
        }),
    ];
    check("good", &good, Fate::Committed, Go);
    for (what, spoil) in spoils {
        let mut world = good.clone();
        spoil(&mut world);
        assert_eq!(world.fates("x").1, Fate::DoubleCommitted, "{what}");
        let why = world.judge().1[&key("x")].lanes.gated.why.clone();
        assert!(why.contains("can't be counted"), "{why}");
    }
    for bad in
        [None, Some("<html>"), Some("{}"), Some(r#"{"line_items":[{"quantity":1}]}"#), Some(part("-1", "0").as_str())]
    {
        check("an unreadable part", &split(&[(two, 1.0, None), (bad, 2.0, None)]), Fate::DoubleCommitted, NoGo);
    }
}

/// What is left of bytes.
fn left(remains: Remains, whole: &Bytes) -> Bytes {
    match remains {
        Remains::Nothing => Bytes::new(),
        Remains::Part(bytes) => bytes.into(),
        Remains::Whole => whole.clone(),
    }
}

/// The world after a purge of all that it holds.
fn purged(mut world: World) -> World {
    let reduction = Reduction::new([(1, world.policy.clone())].into_iter().collect());
    for order in world.orders.values_mut() {
        for Payload { route, body } in order.captures.iter_mut().filter_map(|capture| capture.payload.as_mut()) {
            *body = left(reduction.of_payload(1, route, body), body);
        }
        for lane in Lane::ALL {
            for seen in &mut order.lanes.get_mut(*lane).outcomes {
                let of = |bytes: &Bytes| left(reduction.of_document(*lane, bytes), bytes);
                seen.outcome.document = seen.outcome.document.as_ref().map(of);
            }
        }
    }
    world
}

#[test]
fn a_purge_changes_no_fate_and_leaves_nothing_to_compare() {
    let (two, rest) = (part("2", "0"), part("1", "1"));
    let (two, rest) = (Some(two.as_str()), Some(rest.as_str()));
    for (second, fate) in [(rest, Fate::Committed), (two, Fate::DoubleCommitted)] {
        let mut whole = split(&[(two, 1.0, None), (second, 2.0, None)]);
        let legacy = &mut whole.orders.get_mut(&key("x")).unwrap().lanes.legacy.outcomes;
        legacy[0].outcome.document = Some(Bytes::from_static(ORDER.as_bytes()));
        let purged = purged(whole.clone());
        assert_eq!((whole.fates("x").1, purged.fates("x").1), (fate, fate));
        assert_eq!(whole.judge().0.fates, purged.judge().0.fates);
        let compared = &purged.judge().0.comparison;
        assert_eq!((compared.lanes.compared, compared.unexplained), (0, 0), "{compared:?}");
        let gate = purged.judge().0.gates.into_iter().find(|gate| gate.name == GateName::FieldsAgree).unwrap();
        assert_eq!(gate.status, Inconclusive);
        assert_ne!(payload(&mut whole.clone()).body, payload(&mut purged.clone()).body);
    }
}

fn payload(world: &mut World) -> &mut Payload {
    world.orders.get_mut(&key("x")).unwrap().captures[0].payload.as_mut().unwrap()
}

fn document() -> impl Strategy<Value = (Option<String>, f64, Option<OutcomeKind>)> {
    let body = prop_oneof![
        6 => (0..3_u8, 0..2_u8).prop_map(|(a, b)| Some(part(&a.to_string(), &b.to_string()))),
        1 => Just(None),
        1 => Just(Some("<html>".to_owned())),
    ];
    let then = prop_oneof![4 => Just(None), 1 => Just(Some(OutcomeKind::Gone))];
    (body, prop_oneof![0.1..20.0_f64, 40.0..90.0_f64], then)
}

fn borrowed(documents: &[(Option<String>, f64, Option<OutcomeKind>)]) -> Vec<(Option<&str>, f64, Option<OutcomeKind>)> {
    documents.iter().map(|(body, after, then)| (body.as_deref(), *after, *then)).collect()
}

/// From good to bad.
fn badness(fate: Fate) -> usize {
    let order = [Fate::Committed, Fate::CommittedLate, Fate::Unobserved, Fate::Vanished, Fate::DoubleCommitted];
    order.iter().position(|one| *one == fate).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// On a lane that splits, one document more never makes a fate better.
    #[test]
    fn one_document_more_never_improves_a_fate(documents in prop::collection::vec(document(), 2..5)) {
        let documents = borrowed(&documents);
        let (more, less) = (split(&documents), split(&documents[..documents.len() - 1]));
        prop_assert!(badness(more.fates("x").1) >= badness(less.fates("x").1));
    }

    /// On a lane that doesn't, nothing about units changes a verdict.
    #[test]
    fn without_splits_units_make_no_difference(documents in prop::collection::vec(document(), 0..4)) {
        let bare: Vec<_> = documents.iter().map(|(_, after, then)| (None, *after, *then)).collect();
        let with = world(DocumentsRule::One, ORDER, &borrowed(&documents));
        let without = world(DocumentsRule::One, "{}", &bare);
        let verdicts = |world: &World| -> Vec<_> {
            world.judge().1.into_values().map(|verdict| (verdict.key, verdict.fates, verdict.lanes)).collect()
        };
        prop_assert_eq!(verdicts(&with), verdicts(&without));
    }
}
