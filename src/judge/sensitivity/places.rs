//! Where a document has an amount of money that can be falsified.

use rust_decimal::Decimal;

use crate::judge::Timeline;
use crate::judge::compare::AmountCompared;
use crate::order::{Json, OrderPlaces, Pointer, Slice, Units, slice};
use crate::outcome::OutcomeKind;

/// Names under which documents tell what an order is worth, where no configuration says.
const NAMES: [&str; 8] =
    ["total", "total_price", "grand_total", "total_amount", "totalAmount", "amount", "totalNetAmount", "sum"];

/// By how much amounts differ that no tolerance makes alike.
const DIFFERS_MIN: Decimal = Decimal::ONE;

/// How deep an amount is looked for.
const DEPTH_MAX: usize = 4;

/// An amount in a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Amount {
    /// From which byte to which it stands, within its quotes where it has any.
    from: usize,
    until: usize,
    value: Decimal,
}

impl Amount {
    /// The document with an amount that is so many of its smallest units more; `None` beyond all numbers.
    pub(super) fn more_by(&self, document: &[u8], units: u32) -> Option<Vec<u8>> {
        // Amounts have two decimals or, as in dinars, three; or none, as in yen. Others are written short or at length.
        let decimals = match self.value.scale() {
            0 => 0,
            3 => 3,
            _ => 2,
        };
        let more = self.value.checked_add(Decimal::new(i64::from(units), decimals))?.to_string();
        let mut altered = document.get(..self.from)?.to_vec();
        altered.extend_from_slice(more.as_bytes());
        altered.extend_from_slice(document.get(self.until..)?);
        Some(altered)
    }
}

/// Which amounts of documents are meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Money<'p> {
    /// Where the parts of a document stand.
    pub(super) places: Option<&'p OrderPlaces>,
    /// Which of them is compared with anything.
    pub(super) compared: AmountCompared,
}

impl Money<'_> {
    fn place(&self, json: &Json<'_>) -> Option<Pointer> {
        let holds = |pointer: &Pointer| pointer.get(json).is_some_and(|value| decimal(value).is_some());
        let total = || self.places?.total.clone().filter(holds);
        match self.compared {
            AmountCompared::None => None,
            AmountCompared::Total => total(),
            AmountCompared::Price => first_price(self.places?).filter(holds),
            AmountCompared::Any => total().or_else(|| search(json, &is_named)).or_else(|| search(json, &has_decimals)),
        }
    }
}

/// Where the price of the first line stands.
fn first_price(places: &OrderPlaces) -> Option<Pointer> {
    let (lines, price) = places.lines.as_ref().zip(places.price.as_ref())?;
    let tokens = lines.tokens().iter().map(String::as_str);
    Some(Pointer::of(tokens.chain(["0"]).chain(price.tokens().iter().map(String::as_str))))
}

/// The amount of a document that is compared: its total where the configuration says where that stands, or else what is named
/// like one, or else the first number with decimals; `None` where there is none.
pub(super) fn amount(document: &[u8], money: &Money<'_>) -> Option<Amount> {
    let json = Json::parse(document).ok()?;
    let pointer = money.place(&json)?;
    let value = decimal(pointer.get(&json)?)?;
    let Ok(Slice::Value(bytes)) = slice(document, &pointer) else { return None };
    let quoted = usize::from(bytes.first() == Some(&b'"'));
    let from = (bytes.as_ptr() as usize).checked_sub(document.as_ptr() as usize)?;
    Some(Amount { from: from + quoted, until: (from + bytes.len()).checked_sub(quoted)?, value })
}

/// Whether the gated documents of two orders are surely about other money or goods, so that swapping them does harm that shows.
pub(super) fn differ(one: &Timeline, other: &Timeline, money: &Money<'_>) -> bool {
    let document = |timeline: &Timeline| {
        let outcomes = timeline.lanes.gated.outcomes.iter();
        outcomes.rev().find(|seen| seen.outcome.kind == OutcomeKind::Committed)?.outcome.document.clone()
    };
    let (Some(left), Some(right)) = (document(one), document(other)) else { return false };
    let value = |document: &[u8]| amount(document, money).map(|amount| amount.value);
    match (value(&left), value(&right)) {
        (Some(left), Some(right)) => (left - right).abs() >= DIFFERS_MIN,
        _ => match (units(&left, money.places), units(&right, money.places)) {
            (Some(left), Some(right)) => left != right,
            // Nobody says what they hold: any difference is one, where every member is compared.
            _ => money.compared == AmountCompared::Any && left != right,
        },
    }
}

