//! The answer on its way to the client: passed on as it comes, and recorded once it ends, however it ends.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::recorder::{Head, Recorder};
use crate::outcome::Ending;

/// How long the rest of an answer is read for the record when its client has gone. It is on its way already.
const REST_WAIT_MAX: Duration = Duration::from_secs(5);

const CLIENT_GONE: &str = "the client went away before the answer was whole";

/// The body of an answer to the client.
#[derive(Debug)]
pub(super) struct AnswerBody {
    inner: Inner,
    recording: Option<Recording>,
    /// An error that waits until what came before it is on its way.
    cut: Option<hyper::Error>,
}

#[derive(Debug)]
enum Inner {
    Lane(Incoming),
    /// No body, and yet a length: what a 304 says of the body that it doesn't send.
    Bare(u64),
    Own(Option<Bytes>),
}

/// What is kept of an answer until it ends.
#[derive(Debug)]
struct Recording {
    recorder: Recorder,
    head: Head,
    kept: BytesMut,
    length: u64,
}

impl Recording {
    fn saw(&mut self, data: &Bytes) {
        let room = self.recorder.bytes_max.saturating_sub(self.kept.len()).min(data.len());
        self.kept.extend_from_slice(data.get(..room).unwrap_or_default());
        self.length += data.len() as u64;
    }

    /// Records the answer: whole, or cut for this reason.
    fn end(mut self, cut: Option<String>) {
        if cut.is_some() {
            self.head.ending = Ending::Cut;
            self.head.error = cut;
        }
        self.recorder.record(self.head, self.kept.freeze(), self.length);
    }

    /// Reads what the client didn't wait for: what became of the order must not depend on the client.
    async fn rest(mut self, mut body: Incoming) {
        let bytes_max = self.recorder.bytes_max;
        let reading = async {
            while self.kept.len() < bytes_max {
                match body.frame().await {
                    None => return None,
                    Some(Ok(frame)) => frame.data_ref().map_or((), |data| self.saw(data)),
                    Some(Err(error)) => return Some(error.to_string()),
                }
            }
            Some(CLIENT_GONE.to_owned())
        };
        let cut = timeout(REST_WAIT_MAX, reading).await.unwrap_or_else(|_| Some(CLIENT_GONE.to_owned()));
        self.end(cut);
    }
}

impl AnswerBody {
    const fn of(inner: Inner) -> Self {
        Self { inner, recording: None, cut: None }
    }

    /// A body of the tee's own.
    pub(super) const fn own(bytes: Bytes) -> Self {
        Self::of(Inner::Own(Some(bytes)))
    }

    /// A lane's body that is not recorded.
    pub(super) const fn passed(body: Incoming) -> Self {
        Self::of(Inner::Lane(body))
    }

    /// A lane's body that is recorded once it ends.
    pub(super) fn recorded(body: Incoming, recorder: Recorder, head: Head) -> Self {
        let recording = Recording { recorder, head, kept: BytesMut::new(), length: 0 };
        let mut body = Self::passed(body);
        body.recording = Some(recording);
        if body.is_end_stream() {
            body.end(None);
        }
        body
    }

    /// Says this length although there is no body. hyper leaves out the `Content-Length` of an answer that ends with
    /// its head.
    pub(super) fn saying(self, length: u64) -> Self {
        match &self.inner {
            Inner::Lane(body) if body.is_end_stream() => Self::of(Inner::Bare(length)),
            _ => self,
        }
    }

    fn end(&mut self, cut: Option<String>) {
        if let Some(recording) = self.recording.take() {
            recording.end(cut);
        }
    }

    /// A body's error makes hyper close the connection at once, with what it holds in its buffer. So one turn is
    /// left out first, in which the buffer is written: the client gets all that the lane sent.
    fn cut(&mut self, error: hyper::Error, context: &Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.end(Some(error.to_string()));
        self.cut = Some(error);
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        if let Some(error) = this.cut.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let frame = match &mut this.inner {
            Inner::Bare(_) => return Poll::Ready(None),
            Inner::Own(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Inner::Lane(body) => ready!(Pin::new(body).poll_frame(context)),
        };
        match frame {
            Some(Ok(frame)) => {
                if let (Some(data), Some(recording)) = (frame.data_ref(), &mut this.recording) {
                    recording.saw(data);
                }
                if this.is_end_stream() {
                    this.end(None);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => this.cut(error, context),
            None => {
                this.end(None);
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Inner::Lane(body) => self.cut.is_none() && body.is_end_stream(),
            Inner::Bare(_) => false,
            Inner::Own(bytes) => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Lane(body) => body.size_hint(),
            Inner::Bare(length) => SizeHint::with_exact(*length),
            Inner::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
        }
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        let Some(recording) = self.recording.take() else {
            return;
        };
        match (std::mem::replace(&mut self.inner, Inner::Own(None)), Handle::try_current()) {
            (Inner::Lane(body), Ok(runtime)) => {
                let tasks = recording.recorder.tasks.clone();
                drop(tasks.spawn_on(recording.rest(body), &runtime));
            }
            _ => recording.end(Some(CLIENT_GONE.to_owned())),
        }
    }
}
