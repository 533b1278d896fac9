//! An order as Shopify's webhook has it: unwrapped, cut to the fields that integrations read.

use jiff::Timestamp;
use serde::Serialize;

use super::catalogue::{REDUCED_RATE_PERCENT, STANDARD_RATE_PERCENT};
use super::money::Amount;
use super::people::{Address, Customer};
use super::sale::Sale;
use super::{Oddity, Shop, Topic};
use crate::sim::plan::OrderNumber;

/// The rates of value-added tax there are.
const RATES_PERCENT: [u64; 2] = [STANDARD_RATE_PERCENT, REDUCED_RATE_PERCENT];

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
    subtotal_price: Amount,
    total_discounts: Amount,
    total_line_items_price: Amount,
    total_tax: Amount,
    total_price: Amount,
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
    line_items: Vec<LineItem<'a>>,
}

#[derive(Serialize)]
struct DiscountCode {
    code: &'static str,
    amount: Amount,
    r#type: &'static str,
}

#[derive(Serialize)]
struct ShippingLine {
    title: &'static str,
    code: &'static str,
    price: Amount,
    tax_lines: [TaxLine; 1],
}

#[derive(Serialize)]
struct TaxLine {
    title: &'static str,
    rate: f64,
    price: Amount,
}

#[derive(Serialize)]
struct LineItem<'a> {
    id: u64,
    sku: &'a str,
    title: &'static str,
    variant_title: Option<&'static str>,
    quantity: u32,
    price: Amount,
    grams: u32,
    taxable: bool,
    requires_shipping: bool,
    tax_lines: [TaxLine; 1],
}

/// Writes the order at this position, as JSON.
pub(super) fn write(shop: &Shop, number: OrderNumber, topic: Topic) -> Vec<u8> {
    let sale = shop.sale(number);
    let currency = sale.currency();
    let (id, placed_at) = (shop.id_of(number), shop.placed_at(number));
    let cancelled_at = (topic == Topic::Cancel).then(|| shop.cancelled_at(number));
    let order = Order {
        id,
        admin_graphql_api_id: format!("gid://shopify/Order/{id}"),
        name: shop.name_of(number),
        order_number: 1_000 + number,
        created_at: placed_at,
        updated_at: cancelled_at.unwrap_or(placed_at),
        cancelled_at,
        cancel_reason: cancelled_at.map(|_| "customer"),
        test: shop.plan().is(number, &Oddity::Test),
        currency: currency.code(),
        presentment_currency: currency.code(),
        taxes_included: true,
        financial_status: "paid",
        fulfillment_status: None,
        subtotal_price: sale.subtotal(),
        total_discounts: sale.discount,
        total_line_items_price: sale.goods,
        total_tax: currency.sum(RATES_PERCENT.map(|rate| sale.tax_at(rate))),
        total_price: sale.total(),
        total_weight: sale.lines.iter().map(|line| line.article.grams * line.units).sum(),
        source_name: "web",
        note: (topic == Topic::Update).then_some("please leave it with the neighbours"),
        tags: "",
        email: &sale.customer.email,
        payment_gateway_names: [sale.gateway],
        discount_codes: discount_codes(sale.discount),
        customer: &sale.customer,
        billing_address: &sale.address,
        shipping_address: &sale.address,
        shipping_lines: [shipping_line(&sale)],
        tax_lines: tax_lines(&sale),
        line_items: line_items(id, &sale),
    };
    serde_json::to_vec(&order).unwrap_or_default()
}

