//! 2xx is said of what is in the journal: it survives a kill, and there is none while nothing can be written.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::sidecar::{Admin, LINES, Limits, ONE, commit, lines, told};
use crate::support::journal::assert_verified;
use crate::support::{Conn, Setup, configuration, soon};

/// The program, and the address of its admin port.
async fn serve(config: &Path) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
    command.args(["serve", "--config"]).arg(config).env("PARITEE_LOG", "info").env("NO_COLOR", "1");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let addr = soon("the admin port", async {
        loop {
            let line = lines.next_line().await.unwrap().expect("the program ended before it listened");
            if let Some((_, rest)) = line.split_once("admin=") {
                return rest.split_whitespace().next().unwrap().to_owned();
            }
        }
    })
    .await;
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, addr)
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let (config, path) = (folder.path().join("week3.toml"), folder.path().join("week3.db"));
    let setup = Setup { rest: "[admin]\nlisten = \"127.0.0.1:0\"", ..Setup::default() };
    std::fs::write(&config, configuration(setup, &path.display().to_string(), "127.0.0.1:1", "127.0.0.1:2")).unwrap();
    let mut acknowledged = 0;
    for round in 0..3 {
        let (mut child, addr) = serve(&config).await;
        let mut client = Conn::to(addr.parse().unwrap()).await;
        let events: Vec<_> = (0..700).map(|number| commit(&format!("{round}-{number}"), &json!({}))).collect();
        let body = lines(&events);
        let head = format!("POST /v1/outcomes HTTP/1.1\r\nHost: localhost\r\nContent-Type: {LINES}\r\n");
        client.write(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).await;
        let answer = told(&mut client).await;
        child.start_kill().unwrap();
        child.wait().await.unwrap();
        answer.kept(700, 0, 0);
        acknowledged += 700;
        let reader = paritee::journal::Reader::open(&path).unwrap();
        let kept: u32 = reader.connection().query_row("SELECT count(*) FROM outcome", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, acknowledged);
    }
    assert_verified(&path);
}

#[tokio::test]
async fn a_journal_that_takes_no_rows_is_said_and_nothing_is_acknowledged() {
    let admin = Admin::start(Limits::default()).await;
    let writer = rusqlite::Connection::open(admin.path()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let event = |id: &str| commit(id, &json!({})).to_string();
    let mut waits = Conn::to(admin.addr()).await;
    let head = format!("POST /v1/outcomes HTTP/1.1\r\nHost: localhost\r\nContent-Type: {ONE}\r\n");
    let first = event("1");
    waits.write(format!("{head}Content-Length: {}\r\n\r\n{first}", first.len())).await;
    let ready = "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    soon("the journal to be called stuck", async { while admin.exchange(ready).await.status != 503 {} }).await;
    let told_now = admin.post(ONE, event("2")).await;
    told_now.refused(503, "the journal doesn't take rows in time");
    assert!(told_now.head.to_ascii_lowercase().contains("retry-after: "), "{}", told_now.head);
    assert_eq!(admin.count("outcome"), 0);

    writer.execute_batch("ROLLBACK").unwrap();
    drop(writer);
    let answer = told(&mut waits).await;
    // It came in time, or the source was sent away and comes again.
    assert!(matches!(answer.status, 200 | 503), "{answer:?}");
    soon("the journal to take rows", async { while admin.exchange(ready).await.status != 200 {} }).await;
    let again = admin.post(ONE, first).await.json();
    assert_eq!(again["recorded"].as_u64().unwrap() + again["known"].as_u64().unwrap(), 1);
    assert_eq!(admin.count("outcome"), 1);
    drop(waits);
    admin.stop().await;
}
