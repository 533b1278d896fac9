//! A PostgreSQL server as a ledger: one server, started here, and all that is checked against it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_postgres::{Client, NoTls};

use super::super::world::{World, seconds_ago};
use super::server::{PASSWORD, Server, skipped};
use super::{document_of, world};
use crate::config::{Secret, SqlPoll};
use crate::observe::poll::sql::takes_since;
use crate::outcome::Operation;

/// A server's URL and who writes to it.
struct Erp {
    url: String,
    client: Client,
}

impl Erp {
    async fn at(url: &str, owner: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(owner, NoTls).await.unwrap();
        tokio::spawn(connection);
        let erp = Self { url: in_schema(url), client };
        erp.run("drop schema if exists paritee_test cascade; create schema paritee_test").await;
        erp.run("grant usage on schema paritee_test to public; set search_path = paritee_test").await;
        erp.run("create table orders (order_key text, reference bigint, committed_at timestamptz, document jsonb)")
            .await;
        erp
    }

    async fn run(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap();
    }

    async fn world(&self, query: &str) -> World {
        world(&self.url, query).await
    }

    /// Reads once by this query, and returns what is wrong with the reading.
    async fn error(&self, query: &str) -> String {
        error(&self.world(query).await).await
    }
}

/// A server that was given, not started, may hold tables of the same names.
fn in_schema(url: &str) -> String {
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}options=-c%20search_path%3Dparitee_test")
}

async fn error(world: &World) -> String {
    let pass = world.pass().await;
    let error = pass.reading.error.unwrap();
    assert!(!pass.reading.complete);
    assert!(!error.contains(PASSWORD), "{error}");
    error
}

const ALL: &str = "select order_key, reference, committed_at, document from orders";

/// All checks on one server, since starting one takes a second.
#[tokio::test]
async fn a_server_is_read_as_a_ledger() {
    if let Ok(url) = std::env::var("PARITEE_TEST_POSTGRES") {
        let erp = Erp::at(&url, &url).await;
        read(&erp).await;
        return erp.run("drop schema paritee_test cascade").await;
    }
    let Some(mut server) = Server::start() else {
        return skipped("observe::poll over PostgreSQL", "neither initdb and postgres nor PARITEE_TEST_POSTGRES found");
    };
    let erp = Erp::at(&server.url("reader"), &server.url("owner")).await;
    erp.run(&format!("create role reader login password '{PASSWORD}'; grant pg_read_all_data to reader")).await;
    read(&erp).await;
    access(&server, &erp).await;
    tls(&server).await;
    erp.run("truncate orders; insert into orders values ('A', 1, now(), '{}')").await;
    drop(erp.client);
    let log = server.log();
    assert!(!log.contains("unexpected EOF") && !log.contains("WARNING"), "we take our leave: {log}");
    server.become_replica();
    replica(&in_schema(&server.url("reader"))).await;
}

async fn read(erp: &Erp) {
    parameters(erp).await;
    types(erp).await;
    batches(erp).await;
    windows(erp).await;
    since_in_other_types(erp).await;
    refused(erp).await;
    broken(erp).await;
}

