//! `POST /v1/notes`: somebody has seen an exception, and says so with a note. It is kept in the journal, and changes no verdict.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use http_body_util::{BodyExt as _, Limited};
use hyper::StatusCode;
use serde_json::json;
use tokio::time::timeout;

use super::{Shared, api};
use crate::journal::{Control, ControlKind, Record};
use crate::judge::ExceptionKind;
use crate::net::is_json;
use crate::outcome::NoteDetail;

/// Longest body.
const BODY_BYTES_MAX: usize = 16 << 10;

/// Longest name and note, in characters; what is longer is refused, not cut.
const BY_CHARS_MAX: usize = 100;
const NOTE_CHARS_MAX: usize = 2_000;

/// How long the body may take, and how long the journal.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Takes `{"order_key", "lane", "fate", "by", "note"}`.
pub(super) async fn take(State(dashboard): Shared, request: Request) -> Response {
    if !is_json(request.headers()) {
        return api::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send it as `Content-Type: application/json`");
    }
    let gathered = timeout(WAIT_MAX, Limited::new(request.into_body(), BODY_BYTES_MAX).collect()).await;
    let Some(body) = gathered.ok().and_then(Result::ok) else {
        return api::error(
            StatusCode::BAD_REQUEST,
            &format!("the body is longer than {BODY_BYTES_MAX} bytes, or did not come to its end"),
        );
    };
    let detail: NoteDetail = match serde_json::from_slice(&body.to_bytes()) {
        Ok(detail) => detail,
        Err(error) => {
            let wanted = "write {\"order_key\": …, \"lane\": \"gated\", \"fate\": \"lost\", \"by\": …, \"note\": …}";
            return api::error(StatusCode::BAD_REQUEST, &format!("the note can't be read ({error}); {wanted}"));
        }
    };
    let detail = match checked(detail) {
        Ok(detail) => detail,
        Err(why) => return api::error(StatusCode::UNPROCESSABLE_ENTITY, why),
    };
    let Some(now) = dashboard.now() else {
        return api::error(StatusCode::SERVICE_UNAVAILABLE, "nothing was judged yet; try again in a moment");
    };
    let json = serde_json::to_string(&detail).ok();
    let control = Control { run: Some(now.assessment.run.number), kind: ControlKind::Note, detail: json };
    let recorded = timeout(WAIT_MAX, dashboard.parts.journal.record(vec![Record::Control(control)])).await;
    match recorded.ok().and_then(Result::ok).and_then(|recorded| recorded.first().copied()) {
        Some(recorded) => api::json(StatusCode::CREATED, &json!({ "row": recorded.row })),
        None => api::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "the journal takes no rows in time: the note may not be on record",
        ),
    }
}

fn checked(mut detail: NoteDetail) -> Result<NoteDetail, &'static str> {
    if ExceptionKind::named(&detail.fate).is_none() {
        return Err("`fate` is none; write it as the exception has it, such as \"lost\"");
    }
    detail.note = clean(&detail.note);
    detail.by = detail.by.map(|by| clean(&by)).filter(|by| !by.is_empty());
    if detail.note.is_empty() && detail.by.is_none() {
        return Err("say who has seen it (`by`), or write a `note`");
    }
    if detail.note.chars().count() > NOTE_CHARS_MAX {
        return Err("the `note` is longer than 2000 characters");
    }
    if detail.by.as_ref().is_some_and(|by| by.chars().count() > BY_CHARS_MAX) {
        return Err("`by` is longer than 100 characters");
    }
    Ok(detail)
}

/// Without what only terminals read.
fn clean(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control() || *letter == '\n').collect::<String>().trim().to_owned()
}
