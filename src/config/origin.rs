//! Which values of a configuration a profile brought, so that it can be said behind each of them when the whole is
//! written out. A value of a profile stands where `profile = …` stands, which tells it from what was written.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Span;
use super::profiles::PROFILE;

/// Places of values, such as `tee.route.0.operation`, and the profile that each is from.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins(BTreeMap<String, String>);

impl Origins {
    /// Of a configuration that profiles were merged into.
    pub(super) fn of(root: &DeTable<'_>) -> Self {
        let mut profiles = Vec::new();
        named(root, &mut profiles);
        let mut origins = Self::default();
        origins.walk("", root, &profiles);
        origins
    }

    fn walk(&mut self, path: &str, table: &DeTable<'_>, profiles: &[(Span, String)]) {
        for (key, value) in table.iter().filter(|(key, _)| key.get_ref() != PROFILE) {
            let path = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
            match (profiles.iter().find(|(span, _)| *span == value.span()), value.get_ref()) {
                (Some((_, profile)), _) => drop(self.0.insert(path, profile.clone())),
                (None, DeValue::Table(table)) => self.walk(&path, table, profiles),
                (None, DeValue::Array(items)) => {
                    for (index, item) in items.iter().enumerate() {
                        if let DeValue::Table(table) = item.get_ref() {
                            self.walk(&format!("{path}.{index}"), table, profiles);
                        }
                    }
                }
                (None, _) => {}
            }
        }
    }

    /// `expanded` with a comment behind each line whose value is from a profile.
    pub(super) fn beside(&self, expanded: &str) -> String {
        if self.0.is_empty() {
            return expanded.to_owned();
        }
        let (mut text, mut path, mut counted) = (String::new(), String::new(), BTreeMap::<String, usize>::new());
        for line in expanded.lines() {
            let comment = if line.starts_with('[') {
                path = numbered(line, &mut counted);
                // All of a table of a list is from the same hand.
                self.whole(&path)
                    .filter(|_| line.starts_with("[["))
                    .map(|profile| format!("from the profile {profile}"))
            } else {
                line.split_once(" = ").and_then(|(key, _)| self.comment(&path, key))
            };
            text.push_str(line);
            comment.iter().for_each(|comment| text.push_str(&format!(" # {comment}")));
            text.push('\n');
        }
        text
    }

    fn comment(&self, path: &str, key: &str) -> Option<String> {
        let in_list = path.rsplit('.').next().is_some_and(|last| last.parse::<usize>().is_ok());
        if in_list && self.whole(path).is_some() {
            return None;
        }
        let place = format!("{path}.{key}");
        if let Some(profile) = self.whole(&place) {
            return Some(format!("from the profile {profile}"));
        }
        if key == "url"
            && let Some(profile) = self.whole(&format!("{path}.path"))
        {
            return Some(format!("base, and the path from the profile {profile}"));
        }
        let within = format!("{place}.");
        let (_, profile) = self.0.iter().find(|(there, _)| there.starts_with(&within))?;
        Some(format!("in part from the profile {profile}"))
    }

    /// The profile that brought a place, or a table that it is in.
    fn whole(&self, place: &str) -> Option<&str> {
        let ends = place.match_indices('.').map(|(end, _)| end).chain([place.len()]);
        ends.filter_map(|end| self.0.get(place.get(..end)?)).next().map(String::as_str)
    }
}

/// The profiles that tables name, and where.
fn named(table: &DeTable<'_>, found: &mut Vec<(Span, String)>) {
    for (key, value) in table {
        match value.get_ref() {
            DeValue::String(name) if key.get_ref() == PROFILE => found.push((value.span(), name.to_string())),
            DeValue::Table(table) => named(table, found),
            DeValue::Array(items) => {
                let tables = items.iter().map(Spanned::get_ref).filter_map(DeValue::as_table);
                tables.for_each(|table| named(table, found));
            }
            _ => {}
        }
    }
}

/// The place of a table by its header, with the number of the one it is in each list: `[[tee.route.exclude]]` in the
/// first route is `tee.route.0.exclude.0`.
fn numbered(header: &str, counted: &mut BTreeMap<String, usize>) -> String {
    let name = header.trim_matches(['[', ']']);
    let mut path = String::new();
    let mut list = String::new();
    for part in name.split('.') {
        let dot = if path.is_empty() { "" } else { "." };
        path.push_str(&format!("{dot}{part}"));
        list = path.clone();
        if let Some(count) = counted.get(&list) {
            path.push_str(&format!(".{}", count - 1));
        }
    }
    if header.starts_with("[[") {
        let count = counted.entry(list.clone()).or_default();
        *count += 1;
        path = format!("{list}.{}", *count - 1);
    }
    path
}
