//! The kinds of values that the keys take: durations, addresses, pointers, names, numbers. Each reads
//! one value and says what is wrong with it.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use hyper::header::HeaderName;
use jiff::Timestamp;
use jiff::fmt::friendly::{Spacing, SpanParser, SpanPrinter};

use super::KeySource;
use super::reader::{Value, nearest, quoted, shown};
use super::types::HEADER_PREFIX;
use crate::order::Pointer;
use crate::outcome::UnknownName;

/// Longest duration that is taken: a year. Nothing here takes longer, and times stay in range.
const DURATION_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Shortest duration other than zero: clocks and timers below it tell nothing.
const DURATION_MIN: Duration = Duration::from_millis(1);

/// Longest text that names something in a report.
const WORDS_CHARS_MAX: usize = 120;

/// A duration such as `5s`, `1h30m` or `250ms`, at least a millisecond.
pub(crate) fn duration(value: &Value<'_>) -> Option<Duration> {
    match duration_or_zero(value)? {
        Duration::ZERO => value.wrong(format!("`{}` is zero", value.name), "write how long, such as \"5s\""),
        duration => Some(duration),
    }
}

/// A duration that may be zero.
pub(crate) fn duration_or_zero(value: &Value<'_>) -> Option<Duration> {
    const WRITE: &str = "write a number and a unit (h, m, s, ms), such as \"5s\", \"1h30m\" or \"250ms\"";
    if value.is_number() {
        return value.wrong(format!("`{}` has no unit", value.name), WRITE);
    }
    let text = value.text()?;
    let Ok(duration) = SpanParser::new().parse_unsigned_duration(text) else {
        return value.wrong(format!("`{}`: `{}` is no duration", value.name, shown(text)), WRITE);
    };
    if duration > DURATION_MAX {
        return value.wrong(format!("`{}` is longer than a year", value.name), "write at most \"8784h\"");
    }
    if !duration.is_zero() && duration < DURATION_MIN {
        return value.wrong(format!("`{}` is shorter than a millisecond", value.name), "write at least \"1ms\"");
    }
    Some(duration)
}

/// A duration as a configuration writes it, such as `1h30m`.
#[must_use]
pub fn duration_text(duration: Duration) -> String {
    SpanPrinter::new().spacing(Spacing::None).unsigned_duration_to_string(&duration)
}

/// An IP address and a port.
pub(crate) fn address(value: &Value<'_>) -> Option<SocketAddr> {
    let text = value.text()?;
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let meant = match text.rsplit_once(':') {
        Some(("localhost", port)) => format!("127.0.0.1:{port}"),
        Some(("" | "*", port)) => format!("0.0.0.0:{port}"),
        None if text.parse::<u16>().is_ok() => format!("127.0.0.1:{text}"),
        _ => "127.0.0.1:8080".to_owned(),
    };
    let meant = meant.parse::<SocketAddr>().map_or_else(|_| "127.0.0.1:8080".to_owned(), |meant| meant.to_string());
    let write = format!("write both, such as \"{meant}\"");
    value.wrong(format!("`{}`: `{}` is no IP address with a port", value.name, shown(text)), write)
}

/// A JSON Pointer (RFC 6901); the empty one names the whole document.
pub(crate) fn pointer(value: &Value<'_>) -> Option<Pointer> {
    let text = value.text()?;
    match Pointer::parse(text) {
        Ok(pointer) => Some(pointer),
        Err(error) => {
            let write = if text.starts_with('$') || text.contains('.') {
                format!("{error}; write \"/{}\"", shown(text).trim_start_matches(['$', '.']).replace('.', "/"))
            } else {
                error.to_string()
            };
            value.wrong(format!("`{}`: `{}` is no JSON Pointer", value.name, shown(text)), write)
        }
    }
}

/// A JSON Pointer to something inside a document.
pub(crate) fn inner_pointer(value: &Value<'_>) -> Option<Pointer> {
    let pointer = pointer(value)?;
    if pointer.to_string().is_empty() {
        return value.wrong(
            format!("`{}` is the empty pointer, which names the whole document", value.name),
            "write the place of a single value, such as \"/id\"",
        );
    }
    Some(pointer)
}

