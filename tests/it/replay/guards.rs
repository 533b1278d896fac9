//! What is refused, before anything is sent: each with what to do instead.

use std::fs;
use std::io::Write as _;

use super::{Ended, Stage, between, order};
use crate::support::{Lane, answer};

/// Two orders.
fn file(stage: &Stage) {
    fs::write(stage.file("day.ndjson"), order(1, "5001") + &order(2, "5002")).unwrap();
}

/// Refused, and neither lane saw a request.
async fn refused(stage: &Stage, arguments: &[&str], expected: &[&str]) {
    let ended = stage.replay(arguments).await;
    assert_eq!(ended.code, 2, "{arguments:?} {ended:?}");
    for expected in expected {
        assert!(ended.err.contains(expected), "{arguments:?}: {expected} is not in {}", ended.err);
    }
    assert!(!stage.file("week3-replay.db").exists(), "{arguments:?}");
}

#[tokio::test]
async fn it_goes_only_where_no_harm_can_come_of_it() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let config = between(&live.addr().to_string(), &gated.addr().to_string(), "");
    let production = |lane: &str, ledger: &str| {
        let table = config.find(&format!("[lane.{lane}]")).unwrap();
        let at = table + config[table..].find(ledger).unwrap();
        format!("{}ledger = \"production\"{}", &config[..at], &config[at + ledger.len()..])
    };
    let stage = Stage::new(&production("legacy", "ledger = \"sandbox\""));
    file(&stage);
    let said = ["`lane.legacy.ledger` is \"production\"", "--legacy recorded"];
    refused(&stage, &["--speed", "max", "day.ndjson"], &said).await;
    // Legacy recorded, and the file holds nothing of it.
    let said = ["the files hold no answers of it"];
    refused(&stage, &["--legacy", "recorded", "--speed", "max", "day.ndjson"], &said).await;

    // A live lane that is gated, and a production.
    let swapped = production("gated", "ledger = \"dry-run\"").replace("[lane.gated]", "[lane.gated]\nrole = \"live\"");
    let stage = Stage::new(&swapped.replace("[lane.legacy]", "[lane.legacy]\nrole = \"shadow\""));
    file(&stage);
    refused(&stage, &["--speed", "max", "day.ndjson"], &["`lane.gated.ledger` is \"production\""]).await;
    refused(&stage, &["--legacy", "recorded", "--speed", "max", "day.ndjson"], &["legacy is the shadow"]).await;
}

