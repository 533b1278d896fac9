//! One order for a browser: what to tell the customer, what became of it on both lanes, all that happened, the documents
//! beside each other, what the comparison found, the captures as they came.

use bytes::Bytes;
use maud::{Markup, html};

use super::parts::{class, key, prose, reference, scrolled, section as titled};
use super::{cut, name, shown, words};
use crate::judge::{DocumentSeen, DocumentState, Policy, Timeline, Verdict};
use crate::outcome::{Capture, Lane, PerLane, Role};
use crate::report::document::document;
use crate::report::layout::{Style, instant, span};
use crate::report::order::{bytes_of, describe, standing};
use crate::report::side_by_side::{Beside, BesideRow, beside};
use crate::report::story::{begin, events, offset};
use crate::report::text::tone_of;

/// Events that are listed: an order that was sent hundreds of times is a fault of its own.
const EVENTS_SHOWN: usize = 500;

/// Columns of differences as text.
const WIDTH: usize = 110;

/// Characters of a body that are shown.
const BODY_CHARS_MAX: usize = 200_000;

/// Characters of a header's value that are shown.
const HEADER_CHARS_MAX: usize = 200;

/// One order, as sections of a page. `captures` are its captures as they came, masked already where they are to be.
#[must_use]
pub fn order(timeline: &Timeline, verdict: &Verdict, policy: &Policy, captures: &[Capture]) -> Markup {
    html! {
        (summary(timeline, verdict, policy))
        (story(timeline, policy))
        (documents(timeline, verdict))
        (differences(verdict, policy))
        (raw(captures))
    }
}

fn summary(timeline: &Timeline, verdict: &Verdict, policy: &Policy) -> Markup {
    let live =
        Lane::ALL.iter().copied().find(|lane| policy.lanes.get(*lane).role == Role::Live).unwrap_or(Lane::Legacy);
    let others = timeline.captures.first().map(|capture| capture.received_at);
    html! {
        p.tell { span.side { "To tell the customer: " } (shown(&words::told_customer(verdict, live))) }
        @if let Some(at) = others { p.note { "Received " span.whole { (instant(at)) " UTC" } ". Parity: " strong { (verdict.parity) } "." } }
        @if !verdict.counted { p.note { "It does not count among the orders of its run: none of its captures was teed or excluded." } }
        div.lanes-of {
            @for lane in Lane::ALL { (lane_card(*lane, verdict, policy)) }
        }
    }
}

fn lane_card(lane: Lane, verdict: &Verdict, policy: &Policy) -> Markup {
    let fate = *verdict.fates.get(lane);
    let of = verdict.lanes.get(lane);
    let tone = tone_of(fate).map_or("plain", class);
    html! {
        article.card.(tone) aria-label={ "On " (lane) } {
            h3 { (lane) " " span.muted { "(" (policy.lanes.get(lane).role) ", " (policy.lanes.get(lane).flow) ")" } }
            p.fate.(tone) { strong { (fate) } }
            p { (prose(&of.why)) }
            dl.pairs {
                @if let Some(at) = of.first_send { div { dt { "first sent" } dd { span.whole { (instant(at)) " UTC" } } } }
                @if let Some(latency) = of.commit_latency { div { dt { "committed after" } dd { (span(latency)) } } }
                @if let Some(told) = of.confirmed {
                    div { dt { "customer told" } dd { span.whole { (instant(told.at)) " UTC" } @if told.derived { " (by its flow)" } } }
                }
                div { dt { "documents" } dd {
                    @if of.documents.is_empty() { span.muted { "none" } }
                    @for (at, seen) in of.documents.iter().enumerate() {
                        @if at > 0 { ", " }
                        (reference(seen.reference.as_deref().unwrap_or("without a number")))
                        @if let Some(state) = state(seen) { " (" (state) ")" }
                    }
                } }
            }
        }
    }
}

const fn state(seen: &DocumentSeen) -> Option<&'static str> {
    match seen.state {
        DocumentState::Present => None,
        DocumentState::Missing => Some("missing in the last reading"),
        DocumentState::Gone => Some("gone"),
        DocumentState::Cancelled => Some("cancelled"),
    }
}

fn story(timeline: &Timeline, policy: &Policy) -> Markup {
    let Some(begin) = begin(timeline) else { return html! {} };
    let events = events(timeline, policy);
    let more = events.len().saturating_sub(EVENTS_SHOWN);
    let any_foreign = events.iter().any(|event| event.foreign_clock);
    titled(
        "timeline",
        "What happened",
        &html! {
            p.lead { "Received " (instant(begin)) " UTC; times count from there." }
            (scrolled("What happened, in the order of time", &html! {
                table.timeline {
                    thead { tr { th scope="col" { "After" } th scope="col" { "Where" } th scope="col" { "What" } } }
                    tbody {
                        @for event in events.iter().take(EVENTS_SHOWN) {
                            tr {
                                td.time { @if event.foreign_clock { "~" } (offset(begin, event.at)) }
                                td { (event.lane.map_or("tee", Lane::as_str)) }
                                td { bdi { (shown(&event.words)) } }
                            }
                        }
                    }
                }
            }))
            @if any_foreign { p.note { "~ by the clock of the source" } }
            @if more > 0 { p.note { (words::counted(more as u64, "more event")) ", not listed." } }
        },
    )
}