/// The server itself takes these texts for what they are taken for.
async fn parameters(erp: &Erp) {
    let parts = [
        "1 as \":since\"\"--\"",
        "':since''/*'",
        "'\\'",
        "E'\\':since'",
        "$$:since'$$",
        "$a$ $$ :since $a$",
        "1 as a$a",
        "1 -- ':since\n",
        "1 /* ' /* -- :since */ */",
        ":since::text",
        "''::text",
        "array[1,2,3]",
        "(array[1,2,3])[1:2]",
    ];
    for one in parts {
        for other in parts {
            let expected = [one, other].contains(&":since::text");
            let query = format!("select {one},{other}");
            let sql = query.replace(":since::text", "$1::text");
            let statement = erp.client.prepare(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            assert_eq!(statement.params().len(), usize::from(expected), "{sql}");
            let from = Secret::new(erp.url.clone());
            assert_eq!(takes_since(&SqlPoll { database: from, query: query.clone() }), expected, "{query}");
        }
    }
}

async fn types(erp: &Erp) {
    erp.run("create type kind as enum ('web'); create domain key as text").await;
    let key = |value: &str| format!("select {value} as order_key, 'SO' as reference, {value} as committed_at");
    for (value, expected) in [
        ("'820982911946154508'::bigint", "820982911946154508"),
        ("'123456789012345678901234567890'::numeric", "123456789012345678901234567890"),
        ("'7f0a4c1e-0000-4000-8000-0123456789ab'::uuid", "7f0a4c1e-0000-4000-8000-0123456789ab"),
        ("'A-1'::char(9)", "A-1"),
        ("'A-2'::varchar", "A-2"),
        ("'web'::kind", "web"),
        ("'A-3'::key", "A-3"),
    ] {
        let query = key(value).replace(&format!("{value} as committed_at"), "null as committed_at");
        let world = erp.world(&query).await;
        let pass = world.pass().await;
        assert_eq!(pass.reading.error, None, "{value}");
        assert_eq!(world.kinds(expected), ["committed"], "{value}");
    }
    for (value, expected) in [
        ("'2024-07-03 12:00:00.123456+02'::timestamptz", Some("2024-07-03T10:00:00.123456Z")),
        ("'2024-07-03 10:00:00'::timestamp", Some("2024-07-03T10:00:00Z")),
        ("'2024-07-03'::date", Some("2024-07-03T00:00:00Z")),
        ("1720000800", Some("2024-07-03T10:00:00Z")),
        ("1720000800123::bigint", Some("2024-07-03T10:00:00.123Z")),
        ("1720000800.5::numeric", Some("2024-07-03T10:00:00.5Z")),
        ("'Wed, 03 Jul 2024 12:00:00 +0200'", Some("2024-07-03T10:00:00Z")),
        ("null::timestamptz", None),
    ] {
        let world = erp.world(&format!("select 'A' as order_key, 1 as reference, {value} as committed_at")).await;
        assert_eq!(world.pass().await.reading.error, None, "{value}");
        let at = world.outcomes("A")[0].occurred_at.map(|at| at.to_string());
        assert_eq!(at.as_deref(), expected, "{value}");
    }
    for (document, expected) in [
        ("'{\"b\": 1.0, \"a\":\"é\"}'::json", "{\"b\": 1.0, \"a\":\"é\"}"),
        ("'{\"b\": 1.0, \"a\":\"é\"}'::text", "{\"b\": 1.0, \"a\":\"é\"}"),
        ("'{\"b\": 1.0, \"a\":\"é\"}'::jsonb", "{\"a\": \"é\", \"b\": 1.0}"),
        // The row itself: numbers by their text, times as RFC 3339, null as null.
        (
            "19.90 as total, 9007199254740993 as id, null as note, true as paid, '2024-07-03 12:00+02'::timestamptz as at, 7 as paritee",
            "{\"order_key\":\"A\",\"reference\":1,\"total\":19.90,\"id\":9007199254740993,\"note\":null,\"paid\":true,\
             \"at\":\"2024-07-03T10:00:00+00:00\",\"paritee\":7}",
        ),
    ] {
        let named = if document.contains(" as ") { "" } else { " as document" };
        let world = erp.world(&format!("select 'A' as order_key, 1 as reference, {document}{named} -- the end")).await;
        assert_eq!(world.pass().await.reading.error, None, "{document}");
        assert_eq!(document_of(&world, "A"), expected);
    }
}

async fn batches(erp: &Erp) {
    for (rows, pages) in [(0, 1), (250, 1), (1_001, 5)] {
        let query = format!("select i as order_key, i as reference from generate_series(1, {rows}) as i;");
        let world = erp.world(&query).await;
        let reading = world.pass().await.reading;
        assert_eq!((reading.error, reading.pages, reading.documents), (None, pages, rows));
        let (ahead_us, uncertainty) = (reading.clock_offset_us.unwrap(), reading.clock_uncertainty.unwrap());
        assert!(u128::from(ahead_us.unsigned_abs()) <= uncertainty.as_micros(), "one machine has one clock");
    }
}

async fn windows(erp: &Erp) {
    let commit = |key, reference, ago| {
        format!("insert into orders values ('{key}', {reference}, '{}', '{{}}')", seconds_ago(ago))
    };
    erp.run(&format!("{}; {}", commit("before", 1, 5_000), commit("A", 2, 5))).await;
    let world = erp.world(&format!("{ALL} where committed_at >= :since or ':since' = document::text")).await;
    world.sent("A", Operation::Create, 6).await;
    let mut poller = world.poller().await;
    let first = poller.pass().await.unwrap().reading;
    assert_eq!((first.error, first.since, first.documents), (None, None, 2), "everything");
    let second = poller.pass().await.unwrap();
    assert!(second.reading.since.is_some());
    assert_eq!((second.reading.error, second.reading.documents, second.gone), (None, 1, 0));
    erp.run("delete from orders").await;
    for gone in [1, 1, 0] {
        assert_eq!(poller.pass().await.unwrap().gone, gone);
    }
    assert_eq!(world.kinds("A"), ["committed", "gone", "gone"]);
}

async fn since_in_other_types(erp: &Erp) {
    let at = |column: &str| {
        format!(
            "select order_key, reference, committed_at, '{{}}' as document from (select 'A' as order_key, 'SO-7' as reference, {column} as committed_at) as o"
        )
    };
    let leaves_out = "it leaves out the row of the reference SO-7, which was committed at 2024-07-03T10:00:00Z";
    for (column, filter, expected) in [
        ("'2024-07-03 10:00+00'::timestamptz", "committed_at >= :since", None),
        ("'2024-07-03 10:00'::timestamp", "committed_at >= :since", None),
        ("'2024-07-03'::date", "committed_at >= :since", None),
        ("'2024-07-03 10:00'::timestamp", "committed_at >= :since::timestamptz", None),
        ("'2024-07-03T10:00:00Z'::text", "committed_at >= :since", None),
        ("'2024-07-03 10:00:00'::text", "committed_at::timestamptz >= :since", None),
        ("1720000800", "to_timestamp(committed_at) >= :since", None),
        ("1720000800", "committed_at >= extract(epoch from :since::timestamptz)", None),
        ("'2024-07-03 10:00:00'::text", "committed_at >= :since", Some(leaves_out)),
        ("'03 Jul 2024 10:00:00 GMT'::text", "committed_at >= :since", Some(leaves_out)),
        (
            "'2024-07-03 10:00+00'::timestamptz",
            "committed_at >= :since::timestamptz + interval '1 day'",
            Some(leaves_out),
        ),
        ("1720000800::bigint", "committed_at >= :since", Some("`:since` is compared with a int8; compare times")),
    ] {
        let reading = erp.world(&format!("{} where {filter}", at(column))).await.pass().await.reading;
        match (expected, reading.error) {
            (None, None) => assert_eq!(reading.documents, 1, "{column}: {filter}"),
            (Some(expected), Some(error)) => assert!(error.contains(expected), "{column}: {filter}: {error}"),
            (_, error) => panic!("{column}: {filter}: {error:?}"),
        }
    }
}

async fn refused(erp: &Erp) {
    erp.run("insert into orders values ('A', 1, now(), '{}'); create sequence numbers; grant usage on sequence numbers to public").await;
    for (query, expected) in [
        (
            "select * from order_header",
            "failed to use the poll's query: line 1: relation \"order_header\" does not exist",
        ),
        ("select\nid from orders", "failed to use the poll's query: line 2: column \"id\" does not exist"),
        ("selekt 1", "failed to use the poll's query: line 1: syntax error at or near \"selekt\""),
        (
            "delete from orders returning order_key, reference",
            "failed to use the poll's query: it is no SELECT that only reads: syntax error",
        ),
        (
            "with gone as (delete from orders returning *) select * from gone",
            "failed to use the poll's query: it is no SELECT that only reads: WITH clause containing a data-modifying statement must be at the top level",
        ),
        (
            "select nextval('numbers') as order_key, 1 as reference",
            "failed to read the query's rows: cannot execute nextval() in a read-only transaction; a poll only reads; take out what writes",
        ),
        (
            "select set_config('transaction_read_only', 'off', true) as order_key, nextval('numbers') as reference",
            "failed to read the query's rows: transaction read-write mode must be set before any query",
        ),
        (
            "select 1; delete from orders",
            "failed to use the poll's query: another statement begins in line 1; write one, that only reads",
        ),
        (
            "select order_key from orders",
            "failed to use the poll's query: it has no column `reference`, but order_key; name one with `as reference`",
        ),
        (
            "select order_key, reference, 1 as a, 2 as a from orders",
            "failed to use the poll's query: two of its columns are named `a`; rename one with `as`, or take it out",
        ),
        (
            "select order_key, reference from orders where $1 = 1",
            "failed to use the poll's query: the parameter `$1` in line 1 is none that a poll has; it has `:since`",
        ),
        (
            "select 1.5 as order_key, 7 as reference",
            "page 1, document 0: in the row of the reference 7: at `/order_key`: the order key is a number that is no integer",
        ),
        (
            "select null as order_key, null as reference",
            "page 1, document 0: at `/order_key`: the order key is neither a string nor an integer",
        ),
    ] {
        let error = erp.error(query).await;
        assert!(error.starts_with(expected), "{query}:\n{error}\n{expected}");
    }
    let row = erp.client.query_one("select count(*) from orders", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 1, "nothing was written");
}

async fn broken(erp: &Erp) {
    // The 600th row divides by zero.
    let query = "select i as order_key, i as reference, 1 / (600 - i) as x from generate_series(1, 700) as i";
    let world = erp.world(query).await;
    let pass = world.pass().await;
    assert_eq!(pass.reading.error.as_deref(), Some("failed to read the query's rows: division by zero"));
    assert_eq!((pass.reading.complete, pass.reading.pages, pass.recorded), (false, 2, 500));
    // The server takes too long.
    let mut world = erp.world("select pg_sleep(60) as order_key, 1 as reference").await;
    world.watched.poll.answer_wait_max = Duration::from_millis(100);
    let slow = "failed to read the query's rows: none came within 100 ms (the poll's answer_wait_max)";
    assert_eq!(error(&world).await, slow);
    // The connection is ended in the midst of it.
    world.watched.poll.answer_wait_max = Duration::from_secs(60);
    let polling = tokio::spawn(async move { error(&world).await });
    let end = "select pg_terminate_backend(pid) from pg_stat_activity
               where application_name = 'paritee' and wait_event = 'PgSleep'";
    while erp.client.query(end, &[]).await.unwrap().is_empty() {}
    let said = polling.await.unwrap();
    assert_eq!(said, "failed to read the query's rows: terminating connection due to administrator command");
}

/// Who may read, and where the server is.
async fn access(server: &Server, erp: &Erp) {
    let name = format!("{}:{}/postgres", server.path().display(), server.port);
    erp.run("create role stranger login password 's3cret'").await;
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let url = in_schema(&server.url("stranger"));
    for (url, expected) in [
        (
            url.clone(),
            "failed to read the query's rows: permission denied for table orders; grant select on it to the poll's user"
                .to_owned(),
        ),
        (
            url.replace("s3cret", "s3cret2"),
            format!(
                "failed to open the database {name}: password authentication failed for user \"stranger\"; check the user and the password in the URL, and pg_hba.conf"
            ),
        ),
        (
            url.replace("/postgres?", "/books?"),
            format!(
                "failed to open the database {}: database \"books\" does not exist; check the database's name in the URL",
                name.replace("/postgres", "/books")
            ),
        ),
        (
            format!("postgres://u:{PASSWORD}@{closed}/x"),
            format!(
                "failed to open the database {closed}/x: error connecting to server: Connection refused (os error 111); check host and port in the URL, and that the server runs"
            ),
        ),
    ] {
        assert_eq!(error(&world(&url, ALL).await).await, expected);
    }
    for (answer, options, expected) in [
        (&b""[..], "", "no answer within 50 ms (the poll's answer_wait_max)"),
        (
            b"N",
            "sslmode=require",
            "error performing TLS handshake: server does not support TLS; sslmode=prefer or disable does without TLS",
        ),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "sslmode=disable", "error"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 1_024]).await;
            let _ = socket.write_all(answer).await;
            if answer.len() < 2 {
                let _ = socket.read_to_end(&mut Vec::new()).await;
            }
        });
        let mut world = world(&format!("postgres://u:{PASSWORD}@{place}/x?{options}"), ALL).await;
        world.watched.poll.answer_wait_max = Duration::from_millis(50);
        let said = error(&world).await;
        assert!(said.starts_with(&format!("failed to open the database {place}/x: {expected}")), "{said}");
        serving.abort();
    }
}

