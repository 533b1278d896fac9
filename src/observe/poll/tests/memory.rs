//! What is recorded when: news once, changes again, what is gone twice, what is back again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::world::{World, document, ledger, page};
use crate::observe::poll::Poller;

/// Documents that a test changes between passes.
fn shelf(documents: &[String]) -> Arc<Mutex<Vec<String>>> {
    Arc::new(Mutex::new(documents.to_vec()))
}

#[tokio::test]
async fn unchanged_documents_are_recorded_once_over_passes_and_restarts() {
    let world = World::new("", ledger(&shelf(&[document(1, "A", 9), document(2, "B", 9)]))).await;
    let mut poller = world.poller().await;
    assert_eq!(poller.pass().await.unwrap().recorded, 2);
    for _ in 0..5 {
        assert_eq!(poller.pass().await.unwrap().recorded, 0);
    }
    assert_eq!(world.pass().await.recorded, 0, "after a restart");
    assert_eq!((world.kinds("A"), world.kinds("B")), (vec!["committed"], vec!["committed"]));
    assert_eq!(world.readings().iter().map(|reading| reading.documents).collect::<Vec<_>>(), [2; 7]);
}

/// Drives the ledger through these states, one pass each, by one poller and by one that is opened
/// again for each pass; both record the same.
async fn check(states: &[&[&str]], expected: &[&str]) {
    for restarts in [false, true] {
        let created = Timestamp::UNIX_EPOCH;
        let documents = shelf(&[]);
        let world = World::new("", ledger(&documents)).await;
        let mut poller = world.poller().await;
        for state in states {
            let written = |note: &&str| {
                format!("{{\"id\":1,\"external_id\":\"A\",\"created_at\":\"{created}\",\"note\":\"{note}\"}}")
            };
            *documents.lock().unwrap() = state.iter().map(written).collect();
            if restarts {
                poller = world.poller().await;
            }
            assert!(poller.pass().await.unwrap().reading.complete);
        }
        let told = world.outcomes("A").into_iter().map(|outcome| match outcome.document {
            Some(document) => {
                let text = String::from_utf8(document.to_vec()).unwrap();
                text.rsplit_once(":\"").unwrap().1.trim_end_matches("\"}").to_owned()
            }
            None => outcome.kind.to_string(),
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{states:?}, restarts: {restarts}");
    }
}

#[tokio::test]
async fn changes_absences_and_returns_are_recorded_in_their_order() {
    let (none, a, b): (&[&str], &[&str], &[&str]) = (&[], &["a"], &["b"]);
    for (states, expected) in [
        (vec![a, a, b, b, a, a], vec!["a", "b", "a"]),
        (vec![a, none], vec!["a", "gone"]),
        (vec![a, none, none], vec!["a", "gone", "gone"]),
        (vec![a, none, none, none, none], vec!["a", "gone", "gone"]),
        (vec![a, none, a, a], vec!["a", "gone", "a"]),
        (vec![a, none, a, none, none, none], vec!["a", "gone", "a", "gone", "gone"]),
        (vec![a, none, none, none, a, a], vec!["a", "gone", "gone", "a"]),
        (vec![a, none, none, b, none], vec!["a", "gone", "gone", "b", "gone"]),
        (vec![none, none, a], vec!["a"]),
    ] {
        check(&states, &expected).await;
    }
}

#[tokio::test]
async fn a_gone_document_keeps_its_names() {
    let documents = shelf(&[document(1, "A", 9), document(1, "B", 9)]);
    let world = World::new("", ledger(&documents)).await;
    let mut poller = world.poller().await;
    poller.pass().await.unwrap();
    documents.lock().unwrap().pop();
    assert_eq!(poller.pass().await.unwrap().gone, 1);
    assert_eq!(world.kinds("A"), ["committed"]);
    let outcomes = world.outcomes("B");
    assert_eq!(outcomes[1].reference.as_deref(), Some("1"));
    assert_eq!(outcomes[1].source_id, format!("{}-gone1", outcomes[0].source_id));
    assert_eq!((outcomes[1].occurred_at, &outcomes[1].document), (None, &None));
}

#[tokio::test]
async fn many_that_are_gone_at_once_are_all_recorded() {
    let all: Vec<String> = (0..1_234).map(|number| document(number, &format!("K{number}"), 9)).collect();
    let documents = shelf(&all);
    let world = World::new("", ledger(&documents)).await;
    let mut poller = world.poller().await;
    assert_eq!(poller.pass().await.unwrap().recorded, 1_234);
    documents.lock().unwrap().truncate(1);
    for expected in [1_233, 1_233, 0] {
        assert_eq!(poller.pass().await.unwrap().gone, expected);
    }
    assert_eq!(world.kinds("K0"), ["committed"]);
    assert_eq!(world.kinds("K1233"), ["committed", "gone", "gone"]);
}

#[tokio::test]
async fn absence_counts_only_inside_the_window() {
    let undated = "{\"id\":3,\"external_id\":\"C\"}".to_owned();
    // Horizon and overlap are 120 s together, so the windows of later readings begin about 80 s ago.
    let documents = shelf(&[document(1, "A", 500), document(2, "B", 5), undated]);
    let world = World::new("?since={since}", ledger(&documents)).await;
    let mut poller = world.poller().await;
    poller.pass().await.unwrap();
    documents.lock().unwrap().clear();
    for expected in [1, 1, 0] {
        let pass = poller.pass().await.unwrap();
        assert!(pass.reading.complete && pass.reading.since.is_some());
        assert_eq!(pass.gone, expected);
    }
    assert_eq!(world.kinds("A"), ["committed"], "before the window");
    assert_eq!(world.kinds("B"), ["committed", "gone", "gone"]);
    assert_eq!(world.kinds("C"), ["committed"], "without a commit time it is in no window");
}

#[tokio::test]
async fn a_first_absence_keeps_the_window_open_for_the_second() {
    let documents = shelf(&[document(1, "A", 500)]);
    let mut world = World::new("?since={since}", ledger(&documents)).await;
    world.watched.horizon = Duration::ZERO;
    world.watched.poll.overlap = Duration::ZERO;
    world.sent("A", crate::outcome::Operation::Create, 600).await;
    let mut poller = world.poller().await;
    poller.pass().await.unwrap();
    documents.lock().unwrap().clear();
    let first = poller.pass().await.unwrap();
    assert_eq!(first.gone, 1);
    let settled = poller.settled.since();
    let second = poller.pass().await.unwrap();
    assert_eq!(second.gone, 1);
    assert!(second.reading.since.unwrap() < settled, "the orders alone would not have needed it");
    let third = poller.pass().await.unwrap();
    assert!(third.reading.since.unwrap() > second.reading.since.unwrap());
}

#[tokio::test]
async fn what_a_lagging_replica_lacks_is_not_gone_yet() {
    let documents = shelf(&[document(1, "A", 500)]);
    let mut world = World::new("", ledger(&documents)).await;
    world.watched.poll.lag = Duration::from_secs(3_600);
    let mut poller = world.poller().await;
    poller.pass().await.unwrap();
    documents.lock().unwrap().clear();
    assert_eq!(poller.pass().await.unwrap().gone, 0);
}

#[tokio::test]
async fn the_other_lane_s_documents_are_another_memory() {
    let mut world = World::new("", |_, _| page(&[document(1, "A", 9)], None)).await;
    world.pass().await;
    world.watched.lane = crate::outcome::Lane::Legacy;
    let mut legacy: Poller = world.poller().await;
    assert_eq!(legacy.pass().await.unwrap().recorded, 1);
}
