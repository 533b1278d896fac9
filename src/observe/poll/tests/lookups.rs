//! Look-ups: which orders are asked for, when, how often, and what an answer proves.

use std::sync::{Arc, Mutex};

use super::world::{Says, World, document, page};
use crate::journal::{LOOKUP, lookup};
use crate::outcome::{Lookup, Operation};

/// The look-ups on record.
fn lookups(world: &World) -> Vec<Lookup> {
    let reader = world.reader();
    let mut select = reader.connection().prepare(&format!("SELECT {LOOKUP} FROM lookup ORDER BY id")).unwrap();
    let mut rows = select.query([]).unwrap();
    let mut all = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        all.push(lookup(row).unwrap().1);
    }
    all
}

/// Order key, documents and error of each.
fn told(world: &World) -> Vec<(String, Option<u32>, Option<String>)> {
    let told = |lookup: Lookup| (lookup.order_key.to_string(), lookup.documents, lookup.error);
    lookups(world).into_iter().map(told).collect()
}

/// A ledger whose readings show these documents, and whose look-ups answer by this.
async fn world(documents: &[String], mut looks_up: impl FnMut(&str) -> Says + Send + 'static) -> World {
    let documents = documents.to_vec();
    let mut world = World::new("?since={since}", move |path, _| match path.strip_prefix("/ledger/") {
        None => page(&documents, None),
        Some(name) => looks_up(name),
    })
    .await;
    let base = world.http().url.split_once('?').unwrap().0.to_owned();
    world.http().lookup = Some(format!("{base}/{{order_key}}"));
    world
}

/// The look-ups among the requests.
fn asked(world: &World) -> Vec<String> {
    world.asked().iter().filter_map(|target| target.strip_prefix("/ledger/").map(str::to_owned)).collect()
}

#[tokio::test]
async fn orders_without_a_document_are_looked_up_once_after_their_horizon() {
    let world = world(&[document(1, "seen", 300)], |_| page(&[], None)).await;
    for (key, operation, ago) in [
        ("seen", Operation::Create, 400),
        ("lost", Operation::Create, 390),
        ("#1/2", Operation::Create, 380),
        ("changed", Operation::Update, 370),
        ("open", Operation::Create, 50),
    ] {
        world.sent(key, operation, ago).await;
    }
    let again = world.sent("again", Operation::Create, 360).await;
    world.sent_again(again, 2, 20).await;
    let mut poller = world.poller().await;
    assert_eq!(poller.pass().await.unwrap().looked_up, 2);
    assert_eq!(asked(&world), ["lost", "%231%2F2"]);
    assert_eq!(told(&world), [("lost".into(), Some(0), None), ("#1/2".into(), Some(0), None)]);
    let lookup = lookups(&world).remove(0);
    assert_eq!((lookup.lane, lookup.source.as_str()), (world.watched.lane, "poll:gated"));
    assert!(world.readings()[0].began_at <= lookup.began_at && lookup.began_at <= lookup.ended_at);
    // Neither the next pass nor the next process asks again.
    assert_eq!(poller.pass().await.unwrap().looked_up, 0);
    assert_eq!(world.pass().await.looked_up, 0);
    // The horizon of what was open is over.
    world.sent("later", Operation::Create, 110).await;
    assert_eq!(poller.pass().await.unwrap().looked_up, 0, "in the order of recording: `open` and `again` come first");
}

#[tokio::test]
async fn what_a_look_up_finds_is_recorded_like_what_a_reading_finds() {
    let world = world(&[document(7, "other", 300)], |name| match name {
        "A" => page(&[document(1, "A", 300), document(2, "A", 299)], None),
        _ => Says::With(404, vec![], "{\"error\":\"no such order\"}".into()),
    })
    .await;
    world.sent("A", Operation::Create, 400).await;
    world.sent("B", Operation::Create, 400).await;
    world.pass().await;
    assert_eq!(told(&world), [("A".into(), Some(2), None), ("B".into(), Some(0), None)]);
    assert_eq!((world.kinds("A"), world.kinds("B")), (vec!["committed"; 2], vec![]));
}

