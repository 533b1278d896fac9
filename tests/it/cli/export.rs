//! `paritee export`: what was captured, as lines.

use std::fs;
use std::path::Path;

use paritee::replay::formats::{CaptureFile, Options, Place, Record};

use super::world::World;
use super::{orders, run};

fn records(path: &Path) -> Vec<Record> {
    let records = CaptureFile::open(path, &Options::default()).unwrap();
    // Where a record stands is the file's own.
    records.map(|record| Record { place: Place::Line(0), ..record.unwrap() }).collect()
}

#[tokio::test]
async fn what_was_captured_is_read_back_byte_for_byte() {
    let world = World::with(&orders(&[]), true).await;
    let file = run(&world, &["export", "week3.db", "-o", "week3.ndjson"]);
    assert_eq!((file.code, file.stdout.as_str()), (0, ""), "{}", file.stderr);
    assert_eq!(file.stderr, "week3.db: 40 requests exported, 40 with an answer\n");
    let written = fs::read_to_string(world.folder().join("week3.ndjson")).unwrap();
    for arguments in [&["--run", "1"][..], &["-o", "-"]] {
        assert_eq!(run(&world, &[&["export", "week3.db"], arguments].concat()).stdout, written, "{arguments:?}");
    }
    let (exported, captured) = (records(&world.folder().join("week3.ndjson")), records(&world.journal()));
    assert_eq!(exported.len(), 40);
    assert_eq!(exported, captured);
    assert_eq!((&*exported[0].body, exported[0].target.as_str()), (&br#"{"id":5001}"#[..], "/orders"));
    assert_eq!(exported[0].answers[0].status, Some(200));
    // Ids are not personal, and nothing else is there.
    assert_eq!(run(&world, &["export", "week3.db", "--masked"]).stdout, written);
}

#[tokio::test]
async fn wrong_input_is_told_and_leaves_no_file() {
    let world = World::with(&orders(&[]), true).await;
    fs::write(world.folder().join("lines.ndjson"), "{\"version\":1}\n").unwrap();
    for (arguments, expected) in [
        (&["week3.db", "--run", "9"][..], "find run 9: this journal has run 1 only"),
        (&["nothing.db"], "there is no such file"),
        (&["."], "it is a directory; name the file in it"),
        (&["lines.ndjson"], "no journal of paritee"),
        (&["week3.db", "-o", "no/where.ndjson"], "writing no/where.ndjson"),
    ] {
        let ended = run(&world, &[&["export"], arguments].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.stderr.starts_with("paritee: ") && ended.stderr.contains(expected), "{}", ended.stderr);
    }
    let mut names: Vec<_> = fs::read_dir(world.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.retain(|name| !name.to_string_lossy().starts_with("week3.db"));
    assert_eq!(names, ["lines.ndjson"]);
}

/// A row that was altered so that it can't be read is told by its number; the others are written.
#[tokio::test]
async fn a_damaged_row_is_told_and_the_others_are_written() {
    let world = World::with(&orders(&[]), true).await;
    let hand = rusqlite::Connection::open(world.journal()).unwrap();
    let row: i64 = hand.query_row("SELECT min(id) FROM capture", [], |row| row.get(0)).unwrap();
    assert_eq!(hand.execute("UPDATE capture SET operation = 'x' WHERE id = ?", [row]).unwrap(), 1);
    drop(hand);
    let ended = run(&world, &["export", "week3.db"]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (2, 39));
    assert!(ended.stderr.contains(&format!("row {row}: the row is damaged")), "{}", ended.stderr);
}
