//! Times as exports write them. An export has a time zone of its own where it says none, and a date whose day and
//! month could be either is refused rather than guessed.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::observe::moment::moment;
use crate::order::Json;

/// Forms without an offset, beside ISO 8601; the month is a name, or the points say that the day comes first.
const CIVIL: [&str; 9] = [
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%d %b %Y %H:%M:%S",
    "%d-%b-%Y %H:%M:%S",
    "%b %d, %Y %I:%M:%S %p",
    "%Y-%m-%d %H:%M",
];

/// Forms with an offset, beside RFC 3339 and RFC 2822.
const OFFSET: [&str; 2] = ["%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z"];

const ISO: &str = "no time; export it as 2026-11-20T18:00:00Z, or without an offset and with `time_zone` set";
const SLASHES: &str = "day and month can't be told apart; export it as 2026-04-03";
const SERIAL: &str = "a spreadsheet's day number, it seems; export it as text, such as 2026-11-20T18:00:00Z";

/// Numbers below this are no epoch of any order: seconds since 1970 have passed it in 1973. Spreadsheets count days.
const EPOCH_FROM: f64 = 100_000_000.0;

/// The second day of the year 2, UTC: later than the year 1 in any zone.
const YEAR_2: Timestamp = Timestamp::constant(-62_103_974_400, 0);

/// Reads a time, cut to microseconds; `None`: there is none.
///
/// What has no offset is in `zone`; where its clocks were set back and the time occurred twice, it is the first.
pub(super) fn time(value: &Json<'_>, zone: &TimeZone) -> Result<Option<Timestamp>, &'static str> {
    let text = match value {
        Json::String(text) => text.trim(),
        other => return moment(other).map_err(|_| ISO),
    };
    if text.starts_with("0000-00-00") {
        return Ok(None);
    }
    if is_number(text) {
        return digits(text, zone);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(told(time));
    }
    if is_slashed(text) {
        return Err(SLASHES);
    }
    if let Some(time) = civil(text).and_then(|civil| zone.to_timestamp(civil).ok()) {
        return Ok(told(time));
    }
    let offset = text.strip_suffix("UTC").map_or(Cow::Borrowed(text), |rest| format!("{rest}+0000").into());
    if let Some(time) = OFFSET.iter().find_map(|form| strtime::parse(form, &*offset).ok()?.to_timestamp().ok()) {
        return Ok(Some(time));
    }
    moment(value).map_err(|_| ISO)
}

/// A time as the journal keeps it; the year 1 is how some systems write that there is none.
fn told(time: Timestamp) -> Option<Timestamp> {
    let cut = Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time);
    (cut >= YEAR_2).then_some(cut)
}

fn civil(text: &str) -> Option<DateTime> {
    // The parser of civil times reads over an offset; who has one was read before, or is of another form.
    let iso = || text.parse::<DateTime>().ok().filter(|_| !has_offset(text));
    iso().or_else(|| CIVIL.iter().find_map(|form| strtime::parse(form, text).ok()?.to_datetime_or_midnight()))
}

/// Whether an offset stands behind a time of day.
fn has_offset(text: &str) -> bool {
    text.split_once(':').is_some_and(|(_, behind)| behind.contains(['+', '-', 'Z', 'z', '[']))
}

/// Digits alone: a date or a time without separators (20261120, 20261120180000), or an epoch number.
fn digits(text: &str, zone: &TimeZone) -> Result<Option<Timestamp>, &'static str> {
    let form = match text.len() {
        _ if text.contains('.') => None,
        8 => Some("%Y%m%d"),
        14 => Some("%Y%m%d%H%M%S"),
        _ => None,
    };
    if text.bytes().all(|byte| byte == b'0') {
        return Ok(None);
    }
    if let Some(form) = form {
        let civil = strtime::parse(form, text).ok().and_then(|parsed| parsed.to_datetime_or_midnight());
        return civil.and_then(|civil| zone.to_timestamp(civil).ok()).map(Some).ok_or(ISO);
    }
    let number = Json::parse(text.as_bytes()).map_err(|_| ISO)?;
    if text.parse::<f64>().is_ok_and(|number| number < EPOCH_FROM) {
        return Err(SERIAL);
    }
    moment(&number).map_err(|_| ISO)
}

