//! The client against servers that misbehave, over real sockets.

use std::io::{Read, Write};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

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
        Err(FetchError::Certificate { .. }) => "certificate",
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
        let result = Fetcher::new().fetch(&Ask::get(url, Vec::new()), 16, wait).await;
        assert_eq!(kind(&result), expected, "{}: {result:?}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn a_closed_port_and_a_url_without_a_host_are_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    for url in [closed.as_str(), "/ledger", "https://127.0.0.1/"] {
        let result = Fetcher::new().fetch(&Ask::get(url.parse().unwrap(), Vec::new()), 16, PLENTY).await;
        assert_eq!(kind(&result), "refused", "{url}: {result:?}");
    }
}

/// Takes one request off a connection: its head, and as much as its `content-length` says.
fn take(stream: &mut impl Read) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    let whole = |text: &[u8]| {
        let text = String::from_utf8_lossy(text).to_string();
        let length = |head: &str| {
            head.split_once("content-length: ")
                .map_or(0, |(_, rest)| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap())
        };
        text.split_once("\r\n\r\n").is_some_and(|(head, body)| body.len() >= length(head))
    };
    while !whole(&text) {
        stream.read_exact(&mut byte).unwrap();
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn the_request_carries_method_target_headers_and_body() {
    for (method, body, head) in [
        (Method::GET, "", "GET /ledger?since=2024-07-11T01:02:03Z&page=1 HTTP/1.1\r\n"),
        (Method::POST, "{\"q\":\"SELECT 1\"}", "POST /ledger?since=2024-07-11T01:02:03Z&page=1 HTTP/1.1\r\n"),
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/ledger?since=2024-07-11T01:02:03Z&page=1", listener.local_addr().unwrap());
        let serving = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = take(&mut stream);
            stream.write_all(OK).unwrap();
            request
        });
        let headers = vec![(HeaderName::from_static("x-token"), HeaderValue::from_static("abc"))];
        let ask = Ask { method, url: url.parse().unwrap(), headers, body: Bytes::from_static(body.as_bytes()) };
        let before = clock::now();
        let fetched = Fetcher::new().fetch(&ask, 16, PLENTY).await.unwrap();
        let request = serving.join().unwrap();
        assert!(request.starts_with(head), "{request}");
        assert!(request.contains("x-token: abc\r\n"), "{request}");
        assert!(!request.to_lowercase().contains("accept-encoding"), "{request}");
        assert!(request.ends_with(&format!("\r\n\r\n{body}")), "{request}");
        let times = [before, fetched.sent_at, fetched.received_at, clock::now()];
        assert!(times.is_sorted(), "{times:?}");
    }
}

/// A CA that a test makes, and what it vouches for.
struct Ca {
    roots: rustls::RootCertStore,
    server: Arc<rustls::ServerConfig>,
}

fn ca(name: &str) -> Ca {
    let mut of_ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    of_ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let ca_certificate = of_ca.self_signed(&ca_key).unwrap();
    let issuer = rcgen::Issuer::new(of_ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca_certificate.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    Ca { roots, server: Arc::new(server) }
}

/// Serves one connection over TLS, and tells the request, or that none came.
fn serving(server: Arc<rustls::ServerConfig>) -> (Uri, std::thread::JoinHandle<Option<String>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/ledger", listener.local_addr().unwrap().port());
    let serving = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut tls = rustls::ServerConnection::new(server).unwrap();
        while tls.is_handshaking() {
            tls.complete_io(&mut socket).ok()?;
        }
        let mut stream = rustls::Stream::new(&mut tls, &mut socket);
        let request = take(&mut stream);
        stream.write_all(OK).unwrap();
        Some(request)
    });
    (url.parse().unwrap(), serving)
}

#[tokio::test]
async fn a_ledger_is_read_over_tls() {
    let ca = ca("localhost");
    let (url, serving) = serving(ca.server);
    let fetched = Fetcher::over(tls::trusting(ca.roots)).fetch(&Ask::get(url, Vec::new()), 16, PLENTY).await.unwrap();
    assert_eq!((fetched.status, &fetched.body[..]), (StatusCode::OK, &b"ok"[..]));
    assert!(serving.join().unwrap().unwrap().starts_with("GET /ledger HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_is_named_with_its_remedy() {
    for (name, trusted, expected) in
        [("localhost", false, "UnknownIssuer"), ("erp.example.test", true, "not valid for name")]
    {
        let ca = ca(name);
        let roots = if trusted { ca.roots } else { rustls::RootCertStore::empty() };
        let (url, serving) = serving(ca.server);
        let place = url.authority().unwrap().to_string();
        let result = Fetcher::over(tls::trusting(roots)).fetch(&Ask::get(url, Vec::new()), 16, PLENTY).await;
        let error = result.unwrap_err();
        assert!(matches!(error, FetchError::Certificate { .. }), "{error:?}");
        let error = error.to_string();
        assert!(error.starts_with(&format!("trust the certificate of {place}: ")), "{error}");
        assert!(error.contains(expected) && error.contains("SSL_CERT_FILE"), "{error}");
        assert_eq!(serving.join().unwrap(), None, "not a byte of a request is sent");
    }
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
