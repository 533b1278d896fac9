//! All about one order.

use maud::{Markup, html};

use super::exceptions::said;
use super::parts::order_link;
use crate::audit::OrderSeen;
use crate::audit::live::{ExceptionsAsked, Listed};
use crate::dashboard::Dashboard;
use crate::dashboard::api::list;
use crate::order::OrderKey;
use crate::outcome::{Capture, Lane};
use crate::report::page as part;

/// Exceptions of one order: some for each lane and the census.
const EXCEPTIONS: usize = 20;

/// What is to be done about an order, and what was written about that.
pub(super) async fn notes(dashboard: &Dashboard, key: &OrderKey) -> Vec<Listed> {
    let asked =
        ExceptionsAsked { begins: Some(key.as_str().to_owned()), rows: EXCEPTIONS, ..ExceptionsAsked::default() };
    let found = list(dashboard, move |index| index.exceptions(&asked)).await;
    let found = found.map(|page| page.rows).unwrap_or_default();
    found.into_iter().filter(|listed| listed.found.exception.order_key == *key).collect()
}

/// The page.
pub(super) fn content(seen: &OrderSeen, captures: &[Capture], notes: &[Listed]) -> Markup {
    let OrderSeen { run, policy, timeline, verdict } = seen;
    html! {
        main #content {
            div #order data-live {
                h1.plain { "Order " (part::key(timeline.key.as_str())) " " span.muted { "run " (run) } }
                @for listed in notes { (to_do(listed)) }
                (part::order(timeline, verdict, policy, captures))
            }
        }
    }
}

fn to_do(listed: &Listed) -> Markup {
    let exception = &listed.found.exception;
    html! {
        div.task.(listed.found.severity) {
            p { strong { (exception.kind.as_str()) " on " (exception.lane) } ", for " (exception.owner) ": " (part::prose(&exception.next_action)) }
            @if let Some(note) = &listed.acknowledged { (said(note)) }
        }
    }
}

/// What there is in place of an order that isn't.
pub(super) fn nothing(name: &str, similar: &[OrderKey], documents_on: &[Lane]) -> Markup {
    html! {
        main #content {
            h1.plain { "No order " (part::key(name)) " was captured" }
            @for lane in documents_on { p { "Yet the " (lane) " ledger has a document of that name: it came round the tee, or from before the run." } }
            @if similar.is_empty() {
                p { "Nothing looks like it. Order numbers are found as the customer has them, with or without " code { "#" } "." }
            } @else {
                p { "There is:" }
                ul { @for key in similar { li { (order_link(key)) } } }
            }
        }
    }
}
