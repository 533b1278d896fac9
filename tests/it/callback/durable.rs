//! Killed right after 2xx: what was acknowledged is in the journal.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::sidecar::{LINES, commit, lines, told};
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
