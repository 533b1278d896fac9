//! Worlds of small differences within a tolerance: rounding goes both ways, and what goes one way is a finding.

use rust_decimal::Decimal;

use super::compare::{CUP, TEA, document, good, lines, placed, places, rule, status, world};
use crate::diff::{Action, Rule, RuleScope};
use crate::judge::*;
use crate::order::OrderPlaces;

use Decision::{Go, NoGo};

#[test]
fn a_cent_too_little_on_every_order_is_a_finding_within_its_tolerance() {
    let tolerance = || Action::Tolerance { minor_units: Decimal::ONE, order_max: None };
    let cents = |below: u32, above: u32| {
        let rules =
            vec![rule("$.total", tolerance(), RuleScope::Lanes), rule("$.total", tolerance(), RuleScope::Order)];
        let mut world = world(DocumentShape::AsTheyAre, rules);
        for n in 0..below + above {
            let total = if n < below { "9.99" } else { "10.01" };
            let gated = document(&[TEA, CUP], total, "");
            placed(&mut world, &format!("cent-{n}"), 300.0 + f64::from(n), &good(), &good(), &gated);
        }
        world.judge().0
    };
    let both_ways = cents(10, 10);
    assert_eq!(both_ways.decision, Go, "{:?}", lines(&both_ways));
    let one_way = cents(20, 0);
    let drifts: Vec<String> = lines(&one_way).into_iter().filter(|line| line.contains("drift")).collect();
    assert_eq!(
        drifts,
        [
            "legacy-gated drift $.total 1/1 ERP/IT EUR -0.20 by 1 ",
            "order-gated drift $.total 1/1 ERP/IT EUR -0.20 by 2 "
        ]
    );
    assert_eq!(status(&one_way, GateName::FieldsAgree), NoGo);
    let rule = &one_way.rules[0];
    assert_eq!((rule.hits, rule.orders, rule.orders_above, rule.orders_below), (20, 20, 0, 20));
    assert!(rule.one_sided.is_some_and(|chance| chance < 1e-5));
}

#[test]
fn drifts_that_even_out_over_places_or_currencies_are_found_all_the_same() {
    let tolerance = |path| {
        let action = Action::Tolerance { minor_units: Decimal::from(5), order_max: None };
        rule(path, action, RuleScope::Lanes)
    };
    let run = |rules: Vec<Rule>, spoil: &dyn Fn(usize, &str) -> String| {
        let mut world = world(DocumentShape::AsTheyAre, rules);
        world.policy.lanes.gated.document = Some(OrderPlaces { lines: None, total: None, ..places() });
        for n in 0..40 {
            let name = format!("cent-{n}");
            let of = if n < 20 { good() } else { good().replace("EUR", "USD") };
            placed(&mut world, &name, 300.0 + n as f64, &of, &of, &spoil(n, &of));
        }
        world.policy.gates.fields_differ_max = 1;
        let (assessment, _) = world.judge();
        let drifts: Vec<String> = lines(&assessment).into_iter().filter(|line| line.contains("drift")).collect();
        (drifts, status(&assessment, GateName::FieldsAgree), assessment.rules[0].one_sided)
    };
    // Euros are a cent too low, dollars one too high.
    let (drifts, gate, chance) =
        run(vec![tolerance("$.total")], &|n, of| of.replace("10.00", if n < 20 { "9.99" } else { "10.01" }));
    let expected = [
        "legacy-gated drift $.total 1/1 ERP/IT EUR -0.20 by 1 ",
        "legacy-gated drift $.total 1/1 ERP/IT USD 0.20 by 1 ",
    ];
    assert_eq!((drifts.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), gate), (&expected[..], NoGo));
    assert!(chance.is_some_and(|chance| chance < 1e-5));
    // The total is a cent too low, and a price one too high.
    let (drifts, gate, _) =
        run(vec![tolerance("$..['total', 'price']")], &|_, of| of.replace("10.00", "9.99").replace("4.00", "4.01"));
    assert_eq!((drifts.len(), gate), (4, NoGo), "{drifts:?}");
    assert!(drifts[0].contains("drift /lines[sku]/price 1/1") || drifts[0].contains("drift /total 1/1"), "{drifts:?}");
}

#[test]
fn a_drift_counts_however_many_other_findings_there_are() {
    let action = Action::Tolerance { minor_units: Decimal::ONE, order_max: None };
    let mut world = world(DocumentShape::AsTheyAre, vec![rule("$.total", action, RuleScope::Lanes)]);
    world.policy.lanes.gated.document = Some(OrderPlaces { lines: None, total: None, ..places() });
    for n in 0..20 {
        placed(&mut world, &format!("cent-{n}"), 300.0 + n as f64, &good(), &good(), &good().replace("10.00", "9.99"));
    }
    let fees = |amount: u32| (0..300).map(|n| format!(r#""total_{n}":{amount},"#)).collect::<String>();
    let with = |amount: u32| good().replacen('{', &format!("{{{}", fees(amount)), 1);
    placed(&mut world, "x", 500.0, &good(), &with(1), &with(2));
    world.policy.gates.fields_differ_max = 300;
    let (assessment, _) = world.judge();
    assert_eq!((assessment.comparison.unexplained, assessment.findings.len()), (301, 200));
    assert_eq!(status(&assessment, GateName::FieldsAgree), NoGo);
}
