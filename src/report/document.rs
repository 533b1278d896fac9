//! A document, indented: numbers as they were written, members in their order, duplicates shown.

use super::inert;
use super::json::harmless;
use crate::order::Json;

/// Most lines of one document; orders of a hundred positions fit.
const LINES_MAX: usize = 1_000;

/// Longest line, in characters; beyond it is no field of an order but a picture or an attack.
const LINE_MAX: usize = 1_000;

/// The lines of a document. What is no JSON is shown as one line of text.
pub(super) fn document(bytes: &[u8]) -> Vec<String> {
    let mut lines = match Json::parse(bytes) {
        Ok(value) => {
            let mut printer = Printer { lines: vec![String::new()] };
            printer.value(&value, 0);
            printer.lines
        }
        Err(error) => vec![format!("({error})"), inert(&String::from_utf8_lossy(bytes)).into_owned()],
    };
    let more = lines.len().saturating_sub(LINES_MAX);
    lines.truncate(LINES_MAX);
    for line in &mut lines {
        if let Some((cut, _)) = line.char_indices().nth(LINE_MAX) {
            line.truncate(cut);
            line.push_str(" (cut)");
        }
    }
    lines.extend((more > 0).then(|| format!("({more} more lines)")));
    lines
}

struct Printer {
    lines: Vec<String>,
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
                self.begin(depth);
                self.push("]");
            }
            Json::Object(members) if members.is_empty() => self.push("{}"),
            Json::Object(members) => {
                self.push("{");
                for (index, (name, member)) in members.iter().enumerate() {
                    self.begin(depth + 1);
                    self.push(&quoted(name));
                    self.push(": ");
                    self.value(member, depth + 1);
                    self.separate(index + 1 < members.len());
                }
                self.begin(depth);
                self.push("}");
            }
        }
    }

    fn push(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.push_str(text);
        }
    }

    fn separate(&mut self, more: bool) {
        if more {
            self.push(",");
        }
    }

    fn begin(&mut self, depth: usize) {
        self.lines.push("  ".repeat(depth));
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
