//! Two documents beside each other, whole.

use proptest::prelude::*;
use unicode_width::UnicodeWidthChar;

use super::super::inert::acts;
use super::*;

fn plain(legacy: &str, gated: &str, width: usize) -> String {
    side_by_side(legacy.as_bytes(), gated.as_bytes(), width, Style::Plain).join("\n")
}

fn columns(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// A text without its colours.
fn colourless(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.map(|part| part.split_once('m').unwrap().1).collect::<String>()
}

/// All that is drawn of two documents, nothing left out.
fn drawn(legacy: &str, gated: &str, width: usize, style: Style) -> (Compared, Vec<String>) {
    let compared = Compared::new(legacy.as_bytes(), gated.as_bytes());
    let rows = align(&compared.documents.legacy.lines, &compared.documents.gated.lines);
    let lines = Drawing::of_two(width, style).rows(&rows, 0);
    (compared, lines)
}

/// What a text says, white space aside: a long line is broken where it may be, and stands in.
fn squeezed<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.flat_map(str::chars).filter(|letter| !letter.is_whitespace()).collect()
}

fn text_of(listing: &Listing) -> String {
    let lines: Vec<String> = listing.lines.iter().map(|line| line.cut().0.to_owned() + line.tail()).collect();
    squeezed(lines.iter().map(String::as_str))
}

/// The first `width` columns of a line, and what follows.
fn split(line: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    let at = line.char_indices().find(|(_, letter)| {
        let full = used == width;
        used += letter.width().unwrap_or(0);
        full
    });
    line.split_at(at.map_or(line.len(), |(at, _)| at))
}

/// Whether a line only marks words of the line above.
fn marks(line: &str, width: usize) -> bool {
    let sign = if width < 72 { line } else { split(line, (width - 3) / 2 + 1).1 };
    sign.starts_with('^')
}

/// Both columns read down again, without the marks.
fn read_back(lines: &[String], width: usize) -> (String, String) {
    let column = (width - 3) / 2;
    let text = || lines.iter().filter(|line| !marks(line, width)).map(|line| split(line, column));
    let right = text().map(|(_, behind)| split(behind, 3).1);
    (squeezed(text().map(|(left, _)| left)), squeezed(right))
}

