//! A connection to a database for the length of one reading: its query is asked in one snapshot, once or more, and its
//! rows come in batches. What reads them sets the pace, so that memory does not grow with them.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::InterruptHandle;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::database::DatabaseError;
use super::query::QueryError;
use super::row::ColumnsError;

/// Rows of a batch: few enough that a batch of large documents takes some megabytes, and enough that the
/// journal commits them together.
pub(super) const BATCH_ROWS: usize = 250;

/// A batch of SQLite's ends at this size, whatever rows it has. PostgreSQL gives the rows that it is asked for.
pub(super) const BATCH_BYTES: usize = 4 << 20;

/// Batches that wait to be recorded while the next one is read.
const BATCHES_AHEAD: usize = 1;

/// How much longer than the server we wait for it, so that its own word on the time comes first.
const GRACE: Duration = Duration::from_secs(1);

/// What `:since` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    At(Timestamp),
    /// A value below every time, in whatever form it is stored.
    Lowest,
}

/// A row as a JSON object with its columns as members, or why it can't be one.
pub(super) type Row = Result<Bytes, String>;

/// The clock of a database, and what it was seen between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClockSeen {
    pub(super) shows: Timestamp,
    pub(super) sent_at: Timestamp,
    pub(super) received_at: Timestamp,
}

/// Why a database can't be read. Never says what the URL holds beside host, port, name and path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::observe::poll) enum SqlError {
    #[error("understand the poll's database: {0}")]
    Database(#[from] DatabaseError),
    #[error("use the poll's query: {0}")]
    Query(#[from] QueryError),
    #[error("use the poll's query: {0}")]
    Columns(#[from] ColumnsError),
    #[error("open the database {place}: {why}")]
    Open { place: String, why: String },
    #[error("use the poll's query: {0}")]
    Refused(String),
    #[error("read the query's rows: {0}")]
    Broken(String),
    #[error("read the query's rows: none came within {} ms (the poll's answer_wait_max)", .0.as_millis())]
    TimedOut(Duration),
    #[error("read the query's rows: the connection to the database ended early")]
    Ended,
    #[error("read the query's rows: there are more than {0}; narrow the query")]
    TooMany(usize),
    #[error(
        "use the poll's query: with `:since` as {since} it leaves out the row of the reference {reference}, which was \
         committed at {committed_at}; compare times as times, not as texts or numbers of another form"
    )]
    LeavesOut { since: String, reference: String, committed_at: Timestamp },
}

/// A query to be asked, and where its rows go.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) since: Since,
    pub(super) rows: mpsc::Sender<Told>,
}

/// What a database says to an [`Ask`].
#[derive(Debug)]
pub(super) enum Told {
    /// Some rows; the first batch may have none.
    Rows(Vec<Row>),
    /// There are no more. Without this nothing is known of what may follow.
    End,
    Failed(SqlError),
}

/// What a database says of a query before it is asked.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) columns: Vec<String>,
    pub(super) clock: Option<ClockSeen>,
}

/// What reads the database, as long as it may.
#[derive(Debug)]
pub(super) enum Reads {
    /// A thread; its query is interrupted when nobody waits for it any more.
    Thread { _interrupt: Interrupted },
    /// A task.
    Task(AbortOnDropHandle<()>),
}

/// Interrupts a query of SQLite when dropped.
pub(super) struct Interrupted(pub(super) InterruptHandle);

/// A database that is being read.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) prepared: Prepared,
    pub(super) asks: mpsc::Sender<Ask>,
    /// How long each batch may take.
    pub(super) wait_max: Duration,
    pub(super) reads: Reads,
}

/// The rows of one asking.
#[derive(Debug)]
pub(super) struct Batches {
    told: mpsc::Receiver<Told>,
    wait_max: Duration,
    has_ended: bool,
}

impl Session {
    /// Asks the query.
    pub(super) async fn ask(&self, since: Since) -> Result<Batches, SqlError> {
        let (rows, told) = mpsc::channel(BATCHES_AHEAD);
        self.asks.send(Ask { since, rows }).await.map_err(|_| SqlError::Ended)?;
        Ok(Batches { told, wait_max: self.wait_max, has_ended: false })
    }

    /// Takes leave of the database, so that a server's log doesn't take us for crashed. One that doesn't answer is left.
    pub(super) async fn close(self) {
        drop(self.asks);
        if let Reads::Task(task) = self.reads {
            // An error means that it is gone already.
            let _ = tokio::time::timeout(GRACE, task).await;
        }
    }
}

impl Batches {
    /// The next batch; `None` when there are no more.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Row>>, SqlError> {
        if self.has_ended {
            return Ok(None);
        }
        match in_time(self.wait_max, self.told.recv()).await? {
            Some(Told::Rows(rows)) => Ok(Some(rows)),
            Some(Told::Failed(error)) => Err(error),
            None => Err(SqlError::Ended),
            Some(Told::End) => {
                self.has_ended = true;
                Ok(None)
            }
        }
    }
}

/// Waits for a database no longer than it may take.
pub(super) async fn in_time<T>(wait_max: Duration, work: impl Future<Output = T>) -> Result<T, SqlError> {
    tokio::time::timeout(wait_max.saturating_add(GRACE), work).await.map_err(|_| SqlError::TimedOut(wait_max))
}

impl std::fmt::Debug for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interrupted")
    }
}

impl Drop for Interrupted {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}
