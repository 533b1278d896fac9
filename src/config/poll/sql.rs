//! A poll of a database: its address, and a query of one statement that only reads.

use super::super::fault::Span;
use super::super::mask::{ENV, SQLITE};
use super::super::reader::{Table, Value, nearest, shown};
use super::super::secrets::resolved;
use super::super::{Secret, SqlPoll};
use super::http;

/// The parameter that a query may have.
const SINCE: &str = "since";

pub(super) fn read(table: &mut Table<'_>) -> Option<(SqlPoll, Span)> {
    for key in http::KEYS {
        if let Some(value) = table.value(key) {
            let what = format!("`{}` belongs to a poll over HTTP, and this one asks a database", value.name);
            let write = if ["order_key", "reference", "committed_at"].contains(&key) {
                "take it out; the query's columns are named order_key, reference, committed_at and document"
            } else {
                "take it out, or `sql` and `database`"
            };
            value.wrong::<()>(what, write);
        }
    }
    let write = "write sql = \"select …\", with columns order_key, reference, committed_at and document";
    let query = table.need("sql", write, query);
    let write = "write database = \"env:LEDGER_DB\", or \"sqlite:PATH\"";
    let database = table.need("database", write, database);
    let (query, database) = (query?, database?);
    Some((SqlPoll { database: database.value, query: query.value }, query.span))
}

/// `sqlite:PATH`, or a `postgres://` URL, which comes from the environment where it holds a password.
fn database(value: &Value<'_>) -> Option<Secret> {
    let written = value.text()?;
    let text = resolved(value)?;
    if let Some(path) = text.strip_prefix(SQLITE) {
        if path.trim().is_empty() {
            return value.wrong(format!("`{}` names no file", value.name), "write \"sqlite:PATH\"");
        }
        return Some(Secret::written_as(text, written.to_owned()));
    }
    let Some(rest) = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://")) else {
        let write =
            "write \"sqlite:PATH\" or \"postgres://HOST/NAME\"; what holds a password belongs into the environment";
        return value.wrong(format!("`{}` is no database that paritee can read", value.name), write);
    };
    let user_info = rest.split(['/', '?']).next().and_then(|authority| authority.rsplit_once('@'));
    let has_password = user_info.is_some_and(|(user, _)| user.contains(':')) || rest.contains("password=");
    if has_password && !written.starts_with(ENV) {
        return value.wrong(
            format!("`{}` holds a password, and stands in the file", value.name),
            format!("put it into an environment variable and write \"{ENV}NAME\", with the variable's name"),
        );
    }
    Some(Secret::written_as(text, written.to_owned()))
}

fn query(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    let name = &value.name;
    let scan = Scan::of(text);
    let first = scan.code.split(|letter: char| !letter.is_alphanumeric()).find(|word| !word.is_empty());
    let reads = first.is_some_and(|word| word.eq_ignore_ascii_case("select") || word.eq_ignore_ascii_case("with"));
    if !reads || !scan.code.trim_start().starts_with(|letter: char| letter.is_alphabetic()) {
        return value.wrong(format!("`{name}` is no query"), "begin it with `select` or `with`: a ledger is only read");
    }
    let code = scan.code.trim_end().trim_end_matches(|letter: char| letter == ';' || letter.is_whitespace());
    if code.contains(';') {
        return value.wrong(format!("`{name}` has more than one statement"), "keep one; the last `;` may stand");
    }
    if let Some(other) = scan.parameters.iter().find(|parameter| *parameter != SINCE) {
        let near = nearest(other, &[SINCE]).map_or("there is `:since` only", |_| "did you mean `:since`?");
        return value.wrong(format!("`{name}` has an unknown parameter `:{}`", shown(other)), near);
    }
    if scan.parameters.is_empty() {
        let what = format!("`{name}` has no `:since`, so that each reading reads everything");
        let write = "compare the time of the last change with `:since`, where the table is long";
        value.context.note(Some(value.span.clone()), what, write);
    }
    Some(text.trim().to_owned())
}

/// A query without what is in quotes and comments, and its parameters.
struct Scan {
    code: String,
    parameters: Vec<String>,
}

impl Scan {
    fn of(text: &str) -> Self {
        let mut scan = Self { code: String::new(), parameters: Vec::new() };
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let length = match letter {
                '\'' | '"' => quoted(rest, letter),
                '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
                ':' if rest.starts_with("::") => scan.keep("::"),
                ':' => scan.parameter(rest),
                _ => scan.keep(rest.get(..letter.len_utf8()).unwrap_or_default()),
            };
            rest = rest.get(length.max(1)..).unwrap_or_default();
        }
        scan
    }

    fn keep(&mut self, text: &str) -> usize {
        self.code.push_str(text);
        text.len()
    }

    /// `:name`; a colon before anything else, as in a slice of an array, is none.
    fn parameter(&mut self, rest: &str) -> usize {
        let name: String =
            rest.chars().skip(1).take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        let length = 1 + name.len();
        if name.starts_with(|letter: char| letter.is_alphabetic()) {
            self.parameters.push(name);
        }
        self.code.push(' ');
        length
    }
}

/// The length of what begins with a quote, up to the one that ends it; a doubled one ends it and begins it again.
fn quoted(text: &str, quote: char) -> usize {
    text.char_indices().skip(1).find(|(_, letter)| *letter == quote).map_or(text.len(), |(at, _)| at + 1)
}
