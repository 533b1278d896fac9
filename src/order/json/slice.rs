//! Where a value stands in the bytes it was read from, so that a part of a document can be kept as it
//! was written. Builds no tree: a page of many documents is walked, and each of them read by itself.

use std::borrow::Cow;

use super::parse::{Parsed, Parser};
use super::{Json, JsonError};
use crate::order::Pointer;
use crate::order::pointer::index;

/// What a pointer names in a document, as the bytes it was written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slice<'a> {
    /// Nothing is there.
    Absent,
    /// Exactly one value, without the white space around it.
    Value(&'a [u8]),
    /// Two members of that name: which one is meant can't be known.
    Ambiguous,
}

/// The bytes of the value that `pointer` names; what [`Pointer::find`] is to a tree. The whole
/// document is checked on the way.
///
/// # Errors
/// As [`Json::parse`].
pub fn slice<'a>(document: &'a [u8], pointer: &Pointer) -> Result<Slice<'a>, JsonError> {
    slices(document, [pointer]).map(|[found]| found)
}

/// The bytes of the values that several pointers name, as [`slice()`] finds each; the document is walked over once for all.
///
/// # Errors
/// As [`Json::parse`].
pub fn slices<'a, const N: usize>(document: &'a [u8], pointers: [&Pointer; N]) -> Result<[Slice<'a>; N], JsonError> {
    let mut found = children(document, pointers.map(|pointer| pointer.tokens().first().map(String::as_str)))?;
    for (found, pointer) in found.iter_mut().zip(pointers) {
        for token in pointer.tokens().iter().skip(1) {
            if let Slice::Value(here) = *found {
                [*found] = children(here, [Some(token)])?;
            }
        }
    }
    Ok(found)
}

/// The bytes of each element of an array, in order; `None` for anything else.
///
/// # Errors
/// As [`Json::parse`].
pub fn elements(array: &[u8]) -> Result<Option<Vec<&[u8]>>, JsonError> {
    let mut parser = Parser::new(array)?;
    if parser.peek() != Some(b'[') {
        return Ok(None);
    }
    let mut elements = Vec::new();
    parser.each_element(0, |element| elements.push(element.as_bytes()))?;
    parser.end()?;
    Ok(Some(elements))
}

/// A member of an object: its name unescaped, its value as it was written.
pub type Member<'a> = (String, &'a [u8]);

/// The members of an object, in order and with duplicates; `None` for anything else.
///
/// # Errors
/// As [`Json::parse`].
pub fn members(object: &[u8]) -> Result<Option<Vec<Member<'_>>>, JsonError> {
    let mut parser = Parser::new(object)?;
    let mut members = Vec::new();
    if parser.peek() != Some(b'{') {
        parser.skip(0)?;
        parser.end()?;
        return Ok(None);
    }
    parser.each_member(0, |name, value| members.push((name.to_owned(), value.as_bytes())))?;
    parser.end()?;
    Ok(Some(members))
}

/// What the children of a value are by these tokens; by none, it is the value itself.
fn children<'a, const N: usize>(here: &'a [u8], tokens: [Option<&str>; N]) -> Result<[Slice<'a>; N], JsonError> {
    let mut parser = Parser::new(here)?;
    let from = parser.at;
    let mut found = [Slice::Absent; N];
    match parser.peek() {
        Some(b'{') => parser.each_member(0, |name, value| {
            for (found, _) in found.iter_mut().zip(tokens).filter(|(_, token)| *token == Some(name)) {
                *found = if *found == Slice::Absent { Slice::Value(value.as_bytes()) } else { Slice::Ambiguous };
            }
        })?,
        Some(b'[') => {
            let mut at = 0;
            let wanted = tokens.map(|token| token.and_then(index));
            parser.each_element(0, |value| {
                for (found, _) in found.iter_mut().zip(wanted).filter(|(_, wanted)| *wanted == Some(at)) {
                    *found = Slice::Value(value.as_bytes());
                }
                at += 1;
            })?;
        }
        _ => parser.skip(0)?,
    }
    let whole = parser.slice(from).as_bytes();
    parser.end()?;
    for (found, _) in found.iter_mut().zip(tokens).filter(|(_, token)| token.is_none()) {
        *found = Slice::Value(whole);
    }
    Ok(found)
}

impl<'a> Parser<'a> {
    /// Walks over one value; errors are those of [`Json::parse`].
    pub(super) fn skip(&mut self, depth: usize) -> Parsed<()> {
        match self.peek() {
            Some(b'{') => self.each_member(depth, |_, _| {}),
            Some(b'[') => self.each_element(depth, |_| {}),
            _ => self.value(depth, &mut Json::Null),
        }
    }

