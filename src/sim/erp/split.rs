//! An order that is committed as two documents, since two warehouses send it.

use rust_decimal::Decimal;

use super::orders::{SalesLine, SalesOrder};

/// An order as it is committed: one document, or two that make it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) first: SalesOrder,
    pub(super) second: Option<SalesOrder>,
}

impl Parts {
    /// The order as one document.
    pub(super) const fn whole(order: SalesOrder) -> Self {
        Self { first: order, second: None }
    }

    /// Half of the units each, the odd one in the first document; the total in the same proportion, exact in sum.
    /// What has less than two units stays whole.
    pub(super) fn halves(order: SalesOrder) -> Self {
        let units = order.units();
        if units < 2 {
            return Self::whole(order);
        }
        let SalesOrder { external_id, currency, total, lines } = order;
        let here = units.div_ceil(2);
        let (total_here, total_there) = share(&total, here, units);
        let (lines_here, lines_there) = cut(lines, here);
        let second = SalesOrder {
            external_id: external_id.clone(),
            currency: currency.clone(),
            total: total_there,
            lines: lines_there,
        };
        Self { first: SalesOrder { external_id, currency, total: total_here, lines: lines_here }, second: Some(second) }
    }
}

/// The lines up to so many units, and the rest; a line across the border is in both.
fn cut(lines: Vec<SalesLine>, units: u64) -> (Vec<SalesLine>, Vec<SalesLine>) {
    let (mut here, mut there) = (Vec::new(), Vec::new());
    let mut room = units;
    for line in lines {
        let taken = u32::try_from(room.min(u64::from(line.quantity))).unwrap_or(line.quantity);
        let left = line.quantity - taken;
        room -= u64::from(taken);
        if left > 0 {
            there.push(SalesLine { quantity: left, ..line.clone() });
        }
        // A line without units goes with the first.
        if taken > 0 || left == 0 {
            here.push(SalesLine { quantity: taken, ..line });
        }
    }
    (here, there)
}

/// `part` of `whole` of a total, cut to its own decimals, and the rest. What is no decimal goes with the first.
fn share(total: &str, part: u64, whole: u64) -> (String, String) {
    let shared = Decimal::from_str_exact(total).ok().and_then(|total| {
        let here = total.checked_mul(part.into())?.checked_div(whole.into())?.trunc_with_scale(total.scale());
        let there = total.checked_sub(here)?;
        // Both are written with as many decimals as the total.
        let written = |mut amount: Decimal| {
            amount.rescale(total.scale());
            amount.to_string()
        };
        Some((written(here), written(there)))
    });
    shared.unwrap_or_else(|| (total.to_owned(), "0".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::OrderKey;

    fn order(total: &str, lines: &[(&str, u32)]) -> SalesOrder {
        let line = |(sku, quantity): &(&str, u32)| SalesLine {
            sku: Some((*sku).to_owned()),
            quantity: *quantity,
            price: "1.00".to_owned(),
        };
        let lines = lines.iter().map(line).collect();
        SalesOrder { external_id: OrderKey::new("1").unwrap(), currency: "EUR".into(), total: total.into(), lines }
    }

    #[test]
    fn both_parts_have_together_just_what_was_ordered() {
        for (total, lines, first, second) in [
            ("9.99", &[("a", 3)][..], Some(("6.66", &[("a", 2)][..])), Some(("3.33", &[("a", 1)][..]))),
            ("0.01", &[("a", 1), ("b", 1)], Some(("0.00", &[("a", 1)])), Some(("0.01", &[("b", 1)]))),
            (
                "10",
                &[("a", 1), ("b", 0), ("c", 2)],
                Some(("6", &[("a", 1), ("b", 0), ("c", 1)])),
                Some(("4", &[("c", 1)])),
            ),
            ("x", &[("a", 2)], Some(("x", &[("a", 1)])), Some(("0", &[("a", 1)]))),
            ("5.00", &[("a", 1)], Some(("5.00", &[("a", 1)])), None),
            ("5.00", &[], Some(("5.00", &[])), None),
        ] {
            let parts = Parts::halves(order(total, lines));
            let expected = |part: Option<(&str, &[(&str, u32)])>| part.map(|(total, lines)| order(total, lines));
            assert_eq!((Some(parts.first), parts.second), (expected(first), expected(second)), "{total} {lines:?}");
        }
    }
}
