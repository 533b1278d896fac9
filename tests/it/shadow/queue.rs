//! In order for each order key, no more at once than allowed, and nothing dropped where memory is full.

use std::collections::BTreeMap;
use std::sync::Arc;

use paritee::journal::Reader;

use crate::support::journal::sent;
use crate::support::{Lane, Setup, World, answer, order, post, soon};

/// The most sends that were open at once on the shadow lane, by the order of rows.
fn open_at_once(reader: &Reader) -> i64 {
    let sql = "SELECT max(open) FROM (SELECT sum(change) OVER (ORDER BY id) AS open FROM \
        (SELECT id, 1 AS change FROM attempt WHERE lane = 'gated' UNION ALL SELECT id, -1 FROM answer WHERE lane = 'gated'))";
    reader.connection().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn one_order_waits_for_its_own_and_not_for_others() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut client = world.client().await;
    let created = r#"{"id":"A"}"#;
    client.write(post("/orders", "", created)).await;
    let mut first = gated.accept().await;
    assert_eq!(first.message().await.text(), created);
    let updated = r#"{"id":"A","v":2}"#;
    client.write(post("/orders", "X-Topic: orders/updated\r\n", updated)).await;
    client.write(order("B")).await;
    let mut second = gated.accept().await;
    assert_eq!(second.message().await.text(), r#"{"id":"B"}"#, "B overtakes A's update");
    second.write(answer("201 Created", "", "")).await;
    client.write(order("C")).await;
    assert_eq!(second.message().await.text(), r#"{"id":"C"}"#);
    first.write(answer("201 Created", "", "")).await;
    assert_eq!(first.message().await.text(), updated, "once its create was answered");
    first.write(answer("200 OK", "", "")).await;
    second.write(answer("201 Created", "", "")).await;
    let all =
        world.all("all answers", |all| all.len() == 4 && all.iter().all(|sent| sent.shadow_answer().is_some())).await;
    assert!(all[1].shadow[0].0.at >= all[0].shadow_answer().unwrap().at);
    world.stop().await;
}

#[tokio::test]
async fn no_more_are_open_than_the_lane_may_have() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = Arc::new(World::start(&live, &gated, Setup { gated: "concurrency = 3", ..Setup::default() }).await);
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut gated = gated.serve(|_| answer("201 Created", "", ""));
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..8 {
        let world = Arc::clone(&world);
        clients.spawn(async move {
            let mut client = world.client().await;
            for version in 0..5 {
                let body = format!(r#"{{"id":"{number}","v":{version}}}"#);
                client.write(post("/orders", "X-Topic: orders/updated\r\n", &body)).await;
                client.expect(answer("200 OK", "", "ok")).await;
            }
        });
    }
    clients.join_all().await;
    let all =
        world.all("all answers", |all| all.len() == 40 && all.iter().all(|sent| sent.shadow_answer().is_some())).await;
    assert!(all.iter().all(|sent| sent.shadow_story() == [("first", Some(201))]));
    let most = world.until("rows", |reader| Some(open_at_once(reader))).await;
    assert!((1..=3).contains(&most), "{most}");
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for copy in gated.left() {
        let (id, version) = copy.text().split_once(",\"v\":").unwrap();
        versions.entry(id.to_owned()).or_default().push(version.to_owned());
    }
    assert_eq!(versions.len(), 8);
    assert!(versions.values().all(|versions| *versions == ["0}", "1}", "2}", "3}", "4}"]), "{versions:?}");
    Arc::into_inner(world).unwrap().stop().await;
}

#[tokio::test]
async fn more_orders_than_memory_holds_all_arrive_once() {
    // Held and queued are 1,024 each; beyond that the journal remembers.
    const ORDERS: usize = 2_600;
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = Arc::new(World::start(&live, &gated, Setup { gated: "concurrency = 64", ..Setup::default() }).await);
    world.sidecar.pace().pause(true);
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut gated = gated.serve(|_| answer("201 Created", "", ""));
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..20 {
        let world = Arc::clone(&world);
        clients.spawn(async move {
            let mut conn = world.client().await;
            // Pipelined, so that there are as many as fast as can be.
            let numbers = || (0..ORDERS / 20).map(|number| format!("{client}-{number}"));
            conn.write(numbers().map(|key| order(&key)).collect::<String>()).await;
            conn.expect(answer("200 OK", "", "ok").repeat(ORDERS / 20)).await;
        });
    }
    clients.join_all().await;
    assert_eq!(gated.left(), [], "paused");
    world.sidecar.pace().pause(false);
    let mut keys = Vec::new();
    for _ in 0..ORDERS {
        keys.push(gated.next().await.text().to_owned());
    }
    let count = "SELECT count(*) FROM answer WHERE lane = 'gated' AND status = 201";
    world
        .until("all answers", |reader| {
            let count: i64 = reader.connection().query_row(count, [], |row| row.get(0)).unwrap();
            (count == ORDERS as i64).then_some(())
        })
        .await;
    let path = world.journal_path();
    let _folder = Arc::into_inner(world).unwrap().stop().await;
    keys.extend(gated.left().iter().map(|copy| copy.text().to_owned()));
    assert_eq!(keys.len(), ORDERS, "none twice");
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), ORDERS, "none missing");
    assert!(sent(&Reader::open(&path).unwrap()).iter().all(|sent| sent.shadow.len() == 1));
}

#[tokio::test]
async fn paused_means_that_nothing_begins() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup::default()).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut client = world.client().await;
    client.write(order("1")).await;
    let mut shadow = gated.accept().await;
    shadow.message().await;
    world.sidecar.pace().pause(true);
    client.write(order("2")).await;
    client.expect(answer("200 OK", "", "ok").repeat(2)).await;
    // What was in flight ends; what came later waits.
    shadow.write(answer("201 Created", "", "")).await;
    let all = world.all("the first answer", |all| all.len() == 2 && all[0].shadow_answer().is_some()).await;
    assert_eq!(all[1].shadow, []);
    world.sidecar.pace().pause(false);
    assert_eq!(soon("the second", shadow.message()).await.text(), r#"{"id":"2"}"#);
    world.stop().await;
}
