//! The list of what the shadow wrote, for cleaning up.

use std::process::Command;

use paritee::clock;
use paritee::journal::Record;
use paritee::order::OrderKey;
use paritee::outcome::{Lane as Side, Outcome, OutcomeKind};

use crate::support::{Lane, Setup, World, answer, order};

fn committed(key: &str, reference: &str) -> Record {
    Record::Outcome(Outcome {
        lane: Side::Gated,
        kind: OutcomeKind::Committed,
        order_key: OrderKey::new(key).unwrap(),
        occurred_at: Some(clock::now()),
        source: "poll:gated".into(),
        source_id: reference.into(),
        reference: Some(reference.into()),
        document: None,
    })
}

#[tokio::test]
async fn every_write_of_the_shadow_is_listed_with_its_number() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let setup = Setup { gated: "[lane.gated.answer]\nreference = [\"/number\"]", ..Setup::default() };
    let world = World::start(&live, &gated, setup).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let _gated = gated.serve(|request| match request.text() {
        r#"{"id":"1"}"# => answer("201 Created", "", r#"{"number":"G,1"}"#),
        r#"{"id":"2"}"# => answer("202 Accepted", "", ""),
        _ => answer("422 No", "", ""),
    });
    let mut client = world.client().await;
    for key in ["1", "2", "3"] {
        client.write(order(key)).await;
        client.expect(answer("200 OK", "", "ok")).await;
    }
    world.all("all answers", |all| all.len() == 3 && all.iter().all(|sent| sent.shadow_answer().is_some())).await;
    let seen = vec![committed("1", "G,1"), committed("1", "G9"), committed("2", "G2")];
    world.sidecar.journal().record(seen).await.unwrap();
    let path = world.journal_path();
    let folder = world.stop().await;
    let out = folder.path().join("writes.csv");
    let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
    let ended = command.arg("export").arg(&path).args(["--shadow-writes", "-o"]).arg(&out).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let csv = std::fs::read_to_string(&out).unwrap();
    let mut lines = csv.lines();
    let heading =
        "order_key,lane,run,operation,sent_at,attempt,ended,status,reference,reference_from,in_ledger,idempotency_key";
    assert_eq!(lines.next(), Some(heading));
    let shown: Vec<String> = lines
        .map(|line| {
            // Times and keys are another each time.
            let cells: Vec<&str> = line.split(',').collect();
            let (before, after) = (cells[..4].join(","), cells[5..cells.len() - 1].join(","));
            format!("{before},{after}")
        })
        .collect();
    let expected = [
        r#"1,gated,1,create,1,answered,201,"G,1",answer,committed"#,
        "1,gated,1,,,,,G9,ledger,committed",
        "2,gated,1,create,1,answered,202,G2,ledger,committed",
        "3,gated,1,create,1,answered,422,,,",
    ];
    assert_eq!(shown, expected, "{csv}");
}
