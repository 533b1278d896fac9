//! A webhook: as Shopify sends it, the whole order and headers beside it, or as BigCommerce does, the order's id alone.

use bytes::Bytes;
use fastrand::Rng;
use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use serde::Serialize;

use super::{Form, Shop, Topic, payload, signature};
use crate::order::OrderKey;
use crate::sim::plan::OrderNumber;

/// With which the webhooks are signed. Invented, and of no use anywhere.
const SECRET: &[u8] = b"a-secret-that-opens-nothing";

const SHOP_DOMAIN: &str = "linden-and-loam.example";

/// A webhook, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The order's key.
    pub key: OrderKey,
    /// Headers beside those of HTTP itself.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The order, as JSON; of a thin webhook: where it is found.
    pub body: Bytes,
}

/// Writes the webhook for the order at this position.
pub(super) fn write(shop: &Shop, number: OrderNumber, topic: Topic) -> Webhook {
    let key = shop.key_of(number);
    match shop.plan().form {
        Form::Whole => {
            let body = Bytes::from(payload::write(shop, number, topic));
            Webhook { key, headers: headers(shop, number, topic, &body), body }
        }
        Form::Thin => Webhook { key, headers: Vec::new(), body: thin(shop, number, topic).into() },
    }
}

fn headers(shop: &Shop, number: OrderNumber, topic: Topic, body: &[u8]) -> Vec<(HeaderName, HeaderValue)> {
    let mut rng = event(shop, number, topic);
    let mut id = || uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid().to_string();
    let same = [
        ("user-agent", "Simulated-Storefront/1"),
        ("x-shopify-topic", topic.as_str()),
        ("x-shopify-shop-domain", SHOP_DOMAIN),
        ("x-shopify-api-version", "2026-01"),
    ];
    let own = [
        ("x-shopify-hmac-sha256", signature::sign(SECRET, body)),
        ("x-shopify-webhook-id", id()),
        ("x-shopify-event-id", id()),
        ("x-shopify-triggered-at", told_at(shop, number, topic).to_string()),
    ];
    let same = same.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let own = own.into_iter();
    let own = own.filter_map(|(name, value)| Some((HeaderName::from_static(name), value.try_into().ok()?)));
    same.into_iter().chain(own).collect()
}

#[derive(Serialize)]
struct Thin {
    scope: &'static str,
    store_id: &'static str,
    data: ThinData,
    /// Equal over deliveries of one event.
    hash: String,
    /// In seconds.
    created_at: i64,
    producer: &'static str,
}

#[derive(Serialize)]
struct ThinData {
    r#type: &'static str,
    id: u64,
}

fn thin(shop: &Shop, number: OrderNumber, topic: Topic) -> Vec<u8> {
    let mut rng = event(shop, number, topic);
    let thin = Thin {
        scope: topic.scope(),
        store_id: "1001",
        data: ThinData { r#type: "order", id: shop.id_of(number) },
        hash: format!("{:032x}{:08x}", rng.u128(..), rng.u32(..)),
        created_at: told_at(shop, number, topic).as_second(),
        producer: "stores/abcdef",
    };
    serde_json::to_vec(&thin).unwrap_or_default()
}

/// Randomness of one event: another event of the same order has other ids.
fn event(shop: &Shop, number: OrderNumber, topic: Topic) -> Rng {
    let mut rng = shop.rng(number, 2);
    if topic != Topic::Create {
        rng.seed(rng.get_seed() ^ topic as u64);
    }
    rng
}

fn told_at(shop: &Shop, number: OrderNumber, topic: Topic) -> Timestamp {
    if topic == Topic::Cancel { shop.cancelled_at(number) } else { shop.placed_at(number) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::sim::shop::{Curve, StorefrontPlan};

    fn shop(form: Form) -> Shop {
        let opened_at = Timestamp::from_second(1_772_442_000).unwrap();
        let curve = Curve::Every(Duration::from_secs(2));
        StorefrontPlan { seed: 3, opened_at, curve, form, ..StorefrontPlan::default() }.shop()
    }

    #[test]
    fn a_webhook_bears_its_topic_and_a_signature_over_its_body() {
        let webhook = shop(Form::Whole).webhook(1, Topic::Cancel);
        let header = |name: &str| webhook.headers.iter().find(|(field, _)| field == name).unwrap().1.to_str().unwrap();
        assert_eq!(header("x-shopify-topic"), "orders/cancelled");
        assert_eq!(header("x-shopify-hmac-sha256"), signature::sign(SECRET, &webhook.body));
        let order: Value = serde_json::from_slice(&webhook.body).unwrap();
        assert_eq!(order["cancel_reason"], "customer");
    }

    #[test]
    fn every_event_has_an_id_of_its_own() {
        let webhooks = (1..=100).flat_map(|number| Topic::ALL.map(|topic| shop(Form::Whole).webhook(number, topic)));
        let ids: HashSet<HeaderValue> = webhooks
            .map(|webhook| webhook.headers.iter().find(|(name, _)| name == "x-shopify-event-id").unwrap().1.clone())
            .collect();
        assert_eq!(ids.len(), 400);
    }

    #[test]
    fn a_thin_webhook_names_the_order_and_nothing_else() {
        let webhook = shop(Form::Thin).webhook(2, Topic::Create);
        assert_eq!(webhook.headers, []);
        let body: Value = serde_json::from_slice(&webhook.body).unwrap();
        let hash = body["hash"].as_str().unwrap();
        assert!(hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
        let expected = format!(
            r#"{{"scope":"store/order/created","store_id":"1001","data":{{"type":"order","id":{}}},"hash":"{hash}","created_at":1772442002,"producer":"stores/abcdef"}}"#,
            webhook.key
        );
        assert_eq!(webhook.body, expected);
        let hashes = Topic::ALL.map(|topic| {
            let body: Value = serde_json::from_slice(&shop(Form::Thin).webhook(2, topic).body).unwrap();
            (body["scope"].to_string(), body["hash"].to_string())
        });
        assert_eq!(hashes.iter().map(|(_, hash)| hash).collect::<HashSet<_>>().len(), 4);
    }
}
