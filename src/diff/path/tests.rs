//! The examples of RFC 9535 for the selectors that are taken, and what is refused.

use super::*;

/// What the path selects, as texts of the values' places.
fn places(path: &str, document: &str) -> Vec<String> {
    let document = Json::parse(document.as_bytes()).unwrap();
    let path = Path::parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    path.select(&document).iter().map(ToString::to_string).collect()
}

fn check(document: &str, rows: &[(&str, &[&str])]) {
    for (path, expected) in rows {
        assert_eq!(places(path, document), *expected, "{path}");
    }
}

/// Section 2.3.1.3, and 2.2.3 for the root.
#[test]
fn names() {
    check(
        r#"{"o":{"j j":{"k.k":3}},"'":{"@":2}}"#,
        &[
            ("$", &[""]),
            ("$.o['j j']", &["/o/j j"]),
            ("$.o['j j']['k.k']", &["/o/j j/k.k"]),
            ("$.o[\"j j\"][\"k.k\"]", &["/o/j j/k.k"]),
            ("$[\"'\"][\"@\"]", &["/'/@"]),
            ("$['\\'']['\\u0040']", &["/'/@"]),
            ("$ .o [ 'j j' , 'x' ]", &["/o/j j"]),
        ],
    );
    check(r#"{"é":1,"😀":2,"a1":3}"#, &[("$.é", &["/é"]), ("$['\\ud83d\\ude00']", &["/😀"]), ("$.a1", &["/a1"])]);
}

/// Section 2.3.2.3.
#[test]
fn wildcards() {
    check(
        r#"{"o":{"j":1,"k":2},"a":[5,3]}"#,
        &[
            ("$[*]", &["/o", "/a"]),
            ("$.o[*]", &["/o/j", "/o/k"]),
            ("$.o[*, *]", &["/o/j", "/o/k"]),
            ("$.a[*]", &["/a/0", "/a/1"]),
            ("$.a.*", &["/a/0", "/a/1"]),
        ],
    );
}

/// Sections 2.3.3.3, 2.3.4.3 and 2.5.1.3.
#[test]
fn indexes_and_slices() {
    check(r#"["a","b"]"#, &[("$[1]", &["/1"]), ("$[-2]", &["/0"]), ("$[2]", &[]), ("$[-3]", &[])]);
    check(
        r#"["a","b","c","d","e","f","g"]"#,
        &[
            ("$[1:3]", &["/1", "/2"]),
            ("$[5:]", &["/5", "/6"]),
            ("$[1:5:2]", &["/1", "/3"]),
            ("$[5:1:-2]", &["/3", "/5"]),
            ("$[::-1]", &["/0", "/1", "/2", "/3", "/4", "/5", "/6"]),
            ("$[::0]", &[]),
            ("$[:-5]", &["/0", "/1"]),
            ("$[-2:]", &["/5", "/6"]),
            ("$[10:0:-3]", &["/3", "/6"]),
            ("$[-100:100:3]", &["/0", "/3", "/6"]),
            ("$[3:1]", &[]),
            ("$[1 : 3 : 1]", &["/1", "/2"]),
            ("$[0, 3]", &["/0", "/3"]),
            ("$[0:2, 5]", &["/0", "/1", "/5"]),
            ("$[0, 0]", &["/0"]),
        ],
    );
    check(r#"{"0":1}"#, &[("$[0]", &[]), ("$['0']", &["/0"])]);
}

/// Section 2.5.2.3.
#[test]
fn descendants() {
    check(
        r#"{"o":{"j":1,"k":2},"a":[5,3,[{"j":4},{"k":6}]]}"#,
        &[
            ("$..j", &["/o/j", "/a/2/0/j"]),
            ("$..[0]", &["/a/0", "/a/2/0"]),
            (
                "$..[*]",
                &["/o", "/o/j", "/o/k", "/a", "/a/0", "/a/1", "/a/2", "/a/2/0", "/a/2/0/j", "/a/2/1", "/a/2/1/k"],
            ),
            ("$..*", &["/o", "/o/j", "/o/k", "/a", "/a/0", "/a/1", "/a/2", "/a/2/0", "/a/2/0/j", "/a/2/1", "/a/2/1/k"]),
            ("$..o", &["/o"]),
            ("$.o..[*, *]", &["/o/j", "/o/k"]),
            ("$.a..[0, 1]", &["/a/0", "/a/1", "/a/2/0", "/a/2/1"]),
        ],
    );
}

/// Section 2.6.1: null is a value like others.
#[test]
fn nulls() {
    check(
        r#"{"a":null,"b":[null],"c":[{}],"null":1}"#,
        &[
            ("$.a", &["/a"]),
            ("$.a[0]", &[]),
            ("$.a.d", &[]),
            ("$.b[0]", &["/b/0"]),
            ("$.b[*]", &["/b/0"]),
            ("$.null", &["/null"]),
        ],
    );
}

/// Section 1.5, table 2, on a document of the same shape.
#[test]
fn the_overview() {
    let document = r#"{"store":{"book":[{"author":"a","price":1},{"author":"b","price":2},
        {"author":"c","isbn":"i","price":3},{"author":"d","isbn":"j","price":4}],"bicycle":{"color":"red","price":399}}}"#;
    check(
        document,
        &[
            (
                "$.store.book[*].author",
                &["/store/book/0/author", "/store/book/1/author", "/store/book/2/author", "/store/book/3/author"],
            ),
            ("$.store.*", &["/store/book", "/store/bicycle"]),
            (
                "$.store..price",
                &[
                    "/store/book/0/price",
                    "/store/book/1/price",
                    "/store/book/2/price",
                    "/store/book/3/price",
                    "/store/bicycle/price",
                ],
            ),
            ("$..book[2]", &["/store/book/2"]),
            ("$..book[2].author", &["/store/book/2/author"]),
            ("$..book[2].publisher", &[]),
            ("$..book[-1]", &["/store/book/3"]),
            ("$..book[0,1]", &["/store/book/0", "/store/book/1"]),
            ("$..book[:2]", &["/store/book/0", "/store/book/1"]),
        ],
    );
    assert_eq!(places("$..*", document).len(), 19);
}

