//! Storefronts that post orders as their vendors do: topics, signatures over the raw body, identities, and bodies that
//! hold what integrations trip over.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac as _;

use crate::support::{Conn, post};

/// What webhooks are signed with.
pub(super) const SECRET: &str = "wh-s3cret";

/// Ids beyond 2^53 in a row: the first and the third are the same number to whoever reads them as floats.
const SHOPIFY_IDS_FROM: u64 = 820_982_911_946_150_001;

/// base64 of HMAC-SHA256.
pub(super) fn signed(body: &str, secret: &str) -> String {
    let mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Posts, and returns the status of the answer.
async fn send(tee: SocketAddr, headers: &[(&str, &str)], body: &str) -> u16 {
    let mut lines = String::from("Connection: close\r\n");
    for (name, value) in headers {
        lines.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut conn = Conn::to(tee).await;
    conn.write(post("/webhooks/orders", &lines, body)).await;
    let answer = String::from_utf8(conn.rest().await).unwrap();
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
}

pub(super) fn shopify_key(number: u64) -> String {
    (SHOPIFY_IDS_FROM + number).to_string()
}

/// An order of Shopify; `delivery` counts how often its event came.
pub(super) async fn shopify(tee: SocketAddr, number: u64, delivery: u32, test: bool) -> u16 {
    let id = shopify_key(number);
    let order = 3000 + number;
    let body = format!(
        r##"{{"id":{id},"admin_graphql_api_id":"gid://shopify/Order/{id}","name":"#{order}","order_number":{order},
"created_at":"2026-03-02T09:15:00+01:00","currency":"EUR","total_price":"74.85","financial_status":"paid","test":{test},
"customer":null,"line_items":[{{"id":{id}1,"sku":"MUG-RED","quantity":2,"price":"24.95"}},
{{"id":{id}2,"sku":"MUG-RED","quantity":1,"price":"24.95"}},{{"id":{id}3,"sku":"","quantity":1,"price":"0.00"}}]}}"##
    );
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Shopify-Topic", "orders/create"),
        ("X-Shopify-Shop-Domain", "mugs.example.com"),
        ("X-Shopify-API-Version", "2026-01"),
        ("X-Shopify-Webhook-Id", &format!("delivery-{number}-{delivery}")),
        ("X-Shopify-Event-Id", &format!("event-{number}")),
        ("X-Shopify-Triggered-At", "2026-03-02T08:15:01.204917311Z"),
        ("X-Shopify-Hmac-Sha256", &signed(&body, SECRET)),
        ("X-Shopify-Test", if test { "true" } else { "false" }),
    ];
    send(tee, &headers, &body).await
}

/// An order of WooCommerce, signed with `secret`. Each delivery has an id of its own, redelivered or not.
pub(super) async fn woocommerce(tee: SocketAddr, number: u64, delivery: u32, secret: &str) -> u16 {
    let body = format!(
        r#"{{"id":{number},"parent_id":0,"number":"{number}","order_key":"wc_order_Tq{number}Lx","status":"processing",
"currency":"EUR","date_created_gmt":"2026-03-02T08:15:00","total":"36.20","total_tax":"5.78","prices_include_tax":true,
"customer_id":0,"billing":{{"first_name":"Ines","last_name":"Okafor","country":"PT","email":"ines@example.com"}},
"line_items":[{{"id":71,"product_id":12,"quantity":4,"subtotal":"30.42","total":"30.42","sku":"TEA-4","price":7.605}}],
"meta_data":[],"refunds":[],"_links":{{"self":[{{"href":"https://tea.example.com/wp-json/wc/v3/orders/{number}"}}]}}}}"#
    );
    let headers = [
        ("Content-Type", "application/json"),
        ("X-WC-Webhook-Source", "https://tea.example.com/"),
        ("X-WC-Webhook-Topic", "order.created"),
        ("X-WC-Webhook-Resource", "order"),
        ("X-WC-Webhook-Event", "created"),
        ("X-WC-Webhook-Signature", &signed(&body, secret)),
        ("X-WC-Webhook-ID", "4"),
        ("X-WC-Webhook-Delivery-ID", &format!("{number:04x}{delivery:04x}")),
    ];
    send(tee, &headers, &body).await
}

/// What WooCommerce sends when a webhook is activated.
pub(super) async fn woocommerce_ping(tee: SocketAddr) -> u16 {
    send(tee, &[("Content-Type", "application/x-www-form-urlencoded")], "webhook_id=4").await
}

/// A thin event of BigCommerce; the same event has the same hash.
pub(super) async fn bigcommerce(tee: SocketAddr, number: u64) -> u16 {
    let body = format!(
        r#"{{"producer":"stores/q8zt4w","hash":"{number:040x}","created_at":1772439300,"store_id":"1009991",
"scope":"store/order/created","data":{{"type":"order","id":{number}}}}}"#
    );
    send(tee, &[("Content-Type", "application/json")], &body).await
}
