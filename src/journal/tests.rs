//! The journal on real files: what is acknowledged is there, in order, sealed; foreign files are refused.

mod altered;
mod contents;
mod damaged;
mod past;
mod purge;
mod replayed;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::order::OrderKey;
use crate::outcome::{
    Answer, Capture, Ending, GapReason, Lane, Operation, Outcome, OutcomeKind, Reading, RowId, Skip, Watermark,
};

const WAIT: Duration = Duration::from_secs(30);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn order(number: usize) -> Capture {
    Capture {
        uuid: Uuid::from_u128(number as u128),
        received_at: at(0),
        method: "POST".into(),
        target: "/webhooks/orders/create?shop=1".into(),
        route: "/webhooks/orders/*".into(),
        operation: Operation::Create,
        order_key: Some(OrderKey::new(&format!("82098291194615{number:04}")).unwrap()),
        also_known_as: vec![OrderKey::new(&format!("#{number}")).unwrap()],
        event_id: Some("event".into()),
        delivery_id: None,
        excluded: None,
        skip: None,
        signature: None,
        headers: vec![("x-shop".into(), Bytes::from_static(b"caf\xe9")), ("x-shop".into(), Bytes::from_static(b"two"))],
        body: Bytes::from(format!("{{\"id\":{number}}}")),
        body_bytes: 8,
    }
}

fn answer_to(attempt: RowId) -> Answer {
    Answer {
        attempt,
        lane: Lane::Legacy,
        ending: Ending::Answered,
        at: at(1),
        took: Duration::from_micros(1_234),
        status: Some(200),
        headers: vec![("content-type".into(), Bytes::from_static(b"application/json"))],
        body: Bytes::from_static(b"{\"received\":true}"),
        body_bytes: 17,
        error: None,
    }
}

fn commit(key: &str, id: &str) -> Outcome {
    Outcome {
        lane: Lane::Gated,
        kind: OutcomeKind::Committed,
        order_key: OrderKey::new(key).unwrap(),
        occurred_at: Some(at(2)),
        source: "poll:gated".into(),
        source_id: id.into(),
        reference: Some("SO-1".into()),
        document: Some(Bytes::from_static(b"{\"id\":\"SO-1\"}")),
    }
}

struct World {
    _folder: TempDir,
    path: PathBuf,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("week3.db");
        Self { _folder: folder, path }
    }

    fn open(&self) -> Opened {
        open(&self.path, Options::default()).unwrap()
    }

    fn read(&self) -> Reader {
        Reader::open(&self.path).unwrap()
    }
}

async fn captured(journal: &Journal, capture: Capture) -> Captured {
    match journal.capture(1, Arc::new(capture), Some((Lane::Legacy, at(0))), WAIT).await {
        CaptureWait::Durable(captured) => captured,
        other => panic!("{other:?}"),
    }
}

async fn close(opened: Opened) {
    assert!(opened.journal.close(WAIT).await);
    opened.writer.join().unwrap();
}

#[tokio::test]
async fn what_is_acknowledged_is_read_back_as_it_was() {
    let world = World::new();
    let opened = world.open();
    let rows = captured(&opened.journal, order(1)).await;
    let attempt = rows.attempt.unwrap();
    let reading = Reading {
        lane: Lane::Gated,
        source: "poll:gated".into(),
        began_at: at(3),
        ended_at: at(4),
        since: Some(at(-5)),
        complete: true,
        pages: 2,
        documents: 1,
        clock_offset_us: Some(-90_000_000),
        clock_uncertainty: Some(Duration::from_millis(500)),
        error: None,
    };
    let watermark =
        Watermark { lane: Lane::Gated, source: "erp".into(), at: at(5), kind: crate::outcome::WatermarkKind::Told };
    let records = vec![
        Record::Answer(answer_to(attempt)),
        Record::Outcome(commit("1", "a")),
        Record::Reading(reading.clone()),
        Record::Watermark(watermark.clone()),
    ];
    let recorded = opened.journal.record(records).await.unwrap();
    assert!(recorded.iter().all(|recorded| recorded.new));

    let reader = world.read();
    assert_eq!(reader.capture(rows.capture).unwrap(), Some((1, order(1))));
    let attempts = reader.attempts(rows.capture, Lane::Legacy).unwrap();
    assert_eq!(attempts[0].0, attempt);
    assert_eq!(attempts[0].2, Some(answer_to(attempt)));
    assert_eq!(reader.outcomes("1", Lane::Gated).unwrap()[0].1, commit("1", "a"));
    assert_eq!(reader.readings(Lane::Gated).unwrap()[0].1, reading);
    let sealed_at = reader.head().unwrap().unwrap().1;
    assert_eq!(reader.watermarks(Lane::Gated).unwrap(), [(sealed_at, watermark)]);
    assert_eq!(reader.first_capture(None).unwrap(), Some((rows.capture, at(0))));
    close(opened).await;
}

