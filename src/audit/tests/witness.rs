//! The third witness and what other observers say, out of real journals.

use super::*;
use crate::judge::{DocumentsRule, Fate, InCensus};
use crate::order::{OrderPlaces, Pointer};
use crate::outcome::{CensusOrder, Extract, Lookup, ScopeRule, Signature, Watermark, WatermarkKind, Witness};

fn census(name: &str, placed_at: Option<Timestamp>, id: &str) -> CensusOrder {
    CensusOrder {
        source: "import:census".into(),
        source_id: id.to_owned(),
        order_key: key(name),
        placed_at,
        excluded: None,
        document: None,
    }
}

fn extract(of: Witness, complete_through: Option<Timestamp>) -> Extract {
    Extract {
        of,
        source: format!("import:{of}"),
        file_name: format!("{of}.csv"),
        file_digest: "00".repeat(32),
        file_bytes: 1,
        rows: 7,
        recorded: 7,
        columns: Vec::new(),
        began_at: clock::now(),
        ended_at: clock::now(),
        complete_through,
        error: None,
    }
}

fn hours(hours: i64) -> Timestamp {
    clock::now() + jiff::SignedDuration::from_hours(hours)
}

fn says(world: &World) -> Vec<(String, InCensus)> {
    world.timelines().into_iter().map(|(_, timeline)| (timeline.key.to_string(), timeline.in_census)).collect()
}

#[tokio::test]
async fn a_census_pairs_with_captures_by_any_name_that_is_an_orders_own() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    for capture in [
        create("10", &["#1"]),
        create("20", &["#2"]),
        create("30", &["#shared"]),
        create("40", &["#shared"]),
        create("50", &[]),
    ] {
        world.capture(capture).await;
    }
    assert!(says(&world).iter().all(|(_, says)| *says == InCensus::Absent));
    let unpaid = |name, id| CensusOrder { excluded: Some("unpaid".into()), ..census(name, None, id) };
    let rows = [
        census("10", None, "a"),
        unpaid("#2", "b"),
        census("#shared", None, "c"),
        // What was said last counts: unpaid at first, paid later.
        unpaid("50", "d"),
        census("50", None, "e"),
    ];
    world.record(rows.map(Record::Census).to_vec()).await;
    let expected = [
        ("10", InCensus::Listed),
        ("20", InCensus::Excluded),
        ("30", InCensus::Shared),
        ("40", InCensus::Shared),
        ("50", InCensus::Listed),
    ];
    assert_eq!(says(&world), expected.map(|(name, says)| (name.to_owned(), says)));
}

#[tokio::test]
async fn every_order_of_a_census_has_its_place_and_they_sum_up() {
    let mut world = World::new();
    // Placed by a clock that may be five minutes off, so the run is made to be hours ago.
    world.begin_run(RunKind::Live).await;
    let received = |name, at| Capture { received_at: at, ..create(name, &["#other"]) };
    world.capture(received("captured", hours(-9))).await;
    world.begin_run(RunKind::Live).await;
    world.capture(Capture { received_at: hours(-8), ..create("5001", &["#1"]) }).await;
    world.capture(Capture { received_at: hours(-7), ..create("unlisted", &[]) }).await;
    let rows = [
        census("#1", Some(hours(-8)), "a"),
        census("#other", Some(hours(-9)), "b"),
        census("before", Some(hours(-9)), "c"),
        census("round the tee", Some(hours(-5)), "d"),
        census("missing", Some(hours(-5)), "e"),
        CensusOrder { excluded: Some("test order".into()), ..census("excluded", Some(hours(-5)), "f") },
        census("not yet", Some(hours(1)), "g"),
        census("missing", Some(hours(-5)), "h"),
    ];
    world.record(rows.map(Record::Census).to_vec()).await;
    world.record(vec![commit(Lane::Legacy, "round the tee", "L-1", "l")]).await;
    let until = hours(-1);
    let reader = world.reader();
    let assessment = assess(&reader, None, Some(until)).unwrap();
    let says = &assessment.census;
    assert_eq!((says.listed, says.captured, says.before_the_run, says.not_yet), (7, 2, 1, 1));
    assert_eq!((says.round_the_tee, says.missing, says.in_doubt, says.residual), (1, 1, 0, 0));
    assert_eq!((says.excluded["test order"], says.unlisted, says.complete_through), (1, 0, None));
    assert_eq!(aside(&assessment).legacy, [("census", 1)], "the census explains the document");

    // Declared complete, it tells as well what the storefront does not know.
    let through = hours(0);
    let extracts = [extract(Witness::Census, Some(through)), extract(Witness::Census, Some(hours(-4)))];
    world.record(extracts.map(Record::Extract).to_vec()).await;
    let assessment = assess(&world.reader(), None, Some(until)).unwrap();
    assert_eq!((assessment.census.unlisted, assessment.census.complete_through), (1, Some(through)));
    assert_eq!(assessment.run.extracts.len(), 2);
    let kinds: Vec<_> = assessment.exceptions.iter().filter(|one| one.lane == Witness::Census).collect();
    let kinds: Vec<_> = kinds.iter().map(|one| (one.order_key.as_str(), one.kind.as_str())).collect();
    assert_eq!(kinds, [("missing", "missing"), ("unlisted", "unlisted"), ("round the tee", "round_the_tee")]);

    // Of what is still to come nothing is known.
    let ahead = assess(&world.reader(), None, Some(hours(24 * 365))).unwrap();
    assert_eq!(ahead.run.until, ahead.run.as_of);

    // Run 1 has the same list, and its own beginning.
    let first = assess(&reader, Some(1), Some(until)).unwrap();
    assert_eq!((first.census.captured, first.census.missing, first.census.residual), (2, 1, 0));
}

