//! Lines of a given width: wrapping, columns, colour. Knows nothing of terminals.

use jiff::{SignedDuration, Timestamp};

use crate::judge::Decision;
use crate::outcome::Lane;

/// Whether a text carries colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Characters only.
    Plain,
    /// ANSI colours (ECMA-48 SGR).
    Ansi,
}

impl Style {
    /// `text` in a colour, where there are colours.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("\u{1b}[{}m{text}\u{1b}[0m", tone.code()),
        }
    }
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Heading,
    Good,
    Unknown,
    Bad,
    /// A line of a lane's document that the other one has not; `word`: what of it differs.
    Document {
        lane: Lane,
        word: bool,
    },
}

impl Tone {
    pub(super) const fn of(decision: Decision) -> Self {
        match decision {
            Decision::Go => Self::Good,
            Decision::Inconclusive => Self::Unknown,
            Decision::NoGo => Self::Bad,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Heading => "1",
            Self::Good => "1;32",
            Self::Unknown => "1;33",
            Self::Bad => "1;31",
            Self::Document { lane: Lane::Legacy, word: false } => "31",
            Self::Document { lane: Lane::Legacy, word: true } => "1;4;31",
            Self::Document { lane: Lane::Gated, word: false } => "32",
            Self::Document { lane: Lane::Gated, word: true } => "1;4;32",
        }
    }
}

/// The least room beside something that is worth using: in less, words are cut.
const BESIDE_MIN: usize = 16;

/// How far what stands below instead is indented.
const BELOW: usize = 4;

/// The narrowest page: below it, columns would break every word.
const WIDTH_MIN: usize = 40;

/// A page under construction.
pub(super) struct Page {
    width: usize,
    style: Style,
    text: String,
}

impl Page {
    pub(super) fn new(width: usize, style: Style) -> Self {
        Self { width: width.max(WIDTH_MIN), style, text: String::new() }
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    pub(super) const fn style(&self) -> Style {
        self.style
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// `text` in a colour, where there are colours.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        self.style.paint(tone, text)
    }

    /// A line as it is; white space at its end is taken off.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// An empty line and a heading.
    pub(super) fn heading(&mut self, heading: &str) {
        self.line("");
        let heading = self.paint(Tone::Heading, heading);
        self.line(&heading);
    }

    /// `text` wrapped, every line begun by `indent` spaces.
    pub(super) fn paragraph(&mut self, indent: usize, text: &str) {
        for line in wrap(text, self.width.saturating_sub(indent)) {
            self.line(&format!("{:indent$}{line}", ""));
        }
    }

    /// `text` wrapped, its first line begun by `first` spaces and the others by `rest`, which is no less.
    pub(super) fn hanging(&mut self, first: usize, rest: usize, text: &str) {
        self.beside(&format!("{:first$}", ""), rest, text);
    }

    /// A paragraph in a colour, where there are colours.
    pub(super) fn tinted(&mut self, indent: usize, tone: Tone, text: &str) {
        for line in wrap(text, self.width.saturating_sub(indent)) {
            let line = self.paint(tone, &line);
            self.line(&format!("{:indent$}{line}", ""));
        }
    }

    /// `text` wrapped beside `lead`, which takes `column` columns (its colour codes aside); below it where too little is left.
    pub(super) fn beside(&mut self, lead: &str, column: usize, text: &str) {
        let left = self.width.saturating_sub(column);
        if left < BESIDE_MIN && text.chars().nth(left).is_some() && !lead.trim().is_empty() {
            self.line(lead);
            self.paragraph(BELOW, text);
            return;
        }
        let mut lines = wrap(text, left).into_iter();
        self.line(&format!("{lead}{}", lines.next().unwrap_or_default()));
        for line in lines {
            self.line(&format!("{:column$}{line}", ""));
        }
    }
}

/// Breaks `text` at spaces into lines of at most `width` characters; longer words are cut.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    let (mut line, mut length) = (String::new(), 0);
    for word in text.split_whitespace() {
        let mut letters = word.chars().count();
        if length > 0 && length + 1 + letters > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        let mut rest = word;
        while letters > width {
            let cut = rest.char_indices().nth(width).map_or(rest.len(), |(at, _)| at);
            let (head, tail) = rest.split_at(cut);
            lines.push(head.to_owned());
            rest = tail;
            letters -= width;
        }
        line.push_str(rest);
        length += letters;
    }
    if length > 0 || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// A time to the second: `2026-11-20 09:00:00`. Always UTC; whoever prints it says so once.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A span as people say it: `35 ms`, `5.1 s`, `2 m 05 s`, `1 h 02 m`, `3 d 04 h`.
pub(crate) fn span(span: SignedDuration) -> String {
    let sign = if span.is_negative() { "-" } else { "" };
    let micros = span.as_micros().unsigned_abs();
    let seconds = micros / 1_000_000;
    let rest = match () {
        () if micros == 0 => "0 s".to_owned(),
        () if micros < 1_000 => format!("{micros} us"),
        () if micros < 1_000_000 => format!("{} ms", micros / 1_000),
        () if seconds < 60 => format!("{seconds}.{} s", micros % 1_000_000 / 100_000),
        () if seconds < 3_600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        () if seconds < 86_400 => format!("{} h {:02} m", seconds / 3_600, seconds / 60 % 60),
        () => format!("{} d {:02} h", seconds / 86_400, seconds / 3_600 % 24),
    };
    format!("{sign}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_never_grow_too_long() {
        for (text, width, expected) in [
            ("", 10, vec![""]),
            ("one two three", 13, vec!["one two three"]),
            ("one two three", 12, vec!["one two", "three"]),
            ("123456789012345 x", 10, vec!["1234567890", "12345 x"]),
            ("ab 12345678901", 10, vec!["ab", "1234567890", "1"]),
            ("üüüüüüüüüü ü", 10, vec!["üüüüüüüüüü", "ü"]),
            ("12345678901234567890", 10, vec!["1234567890", "1234567890"]),
        ] {
            assert_eq!(wrap(text, width), expected, "{text:?}");
        }
    }

    #[test]
    fn spans_read_as_people_say_them() {
        for (micros, expected) in [
            (0, "0 s"),
            (999, "999 us"),
            (35_900, "35 ms"),
            (-5_190_000, "-5.1 s"),
            (125_000_000, "2 m 05 s"),
            (3_720_000_000, "1 h 02 m"),
            (273_600_000_000, "3 d 04 h"),
        ] {
            assert_eq!(span(SignedDuration::from_micros(micros)), expected);
        }
    }
}
