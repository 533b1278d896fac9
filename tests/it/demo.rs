//! `paritee demo` as a newcomer runs it: the binary, from nothing to a report.

use std::path::Path;

use assert_cmd::Command;

fn demo(journal: &Path, seed: &str) -> Command {
    let mut command = Command::cargo_bin("paritee").unwrap();
    command.args(["demo", "--orders", "60", "--seed", seed, "--journal"]).arg(journal);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_demo_names_the_four_orders_that_it_broke() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("demo.db");
    let run = demo(&journal, "7").assert().code(0);
    let (told, report) = (text(&run.get_output().stderr), text(&run.get_output().stdout));
    assert!(report.starts_with("NO-GO"), "{report}");
    assert!(report.contains("Exceptions: 4"), "{report}");

    let mut broken: Vec<(&str, &str)> =
        told.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": ")).collect();
    broken.sort_unstable();
    let what: Vec<&str> = broken.iter().map(|(what, _)| *what).collect();
    assert_eq!(what, ["double_committed on gated", "double_committed on legacy", "lost on gated", "lost on legacy"]);
    for (what, key) in broken {
        assert!(report.contains(key), "{what}: {key} is not in the report:\n{report}");
    }

    // The journal is kept, and the commands that are offered work on it.
    let mut report = Command::cargo_bin("paritee").unwrap();
    report.arg("report").arg(&journal).assert().code(1);
    for line in told.lines().filter(|line| line.contains(" order ")) {
        let key = line.split_whitespace().last().unwrap();
        let mut order = Command::cargo_bin("paritee").unwrap();
        let order = order.arg("order").arg(&journal).arg(key).assert().code(0);
        assert!(text(&order.get_output().stdout).contains(key));
    }
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
}

#[test]
fn the_demo_refuses_what_it_could_not_play() {
    for orders in ["0", "3", "1000000", "many"] {
        let mut command = Command::cargo_bin("paritee").unwrap();
        command.args(["demo", "--orders", orders]).assert().code(2);
    }
}
