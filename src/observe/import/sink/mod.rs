//! Where imported facts go: into the journal's file, to the sidecar that writes it, or nowhere.

mod admin;

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use tokio::sync::oneshot;

pub use admin::{Encode, Remote};

use crate::journal::{self, OpenError, Opened, ReadError, Reader, Record, RecordError, Recorded};

/// Batches that wait for the writer: one that it writes, one that it takes next, and two against hiccups.
const IN_FLIGHT_MAX: usize = 4;

/// How long the journal may take to write what is queued when the import ends.
const CLOSE_MAX: Duration = Duration::from_secs(60);

/// Why facts could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The journal can't be read: it isn't there, or is something else.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The journal can't be opened to write.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The journal takes no rows.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The sidecar doesn't take them.
    #[error("record through the admin port {url}: {why}")]
    Admin {
        /// Where.
        url: String,
        /// Why, and what to do.
        why: String,
    },
    /// The reader ended without a result.
    #[error("read the export: its reader ended early")]
    Reader,
    /// The journal did not close in time.
    #[error("close the journal: it took longer than {} s", CLOSE_MAX.as_secs())]
    Close,
}

/// Where facts go.
#[derive(Debug)]
pub enum Sink {
    /// Into the journal's file; no other process writes to it meanwhile.
    Journal(Box<Direct>),
    /// To the sidecar that writes to it.
    Sidecar(Box<Remote>),
    /// Nowhere: what would be new is looked up.
    Nowhere(Option<Box<Reader>>),
}

/// The journal, and what it has not acknowledged yet.
#[derive(Debug)]
pub struct Direct {
    opened: Opened,
    waiting: VecDeque<oneshot::Receiver<Vec<Recorded>>>,
}

impl Sink {
    /// Opens the journal's file. It must be there: an import alone begins no journal.
    ///
    /// Nothing of a run begins or ends by this. Where the last process ended without a clean close, the gap up to now
    /// is recorded, and the next start records the rest of it.
    ///
    /// # Errors
    /// When there is none, it is no journal, or another process writes to it.
    pub async fn journal(path: &Path) -> Result<Self, SinkError> {
        let last = Reader::open(path)?.run(None)?.map_or(1, |seen| seen.run.number);
        let opened = journal::open(path, journal::Options::default())?;
        if let Some(down) = opened.down {
            opened.journal.record(vec![Record::Gap(last, journal::down_gap(down))]).await?;
        }
        Ok(Self::Journal(Box::new(Direct { opened, waiting: VecDeque::new() })))
    }

    /// Takes a batch; how many of the facts that were acknowledged meanwhile were new.
    ///
    /// # Errors
    /// When they can't be recorded.
    pub(super) async fn take(&mut self, records: Vec<Record>) -> Result<u64, SinkError> {
        match self {
            Self::Journal(direct) => {
                direct.waiting.push_back(direct.opened.journal.submit(&records).await?);
                direct.settle(IN_FLIGHT_MAX).await
            }
            Self::Sidecar(remote) => remote.tell(&records).await,
            Self::Nowhere(None) => Ok(records.len() as u64),
            Self::Nowhere(Some(reader)) => {
                let mut new = 0;
                for record in &records {
                    new += u64::from(!reader.has(record)?);
                }
                Ok(new)
            }
        }
    }

    /// Waits until all is durable; how many of the facts that were acknowledged meanwhile were new.
    ///
    /// # Errors
    /// When they can't be recorded.
    pub(super) async fn settle(&mut self) -> Result<u64, SinkError> {
        match self {
            Self::Journal(direct) => direct.settle(0).await,
            Self::Sidecar(_) | Self::Nowhere(_) => Ok(0),
        }
    }

    /// Ends it: the journal is left as clean, or unclean, as it was found.
    ///
    /// # Errors
    /// When the journal does not end in time.
    pub async fn close(self) -> Result<(), SinkError> {
        let Self::Journal(direct) = self else { return Ok(()) };
        let Opened { journal, writer, .. } = direct.opened;
        if !journal.leave(CLOSE_MAX).await {
            return Err(SinkError::Close);
        }
        let ended = tokio::task::spawn_blocking(move || writer.join().is_ok()).await;
        if matches!(ended, Ok(true)) { Ok(()) } else { Err(SinkError::Record(RecordError::Closed)) }
    }
}

impl Direct {
    /// Waits until no more than so many batches are not acknowledged.
    async fn settle(&mut self, most: usize) -> Result<u64, SinkError> {
        let mut new = 0;
        while self.waiting.len() > most {
            let Some(first) = self.waiting.pop_front() else { break };
            let recorded = first.await.map_err(|_| RecordError::Closed)?;
            new += recorded.iter().filter(|recorded| recorded.new).count() as u64;
        }
        Ok(new)
    }
}
