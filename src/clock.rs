//! The wall clock, read in one place so that everything below takes `now` as an argument.

use jiff::Timestamp;

/// The time now, UTC, cut to the microseconds that the journal keeps.
#[must_use]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
