//! One request to a ledger: within its budget, with its credentials, and again when it says *not now*.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, LOCATION};
use tokio::sync::Semaphore;

use super::patience::Patience;
use crate::config::{Auth, HttpPoll};
use crate::net::credentials::{CredentialError, Credentials};
use crate::net::fetch::{Ask, FetchError, Fetched, Fetcher};
use crate::outcome::{Answer, AnswerRules, Ending, Flow, Lane, Meaning};

/// A ledger behind an HTTP API, shared by its readings and look-ups.
#[derive(Debug)]
pub(in crate::observe::poll) struct Ledger {
    lane: Lane,
    fetcher: Fetcher,
    credentials: Option<Credentials>,
    /// Requests at once.
    budget: Semaphore,
    /// How its answers are read: which of them say *not now*.
    rules: AnswerRules,
    page_bytes_max: usize,
    answer_wait_max: Duration,
    /// The most documents that a page ever had.
    pub(super) fullest: AtomicUsize,
}

/// Why a ledger gave no answer that can be read.
#[derive(Debug, thiserror::Error)]
pub(in crate::observe::poll) enum AskError {
    #[error("failed to {0}")]
    Credentials(#[from] CredentialError),
    #[error("failed to {0}")]
    Fetch(#[from] FetchError),
    #[error("answered {0}{1}")]
    Status(StatusCode, String),
    #[error(
        "answered {status} to {tries} requests: the ledger is too busy; poll it less often, or lower `concurrency`"
    )]
    NotNow { status: StatusCode, tries: u32, retry_after: Option<Duration> },
    #[error(
        "a body in the encoding `{0}`, which was not asked for; have the ledger, or what stands before it, not compress answers"
    )]
    Encoded(String),
    #[error("the process is ending")]
    Ending,
}

/// Whether the ledger's own server gives the tokens for it. Any other is believed by the roots of this machine, and is not shown
/// the certificate that is for the ledger.
fn gives_tokens_itself(http: &HttpPoll) -> bool {
    let authority = http.url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next());
    match &http.auth {
        Some(Auth::OAuth(oauth)) => oauth.token_url.authority().map(|token| token.as_str()) == authority,
        _ => false,
    }
}

impl Ledger {
    pub(in crate::observe::poll) fn new(
        lane: Lane,
        http: &HttpPoll,
        rules: AnswerRules,
        answer_wait_max: Duration,
    ) -> Self {
        let fetcher = http.tls.as_ref().map_or_else(Fetcher::new, |tls| Fetcher::over(Arc::clone(&tls.config)));
        let of_tokens = if gives_tokens_itself(http) { fetcher.clone() } else { Fetcher::new() };
        Self {
            lane,
            credentials: http.auth.clone().map(|auth| Credentials::new(auth, of_tokens.clone())),
            fetcher,
            budget: Semaphore::new(http.concurrency.max(1)),
            rules,
            page_bytes_max: http.page_bytes_max,
            answer_wait_max,
            fullest: AtomicUsize::new(0),
        }
    }

    /// Sends a request until it is answered with something else than *not now*, with new credentials once where
    /// these are refused. Any other status is an answer.
    pub(super) async fn ask(&self, ask: &Ask, patience: &mut Patience) -> Result<Fetched, AskError> {
        let mut tries = 0;
        let mut renewed = false;
        loop {
            tries += 1;
            let token = match &self.credentials {
                Some(credentials) => Some((credentials, credentials.token().await?)),
                None => None,
            };
            let mut ask = ask.clone();
            if let Some((_, token)) = &token {
                ask.headers.retain(|(name, _)| name != AUTHORIZATION);
                ask.headers.push((AUTHORIZATION, token.header()));
            }
            let fetched = self.send(&ask).await?;
            if let (StatusCode::UNAUTHORIZED, false, Some((credentials, token))) = (fetched.status, renewed, &token)
                && credentials.refused(token).await
            {
                renewed = true;
                continue;
            }
            if !self.says_not_now(&fetched) {
                patience.answered();
                return Ok(fetched);
            }
            let retry_after = fetched.retry_after();
            let Some(wait) = patience.refused(retry_after, fastrand::f64()) else {
                return Err(AskError::NotNow { status: fetched.status, tries, retry_after });
            };
            tracing::debug!(lane = %self.lane, status = %fetched.status, ?wait, "the ledger says not now");
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends one request as soon as the budget has room. Waiting for it is no part of the time for an answer.
    async fn send(&self, ask: &Ask) -> Result<Fetched, AskError> {
        let _room = self.budget.acquire().await.map_err(|_| AskError::Ending)?;
        Ok(self.fetcher.fetch(ask, self.page_bytes_max, self.answer_wait_max).await?)
    }

    fn says_not_now(&self, fetched: &Fetched) -> bool {
        let status = fetched.status;
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            return true;
        }
        status.is_client_error()
            && matches!(self.rules.meaning(Flow::FireAndForget, &answer(self.lane, fetched)), Meaning::NotNow { .. })
    }
}

/// What was fetched as the answer to a send, for the rules that read those.
fn answer(lane: Lane, fetched: &Fetched) -> Answer {
    let headers = fetched.headers.iter();
    Answer {
        attempt: 0,
        lane,
        ending: Ending::Answered,
        at: fetched.received_at,
        took: Duration::ZERO,
        status: Some(fetched.status.as_u16()),
        headers: headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec().into())).collect(),
        body: fetched.body.clone(),
        body_bytes: fetched.body.len() as u64,
        error: None,
    }
}

