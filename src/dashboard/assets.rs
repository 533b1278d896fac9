//! What pages load: one style sheet and one script, both part of the binary.

use axum::response::{IntoResponse, Response};
use hyper::header::{CONTENT_TYPE, HeaderValue};

use crate::report::page::SHEET;

const STYLE: &str = include_str!("assets/dashboard.css");
const SCRIPT: &str = include_str!("assets/dashboard.js");
const ICON: &str = include_str!("assets/favicon.svg");

fn asset(content: impl IntoResponse, media_type: &'static str) -> Response {
    let mut response = content.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// `GET /dashboard.css`: the report's sheet, and what only a dashboard has.
pub(super) async fn style() -> Response {
    asset(format!("{SHEET}\n{STYLE}"), "text/css; charset=utf-8")
}

/// `GET /dashboard.js`
pub(super) async fn script() -> Response {
    asset(SCRIPT, "text/javascript; charset=utf-8")
}

/// `GET /favicon.svg`
pub(super) async fn icon() -> Response {
    asset(ICON, "image/svg+xml")
}
