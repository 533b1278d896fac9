//! The kill switch: pauses and resumes the shadow, on record with who and why. `POST /v1/shadow/pause` and `/resume`.
//!
//! A pause takes effect before it is recorded, a resumption after: if the journal takes no rows, nothing is sent. A paused
//! shadow stays paused over restarts and runs until it is resumed, as the journal says.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http_body_util::{BodyExt as _, Limited};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::Pace;
use crate::journal::{Control, Journal, Record, RecordError};
use crate::net::{Guard, NotLetIn, is_json};
use crate::outcome::{ActDetail, RowId, ShadowAct};

/// Longest body: a name and a reason.
const BODY_BYTES_MAX: usize = 4 << 10;

/// Longest name and reason, in characters, cut there.
const WORDS_CHARS_MAX: usize = 500;

/// How long the body may take, and how long the journal.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Who it was where nobody says.
const NOBODY: &str = "admin port";

/// Pauses and resumes one shadow.
#[derive(Debug)]
pub struct Switch {
    pace: Arc<Pace>,
    journal: Journal,
    run: u32,
    /// Whether it is paused as far as the journal knows. Held while it is switched.
    on_record: Mutex<bool>,
}

/// What came of switching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Switched {
    /// Whether the shadow is paused now.
    pub paused: bool,
    /// Whether it was not before.
    pub changed: bool,
}

/// Why it was not switched, or not recorded.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    NotLetIn(#[from] NotLetIn),
    #[error("send it as `Content-Type: application/json`, with {{}} or {{\"by\": …, \"why\": …}} as its body")]
    MediaType,
    #[error("the body is no {{\"by\": …, \"why\": …}}, or longer than {BODY_BYTES_MAX} bytes")]
    Body,
    #[error(
        "the journal takes no rows in time: a pause is in force all the same until the process ends, a resumption is not"
    )]
    Unrecorded,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    by: Option<String>,
    why: Option<String>,
}

/// Records an act, and says at which row.
pub(super) async fn record(
    journal: &Journal,
    run: u32,
    act: ShadowAct,
    detail: &ActDetail,
) -> Result<RowId, RecordError> {
    let detail = serde_json::to_string(detail).ok();
    let recorded = journal.record(vec![Record::Control(Control { run: Some(run), kind: act.into(), detail })]).await?;
    Ok(recorded.first().ok_or(RecordError::Closed)?.row)
}

impl Switch {
    /// The switch of the shadow that `pace` holds, which is paused or not by the journal.
    #[must_use]
    pub fn new(pace: Arc<Pace>, journal: Journal, run: u32) -> Self {
        let on_record = Mutex::new(pace.is_paused());
        Self { pace, journal, run, on_record }
    }

    /// Pauses: what is in flight ends, nothing else begins.
    ///
    /// # Errors
    /// When it can't be recorded. It is in force all the same.
    pub async fn pause(&self, detail: &ActDetail) -> Result<Switched, RecordError> {
        self.pace.pause(true);
        self.switch(ShadowAct::Pause, detail).await
    }

    /// Resumes, once that is on record.
    ///
    /// # Errors
    /// When it can't be recorded. Nothing is resumed then.
    pub async fn resume(&self, detail: &ActDetail) -> Result<Switched, RecordError> {
        self.switch(ShadowAct::Resume, detail).await
    }

    async fn switch(&self, act: ShadowAct, detail: &ActDetail) -> Result<Switched, RecordError> {
        let paused = act == ShadowAct::Pause;
        let mut on_record = self.on_record.lock().await;
        let changed = *on_record != paused;
        if changed {
            timeout(WAIT_MAX, record(&self.journal, self.run, act, detail))
                .await
                .map_err(|_| RecordError::Closed)??;
            *on_record = paused;
            tracing::warn!(%act, by = detail.by, why = detail.why, "the shadow was switched");
        }
        self.pace.pause(paused);
        Ok(Switched { paused, changed })
    }
}

/// The routes. Nothing is let in that `guard` doesn't let in, nor what a page of another site can send without asking first.
pub fn router(switch: Arc<Switch>, guard: Guard) -> Router {
    let to = |act: ShadowAct| {
        post(move |State((switch, guard)): State<(Arc<Switch>, Guard)>, request: Request| async move {
            answer(&take(&switch, &guard, act, request).await)
        })
    };
    Router::new()
        .route("/v1/shadow/pause", to(ShadowAct::Pause))
        .route("/v1/shadow/resume", to(ShadowAct::Resume))
        .with_state((switch, guard))
}

async fn take(switch: &Switch, guard: &Guard, act: ShadowAct, request: Request) -> Result<Switched, Refusal> {
    guard.check(request.headers())?;
    if !is_json(request.headers()) {
        return Err(Refusal::MediaType);
    }
    let gathered = timeout(WAIT_MAX, Limited::new(request.into_body(), BODY_BYTES_MAX).collect());
    let body = gathered.await.ok().and_then(Result::ok).ok_or(Refusal::Body)?.to_bytes();
    let said = match &body[..] {
        b"" => Said { by: None, why: None },
        body => serde_json::from_slice(body).map_err(|_| Refusal::Body)?,
    };
    let by = said.by.map_or_else(|| NOBODY.to_owned(), |by| format!("{} ({NOBODY})", words(&by)));
    let detail = ActDetail { by: Some(by), why: said.why.as_deref().map(words), arming: None };
    let switched = match act {
        ShadowAct::Pause => switch.pause(&detail).await,
        _ => switch.resume(&detail).await,
    };
    switched.map_err(|_| Refusal::Unrecorded)
}

/// One line, not without end.
fn words(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(WORDS_CHARS_MAX).collect()
}

fn answer(taken: &Result<Switched, Refusal>) -> Response {
    let (status, body) = match taken {
        Ok(switched) => (StatusCode::OK, serde_json::json!(switched)),
        Err(refusal) => {
            let status = match refusal {
                Refusal::NotLetIn(NotLetIn::Forbidden(_)) => StatusCode::FORBIDDEN,
                Refusal::NotLetIn(NotLetIn::Unauthorized) => StatusCode::UNAUTHORIZED,
                Refusal::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Refusal::Body => StatusCode::BAD_REQUEST,
                Refusal::Unrecorded => StatusCode::SERVICE_UNAVAILABLE,
            };
            (status, serde_json::json!({ "error": refusal.to_string() }))
        }
    };
    let mut response = (status, format!("{body}\n")).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{self, Options, Reader};
    use crate::outcome::Lane;

    #[tokio::test]
    async fn a_journal_that_takes_nothing_pauses_all_the_same_and_resumes_nothing() {
        for paused in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let opened = journal::open(&folder.path().join("journal.db"), Options::default()).unwrap();
            let pace = Arc::new(Pace::new(Lane::Gated, 1, paused));
            let switch = Switch::new(Arc::clone(&pace), opened.journal.clone(), 1);
            assert!(opened.journal.close(WAIT_MAX).await);
            let detail = ActDetail::default();
            let switched = if paused { switch.resume(&detail).await } else { switch.pause(&detail).await };
            assert!(switched.is_err());
            assert!(pace.is_paused(), "what can't be put on record is not sent");
            opened.writer.join().unwrap();
            assert_eq!(Reader::open(&folder.path().join("journal.db")).unwrap().acts(None).unwrap(), []);
        }
    }

    #[test]
    fn names_and_reasons_are_one_line_and_have_an_end() {
        assert_eq!(words("a\r\nb\u{1b}[2J"), "ab[2J");
        assert_eq!(words(&"x".repeat(WORDS_CHARS_MAX + 9)).len(), WORDS_CHARS_MAX);
    }
}
