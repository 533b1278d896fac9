//! Whatever is changed of any row of any table, or of what it refers to, the chain tells.

use super::super::schema::Table;
use super::*;
use crate::outcome::{CensusOrder, Extract, Gap, Lookup, Signature, WatermarkKind, Witness};

fn text(text: &str) -> String {
    text.to_owned()
}

fn key() -> OrderKey {
    OrderKey::new("1").unwrap()
}

/// A row of every table that observers fill, as full as it can be.
fn observed() -> Vec<Record> {
    let reading = Reading {
        lane: Lane::Gated,
        source: text("poll:gated"),
        began_at: at(2),
        ended_at: at(3),
        since: Some(at(1)),
        complete: false,
        pages: 2,
        documents: 1,
        clock_offset_us: Some(-90),
        clock_uncertainty: Some(Duration::from_millis(500)),
        error: Some(text("html")),
    };
    let lookup = Lookup {
        lane: Lane::Gated,
        source: text("poll:gated"),
        order_key: key(),
        began_at: at(2),
        ended_at: at(3),
        documents: Some(0),
        error: Some(text("500")),
    };
    let census = CensusOrder {
        source: text("import:census"),
        source_id: text("1"),
        order_key: key(),
        placed_at: Some(at(1)),
        excluded: Some(text("unpaid")),
        document: Some(Bytes::from_static(b"{\"id\":1}")),
    };
    let extract = Extract {
        of: Witness::Gated,
        source: text("import:gated"),
        file_name: text("week.csv"),
        file_digest: text("ab"),
        file_bytes: 9,
        rows: 1,
        recorded: 1,
        columns: vec![text("number")],
        began_at: at(2),
        ended_at: at(3),
        complete_through: Some(at(1)),
        error: Some(text("bad")),
    };
    let told = Watermark { lane: Lane::Gated, source: text("erp"), at: at(5), kind: WatermarkKind::Told };
    vec![
        Record::Outcome(commit("1", "a")),
        Record::Reading(reading),
        Record::Watermark(told),
        Record::Lookup(lookup),
        Record::Census(census),
        Record::Extract(extract),
    ]
}

/// And of every other table that has a record.
fn records(attempt: RowId) -> Vec<Record> {
    let gap = Gap {
        reason: GapReason::Down,
        began_at: at(1),
        ended_at: at(2),
        requests: Some(1),
        lane: Some(Lane::Gated),
        capture: Some(1),
        order_key: Some(key()),
        detail: Some(text("why")),
    };
    vec![
        Record::Run(RunRow {
            number: 1,
            kind: RunKind::Live,
            label: Some(text("first")),
            policy_digest: Digest([7; 32]),
            policy: text("{}"),
            judged_by: text("{}"),
            tool_version: text("0"),
        }),
        control(ControlKind::Open),
        Record::Answer(answer_to(attempt)),
        Record::Gap(1, gap),
    ]
}

