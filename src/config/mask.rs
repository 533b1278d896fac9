//! Secrets that stand in the file itself, made unreadable before any of its lines is shown.

use std::ops::Range;

use toml::Spanned;

use super::reader::nearest;
use toml::de::{DeTable, DeValue};

/// Parts of a name that make its value a secret.
const SECRET_WORDS: [&str; 8] = ["auth", "token", "secret", "password", "cookie", "api-key", "apikey", "credential"];

/// What a secret in the environment begins with.
pub(super) const ENV: &str = "env:";

/// The key of a database's address, which may hold a password anywhere.
const DATABASE: &str = "database";

/// What the address of a database begins with that is a file.
pub(super) const SQLITE: &str = "sqlite:";

/// Whether the value of a header or key of this name is a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// Whether a secret may stand under this name, typing errors included.
fn may_be_secret(name: &str) -> bool {
    const NAMES: [&str; 6] = ["authorization", "token", "secret", "password", "cookie", "headers"];
    is_secret_name(name) || nearest(&name.to_ascii_lowercase(), &NAMES).is_some()
}

/// `text` with every secret overwritten by `*`, byte for byte as long, so that spans stay true.
/// `broken` are the spans of syntax errors: what the parser did not understand is masked by its look.
pub(super) fn masked(text: &str, root: &DeTable<'_>, broken: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut mask = |span: Range<usize>| bytes.get_mut(span).into_iter().flatten().for_each(|byte| *byte = b'*');
    secrets_in_table(root, false, &mut mask);
    user_infos(text).for_each(&mut mask);
    broken.iter().filter_map(|span| suspicious(text, span.start)).for_each(&mut mask);
    String::from_utf8(bytes).unwrap_or_default()
}

fn secrets_in_table(table: &DeTable<'_>, all: bool, mask: &mut impl FnMut(Range<usize>)) {
    for (key, value) in table {
        let name: &str = key.get_ref();
        let is_database = name == DATABASE && !is_file(value.get_ref());
        secrets_in_value(value, all || is_database || may_be_secret(name), mask);
    }
}

fn is_file(value: &DeValue<'_>) -> bool {
    matches!(value, DeValue::String(text) if text.starts_with(SQLITE))
}

fn secrets_in_value(value: &Spanned<DeValue<'_>>, secret: bool, mask: &mut impl FnMut(Range<usize>)) {
    match value.get_ref() {
        DeValue::Table(table) => secrets_in_table(table, secret, mask),
        DeValue::Array(items) => items.iter().for_each(|item| secrets_in_value(item, secret, mask)),
        DeValue::String(text) if text.starts_with(ENV) => {}
        _ if secret => mask(value.span()),
        _ => {}
    }
}

/// `user:password` in front of the host of a URL, wherever one stands.
fn user_infos(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("://").filter_map(|(at, slashes)| {
        let start = at + slashes.len();
        let rest = text.get(start..)?;
        let authority = rest.split(['/', '?', '#', '"', '\'', '\n', ' ']).next()?;
        authority.rfind('@').map(|length| start..start + length)
    })
}

/// What follows the first `=` of a line that names a secret.
fn suspicious(text: &str, at: usize) -> Option<Range<usize>> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.split('\n').next()?;
    let equals = line.find('=')?;
    line.split(|letter: char| !letter.is_alphanumeric() && !"_-".contains(letter))
        .any(may_be_secret)
        .then_some(start + equals + 1..start + line.len())
}
