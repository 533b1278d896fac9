//! Where an order's lines and money stand in JSON: a captured payload, or an ERP's document.

use serde::{Deserialize, Serialize};

use super::{Json, Pointer};

/// Where the parts of an order stand. What is not named is not known: it is neither counted nor compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaces {
    /// The array of lines.
    #[serde(default)]
    pub lines: Option<Pointer>,
    /// The SKU, inside a line.
    #[serde(default)]
    pub sku: Option<Pointer>,
    /// How many units, inside a line.
    #[serde(default)]
    pub quantity: Option<Pointer>,
    /// The price of one unit, inside a line.
    #[serde(default)]
    pub price: Option<Pointer>,
    /// The order's total.
    #[serde(default)]
    pub total: Option<Pointer>,
    /// The order's tax.
    #[serde(default)]
    pub tax: Option<Pointer>,
    /// Its currency, ISO 4217.
    #[serde(default)]
    pub currency: Option<Pointer>,
    /// The currency of what names none, or an empty one.
    #[serde(default)]
    pub currency_else: Option<String>,
    /// Who ordered.
    #[serde(default)]
    pub customer: Option<Pointer>,
    /// Whether total and prices are net of tax. They are compared only with such as are alike in this.
    #[serde(default)]
    pub net: bool,
}

/// Where lines stand, and SKU and quantity inside them.
#[derive(Clone, Copy, Debug)]
pub struct LinePlaces<'p> {
    /// The array.
    pub lines: &'p Pointer,
    /// Inside a line.
    pub sku: &'p Pointer,
    /// Inside a line.
    pub quantity: &'p Pointer,
}

impl Default for OrderPlaces {
    /// As Shopify and WooCommerce name them, but for WooCommerce's total.
    fn default() -> Self {
        let fixed = |text| Pointer::parse(text).ok();
        Self {
            lines: fixed("/line_items"),
            sku: fixed("/sku"),
            quantity: fixed("/quantity"),
            price: fixed("/price"),
            total: fixed("/total_price"),
            tax: fixed("/total_tax"),
            currency: fixed("/currency"),
            ..Self::none()
        }
    }
}

impl OrderPlaces {
    /// Nothing is known.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            lines: None,
            sku: None,
            quantity: None,
            price: None,
            total: None,
            tax: None,
            currency: None,
            currency_else: None,
            customer: None,
            net: false,
        }
    }

    /// Whether nothing is named.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self { net: self.net, ..Self::none() }
    }

    /// Whether any part that both name stands at another place in the other: documents of two shapes.
    #[must_use]
    pub fn stands_elsewhere(&self, other: &Self) -> bool {
        let parts = |places: &Self| {
            let Self { lines, sku, quantity, price, total, tax, currency, customer, .. } = places.clone();
            [lines, sku, quantity, price, total, tax, currency, customer]
        };
        let apart =
            |(own, theirs): (Option<Pointer>, Option<Pointer>)| own.is_some() && theirs.is_some() && own != theirs;
        parts(self).into_iter().zip(parts(other)).any(apart)
    }

    /// Where lines stand; `None` unless all of it is named.
    #[must_use]
    pub const fn line_places(&self) -> Option<LinePlaces<'_>> {
        match (&self.lines, &self.sku, &self.quantity) {
            (Some(lines), Some(sku), Some(quantity)) => Some(LinePlaces { lines, sku, quantity }),
            _ => None,
        }
    }

    /// The currency that an order, or a document of it, is in; `None` where none is named, or several.
    #[must_use]
    pub fn currency_of<'o>(&'o self, order: &'o Json<'_>) -> Option<&'o str> {
        let named = self.currency.as_ref().and_then(|place| place.get(order)).and_then(Json::as_str).map(str::trim);
        named.filter(|currency| !currency.is_empty()).or(self.currency_else.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_pointers() {
        let places = OrderPlaces::default();
        let all = [places.lines, places.sku, places.quantity, places.price, places.total, places.tax, places.currency];
        let names: Vec<String> = all.into_iter().flatten().map(|place| place.to_string()).collect();
        assert_eq!(names, ["/line_items", "/sku", "/quantity", "/price", "/total_price", "/total_tax", "/currency"]);
    }

    #[test]
    fn shapes_differ_where_a_part_that_both_name_stands_elsewhere() {
        let places = |text: &str| -> OrderPlaces { serde_json::from_str(text).unwrap() };
        for (left, right, expected) in [
            (r#"{"total":"/a"}"#, r#"{"total":"/a"}"#, false),
            (r#"{"total":"/a"}"#, r#"{"total":"/b"}"#, true),
            (r#"{"total":"/a"}"#, r#"{"total":"/a","currency_else":"EUR"}"#, false),
            (r#"{"total":"/a"}"#, r#"{"lines":"/b"}"#, false),
        ] {
            assert_eq!(places(left).stands_elsewhere(&places(right)), expected, "{left} {right}");
            assert_eq!(places(right).stands_elsewhere(&places(left)), expected, "{right} {left}");
        }
    }

    #[test]
    fn what_runs_were_begun_with_before_is_read() {
        let old = r#"{"lines":"/lines","sku":"/sku","quantity":"/qty","total":"/total","currency":"/currency"}"#;
        let places: OrderPlaces = serde_json::from_str(old).unwrap();
        assert_eq!(places.line_places().unwrap().quantity.to_string(), "/qty");
        assert!(places.price.is_none() && !places.net && !places.is_none());
    }

    #[test]
    fn a_currency_that_is_not_named_may_be_known() {
        for (json, otherwise, expected) in [
            (r#"{"currency":"EUR"}"#, None, Some("EUR")),
            (r#"{"currency":" EUR "}"#, Some("USD"), Some("EUR")),
            (r#"{"currency":""}"#, Some("USD"), Some("USD")),
            (r#"{"currency":null}"#, None, None),
            (r#"{"currency":"EUR","currency":"USD"}"#, None, None),
            ("{}", Some("USD"), Some("USD")),
        ] {
            let places = OrderPlaces { currency_else: otherwise.map(str::to_owned), ..OrderPlaces::default() };
            assert_eq!(places.currency_of(&Json::parse(json.as_bytes()).unwrap()), expected, "{json}");
        }
    }
}