/// JSON of few names and values, so that two of them have much in common; some of it means harm.
fn json() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec![
        "1",
        "1.0",
        "19.90",
        "null",
        "true",
        r#""""#,
        r#""a  b""#,
        r#""please leave it with the neighbour on the second floor""#,
        r#""2026-11-24T21:55:36.560034Z-and-then-what-comes-behind-it""#,
        r#""名古屋市中区栄三丁目名古屋市中区栄三丁目名古屋市中区栄三丁目""#,
        r#""e\u0301\u001b[2J\u202e^ | <""#,
        r#""{\"a\": [}""#,
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(6, 40, 4, |inner| {
        let name = proptest::sample::select(vec!["a", "b", "c", "^", "漢", "a name of more than a few letters"]);
        let member = (name, inner.clone()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

proptest! {
    #[test]
    fn each_column_gives_back_its_document(legacy in json(), gated in json(), width in 72_usize..140) {
        let (compared, lines) = drawn(&legacy, &gated, width, Style::Plain);
        let both = (text_of(&compared.documents.legacy), text_of(&compared.documents.gated));
        prop_assert_eq!(read_back(&lines, width), both, "{}", lines.join("\n"));
    }

    #[test]
    fn one_column_gives_back_both_documents(legacy in json(), gated in json(), width in 40_usize..72) {
        let (compared, lines) = drawn(&legacy, &gated, width, Style::Plain);
        for (sign, listing) in [('-', &compared.documents.legacy), ('+', &compared.documents.gated)] {
            let own = lines.iter().filter(|line| line.starts_with([' ', sign]));
            // A line that both have is shown once, with the comma that legacy has there.
            let commas_aside = |text: String| text.replace(',', "");
            let read = commas_aside(squeezed(own.filter_map(|line| line.get(2..))));
            prop_assert_eq!(read, commas_aside(text_of(listing)), "{}", lines.join("\n"));
        }
    }

    #[test]
    fn no_line_is_wider_than_asked_for(legacy in json(), gated in json(), width in 20_usize..140) {
        for style in [Style::Plain, Style::Ansi] {
            for line in side_by_side(legacy.as_bytes(), gated.as_bytes(), width, style) {
                prop_assert!(columns(&colourless(&line)) <= width, "{}", line);
                prop_assert!(!colourless(&line).chars().any(acts), "{:?}", line);
            }
        }
    }

    #[test]
    fn any_bytes_are_shown_and_do_nothing(
        legacy in proptest::collection::vec(any::<u8>(), 0..80),
        gated in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        for line in side_by_side(&legacy, &gated, 80, Style::Plain) {
            prop_assert!(columns(&line) <= 80 && !line.chars().any(acts), "{:?}", line);
        }
    }

    #[test]
    fn colour_only_stands_for_the_carets(legacy in json(), gated in json(), width in 40_usize..140) {
        let (_, plain) = drawn(&legacy, &gated, width, Style::Plain);
        let (_, colour) = drawn(&legacy, &gated, width, Style::Ansi);
        let plain = plain.iter().filter(|line| !marks(line, width));
        let colour: Vec<String> = colour.iter().map(|line| colourless(line).trim_end().to_owned()).collect();
        prop_assert_eq!(plain.cloned().collect::<Vec<_>>(), colour);
    }

    #[test]
    fn a_document_beside_itself_is_shown_once(legacy in json(), width in 40_usize..140) {
        let shown = plain(&legacy, &legacy, width);
        let (notes, document) = shown.split_once("\n\n").unwrap();
        prop_assert_eq!(notes, "Both documents are equal.");
        let compared = Compared::new(legacy.as_bytes(), legacy.as_bytes());
        prop_assert_eq!(squeezed(document.lines()), text_of(&compared.documents.legacy));
    }
}

#[test]
fn equal_is_what_says_the_same_and_nothing_else() {
    const EQUAL: &str = "Both documents are equal.";
    const MOVED: &str = "The members of gated's document are shown in the order of legacy's.";
    const ALIKE: &str = "The bytes differ, yet look alike here.";
    let long = |end: &str| format!("\"{}{end}\"", "x".repeat(2_000));
    for (legacy, gated, says, never) in [
        ("{\"a\":1}", " { \"a\" : 1 }\n", EQUAL, MOVED),
        ("{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}", EQUAL, "^"),
        ("{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}", MOVED, "|"),
        ("\"\\u00e9\"", "\"é\"", EQUAL, MOVED),
        (
            "1.50",
            "1.5",
            "1.50                                  | 1.5\n^^^^                                  ^ ^^^",
            EQUAL,
        ),
        ("[1,2]", "[2,1]", "|", EQUAL),
        ("{\"a\":1}", "{\"a\":1,\"a\":1}", ">", EQUAL),
        // One wide line, of which only the end differs, and that is cut off.
        (&long("1"), &long("2"), "^^^^^^", EQUAL),
        // What a purge left says nothing of what was there.
        ("", "", "is purged", EQUAL),
        ("{\"paritee:purged\":true}", "{\"paritee:purged\":true}", "is purged", EQUAL),
        ("", "{}", "(no JSON at byte 0", EQUAL),
        ("<a>", "<a>", EQUAL, "^"),
        ("<a>", "<b>", "^", EQUAL),
        ("<\\u{1b}>", "<\u{1b}>", ALIKE, EQUAL),
    ] {
        let shown = plain(legacy, gated, 77);
        assert!(shown.contains(says) && !shown.contains(never), "{legacy} beside {gated}:\n{shown}");
    }
}

#[test]
fn what_is_cut_is_said() {
    let numbers = |first: &str| format!("[{first}{}0]", ",1".repeat(99_997) + ",");
    let far = plain(&numbers("0"), &numbers("0").replace("1,0]", "2,0]"), 80);
    assert!(far.starts_with("No difference in the lines compared."), "{far}");
    assert!(far.contains("legacy's has 90001 more,\ngated's 90001."), "{far}");
    let equal = plain(&numbers("0"), &numbers("0"), 80);
    assert!(equal.starts_with("Both documents are equal.\n\n["), "{equal}");
    assert!(equal.ends_with("(98001 more lines not shown)"), "{equal}");
    let other = plain(&numbers("0"), &numbers("0").replace(",1", ",\"x\""), 80);
    assert!(other.contains("Compared are the first 10000 lines") && other.ends_with("not shown)"), "{other}");
    assert_eq!(other.lines().skip_while(|line| !line.is_empty()).count(), 1 + 2_000 + 1);
}

#[test]
fn a_document_without_end_costs_what_a_long_one_does() {
    let noise = |seed: usize| (0..300_000).map(|n| (n * n / 7 * seed % 11).to_string()).collect::<Vec<_>>().join(",");
    for (legacy, gated) in [
        (format!("[{}]", noise(3)), format!("[{}]", noise(5))),
        (format!("\"{}\"", "a b ".repeat(1_250_000)), format!("\"{}\"", "b a ".repeat(1_250_000))),
        (format!("{}{}", "[".repeat(127), "0,".repeat(2_500_000)), "\u{1b}".repeat(5_000_000)),
        (format!("[{}0]", "{},".repeat(1_600_000)), format!("[{}0]", "[],".repeat(1_600_000))),
    ] {
        for width in [60, 80] {
            let lines = side_by_side(legacy.as_bytes(), gated.as_bytes(), width, Style::Plain);
            assert!(lines.len() < 2_200 && lines.iter().map(String::len).sum::<usize>() < 400_000, "{}", lines.len());
        }
    }
}
