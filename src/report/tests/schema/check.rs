//! A reader of JSON Schema (draft 2020-12) as far as the report's schema goes.
//!
//! The validators there are bring thirty crates and more, for URLs and regular expressions that are not needed here. This one
//! knows few keywords and refuses all others, so that nothing in the schema is left unchecked.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A schema, and what validating told.
pub(super) struct Check<'s> {
    root: &'s Value,
    /// What is wrong, by place in the report.
    pub(super) faults: Vec<String>,
    /// Places in the schema of members that had a value, null aside.
    pub(super) seen: BTreeSet<String>,
    /// Places in the report of objects that take no other members.
    pub(super) closed: Vec<String>,
}

/// Keywords that say something to a reader, and nothing to a validator.
const WORDS: [&str; 6] = ["$schema", "$id", "$defs", "title", "description", "format"];

impl<'s> Check<'s> {
    pub(super) const fn new(root: &'s Value) -> Self {
        Self { root, faults: Vec::new(), seen: BTreeSet::new(), closed: Vec::new() }
    }

    /// Validates a report.
    pub(super) fn report(&mut self, report: &Value) {
        self.value("", self.root, "", report);
    }

    /// Validates `value` at `place` of the report against `schema`, which stands at `at`.
    fn value(&mut self, at: &str, schema: &'s Value, place: &str, value: &Value) {
        for (keyword, says) in schema.as_object().unwrap_or_else(|| panic!("{at} is no schema")) {
            match (keyword.as_str(), value) {
                ("$ref", _) => {
                    let at = says.as_str().unwrap().strip_prefix('#').unwrap();
                    let schema = self.root.pointer(at).unwrap_or_else(|| panic!("there is no {at}"));
                    self.value(at, schema, place, value);
                }
                ("anyOf", _) => self.any_of(at, says, place, value),
                ("properties", Value::Object(members)) => self.members(at, schema, place, members),
                ("additionalProperties", Value::Object(members)) => self.others(at, schema, place, members),
                ("items", Value::Array(items)) => {
                    for (index, item) in items.iter().enumerate() {
                        self.value(&format!("{at}/items"), says, &format!("{place}/{index}"), item);
                    }
                }
                ("propertyNames", Value::Object(members)) => {
                    for name in members.keys() {
                        self.value(
                            &format!("{at}/propertyNames"),
                            says,
                            &format!("{place}/{name}"),
                            &name.as_str().into(),
                        );
                    }
                }
                ("required", Value::Object(members)) => {
                    for name in says.as_array().unwrap() {
                        self.expect(members.contains_key(name.as_str().unwrap()), place, &format!("lacks {name}"));
                    }
                }
                ("properties" | "additionalProperties" | "items" | "propertyNames" | "required", _) => {}
                (keyword, _) if WORDS.contains(&keyword) => {}
                (keyword, _) => {
                    let holds = holds(keyword, says, value);
                    self.expect(holds, place, &format!("{value} is not as {keyword} {says} of {at} says"));
                }
            }
        }
    }

    /// Where none takes a value, the faults of the one that comes nearest are told, of several the first; null comes near nothing.
    fn any_of(&mut self, at: &str, schemas: &'s Value, place: &str, value: &Value) {
        let mut told: Option<Vec<String>> = None;
        for (index, schema) in schemas.as_array().unwrap().iter().enumerate() {
            let mut tried = Self::new(self.root);
            tried.value(&format!("{at}/anyOf/{index}"), schema, place, value);
            if tried.faults.is_empty() {
                self.seen.extend(tried.seen);
                return self.closed.extend(tried.closed);
            }
            let nearer = |told: &Vec<String>| schema["type"] != "null" && tried.faults.len() < told.len();
            if told.as_ref().is_none_or(nearer) {
                told = Some(tried.faults);
            }
        }
        self.faults.extend(told.unwrap_or_default());
    }

    fn members(&mut self, at: &str, schema: &'s Value, place: &str, members: &Map<String, Value>) {
        if schema["additionalProperties"] == false {
            self.closed.push(place.to_owned());
        }
        for (name, schema) in schema["properties"].as_object().unwrap() {
            if let Some(member) = members.get(name) {
                let at = format!("{at}/properties/{name}");
                if !member.is_null() {
                    self.seen.insert(at.clone());
                }
                self.value(&at, schema, &format!("{place}/{name}"), member);
            }
        }
    }

    /// Members that `properties` does not name.
    fn others(&mut self, at: &str, schema: &'s Value, place: &str, members: &Map<String, Value>) {
        for (name, member) in members.iter().filter(|(name, _)| schema["properties"].get(name).is_none()) {
            let place = format!("{place}/{name}");
            match &schema["additionalProperties"] {
                Value::Bool(taken) => self.expect(*taken, &place, "is not in the schema: write it down there"),
                others => self.value(&format!("{at}/additionalProperties"), others, &place, member),
            }
        }
    }

    fn expect(&mut self, holds: bool, place: &str, fault: &str) {
        if !holds {
            self.faults.push(format!("{place} {fault}"));
        }
    }
}

/// Whether a value is as a keyword says that looks at nothing but the value itself.
fn holds(keyword: &str, says: &Value, value: &Value) -> bool {
    match keyword {
        "type" if says.is_string() => is_type(says.as_str().unwrap(), value),
        "type" => says.as_array().unwrap().iter().any(|name| is_type(name.as_str().unwrap(), value)),
        "const" => says == value,
        "enum" => says.as_array().unwrap().contains(value),
        "minimum" => value.as_f64().is_none_or(|number| number >= says.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= says.as_f64().unwrap()),
        "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= says.as_u64().unwrap()),
        "pattern" => value.as_str().is_none_or(|text| is_like(says.as_str().unwrap(), text)),
        other => panic!("the schema has {other}, which nothing checks here: teach it, or leave it out"),
    }
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    }
}

/// The two patterns of the schema, without an engine for all others.
fn is_like(pattern: &str, text: &str) -> bool {
    match pattern {
        "Z$" => text.ends_with('Z'),
        r"^-?[0-9]+(\.[0-9]+)?$" => {
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
            digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(rest)
        }
        other => panic!("nothing here knows the pattern {other}"),
    }
}