/// A list of pointers, the first that yields a value counts.
pub(crate) fn pointers(value: &Value<'_>) -> Option<Vec<Pointer>> {
    value.list(inner_pointer)
}

/// A list of places for a key, at least one.
pub(crate) fn key_sources(value: &Value<'_>) -> Option<Vec<KeySource>> {
    match value.list(key_source)? {
        sources if sources.is_empty() && value.is_empty_list() => {
            value.wrong(format!("`{}` names no place", value.name), "write where it is, such as [\"/id\"]")
        }
        sources => Some(sources),
    }
}

/// A list of places for a key; none takes away those of a profile.
pub(crate) fn some_key_sources(value: &Value<'_>) -> Option<Vec<KeySource>> {
    value.list(key_source)
}

fn key_source(value: &Value<'_>) -> Option<KeySource> {
    let text = value.text()?;
    match text.strip_prefix(HEADER_PREFIX) {
        Some(name) => header_name(value, name).map(KeySource::Header),
        None => inner_pointer(value).map(KeySource::Pointer),
    }
}

/// `text`, which stands at `value`, as the name of a header.
pub(crate) fn header_name(value: &Value<'_>, text: &str) -> Option<HeaderName> {
    match HeaderName::from_str(text) {
        Ok(name) => Some(name),
        Err(_) => value.wrong(
            format!("`{}`: `{}` is no header name", value.name, shown(text)),
            "write letters, digits and dashes only, such as `X-Shop-Id`",
        ),
    }
}

/// A name out of a few, such as a role.
pub(crate) fn named<T: FromStr<Err = UnknownName>>(value: &Value<'_>) -> Option<T> {
    let text = value.text()?;
    match text.parse() {
        Ok(named) => Some(named),
        Err(UnknownName { what, names }) => {
            let write = match nearest(text, names) {
                Some(near) => format!("did you mean `{near}`? There are {}", quoted(names)),
                None => format!("write one of {}", quoted(names)),
            };
            value.wrong(format!("`{}`: `{}` is no {what}", value.name, shown(text)), write)
        }
    }
}

/// An integer in `range`.
pub(crate) fn integer<T: TryFrom<i64>>(range: RangeInclusive<i64>) -> impl Fn(&Value<'_>) -> Option<T> {
    move |value| {
        let integer = value.integer()?;
        let fits = range.contains(&integer).then(|| T::try_from(integer).ok()).flatten();
        let wrong = || {
            let write = format!("write a number from {} to {}", range.start(), range.end());
            value.wrong(format!("`{}` is out of range: {integer}", value.name), write)
        };
        fits.or_else(wrong)
    }
}

/// A fraction between 0 and 1, both excluded.
pub(crate) fn fraction(value: &Value<'_>) -> Option<f64> {
    match value.number()? {
        number if number > 0.0 && number < 1.0 => Some(number),
        number => value.wrong(
            format!("`{}` must lie between 0 and 1, and is {number}", value.name),
            "write a fraction such as 0.95 or 0.001",
        ),
    }
}

/// Text that will name something in a report: a line, not empty.
pub(crate) fn words(value: &Value<'_>) -> Option<String> {
    let text = value.text()?.trim();
    if text.is_empty() {
        return value.wrong(format!("`{}` is empty", value.name), "write a few words");
    }
    if text.chars().any(char::is_control) || text.chars().count() > WORDS_CHARS_MAX {
        let write = format!("write one line of at most {WORDS_CHARS_MAX} characters");
        return value.wrong(format!("`{}` is more than a few words", value.name), write);
    }
    Some(text.to_owned())
}

/// A point in time, with its offset.
pub(crate) fn time(value: &Value<'_>) -> Option<Timestamp> {
    let text = value.date_text()?;
    match text.parse() {
        Ok(time) => Some(time),
        Err(_) => value.wrong(
            format!("`{}`: `{}` is no time with an offset", value.name, shown(&text)),
            "write it like 2026-01-05T00:00:00Z",
        ),
    }
}
