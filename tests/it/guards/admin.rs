//! The admin port: what a page of another site can't do, and what each answer says to a browser.

use paritee::cli::serve::Options;
use paritee::config;
use tempfile::TempDir;

use super::acts;
use crate::support::{Conn, Lane, Setup, World, configuration};

const JSON: &str = "Content-Type: application/json\r\n";

async fn world(folder: TempDir, admin: &'static str) -> World {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let setup = Setup { rest: admin, ..Setup::default() };
    let journal = folder.path().join("journal.db").display().to_string();
    let text = configuration(setup, &journal, &live.addr().to_string(), &gated.addr().to_string());
    let config = config::parse("test.toml", &text, &|_| Some("s3cr3t".into())).unwrap().config;
    World::of(folder, config, Options::default()).await.unwrap()
}

#[tokio::test]
async fn a_page_of_another_site_switches_nothing() {
    let world = world(tempfile::tempdir().unwrap(), "[admin]\nlisten = \"127.0.0.1:0\"").await;
    let own = format!("Origin: http://{}\r\n", world.sidecar.admin_addr().unwrap());
    for (headers, status) in [
        // What a form can send.
        ("Content-Type: text/plain\r\n".to_owned(), 415),
        ("Content-Type: application/x-www-form-urlencoded\r\n".to_owned(), 415),
        (String::new(), 415),
        // Where the browser says from where it comes.
        (format!("{JSON}Origin: https://evil.example\r\n"), 403),
        (format!("{JSON}Origin: null\r\n"), 403),
        (format!("{JSON}Origin: http://localhost:1\r\n"), 403),
        (format!("{JSON}Sec-Fetch-Site: cross-site\r\n"), 403),
        (format!("{JSON}Sec-Fetch-Site: same-site\r\n"), 403),
        // A name of another site that was made to lead here.
        (format!("{JSON}Host: evil.example\r\n"), 403),
        (format!("{JSON}Host: evil.example\r\nOrigin: http://evil.example\r\n"), 403),
    ] {
        for act in ["pause", "resume"] {
            let told = world.admin(&format!("/v1/shadow/{act}"), &headers, "{}").await;
            assert!(told.head.starts_with(&format!("HTTP/1.1 {status} ")), "{headers}{}", told.head);
        }
    }
    for body in ["[]", "{", r#"{"because":"x"}"#, r#"{"by":7}"#, &format!(r#"{{"why":"{}"}}"#, "x".repeat(5_000))] {
        let told = world.admin("/v1/shadow/pause", JSON, body).await;
        assert!(told.head.starts_with("HTTP/1.1 400 "), "{body} {}", told.head);
    }
    assert!(!world.sidecar.pace().is_paused());
    assert_eq!(acts(&world), []);
    // A page of its own may.
    let host = own.replace("Origin: http://", "Host: ");
    let told =
        world.admin("/v1/shadow/pause", &format!("{JSON}{own}{host}Sec-Fetch-Site: same-origin\r\n"), "{}").await;
    assert!(told.head.starts_with("HTTP/1.1 200 "), "{}", told.head);
    assert!(world.sidecar.pace().is_paused());
    world.stop().await;
}

#[tokio::test]
async fn with_a_token_nobody_switches_without_it() {
    let world = world(tempfile::tempdir().unwrap(), "[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TOKEN\"").await;
    for headers in
        ["", "Authorization: Bearer s3cr3\r\n", "Authorization: Bearer s3cr3t1\r\n", "Authorization: s3cr3t\r\n"]
    {
        let told = world.admin("/v1/shadow/pause", &format!("{JSON}{headers}"), "{}").await;
        assert!(told.head.starts_with("HTTP/1.1 401 "), "{headers}{}", told.head);
        assert_eq!(told.values("www-authenticate"), ["Bearer"]);
    }
    assert!(!world.sidecar.pace().is_paused());
    // Its name is then whatever it is known by.
    let told = world
        .admin("/v1/shadow/pause", &format!("{JSON}Host: sidecar.example\r\nAuthorization: Bearer s3cr3t\r\n"), "{}")
        .await;
    assert!(told.head.starts_with("HTTP/1.1 200 "), "{}", told.head);
    assert!(world.sidecar.pace().is_paused());
    world.stop().await;
}

#[tokio::test]
async fn every_answer_tells_browsers_to_load_frame_guess_and_keep_nothing() {
    let world = world(tempfile::tempdir().unwrap(), "[admin]\nlisten = \"127.0.0.1:0\"").await;
    for request in [
        "GET /healthz",
        "GET /readyz",
        "GET /nowhere",
        "GET /v1/shadow/pause",
        "POST /v1/outcomes",
        "DELETE /healthz",
        "GET /metrics",
    ] {
        let mut client = Conn::to(world.sidecar.admin_addr().unwrap()).await;
        client.write(format!("{request} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")).await;
        let told = client.message().await;
        for (name, value) in [
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            ),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(told.values(name), [value], "{request}: {name}");
        }
        assert_eq!(told.values("access-control-allow-origin").len(), 0, "{request}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_head_without_end_is_not_read_to_its_end() {
    let world = world(tempfile::tempdir().unwrap(), "[admin]\nlisten = \"127.0.0.1:0\"").await;
    for head in [
        format!("GET /{} HTTP/1.1\r\n", "a".repeat(1 << 20)),
        format!("GET / HTTP/1.1\r\nX-A: {}\r\n", "a".repeat(1 << 20)),
    ] {
        let mut client = Conn::to(world.sidecar.admin_addr().unwrap()).await;
        // It may close before all of it is written.
        _ = client.try_write(format!("{head}\r\n")).await;
        let said = client.rest().await;
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&said));
    }
    world.stop().await;
}
