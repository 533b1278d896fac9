//! The requests of a reading: what is filled in, which credentials they bear, and what a busy ledger gets.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::http::Method;
use hyper::header::AUTHORIZATION;

use super::world::{Says, World, document, page};
use crate::config::{Auth, Secret};

/// A ledger of so many documents, at most `cap` at once, from the offset and with the limit that it is asked for.
fn rows(count: u32, cap: usize, offset: &str, limit: &str) -> Says {
    let (offset, limit): (u32, u32) = (offset.parse().unwrap(), limit.parse().unwrap());
    if !offset.is_multiple_of(limit) {
        return Says::With(400, vec![], "{\"error\":\"the limit must divide the offset\"}".into());
    }
    let items: Vec<String> = (offset..count).map(|row| document(row, &format!("K{row}"), 9)).collect();
    page(&items[..items.len().min(cap).min(limit as usize)], None)
}

#[tokio::test]
async fn offsets_count_what_was_read_even_where_the_ledger_gives_less_than_it_is_asked_for() {
    for (count, cap) in [(0, 9), (3, 9), (4, 4), (9, 3), (10, 4), (7, 2), (13, 1_000)] {
        let mut world =
            World::new("?o={offset}&n={limit}", move |_, query| rows(count, cap, &query["o"], &query["n"])).await;
        world.http().next = None;
        world.http().limit = 4;
        let pass = world.pass().await;
        assert_eq!((pass.reading.error, pass.recorded), (None, u64::from(count)), "{count} rows, {cap} at once");
        assert_eq!(pass.reading.documents, u64::from(count), "counted once, however often they were read");
    }
}

#[tokio::test]
async fn a_query_is_sent_as_the_body_with_what_it_must_hold() {
    let asked = AtomicU32::new(0);
    let mut world = World::new("?limit={limit}", move |_, _| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => page(&[document(1, "A", 9)], None),
        1 => page(&[], None),
        _ => page(&[document(1, "A", 9)], None),
    })
    .await;
    let http = world.http();
    (http.method, http.next, http.limit) = (Method::POST, None, 7);
    http.body = Some("{\"q\":\"SELECT id FROM t WHERE at >= '{since}'\",\"offset\":{offset},\"limit\":{limit}}".into());
    let mut poller = world.poller().await;
    let pass = poller.pass().await.unwrap();
    assert_eq!((pass.reading.error, pass.recorded, pass.reading.since), (None, 1, None));
    let body = |since: &str, offset, limit| {
        format!("POST {{\"q\":\"SELECT id FROM t WHERE at >= '{since}'\",\"offset\":{offset},\"limit\":{limit}}}")
    };
    let epoch = "1970-01-01T00:00:00Z";
    assert_eq!(world.bodies(), [body(epoch, 0, 7), body(epoch, 1, 1), body(epoch, 0, 7)]);
    assert_eq!(world.asked(), ["/ledger?limit=7", "/ledger?limit=1", "/ledger?limit=7"]);
    let since = poller.pass().await.unwrap().reading.since.unwrap().to_string();
    assert_eq!(world.bodies()[0], body(&since, 0, 7), "a body takes {{since}} as a URL does");
}

/// A command that prints 1, then 2, and so on.
fn counting(folder: &tempfile::TempDir) -> Auth {
    let count = folder.path().join("count").display().to_string();
    let script = format!("echo x >> '{count}'; wc -l < '{count}'");
    Auth::Command {
        argv: ["/bin/sh", "-c", &script].map(ToOwned::to_owned).to_vec(),
        renew_every: Duration::from_secs(600),
    }
}

