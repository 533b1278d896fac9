//! The captures of a journal, as the tee recorded them.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::journal::{self, CaptureWait, Opened, Record as Row};
use crate::order::OrderKey;
use crate::outcome::{Answer, Attempt, Capture, Ending, Lane, Operation, SendReason, Skip};

const WAIT: Duration = Duration::from_secs(30);

fn order(number: u128) -> Capture {
    Capture {
        uuid: Uuid::from_u128(number),
        received_at: at("2026-11-20T18:00:00.123456Z"),
        method: "POST".into(),
        target: "/webhooks/orders/create?shop=1".into(),
        route: "/webhooks/orders/*".into(),
        operation: Operation::Create,
        order_key: Some(OrderKey::new(&number.to_string()).unwrap()),
        also_known_as: Vec::new(),
        event_id: None,
        delivery_id: None,
        excluded: None,
        skip: None,
        signature: None,
        headers: vec![("x-shop".into(), Bytes::from_static(b"caf\xe9"))],
        body: bytes("{\"id\":1}"),
        body_bytes: 8,
    }
}

fn answer(attempt: i64, lane: Lane, status: u16) -> Row {
    Row::Answer(Answer {
        attempt,
        lane,
        ending: Ending::Answered,
        at: at("2026-11-20T18:00:01Z"),
        took: Duration::from_micros(1_234),
        status: Some(status),
        headers: Vec::new(),
        body: bytes("{}"),
        body_bytes: 2,
        error: None,
    })
}

/// Records a capture in a run; the rows of capture and live attempt.
async fn captured(opened: &Opened, run: u32, capture: Capture) -> (i64, i64) {
    match opened.journal.capture(run, Arc::new(capture), Some((Lane::Legacy, at("2026-11-20T18:00:00Z"))), WAIT).await {
        CaptureWait::Durable(rows) => (rows.capture, rows.attempt.unwrap()),
        other => panic!("{other:?}"),
    }
}

async fn close(opened: Opened) {
    assert!(opened.journal.close(WAIT).await);
    opened.writer.join().unwrap();
}

fn read_journal(folder: &TempDir, options: &Options) -> (Vec<Record>, Tally) {
    let mut file = CaptureFile::open(&folder.path().join("week3.db"), options).unwrap();
    assert_eq!(file.format(), Format::Journal);
    let records: Vec<Record> = file.by_ref().map(Result::unwrap).collect();
    assert_adds_up(&records, file.tally());
    (records, file.tally().clone())
}

fn open(folder: &TempDir) -> Opened {
    journal::open(&folder.path().join("week3.db"), journal::Options::default()).unwrap()
}

#[tokio::test]
async fn captures_come_with_the_live_lanes_answer() {
    let folder = tempfile::tempdir().unwrap();
    let opened = open(&folder);
    let (capture, live) = captured(&opened, 1, order(1)).await;
    let copy = Attempt {
        capture,
        lane: Lane::Gated,
        number: 1,
        reason: SendReason::First,
        at: at("2026-11-20T18:00:00Z"),
        idempotency_key: Some("key".into()),
    };
    let copy = opened.journal.record(vec![Row::Attempt(copy)]).await.unwrap()[0].row;
    opened.journal.record(vec![answer(copy, Lane::Gated, 409), answer(live, Lane::Legacy, 202)]).await.unwrap();
    captured(&opened, 2, order(2)).await;
    close(opened).await;

    let (records, tally) = read_journal(&folder, &Options::default());
    assert!(tally.is_sound());
    let [first, second] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((first.place, first.id.as_deref()), (Place::Row(capture), Some("00000000-0000-0000-0000-000000000001")));
    assert_eq!(
        (first.at, &first.headers, &first.body),
        (Some(order(1).received_at), &order(1).headers, &order(1).body)
    );
    let [recorded] = first.answers.as_slice() else { panic!("{first:?}") };
    assert_eq!(
        (recorded.lane, recorded.status, recorded.took),
        (Some(Lane::Legacy), Some(202), Some(Duration::from_micros(1_234)))
    );
    assert!(second.answers.is_empty());

    let (records, _) = read_journal(&folder, &Options { run: Some(2), ..Options::default() });
    assert_eq!((records.len(), &records[0].id), (1, &second.id));
    // What is read of a journal is written and read as NDJSON, the same.
    let (again, _) = read(&ndjson::written(std::slice::from_ref(first)));
    assert_eq!(again, [Record { place: Place::Line(1), ..first.clone() }]);
}

#[tokio::test]
async fn what_is_not_whole_and_what_is_damaged_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let opened = open(&folder);
    let large = Capture { skip: Some(Skip::BodyTooLarge), body_bytes: 5_000_000, ..order(1) };
    captured(&opened, 1, large).await;
    let (purged, _) =
        captured(&opened, 1, Capture { body: bytes(&"x".repeat(600)), body_bytes: 600, ..order(2) }).await;
    let (damaged, _) = captured(&opened, 1, order(3)).await;
    let (_, live) = captured(&opened, 1, order(4)).await;
    opened.journal.record(vec![answer(live, Lane::Legacy, 202)]).await.unwrap();
    for number in 5..200 {
        captured(&opened, 1, order(number)).await;
    }
    close(opened).await;
    let connection = Connection::open(folder.path().join("week3.db")).unwrap();
    connection.execute("DELETE FROM content WHERE id = (SELECT body FROM capture WHERE id = ?)", [purged]).unwrap();
    connection.execute("UPDATE capture SET operation = 'dance' WHERE id = ?", [damaged]).unwrap();
    connection.execute("UPDATE answer SET headers = '{' WHERE attempt = ?", [live]).unwrap();
    drop(connection);

    let (records, tally) = read_journal(&folder, &Options::default());
    assert_eq!(records.len(), 198);
    assert_eq!(
        (records[0].incomplete, records[1].incomplete),
        (Some(Incomplete::BodyCut), Some(Incomplete::BodyMissing))
    );
    assert!(records[2].answers.is_empty());
    assert_eq!(
        counts(&tally),
        [
            ("body_cut", "salvaged", 1),
            ("body_missing", "salvaged", 1),
            ("bad_answer", "salvaged", 1),
            ("damaged", "skipped", 1)
        ]
    );
}

#[tokio::test]
async fn a_journal_inside_of_something_and_a_newer_one_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    close(open(&folder)).await;
    let path = folder.path().join("week3.db");
    assert_eq!(read_journal(&folder, &Options::default()).0, []);
    let bytes = fs::read(&path).unwrap();
    assert!(refusal(&bytes, &Options::default()).contains("an SQLite database inside of something; unpack it"));
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    let error = CaptureFile::open(&other, &Options::default()).unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("no journal of paritee"));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = CaptureFile::open(&path, &Options::default()).unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("it has schema 99"));
}
