//! What is promised of the sidecar while it is killed, its disk fails or the power goes; on real processes, each with a
//! ledger of what its lanes really took.

mod disk;
mod journal_faults;
mod kills;
mod power;
mod sidecar;
mod tamper;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use paritee::journal::Reader;

use crate::support::journal::{assert_verified, sent};
use crate::support::{Lane, Served, Setup, answer, configuration};

/// How long the gated lane takes at most: slow beside the live one, so that kills find sends on their way.
const GATED_TAKES_MAX: Duration = Duration::from_millis(8);

/// The gated ledger is read all the time, so that sends of unknown end are settled.
const SETUP: Setup = Setup {
    journal_wait_max_ms: 60_000,
    route: "",
    tee: "",
    live: "",
    gated: "resend_max = 1000",
    rest: r#"
[lane.gated.poll]
url = "http://LEDGER/ledger"
every = "200ms"
items = ""
order_key = "/key"
reference = "/key"

[settle]
sla = "100ms"
horizon = "500ms"

[admin]
listen = "127.0.0.1:0"
"#,
};

/// The orders that a lane has taken, as often as it took them.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<Vec<String>>>);

impl Ledger {
    fn take(&self, body: &str) {
        self.0.lock().unwrap().push(key_of(body).to_owned());
    }

    fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn page(&self) -> String {
        let documents: Vec<String> = self.keys().iter().map(|key| format!(r#"{{"key":"{key}"}}"#)).collect();
        format!("[{}]", documents.join(","))
    }
}

fn key_of(body: &str) -> &str {
    body.trim_start_matches(r#"{"id":""#).trim_end_matches("\"}")
}

/// Both lanes with what they really took, and a folder for the configuration and the journal.
struct Lanes {
    folder: tempfile::TempDir,
    taken: Ledger,
    committed: Ledger,
    live: Option<Served>,
    gated: Served,
}

impl Lanes {
    async fn start(setup: Setup) -> Self {
        let live = Lane::bind().await;
        let live_addr = live.addr().to_string();
        let mut lanes = Self::start_before(setup, &live_addr).await;
        let live_ledger = lanes.taken.clone();
        lanes.live = Some(live.serve(move |request| {
            live_ledger.take(request.text());
            answer("200 OK", "", "ok")
        }));
        lanes
    }

    /// With a live lane that somebody else plays.
    async fn start_before(setup: Setup, live_addr: &str) -> Self {
        let gated = Lane::bind().await;
        let folder = tempfile::tempdir().unwrap();
        let gated_addr = gated.addr().to_string();
        let journal = folder.path().join("week3.db").display().to_string();
        let text = configuration(setup, &journal, live_addr, &gated_addr).replace("LEDGER", &gated_addr);
        std::fs::write(folder.path().join("week3.toml"), text).unwrap();
        let (taken, committed) = (Ledger::default(), Ledger::default());
        let gated_ledger = committed.clone();
        let takes = || Duration::from_micros(fastrand::u64(0..GATED_TAKES_MAX.as_micros() as u64));
        let gated = gated.serve_slowly(takes, move |request| {
            if request.head.starts_with("GET ") {
                return answer("200 OK", "", &gated_ledger.page());
            }
            gated_ledger.take(request.text());
            answer("201 Created", "", r#"{"id":"G1"}"#)
        });
        Self { folder, taken, committed, live: None, gated }
    }

    fn config(&self) -> std::path::PathBuf {
        self.folder.path().join("week3.toml")
    }

    fn journal(&self) -> std::path::PathBuf {
        self.folder.path().join("week3.db")
    }

    /// Waits until the gated lane has taken all that the journal holds.
    async fn all_committed(&mut self) {
        let every = captured(&self.journal()).into_iter().collect::<BTreeSet<_>>();
        while !every.is_subset(&self.committed.keys().into_iter().collect()) {
            // Readings come all the time, so that this looks again and again.
            self.gated.next().await;
        }
    }

    /// Nothing acknowledged is missing, nothing is there twice, and the chain is whole.
    fn assert_nothing_lost(&self, acknowledged: &[String]) {
        assert_verified(&self.journal());
        let captured = captured(&self.journal());
        let every = captured.iter().cloned().collect::<BTreeSet<_>>();
        assert_eq!(captured.len(), every.len(), "no order is captured twice");
        let lost: Vec<_> = acknowledged.iter().filter(|key| !every.contains(*key)).collect();
        assert!(lost.is_empty(), "acknowledged, and in no journal: {lost:?}");
        for (ledger, what) in [(self.taken.keys(), "live"), (self.committed.keys(), "shadow")] {
            let once = ledger.iter().cloned().collect::<BTreeSet<_>>();
            assert_eq!(ledger.len(), once.len(), "the {what} lane took none twice");
            let strange: Vec<_> = once.difference(&every).collect();
            assert!(strange.is_empty(), "the {what} lane took what isn't captured: {strange:?}");
        }
        let taken = self.taken.keys().into_iter().collect::<BTreeSet<_>>();
        assert!(acknowledged.iter().all(|key| taken.contains(key)));
    }
}

fn captured(journal: &Path) -> Vec<String> {
    let reader = Reader::open(journal).unwrap();
    sent(&reader).iter().map(|sent| sent.key().unwrap().to_owned()).collect()
}
