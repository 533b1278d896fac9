//! Examples of both RFCs, numbers that must survive, and what doesn't fit.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn patched(patch: &str, document: &str) -> Result<String, Misfit> {
    let patch = Patch::parse(patch).unwrap_or_else(|error| panic!("{patch}: {error}"));
    patch.apply(document.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
}

/// RFC 7396, appendix A, but for patches that are no objects.
#[test]
fn merges_as_the_rfc_has_them() {
    for (document, patch, result) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
    ] {
        assert_eq!(patched(patch, document).unwrap(), result, "{patch} on {document}");
    }
    assert_eq!(patched(r#"{"a":1}"#, r#"{"a":2,"a":3}"#), Err(Misfit::Ambiguous("a".into())));
    assert_eq!(patched(r#"{"a":null}"#, r#"{"a":2,"b":0,"a":3}"#).unwrap(), r#"{"b":0}"#);
}

/// RFC 6902, appendix A, among others.
#[test]
fn operations_as_the_rfc_has_them() {
    let absent = |path: &str| Err(Misfit::Absent(path.into()));
    for (document, patch, result) in [
        (r#"{"foo":"bar"}"#, r#"[{"op":"add","path":"/baz","value":"qux"}]"#, Ok(r#"{"foo":"bar","baz":"qux"}"#)),
        (
            r#"{"foo":["bar","baz"]}"#,
            r#"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
            Ok(r#"{"foo":["bar","qux","baz"]}"#),
        ),
        (r#"{"foo":["bar"]}"#, r#"[{"op":"add","path":"/foo/-","value":["a"]}]"#, Ok(r#"{"foo":["bar",["a"]]}"#)),
        (r#"{"baz":"qux","foo":"bar"}"#, r#"[{"op":"remove","path":"/baz"}]"#, Ok(r#"{"foo":"bar"}"#)),
        (r#"{"foo":["bar","qux","baz"]}"#, r#"[{"op":"remove","path":"/foo/1"}]"#, Ok(r#"{"foo":["bar","baz"]}"#)),
        (r#"{"baz":"qux","foo":1}"#, r#"[{"op":"replace","path":"/baz","value":null}]"#, Ok(r#"{"baz":null,"foo":1}"#)),
        (r#"{"a":{"b":1},"c":{}}"#, r#"[{"op":"move","from":"/a/b","path":"/c/d"}]"#, Ok(r#"{"a":{},"c":{"d":1}}"#)),
        (r#"{"a":[1,2,3]}"#, r#"[{"op":"move","from":"/a/0","path":"/a/2"}]"#, Ok(r#"{"a":[2,3,1]}"#)),
        (r#"{"a":{"b":1}}"#, r#"[{"op":"copy","from":"/a","path":"/c"}]"#, Ok(r#"{"a":{"b":1},"c":{"b":1}}"#)),
        (r#"{"a":1.0}"#, r#"[{"op":"test","path":"/a","value":10e-1},{"op":"remove","path":"/a"}]"#, Ok("{}")),
        (r#"{"a":"x"}"#, r#"[{"op":"test","path":"/a","value":"y"}]"#, Err(Misfit::Differs("/a".into()))),
        (r#"{"~/":9}"#, r#"[{"op":"test","path":"/~0~1","value":9.0}]"#, Ok(r#"{"~/":9}"#)),
        (r#"{"a":"10"}"#, r#"[{"op":"test","path":"/a","value":10}]"#, Err(Misfit::Differs("/a".into()))),
        (r#"{"foo":"bar"}"#, r#"[{"op":"add","path":"/baz/bat","value":1}]"#, absent("/baz/bat")),
        (r#"{"foo":"bar"}"#, r#"[{"op":"remove","path":"/baz"}]"#, absent("/baz")),
        (r#"{"foo":"bar"}"#, r#"[{"op":"replace","path":"/baz","value":1}]"#, absent("/baz")),
        (r#"{"foo":[1]}"#, r#"[{"op":"add","path":"/foo/2","value":1}]"#, absent("/foo/2")),
        (r#"{"foo":[1]}"#, r#"[{"op":"remove","path":"/foo/01"}]"#, absent("/foo/01")),
        (r#"{"a":1,"a":2}"#, r#"[{"op":"remove","path":"/a"}]"#, Err(Misfit::Ambiguous("/a".into()))),
        (r#"{"a":{"b":1}}"#, r#"[{"op":"move","from":"/a","path":"/a/b"}]"#, Err(Misfit::Unfit("/a".into()))),
    ] {
        assert_eq!(patched(patch, document), result.map(str::to_owned), "{patch} on {document}");
    }
}

#[test]
fn what_is_not_named_keeps_its_digits() {
    let order =
        r#"{"id": 820982911946154508999, "total": 19.90, "tax":"3.1800", "rate": 1E+2, "email":"a@b", "n":[0.10,-0]}"#;
    let kept = r#"{"id":820982911946154508999,"total":19.90,"tax":"3.1800","rate":1E+2,"n":[0.10,-0]}"#;
    assert_eq!(patched(r#"{"email":null}"#, order).unwrap(), kept);
    assert_eq!(patched(r#"[{"op":"remove","path":"/email"}]"#, order).unwrap(), kept);
    let moved = patched(r#"[{"op":"replace","path":"/email","value":9007199254740993.10}]"#, order).unwrap();
    assert!(moved.contains(r#""email":9007199254740993.10"#), "{moved}");
}

#[test]
fn a_body_that_is_no_json_is_not_patched() {
    for body in ["", "a=b", "{\"a\":1", "\u{1f}\u{8b}"] {
        assert!(matches!(patched(r#"{"a":null}"#, body), Err(Misfit::NoJson(_))), "{body:?}");
    }
}

#[test]
fn what_copies_itself_without_end_does_not() {
    let doubling = r#"{"op":"copy","from":"/a","path":"/a/-"}"#;
    let patch = format!("[{}]", vec![doubling; 200].join(","));
    assert_eq!(patched(&patch, r#"{"a":[1]}"#), Err(Misfit::Unfit("/a".into())));
}

#[test]
fn what_is_no_patch_is_said_so() {
    for (text, expected) in [
        ("", "no JSON at byte 0"),
        ("7", "it is neither an object"),
        ("[]", "it is empty"),
        ("{}", "it is empty"),
        ("[1]", "operation 0 (counted from 0): it has no `op`"),
        (
            r#"[{"op":"remove","path":"/a"},{"op":"delete","path":"/a"}]"#,
            "operation 1 (counted from 0): `op` is none of",
        ),
        (r#"[{"op":"add","path":"/a"}]"#, "operation 0 (counted from 0): it has no `value`"),
        (r#"[{"op":"remove"}]"#, "operation 0 (counted from 0): it has no `path`"),
        (r#"[{"op":"remove","path":""}]"#, "operation 0 (counted from 0): `path` names the whole body"),
        (r#"[{"op":"remove","path":"a"}]"#, "operation 0 (counted from 0): `path`: a JSON Pointer begins with `/`"),
        (r#"[{"op":"copy","path":"/a"}]"#, "operation 0 (counted from 0): it has no `from`"),
        (r#"[{"op":"add","op":"remove","path":"/a"}]"#, "operation 0 (counted from 0): it has `op` twice"),
    ] {
        let error = Patch::parse(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

/// Small documents whose members have few names, so that patches find something.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(json!(null)), Just(json!(7)), Just(json!("x")), Just(json!(true))];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::btree_map("[abc]", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let path = "(/[abc012-]){1,3}";
    ("add|remove|replace|move|copy|test", path, path, document()).prop_map(|(op, path, from, value)| {
        match op.as_str() {
            "remove" => json!({ "op": op, "path": path }),
            "move" | "copy" => json!({ "op": op, "path": path, "from": from }),
            _ => json!({ "op": op, "path": path, "value": value }),
        }
    })
}

proptest! {
    /// What another implementation makes of it, and where it makes nothing of it.
    #[test]
    fn operations_are_those_of_another_implementation(document in document(), operations in prop::collection::vec(operation(), 1..4)) {
        let text = Value::from(operations.clone()).to_string();
        let ours = Patch::parse(&text).unwrap().apply(document.to_string().as_bytes());
        let theirs: json_patch::Patch = serde_json::from_value(operations.into()).unwrap();
        let mut patched = document;
        match json_patch::patch(&mut patched, &theirs) {
            Ok(()) => prop_assert_eq!(serde_json::from_slice::<Value>(&ours.unwrap()).unwrap(), patched),
            Err(error) => prop_assert!(ours.is_err(), "{error}"),
        }
    }

    #[test]
    fn what_is_merged_in_is_that_of_another_implementation(document in document(), patch in document()) {
        if let Ok(ours) = Patch::parse(&patch.to_string()).map(|patch| patch.apply(document.to_string().as_bytes()).unwrap())
            && patch.is_object()
        {
            let mut merged = document;
            json_patch::merge(&mut merged, &patch);
            prop_assert_eq!(serde_json::from_slice::<Value>(&ours).unwrap(), merged);
        }
    }
}
