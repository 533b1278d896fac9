//! What the program tells of itself, at its most talkative: never a body, and never a header's value.

use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};

use paritee::journal::Reader;
use paritee::outcome::Lane as Of;

use crate::support::{Conn, Lane, Process, Setup, answer, configuration, post, soon};

/// What must be found nowhere: in a body, a header's value, a query, an answer, a document.
const MARKS: [&str; 7] = [
    "Quintessa",
    "ada@quint.example",
    "MARKED-HEADER",
    "MARKED-QUERY",
    "MARKED-ANSWER",
    "MARKED-LOCATION",
    "MARKED-DOCUMENT",
];

const SETUP: Setup = Setup {
    journal_wait_max_ms: 10_000,
    tee: "",
    route: "",
    live: "",
    gated: "idempotent = true",
    rest: r#"
[lane.gated.poll]
url = "http://LEDGER/ledger"
every = "50ms"
items = ""
order_key = "/key"
reference = "/key"
"#,
};

/// An order over HTTP/2, with the same marks.
async fn over_http2(addr: &str) {
    let stream = tokio::net::TcpStream::connect(addr).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let task = tokio::spawn(connection);
    let request = hyper::Request::post(format!("http://{addr}/orders?MARKED-QUERY=1"))
        .header("x-buyer", "MARKED-HEADER")
        .body(Full::new(bytes::Bytes::from_static(br#"{"id":"2","name":"Quintessa"}"#)))
        .unwrap();
    let answer = soon("an answer", sender.send_request(request)).await.unwrap();
    assert_eq!(answer.status(), 200);
    soon("its body", answer.into_body().collect()).await.unwrap();
    drop(sender);
    task.abort();
}

#[tokio::test]
async fn no_log_line_has_anything_of_an_order() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let folder = tempfile::tempdir().unwrap();
    let (config, path) = (folder.path().join("week3.toml"), folder.path().join("week3.db"));
    let (live_addr, gated_addr) = (live.addr().to_string(), gated.addr().to_string());
    let text = configuration(SETUP, &path.display().to_string(), &live_addr, &gated_addr);
    std::fs::write(&config, text.replace("LEDGER", &gated_addr)).unwrap();
    let _live = live.serve(|_| answer("200 OK", "X-A: MARKED-HEADER\r\n", r#"{"is":"MARKED-ANSWER"}"#));
    let mut gated = gated.serve(|request| match () {
        () if request.head.starts_with("GET ") => {
            answer("200 OK", "X-A: MARKED-HEADER\r\n", r#"[{"key":"1","name":"MARKED-DOCUMENT"},{"key":2}]"#)
        }
        // The second order's answer is no HTTP.
        () if request.text().contains(r#""id":"2""#) => "MARKED-ANSWER\r\n\r\n".to_owned(),
        () => answer("422 No", "Location: /MARKED-LOCATION\r\n", r#"{"code":"customer ada@quint.example"}"#),
    });
    let mut command = Process::serve(&config);
    command.env("PARITEE_LOG", "trace");
    let process = Process::start(command).await;

    let mut client = Conn::to(process.tee.parse().unwrap()).await;
    let body = r#"{"id":"1","name":"Quintessa","email":"ada@quint.example"}"#;
    client.write(post("/orders?q=MARKED-QUERY", "X-Buyer: MARKED-HEADER\r\nCookie: a=MARKED-HEADER\r\n", body)).await;
    assert!(client.message().await.head.starts_with("HTTP/1.1 200"));
    client.write(post("/elsewhere?q=MARKED-QUERY", "X-Buyer: MARKED-HEADER\r\n", body)).await;
    assert!(client.message().await.head.starts_with("HTTP/1.1 200"));
    client.write("POST /orders HTTP/1.1\r\nX-Buyer MARKED-HEADER\r\n\r\n").await;
    client.rest().await;
    over_http2(&process.tee).await;
    let reader = Reader::open(&path).unwrap();
    let count = |sql: &str| reader.connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    // Readings come all the time, so that this looks again and again.
    while count("SELECT count(DISTINCT attempt) FROM answer") < 4 || reader.readings(Of::Gated).unwrap().is_empty() {
        gated.next().await;
    }
    let said = process.terminate().await;
    assert!(said.contains("TRACE") || said.contains("DEBUG"), "{said}");
    for mark in MARKS {
        let line = said.lines().find(|line| line.contains(mark));
        assert_eq!(line, None, "{mark} is in the log");
    }
}
