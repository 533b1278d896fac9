//! Killed under load, several times in one journal: no acknowledged order is missing, none is there twice,
//! and the shadow ends up with each of them once.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use paritee::journal::Reader;
use paritee::outcome::GapReason;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::support::journal::{assert_verified, gap_reasons, sent};
use crate::support::{Conn, Lane, Setup, answer, configuration, order, soon};

const ROUNDS: usize = 4;
const CLIENTS: usize = 12;

/// The gated ledger is read all the time, so that sends of unknown end are settled.
const SETUP: Setup = Setup {
    journal_wait_max_ms: 60_000,
    route: "",
    tee: "",
    live: "",
    gated: "resend_max = 100",
    rest: r#"
[lane.gated.poll]
url = "http://LEDGER/ledger"
every = "100ms"
items = ""
order_key = "/key"
reference = "/key"

[settle]
sla = "100ms"
horizon = "500ms"
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

/// The program, and the address that it says it listens on.
async fn serve(config: &Path) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
    command.args(["serve", "--config"]).arg(config).env("PARITEE_LOG", "info");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let addr = soon("the port", async {
        loop {
            let line = lines.next_line().await.unwrap().expect("the program ended before it listened");
            if let Some((_, rest)) = line.split_once("listen=") {
                return rest.split_whitespace().next().unwrap().to_owned();
            }
        }
    })
    .await;
    // What it says later must not fill the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, addr)
}

/// Posts orders until the connection breaks, and tells of those that were acknowledged.
async fn post_until_the_end(addr: String, name: String, acknowledged: mpsc::UnboundedSender<String>) {
    let mut client = Conn::to(addr.parse().unwrap()).await;
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

/// One life of the program: killed after so many acknowledged orders, in the midst of others.
async fn killed_round(config: &Path, round: usize, after: usize) -> Vec<String> {
    let (mut child, addr) = serve(config).await;
    let (tell, mut acknowledged) = mpsc::unbounded_channel();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(post_until_the_end(addr.clone(), format!("{round}-{client}"), tell.clone()));
    }
    drop(tell);
    let mut keys = Vec::new();
    while keys.len() < after {
        keys.push(soon("an acknowledged order", acknowledged.recv()).await.unwrap());
    }
    child.start_kill().unwrap();
    child.wait().await.unwrap();
    soon("the clients", clients.join_all()).await;
    keys.extend(std::iter::from_fn(|| acknowledged.try_recv().ok()));
    keys
}

async fn terminate(mut child: Child) {
    let pid = child.id().unwrap().to_string();
    let killed = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid]).status().await.unwrap();
    assert!(killed.success());
    assert_eq!(soon("the end", child.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn sigkill_under_load_loses_no_acknowledged_order() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let folder = tempfile::tempdir().unwrap();
    let (config, path) = (folder.path().join("week3.toml"), folder.path().join("week3.db"));
    let (live_addr, gated_addr) = (live.addr().to_string(), gated.addr().to_string());
    let text = configuration(SETUP, &path.display().to_string(), &live_addr, &gated_addr);
    std::fs::write(&config, text.replace("LEDGER", &gated_addr)).unwrap();
    let (taken, committed) = (Ledger::default(), Ledger::default());
    let (live_ledger, gated_ledger) = (taken.clone(), committed.clone());
    let _live = live.serve(move |request| {
        live_ledger.take(request.text());
        answer("200 OK", "", "ok")
    });
    let mut gated = gated.serve(move |request| {
        if request.head.starts_with("GET ") {
            return answer("200 OK", "", &gated_ledger.page());
        }
        gated_ledger.take(request.text());
        answer("201 Created", "", r#"{"id":"G1"}"#)
    });

    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        acknowledged.extend(killed_round(&config, round, fastrand::usize(50..250)).await);
    }
    let (child, _) = serve(&config).await;
    let reader = Reader::open(&path).unwrap();
    let captured: Vec<String> = sent(&reader).iter().map(|sent| sent.key().unwrap().to_owned()).collect();
    let every = captured.iter().cloned().collect::<BTreeSet<_>>();
    while !every.is_subset(&committed.keys().into_iter().collect()) {
        // Readings come all the time, so that this looks again and again.
        gated.next().await;
    }
    terminate(child).await;

    assert_verified(&path);
    assert_eq!(captured.len(), every.len(), "no order is captured twice");
    let lost: Vec<_> = acknowledged.iter().filter(|key| !every.contains(*key)).collect();
    assert!(lost.is_empty(), "acknowledged, and in no journal: {lost:?}");
    for (ledger, what) in [(taken.keys(), "live"), (committed.keys(), "shadow")] {
        let once = ledger.iter().cloned().collect::<BTreeSet<_>>();
        assert_eq!(ledger.len(), once.len(), "the {what} lane took none twice");
        assert!(once.is_subset(&every), "and none that isn't captured");
    }
    assert!(acknowledged.iter().all(|key| taken.keys().contains(key)));
    assert_eq!(gap_reasons(&reader), [GapReason::Down; ROUNDS]);
}
