//! A sidecar with an admin port, and those who post to it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use paritee::cli::serve::{self, Options, Sidecar};
use paritee::config::{self, Secret};
use paritee::journal::Reader;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::journal::assert_verified;
use crate::support::{Conn, Setup, configuration, soon};

pub(super) const ONE: &str = "application/cloudevents+json";
pub(super) const BATCH: &str = "application/cloudevents-batch+json";
pub(super) const LINES: &str = "application/x-ndjson";
pub(super) const JSON: &str = "application/json";

/// What differs from the usual.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) token: Option<&'static str>,
    pub(super) body_bytes_max: usize,
    pub(super) events_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { token: None, body_bytes_max: 16 << 20, events_max: 10_000 }
    }
}

/// A sidecar whose lanes nobody asks.
pub(super) struct Admin {
    pub(super) sidecar: Sidecar,
    folder: TempDir,
}

/// An answer of the admin port.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) text: String,
}

impl Told {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// It was kept: so many new, known and conflicting events.
    #[track_caller]
    pub(super) fn kept(&self, recorded: usize, known: usize, conflicting: usize) {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.json(), json!({"recorded": recorded, "known": known, "conflicting": conflicting}));
    }

    /// It was refused, and says so.
    #[track_caller]
    pub(super) fn refused(&self, status: u16, why: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let error = self.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(why), "{error}");
    }
}

impl Admin {
    pub(super) async fn start(limits: Limits) -> Self {
        Self::at(tempfile::tempdir().unwrap(), limits).await
    }

    pub(super) async fn at(folder: TempDir, limits: Limits) -> Self {
        let setup = Setup { rest: "[admin]\nlisten = \"127.0.0.1:0\"", ..Setup::default() };
        let journal = folder.path().join("journal.db").display().to_string();
        let text = configuration(setup, &journal, "127.0.0.1:1", "127.0.0.1:2");
        let checked = config::parse("test.toml", &text, &|_| None);
        let mut config = checked.unwrap_or_else(|faults| panic!("{faults}")).config;
        // A client that holds the end up is seen.
        config.tee.shutdown_max = Duration::from_hours(1);
        let admin = config.admin.as_mut().unwrap();
        admin.token = limits.token.map(|token| Secret::new(token.to_owned()));
        (admin.body_bytes_max, admin.events_max) = (limits.body_bytes_max, limits.events_max);
        let options = Options::default();
        Self { sidecar: serve::start(config, options).await.unwrap(), folder }
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.sidecar.admin_addr().unwrap()
    }

    pub(super) async fn post(&self, content_type: &str, body: impl AsRef<[u8]>) -> Told {
        self.post_with(&format!("Content-Type: {content_type}\r\n"), body).await
    }

    /// Posts with header lines of one's own, beside `Host` and the length.
    pub(super) async fn post_with(&self, headers: &str, body: impl AsRef<[u8]>) -> Told {
        let (addr, body) = (self.addr(), body.as_ref());
        let host = if headers.contains("Host:") { String::new() } else { format!("Host: {addr}\r\n") };
        let head = format!("POST /v1/outcomes HTTP/1.1\r\n{host}{headers}Content-Length: {}\r\n\r\n", body.len());
        self.exchange([head.as_bytes(), body].concat()).await
    }

    /// Writes these bytes, and reads one answer.
    pub(super) async fn exchange(&self, bytes: impl AsRef<[u8]>) -> Told {
        let mut client = Conn::to(self.addr()).await;
        client.write(bytes).await;
        told(&mut client).await
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    /// Each outcome in the order of recording: kind, order key, source, document.
    pub(super) fn outcomes(&self) -> Vec<(String, String, String, Option<String>)> {
        let reader = Reader::open(&self.path()).unwrap();
        let sql = "SELECT kind, order_key, source, CAST(bytes AS TEXT) FROM outcome LEFT JOIN content b ON b.id = document \
            ORDER BY outcome.id";
        let mut select = reader.connection().prepare(sql).unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    pub(super) fn count(&self, table: &str) -> u32 {
        let reader = Reader::open(&self.path()).unwrap();
        reader.connection().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    /// Stops, and verifies the chain. Gives the folder back, for another start.
    pub(super) async fn stop(self) -> TempDir {
        let path = self.path();
        soon("the sidecar to stop", self.sidecar.stop()).await;
        assert_verified(&path);
        self.folder
    }
}

pub(super) async fn told(client: &mut Conn) -> Told {
    let message = client.message().await;
    let status = message.head.split(' ').nth(1).unwrap().parse().unwrap();
    Told { status, head: message.head.clone(), text: message.text().to_owned() }
}

/// A commit of the gated lane, with some attributes changed, or taken away by null.
pub(super) fn commit(id: &str, changes: &Value) -> Value {
    let mut event = json!({"specversion": "1.0", "type": "paritee.order.committed", "source": "erp", "id": id,
        "lane": "gated", "subject": format!("K{id}"), "time": "2026-03-02T10:00:00Z", "reference": format!("SO-{id}")});
    for (name, value) in changes.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

pub(super) fn watermark(at: &str) -> Value {
    json!({"specversion": "1.0", "type": "paritee.watermark", "source": "erp", "id": at, "lane": "gated", "time": at})
}

/// So many commits.
pub(super) fn commits(count: usize) -> Vec<Value> {
    (0..count).map(|number| commit(&number.to_string(), &json!({}))).collect()
}

pub(super) fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}
