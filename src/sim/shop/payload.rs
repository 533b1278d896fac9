//! An order as Shopify's webhook has it: unwrapped, cut to the fields that integrations read.

use fastrand::Rng;
use jiff::Timestamp;
use serde::Serialize;

use super::catalogue::{self, Article, REDUCED_RATE_PERCENT, STANDARD_RATE_PERCENT};
use super::money::Cents;
use super::people::{self, Address, Customer};
use super::{Shop, Topic};
use crate::sim::plan::OrderNumber;

/// Below this a parcel costs.
const FREE_SHIPPING_FROM: Cents = Cents(7_500);
const SHIPPING: Cents = Cents(595);

#[derive(Serialize)]
struct Order<'a> {
    id: u64,
    admin_graphql_api_id: String,
    name: String,
    order_number: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
    cancelled_at: Option<Timestamp>,
    cancel_reason: Option<&'static str>,
    test: bool,
    currency: &'static str,
    presentment_currency: &'static str,
    taxes_included: bool,
    financial_status: &'static str,
    fulfillment_status: Option<&'static str>,
    subtotal_price: Cents,
    total_discounts: Cents,
    total_line_items_price: Cents,
    total_tax: Cents,
    total_price: Cents,
    total_weight: u32,
    source_name: &'static str,
    note: Option<&'static str>,
    tags: &'static str,
    email: &'a str,
    payment_gateway_names: [&'static str; 1],
    discount_codes: Vec<DiscountCode>,
    customer: &'a Customer,
    billing_address: &'a Address,
    shipping_address: &'a Address,
    shipping_lines: [ShippingLine; 1],
    tax_lines: Vec<TaxLine>,
    line_items: Vec<LineItem>,
}

#[derive(Serialize)]
struct DiscountCode {
    code: &'static str,
    amount: Cents,
    r#type: &'static str,
}

#[derive(Serialize)]
struct ShippingLine {
    title: &'static str,
    code: &'static str,
    price: Cents,
}

#[derive(Serialize)]
struct TaxLine {
    title: &'static str,
    rate: f64,
    price: Cents,
}

#[derive(Serialize)]
struct LineItem {
    id: u64,
    sku: &'static str,
    title: &'static str,
    variant_title: Option<&'static str>,
    quantity: u32,
    price: Cents,
    grams: u32,
    taxable: bool,
    requires_shipping: bool,
    tax_lines: [TaxLine; 1],
}

