//! What a document says of itself beside being there: that it is cancelled, and that its stock is reserved.
//!
//! Each is an outcome of its own, recorded after the document it was read in, so that one that is said no more ends with
//! the next sighting of the document. What can't be read for certain is not said.

use rust_decimal::Decimal;

use super::Poller;
use super::document::Document;
use crate::config::{Allocated, Matches, Poll};
use crate::order::{Json, Pointer};
use crate::outcome::{Outcome, OutcomeKind};

impl Poller {
    /// What `document`, which is on record under `source_id`, says of itself.
    pub(super) fn marks(&self, document: &Document, source_id: &str) -> Vec<Outcome> {
        let outcome = |kind: OutcomeKind| Outcome {
            lane: self.watched.lane,
            kind,
            order_key: document.order_key.clone(),
            // The document doesn't say when it came to be so.
            occurred_at: None,
            source: self.source.clone(),
            source_id: format!("{source_id}-{kind}"),
            reference: Some(document.reference.clone()),
            document: None,
        };
        marks(&self.watched.poll, &document.raw).into_iter().map(outcome).collect()
    }
}

fn marks(poll: &Poll, raw: &[u8]) -> Vec<OutcomeKind> {
    let allocated = poll.allocated.as_ref().map(|allocated| match allocated {
        Allocated::Where(wanted) => &wanted.pointer,
        Allocated::Lines { lines, .. } => lines,
    });
    let cancelled = poll.cancelled.as_ref().map(|wanted| &wanted.pointer);
    let places: Vec<&Pointer> = cancelled.into_iter().chain(allocated).collect();
    if places.is_empty() {
        return Vec::new();
    }
    let Ok(json) = Json::parse_towards(raw, &places) else { return Vec::new() };
    let cancelled = poll.cancelled.as_ref().is_some_and(|wanted| matches(wanted, &json));
    let allocated = poll.allocated.as_ref().is_some_and(|wanted| is_allocated(wanted, &json));
    let said = [(cancelled, OutcomeKind::Cancelled), (allocated, OutcomeKind::Allocated)];
    said.into_iter().filter_map(|(is_so, kind)| is_so.then_some(kind)).collect()
}

fn matches(wanted: &Matches, json: &Json<'_>) -> bool {
    let text = wanted.pointer.get(json).and_then(Json::scalar_text);
    text.is_some_and(|text| wanted.equals.iter().any(|value| value.to_lowercase() == text.trim().to_lowercase()))
}

fn is_allocated(wanted: &Allocated, json: &Json<'_>) -> bool {
    match wanted {
        Allocated::Where(wanted) => matches(wanted, json),
        Allocated::Lines { lines, quantity, allocated } => {
            let lines = lines.get(json).and_then(Json::as_array).unwrap_or_default();
            !lines.is_empty() && lines.iter().all(|line| is_line_allocated(line, quantity, allocated))
        }
    }
}

/// A line is allocated when as much is reserved as was ordered. One without a quantity, or with one that is none, is
/// not known to be.
fn is_line_allocated(line: &Json<'_>, quantity: &Pointer, allocated: &Pointer) -> bool {
    let units = |pointer: &Pointer| decimal(pointer.get(line)?.scalar_text()?);
    matches!((units(quantity), units(allocated)), (Some(ordered), Some(reserved)) if reserved >= ordered)
}

fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).unwrap()
    }

    fn check_allocated(wanted: &Allocated, rows: &[(&str, bool)]) {
        for (document, expected) in rows {
            assert_eq!(is_allocated(wanted, &Json::parse(document.as_bytes()).unwrap()), *expected, "{document}");
        }
    }

    #[test]
    fn a_document_matches_by_the_text_of_a_scalar() {
        let equals = vec!["Cancelled".into(), "9".into(), "true".into()];
        let wanted = Matches { pointer: pointer("/status"), equals };
        for (document, expected) in [
            (r#"{"status":"CANCELLED"}"#, true),
            (r#"{"status":" cancelled "}"#, true),
            (r#"{"status":9}"#, true),
            (r#"{"status":"9"}"#, true),
            (r#"{"status":true}"#, true),
            (r#"{"status":"open"}"#, false),
            (r#"{"status":null}"#, false),
            (r#"{"status":["cancelled"]}"#, false),
            (r#"{"status":"cancelled","status":"open"}"#, false),
            ("{}", false),
        ] {
            assert_eq!(matches(&wanted, &Json::parse(document.as_bytes()).unwrap()), expected, "{document}");
        }
        let wanted = Allocated::Where(wanted);
        check_allocated(&wanted, &[(r#"{"status":9}"#, true), ("{}", false)]);
    }

    #[test]
    fn lines_are_allocated_when_as_much_is_reserved_as_was_ordered() {
        let wanted =
            Allocated::Lines { lines: pointer("/lines"), quantity: pointer("/qty"), allocated: pointer("/res") };
        check_allocated(
            &wanted,
            &[
                (r#"{"lines":[{"qty":2,"res":2}]}"#, true),
                (r#"{"lines":[{"qty":"2.000","res":2},{"qty":0.1,"res":"0.10"}]}"#, true),
                (r#"{"lines":[{"qty":2,"res":3}]}"#, true),
                (r#"{"lines":[{"qty":1e1,"res":"10"}]}"#, true),
                (r#"{"lines":[{"qty":2,"res":2},{"qty":1,"res":0}]}"#, false),
                (r#"{"lines":[{"qty":2,"res":1.999}]}"#, false),
                // Beyond what a float can tell apart.
                (r#"{"lines":[{"qty":9007199254740993,"res":9007199254740992}]}"#, false),
                (r#"{"lines":[{"qty":2}]}"#, false),
                (r#"{"lines":[{"res":2}]}"#, false),
                (r#"{"lines":[{"qty":"two","res":2}]}"#, false),
                (r#"{"lines":[]}"#, false),
                (r#"{"lines":{}}"#, false),
                ("{}", false),
            ],
        );
    }
}
