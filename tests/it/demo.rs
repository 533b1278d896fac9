//! `paritee demo` as a newcomer runs it: the binary, from nothing to a report, in two acts.

use std::path::Path;

use assert_cmd::Command;

fn demo(journal: &Path, seed: &str) -> Command {
    let mut command = Command::cargo_bin("paritee").unwrap();
    command.args(["demo", "--seed", seed, "--journal"]).arg(journal);
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
    let journal = folder.path().join("demo.db");
    // A machine that is too busy may be late; then the world was another one.
    let runs = (1..=3).map(|try_| {
        let journal = folder.path().join(format!("demo-{try_}.db"));
        demo(&journal, "7").output().unwrap()
    });
    let run = runs.into_iter().enumerate().find(|(place, run)| run.status.code() == Some(0) || *place == 2).unwrap();
    std::fs::rename(folder.path().join(format!("demo-{}.db", run.0 + 1)), &journal).unwrap();
    let (told, report) = (text(&run.1.stderr), text(&run.1.stdout));
    assert_eq!(run.1.status.code(), Some(0), "{told}\n{report}");
    assert!(told.contains("Everything came out as promised"), "{told}");
    assert!(told.contains("Act 1, gated build 411") && told.contains("Act 2, gated build 412"), "{told}");

    let first = section(&report, "NO-GO  Do not cut over: no-double-commits (3 committed twice)");
    assert!(first.contains("3 orders double_committed on gated"), "{first}");
    let second = section(&report, "GO  Safe to cut over");
    assert!(second.contains("double_committed on legacy") && second.contains("lost on legacy"), "{second}");
    assert!(!second.contains("on gated"), "{second}");

    // One journal holds both runs, and says the same of them to whoever asks.
    for (run, code, begins) in [("1", 1, "NO-GO  Do not cut over"), ("2", 0, "GO  Safe to cut over")] {
        let mut report = Command::cargo_bin("paritee").unwrap();
        let report = report.arg("report").arg(&journal).args(["--run", run]).assert().code(code);
        assert!(text(&report.get_output().stdout).starts_with(begins));
    }
    let doubled = first.lines().find(|line| line.starts_with("      ")).unwrap().split_whitespace().next().unwrap();
    let mut order = Command::cargo_bin("paritee").unwrap();
    let order = order.arg("order").arg(&journal).arg(doubled).assert().code(0);
    assert!(text(&order.get_output().stdout).contains("gated   double_committed"));
    let page = std::fs::read_to_string(folder.path().join(format!("demo-{}.html", run.0 + 1))).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("gated build 412"));
}

#[test]
fn the_demo_never_touches_a_file_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("evidence.db");
    std::fs::write(&journal, "somebody's evidence").unwrap();
    let run = demo(&journal, "1").assert().code(2);
    let told = text(&run.get_output().stderr);
    assert!(told.contains("there is a file already") && told.contains("--journal"), "{told}");
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), "somebody's evidence");
    // Nor what lies beside it by the names that its own files would have.
    let config = folder.path().join("week3.toml");
    std::fs::write(&config, "somebody's configuration").unwrap();
    demo(&folder.path().join("week3.db"), "1").assert().code(2);
    demo(&folder.path().join("page.html"), "1").assert().code(2);
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "somebody's configuration");
}

#[test]
fn the_demo_refuses_what_it_could_not_play() {
    for orders in ["0", "400", "1000000", "many"] {
        let mut command = Command::cargo_bin("paritee").unwrap();
        command.args(["demo", "--orders", orders]).assert().code(2);
    }
}
