//! A shadow that writes to a production ledger: which orders may be sent, by the arming that somebody gave for this run.
//!
//! Whatever can't be counted isn't sent: an order without a total that can be read, or in another currency. What was sent
//! before a restart is counted from the journal, so that starting again arms nothing anew. Nothing is sent that was captured
//! before it was armed, or that does not follow a `create` which was sent.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::journal::{ReadError, Reader};
use crate::judge::money_of_bytes;
use crate::order::{OrderKey, OrderPlaces};
use crate::outcome::{Arming, Capture, Lane, Operation, RowId};

/// An arming, and what was sent under it.
#[derive(Debug)]
pub struct Armed {
    terms: Arming,
    /// Where totals stand, by the route's path.
    places: BTreeMap<String, OrderPlaces>,
    armed_at: Timestamp,
    spent: Mutex<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    captures: HashSet<RowId>,
    orders: HashSet<OrderKey>,
    money: Decimal,
    ended: bool,
}

/// Whether a capture may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may.
    Sent,
    /// This one may not; others may.
    Kept(&'static str),
    /// Nothing may be sent any more; `first`: this is the first to learn it.
    Ended {
        /// Why.
        why: &'static str,
        /// Whether nobody was told so before.
        first: bool,
    },
}

impl Armed {
    /// An arming that was recorded at `row`, with what was sent since.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub fn resume(
        terms: Arming,
        places: BTreeMap<String, OrderPlaces>,
        (row, armed_at): (RowId, Timestamp),
        reader: &Reader,
        lane: Lane,
    ) -> Result<Self, ReadError> {
        let armed = Self { terms, places, armed_at, spent: Mutex::default() };
        for row in reader.sent_since(row, lane)? {
            if let Some((_, capture)) = reader.capture(row)? {
                let money = armed.money_of(&capture);
                // It could be counted when it was sent: now a purge has taken it, and how much is left is not known.
                let counts = matches!(capture.operation, Operation::Create | Operation::Update);
                armed.with(|spent| {
                    spent.ended |= counts && money.is_none();
                    spent.add(row, &capture, money.unwrap_or_default());
                });
            }
        }
        Ok(armed)
    }

    /// One that has ended before: nothing new is sent under it.
    #[must_use]
    pub fn ended(self) -> Self {
        self.with(|spent| spent.ended = true);
        self
    }

    /// Whether `capture` may be sent now; where it may, it is counted.
    pub(super) fn admit(&self, row: RowId, capture: &Capture, now: Timestamp) -> Admission {
        self.with(|spent| self.weigh(spent, row, capture, now))
    }

    fn weigh(&self, spent: &mut Spent, row: RowId, capture: &Capture, now: Timestamp) -> Admission {
        if now >= self.terms.until {
            return spent.end("its time is over");
        }
        if spent.captures.contains(&row) {
            return Admission::Sent;
        }
        let Some(key) = capture.order_key.as_ref() else {
            return Admission::Kept("it has no order key");
        };
        if capture.received_at < self.armed_at {
            return Admission::Kept("it came before the shadow was armed");
        }
        let known = spent.orders.contains(key);
        if !known && capture.operation != Operation::Create {
            return Admission::Kept("the order's `create` was not sent");
        }
        if !matches!(capture.operation, Operation::Create | Operation::Update) {
            spent.add(row, capture, Decimal::ZERO);
            return Admission::Sent;
        }
        if spent.ended {
            return spent.end("a cap was reached");
        }
        let Some(money) = self.money_of(capture) else {
            return Admission::Kept("its total can't be read, or is in another currency");
        };
        if !known && spent.orders.len() as u64 >= self.terms.orders_max {
            return spent.end("its orders are sent");
        }
        if spent.money.saturating_add(money) > self.terms.money_max {
            return spent.end("its money is spent");
        }
        spent.add(row, capture, money);
        Admission::Sent
    }

    /// What a capture is for, where that is in the arming's currency and no less than nothing.
    fn money_of(&self, capture: &Capture) -> Option<Decimal> {
        let money = money_of_bytes(self.places.get(&capture.route)?, &capture.body)?;
        (money.currency == self.terms.currency && money.amount >= Decimal::ZERO).then_some(money.amount)
    }

    fn with<T>(&self, change: impl FnOnce(&mut Spent) -> T) -> T {
        change(&mut self.spent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Spent {
    fn add(&mut self, row: RowId, capture: &Capture, money: Decimal) {
        if self.captures.insert(row) {
            self.orders.extend(capture.order_key.clone());
            self.money = self.money.saturating_add(money);
        }
    }

    fn end(&mut self, why: &'static str) -> Admission {
        let first = !std::mem::replace(&mut self.ended, true);
        Admission::Ended { why, first }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use uuid::Uuid;

    use super::*;

    fn armed() -> Armed {
        Armed {
            terms: "until=2026-11-20T20:00:00Z,orders=2,money=100 EUR".parse().unwrap(),
            places: BTreeMap::from([("/orders".to_owned(), OrderPlaces::default())]),
            armed_at: time("2026-11-20T18:00:00Z"),
            spent: Mutex::default(),
        }
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn capture(key: &str, operation: Operation, body: &str) -> Capture {
        Capture {
            uuid: Uuid::nil(),
            received_at: time("2026-11-20T18:30:00Z"),
            method: "POST".into(),
            target: "/orders".into(),
            route: "/orders".into(),
            operation,
            order_key: OrderKey::new(key).ok(),
            also_known_as: Vec::new(),
            event_id: None,
            delivery_id: None,
            excluded: None,
            skip: None,
            signature: None,
            headers: Vec::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            body_bytes: 0,
        }
    }

    fn total(amount: &str) -> String {
        format!(r#"{{"total_price":"{amount}","currency":"EUR"}}"#)
    }

    const NOW: &str = "2026-11-20T18:31:00Z";

    #[test]
    fn nothing_beyond_a_cap_or_the_time_is_sent_and_it_is_told_once() {
        let create = |armed: &Armed, row, key: &str, amount: &str| {
            armed.admit(row, &capture(key, Operation::Create, &total(amount)), time(NOW))
        };
        let by_orders = armed();
        assert_eq!(create(&by_orders, 1, "1", "10"), Admission::Sent);
        assert_eq!(create(&by_orders, 2, "2", "10.50"), Admission::Sent);
        assert_eq!(create(&by_orders, 3, "3", "1"), Admission::Ended { why: "its orders are sent", first: true });
        assert_eq!(create(&by_orders, 4, "4", "1"), Admission::Ended { why: "a cap was reached", first: false });
        // A copy of what was sent goes again all the same.
        assert_eq!(create(&by_orders, 2, "2", "10.50"), Admission::Sent);
        let cancel = capture("2", Operation::Cancel, "{}");
        assert_eq!(by_orders.admit(9, &cancel, time(NOW)), Admission::Sent);

        let by_money = armed();
        assert_eq!(create(&by_money, 1, "1", "99.99"), Admission::Sent);
        assert_eq!(create(&by_money, 2, "2", "0.02"), Admission::Ended { why: "its money is spent", first: true });
        assert_eq!(create(&by_money, 3, "3", "0.01"), Admission::Ended { why: "a cap was reached", first: false });

        let by_time = armed();
        assert_eq!(create(&by_time, 1, "1", "1"), Admission::Sent);
        let late = time("2026-11-20T20:00:00Z");
        let again = capture("1", Operation::Create, &total("1"));
        assert_eq!(by_time.admit(1, &again, late), Admission::Ended { why: "its time is over", first: true });
        assert_eq!(by_time.admit(1, &again, late), Admission::Ended { why: "its time is over", first: false });
    }

    #[test]
    fn what_can_not_be_counted_is_kept_and_ends_nothing() {
        let armed = armed();
        let early =
            Capture { received_at: time("2026-11-20T17:59:59Z"), ..capture("1", Operation::Create, &total("1")) };
        let dollars = r#"{"total_price":"1","currency":"USD"}"#;
        for capture in [
            early,
            capture("1", Operation::Create, "{}"),
            capture("1", Operation::Create, &total("-1")),
            capture("1", Operation::Create, dollars),
            capture("1", Operation::Update, &total("1")),
            capture("1", Operation::Cancel, "{}"),
            Capture { route: "/other".into(), ..capture("1", Operation::Create, &total("1")) },
            Capture { order_key: None, ..capture("1", Operation::Create, &total("1")) },
        ] {
            assert!(matches!(armed.admit(1, &capture, time(NOW)), Admission::Kept(_)), "{capture:?}");
        }
        assert_eq!(armed.admit(2, &capture("1", Operation::Create, &total("60")), time(NOW)), Admission::Sent);
        // What an update is for counts as well: the ledger has it.
        let update = capture("1", Operation::Update, &total("50"));
        assert!(matches!(armed.admit(3, &update, time(NOW)), Admission::Ended { .. }));
    }
}
