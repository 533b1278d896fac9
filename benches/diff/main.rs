//! How long a typical pair of documents takes, beside `json-patch` on the same documents: `cargo bench --bench diff`.
//!
//! Both run in one process. `json-patch` compares by position and knows no rules; it is a yardstick, not a rival.

#![expect(clippy::expect_used, reason = "a benchmark's own documents and rules")]

use std::fmt::Write as _;

use divan::Bencher;
use paritee::diff::{Action, Path, Rule, RuleScope, Rules, Subject, diff};
use paritee::order::Json;

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
        // Ids are identities by their name, and a configuration must say so.
        dangerous: true,
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

/// Two documents, and whether lines are paired by SKU.
#[derive(Clone, Copy, Debug)]
enum Pair {
    Equal,
    OtherIds,
    OtherIdsBySku,
    ReversedBySku,
    Lines1000BySku,
}

const PAIRS: [Pair; 5] = [Pair::Equal, Pair::OtherIds, Pair::OtherIdsBySku, Pair::ReversedBySku, Pair::Lines1000BySku];

impl Pair {
    fn documents(self) -> (String, String) {
        let one = order(0, 10);
        let other = one.replace("\"id\":5", "\"id\":7");
        match self {
            Self::Equal => (one.clone(), one),
            Self::OtherIds | Self::OtherIdsBySku => (one, other),
            Self::ReversedBySku => (one, order(1, 10)),
            Self::Lines1000BySku => (order(0, 1_000), order(1, 1_000)),
        }
    }

    fn rules(self) -> Rules {
        rules(!matches!(self, Self::Equal | Self::OtherIds))
    }
}

/// The comparison alone, of documents that were read.
#[divan::bench(args = PAIRS)]
fn paritee(bencher: Bencher<'_, '_>, pair: Pair) {
    let ((legacy, gated), rules) = (pair.documents(), pair.rules());
    let (left, right) = (Json::parse(legacy.as_bytes()).expect("JSON"), Json::parse(gated.as_bytes()).expect("JSON"));
    bencher.bench(|| diff(divan::black_box(&left), divan::black_box(&right), &rules));
}

/// Both documents read and compared, as a run is judged.
#[divan::bench(args = PAIRS)]
fn paritee_with_parsing(bencher: Bencher<'_, '_>, pair: Pair) {
    let ((legacy, gated), rules) = (pair.documents(), pair.rules().with_names());
    bencher.bench(|| {
        let left = Json::parse(divan::black_box(legacy.as_bytes())).expect("JSON");
        let right = Json::parse(divan::black_box(gated.as_bytes())).expect("JSON");
        diff(&left, &right, &rules)
    });
}

/// The yardstick: the comparison alone.
#[divan::bench(args = PAIRS)]
fn json_patch(bencher: Bencher<'_, '_>, pair: Pair) {
    let (legacy, gated) = pair.documents();
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let (from, to) = (value(&legacy), value(&gated));
    bencher.bench(|| json_patch::diff(divan::black_box(&from), divan::black_box(&to)));
}

/// The yardstick, both documents read by serde_json.
#[divan::bench(args = PAIRS)]
fn json_patch_with_parsing(bencher: Bencher<'_, '_>, pair: Pair) {
    let (legacy, gated) = pair.documents();
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    bencher.bench(|| json_patch::diff(&value(divan::black_box(&legacy)), &value(divan::black_box(&gated))));
}

fn main() {
    divan::main();
}
