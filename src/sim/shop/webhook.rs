//! A webhook as Shopify sends it: the whole order, and headers beside it.

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};

use super::{Shop, payload, signature};
use crate::order::OrderKey;
use crate::sim::plan::OrderNumber;

/// With which the webhooks are signed. Invented, and of no use anywhere.
const SECRET: &[u8] = b"a-secret-that-opens-nothing";

const SHOP_DOMAIN: &str = "linden-and-loam.example";

/// What a webhook tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The order was placed.
    Create,
    /// Something about it changed; here a note.
    Update,
    /// The customer cancelled it.
    Cancel,
}

impl Topic {
    /// As `X-Shopify-Topic` has it; also the end of the webhook's path.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "orders/create",
            Self::Update => "orders/updated",
            Self::Cancel => "orders/cancelled",
        }
    }

    /// The topic of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Cancel].into_iter().find(|topic| topic.as_str() == name)
    }
}

/// A webhook, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The order's key.
    pub key: OrderKey,
    /// Headers beside those of HTTP itself.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The order, as JSON.
    pub body: Bytes,
}

/// Writes the webhook for the order at this position.
pub(super) fn write(shop: &Shop, number: OrderNumber, topic: Topic) -> Webhook {
    let body = Bytes::from(payload::write(shop, number, topic));
    let headers = headers(shop, number, topic, &body);
    Webhook { key: shop.key_of(number), headers, body }
}

fn headers(shop: &Shop, number: OrderNumber, topic: Topic, body: &[u8]) -> Vec<(HeaderName, HeaderValue)> {
    let mut rng = shop.rng(number, 2);
    if topic != Topic::Create {
        // Another event of the same order has other ids.
        rng.seed(rng.get_seed() ^ topic as u64);
    }
    let mut id = || uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid().to_string();
    let values = [
        ("user-agent", "Simulated-Storefront/1".to_owned()),
        ("x-shopify-topic", topic.as_str().to_owned()),
        ("x-shopify-shop-domain", SHOP_DOMAIN.to_owned()),
        ("x-shopify-api-version", "2026-01".to_owned()),
        ("x-shopify-hmac-sha256", signature::sign(SECRET, body)),
        ("x-shopify-webhook-id", id()),
        ("x-shopify-event-id", id()),
        ("x-shopify-triggered-at", shop.placed_at(number).to_string()),
    ];
    let fields = values.into_iter();
    fields.filter_map(|(name, value)| Some((HeaderName::from_static(name), value.parse().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::{SignedDuration, Timestamp};

    use super::*;

    fn shop() -> Shop {
        Shop::new(3, Timestamp::from_second(1_772_442_000).unwrap(), SignedDuration::from_millis(10))
    }

    #[test]
    fn a_webhook_bears_its_topic_and_a_signature_over_its_body() {
        let webhook = shop().webhook(1, Topic::Cancel);
        let header = |name: &str| webhook.headers.iter().find(|(field, _)| field == name).unwrap().1.to_str().unwrap();
        assert_eq!(header("x-shopify-topic"), "orders/cancelled");
        assert_eq!(header("x-shopify-hmac-sha256"), signature::sign(SECRET, &webhook.body));
        let order: serde_json::Value = serde_json::from_slice(&webhook.body).unwrap();
        assert_eq!(order["cancel_reason"], "customer");
    }

    #[test]
    fn every_event_has_an_id_of_its_own() {
        let topics = [Topic::Create, Topic::Update, Topic::Cancel];
        let webhooks = (1..=100).flat_map(|number| topics.map(|topic| shop().webhook(number, topic)));
        let ids: HashSet<HeaderValue> = webhooks
            .map(|webhook| webhook.headers.iter().find(|(name, _)| name == "x-shopify-event-id").unwrap().1.clone())
            .collect();
        assert_eq!(ids.len(), 300);
    }
}
