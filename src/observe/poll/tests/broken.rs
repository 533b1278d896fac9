//! Readings that don't come to their end: each says why, proves nothing, and keeps what it did see.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::world::{Says, World, document, page, pointer};
use crate::observe::poll;

/// A poll that gets this answer to every request has an incomplete reading for this reason.
async fn check(says: Says, expected: &str) {
    let mut world = World::new("", move |_, _| says.clone()).await;
    world.watched.poll.answer_wait_max = Duration::from_millis(200);
    world.http().page_bytes_max = 1_000;
    let pass = world.pass().await;
    assert!(!pass.reading.complete, "{expected}");
    assert_eq!(pass.reading.error.as_deref(), Some(expected));
    assert_eq!(pass.gone, 0);
    assert_eq!(world.readings(), [pass.reading]);
}

#[tokio::test]
async fn what_is_no_page_is_named() {
    let html = "<!doctype html><title>Log in</title>";
    for (says, expected) in [
        (
            Says::Ok(html.into()),
            "page 1: HTML where JSON is expected: a page for people, perhaps to log in; check the poll's url and its credentials",
        ),
        (Says::Ok(String::new()), "page 1: an empty body where JSON is expected; check the poll's url"),
        (Says::Ok("{\"items\":[".into()), "page 1: no JSON at byte 10: the text ends where a value is expected"),
        (Says::Ok("{\"items\":{}}".into()), "page 1: no array at `/items`, where the documents should be"),
        (Says::Ok("{\"error\":\"busy\"}".into()), "page 1: nothing at `/items`, where the documents should be"),
        (Says::Ok("{\"items\":[],\"items\":[]}".into()), "page 1: a member on the way to `/items` stands twice"),
        (
            Says::Ok("{\"items\":[],\"next\":7}".into()),
            "page 1: neither a text nor null at `/next`, where the next page's URL should be",
        ),
        (
            Says::Ok("{\"items\":[],\"next\":\"http://other.test/\"}".into()),
            "page 1: `next` leads away from the poll's own scheme, host and port, to other.test",
        ),
        (
            Says::Ok("{\"items\":[],\"next\":\"/ledger\"}".into()),
            "page 1: `next` leads back to a page that was read already",
        ),
        (Says::With(500, vec![], html.into()), "page 1: answered 500 Internal Server Error"),
        (Says::With(204, vec![], String::new()), "page 1: answered 204 No Content"),
        (
            Says::With(302, vec![("location", "/login?session=s3cret".into())], String::new()),
            "page 1: answered 302 Found: redirects are not followed, and this one leads to `/login`; check the poll's url and its credentials",
        ),
        (Says::Ok(" ".repeat(1_001)), "page 1: failed to read the answer: its body is longer than 1000 bytes"),
        (Says::Silence, "page 1: failed to get an answer: not whole after 200 ms"),
    ] {
        check(says, expected).await;
    }
}

#[tokio::test]
async fn a_document_that_can_t_be_read_is_named_and_the_others_recorded() {
    let one_reference = [document(9, "A", 5), document(9, "A", 6)].join(",");
    for (item, expected) in [
        ("{\"id\":1}", "nothing at `/external_id`, where the order key should be"),
        (
            "{\"id\":1,\"external_id\":\"A\",\"external_id\":\"B\"}",
            "a member on the way to the order key at `/external_id` stands twice",
        ),
        ("{\"external_id\":\"A\"}", "nothing at `/id`, where the reference should be"),
        ("{\"id\":1,\"id\":1,\"external_id\":\"A\"}", "a member on the way to the reference at `/id` stands twice"),
        (
            "{\"id\":\"\",\"external_id\":\"A\"}",
            "at `/id`, where the reference should be, stands neither a text nor a number",
        ),
        (
            "{\"id\":1,\"external_id\":\"A\",\"created_at\":\"soon\"}",
            "at `/created_at`: no time: RFC 3339, RFC 2822, /Date(…)/ or an epoch number is expected",
        ),
        ("7", "nothing at `/external_id`, where the order key should be"),
        (one_reference.as_str(), "the reference 9 stands for two different documents"),
    ] {
        let items = [document(7, "before", 9), item.to_owned(), document(8, "after", 9)];
        let world = World::new("", move |_, _| page(&items, None)).await;
        let pass = world.pass().await;
        let index = if item == one_reference { 2 } else { 1 };
        assert_eq!(pass.reading.error, Some(format!("page 1, document {index}: {expected}")));
        assert!(!pass.reading.complete);
        assert_eq!((world.kinds("before"), world.kinds("after")), (vec!["committed"], vec!["committed"]), "{item}");
    }
}

#[tokio::test]
async fn documents_that_can_t_be_read_are_counted_over_all_pages() {
    let mut world = World::new("?page={page}", |_, query| match query["page"].as_str() {
        "1" => page(&["{}".into(), document(1, "A", 9)], None),
        "2" => page(&["[]".into(), "7".into()], None),
        _ => page(&[], None),
    })
    .await;
    world.http().next = None;
    let pass = world.pass().await;
    let expected = "page 1, document 0: nothing at `/external_id`, where the order key should be; and 2 more documents can't be read";
    assert_eq!((pass.reading.pages, pass.reading.documents), (3, 4));
    assert_eq!(pass.reading.error.as_deref(), Some(expected));
}