fn documents(timeline: &Timeline, verdict: &Verdict) -> Markup {
    let both = PerLane::from_fn(|lane| standing(timeline, verdict, lane));
    let beside_of = match &both {
        PerLane { legacy: Some(legacy), gated: Some(gated) } => Some((legacy, gated)),
        _ => None,
    };
    let shown_of = |lane: Lane| beside_of.and_then(|_| both.get(lane).as_ref().map(|(place, ..)| *place));
    let any = Lane::ALL.iter().any(|lane| !verdict.lanes.get(*lane).documents.is_empty());
    titled(
        "documents",
        "Documents",
        &html! {
            @if !any { p { "No ledger has a document of this order." } }
            @if let Some((legacy, gated)) = beside_of {
                (side_by_side(&beside(legacy.2, gated.2), [(Lane::Legacy, legacy.1), (Lane::Gated, gated.1)]))
            }
            @for lane in Lane::ALL {
                @for (place, seen) in verdict.lanes.get(*lane).documents.iter().enumerate() {
                    @if Some(place) != shown_of(*lane) {
                        h3 { "On " (lane) ": " bdi { (shown(&describe(seen))) } }
                        @if let Some(bytes) = bytes_of(timeline, *lane, seen) { (listing(bytes)) }
                    }
                }
            }
        },
    )
}

fn side_by_side(both: &Beside, of: [(Lane, &DocumentSeen); 2]) -> Markup {
    html! {
        @for note in &both.notes { p.note { (note) } }
        (scrolled("Both documents, beside each other", &html! {
            table.beside {
                thead { tr { @for (lane, seen) in of { th scope="col" { (lane) ": " bdi { (shown(&describe(seen))) } } } } }
                tbody {
                    @for row in &both.rows {
                        @match row {
                            BesideRow::Hidden(lines) => tr.hidden { td colspan="2" { (words::counted(*lines as u64, "equal line")) } },
                            BesideRow::Lines { equal, lines } => tr.differs[!equal] {
                                @for lane in Lane::ALL { td { @if let Some(pieces) = lines.get(*lane) { (line(pieces)) } } }
                            },
                        }
                    }
                }
            }
        }))
        @if both.more > 0 { p.note { (words::counted(both.more as u64, "more line")) ", not shown." } }
        @if !both.equal { p.note { "What only one of them says is marked." } }
    }
}

fn line(pieces: &[(String, bool)]) -> Markup {
    html! { code { bdi { @for (piece, marked) in pieces { @if *marked { mark { (shown(piece)) } } @else { (shown(piece)) } } } } }
}

fn listing(bytes: &[u8]) -> Markup {
    html! { pre { bdi { (cut(&document(bytes).join("\n"), BODY_CHARS_MAX)) } } }
}

/// What the comparison found, in the words of `paritee order`.
fn differences(verdict: &Verdict, policy: &Policy) -> Markup {
    let text = crate::report::differences::text(verdict, policy, WIDTH, Style::Plain);
    titled("differences", "Differences", &html! { pre { bdi { (cut(&text, BODY_CHARS_MAX)) } } })
}

fn raw(captures: &[Capture]) -> Markup {
    titled(
        "captures",
        "Captures",
        &html! {
            @for capture in captures {
                details {
                    summary {
                        span.whole { (instant(capture.received_at)) } " " (capture.operation) ": "
                        code { (shown(&capture.method)) " " (name(&capture.target)) }
                    }
                    dl.pairs {
                        @for (header, value) in &capture.headers {
                            div { dt { (name(header)) } dd { (cut(&String::from_utf8_lossy(value), HEADER_CHARS_MAX)) } }
                        }
                    }
                    (body(&capture.body, capture.body_bytes))
                }
            }
            p.note { "Order " (key(captures.first().and_then(|capture| capture.order_key.as_ref()).map_or("", |key| key.as_str()))) ": " (words::counted(captures.len() as u64, "capture")) "." }
        },
    )
}

fn body(bytes: &Bytes, length: u64) -> Markup {
    html! {
        @if bytes.is_empty() && length > 0 {
            p.muted { "Its body of " (length) " bytes is purged." }
        } @else {
            (listing(bytes))
        }
    }
}
