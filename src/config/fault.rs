//! What is wrong with a configuration, where, and what to write instead. Faults are collected, never
//! thrown at the first; this file knows nothing of what the keys mean.

use std::fmt;
use std::ops::Range;

use super::render::{self, Paint};

/// Most faults that are kept. A file that has more is of another kind (a binary, a log), and its first
/// ones say so; the rest is counted.
pub(super) const KEPT_MAX: usize = 200;

/// Bytes of the source, from and up to.
pub type Span = Range<usize>;

/// How much a [`Fault`] weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The configuration is refused.
    Fault,
    /// It is taken, and probably not what was meant.
    Warning,
    /// It is taken; something about it is worth knowing.
    Note,
}

/// One thing to say about a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How much it weighs.
    pub severity: Severity,
    /// Where it is; `None`: it concerns the file as a whole, such as a section that is missing.
    pub place: Option<Place>,
    /// What is wrong. Never holds a secret's value.
    pub what: String,
    /// What to write instead.
    pub write: String,
}

/// Where a fault is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, counted from 1.
    pub line: usize,
    /// The columns, in characters counted from 1; up to the end of the line where the span goes on below.
    pub columns: Range<usize>,
    /// The bytes of the source.
    pub span: Span,
}

impl Place {
    fn of(span: Span, source: &str, line_starts: &[usize]) -> Self {
        let line = line_starts.partition_point(|start| *start <= span.start).max(1);
        let start = line_starts.get(line - 1).copied().unwrap_or_default();
        let end = source.get(start..).and_then(|rest| rest.find('\n')).map_or(source.len(), |length| start + length);
        let column = |at: usize| source.get(start..at.clamp(start, end)).map_or(1, |text| text.chars().count() + 1);
        Self { line, columns: column(span.start)..column(span.end), span }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "line {}: ", place.line)?;
        }
        write!(f, "{}; {}", self.what, self.write)
    }
}

/// A fault before its line is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) severity: Severity,
    pub(super) span: Option<Span>,
    pub(super) what: String,
    pub(super) write: String,
    pub(super) about: About,
}

/// What a fault is about: beside syntax errors not all of them are true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A value that stands there.
    Value,
    /// A key that stands there and isn't known: below a broken header it stands in the wrong table.
    Key,
    /// Something that is missing: the parser may have skipped it.
    Absence,
}

/// All that is to be said about one configuration, in source order.
#[derive(Clone, PartialEq, Eq)]
pub struct Faults {
    name: String,
    /// The text of the file, secrets masked.
    source: String,
    list: Vec<Fault>,
    /// How many there are beside `list`.
    more: usize,
}

impl Faults {
    /// Puts what was found in source order; `source` is `text` with its secrets masked, byte for byte as long.
    pub(super) fn new(name: &str, text: &str, source: String, mut found: Vec<Found>) -> Self {
        found.sort_by_key(|found| (found.span.as_ref().map(|span| (span.start, span.end)), found.severity));
        found.dedup();
        let more = found.len().saturating_sub(KEPT_MAX);
        found.truncate(KEPT_MAX);
        let line_starts: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect();
        let place = |span: Span| Place::of(span, text, &line_starts);
        let list = found.into_iter().map(|Found { severity, span, what, write, .. }| Fault {
            severity,
            place: span.map(place),
            what,
            write,
        });
        Self { name: name.to_owned(), list: list.collect(), more, source }
    }

    /// A file that is refused without a look inside, since it must be another one.
    pub(super) fn whole(name: &str, what: String) -> Self {
        let write = "is it another file?".to_owned();
        let found = Found { severity: Severity::Fault, span: None, what, write, about: About::Value };
        Self::new(name, "", String::new(), vec![found])
    }

    /// The faults, in source order; those of the file as a whole come first. Of very many, the first 200.
    #[must_use]
    pub fn list(&self) -> &[Fault] {
        &self.list
    }

    /// The configuration with a line and a caret for each fault, and what to write instead.
    #[must_use]
    pub fn render(&self, paint: Paint) -> String {
        render::faults(&self.name, &self.source, &self.list, self.more, paint)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Paint::Plain))
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("name", &self.name).field("list", &self.list).finish_non_exhaustive()
    }
}

impl std::error::Error for Faults {}
