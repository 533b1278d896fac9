//! What an ERP is asked to commit, and what it has committed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::order::OrderKey;

/// What an integration asks the ERP to commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesOrder {
    /// The storefront's id of the order.
    pub external_id: OrderKey,
    /// ISO 4217.
    pub currency: String,
    /// What the customer pays, as decimal text.
    pub total: String,
    /// What is sold.
    pub lines: Vec<SalesLine>,
}

impl SalesOrder {
    /// How many units are ordered.
    pub(super) fn units(&self) -> u64 {
        self.lines.iter().map(|line| u64::from(line.quantity)).sum()
    }
}

/// A line of a sales order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesLine {
    /// The article; storefronts do sell things without one.
    pub sku: Option<String>,
    /// Units.
    pub quantity: u32,
    /// Price of one unit, as decimal text.
    pub price: String,
}

/// Where an order was placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// At the storefront.
    #[default]
    Web,
    /// At a marketplace that sells the same articles.
    Marketplace,
}

/// What has become of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentStatus {
    /// To be fulfilled.
    Open,
    /// Cancelled by the customer.
    Cancelled,
}

/// The ERP's record of an order, as its ledger shows it. Stock does not show in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    /// The document number.
    pub id: String,
    /// The storefront's id of the order.
    pub external_id: OrderKey,
    /// When it was committed, on the ERP's clock, to the microsecond.
    pub created_at: Timestamp,
    /// What has become of it.
    pub status: DocumentStatus,
    /// Where it was placed.
    pub channel: Channel,
    /// ISO 4217.
    pub currency: String,
    /// What the customer pays, as decimal text.
    pub total: String,
    /// What is sold.
    pub lines: Vec<SalesLine>,
}
