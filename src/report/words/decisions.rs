//! Rejections by one lane beside what the other made of these orders.

use super::first_orders;
use crate::judge::DecisionSummary;
use crate::outcome::Lane;

/// What the other lane made of the orders that one rejected, and whether that is a regression.
pub(in crate::report) fn decision(row: &DecisionSummary) -> (String, bool) {
    let other = row.lane.other();
    let named = |count: u64| {
        let orders = first_orders(&row.orders, count);
        orders.map(|orders| format!(" ({orders})")).unwrap_or_default()
    };
    let mut words = Vec::new();
    words.extend((row.committed > 0).then(|| {
        let what = match row.lane {
            Lane::Gated => "a regression",
            Lane::Legacy => "nothing explains it",
        };
        format!("{} committed by {other}: {what}{}", row.committed, named(row.committed))
    }));
    words.extend((row.agreed > 0).then(|| {
        let reason = row.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{} committed by {other}, as agreed{reason}", row.agreed)
    }));
    words.extend((row.caught > 0).then(|| {
        let what = match row.lane {
            Lane::Gated => ": bad orders, caught",
            Lane::Legacy => "",
        };
        // The orders are those that were committed, where there are any.
        let orders = if row.committed == 0 { named(row.caught) } else { String::new() };
        format!("{} that {other} told the customer and never committed{what}{orders}", row.caught)
    }));
    words.extend((row.both > 0).then(|| format!("{} rejected by both", row.both)));
    words.extend((row.neither > 0).then(|| format!("{} that {other} neither has nor promised", row.neither)));
    words.extend((row.open > 0).then(|| format!("{} open: what {other} decided is not known", row.open)));
    (words.join("; "), row.committed > 0)
}
