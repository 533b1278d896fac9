//! The configuration of the run that a made journal holds, through the same parser as anybody's.

use paritee::config;
use paritee::journal::RunKind;
use paritee::run::Terms;

const TEXT: &str = r#"
[tee]
listen = "127.0.0.1:0"
journal = "made.db"

[[tee.route]]
path = "/webhooks/orders/*"
profile = "shopify"
order = { lines = "/line_items", sku = "/sku", quantity = "/quantity", price = "/price", total = "/total_price", currency = "/currency" }

[settle]
sla = "2m"
horizon = "15m"

[lane.legacy]
role = "live"
url = "http://127.0.0.1:9001"
flow = "fire-and-forget"
ledger = "production"
document = { lines = "/lines", sku = "/sku", quantity = "/quantity", price = "/price", total = "/total", currency = "/currency" }

[lane.legacy.poll]
url = "http://127.0.0.1:9001/ledger?since={since}"
every = "5s"
items = "/items"
order_key = "/external_id"
reference = "/id"
committed_at = "/created_at"
next = "/next"
cancelled = { pointer = "/status", equals = ["cancelled"] }

[lane.gated]
role = "shadow"
url = "http://127.0.0.1:9002"
flow = "erp-gated"
ledger = "sandbox"
document = { lines = "/lines", sku = "/sku", quantity = "/quantity", price = "/price", total = "/total", currency = "/currency" }

[lane.gated.answer]
reference = ["/id"]

[lane.gated.poll]
url = "http://127.0.0.1:9002/ledger?since={since}"
every = "5s"
items = "/items"
order_key = "/external_id"
reference = "/id"
committed_at = "/created_at"
next = "/next"
cancelled = { pointer = "/status", equals = ["cancelled"] }

[[compare.rule]]
path = "$.updated_at"
ignore = true
reason = "when an ERP last touched its document is its own"

[[compare.rule]]
path = "$.etag"
ignore = true
reason = "each ERP's own version of its document"

[[compare.rule]]
path = "$.lines[*].line_id"
ignore = true
dangerous = true
reason = "each ERP numbers its lines itself"
"#;

/// What the run is begun with. It is no live one, as its orders bear other times than those at which they are written.
///
/// # Panics
/// When the configuration above is faulty.
pub(crate) fn terms(census: bool) -> Terms {
    let census = if census {
        "[census]\nexpected = true\n\n[census.import]\norder_key = \"/id\"\nplaced_at = \"/created_at\"\n"
    } else {
        ""
    };
    let text = format!("{TEXT}\n{census}");
    let checked = config::parse("made.toml", &text, &|_| None).unwrap_or_else(|faults| panic!("{faults}"));
    let policy = checked.config.policy();
    Terms {
        policy,
        judged_by: checked.config.judged_by,
        kind: RunKind::Scenario,
        new_run: Some("gated build 412".into()),
    }
}
