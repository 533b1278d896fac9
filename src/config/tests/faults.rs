//! Every fault there is, by the edit of a good configuration that brings it about.

#![allow(clippy::too_many_lines, reason = "tables")]

mod compare;
mod lanes;
mod observers;
mod others;
mod owners;
mod tee;

use super::{EVERY_KEY, EXAMPLE, OTHER_FORMS, PLANNED, SMALL, edited, said};

/// Replaces `from` in the small configuration by `to`; all that is said must begin with `expected`, in order.
fn check(from: &str, to: &str, expected: &[&str]) {
    check_text(&edited(SMALL, from, to), expected);
}

fn check_text(text: &str, expected: &[&str]) {
    let said = said(text);
    let same = said.len() == expected.len() && said.iter().zip(expected).all(|(said, start)| said.starts_with(start));
    assert!(same, "expected {expected:#?}\nsaid {said:#?}\nof {text}");
}

#[test]
fn good_configurations_have_no_fault() {
    check_text(SMALL, &[]);
    check_text(EXAMPLE, &[]);
    let beyond_notes =
        |text: &str| said(text).into_iter().filter(|said| !said.starts_with("note ")).collect::<Vec<_>>();
    assert_eq!(beyond_notes(EVERY_KEY), [""; 0]);
    assert_eq!(beyond_notes(OTHER_FORMS), [""; 0]);
    assert_eq!(beyond_notes(PLANNED), [""; 0]);
    let unread = "note line 20: nothing reads the ledger of lane `legacy`, so its outcomes must come by callbacks; \
                  without them, and a watermark with them, the decision can't be GO";
    assert!(said(PLANNED).contains(&unread.to_owned()), "{:?}", said(PLANNED));
}
