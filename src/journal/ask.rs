//! Questions to a journal while it is written. What hinders them may go by itself, and is waited for; a file that is damaged where only
//! readers come is told to the writer, which then ends: the sidecar begins a new one, as where the writer itself finds it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::ErrorCode;
use tokio::task;
use tokio::time::sleep;

use super::damage;
use super::handle::Journal;
use super::read::{ReadError, Reader};

/// From one try to the next: at first, and at most.
const RETRY_FIRST: Duration = Duration::from_millis(20);
const RETRY_MAX: Duration = Duration::from_secs(1);

/// Asks a journal, for as long as it takes. Cheap to clone; one question at a time.
#[derive(Clone, Debug)]
pub struct Asker {
    journal: Journal,
    /// Opened by the first question, and anew after one that failed.
    reader: Arc<Mutex<Option<Reader>>>,
}

impl Asker {
    /// Who asks this journal.
    #[must_use]
    pub fn new(journal: Journal) -> Self {
        Self { journal, reader: Arc::default() }
    }

    /// Asks, away from the tasks that must not wait for a disk, and again where the disk doesn't answer.
    ///
    /// # Errors
    /// When the file is no journal, or damaged; the latter ends its writer.
    pub async fn ask<T: Send + 'static>(
        &self,
        query: impl Fn(&Reader) -> Result<T, ReadError> + Send + Sync + 'static,
    ) -> Result<T, ReadError> {
        let query = Arc::new(query);
        let (mut wait, mut damaged, mut told) = (RETRY_FIRST, 0, false);
        loop {
            let (asker, query) = (self.clone(), Arc::clone(&query));
            let asked = task::spawn_blocking(move || asker.ask_once(query.as_ref()));
            // The process ends, or the question panicked.
            let asked = asked.await.unwrap_or(Err(ReadError::Sqlite(rusqlite::Error::InvalidQuery)));
            let Err(error) = asked else { return asked };
            if error.is_damage() {
                damaged += 1;
                if self.journal.found_damaged(damaged).await {
                    return Err(error);
                }
            } else if error.may_pass() {
                damaged = 0;
            } else {
                return Err(error);
            }
            if !std::mem::replace(&mut told, true) {
                let error = anyhow::Error::from(error);
                tracing::error!("{error:#}; it is tried again and again");
            }
            sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    fn ask_once<T>(&self, query: impl Fn(&Reader) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let mut kept = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = match kept.take() {
            Some(reader) => reader,
            None => Reader::open(self.journal.path())?,
        };
        let answer = query(&reader)?;
        *kept = Some(reader);
        Ok(answer)
    }
}

impl ReadError {
    /// Whether the file is damaged, so that no waiting helps.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Sqlite(error) => damage::is_damage(error),
            Self::Missing(_) | Self::Foreign(_) | Self::Newer { .. } => false,
        }
    }

    /// Whether it may go by itself: the disk can't be read, or a lock is held for long.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        const PASSING: [ErrorCode; 5] = [
            ErrorCode::SystemIoFailure,
            ErrorCode::CannotOpen,
            ErrorCode::DatabaseBusy,
            ErrorCode::DatabaseLocked,
            ErrorCode::OutOfMemory,
        ];
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code().is_some_and(|code| PASSING.contains(&code)))
    }
}
