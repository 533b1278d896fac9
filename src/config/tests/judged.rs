//! What of a configuration tells runs apart, and what the judge gets.

use std::time::Duration;

use super::{EVERY_KEY, OTHER_FORMS, SMALL, accepted, edited};
use crate::outcome::{Flow, LedgerKind, Role};

fn judged_by(text: &str) -> String {
    accepted(text).config.judged_by.to_string()
}

/// Each row edits the configuration that sets every key.
#[test]
fn what_is_judged_by_changes_with_each_judged_key() {
    for (from, to) in [
        ("method = \"POST\"\npath", "method = \"PUT\"\npath"),
        ("path = \"/webhooks/orders/*\"", "path = \"/webhooks/orders/new\""),
        ("\"orders/cancelled\" = \"cancel\"", "\"orders/cancelled\" = \"other\""),
        ("header = \"X-Shopify-Topic\"", "header = \"X-WC-Webhook-Topic\""),
        ("operation = \"update\"", "operation = \"cancel\""),
        ("order_key = [\"/id\", \"header:X-Order-Id\"]", "order_key = [\"header:X-Order-Id\", \"/id\"]"),
        ("also_known_as = [\"/name\"]", "also_known_as = [\"/order_number\"]"),
        ("event_id = [\"header:X-Shopify-Event-Id\"]", ""),
        ("delivery_id = [\"header:X-Shopify-Webhook-Id\"]", ""),
        ("pointer = \"/test\"", "pointer = \"/is_test\""),
        ("equals = true\nreason = \"test", "equals = \"yes\"\nreason = \"test"),
        ("reason = \"test order\"", "reason = \"a test\""),
        ("flow = \"ack-gated\"\nledger = \"dry-run\"", "flow = \"erp-gated\"\nledger = \"dry-run\""),
        ("ledger = \"dry-run\"", "ledger = \"sandbox\""),
        ("send = \"after-live-accepts\"", "send = \"always\""),
        ("\"email\": null, ", ""),
        ("7890.10", "7890.1"),
        ("idempotent = true", "idempotent = false"),
        ("concurrency = 8\nhost = \"target\"", "concurrency = 8\nhost = \"keep\""),
        ("settle = { sla = \"3h\"", "settle = { sla = \"2h\""),
        ("horizon = \"4h\"", "horizon = \"5h\""),
        ("grace = \"1m\"", "grace = \"3m\""),
        ("sla = \"90s\"", "sla = \"91s\""),
        ("horizon = \"20m\"", "horizon = \"21m\""),
        ("grace = \"2m\"", "grace = \"3m\""),
        ("clock_skew_max = \"4s\"", ""),
        ("reference = [\"/data/number\"]", "reference = []"),
        ("final = [400, 422]", "final = [400]"),
        ("reason = [\"/errors/0/code\"]", "reason = []"),
        ("items = \"/documents\"", "items = \"/orders\""),
        ("order_key = \"/po_number\"", "order_key = \"/po\""),
        ("order_key_strip = \"shopify-\"", ""),
        ("reference = \"/number\"", "reference = \"/no\""),
        ("committed_at = \"/created_at\"", ""),
        ("overlap = \"3m\"", "overlap = \"4m\""),
        ("lag = \"30s\"", "lag = \"31s\""),
        ("since = 2026-01-05T00:00:00Z", "since = 2026-01-06T00:00:00Z"),
        ("equals = [\"web\", 7]", "equals = [\"web\"]"),
        ("expected = true", "expected = false"),
        ("lines = \"/lines\"", "lines = \"/items\""),
        ("currency = \"/money\"", "currency = \"/cur\""),
        ("match_by = [\"sku\"]", "match_by = [\"id\"]"),
        ("path = \"$.id\"", "path = \"$.number\""),
        ("documents = \"as-they-are\"", "documents = \"in-common-terms\""),
        ("reason = \"each ERP's own document number\"", "reason = \"its own number\""),
        ("netwr\\\"]", "total\\\"]"),
        ("minor_units = 1,", "minor_units = 2,"),
        (", order_max = 5", ""),
        ("expires = 2026-06-30T00:00:00Z", ""),
        ("lane = \"legacy\", name = \"pieces\"", "lane = \"gated\", name = \"pieces\""),
        ("name = \"pieces\"", "name = \"units\""),
        ("STD = \"standard\"", "STD = \"express\""),
        ("\"\" = \"none\", ", ""),
        ("multiset = true", "match_by = [\"name\"]"),
        ("same_instant = true", "case = true"),
        ("case = true", "trim = true"),
        ("between = \"order\"", "between = \"lanes\""),
        ("[[compare.rule]]\npath = \"$.tags\"\nmultiset = true\n", ""),
        ("lane = \"gated\"\nclass = \"tax\"", "lane = \"legacy\"\nclass = \"tax\""),
        ("class = \"tax\"", "class = \"customer\""),
        ("reason = \"the new path checks VAT numbers\"", "reason = \"VAT\""),
        ("expires = 2026-07-01T00:00:00Z", "expires = 2026-07-02T00:00:00Z"),
        ("lines = \"/order/rows\"", "lines = \"/rows\""),
        ("currency = \"/paid_in\"", "currency_else = \"EUR\""),
        ("customer = \"/kunnr\"", ""),
        ("tax = \"/mwsbp\"", "tax = \"/vat\""),
        ("price = \"/netpr\"", ""),
        ("net = true", "net = false"),
        ("loss_rate_max = 0.01", "loss_rate_max = 0.02"),
        ("confidence = 0.99", "confidence = 0.95"),
        ("fields_differ_max = 3", "fields_differ_max = 4"),
        ("hours_min = 24", "hours_min = 25"),
        ("latency_quantile = 0.95", "latency_quantile = 0.9"),
        ("sensitivity_min = 0.9", "sensitivity_min = 0.8"),
        ("name = \"in yen\"", "name = \"yen\""),
        ("pointer = \"/currency\"\nequals = [\"JPY\"]", "pointer = \"/money\"\nequals = [\"JPY\"]"),
        ("equals = [\"JPY\"]", "equals = [\"JPY\", \"KWD\"]"),
        ("orders_min = 30", "orders_min = 31"),
        ("name = \"cancelled\"\noperation = \"cancel\"", "name = \"cancelled\"\noperation = \"update\""),
        ("sender_deadline = \"4s\"", "sender_deadline = \"5s\""),
        ("header = \"X-Shopify-Hmac-Sha256\"", "header = \"X-Hmac\""),
        ("signature = { header = \"X-Shopify-Hmac-Sha256\", secret = \"env:HOOK_SECRET\" }", ""),
        ("order = { lines = \"/rows\"", "order = { lines = \"/row\""),
        ("exclude = [{ pointer = \"/draft\"", "exclude = [{ pointer = \"/is_draft\""),
        ("pointer = \"/scope\"", "pointer = \"/topic\""),
        ("\"store/order/created\" = \"create\"", "\"store/order/new\" = \"create\""),
        ("order_key = \"Web order\"", "order_key = \"Order\""),
        ("order_key_strip = \"S-\"", ""),
        ("reference = \"Document\"", "reference = \"No\""),
        ("committed_at = \"Created on\"", ""),
        ("time_zone = \"+01:00\"", "time_zone = \"UTC\""),
        ("column = \"Status\", equals = [\"void\", \"gone\"]", "column = \"Status\", equals = [\"void\"]"),
        ("documents = \"split\"", "documents = \"one\""),
        ("sku = \"/article\"", "sku = \"/item\""),
        ("location = \"*/salesOrder/*\"", ""),
        ("\"/errors/0/code\" = \"E-7*\"", "\"/errors/0/code\" = \"E-8*\""),
        ("class = \"unknown_sku\"", "class = \"tax\""),
        ("equals = [\"Cancelled\", \"void\"]", "equals = [\"Cancelled\"]"),
        ("allocated = \"/reserved\"", "allocated = \"/held\""),
        ("placed_at = \"/created_at\"", "placed_at = \"/at\""),
        ("equals = [\"pending\", \"failed\"]", "equals = [\"pending\"]"),
        ("reason = \"unpaid\"", "reason = \"not paid\""),
        ("\n[lane.legacy.poll]\nurl = \"http://127.0.0.1:9001/ledger\"\n", ""),
    ] {
        assert_ne!(judged_by(&edited(EVERY_KEY, from, to)), judged_by(EVERY_KEY), "{from} -> {to}");
    }
}

