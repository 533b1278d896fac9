//! What a purge empties is nowhere in the file, and what is known of the orders stays.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::world::{CUSTOMER, Gated, World};
use super::{Ended, orders, run};

/// Gates that look at what orders and documents say.
const BY_CONTENT: [&str; 2] = ["fields-agree", "sensitivity"];

fn purge(world: &World, arguments: &[&str]) -> Ended {
    run(world, &[&["purge", "week3.db"], arguments].concat())
}

fn report(world: &World) -> Value {
    serde_json::from_str(&run(world, &["report", "week3.db", "--format", "json"]).stdout).unwrap()
}

/// Files of a folder in which a text stands, anywhere.
fn that_hold(folder: &Path, text: &str) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &std::path::PathBuf| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    files.filter(holds).map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn speaking(faults: &[Gated]) -> Vec<Gated> {
    let speaks = |order: Gated| if order == Gated::Commits { Gated::Speaks } else { order };
    orders(faults).into_iter().map(speaks).collect()
}

/// Gates by name, those that look at contents left out.
fn gates(report: &Value) -> Vec<&Value> {
    let all = report["gates"].as_array().unwrap().iter();
    all.filter(|gate| !BY_CONTENT.contains(&gate["name"].as_str().unwrap())).collect()
}

fn status<'r>(report: &'r Value, gate: &str) -> &'r str {
    let all = report["gates"].as_array().unwrap();
    all.iter().find(|row| row["name"] == gate).unwrap()["status"].as_str().unwrap()
}

#[tokio::test]
async fn the_customer_is_gone_from_the_file_and_the_fates_are_not() {
    for (faults, before, after) in
        [(&[][..], "GO", "INCONCLUSIVE"), (&[Gated::Loses, Gated::Doubles], "NO-GO", "NO-GO")]
    {
        let world = World::with(&speaking(faults), true).await;
        assert_eq!(that_hold(world.folder(), CUSTOMER), ["week3.db"]);
        let whole = report(&world);
        let ended = purge(&world, &["--older-than", "0s", "--yes"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
        assert_eq!(that_hold(world.folder(), CUSTOMER), Vec::<String>::new());
        assert_eq!(that_hold(world.folder(), "Quint"), Vec::<String>::new());
        let purged = report(&world);
        assert_eq!((&whole["decision"], &purged["decision"]), (&before.into(), &after.into()));
        for part in ["fates", "parity", "totals", "exceptions", "losses", "signals"] {
            assert_eq!(whole[part], purged[part], "{part}");
        }
        assert_eq!(gates(&whole), gates(&purged));
        assert_eq!(whole["run"]["until"], purged["run"]["until"], "a purge is no later evidence");
        assert_eq!((status(&whole, "fields-agree"), status(&purged, "fields-agree")), ("GO", "INCONCLUSIVE"));
        let page = run(&world, &["report", "week3.db", "--format", "md"]).stdout;
        assert!(page.contains("purged"), "{page}");
        let verified = run(&world, &["verify", "week3.db"]);
        assert_eq!((verified.code, verified.stderr.as_str()), (0, ""), "{}", verified.stdout);
        let order = run(&world, &["order", "week3.db", "5010", "--unmasked"]);
        assert_eq!(order.code, 0, "{}", order.stderr);
    }
}

#[tokio::test]
async fn nothing_is_changed_unless_it_is_told_to_and_nothing_is_left_for_a_second_time() {
    let world = World::with(&speaking(&[]), true).await;
    let before = fs::read(world.journal()).unwrap();
    let ended = purge(&world, &["--older-than", "0s"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    for words in
        ["bodies of requests           40", "answers of lanes", "documents of ledgers", "Nothing is changed yet"]
    {
        assert!(ended.stdout.contains(words), "no {words} in {}", ended.stdout);
    }
    let none = purge(&world, &["--older-than", "30d", "--yes"]);
    assert!(none.stdout.contains("nothing that was recorded before"), "{}", none.stdout);
    assert_eq!(fs::read(world.journal()).unwrap().len(), before.len());
    assert_eq!(that_hold(world.folder(), CUSTOMER), ["week3.db"]);
    assert_eq!(purge(&world, &["--older-than", "0s", "--yes"]).code, 0);
    for arguments in [&["--older-than", "0s"][..], &["--older-than", "0s", "--yes"]] {
        let again = purge(&world, arguments);
        assert!(again.code == 0 && again.stdout.contains("nothing that was recorded before"), "{}", again.stdout);
    }
}

#[tokio::test]
async fn the_run_goes_on_behind_a_purge_and_is_purged_again() {
    let world = World::with(&speaking(&[]), true).await;
    assert_eq!(purge(&world, &["--older-than", "0s", "--yes"]).code, 0);
    world.go_on(6001, &[Gated::Speaks, Gated::Commits]).await;
    assert_eq!(run(&world, &["verify", "week3.db"]).code, 0);
    assert_eq!(that_hold(world.folder(), CUSTOMER), ["week3.db"]);
    let ended = purge(&world, &["--older-than", "0s", "--yes"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(that_hold(world.folder(), CUSTOMER), Vec::<String>::new());
    assert_eq!(run(&world, &["verify", "week3.db"]).code, 0);
    let gone_on = report(&world);
    assert_eq!(gone_on["fates"]["gated"]["committed"], 42);
    assert_eq!(gone_on["run"]["gaps"], 0, "a purge leaves no gap");
}

#[tokio::test]
async fn a_report_from_before_is_said_to_rest_on_what_was_purged() {
    let world = World::with(&speaking(&[]), true).await;
    run(&world, &["report", "week3.db", "--format", "json", "-o", "before.json"]);
    assert_eq!(purge(&world, &["--older-than", "0s", "--yes"]).code, 0);
    let ended = run(&world, &["verify", "week3.db", "--report", "before.json"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("Contents were purged from the journal since"), "{}", ended.stderr);
}

#[tokio::test]
async fn nobody_else_may_have_it_open() {
    let world = World::with(&speaking(&[]), true).await;
    let yes = &["--older-than", "0s", "--yes"];
    let opened = paritee::journal::open(&world.journal(), paritee::journal::Options::default()).unwrap();
    let ended = purge(&world, yes);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("another paritee is writing to it; stop that one"), "{}", ended.stderr);
    assert!(opened.journal.close(std::time::Duration::from_secs(30)).await);
    opened.writer.join().unwrap();
    let reader = paritee::journal::Reader::open(&world.journal()).unwrap();
    let _state = reader.snapshot().unwrap();
    reader.head().unwrap();
    let ended = purge(&world, yes);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("another program has it open; stop the sidecar"), "{}", ended.stderr);
    assert_eq!(that_hold(world.folder(), CUSTOMER), ["week3.db"]);
}

#[test]
fn what_can_not_be_purged_is_said() {
    let world = World::nothing();
    for (arguments, expected) in [
        (vec!["purge", "week3.db"], "--older-than"),
        (vec!["purge", "week3.db", "--older-than", "30"], "such as 30d"),
        (vec!["purge", "week3.db", "--older-than", "30d"], "there is no such file"),
        (vec!["purge", "week3.db", "--older-than", "30d", "--yes"], "there is no such file"),
    ] {
        let ended = run(&world, &arguments);
        assert!(ended.code == 2 && ended.stderr.contains(expected), "{arguments:?}: {}", ended.stderr);
    }
    assert!(!world.journal().exists());
}
