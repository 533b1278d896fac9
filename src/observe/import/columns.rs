//! Where the columns of a CSV are that the mapping names.

use super::fact::Mapping;
use super::fault::FileFault;
use crate::config::{Matches, RowPlace};
use crate::order::Pointer;
use crate::outcome::Witness;

/// How like a heading must be to what was looked for, to be meant by it.
const NEAR_MIN: f32 = 0.6;

/// The headings of a CSV, and which of them the mapping means.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) headings: Vec<String>,
    /// Each heading as the name of a JSON member, with its colon.
    pub(super) members: Vec<String>,
    pub(super) key: usize,
    pub(super) reference: Option<usize>,
    pub(super) at: Option<usize>,
    pub(super) document: Option<usize>,
    pub(super) cancelled: Option<usize>,
    /// One for each rule of the mapping.
    pub(super) excludes: Vec<usize>,
}

impl Columns {
    /// Finds the columns among the headings.
    ///
    /// # Errors
    /// When one is missing, or stands there twice.
    pub(super) fn find(mapping: &Mapping, headings: Vec<String>) -> Result<Self, FileFault> {
        let import = &mapping.import;
        let at_key = if mapping.of == Witness::Census { "placed_at" } else { "committed_at" };
        let place = |place: &RowPlace, key| column(&headings, &name(place, key)?, key);
        let optional = |wanted: &Option<RowPlace>, key| wanted.as_ref().map(|wanted| place(wanted, key)).transpose();
        let matching = |matches: &Matches, key| column(&headings, &heading(&matches.pointer, key)?, key);
        Ok(Self {
            key: place(&import.order_key, "order_key")?,
            reference: optional(&import.reference, "reference")?,
            at: optional(&import.at, at_key)?,
            document: optional(&import.document, "document")?,
            cancelled: import.cancelled.as_ref().map(|matches| matching(matches, "cancelled")).transpose()?,
            excludes: import
                .excludes
                .iter()
                .map(|rule| matching(&rule.matches, "exclude"))
                .collect::<Result<_, _>>()?,
            members: headings.iter().map(|heading| member(heading)).collect(),
            headings,
        })
    }

    /// The heading of a column.
    pub(super) fn heading(&self, column: usize) -> &str {
        self.headings.get(column).map_or("", String::as_str)
    }
}

fn member(heading: &str) -> String {
    serde_json::to_string(heading).unwrap_or_default() + ":"
}

fn name(place: &RowPlace, key: &'static str) -> Result<String, FileFault> {
    match place {
        RowPlace::Column(name) => Ok(name.clone()),
        RowPlace::Pointer(pointer) => heading(pointer, key),
    }
}

/// The heading that a pointer of one segment names.
fn heading(pointer: &Pointer, key: &'static str) -> Result<String, FileFault> {
    match pointer.tokens() {
        [one] => Ok(one.clone()),
        _ => Err(FileFault::NoHeading { pointer: pointer.clone(), key }),
    }
}

fn column(headings: &[String], wanted: &str, key: &'static str) -> Result<usize, FileFault> {
    let mut found = headings.iter().enumerate().filter(|(_, heading)| heading.trim() == wanted.trim());
    match (found.next(), found.next()) {
        (Some((column, _)), None) => Ok(column),
        (Some(_), Some(_)) => Err(FileFault::TwoColumns { column: wanted.to_owned(), key }),
        (None, _) => Err(FileFault::NoColumn {
            column: wanted.to_owned(),
            key,
            near: near(headings, wanted),
            columns: headings.to_vec(),
        }),
    }
}

fn near(headings: &[String], wanted: &str) -> Option<String> {
    let plain = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    if let Some(same) = headings.iter().find(|heading| plain(heading) == plain(wanted)) {
        return Some(same.clone());
    }
    let names: Vec<&str> = headings.iter().map(String::as_str).collect();
    similar::get_close_matches(wanted, &names, 1, NEAR_MIN).first().map(|near| (*near).to_owned())
}
