//! Odd values: no picture has a coordinate that is no number, or one that lies outside of it.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::scale::{along, down, part, short, ticks};
use super::*;
use crate::outcome::PerLane;

fn words() -> Words<'static> {
    Words { id: "chart-test", title: "What <is> shown", description: "In words & numbers" }
}

/// The numbers in the pictures of a chart, by attribute.
fn numbers(svg: &str, attribute: &str) -> Vec<f64> {
    let begin = format!(" {attribute}=\"");
    let parts = svg.split(&begin).skip(1);
    parts
        .map(|rest| rest.split_once('"').unwrap().0)
        .map(|number| number.parse().unwrap_or_else(|_| panic!("{number}")))
        .collect()
}

fn check(markup: &Markup) {
    let all = markup.clone().into_string();
    let (_, rest) = all.split_once("role=\"img\"").unwrap();
    let (picture, _) = rest.split_once("</svg>").unwrap();
    for odd in ["NaN", "inf", "=\"-", "e+"] {
        assert!(!picture.contains(odd), "{picture}");
    }
    for (attribute, most) in [
        ("x", WIDTH),
        ("x1", WIDTH),
        ("x2", WIDTH),
        ("y", 600),
        ("y1", HEIGHT),
        ("y2", HEIGHT),
        ("width", WIDTH),
        ("height", HEIGHT),
    ] {
        for number in numbers(picture, attribute) {
            assert!(number >= 0.0 && number <= f64::from(most), "{attribute} {number}: {picture}");
        }
    }
    assert!(picture.contains("<title id=\"chart-test-title\">What &lt;is&gt; shown</title>"), "{picture}");
    assert!(picture.contains("<desc id=\"chart-test-desc\">In words &amp; numbers</desc>"), "{picture}");
    assert!(all.contains("<table"), "the numbers stand beside it: {all}");
}

#[test]
fn scales_hold_every_value() {
    assert_eq!((down(0, 0), down(0, 9), down(9, 9), down(u64::MAX, u64::MAX)), (1_720, 1_720, 240, 240));
    assert_eq!((along(0, 0), along(0, 3), along(3, 3), part(7, 0, 100)), (420, 420, 3_520, 0));
    for (max, expected) in [
        (0, vec![0, 1]),
        (1, vec![0, 1]),
        (3, vec![0, 1, 2, 3]),
        (5, vec![0, 2, 4, 6]),
        (951, vec![0, 500, 1_000]),
        (1_000, vec![0, 500, 1_000]),
        (3_600, vec![0, 1_000, 2_000, 3_000, 4_000]),
    ] {
        assert_eq!(ticks(max), expected, "{max}");
    }
    let highest = ticks(u64::MAX);
    assert!(highest.len() <= 5 && highest.last() >= Some(&(u64::MAX - 3)), "{highest:?}");
}

#[test]
fn numbers_beside_an_axis_are_short() {
    for (number, expected) in [
        (0, "0"),
        (999, "999"),
        (1_000, "1 k"),
        (1_200, "1.2 k"),
        (30_500, "30 k"),
        (2_000_000, "2 M"),
        (u64::MAX, "18 E"),
    ] {
        assert_eq!(short(number), expected);
    }
}

#[test]
fn columns_of_any_height_stay_in_the_picture() {
    let column = |legacy, gated| Column { name: "≤ 2 m".to_owned(), orders: PerLane { legacy, gated } };
    for all in [
        vec![column((0, 0), (0, 0))],
        vec![column((3, 0), (0, 0))],
        vec![column((0, 2), (1, 1)), column((0, 0), (5_000, 0))],
        vec![column((u64::MAX, u64::MAX), (1, 1))],
        (0..22).map(|n| column((n, 0), (0, n))).collect(),
    ] {
        check(&columns(&words(), "took", &all));
    }
    assert_eq!(columns(&words(), "took", &[]).into_string(), "");
    let open = columns(&words(), "took", &[column((3, 2), (0, 0))]).into_string();
    assert!(open.contains("rect class=\"open legacy\"") && open.contains("still open"), "{open}");
    let one = columns(&words(), "took", &[column((1, 0), (1_000_000, 0))]).into_string();
    assert!(one.contains("height=\"1.5\""), "a single order can be seen: {one}");
}

#[test]
fn curves_of_any_length_stay_in_the_picture() {
    let at = |second| Timestamp::from_second(second).unwrap();
    for (from, step_s, legacy, gated) in [
        (at(0), 1, Some(vec![7]), None),
        (at(1_773_651_600), 16, Some(vec![0; 120]), Some(vec![0; 120])),
        (at(1_773_651_600), 5_000, Some((0..120).collect()), Some(vec![u64::MAX; 120])),
        (Timestamp::MIN, u64::MAX, Some(vec![1, 2]), None),
        (Timestamp::MAX, 0, None, Some(vec![1, 2])),
    ] {
        let orders = PerLane { legacy: legacy.as_deref(), gated: gated.as_deref() };
        check(&curve(&words(), &Curve { from, step_s, orders }));
    }
    let none = PerLane { legacy: None, gated: None };
    assert_eq!(curve(&words(), &Curve { from: at(0), step_s: 1, orders: none }).into_string(), "");
    let empty = PerLane { legacy: Some(&[][..]), gated: None };
    assert_eq!(curve(&words(), &Curve { from: at(0), step_s: 1, orders: empty }).into_string(), "");
}

#[test]
fn a_curve_is_drawn_step_by_step() {
    let values = [0, 2, 1];
    let orders = PerLane { legacy: None, gated: Some(&values[..]) };
    let from = "2026-11-20T09:00:30Z".parse().unwrap();
    let found = curve(&words(), &Curve { from, step_s: 60, orders }).into_string();
    assert!(found.contains("d=\"M42.0 172.0H145.3V24.0H248.6V98.0H352.0\""), "{found}");
    // A minute each, from the first whole one on.
    for time in ["09:01", "09:02", "09:03"] {
        assert!(found.contains(&format!(">{time}</text>")), "{time} {found}");
    }
    assert!(found.contains("time (UTC), from 2026-11-20"));
}

#[test]
fn bars_of_any_length_stay_in_the_picture() {
    let bar = |legacy: Option<Decimal>, gated| Bar { name: "TEA-1".to_owned(), lanes: PerLane { legacy, gated } };
    let number = |number: i64| Some(Decimal::from(number));
    for all in [
        vec![bar(None, None)],
        vec![bar(number(0), number(0))],
        vec![bar(number(3), None), bar(number(1), number(0))],
        vec![bar(Some(Decimal::MAX), number(1))],
        vec![bar(Some(Decimal::new(1, 8)), number(-1))],
    ] {
        check(&bars(&words(), "SKU", &all));
    }
    assert_eq!(bars(&words(), "SKU", &[]).into_string(), "");
}
