//! The command line: what it prints where, and how it exits.

mod export;
mod import;
mod purge;
mod rules;
mod verify;
mod world;

use std::fs;
use std::process::Stdio;

use world::{Gated, World};

/// What a call printed and how it ended.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(world: &World, arguments: &[&str]) -> Ended {
    let output = world.paritee(arguments).output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn orders(faults: &[Gated]) -> Vec<Gated> {
    let mut orders = vec![Gated::Commits; 40];
    orders.splice(..faults.len(), faults.iter().copied());
    orders
}

#[test]
fn what_can_not_be_done_is_said_on_stderr_and_exits_2() {
    let world = World::nothing();
    fs::write(world.folder().join("notes.txt"), "no database at all, but longer than a header of SQLite is").unwrap();
    fs::write(world.folder().join("empty.db"), "").unwrap();
    rusqlite::Connection::open(world.folder().join("shop.db")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    for (arguments, expected) in [
        (vec!["report"], "<JOURNAL>"),
        (vec!["reprot", "x"], "unrecognized subcommand"),
        (vec!["report", "none.db"], "paritee: read the journal none.db: there is no such file"),
        (vec!["report", "."], "paritee: read the journal .: it is a directory"),
        (vec!["report", "notes.txt"], "paritee: read the journal notes.txt: this file is no journal of paritee"),
        (vec!["report", "empty.db"], "this file is no journal of paritee"),
        (vec!["report", "shop.db"], "this file is no journal of paritee"),
        (vec!["order", "shop.db", "5001"], "this file is no journal of paritee"),
        (vec!["order", "shop.db", " "], "the order key is empty"),
        (vec!["report", "x", "--until", "tomorrow"], "2026-11-20T18:00:00Z"),
        (vec!["report", "x", "--until", "2026-11-20T18:00:00"], "2026-11-20T18:00:00Z"),
        (vec!["report", "x", "--until", "2026-11-20T18:00:00.5Z"], "whole seconds"),
        (vec!["report", "x", "--run", "0"], "--run"),
        (vec!["report", "x", "--format", "pdf"], "[possible values: text, html, json, md, junit]"),
        (vec!["report", "no\u{1b}[2J\nthing"], "no\\u{1b}[2J"),
    ] {
        let ended = run(&world, &arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{arguments:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains('\u{1b}'), "{arguments:?}: {:?}", ended.stderr);
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_results() {
    let world = World::nothing();
    for (arguments, expected) in [
        (vec!["--help"], "Exit codes: 0 GO or success, 1 NO-GO, 2 error, 3 INCONCLUSIVE."),
        (vec!["report", "--help"], "--until"),
        (vec!["--version"], env!("CARGO_PKG_VERSION")),
    ] {
        let ended = run(&world, &arguments);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(ended.stdout.contains(expected), "{arguments:?}: {}", ended.stdout);
    }
}

#[tokio::test]
async fn the_exit_code_is_the_decision() {
    for (world, code, decision) in [
        (World::with(&orders(&[]), true).await, 0, "GO"),
        (World::with(&orders(&[Gated::Loses]), true).await, 1, "NO-GO"),
        (World::with(&orders(&[Gated::Doubles]), true).await, 1, "NO-GO"),
        (World::with(&orders(&[]), false).await, 3, "INCONCLUSIVE"),
        (World::with(&[Gated::Commits], true).await, 3, "INCONCLUSIVE"),
        (World::with(&[], true).await, 3, "INCONCLUSIVE"),
    ] {
        let text = run(&world, &["report", "week3.db"]);
        assert_eq!((text.code, text.stderr.as_str()), (code, ""), "{}", text.stdout);
        assert!(text.stdout.starts_with(&format!("{decision}  ")), "{}", text.stdout);
        let json = run(&world, &["report", "week3.db", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!((json.code, report["decision"].as_str()), (code, Some(decision)));
        assert_eq!(report["run"]["label"], "week 3");
        let markdown = run(&world, &["report", "week3.db", "--format", "md"]);
        assert!(markdown.code == code && markdown.stdout.starts_with(&format!("# {decision}\n")));
        let junit = run(&world, &["report", "week3.db", "--format", "junit"]);
        let page = roxmltree::Document::parse(&junit.stdout).unwrap();
        let failed =
            page.descendants().filter(|node| node.has_tag_name("failure") || node.has_tag_name("error")).count();
        assert_eq!((junit.code, failed == 0), (code, decision == "GO"), "{}", junit.stdout);
    }
}

#[tokio::test]
async fn a_report_names_what_was_lost_and_what_was_doubled() {
    let world = World::with(&orders(&[Gated::Loses, Gated::Commits, Gated::Doubles]), true).await;
    let json = run(&world, &["report", "week3.db", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(report["fates"]["legacy"], serde_json::json!({ "committed": 40 }));
    let gated = serde_json::json!({ "committed": 38, "double_committed": 1, "lost": 1 });
    assert_eq!(report["fates"]["gated"], gated);
    let exceptions = report["exceptions"].as_array().unwrap();
    let mut named: Vec<_> = exceptions.iter().map(|one| (one["order_key"].as_str(), one["fate"].as_str())).collect();
    named.sort_unstable();
    assert_eq!(named, [(Some("5001"), Some("lost")), (Some("5003"), Some("double_committed"))]);
    assert_eq!(report["totals"]["residual"], serde_json::json!({ "legacy": 0, "gated": 0 }));
    assert_eq!(report["totals"]["documents"], serde_json::json!({ "legacy": 40, "gated": 40 }));
}

#[tokio::test]
async fn the_same_journal_gives_the_same_report_on_stdout_and_in_a_file() {
    let world = World::with(&orders(&[Gated::Loses]), true).await;
    let before = fs::read(world.journal()).unwrap();
    for format in ["text", "json", "md", "junit", "html"] {
        let stdout = run(&world, &["report", "week3.db", "--format", format]);
        let file = run(&world, &["report", "week3.db", "--format", format, "-o", "report"]);
        assert_eq!((file.code, file.stdout.as_str(), file.stderr.as_str()), (1, "", ""));
        assert_eq!(fs::read_to_string(world.folder().join("report")).unwrap(), stdout.stdout);
        let dash = run(&world, &["report", "week3.db", "--format", format, "-o", "-"]);
        assert_eq!((dash.code, &dash.stdout), (1, &stdout.stdout));
    }
    assert!(!world.folder().join("-").exists(), "- is no file");
    let folder = run(&world, &["report", "week3.db", "-o", "."]);
    assert!(folder.code == 2 && folder.stderr.contains("it is a directory"), "{}", folder.stderr);
    assert_eq!(fs::read(world.journal()).unwrap(), before, "reading changed the journal");
}

#[tokio::test]
async fn a_window_or_a_run_that_is_not_there_is_no_pass() {
    let world = World::with(&orders(&[]), true).await;
    let early = run(&world, &["report", "week3.db", "--until", "2020-01-01T00:00:00Z", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&early.stdout).unwrap();
    assert_eq!(early.code, 3);
    assert_eq!(report["fates"]["gated"], serde_json::json!({ "pending": 40 }));
    let run_9 = run(&world, &["report", "week3.db", "--run", "9"]);
    assert_eq!((run_9.code, run_9.stderr.as_str()), (2, "paritee: find run 9: this journal has run 1 only\n"));
    assert_eq!(run(&world, &["report", "week3.db", "--run", "1"]).code, 0);
}

#[tokio::test]
async fn a_closed_pipe_ends_quietly() {
    let world = World::with(&orders(&[]), true).await;
    for command in ["report", "export"] {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("paritee"))
            .args([command, "week3.db"])
            .current_dir(world.folder())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The reader goes before the result comes: it takes longer than this to start and read the journal.
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), stderr.as_str()), (Some(0), ""), "{command}");
    }
}

#[tokio::test]
async fn an_altered_journal_is_never_go() {
    let world = World::with(&orders(&[Gated::Loses]), true).await;
    let hand = rusqlite::Connection::open(world.journal()).unwrap();
    let forged = "INSERT INTO outcome SELECT id + 100000, recorded_at, lane, kind, '5001', occurred_at, source, 'forged', \
        'SO-5001', document, document_digest FROM outcome WHERE order_key = '5002' AND lane = 'gated'";
    assert_eq!(hand.execute(forged, []).unwrap(), 1);
    drop(hand);
    let report = run(&world, &["report", "week3.db", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report.code, 3, "{}", report.stdout);
    assert_eq!(json["gates"][0]["name"], "evidence-intact");
    assert_eq!(json["gates"][0]["status"], "INCONCLUSIVE");
}

#[tokio::test]
async fn a_newer_or_a_broken_journal_is_refused_with_what_to_do() {
    let world = World::with(&orders(&[]), true).await;
    let journal = world.journal();
    rusqlite::Connection::open(&journal).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let newer = run(&world, &["report", "week3.db"]);
    assert!(newer.code == 2 && newer.stderr.contains("it has schema 99"), "{}", newer.stderr);
    rusqlite::Connection::open(&journal).unwrap().pragma_update(None, "user_version", 1).unwrap();
    let whole = fs::read(&journal).unwrap();
    let mut broken = whole.clone();
    broken[8_192..40_960].fill(0x5a);
    for bytes in [broken, whole[..whole.len() / 2].to_vec()] {
        fs::write(&journal, bytes).unwrap();
        let ended = run(&world, &["report", "week3.db"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
        assert!(ended.stderr.starts_with("paritee: read the journal"), "{}", ended.stderr);
        assert!(ended.stderr.contains("damaged"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn an_order_is_found_by_any_of_its_names() {
    let world = World::with(&orders(&[Gated::Loses]), true).await;
    let by_key = run(&world, &["order", "week3.db", "5001"]);
    assert_eq!((by_key.code, by_key.stderr.as_str()), (0, ""), "{}", by_key.stdout);
    for name in ["#5001", "#A5001", "A5001"] {
        assert_eq!(run(&world, &["order", "week3.db", name]).stdout, by_key.stdout, "{name}");
    }
    for expected in
        ["Order 5001\n", "gated   answered 201", "legacy  committed: ", "gated   lost: ", "\"total\": 19.90"]
    {
        assert!(by_key.stdout.contains(expected), "{expected}: {}", by_key.stdout);
    }
}

#[tokio::test]
async fn an_order_that_is_not_there_is_an_error_with_what_looks_like_it() {
    let world = World::with(&orders(&[]), true).await;
    for (name, expected) in [
        ("501", "paritee: no order 501 in this journal; there is 5010, 5011"),
        ("50010", "paritee: no order 50010 in this journal; there is 5001\n"),
        ("9", "paritee: no order 9 in this journal; there is 5009, 5019, 5029, 5039\n"),
        ("-x", "paritee: no order -x in this journal\n"),
    ] {
        let ended = run(&world, &["order", "week3.db", name]);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{name}");
        assert!(ended.stderr.starts_with(expected), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn verify_tells_a_whole_chain_from_an_altered_one() {
    let world = World::with(&orders(&[]), true).await;
    let journal = world.journal().to_string_lossy().into_owned();
    let whole = run(&world, &["verify", &journal]);
    assert_eq!((whole.code, whole.stderr.as_str()), (0, ""), "{}", whole.stdout);
    assert!(whole.stdout.starts_with("The chain is whole: "), "{}", whole.stdout);
    let hand = rusqlite::Connection::open(world.journal()).unwrap();
    hand.execute("UPDATE capture SET target = '/elsewhere' WHERE id = (SELECT max(id) FROM capture)", []).unwrap();
    drop(hand);
    let altered = run(&world, &["verify", &journal]);
    assert_eq!((altered.code, altered.stdout.as_str()), (2, ""));
    assert!(altered.stderr.contains("which it covers, was altered"), "{}", altered.stderr);
}
