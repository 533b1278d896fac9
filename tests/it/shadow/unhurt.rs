//! Whatever the shadow does: the client gets the live lane's bytes, and the journal how the send ended.

use paritee::outcome::Ending;

use crate::support::{Conn, Lane, Setup, World, answer, order};

/// What a shadow does to a request.
#[derive(Clone, Copy, Debug)]
enum Shadow {
    Hangs,
    IsDown,
    Closes,
    Resets,
    Says(&'static str),
    /// One byte at a time, without end.
    Trickles,
    /// Ends what it says before it said anything, and goes on reading.
    HalfCloses,
    /// Says this, ends what it says, and goes on reading.
    SaysAndHalfCloses(&'static str),
    /// Says this, and then no more.
    SaysAndHangs(&'static str),
    /// Says this before it has read the body.
    SaysBefore(&'static str),
    /// A head of so many fields of a kilobyte.
    SaysFields(usize),
}

async fn play(shadow: Shadow, mut conn: Conn) {
    if let Shadow::SaysBefore(bytes) = shadow {
        conn.head().await;
        conn.write(bytes).await;
        conn.rest().await;
        return;
    }
    conn.message().await;
    match shadow {
        Shadow::SaysBefore(_) => {}
        Shadow::HalfCloses => {
            conn.half_close().await;
            conn.rest().await;
        }
        Shadow::SaysAndHalfCloses(bytes) => {
            conn.write(bytes).await;
            conn.half_close().await;
            conn.rest().await;
        }
        Shadow::SaysAndHangs(bytes) => {
            conn.write(bytes).await;
            conn.rest().await;
        }
        Shadow::SaysFields(count) => {
            let fields: String = (0..count).map(|number| format!("X-{number:03}: {}\r\n", "a".repeat(1_000))).collect();
            let _may_be_refused_before = conn.try_write(answer("201 Created", &fields, "ok")).await;
        }
        Shadow::Hangs | Shadow::IsDown => {
            conn.rest().await;
        }
        Shadow::Closes => {}
        Shadow::Resets => conn.reset(),
        Shadow::Says(bytes) => {
            conn.write(bytes).await;
        }
        Shadow::Trickles => {
            conn.write("HTTP/1.1 201 Created\r\nLocation: /orders/G1\r\nContent-Length: 1000000\r\n\r\n").await;
            while conn.try_write("x").await.is_ok() {
                tokio::task::yield_now().await;
            }
        }
    }
}

#[tokio::test]
async fn the_client_gets_the_live_lanes_bytes_and_the_journal_the_shadows_end() {
    let full = "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\nwhole";
    for (shadow, ending, status) in [
        (Shadow::Hangs, Ending::TimedOut, None),
        (Shadow::IsDown, Ending::Refused, None),
        (Shadow::Closes, Ending::Broken, None),
        (Shadow::Resets, Ending::Broken, None),
        (Shadow::Says("\0garbage\r\n\r\n"), Ending::Garbled, None),
        (Shadow::Says("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nfirst"), Ending::Cut, Some(201)),
        (
            Shadow::Says("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
            Ending::Answered,
            Some(500),
        ),
        (Shadow::Trickles, Ending::Cut, Some(201)),
        (Shadow::HalfCloses, Ending::Broken, None),
        (Shadow::SaysAndHalfCloses("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"), Ending::Answered, Some(201)),
        // A head without an end.
        (Shadow::SaysAndHangs("HTTP/1.1 201 Created\r\nX-A: b"), Ending::TimedOut, None),
        (Shadow::SaysFields(90), Ending::Answered, Some(201)),
        (Shadow::SaysFields(150), Ending::Garbled, None),
        // What comes behind an answer, of the length that it says, belongs to nothing.
        (
            Shadow::Says(
                "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            ),
            Ending::Answered,
            Some(201),
        ),
        (
            Shadow::Says("HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
            Ending::Garbled,
            None,
        ),
        (Shadow::SaysBefore("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"), Ending::Answered, Some(201)),
    ] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let world =
            World::start(&live, &gated, Setup { gated: "answer_wait_max = \"150ms\"", ..Setup::default() }).await;
        let playing = if matches!(shadow, Shadow::IsDown) {
            drop(gated);
            None
        } else {
            Some(tokio::spawn(async move {
                let conn = gated.accept().await;
                play(shadow, conn).await;
                gated
            }))
        };
        let mut client = world.client().await;
        client.write(order("1")).await;
        let mut lane = live.accept().await;
        lane.message().await;
        lane.write(full).await;
        client.expect(full).await;
        let seen = world
            .one("how both sends ended", |sent| {
                sent.live_answer().is_some() && sent.shadow.first().is_some_and(|(_, answer)| answer.is_some())
            })
            .await;
        let answer = seen.shadow[0].1.as_ref().unwrap();
        assert_eq!((answer.ending, answer.status), (ending, status), "{shadow:?}: {:?}", answer.error);
        assert_eq!(answer.error.is_none(), ending == Ending::Answered);
        assert_eq!(seen.live_answer().unwrap().body, "whole");
        // And the next order as well, while the shadow still is what it is.
        client.write(order("2")).await;
        lane.message().await;
        lane.write(full).await;
        client.expect(full).await;
        world.stop().await;
        if let Some(playing) = playing {
            playing.abort();
        }
    }
}

#[tokio::test]
async fn a_shadow_whose_name_nobody_knows_costs_the_client_nothing() {
    let live = Lane::bind().await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::at(folder, &live.addr().to_string(), "erp.invalid:9002", Setup::default()).await;
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut client = world.client().await;
    for number in ["1", "2", "3"] {
        client.write(order(number)).await;
        client.expect(answer("200 OK", "", "ok")).await;
    }
    // Nothing is sent to where nobody knows whether it is another place than the live lane.
    let all =
        world.all("the live answers", |all| all.iter().filter(|sent| sent.live_answer().is_some()).count() == 3).await;
    assert!(all.iter().all(|sent| sent.shadow.is_empty()), "{all:?}");
    world.stop().await;
}

#[tokio::test]
async fn a_long_answer_is_kept_in_part_and_still_says_that_it_was_taken() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, Setup { tee: "answer_bytes_max = 10", ..Setup::default() }).await;
    let _live = live.serve(|_| answer("200 OK", "", "0123456789abcdef"));
    let _gated = gated.serve(|_| answer("201 Created", "", "0123456789abcdefgh"));
    let mut client = world.client().await;
    client.write(order("1")).await;
    client.expect(answer("200 OK", "", "0123456789abcdef")).await;
    let seen = world.one("both answers", |sent| sent.live_answer().is_some() && sent.shadow_answer().is_some()).await;
    for (answer, length) in [(seen.live_answer(), 16), (seen.shadow_answer(), 18)] {
        let answer = answer.unwrap();
        assert_eq!(
            (answer.ending, &answer.body[..], answer.body_bytes),
            (Ending::Answered, &b"0123456789"[..], length)
        );
    }
    world.stop().await;
}
