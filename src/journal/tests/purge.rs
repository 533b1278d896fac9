//! What is left behind a purge is sealed as well, and what was emptied is never sent.

use super::*;
use crate::judge::{LanePolicy, Policy, Reduction};
use crate::order::Pointer;
use crate::outcome::{Attempt, Flow, LedgerKind, PerLane, Role, SendReason};

/// Both lanes' answers name the document at `/id`.
fn reduction() -> Reduction {
    let lane = |role, flow, ledger| {
        let mut lane = LanePolicy::new(role, flow, ledger);
        lane.answer.reference = vec![Pointer::parse("/id").unwrap()];
        lane
    };
    let policy = Policy::new(PerLane {
        legacy: lane(Role::Live, Flow::FireAndForget, LedgerKind::Production),
        gated: lane(Role::Shadow, Flow::ErpGated, LedgerKind::Sandbox),
    });
    Reduction::new([(1, policy)].into_iter().collect())
}

fn told(attempt: RowId, body: &'static str) -> Record {
    let body = Bytes::from_static(body.as_bytes());
    Record::Answer(Answer { body_bytes: body.len() as u64, body, ..answer_to(attempt) })
}

fn attempt(capture: RowId) -> Record {
    Record::Attempt(Attempt {
        capture,
        lane: Lane::Gated,
        number: 1,
        reason: SendReason::First,
        at: at(1),
        idempotency_key: None,
    })
}

fn purge(world: &World) -> Purged {
    let now = crate::clock::now() + jiff::Span::new().seconds(1);
    Purger::open(&world.path).unwrap().purge(now, &reduction()).unwrap()
}

/// Three orders: one whose answer has a number, one not sent to the shadow, one whose send nobody saw answered.
async fn three_orders() -> World {
    let world = World::new();
    let opened = world.open();
    for number in 1..=3 {
        let rows = captured(&opened.journal, order(number)).await;
        if number == 1 {
            opened.journal.record(vec![told(rows.attempt.unwrap(), r#"{"id":"SO-1","name":"Ada"}"#)]).await.unwrap();
        }
        if number == 3 {
            opened.journal.record(vec![attempt(rows.capture)]).await.unwrap();
        }
    }
    close(opened).await;
    world
}

#[tokio::test]
async fn a_body_that_was_purged_is_never_sent() {
    let world = three_orders().await;
    let all = (0, RowId::MAX);
    assert_eq!(world.read().unsent(1, Lane::Gated, all, 9).unwrap().len(), 2);
    assert_eq!(world.read().unsent_accepted(1, Lane::Legacy, all, 9).unwrap().len(), 1);
    let open = world.read().unanswered(1, Lane::Gated).unwrap();
    assert!(world.read().loose_end(open[0], Lane::Gated).unwrap().is_some());
    let now = crate::clock::now() + jiff::Span::new().seconds(1);
    assert_eq!(world.read().due(now).unwrap().unsent, 2);
    assert_eq!(purge(&world), Purged { emptied: 3, reduced: 1, kept: 0, shared: 0 });
    assert_eq!(world.read().unsent(1, Lane::Gated, all, 9).unwrap(), []);
    assert_eq!(world.read().unsent_accepted(1, Lane::Legacy, all, 9).unwrap(), []);
    assert_eq!(world.read().loose_end(open[0], Lane::Gated).unwrap(), None);
}

#[tokio::test]
async fn what_is_left_can_be_neither_altered_nor_taken_away() {
    let world = three_orders().await;
    purge(&world);
    assert!(world.read().verify().unwrap().is_ok());
    let left = "SELECT id FROM content WHERE length(bytes) > 0";
    let hand = Connection::open(&world.path).unwrap();
    let left: i64 = hand.query_row(left, [], |row| row.get(0)).unwrap();
    let bytes: Vec<u8> = hand.query_row("SELECT bytes FROM content WHERE id = ?", [left], |row| row.get(0)).unwrap();
    assert_eq!(String::from_utf8_lossy(&bytes), r#"{"paritee:purged":true,"id":"SO-1"}"#);
    let put = |content: i64, bytes: &[u8]| {
        hand.execute("UPDATE content SET bytes = ? WHERE id = ?", rusqlite::params![bytes, content]).unwrap();
        world.read().verify().unwrap().is_ok()
    };
    assert!(!put(left, br#"{"paritee:purged":true,"id":"SO-2"}"#), "altered");
    assert!(!put(left, b""), "taken away");
    assert!(put(left, &bytes));
    assert!(!put(left + 1, br#"{"paritee:purged":true}"#), "added");
    assert!(put(left + 1, b""));
    hand.execute("UPDATE purge SET content_last = content_last - 1", []).unwrap();
    assert!(world.read().verify().unwrap().is_err());
}

#[tokio::test]
async fn contents_that_younger_rows_share_stay() {
    let world = three_orders().await;
    let before = crate::clock::now();
    while crate::clock::now() <= before + jiff::Span::new().milliseconds(2) {
        std::thread::yield_now();
    }
    let opened = world.open();
    let first = captured(&opened.journal, order(4)).await;
    opened.journal.record(vec![told(first.attempt.unwrap(), r#"{"id":"SO-4"}"#)]).await.unwrap();
    let between = crate::clock::now() + jiff::Span::new().milliseconds(1);
    while crate::clock::now() <= between {
        std::thread::yield_now();
    }
    let second = captured(&opened.journal, order(5)).await;
    opened.journal.record(vec![told(second.attempt.unwrap(), r#"{"id":"SO-4"}"#)]).await.unwrap();
    close(opened).await;
    let purged = Purger::open(&world.path).unwrap().purge(between, &reduction()).unwrap();
    assert_eq!(purged, Purged { emptied: 4, reduced: 1, kept: 0, shared: 1 });
    assert_eq!(world.read().answer(second.attempt.unwrap()).unwrap().unwrap().body, r#"{"id":"SO-4"}"#);
    assert!(world.read().verify().unwrap().is_ok());
    assert_eq!(purge(&world), Purged { emptied: 1, reduced: 1, kept: 0, shared: 0 });
    assert!(world.read().verify().unwrap().is_ok());
}

/// What ended without a clean close was down from its last seal on, not from a later purge.
#[tokio::test]
async fn a_purge_is_no_sign_of_life() {
    let world = World::new();
    let opened = world.open();
    opened.journal.record(vec![control(ControlKind::Open)]).await.unwrap();
    captured(&opened.journal, order(1)).await;
    assert!(opened.journal.leave(WAIT).await);
    opened.writer.join().unwrap();
    let (_, sealed_at, _) = world.read().head().unwrap().unwrap();
    purge(&world);
    assert!(world.read().head().unwrap().unwrap().1 > sealed_at);
    assert_eq!(world.read().last_evidence_at().unwrap(), Some(sealed_at));
    let opened = world.open();
    assert_eq!(opened.down.unwrap().0, sealed_at);
    close(opened).await;
}
