//! What both integrations do alike: read a storefront's request, and call the ERP.

use std::net::SocketAddr;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{StatusCode, Uri};
use serde::Deserialize;

use super::erp::{SalesLine, SalesOrder};
use super::http::{Answered, CallError, Caller, Received};
use super::shop::Topic;
use crate::order::OrderKey;

/// A request as an integration understands it.
#[derive(Debug)]
pub(super) struct Intake {
    /// What it tells; `None` for what no integration acts on.
    pub(super) topic: Option<Topic>,
    pub(super) order: SalesOrder,
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

/// Reads a storefront's request.
///
/// # Errors
/// When it is no order as this storefront writes them.
pub(super) fn read(request: &Received) -> Result<Intake, IntakeError> {
    let topic = request.header("x-shopify-topic").and_then(Topic::named);
    let payload: Payload = serde_json::from_slice(&request.body).map_err(IntakeError::NoOrder)?;
    let lines = payload.line_items.into_iter();
    let lines = lines.map(|line| SalesLine { sku: line.sku, quantity: line.quantity, price: line.price }).collect();
    let external_id = OrderKey::new(&payload.id.to_string())?;
    Ok(Intake {
        topic,
        order: SalesOrder { external_id, currency: payload.currency, total: payload.total_price, lines },
    })
}

/// The ERP, as an integration reaches it.
#[derive(Clone, Debug)]
pub(super) struct ErpClient {
    caller: Caller,
    erp: SocketAddr,
}

/// Why the ERP did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum ErpError {
    #[error("write the order")]
    Order(#[source] serde_json::Error),
    #[error("address the ERP")]
    Address(#[from] hyper::http::uri::InvalidUri),
    #[error("call the ERP")]
    Call(#[from] CallError),
    #[error("the ERP answered {0}")]
    Refused(StatusCode),
    #[error("read the ERP's answer")]
    Answer(#[source] serde_json::Error),
}

/// A commit as the ERP confirmed it.
#[derive(Debug)]
pub(super) struct Committed {
    /// The document number.
    pub(super) id: String,
    /// Whether the order was in the books already.
    pub(super) again: bool,
}

impl ErpClient {
    pub(super) fn new(erp: SocketAddr) -> Self {
        Self { caller: Caller::new(), erp }
    }

    /// Has the ERP commit an order; `headers` say how.
    ///
    /// # Errors
    /// When the ERP can't be reached or refuses.
    pub(super) async fn commit(
        &self,
        order: &SalesOrder,
        headers: Vec<(HeaderName, HeaderValue)>,
    ) -> Result<Committed, ErpError> {
        #[derive(Deserialize)]
        struct Numbered {
            id: String,
        }
        let body = serde_json::to_vec(order).map_err(ErpError::Order)?;
        let answer = self.post("/orders", headers, body.into()).await?;
        let Numbered { id } = serde_json::from_slice(&answer.body).map_err(ErpError::Answer)?;
        Ok(Committed { id, again: answer.status == StatusCode::OK })
    }

    /// Has the ERP cancel all documents of an order.
    ///
    /// # Errors
    /// When the ERP can't be reached or refuses.
    pub(super) async fn cancel(&self, external_id: &OrderKey) -> Result<(), ErpError> {
        self.post(&format!("/orders/{external_id}/cancel"), Vec::new(), Bytes::new()).await.map(|_| ())
    }

    async fn post(
        &self,
        path: &str,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Bytes,
    ) -> Result<Answered, ErpError> {
        let uri: Uri = format!("http://{}{path}", self.erp).parse()?;
        let answer = self.caller.post(uri, headers, body).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(ErpError::Refused(answer.status)) }
    }
}