/// An answer that can be read as a page: 200, and as it was written.
pub(super) fn readable(fetched: &Fetched) -> Result<(), AskError> {
    let status = fetched.status;
    if status != StatusCode::OK {
        return Err(AskError::Status(status, remedy(fetched)));
    }
    let encoding = fetched.headers.get(CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match encoding.filter(|encoding| !encoding.trim().is_empty() && !encoding.eq_ignore_ascii_case("identity")) {
        Some(encoding) => Err(AskError::Encoded(encoding.into_owned())),
        None => Ok(()),
    }
}

/// What to do about a status. Where a redirect leads is shown without its query, which may hold a session.
fn remedy(fetched: &Fetched) -> String {
    match fetched.status {
        StatusCode::UNAUTHORIZED => {
            "; the ledger does not take the poll's credentials, check its `auth` and headers".into()
        }
        StatusCode::FORBIDDEN => "; the poll's credentials may not read this ledger, check their rights".into(),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "; check the poll's url and method".into(),
        status if status.is_redirection() => {
            let to = fetched.headers.get(LOCATION).map(|to| String::from_utf8_lossy(to.as_bytes()).into_owned());
            let to = to.as_deref().and_then(|to| to.split(['?', '#']).next()).unwrap_or_default().to_owned();
            format!(
                ": redirects are not followed, and this one leads to `{to}`; check the poll's url and its credentials"
            )
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    use axum::Router;
    use axum::extract::State;
    use tokio::sync::Barrier;

    use super::*;
    use crate::observe::poll::http::poll_of;

    /// Requests that are open, the most there ever were, and a barrier that opens for so many at once.
    struct Open {
        now: AtomicUsize,
        most: AtomicUsize,
        barrier: Barrier,
    }

    async fn meet(State(open): State<Arc<Open>>) -> &'static str {
        let now = open.now.fetch_add(1, Ordering::SeqCst) + 1;
        open.most.fetch_max(now, Ordering::SeqCst);
        open.barrier.wait().await;
        open.now.fetch_sub(1, Ordering::SeqCst);
        "{}"
    }

    #[tokio::test]
    async fn as_many_requests_as_the_budget_has_are_open_at_once() {
        for concurrency in [1, 2, 3] {
            let open = Arc::new(Open {
                now: AtomicUsize::new(0),
                most: AtomicUsize::new(0),
                barrier: Barrier::new(concurrency),
            });
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/", listener.local_addr().unwrap());
            let app = Router::new().fallback(meet).with_state(Arc::clone(&open));
            tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
            let ledger = Ledger::new(
                Lane::Gated,
                &HttpPoll { concurrency, ..poll_of(&url) },
                AnswerRules::default(),
                Duration::from_secs(20),
            );
            let ledger = Arc::new(ledger);
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..concurrency * 4 {
                let (ledger, ask) = (Arc::clone(&ledger), Ask::get(url.parse().unwrap(), Vec::new()));
                tasks.spawn(async move { ledger.ask(&ask, &mut Patience::default()).await.unwrap().status });
            }
            let statuses = tasks.join_all().await;
            assert_eq!(statuses, vec![StatusCode::OK; concurrency * 4]);
            assert_eq!(open.most.load(Ordering::SeqCst), concurrency);
        }
    }
}
