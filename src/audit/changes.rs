//! What a run is judged by otherwise than the one before it in the journal: who moves a threshold begins a new run, and the
//! report of that run shows it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::judge::PolicyChange;

/// Most changes that are listed; the rest is counted. A run that is judged by another configuration altogether has hundreds.
const CHANGES_MAX: usize = 50;

/// Characters of a value that are kept.
const VALUE_CHARS_MAX: usize = 120;

/// The changes between what two runs are judged by, as canonical JSON, by place; and how many there are beyond those.
/// What can't be read as JSON has none: the digests tell that something changed.
pub(super) fn changes(before: &str, after: &str) -> (Vec<PolicyChange>, u64) {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok().map(|value| leaves(&value));
    let (Some(before), Some(after)) = (read(before), read(after)) else { return (Vec::new(), 0) };
    let places: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = places.into_iter().filter(|place| before.get(*place) != after.get(*place));
    let mut list: Vec<PolicyChange> = changed
        .map(|place| PolicyChange {
            place: place.clone(),
            before: before.get(place).map(|value| cut(value)),
            after: after.get(place).map(|value| cut(value)),
        })
        .collect();
    let beyond = list.len().saturating_sub(CHANGES_MAX) as u64;
    list.truncate(CHANGES_MAX);
    (list, beyond)
}

/// The scalars, and the empty arrays and objects, by their JSON Pointers.
fn leaves(value: &Value) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    gather(value, String::new(), &mut leaves);
    leaves
}

fn gather(value: &Value, place: String, leaves: &mut BTreeMap<String, String>) {
    let below = |name: &str| format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, member)| gather(member, below(name), leaves));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, item)| gather(item, below(&index.to_string()), leaves));
        }
        leaf => drop(leaves.insert(place, leaf.to_string())),
    }
}

fn cut(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> Vec<String> {
        let (list, beyond) = changes(before, after);
        assert_eq!(beyond, 0);
        let or_none = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        list.into_iter().map(|one| format!("{} {} {}", one.place, or_none(one.before), or_none(one.after))).collect()
    }

    #[test]
    fn what_was_changed_added_and_taken_away_is_told_by_its_place() {
        let before = r#"{"gates":{"loss_rate_max":0.001,"strata":[]},"lanes":{"a/b":{"sla_us":1}},"rules":["x"]}"#;
        let after = r#"{"gates":{"loss_rate_max":0.01,"strata":[{"name":"eu"}]},"lanes":{"a/b":{}},"rules":["x","y"]}"#;
        assert_eq!(
            told(before, after),
            [
                "/gates/loss_rate_max 0.001 0.01",
                "/gates/strata [] -",
                "/gates/strata/0/name - \"eu\"",
                "/lanes/a~1b - {}",
                "/lanes/a~1b/sla_us 1 -",
                "/rules/1 - \"y\"",
            ]
        );
        assert_eq!(told(before, before), [""; 0]);
        assert_eq!(told("not JSON", after), [""; 0]);
    }

    #[test]
    fn many_changes_and_long_values_are_bounded() {
        let of = |text: &str| format!("[{}]", vec![format!("{text:?}"); 70].join(","));
        let (list, beyond) = changes(&of("a"), &of(&"é".repeat(300)));
        assert_eq!((list.len(), beyond), (CHANGES_MAX, 20));
        assert_eq!(list[0].after.as_ref().unwrap().chars().count(), VALUE_CHARS_MAX + 1);
    }
}