#[tokio::test]
async fn a_reading_that_breaks_on_its_third_page_proves_nothing() {
    let mut world = World::new("?since={since}&page={page}", |_, query| match query["page"].as_str() {
        "1" => page(&[document(1, "A", 9)], None),
        "2" => page(&[document(2, "B", 9)], None),
        "3" => page(&[document(3, "C", 9)], None),
        _ => page(&[], None),
    })
    .await;
    world.http().next = None;
    let mut poller = world.poller().await;
    assert!(poller.pass().await.unwrap().reading.complete);
    world.says(|_, query| match query["page"].as_str() {
        "1" => page(&[document(4, "D", 9)], None),
        "2" => page(&[document(2, "B", 9)], None),
        _ => Says::With(500, vec![], "{\"items\":[]}".into()),
    });
    let settled = poller.settled.open_from();
    let pass = poller.pass().await.unwrap();
    assert_eq!(pass.reading.error.as_deref(), Some("page 3: answered 500 Internal Server Error"));
    assert_eq!((pass.reading.complete, pass.reading.pages, pass.gone), (false, 2, 0));
    assert_eq!(poller.settled.open_from(), settled, "it moves no window");
    assert_eq!(world.kinds("A"), ["committed"], "what a broken reading lacks is not gone");
    assert_eq!(world.kinds("D"), ["committed"], "what it has is recorded");
}

#[tokio::test]
async fn the_baseline_is_read_again_until_it_is_whole() {
    let world =
        World::new("?since={since}", |_, _| Says::With(503, vec![("retry-after", "700".into())], "".into())).await;
    let mut poller = world.poller().await;
    for _ in 0..2 {
        let pass = poller.pass().await.unwrap();
        assert_eq!((pass.reading.since, pass.retry_after), (None, Some(Duration::from_secs(700))));
    }
    world.says(|_, _| page(&[], None));
    assert_eq!(poller.pass().await.unwrap().reading.since, None);
    assert!(poller.pass().await.unwrap().reading.since.is_some());
}

#[tokio::test]
async fn an_endless_ledger_ends() {
    let count = Arc::new(AtomicU32::new(1));
    let counted = Arc::clone(&count);
    let mut world = World::new("?page={page}", move |_, _| {
        let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
        page(&[document(number, "A", 9)], Some(&format!("/ledger?page={number}")))
    })
    .await;
    world.http().pages_max = 5;
    let error = "page 5: there are more pages than pages_max = 5";
    assert_eq!(world.pass().await.reading.error.as_deref(), Some(error));
    assert_eq!(count.load(Ordering::SeqCst), 6);
    // A ledger that ignores `page`.
    let item = document(1, "A", 9);
    world.says(move |_, _| page(std::slice::from_ref(&item), None));
    world.http().next = None;
    let error = "page 2: it holds the same documents as the page before, so the ledger does not turn pages; check the poll's url";
    assert_eq!(world.pass().await.reading.error.as_deref(), Some(error));
    // A whole loop, not only the page itself.
    world.http().next = Some(pointer("/next"));
    world.says(|_, query| match query["page"].as_str() {
        "1" => page(&[document(1, "A", 9)], Some("?page=2")),
        _ => page(&[document(2, "B", 9)], Some("?page=1")),
    });
    let error = "page 2: `next` leads back to a page that was read already";
    assert_eq!(world.pass().await.reading.error.as_deref(), Some(error));
}

#[tokio::test]
async fn an_interrupted_reading_leaves_no_row() {
    let arrived = Arc::new(Notify::new());
    let tell = Arc::clone(&arrived);
    let world = World::new("?page={page}", move |_, query| {
        if query["page"] == "1" {
            return page(&[document(1, "A", 9)], Some("?page=2"));
        }
        tell.notify_one();
        Says::Silence
    })
    .await;
    let stop = CancellationToken::new();
    let polling = tokio::spawn(poll::run(world.watched.clone(), world.journal(), stop.clone()));
    arrived.notified().await;
    stop.cancel();
    polling.await.unwrap().unwrap();
    assert_eq!(world.readings(), []);
    assert_eq!(world.kinds("A"), ["committed"]);
}

#[tokio::test]
async fn polling_goes_on_after_failures_until_it_is_stopped() {
    let count = AtomicU32::new(0);
    let world = World::new("", move |_, _| match count.fetch_add(1, Ordering::SeqCst) % 2 {
        0 => Says::With(500, vec![], String::new()),
        _ => page(&[document(1, "A", 9)], None),
    })
    .await;
    let stop = CancellationToken::new();
    let mut tail = world.journal().tail();
    let polling = tokio::spawn(poll::run(world.watched.clone(), world.journal(), stop.clone()));
    tail.wait_for(|tail| tail.readings >= 4).await.unwrap();
    stop.cancel();
    polling.await.unwrap().unwrap();
    let complete: Vec<bool> = world.readings().iter().map(|reading| reading.complete).take(4).collect();
    assert_eq!(complete, [false, true, false, true]);
}

#[tokio::test]
async fn polling_ends_when_the_journal_is_closed() {
    let world = World::new("", |_, _| page(&[], None)).await;
    let polling = tokio::spawn(poll::run(world.watched.clone(), world.journal(), CancellationToken::new()));
    assert!(world.journal().close(Duration::from_secs(30)).await);
    assert!(matches!(polling.await.unwrap(), Err(poll::PollError::Record(_))));
}
