//! Replays over real sockets: files in every format against lanes that lose, double and refuse; what is sent, and what isn't.

mod captures;
mod guards;
mod manners;
mod sends;
mod traffic;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use paritee::journal::Reader;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::Lane;

/// A folder with a configuration, in which replays are run.
struct Stage {
    folder: TempDir,
}

/// What a replay came to.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ended {
    /// The report, where it is JSON.
    fn report(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

impl Stage {
    fn new(config: &str) -> Self {
        let stage = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(stage.file("paritee.toml"), config).unwrap();
        stage
    }

    /// Between two lanes whose ledgers nobody reads.
    fn between(live: &Lane, gated: &Lane, more: &str) -> Self {
        Self::new(&between(&live.addr().to_string(), &gated.addr().to_string(), more))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
        command.current_dir(self.path()).env_remove("COLUMNS").env("PARITEE_LOG", "warn").env("NO_COLOR", "1");
        command.args(["replay", "--config", "paritee.toml"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it beside whatever plays the lanes.
    async fn replay(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap().into()
    }

    fn begin(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    fn journal(&self) -> Reader {
        Reader::open(&self.file("week3-replay.db")).unwrap()
    }
}

/// The configuration for two lanes, both sandboxes, whose ledgers nobody reads.
fn between(live: &str, gated: &str, more: &str) -> String {
    format!(
        r#"
[tee]
listen = "127.0.0.1:0"
journal = "week3.db"

[[tee.route]]
method = "POST"
path = "/webhooks/orders/*"
operation = {{ header = "X-Shopify-Topic", "orders/create" = "create", "orders/updated" = "update", "orders/cancelled" = "cancel" }}
order_key = ["/id"]
event_id = ["header:X-Shopify-Event-Id"]
delivery_id = ["header:X-Shopify-Webhook-Id"]

[settle]
sla = "10ms"
horizon = "10ms"

[lane.legacy]
url = "http://{live}"
ledger = "sandbox"
answer_wait_max = "20s"

[lane.gated]
url = "http://{gated}"
ledger = "dry-run"
answer_wait_max = "20s"
{more}
"#
    )
}

/// Waits for a process, beside whatever plays the lanes.
async fn ended(child: Child) -> Ended {
    tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap().into()
}

/// One line of a capture of our own.
fn line(second: u32, topic: &str, delivery: &str, body: &str) -> String {
    let body = serde_json::to_string(body).unwrap();
    format!(
        r#"{{"version":1,"time":"2026-11-20T18:00:{second:02}Z","method":"POST","target":"/webhooks/{topic}","headers":[["host","shop.example"],["x-shopify-topic","{topic}"],["x-shopify-webhook-id","{delivery}"]],"body":{body}}}"#
    ) + "\n"
}

/// An order of our own.
fn order(second: u32, key: &str) -> String {
    line(second, "orders/create", &format!("delivery-{key}"), &format!("{{\"id\":{key}}}"))
}
