//! The client against servers that misbehave, over real sockets.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::*;

/// How long a test waits for what should come; never reached when all is well.
const PLENTY: Duration = Duration::from_secs(20);

/// Answers one connection with these bytes, then closes it, or leaves it open until the test ends.
async fn answering(answer: &'static [u8], close: bool) -> Uri {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).await.unwrap();
        stream.write_all(answer).await.unwrap();
        if !close {
            std::future::pending::<()>().await;
        }
    });
    format!("http://{at}/ledger?page=1").parse().unwrap()
}

fn kind(result: &Result<Fetched, FetchError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(FetchError::Refused(_)) => "refused",
        Err(FetchError::TimedOut(_)) => "timed out",
        Err(FetchError::TooLarge(_)) => "too large",
        Err(FetchError::Broken(_)) => "broken",
        Err(FetchError::Garbled(_)) => "garbled",
    }
}

#[tokio::test]
async fn every_ending_has_its_name() {
    let short = Duration::from_millis(50);
    for (answer, close, wait, expected) in [
        (&b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"[..], true, PLENTY, "ok"),
        (b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", true, PLENTY, "ok"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", true, PLENTY, "ok"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3000000000\r\n\r\nx", false, PLENTY, "too large"),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n14\r\n01234567890123456789\r\n",
            false,
            PLENTY,
            "too large",
        ),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\ncut", true, PLENTY, "broken"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nslow", false, short, "timed out"),
        (b"", false, short, "timed out"),
        (b"", true, PLENTY, "broken"),
        (b"220 mail.example.test ESMTP\r\n\r\n", true, PLENTY, "garbled"),
    ] {
        let url = answering(answer, close).await;
        let result = Fetcher::new().fetch(&url, &[], 16, wait).await;
        assert_eq!(kind(&result), expected, "{}: {result:?}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn a_closed_port_and_a_url_without_a_host_are_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    for url in [closed.as_str(), "/ledger", "https://127.0.0.1/"] {
        let result = Fetcher::new().fetch(&url.parse().unwrap(), &[], 16, PLENTY).await;
        assert_eq!(kind(&result), "refused", "{url}: {result:?}");
    }
}

#[tokio::test]
async fn the_request_carries_the_headers_and_the_target() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/ledger?since=2024-07-11T01:02:03Z&page=1", listener.local_addr().unwrap());
    let (seen, request) = oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 4096];
        let length = stream.read(&mut head).await.unwrap();
        head.truncate(length);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        seen.send(String::from_utf8(head).unwrap()).unwrap();
    });
    let headers = [(HeaderName::from_static("x-token"), HeaderValue::from_static("abc"))];
    let before = clock::now();
    let fetched = Fetcher::new().fetch(&url.parse().unwrap(), &headers, 16, PLENTY).await.unwrap();
    let request = request.await.unwrap();
    assert!(request.starts_with("GET /ledger?since=2024-07-11T01:02:03Z&page=1 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("x-token: abc\r\n"), "{request}");
    assert!(before <= fetched.sent_at && fetched.sent_at <= fetched.received_at && fetched.received_at <= clock::now());
}

fn with_headers(headers: &[(&'static str, &str)]) -> Fetched {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    let at = Timestamp::from_second(1_720_000_000).unwrap();
    Fetched { status: StatusCode::OK, headers: map, body: Bytes::new(), sent_at: at, received_at: at }
}

#[test]
fn retry_after_is_seconds_or_a_date_on_the_servers_clock() {
    let (date, later) = ("Wed, 03 Jul 2024 10:00:00 GMT", "Wed, 03 Jul 2024 10:02:00 GMT");
    for (headers, expected) in [
        (&[("retry-after", "7")][..], Some(7)),
        (&[("retry-after", later), ("date", date)], Some(120)),
        (&[("retry-after", date), ("date", later)], Some(0)),
        // 2024-07-03T09:46:40Z is when the answer came.
        (&[("retry-after", date)], Some(800)),
        (&[("retry-after", "soon")], None),
        (&[], None),
    ] {
        assert_eq!(with_headers(headers).retry_after().map(|wait| wait.as_secs()), expected, "{headers:?}");
    }
}

#[test]
fn the_date_of_a_cached_answer_says_nothing() {
    let date = ("date", "Wed, 03 Jul 2024 10:00:00 GMT");
    for (headers, known) in [(&[date][..], true), (&[date, ("age", "0")], true), (&[date, ("age", "30")], false)] {
        assert_eq!(with_headers(headers).date().is_some(), known, "{headers:?}");
    }
}
