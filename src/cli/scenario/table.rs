//! What a scenario promised beside what it came to, as text.

use std::fmt::Write as _;

use crate::report::{Style, inert, wrap};
use crate::scenario::{ActPlayed, Listed, Played, Row, Scenario};

/// Below this the columns stand one below the other.
const COLUMNS_MIN: usize = 64;

/// Widest name of what is expected.
const WHAT_MAX: usize = 46;

/// The scenario, and each act's expectations beside what was found.
pub(super) fn played(scenario: &Scenario, played: &Played, width: usize, style: Style) -> String {
    let mut text = format!("{}: {}\n", inert(&scenario.name), inert(&scenario.title));
    for act in &played.acts {
        text.push_str(&one(act, width, style));
    }
    text.push('\n');
    text
}

fn one(act: &ActPlayed, width: usize, style: Style) -> String {
    let mut text = String::new();
    if let Some(label) = &act.label {
        put(&mut text, format_args!("  {}\n", inert(label)));
    }
    let longest = |of: fn(&Row) -> &str| act.rows.iter().map(|row| of(row).chars().count()).max().unwrap_or_default();
    let (what, expected) = (longest(|row| &row.what).min(WHAT_MAX), longest(|row| &row.expected).min(24));
    for row in &act.rows {
        let mark = mark(row.holds, style);
        let (name, want, found) = (inert(&row.what), inert(&row.expected), inert(&row.found));
        if width < COLUMNS_MIN {
            put(&mut text, format_args!("  {mark} {name}\n      expected {want}, found {found}\n"));
        } else {
            put(&mut text, format_args!("  {mark} {name:<what$}  {want:<expected$}  {found}\n"));
        }
    }
    text
}

/// By a word as well as by colour.
fn mark(holds: bool, style: Style) -> &'static str {
    match (holds, style) {
        (true, Style::Plain) => "ok  ",
        (false, Style::Plain) => "NOT ",
        (true, Style::Ansi) => "\u{1b}[32mok\u{1b}[0m  ",
        (false, Style::Ansi) => "\u{1b}[1;31mNOT\u{1b}[0m ",
    }
}

/// The scenarios that come with paritee, and what each proves.
pub(super) fn list(listed: &[Listed], width: usize) -> String {
    let mut text = String::new();
    for scenario in listed {
        put(&mut text, format_args!("{}\n", scenario.name));
        for line in wrap(&scenario.title, width.saturating_sub(4)) {
            put(&mut text, format_args!("    {line}\n"));
        }
        for line in wrap(&format!("Proves: {}", scenario.claim), width.saturating_sub(4)) {
            put(&mut text, format_args!("    {line}\n"));
        }
    }
    text
}

/// Writing to a string never fails.
fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    _ = text.write_fmt(what);
}