async fn tls(server: &Server) {
    let Some(authority) = &server.authority else {
        return skipped("observe::poll over PostgreSQL with TLS", "openssl is missing");
    };
    let trusted = format!("sslmode=verify-full&sslrootcert={}", authority.display());
    let encrypted =
        "select 'A' as order_key, 1 as reference where (select ssl from pg_stat_ssl where pid = pg_backend_pid())";
    let world_at = async |host: &str, options: &str| world(&server.url_of(host, options), encrypted).await;
    for (options, rows) in [(trusted.as_str(), 1), ("sslmode=disable", 0)] {
        let reading = world_at("localhost", options).await.pass().await.reading;
        assert_eq!((reading.error, reading.documents), (None, rows), "{options}");
    }
    for (host, options, expected) in [
        (
            "localhost",
            "",
            "invalid peer certificate: UnknownIssuer; name the authority that vouches for it with sslrootcert=FILE",
        ),
        ("localhost", "sslmode=require", "invalid peer certificate: UnknownIssuer; name the authority"),
        ("127.0.0.1", trusted.as_str(), "certificate not valid for name \"127.0.0.1\""),
        ("localhost", "sslrootcert=/none.pem", "no certificates in sslrootcert /none.pem: "),
    ] {
        let said = error(&world_at(host, options).await).await;
        assert!(said.contains(expected), "{host}, {options}: {said}");
    }
}

/// A replica lacks what it has not got yet.
async fn replica(url: &str) {
    let mut world = world(url, ALL).await;
    let why = "failed to read the query's rows: the server is a replica; say with the poll's `lag` how far it may be behind, or read the primary";
    assert_eq!(error(&world).await, why);
    world.watched.poll.lag = Duration::from_secs(10);
    let reading = world.pass().await.reading;
    assert_eq!((reading.error, reading.documents), (None, 1));
}
