//! `paritee demo` as a newcomer runs it: the binary, from nothing to a report, in two acts.

use std::path::Path;
use std::process::Command;

use assert_cmd::assert::OutputAssertExt as _;

use crate::support::{in_time, one_world};

fn demo(journal: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
    command.args(["demo", "--journal"]).arg(journal);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What stdout has between this line's beginning and the next empty line but one.
fn section<'t>(report: &'t str, begins: &str) -> &'t str {
    let from = report.find(begins).unwrap_or_else(|| panic!("no {begins} in\n{report}"));
    let rest = &report[from..];
    rest.split("\n\n\n").next().unwrap()
}

#[test]
fn the_demo_stops_a_bug_by_name_and_proves_its_repair() {
    let folder = tempfile::tempdir().unwrap();
    let _world = one_world();
    let mut tries = 0;
    let run = in_time(|| {
        tries += 1;
        let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
        // More than there must be: the stock and the marketplace grow with them.
        command.args(["demo", "--orders", "5000", "--seed", "7", "--journal"]);
        command.arg(folder.path().join(format!("demo-{tries}.db")));
        command
    });
    let (journal, page) = (folder.path().join(format!("demo-{tries}.db")), format!("demo-{tries}.html"));
    let (told, report) = (run.err, run.out);
    assert_eq!(run.code, Some(0), "{told}\n{report}");
    assert!(told.contains("Everything came out as promised"), "{told}");
    assert!(told.contains("Act 1, gated build 411") && told.contains("Act 2, gated build 412"), "{told}");

    let first = section(&report, "NO-GO  Do not cut over: no-double-commits (3 committed twice)");
    assert!(first.contains("3 orders double_committed on gated"), "{first}");
    let second = section(&report, "GO  All 14 gates hold, in a rehearsal");
    assert!(second.contains("double_committed on legacy") && second.contains("lost on legacy"), "{second}");
    assert!(!second.contains("on gated"), "{second}");

    // One journal holds both runs, and says the same of them to whoever asks.
    for (run, code, begins) in [("1", 1, "NO-GO  Do not cut over"), ("2", 0, "GO  All 14 gates hold, in a rehearsal")] {
        let mut report = Command::new(env!("CARGO_BIN_EXE_paritee"));
        let report = report.arg("report").arg(&journal).args(["--run", run]).assert().code(code);
        assert!(text(&report.get_output().stdout).starts_with(begins));
    }
    let doubled = first.lines().find(|line| line.starts_with("        ")).unwrap().split_whitespace().next().unwrap();
    let mut order = Command::new(env!("CARGO_BIN_EXE_paritee"));
    let order = order.arg("order").arg(&journal).arg(doubled).assert().code(0);
    assert!(text(&order.get_output().stdout).contains("gated   double_committed"));
    let page = std::fs::read_to_string(folder.path().join(page)).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("gated build 412"));
}

#[test]
fn the_demo_never_touches_a_file_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("evidence.db");
    std::fs::write(&journal, "somebody's evidence").unwrap();
    let run = demo(&journal).assert().code(2);
    let told = text(&run.get_output().stderr);
    assert!(told.contains("there is a file already") && told.contains("--journal"), "{told}");
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), "somebody's evidence");
    // Nor what lies beside it by the names that its own files would have.
    let config = folder.path().join("week3.toml");
    std::fs::write(&config, "somebody's configuration").unwrap();
    demo(&folder.path().join("week3.db")).assert().code(2);
    demo(&folder.path().join("page.html")).assert().code(2);
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "somebody's configuration");
}

#[test]
fn the_demo_refuses_what_it_could_not_play() {
    for orders in ["0", "400", "1000000", "many"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
        command.args(["demo", "--orders", orders]).assert().code(2);
    }
}
