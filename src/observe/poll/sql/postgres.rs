//! Reads a PostgreSQL database: in one read-only, repeatable-read transaction, on a task of its own, by a portal, so
//! that the server keeps what was not read yet. The server writes rows as JSON itself (`row_to_json`), with the session's
//! time zone set to UTC, so that every type it has can be read, and numbers come by their text.

use std::error::Error as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Connection, IsolationLevel, NoTls, Portal, Statement, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::task::AbortOnDropHandle;

use super::database::Server;
use super::query::Query;
use super::session::{Ask, BATCH_ROWS, ClockSeen, Prepared, Reads, Row, Session, Since, SqlError, Told, in_time};
use crate::clock;

/// From 1970 to 2000, where PostgreSQL counts from, in microseconds.
const EPOCH_US: i64 = 946_684_800_000_000;

/// A day, in microseconds.
const DAY_US: i64 = 86_400_000_000;

/// The server's clock, and whether it is a replica.
const CLOCK: &str = "select clock_timestamp(), pg_is_in_recovery()";

/// What the task says when it is ready.
type Ready = Result<Prepared, SqlError>;

/// Connects and prepares the query. `lag` is how far the poll says the server may be behind.
pub(super) async fn open(server: Server, query: Query, wait_max: Duration, lag: Duration) -> Result<Session, SqlError> {
    let (asks, asked) = mpsc::channel(1);
    let (ready, prepared) = oneshot::channel();
    let task = AbortOnDropHandle::new(tokio::spawn(run(server, query, wait_max, lag, ready, asked)));
    let prepared = prepared.await.map_err(|_| SqlError::Ended)??;
    Ok(Session { prepared, asks, wait_max, reads: Reads::Task(task) })
}

async fn run(
    server: Server,
    query: Query,
    wait_max: Duration,
    lag: Duration,
    ready: oneshot::Sender<Ready>,
    asked: mpsc::Receiver<Ask>,
) {
    let (mut client, connection) = match connect(&server, wait_max).await {
        Ok(connected) => connected,
        Err(why) => return drop(ready.send(Err(SqlError::Open { place: server.name, why }))),
    };
    let prepared = async {
        let transaction = begin(&mut client, wait_max).await?;
        let clock = see_clock(&transaction, wait_max, lag).await?;
        let (statement, columns) = prepare(&transaction, &query, wait_max).await?;
        Ok((transaction, statement, Prepared { columns, clock: Some(clock) }))
    };
    let failed = match prepared.await {
        Err(error) => Some((ready, error)),
        Ok((transaction, statement, prepared)) => {
            if ready.send(Ok(prepared)).is_ok() {
                serve(&transaction, &statement, wait_max, asked).await;
                // There is nothing to keep; what goes wrong here harms no reading.
                let _ = in_time(wait_max, transaction.rollback()).await;
            }
            None
        }
    };
    drop(client);
    let _ = in_time(wait_max, connection).await;
    if let Some((ready, error)) = failed {
        drop(ready.send(Err(error)));
    }
}

/// A client, and what carries it: that ends with the client, and what ended it, the client's next request says.
type Connected = (Client, AbortOnDropHandle<()>);

async fn connect(server: &Server, wait_max: Duration) -> Result<Connected, String> {
    // Over a Unix socket there is no TLS, nor a name that it could verify.
    let tls = if server.may_use_tls() { Some(tls(server.roots.clone()).await?) } else { None };
    let connecting = async {
        match tls {
            None => server.config.connect(NoTls).await.map(|(client, connection)| (client, carried(connection))),
            Some(tls) => {
                let connected = server.config.connect(MakeRustlsConnect::new(tls)).await;
                connected.map(|(client, connection)| (client, carried(connection)))
            }
        }
    };
    match in_time(wait_max, connecting).await {
        Ok(connected) => connected.map_err(|error| unconnected(&error)),
        Err(_) => Err(format!("no answer within {} ms (the poll's answer_wait_max)", wait_max.as_millis())),
    }
}

/// Why there is no connection, with what to do about it.
fn unconnected(error: &tokio_postgres::Error) -> String {
    let why = said(error);
    let remedy = match error.as_db_error().map(DbError::code) {
        Some(&(SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION)) => {
            "check the user and the password in the URL, and pg_hba.conf"
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => "check the database's name in the URL",
        Some(&SqlState::TOO_MANY_CONNECTIONS) => "a poll needs one connection",
        Some(_) => return why,
        None if why.contains("certificate") => {
            "name the authority that vouches for it with sslrootcert=FILE in the URL, and the server by the name in its \
             certificate; sslmode=disable does without TLS"
        }
        None if why.contains("TLS") => "sslmode=prefer or disable does without TLS",
        None => "check host and port in the URL, and that the server runs",
    };
    format!("{why}; {remedy}")
}

fn carried<S, T>(connection: Connection<S, T>) -> AbortOnDropHandle<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    AbortOnDropHandle::new(tokio::spawn(async move { drop(connection.await) }))
}

