//! What bad exports are answered with: a line, what is wrong, what to do; nothing already recorded is touched.

use super::world::{World, api, ledger};
use crate::config::{ImportFormat, RowPlace};
use crate::observe::import::Mapping;
use crate::order::Pointer;

const GOOD: &str = "Order,Number,Created\nA1,SO-1,2026-11-20T10:00:00Z\n";

/// Imports a file into a journal that holds one document, which must stay what it is; `good` is how many facts of the
/// file are kept, `expected` what is said of the rest, `line: what`.
async fn check(mapping: &Mapping, file: impl Into<Vec<u8>>, good: u64, expected: &[&str]) {
    let world = World::new(true).await;
    world.import(&ledger(), "before.csv", "Order,Number,Created\nA0,SO-0,\n").await;
    let (before, head) = (world.outcomes(), world.head());
    let file = file.into();
    let shown = String::from_utf8_lossy(&file).into_owned();
    let imported = world.import(mapping, "file", file).await;
    let reading = &imported.reading;
    let said = reading.bad.iter().map(|(line, fault)| format!("{line}: {fault}"));
    let said: Vec<_> = said.chain(reading.stopped.iter().map(|(line, fault)| format!("{line}: {fault}"))).collect();
    assert_eq!(said.len(), expected.len(), "{shown}: {said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{shown}: {said}");
    }
    assert_eq!(imported.new, good, "{shown}");
    assert!(!reading.is_whole() && imported.error().is_some());
    assert_eq!(world.outcomes()[..1], before);
    if !reading.begun {
        assert_eq!(world.head(), head, "nothing is recorded of a file that the mapping doesn't fit");
    }
    world.reader().verify().unwrap().unwrap();
}