/// Writes the order at this position, as JSON.
pub(super) fn write(shop: &Shop, number: OrderNumber, topic: Topic) -> Vec<u8> {
    let mut rng = shop.rng(number, 1);
    let (customer, address) = people::buyer(&mut rng);
    let basket = basket(&mut rng);
    let goods: Cents = basket.iter().map(|(article, units)| article.price * *units).sum();
    let discount_percent = if rng.u8(..8) == 0 { 10 } else { 0 };
    let discount = goods.percent(discount_percent);
    let shipping = if goods < FREE_SHIPPING_FROM { SHIPPING } else { Cents(0) };
    let tax_lines = tax_lines(&basket, discount_percent, shipping);
    let (id, placed_at) = (shop.id_of(number), shop.placed_at(number));
    let cancelled = topic == Topic::Cancel;
    let order = Order {
        id,
        admin_graphql_api_id: format!("gid://shopify/Order/{id}"),
        name: format!("#{}", 1_000 + number),
        order_number: 1_000 + number,
        created_at: placed_at,
        updated_at: placed_at,
        cancelled_at: cancelled.then_some(placed_at),
        cancel_reason: cancelled.then_some("customer"),
        test: false,
        currency: "EUR",
        presentment_currency: "EUR",
        taxes_included: true,
        financial_status: "paid",
        fulfillment_status: None,
        subtotal_price: goods - discount,
        total_discounts: discount,
        total_line_items_price: goods,
        total_tax: tax_lines.iter().map(|line| line.price).sum(),
        total_price: goods - discount + shipping,
        total_weight: basket.iter().map(|(article, units)| article.grams * units).sum(),
        source_name: "web",
        note: (topic == Topic::Update).then_some("please leave it with the neighbours"),
        tags: "",
        email: &customer.email,
        payment_gateway_names: [if rng.bool() { "card" } else { "invoice" }],
        discount_codes: discount_codes(discount),
        customer: &customer,
        billing_address: &address,
        shipping_address: &address,
        shipping_lines: [ShippingLine { title: "Parcel", code: "PARCEL-STD", price: shipping }],
        tax_lines,
        line_items: line_items(id, &basket, discount_percent),
    };
    serde_json::to_vec(&order).unwrap_or_default()
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

fn discount_codes(discount: Cents) -> Vec<DiscountCode> {
    let some = discount > Cents(0);
    some.then_some(DiscountCode { code: "LOAM10", amount: discount, r#type: "percentage" }).into_iter().collect()
}

/// The tax that the goods, less the discount, and the parcel contain, by rate.
fn tax_lines(basket: &[(Article, u32)], discount_percent: u64, shipping: Cents) -> Vec<TaxLine> {
    let gross = |rate: u64| {
        let lines = basket.iter().filter(|(article, _)| article.tax_percent == rate);
        let goods: Cents = lines.map(|(article, units)| article.price * *units).sum();
        let goods = goods - goods.percent(discount_percent);
        if rate == STANDARD_RATE_PERCENT { goods + shipping } else { goods }
    };
    let rates = [STANDARD_RATE_PERCENT, REDUCED_RATE_PERCENT].into_iter().filter(|rate| gross(*rate) > Cents(0));
    rates.map(|rate| tax_line(gross(rate), rate)).collect()
}

fn tax_line(gross: Cents, rate: u64) -> TaxLine {
    let fraction = if rate == REDUCED_RATE_PERCENT { 0.07 } else { 0.19 };
    TaxLine { title: "VAT", rate: fraction, price: gross.tax_contained(rate) }
}

fn line_items(order: u64, basket: &[(Article, u32)], discount_percent: u64) -> Vec<LineItem> {
    let line = |(place, (article, units)): (u64, &(Article, u32))| {
        let gross = article.price * *units;
        LineItem {
            id: order / 2 + 1 + place,
            sku: article.sku,
            title: article.title,
            variant_title: article.variant,
            quantity: *units,
            price: article.price,
            grams: article.grams,
            taxable: true,
            requires_shipping: true,
            tax_lines: [tax_line(gross - gross.percent(discount_percent), article.tax_percent)],
        }
    };
    (0..).zip(basket).map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::SignedDuration;
    use serde_json::Value;

    use super::*;

    fn shop() -> Shop {
        Shop::new(3, Timestamp::UNIX_EPOCH, SignedDuration::from_millis(10))
    }

    fn payload(number: OrderNumber) -> Value {
        serde_json::from_slice(&write(&shop(), number, Topic::Create)).unwrap()
    }

    fn cents(value: &Value) -> u64 {
        value.as_str().unwrap().replace('.', "").parse().unwrap()
    }

    #[test]
    fn an_order_is_whole_and_its_sums_agree() {
        for number in 1..=300 {
            let order = payload(number);
            assert_eq!(order["id"].as_u64().unwrap().to_string(), shop().key_of(number).as_str());
            assert_eq!(order["name"], format!("#{}", 1_000 + number));
            assert_eq!(order["test"], false);
            let lines = order["line_items"].as_array().unwrap();
            let goods: u64 = lines.iter().map(|line| cents(&line["price"]) * line["quantity"].as_u64().unwrap()).sum();
            assert_eq!(goods, cents(&order["total_line_items_price"]), "order {number}");
            let shipping = cents(&order["shipping_lines"][0]["price"]);
            assert_eq!(goods - cents(&order["total_discounts"]) + shipping, cents(&order["total_price"]));
        }
    }

    #[test]
    fn some_orders_have_two_lines_of_one_sku() {
        let doubled = |number: &OrderNumber| {
            let order = payload(*number);
            let lines = order["line_items"].as_array().unwrap();
            let skus: HashSet<&str> = lines.iter().map(|line| line["sku"].as_str().unwrap()).collect();
            skus.len() < lines.len()
        };
        let count = (1..=400).filter(doubled).count();
        assert!((20..380).contains(&count), "{count} of 400");
    }

    #[test]
    fn a_payload_is_about_as_long_as_real_ones() {
        let bytes: usize = (1..=100).map(|number| write(&shop(), number, Topic::Create).len()).sum();
        assert!((1_500..4_000).contains(&(bytes / 100)), "{} bytes on average", bytes / 100);
    }
}
