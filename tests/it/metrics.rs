//! `GET /metrics` of a real sidecar: what monitors see of its orders, and that they see none of them.

use crate::support::{Conn, Lane, Message, Setup, World, answer, post, soon};

const ADMIN: Setup = Setup {
    journal_wait_max_ms: 10_000,
    tee: "",
    route: "",
    live: "",
    gated: "",
    rest: "[admin]\nlisten = \"127.0.0.1:0\"",
};

/// Stands in keys, names and bodies, and must stand nowhere else.
const MARKED: &str = "MARKED";

async fn get(world: &World, headers: &str) -> Message {
    let mut client = Conn::to(world.sidecar.admin_addr().unwrap()).await;
    client.write(format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")).await;
    client.message().await
}

/// The value of a series.
fn value(text: &str, series: &str) -> Option<f64> {
    let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.map(|value| value.parse().unwrap())
}

/// Asks until the series have these values.
async fn until(world: &World, expected: &[(&str, f64)]) -> String {
    soon("what is counted and judged", async {
        loop {
            let text = get(world, "").await.text().to_owned();
            let is = |(series, wanted): &(&str, f64)| {
                value(&text, series).is_some_and(|value| value.total_cmp(wanted).is_eq())
            };
            if expected.iter().all(is) {
                return text;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_sidecar_tells_what_became_of_its_orders_and_names_none() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(&live, &gated, ADMIN).await;
    let said = format!(r#"{{"id":"{MARKED}","name":"{MARKED} Quint"}}"#);
    let _live = live.serve(move |_| answer("200 OK", "", &said));
    let _gated = gated.serve(|_| answer("422 Unprocessable Entity", "", r#"{"error":{"code":"MARKED"}}"#));
    let mut client = world.client().await;
    for (path, body) in [
        ("/orders", format!(r#"{{"id":"{MARKED}-1","email":"{MARKED}@example.com"}}"#)),
        ("/orders", format!(r#"{{"id":"{MARKED}-2"}}"#)),
        ("/orders", format!(r#"{{"id":"{MARKED}-3","test":true}}"#)),
        ("/orders", format!("no JSON, {MARKED}")),
        ("/elsewhere", format!(r#"{{"id":"{MARKED}-4"}}"#)),
    ] {
        client.write(post(path, &format!("X-Customer: {MARKED}\r\n"), &body)).await;
        assert!(client.message().await.head.starts_with("HTTP/1.1 200 "));
    }
    let text = until(
        &world,
        &[
            ("paritee_requests_received_total", 5.0),
            ("paritee_requests_teed_total", 2.0),
            ("paritee_requests_passed_through_total", 1.0),
            ("paritee_requests_skipped_total{reason=\"no_json\"}", 1.0),
            ("paritee_requests_skipped_total{reason=\"excluded: test order\"}", 1.0),
            ("paritee_requests_skipped_total{reason=\"loop\"}", 0.0),
            ("paritee_answer_duration_seconds_count{lane=\"legacy\"}", 4.0),
            ("paritee_answer_duration_seconds_count{lane=\"gated\"}", 2.0),
            ("paritee_orders{lane=\"legacy\",fate=\"pending\"}", 2.0),
            ("paritee_decision{decision=\"INCONCLUSIVE\"}", 1.0),
            ("paritee_decision{decision=\"GO\"}", 0.0),
            ("paritee_gate_status{gate=\"no-lost-orders\",status=\"NO-GO\"}", 0.0),
            ("paritee_gaps", 0.0),
            ("paritee_run_number", 1.0),
            ("paritee_shadow_paused", 0.0),
            ("paritee_journal_takes_rows", 1.0),
            ("paritee_journal_commits_failed_total", 0.0),
        ],
    );
    let text = text.await;
    assert!(value(&text, "paritee_journal_commit_duration_seconds_count").unwrap() >= 2.0, "{text}");
    let pause = world.admin("/v1/shadow/pause", "Content-Type: application/json\r\n", "{}").await;
    assert!(pause.head.starts_with("HTTP/1.1 200 "));
    let paused = until(&world, &[("paritee_shadow_paused", 1.0)]).await;
    for text in [text, paused] {
        assert!(!text.contains(MARKED) && !text.contains("Quint"), "{text}");
    }
    world.stop().await;
}

#[tokio::test]
async fn who_may_not_look_sees_nothing() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let world = World::start(
        &live,
        &gated,
        Setup { rest: "[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TOKEN\"", ..ADMIN },
    )
    .await;
    for (headers, status) in [
        ("", 401),
        ("Authorization: Bearer wrong\r\n", 401),
        ("Authorization: Bearer token-of-our-own\r\nOrigin: https://evil.example\r\n", 403),
        ("Authorization: Bearer token-of-our-own\r\n", 200),
    ] {
        let told = get(&world, headers).await;
        assert!(told.head.starts_with(&format!("HTTP/1.1 {status} ")), "{headers}{}", told.head);
        assert_eq!(told.text().contains("paritee_build_info{version="), status == 200, "{}", told.text());
        let text = ["text/plain; version=0.0.4; charset=utf-8"];
        assert_eq!(told.values("content-type") == text, status == 200, "{}", told.head);
    }
    world.stop().await;
}
