//! Vendor profiles: each is taken as it stands, printed, and overridden key by key.

use super::{accepted, edited, said};
use crate::config::{Checked, PollFrom};

const STOREFRONTS: [&str; 3] = ["shopify", "woocommerce", "bigcommerce"];
const ERPS: [&str; 3] = ["netsuite", "sap-s4", "business-central"];

/// A route with a profile, and a lane with one.
fn with(route: &str, lane: &str) -> String {
    format!(
        r#"[tee]
listen = "127.0.0.1:8080"
[[tee.route]]
path = "/orders"
profile = "{route}"
[lane.legacy]
url = "http://127.0.0.1:9001"
ledger = "production"
[lane.legacy.poll]
url = "http://127.0.0.1:9001/ledger"
[lane.gated]
profile = "{lane}"
url = "http://127.0.0.1:9002"
ledger = "sandbox"
poll = {{ base = "https://erp.example.com/" }}
"#
    )
}

fn beyond_notes(text: &str) -> Vec<String> {
    said(text).into_iter().filter(|said| !said.starts_with("note ")).collect()
}

/// The law of the expansion, for every pair of profiles.
#[test]
fn what_a_profile_brings_is_printed_and_reads_back() {
    for (route, lane) in STOREFRONTS.into_iter().zip(ERPS) {
        let text = with(route, lane);
        assert_eq!(beyond_notes(&text), [""; 0], "{route} {lane}");
        let first = accepted(&text);
        let expanded = first.expanded();
        assert!(!expanded.contains("profile ="), "spelled out, it needs none: {expanded}");
        let again = accepted(&expanded);
        let without_origins = expanded.lines().map(|line| line.split(" # ").next().unwrap().to_owned() + "\n");
        assert_eq!(format!("{:?}", again.config), format!("{:?}", first.config), "{expanded}");
        assert_eq!(again.config.judged_by, first.config.judged_by, "{expanded}");
        let plain = again.expanded().replace(" # grace = \"10s\", from the polls", "");
        assert_eq!(plain, without_origins.collect::<String>());
    }
}

/// Each row is a key of the expansion with another value; written beside the profile, it is what is printed.
#[track_caller]
fn overrides(text: &str, under: &str, rows: &[&str]) {
    for row in rows {
        let (key, _) = row.split_once(" = ").unwrap();
        let before = accepted(text).expanded();
        assert!(before.contains(&format!("{key} = ")), "{key} is not of the profile:\n{before}");
        assert!(!before.contains(row), "{row} is the profile's own value:\n{before}");
        let own = edited(text, under, &format!("{under}\n{row}"));
        let after = accepted(&own).expanded();
        assert!(after.contains(row), "{row} in\n{after}");
    }
}

#[test]
fn every_value_of_a_storefront_is_overridden() {
    for route in STOREFRONTS {
        overrides(
            &with(route, "netsuite"),
            &format!("profile = \"{route}\""),
            &["method = \"PUT\"", "operation = { header = \"x-t\", \"new\" = \"create\" }", "order_key = [\"/key\"]"],
        );
    }
    let shopify = "profile = \"shopify\"";
    overrides(
        &with("shopify", "netsuite"),
        shopify,
        &["also_known_as = [\"/order_number\"]", "event_id = [\"/event\"]", "delivery_id = [\"/delivery\"]"],
    );
    overrides(&with("shopify", "netsuite"), "[tee]", &["sender_deadline = \"4s\""]);
    let own = edited(
        &with("shopify", "netsuite"),
        shopify,
        &format!(
            "{shopify}\nalso_known_as = []\nexclude = []\norder = {{ total = \"/sum\" }}\n\
             operation = {{ \"orders/paid\" = \"other\" }}\nsignature = {{ secret = \"env:HOOK_SECRET\" }}"
        ),
    );
    let expanded = accepted(&own).expanded();
    for line in [
        "signature = { header = \"x-shopify-hmac-sha256\", secret = \"env:HOOK_SECRET\" }",
        "order = { lines = \"/line_items\", sku = \"/sku\", quantity = \"/quantity\", price = \"/price\", total = \"/sum\", tax = \"/total_tax\", currency = \"/currency\" }",
        "\"orders/create\" = \"create\"",
        "\"orders/paid\" = \"other\"",
    ] {
        assert!(expanded.contains(line), "{line} in\n{expanded}");
    }
    assert!(!expanded.contains("also_known_as") && !expanded.contains("test order"), "{expanded}");
}