#[tokio::test]
async fn what_is_no_such_file() {
    for (file, expected) in [
        (&b""[..], "1: it is empty"),
        (b"\n\r\n", "3: it is empty"),
        (b"\x1f\x8b\x08\0", "gunzip -c FILE | paritee import"),
        (b"PK\x03\x04\x14\0", "save the sheet as CSV UTF-8"),
        (b"O\0r\0d\0e\0r\0", "encoding = \"utf-16\""),
    ] {
        check(&ledger(), file, 0, &[expected]).await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_headings() {
    for (file, expected) in [
        (
            "Order,number,Created\nA1,1,\n",
            "1: it has no column `Number` (reference); did you mean `number`? There are `Order`, `number`",
        ),
        ("Order Id,Number,Created\nA1,1,\n", "no column `Order` (order_key); did you mean `Order Id`?"),
        ("{\"Order\":1,\"Number\":2}\n", "1: it is JSON, and is read as CSV"),
        ("Order,Number,X\nA1,1,\n", "no column `Created` (committed_at); there are `Order`, `Number`, `X`"),
        ("Order,Number,Created,Number\nA1,1,,2\n", "the column `Number` (reference) stands in it twice"),
        ("Order,\"Number,Created\nA1,1,\n", "1: a quote is opened in this row and never closed"),
    ] {
        check(&ledger(), file, 0, &[expected]).await;
    }
    let mut mapping = ledger();
    mapping.import.order_key = RowPlace::Pointer(Pointer::parse("/a/b").unwrap());
    check(&mapping, GOOD, 0, &["`/a/b` (order_key) names no column of a CSV"]).await;
}

#[tokio::test]
async fn a_file_that_is_cut_off_keeps_its_good_rows() {
    for (rest, expected) in [
        ("A2,SO-2", "3: 2 values, and there are 3 columns; the file ends here without a line end, it seems cut off"),
        ("A2,SO-2,\"2026", "3: a quote is opened in this row and never closed"),
        ("A2,\"SO\"-2,\nA3,SO-3,\n", "3: a letter stands behind a closing quote"),
    ] {
        check(&ledger(), format!("{GOOD}{rest}"), 1, &[expected]).await;
    }
}

#[tokio::test]
async fn rows_of_another_width_are_bad_and_the_others_good() {
    let file = format!("{GOOD}A2,SO-2\nA3,SO-3,,x\nA4,SO-4,\n");
    check(&ledger(), file, 2, &["3: 2 values, and there are 3 columns; quote", "4: 4 values, and there are 3"]).await;
    check(&ledger(), format!("{GOOD}A2,nan,\nA3,SO-3\n"), 1, &["3: `Number` holds `nan`", "4: 2 values"]).await;
}

#[tokio::test]
async fn another_encoding_is_named_with_its_byte() {
    let file = [GOOD.as_bytes(), b"A2,SO-\xe9,\nA3,SO-3,\n"].concat();
    let expected = format!("3: byte {} is no utf-8; export as UTF-8, or if it comes from", GOOD.len() + 6);
    check(&ledger(), file, 1, &[&expected]).await;
    // Cut off in the middle of a letter.
    check(&ledger(), [GOOD.as_bytes(), b"A2,SO-2,\xc3"].concat(), 1, &["3: byte 58 is no utf-8"]).await;
}

#[tokio::test]
async fn what_spreadsheets_do_to_keys_and_times_is_refused_by_row() {
    for (row, expected) in [
        ("8.20983E+17,SO-2,", "3: `Order` holds `8.20983E+17`, no order key: the export went through a spreadsheet"),
        ("A2,1e5,", "3: `Number` holds `1e5`, no reference"),
        ("1001.0,SO-2,", "`Order` holds `1001.0`"),
        ("A2,#REF!,", "`Number` holds `#REF!`"),
        (",SO-2,", "`Order`: the order key is empty"),
        ("A2,,2026-11-20", "no reference at `Number`; leave rows without a number out"),
        (
            "A2,SO-2,03/04/2026",
            "`Created` holds `03/04/2026`: day and month can't be told apart; export it as 2026-04-03",
        ),
        ("A2,SO-2,46346.41", "`Created` holds `46346.41`: a spreadsheet's day number"),
        ("A2,SO-2,soon", "`Created` holds `soon`: no time; export it as"),
    ] {
        check(&ledger(), format!("{GOOD}{row}\n"), 1, &[expected]).await;
    }
}

#[tokio::test]
async fn a_document_without_a_number_needs_a_commit_time() {
    let mut mapping = ledger();
    mapping.import.reference = None;
    check(&mapping, format!("{GOOD}A2,SO-2,\n"), 1, &["3: no commit time at `Created`"]).await;
}

#[tokio::test]
async fn an_order_with_too_many_rows_is_a_wrong_mapping() {
    let mut mapping = ledger();
    mapping.import.reference = None;
    let rows = "A1,x,2026-11-20T10:00:00Z\n".repeat(10_000);
    check(&mapping, format!("{GOOD}{rows}A2,x,2026-11-20\n"), 1, &["2: the order of line 2 has more than 10,000 rows"])
        .await;
}

#[tokio::test]
async fn bad_json_is_named_by_its_row() {
    let good = r#"{"external":{"id":"A1"},"Number":"SO-1"}"#;
    for (row, expected) in [
        (
            "{\"external\":{\"id\":1e5},\"Number\":\"1\"}",
            "2: `/external/id`: the order key is a number that is no integer",
        ),
        ("{\"external\":{\"id\":1,\"id\":2},\"Number\":\"1\"}", "2: `/external/id` stands there twice"),
        ("{\"Number\":\"1\"}", "2: `/external/id`: the order key is empty"),
        ("{\"external\":{\"id\":1},\"Number\":1.5}", "2: `Number` holds neither a text nor an integer"),
        ("{\"external\":{\"id\":1}}", "2: no reference at `Number`"),
        ("{\"external\":{\"id\":1},\"Number\":1,\"Created\":true}", "2: `Created` holds `true`: no time"),
        ("{\"external\":{\"id\":1},\"Number\":01}", "2: no JSON at byte 32: a number has a leading zero"),
        ("[1]", "2: it is no object"),
    ] {
        check(&api(ImportFormat::Ndjson), format!("{good}\n{row}\n"), 1, &[expected]).await;
        check(&api(ImportFormat::Json), format!("{{\"value\":[{good},\n{row}]}}"), 1, &[expected]).await;
    }
    let deep = format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000));
    check(&api(ImportFormat::Ndjson), format!("{good}\n{{\"x\":{deep}}}"), 1, &["2: no JSON at byte"]).await;
}

#[tokio::test]
async fn a_json_file_that_is_none_says_what_it_is() {
    let json = api(ImportFormat::Json);
    let one = r#"{"value":[{"external":{"id":"A1"},"Number":"SO-1"}]}"#;
    check(&json, "<html>", 0, &["1: there is no array at `/value`"]).await;
    check(&json, format!("{one}{one}"), 1, &["format = \"ndjson\""]).await;
    check(&json, &one[..one.len() - 2], 1, &["it is cut off; export it again"]).await;
    check(&api(ImportFormat::Ndjson), "\n\n", 0, &["1: it is empty"]).await;
}
