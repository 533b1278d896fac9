//! Captures that come from a file: where they come from is kept, a recorded answer is there with them or not at all, and both
//! feeds are told.

use super::*;

fn original(number: i64) -> Original {
    Original { occurred_at: Some(at(-90_000)), file_name: "orders_0.gor".into(), place: format!("byte {number}") }
}

fn recorded(status: u16) -> RecordedSend {
    let answer = Answer { status: Some(status), at: at(-89_999), ..answer_to(0) };
    RecordedSend { lane: Lane::Legacy, at: at(-90_000), answer: Some(answer) }
}

async fn replay(opened: &Opened, number: usize, send: Option<RecordedSend>) -> Captured {
    let original = original(i64::try_from(number).unwrap());
    opened.journal.replay(1, Arc::new(order(number)), original, send).await.unwrap().await.unwrap()
}

#[tokio::test]
async fn a_replayed_capture_says_where_it_comes_from_and_bears_its_recorded_answer() {
    let world = World::new();
    let mut opened = world.open();
    for feed in [&mut opened.feed, &mut opened.other_feed] {
        let until = feed.lagging().unwrap();
        assert!(feed.caught_up(until));
    }
    let sent = replay(&opened, 1, None).await;
    let told = replay(&opened, 2, Some(recorded(200))).await;
    let unknown = replay(&opened, 3, Some(RecordedSend { answer: None, ..recorded(200) })).await;
    let refused = replay(&opened, 4, Some(recorded(422))).await;
    let live = captured(&opened.journal, order(5)).await;

    for feed in [&mut opened.feed, &mut opened.other_feed] {
        let mut fed = Vec::new();
        while let Some(item) = feed.queued() {
            fed.push(match item {
                Fed::Capture { row, .. } => (row, None),
                Fed::Accepted { attempt, .. } => (attempt, Some("accepted")),
            });
        }
        let accepted = (told.attempt.unwrap(), Some("accepted"));
        let captures = |captured: Captured| (captured.capture, None);
        let expected = [captures(sent), accepted, captures(told), captures(unknown), captures(refused), captures(live)];
        assert_eq!(fed, expected);
    }
    close(opened).await;

    let reader = world.read();
    assert!(reader.verify().unwrap().is_ok());
    assert_eq!(reader.original(sent.capture).unwrap(), Some(original(1)));
    assert_eq!(reader.original(live.capture).unwrap(), None);
    assert_eq!(reader.captures_of(1).unwrap(), 5);
    assert_eq!(reader.attempts(sent.capture, Lane::Legacy).unwrap(), []);
    let story = |captured: Captured| {
        let attempts = reader.attempts(captured.capture, Lane::Legacy).unwrap();
        attempts.into_iter().map(|(_, attempt, answer)| (attempt.at, answer.map(|answer| answer.status.unwrap())))
    };
    assert_eq!(story(told).collect::<Vec<_>>(), [(at(-90_000), Some(200))]);
    assert_eq!(story(unknown).collect::<Vec<_>>(), [(at(-90_000), None)]);
    assert_eq!(story(refused).collect::<Vec<_>>(), [(at(-90_000), Some(422))]);
}

#[tokio::test]
async fn an_altered_origin_is_found() {
    let world = World::new();
    let opened = world.open();
    replay(&opened, 1, None).await;
    close(opened).await;
    Connection::open(&world.path).unwrap().execute("UPDATE replayed SET occurred_at = occurred_at + 1", []).unwrap();
    assert!(world.read().verify().unwrap().is_err());
}

#[tokio::test]
async fn a_commit_that_waits_for_several_waits_for_nobody_who_does_not_come() {
    let world = World::new();
    let opened = open(&world.path, Options { batch_min: 64, ..Options::default() }).unwrap();
    // One alone is durable all the same, and many together take few commits.
    replay(&opened, 1, None).await;
    let many = (2..66).map(|number| replay(&opened, number, None));
    let rows: Vec<RowId> = futures(many).await.into_iter().map(|captured| captured.capture).collect();
    assert!(rows.is_sorted() && rows.len() == 64);
    close(opened).await;
    let reader = world.read();
    assert!(reader.verify().unwrap().is_ok());
    assert_eq!(reader.captures_of(1).unwrap(), 65);
}

/// All of them at once, in their order.
async fn futures<T: Future<Output = Captured>>(all: impl Iterator<Item = T>) -> Vec<Captured> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<Captured>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in all.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(captured) = future.as_mut().poll(context) {
                *done = Some(captured);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
