//! Faults as text: the line of the file, a caret below it, and what to write instead.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use super::fault::{Fault, Place, Severity};

/// Longest line of the file that is quoted, in bytes; of longer ones only their number is shown.
const QUOTED_BYTES_MAX: usize = 2_000;

/// Whether escape codes may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Text only: for pipes and files.
    Plain,
    /// Colours, for a terminal.
    Colour,
}

/// All faults, one below the other, and how many there are.
pub(super) fn faults(name: &str, source: &str, list: &[Fault], more: usize, paint: Paint) -> String {
    let renderer = match paint {
        Paint::Plain => Renderer::plain(),
        Paint::Colour => Renderer::styled(),
    };
    let shown = list.iter().map(|fault| renderer.render(&[group(name, source, fault)]));
    let mut blocks: Vec<String> = shown.collect();
    if more > 0 {
        blocks.push(format!("and {more} more"));
    }
    blocks.join("\n\n") + "\n"
}

fn group<'a>(name: &'a str, source: &'a str, fault: &'a Fault) -> Group<'a> {
    let level = match fault.severity {
        Severity::Fault => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let group = level.primary_title(normalize_untrusted_str(&fault.what));
    let help = Level::HELP.message(normalize_untrusted_str(&fault.write));
    let Some(place) = &fault.place else {
        return group.element(Origin::path(name)).element(help);
    };
    match quoted(source, place) {
        Some((line, from, to)) => {
            let caret = AnnotationKind::Primary.span(from..to);
            let snippet = Snippet::source(line).line_start(place.line).path(name).annotation(caret);
            group.element(snippet).element(help)
        }
        None => {
            let origin = Origin::path(name).line(place.line).char_column(place.columns.start);
            group.element(origin).element(help)
        }
    }
}

/// The line of `place`, and the part of it that is meant; `None` where it is too long to be quoted.
fn quoted<'a>(source: &'a str, place: &Place) -> Option<(&'a str, usize, usize)> {
    let start = source.get(..place.span.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line = source.get(start..)?.split('\n').next()?.trim_end_matches('\r');
    let from = (place.span.start - start).min(line.len());
    let to = place.span.end.saturating_sub(start).clamp(from, line.len());
    (line.len() <= QUOTED_BYTES_MAX).then_some((line, from, to))
}
