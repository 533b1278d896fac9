//! Every order that needs somebody, and those whose commit is still waited for, with their deadlines.

use jiff::Timestamp;
use maud::{Markup, html};

use super::parts::{choice, count_of, countdown, instant, order_link, pager, reckoned_at};
use crate::audit::live::{By, Listed, Now, OrdersAsked, Page};
use crate::dashboard::query::{ExceptionsQuery, owner_name};
use crate::journal::NoteSeen;
use crate::judge::{OrderLine, Owner};
use crate::outcome::{Lane, Witness};
use crate::report::page as part;

/// Orders whose commit is waited for that are listed, the next to be due first.
const AWAITED: usize = 20;

/// Documents of one order that are named.
const REFERENCES_SHOWN: usize = 3;

/// A page of exceptions, and what is waited for on both lanes.
type Found = ((usize, usize), (Page<Listed>, Page<OrderLine>, Page<OrderLine>));

/// What is asked for beside the exceptions.
pub(super) fn awaited() -> [OrdersAsked; 2] {
    [Lane::Legacy, Lane::Gated].map(|lane| OrdersAsked { awaited: Some(lane), rows: AWAITED, ..OrdersAsked::default() })
}

/// The page.
pub(super) fn content(now: Option<&Now>, query: &ExceptionsQuery, (at, (found, legacy, gated)): &Found) -> Markup {
    let link = |page| format!("/exceptions{}", query.at_page(page));
    let reckoned = reckoned_at(now);
    let file = format!("/exceptions.csv{}", query.at_page(1));
    html! {
        main #content {
            h1.plain { "Exceptions" }
            (filter(now, query))
            div #list data-live {
                p.lead { (count_of(found.count, "exception")) ". " a href=(file) { "Download as CSV" } }
                @if found.rows.is_empty() { p.none { "No order needs anybody here." } } @else { (table(query, &found.rows, reckoned)) }
                (pager(found.count, *at, link))
            }
            div #awaited data-live {
                (waiting(Lane::Gated, gated, reckoned))
                (waiting(Lane::Legacy, legacy, reckoned))
            }
        }
    }
}

fn filter(now: Option<&Now>, query: &ExceptionsQuery) -> Markup {
    let mut kinds: Vec<(String, String)> = now
        .map(|now| part::exception_kinds(&now.assessment))
        .unwrap_or_default()
        .into_iter()
        .map(|(kind, count)| (kind.as_str().to_owned(), format!("{} ({})", kind.as_str(), part::number(count))))
        .collect();
    if !query.fate.is_empty() && kinds.iter().all(|(kind, _)| *kind != query.fate) {
        kinds.push((query.fate.clone(), format!("{} (0)", query.fate)));
    }
    let owners = Owner::ALL.iter().map(|owner| (owner_name(*owner).to_owned(), owner.to_string())).collect::<Vec<_>>();
    let lanes = Witness::ALL.iter().map(|lane| (lane.to_string(), lane.to_string())).collect::<Vec<_>>();
    let show = [("open".to_owned(), "not acknowledged".to_owned())];
    html! {
        form.filter role="search" aria-label="Which exceptions" action="/exceptions" method="get" data-auto {
            (choice("owner", "Owner", &query.owner, &owners))
            (choice("fate", "What is the matter", &query.fate, &kinds))
            (choice("lane", "Lane", &query.lane, &lanes))
            (choice("show", "Acknowledged", if query.show == "all" { "" } else { &query.show }, &show))
            label { span { "Order begins with" } input type="search" name="q" value=(query.q) maxlength="255" autocomplete="off"; }
            @if !query.by.is_empty() { input type="hidden" name="by" value=(query.by); }
            @if !query.turned.is_empty() { input type="hidden" name="turned" value=(query.turned); }
            button type="submit" { "Show" }
        }
    }
}

fn table(query: &ExceptionsQuery, rows: &[Listed], reckoned: Timestamp) -> Markup {
    let now: By = query.by.parse().unwrap_or_default();
    let turned = query.turned == "1";
    let sorted = |by: By| (by == now).then_some(if turned { "descending" } else { "ascending" });
    let head = |name: &str, by: By| {
        html! {
            th scope="col" role="columnheader" aria-sort=[sorted(by)] {
                a href={ "/exceptions" (query.by(by)) } { (name) }
                @if by == now { span aria-hidden="true" { (if turned { " ↑" } else { " ↓" }) } }
            }
        }
    };
    html! {
        table.orders.wide role="table" aria-label="Exceptions" {
            thead role="rowgroup" {
                tr role="row" {
                    (head("Order", By::Key))
                    (head("What is the matter", By::Worst))
                    th scope="col" role="columnheader" { "Owner" }
                    (head("Age", By::Age))
                    (head("Money", By::Money))
                    th scope="col" role="columnheader" { "What to do" }
                    th scope="col" role="columnheader" { "Acknowledged" }
                }
            }
            tbody role="rowgroup" { @for listed in rows { (row(listed, reckoned)) } }
        }
    }
}

