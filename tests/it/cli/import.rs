//! What an import proves: presence at once, absence only where the export is declared complete.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Span, Timestamp};
use paritee::clock;
use paritee::config::{Encoding, Import, RowPlace};
use paritee::observe::import::{Export, Mapping, Sink, import, record_extract};
use paritee::order::Pointer;
use paritee::outcome::{Scope, Witness};

use super::run;
use super::world::{Gated, World};

fn mapping(of: Witness) -> Mapping {
    let column = |name: &str| RowPlace::Column(name.to_owned());
    let import = Import {
        format: None,
        encoding: Encoding::Utf8,
        delimiter: None,
        items: Pointer::parse("").unwrap(),
        order_key: column("Order"),
        order_key_strip: None,
        reference: Some(column("Number")),
        at: None,
        time_zone: jiff::tz::TimeZone::UTC,
        document: None,
        cancelled: None,
        excludes: Vec::new(),
    };
    Mapping { of, import, scope: Scope::default(), rows_always: false }
}

async fn imported(world: &World, of: Witness, csv: &str, complete_through: Option<Timestamp>) {
    let mut sink = Sink::journal(&world.journal()).await.unwrap();
    let mapping = Arc::new(mapping(of));
    let input = Box::new(Cursor::new(csv.to_owned()));
    let export = Export { path: Path::new("export.csv").to_owned(), input, read: Arc::default() };
    let imported = import(export, &mapping, &mut sink).await.unwrap();
    record_extract(&imported, &mapping, complete_through, &mut sink).await.unwrap();
    sink.close().await.unwrap();
}

/// How many orders have each fate on the gated lane, and how the report ended.
fn fates(world: &World) -> (serde_json::Value, i32) {
    let ended = run(world, &["report", "week3.db", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    (report["fates"]["gated"].clone(), ended.code)
}

#[tokio::test]
async fn an_order_is_lost_only_where_an_export_past_its_horizon_is_declared_complete() {
    let mut orders = vec![Gated::Commits; 5];
    orders[0] = Gated::Loses;
    let world = World::with(&orders, false).await;
    let export = "Order,Number\n5002,SO-5002\n5003,SO-5003\n5004,SO-5004\n5005,SO-5005\n";
    let begin = clock::now();
    // Declared by nobody, for a time before the orders, and with a row that can't be read: none proves absence.
    imported(&world, Witness::Gated, export, None).await;
    imported(&world, Witness::Gated, export, Some(begin - Span::new().hours(1))).await;
    imported(&world, Witness::Gated, &format!("{export}5001\n"), Some(begin + Span::new().hours(1))).await;
    let (before, code) = fates(&world);
    assert_eq!(
        (before["unobserved"].as_u64(), before["lost"].as_u64().unwrap_or(0), code),
        (Some(1), 0, 3),
        "{before}"
    );
    // Nobody vouches for what comes after he spoke, five minutes are in doubt where no clock is known, and times are told
    // apart by more than a second only.
    while clock::now() < begin + Span::new().milliseconds(2_500) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let through = clock::now() + Span::new().seconds(299);
    imported(&world, Witness::Gated, export, Some(through)).await;
    let (after, code) = fates(&world);
    assert_eq!((after["lost"].as_u64(), after["unobserved"].as_u64().unwrap_or(0), code), (Some(1), 0, 1), "{after}");
    assert_eq!(run(&world, &["verify", "week3.db"]).code, 0);
}

#[tokio::test]
async fn a_second_document_in_an_export_is_a_double_commit() {
    let world = World::with(&[Gated::Commits; 3], false).await;
    imported(&world, Witness::Gated, "Order,Number\n5002,SO-5002\n5002,SO-9999\n", None).await;
    let (fates, code) = fates(&world);
    assert_eq!((fates["double_committed"].as_u64(), code), (Some(1), 1), "{fates}");
}

#[tokio::test]
async fn an_import_needs_a_mapping_and_a_journal() {
    let world = World::nothing();
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/paritee.example.toml");
    for (arguments, expected) in [
        (vec!["import", "--lane", "gated", "x.csv"], "--config <FILE>"),
        (vec!["import", "--config", config, "--lane", "both", "x.csv"], "[possible values: legacy, gated, census]"),
        (vec!["import", "--config", config, "--lane", "gated"], "<EXPORT>"),
        (
            vec!["import", "--config", config, "--lane", "gated", "--complete-through", "2026-11-20T18:00:00", "x.csv"],
            "2026-11-20T18:00:00Z",
        ),
    ] {
        let ended = run(&world, &arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{arguments:?}: {}", ended.stderr);
    }
}
