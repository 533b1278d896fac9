//! Clients that send or take too slowly, and very many of them: each ends, others are served, and descriptors are bounded.

use std::time::Duration;

use paritee::outcome::Skip;

use crate::support::{Conn, Lane, Process, Setup, World, answer, configuration, order, post, soon};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What a slow body is answered.
const TOO_SLOW: &str = "paritee: the request's body did not come in time; nothing was forwarded\n";

async fn is_served(world: &World, key: &str) {
    let mut client = world.client().await;
    client.write(order(key)).await;
    client.expect(OK).await;
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { tee: "head_wait_max = \"500ms\"", ..Setup::default() }).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    for said in ["", "P", "POST /orders HTTP/1.1\r\nHost: shop\r\nX-A: ", "PRI * HTTP/2.0\r\n"] {
        let mut client = world.client().await;
        client.write(said).await;
        client.rest().await;
    }
    // Kept for a next request, for as long.
    let mut client = world.client().await;
    client.write(order("1")).await;
    client.expect(OK).await;
    client.expect_end().await;
    is_served(&world, "2").await;
    world.stop().await;
}

#[tokio::test]
async fn a_body_that_trickles_ends_in_a_408_and_goes_nowhere() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { tee: "body_wait_max = \"300ms\"", ..Setup::default() }).await;
    let mut live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut client = world.client().await;
    client.write("POST /orders HTTP/1.1\r\nHost: shop\r\nX-Order-Id: 1\r\nContent-Length: 100000\r\n\r\n{").await;
    is_served(&world, "2").await;
    let head = client.head().await;
    assert!(head.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{head}");
    client.expect(TOO_SLOW).await;
    client.rest().await;
    let all = world.all("both captures", |all| all.len() == 2).await;
    let slow = all.iter().find(|sent| sent.key() == Some("1")).unwrap();
    assert_eq!((slow.skip(), slow.live.len()), (Some(Skip::ClientGone), 0));
    assert_eq!(live.next().await.text(), r#"{"id":"2"}"#);
    assert!(live.left().is_empty());
    world.stop().await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_is_let_go() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { tee: "body_wait_max = \"300ms\"", ..Setup::default() }).await;
    let mut client = world.client().await;
    client.write(post("/other", "", "x")).await;
    let mut lane = live.accept().await;
    lane.message().await;
    lane.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n").await;
    let piece = vec![b'x'; 1 << 20];
    // Buffers fill, and then the tee lets go of both.
    soon("the tee to let go", async { while lane.try_write(&piece).await.is_ok() {} }).await;
    drop(client);
    world.stop().await;
}

#[tokio::test]
async fn where_there_is_no_room_the_silent_leave_and_nobody_who_is_answered() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { tee: "connections_max = 3", ..Setup::default() }).await;
    // One that waits for its answer, one that was answered, one that never said anything.
    let (mut waiting, mut kept, mut silent) = (world.client().await, world.client().await, world.client().await);
    waiting.write(order("1")).await;
    let mut first = live.accept().await;
    first.message().await;
    kept.write(order("2")).await;
    let mut second = live.accept().await;
    second.message().await;
    second.write(OK).await;
    kept.expect(OK).await;
    // Four more, one after the other: each has its turn, stays, and is in the way.
    let mut others = Vec::new();
    for key in ["3", "4", "5", "6"] {
        let mut client = world.client().await;
        client.write(order(key)).await;
        second.message().await;
        second.write(OK).await;
        client.expect(OK).await;
        others.push(client);
    }
    kept.rest().await;
    silent.rest().await;
    first.write(OK).await;
    waiting.expect(OK).await;
    world.stop().await;
}

#[tokio::test]
async fn all_that_are_answered_stay_and_the_next_waits() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { tee: "connections_max = 1", ..Setup::default() }).await;
    let (mut first, mut next) = (world.client().await, world.client().await);
    first.write(order("1")).await;
    next.write(order("2")).await;
    let mut lane = live.accept().await;
    assert_eq!(lane.message().await.text(), r#"{"id":"1"}"#);
    // Longer than anybody is left in silence.
    let none = tokio::time::timeout(Duration::from_millis(1_500), lane.try_message()).await;
    assert!(none.is_err(), "{none:?}");
    lane.write(OK).await;
    first.expect(OK).await;
    assert_eq!(lane.message().await.text(), r#"{"id":"2"}"#);
    lane.write(OK).await;
    next.expect(OK).await;
    world.stop().await;
}

/// Descriptors of a process.
fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

#[tokio::test]
async fn very_many_slow_clients_neither_exhaust_descriptors_nor_shut_the_shop() {
    const OPEN_FILES: usize = 96;
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let folder = tempfile::tempdir().unwrap();
    let (config, path) = (folder.path().join("week3.toml"), folder.path().join("week3.db"));
    let text = configuration(
        Setup::default(),
        &path.display().to_string(),
        &live.addr().to_string(),
        &gated.addr().to_string(),
    );
    std::fs::write(&config, text).unwrap();
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let _gated = gated.serve(|_| answer("201 Created", "Location: /1\r\n", "ok"));
    let process = Process::start(Process::by_a_shell(&config, &format!("ulimit -n {OPEN_FILES};"), "")).await;
    let (addr, pid) = (process.tee.parse().unwrap(), process.id());
    let mut slow = Vec::new();
    for number in 0..3 * OPEN_FILES {
        let mut client = Conn::to(addr).await;
        let head = ["", "P", "POST /orders HTTP/1.1\r\nX-A: "][number % 3];
        // It may have been let go already.
        let _sent = client.try_write(head).await;
        slow.push(client);
        assert!(descriptors(pid) < OPEN_FILES, "{} descriptors", descriptors(pid));
    }
    for key in ["1", "2", "3"] {
        let mut client = Conn::to(addr).await;
        client.write(order(key)).await;
        client.expect(OK).await;
        assert!(descriptors(pid) < OPEN_FILES, "{} descriptors", descriptors(pid));
    }
    drop(slow);
    let said = process.terminate().await;
    assert!(said.contains("connections_max=4096 allowed=36"), "{said}");
    assert!(said.contains("no room for another client"), "{said}");
    assert!(!said.contains("could not be accepted"), "{said}");
}
