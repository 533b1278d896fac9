//! `[lane.X.import]` and `[census.import]`: how exports are read.

use jiff::tz::{Offset, TimeZone};

use super::matches::{in_row, row_matches};
use super::poll::prefix;
use super::reader::{Table, Value, shown};
use super::values::{inner_pointer, named, pointer, words};
use super::{Encoding, Import, ImportExclude, RowPlace};
use crate::order::Pointer;

/// How the exports of a lane's ledger are read.
pub(super) fn of_lane(value: &Value<'_>) -> Option<Import> {
    let mut table = value.table()?;
    let mut import = shared(&mut table);
    let reference = table.get("reference", row_place).map(|at| at.value);
    let at = table.get("committed_at", row_place).map(|at| at.value);
    if !table.has("reference") && !table.has("committed_at") {
        let what = format!("`{}` has neither `reference` nor `committed_at`", table.name);
        let write = "write reference = \"Document Number\": without a number or a time a row shows no commit";
        table.context.absent(table.span.clone(), what, write);
    }
    table.close();
    if let Some(import) = &mut import {
        import.reference = reference;
        import.at = at;
    }
    import
}

/// How the storefront's own list of orders is read.
pub(super) fn of_census(value: &Value<'_>) -> Option<Import> {
    let mut table = value.table()?;
    let mut import = shared(&mut table);
    let at = table.get("placed_at", row_place).map(|at| at.value);
    let excludes = table.or("exclude", Vec::new(), |value| value.list(exclude));
    table.close();
    if let Some(import) = &mut import {
        import.at = at;
        import.excludes = excludes;
    }
    import
}

fn shared(table: &mut Table<'_>) -> Option<Import> {
    let format = table.get("format", named).map(|at| at.value);
    let encoding = table.or("encoding", Encoding::Utf8, named);
    let delimiter = table.get("delimiter", delimiter).map(|at| at.value);
    let items = table.or("items", Pointer::parse("").ok(), |value| pointer(value).map(Some));
    let write = "write order_key = \"Order\", a column's heading, or a pointer where the rows are JSON";
    let order_key = table.need("order_key", write, row_place);
    let order_key_strip = table.get("order_key_strip", prefix).map(|at| at.value);
    let time_zone = table.or("time_zone", TimeZone::UTC, time_zone);
    let document = table.get("document", row_place).map(|at| at.value);
    let cancelled = table.get("cancelled", row_matches).map(|at| at.value);
    Some(Import {
        format,
        encoding,
        delimiter,
        items: items?,
        order_key: order_key?.value,
        order_key_strip,
        reference: None,
        at: None,
        time_zone,
        document,
        cancelled,
        excludes: Vec::new(),
    })
}

fn exclude(value: &Value<'_>) -> Option<ImportExclude> {
    let mut table = value.table()?;
    let matches = in_row(&mut table);
    let reason = table.need("reason", "write reason = \"test order\": orders set aside are counted by it", words);
    table.close();
    Some(ImportExclude { matches: matches?, reason: reason?.value })
}

/// A column's heading, or a pointer where it begins with `/`.
fn row_place(value: &Value<'_>) -> Option<RowPlace> {
    if value.text()?.starts_with('/') {
        return inner_pointer(value).map(RowPlace::Pointer);
    }
    words(value).map(RowPlace::Column)
}

fn delimiter(value: &Value<'_>) -> Option<u8> {
    match (value.text()?, value.text()?.as_bytes()) {
        ("tab" | "\t", _) => Some(b'\t'),
        (_, [byte]) if byte.is_ascii_punctuation() && !b"\"'.-_".contains(byte) => Some(*byte),
        (text, _) => value.wrong(
            format!("`{}`: `{}` parts no columns", value.name, shown(text)),
            "write one character, such as \";\", or \"tab\"; without it paritee looks at the headings",
        ),
    }
}

/// An IANA name, or a fixed offset, which needs no zone files on the machine.
fn time_zone(value: &Value<'_>) -> Option<TimeZone> {
    let text = value.text()?;
    if let Some(offset) = fixed_offset(text) {
        return Some(TimeZone::fixed(offset));
    }
    match TimeZone::get(text) {
        Ok(zone) if zone.iana_name().is_some() => Some(zone),
        _ => value.wrong(
            format!("`{}`: this machine knows no time zone `{}`", value.name, shown(text)),
            "write an IANA name, such as \"Europe/Berlin\" (they come with the package tzdata), or an offset, such as \"+01:00\"",
        ),
    }
}

/// `+01:00` or `-05:30`
fn fixed_offset(text: &str) -> Option<Offset> {
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(if text.starts_with('-') { -seconds } else { seconds }).ok()
}

/// A time zone as [`time_zone`] reads it.
pub(super) fn time_zone_text(zone: &TimeZone) -> String {
    if let Some(name) = zone.iana_name() {
        return name.to_owned();
    }
    let seconds = zone.to_fixed_offset().map_or(0, Offset::seconds);
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