#[test]
fn what_is_judged_by_stays_with_everything_else() {
    for (from, to) in [
        ("listen = \"127.0.0.1:8081\"", "listen = \"127.0.0.1:8082\""),
        ("journal = \"other.db\"", "journal = \"another.db\""),
        // Who acts on it changes no fate.
        ("owner = \"marketplace\"\nnext_action", "owner = \"operations\"\nnext_action"),
        ("[[owner]]\ndifference = [\"price\"]\nowner = \"e-commerce\"\n", ""),
        ("durability = \"relaxed\"", "durability = \"before-answer\""),
        ("journal_wait_max_ms = 300", ""),
        ("body_bytes_max = 2000000", ""),
        ("answer_bytes_max = 1000", ""),
        ("answer_wait_max = \"30s\"", ""),
        ("connections_max = 500", ""),
        ("head_wait_max = \"10s\"", ""),
        ("body_wait_max = \"20s\"", ""),
        ("shutdown_max = \"5s\"", ""),
        ("url = \"http://127.0.0.1:9001/shop\"", "url = \"http://127.0.0.1:9003/shop\""),
        ("url = \"http://127.0.0.1:9002\"", "url = \"http://erp.example.com\""),
        ("authorization = \"env:GATED_TOKEN\", ", ""),
        ("headers = { x-api-key = \"env:LEDGER_TOKEN\" }", ""),
        ("resend_max = 5", "resend_max = 6"),
        ("signature = { header = \"X-Gated-Hmac\", secret = \"env:LANE_SECRET\" }", ""),
        ("concurrency = 8", "concurrency = 9"),
        ("answer_wait_max = \"45s\"", ""),
        ("documents?since={since}&page={page}", "docs?page={page}"),
        ("every = \"7s\"", "every = \"8s\""),
        ("answer_wait_max = \"15s\"", ""),
        ("page_bytes_max = 1000000", ""),
        ("pages_max = 500", ""),
        (
            "[admin]\nlisten = \"127.0.0.1:9901\"\ntoken = \"env:PARITEE_TOKEN\"\nbody_bytes_max = 1000000\nevents_max = 500\n",
            "",
        ),
        ("events_max = 500", "events_max = 501"),
        ("secret = \"env:HOOK_SECRET\"", "secret = \"env:CLIENT_SECRET\""),
        ("client_id = \"paritee\"", "client_id = \"other\""),
        ("lookup = \"http://127.0.0.1:9002/documents?po=shopify-{order_key}\"", ""),
        ("limit = 50", "limit = 51"),
        ("concurrency = 3", "concurrency = 4"),
        ("whole_every = \"2h\"", ""),
        ("format = \"csv\"", ""),
        ("encoding = \"windows-1252\"", ""),
        ("delimiter = \";\"", "delimiter = \"|\""),
        ("cancelled = { column = \"Status\",", "cancelled = { pointer = \"/Status\","),
        ("final = [400, 422]", "final = [422, 400, 422]"),
        ("sla = \"90s\"", "sla = \"1m30s\""),
        ("confidence = 0.99", "confidence = 9.9e-1"),
        ("minor_units = 1,", "minor_units = \"1.0\","),
        ("multiset = true", "multiset = true\ncase = false\nbetween = \"lanes\""),
        ("[settle]\nsla = \"90s\"\nhorizon = \"20m\"", "# a comment\n[settle]\nhorizon = \"20m\"\nsla = \"90s\""),
        (
            "\"orders/create\" = \"create\", \"orders/cancelled\" = \"cancel\"",
            "\"orders/cancelled\" = \"cancel\", \"orders/create\" = \"create\"",
        ),
    ] {
        assert_eq!(judged_by(&edited(EVERY_KEY, from, to)), judged_by(EVERY_KEY), "{from} -> {to}");
    }
}

