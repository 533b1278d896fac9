//! A journal as it was.

use super::*;

/// What a reader tells of the journal: how many orders there are, where it ends.
fn seen(reader: &Reader) -> (i64, Option<RowId>) {
    let orders = reader.connection().query_row("SELECT count(*) FROM capture", [], |row| row.get(0)).unwrap();
    (orders, reader.head().unwrap().map(|(row, _, _)| row))
}

#[tokio::test]
async fn what_a_seal_closed_is_read_again_when_rows_have_followed() {
    let world = World::new();
    let opened = world.open();
    captured(&opened.journal, order(1)).await;
    close(opened).await;
    let then = seen(&world.read());
    let (row, _, digest) = world.read().head().unwrap().unwrap();
    let opened = world.open();
    captured(&opened.journal, order(2)).await;
    captured(&opened.journal, order(3)).await;
    close(opened).await;
    let reader = world.read();
    let now = seen(&reader);
    assert_eq!((then.0, now.0), (1, 3));
    assert_eq!(reader.seal(&digest.to_string()).unwrap(), Some(row));
    assert_eq!(reader.seal(&digest.to_string().to_uppercase()).unwrap(), Some(row));
    assert_eq!(reader.seal(&"0".repeat(64)).unwrap(), None);
    assert_eq!(reader.added_since(row).unwrap(), (now.1.unwrap() - row).unsigned_abs());

    reader.go_back_to(row).unwrap();
    assert_eq!(seen(&reader), then);
    assert_eq!(reader.added_since(row).unwrap(), (now.1.unwrap() - row).unsigned_abs());
    assert_eq!(seen(&world.read()), now, "another reader sees all of it");

    // A file of schema 1 has fewer tables.
    let old = world.path.with_file_name("old.db");
    as_version(1, &world.path, &old);
    let reader = Reader::open(&old).unwrap();
    reader.go_back_to(row).unwrap();
    assert_eq!(seen(&reader), then);
}

#[tokio::test]
async fn a_purge_is_known_by_when_it_was() {
    let world = World::new();
    let opened = world.open();
    captured(&opened.journal, order(1)).await;
    close(opened).await;
    let (row, ..) = world.read().head().unwrap().unwrap();
    assert!(!world.read().purged_since(row).unwrap());
    let hand = Connection::open(&world.path).unwrap();
    hand.execute("INSERT INTO purge VALUES (?, 0, 1, 1, 'by hand')", [row + 1]).unwrap();
    let reader = world.read();
    reader.go_back_to(row).unwrap();
    assert!(reader.purged_since(row).unwrap());
    assert!(!reader.purged_since(row + 1).unwrap());
}
