//! Combinators that walk a parsed TOML table: every reading function reports what is wrong and goes
//! on, so that one pass finds every fault. They know types and names, not meanings.

use std::cell::RefCell;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{About, Found, Severity, Span};

/// Names longer than this are compared with none: a typing error is short.
const NEAR_CHARS_MAX: usize = 64;

/// How alike two names must be for one to be meant by the other, from 0 to 1.
const NEAR_MIN: f32 = 0.7;

/// What all readers share: the environment, and the faults found so far.
pub(crate) struct Context<'a> {
    pub(crate) env: &'a dyn Fn(&str) -> Option<String>,
    /// What the file as a whole is called in messages: `the configuration`.
    whole: &'static str,
    found: RefCell<Vec<Found>>,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// A value of the file under its full name.
pub(crate) struct Value<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) name: String,
    pub(crate) span: Span,
    inner: &'a DeValue<'a>,
}

/// A table of the file, which remembers what was asked of it: the rest are unknown keys.
pub(crate) struct Table<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) name: String,
    /// Its header; `None`: the file as a whole, or a table that isn't there.
    pub(crate) span: Option<Span>,
    inner: &'a DeTable<'a>,
    known: Vec<&'static str>,
    /// Its absence has been reported, so that of its keys is no news.
    reported: bool,
}

impl<'a> Context<'a> {
    pub(crate) fn new(env: &'a dyn Fn(&str) -> Option<String>, whole: &'static str) -> Self {
        Self { env, whole, found: RefCell::new(Vec::new()) }
    }

    pub(crate) fn fault(&self, span: Option<Span>, what: impl Into<String>, write: impl Into<String>) {
        self.report(Severity::Fault, span, what, write, About::Value);
    }

    /// A fault that is the lack of something.
    pub(crate) fn absent(&self, span: Option<Span>, what: impl Into<String>, write: impl Into<String>) {
        self.report(Severity::Fault, span, what, write, About::Absence);
    }

    pub(crate) fn warn(&self, span: Option<Span>, what: impl Into<String>, write: impl Into<String>) {
        self.report(Severity::Warning, span, what, write, About::Value);
    }

    pub(crate) fn note(&self, span: Option<Span>, what: impl Into<String>, write: impl Into<String>) {
        self.report(Severity::Note, span, what, write, About::Value);
    }

    fn report(
        &self,
        severity: Severity,
        span: Option<Span>,
        what: impl Into<String>,
        write: impl Into<String>,
        about: About,
    ) {
        let (what, write) = (what.into(), write.into());
        self.found.borrow_mut().push(Found { severity, span, what, write, about });
    }

    /// All that was found, severest or not, in the order of finding.
    pub(super) fn into_found(self) -> Vec<Found> {
        self.found.into_inner()
    }

    /// Whether anything found so far forbids to go on.
    pub(crate) fn is_faulty(&self) -> bool {
        self.found.borrow().iter().any(|found| found.severity == Severity::Fault)
    }
}

impl<'a> Value<'a> {
    /// Reports this value as wrong; always `None`, to be returned.
    pub(crate) fn wrong<T>(&self, what: impl Into<String>, write: impl Into<String>) -> Option<T> {
        self.context.fault(Some(self.span.clone()), what, write);
        None
    }

    fn of_type<T>(&self, wanted: &str, write: &str) -> Option<T> {
        let found = match self.inner {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.wrong(format!("`{}` must be {wanted}, and is {found}", self.name), write)
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        match self.inner {
            DeValue::String(text) => Some(text),
            _ => self.of_type("text", "put it in quotes"),
        }
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        match self.inner {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.of_type("true or false", "write `true` or `false`, without quotes"),
        }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        match self.inner {
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(integer) => Some(integer),
                Err(_) => self.wrong(format!("`{}` is too big", self.name), "write a smaller number"),
            },
            _ => self.of_type("an integer", "write a number without quotes and fraction, such as 10"),
        }
    }

    /// A number with or without a fraction.
    pub(crate) fn number(&self) -> Option<f64> {
        match self.inner {
            DeValue::Integer(_) => self.integer().map(|integer| integer as f64),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => self.of_type("a number", "write it without quotes, such as 0.95"),
        }
    }

    /// A number, or a text that may be one, as it is written.
    pub(crate) fn number_text(&self) -> Option<String> {
        match self.inner {
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::String(_) => self.scalar_text(),
            _ => self.of_type("a number", "write it like 1 or \"0.5\""),
        }
    }

    /// A date as it was written, or text.
    pub(crate) fn date_text(&self) -> Option<String> {
        match self.inner {
            DeValue::Datetime(date) => Some(date.to_string()),
            DeValue::String(text) => Some(text.to_string()),
            _ => self.of_type("a time", "write it like 2026-01-05T00:00:00Z"),
        }
    }

    /// A scalar as the text that the same value has in JSON.
    pub(crate) fn scalar_text(&self) -> Option<String> {
        match self.inner {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Boolean(flag) => Some(flag.to_string()),
            DeValue::Integer(_) => self.integer().map(|integer| integer.to_string()),
            DeValue::Float(float) => Some(float.as_str().to_owned()),
            _ => self.of_type("text, a number, true or false", "write a single value, such as true or \"paid\""),
        }
    }

