//! An ERP's document of an order: some two kilobytes, alike on both lanes but for what is each ERP's own.

use jiff::{SignedDuration, Timestamp};
use paritee::outcome::Lane;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Twist;

/// What an integration reads of the storefront's payload.
#[derive(Debug, Deserialize)]
struct Order<'a> {
    id: u64,
    created_at: Timestamp,
    currency: &'a str,
    total_price: &'a str,
    total_tax: &'a str,
    email: &'a str,
    #[serde(borrow)]
    shipping_address: Address<'a>,
    #[serde(borrow)]
    line_items: Vec<Line<'a>>,
}

#[derive(Debug, Deserialize)]
struct Address<'a> {
    first_name: &'a str,
    last_name: &'a str,
    address1: &'a str,
    address2: Option<&'a str>,
    city: &'a str,
    zip: &'a str,
    country_code: &'a str,
    phone: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
struct Line<'a> {
    sku: &'a str,
    title: &'a str,
    quantity: u32,
    price: &'a str,
    grams: u32,
}

/// The document of the order in `payload` on a lane, under this number, committed at `at`.
///
/// # Panics
/// When the payload is none of the simulated shop's.
pub(crate) fn document(
    payload: &[u8],
    lane: Lane,
    reference: &str,
    at: Timestamp,
    twist: Twist,
    cancelled: bool,
) -> String {
    let order: Order<'_> = serde_json::from_slice(payload).expect("a payload of the simulated shop");
    let gated = lane == Lane::Gated;
    let address = |of: &Address<'_>| {
        json!({
            "name": format!("{} {}", of.first_name, of.last_name), "street": of.address1, "street_2": of.address2,
            "city": of.city, "postal_code": of.zip, "country": of.country_code, "phone": of.phone,
        })
    };
    let total =
        if gated && twist == Twist::CentShort { less_a_cent(order.total_price) } else { order.total_price.into() };
    let status = if cancelled { "cancelled" } else { "open" };
    let lines = (0..).zip(&order.line_items);
    let lines: Vec<Value> = lines.map(|(place, line)| line_of(line, place, reference, gated, twist)).collect();
    json!({
        "id": reference, "external_id": order.id.to_string(), "type": "sales_order", "status": status,
        "channel": "web", "created_at": at, "updated_at": at + SignedDuration::from_millis(if gated { 5 } else { 9 }),
        "etag": format!("W/\"{reference}-{}\"", at.as_microsecond()),
        "ordered_at": order.created_at, "currency": order.currency, "total": total, "tax": order.total_tax,
        "customer": { "number": "C-10020", "email": order.email, "group": "web", "terms": "prepaid", "blocked": false },
        "bill_to": address(&order.shipping_address), "ship_to": address(&order.shipping_address),
        "shipping": { "method": "PARCEL-STD", "carrier": null, "complete": true, "insured": false },
        "dimensions": { "cost_centre": "4100", "profit_centre": "WEB", "project": null },
        "lines": lines,
    })
    .to_string()
}

fn line_of(line: &Line<'_>, place: u32, reference: &str, gated: bool, twist: Twist) -> Value {
    let more = u32::from(gated && twist == Twist::UnitMore && place == 0);
    let warehouse = if gated && twist == Twist::OtherWarehouse && place == 0 { "UTR-2" } else { "UTR-1" };
    json!({
        "line_id": format!("{reference}-{place}"), "number": 10_000 * (place + 1), "sku": line.sku,
        "description": line.title, "quantity": line.quantity + more, "unit": "PCS", "price": line.price,
        "warehouse": warehouse, "tax_code": "V19", "weight_g": line.grams, "reserved": true, "drop_ship": false,
    })
}

/// An amount in a currency of two decimals, less one of the smaller.
fn less_a_cent(amount: &str) -> String {
    let cents: u64 = amount.replace('.', "").parse().expect("an amount of the simulated shop");
    let less = cents - 1;
    format!("{}.{:02}", less / 100, less % 100)
}