#[tokio::test]
async fn the_same_fact_told_twice_is_one_outcome() {
    let world = World::new();
    let opened = world.open();
    let twice = vec![Record::Outcome(commit("1", "a")), Record::Outcome(commit("1", "a"))];
    let first = opened.journal.record(twice.clone()).await.unwrap();
    let again = opened.journal.record(twice).await.unwrap();
    assert_eq!((first[0].new, first[1].new, first[1].row), (true, false, first[0].row));
    assert_eq!((again[0].new, again[0].row), (false, first[0].row));
    assert_eq!(world.read().outcomes("1", Lane::Gated).unwrap().len(), 1);
    close(opened).await;
    assert!(world.read().verify().unwrap().is_ok());
}

#[tokio::test]
async fn many_writers_share_commits_and_the_chain_verifies() {
    let world = World::new();
    let opened = world.open();
    let journal = opened.journal.clone();
    let tasks: Vec<_> = (0..500)
        .map(|number| {
            let journal = journal.clone();
            tokio::spawn(async move { captured(&journal, order(number)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    close(opened).await;
    let verified = world.read().verify().unwrap().unwrap();
    assert_eq!((verified.rows, verified.contents), (1_001, 500), "500 captures and attempts, and the close");
    assert_eq!(verified.head, world.read().head().unwrap().unwrap().2);
}

/// What a hand that alters the file does, and what is said of it.
#[tokio::test]
async fn altered_deleted_and_added_rows_are_found() {
    for (hand, expected) in [
        ("UPDATE capture SET order_key = '1' WHERE id = 1", Fault::Altered { seal: 3, first: 1 }),
        ("DELETE FROM attempt WHERE id = 2", Fault::Missing { expected: 2, found: 3 }),
        ("DELETE FROM seal WHERE id = 3", Fault::Altered { seal: 6, first: 4 }),
        ("UPDATE seal SET recorded_at = 1 WHERE id = 6", Fault::Altered { seal: 6, first: 4 }),
        ("INSERT INTO gap VALUES (99, 0, 1, 'down', 0, 0, 0, NULL, NULL, NULL, NULL)", Fault::Unsealed { row: 99 }),
        ("UPDATE content SET bytes = x'00' WHERE id = 1", Fault::Content { content: 1 }),
        ("DELETE FROM content WHERE id = 2", Fault::Content { content: 2 }),
        ("UPDATE content SET bytes = x''", Fault::Content { content: 1 }),
    ] {
        let world = World::new();
        let opened = world.open();
        captured(&opened.journal, order(1)).await;
        captured(&opened.journal, order(2)).await;
        close(opened).await;
        assert!(world.read().verify().unwrap().is_ok());
        Connection::open(&world.path).unwrap().execute(hand, []).unwrap();
        assert_eq!(world.read().verify().unwrap(), Err(expected), "{hand}");
    }
}

#[tokio::test]
async fn a_clean_close_leaves_no_gap_and_a_missing_one_does() {
    let world = World::new();
    let opened = world.open();
    assert_eq!(opened.down, None);
    opened.journal.record(vec![control(ControlKind::Open)]).await.unwrap();
    close(opened).await;
    let opened = world.open();
    assert_eq!(opened.down, None);
    opened.journal.record(vec![control(ControlKind::Open)]).await.unwrap();
    let (_, sealed_at, _) = world.read().head().unwrap().unwrap();
    let copy = world.path.with_file_name("copy.db");
    copy_of_a_killed_process(&world.path, &copy);
    let after = open(&copy, Options::default()).unwrap();
    let (from, to) = after.down.unwrap();
    assert_eq!(from, sealed_at);
    assert!(to >= from);
    close(after).await;
    close(opened).await;
}

#[tokio::test]
async fn commits_and_answers_are_counted_once_they_are_there() {
    let world = World::new();
    let opened = world.open();
    let stats = opened.journal.stats();
    assert_eq!((stats.takes_rows, stats.failures, stats.commits.count), (true, 0, 0));
    let attempt = captured(&opened.journal, order(1)).await.attempt.unwrap();
    let gated = Answer { lane: Lane::Gated, took: Duration::from_secs(90), ..answer_to(attempt) };
    let records = vec![Record::Answer(answer_to(attempt)), Record::Answer(gated), Record::Outcome(commit("1", "a"))];
    opened.journal.record(records).await.unwrap();
    let stats = opened.journal.stats();
    assert_eq!(stats.commits.count, 2);
    assert_eq!((stats.answers.legacy.count, stats.answers.legacy.sum), (1, Duration::from_micros(1_234)));
    assert_eq!(stats.answers.legacy.up_to.first(), Some(&(Duration::from_millis(5), 1)));
    assert_eq!(stats.answers.gated.count, 1);
    assert_eq!(stats.answers.gated.up_to.last(), Some(&(Duration::from_secs(60), 0)));
    // What was told before is not committed again.
    opened.journal.record(vec![Record::Outcome(commit("1", "a"))]).await.unwrap();
    assert_eq!(opened.journal.stats().commits, stats.commits);
    close(opened).await;
}

fn control(kind: ControlKind) -> Record {
    Record::Control(Control { run: Some(1), kind, detail: None })
}

/// The files as they are on the disk while the writer runs.
fn copy_of_a_killed_process(from: &Path, to: &Path) {
    for end in ["", "-wal"] {
        let name = |path: &Path| PathBuf::from(format!("{}{end}", path.display()));
        std::fs::copy(name(from), name(to)).unwrap();
    }
}

#[tokio::test]
async fn a_second_writer_a_foreign_and_a_newer_file_are_refused_and_left_alone() {
    let world = World::new();
    let opened = world.open();
    assert!(matches!(open(&world.path, Options::default()), Err(OpenError::InUse { .. })));
    close(opened).await;
    Connection::open(&world.path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    assert!(matches!(open(&world.path, Options::default()), Err(OpenError::Newer { found: 7, .. })));
    assert!(matches!(Reader::open(&world.path), Err(ReadError::Newer { found: 7, .. })));

    let text = world.path.with_file_name("notes.txt");
    let words =
        "not a database, but somebody's notes, long enough to have a header of a hundred bytes or more, surely so";
    std::fs::write(&text, words).unwrap();
    assert!(matches!(open(&text, Options::default()), Err(OpenError::Foreign { .. })));
    assert!(matches!(Reader::open(&text), Err(ReadError::Foreign(_))));
    assert_eq!(std::fs::read_to_string(&text).unwrap(), words);

    let other = world.path.with_file_name("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    assert!(matches!(open(&other, Options::default()), Err(OpenError::Foreign { .. })));
    assert!(matches!(Reader::open(&world.path.with_file_name("none.db")), Err(ReadError::Missing(_))));
}

#[tokio::test]
async fn a_stalled_journal_holds_nobody_back_and_takes_everything_in_the_end() {
    let world = World::new();
    let opened = world.open();
    let blocker = Connection::open(&world.path).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let wait = opened.journal.capture(1, Arc::new(order(1)), None, Duration::from_millis(1)).await;
    let CaptureWait::Slow(later) = wait else { panic!("{wait:?}") };
    blocker.execute_batch("ROLLBACK").unwrap();
    let rows = later.await.unwrap();
    assert_eq!(world.read().capture(rows.capture).unwrap().unwrap().1, order(1));
    close(opened).await;
}

#[tokio::test]
async fn holes_become_gap_rows() {
    let world = World::new();
    let opened = world.open();
    opened.journal.hole(1, GapReason::BodyTooLarge, at(1));
    opened.journal.hole(1, GapReason::BodyTooLarge, at(5));
    opened.journal.hole(2, GapReason::JournalUnavailable, at(2));
    close(opened).await;
    let gaps = world.read().gaps(1).unwrap();
    let total: u64 = gaps.iter().filter_map(|(_, gap)| gap.requests).sum();
    assert_eq!(total, 2);
    assert_eq!((gaps[0].1.began_at, gaps[gaps.len() - 1].1.ended_at), (at(1), at(5)));
    assert_eq!(world.read().gaps(2).unwrap().len(), 1);
}

fn large(number: usize, bytes: usize) -> Capture {
    Capture { body: vec![b'x'; bytes].into(), body_bytes: bytes as u64, ..order(number) }
}

#[tokio::test]
async fn what_finds_no_room_in_memory_goes_on_and_is_a_gap() {
    let world = World::new();
    for (queue_max, queue_bytes_max) in [(1, 1 << 20), (100, 1_000)] {
        let opened = open(&world.path, Options { queue_max, queue_bytes_max, ..Options::default() }).unwrap();
        let gaps = || world.read().gaps(1).unwrap().iter().filter_map(|(_, gap)| gap.requests).sum::<u64>();
        let before = gaps();
        let blocker = Connection::open(&world.path).unwrap();
        blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut later = Vec::new();
        let mut missed = 0;
        for number in 0..5 {
            let wait = Duration::from_millis(1);
            match opened.journal.capture(1, Arc::new(large(number, 600)), None, wait).await {
                CaptureWait::Slow(row) => later.push(row),
                CaptureWait::Unavailable => missed += 1,
                CaptureWait::Durable(_) => panic!("it is locked"),
            }
        }
        assert!(missed >= 3 && !later.is_empty(), "{missed}");
        blocker.execute_batch("ROLLBACK").unwrap();
        for row in later {
            row.await.unwrap();
        }
        // Room again; even for one that is larger than all room there is.
        captured(&opened.journal, large(9, 5_000)).await;
        close(opened).await;
        assert_eq!(gaps() - before, missed);
        assert!(world.read().gaps(1).unwrap().iter().all(|(_, gap)| gap.reason == GapReason::JournalUnavailable));
    }
}

#[tokio::test]
async fn the_feed_holds_so_many_bytes() {
    let world = World::new();
    let mut opened = open(&world.path, Options { feed_bytes_max: 1_000, ..Options::default() }).unwrap();
    assert!(opened.feed.caught_up(0));
    captured(&opened.journal, large(1, 5_000)).await;
    assert!(opened.feed.queued().is_some(), "one may be larger than all");
    for number in 0..3 {
        captured(&opened.journal, large(number, 400)).await;
    }
    assert!(opened.feed.queued().is_some() && opened.feed.queued().is_some());
    assert!(opened.feed.queued().is_none());
    assert!(opened.feed.lagging().is_some(), "the third is left to the journal");
    close(opened).await;
}

#[tokio::test]
async fn the_feed_hands_over_what_is_committed_and_says_what_must_be_read() {
    let world = World::new();
    let mut opened = open(&world.path, Options { feed_max: 2, ..Options::default() }).unwrap();
    assert_eq!(opened.feed.lagging(), Some(0), "what the journal holds is read first");
    assert!(opened.feed.caught_up(0));
    for number in 0..3 {
        captured(&opened.journal, order(number)).await;
    }
    let skipped = Capture { skip: Some(Skip::NoJson), order_key: None, ..order(9) };
    captured(&opened.journal, skipped).await;
    let first = opened.feed.next().await.unwrap();
    assert!(matches!(first, Fed::Capture { run: 1, ref capture, .. } if **capture == order(0)), "{first:?}");
    assert!(opened.feed.queued().is_some());
    assert!(opened.feed.queued().is_none(), "the third found no room, the skipped one is never fed");
    let until = opened.feed.lagging().unwrap();
    assert!(!opened.feed.caught_up(until - 1), "more was committed meanwhile");
    assert!(opened.feed.caught_up(until));
    captured(&opened.journal, order(4)).await;
    assert!(opened.feed.queued().is_some());
    close(opened).await;
}

/// The rows of a journal in a file of an older schema, as that version wrote it.
fn as_version(version: i32, from: &Path, to: &Path) {
    let connection = Connection::open(to).unwrap();
    connection.execute_batch(schema::CREATE).unwrap();
    if version == 2 {
        connection.execute_batch(schema::later(1).split("CREATE TABLE replayed").next().unwrap()).unwrap();
    }
    connection.pragma_update(None, "application_id", schema::APPLICATION_ID).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
    connection.execute("ATTACH ? AS new", [from.to_str().unwrap()]).unwrap();
    let tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table'";
    let mut select = connection.prepare(tables).unwrap();
    let tables: Vec<String> = select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(tables.len() > 10 && tables.contains(&"census".to_owned()) == (version == 2), "{tables:?}");
    assert!(!tables.contains(&"replayed".to_owned()), "{tables:?}");
    for table in tables {
        connection.execute(&format!("INSERT INTO main.{table} SELECT * FROM new.{table}"), []).unwrap();
    }
}

fn user_version(path: &Path) -> i32 {
    Connection::open(path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_journal_of_schema_1_is_read_as_it_is_and_becomes_one_of_this_when_written() {
    older_is_read_and_extended(1).await;
}

#[tokio::test]
async fn a_journal_of_schema_2_is_read_as_it_is_and_becomes_one_of_this_when_written() {
    older_is_read_and_extended(2).await;
}

async fn older_is_read_and_extended(version: i32) {
    let world = World::new();
    let opened = world.open();
    let rows = captured(&opened.journal, order(1)).await;
    opened.journal.record(vec![Record::Answer(answer_to(rows.attempt.unwrap()))]).await.unwrap();
    close(opened).await;
    let old = world.path.with_file_name("old.db");
    as_version(version, &world.path, &old);

    let reader = Reader::open(&old).unwrap();
    assert_eq!(reader.verify().unwrap(), world.read().verify().unwrap());
    assert_eq!(reader.capture(rows.capture).unwrap(), Some((1, order(1))));
    assert_eq!(reader.extracts(crate::outcome::Witness::Census).unwrap(), []);
    assert_eq!(reader.signatures(1).unwrap(), []);
    reader.each_of_census(|seen| panic!("{seen:?}")).unwrap();
    assert_eq!(reader.original(rows.capture).unwrap(), None);
    drop(reader);
    assert_eq!(user_version(&old), version, "reading leaves the file as it is");

    let opened = open(&old, Options::default()).unwrap();
    assert_eq!(opened.down, None);
    let signed = Capture { signature: Some(crate::outcome::Signature::Bad), ..order(2) };
    captured(&opened.journal, signed).await;
    close(opened).await;
    assert_eq!(user_version(&old), schema::VERSION);
    let reader = Reader::open(&old).unwrap();
    assert!(reader.verify().unwrap().is_ok());
    assert_eq!(reader.signatures(1).unwrap(), [(crate::outcome::Signature::Bad, 1)]);
    assert_eq!(reader.capture(rows.capture).unwrap(), Some((1, order(1))));
}
