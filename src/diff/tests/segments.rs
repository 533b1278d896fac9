//! Goods in other lines, and what only looks like it.

use super::*;
use crate::order::OrderPlaces;

/// The open findings of two documents whose lines are known, and whose other members tell by their names.
fn open(legacy: &str, gated: &str) -> Vec<String> {
    let places: OrderPlaces =
        serde_json::from_str(r#"{"lines":"/lines","sku":"/sku","quantity":"/n","price":"/each"}"#).unwrap();
    let rules = Rules::new(vec![match_by("$.lines", &["sku"])], of_places(&places), None, None).unwrap().with_names();
    let findings = diff(&json(legacy), &json(gated), &rules);
    findings.unexplained().map(|finding| format!("{} {}", finding.class, finding.path)).collect()
}

/// Lines of one SKU: how many, and what else each says.
fn lines(of: &[(u32, &str)]) -> String {
    let line = |(n, more): &(u32, &str)| format!(r#"{{"sku":"A","n":{n},"each":"10.00"{more}}}"#);
    format!(r#"{{"lines":[{}]}}"#, of.iter().map(line).collect::<Vec<_>>().join(","))
}

#[test]
fn the_same_goods_in_other_lines_are_no_difference() {
    let whole = |more| lines(&[(3, more)]);
    let parts = |one, two| lines(&[(1, one), (2, two)]);
    for (legacy, gated) in [
        (whole(""), parts("", "")),
        // A line has a number of its own.
        (whole(r#","id":1"#), parts(r#","id":1"#, r#","id":8"#)),
        // Discounts add up, rates are the same everywhere, and so are texts.
        (whole(r#","discount":"3.0""#), parts(r#","discount":"3.00""#, r#","discount":0"#)),
        (
            whole(r#","tax":{"rate_amount":0.19}"#),
            parts(r#","tax":{"rate_amount":0.190}"#, r#","tax":{"rate_amount":0.19}"#),
        ),
        (whole(r#","tax_code":"V1""#), parts(r#","tax_code":"V1""#, r#","tax_code":"V1""#)),
        (whole(r#","discount":0"#), parts(r#","discount":0"#, r#","discount":null"#)),
    ] {
        assert_eq!(open(&legacy, &gated), Vec::<String>::new(), "{legacy} {gated}");
        assert_eq!(open(&gated, &legacy), Vec::<String>::new(), "{gated} {legacy}");
    }
}

#[test]
fn lines_that_say_something_else_by_name_are_other_goods() {
    let whole = |more| lines(&[(3, more)]);
    let parts = |one, two| lines(&[(1, one), (2, two)]);
    for (legacy, gated) in [
        (whole(r#","discount":0"#), parts(r#","discount":0"#, r#","discount":"20.00""#)),
        (whole(""), parts("", r#","discounts":[{"amount":"20.00"}]"#)),
        (whole(r#","tax_code":"V1""#), parts(r#","tax_code":"V1""#, r#","tax_code":"V0""#)),
        (whole(r#","list_price":12"#), parts(r#","list_price":12"#, r#","list_price":13"#)),
        // As many lines on both sides, and other units shipped.
        (
            lines(&[(2, r#","qty_shipped":2"#), (1, r#","qty_shipped":1"#)]),
            lines(&[(2, r#","qty_shipped":0"#), (1, r#","qty_shipped":1"#)]),
        ),
    ] {
        assert_ne!(open(&legacy, &gated), Vec::<String>::new(), "{legacy} {gated}");
        assert_ne!(open(&gated, &legacy), Vec::<String>::new(), "{gated} {legacy}");
    }
}

#[test]
fn many_lines_that_differ_are_summed_in_no_time() {
    let line = |at: u32, n: u32| format!(r#"{{"sku":"S{at}","n":{n},"each":1}}"#);
    let document = |n: &dyn Fn(u32) -> u32| {
        format!(r#"{{"lines":[{}]}}"#, (0..100_000).map(|at| line(at, n(at))).collect::<Vec<_>>().join(","))
    };
    let found = open(&document(&|_| 1), &document(&|at| 1 + u32::from(at % 11 == 0)));
    assert_eq!(found.len(), 9_091);
}
