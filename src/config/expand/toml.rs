//! TOML in the making.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use super::super::secrets::Header;
use super::super::values::duration_text;
use super::super::{Exclude, Matches};

/// A text of TOML, table after table.
#[derive(Default)]
pub(super) struct Toml(pub(super) String);

impl Toml {
    pub(super) fn header(&mut self, header: impl Display) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(&format!("{header}\n"));
    }

    /// A key with its value, already in TOML.
    pub(super) fn raw(&mut self, key: &str, value: impl Display) {
        // Writing to a string can't fail.
        let _ = writeln!(self.0, "{key} = {value}");
    }

    /// What is said, and not read back. `comment` is one line.
    pub(super) fn comment(&mut self, comment: impl Display) {
        let _ = writeln!(self.0, "# {comment}");
    }

    pub(super) fn text(&mut self, key: &str, text: impl Display) {
        self.raw(key, quoted(&text.to_string()));
    }

    pub(super) fn duration(&mut self, key: &str, duration: Duration) {
        self.text(key, duration_text(duration));
    }

    pub(super) fn texts(&mut self, key: &str, texts: impl IntoIterator<Item = impl Display>) {
        self.raw(key, list(texts));
    }
}

/// A basic string. JSON's escapes are TOML's as well; only DEL must be escaped on top.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

pub(super) fn list(texts: impl IntoIterator<Item = impl Display>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quoted(&text.to_string())).collect();
    format!("[{}]", texts.join(", "))
}

/// An inline table of keys and values that are already in TOML.
pub(super) fn inline(members: impl IntoIterator<Item = (String, String)>) -> String {
    let members: Vec<String> = members.into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", members.join(", "))
}

/// A key of an inline table with text as its value.
pub(super) fn member(key: &str, text: impl Display) -> (String, String) {
    (key.to_owned(), quoted(&text.to_string()))
}

pub(super) fn matches(matches: &Matches) -> String {
    inline([member("pointer", &matches.pointer), ("equals".to_owned(), list(&matches.equals))])
}

impl Toml {
    pub(super) fn headers(&mut self, headers: &[Header]) {
        if !headers.is_empty() {
            self.raw("headers", inline(headers.iter().map(|header| member(header.name.as_str(), &header.written))));
        }
    }

    pub(super) fn exclude(&mut self, header: &str, exclude: &Exclude) {
        self.header(header);
        self.text("pointer", &exclude.pointer);
        self.text("equals", &exclude.equals);
        self.text("reason", &exclude.reason);
    }
}
