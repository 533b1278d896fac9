//! Bodies: gathered up to a cap, or streamed on with what was read of them already.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};

/// A request's body on its way to a lane.
#[derive(Debug)]
pub enum Body {
    /// Held whole.
    Whole {
        /// The bytes; taken when sent.
        data: Option<Bytes>,
        /// Trailers that followed.
        trailers: Option<HeaderMap>,
        /// Whether it came in chunks, and goes on in chunks.
        chunked: bool,
    },
    /// Streamed, after what was read of it already.
    Stream {
        /// What was read.
        read: VecDeque<Bytes>,
        /// What is to come.
        rest: Incoming,
        /// Counts what was passed on.
        progress: Progress,
    },
}

/// Bytes of a streamed body that are a step on. A client that sends fewer than these while an answer may take is none that
/// anybody waits for: a kilobyte a second, with the usual minute.
const STEP_BYTES: u64 = 64 << 10;

/// How much of a streamed body was passed on: while it moves on, nobody waits in vain.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// How far it is. Its end is a step as well.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether it has moved on by a step since it was at `before`.
    #[must_use]
    pub fn has_moved_on(&self, before: u64) -> bool {
        self.now().saturating_sub(before) >= STEP_BYTES
    }

    fn passed(&self, data: Option<&Bytes>, is_end: bool) {
        let end = if is_end { STEP_BYTES } else { 0 };
        self.0.fetch_add(data.map_or(0, |data| data.len() as u64) + end, Ordering::Relaxed);
    }
}

/// How gathering a body ended.
#[derive(Debug)]
pub enum Gathered {
    /// All of it.
    Whole {
        /// The bytes.
        data: Bytes,
        /// Trailers that followed.
        trailers: Option<HeaderMap>,
    },
    /// More than the cap: what was read, and the rest to stream.
    TooLarge {
        /// What was read.
        read: VecDeque<Bytes>,
        /// What is to come.
        rest: Incoming,
    },
    /// The sender went away, or broke the protocol: what was read.
    Broken(Bytes),
}

/// Reads `body` up to `bytes_max`. A body that says beforehand that it is longer isn't read at all.
pub async fn gather(mut body: Incoming, bytes_max: usize) -> Gathered {
    if body.size_hint().lower() > bytes_max as u64 {
        return Gathered::TooLarge { read: VecDeque::new(), rest: body };
    }
    let mut read = VecDeque::new();
    let mut length = 0;
    let mut trailers = None;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Gathered::Broken(joined(read, length));
        };
        match frame.into_data() {
            Ok(data) => {
                length += data.len();
                read.push_back(data);
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
        if length > bytes_max {
            return Gathered::TooLarge { read, rest: body };
        }
    }
    Gathered::Whole { data: joined(read, length), trailers }
}

/// One frame as it is, several copied together.
fn joined(mut read: VecDeque<Bytes>, length: usize) -> Bytes {
    if read.len() <= 1 {
        return read.pop_front().unwrap_or_default();
    }
    let mut all = BytesMut::with_capacity(length);
    read.iter().for_each(|part| all.extend_from_slice(part));
    all.freeze()
}

impl Body {
    /// A body without trailers.
    #[must_use]
    pub const fn whole(data: Bytes) -> Self {
        Self::Whole { data: Some(data), trailers: None, chunked: false }
    }

    /// A body that is streamed, after what was read of it already.
    #[must_use]
    pub fn stream(read: VecDeque<Bytes>, rest: Incoming) -> Self {
        Self::Stream { read, rest, progress: Progress::default() }
    }

    /// To watch a streamed body by; `None` where it is held whole.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        match self {
            Self::Whole { .. } => None,
            Self::Stream { progress, .. } => Some(progress.clone()),
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.get_mut() {
            Self::Whole { data, trailers, .. } => {
                let data = data.take().filter(|data| !data.is_empty()).map(Frame::data);
                Poll::Ready(data.or_else(|| trailers.take().map(Frame::trailers)).map(Ok))
            }
            Self::Stream { read, rest, progress } => {
                let frame = match read.pop_front() {
                    Some(data) => Some(Ok(Frame::data(data))),
                    None => ready!(Pin::new(&mut *rest).poll_frame(context)),
                };
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                progress.passed(data, frame.is_none() || (read.is_empty() && rest.is_end_stream()));
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            // Chunks end with one of their own, even where there is none before it.
            Self::Whole { chunked: true, .. } => false,
            Self::Whole { data, trailers, .. } => data.as_ref().is_none_or(Bytes::is_empty) && trailers.is_none(),
            Self::Stream { read, rest, .. } => read.is_empty() && rest.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole { data, trailers: None, chunked: false } => {
                SizeHint::with_exact(data.as_ref().map_or(0, |data| data.len() as u64))
            }
            Self::Whole { .. } => SizeHint::default(),
            Self::Stream { read, rest, .. } => {
                let ahead: u64 = read.iter().map(|data| data.len() as u64).sum();
                let rest = rest.size_hint();
                let mut hint = SizeHint::new();
                hint.set_lower(ahead + rest.lower());
                if let Some(upper) = rest.upper() {
                    hint.set_upper(ahead + upper);
                }
                hint
            }
        }
    }
}