/// An observer that tells of a commit without its document says nothing of where the document belongs.
#[tokio::test]
async fn a_document_out_of_scope_stays_so_whoever_tells_of_it_as_well() {
    let web = ScopeRule {
        pointer: Pointer::parse("/channel").unwrap(),
        equals: vec!["web".into()],
        reason: "other channel".into(),
    };
    let mut world = World::new();
    let mut policy: Policy = serde_json::from_str(&policy_text()).unwrap();
    policy.lanes.gated.scope.only.push(web);
    world.policy = serde_json::to_string(&policy).unwrap();
    world.begin_run(RunKind::Live).await;
    world.capture(create("5001", &[])).await;
    let told = |name: &str, reference: Option<&str>, channel: Option<&str>, id: &str| {
        let Record::Outcome(outcome) = commit(Lane::Gated, name, "", id) else { unreachable!() };
        let document = channel.map(|channel| Bytes::from(format!("{{\"channel\":\"{channel}\"}}")));
        Record::Outcome(Outcome { reference: reference.map(str::to_owned), document, ..outcome })
    };
    let records = vec![
        told("phone", Some("SO-1"), Some("phone"), "a"),
        told("phone", Some("SO-1"), None, "b"),
        told("phone", None, None, "c"),
        told("web", Some("SO-2"), Some("web"), "d"),
        told("phone", Some("SO-3"), None, "e"),
    ];
    world.record(records).await;
    let assessment = assess(&world.reader(), None, Some(hours(1))).unwrap();
    assert_eq!(aside(&assessment).gated, [("other channel", 2), ("phantom", 2)]);
    assert_eq!(assessment.totals.residual, PerLane { legacy: 0, gated: 0 });
}

/// The storefront tells of a change to an order whose `create` never came, or broke off: no lane was given it.
#[tokio::test]
async fn an_order_that_was_never_created_here_is_not_captured() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    let received = |name, other_names, hour, operation, skip| Capture {
        received_at: hours(hour),
        operation,
        skip,
        ..create(name, other_names)
    };
    for capture in [
        received("5001", &[], -8, Operation::Create, None),
        received("old", &["#0"], -7, Operation::Update, None),
        received("updated", &["#1"], -5, Operation::Update, None),
        received("committed", &["#2"], -5, Operation::Cancel, None),
        received("gone", &[], -5, Operation::Create, Some(Skip::ClientGone)),
        received("live only", &[], -5, Operation::Create, Some(Skip::BodyTooLarge)),
        received("late", &["#3"], -5, Operation::Update, None),
        received("late", &["#3"], -4, Operation::Create, None),
    ] {
        world.capture(capture).await;
    }
    world.record(vec![commit(Lane::Legacy, "#2", "L-2", "l")]).await;
    let placed = ["5001", "#1", "committed", "gone", "live only", "#3"];
    let rows = placed.iter().map(|name| Record::Census(census(name, Some(hours(-5)), name)));
    let rows = rows.chain([Record::Census(census("#0", Some(hours(-9)), "0"))]).collect();
    world.record(rows).await;
    let assessment = assess(&world.reader(), None, Some(hours(-1))).unwrap();
    let says = &assessment.census;
    assert_eq!((says.listed, says.captured, says.before_the_run, says.residual), (7, 3, 1, 0));
    assert_eq!((says.missing, says.round_the_tee), (2, 1));
    let missing: Vec<_> = assessment.exceptions.iter().filter(|one| one.kind.as_str() == "missing").collect();
    let missing: Vec<_> = missing.iter().map(|one| one.order_key.as_str()).collect();
    assert_eq!(missing, ["#1", "gone"]);
}

