//! Sends that are about to begin: those that wait for leave, in their order, and those whose attempts are on their way to the
//! disk. What may go at the same moment is recorded together.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::pace::{Leave, Pace};
use super::send::{Begun, Shadow, Work};
use crate::journal::{RecordError, Recorded};

/// Attempts that are recorded together at most.
const TOGETHER_MAX: usize = 64;

/// Sends that are about to begin.
#[derive(Default)]
pub(super) struct Starting {
    waiting: VecDeque<Work>,
    /// The wait for leave, while none can be had at once.
    leaving: Option<Pin<Box<dyn Future<Output = Option<Leave>> + Send>>>,
    /// What is being recorded, in the order of recording.
    recording: VecDeque<Recording>,
}

/// Attempts that were handed to the journal together.
struct Recording {
    recorded: oneshot::Receiver<Vec<Recorded>>,
    begun: Vec<(Work, Leave, String)>,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Started {
    /// These may be sent: their attempts are durable.
    Durable(Vec<Begun>),
    /// There is leave to send.
    Leave(Leave),
}

impl fmt::Debug for Starting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Starting")
            .field("waiting", &self.waiting.len())
            .field("recording", &self.recording.len())
            .finish()
    }
}

impl Starting {
    /// Takes in what is to be sent as soon as there is leave.
    pub(super) fn add(&mut self, work: Work) {
        self.waiting.push_back(work);
    }

    /// Hands the attempts of those to the journal that have leave now: `leave` first, where one was waited for. What may not be sent at all is
    /// returned.
    ///
    /// # Errors
    /// When the journal is closed.
    pub(super) async fn begin(&mut self, shadow: &Shadow, leave: Option<Leave>) -> Result<Vec<Work>, RecordError> {
        let mut kept = Vec::new();
        let mut given = leave;
        while !self.waiting.is_empty() {
            let Some(leave) = given.take().or_else(|| shadow.pace.leave_at_once()) else { break };
            self.record(shadow, leave, &mut kept).await?;
        }
        self.wait(&shadow.pace);
        Ok(kept)
    }

    /// Records as many together as there is leave for.
    async fn record(&mut self, shadow: &Shadow, first: Leave, kept: &mut Vec<Work>) -> Result<(), RecordError> {
        let (mut records, mut begun) = (Vec::new(), Vec::new());
        let mut given = Some(first);
        while begun.len() < TOGETHER_MAX
            && !self.waiting.is_empty()
            && let Some(leave) = given.take().or_else(|| shadow.pace.leave_at_once())
            && let Some(work) = self.waiting.pop_front()
        {
            if shadow.admits(&work).await {
                let key = shadow.key(&work);
                records.push(shadow.attempt(&work, key.clone()));
                begun.push((work, leave, key));
            } else {
                kept.push(work);
                given = Some(leave);
            }
        }
        if !begun.is_empty() {
            let recorded = shadow.journal.submit(&records).await?;
            self.recording.push_back(Recording { recorded, begun });
        }
        Ok(())
    }

    /// Begins to wait for leave, where something needs it.
    fn wait(&mut self, pace: &Arc<Pace>) {
        if !self.waiting.is_empty() && self.leaving.is_none() {
            let pace = Arc::clone(pace);
            self.leaving = Some(Box::pin(async move { pace.leave().await }));
        }
    }

    /// Whether anything is waited for.
    pub(super) fn is_waiting(&self) -> bool {
        self.leaving.is_some() || !self.recording.is_empty()
    }

    /// Waits until something may begin, or go on. Nothing is lost where this is given up.
    ///
    /// # Errors
    /// When the journal is closed.
    pub(super) async fn next(&mut self) -> Result<Started, RecordError> {
        let (leaving, recording) = (&mut self.leaving, &mut self.recording);
        tokio::select! {
            recorded = durable(recording) => recorded.map(Started::Durable),
            leave = left(leaving) => leave.map(Started::Leave).ok_or(RecordError::Closed),
        }
    }
}

/// The oldest of what is being recorded, once it is durable.
async fn durable(recording: &mut VecDeque<Recording>) -> Result<Vec<Begun>, RecordError> {
    let Some(oldest) = recording.front_mut() else { return std::future::pending().await };
    let recorded = (&mut oldest.recorded).await;
    let begun = recording.pop_front().map(|oldest| oldest.begun).unwrap_or_default();
    let rows = recorded.map_err(|_| RecordError::Closed)?;
    let begun = begun.into_iter().zip(rows);
    Ok(begun.map(|((work, leave, key), Recorded { row, .. })| Begun { work, leave, key, attempt: row }).collect())
}

async fn left(leaving: &mut Option<Pin<Box<dyn Future<Output = Option<Leave>> + Send>>>) -> Option<Leave> {
    let Some(wait) = leaving else { return std::future::pending().await };
    let leave = wait.await;
    *leaving = None;
    leave
}
