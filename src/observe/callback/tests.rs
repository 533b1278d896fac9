//! Bodies that never end, on a clock of their own. What sources see over sockets is tested with the whole sidecar.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use hyper::service::Service as _;
use hyper::{Request, StatusCode};
use hyper_util::service::TowerToHyperService;
use tempfile::TempDir;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{BODIES_MAX, BODY_WAIT_MAX, JOURNAL_WAIT_MAX, PATH, router};
use crate::config::Admin;
use crate::journal;

/// A body of which nothing comes.
struct Silence;

impl Body for Silence {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

fn service(folder: &TempDir) -> TowerToHyperService<axum::Router> {
    let opened = journal::open(&folder.path().join("journal.db"), journal::Options::default()).unwrap();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let admin = Admin { listen, token: None, body_bytes_max: 1 << 20, events_max: 10, tls: None };
    TowerToHyperService::new(router(opened.journal, &admin, CancellationToken::new()))
}

fn request() -> Request<Silence> {
    Request::post(PATH).header("content-type", "application/x-ndjson").body(Silence).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(&folder);
    let began = Instant::now();
    let answer = service.call(request()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
    assert!(began.elapsed() >= BODY_WAIT_MAX);
}

#[tokio::test(start_paused = true)]
async fn bodies_that_do_not_come_take_no_more_than_their_room() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(&folder);
    let waiting: Vec<_> = (0..BODIES_MAX).map(|_| tokio::spawn(service.call(request()))).collect();
    tokio::task::yield_now().await;
    let began = Instant::now();
    let answer = service.call(request()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!((JOURNAL_WAIT_MAX..BODY_WAIT_MAX).contains(&began.elapsed()));
    for answer in waiting {
        assert_eq!(answer.await.unwrap().unwrap().status(), StatusCode::REQUEST_TIMEOUT);
    }
}
