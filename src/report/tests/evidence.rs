//! An invented run whose documents differ in many ways.

use rust_decimal::Decimal;

use super::*;
use crate::diff::{Amounts, Class, RuleScope, Severity, Subject};
use crate::judge::{
    Between, DecisionSummary, FindingExample, FindingSummary, NotCompared, RuleSummary, TieOutRow, TieOutSide,
};
use crate::outcome::ReasonClass;

fn keys(keys: &[&str]) -> Vec<OrderKey> {
    keys.iter().map(|key| OrderKey::new(key).unwrap()).collect()
}

pub(super) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn amounts(list: &[(&str, &str)]) -> Amounts {
    let mut amounts = Amounts::default();
    list.iter().for_each(|(currency, amount)| amounts.add(Some(currency), decimal(amount)));
    amounts
}

/// A kind of difference that nothing explains, in so many orders of 388.
fn open(between: Between, path: &str, class: Class, (count, orders): (u64, u64)) -> FindingSummary {
    FindingSummary {
        between,
        path: path.to_owned(),
        class,
        severity: Severity::Normal,
        subject: None,
        rule: None,
        by_order: false,
        unexplained: count,
        owner: Owner::Operations,
        count,
        orders_count: orders,
        rate: orders as f64 / 388.0,
        orders: keys(&["5001", "5002", "5003", "5004", "5005"][..orders.min(5) as usize]),
        money: Amounts::default(),
        money_unread: 0,
        example: None,
    }
}

fn example(path: &str, left: Option<(&str, &str)>, right: Option<(&str, &str)>) -> Option<FindingExample> {
    let text = |side: Option<(&str, &str)>| side.map(|(text, _)| text.to_owned());
    let place = |side: Option<(&str, &str)>| side.map(|(_, place)| place.to_owned());
    Some(FindingExample {
        order_key: OrderKey::new("5001").ok(),
        path: path.to_owned(),
        left_place: place(left),
        right_place: place(right),
        left: text(left),
        right: text(right),
        money: None,
        matching: None,
    })
}

