//! The command as it is called, with a configuration that says how exports are read.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use jiff::Span;
use tempfile::TempDir;

use super::*;
use crate::config::{Encoding, Import, RowPlace};
use crate::journal::{self, Reader};
use crate::order::Pointer;
use crate::outcome::Lane;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// A folder with a journal, and a configuration with a mapping of the gated lane's exports.
struct World {
    folder: TempDir,
    config: Config,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("paritee.toml");
        let example = include_str!("../../../paritee.example.toml");
        fs::write(&file, example).unwrap();
        let mut config = config::parse("paritee.toml", example, &|_| Some("secret-of-a-test".into())).unwrap().config;
        config.tee.journal = folder.path().join("week3.db");
        config.lanes.gated.import = Some(mapping());
        let opened = journal::open(&config.tee.journal, journal::Options::default()).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(opened.journal.close(Duration::from_secs(30)));
        opened.writer.join().unwrap();
        Self { folder, config }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn run(&self, arguments: &[&str], files: &[&Path]) -> Result<(Exit, String), String> {
        self.run_as("gated", arguments, files)
    }

    fn run_as(&self, lane: &str, arguments: &[&str], files: &[&Path]) -> Result<(Exit, String), String> {
        let fixed = ["import", "--config", "x", "--lane", lane];
        let files = files.iter().map(|path| path.to_str().unwrap());
        let line = Line::try_parse_from(fixed.into_iter().chain(arguments.iter().copied()).chain(files)).unwrap();
        run_with(&self.config, &line.args).map_err(|error| format!("{error:#}"))
    }

    fn watermarks(&self) -> usize {
        Reader::open(&self.config.tee.journal).unwrap().watermarks(Lane::Gated).unwrap().len()
    }
}

fn mapping() -> Import {
    Import {
        format: None,
        encoding: Encoding::Utf8,
        delimiter: None,
        items: Pointer::parse("").unwrap(),
        order_key: RowPlace::Column("Order".into()),
        order_key_strip: None,
        reference: Some(RowPlace::Column("Number".into())),
        at: None,
        time_zone: jiff::tz::TimeZone::UTC,
        document: None,
        cancelled: None,
        excludes: Vec::new(),
    }
}

fn ago(seconds: i64) -> String {
    (clock::now() - Span::new().seconds(seconds)).to_string()
}

#[test]
fn several_files_are_complete_together_or_not_at_all() {
    let world = World::new();
    let (good, bad) = (world.file("good.csv", "Order,Number\nA1,1\n"), world.file("bad.csv", "Order,Number\nA2\n"));
    let through = ago(1);
    let through = ["--complete-through", through.as_str()];
    for (files, exit, watermarks, expected) in [
        ([&*bad, &*good], Exit::Error, 0, "Not declared complete: mend what is named"),
        ([&*good, &*bad], Exit::Error, 0, "Not declared complete: mend what is named"),
        ([&*good, &*good], Exit::Go, 1, "Declared complete through 20"),
    ] {
        let (ended, summary) = world.run(&through, &files).unwrap();
        assert_eq!((ended, world.watermarks()), (exit, watermarks), "{summary}");
        assert!(summary.contains(expected), "{summary}");
        assert!(summary.lines().all(|line| line.len() < 60 || line.starts_with('/')), "{summary}");
    }
}

#[test]
fn a_file_without_rows_is_not_declared_complete() {
    let world = World::new();
    let empty = world.file("empty.csv", "Order,Number\n");
    let through = ago(1);
    let (ended, summary) = world.run(&["--complete-through", &through], &[&empty]).unwrap();
    assert_eq!((ended, world.watermarks()), (Exit::Error, 0), "{summary}");
    assert!(summary.contains("there are no rows"), "{summary}");
}