#[tokio::test]
async fn credentials_are_renewed_once_when_the_ledger_refuses_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new("?page={page}", |_, _| Says::With(401, vec![], String::new())).await;
    world.http().auth = Some(counting(&folder));
    world.http().headers = vec![(AUTHORIZATION, "Bearer of another".parse().unwrap())];
    let mut poller = world.poller().await;
    let pass = poller.pass().await.unwrap();
    let error = "page 1: answered 401 Unauthorized; the ledger does not take the poll's credentials, check its `auth` and headers";
    assert_eq!(pass.reading.error.as_deref(), Some(error));
    let sent = |world: &World| -> Vec<String> {
        world.headers().iter().map(|headers| headers["authorization"].to_str().unwrap().trim().to_owned()).collect()
    };
    assert_eq!(sent(&world), ["Bearer 1", "Bearer 2"]);
    // What the second token was refused for may be over: it is kept, and renewed once again if not.
    let count = AtomicU32::new(0);
    world.says(move |_, _| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Says::With(401, vec![], String::new()),
        _ => page(&[], None),
    });
    assert_eq!(poller.pass().await.unwrap().reading.error, None);
    assert_eq!(sent(&world)[2..], ["Bearer 2", "Bearer 3"]);
}

#[tokio::test]
async fn a_fixed_token_is_not_tried_twice_and_never_shown() {
    let mut world = World::new("", |_, _| Says::With(401, vec![], "s3cret is wrong".into())).await;
    world.http().auth = Some(Auth::Bearer(Secret::new("s3cret".into())));
    let mut poller = world.poller().await;
    let error = poller.pass().await.unwrap().reading.error.unwrap();
    assert!(error.starts_with("page 1: answered 401") && !error.contains("s3cret"), "{error}");
    assert_eq!(world.asked().len(), 1);
    assert!(!format!("{poller:?}").contains("s3cret"));
}

#[tokio::test]
async fn without_a_token_no_request_is_sent() {
    let mut world = World::new("", |_, _| page(&[], None)).await;
    let argv = vec!["/no/such/vault".into()];
    world.http().auth = Some(Auth::Command { argv, renew_every: Duration::from_secs(60) });
    let error = world.pass().await.reading.error.unwrap();
    assert!(error.starts_with("page 1: failed to get a token by the command `/no/such/vault`: "), "{error}");
    assert_eq!(world.asked(), Vec::<String>::new());
}

/// What a busy ledger says, at once and as long as it likes.
fn busy(status: u16, body: &str) -> Says {
    Says::With(status, vec![("retry-after", "0".into())], body.into())
}

#[tokio::test]
async fn a_busy_ledger_is_asked_for_the_same_page_again() {
    let limit = "{\"error\":{\"code\":\"SSS_REQUEST_LIMIT_EXCEEDED\",\"message\":\"…\"}}";
    for (status, body) in [(429, ""), (503, "<html>"), (400, limit)] {
        let count = AtomicU32::new(0);
        let mut world = World::new("?page={page}", move |_, query| {
            match (query["page"].as_str(), count.fetch_add(1, Ordering::SeqCst)) {
                ("1", _) => page(&[document(1, "A", 9)], Some("?page=2")),
                ("2", 1..=3) => busy(status, body),
                ("2", _) => page(&[document(2, "B", 9)], None),
                other => panic!("{other:?}"),
            }
        })
        .await;
        world.watched.answer.final_statuses = vec![400];
        let pass = world.pass().await;
        assert_eq!((pass.reading.error, pass.reading.pages, pass.recorded), (None, 2, 2), "{status}");
        assert_eq!(world.asked().len(), 5);
    }
}

#[tokio::test]
async fn a_ledger_that_stays_busy_ends_the_reading() {
    let world = World::new("", |_, _| busy(429, "")).await;
    let pass = world.pass().await;
    assert!(!pass.reading.complete);
    let error = "page 1: answered 429 Too Many Requests to 6 requests: the ledger is too busy; poll it less often, or lower `concurrency`";
    assert_eq!(pass.reading.error.as_deref(), Some(error));
    assert_eq!((pass.retry_after, world.asked().len()), (Some(Duration::ZERO), 6));
    // A 400 that says something else is no reason to wait.
    world.says(|_, _| busy(400, "{\"code\":\"INVALID_QUERY\"}"));
    assert_eq!(world.pass().await.reading.error.as_deref(), Some("page 1: answered 400 Bad Request"));
}
