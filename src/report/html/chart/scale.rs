//! From values to places in a picture, in whole tenths of a unit, and to round numbers beside it.

use super::{BOTTOM, LEFT, RIGHT, TOP};

/// A place in tenths as an attribute: `123.4`.
pub(super) fn tenths(place: u32) -> String {
    format!("{}.{}", place / 10, place % 10)
}

/// `value` of `max` as a part of `length`; all of it where it is more, nothing where there is no `max`.
pub(super) fn part(value: u64, max: u64, length: u32) -> u32 {
    let part = u128::from(value.min(max)) * u128::from(length) / u128::from(max.max(1));
    u32::try_from(part).unwrap_or(length)
}

/// How high a value stands, in tenths from above.
pub(super) fn down(value: u64, max: u64) -> u32 {
    BOTTOM * 10 - part(value, max, (BOTTOM - TOP) * 10)
}

/// How far to the right a place stands, in tenths.
pub(super) fn along(place: u64, places: u64) -> u32 {
    LEFT * 10 + part(place, places, (RIGHT - LEFT) * 10)
}

/// Round numbers from zero to `max` or the next one, four steps or fewer; zero and one where there is nothing.
pub(super) fn ticks(max: u64) -> Vec<u64> {
    let max = max.max(1);
    let step = steps().find(|step| max.div_ceil(*step) <= 4).unwrap_or(u64::MAX / 4);
    (0..=max.div_ceil(step)).map(|at| at.saturating_mul(step)).collect()
}

/// 1, 2, 5, 10, 20, 50 and so on.
fn steps() -> impl Iterator<Item = u64> {
    let powers = (0..20).map(|power| 10_u64.saturating_pow(power));
    powers.flat_map(|power| [1, 2, 5].map(|factor| power.saturating_mul(factor)))
}

/// A number in few letters: `950`, `1.2 k`, `30 k`, `1.8 M`.
pub(in crate::report::html) fn short(number: u64) -> String {
    let units = ["", "k", "M", "G", "T", "P", "E"];
    let mut scaled = (number, 0_u64, units.into_iter());
    let mut unit = scaled.2.next().unwrap_or_default();
    while scaled.0 >= 1_000 {
        scaled.1 = scaled.0 % 1_000 / 100;
        scaled.0 /= 1_000;
        unit = scaled.2.next().unwrap_or_default();
    }
    match (scaled.0, scaled.1, unit) {
        (whole, _, "") => whole.to_string(),
        (whole @ 0..10, tenth @ 1.., unit) => format!("{whole}.{tenth} {unit}"),
        (whole, _, unit) => format!("{whole} {unit}"),
    }
}