#[test]
fn a_declaration_that_can_not_be_true_is_refused() {
    let world = World::new();
    let file = world.file("good.csv", "Order,Number\nA1,1\n");
    let old = SystemTime::now() - Duration::from_secs(3_600);
    File::options().append(true).open(&file).unwrap().set_modified(old).unwrap();
    for (through, expected) in [(ago(-3_600), "that is still to come"), (ago(60), "was last written before that")] {
        let error = world.run(&["--complete-through", &through], &[&file]).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(world.watermarks(), 0);
    world.run(&["--complete-through", &ago(7_200)], &[&file]).unwrap();
    assert_eq!(world.watermarks(), 1);
}

/// The one slip that no later import mends: each document would be read on both lanes.
#[test]
fn a_file_of_one_witness_is_refused_for_another() {
    let mut world = World::new();
    world.config.lanes.legacy.import = Some(mapping());
    world.config.census.import = Some(Import { reference: None, ..mapping() });
    let file = world.file("gated.csv", "Order,Number\nA1,1\n");
    world.run(&[], &[&file]).unwrap();
    world.run(&[], &[&file]).unwrap();
    let (copy, good) = (world.file("copy.csv", "Order,Number\nA1,1\n"), world.file("good.csv", "Order,Number\nA1,2\n"));
    for lane in ["legacy", "census"] {
        for arguments in [&["--dry-run"][..], &[]] {
            let error = world.run_as(lane, arguments, &[&good, &copy]).unwrap_err();
            assert!(error.contains("the same file was imported for gated (gated.csv at 20"), "{error}");
        }
    }
    let reader = Reader::open(&world.config.tee.journal).unwrap();
    assert_eq!(
        (reader.extracts(Witness::Legacy).unwrap().len(), reader.outcomes("A1", Lane::Legacy).unwrap().len()),
        (0, 0)
    );
    world.run_as("legacy", &[], &[&good]).unwrap();
    let empty = world.file("empty.csv", "Order,Number\n");
    for lane in ["gated", "legacy"] {
        world.run_as(lane, &[], &[&empty]).unwrap();
    }
}

#[test]
fn a_dry_run_records_nothing() {
    let world = World::new();
    let file = world.file("good.csv", "Order,Number\nA1,1\nA2,2\n");
    let before = fs::read(&world.config.tee.journal).unwrap();
    let (exit, summary) = world.run(&["--dry-run", "--complete-through", &ago(1)], &[&file]).unwrap();
    assert_eq!(exit, Exit::Go);
    for expected in ["facts that would be new                  2", "Would be declared complete", "Nothing was recorded"]
    {
        assert!(summary.contains(expected), "{summary}");
    }
    assert_eq!(fs::read(&world.config.tee.journal).unwrap(), before);
}

#[test]
fn what_stands_in_the_way_is_named_with_its_remedy() {
    let mut world = World::new();
    let file = world.file("good.csv", "Order,Number\nA1,1\n");
    let missing = world.folder.path().join("missing.csv");
    let check = |world: &World, files: &[&Path], expected: &str| {
        let error = world.run(&[], files).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    check(&world, &[&file, &missing], "missing.csv: No such file");
    check(&world, &[world.folder.path()], "it is a directory");
    check(&world, &[Path::new("-"), Path::new("-")], "standard input can be named once");
    let running = journal::open(&world.config.tee.journal, journal::Options::default()).unwrap();
    world.config.admin = None;
    check(&world, &[&file], "a sidecar is writing to it; add [admin]");
    tokio::runtime::Runtime::new().unwrap().block_on(running.journal.close(Duration::from_secs(30)));
    running.writer.join().unwrap();
    world.config.lanes.gated.import.as_mut().unwrap().reference = None;
    check(&world, &[&file], "add `reference` or `committed_at` to [lane.gated.import]");
    world.config.lanes.gated.import = None;
    check(&world, &[&file], "order_key = \"External ID\"");
    world.config.lanes.gated.import = Some(mapping());
    world.config.tee.journal = world.folder.path().join("other.db");
    check(&world, &[&file], "`tee.journal` names it, and `paritee serve` begins it");
    assert!(!world.config.tee.journal.exists());
}
