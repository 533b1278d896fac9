//! A document, indented: numbers as they were written, members in their order, duplicates shown.
//!
//! What it prints is harmless: nothing of a document reaches a page but through it.

use super::inert;
use super::json::harmless;
use crate::order::{Json, JsonError};

/// Most lines of one document; orders of a hundred positions fit.
const LINES_MAX: usize = 1_000;

/// Longest line, in characters, its indentation aside; beyond it is no field of an order but a picture or an attack.
const LINE_MAX: usize = 1_000;

/// The lines of a document. What is no JSON is shown as one line of text.
pub(super) fn document(bytes: &[u8]) -> Vec<String> {
    let listing =
        Json::parse(bytes).map_or_else(|error| Listing::no_json(bytes, &error), |value| Listing::of(&value, LINES_MAX));
    let mut lines: Vec<String> = listing.lines.iter().map(Line::shown).collect();
    lines.extend((listing.more > 0).then(|| format!("({} more lines)", listing.more)));
    lines
}

/// A document as lines.
#[derive(Debug)]
pub(super) struct Listing {
    /// The first lines.
    pub(super) lines: Vec<Line>,
    /// How many more there are.
    pub(super) more: usize,
}

/// One line: `indent` spaces, the text, and a comma where another member or element follows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Two spaces for each object and array around it.
    pub(super) indent: usize,
    /// Whole, however long.
    pub(super) text: String,
    /// How many bytes of the text say which place of the document this is: a member's name with its colon, or a
    /// closing bracket. None for an element and for the document itself, which have only a value.
    pub(super) place_bytes: usize,
    /// Kept apart, as it says nothing of this line but that it is not the last.
    pub(super) comma: bool,
}

impl Line {
    const fn new(indent: usize) -> Self {
        Self { indent, text: String::new(), place_bytes: 0, comma: false }
    }

    /// What of the text is shown, and what is not.
    pub(super) fn cut(&self) -> (&str, &str) {
        let cut = self.text.char_indices().nth(LINE_MAX).map_or(self.text.len(), |(at, _)| at);
        self.text.split_at(cut)
    }

    /// What stands behind the shown text.
    pub(super) fn tail(&self) -> &'static str {
        match self.cut() {
            (_, "") if self.comma => ",",
            (_, "") => "",
            _ => " (cut)",
        }
    }

    fn shown(&self) -> String {
        format!("{:indent$}{}{}", "", self.cut().0, self.tail(), indent = self.indent)
    }
}

impl Listing {
    /// At most `lines_max` lines of a value; the others are counted.
    pub(super) fn of(value: &Json<'_>, lines_max: usize) -> Self {
        let mut printer = Printer { listing: Self { lines: vec![Line::new(0)], more: 0 }, lines_max };
        printer.value(value, 0);
        printer.listing
    }

    /// What is no JSON: why it is none, and its text.
    pub(super) fn no_json(bytes: &[u8], error: &JsonError) -> Self {
        let text = inert(&String::from_utf8_lossy(bytes)).into_owned();
        let lines = [format!("({error})"), text].map(|text| Line { text, ..Line::new(0) });
        Self { lines: lines.into(), more: 0 }
    }
}

struct Printer {
    listing: Listing,
    lines_max: usize,
}

impl Printer {
    fn value(&mut self, value: &Json<'_>, depth: usize) {
        match value {
            Json::Null => self.push("null"),
            Json::Bool(true) => self.push("true"),
            Json::Bool(false) => self.push("false"),
            Json::Number(number) => self.push(number.text()),
            Json::String(text) => self.push(&quoted(text)),
            Json::Array(items) if items.is_empty() => self.push("[]"),
            Json::Array(items) => {
                self.push("[");
                for (index, item) in items.iter().enumerate() {
                    self.begin(depth + 1);
                    self.value(item, depth + 1);
                    self.separate(index + 1 < items.len());
                }
                self.close(depth, "]");
            }
            Json::Object(members) if members.is_empty() => self.push("{}"),
            Json::Object(members) => {
                self.push("{");
                for (index, (name, member)) in members.iter().enumerate() {
                    self.begin(depth + 1);
                    self.place(&(quoted(name) + ": "));
                    self.value(member, depth + 1);
                    self.separate(index + 1 < members.len());
                }
                self.close(depth, "}");
            }
        }
    }

    /// The line to write to; none once there are enough.
    fn line(&mut self) -> Option<&mut Line> {
        if self.listing.more == 0 { self.listing.lines.last_mut() } else { None }
    }

    fn push(&mut self, text: &str) {
        if let Some(line) = self.line() {
            line.text.push_str(text);
        }
    }

    fn place(&mut self, text: &str) {
        if let Some(line) = self.line() {
            line.text.push_str(text);
            line.place_bytes = line.text.len();
        }
    }

    fn separate(&mut self, more: bool) {
        if let Some(line) = self.line() {
            line.comma = more;
        }
    }

    fn begin(&mut self, depth: usize) {
        if self.listing.lines.len() < self.lines_max {
            self.listing.lines.push(Line::new(2 * depth));
        } else {
            self.listing.more += 1;
        }
    }

    fn close(&mut self, depth: usize, bracket: &str) {
        self.begin(depth);
        self.place(bracket);
    }
}

fn quoted(text: &str) -> String {
    harmless(&serde_json::Value::from(text).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_shown_as_it_was_written() {
        for (bytes, expected) in [
            (
                r#"{"id":820982911946154508,"a":1.50,"a":[],"n":null}"#,
                "{|  \"id\": 820982911946154508,|  \"a\": 1.50,|  \"a\": [],|  \"n\": null|}",
            ),
            (
                r#"[{"x":[true,"\u001b[2J"]},{}]"#,
                "[|  {|    \"x\": [|      true,|      \"\\u001b[2J\"|    ]|  },|  {}|]",
            ),
            ("\u{1b}[2J<html>", "(no JSON at byte 0: a value is expected)|\\u{1b}[2J<html>"),
        ] {
            assert_eq!(document(bytes.as_bytes()).join("|"), expected);
        }
    }

    #[test]
    fn a_document_that_never_ends_does() {
        let long = format!("[{}0]", "0,".repeat(100_000));
        assert_eq!(document(long.as_bytes()).len(), LINES_MAX + 1);
        let wide = document(format!("\"{}\"", "x".repeat(100_000)).as_bytes());
        assert!(wide[0].len() < LINE_MAX + 10);
    }
}
