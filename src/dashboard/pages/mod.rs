//! The pages: each whole by itself, and renewed in place by the script where something has changed.

mod exceptions;
mod order;
mod orders;
mod overview;
mod parts;

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use hyper::{StatusCode, Uri};
use maud::{DOCTYPE, Markup, html};
use tokio::task::spawn_blocking;

use super::api::{ListError, list, look_up};
use super::query::{ExceptionsQuery, OrdersQuery, escaped, page_of};
use super::{Dashboard, Shared, page};
use crate::audit::live::Now;
use crate::audit::{AuditError, OrderFound};
use crate::clock;
use crate::journal::{ReadError, Reader};
use crate::order::OrderKey;
use crate::outcome::Capture;
use crate::report::masked_captures;
use crate::report::page as part;

/// The places that the navigation leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Overview,
    Exceptions,
    Orders,
    Signals,
}

/// A page with nothing but its content.
pub(super) fn bare(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · paritee" }
                link rel="icon" href="/favicon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/dashboard.css";
                script src="/dashboard.js" defer {}
            }
            body { (content) }
        }
    }
}

/// A page with its navigation. What is renewed are the elements with `data-live`, each by its id.
fn shell(dashboard: &Dashboard, title: &str, place: Option<Place>, now: Option<&Now>, content: &Markup) -> String {
    let has_sessions = dashboard.parts.guard.has_sessions();
    let link = |to: Place, path: &str, name: &str| {
        html! { a href=(path) aria-current=[(place == Some(to)).then_some("page")] { (name) } }
    };
    let content = html! {
        a.skip href="#content" { "To the content" }
        header.top {
            div.bar-of {
                a.brand href="/" { "paritee" }
                nav aria-label="Pages" {
                    (link(Place::Overview, "/", "Overview"))
                    (link(Place::Exceptions, "/exceptions", "Exceptions"))
                    (link(Place::Orders, "/orders", "Orders"))
                    (link(Place::Signals, "/signals", "Signals"))
                }
                form.find role="search" action="/orders" method="get" {
                    label.unseen for="find" { "Order number" }
                    input #find type="search" name="q" placeholder="Order number" autocomplete="off" maxlength="255";
                    button type="submit" { "Find" }
                }
                div #state data-live {
                    @if let Some(now) = now {
                        a.state href="/" { (part::mark(now.assessment.decision)) }
                    }
                }
                p #connection role="status" { "live" }
                @if has_sessions { form.leave method="post" action="/logout" { button type="submit" { "Log out" } } }
            }
        }
        (content)
        footer {
            data #clock hidden value=(clock::now().as_millisecond()) {}
            p #about data-live {
                @match now {
                    Some(now) => {
                        "Run " (now.assessment.run.number) ", judged as of "
                        time datetime=(now.assessment.run.as_of) { (parts::instant(now.assessment.run.as_of)) " UTC" }
                        ", the journal's last seal. Personal data is masked. Keep the report as of now: "
                        a href="/report.html" { "HTML" } ", " a href="/report.md" { "Markdown" } ", " a href="/report.json" { "JSON" } "."
                    }
                    None => "Nothing was judged yet.",
                }
            }
            p { "paritee " (env!("CARGO_PKG_VERSION")) " · " a href="/v1/openapi.json" { "API" } }
        }
    };
    bare(title, &content).into_string()
}

/// `GET /`
pub(super) async fn overview(State(dashboard): Shared) -> Response {
    let make = |now: Option<Now>| async {
        let now = now;
        let charts = match &now {
            Some(now) => list(&dashboard, overview::asked(now)).await.ok(),
            None => None,
        };
        let content = overview::content(now.as_ref(), dashboard.gauges().as_ref(), charts.as_ref());
        Ok(shell(&dashboard, "Overview", Some(Place::Overview), now.as_ref(), &content).into())
    };
    shown(&dashboard, Place::Overview, dashboard.kept("/", make).await)
}

/// `GET /exceptions`
pub(super) async fn exceptions(State(dashboard): Shared, uri: Uri, Query(query): Query<ExceptionsQuery>) -> Response {
    let make = |now: Option<Now>| async {
        let now = now;
        let asked = query.asked()?;
        let at = (page_of(asked.skip, asked.rows), asked.rows);
        let [legacy, gated] = exceptions::awaited();
        let found = list(&dashboard, move |index| {
            Ok((index.exceptions(&asked)?, index.orders(&legacy)?, index.orders(&gated)?))
        });
        let listed = (at, found.await?);
        let content = exceptions::content(now.as_ref(), &query, &listed);
        Ok(shell(&dashboard, "Exceptions", Some(Place::Exceptions), now.as_ref(), &content).into())
    };
    let asked_for = uri.path_and_query().map_or("", |path| path.as_str());
    shown(&dashboard, Place::Exceptions, dashboard.kept(asked_for, make).await)
}

