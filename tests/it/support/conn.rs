//! One connection, seen from either end, byte by byte.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::soon;

/// A connection, and what was read of it and not yet taken.
pub(crate) struct Conn {
    stream: TcpStream,
    read: Vec<u8>,
}

/// A request or an answer as it stood on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Up to and with the empty line.
    pub(crate) head: String,
    /// As framed: chunks with their sizes.
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The values of a header field, in any case.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The head without the `via` line that the tee adds, whose instance is its own.
    pub(crate) fn head_without_via(&self) -> String {
        self.head.split_inclusive("\r\n").filter(|line| !line.starts_with("via: 1.1 paritee-")).collect()
    }
}

impl Conn {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, read: Vec::new() }
    }

    pub(crate) async fn to(addr: SocketAddr) -> Self {
        Self::new(TcpStream::connect(addr).await.unwrap())
    }

    /// To what may not listen yet.
    pub(crate) async fn to_soon(addr: SocketAddr) -> Self {
        let connected = soon("a port to listen", async {
            loop {
                match TcpStream::connect(addr).await {
                    Ok(stream) => return stream,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        });
        Self::new(connected.await)
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Writes to what may be closed already.
    pub(crate) async fn try_write(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(bytes.as_ref()).await
    }

    /// Reads on; false at the end of the stream, however it came.
    async fn more(&mut self) -> bool {
        self.read.reserve(16 << 10);
        !matches!(self.stream.read_buf(&mut self.read).await, Ok(0) | Err(_))
    }

    /// Takes so many bytes, or fewer where the stream ends before.
    pub(crate) async fn take(&mut self, count: usize) -> Vec<u8> {
        soon(&format!("{count} bytes"), async {
            while self.read.len() < count && self.more().await {}
            let count = count.min(self.read.len());
            self.read.drain(..count).collect()
        })
        .await
    }

    /// Exactly these bytes come next.
    #[track_caller]
    pub(crate) fn expect(&mut self, bytes: impl AsRef<[u8]>) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let came = self.take(bytes.as_ref().len()).await;
            let (came, wanted) = (String::from_utf8_lossy(&came), String::from_utf8_lossy(bytes.as_ref()));
            assert_eq!(came, wanted, "at {at}");
        }
    }

    /// Nothing more comes: the other side has closed.
    pub(crate) async fn expect_end(&mut self) {
        soon("the end of the stream", async { while self.more().await {} }).await;
        assert_eq!(String::from_utf8_lossy(&self.read), "", "after the end");
    }

    /// Everything up to the end of the stream.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        soon("the end of the stream", async { while self.more().await {} }).await;
        std::mem::take(&mut self.read)
    }

    /// A head, up to and with its empty line; `None` where the stream ends before it begins.
    pub(crate) async fn try_head(&mut self) -> Option<String> {
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if !self.more().await {
                return None;
            }
        };
        Some(String::from_utf8(self.read.drain(..end).collect()).unwrap())
    }

    pub(crate) async fn head(&mut self) -> String {
        soon("a head", self.try_head()).await.expect("the stream ended before a head")
    }

    /// A whole message by its own framing; `None` where the stream ends first.
    pub(crate) async fn try_message(&mut self) -> Option<Message> {
        let head = self.try_head().await?;
        let mut message = Message { head, body: Vec::new() };
        if message.values("transfer-encoding").contains(&"chunked") {
            while !message.body.ends_with(b"\r\n\r\n") || !ends_chunked(&message.body) {
                if self.read.is_empty() && !self.more().await {
                    return None;
                }
                message.body.push(self.read.remove(0));
            }
        } else if let Some(length) = message.values("content-length").first() {
            let length = length.parse().unwrap();
            while self.read.len() < length {
                if !self.more().await {
                    return None;
                }
            }
            message.body = self.read.drain(..length).collect();
        }
        Some(message)
    }

    pub(crate) async fn message(&mut self) -> Message {
        soon("a message", self.try_message()).await.expect("the stream ended within a message")
    }

    /// Ends what we send, and goes on reading.
    pub(crate) async fn half_close(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Closes with a reset in place of an orderly end.
    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }
}

/// Whether a body in chunks is whole, trailers included.
fn ends_chunked(mut body: &[u8]) -> bool {
    loop {
        let Some(at) = body.windows(2).position(|two| two == b"\r\n") else {
            return false;
        };
        let size = usize::from_str_radix(std::str::from_utf8(&body[..at]).unwrap(), 16).unwrap();
        if size == 0 {
            return body[at..].ends_with(b"\r\n\r\n");
        }
        let Some(rest) = body.get(at + 2 + size + 2..) else {
            return false;
        };
        body = rest;
    }
}
