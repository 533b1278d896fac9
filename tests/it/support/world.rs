//! A sidecar between two lanes, with a journal of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use paritee::cli::serve::{self, Options, Sidecar};
use paritee::config;
use paritee::journal::Reader;
use tempfile::TempDir;

use super::journal::{self, Sent};
use super::{Conn, Lane, soon};

/// What differs from the usual configuration: lines of TOML for each table.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    /// Long enough for the slowest machine, so that only tests of a slow journal see one.
    pub(crate) journal_wait_max_ms: u32,
    pub(crate) tee: &'static str,
    pub(crate) route: &'static str,
    pub(crate) live: &'static str,
    pub(crate) gated: &'static str,
    pub(crate) rest: &'static str,
}

/// A sidecar between two lanes.
pub(crate) struct World {
    pub(crate) sidecar: Sidecar,
    folder: TempDir,
}

impl Default for Setup {
    fn default() -> Self {
        Self { journal_wait_max_ms: 10_000, tee: "", route: "", live: "", gated: "", rest: "" }
    }
}

/// The configuration for two lanes.
pub(crate) fn configuration(setup: Setup, journal: &str, live: &str, gated: &str) -> String {
    let Setup { journal_wait_max_ms, tee, route, live: live_more, gated: gated_more, rest } = setup;
    format!(
        r#"
[tee]
listen = "127.0.0.1:0"
journal = "{journal}"
journal_wait_max_ms = {journal_wait_max_ms}
{tee}

[[tee.route]]
path = "/orders"
operation = {{ header = "X-Topic", "orders/create" = "create", "orders/updated" = "update", "" = "create" }}
order_key = ["/id", "header:X-Order-Id"]
{route}

[[tee.exclude]]
pointer = "/test"
equals = true
reason = "test order"

[lane.legacy]
role = "live"
url = "http://{live}"
flow = "fire-and-forget"
ledger = "production"
{live_more}

[lane.gated]
role = "shadow"
url = "http://{gated}"
flow = "erp-gated"
ledger = "sandbox"
{gated_more}

{rest}
"#
    )
}

impl World {
    /// Starts a sidecar in front of these lanes.
    pub(crate) async fn start(live: &Lane, gated: &Lane, setup: Setup) -> Self {
        Self::at(tempfile::tempdir().unwrap(), &live.addr().to_string(), &gated.addr().to_string(), setup).await
    }

    /// Starts a sidecar in front of these addresses, on the journal in a folder.
    pub(crate) async fn at(folder: TempDir, live: &str, gated: &str, setup: Setup) -> Self {
        let journal = folder.path().join("journal.db");
        let text = configuration(setup, &journal.display().to_string(), live, gated);
        let checked = config::parse("test.toml", &text, &|_| Some("token-of-our-own".into()));
        let config = checked.unwrap_or_else(|faults| panic!("{faults}")).config;
        Self { sidecar: serve::start(config, Options::default()).await.unwrap(), folder }
    }

    /// The same on a configuration of one's own, and its journal in `folder`.
    pub(crate) async fn of(folder: TempDir, config: config::Config, options: Options) -> anyhow::Result<Self> {
        Ok(Self { sidecar: serve::start(config, options).await?, folder })
    }

    /// Posts to the admin port, and reads the answer.
    pub(crate) async fn admin(&self, path: &str, headers: &str, body: &str) -> super::Message {
        let mut client = Conn::to(self.sidecar.admin_addr().unwrap()).await;
        let host = if headers.contains("Host:") { "" } else { "Host: localhost\r\n" };
        client
            .write(format!("POST {path} HTTP/1.1\r\n{host}{headers}Content-Length: {}\r\n\r\n{body}", body.len()))
            .await;
        client.message().await
    }

    pub(crate) async fn client(&self) -> Conn {
        Conn::to(self.sidecar.tee_addr()).await
    }

    pub(crate) fn journal_path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.sidecar.counts().into_iter().filter(|(_, count)| *count > 0).collect()
    }

    /// Waits until the journal shows what is looked for.
    pub(crate) async fn until<T>(&self, what: &str, look: impl Fn(&Reader) -> Option<T>) -> T {
        journal::until(what, self.sidecar.journal(), look).await
    }

    /// Waits until there is exactly one capture, and it is as it should be.
    pub(crate) async fn one(&self, what: &str, fits: impl Fn(&Sent) -> bool) -> Sent {
        let mut all = self.all(what, |all| all.iter().any(&fits)).await;
        assert_eq!(all.len(), 1, "captures");
        all.remove(0)
    }

    /// Waits until all captures together are as they should be.
    pub(crate) async fn all(&self, what: &str, fit: impl Fn(&[Sent]) -> bool) -> Vec<Sent> {
        self.until(what, |reader| Some(journal::sent(reader)).filter(|sent| fit(sent))).await
    }

    /// Stops, and verifies the chain. Gives the folder back, for another start.
    pub(crate) async fn stop(self) -> TempDir {
        let path = self.journal_path();
        soon("the sidecar to stop", self.sidecar.stop()).await;
        journal::assert_verified(&path);
        self.folder
    }
}
