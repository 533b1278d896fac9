//! The same goods in other lines, and names that tell how grave a difference is.

use super::*;

/// What is open after lines of `sku quantity price` are compared, and whether any finding is marked as the same goods.
fn compared(legacy: &[(&str, u32, &str)], gated: &[(&str, u32, &str)]) -> (Vec<String>, bool) {
    let document = |lines: &[(&str, u32, &str)]| {
        let lines: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(n, (sku, quantity, price))| {
                format!(r#"{{"n":{n},"sku":"{sku}","quantity":{quantity},"price":"{price}"}}"#)
            })
            .collect();
        format!(r#"{{"lines":[{}]}}"#, lines.join(","))
    };
    let rules = rules(vec![match_by("$.lines", &["sku"]), rule("$.lines[*].n", Action::Ignore)]);
    let (left, right) = (document(legacy), document(gated));
    let findings = diff(&json(&left), &json(&right), &rules);
    let open = findings.unexplained().map(|finding| format!("{} {}", finding.class, finding.path)).collect();
    (open, findings.list.iter().any(|finding| finding.resegmented))
}

#[test]
fn the_same_goods_in_other_lines_are_no_difference() {
    for (legacy, gated) in [
        (&[("A", 3, "2")][..], &[("A", 1, "2"), ("A", 1, "2"), ("A", 1, "2.00")][..]),
        (&[("A", 3, "2"), ("A", 1, "2")], &[("A", 2, "2"), ("A", 2, "2")]),
        (&[("A", 3, "2"), ("B", 1, "1")], &[("B", 1, "1"), ("A", 2, "2"), ("A", 1, "2")]),
    ] {
        assert_eq!(compared(legacy, gated), (Vec::new(), true), "{legacy:?} {gated:?}");
        assert_eq!(compared(gated, legacy), (Vec::new(), true), "{gated:?} {legacy:?}");
    }
}

#[test]
fn other_goods_prices_or_sums_are_differences_whatever_the_lines() {
    for (legacy, gated) in [
        (&[("A", 3, "2")][..], &[("A", 1, "2"), ("A", 1, "2")][..]),
        (&[("A", 3, "2")], &[("A", 1, "2"), ("A", 2, "2.50")]),
        (&[("A", 3, "2")], &[("A", 1, "2"), ("A", 2, "4"), ("B", 0, "1")]),
        (&[("A", 3, "2")], &[("A", 1, "2"), ("B", 2, "2")]),
        (&[("A", 3, "2")], &[("A", 2, "2")]),
    ] {
        let (open, marked) = compared(legacy, gated);
        assert!(!open.is_empty() && !marked, "{legacy:?} {gated:?}: {open:?}");
    }
}

#[test]
fn units_are_worth_their_price_where_both_lines_have_the_same() {
    let money = |legacy: &str, gated: &str| {
        let rules = rules(vec![match_by("$.lines", &["sku"])]);
        let document = |line: &str| format!(r#"{{"lines":[{line}]}}"#);
        let (left, right) = (document(legacy), document(gated));
        let findings = diff(&json(&left), &json(&right), &rules);
        let found = findings.list.iter().find(|finding| finding.subject == Some(Subject::Quantity)).unwrap();
        (found.money.map(|money| money.to_string()), found.money_unread)
    };
    let line = |quantity: &str, price: &str| format!(r#"{{"sku":"A","quantity":{quantity},"price":{price}}}"#);
    for (legacy, gated, expected) in [
        (line("3", "2.50"), line("1", "2.50"), Some("-5.00")),
        (line("1", "\"2.50\""), line("\"3\"", "2.5"), Some("5.00")),
        (line("3", "2.50"), line("1", "2.00"), None),
        (line("3", "null"), line("1", "null"), None),
        (line("3", "2.50"), String::new(), Some("-7.50")),
        (line("79228162514264337593543950335", "9.99"), line("1", "9.99"), None),
    ] {
        assert_eq!(money(&legacy, &gated).0.as_deref(), expected, "{legacy} {gated}");
    }
}

#[test]
fn names_make_grave_what_no_path_names() {
    let (legacy, gated) = (r#"{"meta":{"totalPrice":1,"note":1}}"#, r#"{"meta":{"totalPrice":2,"note":2}}"#);
    let bare = || Rules::new(vec![rule("$.meta", Action::Ignore)], vec![], None, None).unwrap();
    let masked = |rules: &Rules| lines(&diff(&json(legacy), &json(gated), rules));
    assert_eq!(masked(&bare()), ["value /meta/totalPrice 1 2 masked by 0", "value /meta/note 1 2 masked by 0"]);
    assert_eq!(masked(&bare().with_names()), ["value /meta/totalPrice 1 2", "value /meta/note 1 2 masked by 0"]);
    // A whole subtree is as grave as what is in it; a name alone moves no money.
    let findings = diff(&json("{}"), &json(gated), &bare().with_names());
    assert_eq!((findings.list[0].severity, findings.list[0].money), (Severity::Grave, None));
    // Texts that are amounts by their name are compared as such.
    let texts = diff(&json(r#"{"tax":"1.0"}"#), &json(r#"{"tax":1.00}"#), &bare().with_names());
    assert_eq!(lines(&texts), [r#"representation /tax "1.0" 1.00"#]);
}
