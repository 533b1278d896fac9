//! `[lane.X.import]` and `[census.import]` written out.

use super::super::import::time_zone_text;
use super::super::{Import, RowPlace};
use super::toml::{Toml, list, matches};

/// `at` is the key of the time: `committed_at` or `placed_at`.
pub(super) fn import(toml: &mut Toml, table: &str, import: &Import, at: &str) {
    toml.header(format_args!("[{table}]"));
    import.format.iter().for_each(|format| toml.text("format", format));
    toml.text("encoding", import.encoding);
    if let Some(delimiter) = import.delimiter {
        toml.text("delimiter", char::from(delimiter));
    }
    toml.text("items", &import.items);
    let mut place = |key: &str, place: &RowPlace| match place {
        RowPlace::Column(heading) => toml.text(key, heading),
        RowPlace::Pointer(pointer) => toml.text(key, pointer),
    };
    place("order_key", &import.order_key);
    import.reference.iter().for_each(|reference| place("reference", reference));
    import.at.iter().for_each(|time| place(at, time));
    import.document.iter().for_each(|document| place("document", document));
    import.order_key_strip.iter().for_each(|prefix| toml.text("order_key_strip", prefix));
    toml.text("time_zone", time_zone_text(&import.time_zone));
    import.cancelled.iter().for_each(|cancelled| toml.raw("cancelled", matches(cancelled)));
    for exclude in &import.excludes {
        toml.header(format_args!("[[{table}.exclude]]"));
        toml.text("pointer", &exclude.matches.pointer);
        toml.raw("equals", list(&exclude.matches.equals));
        toml.text("reason", &exclude.reason);
    }
}