#[test]
fn what_is_no_path_says_where_and_what_to_write() {
    for (text, offset, words) in [
        ("", 0, "begins with `$`"),
        ("lines", 0, "begins with `$`"),
        ("/lines", 0, "begins with `$`"),
        ("$.", 2, "a name is expected"),
        ("$..", 3, "a name is expected"),
        ("$.1a", 2, "a name is expected"),
        ("$lines", 1, "a segment begins"),
        ("$.a b", 4, "a segment begins"),
        ("$.a ", 4, "white space"),
        ("$[", 2, "a quoted name"),
        ("$[]", 2, "a quoted name"),
        ("$[a]", 2, "a quoted name"),
        ("$['a'", 5, "a comma"),
        ("$['a", 4, "ends inside"),
        ("$['\\x']", 5, "unknown escape"),
        ("$['\\\"']", 5, "unknown escape"),
        ("$['\\ud800']", 9, "surrogate"),
        ("$['\\u12g4']", 8, "four hex"),
        ("$['\u{1}']", 4, "control character"),
        ("$[01]", 4, "leading zeros"),
        ("$[-0]", 4, "leading zeros"),
        ("$[-]", 3, "leading zeros"),
        ("$[9007199254740992]", 18, "2^53"),
        ("$[99999999999999999999]", 22, "2^53"),
        ("$..book[?@.isbn]", 8, "filters are not taken"),
        ("$..book[?@.price<10]", 8, "filters are not taken"),
    ] {
        let error = Path::parse(text).unwrap_err();
        assert!(error.reason.contains(words), "{text}: {error}");
        assert_eq!(error.offset, offset, "{text}: {error}");
    }
    assert!(Path::parse(&format!("${}", ".a".repeat(63))).is_ok());
    assert!(Path::parse(&format!("${}", ".a".repeat(64))).unwrap_err().reason.contains("63 segments"));
}

/// Names that are passed over are never those by which a path goes on, however many names share a bit.
#[test]
fn no_name_is_passed_over_by_which_a_path_goes_on() {
    let names: Vec<String> = (0..500).map(|number| format!("{}{number}", ["a", "line", "x_"][number % 3])).collect();
    let paths = ["$", "$.a", "$.line1.a0", "$..a3", "$[*].x_2", "$['a','line4'][0]", "$[0].a6", "$[1:2]"];
    for path in paths.map(|text| Path::parse(text).unwrap()) {
        let mut states = vec![State::START];
        for step in [Step::Name("line1"), Step::Name("a0"), Step::Name("x_2")] {
            states.push(states.last().unwrap().after(&path, step, None));
        }
        for state in states {
            let onward = state.onward(&path);
            let goes_on = |name: &&String| !state.after(&path, Step::Name(name), None).is_dead();
            assert!(names.iter().filter(goes_on).all(|name| onward.may_take(name)), "{path}");
            let is_taken = names.iter().filter(|name| onward.may_take(name)).count();
            assert!(is_taken < 60 || is_taken == names.len(), "{path}: {is_taken} of {} are looked at", names.len());
            let element = |at| Step::Element(Element { legacy: Some((at, 4)), gated: Some((at, 4)) });
            let goes_on_by_one = (0..4).any(|at| !state.after(&path, element(at), None).is_dead());
            assert_eq!(onward.meets(Onward::ELEMENT), goes_on_by_one, "{path}");
        }
    }
}
