//! Headers and tokens: secrets come from the environment, and their values are never shown.

use hyper::header::{HeaderName, HeaderValue};

use super::Secret;
use super::mask::{ENV, is_secret_name};
use super::reader::{Value, shown};
use super::values;

/// Headers that paritee sets itself, or that belong to one connection.
const OWN_HEADERS: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "idempotency-key",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A header as written and as resolved.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
    /// As it stands in the file: `env:NAME`, or the text of a value that is no secret.
    pub(super) written: String,
}

impl Header {
    /// Whether this header says who is asking.
    pub(super) fn is_credential(&self) -> bool {
        self.written.starts_with(ENV) || is_secret_name(self.name.as_str())
    }
}

/// `headers = { name = "value", authorization = "env:NAME" }`
pub(super) fn headers(value: &Value<'_>) -> Option<Vec<Header>> {
    let mut headers: Vec<Header> = Vec::new();
    for (name, value) in value.table()?.entries(&[]) {
        let Some(header) = header(name.value, &value) else {
            continue;
        };
        if headers.iter().any(|earlier| earlier.name == header.name) {
            value.wrong::<()>(format!("`{}` stands twice", value.name), "keep one; case makes no difference");
            continue;
        }
        headers.push(header);
    }
    Some(headers)
}

fn header(name: &str, value: &Value<'_>) -> Option<Header> {
    let name = values::header_name(value, name)?;
    if OWN_HEADERS.contains(&name.as_str()) {
        let write =
            if name == "host" { "take it out; there is `host = \"keep\"` or \"target\"" } else { "take it out" };
        return value.wrong(format!("`{}` is set by paritee itself", value.name), write);
    }
    let written = value.text()?.to_owned();
    let text = if is_secret_name(name.as_str()) { secret(value)? } else { resolved(value)? };
    let Ok(mut header) = HeaderValue::from_str(&text) else {
        return value.wrong(
            format!("`{}` can't stand in a header", value.name),
            "it may hold no line breaks or control characters; look at the end of the variable",
        );
    };
    header.set_sensitive(true);
    Some(Header { name, value: header, written })
}

/// A secret, which must come from the environment.
pub(super) fn secret(value: &Value<'_>) -> Option<String> {
    if value.text()?.starts_with(ENV) {
        return resolved(value);
    }
    value.wrong(
        format!("`{}` is a secret, and stands in the file", value.name),
        format!("put it into an environment variable and write \"{ENV}NAME\", with the variable's name"),
    )
}

/// A secret that must come from the environment, and how it is written.
pub(super) fn secret_as_written(value: &Value<'_>) -> Option<Secret> {
    Some(Secret::written_as(secret(value)?, value.text()?.to_owned()))
}

/// The text, or what the environment has for `env:NAME`.
pub(super) fn resolved(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    let Some(name) = text.strip_prefix(ENV) else {
        return Some(text.to_owned());
    };
    if name.is_empty() || name.contains(['=', '\0', ' ']) {
        let write = format!("write \"{ENV}NAME\", with the variable's name");
        return value.wrong(format!("`{}` names no environment variable", value.name), write);
    }
    match (value.context.env)(name) {
        Some(text) if !text.trim().is_empty() => Some(text),
        Some(_) => value.wrong(
            format!("`{}`: the environment variable `{}` is empty", value.name, shown(name)),
            "set it to the secret before paritee starts",
        ),
        None => value.wrong(
            format!("`{}`: the environment variable `{}` is not set", value.name, shown(name)),
            format!("set it before paritee starts: export {}=…", shown(name)),
        ),
    }
}
