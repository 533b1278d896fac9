//! Records the live lane's answers, as soon as the rows are known that they belong to.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use crate::journal::{CaptureWait, Captured, Journal, Record};
use crate::outcome::{Answer, Ending, Headers, Lane};

/// Where the rows are that an answer belongs to.
#[derive(Debug)]
pub(super) enum Rows {
    /// Known.
    Known(Captured),
    /// To be known once the journal gets there.
    Later(oneshot::Receiver<Captured>),
    /// Nowhere: the hole is counted already.
    None,
}

impl From<CaptureWait> for Rows {
    fn from(wait: CaptureWait) -> Self {
        match wait {
            CaptureWait::Durable(captured) => Self::Known(captured),
            CaptureWait::Slow(later) => Self::Later(later),
            CaptureWait::Unavailable => Self::None,
        }
    }
}

/// Records the live lane's answer to one capture.
#[derive(Debug)]
pub(super) struct Recorder {
    pub(super) journal: Journal,
    pub(super) run: u32,
    pub(super) lane: Lane,
    pub(super) rows: Rows,
    pub(super) bytes_max: usize,
    /// What the end of the process waits for.
    pub(super) tasks: TaskTracker,
}

/// What is known of an answer when its head has come, or the send was given up.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) ending: Ending,
    pub(super) at: Timestamp,
    pub(super) took: Duration,
    pub(super) status: Option<u16>,
    pub(super) headers: Headers,
    pub(super) error: Option<String>,
}

impl Recorder {
    /// Records an answer, now or as soon as the rows that it belongs to are known.
    pub(super) fn record(self, head: Head, body: Bytes, body_bytes: u64) {
        let Self { journal, run, lane, rows, tasks, .. } = self;
        let at = head.at;
        let tell = move |rows: Captured| {
            let Some(attempt) = rows.attempt else { return };
            let Head { ending, at, took, status, headers, error } = head;
            let answer = Answer { attempt, lane, ending, at, took, status, headers, body, body_bytes, error };
            journal.tell(run, &Record::Answer(answer), at);
        };
        match rows {
            Rows::Known(captured) => tell(captured),
            Rows::Later(later) => drop(tasks.spawn(async move {
                if let Ok(captured) = later.await {
                    tell(captured);
                }
            })),
            Rows::None => tracing::debug!(%at, "an answer belongs to a capture that is a hole"),
        }
    }
}
