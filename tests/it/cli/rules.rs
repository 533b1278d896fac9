//! `paritee rules suggest`: rules to paste on stdout, and nothing else done.

use std::fs;

use super::world::{Gated, World};
use super::{orders, run};
use crate::support::BARE;

#[tokio::test]
async fn what_two_ledgers_write_for_themselves_is_suggested_or_asked_for() {
    let world = World::with(&[Gated::Numbers; 40], true).await;
    let before = fs::read(world.journal()).unwrap();
    let ended = run(&world, &["rules", "suggest", "week3.db"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    let parsed: toml::Table = ended.stdout.parse().unwrap();
    let [rule] = parsed["compare"]["rule"].as_array().unwrap().as_slice() else { panic!("{}", ended.stdout) };
    assert_eq!((rule["path"].as_str(), rule["ignore"].as_bool()), (Some("$.slip"), Some(true)));
    assert_eq!(rule["reason"].as_str(), Some("looks like each ledger's own id: 40 of 40 differ"));
    let asked = "# [[compare.rule]]\n# path = \"$.id\"\n# ignore = true\n";
    assert!(ended.stdout.contains(asked) && ended.stdout.contains("# dangerous = true\n"), "{}", ended.stdout);
    assert!(ended.stdout.starts_with("# Run 1: the documents of 40 orders were compared;"), "{}", ended.stdout);
    assert_eq!(run(&world, &["rules", "suggest", "week3.db", "--run", "1"]).stdout, ended.stdout);
    assert_eq!(fs::read(world.journal()).unwrap(), before, "suggesting changed the journal");

    // What is printed can be pasted, and what is asked for as well once a person has decided.
    let is_asked =
        |line: &&str| asked.contains(*line) || line.starts_with("# reason") || line.starts_with("# dangerous");
    let bare = |line| Some(line).filter(is_asked).and_then(|line| line.strip_prefix("# ")).unwrap_or(line);
    let decided: Vec<&str> = ended.stdout.lines().map(bare).collect();
    for rules in [ended.stdout.clone(), decided.join("\n")] {
        fs::write(world.folder().join("week4.toml"), format!("{BARE}\n{rules}")).unwrap();
        let checked = run(&world, &["check", "--config", "week4.toml"]);
        assert_eq!(checked.code, 0, "{} {}", checked.stdout, checked.stderr);
    }
}

#[tokio::test]
async fn equal_documents_suggest_nothing() {
    let world = World::with(&orders(&[Gated::Loses]), true).await;
    let ended = run(&world, &["rules", "suggest", "week3.db"]);
    let expected =
        "# Nothing to suggest: the documents of 39 orders of run 1 were compared, and nothing unexplained was found.\n";
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (0, expected, ""));
}

#[tokio::test]
async fn what_can_not_be_suggested_is_said_on_stderr_and_exits_2() {
    let world = World::with(&[Gated::Commits], true).await;
    for (arguments, expected) in [
        (vec!["rules"], "suggest"),
        (vec!["rules", "suggest"], "<JOURNAL>"),
        (vec!["rules", "suggest", "none.db"], "paritee: read the journal none.db: there is no such file"),
        (vec!["rules", "suggest", "week3.db", "--run", "9"], "paritee: find run 9: this journal has run 1 only"),
        (vec!["rules", "suggest", "week3.db", "--baseline", "9"], "paritee: find run 9: this journal has run 1 only"),
        (vec!["rules", "suggest", "week3.db", "--baseline", "1"], "paritee: compare run 1 with itself"),
        (vec!["rules", "suggest", "week3.db", "--run", "0"], "--run"),
    ] {
        let ended = run(&world, &arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{arguments:?}: {}", ended.stderr);
    }
}
