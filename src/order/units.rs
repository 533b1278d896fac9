//! How many units of each SKU an order, or a document of it, is for.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Json, Named, OrderPlaces, Pointer};

/// Longest text of a quantity. Longer ones are no quantity.
const QUANTITY_CHARS_MAX: usize = 24;

/// Highest power of ten that a quantity is written with: `1e5` occurs, and `1e400` is an accident or an attack.
const EXPONENT_MAX: u32 = 8;

/// Most decimal places of a quantity; goods by weight have three or four.
const SCALE_MAX: u32 = 8;

/// More units than any order is for. With it and [`SCALE_MAX`] every sum below is exact.
const QUANTITY_MAX: i64 = 1_000_000_000_000;

/// Digits that make no quantity beyond [`QUANTITY_MAX`].
const PLAIN_DIGITS: usize = 12;

/// Under which name units without a SKU are counted.
pub const NO_SKU: &str = "(no SKU)";

/// Units by SKU; SKUs of which there are none are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Units {
    by_sku: BTreeMap<String, Decimal>,
}

impl Units {
    /// The units of an order or a document. Lines of one SKU add up. `None` where they can't be counted for sure: there
    /// are no lines where they should be, a line has no SKU or no quantity, one that is negative, or no such number.
    #[must_use]
    pub fn of(places: &OrderPlaces, order: &Json<'_>) -> Option<Self> {
        Self::count(places, order, |line, place| place.get(line)?.scalar_text().filter(|sku| !sku.is_empty()))
    }

    /// As [`Units::of`], what is sold without a SKU counted as [`NO_SKU`]: storefronts do sell such things, and so
    /// control totals hold them, though they identify nothing.
    #[must_use]
    pub fn with_unnamed(places: &OrderPlaces, order: &Json<'_>) -> Option<Self> {
        Self::count(places, order, |line, place| match place.find(line) {
            Named::Absent | Named::Value(Json::Null) => Some(NO_SKU),
            Named::Value(sku) => sku.scalar_text().map(|sku| if sku.is_empty() { NO_SKU } else { sku }),
            Named::Ambiguous => None,
        })
    }

    fn count(
        places: &OrderPlaces,
        order: &Json<'_>,
        sku_of: impl for<'o> Fn(&'o Json<'_>, &'o Pointer) -> Option<&'o str>,
    ) -> Option<Self> {
        let places = places.line_places()?;
        let mut units = Self::default();
        for line in places.lines.get(order)?.as_array()? {
            let quantity = quantity(places.quantity.get(line)?)?;
            units.add(sku_of(line, places.sku)?, quantity)?;
        }
        Some(units)
    }

    /// By SKU, in their order; none of which there are no units.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Decimal)> {
        self.by_sku.iter().map(|(sku, units)| (sku.as_str(), *units))
    }

    /// How many of one SKU.
    #[must_use]
    pub fn of_sku(&self, sku: &str) -> Decimal {
        self.by_sku.get(sku).copied().unwrap_or_default()
    }

    /// These and `others` together; `None` where that is more than can be counted.
    #[must_use]
    pub fn with(mut self, others: &Self) -> Option<Self> {
        for (sku, quantity) in &others.by_sku {
            self.add(sku, *quantity)?;
        }
        Some(self)
    }

    /// Whether of no SKU there are more of these than of `others`.
    #[must_use]
    pub fn are_within(&self, others: &Self) -> bool {
        self.by_sku.iter().all(|(sku, quantity)| others.by_sku.get(sku).is_some_and(|there| quantity <= there))
    }

    fn add(&mut self, sku: &str, quantity: Decimal) -> Option<()> {
        if quantity.is_zero() {
            return Some(());
        }
        let sum = self.by_sku.entry(sku.to_owned()).or_default();
        *sum = sum.checked_add(quantity)?;
        Some(())
    }
}

