//! What is odd about single orders, and about how the storefront tells of them.

use std::time::Duration;

/// Something that is unlike a common order. An order may have several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Its webhook is delivered a second time soon after, although it was answered: the same event, the same bytes.
    Twice,
    /// `orders/updated` is sent, and answered, before `orders/create`.
    UpdateFirst,
    /// `orders/paid` is sent, and answered, before `orders/create`.
    PaidFirst,
    /// The customer cancels it so long after placing it.
    CancelAfter(Duration),
    /// Its `orders/create` is never sent, yet the census has the order.
    Unsent,
    /// All its webhooks go straight to the live lane, and the tee sees none of them.
    RoundTheTee,
    /// It is a test order, and says so.
    Test,
    /// Its first line is of this SKU.
    Sku(String),
    /// The customer's name is [`HOSTILE_NAME`].
    Hostile,
}

/// A name that runs as a script wherever it is shown unescaped.
pub const HOSTILE_NAME: &str = "</script><img src=x onerror=alert(1)>";
