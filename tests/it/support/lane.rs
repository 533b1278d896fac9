//! Lanes: played by the test connection by connection, or answering by themselves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::conn::Message;
use super::{Conn, soon};

/// A lane's port. Connections to it wait until they are accepted, so that a lane of which nobody takes
/// care is one that hangs.
pub(crate) struct Lane {
    listener: TcpListener,
}

/// A lane that answers by itself, and tells of each request before it answers.
pub(crate) struct Served {
    requests: mpsc::UnboundedReceiver<Message>,
    task: AbortHandle,
}

impl Lane {
    pub(crate) async fn bind() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    /// A lane that comes back to where it was.
    pub(crate) async fn bind_to(addr: SocketAddr) -> Self {
        Self { listener: TcpListener::bind(addr).await.unwrap() }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub(crate) async fn accept(&self) -> Conn {
        let (stream, _) = soon("a connection to a lane", self.listener.accept()).await.unwrap();
        Conn::new(stream)
    }

    /// Answers every request with what `answer` says; no bytes: the connection is closed instead.
    pub(crate) fn serve(self, answer: impl Fn(&Message) -> String + Send + Sync + 'static) -> Served {
        self.serve_slowly(|| Duration::ZERO, answer)
    }

    /// As [`Lane::serve`], but each answer takes a while.
    pub(crate) fn serve_slowly(
        self,
        takes: impl Fn() -> Duration + Send + Sync + 'static,
        answer: impl Fn(&Message) -> String + Send + Sync + 'static,
    ) -> Served {
        let (tell, requests) = mpsc::unbounded_channel();
        let (takes, answer) = (Arc::new(takes), Arc::new(answer));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = self.listener.accept().await {
                let (tell, takes, answer) = (tell.clone(), Arc::clone(&takes), Arc::clone(&answer));
                connections.spawn(async move {
                    let mut conn = Conn::new(stream);
                    while let Some(request) = conn.try_message().await {
                        let said = answer(&request);
                        let takes = takes();
                        if !takes.is_zero() {
                            tokio::time::sleep(takes).await;
                        }
                        let _nobody_asks = tell.send(request);
                        if said.is_empty() {
                            return;
                        }
                        conn.write(said).await;
                    }
                });
            }
        });
        Served { requests, task: task.abort_handle() }
    }
}

impl Served {
    pub(crate) async fn next(&mut self) -> Message {
        soon("a request to a lane", self.requests.recv()).await.unwrap()
    }

    /// Requests that came and were not looked at.
    pub(crate) fn left(&mut self) -> Vec<Message> {
        std::iter::from_fn(|| self.requests.try_recv().ok()).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}