fn row(listed: &Listed, now: Timestamp) -> Markup {
    let exception = &listed.found.exception;
    let more = exception.references.len().saturating_sub(REFERENCES_SHOWN);
    html! {
        tr.(listed.found.severity) role="row" {
            th scope="row" role="rowheader" { (order_link(&exception.order_key)) }
            td role="cell" data-name="Matter" { div {
                strong { (exception.kind.as_str()) } " on " (exception.lane)
                @if let Some(reason) = &exception.reason { " " span.muted { bdi { (part::shown(reason)) } } }
                @if !exception.references.is_empty() {
                    br;
                    @for (at, number) in exception.references.iter().take(REFERENCES_SHOWN).enumerate() {
                        @if at > 0 { ", " }
                        (part::reference(number))
                    }
                    @if more > 0 { " and " (more) " more" }
                }
            } }
            td role="cell" data-name="Owner" { div { (exception.owner) } }
            td role="cell" data-name="Age" { div {
                @if let Some(at) = exception.at {
                    time datetime=(at) title={ (instant(at)) " UTC" } { (part::since(at, now)) }
                } @else { span.muted { "not known" } }
            } }
            td role="cell" data-name="Money" { div {
                @if let Some(money) = &exception.money_at_risk { span.whole { (part::money(money)) } } @else { span.muted { "not known" } }
            } }
            td role="cell" data-name="To do" { div { (part::prose(&exception.next_action)) } }
            td role="cell" data-name="Seen" { div { (acknowledged(listed)) } }
        }
    }
}

fn acknowledged(listed: &Listed) -> Markup {
    let exception = &listed.found.exception;
    html! {
        @if let Some(note) = &listed.acknowledged { (said(note)) }
        details.acknowledge {
            summary { @if listed.acknowledged.is_some() { "again" } @else { "Acknowledge" } }
            form.act data-post="/v1/notes" {
                input type="hidden" name="order_key" value=(exception.order_key);
                input type="hidden" name="lane" value=(exception.lane);
                input type="hidden" name="fate" value=(exception.kind.as_str());
                label { span { "Who" } input name="by" required maxlength="100" autocomplete="name"; }
                label { span { "Note" } textarea name="note" rows="2" maxlength="2000" {} }
                button type="submit" { "Acknowledge" }
                p.said role="status" {}
            }
        }
    }
}

/// A note, as it stands beside what it is about.
pub(super) fn said(note: &NoteSeen) -> Markup {
    html! {
        p.said-by {
            @if let Some(by) = &note.detail.by { strong { (part::shown(by)) } ", " }
            time.whole datetime=(note.at) { (instant(note.at)) " UTC" }
            @if !note.detail.note.is_empty() { br; bdi { (part::shown(&note.detail.note)) } }
        }
    }
}

/// Orders that a lane has promised and not committed yet.
fn waiting(lane: Lane, page: &Page<OrderLine>, now: Timestamp) -> Markup {
    let title = format!("Awaited on {lane}: {}", part::number(page.count as u64));
    let rows = page.rows.iter().filter_map(|line| Some((line, (*line.awaited.get(lane))?)));
    let id = format!("awaited-{lane}");
    html! {
        section aria-labelledby=(id) {
            h2 #(id) { (title) }
            p.lead { "Orders that this path has promised and no ledger shows yet. Past its deadline an order is an Ingestion Pending Audit." }
            @if page.rows.is_empty() { p { "None." } } @else {
                table.orders role="table" aria-label=(title) {
                    thead role="rowgroup" { tr role="row" {
                        @for name in ["Order", "Deadline", "Sent (UTC)", "State"] { th scope="col" role="columnheader" { (name) } }
                    } }
                    tbody role="rowgroup" {
                        @for (line, awaited) in rows {
                            tr role="row" {
                                th scope="row" role="rowheader" { (order_link(&line.key)) }
                                td role="cell" data-name="Deadline" { div { (countdown(awaited.due_at, now)) } }
                                td role="cell" data-name="Sent (UTC)" { div { span.whole { (instant(awaited.since)) } } }
                                td role="cell" data-name="State" { div {
                                    @if awaited.flagged { strong { "flagged: Ingestion Pending Audit" } }
                                    @else if awaited.due_at < now { strong.bad { "Ingestion Pending Audit" } }
                                    @else { "waiting" }
                                } }
                            }
                        }
                    }
                }
                @if page.count > page.rows.len() {
                    p.note { a href={ "/orders?awaited=" (lane) } { "All " (part::number(page.count as u64)) } }
                }
            }
        }
    }
}
