//! Each kind of suggestion, what is never suggested, and the bounds.

use proptest::prelude::*;

use super::*;
use crate::diff::{Action, Path, Rule, RuleScope, diff};

fn json(text: &str) -> Json<'_> {
    Json::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn names_tell() -> Rules {
    Rules::default().with_names()
}

fn add(noise: &mut Noise, number: usize, legacy: &str, gated: &str, changes: &Changes) {
    let (legacy, gated) = (json(legacy), json(gated));
    let key = OrderKey::new(&number.to_string()).unwrap();
    noise.add(&key, &legacy, &gated, &diff(&legacy, &gated, &names_tell()), changes);
}

/// What is seen of so many orders, whose documents are made from their numbers.
fn seen(orders: usize, legacy: impl Fn(usize) -> String, gated: impl Fn(usize) -> String) -> Noise {
    let mut noise = Noise::default();
    for number in 0..orders {
        add(&mut noise, number, &legacy(number), &gated(number), &Changes::default());
    }
    noise
}

fn told(suggestion: &Suggestion) -> String {
    let why = |why: Why| match why {
        Why::Ids { uuids: true } => "uuids".to_owned(),
        Why::Ids { uuids: false } => "ids".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    let advice = match &suggestion.advice {
        Advice::Rule(action, of) => format!("{} as {}", action.as_str(), why(*of)),
        Advice::Ask(action, of, doubt) => format!("ask: {} as {}, {doubt:?}", action.as_str(), why(*of)),
        Advice::Grave { subject, within } => format!("{}{subject}", if *within { "within " } else { "" }),
        Advice::Nothing => "nothing".to_owned(),
        Advice::Apart(by) => format!("apart {by:#}"),
    };
    format!("{} {advice}", suggestion.path)
}

fn all(noise: &Noise) -> Vec<String> {
    noise.suggestions().iter().map(told).collect()
}

/// One member of twenty orders' documents, by the number of the order.
fn check(legacy: fn(usize) -> String, gated: fn(usize) -> String, expected: &str) {
    let noise = seen(20, |n| format!("{{{}}}", legacy(n)), |n| format!("{{{}}}", gated(n)));
    assert_eq!(all(&noise), [expected], "{} against {}", legacy(7), gated(7));
}

#[test]
fn what_only_is_written_differently_gets_a_narrow_rule() {
    check(
        |n| format!(r#""at":"2026-11-20T18:00:{n:02}Z""#),
        |n| format!(r#""at":"2026-11-20T19:00:{n:02}+01:00""#),
        "$.at same_instant as sameinstant",
    );
    check(
        |n| format!(r#""at":{}"#, 1_795_197_600 + n),
        |n| format!(r#""at":"/Date({}000)/""#, 1_795_197_600 + n),
        "$.at same_instant as sameinstant",
    );
    // Few suffice: the rule hides no more than that.
    check(
        |n| format!(r#""city":"{}""#, if n == 3 { "ULM" } else { "Ulm" }),
        |_| r#""city":"Ulm""#.into(),
        "$.city case as case",
    );
    check(|_| r#""city":"Ulm ""#.into(), |_| r#""city":"Ulm""#.into(), "$.city trim as space");
    check(
        |n| format!(r#""city":"{}""#, if n == 3 { "Bonn" } else { "ULM" }),
        |_| r#""city":"Ulm""#.into(),
        "$.city nothing",
    );
}

#[test]
fn what_always_differs_is_known_by_its_looks() {
    check(
        |n| format!(r#""at":"2026-11-20T18:00:{n:02}Z""#),
        |n| format!(r#""at":"2026-11-20T18:00:{:02}Z""#, 20 + n + n % 3),
        "$.at ignore as times",
    );
    check(
        |n| format!(r#""at":"2026-11-20T18:00:{n:02}Z""#),
        |n| format!(r#""at":"2026-11-20T17:00:{n:02}Z""#),
        "$.at apart 1h ago",
    );
    check(
        |n| format!(r#""uuid":"550e8400-e29b-41d4-a716-4466554400{n:02}""#),
        |n| format!(r#""uuid":"550e8400-e29b-41d4-a716-4466554411{n:02}""#),
        "$.uuid ignore as uuids",
    );
    check(|n| format!(r#""doc":"L{n}""#), |n| format!(r#""doc":"SO-{n}""#), "$.doc ignore as ids");
    // One of them twice is no id, and a number may be anything.
    check(|n| format!(r#""doc":"L{}""#, n.min(18)), |n| format!(r#""doc":"SO-{n}""#), "$.doc nothing");
    check(
        |n| format!(r#""doc":{}"#, n + 100),
        |n| format!(r#""doc":{}"#, n + 900),
        "$.doc ask: ignore as ids, Amounts",
    );
    check(|n| format!(r#""gross":{n}.90"#), |n| format!(r#""gross":"{n}.91""#), "$.gross ask: ignore as ids, Amounts");
    // One that is equal is not always.
    check(
        |n| format!(r#""doc":"L{n}""#),
        |n| format!(r#""doc":"{}{n}""#, if n == 3 { "L" } else { "SO" }),
        "$.doc nothing",
    );
    let nineteen = seen(19, |n| format!(r#"{{"doc":"L{n}"}}"#), |n| format!(r#"{{"doc":"S{n}"}}"#));
    assert_eq!(all(&nineteen), ["$.doc nothing"]);
}

#[test]
fn values_that_always_go_together_are_a_table() {
    check(
        |n| format!(r#""service":"{}""#, ["STD", "EXP"][n % 2]),
        |n| format!(r#""service":"{}""#, ["standard", "express"][n % 2]),
        "$.service map as table",
    );
    check(|_| r#""open":true"#.into(), |_| r#""open":"yes""#.into(), "$.open map as table");
    // A code on one side is none of an amount; numbers on both may be doubled quantities.
    check(|n| format!(r#""state":{}"#, n % 2), |n| format!(r#""state":"s{}""#, n % 2), "$.state map as table");
    check(
        |n| format!(r#""pieces":{}"#, n % 2 + 1),
        |n| format!(r#""pieces":{}"#, n % 2 * 2 + 2),
        "$.pieces ask: map as table, Amounts",
    );
    check(|_| r#""pack":"5 pcs""#.into(), |_| r#""pack":"6 pcs""#.into(), "$.pack ask: map as table, Amounts");
    // Not always the same; and each value too seldom.
    check(|_| r#""service":"STD""#.into(), |n| format!(r#""service":"{}""#, ["a", "b"][n / 19]), "$.service nothing");
    check(|n| format!(r#""note":"n {n}""#), |n| format!(r#""note":"o {n}""#), "$.note nothing");
    check(|_| r#""note":null"#.into(), |_| r#""note":"""#.into(), "$.note nothing");
}

#[test]
fn what_one_lane_alone_has_is_seen_where_it_can_be() {
    check(|_| r#""a":1"#.into(), |_| r#""a":1,"channel":"web""#.into(), "$.channel ignore as onlyon(gated)");
    check(|_| r#""meta":{"a":"b"}"#.into(), |_| String::new(), "$.meta ignore as onlyon(legacy)");
    check(|_| r#""meta":{"a":1}"#.into(), |_| String::new(), "$.meta ask: ignore as onlyon(legacy), Amounts");
    check(|_| r#""meta":{"total":"x"}"#.into(), |_| String::new(), "$.meta price");
    check(
        |n| format!(r#""l":[{{"x":"a","y":"{n}"}},{{"x":"b","y":"{n}"}}]"#),
        |n| format!(r#""l":[{{"y":"{n}"}},{{"y":"{n}"}}]"#),
        "$.l[*].x ignore as onlyon(legacy)",
    );
    // Not in all lines, not in all orders; elements of an array never.
    check(
        |_| r#""l":[{"x":"a","y":"z"},{"y":"z"}]"#.into(),
        |_| r#""l":[{"y":"z"},{"y":"z"}]"#.into(),
        "$.l[*].x nothing",
    );
    check(|n| if n == 3 { String::new() } else { r#""x":"a""#.into() }, |_| String::new(), "$.x nothing");
    check(|_| r#""tags":["a"]"#.into(), |_| r#""tags":[]"#.into(), "$.tags[*] nothing");
}

#[test]
fn what_matters_gravely_is_never_suggested() {
    check(|n| format!(r#""total":"{n}.00""#), |n| format!(r#""total":"{n}.01""#), "$.total price");
    check(|n| format!(r#""qty":{n}"#), |n| format!(r#""qty":{}"#, n + 1), "$.qty quantity");
    check(|_| r#""sku":"a""#.into(), |_| r#""sku":"A""#.into(), "$.sku identity");
    check(|_| r#""price":{"v":"x"}"#.into(), |_| r#""price":{"v":"X"}"#.into(), "$.price.v within price");
    check(|_| r#""customer":{"n":"x"}"#.into(), |_| r#""customer":{"n":"X"}"#.into(), "$.customer.n within identity");
    check(|n| format!(r#""id":"L{n}""#), |n| format!(r#""id":"S{n}""#), "$.id ask: ignore as ids, Named");
    check(|n| format!(r#""id":"L{}""#, n / 2), |n| format!(r#""id":"S{n}""#), "$.id identity");
    // Not one of the two that share a name, and not everything at once.
    check(|_| r#""a":"x","a":"y""#.into(), |_| r#""a":"x""#.into(), "$.a nothing");
    let roots = seen(20, |n| format!(r#""L{n}""#), |n| format!(r#""S{n}""#));
    assert_eq!(all(&roots), ["$ nothing"]);
}

#[test]
fn a_member_that_is_named_like_a_path_is_no_more_than_a_member() {
    for name in ["*", "l[x]", "l/*", "..", "$", "']", "\\\"]"] {
        let member = format!("{{{}:", serde_json::Value::from(name));
        let noise = seen(20, |n| format!(r#"{member}"L{n}"}}"#), |n| format!(r#"{member}"S{n}"}}"#));
        let suggestions = noise.suggestions();
        let [Suggestion { path, advice: Advice::Rule(Action::Ignore, _), .. }] = suggestions.as_slice() else {
            panic!("{name}: {suggestions:?}");
        };
        let document = format!(r#"{member}1,"a":{{"b":2}},"l":[3]}}"#);
        let selected = Path::parse(path).unwrap().select(&json(&document));
        assert_eq!(selected, [crate::order::Pointer::of([name])], "{path}");
    }
}

#[test]
fn what_changes_by_itself_is_noise_where_it_accounts_for_what_differs() {
    for (changed, again, expected) in [
        (0..0, 0..20, "$.state nothing"),
        (0..2, 0..2, "$.state nothing"),
        (0..3, 0..3, "$.state ignore as changes { seen_again: 3, changed: 3 }"),
        (0..3, 0..6, "$.state ignore as changes { seen_again: 6, changed: 3 }"),
        (0..3, 0..7, "$.state nothing"),
    ] {
        let mut noise = Noise::default();
        for number in 0..20 {
            let mut changes = Changes::default();
            if changed.contains(&number) {
                changes.add(&json(r#"{"state":"a b","x":1}"#), &json(r#"{"state":"c d","x":1}"#));
            } else if again.contains(&number) {
                changes.add(&json(r#"{"x":1}"#), &json(r#"{"x":2}"#));
            }
            let legacy = format!(r#"{{"state":"{}"}}"#, ["new", "sent", "gone"][number % 3]);
            add(&mut noise, number, &legacy, &format!(r#"{{"state":"{}"}}"#, "s".repeat(number % 7)), &changes);
        }
        assert_eq!(all(&noise), [expected], "{changed:?} of {again:?}");
    }
}

#[test]
fn what_differs_in_the_baseline_is_noise_where_it_does_so_often() {
    for (differing, expected) in [
        (2, "$.state nothing"),
        (9, "$.state nothing"),
        (10, "$.state ignore as baseline { orders: 20, differing: 10 }"),
    ] {
        let legacy = |n: usize| format!(r#"{{"state":"{}"}}"#, ["new", "sent", "gone"][n % 3]);
        let mut noise = seen(20, legacy, |n| format!(r#"{{"state":"{}"}}"#, "s".repeat(n % 7)));
        for number in 0..20 {
            let (left, right) = (json(r#"{"state":"a"}"#), json(r#"{"state":"b"}"#));
            let right = if number < differing { &right } else { &left };
            noise.add_baseline(&left, right, &diff(&left, right, &names_tell()));
        }
        assert_eq!(all(&noise), [expected], "{differing}");
    }
}

#[test]
fn most_differences_come_first_and_are_counted() {
    let noise = seen(
        20,
        |n| format!(r#"{{"a":"x","l":[{{"v":"L{n}"}},{{"v":"L{n}"}}],"same":1}}"#),
        |n| format!(r#"{{"a":"{}","l":[{{"v":"S{n}"}},{{"v":"S{n}"}}],"same":1}}"#, ["X", "x"][n % 2]),
    );
    assert_eq!(all(&noise), ["$.l[*].v ignore as ids", "$.a case as case"]);
    let counts = |one: &Suggestion| (one.findings, one.orders, one.pairs, one.differing);
    assert_eq!(noise.suggestions().iter().map(counts).collect::<Vec<_>>(), [(40, 20, 40, 40), (10, 10, 20, 10)]);
    assert_eq!((noise.orders(), noise.differing(), noise.findings()), (20, 20, 50));
    let example = &noise.suggestions()[1].example;
    assert_eq!((example.order.as_str(), example.legacy.as_deref()), ("0", Some("\"x\"")));
}

#[test]
fn what_is_beyond_the_bounds_is_counted() {
    let many = |from: usize| {
        let members: Vec<String> = (from..from + PLACES_MAX).map(|n| format!(r#""m{n}":"x""#)).collect();
        format!("{{{}}}", members.join(","))
    };
    let noise = seen(1, |_| many(0), |_| many(10));
    assert!(noise.places.len() == PLACES_MAX && noise.beyond() == 10, "{} {}", noise.places.len(), noise.beyond());
    let large = format!("[{}0]", "0,".repeat(VALUES_MAX));
    let mut noise = seen(1, |_| large.clone(), |_| "[]".to_owned());
    assert_eq!((noise.orders(), noise.left_out(), all(&noise).len()), (0, 1, 0));
    let long = "x".repeat(1_000);
    add(&mut noise, 2, &format!(r#"{{"a":"{long}"}}"#), r#"{"a":"b"}"#, &Changes::default());
    assert_eq!(noise.suggestions()[0].example.legacy.as_ref().map(|text| text.chars().count()), Some(61));
}

/// The value of a member in the documents of an order, by its kind.
fn value(kind: u8, lane: usize, order: usize) -> String {
    let both = lane * 50;
    match kind {
        0 => format!("\"{}\"", if lane == 0 { "L" } else { "S" }.repeat(1 + order)),
        1 => format!("\"D{}\"", order + both),
        2 => format!("{}.90", order + both),
        3 => format!("\"2026-11-20T18:{:02}:{:02}Z\"", lane * 20 + order % 7, order),
        4 => format!("\"{}\"", if lane == 0 { "ab" } else { "AB" }),
        5 => format!("\"{}\"", if lane == 0 { "a " } else { "a" }),
        6 => format!("\"{}\"", if lane == 0 { "STD" } else { "standard" }),
        7 => format!("{}", 1 + order % 2 + both),
        8 => format!("{{\"total\":{},\"x\":\"{}\"}}", order + both, if lane == 0 { "u" } else { "U" }),
        9 => format!("[{{\"x\":\"{lane}\",\"qty\":{}}}]", order + both),
        _ => "\"same\"".to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// No rule that is suggested masks anything of identity, money or quantity, or stands at or below a name of such.
    #[test]
    fn nothing_grave_is_ever_suggested_to_be_hidden(
        members in proptest::collection::btree_map("[ab]|id|sku|total|qty|unit_price|customer|l\\[sku\\]|\\*|x y", (0_u8..12, 0_u8..4), 1..6),
    ) {
        let document = |lane: usize, order: usize| {
            // 0 and 1: both lanes; 2 and 3: one of them.
            let has = |on: u8| on < 2 || usize::from(on - 2) == lane;
            let members: Vec<String> = members.iter().filter(|(_, (_, on))| has(*on))
                .map(|(name, (kind, _))| format!("\"{name}\":{}", value(*kind, lane, order))).collect();
            format!("{{{}}}", members.join(","))
        };
        let noise = seen(24, |order| document(0, order), |order| document(1, order));
        let suggested = noise.suggestions().into_iter().filter_map(|one| match one.advice {
            Advice::Rule(action, _) => Some(Rule {
                path: Path::parse(&one.path).unwrap(),
                action,
                reason: Some("as suggested".into()),
                dangerous: false,
                expires: None,
                between: RuleScope::Lanes,
                built_in: false,
            }),
            _ => None,
        });
        let suggested: Vec<Rule> = suggested.collect();
        let rules = Rules::new(suggested, Vec::new(), None, None).unwrap().with_names();
        for order in 0..24 {
            let (legacy, gated) = (document(0, order), document(1, order));
            let (legacy, gated) = (json(&legacy), json(&gated));
            for finding in diff(&legacy, &gated, &rules).list {
                let pointers = [&finding.legacy, &finding.gated].into_iter().flatten();
                let named = pointers.flat_map(|pointer| pointer.tokens()).any(|name| crate::diff::by_name(name).is_some());
                prop_assert!(finding.masked_by.is_none() || (finding.subject.is_none() && !named), "{finding:?}");
            }
        }
    }
}
