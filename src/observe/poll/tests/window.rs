//! How far back the ledger is asked, as its requests show.

use std::time::Duration;

use super::world::{Says, World, http_date, page, seconds_ago};
use crate::clock;
use crate::journal::{Digest, Record, RunKind, RunRow};
use crate::observe::poll::Poller;
use crate::outcome::{Gap, GapReason, Operation, Reading};

/// How many seconds ago the window of a pass begins; `None`: all.
async fn back(poller: &mut Poller) -> Option<i64> {
    let pass = poller.pass().await.unwrap();
    assert!(pass.reading.complete, "{:?}", pass.reading.error);
    pass.reading.since.map(|since| clock::now().as_second() - since.as_second())
}

/// Whether a window begins `expected` seconds ago, but for what the test itself takes and the clock
/// that is asked for in whole seconds.
fn near(back: Option<i64>, expected: i64) -> bool {
    back.is_some_and(|back| (expected..expected + 15).contains(&back))
}

/// A complete reading of everything that began so long ago.
async fn read_before(world: &World, ago: i64) {
    let reading = Reading {
        lane: world.watched.lane,
        source: "poll:gated".into(),
        began_at: seconds_ago(ago),
        ended_at: seconds_ago(ago),
        since: None,
        complete: true,
        pages: 1,
        documents: 0,
        clock_offset_us: Some(0),
        clock_uncertainty: Some(Duration::ZERO),
        error: None,
    };
    world.journal().record(vec![Record::Reading(reading)]).await.unwrap();
}

#[tokio::test]
async fn the_first_reading_of_a_run_is_of_everything_and_the_next_go_back_to_the_oldest_open_order() {
    let world = World::new("?since={since}", |_, _| page(&[], None)).await;
    let mut poller = world.poller().await;
    assert_eq!(back(&mut poller).await, None);
    assert_eq!(world.asked(), ["/ledger?since=1970-01-01T00:00:00Z"]);
    // Nothing was sent before the poll opened, but for what may not be recorded yet: 60 s and 20 s of overlap.
    let pass = poller.pass().await.unwrap();
    let since = pass.reading.since.unwrap();
    assert!(near(Some(clock::now().as_second() - since.as_second()), 80));
    assert_eq!(world.asked(), [format!("/ledger?since={since}")]);
    // After a restart in the same run the baseline stands.
    assert!(near(back(&mut world.poller().await).await, 80));
    // A new run has a baseline of its own.
    let run = RunRow {
        number: 1,
        kind: RunKind::Live,
        label: None,
        policy_digest: Digest([0; 32]),
        policy: "{}".into(),
        judged_by: "{}".into(),
        tool_version: "0".into(),
    };
    world.journal().record(vec![Record::Run(run)]).await.unwrap();
    assert_eq!(back(&mut world.poller().await).await, None);
}

#[tokio::test]
async fn windows_trail_by_horizon_and_overlap_once_orders_are_settled() {
    let world = World::new("?since={since}", |_, _| page(&[], None)).await;
    world.sent("A", Operation::Create, 1_000).await;
    let mut poller = world.poller().await;
    assert_eq!(back(&mut poller).await, None);
    assert!(near(back(&mut poller).await, 1_080), "one reading after its horizon is not enough");
    assert!(near(back(&mut poller).await, 120));
}

#[tokio::test]
async fn an_order_that_is_sent_again_opens_the_window_back_to_its_first_send() {
    let world = World::new("?since={since}", |_, _| page(&[], None)).await;
    let capture = world.sent("A", Operation::Create, 1_000).await;
    read_before(&world, 500).await;
    read_before(&world, 400).await;
    let mut poller = world.poller().await;
    assert!(near(back(&mut poller).await, 620));
    world.sent_again(capture, 2, 0).await;
    assert!(near(back(&mut poller).await, 1_020));
    assert!(near(back(&mut poller).await, 1_020), "until its own horizon is over");
    assert!(near(back(&mut world.poller().await).await, 1_020), "after a restart, too");
}

#[tokio::test]
async fn a_redelivery_opens_the_window_and_a_cancel_does_not() {
    for (operation, expected) in [(Operation::Create, 1_020), (Operation::Cancel, 620), (Operation::Update, 620)] {
        let world = World::new("?since={since}", |_, _| page(&[], None)).await;
        world.sent("A", Operation::Create, 1_000).await;
        read_before(&world, 500).await;
        read_before(&world, 400).await;
        world.sent("A", operation, 10).await;
        assert!(near(back(&mut world.poller().await).await, expected), "{operation}");
    }
}

#[tokio::test]
async fn a_gap_opens_the_window_back_to_its_beginning() {
    let world = World::new("?since={since}", |_, _| page(&[], None)).await;
    world.sent("A", Operation::Create, 1_000).await;
    read_before(&world, 500).await;
    read_before(&world, 400).await;
    // The journal was away, and what was queued is recorded since: it may have been sent as late as its end.
    let gap = Gap {
        reason: GapReason::JournalUnavailable,
        began_at: seconds_ago(1_000),
        ended_at: seconds_ago(30),
        requests: Some(3),
        lane: None,
        capture: None,
        order_key: None,
        detail: None,
    };
    world.journal().record(vec![Record::Gap(1, gap)]).await.unwrap();
    let mut poller = world.poller().await;
    for _ in 0..3 {
        assert!(near(back(&mut poller).await, 1_020), "until the horizon after it is over");
    }
}

#[tokio::test]
async fn a_ledger_without_since_is_always_read_whole() {
    let world = World::new("", |_, _| page(&[], None)).await;
    let mut poller = world.poller().await;
    for _ in 0..3 {
        assert_eq!(back(&mut poller).await, None);
    }
}

#[tokio::test]
async fn the_scope_bounds_the_first_reading() {
    let mut world = World::new("?since={since}", |_, _| page(&[], None)).await;
    world.watched.scope.since = Some(seconds_ago(5_000));
    let mut poller = world.poller().await;
    assert!(near(back(&mut poller).await, 5_320), "its clock is not known yet, and may be five minutes behind");
    assert!(near(back(&mut poller).await, 80));
}

#[tokio::test]
async fn a_ledger_whose_clock_is_behind_is_asked_for_more() {
    let world = World::new("?since={since}", move |_, _| {
        Says::With(200, vec![("date", http_date(-300))], "{\"items\":[]}".into())
    })
    .await;
    let mut poller = world.poller().await;
    assert_eq!(back(&mut poller).await, None);
    assert!(near(back(&mut poller).await, 380));
    assert!(near(back(&mut world.poller().await).await, 380), "remembered over a restart");
}

#[tokio::test]
async fn a_poll_that_was_down_reads_what_came_meanwhile() {
    let mut world = World::new("?since={since}", |_, _| page(&[], None)).await;
    world.watched.horizon = Duration::from_secs(10);
    world.watched.poll.whole_every = Duration::from_secs(1_000_000);
    world.sent("A", Operation::Create, 90_000).await;
    read_before(&world, 86_410).await;
    read_before(&world, 86_400).await;
    assert!(near(back(&mut world.poller().await).await, 86_410 + 10 + 20));
}
