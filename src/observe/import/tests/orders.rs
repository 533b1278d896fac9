//! What good exports become.

use super::world::{World, api, into, ledger, matches, past, storefront};
use crate::config::{Encoding, ImportFormat, RowPlace};
use crate::observe::import::Sink;
use crate::order::Pointer;
use crate::outcome::{GapReason, Lane, Scope, ScopeRule, WatermarkKind, Witness};

const LEDGER: &str = "Order,Number,Created,Total\r\nA1,SO-1,2026-11-20T10:00:00Z,19.90\r\nA2,SO-2,,\"1,000.00\"\r\n";

#[tokio::test]
async fn a_row_is_a_document_with_all_its_columns() {
    let world = World::new(true).await;
    let imported = world.import(&ledger(), "ledger.csv", LEDGER).await;
    assert_eq!((imported.new, imported.known, imported.error()), (2, 0, None));
    let first = r#"{"Order":"A1","Number":"SO-1","Created":"2026-11-20T10:00:00Z","Total":"19.90"}"#;
    let second = r#"{"Order":"A2","Number":"SO-2","Created":"","Total":"1,000.00"}"#;
    assert_eq!(world.outcomes(), [format!("A1 SO-1 2026-11-20T10:00:00Z {first}"), format!("A2 SO-2 {second}")]);
    let (_, extract) = world.reader().extracts(Witness::Gated).unwrap().remove(0);
    assert_eq!((extract.file_name.as_str(), extract.rows, extract.recorded), ("ledger.csv", 2, 2));
    assert_eq!(extract.columns, ["Order", "Number", "Created", "Total"]);
    assert_eq!((extract.file_bytes, extract.complete_through, extract.error), (LEDGER.len() as u64, None, None));
    assert_eq!(extract.file_digest, "b242b1936857e1fb27fa8e8e41cd662c36b4c1a6eeabdfb5919aa7206ab555fc");
    world.reader().verify().unwrap().unwrap();
}

#[tokio::test]
async fn exports_that_overlap_record_nothing_twice() {
    let world = World::new(true).await;
    world.import(&ledger(), "one.csv", LEDGER).await;
    let before = world.outcomes();
    let again =
        world.import(&ledger(), "two.csv", LEDGER.replace("\r\n", "\n").replace("\"1,000.00\"", "'1,000.00'")).await;
    assert_eq!(again.reading.tally.bad, 1, "the quotes are gone, so that the comma parts columns");
    let again = world.import(&ledger(), "three.csv", format!("{LEDGER}A3,SO-3,,1\n")).await;
    assert_eq!((again.new, again.known), (1, 2));
    assert_eq!(world.outcomes()[..2], before);
    let changed = world.import(&ledger(), "four.csv", LEDGER.replace("19.90", "20.90")).await;
    assert_eq!((changed.new, changed.known), (1, 1));
}