#[tokio::test]
async fn what_can_not_be_read_or_would_be_sent_twice_is_named() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let stage = Stage::between(&live, &gated, "");
    file(&stage);
    fs::write(stage.file("empty.ndjson"), "").unwrap();
    fs::write(stage.file("notes.txt"), "dear diary").unwrap();
    fs::write(stage.file("noise.bin"), (0..=255).cycle().take(9_000).collect::<Vec<u8>>()).unwrap();
    fs::write(stage.file("page.har"), r#"{"log":{"version":"1.2","entries":[]}}"#).unwrap();
    let other = order(1, "1").replace("/webhooks/orders/create", "/cart");
    fs::write(stage.file("other.ndjson"), other).unwrap();
    let fields: Vec<[String; 2]> = (0..40_000).map(|number| [format!("x-{number}"), String::new()]).collect();
    let fields = serde_json::to_string(&fields).unwrap();
    let many = format!(
        "{{\"version\":1,\"time\":\"2026-11-20T18:00:00Z\",\"method\":\"POST\",\"target\":\"/webhooks/orders/create\",\"headers\":{fields},\"body\":\"{{}}\"}}\n"
    );
    fs::write(stage.file("many.ndjson"), many).unwrap();
    fs::create_dir(stage.file("folder")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(stage.file("pipe")).status().unwrap();
    assert!(fifo.success());
    for (arguments, expected) in [
        (&["folder"][..], &["folder: it is a directory"][..]),
        (&["pipe"], &["pipe: it is a "]),
        (&["nothing.ndjson"], &["nothing.ndjson", "No such file"]),
        (&["empty.ndjson"], &["empty.ndjson: it is empty"]),
        (&["notes.txt"], &["notes.txt: it is "]),
        (&["noise.bin"], &["noise.bin: it is "]),
        (&["day.ndjson", "noise.bin"], &["noise.bin: it is "]),
        (&["page.har"], &["not one of 0 requests can be sent"]),
        (&["other.ndjson"], &["read 1 = to replay 0 + skipped 1 (no_route 1)", "compare `[[tee.route]]`"]),
        (&["day.ndjson", "./day.ndjson"], &["it is named twice"]),
        (&["--settle", "5ms", "day.ndjson"], &["the sla of the legacy lane is 10ms"]),
        (&["--settle", "5", "day.ndjson"], &["such as 30s"]),
        (&["--speed", "fast", "day.ndjson"], &["write 1, 10, 0.5 or max"]),
        (&["--rate", "5/d", "day.ndjson"], &["write 50, 50/s"]),
        (&["--speed", "1e-300", "day.ndjson"], &["more than a year"]),
        (&["--rate", "1e-9/h", "day.ndjson"], &["more than a year"]),
        (&["--rate", "5", "--speed", "2", "day.ndjson"], &["cannot be used with"]),
        (&["--concurrency", "0", "day.ndjson"], &["--concurrency"]),
        (&["--concurrency", "9223372036854775807", "day.ndjson"], &["--concurrency"]),
        (&["--speed", "max", "--journal", "./week3.db", "day.ndjson"], &["it is `tee.journal`"]),
        (&["--speed", "max", "-o", "./day.ndjson", "day.ndjson"], &["it is what the replay reads or records"]),
        (&["--speed", "max", "-o", "paritee.toml", "day.ndjson"], &["it is what the replay reads or records"]),
        (&["--speed", "max", "-o", "week3-replay.db", "day.ndjson"], &["it is what the replay reads or records"]),
        (&["--speed", "max", "-o", "week3-replay.db-wal", "day.ndjson"], &["it is what the replay reads or records"]),
        (&["--speed", "max", "-o", "nowhere/report.txt", "day.ndjson"], &["name a file in a folder that is there"]),
        (&["--speed", "max", "-o", "folder", "day.ndjson"], &["name a file in a folder that is there"]),
        (&["--speed", "max", "many.ndjson"], &["skipped 1 (not_http 1)"]),
        (&["--from", "yesterday", "day.ndjson"], &["2026-11-20T18:00:00Z"]),
        (&["--from", "2027-01-01T00:00:00Z", "day.ndjson"], &["(before_from 2)", "not one of 2 requests"]),
        (&["--resume", "day.ndjson"], &["there is no week3-replay.db"]),
        (&[], &["<CAPTURE>"]),
    ] {
        refused(&stage, arguments, expected).await;
    }
}

#[tokio::test]
async fn nothing_is_begun_while_a_lane_or_its_ledger_can_not_be_reached() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let nobody = Lane::bind().await.addr();
    let stage = Stage::new(&between(&live.addr().to_string(), &nobody.to_string(), ""));
    file(&stage);
    refused(&stage, &["--speed", "max", "day.ndjson"], &["reach the gated lane", "nothing was sent"]).await;
    let poll = format!(
        "[lane.gated.poll]\nurl = \"http://{nobody}/ledger\"\nevery = \"5ms\"\nitems = \"/items\"\norder_key = \"/key\"\nreference = \"/id\"\n"
    );
    let stage = Stage::between(&live, &gated, &poll);
    file(&stage);
    let ended = stage.replay(&["--speed", "max", "day.ndjson"]).await;
    assert!(ended.code == 2 && ended.err.contains("read the gated ledger before the first request"), "{ended:?}");
    assert!(ended.err.contains("(nothing was sent)"), "{ended:?}");
    assert_eq!(stage.journal().captures_of(1).unwrap(), 0);
    // What was begun and sent nothing is in nobody's way.
    let again = stage.replay(&["--speed", "max", "day.ndjson"]).await;
    assert!(again.err.contains("read the gated ledger before the first request"), "{again:?}");
}

#[tokio::test]
async fn a_journal_that_is_there_is_neither_overwritten_nor_taken_for_another_replay() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let stage = Stage::between(&live, &gated, "");
    file(&stage);
    let _lanes = (live.serve(|_| answer("200 OK", "", "{}")), gated.serve(|_| answer("201 Created", "", "{}")));
    let again: Ended = stage.replay(&["--speed", "max", "day.ndjson"]).await;
    assert_eq!(again.code, 3, "{again:?}: no ledger is read");
    for (arguments, expected) in [
        (&["--speed", "max", "day.ndjson"][..], "it is there already; go on with it by --resume"),
        (&["--resume", "--limit", "1", "--speed", "max", "day.ndjson"], "are others than those of run 1"),
        (&["--resume", "--settle", "1s", "--speed", "max", "day.ndjson"], "are others than those of run 1"),
    ] {
        let ended = stage.replay(arguments).await;
        assert!(ended.code == 2 && ended.err.contains(expected), "{arguments:?} {ended:?}");
    }
    // Nothing was recorded by any of them; to resume what is whole sends nothing.
    let resumed = stage.replay(&["--resume", "--speed", "max", "day.ndjson"]).await;
    assert!(resumed.err.contains("= sent 0 + skipped 0 + 2 recorded before"), "{resumed:?}");
    assert_eq!(stage.journal().captures_of(1).unwrap(), 2);
    assert!(stage.journal().run(Some(2)).unwrap().is_none());
}

