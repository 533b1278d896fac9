//! The program as a process on any disk: started, posted to until it is gone, asked at its admin port.

use std::net::TcpListener;
use std::path::Path;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::disk::Disk;
use crate::support::{Conn, Process, order, soon};

const CLIENTS: usize = 12;

/// A running sidecar with an admin port.
pub(super) struct Sidecar {
    pub(super) process: Process,
    pub(super) tee: String,
    pub(super) admin: String,
}

/// What clients were told before a process ended.
pub(super) struct Posting {
    clients: JoinSet<()>,
    acknowledged: mpsc::UnboundedReceiver<String>,
    keys: Vec<String>,
}

impl Sidecar {
    /// Starts it on a disk of the machine, or on one that fails as it is told to. What it said, where it ends before it listens.
    pub(super) async fn try_start(config: &Path, disk: Option<&Disk>) -> Result<Self, String> {
        let mut command = Process::serve(config);
        disk.iter().for_each(|disk| disk.under(&mut command));
        let mut process = Process::try_start(command).await?;
        let Some(admin) = process.value("admin=").await else {
            return Err(process.ended().await.1);
        };
        Ok(Self { tee: process.tee.clone(), process, admin })
    }

    pub(super) async fn start(config: &Path, disk: Option<&Disk>) -> Self {
        Self::try_start(config, disk).await.unwrap_or_else(|said| panic!("ended before it listened: {said}"))
    }

    /// Starts it on sockets that are handed on, without waiting for a word: where its journal can't be opened, it says none.
    pub(super) fn start_on(config: &Path, disk: &Disk, [tee, admin]: [&TcpListener; 2]) -> Self {
        let mut command = Process::handed_on(config, &[tee, admin]);
        disk.under(&mut command);
        let [tee, admin] = [tee, admin].map(|socket| socket.local_addr().unwrap().to_string());
        Self { process: Process::unheard(command, tee.clone()), tee, admin }
    }

    /// Clients that post orders, one after the other, until the process is gone.
    pub(super) fn post(&self, name: &str) -> Posting {
        let (tell, acknowledged) = mpsc::unbounded_channel();
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            clients.spawn(post_until_the_end(self.tee.clone(), format!("{name}-{client}"), tell.clone()));
        }
        Posting { clients, acknowledged, keys: Vec::new() }
    }

    /// `GET path` of the admin port: the status and the body. A connection that ends with its listener is made anew.
    pub(super) async fn admin(&self, path: &str) -> (u16, String) {
        loop {
            let mut conn = Conn::to_soon(self.admin.parse().unwrap()).await;
            let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.admin);
            if conn.try_write(request).await.is_ok()
                && let Some(message) = soon("an answer of the admin port", conn.try_message()).await
            {
                let status = message.head.split(' ').nth(1).unwrap().parse().unwrap();
                return (status, message.text().to_owned());
            }
        }
    }
}

impl Posting {
    /// Waits until so many orders were acknowledged.
    pub(super) async fn acknowledged(&mut self, count: usize) {
        while self.keys.len() < count {
            self.keys.push(soon("an acknowledged order", self.acknowledged.recv()).await.unwrap());
        }
    }

    /// All that were acknowledged, once the process is gone.
    pub(super) async fn keys(mut self) -> Vec<String> {
        soon("the clients", self.clients.join_all()).await;
        self.keys.extend(std::iter::from_fn(|| self.acknowledged.try_recv().ok()));
        self.keys
    }
}

/// Posts orders until the connection breaks, and tells of those that were acknowledged.
async fn post_until_the_end(addr: String, name: String, acknowledged: mpsc::UnboundedSender<String>) {
    let Ok(stream) = tokio::net::TcpStream::connect(&addr).await else { return };
    let mut client = Conn::new(stream);
    for number in 0.. {
        let key = format!("{name}-{number}");
        if client.try_write(order(&key)).await.is_err() {
            return;
        }
        match client.try_message().await {
            Some(message) if message.head.starts_with("HTTP/1.1 200 ") => acknowledged.send(key).unwrap(),
            Some(message) => panic!("{key}: {}", message.head),
            None => return,
        }
    }
}
