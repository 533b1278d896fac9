//! No more of a document than is wanted: all of it is checked, and the rest left out.

use std::borrow::Cow;

use super::parse::{MEMBERS, Members, NOTHING, Parsed, Parser, ROOM};
use super::{Json, Part};

/// Reads exactly one value, of the outermost object no more than is wanted. All of it is checked.
pub(super) fn parts<'a, 'w>(bytes: &'a [u8], part: impl Fn(&str) -> Part<'w>) -> Parsed<Json<'a>> {
    let mut parser = Parser::new(bytes)?;
    let mut value = Json::Null;
    match parser.peek() {
        Some(b'{') => value = Json::Object(parser.wanted(1, MEMBERS, &part)?),
        _ => parser.value(0, &mut value)?,
    }
    parser.end()?;
    Ok(value)
}

impl<'a> Parser<'a> {
    /// The members of an object as far as they are wanted.
    fn wanted<'w>(&mut self, depth: usize, room: usize, part: &dyn Fn(&str) -> Part<'w>) -> Parsed<Members<'a>> {
        self.open(depth)?;
        let mut members = Vec::with_capacity(room);
        if self.close(b'}') {
            return Ok(members);
        }
        let mut name = Cow::Borrowed("");
        loop {
            self.name(&mut name)?;
            let part = part(&name);
            if part == Part::Nothing {
                self.skip(depth)?;
            } else {
                let (own, value) = members.push_mut(ROOM);
                std::mem::swap(own, &mut name);
                match part {
                    Part::OfEach(names) if self.peek() == Some(b'[') => {
                        *value = Json::Array(self.of_each(depth + 1, names)?);
                    }
                    _ => self.value(depth, value)?,
                }
            }
            if !self.goes_on(b'}')? {
                return Ok(members);
            }
        }
    }

    /// The elements of an array, of objects no more than the members of these names.
    fn of_each(&mut self, depth: usize, names: &[String]) -> Parsed<Vec<Json<'a>>> {
        self.open(depth)?;
        let mut items = Vec::new();
        if self.close(b']') {
            return Ok(items);
        }
        let part = |name: &str| if names.iter().any(|own| own == name) { Part::All } else { Part::Nothing };
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'{') => items.push(Json::Object(self.wanted(depth + 1, names.len(), &part)?)),
                _ => self.value(depth, items.push_mut(NOTHING))?,
            }
            if !self.goes_on(b']')? {
                return Ok(items);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::DEPTH_MAX;

    fn all(text: &str) -> Result<String, crate::order::JsonError> {
        Json::parse(text.as_bytes()).map(|json| format!("{json:?}"))
    }

    #[test]
    fn members_that_are_not_wanted_are_checked_and_left_out() {
        let part = |name: &str| if name == "a" { Part::All } else { Part::Nothing };
        let found = |text: &str| parts(text.as_bytes(), part).map(|json| format!("{json:?}"));
        for (text, same_as) in [
            (r#"{"b":[1,{"a":2}],"a":[1],"c":"\"","a":{"b":3}}"#, r#"{"a":[1],"a":{"b":3}}"#),
            (r#"{"\u0061":1,"b":null}"#, r#"{"a":1}"#),
            ("{}", "{}"),
            (r#"[{"b":1}]"#, r#"[{"b":1}]"#),
            ("7", "7"),
        ] {
            assert_eq!(found(text), all(same_as), "{text}");
        }
        let deep = format!("{{\"b\":{}1{}}}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX));
        for broken in [r#"{"b":01}"#, r#"{"b":"\x"}"#, r#"{"b":1,}"#, r#"{"b":1}}"#, r#"{"b":"#, r#"{"b" 1}"#, &deep] {
            assert_eq!(found(broken), all(broken), "{broken}");
            assert!(found(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn of_each_element_no_more_is_kept_than_is_wanted() {
        let names = ["a".to_owned(), "b".to_owned()];
        let part = |name: &str| if name == "x" { Part::OfEach(&names) } else { Part::Nothing };
        let found = |text: &str| parts(text.as_bytes(), part).map(|json| format!("{json:?}"));
        for (text, same_as) in [
            (
                r#"{"x":[{"a":1,"c":[2],"b":{"c":3},"a":4},5,[{"c":6}],{}],"y":7}"#,
                r#"{"x":[{"a":1,"b":{"c":3},"a":4},5,[{"c":6}],{}]}"#,
            ),
            (r#"{"x":{"c":1},"x":"s","x":[ ]}"#, r#"{"x":{"c":1},"x":"s","x":[]}"#),
        ] {
            assert_eq!(found(text), all(same_as), "{text}");
        }
        let deep = |levels: usize| format!("{{\"x\":[{{\"c\":{}1{}}}]}}", "[".repeat(levels), "]".repeat(levels));
        let (least, most) = (deep(DEPTH_MAX - 2), deep(DEPTH_MAX - 3));
        for broken in [r#"{"x":[{"c":01}]}"#, r#"{"x":[{"a":1,}]}"#, r#"{"x":[{"a":1}"#, r#"{"x":[1 2]}"#, &least] {
            assert_eq!(found(broken), all(broken), "{broken}");
            assert!(found(broken).is_err(), "{broken}");
        }
        assert!(found(&most).is_ok() && all(&most).is_ok());
    }
}
