//! Contents are verified with the rows that refer to them, wherever they lie.

use sha2::{Digest as _, Sha256};

use super::*;

/// A short answer is stored once and referred to for weeks: the content lies far behind what is verified beside the row.
#[tokio::test]
async fn a_content_that_lies_far_behind_is_verified_with_the_row_that_refers_to_it() {
    let world = World::new();
    let opened = world.open();
    let documents = |count: usize| {
        let long = |number: usize| format!("{{\"id\":\"{number:0600}\"}}");
        let texts = (0..count).map(|number| if number % 5_000 == 0 { "{}".to_owned() } else { long(number) });
        let record = |(number, text): (usize, String)| {
            Record::Outcome(Outcome { document: Some(text.into()), ..commit("1", &number.to_string()) })
        };
        texts.enumerate().map(record).collect::<Vec<_>>()
    };
    for some in documents(10_001).chunks(500) {
        opened.journal.record(some.to_vec()).await.unwrap();
    }
    close(opened).await;
    let verified = world.read().verify().unwrap().unwrap();
    assert_eq!(verified.contents, 9_999, "the short one is stored once");
    let connection = Connection::open(&world.path).unwrap();
    let last: i64 =
        connection.query_row("SELECT document FROM outcome ORDER BY id DESC LIMIT 1", [], |row| row.get(0)).unwrap();
    assert_eq!(last, 1);
    // Altered so that the content by itself is as it should be.
    let other = Sha256::digest(b"[]");
    connection
        .execute("UPDATE content SET bytes = CAST('[]' AS BLOB), digest = ? WHERE id = 1", [other.as_slice()])
        .unwrap();
    assert_eq!(world.read().verify().unwrap(), Err(Fault::Content { content: 1 }));
}
