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

#[tokio::test]
async fn a_part_of_the_rows_is_seen_and_then_another() {
    let world = World::new();
    let opened = world.open();
    let ends = world.read();
    let mut seals = Vec::new();
    for number in 0..4 {
        captured(&opened.journal, order(number)).await;
        seals.push(ends.head().unwrap().unwrap().0);
    }
    let reader = world.read();
    for (after, up_to, orders) in
        [(RowId::MIN, seals[1], 2), (seals[0], seals[3], 3), (seals[2], seals[2], 0), (RowId::MIN, seals[3], 4)]
    {
        reader.see_only(after, up_to).unwrap();
        let end = (orders > 0).then_some(up_to);
        assert_eq!(seen(&reader), (orders, end), "behind {after} up to {up_to}");
    }
    close(opened).await;
}

/// A journal that was verified, and has grown since.
async fn verified_and_grown() -> (World, VerifiedTo) {
    let world = World::new();
    let opened = world.open();
    captured(&opened.journal, order(1)).await;
    let verified = world.read().verify_to_its_end().unwrap().unwrap();
    captured(&opened.journal, order(2)).await;
    // Its content is that of the first one, which was verified then.
    captured(&opened.journal, order(1)).await;
    close(opened).await;
    (world, verified)
}

#[tokio::test]
async fn what_followed_a_verified_seal_is_verified_alone() {
    let (world, verified) = verified_and_grown().await;
    let now = world.read().verify_after(verified).unwrap().unwrap();
    assert_eq!(now, world.read().verify_to_its_end().unwrap().unwrap());
    assert_eq!(world.read().verify_after(now).unwrap().unwrap(), now, "nothing has followed");
    for (hand, is_found) in [
        // What was verified before is for a whole verification to find, but for the last seal.
        ("UPDATE capture SET target = '/other' WHERE id = (SELECT min(id) FROM capture)", false),
        (
            "UPDATE seal SET digest = zeroblob(32) WHERE id = (SELECT min(id) FROM seal WHERE id > (SELECT min(id) FROM capture))",
            true,
        ),
        ("UPDATE capture SET target = '/other' WHERE id = (SELECT max(id) FROM capture)", true),
        ("DELETE FROM capture WHERE id = (SELECT max(id) FROM capture)", true),
        ("UPDATE content SET bytes = CAST('{}' AS BLOB) WHERE id = (SELECT max(id) FROM content)", true),
        ("DROP INDEX capture_order_key", true),
    ] {
        let (world, verified) = verified_and_grown().await;
        let changed = Connection::open(&world.path).unwrap().execute(hand, []).unwrap();
        assert!(changed == 1 || hand.starts_with("DROP"), "{hand}");
        let found = world.read().verify_after(verified).unwrap();
        assert_eq!(found.is_err(), is_found, "{hand}: {found:?}");
        assert!(world.read().verify().unwrap().is_err(), "{hand}");
    }
}
