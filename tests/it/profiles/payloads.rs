//! What the profiles of storefronts make of payloads in the vendors' shapes. People and values are invented.

use bytes::Bytes;
use jiff::Timestamp;
use paritee::config::{self, Config};
use paritee::intake::{Received, Routes, extract};
use paritee::order::OrderKey;
use paritee::outcome::{Capture, Operation, Signature, Skip};

const SECRET: &str = "sh4red";

const SHOPIFY: &str = r##"{
  "id": 820982911946154999, "admin_graphql_api_id": "gid://shopify/Order/820982911946154999",
  "name": "#2047", "order_number": 2047, "number": 1047, "created_at": "2026-03-02T09:15:00+01:00",
  "currency": "EUR", "current_total_price": "81.40", "total_price": "81.40", "financial_status": "paid",
  "cancelled_at": null, "test": false, "customer": null,
  "line_items": [
    {"id": 9007199254740993, "sku": "MUG-BLUE", "quantity": 2, "price": "24.95", "title": "Mug"},
    {"id": 9007199254740995, "sku": "MUG-BLUE", "quantity": 1, "price": "24.95", "title": "Mug, engraved"},
    {"id": 9007199254740997, "sku": "", "quantity": 1, "price": "6.55", "title": "Gift wrap"}
  ]
}"##;

const WOOCOMMERCE: &str = r#"{
  "id": 5121, "parent_id": 0, "number": "5121", "order_key": "wc_order_Zk3fQ81mXpL2", "created_via": "checkout",
  "status": "processing", "currency": "EUR", "date_created_gmt": "2026-03-02T08:15:00", "total": "36.20",
  "total_tax": "5.78", "prices_include_tax": true, "customer_id": 0, "transaction_id": "",
  "billing": {"first_name": "Nora", "last_name": "Lindqvist", "country": "SE", "email": "nora@example.com"},
  "line_items": [{"id": 71, "name": "Tea", "product_id": 12, "quantity": 4, "total": "30.42", "sku": "TEA-4", "price": 7.605}]
}"#;

const BIGCOMMERCE: &str = r#"{
  "producer": "stores/q8zt4w", "hash": "3f1c9a47be20d5e86b7a10c2f9d4e63158ab07cd",
  "created_at": 1772439300, "store_id": "1009991", "scope": "store/order/created",
  "data": {"type": "order", "id": 318}
}"#;

/// A configuration whose one route has this profile, and the route's capture of a request.
fn captured(profile: &str, headers: &[(&str, &str)], body: &str) -> (Config, Capture) {
    let signature = if profile == "bigcommerce" { "" } else { "signature = { secret = \"env:SECRET\" }" };
    let text = format!(
        "[[tee.route]]\npath = \"/hook\"\nprofile = \"{profile}\"\n{signature}\n\
         [lane.legacy]\nurl = \"http://127.0.0.1:9001\"\nledger = \"production\"\n\
         [lane.gated]\nurl = \"http://127.0.0.1:9002\"\nledger = \"sandbox\"\n"
    );
    let checked =
        config::parse("test.toml", &text, &|_| Some(SECRET.into())).unwrap_or_else(|faults| panic!("{faults}"));
    let mut request = hyper::Request::post("/hook");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let routes = Routes::new(checked.config.tee.routes.clone());
    let route = routes.find(&parts.method, parts.uri.path()).expect("the route takes a POST");
    let body = Received::Whole(Bytes::copy_from_slice(body.as_bytes()));
    let capture = extract(route, &checked.config.tee.excludes, &parts, body, Timestamp::UNIX_EPOCH);
    (checked.config, capture)
}