/// Digits, with at most one point among them.
fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    !whole.is_empty() && [whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Three numbers with slashes or hyphens between, the year not first.
fn is_slashed(text: &str) -> bool {
    let date = text.split([' ', 'T', ',']).next().unwrap_or_default();
    let mut parts = date.split(['/', '-']);
    let is_number = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.clone().count() == 3 && parts.clone().all(is_number) && parts.next().is_some_and(|first| first.len() <= 2)
}

/// A date that may have no time of day.
trait OrMidnight {
    fn to_datetime_or_midnight(&self) -> Option<DateTime>;
}

impl OrMidnight for strtime::BrokenDownTime {
    fn to_datetime_or_midnight(&self) -> Option<DateTime> {
        let date = self.to_date().ok()?;
        Some(self.to_datetime().unwrap_or_else(|_| date.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: &str, rows: &[(&str, Result<Option<&str>, &'static str>)]) {
        let zone = TimeZone::get(zone).unwrap();
        for (text, expected) in rows {
            let read = time(&Json::String((*text).into()), &zone).map(|time| time.map(|time| time.to_string()));
            assert_eq!(read, expected.map(|time| time.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn times_are_read_as_exports_write_them() {
        check(
            "UTC",
            &[
                ("2026-11-20T18:00:00Z", Ok(Some("2026-11-20T18:00:00Z"))),
                ("2026-11-20T18:00:00.1234567+01:00", Ok(Some("2026-11-20T17:00:00.123456Z"))),
                ("2026-11-20 18:00:00 +0100", Ok(Some("2026-11-20T17:00:00Z"))),
                ("2026-11-20T18:00:00+0100", Ok(Some("2026-11-20T17:00:00Z"))),
                ("2026-11-20 18:00:00 UTC", Ok(Some("2026-11-20T18:00:00Z"))),
                ("Fri, 20 Nov 2026 18:00:00 +0100", Ok(Some("2026-11-20T17:00:00Z"))),
                ("/Date(1471392000000)/", Ok(Some("2016-08-17T00:00:00Z"))),
                ("1471392000000", Ok(Some("2016-08-17T00:00:00Z"))),
                ("1471392000", Ok(Some("2016-08-17T00:00:00Z"))),
                ("1471392000.5", Ok(Some("2016-08-17T00:00:00.5Z"))),
                (" 2026-11-20 ", Ok(Some("2026-11-20T00:00:00Z"))),
                ("20.11.2026", Ok(Some("2026-11-20T00:00:00Z"))),
                ("20261120", Ok(Some("2026-11-20T00:00:00Z"))),
                ("20261120180000", Ok(Some("2026-11-20T18:00:00Z"))),
                ("20-Nov-2026 18:00:00", Ok(Some("2026-11-20T18:00:00Z"))),
                ("Nov 20, 2026 06:00:00 PM", Ok(Some("2026-11-20T18:00:00Z"))),
                ("", Ok(None)),
                ("0001-01-01", Ok(None)),
                ("0001-01-01T00:00:00Z", Ok(None)),
                ("0000-00-00 00:00:00", Ok(None)),
                ("00000000", Ok(None)),
            ],
        );
    }

    #[test]
    fn a_time_without_an_offset_is_in_the_zone_of_the_export() {
        check(
            "Europe/Berlin",
            &[
                ("2026-11-20T18:00:00Z", Ok(Some("2026-11-20T18:00:00Z"))),
                ("2026-11-20T18:00:00", Ok(Some("2026-11-20T17:00:00Z"))),
                ("2026-07-20 18:00", Ok(Some("2026-07-20T16:00:00Z"))),
                ("20.11.2026 18:00", Ok(Some("2026-11-20T17:00:00Z"))),
                ("2026/11/20 18:00:00", Ok(Some("2026-11-20T17:00:00Z"))),
                // Clocks were set back at three: the first of the two.
                ("2026-10-25 02:30:00", Ok(Some("2026-10-25T00:30:00Z"))),
                ("1471392000", Ok(Some("2016-08-17T00:00:00Z"))),
            ],
        );
    }

    #[test]
    fn what_is_no_time_says_what_to_export() {
        check(
            "UTC",
            &[
                ("03/04/2026", Err(SLASHES)),
                ("03/04/2026 10:00", Err(SLASHES)),
                ("13-04-2026", Err(SLASHES)),
                ("4/3/26", Err(SLASHES)),
                ("45981.75", Err(SERIAL)),
                ("45981", Err(SERIAL)),
                ("20261340", Err(ISO)),
                ("31.02.2026", Err(ISO)),
                ("soon", Err(ISO)),
                (".", Err(ISO)),
                ("1e9", Err(ISO)),
            ],
        );
    }
}