/// `GET /orders`: a list, or straight to the order that goes by the name that was typed.
pub(super) async fn orders(State(dashboard): Shared, Query(query): Query<OrdersQuery>) -> Response {
    let now = dashboard.now();
    let typed = query.q.trim();
    let is_name_alone = OrdersQuery { q: query.q.clone(), ..OrdersQuery::default() } == query;
    if is_name_alone
        && let Ok(name) = OrderKey::new(typed)
        && let Ok(OrderFound::Order(seen)) = look_up(&dashboard, name).await
    {
        return Redirect::to(&format!("/orders/{}", escaped(seen.timeline.key.as_str()))).into_response();
    }
    let listed = async {
        let asked = query.asked()?;
        let at = (page_of(asked.skip, asked.rows), asked.rows);
        Ok::<_, ListError>((at, list(&dashboard, move |index| index.orders(&asked)).await?))
    };
    match listed.await {
        Ok((at, found)) => {
            let content = orders::content(now.as_ref(), &query, at, &found);
            page(StatusCode::OK, shell(&dashboard, "Orders", Some(Place::Orders), now.as_ref(), &content))
        }
        Err(error) => refused(&dashboard, now.as_ref(), Place::Orders, &error),
    }
}

/// `GET /orders/{key}`
pub(super) async fn order(State(dashboard): Shared, Path(name): Path<String>) -> Response {
    let now = dashboard.now();
    let Ok(key) = OrderKey::new(&name) else {
        return said(
            &dashboard,
            now.as_ref(),
            StatusCode::BAD_REQUEST,
            "This is no order number",
            "An order number has 1 to 255 bytes.",
        );
    };
    match look_up(&dashboard, key).await {
        Ok(OrderFound::Order(seen)) => {
            let rows = seen.timeline.captures.iter().map(|capture| capture.row).collect();
            let captures = captures(&dashboard, rows).await.unwrap_or_default();
            let notes = order::notes(&dashboard, &seen.timeline.key).await;
            let content = order::content(&seen, &captures, &notes);
            let title = format!("Order {}", part::shown(seen.timeline.key.as_str()));
            page(StatusCode::OK, shell(&dashboard, &title, Some(Place::Orders), now.as_ref(), &content))
        }
        Ok(OrderFound::Nothing { similar, documents_on }) => {
            let content = order::nothing(&name, &similar, &documents_on);
            page(StatusCode::NOT_FOUND, shell(&dashboard, "No such order", Some(Place::Orders), now.as_ref(), &content))
        }
        Err(Some(AuditError::Shared { .. })) => {
            let why = "Several orders go by this name: ask by the order key. The list of orders has those that begin like it.";
            said(&dashboard, now.as_ref(), StatusCode::CONFLICT, "More than one order", why)
        }
        Err(why) => {
            let why = why
                .map_or_else(|| "The process is ending.".to_owned(), |why| format!("{:#}", anyhow::Error::from(why)));
            said(&dashboard, now.as_ref(), StatusCode::SERVICE_UNAVAILABLE, "The journal can't be read", &why)
        }
    }
}

/// Captures as they came, masked.
async fn captures(dashboard: &Arc<Dashboard>, rows: Vec<i64>) -> Option<Vec<Capture>> {
    /// Captures that are shown; an order that came more often is a fault of its own.
    const CAPTURES_MAX: usize = 50;
    let path = dashboard.parts.watch.path().to_owned();
    let read = spawn_blocking(move || {
        let reader = Reader::open(&path)?;
        let mut captures = Vec::new();
        for row in rows.into_iter().take(CAPTURES_MAX) {
            captures.extend(reader.capture(row)?.map(|(_, capture)| capture));
        }
        masked_captures(&mut captures);
        Ok::<_, ReadError>(captures)
    });
    read.await.ok()?.ok()
}

/// `GET /signals`
pub(super) async fn signals(State(dashboard): Shared) -> Response {
    let make = |now: Option<Now>| async {
        let now = now;
        let content = html! {
            main #content data-live {
                h1.plain { "Signals" }
                @match &now {
                    Some(now) if now.assessment.totals.orders_captured > 0 => (part::signals(&now.assessment)),
                    Some(_) => p { "No order was captured yet." },
                    None => p { "Nothing was judged yet." },
                }
            }
        };
        Ok(shell(&dashboard, "Signals", Some(Place::Signals), now.as_ref(), &content).into())
    };
    shown(&dashboard, Place::Signals, dashboard.kept("/signals", make).await)
}

/// A page that was made, or why there is none.
fn shown(dashboard: &Dashboard, place: Place, made: Result<Bytes, ListError>) -> Response {
    match made {
        Ok(bytes) => page(StatusCode::OK, bytes),
        Err(error) => refused(dashboard, dashboard.now().as_ref(), place, &error),
    }
}

/// A page that says why there is nothing to see.
fn refused(dashboard: &Dashboard, now: Option<&Now>, place: Place, error: &ListError) -> Response {
    let content = html! {
        main #content data-live {
            h1.plain { "Not shown" }
            p { (part::prose(&error.to_string())) }
        }
    };
    page(error.status(), shell(dashboard, "Not shown", Some(place), now, &content))
}

fn said(dashboard: &Dashboard, now: Option<&Now>, status: StatusCode, title: &str, why: &str) -> Response {
    let content = html! { main #content { h1.plain { (title) } p { (part::prose(why)) } } };
    page(status, shell(dashboard, title, None, now, &content))
}
