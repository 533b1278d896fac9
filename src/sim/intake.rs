//! How both integrations read a storefront's request: the whole order, or only its id, with which it is fetched.

use std::net::SocketAddr;

use hyper::StatusCode;
use serde::Deserialize;

use super::erp::{SalesLine, SalesOrder};
use super::http::{CALL_MAX, CallError, Caller, Received};
use super::shop::Topic;
use crate::order::OrderKey;

/// A request as an integration understands it.
#[derive(Debug)]
pub(super) struct Intake {
    /// What it tells; `None` for what no integration acts on.
    pub(super) topic: Option<Topic>,
    pub(super) order: Told,
}

/// What a request tells of its order.
#[derive(Debug)]
pub(super) enum Told {
    /// All of it.
    Whole(SalesOrder),
    /// Its id; the storefront shows the rest.
    Thin(OrderKey),
}

/// Why an integration does not understand a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum IntakeError {
    #[error("read the order")]
    NoOrder(#[source] serde_json::Error),
    #[error("take the order's id")]
    NoKey(#[from] crate::order::KeyError),
}

/// The fields of a storefront's payload that an ERP wants.
#[derive(Deserialize)]
struct Payload {
    id: u64,
    currency: String,
    total_price: String,
    line_items: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    sku: Option<String>,
    quantity: u32,
    price: String,
}

/// A thin webhook, as BigCommerce sends it.
#[derive(Deserialize)]
struct Thin<'a> {
    #[serde(borrow)]
    scope: std::borrow::Cow<'a, str>,
    data: ThinData,
}

#[derive(Deserialize)]
struct ThinData {
    id: u64,
}

impl Told {
    pub(super) const fn key(&self) -> &OrderKey {
        match self {
            Self::Whole(order) => &order.external_id,
            Self::Thin(key) => key,
        }
    }
}

/// Reads a storefront's request.
///
/// # Errors
/// When it is no order as these storefronts write them.
pub(super) fn read(request: &Received) -> Result<Intake, IntakeError> {
    let named = request.header("x-shopify-topic");
    if named.is_none()
        && let Ok(thin) = serde_json::from_slice::<Thin<'_>>(&request.body)
    {
        return Ok(Intake { topic: scoped(&thin.scope), order: Told::Thin(key(thin.data.id)?) });
    }
    Ok(Intake { topic: named.and_then(topic), order: Told::Whole(whole(&request.body)?) })
}

/// What a header says. That an order was paid changes nothing for an ERP that takes all of them.
fn topic(name: &str) -> Option<Topic> {
    if name == "orders/paid" { Some(Topic::Update) } else { Topic::named(name) }
}

/// What a thin webhook's scope says.
fn scoped(scope: &str) -> Option<Topic> {
    match scope {
        "store/order/created" => Some(Topic::Create),
        "store/order/updated" => Some(Topic::Update),
        "store/order/archived" => Some(Topic::Cancel),
        _ => None,
    }
}

fn whole(body: &[u8]) -> Result<SalesOrder, IntakeError> {
    let payload: Payload = serde_json::from_slice(body).map_err(IntakeError::NoOrder)?;
    let lines = payload.line_items.into_iter();
    let lines = lines.map(|line| SalesLine { sku: line.sku, quantity: line.quantity, price: line.price }).collect();
    Ok(SalesOrder { external_id: key(payload.id)?, currency: payload.currency, total: payload.total_price, lines })
}

fn key(id: u64) -> Result<OrderKey, crate::order::KeyError> {
    OrderKey::new(&id.to_string())
}

/// The storefront, as an integration asks it for an order.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    caller: Caller,
    storefront: Option<SocketAddr>,
}

/// Why an order is not at hand.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("ask a storefront: none is known")]
    NoStorefront,
    #[error("ask the storefront for an order")]
    Call(#[from] CallError),
    #[error("get an order: the storefront answered {0}")]
    Refused(StatusCode),
    #[error(transparent)]
    Unreadable(#[from] IntakeError),
}

impl Orders {
    pub(super) fn at(storefront: Option<SocketAddr>) -> Self {
        Self { caller: Caller::new(), storefront }
    }

    /// The whole order, fetched where a request told only its id.
    ///
    /// # Errors
    /// When the storefront does not show it.
    pub(super) async fn whole(&self, told: Told) -> Result<SalesOrder, FetchError> {
        let key = match told {
            Told::Whole(order) => return Ok(order),
            Told::Thin(key) => key,
        };
        let storefront = self.storefront.ok_or(FetchError::NoStorefront)?;
        let answer = self.caller.get(&format!("http://{storefront}/orders/{key}"), CALL_MAX).await?;
        if answer.status != StatusCode::OK {
            return Err(FetchError::Refused(answer.status));
        }
        Ok(whole(&answer.body)?)
    }
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, Method, Uri};
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn read_with(topic: Option<&'static str>, body: &str) -> Option<(Option<Topic>, bool)> {
        let mut headers = HeaderMap::new();
        if let Some(topic) = topic {
            headers.insert("x-shopify-topic", topic.parse().unwrap());
        }
        let (uri, body) = (Uri::from_static("/"), body.to_owned().into());
        let request = Received { method: Method::POST, uri, headers, body, cut: CancellationToken::new() };
        let intake = read(&request).ok()?;
        assert_eq!(intake.order.key().as_str(), "7");
        Some((intake.topic, matches!(intake.order, Told::Thin(_))))
    }

    #[test]
    fn the_topic_is_in_the_header_or_in_the_scope() {
        let whole = r#"{"id":7,"currency":"EUR","total_price":"1.00","line_items":[]}"#;
        let thin = |scope: &str| {
            format!(
                r#"{{"scope":"{scope}","store_id":"1","data":{{"type":"order","id":7}},"hash":"x","created_at":1}}"#
            )
        };
        for (header, body, expected) in [
            (Some("orders/create"), whole.to_owned(), Some((Some(Topic::Create), false))),
            (Some("orders/paid"), whole.to_owned(), Some((Some(Topic::Update), false))),
            (Some("orders/other"), whole.to_owned(), Some((None, false))),
            (None, whole.to_owned(), Some((None, false))),
            (None, thin("store/order/created"), Some((Some(Topic::Create), true))),
            (None, thin("store/order/updated"), Some((Some(Topic::Update), true))),
            (None, thin("store/order/archived"), Some((Some(Topic::Cancel), true))),
            (None, thin("store/order/refund/created"), Some((None, true))),
            (Some("orders/create"), thin("store/order/created"), None),
            (None, "no order".to_owned(), None),
        ] {
            assert_eq!(read_with(header, &body), expected, "{header:?} {body}");
        }
    }
}
