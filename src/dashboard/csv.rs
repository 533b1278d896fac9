//! `GET /exceptions.csv`: every exception of a filter, for a spreadsheet.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use tokio::task::spawn_blocking;

use super::query::ExceptionsQuery;
use super::{Shared, api, stream};
use crate::audit::live::{ExceptionsAsked, Index, Listed};

/// Rows that are asked for at once.
const AT_ONCE: usize = 500;

const NAMES: &str = "order_key,lane,fate,severity,owner,since,currency,money_at_risk,reason_class,reason,documents,next_action,\
                     acknowledged_at,acknowledged_by,note\r\n";

/// The file. It is written while it is sent, however long it is.
pub(super) async fn exceptions(State(dashboard): Shared, Query(query): Query<ExceptionsQuery>) -> Response {
    let asked = match query.asked() {
        Ok(asked) => asked,
        Err(error) => return api::error(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let Some(index) = dashboard.parts.watch.index() else {
        return api::error(StatusCode::SERVICE_UNAVAILABLE, "nothing was judged yet; try again in a moment");
    };
    let (sender, body) = stream::body();
    spawn_blocking(move || {
        let sent = |text: String| sender.blocking_send(Bytes::from(text)).is_ok();
        if sent(NAMES.to_owned()) {
            each_part(&index, asked, sent);
        }
    });
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"exceptions.csv\""));
    response
}

fn each_part(index: &Arc<Index>, asked: ExceptionsAsked, sent: impl Fn(String) -> bool) {
    let mut asked = ExceptionsAsked { skip: 0, rows: AT_ONCE, ..asked };
    loop {
        match index.exceptions(&asked) {
            Ok(page) => {
                let text: String = page.rows.iter().map(row).collect();
                if page.rows.is_empty() || !sent(text) {
                    return;
                }
                asked.skip += page.rows.len();
            }
            Err(error) => {
                tracing::warn!(%error, "a list of exceptions ended early");
                return;
            }
        }
    }
}

fn row(listed: &Listed) -> String {
    let exception = &listed.found.exception;
    let money = exception.money_at_risk.as_ref();
    let note = listed.acknowledged.as_ref();
    let cells = [
        exception.order_key.as_str().to_owned(),
        exception.lane.to_string(),
        exception.kind.as_str().to_owned(),
        listed.found.severity.to_string(),
        exception.owner.to_string(),
        exception.at.map(|at| at.to_string()).unwrap_or_default(),
        money.map(|money| money.currency.clone()).unwrap_or_default(),
        money.map(|money| money.amount.to_string()).unwrap_or_default(),
        exception.reason_class.map(|class| class.to_string()).unwrap_or_default(),
        exception.reason.clone().unwrap_or_default(),
        exception.references.join(" "),
        exception.next_action.clone(),
        note.map(|note| note.at.to_string()).unwrap_or_default(),
        note.and_then(|note| note.detail.by.clone()).unwrap_or_default(),
        note.map(|note| note.detail.note.clone()).unwrap_or_default(),
    ];
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell (RFC 4180). What a spreadsheet would take for a formula begins with an apostrophe; a negative amount doesn't.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_its_row() {
        for (text, expected) in [
            ("1001", "1001"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-12.50", "-12.50"),
            ("-cmd|x", "'-cmd|x"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
