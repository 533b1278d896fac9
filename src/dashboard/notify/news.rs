//! What is new and forbids the cutover: gates, orders, deadlines. Read from what was judged, and bounded.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::audit::live::{ExceptionsAsked, Index, IndexError, Listed, OrdersAsked};
use crate::judge::{Assessment, Decision, Gate, OrderLine, Owner, Severity};
use crate::order::OrderKey;
use crate::outcome::{Fact, Lane, Witness};

/// Most events of one post: enough to act on; the rest is counted, and comes with the next.
pub(super) const NAMED_MAX: usize = 50;

/// Most facts that a run tells of by name: as many as its report lists. Where more is wrong, a list of it is looked at, not a
/// thousand posts; and what was told must be kept in mind.
pub(super) const TOLD_MAX: usize = 1_000;

/// Rows of a list that are asked for at once.
const ROWS: usize = 200;

/// What to do about an order whose deadline is over.
const OVERDUE: &str = "The customer was told, the deadline is over and no commit is on record: treat the order as Ingestion Pending Audit, \
     and look for it in the queues of this path.";

/// Orders of a lane that should have been committed by now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Overdue {
    pub(super) lane: Lane,
    /// Their deadlines were before this.
    pub(super) due_before: Timestamp,
}

/// What is told.
#[derive(Debug)]
pub(super) struct News {
    pub(super) decision: Decision,
    pub(super) events: Vec<Event>,
    pub(super) open: Open,
    /// Whether all that is new stands among the events.
    pub(super) complete: bool,
}

/// How many there are now, told or not; neither is counted beyond 100,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Open {
    /// Exceptions that forbid the cutover, on the gated lane and by the census.
    exceptions: usize,
    /// Orders whose deadline is over without a commit.
    overdue: usize,
}

/// Something new. Every key is always there, `null` where it has no value.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Event {
    kind: &'static str,
    gate: Option<String>,
    order_key: Option<OrderKey>,
    lane: Option<Witness>,
    fate: Option<&'static str>,
    owner: Option<Owner>,
    next_action: Option<String>,
    /// Why a gate says so.
    reason: Option<String>,
    due_at: Option<Timestamp>,
    /// Whether the lane has flagged an overdue order by itself.
    flagged: Option<bool>,
    #[serde(skip)]
    fact: Fact,
}

impl News {
    /// Whether the lists are of a later pass than the decision, which is published behind them: an exception that forbids the
    /// cutover brings a gate with it.
    pub(super) fn is_ahead(&self) -> bool {
        self.decision != Decision::NoGo && self.events.iter().any(|event| matches!(event.fact, Fact::Exception { .. }))
    }

    /// What it tells.
    pub(super) fn facts(&self) -> Vec<Fact> {
        self.events.iter().map(|event| event.fact.clone()).collect()
    }
}

impl Event {
    fn of(fact: Fact) -> Self {
        let (kind, gate, order_key, lane) = match &fact {
            Fact::Gate { gate } => ("gate", Some(gate.clone()), None, None),
            Fact::Exception { order_key, lane, .. } => ("exception", None, Some(order_key.clone()), Some(*lane)),
            Fact::Overdue { order_key, lane } => ("overdue", None, Some(order_key.clone()), Some(Witness::from(*lane))),
        };
        Self {
            kind,
            gate,
            order_key,
            lane,
            fate: None,
            owner: None,
            next_action: None,
            reason: None,
            due_at: None,
            flagged: None,
            fact,
        }
    }

    fn gate(gate: &Gate) -> Self {
        let reason = Some(gate.reason.clone());
        Self { reason, ..Self::of(Fact::Gate { gate: gate.name.to_string() }) }
    }

    /// What a lane wrote about the order is not told: it may name people.
    fn exception(listed: Listed) -> Self {
        let exception = listed.found.exception;
        let (order_key, lane, fate) = (exception.order_key, exception.lane, exception.kind.as_str());
        Self {
            fate: Some(fate),
            owner: Some(exception.owner),
            next_action: Some(exception.next_action),
            ..Self::of(Fact::Exception { order_key, lane, fate: fate.to_owned() })
        }
    }

    fn overdue(line: OrderLine, lane: Lane) -> Self {
        let awaited = line.awaited.get(lane).as_ref();
        let (due_at, flagged) = (awaited.map(|awaited| awaited.due_at), awaited.map(|awaited| awaited.flagged));
        Self {
            fate: Some(line.fates.get(lane).as_str()),
            owner: Some(Owner::ErpIt),
            next_action: Some(OVERDUE.to_owned()),
            due_at,
            flagged,
            ..Self::of(Fact::Overdue { order_key: line.key, lane })
        }
    }
}

/// News in the making.
struct Gathering<'t> {
    told: &'t BTreeSet<Fact>,
    events: Vec<Event>,
    /// How many more may be named.
    room: usize,
    complete: bool,
}