#[tokio::test]
async fn an_absence_is_proven_alike_by_an_export_two_watermarks_or_a_reading_and_a_look_up() {
    let lookup = |lane| Lookup {
        lane,
        source: "poll".into(),
        order_key: key("5001"),
        began_at: hours(1),
        ended_at: hours(1),
        documents: Some(0),
        error: None,
    };
    let told = |hour: i64| {
        let at = clock::now() - jiff::SignedDuration::from_secs(600 - hour);
        Record::Watermark(Watermark { lane: Lane::Gated, source: "erp".into(), at, kind: WatermarkKind::Told })
    };
    // Read after the order, whose time lies before all that was recorded: as if the clock had been set back for it.
    let declared = Extract { ended_at: hours(1), ..extract(Witness::Gated, Some(clock::now())) };
    let declared = Record::Extract(declared);
    for (what, records, fate) in [
        ("nothing", vec![], Fate::Unobserved),
        ("an export that is declared complete", vec![declared], Fate::Lost),
        ("an export that is not", vec![Record::Extract(extract(Witness::Gated, None))], Fate::Unobserved),
        ("one watermark", vec![told(1)], Fate::Unobserved),
        ("two watermarks", vec![told(1), told(2)], Fate::Lost),
        ("a look-up alone", vec![Record::Lookup(lookup(Lane::Gated))], Fate::Unobserved),
        ("a watermark and a look-up", vec![told(1), Record::Lookup(lookup(Lane::Gated))], Fate::Lost),
        ("a look-up on the other lane", vec![told(1), Record::Lookup(lookup(Lane::Legacy))], Fate::Unobserved),
    ] {
        let mut world = World::new();
        world.begin_run(RunKind::Live).await;
        let received_at = hours(-2);
        let (capture, _) = world.capture(Capture { received_at, ..create("5001", &[]) }).await;
        let attempt = Attempt {
            capture,
            lane: Lane::Gated,
            number: 1,
            reason: SendReason::First,
            at: received_at,
            idempotency_key: None,
        };
        let attempt = world.record(vec![Record::Attempt(attempt)]).await[0];
        let answer = Answer {
            attempt,
            lane: Lane::Gated,
            ending: Ending::Answered,
            at: received_at,
            took: Duration::from_millis(35),
            status: Some(202),
            headers: Vec::new(),
            body: Bytes::new(),
            body_bytes: 0,
            error: None,
        };
        world.record(vec![Record::Answer(answer)]).await;
        world.record(records).await;
        let found = order(&world.reader(), &key("5001")).unwrap();
        let OrderFound::Order(seen) = found else { panic!("{what}: {found:?}") };
        assert_eq!(seen.verdict.fates.gated, fate, "{what}");
        let lanes = assess(&world.reader(), None, Some(hours(-1))).unwrap().run.lanes;
        assert_eq!(lanes.gated.lookups, seen.timeline.lanes.gated.lookups.len() as u64);
    }
}

