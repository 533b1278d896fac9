//! What is refused: each with its reason and remedy, and nothing of it kept.

use paritee::cli::serve::{self, Options};
use paritee::config;
use serde_json::json;

use super::sidecar::{Admin, BATCH, JSON, LINES, Limits, ONE, commit, commits, lines, told, watermark};
use crate::support::{Conn, Setup, configuration};

/// A sidecar that can't be told anything takes no order either: it is an error at the start, and nothing begins.
#[tokio::test]
async fn a_port_that_is_taken_is_an_error_before_any_order() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (folder, addr) = (tempfile::tempdir().unwrap(), taken.local_addr().unwrap());
    let setup = Setup { rest: "[admin]\nlisten = \"127.0.0.1:0\"", ..Setup::default() };
    let journal = folder.path().join("journal.db");
    let text = configuration(setup, &journal.display().to_string(), "127.0.0.1:1", "127.0.0.1:2");
    let mut config = config::parse("test.toml", &text, &|_| None).unwrap_or_else(|faults| panic!("{faults}")).config;
    config.admin.as_mut().unwrap().listen = addr;
    let error = serve::start(config, Options::default()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("listen on {addr} (admin.listen)"));
    assert!(!journal.exists(), "no run was begun");
}

#[tokio::test]
async fn one_bad_event_keeps_all_of_its_batch_out() {
    let admin = Admin::start(Limits::default()).await;
    let mut events = commits(120);
    events[3]["lane"] = json!("staging");
    events[119] = json!({"specversion": "1.0"});
    events.push(watermark("2026-03-02T10:00:00Z"));
    for (content_type, body) in
        [(BATCH, json!(events).to_string()), (LINES, lines(&events)), (JSON, json!(events).to_string())]
    {
        let told = admin.post(content_type, body).await;
        told.refused(422, "2 of 121 events can't be taken, and none was kept");
        let bad = told.json()["events"].clone();
        assert_eq!(bad[0], json!({"index": 3, "reason": "`lane` names no lane; write one of legacy, gated"}));
        assert_eq!(bad[1]["index"], 119);
        assert_eq!(bad.as_array().unwrap().len(), 2);
    }
    // A cut last line is a bad event, not the end.
    let cut = lines(&commits(2));
    let told = admin.post(LINES, &cut[..cut.len() - 20]).await;
    assert_eq!((told.status, told.json()["events"][0]["index"].as_u64()), (422, Some(1)));
    let told = admin.post(BATCH, json!(vec![json!(7); 300]).to_string()).await;
    told.refused(422, "300 of 300");
    assert_eq!(told.json()["events"].as_array().unwrap().len(), 100);
    assert_eq!((admin.count("outcome"), admin.count("watermark")), (0, 0));
    events.remove(119);
    events[3]["lane"] = json!("gated");
    admin.post(BATCH, json!(events).to_string()).await.kept(120, 0, 0);
    admin.stop().await;
}

