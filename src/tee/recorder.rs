//! The answer on its way to the client: passed on as it comes, and recorded once it ends, however it ends.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use jiff::Timestamp;
use tokio::sync::oneshot;

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
        let Self { journal, run, lane, rows, .. } = self;
        let at = head.at;
        let tell = move |rows: Captured| {
            let Some(attempt) = rows.attempt else { return };
            let Head { ending, at, took, status, headers, error } = head;
            let answer = Answer { attempt, lane, ending, at, took, status, headers, body, body_bytes, error };
            journal.tell(run, &Record::Answer(answer), at);
        };
        match rows {
            Rows::Known(captured) => tell(captured),
            Rows::Later(later) => drop(tokio::spawn(async move {
                if let Ok(captured) = later.await {
                    tell(captured);
                }
            })),
            Rows::None => tracing::debug!(%at, "an answer belongs to a capture that is a hole"),
        }
    }
}

/// The body of an answer to the client.
#[derive(Debug)]
pub(super) struct AnswerBody {
    inner: Inner,
    recording: Option<Recording>,
}

#[derive(Debug)]
enum Inner {
    Lane(Incoming),
    Own(Option<Bytes>),
}

#[derive(Debug)]
struct Recording {
    recorder: Recorder,
    head: Head,
    kept: BytesMut,
    length: u64,
}

impl AnswerBody {
    /// A body of the tee's own.
    pub(super) const fn own(bytes: Bytes) -> Self {
        Self { inner: Inner::Own(Some(bytes)), recording: None }
    }

    /// A lane's body that is not recorded.
    pub(super) const fn passed(body: Incoming) -> Self {
        Self { inner: Inner::Lane(body), recording: None }
    }

    /// A lane's body that is recorded once it ends.
    pub(super) fn recorded(body: Incoming, recorder: Recorder, head: Head) -> Self {
        let mut body = Self {
            inner: Inner::Lane(body),
            recording: Some(Recording { recorder, head, kept: BytesMut::new(), length: 0 }),
        };
        if body.is_end_stream() {
            body.end(None);
        }
        body
    }

    /// Records the answer, once: whole, or cut for this reason.
    fn end(&mut self, cut: Option<String>) {
        let Some(mut recording) = self.recording.take() else {
            return;
        };
        if cut.is_some() {
            recording.head.ending = Ending::Cut;
            recording.head.error = cut;
        }
        recording.recorder.record(recording.head, recording.kept.freeze(), recording.length);
    }

    fn saw(&mut self, data: &Bytes) {
        let Some(recording) = &mut self.recording else {
            return;
        };
        let room = recording.recorder.bytes_max.saturating_sub(recording.kept.len()).min(data.len());
        recording.kept.extend_from_slice(data.get(..room).unwrap_or_default());
        recording.length += data.len() as u64;
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let frame = match &mut this.inner {
            Inner::Own(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Inner::Lane(body) => ready!(Pin::new(body).poll_frame(context)),
        };
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.saw(data);
                }
                if this.is_end_stream() {
                    this.end(None);
                }
            }
            Some(Err(error)) => this.end(Some(error.to_string())),
            None => this.end(None),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Inner::Lane(body) => body.is_end_stream(),
            Inner::Own(bytes) => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Lane(body) => body.size_hint(),
            Inner::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
        }
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.end(Some("the client went away before the answer was whole".into()));
    }
}
