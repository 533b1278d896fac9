//! The side of a marketplace where customers buy: what is wanted comes by the world's clock, however long anything
//! takes, and what is sold becomes a sales order in the ERP at once.

use std::sync::Arc;

use rust_decimal::Decimal;
use tokio::time::Instant;

use super::State;
use super::demand::Wanted;
use crate::clock;
use crate::order::OrderKey;
use crate::sim::erp::{BackOffice, Channel, SalesLine, SalesOrder};

/// What a unit costs, in cents, whatever the article: only units are looked at.
const PRICE_CENTS: u64 = 1_990;

#[derive(Debug)]
pub(super) struct Till {
    pub(super) state: Arc<State>,
    pub(super) erp: BackOffice,
}

impl Till {
    /// Serves all that is wanted, from now on.
    pub(super) async fn serve(self, demand: Vec<Wanted>) {
        let opened = Instant::now();
        for (number, wanted) in (1..).zip(demand) {
            match opened.checked_add(clock::real(wanted.after)) {
                Some(due) if due > Instant::now() => tokio::time::sleep_until(due).await,
                // It is behind the clock: others must get their turn all the same.
                _ => tokio::task::yield_now().await,
            }
            let sold = self.state.listing().sell(&wanted.sku, wanted.units, clock::now());
            if let Some(order) = order(number, wanted.sku, sold) {
                self.erp.commit(Channel::Marketplace, order);
            }
        }
    }
}

/// The sales order, numbered by what was wanted, so that the same sale has the same number on both lanes. `None`
/// where nothing was sold.
fn order(number: u64, sku: String, sold: u64) -> Option<SalesOrder> {
    let quantity = u32::try_from(sold).ok().filter(|sold| *sold > 0)?;
    let euros = |cents: u64| Decimal::new(i64::try_from(cents).unwrap_or(i64::MAX), 2).to_string();
    Some(SalesOrder {
        external_id: OrderKey::new(&format!("MKT-{number:06}")).ok()?,
        currency: "EUR".to_owned(),
        total: euros(PRICE_CENTS * u64::from(quantity)),
        lines: vec![SalesLine { sku: Some(sku), quantity, price: euros(PRICE_CENTS) }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_is_an_order_of_what_was_sold() {
        assert_eq!(order(1, "a".to_owned(), 0), None);
        let order = order(12, "a".to_owned(), 2).unwrap();
        assert_eq!((order.external_id.as_str(), order.total.as_str()), ("MKT-000012", "39.80"));
        assert_eq!(order.lines, [SalesLine { sku: Some("a".into()), quantity: 2, price: "19.90".into() }]);
    }
}