/// TLS that trusts these roots (PEM), or the system's.
async fn tls(roots: Option<PathBuf>) -> Result<ClientConfig, String> {
    let trusted = tokio::task::spawn_blocking(move || {
        let mut trusted = RootCertStore::empty();
        let Some(path) = roots else {
            trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            return Ok(trusted);
        };
        let unreadable =
            |error: &dyn std::fmt::Display| format!("no certificates in sslrootcert {}: {error}", path.display());
        let certificates = CertificateDer::pem_file_iter(&path).map_err(|error| unreadable(&error))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unreadable(&error))?;
            trusted.add(certificate).map_err(|error| unreadable(&error))?;
        }
        if trusted.is_empty() { Err(unreadable(&"it holds none")) } else { Ok(trusted) }
    });
    let trusted = trusted.await.map_err(|_| "the process is ending".to_owned())??;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(trusted).with_no_client_auth())
}

async fn begin(client: &mut Client, wait_max: Duration) -> Result<Transaction<'_>, SqlError> {
    let broken = |error: tokio_postgres::Error| SqlError::Broken(said(&error));
    let begin = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start();
    let transaction = in_time(wait_max, begin).await?.map_err(broken)?;
    let limits = format!(
        "set local statement_timeout = {}; set local timezone = 'UTC'; set local standard_conforming_strings = on",
        wait_max.as_millis()
    );
    in_time(wait_max, transaction.batch_execute(&limits)).await?.map_err(broken)?;
    Ok(transaction)
}

async fn see_clock(transaction: &Transaction<'_>, wait_max: Duration, lag: Duration) -> Result<ClockSeen, SqlError> {
    let broken = |error: tokio_postgres::Error| SqlError::Broken(said(&error));
    let statement = in_time(wait_max, transaction.prepare(CLOCK)).await?.map_err(broken)?;
    let sent_at = clock::now();
    let row = in_time(wait_max, transaction.query_one(&statement, &[])).await?.map_err(broken)?;
    let received_at = clock::now();
    let MicrosSince2000(micros) = row.try_get(0).map_err(broken)?;
    if row.try_get(1).map_err(broken)? && lag.is_zero() {
        let why = "the server is a replica; say with the poll's `lag` how far it may be behind, or read the primary";
        return Err(SqlError::Broken(why.into()));
    }
    let shows = Timestamp::from_microsecond(micros.saturating_add(EPOCH_US)).unwrap_or(received_at);
    Ok(ClockSeen { shows, sent_at, received_at })
}

/// Prepares the query by itself, for its columns and for messages about its own text, and then as JSON.
async fn prepare(
    transaction: &Transaction<'_>,
    query: &Query,
    wait_max: Duration,
) -> Result<(Statement, Vec<String>), SqlError> {
    let refused = |error: tokio_postgres::Error| {
        let line = line(&error, &query.text).map(|line| format!("line {line}: ")).unwrap_or_default();
        SqlError::Refused(format!("{line}{}", said(&error)))
    };
    let bare = in_time(wait_max, transaction.prepare(&query.text)).await?.map_err(refused)?;
    let columns: Vec<String> = bare.columns().iter().map(|column| column.name().to_owned()).collect();
    if let Some(asked) = bare.params().first().filter(|asked| !Since::accepts(asked)) {
        return Err(SqlError::Refused(format!(
            "`:since` is compared with a {asked}; compare times, such as `to_timestamp(…) >= :since` or `…::timestamptz \
             >= :since`"
        )));
    }
    let text = format!("select row_to_json(paritee.*)::text from (\n{}\n) as paritee", query.text);
    let only_select = |error: tokio_postgres::Error| match error.code() {
        // It was good by itself, and is not as a part of a SELECT.
        Some(&(SqlState::SYNTAX_ERROR | SqlState::FEATURE_NOT_SUPPORTED)) => {
            SqlError::Refused(format!("it is no SELECT that only reads: {}", said(&error)))
        }
        _ => SqlError::Broken(said(&error)),
    };
    let statement = in_time(wait_max, transaction.prepare(&text)).await?.map_err(only_select)?;
    Ok((statement, columns))
}

/// Serves the asks of a session until it ends.
async fn serve(
    transaction: &Transaction<'_>,
    statement: &Statement,
    wait_max: Duration,
    mut asked: mpsc::Receiver<Ask>,
) {
    while let Some(Ask { since, rows }) = asked.recv().await {
        let end = match tell(transaction, statement, wait_max, since, &rows).await {
            Ok(()) => Told::End,
            Err(error) => Told::Failed(error),
        };
        // Nobody waits for what can't be sent.
        let _ = rows.send(end).await;
    }
}

