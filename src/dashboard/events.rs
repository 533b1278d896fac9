//! `GET /v1/events`: tells whoever listens that something has changed (server-sent events). What it is, they ask for.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{MissedTickBehavior, interval};

use super::{Dashboard, Shared, api, stream};
use crate::audit::live::Now;

/// A sign of life, so that whoever listens notices a connection that is gone.
const ALIVE_EVERY: Duration = Duration::from_secs(10);

/// How soon a browser is to come again, in milliseconds.
const RETRY_MS: u32 = 1_000;

/// The stream. Its first event is what is known now.
pub(super) async fn events(State(dashboard): Shared) -> Response {
    let Ok(room) = Arc::clone(&dashboard.streams).try_acquire_owned() else {
        return api::error(StatusCode::SERVICE_UNAVAILABLE, "too many listen already; close some of their pages");
    };
    let (sender, body) = stream::body();
    tokio::spawn(tell(dashboard, sender, room));
    let mut response = body.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

async fn tell(dashboard: Arc<Dashboard>, sender: mpsc::Sender<Bytes>, _room: OwnedSemaphorePermit) {
    let stop = dashboard.parts.stop.clone();
    let telling = async {
        let mut changes = dashboard.parts.watch.changes();
        let mut alive = interval(ALIVE_EVERY);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next = Some(format!("retry: {RETRY_MS}\n\n{}", event(changes.borrow_and_update().as_ref())));
        loop {
            if let Some(text) = next.take()
                && sender.send(Bytes::from(text)).await.is_err()
            {
                return;
            }
            tokio::select! {
                changed = changes.changed() => match changed {
                    Ok(()) => next = Some(event(changes.borrow_and_update().as_ref())),
                    Err(_) => return,
                },
                _ = alive.tick() => next = Some(": alive\n\n".to_owned()),
                () = sender.closed() => return,
            }
        }
    };
    stop.run_until_cancelled(telling).await;
}

/// What has changed, in a line: enough to know whether to ask for more.
fn event(now: Option<&Now>) -> String {
    let Some(now) = now else { return "event: waiting\ndata: {}\n\n".to_owned() };
    let assessment = &now.assessment;
    let data = json!({
        "decision": assessment.decision,
        "run": assessment.run.number,
        "as_of": assessment.run.as_of.to_string(),
        "judged_at": now.judged_at.to_string(),
        "journal_head": assessment.run.journal_head,
        "orders": assessment.totals.orders_captured,
        "exceptions": assessment.exceptions_count,
    });
    format!("event: assessment\ndata: {data}\n\n")
}