#[test]
fn the_text_of_a_query_is_judged_by_and_its_database_is_not() {
    let judged = judged_by(OTHER_FORMS);
    assert_ne!(judged_by(&edited(OTHER_FORMS, "SELECT po AS", "SELECT no AS")), judged);
    for (from, to) in [
        ("env:LEDGER_DB", "env:FILE_DB"),
        ("base = \"https://erp.example.com/api/\"", "base = \"https://other.example.com\""),
        ("algorithm = \"PS256\", key_id = \"k1\"", "key_id = \"k2\""),
    ] {
        assert_eq!(judged_by(&edited(OTHER_FORMS, from, to)), judged, "{from} -> {to}");
    }
}

/// The default grace follows from the polls; were it judged by, an interval could not change inside a run.
#[test]
fn an_interval_that_sets_the_default_grace_begins_no_run() {
    let slower = SMALL.replace("/ledger\"", "/ledger\"\nevery = \"1m\"");
    assert_eq!(judged_by(&slower), judged_by(SMALL));
    let grace = |text: &str| accepted(text).config.lanes.legacy.grace;
    assert_eq!((grace(SMALL), grace(&slower)), (Duration::from_secs(10), Duration::from_secs(120)));
}

#[test]
fn what_is_judged_by_is_written_in_one_way() {
    let judged = judged_by(EVERY_KEY);
    for secret in ["s3cr3t", "env:", "127.0.0.1", "week3"] {
        assert!(!judged.contains(secret), "{secret} in {judged}");
    }
    assert!(judged.ends_with(r#","version":5}"#), "{judged}");
    assert!(judged.starts_with(r#"{"census_document":{"currency":"/paid_in","#), "{judged}");
}

#[test]
fn the_policy_holds_what_was_written() {
    let policy = accepted(EVERY_KEY).config.policy();
    let (legacy, gated) = (&policy.lanes.legacy, &policy.lanes.gated);
    assert_eq!((legacy.role, gated.role), (Role::Live, Role::Shadow));
    assert_eq!((gated.flow, gated.ledger, gated.observed), (Flow::AckGated, LedgerKind::DryRun, true));
    let times = |lane: &crate::judge::LanePolicy| (lane.sla.as_secs(), lane.horizon.as_secs(), lane.grace.as_secs());
    assert_eq!((times(legacy), times(gated)), ((10_800, 14_400, 60), (90, 1_200, 120)));
    assert_eq!((gated.lag.as_secs(), gated.overlap.as_secs()), (30, 180));
    assert_eq!((legacy.lag.as_secs(), legacy.overlap.as_secs()), (0, 120));
    let references: Vec<String> = gated.answer.reference.iter().map(ToString::to_string).collect();
    assert_eq!(references, ["/data/number", "/number"], "the poll's reference follows the answer's own");
    assert_eq!(gated.scope.only.first().map(|rule| rule.equals.clone()), Some(vec!["web".to_owned(), "7".to_owned()]));
    assert!(policy.census_expected && (policy.gates.confidence - 0.99).abs() < 1e-12);
    let (legacy, thin) = ("/webhooks/orders/*", "/thin/orders");
    let lines = |path: &str| {
        policy
            .orders
            .get(path)
            .and_then(|places| places.line_places())
            .map(|places| (places.lines.to_string(), places.sku.to_string()))
    };
    assert_eq!(lines(legacy), Some(("/rows".to_owned(), "/item".to_owned())), "its own, then those of `[order]`");
    assert_eq!(lines(thin), Some(("/lines".to_owned(), "/item".to_owned())));
}

/// A cancel says nothing of what was ordered, whatever `[order]` says of its route.
#[test]
fn a_route_that_tells_no_order_takes_no_places_from_another() {
    let text = edited(
        SMALL,
        "path = \"/orders\"\n",
        "path = \"/orders\"\nmethod = \"POST\"\norder = { lines = \"/rows\" }\norder_key = [\"/id\"]\n\
         [[tee.route]]\npath = \"/orders\"\nmethod = \"DELETE\"\noperation = \"cancel\"\n",
    );
    let policy = accepted(&text).config.policy();
    assert_eq!(policy.orders["/orders"].lines.as_ref().map(ToString::to_string).as_deref(), Some("/rows"));
}

#[test]
fn a_lane_is_observed_by_whatever_brings_its_outcomes() {
    let observed = |poll: &str| {
        let text = edited(SMALL, "[lane.gated.poll]\nurl = \"http://127.0.0.1:9002/ledger\"\n", poll);
        accepted(&text).config.policy().lanes.gated.observed
    };
    assert!(!observed(""));
    assert!(observed("[admin]\n"));
    assert!(observed("[lane.gated.import]\norder_key = \"a\"\nreference = \"b\"\n"));
    assert!(observed("[lane.gated.poll]\nsql = \"select 1\"\ndatabase = \"sqlite:a\"\n"));
}

/// The judge gets the rows, and what is recorded as the policy of a run has none of them.
#[test]
fn who_acts_on_what_comes_with_the_policy_and_is_no_part_of_it() {
    let policy = accepted(EVERY_KEY).config.policy();
    let owners: Vec<&str> = policy.owners.iter().map(|row| row.owner.as_str()).collect();
    assert_eq!(owners, ["marketplace", "e-commerce"]);
    let recorded = serde_json::to_string(&policy).unwrap();
    assert!(!recorded.contains("listing") && !recorded.contains("marketplace"), "{recorded}");
    let settings = crate::judge::Settings { owners: policy.owners };
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<crate::judge::Settings>(&json).unwrap(), settings, "{json}");
}