/// A quantity as JSON or CSV write it: `2`, `"2"`, `2.000`, `1e5`.
fn quantity(value: &Json<'_>) -> Option<Decimal> {
    let text = match value {
        Json::Number(number) => number.text(),
        Json::String(text) => text,
        _ => return None,
    };
    // As nearly all are written: whole, with fewer digits than would be too many.
    if text.len() <= PLAIN_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<u64>().ok().map(Decimal::from);
    }
    let plain = |letter: char| letter.is_ascii_digit() || "+-.eE".contains(letter);
    if text.len() > QUANTITY_CHARS_MAX || !text.chars().all(plain) {
        return None;
    }
    let (base, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let base = Decimal::from_str_exact(base).ok()?.normalize();
    let exponent: i32 = exponent.parse().ok()?;
    let power =
        Decimal::from(10_u64.checked_pow(exponent.unsigned_abs()).filter(|_| exponent.unsigned_abs() <= EXPONENT_MAX)?);
    if base.scale() > SCALE_MAX || base > Decimal::from(QUANTITY_MAX) {
        return None;
    }
    let quantity = if exponent < 0 { base.checked_div(power)? } else { base.checked_mul(power)? }.normalize();
    let is_sane =
        !quantity.is_sign_negative() && quantity.scale() <= SCALE_MAX && quantity <= Decimal::from(QUANTITY_MAX);
    (is_sane || quantity.is_zero()).then_some(quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(json: &str) -> Option<Units> {
        Units::of(&OrderPlaces::default(), &Json::parse(json.as_bytes()).unwrap())
    }

    fn lines(lines: &[(&str, &str)]) -> Option<Units> {
        let lines: Vec<String> =
            lines.iter().map(|(sku, quantity)| format!(r#"{{"sku":{sku},"quantity":{quantity}}}"#)).collect();
        units(&format!(r#"{{"line_items":[{}]}}"#, lines.join(",")))
    }

    #[test]
    fn a_quantity_is_a_number_that_an_order_can_have() {
        for (text, expected) in [
            ("2", Some("2")),
            ("\"2\"", Some("2")),
            ("2.000", Some("2")),
            ("1e5", Some("100000")),
            ("1.5E-2", Some("0.015")),
            ("0.12345678", Some("0.12345678")),
            ("0", Some("0")),
            ("-0.0", Some("0")),
            ("0.123456789", None),
            ("-1", None),
            ("1e400", None),
            ("1e-400", None),
            ("1e9", None),
            ("1e99999999999", None),
            ("1000000000001", None),
            ("123456789012345678901234567890", None),
            ("\"1_000\"", None),
            ("\"2,5\"", None),
            ("\"two\"", None),
            ("\"\"", None),
            ("\"e\"", None),
            ("null", None),
            ("true", None),
            ("[2]", None),
        ] {
            let found = quantity(&Json::parse(text.as_bytes()).unwrap());
            let expected = expected.map(|text| Decimal::from_str_exact(text).unwrap());
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn lines_add_up_and_what_can_not_be_counted_is_not() {
        let two = lines(&[("\"TEA-1\"", "2")]).unwrap();
        assert_eq!(lines(&[("\"TEA-1\"", "1"), ("\"TEA-1\"", "1.0"), ("\"TEA-2\"", "0")]), Some(two));
        for bad in [&[("\"TEA-1\"", "2"), ("null", "1")][..], &[("\"\"", "1")], &[("\"TEA-1\"", "-1")], &[("{}", "1")]]
        {
            assert_eq!(lines(bad), None, "{bad:?}");
        }
        for bad in ["{}", r#"{"line_items":{}}"#, r#"{"line_items":[],"line_items":[]}"#, r#"{"line_items":[1]}"#, "[]"]
        {
            assert_eq!(units(bad), None, "{bad}");
        }
    }

    #[test]
    fn units_are_within_others_when_no_sku_has_more() {
        let order = lines(&[("\"a\"", "3"), ("\"b\"", "1")]).unwrap();
        let of = |a: &str, b: &str| lines(&[("\"a\"", a), ("\"b\"", b)]).unwrap();
        assert!(of("3", "1").are_within(&order) && of("0", "0").are_within(&order));
        assert!(of("1", "0").with(&of("2", "1")).unwrap().are_within(&order));
        assert!(!of("1", "1").with(&of("2", "1")).unwrap().are_within(&order));
        assert!(!lines(&[("\"c\"", "1")]).unwrap().are_within(&order));
    }
}
