//! The kill switch: through the admin port, the command line and signals; in force at once, on record, and longer than a process.

use std::fs;

use paritee::journal::Reader;
use tokio::process::Command;

use super::acts;
use crate::support::{Lane, Process, Setup, World, answer, configuration, order, soon};

const ADMIN: Setup = Setup {
    journal_wait_max_ms: 10_000,
    tee: "",
    route: "",
    live: "",
    gated: "concurrency = 1",
    rest: "[admin]\nlisten = \"127.0.0.1:0\"",
};
const JSON: &str = "Content-Type: application/json\r\n";

#[tokio::test]
async fn a_pause_is_in_force_at_once_on_record_and_outlives_a_restart() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let (live_addr, gated_addr) = (live.addr().to_string(), gated.addr().to_string());
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let world = World::at(tempfile::tempdir().unwrap(), &live_addr, &gated_addr, ADMIN).await;
    let mut client = world.client().await;
    client.write(order("1")).await;
    let mut shadow = gated.accept().await;
    assert_eq!(shadow.message().await.text(), r#"{"id":"1"}"#);
    let said = r#"{"by":"ada","why":"the test ERP is being restored"}"#;
    let told = world.admin("/v1/shadow/pause", JSON, said).await;
    assert_eq!(told.text(), "{\"changed\":true,\"paused\":true}\n");
    // Twice means the same, and is one act.
    let told = world.admin("/v1/shadow/pause", JSON, "").await;
    assert_eq!(told.text(), "{\"changed\":false,\"paused\":true}\n");
    // What was in flight ends; what comes later waits.
    shadow.write(answer("201 Created", "", "")).await;
    client.write(order("2")).await;
    client.expect(answer("200 OK", "", "ok").repeat(2)).await;
    let all = world.all("the first answer", |all| all.len() == 2 && all[0].shadow_answer().is_some()).await;
    assert_eq!(all[1].shadow, []);
    let folder = world.stop().await;

    let world = World::at(folder, &live_addr, &gated_addr, ADMIN).await;
    assert!(world.sidecar.pace().is_paused());
    let mut client = world.client().await;
    client.write(order("3")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    assert_eq!(world.sidecar.pace().under_way(), 0);
    let told = world.admin("/v1/shadow/resume", JSON, "{}").await;
    assert_eq!(told.text(), "{\"changed\":true,\"paused\":false}\n");
    let mut shadow = gated.accept().await;
    let mut sent = Vec::new();
    for _ in 0..2 {
        sent.push(shadow.message().await.text().to_owned());
        shadow.write(answer("201 Created", "", "")).await;
    }
    sent.sort();
    assert_eq!(sent, [r#"{"id":"2"}"#, r#"{"id":"3"}"#]);
    let expected = [("pause", "ada (admin port)", "the test ERP is being restored"), ("resume", "admin port", "")];
    assert_eq!(acts(&world), expected.map(|(act, by, why)| (act.into(), by.into(), why.into())));
    world.stop().await;
}

#[tokio::test]
async fn the_command_line_switches_a_running_sidecar() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, ADMIN).await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("week3.toml");
    let text = configuration(ADMIN, "week3.db", &live.addr().to_string(), &gated.addr().to_string());
    fs::write(&config, &text).unwrap();
    let url = format!("http://{}", world.sidecar.admin_addr().unwrap());
    let paritee = async |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
        let ended = command.args(arguments).arg("--config").arg(&config).output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (ended.status.code().unwrap(), text(ended.stdout), text(ended.stderr))
    };
    let (code, out, err) = paritee(&["pause", "--url", &url, "--by", "ada", "--why", "lunch"]).await;
    assert_eq!((code, out.as_str()), (0, "the shadow is paused\n"), "{err}");
    assert!(world.sidecar.pace().is_paused());
    assert_eq!(acts(&world), [("pause".into(), "ada (admin port)".into(), "lunch".into())]);
    let (code, out, _) = paritee(&["pause", "--url", &url]).await;
    assert_eq!((code, out.as_str()), (0, "the shadow is paused, as it was before\n"));
    let (code, out, _) = paritee(&["resume", "--url", &url]).await;
    assert_eq!((code, out.as_str()), (0, "the shadow is running\n"));
    assert!(!world.sidecar.pace().is_paused());
    let (code, _, err) = paritee(&["pause"]).await;
    assert!(code == 2 && err.contains("`admin.listen` names no port"), "{err}");
    let (code, _, err) = paritee(&["pause", "--url", "http://127.0.0.1:1"]).await;
    assert!(code == 2 && err.contains("is its sidecar running?"), "{err}");
    fs::write(&config, text.replace("[admin]\nlisten = \"127.0.0.1:0\"", "")).unwrap();
    let (code, _, err) = paritee(&["pause"]).await;
    assert!(code == 2 && err.contains("has no [admin]; write one, or send SIGUSR1"), "{err}");
    world.stop().await;
}

#[tokio::test]
async fn signals_pause_and_resume() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let folder = tempfile::tempdir().unwrap();
    let (config, journal) = (folder.path().join("week3.toml"), folder.path().join("week3.db"));
    let (live_addr, gated_addr) = (live.addr().to_string(), gated.addr().to_string());
    fs::write(&config, configuration(Setup::default(), &journal.display().to_string(), &live_addr, &gated_addr))
        .unwrap();
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut gated = gated.serve(|_| answer("201 Created", "", ""));
    let mut process = Process::start(Process::serve(&config)).await;
    process.signal("USR1").await;
    process.says("the shadow was switched").await;
    let mut client = crate::support::Conn::to(process.tee.parse().unwrap()).await;
    client.write(order("1")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    process.terminate().await;
    assert_eq!(gated.left(), []);

    let mut process = Process::start(Process::serve(&config)).await;
    process.says("the shadow is paused since before this start").await;
    process.signal("USR2").await;
    assert_eq!(soon("the order", gated.next()).await.text(), r#"{"id":"1"}"#);
    process.terminate().await;
    let acts = Reader::open(&journal).unwrap().acts(Some(1)).unwrap();
    let told: Vec<_> = acts.iter().map(|seen| (seen.act.as_str(), seen.detail.by.as_deref().unwrap())).collect();
    assert_eq!(told, [("pause", "SIGUSR1"), ("resume", "SIGUSR2")]);
}
