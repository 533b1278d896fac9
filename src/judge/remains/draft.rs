//! A few values at their places, written as JSON that says what it is. A place that is taken stays as it is.

use serde_json::{Map, Value};

use super::MARK;
use crate::order::Pointer;

/// Values at places, in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    members: Map<String, Value>,
}

impl Draft {
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Puts a text where the pointer leads. Where arrays were on the way there are objects with numbers for names, in
    /// which a pointer finds the same.
    pub(super) fn put(&mut self, place: &Pointer, text: &str) {
        put(&mut self.members, place.tokens(), Value::String(text.to_owned()));
    }

    /// Puts lines where the pointer leads.
    pub(super) fn put_lines(&mut self, place: &Pointer, lines: Vec<Self>) {
        let lines = lines.into_iter().map(|line| Value::Object(line.members)).collect();
        put(&mut self.members, place.tokens(), Value::Array(lines));
    }

    /// The values, behind the mark of what a purge left.
    pub(super) fn written(self) -> Vec<u8> {
        let mut bytes = MARK.to_vec();
        let members = Value::Object(self.members).to_string();
        // `{"a":1}` goes on where the mark ends; `{}` only ends.
        match members.strip_prefix('{') {
            Some(rest) if rest.len() > 1 => {
                bytes.push(b',');
                bytes.extend_from_slice(rest.as_bytes());
            }
            _ => bytes.push(b'}'),
        }
        bytes
    }
}

fn put(members: &mut Map<String, Value>, tokens: &[String], value: Value) {
    match tokens {
        [] => {}
        [last] => drop(members.entry(last.clone()).or_insert(value)),
        [first, rest @ ..] => {
            if let Value::Object(inner) = members.entry(first.clone()).or_insert_with(|| Value::Object(Map::new())) {
                put(inner, rest, value);
            }
        }
    }
}
