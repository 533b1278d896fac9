//! The dashboard beside a journal that nobody writes any more.

use std::net::TcpListener;

use assert_cmd::Command;
use paritee::cli::serve::serve_finished;
use paritee::journal::Reader;
use tokio::sync::oneshot;

use super::{Shop, status};
use crate::support::{Conn, soon};

#[tokio::test]
async fn a_run_that_is_over_can_be_looked_at_and_written_about() {
    let folder = Shop::with_faults().await.world.stop().await;
    let journal = folder.path().join("journal.db");
    let before = Reader::open(&journal).unwrap().last_evidence_at().unwrap();
    let (ready, at) = oneshot::channel();
    let (end, ended) = oneshot::channel::<()>();
    let path = journal.clone();
    let serving = tokio::spawn(async move {
        let ready = |address| ready.send(address).unwrap();
        Box::pin(serve_finished(&path, "127.0.0.1:0".parse().unwrap(), ready, async { ended.await.unwrap() })).await
    });
    let at = soon("the port", at).await.unwrap();
    let ask = async |request: &str, body: &str| {
        let mut client = Conn::to(at).await;
        let headers =
            format!("Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        client.write(format!("{request} HTTP/1.1\r\n{headers}\r\n{body}")).await;
        client.message().await
    };
    let overview = soon("it to be judged", async {
        loop {
            let page = ask("GET /", "").await;
            if page.text().contains("NO-GO") {
                return page;
            }
        }
    })
    .await;
    assert!(!overview.text().contains("Pause the shadow"), "there is none");
    assert!(ask("GET /orders/lost-1", "").await.text().contains("To tell the customer"));
    let note = r#"{"order_key":"lost-1","lane":"gated","fate":"lost","by":"Mia","note":"seen"}"#;
    assert_eq!(status(&ask("POST /v1/notes", note).await), 201);
    end.send(()).unwrap();
    soon("the end", serving).await.unwrap().unwrap();

    let reader = Reader::open(&journal).unwrap();
    assert_eq!(reader.notes(1, 0).unwrap().len(), 1);
    assert!(reader.verify().unwrap().is_ok());
    assert!(reader.last_evidence_at().unwrap() >= before);
    assert!(reader.gaps(1).unwrap().is_empty(), "looking leaves no gap");
}

#[test]
fn a_demo_is_shown_on_this_machine_alone() {
    for (listen, words) in [("0.0.0.0:9900", "it must be on 127.0.0.1"), ("9900", "write an address with its port")] {
        let run = Command::new(env!("CARGO_BIN_EXE_paritee")).args(["demo", "--serve", "--listen", listen]).assert();
        let told = String::from_utf8(run.code(2).get_output().stderr.clone()).unwrap();
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_port_that_somebody_has_is_said_before_anything_is_written() {
    let (taken, folder) = (TcpListener::bind("127.0.0.1:0").unwrap(), tempfile::tempdir().unwrap());
    let mut demo = Command::new(env!("CARGO_BIN_EXE_paritee"));
    demo.args(["demo", "--serve", "--listen", &taken.local_addr().unwrap().to_string(), "--journal"]);
    let told = demo.arg(folder.path().join("demo.db")).assert().code(2).get_output().stderr.clone();
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("name another address with --listen"), "{told}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}