fn signed(body: &str) -> String {
    use base64::Engine as _;
    use hmac::Mac as _;
    let mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(body);
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

fn key(capture: &Capture) -> Option<&str> {
    capture.order_key.as_ref().map(OrderKey::as_str)
}

fn names(capture: &Capture) -> Vec<&str> {
    capture.also_known_as.iter().map(OrderKey::as_str).collect()
}

#[test]
fn an_order_of_shopify() {
    let signature = signed(SHOPIFY);
    let headers = [
        ("X-Shopify-Topic", "orders/create"),
        ("X-Shopify-Shop-Domain", "mugs.example.com"),
        ("X-Shopify-Webhook-Id", "0c1f5a2e-delivery"),
        ("X-Shopify-Event-Id", "77aa-event"),
        ("X-Shopify-Hmac-Sha256", &signature),
    ];
    let (config, capture) = captured("shopify", &headers, SHOPIFY);
    assert_eq!((capture.operation, key(&capture)), (Operation::Create, Some("820982911946154999")));
    assert_eq!(names(&capture), ["#2047"]);
    assert_eq!(
        (capture.event_id.as_deref(), capture.delivery_id.as_deref()),
        (Some("77aa-event"), Some("0c1f5a2e-delivery"))
    );
    assert_eq!((capture.signature, capture.is_teed()), (Some(Signature::Good), true));
    let order = &config.tee.routes[0].order;
    assert_eq!((text(&order.lines), text(&order.total)), ("/line_items".into(), "/total_price".into()));

    let cancelled = captured("shopify", &[("X-Shopify-Topic", "orders/cancelled")], SHOPIFY).1;
    assert_eq!((cancelled.operation, cancelled.signature), (Operation::Cancel, Some(Signature::Missing)));
    let other = captured("shopify", &[("X-Shopify-Topic", "orders/edited")], r#"{"order_edit":{"order_id":1}}"#).1;
    assert_eq!((other.operation, other.skip), (Operation::Other, Some(Skip::NoOrderKey)));

    let test = SHOPIFY.replace("\"test\": false", "\"test\": true");
    let test = captured("shopify", &[("X-Shopify-Topic", "orders/create")], &test).1;
    assert_eq!((test.excluded.as_deref(), test.is_teed()), (Some("test order"), false));
}

#[test]
fn an_order_of_woocommerce_and_its_ping() {
    let signature = signed(WOOCOMMERCE);
    let headers = [
        ("X-WC-Webhook-Source", "https://tea.example.com/"),
        ("X-WC-Webhook-Topic", "order.created"),
        ("X-WC-Webhook-Resource", "order"),
        ("X-WC-Webhook-Event", "created"),
        ("X-WC-Webhook-Signature", &signature),
        ("X-WC-Webhook-ID", "4"),
        ("X-WC-Webhook-Delivery-ID", "9d0e61c5"),
    ];
    let (config, capture) = captured("woocommerce", &headers, WOOCOMMERCE);
    assert_eq!((capture.operation, key(&capture)), (Operation::Create, Some("5121")));
    assert_eq!(names(&capture), ["5121", "wc_order_Zk3fQ81mXpL2"]);
    assert_eq!((capture.event_id.as_deref(), capture.delivery_id.as_deref()), (None, Some("9d0e61c5")));
    assert_eq!((capture.signature, capture.is_teed()), (Some(Signature::Good), true));
    assert_eq!(text(&config.tee.routes[0].order.total), "/total");
    let deleted = captured("woocommerce", &[("X-WC-Webhook-Topic", "order.deleted")], r#"{"id":5121}"#).1;
    assert_eq!((deleted.operation, key(&deleted)), (Operation::Cancel, Some("5121")));

    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let ping = captured("woocommerce", &form, "webhook_id=4").1;
    assert_eq!((ping.operation, ping.skip, ping.is_teed()), (Operation::Other, Some(Skip::NoJson), false));
}

#[test]
fn a_thin_event_of_bigcommerce() {
    let (_, capture) = captured("bigcommerce", &[], BIGCOMMERCE);
    assert_eq!((capture.operation, key(&capture)), (Operation::Create, Some("318")));
    assert_eq!(capture.event_id.as_deref(), Some("3f1c9a47be20d5e86b7a10c2f9d4e63158ab07cd"));
    assert_eq!((capture.delivery_id, capture.signature, capture.skip), (None, None, None));
    for (scope, operation) in [
        ("store/order/statusUpdated", Operation::Update),
        ("store/order/archived", Operation::Other),
        ("store/cart/created", Operation::Other),
    ] {
        let event = BIGCOMMERCE.replace("store/order/created", scope);
        assert_eq!(captured("bigcommerce", &[], &event).1.operation, operation, "{scope}");
    }
}

fn text(place: &Option<paritee::order::Pointer>) -> String {
    place.as_ref().map(ToString::to_string).unwrap_or_default()
}