#[tokio::test]
async fn strict_reading_stops_before_anything_is_sent() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let stage = Stage::between(&live, &gated, "");
    fs::write(stage.file("day.ndjson"), order(1, "5001") + "{\"version\":1,\n" + &order(2, "5002")).unwrap();
    let said = ["day.ndjson: line 2: it is no JSON", "mend it there, or read it leniently"];
    refused(&stage, &["--strict", "--speed", "max", "day.ndjson"], &said).await;
    let dry = stage.replay(&["--dry-run", "--speed", "max", "day.ndjson"]).await;
    assert_eq!(dry.code, 0, "{dry:?}");
    for said in [
        "1 piece unread (no_json 1)",
        "read 3 = to replay 2 + skipped 1 (unread 1)",
        "line 2: it is no JSON",
        "may be orders: capture-complete is INCONCLUSIVE",
    ] {
        assert!(dry.err.contains(said), "{said}: {dry:?}");
    }
    assert!(!stage.file("week3-replay.db").exists());

    // Leniently the others are sent, and what could not be read is on record: it may have been an order.
    let _lanes = (live.serve(|_| answer("200 OK", "", "{}")), gated.serve(|_| answer("201 Created", "", "{}")));
    let lenient = stage.replay(&["--format", "json", "--speed", "max", "day.ndjson"]).await;
    assert!(lenient.err.contains("read 3 = sent 2 + skipped 1 (unread 1)"), "{lenient:?}");
    let report = lenient.report();
    let counts = &report["run"]["counts"];
    assert_eq!((&counts["received"], &counts["skipped"]["unread"]), (&3.into(), &1.into()), "{counts}");
    let gate = report["gates"].as_array().unwrap().iter().find(|gate| gate["name"] == "capture-complete").unwrap();
    assert_eq!((&gate["status"], &gate["worst_case"]), (&"INCONCLUSIVE".into(), &"1".into()), "{gate}");
}

/// A file that is not what was captured, by its own word, may hold any other order.
#[tokio::test]
async fn what_was_altered_since_it_was_captured_is_not_sent() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let stage = Stage::between(&live, &gated, "");
    file(&stage);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    packed.write_all(&fs::read(stage.file("day.ndjson")).unwrap()).unwrap();
    let mut packed = packed.finish().unwrap();
    let at = packed.windows(4).position(|four| four == b"5002").unwrap();
    packed[at + 3] = b'9';
    fs::write(stage.file("day.ndjson.gz"), packed).unwrap();
    let said = ["day.ndjson.gz: what is unpacked of it is not what was packed", "(nothing was sent)"];
    refused(&stage, &["--speed", "max", "day.ndjson.gz"], &said).await;

    // A member behind it whose data is of no kind that there is.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    packed.write_all(&fs::read(stage.file("day.ndjson")).unwrap()).unwrap();
    let (mut packed, second) =
        (packed.finish().unwrap(), [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 0xff, 0xff, 0xff, 0xff]);
    packed.extend(second);
    fs::write(stage.file("broken.ndjson.gz"), packed).unwrap();
    let said = ["the packed data is damaged", "what is unpacked of it is not what was packed", "(nothing was sent)"];
    refused(&stage, &["--speed", "max", "broken.ndjson.gz"], &said).await;

    let lanes = (live.serve(|_| answer("200 OK", "", "{}")), gated.serve(|_| answer("201 Created", "", "{}")));
    let whole = stage.replay(&["--speed", "max", "--journal", "whole.db", "day.ndjson"]).await;
    assert_eq!(whole.code, 3, "{whole:?}: no ledger is read");
    drop(lanes);
    let journal = rusqlite::Connection::open(stage.file("whole.db")).unwrap();
    let altered = "UPDATE content SET bytes = CAST(replace(CAST(bytes AS TEXT), '5002', '5009') AS BLOB) WHERE instr(bytes, '5002')";
    assert_eq!(journal.execute(altered, []).unwrap(), 1);
    drop(journal);
    let said = ["whole.db: the journal is not what was recorded", "is not what was recorded (nothing was sent)"];
    refused(&stage, &["--speed", "max", "whole.db"], &said).await;

    // Who looks at it all the same is told.
    let mut export = std::process::Command::new(env!("CARGO_BIN_EXE_paritee"));
    let export: Ended = export.current_dir(stage.path()).args(["export", "whole.db"]).output().unwrap().into();
    assert_eq!((export.code, export.out.lines().count()), (2, 2), "{export:?}");
    assert!(export.err.contains("the journal is not what was recorded: content"), "{export:?}");
}
