//! Where two JSON reports differ, value by value. The order of members and white space say nothing; a member that stands
//! twice says two things, and numbers are what they are written as.

use super::cut;
use crate::order::{Json, Pointer};

/// The differences in the order of the derived report, each at its JSON Pointer; none where all values are the same.
pub(super) fn differences(kept: &[u8], derived: &[u8]) -> Vec<String> {
    let (kept, derived) = match (Json::parse(kept), Json::parse(derived)) {
        (Ok(kept), Ok(derived)) => (kept, derived),
        (Err(error), _) | (_, Err(error)) => return vec![error.to_string()],
    };
    let mut all = Vec::new();
    compare(&mut Vec::new(), Some(&kept), Some(&derived), &mut all);
    all
}

fn compare(place: &mut Vec<String>, kept: Option<&Json<'_>>, derived: Option<&Json<'_>>, all: &mut Vec<String>) {
    match (kept, derived) {
        (Some(Json::Object(left)), Some(Json::Object(right))) => {
            for (name, value) in right {
                let mut of_name = left.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
                at(place, name, |place| compare(place, of_name.next(), Some(value), all));
                if of_name.next().is_some() {
                    at(place, name, |place| all.push(format!("{}: stands twice in the kept report", pointer(place))));
                }
            }
            for (name, value) in left.iter().filter(|(name, _)| !right.iter().any(|(other, _)| other == name)) {
                at(place, name, |place| compare(place, Some(value), None, all));
            }
        }
        (Some(Json::Array(left)), Some(Json::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                at(place, &index.to_string(), |place| compare(place, left.get(index), right.get(index), all));
            }
        }
        (left, right) if left == right => {}
        (left, right) => all.push(format!("{}: kept {}, derived {}", pointer(place), shown(left), shown(right))),
    }
}

fn at(place: &mut Vec<String>, name: &str, then: impl FnOnce(&mut Vec<String>)) {
    place.push(name.to_owned());
    then(place);
    place.pop();
}

fn pointer(place: &[String]) -> String {
    Pointer::of(place.iter().map(String::as_str)).to_string()
}

fn shown(value: Option<&Json<'_>>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Json::Object(members)) => {
            format!("an object of {}", super::super::words::counted(members.len() as u64, "member"))
        }
        Some(Json::Array(items)) => {
            format!("a list of {}", super::super::words::counted(items.len() as u64, "element"))
        }
        Some(Json::Null) => "null".to_owned(),
        Some(Json::String(text)) => cut(&serde_json::Value::from(text.as_ref()).to_string()),
        Some(scalar) => cut(scalar.scalar_text().unwrap_or_default()),
    }
}
