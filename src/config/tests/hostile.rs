//! Files that are no configuration, and texts that would hurt a careless reader.

use std::fs;

use proptest::prelude::*;

use super::super::{BYTES_MAX, LoadError, Paint, load};
use super::{EVERY_KEY, OTHER_FORMS, SMALL, read};

#[test]
fn files_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let long = file("long.toml", &vec![b'#'; BYTES_MAX + 1]);
    let latin = file("latin.toml", b"[tee]\n# gr\xfc\xdfe\n");
    let utf16 = file("utf16.toml", b"\xff\xfe[\0t\0");
    for (path, expected) in [
        (folder.path().join("none.toml"), "find the configuration `PATH`; paritee.example.toml is one to begin with"),
        (folder.path().to_owned(), "read the configuration `PATH`: it is a folder; name the file in it"),
        (long, "read the configuration `PATH`: it is longer than 1048576 bytes, so it is probably another file"),
        (latin, "read the configuration `PATH`: line 2 is not UTF-8; save the file as UTF-8"),
        (utf16, "read the configuration `PATH`: line 1 is not UTF-8; save the file as UTF-8"),
    ] {
        let error = load(&path).unwrap_err();
        assert_eq!(error.to_string(), expected.replace("PATH", &path.display().to_string()));
    }
    let small = file("small.toml", SMALL.as_bytes());
    assert!(load(&small).is_ok());
    let faulty = file("faulty.toml", b"[tee]\n");
    assert!(matches!(load(&faulty), Err(LoadError::Faulty(faults)) if faults.list().len() == 3));
}

#[test]
fn a_byte_order_mark_and_dos_line_ends_are_no_faults() {
    for text in [format!("\u{feff}{SMALL}"), SMALL.replace('\n', "\r\n")] {
        assert!(read(&text).is_ok(), "{text:?}");
    }
}

#[test]
fn bombs_end_in_faults() {
    let bombs = [
        "[".repeat(50_000),
        format!("a = {}", "[".repeat(50_000)),
        format!("a = {}", "{a.a=".repeat(50_000)),
        format!("a{} = 1", ".a".repeat(50_000)),
        format!("[a{}]", ".a".repeat(50_000)),
        // Just below the parser's own limits, multiplied: dotted keys inside inline tables.
        format!("a = {}1{}", format!("{{a{} = ", ".a".repeat(78)).repeat(78), "}".repeat(78)),
        "://".repeat(100_000),
        "a\n".repeat(50_000),
        "\u{0}\u{1b}[31m\u{7f}\r".repeat(1_000),
        (0..4_000).map(|number| format!("key{number} = {number}\n")).collect(),
        (0..4_000).map(|number| format!("{{ k{number} = 1 }},")).collect::<String>(),
        format!("tee = {{ {} }}", (0..4_000).map(|number| format!("k{number} = 1")).collect::<Vec<_>>().join(", ")),
        "[[tee.route]]\npath = \"/a\"\n".repeat(4_000),
        "x".repeat(5 << 20),
    ];
    for bomb in bombs {
        let faults = read(&bomb).expect_err("a bomb is no configuration");
        assert!(!faults.list().is_empty() && faults.list().len() <= 200, "{}", faults.list().len());
        let shown = faults.render(Paint::Plain);
        assert!(shown.len() < 1 << 20 && !shown.contains('\u{1b}'), "{}", shown.len());
    }
}

#[test]
fn rules_beyond_measure_end_in_few_faults() {
    let rule = "[[compare.rule]]\npath = \"$.a\"\nmultiset = true\n";
    let decision = "[[compare.decision]]\nlane = \"gated\"\nclass = \"tax\"\nreason = \"x\"\n";
    for (one, name) in [(rule, "compare.rule"), (decision, "compare.decision")] {
        assert!(read(&format!("{SMALL}{}", one.repeat(200))).is_ok(), "{name}");
        let faults = read(&format!("{SMALL}{}", one.repeat(10_000))).unwrap_err();
        let [fault] = faults.list() else { panic!("{faults}") };
        assert_eq!(fault.what, format!("there are more than 200 of `{name}`"));
        let lines = one.lines().count();
        assert_eq!(fault.place.as_ref().map(|place| place.line), Some(SMALL.lines().count() + 200 * lines + 1));
    }
}

