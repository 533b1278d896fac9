//! Findings of many orders as a few lines.

use rust_decimal::Decimal;

use super::*;
use crate::order::OrderKey;

#[test]
fn ten_thousand_differences_read_as_a_few_lines() {
    let rules = rules(vec![match_by("$.lines", &["sku"]), rule("$.id", Action::Ignore)]);
    let mut groups = Groups::default();
    for order in 0..10_000_u32 {
        let legacy = format!(r#"{{"id":{order},"total":10,"lines":[{{"sku":"S{order}","quantity":1}}],"note":"a"}}"#);
        let gated = format!(
            r#"{{"id":{},"total":{},"lines":[{{"sku":"S{order}","quantity":{}}}],"note":"b"}}"#,
            order + 1,
            if order % 100 == 0 { "9.99" } else { "10.0" },
            if order % 1_000 == 0 { 2 } else { 1 },
        );
        groups.add(
            (order.into(), &OrderKey::new(&order.to_string()).unwrap()),
            &diff(&json(&legacy), &json(&gated), &rules),
        );
    }
    let rows: Vec<(String, u64, u64)> = groups
        .rows()
        .iter()
        .map(|group| (format!("{} {}", group.signature.class, group.signature.pattern), group.count, group.orders))
        .collect();
    let row = |text: &str, count| (text.to_owned(), count, count);
    assert_eq!(
        rows,
        [
            row("value /total", 100),
            row("value /lines[sku]/quantity", 10),
            row("value /note", 10_000),
            row("value /id", 10_000),
            row("representation /total", 9_900),
        ]
    );
    let total = groups.rows()[0];
    let (currency, money) = total.money.iter().next().unwrap();
    let sums = (currency, money.signed, money.absolute);
    assert_eq!(sums, (UNKNOWN_CURRENCY, Decimal::new(-100, 2), Decimal::new(100, 2)));
    assert_eq!(total.first_orders().map(OrderKey::as_str).collect::<Vec<_>>(), ["0", "100", "200", "300", "400"]);
    assert_eq!(total.example.gated_text.as_deref(), Some("9.99"));
    assert_eq!((groups.orders(), groups.beyond(), groups.spent()[1].masked), (10_000, 0, 10_000));
}

#[test]
fn several_findings_of_an_order_count_it_once_and_random_names_are_bounded() {
    let mut groups = Groups::default();
    let order = |at: i64| OrderKey::new(&format!("o{at}")).unwrap();
    groups.add((-1, &order(0)), &diff(&json("[1,2]"), &json("[3,4]"), &rules(vec![])));
    assert_eq!((groups.rows()[0].count, groups.rows()[0].orders), (2, 1));
    for at in 0..1_500 {
        groups.add((at, &order(at)), &diff(&json("{}"), &json(&format!("{{\"n{at}\":1}}")), &rules(vec![])));
    }
    assert_eq!((groups.rows().len(), groups.beyond()), (1_000, 501));
}