    fn each_element(&mut self, depth: usize, mut see: impl FnMut(&'a str)) -> Parsed<()> {
        self.open(depth + 1)?;
        if self.close(b']') {
            return Ok(());
        }
        loop {
            self.skip_space();
            let from = self.at;
            self.skip(depth + 1)?;
            see(self.slice(from));
            if !self.goes_on(b']')? {
                return Ok(());
            }
        }
    }

    fn each_member(&mut self, depth: usize, mut see: impl FnMut(&str, &'a str)) -> Parsed<()> {
        self.open(depth + 1)?;
        if self.close(b'}') {
            return Ok(());
        }
        let mut name = Cow::Borrowed("");
        loop {
            self.name(&mut name)?;
            let from = self.at;
            self.skip(depth + 1)?;
            see(&name, self.slice(from));
            if !self.goes_on(b'}')? {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::order::Named;

    fn text(slice: Slice<'_>) -> String {
        match slice {
            Slice::Absent => "absent".into(),
            Slice::Ambiguous => "ambiguous".into(),
            Slice::Value(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    #[test]
    fn a_part_is_found_as_it_was_written() {
        let page = "\u{feff} {\"items\" : [ {\"n\": 1.00 ,\"s\":\"\\u00e9]\"} , [ ] ,3],\"x\":1,\"x\":2,\"a/b\":{\"\": null}} ";
        for (pointer, expected) in [
            ("/items", "[ {\"n\": 1.00 ,\"s\":\"\\u00e9]\"} , [ ] ,3]"),
            ("/items/0", "{\"n\": 1.00 ,\"s\":\"\\u00e9]\"}"),
            ("/items/0/n", "1.00"),
            ("/items/1", "[ ]"),
            ("/items/2", "3"),
            ("/items/3", "absent"),
            ("/items/00", "absent"),
            ("/items/n", "absent"),
            ("/x", "ambiguous"),
            ("/a~1b/", "null"),
            ("/a~1b/x", "absent"),
            ("/items/2/x", "absent"),
        ] {
            assert_eq!(text(slice(page.as_bytes(), &Pointer::parse(pointer).unwrap()).unwrap()), expected, "{pointer}");
        }
    }

    #[test]
    fn elements_are_those_of_an_array_only() {
        assert_eq!(elements(b" [1, {\"a\":[2]} ,\"x,y\"] ").unwrap().unwrap(), [&b"1"[..], b"{\"a\":[2]}", b"\"x,y\""]);
        assert_eq!(elements(b"[ ]").unwrap().unwrap(), Vec::<&[u8]>::new());
        assert_eq!(elements(b"{}").unwrap(), None);
        assert!(elements(b"[1").is_err());
        assert!(elements(b"[1] 2").is_err());
    }

    #[test]
    fn members_are_those_of_an_object_only() {
        let object = b" {\"\\u0061\": 1.0 ,\"b\":{\"a\":2},\"a\":null} ";
        let expected = [("a", &b"1.0"[..]), ("b", b"{\"a\":2}"), ("a", b"null")];
        assert_eq!(members(object).unwrap().unwrap(), expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(members(b"[{}]").unwrap(), None);
        assert!(members(b"{} {}").is_err());
        assert!(members(b"tru").is_err());
    }

    proptest! {
        /// The walk refuses what the parser refuses, for the same reason and at the same place.
        #[test]
        fn errors_are_those_of_the_parser(text in r#"([\[\]{}:, "\\a-f0-9eEu.+\-]|true|null|"a"|"b":|\\u[0-9a-f]{4}){0,24}"#) {
            let walked = slice(text.as_bytes(), &Pointer::parse("").unwrap());
            prop_assert_eq!(walked.err(), Json::parse(text.as_bytes()).err());
        }

        /// What the walk finds reads as what the tree has there.
        #[test]
        fn the_walk_finds_what_the_tree_has(
            text in r#"\{("a":(\{"b":[0-9]( ,"b":2)?\}|\[1, "x" ,\{\}\]|"s"),){0,2}"b":\[ ?\{"a": 1\} ?\]\}"#,
            pointer in "(/[ab01]){0,3}",
        ) {
            let pointer = Pointer::parse(&pointer).unwrap();
            let tree = Json::parse(text.as_bytes()).unwrap();
            match (pointer.find(&tree), slice(text.as_bytes(), &pointer).unwrap()) {
                (Named::Absent, Slice::Absent) | (Named::Ambiguous, Slice::Ambiguous) => {}
                (Named::Value(value), Slice::Value(bytes)) => prop_assert_eq!(value, &Json::parse(bytes).unwrap()),
                (tree, walk) => prop_assert!(false, "{:?} but {:?}", tree, walk),
            }
            let towards = Json::parse_towards(text.as_bytes(), &[&pointer]).unwrap();
            prop_assert_eq!(pointer.find(&towards), pointer.find(&tree));
        }

        /// Several are found as each is by itself, and for the same reason not.
        #[test]
        fn several_are_found_at_once(
            text in r#"[\[{]("a":|"b":)?(\{"a":1,"b":\[2\](,"a":3)?\}|\[1,"x",\{"b":2\}\]|"s"|[0-9])(,"(a|b)":[0-9]|,4){0,2}[}\]]"#,
            pointers in ["(/[ab01]){0,3}", "(/[ab01]){0,3}", "(/[ab01]){0,2}"],
        ) {
            let pointers = pointers.map(|text| Pointer::parse(&text).unwrap());
            let [one, other, third] = &pointers;
            let alone = pointers.each_ref().map(|pointer| slice(text.as_bytes(), pointer));
            match slices(text.as_bytes(), [one, other, third]) {
                Ok(found) => prop_assert_eq!(found.map(Ok), alone),
                Err(error) => prop_assert!(alone.iter().all(|found| found.as_ref() == Err(&error))),
            }
        }
    }

    #[test]
    fn depth_is_bounded_as_in_the_parser() {
        for depth in [super::super::DEPTH_MAX, super::super::DEPTH_MAX + 1, 100_000] {
            let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            let walked = slice(nested.as_bytes(), &Pointer::parse("").unwrap());
            assert_eq!(walked.err(), Json::parse(nested.as_bytes()).err(), "{depth}");
        }
    }
}
