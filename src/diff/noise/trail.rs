//! Paths of places, alike for all orders and in the syntax of rules: `$.lines[*].price`.
//!
//! A pattern of the diff can't say whether `*` is an element or a member of that name. The documents can, so places are
//! read from them; what they don't bear out has no path, and is never suggested.

use std::ops::ControlFlow;

use crate::diff::path;
use crate::order::{DEPTH_MAX, Json, Pointer};

/// The longest path that is counted, in bytes. Names of real members are a tenth of it, all levels together.
const PATH_BYTES_MAX: usize = 500;

/// The path of the root.
pub(super) const ROOT: &str = "$";

/// The step to any element.
pub(super) const ELEMENT: &str = "[*]";

/// Hands every value below `document`, the containers among them, to `see`: its path, and how many bytes of it are the
/// path of what it lies in. `None`: its path is too long to be counted, and so are those below. Ends when `see` says so.
pub(super) fn each(document: &Json<'_>, see: &mut impl FnMut(Option<&str>, usize) -> ControlFlow<()>) {
    // Where it ended is of no interest.
    _ = below(document, &mut ROOT.to_owned(), DEPTH_MAX, see);
}

fn below(
    value: &Json<'_>,
    path: &mut String,
    depth: usize,
    see: &mut impl FnMut(Option<&str>, usize) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let Some(depth) = depth.checked_sub(1) else {
        return ControlFlow::Continue(());
    };
    let parent = path.len();
    let mut child = |step: &str, child: &Json<'_>| {
        if parent + step.len() > PATH_BYTES_MAX {
            return see(None, parent);
        }
        path.push_str(step);
        let mut next = see(Some(path), parent);
        if next.is_continue() {
            next = below(child, path, depth, see);
        }
        path.truncate(parent);
        next
    };
    match value {
        Json::Object(members) => members.iter().try_for_each(|(name, member)| child(&path::to_member(name), member)),
        Json::Array(items) => items.iter().try_for_each(|item| child(ELEMENT, item)),
        _ => ControlFlow::Continue(()),
    }
}

/// The path of the place at `pointer` of `document`, if `pattern` means the same place. It doesn't where a rule gives
/// members of the document other names: the path would select nothing.
pub(super) fn of(pointer: &Pointer, document: &Json<'_>, pattern: &str) -> Option<String> {
    let (mut here, mut rest, mut path) = (document, pattern, ROOT.to_owned());
    for token in pointer.tokens() {
        match here {
            Json::Array(items) => {
                here = items.get(token.parse::<usize>().ok()?)?;
                rest = after_element(rest)?;
                path.push_str(ELEMENT);
            }
            Json::Object(_) => {
                here = here.members(token).next()?;
                rest = after_member(rest, token)?;
                path.push_str(&path::to_member(token));
            }
            _ => return None,
        }
        if path.len() > PATH_BYTES_MAX {
            return None;
        }
    }
    rest.is_empty().then_some(path)
}

/// What of a pattern follows an element, `/*` or its keys in brackets.
fn after_element(pattern: &str) -> Option<&str> {
    if let Some(rest) = pattern.strip_prefix("/*") {
        return ends(rest).then_some(rest);
    }
    let keys = pattern.strip_prefix('[')?;
    keys.match_indices(']').filter_map(|(at, _)| keys.get(at + 1..)).find(|rest| ends(rest))
}

/// What of a pattern follows a member.
fn after_member<'p>(pattern: &'p str, name: &str) -> Option<&'p str> {
    let escaped = name.replace('~', "~0").replace('/', "~1");
    pattern.strip_prefix('/')?.strip_prefix(&escaped).filter(|rest| ends(rest))
}

/// Whether a step can end before `rest`.
fn ends(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['/', '['])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Path;

    fn json(text: &str) -> Json<'_> {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn every_path_is_one_and_selects_what_it_is_of() {
        let text = r#"{"a":{"b c":[{"x.y":1},{"x.y":2}],"*":3,"":4},"q\"\\'\n\u202e~/[0]":{"5":5},"ü":[[6]]}"#;
        let document = json(text);
        let mut paths = Vec::new();
        each(&document, &mut |path, parent| {
            let path = path.unwrap();
            assert!(Path::parse(&path[..parent]).is_ok(), "{path}");
            paths.push(path.to_owned());
            ControlFlow::Continue(())
        });
        assert_eq!(paths.len(), 13, "{paths:?}");
        assert_eq!(paths[..4], ["$.a", r#"$.a["b c"]"#, r#"$.a["b c"][*]"#, r#"$.a["b c"][*]["x.y"]"#]);
        for path in &paths {
            let selected = Path::parse(path).unwrap().select(&document);
            assert!(!selected.is_empty(), "{path}");
        }
    }

    #[test]
    fn a_place_is_what_both_its_pattern_and_its_document_say() {
        for (pointer, pattern, document, expected) in [
            ("", "", "1", Some("$")),
            ("/a", "/a", r#"{"a":1}"#, Some("$.a")),
            ("/a/0/b", "/a/*/b", r#"{"a":[{"b":1}]}"#, Some("$.a[*].b")),
            ("/a/0/b", "/a[sku]/b", r#"{"a":[{"b":1}]}"#, Some("$.a[*].b")),
            ("/a/0/0/b", "/a[x]/y][z]/b", r#"{"a":[[{"b":1}]]}"#, None),
            ("/a/0/b", "/a[x,y/z]/b", r#"{"a":[{"b":1}]}"#, Some("$.a[*].b")),
            // A member that is named like any element, and one that is named like keys.
            ("/a/*/b", "/a/*/b", r#"{"a":{"*":{"b":1}}}"#, Some(r#"$.a["*"].b"#)),
            ("/a[sku]/b", "/a[sku]/b", r#"{"a[sku]":{"b":1}}"#, Some(r#"$["a[sku]"].b"#)),
            ("/a~1b/c~0", "/a~1b/c~0", r#"{"a/b":{"c~":1}}"#, Some(r#"$["a/b"]["c~"]"#)),
            // Renamed: the rules call it otherwise.
            ("/positions/0/x", "/lines/*/x", r#"{"positions":[{"x":1}]}"#, None),
            ("/a", "/ab", r#"{"a":1}"#, None),
            ("/a", "/a/b", r#"{"a":1}"#, None),
            ("/b", "/b", r#"{"a":1}"#, None),
        ] {
            let found = of(&Pointer::parse(pointer).unwrap(), &json(document), pattern);
            assert_eq!(found.as_deref(), expected, "{pattern} in {document}");
        }
    }

    #[test]
    fn a_path_that_is_too_long_is_none() {
        let name = "n".repeat(PATH_BYTES_MAX);
        let text = format!(r#"{{"{name}":{{"a":1}},"b":2}}"#);
        let mut seen = Vec::new();
        each(&json(&text), &mut |path, _| {
            seen.push(path.map(str::to_owned));
            ControlFlow::Continue(())
        });
        assert_eq!(seen, [None, Some("$.b".to_owned())]);
        assert_eq!(of(&Pointer::of([name.as_str()]), &json(&text), &format!("/{name}")), None);
    }
}
