//! Whether a report follows from its journal.

use std::fs;

use super::world::{Gated, World};
use super::{Ended, orders, run};

const FORMATS: [&str; 5] = ["json", "html", "md", "junit", "text"];

fn report(world: &World, file: &str, arguments: &[&str]) -> i32 {
    run(world, &[&["report", "week3.db", "-o", file], arguments].concat()).code
}

fn verify(world: &World, file: &str) -> Ended {
    run(world, &["verify", "week3.db", "--report", file])
}

/// A refusal that names the file, and says all of this.
fn refused(world: &World, file: &str, expected: &[&str]) {
    let ended = verify(world, file);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{file}: {}", ended.stderr);
    assert!(ended.stderr.starts_with(&format!("paritee: verify the report {file}: ")), "{}", ended.stderr);
    for words in expected {
        assert!(ended.stderr.contains(words), "{file}: no {words} in {}", ended.stderr);
    }
    assert!(!ended.stderr.contains('\u{1b}'), "{}", ended.stderr);
}

#[tokio::test]
async fn a_report_follows_whatever_its_decision_and_also_when_the_journal_has_grown() {
    for (faults, code, decision) in [(&[Gated::Loses][..], 1, "NO-GO"), (&[], 0, "GO")] {
        let world = World::with(&orders(faults), true).await;
        for format in FORMATS {
            assert_eq!(report(&world, format, &["--format", format]), code);
            let early = format!("{format}-early");
            assert_eq!(report(&world, &early, &["--format", format, "--until", "2020-01-01T00:00:00Z"]), 3);
        }
        // The window then ends where the journal does, in the middle of a second.
        let late = FORMATS.map(|format| {
            let late = format!("{format}-late");
            let code = report(&world, &late, &["--format", format, "--until", "2100-01-01T00:00:00Z"]);
            (late, ["GO", "NO-GO", "", "INCONCLUSIVE"][usize::try_from(code).unwrap()])
        });
        let narrow = world.paritee(&["report", "week3.db", "-o", "narrow"]).env("COLUMNS", "46").output().unwrap();
        assert_eq!(narrow.status.code(), Some(code));
        let follow = |rows: &str| {
            let early = FORMATS.map(|format| format!("{format}-early"));
            let files = FORMATS.map(|format| (format, decision)).into_iter().chain([("narrow", decision)]);
            let early = early.iter().map(|file| (file.as_str(), "INCONCLUSIVE"));
            let late = late.iter().map(|(file, decision)| (file.as_str(), *decision));
            for (file, decision) in files.chain(early).chain(late) {
                let ended = verify(&world, file);
                assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{file}");
                let expected = format!("The report {file} follows from it: {decision} for run 1, judged up to ");
                assert!(ended.stdout.starts_with("The chain is whole: "), "{}", ended.stdout);
                let told = ended.stdout.lines().last().unwrap();
                assert!(told.starts_with(&expected) && told.ends_with(rows), "{told}");
            }
        };
        follow("Z.");
        world.go_on(6001, &[Gated::Doubles, Gated::Loses]).await;
        let now = run(&world, &["report", "week3.db", "--format", "json"]);
        assert_ne!(now.stdout, fs::read_to_string(world.folder().join("json")).unwrap());
        follow(" rows.");
        fs::write(world.folder().join("now"), now.stdout).unwrap();
        assert!(verify(&world, "now").stdout.ends_with("Z.\n"));
    }
}

#[tokio::test]
async fn what_was_altered_is_named() {
    let world = World::with(&orders(&[Gated::Loses, Gated::Doubles]), true).await;
    for format in FORMATS {
        assert_eq!(report(&world, format, &["--format", format]), 1);
    }
    let alter = |format: &str, file: &str, from: &str, to: &str| {
        let kept = fs::read_to_string(world.folder().join(format)).unwrap();
        assert!(kept.contains(from), "{format} has no {from}: {kept}");
        fs::write(world.folder().join(file), kept.replacen(from, to, 1)).unwrap();
    };
    alter("json", "a.json", "\"decision\": \"NO-GO\"", "\"decision\": \"GO\"");
    refused(&world, "a.json", &["does not follow from week3.db, run 1", "  /decision: kept \"GO\", derived \"NO-GO\""]);
    alter("json", "b.json", "\"order_key\": \"5001\"", "\"order_key\": \"5002\"");
    refused(&world, "b.json", &["/order_key: kept \"5002\", derived \"5001\""]);
    for format in ["md", "html", "junit", "text"] {
        alter(format, "altered", "5001", "50\u{1b}[2J01");
        refused(&world, "altered", &["does not follow", "\n  line ", "kept ", "50\\u{1b}[2J01", "derived "]);
    }
    // Written anew by another program, it says the same.
    let kept = fs::read_to_string(world.folder().join("json")).unwrap();
    let compact = serde_json::from_str::<serde_json::Value>(&kept).unwrap().to_string();
    fs::write(world.folder().join("compact.json"), compact).unwrap();
    assert_eq!(verify(&world, "compact.json").code, 0);
}

