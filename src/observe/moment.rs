//! When a document was committed, as ERPs write it.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

use crate::order::Json;

/// Epoch numbers below this are seconds (until the year 5138), from here on milliseconds (since 1973).
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// Epoch numbers from here on are microseconds (since 1973; milliseconds would be the year 5138).
const MICROSECONDS_FROM: i64 = MILLISECONDS_FROM * 1_000;

/// A value that is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no time: RFC 3339, RFC 2822, /Date(…)/ or an epoch number is expected")]
pub(super) struct NoTime;

/// Reads a time, cut to the microseconds that the journal keeps. `None`: the document says that it has
/// none (null, an empty text, the year 1 that some systems write for empty).
///
/// Taken are RFC 3339 (without an offset it is UTC: servers that leave it out mostly mean that, and a
/// ledger's clock offset can't tell), a date alone (its midnight, UTC), RFC 2822, the `/Date(ms)/` of
/// OData 2, and epoch seconds, milliseconds or microseconds, told apart by their size.
pub(super) fn moment(value: &Json<'_>) -> Result<Option<Timestamp>, NoTime> {
    let time = match value {
        Json::Null => return Ok(None),
        Json::String(text) if text.trim().is_empty() => return Ok(None),
        Json::String(text) => written(text.trim())?,
        Json::Number(number) => epoch(number.text())?,
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => return Err(NoTime),
    };
    let year = TimeZone::UTC.to_datetime(time).year();
    Ok((year > 1).then(|| Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)))
}

fn written(text: &str) -> Result<Timestamp, NoTime> {
    if let Ok(time) = Timestamp::from_str(text) {
        return Ok(time);
    }
    if let Ok(civil) = DateTime::from_str(text) {
        return TimeZone::UTC.to_timestamp(civil).map_err(|_| NoTime);
    }
    if let Some(inner) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        // An offset may follow; it only says how to show the time.
        let digits = inner.get(1..).and_then(|rest| rest.find(['+', '-'])).map_or(inner, |at| &inner[..=at]);
        return Timestamp::from_millisecond(digits.parse().map_err(|_| NoTime)?).map_err(|_| NoTime);
    }
    rfc2822::DateTimeParser::new().parse_timestamp(text).map_err(|_| NoTime)
}

/// An epoch number by its text: no float comes near it.
fn epoch(text: &str) -> Result<Timestamp, NoTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().map_err(|_| NoTime)?;
    let unit: i64 = match whole.abs() {
        MICROSECONDS_FROM.. => 1,
        MILLISECONDS_FROM.. => 1_000,
        _ => 1_000_000,
    };
    let mut micros = whole.checked_mul(unit).ok_or(NoTime)?;
    let mut place = unit;
    for digit in fraction.chars() {
        place /= 10;
        let digit = i64::from(digit.to_digit(10).ok_or(NoTime)?);
        micros += if text.starts_with('-') { -digit * place } else { digit * place };
    }
    Timestamp::from_microsecond(micros).map_err(|_| NoTime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_erps_write_them() {
        for (json, expected) in [
            (r#""2024-07-03T10:00:00Z""#, Some("2024-07-03T10:00:00Z")),
            (r#""2024-07-03T12:00:00.123456789+02:00""#, Some("2024-07-03T10:00:00.123456Z")),
            (r#""2024-07-03T10:00:00""#, Some("2024-07-03T10:00:00Z")),
            (r#""2024-07-03 10:00:00.5""#, Some("2024-07-03T10:00:00.5Z")),
            (r#""2024-07-03""#, Some("2024-07-03T00:00:00Z")),
            (r#"" Wed, 03 Jul 2024 12:00:00 +0200 ""#, Some("2024-07-03T10:00:00Z")),
            (r#""/Date(1720000800000)/""#, Some("2024-07-03T10:00:00Z")),
            (r#""/Date(1720000800000+0120)/""#, Some("2024-07-03T10:00:00Z")),
            (r#""/Date(-1000)/""#, Some("1969-12-31T23:59:59Z")),
            ("1720000800", Some("2024-07-03T10:00:00Z")),
            ("1720000800.25", Some("2024-07-03T10:00:00.25Z")),
            ("1720000800123", Some("2024-07-03T10:00:00.123Z")),
            ("1720000800123.456789", Some("2024-07-03T10:00:00.123456Z")),
            ("1720000800123456", Some("2024-07-03T10:00:00.123456Z")),
            ("-1.5", Some("1969-12-31T23:59:58.5Z")),
            ("null", None),
            (r#""""#, None),
            (r#"" ""#, None),
            (r#""0001-01-01T00:00:00Z""#, None),
            (r#""0001-01-01""#, None),
        ] {
            let time = moment(&Json::parse(json.as_bytes()).unwrap()).map(|time| time.map(|time| time.to_string()));
            assert_eq!(time, Ok(expected.map(str::to_owned)), "{json}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for json in [
            "true",
            "[]",
            "{}",
            r#""soon""#,
            "1e9",
            "99999999999999999999",
            r#""2024-13-01""#,
            r#""/Date()/""#,
            r#""/Date(é)/""#,
        ] {
            assert_eq!(moment(&Json::parse(json.as_bytes()).unwrap()), Err(NoTime), "{json}");
        }
    }
}
