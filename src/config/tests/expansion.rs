//! A configuration written out again is the same configuration.

use super::{EVERY_KEY, EXAMPLE, OTHER_FORMS, PLANNED, SMALL, accepted, edited};

#[test]
fn what_is_written_out_reads_back_as_the_same() {
    let live_shadow_keys = edited(SMALL, "ledger = \"production\"", "ledger = \"production\"\nresend_max = 7");
    let odd_texts = edited(
        SMALL,
        "path = \"/orders\"",
        "path = '/o\"r\\ders/ä'\norder_key = [\"/id\"]\nalso_known_as = [\"/a~1b\", \"header:X-A\"]\n[[tee.exclude]]\npointer = \"/a\"\nequals = \"\\u0001\\u007f\\n\"\nreason = 'a \"b\" \\'\n[[tee.route]]\npath = \"/b\"",
    );
    let auth = |auth: &str| edited(SMALL, "9002/ledger\"", &format!("9002/ledger\"\nauth = {auth}"));
    let bearer = auth("{ bearer = \"env:PARITEE_TOKEN\" }");
    let basic = auth("{ user = \"u\", password = \"env:PARITEE_TOKEN\" }");
    let command = auth("{ command = [\"prog\", \"a \\\"b\"], renew_every = \"5m\" }");
    let plain_oauth =
        auth("{ token_url = \"http://[::1]:1/t\", client_id = \"c\", client_secret = \"env:CLIENT_SECRET\" }");
    let sqlite =
        edited(SMALL, "url = \"http://127.0.0.1:9002/ledger\"", "sql = \"select 1\"\ndatabase = \"sqlite:a.db\"");
    let auths = [&bearer, &basic, &command, &plain_oauth, &sqlite];
    let all = [SMALL, EXAMPLE, PLANNED, EVERY_KEY, OTHER_FORMS, &live_shadow_keys, &odd_texts];
    for text in all.into_iter().chain(auths.map(String::as_str)) {
        let first = accepted(text);
        let expanded = first.expanded();
        let again = accepted(&expanded);
        assert_eq!(format!("{:?}", again.config), format!("{:?}", first.config), "{expanded}");
        assert_eq!(again.config.judged_by, first.config.judged_by, "{expanded}");
        assert_eq!(again.expanded(), expanded);
    }
}

/// The words of a TOML text that stand before `=`, with the table they are in.
fn keys(text: &str) -> Vec<String> {
    let mut table = String::new();
    let mut keys = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']).to_owned();
        } else if let Some((key, _)) = line.split_once(" = ") {
            keys.push(format!("{table}.{key}"));
        }
    }
    keys
}

#[test]
fn every_key_is_written_out() {
    let expanded = accepted(EVERY_KEY).expanded();
    let written = keys(&expanded);
    // General settle times are written into each lane, whose own ones override them.
    let settled = |key: &String| key.starts_with("settle.");
    // The list of tables is written as tables.
    let rewritten = |key: &String| ["lane.gated.scope.only", "tee.route.exclude"].contains(&key.as_str());
    let missing: Vec<String> =
        keys(EVERY_KEY).into_iter().filter(|key| !written.contains(key) && !settled(key) && !rewritten(key)).collect();
    assert!(missing.is_empty(), "{missing:?} in\n{expanded}");
}

#[test]
fn secrets_are_written_as_references_and_kept_out_of_debug() {
    let checked = accepted(EVERY_KEY);
    let expanded = checked.expanded();
    let other = accepted(OTHER_FORMS);
    let expanded = expanded + &other.expanded();
    for name in [
        "GATED_TOKEN",
        "LEGACY_TOKEN",
        "LEDGER_TOKEN",
        "PARITEE_TOKEN",
        "HOOK_SECRET",
        "LANE_SECRET",
        "NOTIFY_SECRET",
        "CLIENT_SECRET",
        "PRIVATE_KEY",
        "LEDGER_DB",
    ] {
        assert!(expanded.contains(&format!("env:{name}")), "{name} in\n{expanded}");
    }
    let debug = format!("{checked:?} {:?} {other:?}", checked.config);
    assert!(!expanded.contains("s3cr3t") && !debug.contains("s3cr3t"), "{expanded} {debug}");
    let token = checked.config.admin.and_then(|admin| admin.token);
    assert_eq!(token.as_ref().map(crate::config::Secret::expose), Some("admin-s3cr3t"));
    let (name, value) = checked.config.lanes.gated.headers.first().unwrap();
    assert_eq!((name.as_str(), value.to_str().unwrap()), ("authorization", "Bearer gated-s3cr3t"));
}

#[test]
#[expect(clippy::too_many_lines, reason = "the whole output")]
fn defaults_are_those_that_are_documented() {
    let expanded = accepted(SMALL).expanded();
    insta::assert_snapshot!(expanded, @r###"
[tee]
listen = "127.0.0.1:8080"
journal = "paritee.db"
durability = "before-forward"
journal_wait_max_ms = 250
body_bytes_max = 1048576
answer_bytes_max = 262144
answer_wait_max = "1m"
connections_max = 4096
head_wait_max = "30s"
body_wait_max = "1m"
shutdown_max = "10s"

[[tee.route]]
path = "/orders"
operation = "create"
order_key = ["/id"]
order = { lines = "/line_items", sku = "/sku", quantity = "/quantity", price = "/price", total = "/total_price", tax = "/total_tax", currency = "/currency" }

[lane.legacy]
role = "live"
url = "http://127.0.0.1:9001/"
flow = "fire-and-forget"
ledger = "production"
host = "keep"
documents = "one"
settle = { sla = "2m", horizon = "15m" } # grace = "10s", from the polls

[lane.legacy.answer]
reference = ["/id"]
final = [400, 409, 410, 413, 415, 422]
reason = ["/error/code", "/code"]

[lane.legacy.poll]
url = "http://127.0.0.1:9001/ledger"
method = "GET"
items = "/items"
order_key = "/external_id"
reference = "/id"
limit = 100
page_bytes_max = 16777216
pages_max = 10000
concurrency = 2
every = "5s"
whole_every = "1h"
overlap = "2m"
lag = "0s"
answer_wait_max = "30s"

[lane.gated]
role = "shadow"
url = "http://127.0.0.1:9002/"
flow = "erp-gated"
ledger = "sandbox"
send = "always"
idempotent = false
resend_max = 3
concurrency = 16
answer_wait_max = "1m"
host = "keep"
documents = "one"
settle = { sla = "2m", horizon = "15m" } # grace = "10s", from the polls

[lane.gated.answer]
reference = ["/id"]
final = [400, 409, 410, 413, 415, 422]
reason = ["/error/code", "/code"]

[lane.gated.poll]
url = "http://127.0.0.1:9002/ledger"
method = "GET"
items = "/items"
order_key = "/external_id"
reference = "/id"
limit = 100
page_bytes_max = 16777216
pages_max = 10000
concurrency = 2
every = "5s"
whole_every = "1h"
overlap = "2m"
lag = "0s"
answer_wait_max = "30s"

[census]
expected = false

[order]
lines = "/line_items"
sku = "/sku"
quantity = "/quantity"
price = "/price"
total = "/total_price"
tax = "/total_tax"
currency = "/currency"

[compare]
documents = "as-they-are"
# built in: "$.id", ignore = true: each ledger's own document number
# built in: "$.external_id", ignore = true: names of the order, by which the documents were paired

[gates]
loss_rate_max = 0.001
confidence = 0.95
fields_differ_max = 0
hours_min = 0
latency_quantile = 0.99
sensitivity_min = 0.95
"###);
}
