//! What happened to one order, in the order of time: captures, sends, answers, what observers saw.

use jiff::Timestamp;

use super::layout::{instant, span};
use crate::judge::{CaptureSeen, LaneEvents, OutcomeSeen, Policy, Send, Timeline};
use crate::outcome::{Answer, Ending, Lane, Lookup, Meaning, Operation, OutcomeKind, RowId, SendReason};

/// Something that happened.
#[derive(Debug)]
pub(super) struct Event {
    /// When, on the clock of whom `foreign_clock` tells.
    pub(super) at: Timestamp,
    row: RowId,
    /// Where; `None`: at the tee.
    pub(super) lane: Option<Lane>,
    /// Whether `at` is a time of the lane's own clock.
    pub(super) foreign_clock: bool,
    /// What, in words; not yet made harmless.
    pub(super) words: String,
}

/// All events of an order, by time, and where times are equal by row.
pub(super) fn events(timeline: &Timeline, policy: &Policy) -> Vec<Event> {
    let begin = begin(timeline);
    let captures = timeline.captures.iter().enumerate().map(|(place, capture)| {
        let mut words = format!("received, {}", capture.operation);
        if let Some(at) = capture.occurred_at {
            words.push_str(&format!(", a replay of what came {} UTC", instant(at)));
        }
        words.push_str(&identity(capture, timeline.captures.iter().take(place)));
        if let Some(reason) = &capture.excluded {
            words.push_str(&format!(", excluded: {reason}"));
        }
        if let Some(skip) = capture.skip {
            words.push_str(&format!(", not teed: {skip}"));
        }
        Event { at: capture.received_at, row: capture.row, lane: None, foreign_clock: false, words }
    });
    let mut events: Vec<Event> = captures.collect();
    for lane in Lane::ALL {
        let seen = timeline.lanes.get(*lane);
        events.extend(sends(*lane, seen, policy));
        events.extend(seen.outcomes.iter().map(|outcome| observed(*lane, outcome, begin)));
        events.extend(seen.lookups.iter().map(|lookup| looked_up(*lane, lookup)));
    }
    events.sort_by_key(|event| (event.at, event.row));
    events
}

/// By which event and delivery a capture came, and whether the event had come before.
fn identity<'a>(capture: &CaptureSeen, mut before: impl Iterator<Item = &'a CaptureSeen>) -> String {
    let mut words = String::new();
    if let Some(event) = &capture.event_id {
        words.push_str(&format!(", event {event}"));
    }
    if let Some(delivery) = &capture.delivery_id {
        words.push_str(&format!(", delivery {delivery}"));
    }
    if before.any(|earlier| capture.redelivers(earlier)) {
        words.push_str(", redelivered");
    }
    words
}

/// When the order was first received; offsets count from here.
pub(super) fn begin(timeline: &Timeline) -> Option<Timestamp> {
    timeline.captures.iter().map(|capture| capture.received_at).min()
}

fn sends<'a>(lane: Lane, seen: &'a LaneEvents, policy: &'a Policy) -> impl Iterator<Item = Event> + 'a {
    let event = move |at, row, words| Event { at, row, lane: Some(lane), foreign_clock: false, words };
    seen.sends.iter().enumerate().flat_map(move |(index, send)| {
        let unanswered = if send.answer.is_none() { "; no answer recorded: unknown" } else { "" };
        let sent = event(send.at, send.row, format!("{}{unanswered}", sent(index + 1, send)));
        let answered = send.answer.as_ref().map(|answer| event(answer.at, send.row, answered(lane, answer, policy)));
        std::iter::once(sent).chain(answered)
    })
}

fn sent(number: usize, send: &Send) -> String {
    let what = if send.operation == Operation::Create { String::new() } else { format!(" {}", send.operation) };
    let why = match send.reason {
        SendReason::First => "",
        SendReason::NotNow => ", again after \"not now\"",
        SendReason::Resend => ", again after an unknown answer",
    };
    format!("sent{what} #{number}{why}")
}

fn answered(lane: Lane, answer: &Answer, policy: &Policy) -> String {
    let rules = policy.lanes.get(lane);
    let took = span(jiff::SignedDuration::try_from(answer.took).unwrap_or(jiff::SignedDuration::MAX));
    let status = answer.status.map(|status| format!(" {status}")).unwrap_or_default();
    let ending = match answer.ending {
        Ending::Answered => format!("answered{status} in {took}"),
        Ending::Cut => format!("answered{status} in {took}, cut off"),
        Ending::Refused => format!("refused the connection after {took}"),
        Ending::TimedOut => format!("no answer within {took}"),
        Ending::Broken => format!("connection broken after {took}"),
        Ending::Garbled => format!("answered no HTTP after {took}"),
    };
    let error = answer.error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
    format!("{ending}{error}: {}", meaning(rules.answer.meaning(rules.flow, answer)))
}

fn meaning(meaning: Meaning) -> String {
    let naming = |reference: Option<String>| reference.map(|text| format!(", naming {text}")).unwrap_or_default();
    match meaning {
        Meaning::Committed { reference } => format!("committed as {reference}"),
        Meaning::Accepted { reference } => format!("accepted{}", naming(reference)),
        Meaning::Duplicate { reference } => format!("duplicate, an earlier send was taken{}", naming(reference)),
        Meaning::Rejected { class, reason } => {
            format!("rejected, {class}{}", reason.map(|text| format!(" ({text})")).unwrap_or_default())
        }
        Meaning::NotNow { retry_after: None } => "not now".to_owned(),
        Meaning::NotNow { retry_after: Some(wait) } => {
            format!("not now, again after {}", span(jiff::SignedDuration::try_from(wait).unwrap_or_default()))
        }
        Meaning::NotSent => "nothing was sent".to_owned(),
        Meaning::Unknown => "unknown until the ledger is read".to_owned(),
    }
}

fn looked_up(lane: Lane, lookup: &Lookup) -> Event {
    let found = match (lookup.documents, &lookup.error) {
        (Some(0), _) => "not found".to_owned(),
        (Some(documents), _) => format!("found {documents}"),
        (None, Some(error)) => format!("failed ({error})"),
        (None, None) => "failed".to_owned(),
    };
    // A look-up has no row here; it began after whatever happened at the same time.
    let words = format!("looked up, {found} ({})", lookup.source);
    Event { at: lookup.began_at, row: RowId::MAX, lane: Some(lane), foreign_clock: false, words }
}

fn observed(lane: Lane, seen: &OutcomeSeen, begin: Option<Timestamp>) -> Event {
    let outcome = &seen.outcome;
    let kind = match outcome.kind {
        OutcomeKind::Gone => "document gone",
        kind => kind.as_str(),
    };
    let reference = outcome.reference.as_ref().map(|reference| format!(" {reference}")).unwrap_or_default();
    let (at, foreign_clock) = outcome.occurred_at.map_or((seen.recorded_at, false), |at| (at, true));
    let noticed = match begin {
        Some(begin) if foreign_clock => format!(", seen at {}", offset(begin, seen.recorded_at)),
        _ => String::new(),
    };
    let words = format!("{kind}{reference} ({}{noticed})", outcome.source);
    Event { at, row: seen.row, lane: Some(lane), foreign_clock, words }
}

/// A time as an offset from the first capture: `+35 ms`.
pub(super) fn offset(begin: Timestamp, at: Timestamp) -> String {
    let span = span(at.duration_since(begin));
    if span.starts_with('-') { span } else { format!("+{span}") }
}
