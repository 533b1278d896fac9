//! The journal's disk fails and recovers under a running sidecar: clients get the live lane's bytes all the time, readiness
//! tells, what is missing becomes a gap that forbids GO, and nobody has to lend a hand.

use std::path::Path;

use assert_cmd::Command;
use paritee::journal::Reader;
use paritee::outcome::GapReason;

use super::disk::Disk;
use super::sidecar::Process;
use super::{Lanes, SETUP, captured};
use crate::support::journal::{assert_verified, gaps};
use crate::support::{Conn, Setup, answer, order, post, soon};

/// How long an order waits for a journal that is slow: it is to be seen here that it does.
const WAITING: Setup = Setup { journal_wait_max_ms: 50, ..SETUP };

/// A client whose every order must be answered by the live lane's bytes.
struct Client {
    conn: Conn,
    posted: usize,
}

impl Client {
    async fn of(process: &Process) -> Self {
        Self { conn: Conn::to(process.tee.parse().unwrap()).await, posted: 0 }
    }

    async fn post(&mut self) {
        self.send(order(&self.posted.to_string())).await;
    }

    /// More than memory keeps for a journal that takes nothing.
    async fn post_more_than_memory_keeps(&mut self) {
        let note = "x".repeat(1_000_000);
        for _ in 0..80 {
            self.send(post("/orders", "", &format!(r#"{{"id":"{}","note":"{note}"}}"#, self.posted))).await;
        }
    }

    async fn send(&mut self, order: String) {
        self.conn.write(order).await;
        self.conn.expect(answer("200 OK", "", "ok")).await;
        self.posted += 1;
    }

    /// Posts until readiness is what it should be.
    async fn post_until_ready_is(&mut self, process: &Process, status: u16) {
        soon(&format!("/readyz to say {status}"), async {
            while process.admin("/readyz").await.0 != status {
                self.post().await;
            }
        })
        .await;
    }
}

/// The status and the reason of `evidence-intact`, with everything judged.
fn evidence(journal: &Path) -> (String, String) {
    let arguments = ["report", "--format", "json", "--until", "2100-01-01T00:00:00Z"];
    let report = Command::new(env!("CARGO_BIN_EXE_paritee")).args(arguments).arg(journal).output();
    let report: serde_json::Value = serde_json::from_slice(&report.unwrap().stdout).unwrap();
    let gates = report["gates"].as_array().unwrap();
    let gate = gates.iter().find(|gate| gate["name"] == "evidence-intact").unwrap();
    let text = |key: &str| gate[key].as_str().unwrap().to_owned();
    (text("status"), text("reason"))
}

/// Plays a fault, and `meanwhile` while nothing can be recorded. The reasons of all gaps, the orders that are missing, and the journal.
async fn fails_and_recovers(how: &str, meanwhile: impl AsyncFnOnce(&mut Client)) -> Option<(Lanes, u64)> {
    let lanes = Lanes::start(WAITING).await;
    let disk = Disk::below(&lanes.journal())?;
    let process = Process::start(&lanes.config(), Some(&disk)).await;
    let mut client = Client::of(&process).await;
    client.post_until_ready_is(&process, 200).await;
    client.post().await;
    disk.fail(how);
    client.post().await;
    client.post_until_ready_is(&process, 503).await;
    assert_eq!(process.admin("/healthz").await.0, 200, "{how}");
    meanwhile(&mut client).await;
    client.post().await;
    disk.fail("");
    client.post_until_ready_is(&process, 200).await;
    client.post().await;
    let posted = client.posted;
    drop(client);
    process.terminate().await;

    assert_verified(&lanes.journal());
    let gaps = gaps(&Reader::open(&lanes.journal()).unwrap());
    let of = |reason| gaps.iter().filter(|gap| gap.reason == reason).map(|gap| gap.requests.unwrap()).sum::<u64>();
    let missing = of(GapReason::JournalUnavailable);
    assert_eq!(captured(&lanes.journal()).len() as u64 + missing, posted as u64, "{how}: {gaps:?}");
    assert!(of(GapReason::JournalSlow) > 0, "{how}: {gaps:?}");
    Some((lanes, missing))
}

/// A short fault: memory keeps what comes meanwhile.
async fn nothing_is_missing_after(how: &str) {
    if let Some((_, missing)) = fails_and_recovers(how, async |_| {}).await {
        assert_eq!(missing, 0, "{how}");
    }
}

#[tokio::test]
async fn a_full_disk_for_longer_than_memory_lasts() {
    let Some((lanes, missing)) = fails_and_recovers("full", Client::post_more_than_memory_keeps).await else { return };
    assert!(missing > 0, "some found no room");
    let (status, reason) = evidence(&lanes.journal());
    assert_eq!(status, "INCONCLUSIVE");
    assert!(reason.contains("gap"), "{missing}: {reason}");
}

#[tokio::test]
async fn a_full_disk() {
    nothing_is_missing_after("full").await;
}

#[tokio::test]
async fn a_disk_that_became_read_only() {
    nothing_is_missing_after("readonly").await;
}

#[tokio::test]
async fn a_disk_that_refuses_writes() {
    nothing_is_missing_after("io").await;
}

#[tokio::test]
async fn a_disk_that_refuses_to_sync() {
    nothing_is_missing_after("sync").await;
}

#[tokio::test]
async fn a_disk_that_stands_still() {
    nothing_is_missing_after("stall").await;
}