fn discount_codes(discount: Amount) -> Vec<DiscountCode> {
    let some = !discount.is_zero();
    some.then_some(DiscountCode { code: "LOAM10", amount: discount, r#type: "percentage" }).into_iter().collect()
}

fn shipping_line(sale: &Sale) -> ShippingLine {
    let tax = tax_line(STANDARD_RATE_PERCENT, sale.shipping_tax());
    ShippingLine { title: "Parcel", code: "PARCEL-STD", price: sale.shipping, tax_lines: [tax] }
}

/// The tax that the order contains, by rate.
fn tax_lines(sale: &Sale) -> Vec<TaxLine> {
    let lines = RATES_PERCENT.into_iter().map(|rate| tax_line(rate, sale.tax_at(rate)));
    lines.filter(|line| !line.price.is_zero()).collect()
}

fn tax_line(rate: u64, price: Amount) -> TaxLine {
    TaxLine { title: "VAT", rate: if rate == REDUCED_RATE_PERCENT { 0.07 } else { 0.19 }, price }
}

fn line_items(order: u64, sale: &Sale) -> Vec<LineItem<'_>> {
    let items = (0..).zip(&sale.lines).map(|(place, line)| LineItem {
        id: order / 2 + 1 + place,
        sku: &line.sku,
        title: line.article.title,
        variant_title: line.article.variant,
        quantity: line.units,
        price: line.price,
        grams: line.article.grams,
        taxable: true,
        requires_shipping: true,
        tax_lines: [tax_line(line.article.tax_percent, line.tax)],
    });
    items.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::sim::shop::{Currency, StorefrontPlan};

    fn plan() -> StorefrontPlan {
        StorefrontPlan { seed: 3, orders: 400, ..StorefrontPlan::default() }
    }

    fn payload(plan: &StorefrontPlan, number: OrderNumber, topic: Topic) -> Value {
        serde_json::from_slice(&write(&plan.shop(), number, topic)).unwrap()
    }

    /// An amount in minor units, which has exactly the decimals of its currency.
    fn minor(value: &Value, decimals: u32) -> u64 {
        let text = value.as_str().unwrap();
        let written = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        assert_eq!(written, decimals as usize, "{text}");
        text.replace('.', "").parse().unwrap()
    }

    #[test]
    fn an_order_is_whole_and_its_sums_agree_in_every_currency() {
        let all = [Currency::Eur, Currency::Usd, Currency::Jpy, Currency::Kwd];
        let plan = StorefrontPlan { currencies: all.to_vec(), ..plan() };
        let mut orders_in = [0; 4];
        for number in 1..=400 {
            let order = payload(&plan, number, Topic::Create);
            assert_eq!(order["id"].as_u64().unwrap().to_string(), plan.shop().key_of(number).as_str());
            assert_eq!(order["name"], format!("#{}", 1_000 + number));
            assert_eq!(order["test"], false);
            let place = all.iter().position(|currency| order["currency"] == currency.code()).unwrap();
            orders_in[place] += 1;
            let amount = |value: &Value| minor(value, all[place].decimals());
            let lines = order["line_items"].as_array().unwrap();
            let goods: u64 = lines.iter().map(|line| amount(&line["price"]) * line["quantity"].as_u64().unwrap()).sum();
            assert_eq!(goods, amount(&order["total_line_items_price"]), "order {number}");
            let discount = amount(&order["total_discounts"]);
            assert_eq!(goods - discount, amount(&order["subtotal_price"]), "order {number}");
            let shipping = &order["shipping_lines"][0];
            assert_eq!(goods - discount + amount(&shipping["price"]), amount(&order["total_price"]), "order {number}");
            let tax: u64 = order["tax_lines"].as_array().unwrap().iter().map(|line| amount(&line["price"])).sum();
            let of_lines = lines.iter().chain([shipping]).map(|line| amount(&line["tax_lines"][0]["price"]));
            assert_eq!(tax, of_lines.sum::<u64>(), "order {number}");
            assert_eq!(tax, amount(&order["total_tax"]), "order {number}");
        }
        assert!(orders_in.iter().all(|orders| (60..140).contains(orders)), "{orders_in:?}");
    }

    #[test]
    fn some_orders_have_two_lines_of_one_sku() {
        let doubled = |number: &OrderNumber| {
            let order = payload(&plan(), *number, Topic::Create);
            let lines = order["line_items"].as_array().unwrap();
            let skus: HashSet<&str> = lines.iter().map(|line| line["sku"].as_str().unwrap()).collect();
            skus.len() < lines.len()
        };
        let count = (1..=400).filter(doubled).count();
        assert!((20..380).contains(&count), "{count} of 400");
    }

    #[test]
    fn a_payload_is_about_as_long_as_real_ones() {
        let shop = plan().shop();
        let bytes: usize = (1..=100).map(|number| write(&shop, number, Topic::Create).len()).sum();
        assert!((1_500..4_000).contains(&(bytes / 100)), "{} bytes on average", bytes / 100);
    }

    #[test]
    fn what_is_odd_about_an_order_stands_in_it_and_in_no_other() {
        let odd = [
            (1, vec![Oddity::Test]),
            (2, vec![Oddity::Sku("NO-SUCH".into())]),
            (3, vec![Oddity::Hostile]),
            (4, vec![Oddity::CancelAfter(Duration::from_secs(90))]),
        ];
        let odd = StorefrontPlan { oddities: odd.into(), ..plan() };
        let first = |number| payload(&odd, number, Topic::Create);
        assert_eq!(first(1)["test"], true);
        assert_eq!(first(2)["line_items"][0]["sku"], "NO-SUCH");
        let name = crate::sim::shop::HOSTILE_NAME;
        assert_eq!(
            (&first(3)["customer"]["first_name"], &first(3)["billing_address"]["first_name"]),
            (&name.into(), &name.into())
        );
        assert_eq!(first(4)["cancelled_at"], Value::Null);
        let cancelled = payload(&odd, 4, Topic::Cancel);
        assert_eq!(cancelled["cancelled_at"], "1970-01-01T00:01:30Z");
        assert_eq!(cancelled["cancelled_at"], cancelled["updated_at"]);
        let changed = |number: &OrderNumber| first(*number) != payload(&plan(), *number, Topic::Create);
        assert_eq!((1..=20).filter(changed).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