#[tokio::test]
async fn what_can_not_be_derived_is_said() {
    let (world, other) = (World::with(&orders(&[]), true).await, World::with(&orders(&[]), true).await);
    assert_eq!(report(&world, "r.json", &["--format", "json"]), 0);
    let kept = fs::read_to_string(world.folder().join("r.json")).unwrap();
    let put = |file: &str, text: &str| fs::write(world.folder().join(file), text).unwrap();

    put("run.json", &kept.replace("\"number\": 1", "\"number\": 9"));
    refused(&world, "run.json", &["find run 9: this journal has run 1 only"]);
    put("newer.json", &kept.replace("\"schema_version\": 3", "\"schema_version\": 4"));
    refused(&world, "newer.json", &["schema 4", "writes schema 3: verify it with the version that wrote it"]);
    put("older.json", &kept.replace("\"schema_version\": 3", "\"schema_version\": 2"));
    refused(&world, "older.json", &["schema 2"]);
    put("cut.json", &kept[..kept.len() / 2]);
    refused(&world, "cut.json", &["the file is damaged, or no report of paritee: no JSON at byte"]);
    put("notes.txt", "We go.\n");
    refused(&world, "notes.txt", &["this is no report of paritee"]);
    refused(&world, "none.json", &["No such file"]);
    refused(&world, ".", &["directory"]);

    assert_eq!(report(&other, "other.json", &["--format", "json"]), 0);
    fs::copy(other.folder().join("other.json"), world.folder().join("other.json")).unwrap();
    refused(&world, "other.json", &["has no such seal; it is another journal's, or of a later state than this copy"]);

    // A broken chain is told first, whatever the report says.
    let hand = rusqlite::Connection::open(world.journal()).unwrap();
    hand.execute("UPDATE outcome SET reference = 'SO-1' WHERE order_key = '5003'", []).unwrap();
    drop(hand);
    let broken = verify(&world, "r.json");
    assert_eq!((broken.code, broken.stdout.as_str()), (2, ""));
    assert!(broken.stderr.starts_with("paritee: verify the journal week3.db: the seal "), "{}", broken.stderr);
}

#[tokio::test]
async fn nobody_is_named_unless_it_is_asked_for_and_both_reports_follow() {
    let world = World::with(&orders(&[Gated::Names]), true).await;
    for format in FORMATS {
        for (arguments, file, is_named) in [(&[][..], "masked", false), (&["--unmasked"], "named", true)] {
            let file = format!("{file}.{format}");
            assert_eq!(report(&world, &file, &[&["--format", format], arguments].concat()), 1);
            let kept = fs::read_to_string(world.folder().join(&file)).unwrap();
            assert_eq!(kept.contains("quint"), is_named, "{file}: {kept}");
            let ended = verify(&world, &file);
            assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{file}");
        }
    }
    // A report that says of itself what it is not.
    let kept = fs::read_to_string(world.folder().join("named.json")).unwrap();
    fs::write(world.folder().join("said.json"), kept.replace("\"masked\": false", "\"masked\": true")).unwrap();
    refused(&world, "said.json", &["/masked: kept true, derived false"]);
    let masked = run(&world, &["order", "week3.db", "5001"]).stdout;
    assert!(
        !masked.contains("quint") && masked.contains("‹2›") && masked.contains("Masked: personal data"),
        "{masked}"
    );
    let named = run(&world, &["order", "week3.db", "5001", "--unmasked"]).stdout;
    assert!(named.contains("SO-5001@quint.example") && !named.contains("Masked"), "{named}");
}

#[tokio::test]
async fn what_was_done_to_the_journal_is_named() {
    for (hand, expected) in [
        (
            "UPDATE content SET bytes = x'00' WHERE id = (SELECT body FROM capture ORDER BY id LIMIT 1)",
            "capture row 4: content 1 is not what was recorded",
        ),
        (
            "UPDATE capture SET order_key = '5009' WHERE id = 4",
            "doesn't fit: one of the rows 4 to 5, which it covers, was altered, or itself",
        ),
        ("DROP INDEX outcome_order_key", "outcome_order_key isn't as paritee makes it"),
    ] {
        let world = World::with(&orders(&[]), true).await;
        let verified = || world.paritee(&["verify", "week3.db"]).output().unwrap();
        assert_eq!(verified().status.code(), Some(0));
        rusqlite::Connection::open(world.journal()).unwrap().execute(hand, []).unwrap();
        let said = verified();
        let words = String::from_utf8(said.stderr).unwrap();
        assert_eq!((said.status.code(), words.contains(expected)), (Some(2), true), "{hand}: {words}");
    }
}
