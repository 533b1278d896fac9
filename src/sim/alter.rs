//! What an integration gets wrong in an order that it does commit.

use super::erp::SalesOrder;

/// A mistake in an order on its way into the ERP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// The total is a cent short.
    Cent,
    /// One unit more of the first line.
    Unit,
    /// The first line is for another article.
    Article,
    /// Each unit stands in a line of its own: the same goods.
    Segments,
}

impl Alteration {
    /// The order as it is committed.
    pub(super) fn of(self, mut order: SalesOrder) -> SalesOrder {
        match self {
            Self::Cent => order.total = cent_less(&order.total),
            Self::Unit => order.lines.iter_mut().take(1).for_each(|line| line.quantity += 1),
            Self::Article => {
                order.lines.iter_mut().take(1).for_each(|line| line.sku = Some("CER-MUG-35-RED".to_owned()));
            }
            Self::Segments => {
                let lines = std::mem::take(&mut order.lines);
                order.lines = lines
                    .into_iter()
                    .flat_map(|line| {
                        let units = usize::try_from(line.quantity).unwrap_or_default();
                        std::iter::repeat_n(super::erp::SalesLine { quantity: 1, ..line }, units)
                    })
                    .collect();
            }
        }
        order
    }
}

/// A decimal text with two places, a cent less.
fn cent_less(total: &str) -> String {
    let less = rust_decimal::Decimal::from_str_exact(total).ok().map(|total| total - rust_decimal::Decimal::new(1, 2));
    less.map_or_else(|| total.to_owned(), |less| less.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::OrderKey;
    use crate::sim::erp::SalesLine;

    #[test]
    fn each_mistake_is_one_and_no_other() {
        let line = |sku: &str, quantity| SalesLine { sku: Some(sku.into()), quantity, price: "2.00".into() };
        let order = || SalesOrder {
            external_id: OrderKey::new("1").unwrap(),
            currency: "EUR".into(),
            total: "10.00".into(),
            lines: vec![line("a", 3), line("b", 2)],
        };
        let told = |order: SalesOrder| {
            let lines: Vec<String> =
                order.lines.iter().map(|line| format!("{} {}", line.quantity, line.sku.as_deref().unwrap())).collect();
            format!("{}: {}", order.total, lines.join(", "))
        };
        for (alteration, expected) in [
            (Alteration::Cent, "9.99: 3 a, 2 b"),
            (Alteration::Unit, "10.00: 4 a, 2 b"),
            (Alteration::Article, "10.00: 3 CER-MUG-35-RED, 2 b"),
            (Alteration::Segments, "10.00: 1 a, 1 a, 1 a, 1 b, 1 b"),
        ] {
            assert_eq!(told(alteration.of(order())), expected);
        }
    }
}