fn findings() -> Vec<FindingSummary> {
    use Between::{LegacyGated, OrderGated, OrderLegacy};
    let (left, right) = (Some(("3", "/lines/0/quantity")), Some(("2", "/items/4/qty")));
    vec![
        FindingSummary {
            severity: Severity::Grave,
            subject: Some(Subject::Money),
            rule: Some(2),
            count: 1,
            unexplained: 1,
            owner: Owner::ErpIt,
            orders: Vec::new(),
            money: amounts(&[("EUR", "-0.30")]),
            ..open(LegacyGated, "$.lines[*].tax", Class::Drift, (1, 30))
        },
        FindingSummary {
            severity: Severity::Grave,
            subject: Some(Subject::Quantity),
            money: amounts(&[("EUR", "-120"), ("EUR", "20.5"), ("JPY", "-300")]),
            money_unread: 1,
            example: example("/lines[sku=A1]/quantity", left, right),
            ..open(LegacyGated, "/lines[sku]/quantity", Class::Value, (14, 12))
        },
        FindingSummary {
            example: example("/lines[sku=B2]", Some((r#"{"sku":"B2","quantity":1}"#, "/line_items/1")), None),
            ..open(OrderGated, "/lines[sku]", Class::Missing, (1, 1))
        },
        FindingSummary {
            example: example("/note", None, Some((r#""gift  wrap""#, "/note"))),
            ..open(OrderLegacy, "/note", Class::Extra, (388, 388))
        },
        FindingSummary { rule: Some(1), unexplained: 0, ..open(LegacyGated, "/id", Class::Value, (388, 388)) },
        FindingSummary {
            rule: Some(2),
            unexplained: 0,
            money: amounts(&[("EUR", "-0.30")]),
            ..open(LegacyGated, "/lines[sku]/tax", Class::Value, (30, 30))
        },
        FindingSummary { by_order: true, unexplained: 0, ..open(LegacyGated, "/customer", Class::Value, (9, 9)) },
        FindingSummary { unexplained: 0, ..open(LegacyGated, "/total", Class::Representation, (3, 3)) },
        FindingSummary { unexplained: 0, ..open(OrderGated, "/lines[sku]", Class::Resegmented, (2, 1)) },
    ]
}

fn rule(number: usize, path: &str, action: &'static str, reason: &str, selected: u64) -> RuleSummary {
    RuleSummary {
        number,
        path: path.to_owned(),
        action,
        between: RuleScope::Lanes,
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        built_in: false,
        expires: None,
        expired: false,
        selected,
        hits: 0,
        orders: 0,
        money: Amounts::default(),
        money_unread: 0,
        over_cap: 0,
        orders_above: 0,
        orders_below: 0,
        one_sided: None,
    }
}

fn rules() -> Vec<RuleSummary> {
    let ignore = |number, path, reason, selected| rule(number, path, "ignore", reason, selected);
    vec![
        RuleSummary { hits: 388, orders: 388, ..ignore(1, "$.id", "each ERP's own document number", 388) },
        RuleSummary {
            hits: 30,
            orders: 30,
            money: amounts(&[("EUR", "-0.30")]),
            over_cap: 2,
            orders_below: 30,
            one_sided: Some(1.9e-9),
            ..rule(2, "$.lines[*].tax", "tolerance", "the ERP rounds per line, the storefront per order", 640)
        },
        ignore(3, "$.remarks", "free text", 0),
        RuleSummary { expires: Some(at(9_000)), ..ignore(4, "$.channel", "renamed in the new path", 388) },
        RuleSummary {
            expires: Some(at(-60)),
            expired: true,
            ..ignore(5, "$.created_at", "until both clocks are set", 0)
        },
        rule(6, "$.lines", "match_by", "", 776),
        RuleSummary {
            hits: 2,
            orders: 2,
            built_in: true,
            ..ignore(7, "$.updated_at", "changes with every write", 388)
        },
        RuleSummary { built_in: true, between: RuleScope::Order, ..ignore(8, "$.tax", "net prices", 0) },
        RuleSummary {
            built_in: true,
            between: RuleScope::Order,
            hits: 1,
            orders: 1,
            money: amounts(&[("EUR", "4.90")]),
            ..ignore(9, "$.shipping", "the ERP has it as a line", 388)
        },
    ]
}

fn side(found: &str, parts: [&[(&str, &str)]; 3]) -> Option<TieOutSide> {
    let [missing, surplus, aside] =
        parts.map(|part| part.iter().map(|(cause, amount)| ((*cause).to_owned(), decimal(amount))).collect::<_>());
    Some(TieOutSide { found: decimal(found), missing, surplus, aside, residual: Decimal::ZERO })
}

fn tie_out() -> TieOutSummary {
    let row = |name: Option<&str>, captured: &str, legacy, gated| TieOutRow {
        name: name.map(str::to_owned),
        captured: decimal(captured),
        legacy,
        gated,
        census: None,
    };
    TieOutSummary {
        units: vec![
            row(
                None,
                "1234",
                side("1234", [&[], &[], &[]]),
                side("1226", [&[("lost", "4"), ("differs", "14")], &[("double_committed", "3")], &[("phantom", "7")]]),
            ),
            row(Some("A1"), "300", side("300", [&[], &[], &[]]), side("286", [&[("differs", "14")], &[], &[]])),
            row(
                Some("B2 / Bestellung für den langen Namen"),
                "12",
                side("12", [&[], &[], &[]]),
                side("18", [&[("lost", "4")], &[("double_committed", "3")], &[("phantom", "7")]]),
            ),
        ],
        units_beyond: 2,
        money: vec![
            row(
                Some("EUR"),
                "24680.5",
                side("24680.5", [&[], &[], &[]]),
                side("24600", [&[("lost", "80.5")], &[], &[]]),
            ),
            TieOutRow {
                gated: Some(TieOutSide { found: decimal("900"), residual: decimal("-100"), ..TieOutSide::default() }),
                ..row(Some("JPY"), "1000", side("1000", [&[], &[], &[]]), None)
            },
        ],
        orders_without_units: 1,
        orders_without_money: 2,
    }
}

fn decisions() -> Vec<DecisionSummary> {
    let none = DecisionSummary {
        lane: Lane::Gated,
        class: ReasonClass::UnknownSku,
        committed: 0,
        agreed: 0,
        caught: 0,
        both: 0,
        neither: 0,
        open: 0,
        orders: Vec::new(),
        reason: None,
    };
    vec![
        DecisionSummary { lane: Lane::Legacy, committed: 1, both: 2, orders: keys(&["6001"]), ..none.clone() },
        DecisionSummary { committed: 12, both: 2, open: 1, orders: keys(&["5001", "5002"]), ..none.clone() },
        DecisionSummary {
            class: ReasonClass::Tax,
            agreed: 3,
            neither: 1,
            reason: Some("the old path never checked it".to_owned()),
            ..none.clone()
        },
        DecisionSummary { class: ReasonClass::Customer, caught: 4, orders: keys(&["5009"]), ..none },
    ]
}

/// The run in which two orders were lost, whose documents differ as well.
pub(super) fn differing() -> Assessment {
    let counts = |compared, differing, unexplained| ComparisonCounts {
        compared,
        differing,
        unexplained,
        ..ComparisonCounts::default()
    };
    let mut assessment = no_go();
    let lanes = ComparisonCounts {
        not_compared: [(NotCompared::NoDocument, 2), (NotCompared::Split, 1)].into(),
        by_order: 9,
        ..counts(385, 12, 14)
    };
    assessment.comparison = ComparisonSummary {
        documents: Some(DocumentShape::InCommonTerms),
        lanes,
        order: PerLane { legacy: Some(counts(388, 388, 388)), gated: Some(counts(386, 1, 1)) },
        unexplained: 16,
    };
    assessment.findings = findings();
    assessment.findings_beyond = 3;
    assessment.rules = rules();
    assessment.tie_out = tie_out();
    assessment.decisions = decisions();
    assessment
}

/// A run whose every text of documents, orders and rules is `evil`.
pub(super) fn nasty(evil: &str) -> Assessment {
    let mut assessment = differing();
    let text = || evil.to_owned();
    // Controls can't be in an order key, and it has an end.
    let key: String = evil.chars().filter(|letter| !letter.is_control()).take(80).collect();
    for row in &mut assessment.findings {
        row.path = text();
        row.orders = keys(&[key.trim()]);
        row.money.add(Some(evil), decimal("1"));
        if let Some(example) = &mut row.example {
            example.order_key = OrderKey::new(key.trim()).ok();
            (example.path, example.left, example.right) = (text(), Some(text()), Some(text()));
            (example.left_place, example.right_place) = (Some(text()), Some(text()));
        }
    }
    for rule in &mut assessment.rules {
        (rule.path, rule.reason) = (text(), Some(text()));
    }
    for row in assessment.tie_out.units.iter_mut().chain(&mut assessment.tie_out.money) {
        row.name = Some(text());
        let causes = row.gated.as_mut().map(|side| &mut side.missing);
        causes.map(|causes| causes.insert(text(), decimal("1")));
    }
    for row in &mut assessment.decisions {
        (row.orders, row.reason) = (keys(&[key.trim()]), Some(text()));
    }
    assessment
}

/// The part of a page from one heading to another.
pub(super) fn part<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    let begin = page.find(&format!("\n{from}")).unwrap() + 1;
    let rest = &page[begin..];
    &rest[..rest.find(&format!("\n{to}")).unwrap()]
}
