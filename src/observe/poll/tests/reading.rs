//! Readings that come to their end: pages, names, bytes, clocks.

use std::time::Duration;

use jiff::Timestamp;

use crate::observe::poll::pause;
use crate::outcome::{Lane, Outcome, OutcomeKind, RowId, ScopeRule};

use super::world::{Says, World, document, http_date, page, pointer};

#[tokio::test]
async fn pages_are_counted_until_one_has_no_items() {
    let mut world = World::new("?page={page}", |_, query| match query["page"].as_str() {
        "1" => page(&[document(1, "A", 9), document(2, "B", 8)], None),
        "2" => page(&[document(3, "C", 7)], None),
        "3" => page(&[], None),
        other => panic!("page {other}"),
    })
    .await;
    world.http().next = None;
    let pass = world.pass().await;
    assert_eq!(pass.reading.error, None);
    assert!(pass.reading.complete);
    assert_eq!((pass.reading.pages, pass.reading.documents, pass.recorded), (3, 3, 3));
    assert_eq!(world.readings(), [pass.reading]);
    // The first two again, to know that nothing moved between them meanwhile.
    let targets = [1, 2, 3, 1, 2].map(|number| format!("/ledger?page={number}"));
    assert_eq!(world.asked(), targets);
}

#[tokio::test]
async fn next_is_followed_to_its_end_whatever_its_form() {
    let world = World::new("?page={page}", |path, query| match (path, query["page"].as_str()) {
        ("/ledger", "1") => page(&[document(1, "A", 9)], Some("/v2/ledger?page=2")),
        ("/v2/ledger", "2") => page(&[], Some("?page=3")),
        ("/v2/ledger", "3") => page(&[document(2, "B", 9)], Some("last?page=4")),
        ("/v2/last", "4") => Says::Ok("{\"items\":[]}".into()),
        other => panic!("{other:?}"),
    })
    .await;
    let pass = world.pass().await;
    assert_eq!((pass.reading.error, pass.reading.pages, pass.recorded), (None, 4, 2));
}

#[tokio::test]
async fn one_answer_is_all_without_page_and_next() {
    let mut world = World::new("", |_, _| Says::Ok(format!(" [{} ] ", document(1, "A", 9)))).await;
    world.http().next = None;
    world.http().items = pointer("");
    let pass = world.pass().await;
    assert_eq!((pass.reading.error, pass.reading.pages, pass.recorded), (None, 1, 1));
    assert_eq!(world.asked(), ["/ledger"]);
}

#[tokio::test]
async fn a_document_is_recorded_as_it_was_written_under_its_names() {
    let raw = "{\"id\": \"SO-7\",\n \"external_id\" :820982911946154508,\"total\":19.90, \"created_at\":\"2024-07-03T12:00:00+02:00\"}";
    let world = World::new("", move |_, _| page(&[raw.into()], None)).await;
    world.pass().await;
    let outcomes = world.outcomes("820982911946154508");
    let [outcome] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(outcome.kind, OutcomeKind::Committed);
    assert_eq!(outcome.source, "poll:gated");
    assert_eq!(outcome.reference.as_deref(), Some("SO-7"));
    assert_eq!(outcome.occurred_at, Some("2024-07-03T10:00:00Z".parse().unwrap()));
    assert_eq!(outcome.document.as_deref(), Some(raw.as_bytes()));
    let rows = |(row, _, _): &(RowId, Outcome, Timestamp)| *row;
    let recorded = world.reader().outcomes("820982911946154508", Lane::Gated).unwrap().iter().map(rows).max();
    let reading = world.reader().readings(Lane::Gated).unwrap().iter().map(|(row, _)| *row).max();
    assert!(recorded < reading, "the reading is recorded after what it read");
}

#[tokio::test]
async fn a_prefix_of_the_order_key_is_taken_off_where_it_stands() {
    let items = [document(1, "shopify-77", 9), document(2, "78", 9), document(3, "web-shopify-79", 9)];
    let mut world = World::new("", move |_, _| page(&items, None)).await;
    world.watched.poll.order_key_strip = Some("shopify-".into());
    world.pass().await;
    for key in ["77", "78", "web-shopify-79"] {
        assert_eq!(world.kinds(key), ["committed"], "{key}");
    }
}

