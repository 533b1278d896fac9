//! Reads a SQLite file: opened read-only, on a thread of its own, in one read transaction. Its rows are made into JSON
//! here: integers and texts as they are, floats by their shortest text.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement, ToSql};
use tokio::sync::{mpsc, oneshot};

use super::query::Query;
use super::session::{
    Ask, BATCH_BYTES, BATCH_ROWS, Interrupted, Prepared, Reads, Row, Session, Since, SqlError, Told, in_time,
};

/// What the thread says when it is ready.
type Ready = Result<(Prepared, Interrupted), SqlError>;

/// Opens a file and prepares the query. The file's clock is unknown: whoever writes it dates its rows.
pub(super) async fn open(path: &Path, query: Query, wait_max: Duration) -> Result<Session, SqlError> {
    let (asks, asked) = mpsc::channel(1);
    let (ready, prepared) = oneshot::channel();
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || read(&path, &query, wait_max, ready, asked));
    let (prepared, interrupt) = in_time(wait_max, prepared).await?.map_err(|_| SqlError::Ended)??;
    Ok(Session { prepared, asks, wait_max, reads: Reads::Thread { _interrupt: interrupt } })
}

/// Serves the asks of a session until it ends.
fn read(path: &Path, query: &Query, wait_max: Duration, ready: oneshot::Sender<Ready>, mut asked: mpsc::Receiver<Ask>) {
    let place = path.display().to_string();
    let opened = connect(path, wait_max).map_err(|why| SqlError::Open { place, why });
    let connection = match opened {
        Ok(connection) => connection,
        Err(error) => return drop(ready.send(Err(error))),
    };
    let mut statement = match prepare(&connection, query) {
        Ok(statement) => statement,
        Err(error) => return drop(ready.send(Err(error))),
    };
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let prepared = Prepared { columns: columns.clone(), clock: None };
    if ready.send(Ok((prepared, Interrupted(connection.get_interrupt_handle())))).is_err() {
        return;
    }
    while let Some(Ask { since, rows }) = asked.blocking_recv() {
        let end = match tell(&mut statement, &columns, since, &rows) {
            Ok(()) => Told::End,
            Err(error) => Told::Failed(error),
        };
        // Nobody waits for what can't be sent.
        let _ = rows.blocking_send(end);
    }
}

fn connect(path: &Path, wait_max: Duration) -> Result<Connection, String> {
    let found = std::fs::metadata(path).map_err(|error| format!("{error}; check the path after `sqlite:`"))?;
    if !found.is_file() {
        return Err("it is no file; check the path after `sqlite:`".into());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(wait_max)?;
        // A transaction, so that all that a reading asks is of one state of the file.
        connection.execute_batch("pragma query_only = on; begin; select count(*) from sqlite_schema")?;
        Ok(connection)
    };
    open().map_err(|error: rusqlite::Error| said(&error))
}

fn prepare<'c>(connection: &'c Connection, query: &Query) -> Result<Statement<'c>, SqlError> {
    let refused = |why: String| Err(SqlError::Refused(why));
    let statement = match connection.prepare(&query.text) {
        Ok(statement) => statement,
        Err(error) => return refused(said(&error)),
    };
    if !statement.readonly() {
        return refused("it writes; a poll only reads".into());
    }
    let parameters: Vec<Option<&str>> =
        (1..=statement.parameter_count()).map(|at| statement.parameter_name(at)).collect();
    // Another parameter would be null in silence, and the query find nothing.
    if parameters != if query.takes_since { vec![Some(":since")] } else { vec![] } {
        return refused("SQLite sees other parameters in it than `:since`".into());
    }
    Ok(statement)
}

/// Sends the rows of one asking; ends early when nobody waits for them.
fn tell(
    statement: &mut Statement<'_>,
    columns: &[String],
    since: Since,
    to: &mpsc::Sender<Told>,
) -> Result<(), SqlError> {
    let broken = |error: rusqlite::Error| SqlError::Broken(said(&error));
    let mut found = match statement.parameter_count() {
        0 => statement.query([]),
        _ => statement.query([&since]),
    }
    .map_err(broken)?;
    let (mut rows, mut bytes, mut is_first) = (Vec::new(), 0, true);
    while let Some(row) = found.next().map_err(broken)? {
        let row = json(row, columns);
        bytes += row.as_ref().map_or(0, Bytes::len);
        rows.push(row);
        if rows.len() == BATCH_ROWS || bytes >= BATCH_BYTES {
            (bytes, is_first) = (0, false);
            if to.blocking_send(Told::Rows(std::mem::take(&mut rows))).is_err() {
                return Ok(());
            }
        }
    }
    if is_first || !rows.is_empty() {
        let _ = to.blocking_send(Told::Rows(rows));
    }
    Ok(())
}

/// A row as a JSON object, or why it can't be one.
fn json(row: &rusqlite::Row<'_>, columns: &[String]) -> Row {
    let mut object = String::from("{");
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            object.push(',');
        }
        object.push_str(&quoted(column));
        object.push(':');
        let value = row.get_ref(at).map_err(|error| said(&error))?;
        let text = written(value).map_err(|why| format!("the column `{column}` holds {why}"))?;
        object.push_str(&text);
    }
    object.push('}');
    Ok(object.into())
}

fn written(value: ValueRef<'_>) -> Result<String, &'static str> {
    match value {
        ValueRef::Null => Ok("null".into()),
        ValueRef::Integer(number) => Ok(number.to_string()),
        ValueRef::Real(number) => {
            serde_json::Number::from_f64(number).map(|number| number.to_string()).ok_or("an infinite number")
        }
        ValueRef::Text(text) => std::str::from_utf8(text)
            .map(quoted)
            .map_err(|_| "a text that is no UTF-8; write `hex(…)`, or leave it out"),
        ValueRef::Blob(_) => Err("a blob; write `cast(… as text)` or `hex(…)`, of JSONB `json(…)`, or leave it out"),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// SQLite has no type for times. `:since` is RFC 3339 with Z in whole seconds, which `unixepoch` and `datetime` read.
impl ToSql for Since {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(match self {
            Self::At(at) => Value::Text(Timestamp::from_second(at.as_second()).unwrap_or(*at).to_string()),
            // Numbers sort before texts, and as a Julian day this is the year -4713.
            Self::Lowest => Value::Integer(0),
        }))
    }
}

/// What SQLite says, with what to do about it.
fn said(error: &rusqlite::Error) -> String {
    let (code, message) = match error {
        rusqlite::Error::SqliteFailure(code, message) => (Some(code.code), message.clone()),
        rusqlite::Error::SqlInputError { error, msg, .. } => (Some(error.code), Some(msg.clone())),
        _ => (None, None),
    };
    let message = message.unwrap_or_else(|| error.to_string());
    let remedy = match code {
        Some(ErrorCode::NotADatabase) => {
            "it is no SQLite database, or an encrypted one; check the path after `sqlite:`"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program holds it locked for longer than answer_wait_max; in WAL mode readers wait for nobody"
        }
        Some(ErrorCode::CannotOpen) => {
            "paritee needs to read the file, and in WAL mode also `-wal` and `-shm` beside it; check their permissions"
        }
        Some(ErrorCode::ReadOnly) => "a poll only reads; take out what writes",
        Some(ErrorCode::PermissionDenied) => "let paritee's user read the file",
        Some(ErrorCode::DatabaseCorrupt) => "check the file with `pragma integrity_check`",
        Some(ErrorCode::OperationInterrupted) => "it took longer than answer_wait_max",
        _ => return message,
    };
    format!("{message}; {remedy}")
}
