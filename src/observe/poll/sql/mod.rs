//! The SQL side of the poll: reads a ledger out of its database, batch by batch, each like a page of the HTTP side.
//!
//! - Only reads: SQLite files are opened read-only, PostgreSQL is asked in a read-only transaction. All of a reading is
//!   one snapshot.
//! - A reading comes to its end only when the query did; a batch that doesn't come within `answer_wait_max` ends it early.
//! - What `:since` means to the query can't be seen in it, so it is tried: before a filter is believed, the newest row
//!   must come back when the query is asked from just before it. Times compared as texts of two forms would let
//!   orders look lost.
//! - No password is in any error: of the URL only host, port, name and path are shown.

mod database;
mod postgres;
mod query;
mod row;
mod session;
mod sqlite;

use jiff::{SignedDuration, Timestamp};

use self::database::Database;
use self::query::{Dialect, Query};
use self::row::Rows;
pub(super) use self::session::SqlError;
use self::session::{Session, Since};
use super::Poller;
use super::document::{Document, Read};
use super::known::DOCUMENTS_MAX;
use super::pass::{Broken, Tally};
use crate::config::SqlPoll;

/// What `:since` is when the window is all: before any ERP.
const ALL: Timestamp = Timestamp::UNIX_EPOCH;

/// A dated row of a reading: enough to know it again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Dated {
    committed_at: Timestamp,
    reference: String,
    order_key: String,
}

/// Whether a query takes `:since`; without it every reading's window is all. One that can't be used takes nothing.
pub(super) fn takes_since(sql: &SqlPoll) -> bool {
    understood(sql).is_ok_and(|(_, query)| query.takes_since)
}

fn understood(sql: &SqlPoll) -> Result<(Database, Query), SqlError> {
    let database = Database::read(sql.database.expose())?;
    let dialect = match &database {
        Database::Sqlite(_) => Dialect::Sqlite,
        Database::Postgres(_) => Dialect::Postgres,
    };
    Ok((database, Query::read(&sql.query, dialect)?))
}

impl Poller {
    /// Reads the database once.
    pub(super) async fn read_sql(
        &mut self,
        sql: &SqlPoll,
        since: Option<Timestamp>,
        tally: &mut Tally,
    ) -> Result<(), Broken> {
        let (database, query) = understood(sql)?;
        let poll = &self.watched.poll;
        let session = match database {
            Database::Sqlite(path) => sqlite::open(&path, query.clone(), poll.answer_wait_max).await?,
            Database::Postgres(server) => {
                postgres::open(*server, query.clone(), poll.answer_wait_max, poll.lag).await?
            }
        };
        if let Some(clock) = session.prepared.clock {
            tally.skew.see_clock(clock.shows, clock.sent_at, clock.received_at);
        }
        let ended = self.read_session(&session, query.takes_since, since.unwrap_or(ALL), tally).await;
        session.close().await;
        ended
    }

    async fn read_session(
        &mut self,
        session: &Session,
        takes_since: bool,
        since: Timestamp,
        tally: &mut Tally,
    ) -> Result<(), Broken> {
        let (strip, scope) = (self.watched.poll.order_key_strip.clone(), self.watched.scope.clone());
        let rows =
            Rows::new(&session.prepared.columns, takes_since, strip.as_deref(), &scope).map_err(SqlError::from)?;
        let newest = self.read_rows(session, &rows, since, tally).await?;
        if takes_since && !self.since_is_kept {
            self.since_is_kept = is_kept(session, &rows, since, newest).await?;
            if !self.since_is_kept && self.number == 1 {
                let source = &self.source;
                tracing::warn!(source, "the query finds no dated row, so that it keeps `:since` is not seen yet");
            }
        }
        Ok(())
    }

    /// Records what the query finds, and returns the newest dated row.
    async fn read_rows(
        &mut self,
        session: &Session,
        rows: &Rows<'_>,
        since: Timestamp,
        tally: &mut Tally,
    ) -> Result<Option<Dated>, Broken> {
        let mut batches = session.ask(Since::At(since)).await?;
        let (mut number, mut newest) = (0, None);
        while let Some(batch) = batches.next().await? {
            number += 1;
            let documents: Vec<_> = batch.iter().map(|row| rows.read(row)).collect();
            newest = documents.iter().flatten().filter_map(dated).chain(newest).max_by_key(|row| row.committed_at);
            self.record_batch(number, documents, tally).await?;
            if tally.documents > DOCUMENTS_MAX as u64 {
                return Err(SqlError::TooMany(DOCUMENTS_MAX).into());
            }
        }
        Ok(newest)
    }
}

fn dated(read: &Read) -> Option<Dated> {
    let Read::Document(Document { order_key, reference, committed_at: Some(committed_at), .. }) = read else {
        return None;
    };
    Some(Dated { committed_at: *committed_at, reference: reference.clone(), order_key: order_key.to_string() })
}

/// Whether the query keeps the window that it is asked for; `false` while there is no dated row to try it by. A
/// reading that found none may be one of a filter that lets nothing through, so the newest row of all is tried then.
async fn is_kept(
    session: &Session,
    rows: &Rows<'_>,
    since: Timestamp,
    newest: Option<Dated>,
) -> Result<bool, SqlError> {
    let newest = match newest {
        Some(newest) => newest,
        None => match newest_of_all(session, rows).await? {
            None => return Ok(false),
            Some(newest) if newest.committed_at > since => return Err(leaves_out(since, newest)),
            Some(newest) => newest,
        },
    };
    // A window's edge is asked for in whole seconds.
    let second = newest.committed_at.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(ALL).as_second();
    let just_before = Timestamp::from_second(second).unwrap_or(ALL);
    let mut batches = session.ask(Since::At(just_before)).await?;
    while let Some(batch) = batches.next().await? {
        let read = batch.iter().filter_map(|row| rows.read(row).ok());
        if read.filter_map(|read| dated(&read)).any(|row| row == newest) {
            return Ok(true);
        }
    }
    Err(leaves_out(just_before, newest))
}

async fn newest_of_all(session: &Session, rows: &Rows<'_>) -> Result<Option<Dated>, SqlError> {
    let mut batches = session.ask(Since::Lowest).await?;
    let mut newest: Option<Dated> = None;
    while let Some(batch) = batches.next().await? {
        let read = batch.iter().filter_map(|row| rows.read(row).ok());
        newest = read.filter_map(|read| dated(&read)).chain(newest).max_by_key(|row| row.committed_at);
    }
    Ok(newest)
}

fn leaves_out(since: Timestamp, row: Dated) -> SqlError {
    SqlError::LeavesOut { since: since.to_string(), reference: row.reference, committed_at: row.committed_at }
}
