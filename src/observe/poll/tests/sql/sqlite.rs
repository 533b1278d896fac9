//! SQLite files as ledgers: what is read, what is refused, and that it comes to the same as over HTTP.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::super::world::{self, World, page, seconds_ago};
use super::{ask, document_of, world as sql_world};
use crate::config::PollFrom;
use crate::outcome::Operation;

const ALL: &str = "select order_key, reference, committed_at, document from orders";

/// A ledger in a file, and who writes it.
struct Erp {
    folder: TempDir,
    connection: Connection,
}

impl Erp {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("erp.db")).unwrap();
        let erp = Self { folder, connection };
        erp.run("create table orders (order_key, reference, committed_at, document, total real)");
        erp
    }

    fn run(&self, sql: &str) {
        self.connection.execute_batch(sql).unwrap();
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("erp.db").display())
    }

    /// Commits an order `ago` seconds ago, dated in RFC 3339.
    fn commit(&self, key: &str, reference: u32, ago: i64) {
        self.run(&format!(
            "insert into orders values ('{key}', {reference}, '{}', '{}', 19.9)",
            seconds_ago(ago),
            document(key, reference, ago)
        ));
    }

    async fn world(&self, query: &str) -> World {
        sql_world(&self.url(), query).await
    }
}

fn document(key: &str, reference: u32, ago: i64) -> String {
    world::document(reference, key, ago)
}

/// Reads once, and returns what is wrong with the reading.
async fn error(world: &World) -> String {
    let pass = world.pass().await;
    assert!(!pass.reading.complete);
    pass.reading.error.unwrap()
}

#[tokio::test]
async fn a_row_is_the_document_or_holds_it() {
    let erp = Erp::new();
    erp.run(
        "insert into orders values ('A', 9007199254740993, '2024-07-03 10:00:00', '{\"total\": 19.90}', 19.9);
         insert into orders values (820982911946154508, 'SO-2', 1720000800, '{\"a\":\"é \"\"}', 1e300);
         update orders set document = '{\"a\":\"é\"}' where reference = 'SO-2'",
    );
    let mut world = erp.world(ALL).await;
    let pass = world.pass().await;
    assert_eq!((pass.reading.error, pass.reading.pages, pass.reading.documents, pass.recorded), (None, 1, 2, 2));
    assert_eq!(pass.reading.clock_offset_us, None, "whoever writes the file dates its rows");
    assert_eq!(document_of(&world, "A"), "{\"total\": 19.90}", "byte for byte");
    let outcome = &world.outcomes("A")[0];
    assert_eq!(outcome.reference.as_deref(), Some("9007199254740993"));
    assert_eq!(outcome.occurred_at.unwrap().to_string(), "2024-07-03T10:00:00Z");
    assert_eq!(world.outcomes("820982911946154508")[0].occurred_at, outcome.occurred_at);
    // Without the column the row itself is the document.
    world = sql_world(&erp.url(), "select order_key, reference, total, null as note, 'é\"' as \"t\" from orders").await;
    assert!(world.pass().await.reading.complete);
    let row = "{\"order_key\":\"A\",\"reference\":9007199254740993,\"total\":19.9,\"note\":null,\"t\":\"é\\\"\"}";
    assert_eq!(document_of(&world, "A"), row);
    assert!(document_of(&world, "820982911946154508").contains("\"total\":1e+300"));
}

#[tokio::test]
async fn rows_come_in_batches_to_the_end() {
    let erp = Erp::new();
    for (rows, pages) in [(0, 1), (250, 1), (1_001, 5)] {
        erp.run(&format!(
            "delete from orders; insert into orders with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows})
             select 'K' || i, i, null, null, 1.5 from n where {rows} > 0"
        ));
        let world = erp.world("select order_key, reference, total from orders").await;
        let pass = world.pass().await;
        assert_eq!((pass.reading.error, pass.reading.pages, pass.reading.documents), (None, pages, rows));
        assert_eq!(pass.recorded, rows);
    }
}

#[tokio::test]
async fn since_is_filled_like_a_url_s() {
    let erp = Erp::new();
    erp.commit("before", 1, 5_000);
    erp.commit("A", 2, 5);
    let world = erp.world(&format!("{ALL} where committed_at >= :since")).await;
    world.sent("A", Operation::Create, 6).await;
    let mut poller = world.poller().await;
    let first = poller.pass().await.unwrap().reading;
    assert_eq!((first.error, first.since, first.documents), (None, None, 2), "everything");
    let second = poller.pass().await.unwrap();
    assert!(second.reading.since.is_some());
    assert_eq!((second.reading.error, second.reading.documents, second.gone), (None, 1, 0));
    erp.run("delete from orders");
    for gone in [1, 1, 0] {
        assert_eq!(poller.pass().await.unwrap().gone, gone);
    }
    assert_eq!((world.kinds("before"), world.kinds("A")), (vec!["committed"], vec!["committed", "gone", "gone"]));
}