    /// Whether this is a table, for keys that may be one thing or another.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.inner, DeValue::Table(_))
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self.inner, DeValue::Integer(_) | DeValue::Float(_))
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.inner, DeValue::Array(_))
    }

    pub(crate) fn is_empty_list(&self) -> bool {
        matches!(self.inner, DeValue::Array(items) if items.is_empty())
    }

    pub(crate) fn table(&self) -> Option<Table<'a>> {
        let DeValue::Table(inner) = self.inner else {
            return self.of_type("a table", &format!("write `[{}]` on a line of its own, its keys below", self.name));
        };
        let (name, span) = (self.name.clone(), Some(self.span.clone()));
        Some(Table { context: self.context, name, span, inner, known: Vec::new(), reported: false })
    }

    /// Every item through `read`; what is faulty is reported and left out.
    pub(crate) fn list<T>(&self, mut read: impl FnMut(&Self) -> Option<T>) -> Option<Vec<T>> {
        let DeValue::Array(items) = self.inner else {
            return self.of_type("a list", "put it in square brackets");
        };
        let value = |item: &'a Spanned<DeValue<'a>>| Value {
            context: self.context,
            name: self.name.clone(),
            span: item.span(),
            inner: item.get_ref(),
        };
        Some(items.iter().filter_map(|item| read(&value(item))).collect())
    }
}

impl<'a> Table<'a> {
    pub(crate) fn root(context: &'a Context<'a>, inner: &'a DeTable<'a>) -> Self {
        Self { context, name: String::new(), span: None, inner, known: Vec::new(), reported: false }
    }

    fn full_name(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// Whether `key` is set, without asking for it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.inner.contains_key(key)
    }

    /// The value of `key`, where it is set.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.known.push(key);
        let value = self.inner.get(key)?;
        Some(Value { context: self.context, name: self.full_name(key), span: value.span(), inner: value.get_ref() })
    }

    /// `key` through `read`; `None` where it is absent or faulty.
    pub(crate) fn get<T>(&mut self, key: &'static str, read: impl FnOnce(&Value<'a>) -> Option<T>) -> Option<At<T>> {
        let value = self.value(key)?;
        read(&value).map(|read| At { value: read, span: value.span })
    }

    /// `key` through `read`, or `default` where it is absent or faulty (the fault is enough to refuse all).
    pub(crate) fn or<T>(&mut self, key: &'static str, default: T, read: impl FnOnce(&Value<'a>) -> Option<T>) -> T {
        self.get(key, read).map_or(default, |at| at.value)
    }

    /// `key` through `read`; reported where it is absent, with what to `write`.
    pub(crate) fn need<T>(
        &mut self,
        key: &'static str,
        write: &str,
        read: impl FnOnce(&Value<'a>) -> Option<T>,
    ) -> Option<At<T>> {
        if !self.reported && !self.inner.contains_key(key) {
            self.context.absent(self.span.clone(), format!("`{}` is missing", self.full_name(key)), write);
        }
        self.get(key, read)
    }

    /// The table under `key`; where there is none an empty one, so that defaults and needs apply alike.
    pub(crate) fn section(&mut self, key: &'static str, empty: &'a DeTable<'a>) -> Table<'a> {
        let there = self.value(key).and_then(|value| value.table());
        let name = self.full_name(key);
        there.unwrap_or(Table {
            context: self.context,
            name,
            span: None,
            inner: empty,
            known: Vec::new(),
            reported: false,
        })
    }

    /// The table under `key`, which must be there: reported once where it isn't.
    pub(crate) fn need_section(&mut self, key: &'static str, empty: &'a DeTable<'a>, write: &str) -> Table<'a> {
        if !self.inner.contains_key(key) {
            self.context.absent(self.span.clone(), format!("`[{}]` is missing", self.full_name(key)), write);
        }
        let section = self.section(key, empty);
        Table { reported: section.span.is_none(), ..section }
    }

    /// All keys with their values, in the order of their names, as known ones.
    pub(crate) fn entries(&mut self, skip: &[&str]) -> Vec<(At<&'a str>, Value<'a>)> {
        let mut entries = Vec::new();
        for (key, value) in self.inner {
            let name: &'a str = key.get_ref();
            if skip.contains(&name) {
                continue;
            }
            let at = At { value: name, span: key.span() };
            let full_name = self.full_name(name);
            let value = Value { context: self.context, name: full_name, span: value.span(), inner: value.get_ref() };
            entries.push((at, value));
        }
        entries
    }

    /// Reports every key that nobody asked for.
    pub(crate) fn close(self) {
        for key in self.inner.keys() {
            let name: &str = key.get_ref();
            if self.known.contains(&name) {
                continue;
            }
            let whole = if self.name.is_empty() { self.context.whole.into() } else { format!("`{}`", self.name) };
            let write = nearest(name, &self.known).map_or_else(
                || format!("take it out; there are {}", quoted(&self.known)),
                |near| format!("did you mean `{near}`?"),
            );
            let what = format!("{whole} has no key `{}`", shown(name));
            self.context.report(Severity::Fault, Some(key.span()), what, write, About::Key);
        }
    }
}

/// The one of `names` that was probably meant by `name`.
pub(crate) fn nearest<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    if name.chars().count() > NEAR_CHARS_MAX {
        return None;
    }
    similar::get_close_matches(name, names, 1, NEAR_MIN).first().copied()
}

/// Names in back-ticks, with commas.
pub(crate) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Text of the file as it may stand in a message: short, without control characters.
pub(crate) fn shown(text: &str) -> String {
    let visible = |letter: char| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
    let mut shown: String = text.chars().take(NEAR_CHARS_MAX).map(visible).collect();
    if text.chars().nth(NEAR_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}
