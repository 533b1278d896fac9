//! Facts to a running sidecar: what is asked of its admin port, and what its answers mean.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::json;

use super::world::{into, ledger};
use crate::config::{Admin, Secret};
use crate::journal::Record;
use crate::observe::import::{Remote, Sink, SinkError};

/// Answers in turn, the last again and again, and what was asked: the token, the lines.
#[derive(Clone, Default)]
struct Sidecar {
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
    asked: Arc<Mutex<Vec<(String, usize)>>>,
}

async fn answer(State(sidecar): State<Sidecar>, headers: HeaderMap, body: String) -> (StatusCode, HeaderMap, String) {
    assert_eq!(headers["content-type"], "application/x-ndjson");
    let token = headers.get("authorization").map_or("", |value| value.to_str().unwrap());
    sidecar.asked.lock().unwrap().push((token.to_owned(), body.lines().count()));
    let mut answers = sidecar.answers.lock().unwrap();
    let (status, text) = if answers.len() > 1 { answers.remove(0) } else { answers[0] };
    let at_once = HeaderMap::from_iter([("retry-after".parse().unwrap(), "0".parse().unwrap())]);
    (StatusCode::from_u16(status).unwrap(), at_once, text.to_owned())
}

fn encode(record: &Record) -> Option<serde_json::Value> {
    match record {
        Record::Outcome(outcome) => Some(json!({ "id": outcome.source_id })),
        _ => Some(json!({ "type": "another" })),
    }
}

/// A sidecar that answers so, and the sink that goes there.
async fn sidecar(answers: &[(u16, &'static str)], events_max: usize) -> (Sidecar, Sink) {
    let sidecar = Sidecar::default();
    *sidecar.answers.lock().unwrap() = answers.to_vec();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = listener.local_addr().unwrap();
    let router = Router::new().route("/v1/outcomes", post(answer)).with_state(sidecar.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let admin =
        Admin { listen, token: Some(Secret::new("t0ken".into())), body_bytes_max: 1 << 20, events_max, tls: None };
    (sidecar, Sink::Sidecar(Box::new(Remote::new(&admin, encode))))
}

#[tokio::test]
async fn facts_go_in_requests_of_the_size_that_the_sidecar_takes() {
    let answers = [(503, "busy"), (200, r#"{"recorded":2,"known":0}"#), (200, r#"{"recorded":0,"known":1}"#)];
    let (sidecar, mut sink) = sidecar(&answers, 2).await;
    let imported = into(&mut sink, &ledger(), "x.csv", "Order,Number,Created\nA1,1,\nA2,2,\nA3,3,\n", None).await;
    assert_eq!((imported.new, imported.known), (2, 1));
    let token = "Bearer t0ken".to_owned();
    let asked = [2, 2, 1, 1].map(|lines| (token.clone(), lines));
    assert_eq!(*sidecar.asked.lock().unwrap(), asked, "the first goes again, the last is the extract");
}

#[tokio::test]
async fn what_the_sidecar_refuses_is_said_with_a_remedy() {
    for (status, body, expected) in [
        (401, "no", "401 no; `admin.token` is not the one that the sidecar was started with"),
        (422, r#"{"error":"bad"}"#, r#"422 {"error":"bad"}"#),
        (404, "", "is another program on that port?"),
        (200, "<html>", "it answers, but not as a sidecar does"),
        (503, "full", "503 full; tried 5 times"),
    ] {
        let (_, mut sink) = sidecar(&[(status, body)], 10).await;
        let export = super::super::Export {
            path: "x.csv".into(),
            input: Box::new(std::io::Cursor::new("Order,Number,Created\nA1,1,\n")),
            read: Arc::default(),
        };
        let error = super::super::import(export, &ledger().into(), &mut sink).await.unwrap_err();
        assert!(matches!(error, SinkError::Admin { .. }));
        assert!(error.to_string().contains(expected), "{error}");
    }
}
