//! The dashboard on the admin port: pages for people, JSON and events for machines, while a run goes on.
//!
//! Pages are made on the server from what [`crate::audit::live`] has judged; a small script renews them when something has
//! changed. Nothing here is on the way of an order, and nothing that is judged depends on it.

mod api;
mod assets;
mod csv;
mod events;
mod login;
pub mod metrics;
mod notes;
pub mod notify;
mod pages;
mod query;
mod stream;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use hyper::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::audit::live::{Now, Watch};
use crate::clock;
use crate::journal::Journal;
use crate::net::{Guard, NotLetIn};

/// Pages that are kept for a second: whoever looks at the same sees the same bytes.
const PAGES_KEPT: usize = 64;

/// Streams of events at once.
const STREAMS_MAX: usize = 512;

/// What a page may do: its own style and script, requests to where it came from, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

/// What only others know of the sidecar at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Whether the shadow is paused.
    pub paused: bool,
    /// Copies that are being sent.
    pub sending: usize,
    /// Captures that the shadow has in memory, those that are being sent included.
    pub held: usize,
    /// Whether more wait in the journal.
    pub lagging: bool,
    /// Requests as they were counted since the start.
    pub counts: BTreeMap<String, u64>,
}

/// Where gauges are read.
pub type Look = Arc<dyn Fn() -> Gauges + Send + Sync>;

/// What the dashboard is made of.
pub struct Parts {
    /// What is judged.
    pub watch: Watch,
    /// Where notes are recorded.
    pub journal: Journal,
    /// Who is let in.
    pub guard: Guard,
    /// What only others know; `None`: there is no sidecar behind it, as beside a world that is over.
    pub look: Option<Look>,
    /// Ends streams of events.
    pub stop: CancellationToken,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("watch", &self.watch).finish_non_exhaustive()
    }
}

/// What all handlers work with.
struct Dashboard {
    parts: Parts,
    kept: Mutex<Kept>,
    making: tokio::sync::Mutex<()>,
    streams: Arc<Semaphore>,
}

/// Pages of one moment, by what was asked for.
#[derive(Default)]
struct Kept {
    of: Moment,
    pages: HashMap<String, Bytes>,
}

/// What a page says, and when: ages and gauges move on while nothing is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Moment {
    /// The journal's head; `None`: nothing was judged yet.
    head: Option<String>,
    second: i64,
}

type Shared = State<Arc<Dashboard>>;

/// The routes.
pub fn router(parts: Parts) -> Router {
    let dashboard = Arc::new(Dashboard {
        parts,
        kept: Mutex::default(),
        making: tokio::sync::Mutex::default(),
        streams: Arc::new(Semaphore::new(STREAMS_MAX)),
    });
    let inside = Router::new()
        .route("/", get(pages::overview))
        .route("/exceptions", get(pages::exceptions))
        .route("/exceptions.csv", get(csv::exceptions))
        .route("/orders", get(pages::orders))
        .route("/orders/{key}", get(pages::order))
        .route("/signals", get(pages::signals))
        .route("/report.html", get(api::report_html))
        .route("/report.json", get(api::report_json))
        .route("/report.md", get(api::report_markdown))
        .route("/v1/assessment", get(api::assessment))
        .route("/v1/orders", get(api::orders))
        .route("/v1/orders/{key}", get(api::order))
        .route("/v1/exceptions", get(api::exceptions))
        .route("/v1/events", get(events::events))
        .route("/v1/notes", post(notes::take))
        .route("/v1/openapi.json", get(api::openapi))
        .layer(from_fn_with_state(Arc::clone(&dashboard), guarded));
    let outside = Router::new()
        .route("/login", get(login::ask).post(login::take))
        .route("/logout", post(login::leave))
        .route("/dashboard.css", get(assets::style))
        .route("/dashboard.js", get(assets::script))
        .route("/favicon.svg", get(assets::icon));
    inside.merge(outside).with_state(dashboard)
}

/// Lets a request in, or not: people without a session are sent to where they can have one, machines are told.
async fn guarded(State(dashboard): Shared, request: Request, next: Next) -> Response {
    let is_page = !request.uri().path().starts_with("/v1/") && request.method() == Method::GET;
    let guard = &dashboard.parts.guard;
    let checked = if request.method() == Method::GET {
        guard.check_view(request.headers())
    } else {
        guard.check(request.headers())
    };
    match checked {
        Ok(()) => next.run(request).await,
        Err(NotLetIn::Unauthorized) if is_page => {
            let to = request.uri().path_and_query().map_or("/", |path| path.as_str());
            Redirect::to(&format!("/login?to={}", query::escaped(to))).into_response()
        }
        Err(error) => refused(error),
    }
}

/// Says why a request is not let in.
fn refused(error: NotLetIn) -> Response {
    let status = match error {
        NotLetIn::Forbidden(_) => StatusCode::FORBIDDEN,
        NotLetIn::Unauthorized => StatusCode::UNAUTHORIZED,
    };
    let mut response = api::error(status, &error.to_string());
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

impl Dashboard {
    fn now(&self) -> Option<Now> {
        self.parts.watch.now()
    }

    fn gauges(&self) -> Option<Gauges> {
        self.parts.look.as_ref().map(|look| look())
    }

    /// A page as it was made within this second, of what is judged now; or made now. One is made at a time: who asks for the same
    /// waits for it, so that many who look cost as little as one.
    async fn kept<E, M>(&self, asked: &str, make: impl FnOnce(Option<Now>) -> M + Send) -> Result<Bytes, E>
    where
        M: Future<Output = Result<Bytes, E>> + Send,
    {
        if let Some(page) = self.kept_now(asked).1 {
            return Ok(page);
        }
        let _one_at_a_time = self.making.lock().await;
        let (of, page) = self.kept_now(asked);
        if let Some(page) = page {
            return Ok(page);
        }
        let page = make(self.now()).await?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.of == of && kept.pages.len() < PAGES_KEPT {
            kept.pages.insert(asked.to_owned(), page.clone());
        }
        Ok(page)
    }

    /// The moment that it is, and the page that was made for it.
    fn kept_now(&self, asked: &str) -> (Moment, Option<Bytes>) {
        let head = self.now().map(|now| now.assessment.run.journal_head.clone());
        let of = Moment { head, second: clock::now().as_second() };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.of != of {
            *kept = Kept { of: of.clone(), pages: HashMap::new() };
        }
        (of, kept.pages.get(asked).cloned())
    }
}

/// An answer with a page.
fn page(status: StatusCode, html: impl Into<Body>) -> Response {
    let mut response = (status, html.into()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Told nothing, browsers would send forms of our own pages as if they were of another site (`Origin: null`).
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
