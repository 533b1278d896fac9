//! Documents that are cancelled or allocated, and whole readings that find what has vanished since.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::world::{World, document, ledger, page, pointer, seconds_ago};
use crate::clock;
use crate::config::{Allocated, Matches};
use crate::outcome::Operation;

fn shelf(documents: &[String]) -> Arc<Mutex<Vec<String>>> {
    Arc::new(Mutex::new(documents.to_vec()))
}

fn status(reference: u32, key: &str, status: &str, reserved: &str) -> String {
    let at = "2024-07-03T10:00:00Z";
    format!(
        "{{\"id\":{reference},\"external_id\":\"{key}\",\"created_at\":\"{at}\",\"status\":\"{status}\",\"lines\":[{{\"qty\":\"2.0\",\"res\":{reserved}}}]}}"
    )
}

fn cancelled() -> Option<Matches> {
    Some(Matches { pointer: pointer("/status"), equals: vec!["void".into()] })
}

#[tokio::test]
async fn a_cancelled_document_is_recorded_and_then_cancelled_and_back_when_it_is_no_more() {
    let documents = shelf(&[status(1, "A", "open", "0"), status(2, "B", "VOID", "2")]);
    let mut world = World::new("", ledger(&documents)).await;
    world.watched.poll.cancelled = cancelled();
    let (lines, quantity, allocated) = (pointer("/lines"), pointer("/qty"), pointer("/res"));
    world.watched.poll.allocated = Some(Allocated::Lines { lines, quantity, allocated });
    let mut poller = world.poller().await;
    poller.pass().await.unwrap();
    assert_eq!(world.kinds("A"), ["committed"]);
    assert_eq!(world.kinds("B"), ["committed", "cancelled", "allocated"]);
    let outcomes = world.outcomes("B");
    for (outcome, kind) in outcomes[1..].iter().zip(["cancelled", "allocated"]) {
        assert_eq!(outcome.source_id, format!("{}-{kind}", outcomes[0].source_id));
        assert_eq!((outcome.reference.as_deref(), &outcome.document, outcome.occurred_at), (Some("2"), &None, None));
    }
    *documents.lock().unwrap() = vec![status(1, "A", "void", "0"), status(2, "B", "open", "2")];
    poller.pass().await.unwrap();
    assert_eq!(world.kinds("A"), ["committed", "committed", "cancelled"]);
    assert_eq!(world.kinds("B")[3..], ["committed", "allocated"]);
    // What was said is remembered, and said once.
    for _ in 0..2 {
        assert_eq!(world.pass().await.recorded, 0);
        assert_eq!(poller.pass().await.unwrap().recorded, 0);
    }
    assert_eq!((world.kinds("A").len(), world.kinds("B").len()), (3, 5));
}

#[tokio::test]
async fn what_is_configured_later_is_said_of_what_is_on_record() {
    let mut world = World::new("", ledger(&shelf(&[status(1, "A", "void", "0")]))).await;
    world.pass().await;
    assert_eq!(world.kinds("A"), ["committed"]);
    world.watched.poll.cancelled = cancelled();
    world.pass().await;
    assert_eq!(world.kinds("A"), ["committed", "cancelled"]);
}

/// A ledger that honours `since`, by the documents' own times.
fn windowed(documents: &Arc<Mutex<Vec<(i64, String)>>>) -> Windowed {
    let documents = Arc::clone(documents);
    Box::new(move |_, query| {
        let since: jiff::Timestamp = query["since"].parse().unwrap();
        let held = documents.lock().unwrap();
        let inside = held.iter().filter(|(ago, _)| seconds_ago(*ago) >= since).map(|(_, text)| text.clone());
        page(&inside.collect::<Vec<_>>(), None)
    })
}

type Windowed = Box<dyn FnMut(&str, &std::collections::HashMap<String, String>) -> super::world::Says + Send>;

#[tokio::test]
async fn from_time_to_time_everything_is_read_and_what_has_vanished_is_missed() {
    let old = (90_000, document(1, "A", 90_000));
    let documents = Arc::new(Mutex::new(vec![old, (10, document(2, "B", 10))]));
    let mut world = World::new("?since={since}", windowed(&documents)).await;
    world.watched.poll.whole_every = Duration::from_secs(86_400);
    world.sent("A", Operation::Create, 1).await;
    let mut poller = world.poller().await;
    assert_eq!(poller.pass().await.unwrap().recorded, 2);
    documents.lock().unwrap().remove(0);
    let pass = poller.pass().await.unwrap();
    assert!(pass.reading.since.is_some() && pass.gone == 0, "it is outside the window");
    // The day is over: everything is read, and what it lacks is looked for once more.
    poller.watched.poll.whole_every = Duration::ZERO;
    let pass = poller.pass().await.unwrap();
    assert_eq!((pass.reading.since, pass.gone), (None, 1));
    poller.watched.poll.whole_every = Duration::from_secs(86_400);
    let pass = poller.pass().await.unwrap();
    let since = pass.reading.since.unwrap();
    assert!(since <= seconds_ago(90_000) && since >= seconds_ago(90_060), "{since}: the suspect widens the window");
    assert_eq!((pass.gone, world.kinds("A")), (1, vec!["committed", "gone", "gone"]));
    let pass = poller.pass().await.unwrap();
    assert!(pass.reading.since.unwrap() > clock::now() - Duration::from_secs(1_000) && pass.gone == 0);
}

#[tokio::test]
async fn a_document_without_a_time_is_missed_by_whole_readings_only() {
    let undated = "{\"id\":1,\"external_id\":\"A\"}".to_owned();
    let documents = shelf(&[undated]);
    let mut world = World::new("?since={since}", ledger(&documents)).await;
    let mut poller = world.poller().await;
    poller.pass().await.unwrap();
    documents.lock().unwrap().clear();
    assert_eq!(poller.pass().await.unwrap().gone, 0);
    world.watched.poll.whole_every = Duration::ZERO;
    assert_eq!(world.pass().await.gone, 1);
    let pass = poller.pass().await.unwrap();
    assert_eq!(pass.gone, 0, "another poller's memory is its own");
    world.watched.poll.whole_every = Duration::from_secs(3_600);
    let pass = world.pass().await;
    assert_eq!((pass.reading.since, pass.gone), (None, 1), "a suspect that no window holds is read for once more");
    assert_eq!(world.kinds("A"), ["committed", "gone", "gone"]);
    assert!(world.pass().await.reading.since.is_some());
}
