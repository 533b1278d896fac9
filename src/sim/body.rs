//! The body of a simulated answer: whole, or cut off half-way.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A body that is sent whole, or breaks off after its first half.
#[derive(Debug)]
pub(super) struct ReplyBody {
    rest: Rest,
    /// What the length is said to be.
    bytes: u64,
}

#[derive(Debug)]
enum Rest {
    Whole(Bytes),
    Half(Bytes),
    /// One turn without data, so that the half is flushed before the connection breaks.
    Flush,
    Break,
    End,
}

impl ReplyBody {
    pub(super) fn whole(body: Bytes) -> Self {
        Self { bytes: body.len() as u64, rest: Rest::Whole(body) }
    }

    /// Promises as much as before and sends half of it.
    pub(super) fn into_cut(mut self) -> Self {
        if let Rest::Whole(body) = self.rest {
            self.rest = Rest::Half(body.slice(..body.len() / 2));
        }
        self
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match std::mem::replace(&mut self.rest, Rest::End) {
            Rest::Whole(body) if body.is_empty() => Poll::Ready(None),
            Rest::Whole(body) => Poll::Ready(Some(Ok(Frame::data(body)))),
            Rest::Half(half) => {
                self.rest = Rest::Flush;
                Poll::Ready(Some(Ok(Frame::data(half))))
            }
            Rest::Flush => {
                self.rest = Rest::Break;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Rest::Break => Poll::Ready(Some(Err(io::Error::other("cut as planned")))),
            Rest::End => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.rest {
            Rest::Whole(body) => body.is_empty(),
            Rest::End => true,
            Rest::Half(_) | Rest::Flush | Rest::Break => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.rest {
            Rest::End => SizeHint::with_exact(0),
            _ => SizeHint::with_exact(self.bytes),
        }
    }
}