#[tokio::test]
async fn bodies_that_are_no_events_are_refused_with_what_to_send() {
    let admin = Admin::start(Limits::default()).await;
    let event = commit("1", &json!({})).to_string();
    let deep = format!("[{}{}]", "[".repeat(50_000), "]".repeat(50_000));
    for (headers, body, status, why) in [
        ("", event.as_bytes(), 415, "application/cloudevents-batch+json"),
        ("Content-Type: text/plain\r\n", event.as_bytes(), 415, "application/x-ndjson"),
        ("Content-Type: application/json; charset=iso-8859-1\r\n", event.as_bytes(), 415, "only UTF-8"),
        ("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", event.as_bytes(), 415, "compressed"),
        ("Content-Type: application/json\r\nce-specversion: 1.0\r\nce-type: t\r\n", b"{}", 415, "binary mode"),
        ("Content-Type: application/cloudevents+json\r\n", b"", 400, "the body is empty"),
        ("Content-Type: application/x-ndjson\r\n", b"\n \r\n", 400, "the body is empty"),
        ("Content-Type: application/cloudevents-batch+json\r\n", b"[{},", 400, "no JSON at byte 4"),
        ("Content-Type: application/cloudevents-batch+json\r\n", event.as_bytes(), 400, "a batch is a JSON array"),
        (
            "Content-Type: application/cloudevents-batch+json\r\n",
            b"[\"\xff\"]",
            400,
            "no JSON at byte 2: invalid UTF-8",
        ),
        ("Content-Type: application/json\r\n", deep.as_bytes(), 400, "nested too deep"),
        ("Content-Type: application/json\r\n", b"<html>", 422, "1 of 1"),
        ("Content-Type: application/cloudevents+json\r\n", b"[]", 422, "1 of 1"),
        ("Content-Type: application/cloudevents+json\r\n", b"{\"id\":\"a\",\"id\":\"b\"}", 422, "1 of 1"),
        ("Content-Type: application/x-ndjson\r\n", b"{\"id\":\"\xff\"}", 422, "1 of 1"),
    ] {
        let told = admin.post_with(headers, body).await;
        told.refused(status, why);
    }
    let told = admin.exchange("GET /v1/outcomes HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert_eq!(told.status, 405);
    assert!(told.head.to_ascii_lowercase().contains("allow: post"), "{}", told.head);
    assert_eq!(admin.count("outcome"), 0);
    admin.stop().await;
}

#[tokio::test]
async fn limits_are_named() {
    let admin = Admin::start(Limits { body_bytes_max: 2_000, events_max: 3, ..Limits::default() }).await;
    admin.post(BATCH, json!(commits(4)).to_string()).await.refused(413, "more than 3 events");
    admin.post(LINES, lines(&commits(3))).await.kept(3, 0, 0);
    let head = format!("POST /v1/outcomes HTTP/1.1\r\nHost: localhost\r\nContent-Type: {ONE}\r\n");
    // Said beforehand: the body isn't waited for.
    let told_before = admin.exchange(format!("{head}Content-Length: 2001\r\n\r\n")).await;
    told_before.refused(413, "longer than 2000 bytes");
    let chunk = format!("{:x}\r\n{}\r\n", 2_001, " ".repeat(2_001));
    admin
        .exchange(format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}"))
        .await
        .refused(413, "admin.body_bytes_max");
    let exactly = format!("{:2000}", commit("exactly", &json!({})).to_string());
    admin.post(ONE, exactly).await.kept(1, 0, 0);
    admin.stop().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_kept() {
    let admin = Admin::start(Limits::default()).await;
    let body = lines(&commits(2));
    let half = body.len() / 2 + 1;
    let head = format!(
        "POST /v1/outcomes HTTP/1.1\r\nHost: localhost\r\nContent-Type: {LINES}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut client = Conn::to(admin.addr()).await;
    client.write(format!("{head}{}", &body[..half])).await;
    client.half_close().await;
    let answer = String::from_utf8(client.rest().await).unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let folder = admin.stop().await;
    let admin = Admin::at(folder, Limits::default()).await;
    assert_eq!(admin.count("outcome"), 0);
    admin.stop().await;
}

#[tokio::test]
async fn only_the_whole_token_opens() {
    let admin = Admin::start(Limits { token: Some("Zx9-token"), ..Limits::default() }).await;
    let event = commit("1", &json!({})).to_string();
    for authorization in [
        "",
        "Authorization: Bearer \r\n",
        "Authorization: Bearer Zx9-toke\r\n",
        "Authorization: Bearer Zx9-token1\r\n",
        "Authorization: Bearer zx9-token\r\n",
        "Authorization: Bearer  Zx9-token\r\n",
        "Authorization: Basic Zx9-token\r\n",
        "Authorization: Zx9-token\r\n",
        "Authorization: Bearer Zx9-token\r\nAuthorization: Bearer Zx9-token\r\n",
    ] {
        let told = admin.post_with(&format!("Content-Type: {ONE}\r\n{authorization}"), &event).await;
        told.refused(401, "Authorization: Bearer");
        assert!(told.head.to_ascii_lowercase().contains("www-authenticate: bearer"), "{}", told.head);
    }
    for (number, scheme) in [(1, "Bearer"), (0, "bearer")] {
        let authorization =
            format!("Content-Type: {ONE}\r\nAuthorization: {scheme} Zx9-token\r\nHost: paritee.example\r\n");
        admin.post_with(&authorization, &event).await.kept(number, 1 - number, 0);
    }
    admin.stop().await;
}

#[tokio::test]
async fn no_page_in_a_browser_can_tell() {
    let admin = Admin::start(Limits::default()).await;
    let (port, event) = (admin.addr().port(), commit("1", &json!({})).to_string());
    for (headers, why) in [
        ("Origin: https://shop.example\r\n".to_owned(), "`Origin`"),
        ("Origin: null\r\n".to_owned(), "`Origin`"),
        (format!("Origin: http://127.0.0.1:{}\r\n", port ^ 1), "`Origin`"),
        ("Host: rebound.example\r\n".to_owned(), "`Host`"),
        (format!("Host: 127.0.0.1.rebound.example:{port}\r\n"), "`Host`"),
        (format!("Host: rebound.example\r\nOrigin: http://rebound.example\r\nX-Port: {port}\r\n"), "`Host`"),
    ] {
        admin.post_with(&format!("Content-Type: {ONE}\r\n{headers}"), &event).await.refused(403, why);
    }
    assert_eq!(admin.count("outcome"), 0);
    for (number, host) in ["localhost", "LOCALHOST:9900", "127.0.0.1", "[::1]:9900"].into_iter().enumerate() {
        let told = admin.post_with(&format!("Content-Type: {ONE}\r\nHost: {host}\r\n"), &event).await;
        told.kept(usize::from(number == 0), usize::from(number > 0), 0);
    }
    let own = format!("Content-Type: {ONE}\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n");
    admin.post_with(&own, &event).await.kept(0, 1, 0);
    admin.stop().await;
}

#[tokio::test]
async fn a_source_that_goes_away_in_between_harms_nobody() {
    let admin = Admin::start(Limits::default()).await;
    let body = lines(&commits(3_000));
    for _ in 0..3 {
        let mut client = Conn::to(admin.addr()).await;
        let head = format!("POST /v1/outcomes HTTP/1.1\r\nHost: localhost\r\nContent-Type: {LINES}\r\n");
        client.write(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).await;
        client.reset();
    }
    let told = admin.post(LINES, &body).await.json();
    assert_eq!(told["recorded"].as_u64().unwrap() + told["known"].as_u64().unwrap(), 3_000);
    assert_eq!(admin.count("outcome"), 3_000);
    let mut client = Conn::to(admin.addr()).await;
    client.write("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert_eq!(told_status(&mut client).await, 200);
    drop(client);
    admin.stop().await;
}

async fn told_status(client: &mut Conn) -> u16 {
    told(client).await.status
}
