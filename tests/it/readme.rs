//! What the README shows works as shown.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use paritee::scenario;

use crate::support::BARE;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn readme() -> String {
    page("README.md")
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

/// The table of scenarios has what `scenario list` has, in its order, with the decisions that their files expect.
#[test]
fn the_table_of_scenarios_is_theirs() {
    let rows: Vec<String> = scenario::listed()
        .unwrap()
        .into_iter()
        .map(|listed| {
            let file = page(&format!("scenarios/{}.toml", listed.name));
            let decisions: Vec<&str> =
                file.lines().filter_map(|line| line.strip_prefix("decision = \"")?.strip_suffix('"')).collect();
            let claim = listed.claim.trim_end_matches('.');
            format!("| [{0}]({0}.toml) | {1} | {claim} |", listed.name, decisions.join(", then "))
        })
        .collect();
    let table = page("scenarios/README.md");
    let shown: Vec<&str> = table.lines().filter(|line| line.starts_with("| [")).collect();
    assert_eq!(shown, rows);
}

#[test]
fn the_snippets_about_observers_have_no_faults() {
    have_no_faults("docs/observers.md", 3);
}

#[test]
fn the_snippets_about_comparison_have_no_faults() {
    have_no_faults("docs/comparison.md", 4);
    have_no_faults("docs/owners.md", 1);
    have_no_faults("docs/notify.md", 1);
    have_no_faults("README.md", 2);
}

/// Each snippet is good, by itself or in a file of two lanes that nobody observes yet.
fn have_no_faults(name: &str, at_least: usize) {
    let docs = page(name);
    let snippets: Vec<&str> = docs.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(snippets.len() >= at_least, "{}", snippets.len());
    let env =
        |name: &str| Some(if name.ends_with("_DB") { "postgres://reader:x@127.0.0.1/erp" } else { "s" }.to_owned());
    for snippet in snippets {
        // One of them is whole but for [tee].
        let (tee, _) = BARE.split_once("[[tee.route]]").unwrap();
        let around = match () {
            () if snippet.contains("[tee]") => "",
            () if snippet.contains("[[tee.route]]") => tee,
            () => BARE,
        };
        let checked = paritee::config::parse(name, &format!("{around}\n{snippet}"), &env);
        assert!(checked.is_ok(), "{snippet}\n{}", checked.unwrap_err());
    }
}

#[test]
fn its_commands_exist() {
    let pages = readme() + &page("docs/observers.md");
    let commands = pages.lines().filter_map(|line| line.trim().strip_prefix("$ paritee "));
    let mut seen = 0;
    for command in commands {
        let name = command.split_whitespace().next().unwrap();
        Command::new(env!("CARGO_BIN_EXE_paritee")).args([name, "--help"]).assert().success();
        seen += 1;
    }
    assert!(seen >= 5, "{seen}");
}