/// Sends the rows of one asking; ends early when nobody waits for them.
async fn tell(
    transaction: &Transaction<'_>,
    statement: &Statement,
    wait_max: Duration,
    since: Since,
    to: &mpsc::Sender<Told>,
) -> Result<(), SqlError> {
    let parameter: &(dyn ToSql + Sync) = &since;
    let parameters = if statement.params().is_empty() { &[][..] } else { &[parameter][..] };
    let portal = transaction.bind(statement, parameters);
    let portal = in_time(wait_max, portal).await?.map_err(|error| broken(&error, wait_max))?;
    let mut is_first = true;
    loop {
        let rows = batch(transaction, &portal, wait_max).await?;
        let is_last = rows.len() < BATCH_ROWS;
        if (is_first || !rows.is_empty()) && to.send(Told::Rows(rows)).await.is_err() || is_last {
            return Ok(());
        }
        is_first = false;
    }
}

async fn batch(transaction: &Transaction<'_>, portal: &Portal, wait_max: Duration) -> Result<Vec<Row>, SqlError> {
    let most = i32::try_from(BATCH_ROWS).unwrap_or(i32::MAX);
    let rows = in_time(wait_max, transaction.query_portal(portal, most)).await?;
    let rows = rows.map_err(|error| broken(&error, wait_max))?;
    let row = |row: &tokio_postgres::Row| {
        row.try_get(0).map(|Raw(bytes)| Ok(bytes)).map_err(|error| broken(&error, wait_max))
    };
    rows.iter().map(row).collect()
}

fn broken(error: &tokio_postgres::Error, wait_max: Duration) -> SqlError {
    match error.code() {
        Some(&SqlState::QUERY_CANCELED) => SqlError::TimedOut(wait_max),
        _ => SqlError::Broken(said(error)),
    }
}

/// A text as its bytes: one that is no UTF-8 is a row that can't be read, not the end of the reading.
struct Raw(Bytes);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(Bytes::copy_from_slice(raw)))
    }

    fn accepts(asked: &Type) -> bool {
        *asked == Type::TEXT
    }
}

/// A `timestamptz` as PostgreSQL sends it.
struct MicrosSince2000(i64);

impl<'a> FromSql<'a> for MicrosSince2000 {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(i64::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(asked: &Type) -> bool {
        *asked == Type::TIMESTAMPTZ
    }
}

/// `:since` in the type that the query compares it with: times are exact, a date is the day that it lies in, a text is
/// RFC 3339 with Z in whole seconds. A number could count seconds or milliseconds, so none is guessed.
impl ToSql for Since {
    fn to_sql(&self, asked: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let lowest = || "0001-01-01T00:00:00Z".parse::<Timestamp>();
        let at = match self {
            Self::At(at) => *at,
            Self::Lowest => lowest()?,
        };
        let micros = at.as_microsecond().saturating_sub(EPOCH_US);
        match *asked {
            Type::TIMESTAMPTZ | Type::TIMESTAMP => out.put_i64(micros),
            Type::DATE => out.put_i32(i32::try_from(micros.div_euclid(DAY_US))?),
            _ => out.put_slice(Timestamp::from_second(at.as_second())?.to_string().as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(asked: &Type) -> bool {
        matches!(*asked, Type::TIMESTAMPTZ | Type::TIMESTAMP | Type::DATE | Type::TEXT | Type::VARCHAR | Type::BPCHAR)
    }

    to_sql_checked!();
}

/// In which line of the query the server sees an error, from 1.
fn line(error: &tokio_postgres::Error, query: &str) -> Option<usize> {
    let Some(ErrorPosition::Original(letter)) = error.as_db_error()?.position() else { return None };
    let before = query.chars().take(usize::try_from(*letter).ok()?.saturating_sub(1));
    Some(before.filter(|letter| *letter == '\n').count() + 1)
}

/// What the server or the driver says, with what to do about it. The driver never says a password.
fn said(error: &tokio_postgres::Error) -> String {
    let Some(server) = error.as_db_error() else {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        return text;
    };
    let mut text = server.message().to_owned();
    if let Some(detail) = server.detail() {
        text = format!("{text} ({detail})");
    }
    if let Some(hint) = server.hint() {
        text = format!("{text}; {hint}");
    }
    let remedy = match *server.code() {
        SqlState::READ_ONLY_SQL_TRANSACTION => "a poll only reads; take out what writes",
        SqlState::INSUFFICIENT_PRIVILEGE => "grant select on it to the poll's user",
        SqlState::INDETERMINATE_DATATYPE => "`:since` ($1) needs a type; write `:since::timestamptz`",
        _ => return text,
    };
    format!("{text}; {remedy}")
}
