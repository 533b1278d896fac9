//! Orders by fate and parity, the newest first.

use jiff::Timestamp;
use maud::{Markup, html};

use super::parts::{choice, count_of, countdown, instant, order_link, pager, reckoned_at};
use crate::audit::live::{Now, Page};
use crate::dashboard::query::OrdersQuery;
use crate::judge::{Fate, OrderLine, Parity};
use crate::outcome::Lane;
use crate::report::page as part;

/// The page.
pub(super) fn content(now: Option<&Now>, query: &OrdersQuery, at: (usize, usize), found: &Page<OrderLine>) -> Markup {
    let link = |page| format!("/orders{}", query.at_page(page));
    html! {
        main #content {
            h1.plain { "Orders" }
            (filter(query))
            div #list data-live {
                p.lead { (count_of(found.count, "order")) @if !query.q.is_empty() { " that begin with " (part::key(query.q.trim())) } "." }
                @if found.rows.is_empty() {
                    p.none { "No order is like that. Order numbers are found as the customer has them, with or without " code { "#" } ", and by their beginning." }
                } @else { (table(&found.rows, reckoned_at(now))) }
                (pager(found.count, at, link))
            }
        }
    }
}

fn filter(query: &OrdersQuery) -> Markup {
    let names = |all: Vec<String>| all.into_iter().map(|name| (name.clone(), name)).collect::<Vec<_>>();
    let fates = names(Fate::ALL.iter().map(ToString::to_string).collect());
    let parities = names(Parity::ALL.iter().map(ToString::to_string).collect());
    let lanes = names(Lane::ALL.iter().map(ToString::to_string).collect());
    html! {
        form.filter role="search" aria-label="Which orders" action="/orders" method="get" data-auto {
            (choice("fate", "Fate", &query.fate, &fates))
            (choice("lane", "on lane", &query.lane, &lanes))
            (choice("parity", "Parity", &query.parity, &parities))
            (choice("awaited", "Commit awaited on", &query.awaited, &lanes))
            label { span { "Order begins with" } input type="search" name="q" value=(query.q) maxlength="255" autocomplete="off"; }
            button type="submit" { "Show" }
        }
    }
}

fn table(lines: &[OrderLine], now: Timestamp) -> Markup {
    html! {
        table.orders.wide role="table" aria-label="Orders" {
            thead role="rowgroup" { tr role="row" {
                @for name in ["Order", "Received (UTC)", "legacy", "gated", "Parity", "Deadline"] { th scope="col" role="columnheader" { (name) } }
            } }
            tbody role="rowgroup" {
                @for line in lines {
                    tr role="row" {
                        th scope="row" role="rowheader" { (order_link(&line.key)) }
                        td role="cell" data-name="Received" { div { span.whole { (instant(line.received_at)) } } }
                        @for lane in Lane::ALL {
                            @let fate = *line.fates.get(*lane);
                            td role="cell" data-name=(lane) { div { span.fate.(part::tone_of_fate(fate)) { (fate) } } }
                        }
                        td role="cell" data-name="Parity" { div { (line.parity) } }
                        td role="cell" data-name="Deadline" { div {
                            @for lane in Lane::ALL {
                                @if let Some(awaited) = line.awaited.get(*lane) { div { (lane) ": " (countdown(awaited.due_at, now)) } }
                            }
                        } }
                    }
                }
            }
        }
    }
}