#[test]
fn the_file_s_own_order_comes_before_a_profile_s() {
    let text = format!("{}[order]\ntotal = \"/gross\"\n", with("woocommerce", "netsuite"));
    let config = accepted(&text).config;
    let order = &config.tee.routes.first().unwrap().order;
    assert_eq!(
        (pointer_text(&order.total), pointer_text(&order.lines)),
        ("/gross".to_owned(), "/line_items".to_owned())
    );
}

#[test]
fn every_value_of_an_erp_is_overridden() {
    for lane in ERPS {
        let text = with("shopify", lane).replace("poll = { base", "[lane.gated.poll]\nbase").replace("\" }\n", "\"\n");
        let rows = ["items = \"/rows\"", "order_key = \"/po\"", "reference = \"/no\"", "limit = 7", "lag = \"1m\""];
        overrides(&text, "[lane.gated.poll]", &rows);
        overrides(&text, &format!("profile = \"{lane}\""), &["concurrency = 9"]);
        let own = edited(
            &text,
            "[lane.gated.poll]",
            "[lane.gated.answer]\nreference = [\"/own\"]\nfinal = [400]\nreason = [\"/why\"]\nlocation = \"*/x\"\n\
             class = [{ when = { \"/why\" = \"E\" }, class = \"tax\" }]\n[lane.gated.document]\nlines = \"/own_lines\"\n\
             sku = \"/s\"\nquantity = \"/q\"\n[lane.gated.poll]\npath = \"/own?since={since}\"\n\
             cancelled = { pointer = \"/void\", equals = true }\nallocated = { pointer = \"/held\", equals = true }",
        );
        let config = accepted(&own).config;
        let gated = &config.lanes.gated;
        assert_eq!(gated.answer.classes.len(), 1, "a list is replaced");
        assert_eq!(
            (gated.answer.location.as_deref(), gated.answer.final_statuses.as_slice()),
            (Some("*/x"), &[400][..])
        );
        assert_eq!(pointer_text(&gated.document.as_ref().unwrap().lines), "/own_lines");
        let poll = gated.poll.as_ref().unwrap();
        assert_eq!(poll.cancelled.as_ref().unwrap().pointer.to_string(), "/void");
        let PollFrom::Http(http) = &poll.from else { panic!("{lane} is read over HTTP") };
        assert_eq!(http.url, "https://erp.example.com/own?since={since}");
    }
}

#[test]
fn a_profile_asks_only_where_a_poll_is_written_for_it() {
    let text = with("shopify", "netsuite");
    let polled = |poll: &str| {
        let checked: Checked = accepted(&edited(&text, "poll = { base = \"https://erp.example.com/\" }", poll));
        checked.config.lanes.gated
    };
    assert!(polled("").poll.is_none());
    let of_sql = polled("poll = { sql = \"select 1\", database = \"sqlite:a.db\" }");
    assert!(matches!(of_sql.poll.unwrap().from, PollFrom::Sql(_)));
    let own = polled("poll = { url = \"http://127.0.0.1:9002/restlet?since={since}\" }");
    let PollFrom::Http(http) = own.poll.unwrap().from else { panic!("it has a url") };
    assert_eq!((http.body, http.headers.len(), http.order_key.to_string()), (None, 0, "/externalid".to_owned()));
    let header = polled("poll = { base = \"https://erp.example.com\", headers = { Prefer = \"x\" } }");
    let PollFrom::Http(http) = header.poll.unwrap().from else { panic!("it has a base") };
    let prefer: Vec<_> = http.headers.iter().filter(|(name, _)| name == "prefer").map(|(_, value)| value).collect();
    assert_eq!(prefer, ["x"]);
}

#[test]
fn a_live_lane_takes_nothing_that_feeds_a_shadow() {
    let text =
        with("shopify", "netsuite").replace("[lane.legacy]\n", "[lane.legacy]\nprofile = \"business-central\"\n");
    let text = text.replace("9001/ledger\"", "9001/ledger\"\nnext = \"/n\"");
    assert_eq!(beyond_notes(&text), [""; 0]);
    assert_eq!(accepted(&text).config.lanes.legacy.answer.classes.len(), 6);
}