impl Gathering<'_> {
    /// Takes what was not told yet; says whether more can be taken.
    fn take(&mut self, event: Event) -> bool {
        if self.told.contains(&event.fact) {
            return true;
        }
        self.complete = self.room > 0;
        if self.complete {
            self.room -= 1;
            self.events.push(event);
        }
        self.complete
    }

    /// Takes a list, page after page, while there is room; how many it has.
    fn take_all<T>(
        &mut self,
        page: impl Fn(usize) -> Result<(Vec<T>, usize), IndexError>,
        event: impl Fn(T) -> Event,
    ) -> Result<usize, IndexError> {
        let (mut skip, mut count) = (0, None);
        loop {
            let (rows, counted) = page(skip)?;
            let is_last = rows.len() < ROWS;
            skip += rows.len();
            let count = *count.get_or_insert(counted);
            let goes_on = rows.into_iter().all(|row| self.take(event(row)));
            if is_last || !goes_on {
                return Ok(count);
            }
        }
    }
}

/// What `told` doesn't hold; `None`: nothing.
pub(super) fn gather(
    assessment: &Assessment,
    index: &Index,
    overdue: &[Overdue],
    told: &BTreeSet<Fact>,
) -> Result<Option<News>, IndexError> {
    let mut gathering = Gathering { told, events: Vec::new(), room: NAMED_MAX, complete: true };
    for gate in assessment.gates.iter().filter(|gate| gate.status == Decision::NoGo) {
        gathering.take(Event::gate(gate));
    }
    gathering.room = gathering.room.min(TOLD_MAX.saturating_sub(told.len()));
    let mut open = Open::default();
    for lane in [Witness::Gated, Witness::Census] {
        let asked = |skip| {
            let asked = ExceptionsAsked {
                severity: Some(Severity::Forbids),
                lane: Some(lane),
                rows: ROWS,
                skip,
                ..ExceptionsAsked::default()
            };
            index.exceptions(&asked).map(|page| (page.rows, page.count))
        };
        open.exceptions += gathering.take_all(asked, Event::exception)?;
    }
    for Overdue { lane, due_before } in overdue.iter().copied() {
        let asked = |skip| {
            let asked = OrdersAsked {
                awaited: Some(lane),
                due_before: Some(due_before),
                rows: ROWS,
                skip,
                ..OrdersAsked::default()
            };
            index.orders(&asked).map(|page| (page.rows, page.count))
        };
        open.overdue += gathering.take_all(asked, |line| Event::overdue(line, lane))?;
    }
    let Gathering { events, complete, .. } = gathering;
    Ok((!events.is_empty()).then_some(News { decision: assessment.decision, events, open, complete }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(numbers: std::ops::Range<usize>) -> BTreeSet<Fact> {
        let key = |number| OrderKey::new(&format!("K{number:05}")).unwrap();
        numbers.map(|number| Fact::Overdue { order_key: key(number), lane: Lane::Gated }).collect()
    }

    /// Takes these from a list of [`ROWS`] a page; how many were taken, whether those were all that is new, how far it was read.
    fn taken(listed: std::ops::Range<usize>, told: &BTreeSet<Fact>, room: usize) -> (usize, bool, usize) {
        let mut gathering = Gathering { told, events: Vec::new(), room, complete: true };
        let all: Vec<Fact> = facts(listed).into_iter().collect();
        let read = std::cell::Cell::new(0);
        let page = |skip: usize| {
            let rows: Vec<Fact> = all.iter().skip(skip).take(ROWS).cloned().collect();
            read.set(skip + rows.len());
            Ok((rows, all.len()))
        };
        assert_eq!(gathering.take_all(page, Event::of).unwrap(), all.len());
        assert!(gathering.events.iter().all(|event| !told.contains(&event.fact)));
        (gathering.events.len(), gathering.complete, read.get())
    }

    #[test]
    fn what_is_new_is_taken_while_there_is_room_and_no_more_is_read_than_must_be() {
        for (listed, told, room, expected) in [
            (0..0, 0..0, 50, (0, true, 0)),
            (0..50, 0..0, 50, (50, true, 50)),
            (0..51, 0..0, 50, (50, false, 51)),
            (0..100_000, 0..0, 50, (50, false, 200)),
            (0..60, 0..50, 50, (10, true, 60)),
            (0..50, 0..50, 50, (0, true, 50)),
            (0..200, 0..200, 50, (0, true, 200)),
            (0..100_000, 0..950, 50, (50, false, 1_200)),
            // Told of enough.
            (0..100_000, 0..1_000, 0, (0, false, 1_200)),
            (0..1_000, 0..1_000, 0, (0, true, 1_000)),
        ] {
            assert_eq!(taken(listed.clone(), &facts(told.clone()), room), expected, "{listed:?} {told:?} {room}");
        }
    }

    #[test]
    fn an_event_has_every_key() {
        let event = Event::of(Fact::Gate { gate: "no-lost-orders".to_owned() });
        insta::assert_snapshot!(serde_json::to_string(&event).unwrap(), @r#"{"kind":"gate","gate":"no-lost-orders","order_key":null,"lane":null,"fate":null,"owner":null,"next_action":null,"reason":null,"due_at":null,"flagged":null}"#);
    }
}
