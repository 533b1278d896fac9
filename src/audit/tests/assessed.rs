//! What several threads make of a journal is what one makes of it; and what is wrong with a file comes out of any of them.

use std::fs;

use super::*;
use crate::report;

/// More orders than are handed over at once, several times, of two runs; some lost, doubled, changed, and one of nobody.
async fn world() -> World {
    let mut world = World::new();
    for run in 1..=2 {
        world.begin_run(RunKind::Live).await;
        for number in 0..250 {
            let name = format!("{run}{number:03}");
            let (capture, live) = world.capture(create(&name, &[&format!("#{name}")])).await;
            if number % 50 == 7 {
                world.capture(Capture { operation: Operation::Update, ..create(&name, &[]) }).await;
            }
            let attempt = Attempt {
                capture,
                lane: Lane::Gated,
                number: 1,
                reason: SendReason::First,
                at: clock::now(),
                idempotency_key: None,
            };
            let shadow = world.record(vec![Record::Attempt(attempt)]).await[0];
            let answers = [(live, Lane::Legacy), (shadow, Lane::Gated)].map(|(attempt, lane)| {
                Record::Answer(Answer {
                    attempt,
                    lane,
                    ending: Ending::Answered,
                    at: clock::now(),
                    took: Duration::from_millis(3),
                    status: Some(201),
                    headers: Vec::new(),
                    body: Bytes::new(),
                    body_bytes: 0,
                    error: None,
                })
            });
            let copies = [Lane::Legacy, Lane::Gated].into_iter().flat_map(|lane| {
                let copies = if lane == Lane::Gated { (number + 1) % 50 % 3 } else { 1 };
                let name = name.clone();
                (0..copies)
                    .map(move |copy| commit(lane, &name, &format!("{lane}-{name}-{copy}"), &format!("{name}-{copy}")))
            });
            world.record(answers.into_iter().chain(copies).collect()).await;
        }
    }
    world.record(vec![commit(Lane::Gated, "nobody's", "N-1", "n")]).await;
    world
}

/// The report as one thread makes it, nothing beside anything.
fn alone(reader: &Reader, run: u32, is_intact: bool) -> Assessment {
    let _one_state = reader.snapshot().unwrap();
    let run = find_run(reader, Some(run)).unwrap();
    let policy = policy(reader, &run).unwrap();
    let evidence = Evidence { chain_intact: is_intact, ..evidence::evidence(reader, &run, None).unwrap() };
    let mut judge = Judge::new(&policy, &evidence);
    let names = Names::gather(reader.connection()).unwrap();
    let mut timelines = Timelines::new(reader.connection(), &names, &policy).unwrap();
    each_order(reader.connection(), |order| {
        if order.run == run.run.number {
            drop(judge.order(&timelines.of(order)?));
            return Ok(());
        }
        let documents = timelines.documents_of(order)?;
        Lane::ALL.iter().for_each(|lane| judge.other_runs(*lane, *documents.get(*lane)));
        Ok::<(), ReadError>(())
    })
    .unwrap();
    strays::each_stray(reader.connection(), |stray| judge.document(stray.seen.outcome.lane, stray)).unwrap();
    census::hand_over(reader, &names, false, &mut judge).unwrap();
    judge.finish(facts(reader, &run).unwrap())
}

fn pages(assessment: &Assessment) -> [String; 2] {
    [report::json(assessment).unwrap(), report::html(assessment)]
}

#[tokio::test]
async fn several_threads_report_what_one_reports_and_do_so_again() {
    let world = world().await;
    for run in 1..=2 {
        let expected = pages(&alone(&world.reader(), run, true));
        for _again in 0..3 {
            let assessment = assess(&world.reader(), Some(run), None).unwrap();
            assert_eq!(assessment.totals.orders_captured, 250);
            assert!(assessment.exceptions_count > 100, "{}", assessment.exceptions_count);
            assert_eq!(pages(&assessment), expected);
        }
    }
}

/// A journal that is closed, its folder kept.
struct Closed {
    _folder: TempDir,
    path: PathBuf,
}

impl Closed {
    async fn new(world: World) -> Self {
        let World { _folder, path, opened, .. } = world;
        assert!(opened.journal.close(WAIT).await);
        opened.writer.join().unwrap();
        Self { _folder, path }
    }

    /// A copy that a hand has altered.
    fn altered(&self, hand: &str) -> PathBuf {
        let copy = self.path.with_file_name("copy.db");
        fs::copy(&self.path, &copy).unwrap();
        let changed = rusqlite::Connection::open(&copy).unwrap().execute(hand, []).unwrap();
        assert!(changed > 0, "{hand}: there is no row");
        copy
    }
}

#[tokio::test]
async fn a_broken_chain_is_told_without_judging_twice() {
    let journal = Closed::new(world().await).await;
    let copy = journal.altered("UPDATE capture SET target = '/other' WHERE id = (SELECT max(id) FROM capture)");
    let reader = Reader::open(&copy).unwrap();
    let assessment = assess(&reader, Some(2), None).unwrap();
    assert_eq!(pages(&assessment), pages(&alone(&reader, 2, false)));
    assert_ne!(pages(&assessment), pages(&alone(&reader, 2, true)));
}

#[tokio::test]
async fn a_damaged_row_far_into_the_journal_is_named() {
    let journal = Closed::new(world().await).await;
    for (table, column, last) in [
        ("capture", "operation", "run = 2"),
        ("attempt", "reason", "lane = 'gated'"),
        ("answer", "ending", "lane = 'legacy'"),
        ("outcome", "kind", "lane = 'legacy'"),
    ] {
        let hand = format!("UPDATE {table} SET {column} = 'x' WHERE id = (SELECT max(id) FROM {table} WHERE {last})");
        let copy = journal.altered(&hand);
        let error = assess(&Reader::open(&copy).unwrap(), None, None).map(drop).unwrap_err();
        let AuditError::Read(ReadError::Damaged { table: found, .. }) = error else { panic!("{table}: {error}") };
        assert_eq!(found, table);
    }
}

/// Pages in the middle of the file hold nothing that SQLite ever wrote.
#[tokio::test]
async fn a_damaged_file_is_an_error_and_no_report() {
    let journal = Closed::new(world().await).await;
    let copy = journal.path.with_file_name("copy.db");
    let mut bytes = fs::read(&journal.path).unwrap();
    let (from, until) = (bytes.len() / 4 / 8_192 * 8_192, bytes.len() / 2);
    bytes[from..until].fill(0xff);
    fs::write(&copy, bytes).unwrap();
    let error = assess(&Reader::open(&copy).unwrap(), None, None).map(drop).unwrap_err();
    let AuditError::Read(ReadError::Sqlite(source)) = error else { panic!("{error}") };
    assert_eq!(source.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseCorrupt));
}
