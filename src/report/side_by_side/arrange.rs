//! Puts the members of one document into the order of another one's, so that their lines meet.
//!
//! Two ERPs write the same members in different orders, which means nothing in JSON (RFC 8259, 1). Values are
//! never altered, arrays keep their order, and no member is added, dropped or merged with one of the same name.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use crate::order::Json;

/// How many members are looked at in all. A document that is compared whole stays far below it; one that nests
/// long objects in long arrays is left as it is from there on.
const MEMBERS_MAX: usize = 1_000_000;

/// Puts the members of `document`'s objects in the order in which `model` has them; whether any changed its place.
///
/// Of several members of one name the first goes with the first. Members that only `document` has stay where they
/// are among the others. Elements of arrays go by their index; those beyond the model's last one go by that.
pub(super) fn arrange(document: &mut Json<'_>, model: &Json<'_>) -> bool {
    Arranger { members_left: MEMBERS_MAX }.value(document, model)
}

/// A name and its value.
type Member<'a> = (Cow<'a, str>, Json<'a>);

struct Arranger {
    members_left: usize,
}

impl Arranger {
    fn value(&mut self, value: &mut Json<'_>, model: &Json<'_>) -> bool {
        match (value, model) {
            (Json::Object(members), Json::Object(model)) => {
                let needed = members.len() + model.len();
                let Some(left) = self.members_left.checked_sub(needed) else {
                    return false;
                };
                self.members_left = left;
                self.object(members, model)
            }
            (Json::Array(items), Json::Array(model)) => {
                let mut moved = false;
                for (index, item) in items.iter_mut().enumerate() {
                    if let Some(model) = model.get(index).or_else(|| model.last()) {
                        moved |= self.value(item, model);
                    }
                }
                moved
            }
            _ => false,
        }
    }

    fn object<'d, 'm>(&mut self, members: &mut Vec<Member<'d>>, model: &[Member<'m>]) -> bool {
        let mut places: HashMap<&str, VecDeque<usize>> = HashMap::with_capacity(model.len());
        for (place, (name, _)) in model.iter().enumerate() {
            places.entry(name.as_ref()).or_default().push_back(place);
        }
        let mut moved = false;
        let (mut slots, mut shared, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for (name, mut member) in members.drain(..) {
            let place = places.get_mut(name.as_ref()).and_then(VecDeque::pop_front);
            slots.push(place.is_some());
            match place.and_then(|place| Some((place, model.get(place)?))) {
                Some((place, (_, model))) => {
                    moved |= self.value(&mut member, model);
                    shared.push((place, (name, member)));
                }
                None => own.push((name, member)),
            }
        }
        moved |= !shared.is_sorted_by_key(|(place, _)| *place);
        shared.sort_by_key(|(place, _)| *place);
        let (mut shared, mut own) = (shared.into_iter().map(|(_, member)| member), own.into_iter());
        members.extend(slots.into_iter().filter_map(|common| if common { shared.next() } else { own.next() }));
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::document::Listing;
    use super::*;

    /// The document on one line.
    fn arranged(document: &str, model: &str) -> (String, bool) {
        let (mut document, model) = (Json::parse(document.as_bytes()).unwrap(), Json::parse(model.as_bytes()).unwrap());
        let moved = arrange(&mut document, &model);
        let lines = Listing::of(&document, usize::MAX).lines;
        (lines.iter().map(|line| line.text.replace(": ", ":") + if line.comma { "," } else { "" }).collect(), moved)
    }

    #[test]
    fn members_take_the_models_order_and_nothing_else_changes() {
        for (document, model, expected) in [
            (r#"{"a":1,"b":2}"#, r#"{"a":9,"b":9}"#, r#"{"a":1,"b":2}"#),
            (r#"{"b":2.0,"a":1}"#, r#"{"a":9,"b":9}"#, r#"{"a":1,"b":2.0}"#),
            (r#"{"c":3,"x":0,"a":1,"y":0,"b":2}"#, r#"{"a":9,"b":9,"c":9}"#, r#"{"a":1,"x":0,"b":2,"y":0,"c":3}"#),
            (r#"{"b":2,"a":1,"a":3}"#, r#"{"a":1,"c":1,"b":1,"a":1}"#, r#"{"a":1,"b":2,"a":3}"#),
            (r#"{"o":{"b":2,"a":1}}"#, r#"{"o":{"a":1,"b":2}}"#, r#"{"o":{"a":1,"b":2}}"#),
            (r#"[{"b":2,"a":1},3,{"b":2,"a":1}]"#, r#"[{"a":1,"b":2}]"#, r#"[{"a":1,"b":2},3,{"a":1,"b":2}]"#),
            (r#"[2,1]"#, r#"[1,2]"#, r#"[2,1]"#),
            (r#"{"b":2,"a":1}"#, r#"[1]"#, r#"{"b":2,"a":1}"#),
        ] {
            assert_eq!(arranged(document, model), (expected.to_owned(), document != expected), "{document} as {model}");
        }
    }

    #[test]
    fn a_model_that_is_used_again_and_again_costs_no_more_than_allowed() {
        let model = format!("[{{{}}}]", (0..10_000).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(","));
        let document = format!("[{}0]", "{\"1\":0,\"0\":0},".repeat(10_000));
        let (mut document, model) = (Json::parse(document.as_bytes()).unwrap(), Json::parse(model.as_bytes()).unwrap());
        let mut arranger = Arranger { members_left: MEMBERS_MAX };
        assert!(arranger.value(&mut document, &model));
        assert!(arranger.members_left < 10_002, "{}", arranger.members_left);
    }
}
