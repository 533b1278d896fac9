//! What a value looks like: a time, an id, an amount. Names say what is meant; this is for where they don't.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::diff::scalar;
use crate::order::{DEPTH_MAX, Json};

/// Longest id, in bytes: beyond it is a text.
const ID_BYTES_MAX: usize = 128;

/// Length of a UUID as it is mostly written; the other ways are ids like any.
const UUID_BYTES: usize = 36;

/// Years in which a number is taken for a time: all that orders are of. A quantity is none.
const EPOCH_YEARS: std::ops::Range<i16> = 2000..2100;

/// What one value looks like. A value can look like nothing that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// The moment that it names; one without an offset as if it were UTC.
    pub(super) moment: Option<Timestamp>,
    /// A document's number, a key, a token: digits, perhaps letters and `-_:./`, no space, and no time.
    pub(super) is_id: bool,
    /// A UUID.
    pub(super) is_uuid: bool,
    /// Whether it may be money or a quantity, or holds what may be.
    pub(super) is_amount: bool,
}

impl Look {
    /// What `value` looks like.
    pub(super) fn of(value: &Json<'_>) -> Self {
        let moment = moment(value);
        let text = value.scalar_text().unwrap_or_default();
        let is_id = moment.is_none() && is_id(text) && text.parse::<DateTime>().is_err();
        let is_uuid = is_id && text.len() == UUID_BYTES && Uuid::try_parse(text).is_ok();
        Self { moment, is_id, is_uuid, is_amount: may_be_amount(value, DEPTH_MAX) }
    }
}

/// A time: an instant as the rule `same_instant` reads it, or a date and a time of day without an offset.
fn moment(value: &Json<'_>) -> Option<Timestamp> {
    if let Some(instant) = scalar::instant(value) {
        let is_likely = || EPOCH_YEARS.contains(&TimeZone::UTC.to_datetime(instant).year());
        return (!matches!(value, Json::Number(_)) || is_likely()).then_some(instant);
    }
    // Without a time of day it is a day, which is a promise rather than a trace of when something ran.
    let text = value.as_str().map(str::trim).filter(|text| text.contains(':'))?;
    let local: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(local).ok()
}

fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:./".contains(&byte);
    text.len() <= ID_BYTES_MAX && text.bytes().all(fits) && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether it is a number that is no time, a text with an amount in it (`19,90 €`, `5 pcs`), or a container of either.
fn may_be_amount(value: &Json<'_>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    match value {
        Json::Null | Json::Bool(_) => false,
        Json::Number(_) => moment(value).is_none(),
        Json::String(text) => moment(value).is_none() && text.split_whitespace().any(word_is_amount),
        Json::Array(items) => items.iter().any(|item| may_be_amount(item, depth)),
        Json::Object(members) => members.iter().any(|(_, member)| may_be_amount(member, depth)),
    }
}

/// Digits, their separators aside, and no letters but a unit behind them, or a currency before a fraction. `SO-1001` is
/// none, and neither is a UUID nor a date.
fn word_is_amount(word: &str) -> bool {
    let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    let number = bare.trim_start_matches(char::is_alphabetic);
    let has_prefix = number.len() < bare.len();
    let number = number.trim_end_matches(char::is_alphabetic);
    let separator = |letter: char| matches!(letter, '.' | ',' | '\'' | '’');
    let is_number = number.starts_with(|letter: char| letter.is_numeric())
        && number.chars().all(|letter| letter.is_numeric() || separator(letter));
    is_number && (!has_prefix || number.contains(separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_look_like_what_they_are() {
        for (value, expected) in [
            (r#""2026-11-20T18:00:00Z""#, "time"),
            (r#""2026-11-20T18:00:00+01:00""#, "time"),
            (r#""Fri, 20 Nov 2026 18:00:00 GMT""#, "time"),
            (r#""/Date(1795197600000)/""#, "time"),
            (r#""2026-11-20 18:00:00.123""#, "time"),
            ("1795197600", "time"),
            ("1795197600000", "time"),
            // A day, and numbers that are no time that an order has.
            (r#""2026-11-20""#, ""),
            ("17", "id amount"),
            ("99999999999999", "id amount"),
            ("19.90", "id amount"),
            (r#""19.90""#, "id amount"),
            (r#""19,90 €""#, "amount"),
            (r#""€19.90""#, "amount"),
            (r#""EUR19.90""#, "id amount"),
            (r#""5 pcs""#, "amount"),
            (r#""5pcs""#, "id amount"),
            (r#""1'000""#, "amount"),
            (r#""4500012345""#, "id amount"),
            (r#""-5""#, "id amount"),
            (r#""SO-1001""#, "id"),
            (r#""L1001""#, "id"),
            (r#""9f86d081884c7d65""#, "id"),
            (r#""550e8400-e29b-41d4-a716-446655440000""#, "uuid"),
            (r#""https://erp.example/orders/17""#, "id"),
            (r#""open""#, ""),
            (r#""order 17b/2""#, ""),
            (r#""""#, ""),
            ("true", ""),
            ("null", ""),
            (r#"{"a":["b",{"c":1}]}"#, "amount"),
            (r#"{"a":["b",{"c":null}]}"#, ""),
            ("[]", ""),
        ] {
            let look = Look::of(&Json::parse(value.as_bytes()).unwrap());
            let id = if look.is_uuid { "uuid" } else { "id" };
            let words: Vec<&str> = [(look.moment.is_some(), "time"), (look.is_id, id), (look.is_amount, "amount")]
                .into_iter()
                .filter_map(|(is, word)| is.then_some(word))
                .collect();
            assert_eq!(words.join(" "), expected, "{value}");
        }
    }
}
