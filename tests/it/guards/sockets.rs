//! A socket that outlives the process: one process ends and the next begins, and no order is refused in between.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use paritee::journal::Reader;
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::support::journal::{assert_verified, gap_reasons, sent};
use crate::support::{Conn, Lane, Process, Setup, answer, configuration, order};

const CLIENTS: usize = 6;
const STARTS: usize = 4;

/// The program with this socket, under a name.
fn handed_on(config: &Path, listener: &std::net::TcpListener, name: &str) -> Command {
    let mut command = Process::handed_on(config, &[listener]);
    command.env("LISTEN_FDNAMES", name);
    command
}

/// Posts orders, each on a connection of its own, until told to stop; the keys that were acknowledged. Any refusal is a failure.
async fn post_all_the_time(addr: SocketAddr, name: usize, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut keys = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let key = format!("{name}-{}", keys.len());
        let mut client = Conn::to(addr).await;
        client.write(order(&key)).await;
        let said = client.message().await;
        assert!(said.head.starts_with("HTTP/1.1 200 "), "{key}: {}", said.head);
        keys.push(key);
    }
    keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_order_is_refused_while_one_process_takes_over_from_another() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let folder = tempfile::tempdir().unwrap();
    let (config, journal) = (folder.path().join("week3.toml"), folder.path().join("week3.db"));
    let (live_addr, gated_addr) = (live.addr().to_string(), gated.addr().to_string());
    let setup = Setup { tee: "shutdown_max = \"5s\"", ..Setup::default() };
    fs::write(&config, configuration(setup, &journal.display().to_string(), &live_addr, &gated_addr)).unwrap();
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let _gated = gated.serve(|_| answer("201 Created", "", ""));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    let mut first = Process::start(handed_on(&config, &listener, "tee")).await;
    assert_eq!(first.tee, addr.to_string());
    for client in 0..CLIENTS {
        clients.spawn(post_all_the_time(addr, client, Arc::clone(&stop)));
    }
    for _ in 0..STARTS {
        first.terminate().await;
        // Clients connect to a port that nobody accepts from, and wait.
        first = Process::start(handed_on(&config, &listener, "")).await;
        let mut client = Conn::to(addr).await;
        client.write(order(&format!("between-{}", fastrand::u64(..)))).await;
        client.expect(answer("200 OK", "", "ok")).await;
    }
    stop.store(true, Ordering::Relaxed);
    let acknowledged: Vec<String> = clients.join_all().await.into_iter().flatten().collect();
    first.terminate().await;
    assert_verified(&journal);
    let reader = Reader::open(&journal).unwrap();
    let captured: Vec<String> = sent(&reader).iter().map(|sent| sent.key().unwrap().to_owned()).collect();
    assert!(acknowledged.len() > STARTS, "{acknowledged:?}");
    assert_eq!(captured.len(), acknowledged.len() + STARTS, "each once");
    assert!(acknowledged.iter().all(|key| captured.contains(key)));
    assert_eq!(gap_reasons(&reader), [], "each ended in order");
}

#[tokio::test]
async fn a_socket_that_nobody_listens_on_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("week3.toml");
    let journal = folder.path().join("week3.db").display().to_string();
    fs::write(&config, configuration(Setup::default(), &journal, "127.0.0.1:1", "127.0.0.1:2")).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ended = handed_on(&config, &listener, "admin").output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains("one is for the admin port, and the configuration has no [admin]"), "{said}");
}