/// The units of a document by SKU; `None` where they can't be counted.
fn units(document: &[u8], places: Option<&OrderPlaces>) -> Option<Vec<(String, Decimal)>> {
    let units = Units::of(places?, &Json::parse(document).ok()?)?;
    Some(units.iter().map(|(sku, units)| (sku.to_owned(), units)).collect())
}

fn decimal(value: &Json<'_>) -> Option<Decimal> {
    let text = match value {
        Json::Number(_) | Json::String(_) => value.scalar_text()?,
        _ => return None,
    };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !text.starts_with('.');
    Decimal::from_str_exact(text).ok().filter(|_| is_plain)
}

fn is_named(name: &str, value: &Json<'_>) -> bool {
    NAMES.contains(&name) && decimal(value).is_some()
}

fn has_decimals(_: &str, value: &Json<'_>) -> bool {
    decimal(value).is_some_and(|value| value.scale() >= 2)
}

/// The pointer to the first member, those of the upper levels first, that is `wanted`.
fn search(json: &Json<'_>, wanted: &dyn Fn(&str, &Json<'_>) -> bool) -> Option<Pointer> {
    let mut level: Vec<(Vec<String>, &Json<'_>)> = vec![(Vec::new(), json)];
    for _ in 0..DEPTH_MAX {
        let mut below = Vec::new();
        for (path, value) in level {
            let members: Vec<(String, &Json<'_>)> = match value {
                Json::Object(members) => members.iter().map(|(name, value)| (name.to_string(), value)).collect(),
                Json::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
                _ => continue,
            };
            for (name, value) in members {
                let mut path = path.clone();
                path.push(name.clone());
                if wanted(&name, value) {
                    return Some(Pointer::of(path.iter().map(String::as_str)));
                }
                below.push((path, value));
            }
        }
        level = below;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn more(document: &str, total: Option<&str>, units: u32) -> Option<String> {
        let places = OrderPlaces { total: total.map(|text| Pointer::parse(text).unwrap()), ..OrderPlaces::none() };
        let money = Money { places: Some(&places), compared: AmountCompared::Any };
        let altered = amount(document.as_bytes(), &money)?.more_by(document.as_bytes(), units)?;
        Some(String::from_utf8(altered).unwrap())
    }

    #[test]
    fn a_cent_is_the_smallest_unit_of_the_amount() {
        for (document, total, units, expected) in [
            (r#"{"total":10.50,"x":1}"#, Some("/total"), 1, Some(r#"{"total":10.51,"x":1}"#)),
            (r#"{"total" : "10.5" }"#, Some("/total"), 1, Some(r#"{"total" : "10.51" }"#)),
            (r#"{"total":5000}"#, Some("/total"), 1, Some(r#"{"total":5001}"#)),
            (r#"{"total":1.999}"#, Some("/total"), 1, Some(r#"{"total":2.000}"#)),
            (r#"{"total":9.99}"#, Some("/total"), 100, Some(r#"{"total":10.99}"#)),
            // The configured place holds no amount here.
            (
                r#"{"total":"n/a","lines":[{"sum":"3.20"}]}"#,
                Some("/total"),
                1,
                Some(r#"{"total":"n/a","lines":[{"sum":"3.21"}]}"#),
            ),
            (r#"{"a":{"grand_total":7}}"#, None, 1, Some(r#"{"a":{"grand_total":8}}"#)),
            (r#"{"id":4711,"price":3.20}"#, None, 1, Some(r#"{"id":4711,"price":3.21}"#)),
            (r#"{"id":4711}"#, None, 1, None),
            (r#"{"total":1e3}"#, None, 1, None),
            ("no JSON", None, 1, None),
            ("", None, 1, None),
        ] {
            assert_eq!(more(document, total, units).as_deref(), expected, "{document}");
        }
    }

    #[test]
    fn only_an_amount_that_is_compared_is_meant() {
        let document = br#"{"total":"9.99","rows":[{"at":"3.33"}],"tax":1.50}"#;
        let pointer = |text| Some(Pointer::parse(text).unwrap());
        let places = OrderPlaces {
            total: pointer("/total"),
            lines: pointer("/rows"),
            price: pointer("/at"),
            ..OrderPlaces::none()
        };
        for (compared, expected) in [
            (AmountCompared::Any, Some("9.99")),
            (AmountCompared::Total, Some("9.99")),
            (AmountCompared::Price, Some("3.33")),
            (AmountCompared::None, None),
        ] {
            let found = amount(document, &Money { places: Some(&places), compared });
            assert_eq!(found.map(|amount| amount.value.to_string()).as_deref(), expected, "{compared:?}");
        }
    }
}
