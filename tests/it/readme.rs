//! What the README shows works as shown.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The first block of this language, its indentation in a list taken off.
fn block(language: &str) -> String {
    let readme = readme();
    let (_, rest) = readme.split_once(&format!("```{language}\n")).unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    block.lines().map(|line| line.strip_prefix("   ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn its_configuration_has_no_faults() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("week3.toml");
    fs::write(&path, block("toml")).unwrap();
    let check = Command::new(env!("CARGO_BIN_EXE_paritee")).args(["check", "--config"]).arg(&path).assert().success();
    let out = String::from_utf8(check.get_output().stdout.clone()).unwrap();
    assert!(out.contains("live, fire-and-forget, a production ledger"), "{out}");
    assert!(out.contains("shadow, erp-gated, a sandbox ledger"), "{out}");
}

#[test]
fn its_commands_exist() {
    let readme = readme();
    let commands = readme.lines().filter_map(|line| line.trim().strip_prefix("$ paritee "));
    let mut seen = 0;
    for command in commands {
        let name = command.split_whitespace().next().unwrap();
        Command::new(env!("CARGO_BIN_EXE_paritee")).args([name, "--help"]).assert().success();
        seen += 1;
    }
    assert!(seen >= 5, "{seen}");
}
