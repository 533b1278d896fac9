//! What an order is for, as its first payload says: units, money, and what the units of each SKU are worth.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::diff::amount;
use crate::judge::compare::{Contents, Side, countable};
use crate::judge::holes::is_counted;
use crate::order::{Json, NO_SKU, Named, OrderPlaces, Units};

/// What an order is for.
pub(super) struct Goods<'o, 't> {
    side: &'o Side,
    places: &'o BTreeMap<String, OrderPlaces>,
    contents: &'o Contents<'t>,
}

impl<'o, 't> Goods<'o, 't> {
    /// `side` is what the first payload that counts among `contents` is for.
    pub(super) const fn new(
        side: &'o Side,
        places: &'o BTreeMap<String, OrderPlaces>,
        contents: &'o Contents<'t>,
    ) -> Self {
        Self { side, places, contents }
    }

    /// Units; `None` where they can't be read.
    pub(super) fn units(&self) -> Option<&Units> {
        self.side.units()
    }

    /// Currency and total; `None` where they can't be read.
    pub(super) fn money(&self) -> Option<(&str, Decimal)> {
        self.side.money()
    }

    /// Currency, and units times the price of their lines by SKU; `None` where any of that can't be read.
    pub(super) fn worth(&self) -> Option<(String, BTreeMap<String, Decimal>)> {
        let mut payloads = self.contents.payloads().filter(|(capture, ..)| is_counted(capture));
        let (_, payload, content) = payloads.next()?;
        let (places, json) = (self.places.get(&payload.route)?, content.json()?.ok()?);
        let (lines, price) = (places.line_places()?, places.price.as_ref()?);
        let mut worth: BTreeMap<String, Decimal> = BTreeMap::new();
        for line in lines.lines.get(json)?.as_array()? {
            let sku = match lines.sku.find(line) {
                Named::Absent | Named::Value(Json::Null) => NO_SKU,
                Named::Value(sku) => sku.scalar_text()?,
                Named::Ambiguous => return None,
            };
            let sku = if sku.is_empty() { NO_SKU } else { sku };
            let units = amount(lines.quantity.get(line)?)?;
            let value = countable(amount(price.get(line)?)?.checked_mul(units)?)?;
            let sum = worth.entry(sku.to_owned()).or_default();
            *sum = sum.saturating_add(value);
        }
        Some((places.currency_of(json)?.to_owned(), worth))
    }
}
