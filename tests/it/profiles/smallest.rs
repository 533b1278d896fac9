//! What somebody has to write to begin: a storefront and two accounts of one ERP.

use paritee::config::{self, Checked, PollFrom};
use paritee::outcome::Lane;

/// Shopify into NetSuite, the integration that there is beside the new one: a production account and a sandbox.
const SHOPIFY_TO_NETSUITE: &str = r#"
[[tee.route]]
path = "/webhooks/orders"
profile = "shopify"
signature = { secret = "env:SHOPIFY_SECRET" }

[lane.legacy]
profile = "netsuite"
url = "http://127.0.0.1:9001"
ledger = "production"
scope = { since = "2026-03-01T00:00:00Z", only = [{ pointer = "/hasexternalid", equals = ["T"], reason = "no external id" }] }

[lane.legacy.poll]
base = "https://1234567.suitetalk.api.netsuite.com"
auth = { command = ["netsuite-token", "production"] }

[lane.gated]
profile = "netsuite"
url = "http://127.0.0.1:9002"
ledger = "sandbox"

[lane.gated.poll]
base = "https://1234567-sb1.suitetalk.api.netsuite.com"
auth = { command = ["netsuite-token", "sandbox"] }
"#;

fn checked(text: &str) -> Checked {
    let env = |name: &str| (name == "SHOPIFY_SECRET").then(|| "wh-s3cret".to_owned());
    config::parse("test.toml", text, &env).unwrap_or_else(|faults| panic!("{faults}\n{text}"))
}

#[test]
fn two_profiles_and_two_addresses_each_are_enough() {
    let checked = checked(SHOPIFY_TO_NETSUITE);
    let notes: Vec<String> = checked.notes.list().iter().map(ToString::to_string).collect();
    assert_eq!(notes, [""; 0]);
    let hosts = Lane::ALL.iter().map(|lane| {
        let poll = checked.config.lanes.get(*lane).poll.as_ref().unwrap();
        let PollFrom::Http(http) = &poll.from else { panic!("{lane} is read over HTTP") };
        let url: hyper::Uri = http.url.replace(['{', '}'], "").parse().unwrap();
        url.host().unwrap().to_owned()
    });
    let hosts: Vec<String> = hosts.collect();
    assert_eq!(hosts, ["1234567.suitetalk.api.netsuite.com", "1234567-sb1.suitetalk.api.netsuite.com"]);
}

/// Each value of the expansion that somebody did not write is traced to the profile it is from.
#[test]
fn spelled_out_it_says_where_each_value_comes_from_and_reads_back() {
    let first = checked(SHOPIFY_TO_NETSUITE);
    let expanded = first.expanded();
    for line in [
        "sender_deadline = \"5s\" # from the profile shopify",
        "order_key = [\"/id\"] # from the profile shopify",
        "signature = { header = \"x-shopify-hmac-sha256\", secret = \"env:SHOPIFY_SECRET\" } # in part from the profile shopify",
        "[[tee.route.exclude]] # from the profile shopify",
        "pointer = \"/test\"",
        "location = \"*/salesOrder/*\" # from the profile netsuite",
        "[[lane.gated.answer.class]] # from the profile netsuite",
        "url = \"https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql?limit={limit}&offset={offset}\" # base, and the path from the profile netsuite",
        "order_key = \"/externalid\" # from the profile netsuite",
        // What was written, and defaults, say nothing.
        "ledger = \"sandbox\"",
        "every = \"5s\"",
        "[[lane.legacy.scope.only]]",
    ] {
        assert!(expanded.lines().any(|there| there == line), "{line} in\n{expanded}");
    }
    let again = checked(&expanded);
    assert_eq!(again.config.judged_by, first.config.judged_by, "{expanded}");
}