#[tokio::test]
async fn a_change_of_any_column_of_any_table_is_found() {
    let world = World::new();
    let opened = world.open();
    let signed = Capture { signature: Some(Signature::Bad), ..order(1) };
    let attempt = captured(&opened.journal, signed).await.attempt.unwrap();
    opened.journal.record([records(attempt), observed()].concat()).await.unwrap();
    let original = Original { occurred_at: Some(at(1)), file_name: text("a.gor"), place: text("byte 0") };
    opened.journal.replay(1, Arc::new(order(2)), original, None).await.unwrap().await.unwrap();
    close(opened).await;
    assert!(world.read().verify().unwrap().is_ok());
    let whole = Connection::open(&world.path).unwrap();
    let mut all = 0;
    for table in Table::ALL.into_iter().filter(|table| *table != Table::Purge) {
        let table = table.name();
        let mut columns = whole.prepare("SELECT name, type FROM pragma_table_info(?) WHERE name <> 'id'").unwrap();
        let columns = columns.query_map([table], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        for (column, kind) in columns.map(Result::<(String, String), _>::unwrap) {
            let other = match kind.as_str() {
                "INTEGER" => format!("coalesce({column} + 1, 1)"),
                "TEXT" => format!("coalesce({column} || ' ', 'x')"),
                _ => "x'00'".to_owned(),
            };
            let found = after(&world, &format!("UPDATE {table} SET {column} = {other}"));
            assert!(found.is_err(), "{table}.{column}: {found:?}");
            all += 1;
        }
    }
    assert!(all > 90, "{all}");
    for table in ["capture", "answer", "outcome", "census"] {
        let column = if ["capture", "answer"].contains(&table) { "body" } else { "document" };
        let content = format!("UPDATE content SET bytes = x'00' WHERE id = (SELECT {column} FROM {table})");
        assert!(matches!(after(&world, &content), Err(Fault::Content { .. })), "{table}");
    }
}

/// What verifying says of a copy that a hand has altered.
fn after(world: &World, hand: &str) -> Result<Verified, Fault> {
    let copy = world.path.with_file_name("copy.db");
    std::fs::copy(&world.path, &copy).unwrap();
    let altered = Connection::open(&copy).unwrap();
    assert!(altered.execute(hand, []).unwrap() > 0, "{hand}: there is no row");
    drop(altered);
    Reader::open(&copy).unwrap().verify().unwrap()
}

/// What makes the same queries find something else, while every row is as it was.
#[tokio::test]
async fn a_change_of_what_rows_are_found_by_is_found() {
    let world = World::new();
    let opened = world.open();
    let attempt = captured(&opened.journal, order(1)).await.attempt.unwrap();
    captured(&opened.journal, order(2)).await;
    opened.journal.record([records(attempt), observed()].concat()).await.unwrap();
    close(opened).await;
    let schema = |name: &str| Err(Fault::Schema { name: name.to_owned() });
    for (hand, expected) in [
        ("DROP INDEX outcome_order_key", schema("outcome_order_key")),
        ("DROP VIEW ledger; CREATE VIEW ledger AS SELECT 1", Ok(())),
        ("ANALYZE", Ok(())),
        ("CREATE TRIGGER gap_goes AFTER INSERT ON gap BEGIN SELECT 1; END", schema("gap_goes")),
        ("CREATE INDEX mine ON outcome(lane)", schema("mine")),
        ("ALTER TABLE outcome RENAME TO kept; CREATE VIEW outcome AS SELECT * FROM kept", schema("outcome")),
        (&without_some_rows("outcome_order_key", "order_key", "'1'"), index("outcome_order_key")),
        (&without_some_rows("attempt_capture", "capture", "1"), index("attempt_capture")),
        (&without_some_rows("outcome_source", "source_id", "'a'"), index("outcome_source")),
    ] {
        let copy = world.path.with_file_name("copy.db");
        std::fs::copy(&world.path, &copy).unwrap();
        Connection::open(&copy).unwrap().execute_batch(hand).unwrap();
        assert_eq!(Reader::open(&copy).unwrap().verify().unwrap().map(drop), expected, "{hand}");
    }
}

fn index(name: &str) -> Result<(), Fault> {
    Err(Fault::Index { index: name.to_owned() })
}

/// Makes an index leave something out, and look as if it didn't.
fn without_some_rows(index: &str, column: &str, value: &str) -> String {
    format!(
        "PRAGMA writable_schema = ON;
         CREATE TEMP TABLE was AS SELECT sql FROM sqlite_schema WHERE name = '{index}';
         UPDATE sqlite_schema SET sql = sql || ' WHERE {column} <> {quoted}' WHERE name = '{index}';
         PRAGMA writable_schema = RESET;
         REINDEX {index};
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = (SELECT sql FROM was) WHERE name = '{index}';
         PRAGMA writable_schema = RESET;",
        quoted = value.replace('\'', "''")
    )
}