#[tokio::test]
async fn the_poll_s_headers_are_sent_with_every_page() {
    let mut world = World::new("", |_, query| page(&[], query.is_empty().then_some("?page=2"))).await;
    let header = |name: &'static str, value: &'static str| (name.parse().unwrap(), value.parse().unwrap());
    world.http().headers = vec![header("x-token", "abc"), header("accept", "application/vnd.erp+json")];
    assert!(world.pass().await.reading.complete);
    let [first, second] = <[_; 2]>::try_from(world.headers()).unwrap();
    for (name, value) in [("x-token", "abc"), ("accept", "application/vnd.erp+json"), ("cache-control", "no-cache")] {
        assert_eq!(first.get_all(name).iter().collect::<Vec<_>>(), [value], "{name}");
    }
    assert_eq!(first, second);
}

#[tokio::test]
async fn what_the_scope_sets_aside_needs_no_order_key() {
    let phone = "{\"id\":1,\"external_id\":null,\"channel\":\"phone\"}".to_owned();
    let web = "{\"id\":2,\"external_id\":\"A\",\"channel\":\"web\"}".to_owned();
    let items = [phone, web];
    let mut world = World::new("", move |_, _| page(&items, None)).await;
    let pass = world.pass().await;
    assert!(!pass.reading.complete);
    assert_eq!(
        pass.reading.error.as_deref(),
        Some(
            "page 1, document 0: at `/external_id`: the order key is neither a string nor an integer; \
             if it is no order of this shop, `scope` of the lane can set it aside"
        )
    );
    world.watched.scope.only =
        vec![ScopeRule { pointer: pointer("/channel"), equals: vec!["web".into()], reason: "phone".into() }];
    let pass = world.pass().await;
    assert_eq!((pass.reading.error, pass.reading.documents, pass.out_of_scope), (None, 2, 1));
    assert_eq!(world.kinds("A"), ["committed"]);
    assert_eq!(world.kinds("(no order key) 1"), ["committed"], "it is on record, to be counted by its reason");
}

#[tokio::test]
async fn a_clock_that_is_ahead_is_found() {
    for (ahead, name) in [(90, "ahead"), (-3_600, "behind"), (0, "right")] {
        let world =
            World::new("", move |_, _| Says::With(200, vec![("date", http_date(ahead))], "{\"items\":[]}".into()))
                .await;
        let reading = world.pass().await.reading;
        let off_us = reading.clock_offset_us.unwrap() - ahead * 1_000_000;
        let uncertainty_us = i64::try_from(reading.clock_uncertainty.unwrap().as_micros()).unwrap();
        assert!(off_us.abs() <= uncertainty_us, "{name}: {off_us} ± {uncertainty_us}");
        assert!(uncertainty_us >= 500_000, "{name}: a date is cut to the second");
    }
}

#[test]
fn failures_are_followed_by_longer_pauses_within_bounds() {
    let (secs, ms) = (Duration::from_secs, Duration::from_millis);
    let hour = Some(secs(7_200));
    for (every, failures, retry_after, chance, expected) in [
        (secs(5), 0, None, 1.0, secs(5)),
        (secs(5), 0, hour, 1.0, secs(5)),
        (secs(5), 1, None, 0.0, secs(5)),
        (secs(5), 1, None, 1.0, secs(10)),
        (secs(5), 2, None, 0.5, secs(15)),
        (secs(5), 4, None, 1.0, secs(60)),
        (secs(5), 4_000, None, 0.0, secs(30)),
        (secs(300), 7, None, 1.0, secs(300)),
        (secs(300), 7, None, 0.0, secs(300)),
        (secs(5), 1, Some(secs(40)), 1.0, secs(40)),
        (secs(5), 4, Some(secs(40)), 1.0, secs(60)),
        (secs(5), 1, hour, 1.0, secs(3_600)),
        (ms(1), 3, None, 1.0, ms(8)),
    ] {
        assert_eq!(pause(every, failures, retry_after, chance), expected, "{every:?} {failures} {retry_after:?}");
    }
}
