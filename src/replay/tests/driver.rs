//! How a replay ends, with lanes that are played by what they say they have in hand.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::super::{
    Captures, Driven, Driver, Ended, Expected, Options, Pace, Preparer, Progress, Selection, Selector, Target, survey,
};
use super::{config, file, order};
use crate::intake::Routes;
use crate::journal::{self, Load, Opened};
use crate::outcome::Lane;

const WAIT: Duration = Duration::from_secs(30);

/// A lane that has looked at everything and has so many captures in hand.
fn lane(held: usize, stalled_max: Duration) -> (watch::Sender<Load>, Target) {
    let sender = watch::Sender::new(Load { row: i64::MAX, held, lagging: false, ended: 0 });
    let load = sender.subscribe();
    (sender, Target { lane: Lane::Gated, load, concurrency: 1, stalled_max })
}

fn selector(folder: &Path, lines: &[String]) -> Selector {
    let captures = Captures::open(&[file(folder, "a.ndjson", lines)], Options::default()).unwrap();
    Selector::new(captures, Routes::new(config().tee.routes), Selection::default())
}

/// A driver of run 1 to one lane.
fn driver(opened: &Opened, pace: Pace, target: Target, stop: CancellationToken) -> Driver {
    let journal = opened.journal.clone();
    Driver { journal, run: 1, pace, targets: vec![target], progress: Arc::<Progress>::default(), stop }
}

const fn expected(recorded: u64, digest: &str) -> Expected<'_> {
    Expected { recorded, requests: 40, digest }
}

fn preparer() -> Preparer {
    Preparer::looking(Vec::new(), 1_000)
}

async fn drive(pace: Pace, held: usize, stop: CancellationToken, lines: &[String], skip: u64) -> (Driven, u64) {
    let folder = tempfile::tempdir().unwrap();
    let opened = journal::open(&folder.path().join("a.db"), journal::Options::default()).unwrap();
    let (_lane, target) = lane(held, Duration::from_millis(30));
    let driver = driver(&opened, pace, target, stop);
    let digest = survey(selector(folder.path(), lines), &preparer(), Lane::Legacy).unwrap().digest;
    let driven = driver.run(selector(folder.path(), lines), preparer(), expected(skip, &digest)).await.unwrap();
    let captures = journal::Reader::open(opened.journal.path()).unwrap().captures_of(1).unwrap();
    let Opened { journal, writer, .. } = opened;
    assert!(journal.close(WAIT).await);
    writer.join().unwrap();
    (driven, captures)
}

fn orders() -> Vec<String> {
    (1..=40).map(|key| order(1, key)).collect()
}

#[tokio::test]
async fn everything_is_recorded_but_what_an_earlier_process_recorded() {
    for (pace, skip) in [(Pace::Max, 0), (Pace::PerSecond(10_000.0), 0), (Pace::Times(1.0), 0), (Pace::Max, 33)] {
        let (driven, captures) = drive(pace, 0, CancellationToken::new(), &orders(), skip).await;
        assert!(matches!(driven.ended, Ended::AllSent), "{driven:?}");
        assert_eq!((driven.sent, captures, driven.omissions.read), (40 - skip, 40 - skip, 40), "{pace:?}");
    }
}

#[tokio::test]
async fn a_lane_that_takes_nothing_is_given_up() {
    let stalled = |ended: &Ended| matches!(ended, Ended::Stalled(Lane::Gated));
    let (driven, captures) = drive(Pace::Max, 4, CancellationToken::new(), &orders(), 0).await;
    assert!(stalled(&driven.ended) && captures == 0, "{driven:?}");
    // By the clock all of it is recorded, and waits.
    let (driven, captures) = drive(Pace::PerSecond(10_000.0), 4, CancellationToken::new(), &orders(), 0).await;
    assert!(stalled(&driven.ended) && captures == 40, "{driven:?}");
}

#[tokio::test]
async fn who_stops_it_is_not_kept_waiting() {
    let stop = CancellationToken::new();
    stop.cancel();
    for pace in [Pace::Max, Pace::PerSecond(0.000_001), Pace::Times(f64::MIN_POSITIVE)] {
        let (driven, captures) = drive(pace, 0, stop.clone(), &orders(), 0).await;
        assert!(matches!(driven.ended, Ended::Stopped) && captures == 0, "{driven:?}");
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_is_sent_as_far_as_it_goes_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let opened = journal::open(&folder.path().join("a.db"), journal::Options::default()).unwrap();
    let paths = [file(folder.path(), "a.ndjson", &orders()), file(folder.path(), "b.ndjson", &[order(50, 99)])];
    let captures = Captures::open(&paths, Options::default()).unwrap();
    std::fs::remove_file(&paths[1]).unwrap();
    let selector = Selector::new(captures, Routes::new(config().tee.routes), Selection::default());
    let (_lane, target) = lane(0, WAIT);
    let driver = driver(&opened, Pace::Max, target, CancellationToken::new());
    let driven = driver.run(selector, preparer(), expected(0, "another")).await.unwrap();
    assert!(matches!(driven.ended, Ended::Unread(_)) && driven.sent == 40, "{driven:?}");
    assert!(opened.journal.close(WAIT).await);
    opened.writer.join().unwrap();
}

#[tokio::test]
async fn files_that_are_others_than_they_were_are_sent_as_they_are_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let opened = journal::open(&folder.path().join("a.db"), journal::Options::default()).unwrap();
    let (_lane, target) = lane(0, WAIT);
    let driver = driver(&opened, Pace::Max, target, CancellationToken::new());
    let digest = survey(selector(folder.path(), &orders()), &preparer(), Lane::Legacy).unwrap().digest;
    let cut = selector(folder.path(), &orders()[..30]);
    let driven = driver.run(cut, preparer(), expected(0, &digest)).await.unwrap();
    assert!(matches!(driven.ended, Ended::Changed) && driven.sent == 30, "{driven:?}");
    // What was added since is none of the replay.
    let more: Vec<String> = orders().into_iter().chain([order(50, 50)]).collect();
    let driven = driver.run(selector(folder.path(), &more), preparer(), expected(0, &digest)).await.unwrap();
    assert!(matches!(driven.ended, Ended::AllSent) && driven.sent == 40, "{driven:?}");
    assert!(opened.journal.close(WAIT).await);
    opened.writer.join().unwrap();
}
