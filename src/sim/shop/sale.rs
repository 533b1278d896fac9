//! What one order is about: who buys which goods, and what it costs, in whole minor units of its currency.

use std::borrow::Cow;

use fastrand::Rng;

use super::catalogue::{self, Article, STANDARD_RATE_PERCENT};
use super::money::{Amount, Currency};
use super::people::{self, Address, Customer};
use super::{HOSTILE_NAME, Oddity, Shop};
use crate::sim::plan::OrderNumber;

/// Below this a parcel costs; in euro cents.
const FREE_SHIPPING_FROM_CENTS: u64 = 7_500;

/// What it costs; in euro cents.
const SHIPPING_CENTS: u64 = 595;

/// What one order in eight gets.
const DISCOUNT_PERCENT: u64 = 10;

/// An order's goods, money and customer.
#[derive(Debug)]
pub(in crate::sim) struct Sale {
    pub(super) customer: Customer,
    pub(super) address: Address,
    pub(super) lines: Vec<Line>,
    /// What the goods cost before the discount.
    pub(super) goods: Amount,
    pub(super) discount: Amount,
    pub(super) shipping: Amount,
    pub(super) gateway: &'static str,
}

/// So many units of an article.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) article: Article,
    pub(super) sku: Cow<'static, str>,
    pub(super) units: u32,
    /// Of one unit, gross.
    pub(super) price: Amount,
    /// Contained in the line, less its discount.
    pub(super) tax: Amount,
}

impl Sale {
    /// The order at this position.
    pub(super) fn of(shop: &Shop, number: OrderNumber) -> Self {
        let currency = currency(shop, number);
        let mut rng = shop.rng(number, 1);
        let (mut customer, mut address) = people::buyer(&mut rng);
        let basket = basket(&mut rng);
        let discount_percent = if rng.u8(..8) == 0 { DISCOUNT_PERCENT } else { 0 };
        let mut lines: Vec<Line> =
            basket.into_iter().map(|(article, units)| line(currency, article, units, discount_percent)).collect();
        let goods = currency.sum(lines.iter().map(|line| line.price * line.units));
        let free = !goods.is_less_than(currency.worth(FREE_SHIPPING_FROM_CENTS));
        for oddity in shop.plan().oddities_of(number) {
            match oddity {
                Oddity::Sku(sku) => lines.iter_mut().take(1).for_each(|line| line.sku = sku.clone().into()),
                Oddity::Hostile => (customer.first_name, address.first_name) = (HOSTILE_NAME, HOSTILE_NAME),
                _ => {}
            }
        }
        Self {
            customer,
            address,
            lines,
            goods,
            discount: goods.percent(discount_percent),
            shipping: currency.worth(if free { 0 } else { SHIPPING_CENTS }),
            gateway: if rng.bool() { "card" } else { "invoice" },
        }
    }

    pub(in crate::sim) const fn currency(&self) -> Currency {
        self.goods.currency()
    }

    /// What the goods cost.
    pub(super) fn subtotal(&self) -> Amount {
        self.goods - self.discount
    }

    /// What the customer pays.
    pub(in crate::sim) fn total(&self) -> Amount {
        self.subtotal() + self.shipping
    }

    /// The tax that the parcel contains.
    pub(super) const fn shipping_tax(&self) -> Amount {
        self.shipping.tax_contained(STANDARD_RATE_PERCENT)
    }

    /// The tax at this rate that the order contains: that of its lines, and of the parcel.
    pub(super) fn tax_at(&self, rate_percent: u64) -> Amount {
        let lines = self.lines.iter().filter(|line| line.article.tax_percent == rate_percent);
        let goods = self.currency().sum(lines.map(|line| line.tax));
        if rate_percent == STANDARD_RATE_PERCENT { goods + self.shipping_tax() } else { goods }
    }

    /// SKU and units of each line.
    pub(in crate::sim) fn units(&self) -> impl Iterator<Item = (&str, u32)> {
        self.lines.iter().map(|line| (line.sku.as_ref(), line.units))
    }
}

fn currency(shop: &Shop, number: OrderNumber) -> Currency {
    let currencies = &shop.plan().currencies;
    let place = shop.rng(number, 3).usize(..currencies.len().max(1));
    currencies.get(place).copied().unwrap_or_default()
}

fn line(currency: Currency, article: Article, units: u32, discount_percent: u64) -> Line {
    let price = currency.worth(article.euro_cents);
    let gross = price * units;
    let tax = (gross - gross.percent(discount_percent)).tax_contained(article.tax_percent);
    Line { article, sku: article.sku.into(), units, price, tax }
}

/// One to four lines. One basket in eight has the same article twice, as happens when a customer goes back.
fn basket(rng: &mut Rng) -> Vec<(Article, u32)> {
    let mut basket: Vec<(Article, u32)> = (0..rng.u8(1..=4)).map(|_| (catalogue::pick(rng), rng.u32(1..=3))).collect();
    if rng.u8(..8) == 0
        && let Some((article, _)) = basket.first().copied()
    {
        basket.push((article, 1));
    }
    basket
}