#[tokio::test]
async fn bodies_are_looked_at_only_where_something_is_counted_or_compared() {
    let body = Bytes::from_static(br#"{"line_items":[{"sku":"a","quantity":2}]}"#);
    let half = Bytes::from_static(br#"{"line_items":[{"sku":"a","quantity":1}]}"#);
    for (rule, places, name, fate, looked_at) in [
        (DocumentsRule::Split, true, "5001", Fate::Recovered, true),
        (DocumentsRule::Split, true, "5002", Fate::Recovered, true),
        (DocumentsRule::Split, false, "5001", Fate::DoubleCommitted, true),
        (DocumentsRule::Split, false, "5002", Fate::Recovered, false),
        (DocumentsRule::One, false, "5001", Fate::DoubleCommitted, false),
    ] {
        let mut world = World::new();
        let mut policy: Policy = serde_json::from_str(&policy_text()).unwrap();
        policy.lanes.gated.documents = rule;
        policy.lanes.gated.document = places.then(OrderPlaces::default);
        policy.lanes.gated.sla = Duration::from_secs(3_600);
        policy.orders.insert("/orders".into(), OrderPlaces::default());
        world.policy = serde_json::to_string(&policy).unwrap();
        world.begin_run(RunKind::Live).await;
        for (name, documents) in [("5001", 2), ("5002", 1)] {
            world.capture(Capture { body: body.clone(), ..create(name, &[]) }).await;
            for n in 0..documents {
                let Record::Outcome(outcome) =
                    commit(Lane::Gated, name, &format!("{name}-{n}"), &format!("{name}-{n}"))
                else {
                    unreachable!()
                };
                world.record(vec![Record::Outcome(Outcome { document: Some(half.clone()), ..outcome })]).await;
            }
        }
        let found = order(&world.reader(), &key(name)).unwrap();
        let OrderFound::Order(seen) = found else { panic!("{found:?}") };
        assert_eq!(seen.timeline.captures[0].payload.is_some(), looked_at, "{rule} {name}");
        // Judged up to later than its capture, as the window ends with the last seal at the latest.
        let reader = world.reader();
        let evidence = evidence::evidence(&reader, &find_run(&reader, None).unwrap(), Some(hours(1))).unwrap();
        let verdict = Judge::new(&policy, &evidence).order(&seen.timeline);
        assert_eq!(verdict.fates.gated, fate, "{rule} {name}");
    }
}

#[tokio::test]
async fn deliveries_and_signatures_are_counted() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    let by = |event: &str, delivery: &str, signature| Capture {
        event_id: Some(event.into()),
        delivery_id: Some(delivery.into()),
        signature,
        ..create("5001", &[])
    };
    for capture in [
        by("e1", "d1", Some(Signature::Good)),
        by("e1", "d2", Some(Signature::Bad)),
        by("e2", "d3", Some(Signature::Bad)),
        by("e3", "d4", Some(Signature::Missing)),
    ] {
        world.capture(capture).await;
    }
    let counts = assess(&world.reader(), None, None).unwrap().run.counts;
    assert_eq!((counts.redelivered, counts.same_order_again), (1, 2));
    let signatures: Vec<_> = counts.signatures.into_iter().collect();
    assert_eq!(signatures, [(Signature::Bad, 2), (Signature::Missing, 1)]);
    let captures = &world.timelines()[0].1.captures;
    let ids: Vec<_> = captures.iter().map(|one| (one.event_id.as_deref(), one.delivery_id.as_deref())).collect();
    assert_eq!(ids[1], (Some("e1"), Some("d2")));
    assert!(captures[1].redelivers(&captures[0]) && !captures[2].redelivers(&captures[0]));
}

/// A journal of schema 1 has none of the tables of the other observers: it is one in which nobody used them.
#[tokio::test]
async fn a_journal_of_schema_1_is_judged_as_before() {
    let mut world = World::new();
    world.begin_run(RunKind::Live).await;
    world.capture(create("5001", &["#1"])).await;
    world.record(vec![commit(Lane::Gated, "#1", "SO-1", "a"), commit(Lane::Legacy, "5001", "L-1", "b")]).await;
    let now = assess(&world.reader(), None, Some(hours(1))).unwrap();
    let old = world.path.with_file_name("old.db");
    let connection = rusqlite::Connection::open(&world.path).unwrap();
    connection.execute("VACUUM INTO ?", [old.to_str().unwrap()]).unwrap();
    let connection = rusqlite::Connection::open(&old).unwrap();
    let drop_all =
        "DROP TABLE signature; DROP TABLE lookup; DROP TABLE census; DROP TABLE extract; DROP TABLE replayed;";
    connection.execute_batch(&format!("{drop_all} PRAGMA user_version = 1;")).unwrap();
    drop(connection);
    let before = std::fs::read(&old).unwrap();
    let reader = Reader::open(&old).unwrap();
    assert_eq!(assess(&reader, None, Some(hours(1))).unwrap().gates, now.gates);
    let OrderFound::Order(seen) = order(&reader, &key("#1")).unwrap() else { panic!("it is there") };
    assert_eq!((seen.timeline.in_census, seen.timeline.lanes.gated.outcomes.len()), (InCensus::Absent, 1));
    assert_eq!(std::fs::read(&old).unwrap(), before, "reading writes nothing");
}