#[test]
fn paths_beyond_measure_end_in_a_fault() {
    let long = [
        format!("$.{}", "a".repeat(100_000)),
        format!("$[{}0]", "0,".repeat(50_000)),
        format!("${}", ".a".repeat(50_000)),
        format!("/{}", "a/".repeat(50_000)),
        format!("$['{}", "x".repeat(100_000)),
        format!("${}", ".a".repeat(64)),
    ];
    for path in long {
        let text = format!("{SMALL}[[compare.rule]]\npath = \"{path}\"\nignore = true\nreason = \"x\"\n");
        let faults = read(&text).unwrap_err();
        let [fault] = faults.list() else { panic!("{} faults", faults.list().len()) };
        assert!(fault.what.len() < 500 && fault.write.len() < 500, "{fault}");
        assert!(fault.place.is_some());
    }
    let union = format!("$[{}'a']", "'a',".repeat(200));
    let rules = format!("[[compare.rule]]\npath = \"{union}\"\nmultiset = true\n").repeat(200);
    assert!(read(&format!("{SMALL}{rules}")).is_ok());
}

#[test]
fn amounts_beyond_measure_are_no_amounts() {
    for amount in ["1e400", "\"1e400\"", "1e-400", "\"1e99999999999999999999\"", "9223372036854775808", "-inf"] {
        let document = |lane: &str| format!("[lane.{lane}.document]\ntotal = \"/t\"\ncurrency_else = \"EUR\"\n");
        let rule = format!("[[compare.rule]]\npath = \"$.t\"\ntolerance = {amount}\nreason = \"x\"\n");
        let faults = read(&format!("{SMALL}{}{}{rule}", document("legacy"), document("gated"))).unwrap_err();
        assert_eq!(faults.list().len(), 1, "{amount}: {faults}");
    }
    let many = "9".repeat(100_000);
    assert!(read(&format!("{SMALL}[[compare.rule]]\npath = \"$.t\"\ntolerance = {many}\nreason = \"x\"\n")).is_err());
}

/// Most of it comes from profiles.
const PROFILED: &str = r#"tee.route = [{ path = "/a", profile = "shopify", signature = { secret = "env:HOOK_SECRET" } }]
[lane.legacy]
profile = "sap-s4"
url = "http://127.0.0.1:9001"
ledger = "production"
poll = { base = "https://sap.example.com" }
[lane.gated]
profile = "netsuite"
url = "http://127.0.0.1:9002"
ledger = "sandbox"
poll = { base = "https://erp.example.com", headers = { x-a = "b" } }
"#;

#[test]
fn profiles_in_inline_tables_are_taken_too() {
    assert!(read(PROFILED).is_ok());
}

/// Pieces that TOML and this configuration are made of, to be put together at random.
fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        "\"",
        "'",
        "'''",
        "\\",
        "#",
        "tee",
        "lane",
        "gated",
        "poll",
        "route",
        "headers",
        "authorization",
        "\"env:GATED_TOKEN\"",
        "\"/id\"",
        "1",
        "0x",
        "nan",
        "1979-05-27",
        "\r",
        "ä",
        "url",
        "\"http://h:1/{page}\"",
        "\"5s\"",
        "true",
        "[[compare.rule]]",
        "path = \"$.a\"",
        "tolerance = 1e9",
        "map = { lane = \"gated\", name = \"a\" }",
        "://",
        "@",
    ]);
    prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
}

fn survives(text: &str) {
    match read(text) {
        Ok(checked) => {
            read(&checked.expanded()).unwrap_or_else(|faults| panic!("{faults}\n{}", checked.expanded()));
        }
        Err(faults) => {
            assert!(faults.list().iter().any(|fault| fault.severity == super::Severity::Fault), "{text:?}");
            assert!(faults.render(Paint::Colour).ends_with('\n'));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), made in pieces()) {
        survives(&text);
        survives(&made);
    }

    #[test]
    fn no_edit_of_a_good_file_makes_it_panic(at in any::<prop::sample::Index>(), length in 0_usize..40, insert in pieces()) {
        for text in [EVERY_KEY, OTHER_FORMS, PROFILED] {
            let mut start = at.index(text.len());
            while !text.is_char_boundary(start) { start -= 1; }
            let rest: String = text[start..].chars().skip(length).collect();
            survives(&format!("{}{insert}{rest}", &text[..start]));
            survives(&format!("{}{rest}", &text[..start]));
        }
    }
}
