//! Reports without the personal data in them: what they show of documents, masked before any format is made from it.
//!
//! What is masked is the input of all formats, so that none can forget it. Order keys, references, SKUs and what the operator
//! wrote stay: they name orders, goods and reasons. So do reasons that a lane gave for a rejection, but for addresses and
//! phone numbers in them.

use bytes::Bytes;

use crate::diff::{Class, Findings, Suggestion};
use crate::judge::{Assessment, Compared, FindingSummary, Timeline, Verdict};
use crate::order::{Json, Mask, Pointer, is_personal, is_personal_place};
use crate::outcome::{Capture, Lane};

/// What is said where something may be masked.
pub const MASKED: &str = "personal data, told by the names of members: in one example equal numbers stand for equal values; --unmasked shows it";

/// The assessment with the examples of its findings masked.
#[must_use]
pub fn masked(mut assessment: Assessment) -> Assessment {
    assessment.masked = true;
    assessment.findings.iter_mut().for_each(finding);
    for reason in assessment.exceptions.iter_mut().filter_map(|exception| exception.reason.as_mut()) {
        *reason = Mask::default().said(reason);
    }
    assessment
}

/// A suggestion with its example masked.
pub(super) fn masked_suggestion(mut suggestion: Suggestion) -> Suggestion {
    let (personal, mut mask) = (of_path(&suggestion.path), Mask::default());
    let example = &mut suggestion.example;
    for value in [&mut example.legacy, &mut example.gated].into_iter().flatten() {
        *value = mask.json(value, personal);
    }
    suggestion
}

fn finding(row: &mut FindingSummary) {
    let in_path = of_path(&row.path);
    let Some(example) = row.example.as_mut().filter(|_| holds_values(row.class)) else { return };
    let is_place = |place: &Option<String>| {
        place.as_ref().and_then(|place| Pointer::parse(place).ok()).is_some_and(|place| is_personal_place(&place))
    };
    let personal = in_path || is_place(&example.left_place) || is_place(&example.right_place);
    let mut mask = Mask::default();
    for value in [&mut example.left, &mut example.right].into_iter().flatten() {
        *value = mask.json(value, personal);
    }
    example.path = mask.path(&example.path);
}

/// The order's documents and differences masked, for [`super::order`]: a value has the same number wherever it stands.
pub fn masked_order(timeline: &mut Timeline, verdict: &mut Verdict) {
    let mut mask = Mask::default();
    if let Some(compared) = &mut verdict.compared {
        for side in [&mut compared.lanes, &mut compared.order.legacy, &mut compared.order.gated] {
            if let Compared::Found(findings) = side {
                differences(&mut mask, findings);
            }
        }
    }
    for lane in Lane::ALL {
        for answer in timeline.lanes.get_mut(*lane).sends.iter_mut().filter_map(|send| send.answer.as_mut()) {
            if let Ok(text) = std::str::from_utf8(&answer.body) {
                answer.body = mask.said(text).into();
            }
        }
        for seen in &mut timeline.lanes.get_mut(*lane).outcomes {
            seen.outcome.document = seen.outcome.document.take().map(|bytes| document(&mut mask, &bytes));
        }
    }
}

/// Captures of an order masked, for [`super::page::order`].
pub fn masked_captures(captures: &mut [Capture]) {
    let mut mask = Mask::default();
    for capture in captures {
        capture.body = document(&mut mask, &capture.body);
        capture.target = mask.said(&capture.target);
        for (_, value) in &mut capture.headers {
            *value = mask.said(&String::from_utf8_lossy(value)).into();
        }
    }
}

fn differences(mask: &mut Mask, findings: &mut Findings) {
    for finding in findings.list.iter_mut().filter(|finding| holds_values(finding.class)) {
        let places = [&finding.legacy, &finding.gated].into_iter().flatten();
        let personal = of_path(&finding.pattern) || places.into_iter().any(is_personal_place);
        for value in [&mut finding.legacy_text, &mut finding.gated_text].into_iter().flatten() {
            *value = mask.json(value, personal);
        }
        finding.path = mask.path(&finding.path);
    }
}

/// A document; of what is no JSON, all of it.
fn document(mask: &mut Mask, bytes: &[u8]) -> Bytes {
    let text = String::from_utf8_lossy(bytes);
    Bytes::from(if Json::parse(bytes).is_ok() { mask.json(&text, false) } else { mask.text(&text) })
}

/// Whether a finding shows values; others say why there are none.
const fn holds_values(class: Class) -> bool {
    !matches!(class, Class::Unreadable | Class::TooComplex)
}

/// Whether a place without keys and indices is personal: `/customer/name`, `$.customer.name`.
pub(super) fn of_path(path: &str) -> bool {
    path.split(['/', '[', ']', '.', ',']).any(is_personal)
}