#[tokio::test]
async fn rows_of_one_order_are_one_document() {
    let world = World::new(true).await;
    let lines = "Order,Number,Created,Sku\nA1,SO-1,2026-11-20,x\nA1,SO-1,2026-11-20,y\nA1,SO-2,2026-11-20,z\nA2,SO-3,,v\n,,,w\n,SO-4,,u\n";
    let imported = world.import(&ledger(), "lines.csv", lines).await;
    let outcomes = world.outcomes();
    assert_eq!(imported.reading.tally.orders, 3);
    let x = r#"{"Order":"A1","Number":"SO-1","Created":"2026-11-20","Sku":"x""#;
    let y = r#"{"Order":"A1","Number":"SO-1","Created":"2026-11-20","Sku":"y"}"#;
    assert_eq!(outcomes[0], format!("A1 SO-1 2026-11-20T00:00:00Z {x},\"rows\":[{x}}},{y}]}}"));
    assert!(outcomes[1].starts_with("A1 SO-2") && !outcomes[1].contains("rows"), "{}", outcomes[1]);
    assert!(outcomes[2].ends_with(r#"{"Order":"","Number":"","Created":"","Sku":"w"}]}"#), "{}", outcomes[2]);
    let (line, fault) = &imported.reading.bad[0];
    assert_eq!((*line, fault.to_string()), (7, "`Order`: the order key is empty".into()));
}

#[tokio::test]
async fn documents_always_have_rows_where_the_lane_says_that_its_lines_are_there() {
    let world = World::new(true).await;
    let mut mapping = ledger();
    mapping.rows_always = true;
    world.import(&mapping, "lines.csv", "Order,Number,Created\nA1,SO-1,\n").await;
    let row = r#"{"Order":"A1","Number":"SO-1","Created":"""#;
    assert_eq!(world.outcomes(), [format!("A1 SO-1 {row},\"rows\":[{row}}}]}}")]);
}

#[tokio::test]
async fn the_census_has_an_order_once_however_many_lines_it_has() {
    let world = World::new(true).await;
    let orders = "\u{feff}Name,Id,Financial Status,Created at,Tags,Lineitem\n\
        #1,8209,paid,2026-11-20 10:00:00 +0100,,x\n#1,,,,,y\n#2,8210,VOIDED,2026-11-20 10:05:00 +0100,,x\n\
        #3,8211,paid,2026-11-20 10:06:00 +0100,test,x\n#3,,,,,\"two\nlines\"\n";
    let imported = world.import(&storefront(), "orders.csv", orders).await;
    assert_eq!(
        world.census(),
        ["8209 2026-11-20T09:00:00Z", "8210 2026-11-20T09:05:00Z cancelled", "8211 2026-11-20T09:06:00Z test order"]
    );
    assert_eq!((imported.reading.tally.rows, imported.reading.tally.excluded.len(), imported.error()), (5, 2, None));
}

#[tokio::test]
async fn json_is_kept_as_it_was_written() {
    let one = r#"{"external":{"id":820982911946154508}, "Number":17,"Created":"2026-11-20T10:00:00","big":1e400,"void":"Yes"}"#;
    let two = r#"{"external":{"id":"A2"},"Number":"18","Created":null}"#;
    for (format, file) in [
        (ImportFormat::Json, format!("{{\"count\":2,\"value\":[\n{one},\n{two}]}}")),
        (ImportFormat::Ndjson, format!("{one}\r\n\r\n{two}")),
    ] {
        let world = World::new(true).await;
        let mut mapping = api(format);
        mapping.import.cancelled = Some(matches("/void", "yes"));
        let imported = world.import(&mapping, "export", file).await;
        assert_eq!((imported.error(), imported.reading.tally.cancelled), (None, 1));
        assert_eq!(
            world.outcomes(),
            [
                format!("820982911946154508 17 2026-11-20T10:00:00Z {one}"),
                "820982911946154508 17 cancelled".into(),
                format!("A2 18 {two}")
            ]
        );
    }
}

#[tokio::test]
async fn a_document_may_be_a_part_of_the_row() {
    let world = World::new(true).await;
    let mut mapping = ledger();
    mapping.import.document = Some(RowPlace::Column("Json".into()));
    world.import(&mapping, "a.csv", "Order,Number,Created,Json\nA1,1,,\"{\"\"total\"\": 1.50}\"\n").await;
    let mut mapping = api(ImportFormat::Ndjson);
    mapping.import.document = Some(RowPlace::Pointer(Pointer::parse("/doc").unwrap()));
    world.import(&mapping, "b", r#"{"external":{"id":"A2"},"Number":"2","doc": {"total": 2.50}}"#).await;
    assert_eq!(world.outcomes(), [r#"A1 1 {"total": 1.50}"#, r#"A2 2 {"total": 2.50}"#]);
}

#[tokio::test]
async fn letters_come_through_in_every_encoding() {
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: &[u8]| -> Vec<u8> {
        mark.iter().copied().chain("Order,Number,Created,X\nA1,1,,ü€\n".encode_utf16().flat_map(bytes)).collect()
    };
    let latin = |euro: u8| -> Vec<u8> { [b"Order;Number;Created;X\nA1;1;;\xfc".as_slice(), &[euro], b"\n"].concat() };
    for (encoding, file) in [
        (Encoding::Utf8, "\u{feff}Order\tNumber\tCreated\tX\r\nA1\t1\t\tü€\r\n".as_bytes().to_vec()),
        (Encoding::Utf8, utf16(u16::to_le_bytes, b"\xff\xfe")),
        (Encoding::Windows1252, utf16(u16::to_be_bytes, b"\xfe\xff")),
        (Encoding::Utf16, utf16(u16::to_le_bytes, b"")),
        (Encoding::Windows1252, latin(0x80)),
        (Encoding::Iso8859_15, latin(0xa4)),
    ] {
        let world = World::new(true).await;
        let mut mapping = ledger();
        mapping.import.encoding = encoding;
        let imported = world.import(&mapping, "x.csv", file).await;
        assert_eq!(imported.error(), None, "{encoding}");
        assert_eq!(world.outcomes(), [r#"A1 1 {"Order":"A1","Number":"1","Created":"","X":"ü€"}"#], "{encoding}");
    }
}

#[tokio::test]
async fn rows_without_a_key_of_ours_are_set_aside_by_the_scope() {
    let world = World::new(true).await;
    let rule = ScopeRule {
        pointer: Pointer::parse("/Channel").unwrap(),
        equals: vec!["web".into()],
        reason: "other channel".into(),
    };
    let mapping = super::super::Mapping { scope: Scope { since: None, only: vec![rule] }, ..ledger() };
    let imported =
        world.import(&mapping, "x.csv", "Order,Number,Created,Channel\n,1,,phone\nA2,2,,web\n,3,,web\n").await;
    assert_eq!((imported.reading.tally.set_aside, imported.reading.tally.bad, imported.new), (1, 1, 1));
}

#[tokio::test]
async fn only_a_whole_file_is_declared_complete() {
    let world = World::new(true).await;
    let mut sink = Sink::journal(&world.path).await.unwrap();
    into(&mut sink, &ledger(), "bad.csv", "Order,Number,Created\nA1,1\n", Some(past())).await;
    assert_eq!(world.reader().watermarks(Lane::Gated).unwrap(), []);
    let through = past();
    into(&mut sink, &ledger(), "good.csv", LEDGER, Some(through)).await;
    sink.close().await.unwrap();
    let watermarks = world.reader().watermarks(Lane::Gated).unwrap();
    assert_eq!(
        watermarks.iter().map(|(_, one)| (one.at, one.kind)).collect::<Vec<_>>(),
        [(through, WatermarkKind::Declared)]
    );
}

#[tokio::test]
async fn an_import_leaves_the_journal_as_clean_as_it_was_found() {
    let clean = World::new(true).await;
    clean.import(&ledger(), "x.csv", LEDGER).await;
    assert_eq!(clean.texts("SELECT kind FROM control"), ["open", "close"]);
    assert!(clean.reader().gaps(1).unwrap().is_empty());
    let crashed = World::new(false).await;
    crashed.import(&ledger(), "x.csv", LEDGER).await;
    assert_eq!(crashed.texts("SELECT kind FROM control"), ["open"]);
    let gaps = crashed.reader().gaps(1).unwrap();
    assert_eq!(gaps.iter().map(|(_, gap)| gap.reason).collect::<Vec<_>>(), [GapReason::Down]);
    // The next start goes on from where the import ended.
    let opened = crate::journal::open(&crashed.path, Default::default()).unwrap();
    assert!(opened.down.unwrap().0 >= gaps[0].1.ended_at);
}

#[tokio::test]
async fn what_would_be_new_is_told_without_recording_it() {
    let world = World::new(true).await;
    world.import(&ledger(), "x.csv", LEDGER).await;
    let head = world.head();
    let mut sink = Sink::Nowhere(Some(Box::new(world.reader())));
    let path = std::path::Path::new("y.csv").to_owned();
    let input = Box::new(std::io::Cursor::new(format!("{LEDGER}A3,SO-3,,1\n")));
    let export = super::super::Export { path, input, read: Default::default() };
    let imported = super::super::import(export, &ledger().into(), &mut sink).await.unwrap();
    assert_eq!((imported.new, imported.known, world.head()), (1, 2, head));
}
