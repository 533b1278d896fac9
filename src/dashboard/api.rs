//! The JSON API, as `docs/openapi.json` describes it; and the report as of now, to be kept.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::query::{ExceptionsQuery, OrdersQuery, QueryError, page_of};
use super::{Dashboard, Shared};
use crate::audit::live::{Index, IndexError, Listed, Now, Page};
use crate::audit::{AuditError, OrderFound, OrderSeen};
use crate::journal::NoteSeen;
use crate::judge::{Assessment, Awaited, OrderLine};
use crate::order::OrderKey;
use crate::report;

/// The description of this interface.
const OPENAPI: &str = include_str!("../../docs/openapi.json");

/// What is said as long as nothing was judged.
const NOTHING_YET: &str = "nothing was judged yet; try again in a moment";

/// An answer in JSON.
pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    let mut response = (status, format!("{value}\n")).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Why there is no answer.
pub(super) fn error(status: StatusCode, why: &str) -> Response {
    json(status, &json!({ "error": why }))
}

/// Why a list can't be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListError {
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error("nothing was judged yet; try again in a moment")]
    Nothing,
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error("the process is ending")]
    Ending,
}

impl ListError {
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Query(_) => StatusCode::BAD_REQUEST,
            Self::Nothing | Self::Ending => StatusCode::SERVICE_UNAVAILABLE,
            Self::Index(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Asks the lists, away from the tasks that must not wait.
pub(super) async fn list<T: Send + 'static>(
    dashboard: &Dashboard,
    ask: impl FnOnce(&Index) -> Result<T, IndexError> + Send + 'static,
) -> Result<T, ListError> {
    let index = dashboard.parts.watch.index().ok_or(ListError::Nothing)?;
    let asked = spawn_blocking(move || ask(&index)).await;
    let asked = asked.map_err(|_| ListError::Ending)?;
    if let Err(error) = &asked {
        tracing::error!(error = error as &dyn std::error::Error, "a list of orders can't be had");
    }
    Ok(asked?)
}

/// An order by its key or another name, masked.
pub(super) async fn look_up(dashboard: &Arc<Dashboard>, name: OrderKey) -> Result<OrderFound, Option<AuditError>> {
    let watch = dashboard.parts.watch.clone();
    let found = spawn_blocking(move || watch.order(&name)).await.map_err(|_| None)?.map_err(Some)?;
    Ok(match found {
        OrderFound::Order(mut seen) => {
            report::masked_order(&mut seen.timeline, &mut seen.verdict);
            OrderFound::Order(seen)
        }
        nothing @ OrderFound::Nothing { .. } => nothing,
    })
}

/// `GET /v1/assessment`: what `paritee report --format json` says of this moment.
pub(super) async fn assessment(State(dashboard): Shared) -> Response {
    whole(&dashboard, "application/json", None, as_json).await
}

/// `GET /report.html`
pub(super) async fn report_html(State(dashboard): Shared) -> Response {
    whole(&dashboard, "text/html; charset=utf-8", Some("html"), report::html).await
}

/// `GET /report.json`
pub(super) async fn report_json(State(dashboard): Shared) -> Response {
    whole(&dashboard, "application/json", Some("json"), as_json).await
}

/// `GET /report.md`
pub(super) async fn report_markdown(State(dashboard): Shared) -> Response {
    whole(&dashboard, "text/markdown; charset=utf-8", Some("md"), report::markdown).await
}

fn as_json(assessment: &Assessment) -> String {
    report::json(assessment).unwrap_or_else(|error| json!({ "error": error.to_string() }).to_string())
}

/// The whole assessment in one format, `to_keep` as a file of this kind.
async fn whole(
    dashboard: &Dashboard,
    media_type: &'static str,
    to_keep: Option<&str>,
    format: fn(&Assessment) -> String,
) -> Response {
    let made = |now: Option<Now>| async move {
        let now = now.ok_or(ListError::Nothing)?;
        // Some megabytes may be written: away from the tasks that must not wait.
        let written = spawn_blocking(move || format(&now.assessment)).await;
        written.map(Bytes::from).map_err(|_| ListError::Ending)
    };
    let bytes = match dashboard.kept(&format!("report {media_type}"), made).await {
        Ok(bytes) => bytes,
        Err(why) => return error(why.status(), &why.to_string()),
    };
    let Some(now) = dashboard.now() else { return error(StatusCode::SERVICE_UNAVAILABLE, NOTHING_YET) };
    let run = &now.assessment.run;
    let mut response = bytes.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Some(kind) = to_keep {
        let at = run.as_of.strftime("%Y%m%dT%H%M%SZ");
        let name = format!("attachment; filename=\"paritee-run{}-{at}.{kind}\"", run.number);
        if let Ok(name) = HeaderValue::from_str(&name) {
            response.headers_mut().insert(CONTENT_DISPOSITION, name);
        }
    }
    response
}

/// `GET /v1/orders`
pub(super) async fn orders(State(dashboard): Shared, Query(query): Query<OrdersQuery>) -> Response {
    let listed = async {
        let asked = query.asked()?;
        let at = (page_of(asked.skip, asked.rows), asked.rows);
        Ok::<_, ListError>((at, list(&dashboard, move |index| index.orders(&asked)).await?))
    };
    answer(listed.await, "orders", order_line)
}

/// `GET /v1/exceptions`
pub(super) async fn exceptions(State(dashboard): Shared, Query(query): Query<ExceptionsQuery>) -> Response {
    let listed = async {
        let asked = query.asked()?;
        let at = (page_of(asked.skip, asked.rows), asked.rows);
        Ok::<_, ListError>((at, list(&dashboard, move |index| index.exceptions(&asked)).await?))
    };
    answer(listed.await, "exceptions", exception)
}

/// A page of a list.
fn answer<T>(listed: Result<((usize, usize), Page<T>), ListError>, what: &str, row: impl Fn(&T) -> Value) -> Response {
    match listed {
        Ok(((page, rows), found)) => {
            let all: Vec<Value> = found.rows.iter().map(row).collect();
            json(StatusCode::OK, &json!({ "count": found.count, "page": page, "rows": rows, what: all }))
        }
        Err(why) => error(why.status(), &why.to_string()),
    }
}

/// `GET /v1/orders/{key}`
pub(super) async fn order(State(dashboard): Shared, Path(name): Path<String>) -> Response {
    let Ok(name) = OrderKey::new(&name) else {
        return error(StatusCode::BAD_REQUEST, "an order key has 1 to 255 bytes, and no control characters");
    };
    match look_up(&dashboard, name.clone()).await {
        Ok(OrderFound::Order(seen)) => {
            let OrderSeen { run, policy, timeline, verdict } = *seen;
            json(StatusCode::OK, &report::order_json(run, &timeline, &verdict, &policy))
        }
        Ok(OrderFound::Nothing { similar, documents_on }) => {
            let similar: Vec<&str> = similar.iter().map(OrderKey::as_str).collect();
            let ledgers: Vec<&str> = documents_on.iter().map(|lane| lane.as_str()).collect();
            let why = format!("no order {name} was captured");
            json(StatusCode::NOT_FOUND, &json!({ "error": why, "similar": similar, "documents_on": ledgers }))
        }
        Err(Some(AuditError::Shared { name })) => error(StatusCode::CONFLICT, &AuditError::Shared { name }.to_string()),
        Err(Some(why)) => error(StatusCode::SERVICE_UNAVAILABLE, &format!("{:#}", anyhow::Error::from(why))),
        Err(None) => error(StatusCode::SERVICE_UNAVAILABLE, "the process is ending"),
    }
}

/// `GET /v1/openapi.json`
pub(super) async fn openapi() -> Response {
    let mut response = OPENAPI.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn order_line(line: &OrderLine) -> Value {
    let awaited = |awaited: Option<Awaited>| {
        awaited.map(
            |one| json!({ "since": one.since.to_string(), "due_at": one.due_at.to_string(), "flagged": one.flagged }),
        )
    };
    json!({
        "order_key": line.key.as_str(),
        "received_at": line.received_at.to_string(),
        "fates": { "legacy": line.fates.legacy.as_str(), "gated": line.fates.gated.as_str() },
        "parity": line.parity.as_str(),
        "awaited": { "legacy": awaited(line.awaited.legacy), "gated": awaited(line.awaited.gated) },
    })
}

fn exception(listed: &Listed) -> Value {
    let exception = &listed.found.exception;
    let note = |note: &NoteSeen| json!({ "row": note.row, "at": note.at.to_string(), "by": note.detail.by, "note": note.detail.note });
    json!({
        "order_key": exception.order_key.as_str(),
        "lane": exception.lane.as_str(),
        "fate": exception.kind.as_str(),
        "severity": listed.found.severity.as_str(),
        "owner": super::query::owner_name(exception.owner),
        "at": exception.at.map(|at| at.to_string()),
        "money_at_risk": exception.money_at_risk.as_ref()
            .map(|money| json!({ "currency": money.currency, "amount": money.amount.to_string() })),
        "reason_class": exception.reason_class.map(|class| class.as_str()),
        "reason": exception.reason,
        "references": exception.references,
        "next_action": exception.next_action,
        "acknowledged": listed.acknowledged.as_ref().map(note),
    })
}
