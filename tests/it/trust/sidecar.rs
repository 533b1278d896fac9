//! The program as a process: started, posted to until it is gone, ended.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::disk::Disk;
use crate::support::{Conn, order, soon};

const CLIENTS: usize = 12;

/// A running sidecar.
pub(super) struct Process {
    child: Child,
    pub(super) tee: String,
    pub(super) admin: String,
}

/// What clients were told before a process ended.
pub(super) struct Posting {
    clients: JoinSet<()>,
    acknowledged: mpsc::UnboundedReceiver<String>,
    keys: Vec<String>,
}

impl Process {
    /// Starts it on a disk of the machine, or on one that fails as it is told to. The end, where it ends before it listens.
    pub(super) async fn try_start(config: &Path, disk: Option<&Disk>) -> Result<Self, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
        command.args(["serve", "--config"]).arg(config).env("PARITEE_LOG", "info");
        disk.iter().for_each(|disk| disk.under(&mut command));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let found = soon("the port", async {
            let (mut tee, mut admin) = (None, None);
            while let Some(line) = lines.next_line().await.unwrap() {
                let value = |key| Some(line.split_once(key)?.1.split_whitespace().next()?.to_owned());
                tee = tee.or_else(|| value("listen="));
                admin = admin.or_else(|| value("admin="));
                said.extend([line.as_str(), "\n"]);
                if let (Some(tee), Some(admin)) = (&tee, &admin) {
                    return Some((tee.clone(), admin.clone()));
                }
            }
            None
        });
        let Some((tee, admin)) = found.await else {
            child.wait().await.unwrap();
            return Err(said);
        };
        // What it says later must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, tee, admin })
    }

    pub(super) async fn start(config: &Path, disk: Option<&Disk>) -> Self {
        Self::try_start(config, disk).await.unwrap_or_else(|said| panic!("ended before it listened: {said}"))
    }

    /// Starts it on sockets that are handed on, without waiting for a word: where its journal can't be opened, it says none.
    pub(super) fn start_on(config: &Path, disk: &Disk, [tee, admin]: [&TcpListener; 2]) -> Self {
        let script = "LISTEN_PID=$$ LISTEN_FDS=2 exec \"$0\" serve --config \"$1\" 3<&0 4<&1 0</dev/null 1>/dev/null";
        let mut command = Command::new("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_paritee")]).arg(config);
        disk.under(&mut command);
        let [tee_fd, admin_fd] = [tee, admin].map(|socket| OwnedFd::from(socket.try_clone().unwrap()));
        let child = command.stdin(tee_fd).stdout(admin_fd).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let [tee, admin] = [tee, admin].map(|socket| socket.local_addr().unwrap().to_string());
        Self { child, tee, admin }
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

    /// Kills it, as a machine out of memory does.
    pub(super) async fn kill(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }

    /// Waits for its own end; its code.
    pub(super) async fn ended(mut self) -> Option<i32> {
        soon("the end", self.child.wait()).await.unwrap().code()
    }

    /// Ends it as a supervisor does.
    pub(super) async fn terminate(self) {
        let pid = self.child.id().unwrap().to_string();
        let killed = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid]).status().await.unwrap();
        assert!(killed.success());
        assert_eq!(self.ended().await, Some(0));
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
