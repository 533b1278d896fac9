//! What several sections are made of: tables that scroll by themselves, marks of a status, bars, lists that end.

use maud::{Markup, html};

use super::{cut, name, shown};
use crate::judge::Decision;
use crate::order::OrderKey;
use crate::report::layout::Tone;

/// Characters of a document's number: real ones have 4 to 20.
const REFERENCE_CHARS_MAX: usize = 64;

/// Order keys that a list of examples names.
const KEYS_SHOWN: usize = 5;

/// A section with its heading, named by it. `id` is of this crate.
pub fn section(id: &str, heading: &str, content: &Markup) -> Markup {
    let title = format!("{id}-title");
    html! {
        section #(id) aria-labelledby=(title) {
            h2 #(title) { (heading) }
            (content)
        }
    }
}

/// Sentences of ours, in which what is to be typed stands between backticks.
pub fn prose(text: &str) -> Markup {
    let text = shown(text);
    let parts: Vec<&str> = text.split('`').collect();
    // One alone stands for itself.
    if parts.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! {
        @for (place, part) in parts.iter().enumerate() {
            @if place.is_multiple_of(2) { (part) } @else { code { (part) } }
        }
    }
}

/// A table that is scrolled by itself where it is wider than the page; `label` says what it is to who can't see it.
pub fn scrolled(label: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(label) tabindex="0" { (table) } }
}

/// The class of a tone; the colour never stands alone, a word says the same.
pub(super) const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Unknown => "unknown",
        Tone::Bad => "bad",
        Tone::Heading | Tone::Document { .. } => "plain",
    }
}

/// A decision as a mark: its word, and a sign of its own shape.
pub fn mark(decision: Decision) -> Markup {
    let sign = match decision {
        Decision::Go => "✓",
        Decision::Inconclusive => "?",
        Decision::NoGo => "✕",
    };
    html! {
        span.mark.(class(Tone::of(decision))) { span aria-hidden="true" { (sign) } " " (decision) }
    }
}

/// A bar for `count` of `all`. One that is not empty can always be seen, however small its share.
pub(super) fn bar(count: u64, all: u64, tone: Option<Tone>) -> Markup {
    const FULL: u128 = 1_000;
    const SEEN: u128 = 12;
    let share = u128::from(count) * FULL / u128::from(all.max(1));
    let width = if count == 0 { 0 } else { share.clamp(SEEN, FULL) };
    html! {
        svg.bar.(tone.map_or("plain", class)) viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.track width="1000" height="10" {}
            @if width > 0 { rect.share width=(width) height="10" {} }
        }
    }
}

/// An order key, kept apart from the direction of the text around it.
pub fn key(text: &str) -> Markup {
    html! { bdi.key { (name(text)) } }
}

/// A document's number, likewise.
pub fn reference(text: &str) -> Markup {
    html! { bdi.key { (cut(text, REFERENCE_CHARS_MAX)) } }
}

/// The first of some orders, and how many more there are of `all`.
pub(super) fn keys(orders: &[OrderKey], all: u64) -> Markup {
    let named = orders.iter().take(KEYS_SHOWN);
    let more = all.saturating_sub(named.len() as u64);
    html! {
        @for (at, order) in named.enumerate() {
            @if at > 0 { ", " }
            (key(order.as_str()))
        }
        @if more > 0 { " and " (more) " more" }
    }
}

/// A number for people, its thousands apart: 12 345. A narrow no-break space keeps it in one piece.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let lead = digits.len() % 3;
    let mut out = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == lead {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_typed_is_code_and_nothing_acts() {
        for (text, expected) in [
            ("plain", "plain"),
            ("run `paritee verify`.", "run <code>paritee verify</code>."),
            ("`a` and `b`", "<code>a</code> and <code>b</code>"),
            ("one ` alone", "one ` alone"),
            ("`<img onerror=x>`", "<code>&lt;img onerror=x&gt;</code>"),
        ] {
            assert_eq!(prose(text).into_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_share_and_never_hides_one_order() {
        for (count, all, expected) in [
            (0, 400, None),
            (0, 0, None),
            (1, 100_000, Some("width=\"12\"")),
            (200, 400, Some("width=\"500\"")),
            (400, 400, Some("width=\"1000\"")),
            (u64::MAX, 1, Some("width=\"1000\"")),
        ] {
            let bar = bar(count, all, None).into_string();
            let share = bar.split_once("<rect class=\"share\"").map(|(_, rest)| rest.to_owned());
            assert_eq!(share.is_some(), expected.is_some(), "{bar}");
            assert!(share.is_none_or(|share| share.contains(expected.unwrap())), "{bar}");
        }
    }

    #[test]
    fn thousands_stand_apart() {
        for (count, expected) in
            [(0, "0"), (999, "999"), (1_000, "1 000"), (12_345, "12 345"), (1_234_567, "1 234 567")]
        {
            assert_eq!(number(count).replace('\u{202f}', " "), expected);
        }
    }
}
