//! Faults of TOML itself, in words, and what is still worth saying beside them.

use std::collections::HashSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::fault::{About, Found, Severity, Span};
use super::reader::shown;

/// Deepest nesting that is read; the sections here go five levels down.
const DEPTH_MAX: usize = 32;

/// Stack for the parser. It limits the parts of a key and the nesting of values to 80 each, and what it
/// builds of both is taken down by recursion: 80 times 80 levels, of less than a kilobyte each.
const STACK_BYTES: usize = 64 << 20;

type Tree<'t> = (Spanned<DeTable<'t>>, Vec<Error>);

/// What the parser makes of `text`, and what it did not understand; `None`: nested too deep.
pub(super) fn tree(text: &str) -> Option<Tree<'_>> {
    let parse = || {
        let (root, errors) = DeTable::parse_recoverable(text);
        (!is_deep_table(root.get_ref(), DEPTH_MAX)).then_some((root, errors))
    };
    std::thread::scope(|scope| {
        let parser = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, parse).ok()?;
        parser.join().ok().flatten()
    })
}

fn is_deep_table(table: &DeTable<'_>, depth_left: usize) -> bool {
    table.values().any(|value| is_deep(value.get_ref(), depth_left))
}

fn is_deep(value: &DeValue<'_>, depth_left: usize) -> bool {
    match value {
        _ if depth_left == 0 => true,
        DeValue::Table(table) => is_deep_table(table, depth_left - 1),
        DeValue::Array(items) => items.iter().any(|item| is_deep(item.get_ref(), depth_left - 1)),
        _ => false,
    }
}

/// The faults of the parser: of each line the first, and nothing that follows from a bracket left open.
pub(super) fn faults(text: &str, errors: &[Error]) -> Vec<Found> {
    let lines = Lines::of(text);
    let mut seen = HashSet::new();
    let mut faults: Vec<Found> = Vec::new();
    let unclosed = errors.iter().any(|error| error.message().starts_with("unclosed array"));
    let mut errors: Vec<&Error> = errors.iter().collect();
    errors.sort_by_key(|error| error.span().map(|span| span.start));
    for error in errors {
        if unclosed && error.message().contains("array") {
            faults.retain(|earlier| lines.at(&earlier.span) != lines.at(&error.span()));
            let what = "a list that is opened above is not closed";
            faults.push(fault(error.span(), what, "close it with `]`, and put commas between its values"));
            break;
        }
        if seen.insert(lines.at(&error.span())) {
            let (what, write) = in_words(error.message());
            faults.push(fault(error.span(), &what, &write));
        }
    }
    faults
}

fn fault(span: Option<Span>, what: &str, write: &str) -> Found {
    let what = format!("this is not TOML: {}", shown(what));
    Found { severity: Severity::Fault, span, what, write: write.to_owned(), about: About::Value }
}

fn in_words(message: &str) -> (String, String) {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let write = match what {
        "duplicate key" => "keep one of them".to_owned(),
        what if what.contains("quoted") || expected == "nothing" => "put text in quotes: \"…\"".to_owned(),
        what if what.contains("recurs") => "sections go four levels down here; is it another file?".to_owned(),
        _ if expected.is_empty() => "https://toml.io shows how TOML is written".to_owned(),
        _ => format!("expected {expected}"),
    };
    (what.to_owned(), write)
}

/// What is still worth saying beside syntax errors: nothing about their own lines, nothing about what is
/// missing, and of unknown keys those above the first error.
pub(super) fn beside(text: &str, mut broken: Vec<Found>, found: Vec<Found>) -> Vec<Found> {
    let Some(first) = broken.iter().filter_map(|found| found.span.as_ref().map(|span| span.start)).min() else {
        broken.extend(found);
        return broken;
    };
    let lines = Lines::of(text);
    let broken_lines: HashSet<Option<usize>> = broken.iter().map(|found| lines.at(&found.span)).collect();
    let holds = |found: &Found| match (found.about, &found.span) {
        (About::Absence, _) | (_, None) => false,
        (About::Key, Some(span)) => span.start < first,
        (About::Value, Some(_)) => true,
    };
    broken.extend(found.into_iter().filter(|found| holds(found) && !broken_lines.contains(&lines.at(&found.span))));
    broken
}

/// Where the lines of a text end.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(newline, _)| newline).collect())
    }

    /// The line in which a span begins, counted from 0.
    fn at(&self, span: &Option<Span>) -> Option<usize> {
        span.as_ref().map(|span| self.0.partition_point(|newline| *newline < span.start))
    }
}
