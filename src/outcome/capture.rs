//! A capture: one request as received.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Signature;
use super::lane::names;
use crate::order::OrderKey;

/// Header fields in the order of receipt: name (lower case) and raw value.
pub type Headers = Vec<(String, Bytes)>;

/// What a request does to an order. Only `create` is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Places an order.
    Create,
    /// Changes one.
    Update,
    /// Cancels one.
    Cancel,
    /// Anything else on a route.
    Other,
}
names!(Operation, "operation", { Create => "create", Update => "update", Cancel => "cancel", Other => "other" });

/// Why a capture went to the live lane only, or nowhere. Each is counted in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// The body is longer than `body_bytes_max`; it was streamed on and not kept whole.
    BodyTooLarge,
    /// The client went away before the body was whole; nothing was forwarded.
    ClientGone,
    /// The body is empty.
    EmptyBody,
    /// The body is no JSON, or no UTF-8.
    NoJson,
    /// No pointer or header yields an order key.
    NoOrderKey,
    /// A member on the way to the order key stands twice.
    AmbiguousOrderKey,
    /// What stands where the order key should be is none.
    BadOrderKey,
}
names!(Skip, "skip", {
    BodyTooLarge => "body_too_large", ClientGone => "client_gone", EmptyBody => "empty_body", NoJson => "no_json",
    NoOrderKey => "no_order_key", AmbiguousOrderKey => "ambiguous_order_key", BadOrderKey => "bad_order_key",
});

/// One request as received on a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Identity of this capture, time-ordered (UUID version 7).
    pub uuid: Uuid,
    /// When its head was read, on this machine's clock.
    pub received_at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// Path and query as received.
    pub target: String,
    /// The path pattern of the route that matched.
    pub route: String,
    /// What the request does to the order.
    pub operation: Operation,
    /// The order key; `None` where there is none, and `skip` says why.
    pub order_key: Option<OrderKey>,
    /// Other names of the same order.
    pub also_known_as: Vec<OrderKey>,
    /// The source's id of the event, equal over redeliveries.
    pub event_id: Option<String>,
    /// The source's id of this delivery.
    pub delivery_id: Option<String>,
    /// The reason of the exclusion rule that applies, if one does.
    pub excluded: Option<String>,
    /// Why it was not teed; `None` when it was.
    pub skip: Option<Skip>,
    /// Whether it bears its sender's signature; `None` on a route without a secret.
    pub signature: Option<Signature>,
    /// Header fields, credentials withheld.
    pub headers: Headers,
    /// The raw body; what was read of it, where `skip` says that it is not whole.
    pub body: Bytes,
    /// The body's length in bytes as received.
    pub body_bytes: u64,
}

impl Capture {
    /// Whether this capture goes to the shadow lane.
    #[must_use]
    pub const fn is_teed(&self) -> bool {
        self.skip.is_none() && self.excluded.is_none()
    }
}
