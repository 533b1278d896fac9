//! Two documents beside each other, with what differs marked.
//!
//! It shows, and judges nothing: no rule masks a difference here, and numbers differ as soon as their texts do. It
//! must never call equal what it has not compared. The way: both documents as JSON, the gated one's members in the
//! legacy one's order ([`arrange`]), as lines ([`super::document`]), paired ([`align`], [`settle`]), their words
//! compared ([`marks`]), broken to the width of a column ([`fold`]), drawn ([`draw`]).

mod align;
mod arrange;
mod draw;
mod fold;
mod marks;
mod rows;
mod settle;

use super::document::Listing;
use super::layout::{Style, wrap};
use crate::judge::is_remains;
use crate::order::{Json, JsonError};
use crate::outcome::PerLane;
use align::{Row, align, shorten};
use arrange::arrange;
use draw::Drawing;
pub(super) use marks::pieces;
pub(super) use rows::{Beside, BesideRow, beside};

/// How many lines of each document are compared: an order of a thousand positions. Beyond it the search would be
/// long, and it is said that the rest was not compared.
const COMPARED_MAX: usize = 10_000;

/// The narrowest view; below it a line would break after every word.
const WIDTH_MIN: usize = 20;

/// The legacy lane's document beside the gated lane's, in lines of at most `width` columns (20 at least).
///
/// From 72 columns on there are two columns, below one, with the lines of both documents under each other. Documents
/// that say the same are shown once. What is no JSON is compared as text.
pub(super) fn side_by_side(legacy: &[u8], gated: &[u8], width: usize, style: Style) -> Vec<String> {
    let width = width.max(WIDTH_MIN);
    let compared = Compared::new(legacy, gated);
    let rows = compared.rows();
    let differ = rows.iter().any(|row| !matches!(row, Row::Equal(..)));
    let mut notes = compared.notes(differ);
    let drawn = if compared.equal {
        Drawing::once(width, style).rows(&rows, compared.documents.legacy.more)
    } else {
        let drawing = Drawing::of_two(width, style);
        notes.extend(differ.then(|| drawing.legend().to_owned()));
        drawing.rows(&shorten(&rows), 0)
    };
    let mut lines: Vec<String> = notes.iter().flat_map(|note| wrap(note, width)).collect();
    lines.push(String::new());
    lines.extend(drawn);
    lines
}

/// Two documents and what is known of them before their lines are compared.
struct Compared {
    documents: PerLane<Listing>,
    /// Whether they say the same, the order of members aside.
    equal: bool,
    /// Whether one of them is what a purge left.
    purged: bool,
    /// Whether the gated lane's document has members in another order than is shown.
    moved: bool,
}

impl Compared {
    fn new(legacy: &[u8], gated: &[u8]) -> Self {
        let purged = [legacy, gated].into_iter().any(|bytes| bytes.is_empty() || is_remains(bytes));
        match (Json::parse(legacy), Json::parse(gated)) {
            (Ok(legacy), Ok(mut gated)) => {
                let moved = arrange(&mut gated, &legacy);
                let equal = legacy == gated;
                let documents =
                    PerLane { legacy: Listing::of(&legacy, COMPARED_MAX), gated: Listing::of(&gated, COMPARED_MAX) };
                Self { documents, equal: equal && !purged, purged, moved }
            }
            (old, new) => {
                let listing = |bytes, parsed: Result<Json<'_>, JsonError>| match parsed {
                    Ok(value) => Listing::of(&value, COMPARED_MAX),
                    Err(error) => Listing::no_json(bytes, &error),
                };
                let documents = PerLane { legacy: listing(legacy, old), gated: listing(gated, new) };
                Self { documents, equal: legacy == gated && !purged, purged, moved: false }
            }
        }
    }

    /// The lines of both beside each other; where they say the same, one's.
    fn rows(&self) -> Vec<Row<'_>> {
        let PerLane { legacy, gated } = &self.documents;
        if self.equal {
            legacy.lines.iter().map(|line| Row::Equal(line, line)).collect()
        } else {
            align(&legacy.lines, &gated.lines)
        }
    }

    /// What a reader must know of the lines below; `differ`: whether any of them differs.
    fn notes(&self, differ: bool) -> Vec<String> {
        let mut notes = Vec::new();
        let uncompared = self.documents.legacy.more + self.documents.gated.more > 0;
        notes.extend(match (self.equal, differ, uncompared) {
            _ if self.purged => Some("What was in them is purged: these can't be compared.".to_owned()),
            (true, ..) => Some("Both documents are equal.".to_owned()),
            (false, true, _) => None,
            (false, false, true) => Some("No difference in the lines compared.".to_owned()),
            (false, false, false) => Some("The bytes differ, yet look alike here.".to_owned()),
        });
        if self.moved {
            notes.push("The members of gated's document are shown in the order of legacy's.".to_owned());
        }
        if uncompared && !self.equal {
            let [legacy, gated] = [&self.documents.legacy, &self.documents.gated].map(|listing| listing.more);
            notes.push(format!(
                "Compared are the first {COMPARED_MAX} lines of each document; \
                 legacy's has {legacy} more, gated's {gated}."
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests;
