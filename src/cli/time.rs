//! Moments as they are typed.

use jiff::{Timestamp, ZonedDateTime};

/// A moment, with its offset or its zone.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    let zoned = || text.parse::<ZonedDateTime>().ok().map(|zoned| zoned.timestamp());
    text.parse().ok().or_else(zoned).ok_or_else(|| {
        "write a date and a time with its offset or zone, as 2026-11-20T18:00:00Z, 2026-11-20T19:00:00+01:00 or \
         2026-11-20T19:00:00[Europe/Berlin]"
            .to_owned()
    })
}

/// The same to the second, as reports show moments: what nobody can read off a report can't be derived from it again.
pub(super) fn second(text: &str) -> Result<Timestamp, String> {
    let at = time(text)?;
    if at.subsec_nanosecond() == 0 { Ok(at) } else { Err("write whole seconds, as reports show them".to_owned()) }
}
