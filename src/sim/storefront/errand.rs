//! One order on its way: what of it is to be told, in which order, and how far that has come.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::{Way, after};
use crate::sim::plan::OrderNumber;
use crate::sim::shop::{Oddity, StorefrontPlan, Topic, Webhook};

/// From the answer to a webhook until it is delivered a second time all the same.
const TWICE_AFTER: Duration = Duration::from_millis(100);

/// One event that is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Telling {
    pub(super) topic: Topic,
    /// Whether this is how the order first becomes known.
    pub(super) is_first: bool,
    wait: Wait,
}

/// What a telling waits for, beside the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    None,
    /// So long after the webhook before it was done with.
    AfterLast(Duration),
    /// So long after the order was placed.
    AfterPlacing(Duration),
}

/// An order becomes known.
const FIRST: Telling = Telling { topic: Topic::Create, is_first: true, wait: Wait::None };

/// A webhook that was sent and is not done with.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) webhook: Webhook,
    pub(super) sends: u32,
}

/// One order on its way.
#[derive(Debug)]
pub(super) struct Errand {
    number: OrderNumber,
    /// When the order is to be placed.
    due: Instant,
    is_placed: bool,
    /// What is still to be told.
    rest: VecDeque<Telling>,
    /// When the first of it may be sent; `None` when that is beyond all times.
    next_due: Option<Instant>,
    /// The first of it, where it was sent already.
    pub(super) sent: Option<Sent>,
}

impl Errand {
    /// The order at this position, to be placed.
    pub(super) const fn new(number: OrderNumber, due: Instant) -> Self {
        Self { number, due, is_placed: false, rest: VecDeque::new(), next_due: None, sent: None }
    }

    pub(super) const fn number(&self) -> OrderNumber {
        self.number
    }

    pub(super) const fn due(&self) -> Instant {
        self.due
    }

    pub(super) const fn is_placed(&self) -> bool {
        self.is_placed
    }

    /// The order is placed; this is to be told of it. Says whether it ever becomes known.
    pub(super) fn place(&mut self, script: VecDeque<Telling>, now: Instant) -> bool {
        self.is_placed = true;
        self.rest = script;
        self.wait(now);
        self.rest.iter().any(|telling| telling.is_first)
    }

    /// What is to be told next.
    pub(super) fn telling(&self) -> Option<Telling> {
        self.rest.front().copied()
    }

    /// When it may be sent; `None` when there is nothing more to tell.
    pub(super) const fn next_due(&self) -> Option<Instant> {
        self.next_due
    }

    /// The same webhook is to be sent again.
    pub(super) fn again(&mut self, sent: Sent, due: Instant) {
        (self.sent, self.next_due) = (Some(sent), Some(due));
    }

    /// What was told last was answered or given up.
    pub(super) fn done_with(&mut self, now: Instant) {
        self.rest.pop_front();
        self.wait(now);
    }

    fn wait(&mut self, now: Instant) {
        self.next_due = self.rest.front().and_then(|telling| match telling.wait {
            Wait::None => Some(now),
            Wait::AfterLast(wait) => after(now, wait),
            Wait::AfterPlacing(wait) => after(self.due, wait).map(|due| due.max(now)),
        });
    }
}

/// What is told of the order at this position: each after the one before it was answered or given up.
pub(super) fn script(plan: &StorefrontPlan, number: OrderNumber) -> VecDeque<Telling> {
    let mut script = VecDeque::new();
    let telling = |topic, wait| Telling { topic, is_first: false, wait };
    let is = |oddity| plan.is(number, &oddity);
    if is(Oddity::UpdateFirst) {
        script.push_back(telling(Topic::Update, Wait::None));
    }
    if is(Oddity::PaidFirst) {
        script.push_back(telling(Topic::Paid, Wait::None));
    }
    if !is(Oddity::Unsent) {
        script.push_back(FIRST);
        if is(Oddity::Twice) {
            script.push_back(telling(Topic::Create, Wait::AfterLast(TWICE_AFTER)));
        }
    }
    if let Some(topic) = plan.follow_ups.get(&number) {
        script.push_back(telling(*topic, Wait::None));
    }
    if let Some(after) = plan.cancelled_after(number) {
        script.push_back(telling(Topic::Cancel, Wait::AfterPlacing(after)));
    }
    script
}

/// What is told of an order that is placed before there is a tee.
pub(super) fn early_script() -> VecDeque<Telling> {
    [FIRST].into()
}

/// The way of an order's webhooks.
pub(super) fn way(plan: &StorefrontPlan, number: OrderNumber) -> Way {
    if plan.is(number, &Oddity::RoundTheTee) { Way::Round } else { Way::Tee }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orders_oddities_are_told_in_their_order() {
        use Topic::{Cancel, Create, Paid, Update};
        let minute = Duration::from_secs(60);
        for (oddities, follow_up, expected) in [
            (vec![], None, vec![Create]),
            (vec![Oddity::Twice, Oddity::UpdateFirst], None, vec![Update, Create, Create]),
            (vec![Oddity::PaidFirst, Oddity::CancelAfter(minute)], Some(Update), vec![Paid, Create, Update, Cancel]),
            (vec![Oddity::Unsent], None, vec![]),
            (vec![Oddity::Unsent, Oddity::Twice], Some(Cancel), vec![Cancel]),
        ] {
            let plan = StorefrontPlan {
                follow_ups: follow_up.map(|topic| (1, topic)).into_iter().collect(),
                oddities: [(1, oddities)].into(),
                ..StorefrontPlan::default()
            };
            let topics: Vec<Topic> = script(&plan, 1).iter().map(|telling| telling.topic).collect();
            assert_eq!(topics, expected, "{:?}", plan.oddities);
            assert_eq!(script(&plan, 2).len(), 1);
        }
    }

    #[test]
    fn a_cancellation_waits_for_its_time_and_for_the_webhook_before_it() {
        let (minute, due) = (Duration::from_secs(60), Instant::now());
        let plan =
            StorefrontPlan { oddities: [(1, vec![Oddity::CancelAfter(minute)])].into(), ..StorefrontPlan::default() };
        let mut errand = Errand::new(1, due);
        assert!(errand.place(script(&plan, 1), due));
        assert_eq!(errand.next_due(), Some(due));
        errand.done_with(due + minute / 2);
        assert_eq!(errand.next_due(), Some(due + minute));
        let mut late = Errand::new(1, due);
        late.place(script(&plan, 1), due);
        late.done_with(due + 2 * minute);
        assert_eq!(late.next_due(), Some(due + 2 * minute));
        late.done_with(due + 3 * minute);
        assert_eq!((late.telling(), late.next_due()), (None, None));
    }
}
