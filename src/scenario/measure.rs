//! What really happened on a lane, in numbers: measured by the simulated systems, never by the sidecar.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::order::OrderKey;
use crate::outcome::names;
use crate::sim::truth::Moments;

/// A number about a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// From the promise to the commit, of half the orders no longer than this. Those never committed count up to when
    /// the world was looked at; those withdrawn, which the customer cancelled before the commit, not at all.
    InvisibleMedianS,
    /// The longest of them.
    InvisibleMaxS,
    /// The most orders that were promised and not committed at one moment.
    InvisibleAtOnce,
    /// Orders that were promised, never committed and not withdrawn.
    NeverCommitted,
    /// Orders that became two documents or more.
    Doubled,
    /// Orders that published quantities counted with before their ERP had set goods aside.
    FedBeforeAllocated,
    /// Units that the ERP took beyond its stock.
    OversoldUnits,
    /// Orders that were flagged: Ingestion Pending Audit.
    Flagged,
    /// Calls that the ERP refused because of its limit.
    Throttled,
    /// Orders that the ERP committed by a call which it never answered.
    Unanswered,
    /// The longest from legacy's promise to the customer until this lane's ERP had the order.
    BehindThePromiseMaxS,
    /// Webhooks that the storefront sent more than once, since there was no answer or a bad one; the same for both lanes.
    SentAgain,
    /// Document numbers that both ERPs have given; the same for both lanes.
    NumbersAlike,
}
names!(Measure, "measure", {
    InvisibleMedianS => "invisible_median_s", InvisibleMaxS => "invisible_max_s", InvisibleAtOnce => "invisible_at_once",
    NeverCommitted => "never_committed", Doubled => "doubled", FedBeforeAllocated => "fed_before_allocated",
    OversoldUnits => "oversold_units", Flagged => "flagged", Throttled => "throttled",
    NumbersAlike => "numbers_alike", Unanswered => "unanswered",
    BehindThePromiseMaxS => "behind_the_promise_max_s", SentAgain => "sent_again",
});

/// All numbers about a lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures(BTreeMap<Measure, u64>);

impl Measures {
    /// A number; zero where there is none.
    #[must_use]
    pub fn value(&self, measure: Measure) -> u64 {
        self.0.get(&measure).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, measure: Measure, value: u64) {
        self.0.insert(measure, value);
    }

    /// What the moments of a lane's orders come to; `ended` is when the world was looked at.
    #[must_use]
    pub fn of<'a>(orders: impl Iterator<Item = &'a Moments>, ended: Timestamp) -> Self {
        let (mut windows, mut all) = (Vec::new(), Self::default());
        for order in orders {
            let open_for = |told: Timestamp| seconds(told, order.committed.unwrap_or(ended));
            let believed = order.told.filter(|_| !order.withdrawn);
            windows.extend(believed.map(open_for));
            all.count(Measure::NeverCommitted, believed.is_some() && order.committed.is_none());
            all.count(Measure::Doubled, order.documents > 1);
            let early = order.fed.is_some_and(|fed| order.allocated.is_none_or(|allocated| fed < allocated));
            all.count(Measure::FedBeforeAllocated, early);
        }
        windows.sort_unstable();
        all.set(Measure::InvisibleMedianS, windows.get(windows.len() / 2).copied().unwrap_or_default());
        all.set(Measure::InvisibleMaxS, windows.last().copied().unwrap_or_default());
        all
    }

    fn count(&mut self, measure: Measure, is_so: bool) {
        *self.0.entry(measure).or_default() += u64::from(is_so);
    }
}

/// The longest from one of these promises until the order was committed, of orders that are in both.
pub(super) fn behind_max_s(promises: &HashMap<OrderKey, Timestamp>, orders: &[(OrderKey, Moments)]) -> u64 {
    let behind = orders.iter().filter_map(|(key, moments)| Some(seconds(*promises.get(key)?, moments.committed?)));
    behind.max().unwrap_or_default()
}

/// Whole seconds from one moment to a later one; none where it is not later.
fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_secs()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_moments_of_orders_come_to_windows_and_counts() {
        let told = |told: i64, committed: Option<i64>| Moments {
            told: Some(at(told)),
            committed: committed.map(at),
            documents: 1,
            ..Moments::default()
        };
        let orders = [
            told(10, Some(70)),
            told(20, Some(5)),
            told(30, None),
            Moments { withdrawn: true, ..told(1, None) },
            Moments { withdrawn: true, ..told(1, Some(9_000)) },
            Moments { documents: 2, fed: Some(at(3)), ..told(40, Some(1_040)) },
            Moments { fed: Some(at(9)), allocated: Some(at(8)), ..Moments::default() },
        ];
        let measures = Measures::of(orders.iter(), at(100));
        for (measure, expected) in [
            (Measure::InvisibleMedianS, 70),
            (Measure::InvisibleMaxS, 1_000),
            (Measure::NeverCommitted, 1),
            (Measure::Doubled, 1),
            (Measure::FedBeforeAllocated, 1),
            (Measure::Throttled, 0),
        ] {
            assert_eq!(measures.value(measure), expected, "{measure}");
        }
        assert_eq!(Measures::of([].iter(), at(1)).value(Measure::InvisibleMaxS), 0);
    }
}