#[tokio::test]
async fn a_window_that_the_query_does_not_keep_is_noticed() {
    for (stored, filter, is_kept) in [
        ("strftime('%Y-%m-%dT%H:%M:%SZ', 1720000800, 'unixepoch')", "committed_at >= :since", true),
        ("strftime('%Y-%m-%dT%H:%M:%fZ', 1720000800.5, 'unixepoch')", "committed_at > :since", true),
        ("datetime(1720000800, 'unixepoch')", "datetime(committed_at) >= datetime(:since)", true),
        ("1720000800", "committed_at >= unixepoch(:since)", true),
        ("1720000800000", "committed_at >= 1000 * unixepoch(:since)", true),
        // Texts of another form: on the same day a blank is less than a T.
        ("datetime(1720000800, 'unixepoch')", "committed_at >= :since", false),
        // A number is less than any text.
        ("1720000800", "committed_at >= :since", false),
        ("1720000800000", "committed_at >= unixepoch(:since)", true),
    ] {
        let erp = Erp::new();
        erp.run(&format!("insert into orders values ('A', 'SO-7', {stored}, '{{}}', 1.0)"));
        let world = erp.world(&format!("{ALL} where {filter}")).await;
        let reading = world.pass().await.reading;
        if is_kept {
            assert_eq!((reading.error, reading.documents), (None, 1), "{stored}: {filter}");
        } else {
            let error = reading.error.unwrap();
            assert!(
                error.contains(
                    "it leaves out the row of the reference SO-7, which was committed at 2024-07-03T10:00:00Z"
                ),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn what_can_t_be_read_says_why_and_what_to_do() {
    let erp = Erp::new();
    erp.commit("A", 1, 9);
    let folder = erp.folder.path().display().to_string();
    std::fs::write(erp.folder.path().join("text.db"), "orders by hand, ".repeat(100)).unwrap();
    let url = erp.url();
    for (url, query, expected) in [
        (format!("sqlite:{folder}/none.db"), ALL, format!("failed to open the database {folder}/none.db: No such file or directory (os error 2); check the path after `sqlite:`")),
        (format!("sqlite:{folder}"), ALL, format!("failed to open the database {folder}: it is no file; check the path after `sqlite:`")),
        (format!("sqlite:{folder}/text.db"), ALL, format!("failed to open the database {folder}/text.db: file is not a database; it is no SQLite database, or an encrypted one; check the path after `sqlite:`")),
        ("oracle:x".into(), ALL, "failed to understand the poll's database: it begins neither with `sqlite:` nor with `postgres://`".into()),
        (url.clone(), "select * from order_header", "failed to use the poll's query: no such table: order_header".into()),
        (url.clone(), "select id from orders", "failed to use the poll's query: no such column: id".into()),
        (url.clone(), "selekt 1", "failed to use the poll's query: near \"selekt\": syntax error".into()),
        (url.clone(), "delete from orders returning order_key, reference", "failed to use the poll's query: it writes; a poll only reads".into()),
        (url.clone(), "select 1; delete from orders", "failed to use the poll's query: another statement begins in line 1; write one, that only reads".into()),
        (url.clone(), "select 1 where 2 > :until", "failed to use the poll's query: the parameter `:until` in line 1 is none that a poll has; it has `:since`".into()),
        (url.clone(), "select order_key from orders", "failed to use the poll's query: it has no column `reference`, but order_key; name one with `as reference`".into()),
        (url.clone(), "select *, 1 as total from orders", "failed to use the poll's query: two of its columns are named `total`; rename one with `as`, or take it out".into()),
        (url.clone(), "select order_key, reference from orders where committed_at > :since", "failed to use the poll's query: it has `:since`, but no column `committed_at` by which to see what that leaves out; name one".into()),
        (url.clone(), "select order_key, reference from orders limit 100", "failed to use the poll's query: `limit` in line 1 leaves documents out, and what a reading leaves out looks lost; take it out".into()),
        (url.clone(), "select order_key, reference, x'00' as photo from orders", "page 1, document 0: the column `photo` holds a blob; write `cast(… as text)` or `hex(…)`, of JSONB `json(…)`, or leave it out".into()),
        (url, "select order_key, reference, 9e999 as total from orders", "page 1, document 0: the column `total` holds an infinite number".into()),
    ] {
        let world = sql_world(&url, query).await;
        let said = error(&world).await;
        let said = said.split(" in select").next().unwrap();
        assert!(said.starts_with(&expected), "{query}:\n{said}\n{expected}");
        assert_eq!(world.kinds("A"), Vec::<&str>::new());
    }
    let left: u32 = erp.connection.query_one("select count(*) from orders", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1, "nothing was written");
}

#[tokio::test]
async fn a_query_that_breaks_proves_nothing_and_keeps_what_came() {
    let erp = Erp::new();
    erp.run("insert into orders with recursive n(i) as (select 1 union all select i + 1 from n where i < 600) select 'K' || i, i, null, null, i from n");
    let mut world = erp.world("select order_key, reference from orders").await;
    let mut poller = world.poller().await;
    assert!(poller.pass().await.unwrap().reading.complete);
    // The 600th row overflows.
    ask(
        &mut world,
        &erp.url(),
        "select order_key, reference, abs(iif(total < 600, 1, -9223372036854775808)) as x from orders where reference <> 7",
    );
    let mut poller = world.poller().await;
    let pass = poller.pass().await.unwrap();
    assert_eq!(pass.reading.error.as_deref(), Some("failed to read the query's rows: integer overflow"));
    assert_eq!((pass.reading.complete, pass.reading.pages, pass.reading.documents, pass.gone), (false, 2, 500, 0));
    assert_eq!(world.outcomes("K500").len(), 2, "what it has is recorded");
    assert_eq!(world.kinds("K7"), ["committed"], "what a broken reading lacks is not gone");
}

#[tokio::test]
async fn a_query_without_an_end_is_ended() {
    let erp = Erp::new();
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i as order_key, i as reference from n where i < 0";
    let mut world = erp.world(endless).await;
    world.watched.poll.answer_wait_max = Duration::from_millis(100);
    // A thread that went on would keep this test from ending.
    assert_eq!(
        error(&world).await,
        "failed to read the query's rows: none came within 100 ms (the poll's answer_wait_max)"
    );
}

#[tokio::test]
async fn a_file_that_another_holds_locked_is_read_when_it_is_let_go() {
    let erp = Erp::new();
    erp.commit("A", 1, 9);
    erp.run("begin exclusive");
    let mut world = erp.world(ALL).await;
    world.watched.poll.answer_wait_max = Duration::from_millis(50);
    let said = error(&world).await;
    assert!(
        said.contains("erp.db: database is locked; another program holds it locked for longer than answer_wait_max"),
        "{said}"
    );
    erp.run("commit");
    assert!(world.pass().await.reading.complete);
}

#[tokio::test]
async fn a_row_without_a_key_is_set_aside_by_the_scope_or_named() {
    let erp = Erp::new();
    erp.commit("A", 1, 9);
    erp.run("insert into orders values (null, 'SO-2', '2024-07-03', '{\"channel\":\"phone\"}', 1.0)");
    let mut world = erp.world(ALL).await;
    let pointer = "in the row of the reference SO-2: at `/order_key`: the order key is neither a string nor an integer; if it is no order of this shop, `scope` of the lane can set it aside";
    assert_eq!(error(&world).await, format!("page 1, document 1: {pointer}"));
    assert_eq!(world.kinds("A"), ["committed"]);
    world.watched.scope.since = Some(seconds_ago(1_000));
    let pass = world.pass().await;
    assert_eq!((pass.reading.error, pass.out_of_scope), (None, 1));
}

#[tokio::test]
async fn a_database_and_an_api_of_the_same_ledger_are_read_alike() {
    let erp = Erp::new();
    let items = Arc::new(Mutex::new(Vec::new()));
    let over_sql = erp.world(ALL).await;
    let over_http = World::new("", world::ledger(&items)).await;
    assert!(matches!(over_http.watched.poll.from, PollFrom::Http(_)));
    let (mut by_sql, mut by_http) = (over_sql.poller().await, over_http.poller().await);
    let at = seconds_ago(1_000);
    let document = |(key, reference): &(&str, u32)| {
        format!("{{\"id\": {reference}, \"external_id\":\"{key}\",\"created_at\":\"{at}\"}}")
    };
    let states: [&[(&str, u32)]; 5] =
        [&[("A", 1)], &[("A", 1), ("B", 2), ("B", 3)], &[("B", 2)], &[("B", 2)], &[("A", 1)]];
    for state in states {
        erp.run("delete from orders");
        for order @ (key, reference) in state {
            let values = format!("'{key}', {reference}, '{at}', '{}', null", document(order));
            erp.run(&format!("insert into orders values ({values})"));
        }
        *items.lock().unwrap() = state.iter().map(document).collect();
        let (one, other) = (by_sql.pass().await.unwrap(), by_http.pass().await.unwrap());
        let told = |pass: &crate::observe::poll::Pass| {
            let reading = &pass.reading;
            (reading.complete, reading.since, reading.documents, reading.error.clone(), pass.recorded, pass.gone)
        };
        assert_eq!(told(&one), told(&other), "{state:?}");
    }
    // And both break: the table is gone, the API answers people.
    erp.run("drop table orders");
    over_http.says(|_, _| page(&["<html>".into()], None));
    for poller in [&mut by_sql, &mut by_http] {
        let pass = poller.pass().await.unwrap();
        assert_eq!((pass.reading.complete, pass.gone), (false, 0));
    }
    for key in ["A", "B"] {
        assert_eq!(over_sql.outcomes(key), over_http.outcomes(key), "each document, each absence, each id");
        assert!(over_sql.outcomes(key).len() > 2);
    }
}