#[test]
fn a_profile_that_is_none_is_a_fault_at_its_place() {
    let said = said(&with("shopfy", "shopify"));
    for start in [
        "fault line 5: `tee.route.profile`: there is no profile `shopfy` for this; did you mean `shopify`?",
        "fault line 12: `lane.gated.profile`: there is no profile `shopify` for this; it is one for a route; here there are",
    ] {
        assert!(said.iter().any(|said| said.starts_with(start)), "{start} in {said:#?}");
    }
    // What is wrong with a value that a profile brings stands where the profile is named.
    let broken = edited(&with("shopify", "netsuite"), "https://erp.example.com/", "https://erp example.com");
    assert!(super::said(&broken).iter().all(|said| said.contains("line 15") || said.starts_with("note ")), "{broken}");
}

/// The rules of an ERP's error codes, as `place=text … -> class`.
#[track_caller]
fn classes(lane: &str, expected: &[&str]) {
    let config = accepted(&with("shopify", lane)).config;
    let written = config.lanes.gated.answer.classes.iter().map(|rule| {
        let when: Vec<String> = rule.when.iter().map(|(pointer, text)| format!("{pointer}={text}")).collect();
        format!("{} -> {}", when.join(" "), rule.class)
    });
    assert_eq!(written.collect::<Vec<_>>(), expected, "{lane}");
}

#[test]
fn error_codes_of_the_erps_have_their_classes() {
    classes(
        "netsuite",
        &[
            "/o:errorDetails/0/o:errorCode=IDEMPOTENCY_ERROR -> duplicate",
            "/o:errorDetails/0/o:errorCode=DUP_RCRD -> duplicate",
            "/o:errorDetails/0/o:errorCode=CONCURRENCY_LIMIT_EXCEEDED -> not_now",
            "/error/code=SSS_REQUEST_LIMIT_EXCEEDED -> not_now",
            "/o:errorDetails/0/o:errorCode=INVALID_CONTENT /o:errorDetails/0/o:errorPath=item* -> unknown_sku",
            "/o:errorDetails/0/detail=*item reference key* /o:errorDetails/0/o:errorCode=INVALID_KEY_OR_REF -> unknown_sku",
            "/o:errorDetails/0/detail=*tax* reference key* /o:errorDetails/0/o:errorCode=INVALID_KEY_OR_REF -> tax",
            "/o:errorDetails/0/o:errorCode=INVALID_KEY_OR_REF -> customer",
            "/o:errorDetails/0/o:errorCode=RCRD_HAS_BEEN_CHANGED -> not_now",
        ],
    );
    classes("sap-s4", &["/error/code=VL*045 -> not_now"]);
    classes(
        "business-central",
        &[
            "/error/code=Request_EntityChanged -> not_now",
            "/error/code=Internal_EntityWithSameKeyExists -> duplicate",
            "/error/code=Internal_InvalidTableRelation /error/message=*related table (Item)* -> unknown_sku",
            "/error/code=Internal_InvalidTableRelation /error/message=*related table (Customer)* -> customer",
            "/error/code=Application_FieldValidationException /error/message=*Posting Group* -> tax",
            "/error/code=Application_DialogException /error/message=*customer* -> customer",
        ],
    );
}

#[test]
fn ledgers_of_the_erps_are_asked_in_their_own_way() {
    let http = |lane: &str| match accepted(&with("shopify", lane)).config.lanes.gated.poll.unwrap().from {
        PollFrom::Http(http) => *http,
        PollFrom::Sql(_) => panic!("{lane} is read over HTTP"),
    };
    let netsuite = http("netsuite");
    assert_eq!(netsuite.method, hyper::Method::POST);
    let since = "2026-01-05T00:00:00Z";
    let body = netsuite.body.unwrap().replace("{since}", since);
    let query: serde_json::Value = serde_json::from_str(&body).expect("a body of JSON");
    let query = query.get("q").and_then(serde_json::Value::as_str).unwrap();
    assert!(query.contains(&format!("TO_TIMESTAMP('{since}', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")), "{query}");
    assert!(netsuite.url.ends_with("/services/rest/query/v1/suiteql?limit={limit}&offset={offset}"));
    for lane in ["sap-s4", "business-central"] {
        let http = http(lane);
        let looked_up = http.lookup.expect("a look-up");
        for url in [http.url.replace("{since}", since), looked_up.replace("{order_key}", "1001")] {
            let url = url.replace("{limit}", "10").replace("{offset}", "20");
            let uri: hyper::Uri = url.parse().unwrap();
            assert_eq!(uri.host(), Some("erp.example.com"));
            assert!(!url.contains(['{', ' ']) && !url.contains("com//"), "{url}");
        }
    }
}

fn pointer_text(place: &Option<crate::order::Pointer>) -> String {
    place.as_ref().map(ToString::to_string).unwrap_or_default()
}
