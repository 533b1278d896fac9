//! Where an order's lines and money stand in JSON: a captured payload, or an ERP's document.

use serde::{Deserialize, Serialize};

use super::Pointer;

/// Where the parts of an order stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaces {
    /// The array of lines.
    pub lines: Pointer,
    /// The SKU, inside a line.
    pub sku: Pointer,
    /// How many units, inside a line.
    pub quantity: Pointer,
    /// The order's total.
    pub total: Pointer,
    /// Its currency.
    pub currency: Pointer,
}

impl Default for OrderPlaces {
    /// As Shopify and WooCommerce name them, but for WooCommerce's total.
    #[expect(clippy::expect_used, reason = "constants; a test reads them")]
    fn default() -> Self {
        let fixed = |text| Pointer::parse(text).expect("the pointers of the defaults are good");
        Self {
            lines: fixed("/line_items"),
            sku: fixed("/sku"),
            quantity: fixed("/quantity"),
            total: fixed("/total_price"),
            currency: fixed("/currency"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_pointers() {
        assert_eq!(OrderPlaces::default().lines.to_string(), "/line_items");
    }
}