#[tokio::test]
async fn an_order_is_asked_for_by_each_of_its_names() {
    let world = world(&[], |name| match name {
        "%23A" => page(&[document(1, "#A", 300)], None),
        _ => page(&[], None),
    })
    .await;
    world.sent_as("A", &["#A", "A"], 400).await;
    world.sent_as("B", &["#B"], 400).await;
    world.pass().await;
    assert_eq!(
        asked(&world).into_iter().collect::<std::collections::BTreeSet<_>>(),
        ["%23A", "%23B", "A", "B"].map(String::from).into()
    );
    assert_eq!(told(&world), [("A".into(), Some(1), None), ("B".into(), Some(0), None)]);
    assert_eq!(world.kinds("#A"), ["committed"]);
}

#[tokio::test]
async fn an_answer_that_is_no_answer_proves_nothing_and_is_asked_for_again() {
    let all: Vec<String> = (1..4).map(|number| document(number, "B", 300)).collect();
    for (says, expected) in [
        (Says::With(500, vec![], String::new()), "answered 500 Internal Server Error"),
        (
            Says::With(404, vec![], "<html>no such page".into()),
            "answered 404 Not Found; check the poll's url and method",
        ),
        (Says::Ok("{}".into()), "nothing at `/items`, where the documents should be"),
        (page(&all, None), "none of the 3 documents in the answer is of this order; check the poll's `lookup`"),
        (page(&[], Some("?page=2")), "the answer goes on to another page; have `lookup` ask for one order only"),
        (page(&["{\"external_id\":\"A\"}".into()], None), "nothing at `/id`, where the reference should be"),
    ] {
        let answer = Arc::new(Mutex::new(says));
        let answered = Arc::clone(&answer);
        let world = world(&[], move |_| answered.lock().unwrap().clone()).await;
        world.sent("A", Operation::Create, 400).await;
        let mut poller = world.poller().await;
        let pass = poller.pass().await.unwrap();
        assert!(pass.reading.complete, "the reading is none the worse for it");
        assert_eq!(told(&world), [("A".into(), None, Some(expected.into()))]);
        *answer.lock().unwrap() = page(&[], None);
        assert_eq!(poller.pass().await.unwrap().looked_up, 1);
        assert_eq!(told(&world)[1..], [("A".into(), Some(0), None)]);
        assert_eq!(poller.pass().await.unwrap().looked_up, 0);
    }
}

/// A world with fifty orders that no reading shows.
async fn fifty(looks_up: impl FnMut(&str) -> Says + Send + 'static) -> World {
    let world = world(&[], looks_up).await;
    for number in 0..50 {
        world.sent(&format!("K{number}"), Operation::Create, 400).await;
    }
    world
}

#[tokio::test]
async fn a_few_are_looked_up_after_each_reading() {
    let world = fifty(|_| page(&[], None)).await;
    let mut poller = world.poller().await;
    for expected in [20, 20, 0] {
        assert_eq!(poller.pass().await.unwrap().looked_up, expected, "two readings settle what is left");
    }
}

#[tokio::test]
async fn after_one_that_fails_no_more_are_tried() {
    let world = fifty(|_| Says::With(500, vec![], String::new())).await;
    let mut poller = world.poller().await;
    for _ in 0..3 {
        assert_eq!(poller.pass().await.unwrap().looked_up, 2, "as many as are asked for at once");
    }
    let told = told(&world);
    let keys: Vec<&str> = told.iter().map(|(key, _, _)| key.as_str()).collect();
    assert_eq!(keys, ["K0", "K1"].repeat(3));
    assert!(told.iter().all(|(_, documents, _)| documents.is_none()));
    world.says(|_, _| page(&[], None));
    assert_eq!(poller.pass().await.unwrap().looked_up, 20, "they are still wanted");
}

#[tokio::test]
async fn a_broken_reading_is_followed_by_no_look_up() {
    let world = world(&["{}".into()], |_| page(&[], None)).await;
    world.sent("A", Operation::Create, 400).await;
    let pass = world.pass().await;
    assert_eq!((pass.reading.complete, pass.looked_up, told(&world)), (false, 0, vec![]));
}
