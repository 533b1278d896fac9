//! Interim answers (1xx) on their way to an HTTP/1.1 client. hyper's server writes final answers only, so they
//! are put into the client's connection beside it (RFC 9110, 15.2), in the one moment where that is safe.
//! Otherwise they are left out: clients may ignore them, so that one less costs nobody an answer.
//!
//! Safe is: the answer to the very request is still awaited, so hyper has written nothing of it, and hyper's own
//! buffer is empty, since it flushes the connection only when it has nothing left to write. HTTP/2 and HTTP/1.0
//! clients get none, and neither does who comes over TLS.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};

use hyper::header::{HeaderMap, HeaderName};
use hyper::{Request, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::header::forwarded;

/// Longest interim answers that wait for a client's socket, in bytes. Early hints have a few hundred.
const INTERIM_BYTES_MAX: usize = 16 << 10;

/// A client's connection, into which interim answers can be put.
#[derive(Debug)]
pub struct ClientIo {
    read: OwnedReadHalf,
    writer: Arc<Writer>,
}

/// Puts interim answers into a connection; it doesn't keep it open.
#[derive(Clone, Debug)]
pub struct Interim(Weak<Writer>);

/// One request whose answer is awaited; dropped before hyper gets to see that answer.
#[derive(Debug)]
pub struct Awaited(Ticket);

/// Which request of which connection.
#[derive(Clone, Debug)]
struct Ticket {
    writer: Weak<Writer>,
    number: u64,
}

#[derive(Debug)]
struct Writer(Mutex<State>);

#[derive(Debug)]
struct State {
    half: OwnedWriteHalf,
    /// Whether hyper flushed after its last write: then its buffer is empty.
    flushed: bool,
    /// The request whose answer is awaited, and the last number that was given.
    awaited: Option<u64>,
    last: u64,
    /// What is left of interim answers that the socket didn't take at once. It goes before hyper's next bytes.
    rest: Vec<u8>,
}

/// A client's connection as hyper may have it, and the way for interim answers into it.
#[must_use]
pub fn client_io(stream: TcpStream) -> (ClientIo, Interim) {
    let (read, half) = stream.into_split();
    let state = State { half, flushed: true, awaited: None, last: 0, rest: Vec::new() };
    let writer = Arc::new(Writer(Mutex::new(state)));
    let interim = Interim(Arc::downgrade(&writer));
    (ClientIo { read, writer }, interim)
}

impl Interim {
    /// No way into a connection: interim answers are left out.
    #[must_use]
    pub const fn none() -> Self {
        Self(Weak::new())
    }

    /// A request was read, and its answer is awaited until the returned guard goes.
    #[must_use]
    pub fn awaited(&self) -> Awaited {
        let number = self.0.upgrade().map_or(0, |writer| {
            let mut state = writer.state();
            state.last += 1;
            state.awaited = Some(state.last);
            state.last
        });
        Awaited(Ticket { writer: Weak::clone(&self.0), number })
    }
}

impl Awaited {
    /// Passes on what a lane answers to `request` before its final answer. `100 Continue` isn't: hyper
    /// says that to the client itself, when the body is asked for.
    pub fn pass_on<B>(&self, request: &mut Request<B>) {
        let ticket = self.0.clone();
        hyper::ext::on_informational(request, move |answer| {
            if answer.status() != StatusCode::CONTINUE {
                ticket.put(answer.status(), answer.headers());
            }
        });
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if let Some(writer) = self.0.writer.upgrade() {
            let mut state = writer.state();
            if state.awaited == Some(self.0.number) {
                state.awaited = None;
            }
        }
    }
}

impl Ticket {
    fn put(&self, status: StatusCode, headers: &HeaderMap) {
        let Some(writer) = self.writer.upgrade() else {
            return;
        };
        let answer = encoded(status, headers);
        let mut state = writer.state();
        let is_safe = state.flushed && state.awaited == Some(self.number);
        if !is_safe || state.rest.len() + answer.len() > INTERIM_BYTES_MAX {
            return tracing::debug!(%status, "an interim answer was left out");
        }
        let written = if state.rest.is_empty() { state.half.try_write(&answer).unwrap_or(0) } else { 0 };
        state.rest.extend(answer.iter().skip(written));
    }
}

impl Writer {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn half(&mut self) -> Pin<&mut OwnedWriteHalf> {
        Pin::new(&mut self.half)
    }

    fn poll_rest(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.rest.is_empty() {
            match ready!(Pin::new(&mut self.half).poll_write(context, &self.rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => drop(self.rest.drain(..written)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// The head of an interim answer. The case of its names isn't known; they are written as is usual.
fn encoded(status: StatusCode, headers: &HeaderMap) -> Vec<u8> {
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
    for (name, value) in &forwarded(headers, 0) {
        head.extend(title_case(name));
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn title_case(name: &HeaderName) -> impl Iterator<Item = u8> + '_ {
    let mut before = b'-';
    name.as_str().bytes().map(move |letter| {
        let begins = before == b'-';
        before = letter;
        if begins { letter.to_ascii_uppercase() } else { letter }
    })
}

impl AsyncRead for ClientIo {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.read).poll_read(context, to)
    }
}

impl AsyncWrite for ClientIo {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.writer.state();
        state.flushed = false;
        ready!(state.poll_rest(context))?;
        state.half().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.writer.state();
        state.flushed = false;
        ready!(state.poll_rest(context))?;
        state.half().poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.writer.state().half.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.writer.state();
        state.flushed = true;
        ready!(state.poll_rest(context))?;
        state.half().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.writer.state();
        ready!(state.poll_rest(context))?;
        state.half().poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
