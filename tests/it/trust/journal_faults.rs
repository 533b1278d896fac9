//! The journal's disk fails and recovers under a running sidecar: clients get the live lane's bytes all the time, readiness
//! tells, what is missing becomes a gap that forbids GO, and nobody has to lend a hand.

use std::path::Path;

use assert_cmd::Command;
use paritee::journal::Reader;
use paritee::outcome::GapReason;

use super::disk::Disk;
use super::sidecar::Sidecar;
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
    async fn of(sidecar: &Sidecar) -> Self {
        Self { conn: Conn::to(sidecar.tee.parse().unwrap()).await, posted: 0 }
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
    async fn post_until_ready_is(&mut self, sidecar: &Sidecar, status: u16) {
        soon(&format!("/readyz to say {status}"), async {
            while sidecar.admin("/readyz").await.0 != status {
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

/// A hand that holds the journal's lock.
struct Hand(rusqlite::Connection);

impl Hand {
    fn on(journal: &Path) -> Self {
        let hand = rusqlite::Connection::open(journal).unwrap();
        hand.busy_timeout(crate::support::GUARD).unwrap();
        hand.execute_batch("BEGIN IMMEDIATE").unwrap();
        Self(hand)
    }

    fn lets_go(self) {
        self.0.execute_batch("ROLLBACK").unwrap();
    }
}

/// Plays a fault of the disk, or `locked`, and `meanwhile` while nothing can be recorded: the lanes with the journal, and the orders that are missing.
async fn fails_and_recovers(how: &str, meanwhile: impl AsyncFnOnce(&mut Client)) -> Option<(Lanes, u64)> {
    let lanes = Lanes::start(WAITING).await;
    let disk = Disk::below(&lanes.journal())?;
    let sidecar = Sidecar::start(&lanes.config(), Some(&disk)).await;
    let mut client = Client::of(&sidecar).await;
    client.post_until_ready_is(&sidecar, 200).await;
    client.post().await;
    let hand = (how == "locked").then(|| Hand::on(&lanes.journal()));
    disk.fail(how);
    client.post().await;
    client.post_until_ready_is(&sidecar, 503).await;
    assert_eq!(sidecar.admin("/healthz").await.0, 200, "{how}");
    meanwhile(&mut client).await;
    client.post().await;
    disk.fail("");
    hand.into_iter().for_each(Hand::lets_go);
    client.post_until_ready_is(&sidecar, 200).await;
    client.post().await;
    let posted = client.posted;
    drop(client);
    sidecar.process.terminate().await;

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

#[tokio::test]
async fn a_journal_that_somebody_locks() {
    nothing_is_missing_after("locked").await;
}

/// A start of the sidecar on a disk that allows none: orders pass all the same.
async fn starts_on(how: &str) {
    let lanes = Lanes::start(WAITING).await;
    let Some(disk) = Disk::below(&lanes.journal()) else { return };
    let [tee, admin] = [0, 0].map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).unwrap());
    let sidecar = Sidecar::start_on(&lanes.config(), &disk, [&tee, &admin]);
    Client::of(&sidecar).await.post().await;
    sidecar.process.kill().await;
    disk.fail(how);
    let sidecar = Sidecar::start_on(&lanes.config(), &disk, [&tee, &admin]);
    let mut client = Client { posted: 1, ..Client::of(&sidecar).await };
    client.post_until_ready_is(&sidecar, 503).await;
    client.post().await;
    let passed = client.posted - 1;
    disk.fail("");
    // Its connection is closed in order when the tee that records takes over.
    client.conn.expect_end().await;
    let mut client = Client { posted: client.posted, ..Client::of(&sidecar).await };
    client.post_until_ready_is(&sidecar, 200).await;
    client.post().await;
    let recorded = client.posted - passed;
    drop(client);
    sidecar.process.terminate().await;

    assert_verified(&lanes.journal());
    let gaps = gaps(&Reader::open(&lanes.journal()).unwrap());
    let missing = gaps.iter().filter(|gap| gap.reason == GapReason::JournalUnavailable);
    assert_eq!(missing.map(|gap| gap.requests.unwrap()).sum::<u64>(), passed as u64, "{how}: {gaps:?}");
    assert!(gaps.iter().any(|gap| gap.reason == GapReason::Down), "{how}: {gaps:?}");
    assert_eq!(captured(&lanes.journal()).len(), recorded, "{how}");
    let (status, reason) = evidence(&lanes.journal());
    assert_eq!(status, "INCONCLUSIVE", "{how}");
    assert!(reason.contains("gap"), "{how}: {reason}");
}

#[tokio::test]
async fn a_start_on_a_full_disk_refuses_no_order() {
    starts_on("full").await;
}

#[tokio::test]
async fn a_start_on_a_read_only_disk_refuses_no_order() {
    starts_on("readonly").await;
}

/// The folder's file of this journal that was set aside.
fn set_aside(journal: &Path) -> Option<std::path::PathBuf> {
    let names = std::fs::read_dir(journal.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    // Beside it lie its WAL and what SQLite makes of that to read it.
    let is_it = |name: &str| name.contains(".damaged-") && name.ends_with('Z');
    names.into_iter().find(|path| is_it(&path.display().to_string()))
}

/// An order on a connection of its own; one that is closed before it was answered is taken up again, as HTTP clients do.
async fn post_anew(tee: &str, key: usize) {
    loop {
        let mut conn = Conn::to_soon(tee.parse().unwrap()).await;
        if conn.try_write(order(&key.to_string())).await.is_ok()
            && let Some(message) = soon("an answer, or the end", conn.try_message()).await
        {
            // A connection that is the last of its tee says that it closes.
            let head = message.head.replace("connection: close\r\n", "");
            return assert_eq!(format!("{head}{}", message.text()), answer("200 OK", "", "ok"));
        }
    }
}

#[tokio::test]
async fn a_journal_that_is_damaged_under_way_is_set_aside_and_a_new_one_begins() {
    let lanes = Lanes::start(WAITING).await;
    let Some(disk) = Disk::below(&lanes.journal()) else { return };
    let sidecar = Sidecar::start(&lanes.config(), Some(&disk)).await;
    let mut client = Client::of(&sidecar).await;
    client.post_until_ready_is(&sidecar, 200).await;
    client.post().await;
    let hand = rusqlite::Connection::open(lanes.journal()).unwrap();
    hand.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
    disk.fail("corrupt");
    // What the writer remembers of the file is void once another has written to it.
    let version: i32 = hand.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    hand.pragma_update(None, "user_version", version).unwrap();
    drop(hand);
    let mut posted = client.posted;
    soon("the journal to be set aside", async {
        while set_aside(&lanes.journal()).is_none() {
            post_anew(&sidecar.tee, posted).await;
            posted += 1;
        }
    })
    .await;
    disk.fail("");
    soon("readiness", async {
        while sidecar.admin("/readyz").await.0 != 200 {
            post_anew(&sidecar.tee, posted).await;
            posted += 1;
        }
    })
    .await;
    post_anew(&sidecar.tee, posted).await;
    sidecar.process.terminate().await;
    assert_verified(&lanes.journal());
    let gaps = gaps(&Reader::open(&lanes.journal()).unwrap());
    assert!(gaps.iter().any(|gap| gap.detail.as_ref().is_some_and(|detail| detail.contains(".damaged-"))), "{gaps:?}");
    assert_eq!(evidence(&lanes.journal()).0, "INCONCLUSIVE");
    assert!(captured(&lanes.journal()).contains(&posted.to_string()));
}

#[tokio::test]
async fn a_journal_that_is_damaged_at_the_start_is_set_aside_and_a_new_one_begins() {
    let lanes = Lanes::start(WAITING).await;
    let Some(disk) = Disk::below(&lanes.journal()) else { return };
    let sidecar = Sidecar::start(&lanes.config(), Some(&disk)).await;
    let mut client = Client::of(&sidecar).await;
    client.post_until_ready_is(&sidecar, 200).await;
    for _ in 0..20 {
        client.post().await;
    }
    sidecar.process.terminate().await;
    let before = std::fs::read(lanes.journal()).unwrap();

    let ended_at = jiff::Timestamp::now();
    // The next start can read no page but the first.
    disk.fail("corrupt");
    let sidecar = Sidecar::start(&lanes.config(), Some(&disk)).await;
    let aside = set_aside(&lanes.journal()).expect("the damaged one is kept");
    assert_eq!(std::fs::read(&aside).unwrap(), before, "as it was");
    disk.fail("");
    let mut client = Client::of(&sidecar).await;
    client.post_until_ready_is(&sidecar, 200).await;
    client.post().await;
    sidecar.process.terminate().await;
    assert_verified(&lanes.journal());
    let gaps = gaps(&Reader::open(&lanes.journal()).unwrap());
    let gap = gaps.first().unwrap();
    assert!(gap.detail.as_ref().unwrap().contains(".damaged-"), "{gap:?}");
    assert!(gap.began_at <= ended_at && gap.ended_at >= ended_at, "from the last write on: {gap:?} {ended_at}");
}

/// Spoils every leaf of a table that holds this text, as a disk does that returns another block.
fn spoil(journal: &Path, holds: &str) -> usize {
    let mut bytes = std::fs::read(journal).unwrap();
    let (mut spoiled, page_bytes) = (0, usize::from(u16::from_be_bytes([bytes[16], bytes[17]])));
    for page in bytes.chunks_mut(page_bytes).skip(1) {
        if page[0] == 0x0d && page.windows(holds.len()).any(|window| window == holds.as_bytes()) {
            page[0] = 0xff;
            spoiled += 1;
        }
    }
    std::fs::write(journal, bytes).unwrap();
    spoiled
}

/// A sidecar that starts on a journal with orders that are still to be sent, after a `disaster`, sets it aside and goes on.
async fn goes_on_after(disaster: impl Fn(&Path)) {
    let lanes = Lanes::start(SETUP).await;
    let sidecar = Sidecar::start(&lanes.config(), None).await;
    let mut client = Client::of(&sidecar).await;
    client.post_until_ready_is(&sidecar, 200).await;
    sidecar.process.signal("USR1").await;
    soon("a pause", async {
        while Reader::open(&lanes.journal()).unwrap().acts(None).unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    client.send(order("of-long-ago")).await;
    for _ in 0..200 {
        client.post().await;
    }
    sidecar.process.terminate().await;
    disaster(&lanes.journal());

    let sidecar = Sidecar::start(&lanes.config(), None).await;
    let mut posted = client.posted;
    soon("the journal to be set aside", async {
        while set_aside(&lanes.journal()).is_none() || sidecar.admin("/readyz").await.0 != 200 {
            post_anew(&sidecar.tee, posted).await;
            posted += 1;
        }
    })
    .await;
    post_anew(&sidecar.tee, posted).await;
    sidecar.process.terminate().await;
    assert_verified(&lanes.journal());
    assert!(captured(&lanes.journal()).contains(&posted.to_string()));
    assert_eq!(evidence(&lanes.journal()).0, "INCONCLUSIVE");
}

#[tokio::test]
async fn damage_that_only_readers_meet_sets_the_journal_aside_too() {
    // What was captured long ago and is still to be sent is read from the file; the writer never looks there again.
    goes_on_after(|journal| assert!(spoil(journal, "of-long-ago") > 0)).await;
}

#[tokio::test]
async fn a_journal_that_lost_its_first_page_is_set_aside_too() {
    goes_on_after(|journal| {
        let mut bytes = std::fs::read(journal).unwrap();
        bytes[..8_192].fill(0xff);
        std::fs::write(journal, bytes).unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_end_waits_for_orders_that_pass_without_a_journal() {
    let live = crate::support::Lane::bind().await;
    let lanes = Lanes::start_before(WAITING, &live.addr().to_string()).await;
    let Some(disk) = Disk::below(&lanes.journal()) else { return };
    let sidecar = Sidecar::start(&lanes.config(), Some(&disk)).await;
    sidecar.process.kill().await;
    disk.fail("full");
    let [tee, admin] = [0, 0].map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).unwrap());
    let sidecar = Sidecar::start_on(&lanes.config(), &disk, [&tee, &admin]);
    let mut conn = Conn::to_soon(sidecar.tee.parse().unwrap()).await;
    conn.write(order("1")).await;
    let mut lane = live.accept().await;
    lane.message().await;
    let mut idle = Conn::to_soon(sidecar.tee.parse().unwrap()).await;
    idle.write("GET /other HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    let mut other = live.accept().await;
    other.message().await;
    other.write(answer("200 OK", "", "ok")).await;
    idle.expect(answer("200 OK", "", "ok")).await;
    let ending = tokio::spawn(sidecar.process.terminate());
    // Its connection goes once the end has begun.
    idle.expect_end().await;
    lane.write(answer("200 OK", "", "ok")).await;
    let said = conn.message().await;
    assert!(said.head.starts_with("HTTP/1.1 200 OK\r\n") && said.text() == "ok", "{}", said.head);
    soon("the end", ending).await.unwrap();
}
