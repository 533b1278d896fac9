//! How long a typical pair of documents takes, beside `json-patch` on the same documents: `cargo bench --bench diff`.
//!
//! Rounds of both take turns in one process and the median of each is shown, so that what disturbs the machine
//! disturbs both. `json-patch` compares by position and knows no rules; it is a yardstick, not a rival.

#![expect(clippy::expect_used, reason = "a benchmark's own documents and rules")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use paritee::diff::{Action, Path, Rule, RuleScope, Rules, Subject, diff};
use paritee::order::Json;

/// Rounds of each; the median is shown.
const ROUNDS: usize = 41;

/// Comparisons in a round.
const REPEATS: u32 = 500;

/// An order of 4 KB with ten lines, as an ERP might write it; `lane` alters what differs between any two ERPs.
fn order(lane: u32, lines: u32) -> String {
    let mut text = format!(
        r#"{{"id":{},"external_id":"820982911946154508","number":"SO-{lane}0017","created_at":"2024-07-03T12:00:0{lane}Z",
        "status":"open","currency":"EUR","customer":{{"id":{},"name":"Ada Example","email":"ada@example.com","vat":null}},
        "shipping":{{"name":"Ada Example","street":"Long Street 12","city":"Utrecht","zip":"3511 AB","country":"NL","phone":""}},
        "billing":{{"name":"Ada Example","street":"Long Street 12","city":"Utrecht","zip":"3511 AB","country":"NL","phone":""}},
        "subtotal":"1234.50","tax":"214.25","shipping_cost":"4.95","total":"1453.70","note":"","tags":["web","b2c"],"lines":["#,
        10_017 + lane,
        99_000 + lane
    );
    for line in 0..lines {
        // The other ERP lists its lines from the end.
        let at = if lane == 0 { line } else { lines - 1 - line };
        let separator = if line == 0 { "" } else { "," };
        let _ = write!(
            text,
            r#"{separator}{{"id":{},"sku":"SKU-{at:04}","title":"Article number {at} in a colour, size M","quantity":{},"price":"{at}.95",
            "amount":"{}.90","tax":{{"rate":21,"amount":"3.{at:02}"}},"warehouse":"UTR-1","discounts":[],"gift":false,
            "properties":[{{"name":"engraving","value":"none"}}]}}"#,
            500 * (lane + 1) + at,
            1 + at % 3,
            at * 2
        );
    }
    text.push_str("]}");
    text
}

fn rule(path: &str, action: Action) -> Rule {
    let path = Path::parse(path).expect("a path of this file");
    Rule {
        path,
        action,
        reason: Some("each ERP's own".into()),
        dangerous: false,
        expires: None,
        between: RuleScope::Lanes,
        built_in: false,
    }
}

fn rules(match_by: bool) -> Rules {
    let mut list = vec![
        rule("$.id", Action::Ignore),
        rule("$.number", Action::Ignore),
        rule("$.customer.id", Action::Ignore),
        rule("$.lines[*].id", Action::Ignore),
        rule("$.created_at", Action::SameInstant),
        rule("$..email", Action::Case),
    ];
    if match_by {
        list.push(rule("$.lines", Action::MatchBy(vec!["sku".into()])));
    }
    let subjects = [
        ("$.lines[*].sku", Subject::Identity),
        ("$.lines[*].quantity", Subject::Quantity),
        ("$.lines[*].price", Subject::Price),
        ("$.lines[*].amount", Subject::Money),
        ("$.total", Subject::Money),
    ];
    let subjects = subjects.map(|(path, subject)| (Path::parse(path).expect("a path of this file"), subject));
    Rules::new(list, subjects.to_vec(), None, None).expect("rules of this file")
}

fn time(mut work: impl FnMut()) -> Duration {
    let from = Instant::now();
    (0..REPEATS).for_each(|_| work());
    from.elapsed() / REPEATS
}

/// The median of both, in turns.
fn in_turns(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> (Duration, Duration) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        left.push(time(&mut ours));
        right.push(time(&mut theirs));
    }
    left.sort();
    right.sort();
    (left.swap_remove(ROUNDS / 2), right.swap_remove(ROUNDS / 2))
}

#[expect(clippy::print_stdout, reason = "the result")]
fn compare(what: &str, legacy: &str, gated: &str, rules: &Rules) {
    let (left, right) = (Json::parse(legacy.as_bytes()).expect("JSON"), Json::parse(gated.as_bytes()).expect("JSON"));
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let (from, to) = (value(legacy), value(gated));
    let found = diff(&left, &right, rules).list.len();
    let operations = json_patch::diff(&from, &to).0.len();
    let (ours, theirs) = in_turns(
        || {
            black_box(diff(black_box(&left), black_box(&right), rules));
        },
        || {
            black_box(json_patch::diff(black_box(&from), black_box(&to)));
        },
    );
    let (parse, parse_theirs) = in_turns(
        || {
            black_box(Json::parse(black_box(legacy.as_bytes())).expect("JSON"));
        },
        || {
            black_box(value(black_box(legacy)));
        },
    );
    println!(
        "{what:44} {:5} bytes  diff {ours:>9.1?} ({found} findings)  json-patch {theirs:>9.1?} ({operations} operations)  \
         parse {parse:.1?}, serde_json {parse_theirs:.1?}",
        legacy.len()
    );
}

fn main() {
    let (one, same_order, other) = (order(0, 10), order(0, 10).replace("\"id\":5", "\"id\":7"), order(1, 10));
    compare("equal, no rules", &one, &one, &Rules::default());
    compare("equal, rules", &one, &one, &rules(true));
    compare("lines in order, other ids", &one, &same_order, &rules(false));
    compare("lines by SKU, other ids", &one, &same_order, &rules(true));
    compare("lines by SKU, reversed, other ids and times", &one, &other, &rules(true));
    compare("lines reversed, no rule for them", &one, &other, &rules(false));
    let (large, larger) = (order(0, 1_000), order(0, 1_000).replacen("\"quantity\":1", "\"quantity\":2", 1));
    compare("1,000 lines by SKU, one differs", &large, &larger, &rules(true));
}
