//! One order as text: what happened on both lanes in the order of time, and what the judge makes of it.

use super::differences::differences;
use super::document::document;
use super::inert;
use super::layout::{Page, Style, Tone, instant};
use super::side_by_side::side_by_side;
use super::story::{begin, events, offset};
use super::text::tone_of;
use crate::judge::{DocumentSeen, DocumentState, Policy, Timeline, Verdict};
use crate::outcome::{Lane, OutcomeKind, PerLane};

/// Columns of a time and of a lane.
const TIME: usize = 14;
const LANE: usize = 8;

/// The timeline of an order on both lanes, its fates and why, and its documents, in lines of at most `width`
/// characters; documents that are listed by themselves aside, whose lines are left whole.
#[must_use]
pub fn order(timeline: &Timeline, verdict: &Verdict, policy: &Policy, width: usize, style: Style) -> String {
    let mut page = Page::new(width, style);
    let title = page.paint(Tone::Heading, &format!("Order {}", inert(timeline.key.as_str())));
    page.line(&title);
    happened(&mut page, timeline, policy);
    fates(&mut page, verdict);
    differences(&mut page, verdict, policy);
    documents(&mut page, timeline, verdict);
    page.finish()
}

fn happened(page: &mut Page, timeline: &Timeline, policy: &Policy) {
    let Some(begin) = begin(timeline) else {
        return;
    };
    page.paragraph(0, &format!("Received {} UTC; times count from there.", instant(begin)));
    page.line("");
    let events = events(timeline, policy);
    for event in &events {
        let mark = if event.foreign_clock { "~" } else { "" };
        let time = format!("{mark}{}", offset(begin, event.at));
        let lane = event.lane.map_or("tee", Lane::as_str);
        page.beside(&format!("  {time:<TIME$}{lane:<LANE$}"), 2 + TIME + LANE, &inert(&event.words));
    }
    if events.iter().any(|event| event.foreign_clock) {
        page.paragraph(2, "~ by the clock of the source");
    }
}

fn fates(page: &mut Page, verdict: &Verdict) {
    page.heading("Fates");
    for lane in Lane::ALL {
        let fate = *verdict.fates.get(*lane);
        let name = tone_of(fate).map_or_else(|| fate.to_string(), |tone| page.paint(tone, fate.as_str()));
        let lead = format!("  {:<LANE$}{name}: ", lane.as_str());
        page.beside(&lead, 2 + LANE + fate.as_str().len() + 2, &inert(&verdict.lanes.get(*lane).why));
    }
    page.line(&format!("  parity  {}", verdict.parity));
    if !verdict.counted {
        page.paragraph(2, "It does not count among the orders of its run: none of its captures was teed or excluded.");
    }
}

/// The documents of both lanes: beside each other the first of each lane that stands, the others one by one.
fn documents(page: &mut Page, timeline: &Timeline, verdict: &Verdict) {
    let standing = PerLane::from_fn(|lane| standing(timeline, verdict, lane));
    let beside = if let PerLane { legacy: Some(legacy), gated: Some(gated) } = &standing {
        page.heading("Documents, legacy beside gated");
        for (lane, (_, seen, _)) in [(Lane::Legacy, legacy), (Lane::Gated, gated)] {
            page.beside(&format!("  {:<LANE$}", lane.as_str()), 2 + LANE, &inert(&describe(seen)));
        }
        let width = page.width().saturating_sub(2);
        for line in side_by_side(legacy.2, gated.2, width, page.style()) {
            page.line(&format!("  {line}"));
        }
        PerLane { legacy: Some(legacy.0), gated: Some(gated.0) }
    } else {
        PerLane::default()
    };
    for lane in Lane::ALL {
        one_by_one(page, *lane, *beside.get(*lane), timeline, verdict);
    }
}

/// The first document of a lane that is in its ledger as far as is known, and whose bytes are there: its place
/// among the lane's documents, what is known of it, the bytes.
pub(super) fn standing<'t>(
    timeline: &'t Timeline,
    verdict: &'t Verdict,
    lane: Lane,
) -> Option<(usize, &'t DocumentSeen, &'t [u8])> {
    let documents = verdict.lanes.get(lane).documents.iter().enumerate();
    let mut standing =
        documents.filter(|(_, seen)| matches!(seen.state, DocumentState::Present | DocumentState::Missing));
    standing.find_map(|(place, seen)| Some((place, seen, bytes_of(timeline, lane, seen)?)))
}

/// The documents of a lane but the one at `beside`, which is shown already.
fn one_by_one(page: &mut Page, lane: Lane, beside: Option<usize>, timeline: &Timeline, verdict: &Verdict) {
    let documents = verdict.lanes.get(lane).documents.iter().enumerate();
    let mut documents = documents.filter(|(place, _)| Some(*place) != beside).map(|(_, seen)| seen).peekable();
    if documents.peek().is_some() {
        page.heading(&format!("{} on {lane}", if beside.is_some() { "Other documents" } else { "Documents" }));
    }
    for seen in documents {
        page.paragraph(2, &inert(&describe(seen)));
        if let Some(bytes) = bytes_of(timeline, lane, seen) {
            for line in document(bytes) {
                page.line(&format!("    {line}"));
            }
        }
    }
}

pub(super) fn describe(seen: &DocumentSeen) -> String {
    let name = seen.reference.as_deref().unwrap_or("a document without a number");
    let state = match seen.state {
        DocumentState::Present => "in the ledger",
        DocumentState::Missing => "missing in the last reading",
        DocumentState::Gone => "gone",
        DocumentState::Cancelled => "cancelled",
    };
    let committed = seen.committed_at.map(|at| format!(", committed {} UTC by its clock", instant(at)));
    format!("{name}: {state}{}", committed.unwrap_or_default())
}

/// The document as last seen.
pub(super) fn bytes_of<'t>(timeline: &'t Timeline, lane: Lane, seen: &DocumentSeen) -> Option<&'t [u8]> {
    let sightings = timeline.lanes.get(lane).outcomes.iter().rev().map(|seen| &seen.outcome);
    let mut same = sightings.filter(|outcome| {
        outcome.kind == OutcomeKind::Committed && outcome.reference == seen.reference && outcome.document.is_some()
    });
    same.next()?.document.as_deref()
}
