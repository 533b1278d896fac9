//! What an integration gets wrong in an order that it does commit, and the parts into which it can be split.

use rust_decimal::Decimal;

use super::erp::{SalesLine, SalesOrder};

/// Articles that a mistake may name; one of them is in no order of one or two lines. The shop sells them all, so that
/// an ERP with an item master takes them.
const ARTICLES: [&str; 3] = ["CER-MUG-35-BLU", "CER-MUG-35-WHT", "CER-BWL-18-WHT"];

/// A mistake in an order on its way into the ERP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// The total is a cent short: one of the smallest unit that it is written in.
    Cent,
    /// One unit more of the first line.
    Unit,
    /// The first line is for another article.
    Article,
    /// Each unit stands in a line of its own: the same goods.
    Segments,
    /// The same figures in another currency.
    Currency,
}

impl Alteration {
    /// The order as it is committed.
    pub(super) fn of(self, mut order: SalesOrder) -> SalesOrder {
        match self {
            Self::Cent => order.total = cent_less(&order.total),
            Self::Unit => order.lines.iter_mut().take(1).for_each(|line| line.quantity += 1),
            Self::Article => {
                let other = other_article(&order.lines);
                order.lines.iter_mut().take(1).for_each(|line| line.sku = Some(other.to_owned()));
            }
            Self::Segments => {
                let lines = std::mem::take(&mut order.lines);
                order.lines = lines
                    .into_iter()
                    .flat_map(|line| {
                        let units = usize::try_from(line.quantity).unwrap_or_default();
                        std::iter::repeat_n(SalesLine { quantity: 1, ..line }, units)
                    })
                    .collect();
            }
            Self::Currency => order.currency = if order.currency == "USD" { "EUR" } else { "USD" }.to_owned(),
        }
        order
    }
}

/// Two orders that are together exactly this one; `None` for what has no parts.
pub(super) fn split(order: &SalesOrder) -> Option<(SalesOrder, SalesOrder)> {
    let (first, rest) = match order.lines.as_slice() {
        [line] if line.quantity > 1 => {
            let part = |quantity| vec![SalesLine { quantity, ..line.clone() }];
            (part(1), part(line.quantity - 1))
        }
        [first, rest @ ..] if !rest.is_empty() => (vec![first.clone()], rest.to_vec()),
        _ => return None,
    };
    let total = Decimal::from_str_exact(&order.total).ok()?;
    // What a discount takes from the goods, and what the parcel costs, stays with the second part.
    let [line] = first.as_slice() else { return None };
    let goods = Decimal::from_str_exact(&line.price).ok()?.checked_mul(Decimal::from(line.quantity))?;
    let mut first_total = goods.min(total);
    first_total.rescale(total.scale());
    let second_total = total.checked_sub(first_total)?;
    Some((
        SalesOrder { lines: first, total: first_total.to_string(), ..order.clone() },
        SalesOrder { lines: rest, total: second_total.to_string(), ..order.clone() },
    ))
}

/// A decimal text less one of its last place: a cent, a yen, a fils.
fn cent_less(total: &str) -> String {
    let less = Decimal::from_str_exact(total).ok().map(|total| total - Decimal::new(1, total.scale()));
    less.map_or_else(|| total.to_owned(), |less| less.to_string())
}

/// An article that none of these lines is for, as far as there are any.
fn other_article(lines: &[SalesLine]) -> &'static str {
    let is_free = |article: &&str| lines.iter().all(|line| line.sku.as_deref() != Some(*article));
    ARTICLES.into_iter().find(is_free).unwrap_or("CER-MUG-35-RED")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::OrderKey;

    fn line(sku: &str, quantity: u32) -> SalesLine {
        SalesLine { sku: Some(sku.into()), quantity, price: "2.00".into() }
    }

    fn order(total: &str, lines: Vec<SalesLine>) -> SalesOrder {
        SalesOrder { external_id: OrderKey::new("1").unwrap(), currency: "EUR".into(), total: total.into(), lines }
    }

    fn told(order: &SalesOrder) -> String {
        let line = |line: &SalesLine| format!("{} {}", line.quantity, line.sku.as_deref().unwrap());
        let lines: Vec<String> = order.lines.iter().map(line).collect();
        format!("{} {}: {}", order.total, order.currency, lines.join(", "))
    }

    #[test]
    fn each_mistake_is_one_and_no_other() {
        for (alteration, expected) in [
            (Alteration::Cent, "9.99 EUR: 3 a, 2 b"),
            (Alteration::Unit, "10.00 EUR: 4 a, 2 b"),
            (Alteration::Article, "10.00 EUR: 3 CER-MUG-35-BLU, 2 b"),
            (Alteration::Segments, "10.00 EUR: 1 a, 1 a, 1 a, 1 b, 1 b"),
            (Alteration::Currency, "10.00 USD: 3 a, 2 b"),
        ] {
            assert_eq!(told(&alteration.of(order("10.00", vec![line("a", 3), line("b", 2)]))), expected);
        }
    }

    #[test]
    fn the_other_article_is_another_one() {
        let altered = Alteration::Article.of(order("4.00", vec![line("CER-MUG-35-BLU", 1), line("CER-MUG-35-WHT", 1)]));
        assert_eq!(told(&altered), "4.00 EUR: 1 CER-BWL-18-WHT, 1 CER-MUG-35-WHT");
    }

    #[test]
    fn a_cent_is_the_smallest_unit_that_is_written() {
        for (total, less) in [("10.00", "9.99"), ("1200", "1199"), ("12.345", "12.344"), ("0.0", "-0.1"), ("?", "?")] {
            assert_eq!(cent_less(total), less);
        }
    }

    #[test]
    fn parts_are_together_the_order() {
        for (total, lines, expected) in [
            ("10.00", vec![line("a", 3), line("b", 2)], Some(("6.00 EUR: 3 a", "4.00 EUR: 2 b"))),
            ("4.50", vec![line("a", 2)], Some(("2.00 EUR: 1 a", "2.50 EUR: 1 a"))),
            ("3", vec![line("a", 2), line("b", 1)], Some(("3 EUR: 2 a", "0 EUR: 1 b"))),
            ("2.00", vec![line("a", 1)], None),
            ("2.00", vec![], None),
        ] {
            let parts = split(&order(total, lines));
            let parts = parts.as_ref().map(|(first, second)| (told(first), told(second)));
            assert_eq!(parts, expected.map(|(first, second)| (first.to_owned(), second.to_owned())), "{total}");
        }
    }
}
